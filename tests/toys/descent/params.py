"""Parameters of the descent toy: one of every kind."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator

from engine.core.params import Params, choice, choices, number, toggle


class DescentParams(Params):
    """Controls of the descent toy."""

    rate: float = number(0.1, 0.001, 10.0, title="Rate", help="Size of a step.", symbol="η", kind="hot", log=True, zero=True)
    pull: float = number(0.0, -1.0, 1.0, title="Pull", help="A sideways force.", kind="hot", step=0.1)
    size: int = number(3, 1, 1000, title="Size", help="Dimensions of the bowl.", symbol="n")
    noise: bool = toggle(True, title="Noise", help="Shakes every step.", kind="hot")
    shape: Literal["bowl", "valley", "broken", "hungry", "own"] = choice("bowl", title="Shape", help="What is rolled down.")
    shown: tuple[Literal["point", "pair"], ...] = choices(("point",), title="Shown", help="What a frame holds.")
    length: int = number(0, 0, 100, title="Length", help="Steps after which the descent is over; 0 for never.")
    look_at: float = number(0.5, -2.0, 2.0, title="Style at", help="Set by pointing.", kind="lens", hidden=True)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.shape == "valley" and self.size > 100:
            raise ValueError(f"size = {self.size} is too large for a valley: take at most 100.")
        return self
