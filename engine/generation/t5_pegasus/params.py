"""Parameters of the lab of pseudo-summaries."""

from __future__ import annotations

from typing import Literal

from engine.core.params import Params, choice, number, when
from engine.generation.t5_pegasus.corpus import VOCABULARY

SELECT, TRAIN = when(bench="select"), when(bench="train")
WORDS = len(VOCABULARY)


class T5PegasusParams(Params):
    """Controls of the lab of pseudo-summaries."""

    # fmt: off
    rule: Literal["lcs", "exhaustive", "rouge", "lead", "random", "span"] = choice("lcs", "What is cut out",
        "Which sentences become the pseudo-summary: found by LCS one after another, by LCS among all sets, by ROUGE-1 one by one, the first, or any. "
        "Spans: not sentences but 15 % of all words, as T5 does.", kind="hot",
        labels={"lcs": "LCS, greedy", "exhaustive": "LCS, all sets", "rouge": "ROUGE-1", "lead": "the first", "random": "random", "span": "spans"})
    gap: float = number(0.25, 0.1, 0.5, "Share cut out", "How many of the sentences become the pseudo-summary.", symbol="r", kind="hot", step=0.05)
    bench: Literal["select", "train"] = choice("select", "Bench",
        "select: sentences of one document are chosen; train: a network learns to write the pseudo-summaries of 3,000 documents, then titles.",
        labels={"select": "cut a document", "train": "train a network"})
    source: Literal["generated", "own"] = choice("generated", "Document",
        "One of the generated ones, or your own text: at least two sentences, of which 60 are taken.",
        labels={"generated": "generated", "own": "your own"}, when=SELECT)
    document: int = number(1, 1, 40, "Number", "Which of the generated documents is shown.", kind="lens", when=SELECT & when(source="generated"))
    unit: Literal["word", "character"] = choice("word", "Unit", "What counts as one token.", labels={"word": "words", "character": "characters"})
    words: int = number(WORDS, 0, WORDS, "Dictionary", "The tokenizer knows so many words, the most frequent ones; all else is cut into characters.",
        symbol="|D|", kind="hot", when=SELECT)
    labels: Literal["1", "3", "10", "30", "100"] = choice("10", "Titles",
        "So many documents come with a true title. Read in fine-tuning: what is changed there holds for its further steps.", symbol="K", kind="hot", when=TRAIN)
    pretrain: int = number(600, 0, 1500, "Pre-training", "Steps on pseudo-summaries.", unit="steps", when=TRAIN)
    fine_tune: int = number(60, 0, 200, "Fine-tuning", "Steps on true titles.", unit="steps", when=TRAIN)
    key_sentences: int = number(4, 2, 6, "Telling sentences", "Of a document's eight sentences so many speak of its method or its problem.")
    # fmt: on
