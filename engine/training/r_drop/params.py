"""Parameters of the R-Drop lab."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from engine.core.params import Params, choice, number, when

HIDDEN = 128  # units of each of the two hidden layers
BATCH, UNLABELLED = 32, 64  # rows with and without labels in a step
RATE = 2e-3  # Adam's
MOST_MASKS = 200
TESTED = 600  # digits that are tested, the first of a fixed shuffle
LINEAR_ROWS, LINEAR_INPUTS, LINEAR_RATE = 40, 5, 0.02

NET, LINEAR = when(bench="net"), when(bench="linear")


class RDropParams(Params):
    """Controls of the R-Drop lab."""

    # fmt: off
    bench: Literal["net", "linear"] = choice("net", "Bench",
        "Net: a classifier with dropout. Linear: regression with dropout on its inputs, where the best weights are known in closed form.",
        labels={"net": "a net", "linear": "a linear model"})
    alpha: float = number(4.0, 0.05, 32.0, "Agreement weight", "How much it costs that the two passes disagree; 0 is plain dropout.",
        symbol="α", kind="hot", log=True, zero=True)
    dropout: float = number(0.3, 0.0, 0.7, "Dropout rate", "Share of the hidden units (linear: of the inputs) that a mask sets to zero.",
        symbol="p", kind="hot", step=0.01)
    data: Literal["digits", "breast_cancer", "moons", "own"] = choice("digits", "Data",
        "Handwritten digits, measurements of tumours, two half moons in the plane, or your own table.",
        labels={"digits": "digits", "breast_cancer": "tumours", "moons": "two moons", "own": "your own data"}, when=NET)
    label_noise: float = number(0.2, 0.0, 0.5, "Label noise", "Share of the labels that are replaced by random ones, which may be right by chance.",
        symbol="φ", step=0.05, when=NET)
    labelled: int = number(100, 30, 1000, "Labelled rows", "How many rows have a label, as many of each class as it is common; "
        "all rows that are not tested where there are fewer.", symbol="n", when=NET)
    unlabelled_weight: float = number(0.0, 0.05, 16.0, "Unlabelled weight", "How much disagreement costs on 64 rows a step whose labels are not known.",
        symbol="αᵤ", kind="hot", log=True, zero=True, when=NET)
    divergence: Literal["kl", "logits", "probabilities", "js"] = choice("kl", "Disagreement",
        "How it is measured: symmetric KL, mean squared difference of logits, squared difference of probabilities, or Jensen–Shannon.",
        kind="hot", labels={"kl": "symmetric KL", "logits": "squared logits", "probabilities": "squared probabilities", "js": "Jensen–Shannon"}, when=NET)
    masks: int = number(30, 2, MOST_MASKS, "Masks", "How many thinned nets the average is taken over when tested.", symbol="S", kind="lens", when=NET)
    digit: int = number(0, 0, TESTED - 1, "Test row", "Whose answers are shown: click a dot of “Every test row”, too.", kind="lens", step=1, when=NET)
    # fmt: on

    def upper_ends(self, data: Mapping[str, Any] | None) -> dict[str, float]:
        rows = (
            {"digits": 1797, "breast_cancer": 569, "moons": 1000}.get(self.data, 0)
            if data is None or self.data != "own"
            else len(data["x"])
        )
        if not rows:
            return {}
        tested = TESTED if self.data == "digits" else -(-rows // 3)
        return {"digit": min(tested, TESTED) - 1, "labelled": min(rows - tested, 1000)}
