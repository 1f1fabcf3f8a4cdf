"""Parameters of the lab of two writing hands."""

from __future__ import annotations

from typing import Literal

from engine.core.params import Params, choice, number, toggle, when

LONGEST = 24
TESTED = 512  # fresh items on which everything is measured
BATCH = 128
READING = when(cross_attention=True)


class BidirectionalParams(Params):
    """Controls of the lab of two writing hands."""

    # fmt: off
    noise: float = number(0.1, 0.0, 1.0, "Noise per step",
        "Chance that the increment shown for a step is a random one. It acts on batches, test items and theory alike.",
        symbol="ε", kind="hot", step=0.05)
    moment: float = number(1.0, 0.0, 1.0, "Written so far", "How far the hands have come in the picture of one item.",
        kind="lens", step=0.01)
    length: int = number(12, 4, LONGEST, "Length", "Tokens between the two anchors.", symbol="T")
    symbols: int = number(8, 3, 16, "Alphabet", "Symbols on the ring; a blind guess is right once in V.", symbol="V")
    cross_attention: bool = toggle(True, "The hands read each other",
        "Without it the pair is two writers that know nothing of each other.")
    right_anchor: bool = toggle(True, "Right anchor shown", "Whether the right hand knows the symbol that it starts from.")
    partner: Literal["gold", "own", "mix"] = choice("gold", "In training, a hand sees the other write",
        "true: the right tokens; own: what the pair writes itself at this moment; mixed: one or the other for each sequence.",
        kind="hot", labels={"gold": "true tokens", "own": "its own tokens", "mix": "mixed"}, when=READING)
    beam: int = number(1, 1, 4, "Beam", "Paths that each hand keeps; every path is judged beside all of the other hand's.",
        symbol="k", kind="lens")
    learning_rate: float = number(3e-3, 3e-4, 1e-2, "Learning rate", "Step size of Adam, for both pairs.", symbol="η",
        kind="hot", log=True)
    example: int = number(1, 1, 40, "Item", "Which of the tested items is shown.", kind="lens")
    # fmt: on
