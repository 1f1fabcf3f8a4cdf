"""Parameters of the MEMM lab."""

from __future__ import annotations

from typing import Literal

from engine.core.params import Params, choice, number, when

MODELS = ("softmax", "memm", "bi", "crf")
RIB, LEXICON = when(data="rib_rob"), when(data="lexicon")
LETTERS = ("r", "i", "o", "b")
Letter = Literal["r", "i", "o", "b"]


class MemmParams(Params):
    """Controls of the MEMM lab."""

    # fmt: off
    gamma: float = number(1.0, 0.0, 1.0, "Local normaliser in decoding",
        "How much of its normalisers MEMM and Bi-MEMM subtract when they choose a path: 1 is the model, 0 reads its scores as a CRF would.",
        symbol="γ", kind="hot", step=0.02)
    nudge: float = number(0.0, -6.0, 6.0, "Evidence at the second place",
        "Added to every model's score of the second label (i of rib; M of a lexicon's word) at the second place of what is shown.",
        symbol="δ", kind="hot", step=0.25)
    letter_1: Letter = choice("r", "First letter", "Of the word that is shown.", kind="hot", when=RIB)
    letter_2: Letter = choice("i", "Second letter", "Of the word that is shown: the only one that tells rib from rob.", kind="hot",
        when=RIB)
    letter_3: Letter = choice("b", "Third letter", "Of the word that is shown.", kind="hot", when=RIB)
    rate_ratio: float = number(1.0, 0.1, 100.0, "Learning rate of g over f",
        "Transitions g learn so many times as fast as label scores f.", symbol="m", kind="hot", log=True)
    data: Literal["rib_rob", "lexicon"] = choice("rib_rob", "Sequences from",
        "rib_rob: two words that differ in one letter; lexicon: invented words, written without blanks.",
        labels={"rib_rob": "rib and rob", "lexicon": "lexicon"})
    noise: float = number(0.1, 0.0, 0.5, "Noise of letters", "Each letter is replaced by any of the four with this chance.",
        symbol="q", step=0.02, when=RIB)
    prior: float = number(0.6, 0.5, 0.95, "Share of rib", "The other words are rob.", symbol="ρ", step=0.05, when=RIB)
    window: int = number(1, 0, 2, "Window", "Neighbours on either side that label scores see.", symbol="w", when=LEXICON)
    # fmt: on
