"""Parameters of the descent toy: one of every kind."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator

from engine.core.params import Params, choice, choices, number, toggle


class DescentParams(Params):
    """Controls of the descent toy."""

    # fmt: off
    rate: float = number(0.1, 0.001, 10.0, "Rate", "Size of a step.", symbol="η", kind="hot", log=True, zero=True)
    pull: float = number(0.0, -1.0, 1.0, "Pull", "A sideways force.", kind="hot", step=0.1)
    size: int = number(3, 1, 1000, "Size", "Dimensions of the bowl.", symbol="n")
    noise: bool = toggle(True, "Noise", "Shakes every step.", kind="hot")
    shape: Literal["bowl", "valley", "broken", "hungry", "own"] = choice("bowl", "Shape", "What is rolled down.")
    shown: tuple[Literal["point", "pair"], ...] = choices(("point",), "Shown", "What a frame holds.")
    length: int = number(0, 0, 100, "Length", "Steps after which the descent is over; 0 for never.")
    kinds: bool = toggle(False, "Kinds", "Adds a clock, a constant and a float64 array to the frames.")
    warm: int = number(0, 0, 1000, "Warming", "Pieces of work before the first step, each of which moves the start a little.", hidden=True)
    look_at: float = number(0.5, -2.0, 2.0, "Look at", "Set by pointing.", kind="lens", hidden=True)
    # fmt: on

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.shape == "valley" and self.size > 100:
            raise ValueError(f"size = {self.size} is too large for a valley: take at most 100.")
        return self
