"""Parameters of the CRF lab."""

from __future__ import annotations

from typing import Literal

from engine.core.params import Params, choice, number, toggle, when

LABELS = 4  # B, M, E, S
CHAIN = 20  # symbols of a sequence of the chain
TESTS, SHOWN = 400, 20  # test sequences; the longest stretch that is shown
HMM = when(data="hmm")
EXACT = when(data="hmm", window=0)  # where the exact answer of the generator is the best there is


class CrfParams(Params):
    """Controls of the CRF lab."""

    # fmt: off
    transition_scale: float = number(1.0, 0.0, 3.0, "Transition strength",
        "The trained transitions count κ times, in decoding and marginals, not in training. 0 leaves every place to itself.",
        symbol="κ", kind="hot", step=0.05)
    inverse_temperature: float = number(1.0, 0.1, 10.0, "Inverse temperature",
        "P ∝ exp(β s) for the shown sequence: small spreads its paths, large freezes them.", symbol="β", kind="hot", log=True)
    length_shown: int = number(8, 1, SHOWN, "Symbols shown", "The first n symbols of a test sequence.", symbol="n", kind="hot")
    sequence: int = number(0, 0, TESTS - 1, "Test sequence", "Its number.", kind="hot")
    forbid_illegal: bool = toggle(False, "Forbid impossible steps",
        "Decoding, of both models, may not take a step such as S to M; marginals stay as they are.", kind="hot")
    pin: bool = toggle(False, "Pin a label", "The clicked label is certain; the others follow.", kind="hot")
    pinned: int = number(17, 0, LABELS * SHOWN - 1, "Pinned label", "Place times four, plus the label.", kind="hot", hidden=True)
    learning_rate: float = number(0.1, 0.003, 0.5, "Learning rate", "Of Adam, for both models.", symbol="η", kind="hot", log=True)
    data: Literal["hmm", "lexicon", "own"] = choice("hmm", "Sequences from",
        "hmm: a chain whose exact answer is known; lexicon: invented words, written without blanks; own: your text, words set apart.",
        labels={"hmm": "hidden chain", "lexicon": "lexicon", "own": "your own"})
    ambiguity: float = number(0.3, 0.0, 0.95, "Ambiguity of symbols",
        "0: a symbol says much about its label; near 1 all labels write nearly alike.", symbol="λ", step=0.05, when=HMM)
    window: int = number(0, 0, 2, "Window", "Neighbours on either side that label scores see.", symbol="w")
    training_sequences: int = number(600, 20, 2000, "Training sequences", "Of an own text, the first ones.", symbol="N")
    # fmt: on
