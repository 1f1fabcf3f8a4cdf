"""Every number and array of this lab's frames; which of them exist depends on the bench."""

from engine.core.topic import array, scalar, under, when
from engine.generation.t5_pegasus.params import SELECT, TRAIN

OUTPUTS = (
    array("vocabulary", "entries width", "the units that occur, as code points, padded with 0"),
    *under(
        SELECT,
        scalar("sentences", "sentences of the document", symbol="n"),
        scalar("picks", "sentences that are cut out in all", symbol="|G|"),
        scalar("duplicates", "sentences equal to an earlier one"),
        scalar("dropped", "sentences of one's own text that were not taken"),
        scalar("lcs", "LCS of what is cut out and the rest (2)", "units"),
        scalar("lcs_best", "largest LCS over all sets of as many sentences (1)", "units"),
        scalar("tokens_character", "length of the document in characters"),
        scalar("tokens_word", "length of the document in tokens that know words"),
        scalar("round_trip", "characters of the text that tokenising and joining changes"),
        scalar("normalised", "characters of the shown line that NFKC changes"),
        array("chosen", "sentences", "1 for a chosen sentence"),
        array("order", "picks", "indices in order of choice, −1 for those to come"),
        array("alone", "2 sentences", "each sentence alone against all others: LCS, ROUGE-1 F1", exact=True),
        array("units", "sentences columns", "numbers of the units of each sentence, −1 behind its end"),
        array("matched", "sentences columns", "1 for a unit on the longest common subsequence, 2 more for one that is cut out"),
        array("line", "characters", "a line of text as code points"),
        array("line_ends", "3 characters", "1 where a token ends: characters, longest match, most probable path (4)"),
    ),
    *under(
        SELECT & when(rule="lcs"),
        array("candidates", "picks sentences", "LCS of each candidate in each round, −1 where already chosen or to come"),
    ),
    *under(
        TRAIN,
        scalar("loss", "loss of the last batch", "nats"),
        scalar("tuned", "steps of fine-tuning so far"),
        scalar("naming", "share of pseudo-summaries that name method or problem"),
        scalar("copied", "share of tokens of pseudo-summaries that also stand in what is left of the document"),
        scalar("accuracy_method", "share of titles with the right method, pre-trained"),
        scalar("accuracy_problem", "share of titles with the right problem, pre-trained"),
        scalar("none_method", "share of titles with the right method, not pre-trained"),
        scalar("none_problem", "share of titles with the right problem, not pre-trained"),
        array("named", "5", "share of pseudo-summaries that name method or problem: LCS, ROUGE-1, the first, random, spans"),
        array("written", "2 shown length", "tokens of titles written for test documents: pre-trained, not pre-trained"),
        array("given", "given wide", "tokens of the true titles at hand, at most ten of them"),
        array("truth", "shown columns", "tokens of their true titles"),
        array("pair", "2 longest", "tokens of a document with its pseudo-summary cut out, and of the latter"),
    ),
)  # fmt: skip
