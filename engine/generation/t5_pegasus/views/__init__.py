"""The pictures of the lab of pseudo-summaries."""

from engine.core.topic import View
from engine.generation.t5_pegasus.params import SELECT, TRAIN
from engine.generation.t5_pegasus.views.document import cards, scores, segments, table
from engine.generation.t5_pegasus.views.training import accuracy, naming, pair, titles

VIEWS = (
    View("cards", "Document and pseudo-summary", "What is cut out stands below; tinted: units on the longest common subsequence.", cards, SELECT),
    View("scores", "What each sentence would bring", "The LCS if this sentence were taken next; orange is the choice.", scores, SELECT),
    View("table", "The table of the LCS", "Row: a unit cut out; column: one of the rest. Framed: the units in common.", table, SELECT),
    View("segments", "One line, four tokenizers", "Orange: cut in the wrong place, or changed.", segments, SELECT),
    View("naming", "Who names the subject", "Of 3,000 pseudo-summaries so many name the method or the problem.", naming, TRAIN),
    View("pair", "One pair to train on", "What the network reads, and what it must write.", pair, TRAIN),
    View("titles", "Titles it writes", "First the true titles at hand; then what it writes for new documents, right terms green.", titles, TRAIN),
    View("accuracy", "Right titles", "Of 300 new documents, tried every ten steps of fine-tuning.", accuracy, TRAIN),
)  # fmt: skip
