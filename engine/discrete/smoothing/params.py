"""Parameters of the smoothing lab."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import model_validator

from engine.core.params import BadValue, Params, choice, number, when

NUMBERS = 5  # entries of the vector under the sliders
MOST = 64  # entries of one's own vector
SLIDERS = when(data="numbers")
OPERATORS = {
    "max": "max",
    "onehot": "onehot(argmax)",
    "argmax": "argmax",
    "topk": "top-k",
    "step": "unit step",
    "floor": "floor",
}


def _entry(default: float, sign: str) -> Any:
    return number(default, -5.0, 5.0, "Entry", "One entry of the vector; its bar can be dragged, too.", symbol=sign, kind="hot",
        step=0.1, section="Vector", when=SLIDERS)  # fmt: skip


class SmoothingParams(Params):
    """Controls of the smoothing lab."""

    # fmt: off
    sharpness: float = number(1.0, 0.1, 100.0, "Sharpness",
        "Multiplies x in every stand-in, and the logit in soft accuracy and soft F1. Large: the hard function itself.",
        symbol="K", kind="hot", log=True)
    operator: Literal["max", "onehot", "argmax", "topk", "step", "floor"] = choice("max", "Function",
        "Which hard function is drawn, with its stand-ins.", kind="lens", labels=OPERATORS)
    moving: int = number(3, 1, MOST, "Moving entry", "The entry of the vector that moves along the axis.", symbol="i",
        kind="lens", when=when(operator=("max", "onehot", "argmax", "topk")))
    k: int = number(2, 1, MOST, "How many", "How many of the largest entries are wanted; at most n.", symbol="k", kind="hot",
        log=True)
    data: Literal["numbers", "own"] = choice("numbers", "Vector", "Five numbers under sliders, or your own column of 2 to 64.",
        labels={"numbers": "five numbers", "own": "your own"}, section="Vector")
    x1: float = _entry(2.0, "x₁")
    x2: float = _entry(1.0, "x₂")
    x3: float = _entry(4.0, "x₃")
    x4: float = _entry(5.0, "x₄")
    x5: float = _entry(3.0, "x₅")
    switch_step: int = number(400, 0, 600, "Hand-over",
        "The step at which the fourth network goes over from cross-entropy to soft F1. Once it has, there is no way back.",
        unit="steps", kind="hot", section="Training")
    batch: Literal["4", "8", "16", "32", "128", "full"] = choice("128", "Batch", "Samples in a step; full: all 2,000.",
        symbol="B", section="Training")
    positives: float = number(0.05, 0.01, 0.5, "Positives", "Probability of the rare class.", symbol="π", step=0.01,
        section="Training")
    separation: float = number(2.0, 0.5, 4.0, "Separation", "Distance between the means of the two classes.", symbol="s",
        step=0.1, section="Training")
    probe: int = number(0, 0, 499, "Sample", "The sample that was clicked.", kind="lens", hidden=True)
    # fmt: on

    @model_validator(mode="after")
    def _enough_entries(self) -> SmoothingParams:
        if self.data == "numbers":
            check_k(self.k, NUMBERS)
        return self

    def upper_ends(self, data: Mapping[str, Any] | None) -> dict[str, float]:
        """k and the moving entry: at most the number of entries of the longer vector at hand."""
        n = NUMBERS if data is None else min(max(len(data["x"]), NUMBERS), MOST)
        return {"k": n, "moving": n}

    @property
    def numbers(self) -> tuple[float, ...]:
        """The vector under the sliders."""
        return (self.x1, self.x2, self.x3, self.x4, self.x5)


def check_k(k: int, n: int) -> None:
    """Raises BadValue when k entries are wanted of fewer."""
    if k > n:
        template = "k = {value} is more than the n = {n} entries of the vector; allowed: 1 to {n}."
        raise BadValue("k", k, f"1 to {n}", template=template, n=str(n))
