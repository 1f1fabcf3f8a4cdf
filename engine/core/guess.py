"""What a person may guess before a run: how a curve goes, where something happens, or which of a few sentences comes true."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from engine.core.frame import Timeline

Options = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Guess:
    """Something to guess before a run. Its kind is what it is given: a scalar (a curve), a parameter (a place on its axis), or
    options (a choice between sentences).

    Attributes:
        question: one sentence; translated by the topic's catalogue.
        low, high, log: the axis on which a curve or a place is guessed; the score is relative to this range.
        scalar: for a curve, the output that is drawn against the step.
        parameter: for a threshold, the parameter on whose axis a mark is placed.
        theory: the closed form of the threshold under the run's settings; None where there is none.
        measured: (low, high) between which the run shows the threshold to lie (0 and inf where it only says below or
            above); None while the run cannot tell.
        options: for a choice, two to four (name, sentence).
        answer: the name of the option that this run bears out; None while it cannot tell.
        because: one sentence that says why, with `{name:.2f}` for scalars, parameters and `numbers`.
        numbers: further numbers for that sentence.
        hides: views that give the answer away: a page covers them until it was guessed, or the reader would rather see.
        after: steps since the last change from which a threshold or a choice can be judged.
        arms: whether a choice is answered by the arms of its chapter's sweep; elsewhere it is not asked.
        when: a predicate on the parameters for guesses that make sense only under some settings.
    """

    name: str
    question: str
    low: float = 0.0
    high: float = 1.0
    log: bool = False
    scalar: str = ""
    parameter: str = ""
    theory: Callable[[Timeline], float | None] | None = None
    measured: Callable[[Timeline], tuple[float, float] | None] | None = None
    options: Options = ()
    answer: Callable[[Timeline], str | None] | None = None
    because: str = ""
    numbers: Callable[[Timeline], Mapping[str, float]] | None = None
    hides: tuple[str, ...] = ()
    after: int = 1
    arms: bool = False
    when: Callable[[Any], bool] | None = None

    def __post_init__(self) -> None:
        if sum(map(bool, (self.scalar, self.parameter, self.options))) != 1:
            raise ValueError(
                f"guess {self.name}: give a scalar (for a curve), a parameter (for a threshold) or options (for a choice), "
                "not both, and not none"
            )
        if self.options:
            names = [name for name, _ in self.options]
            if not 2 <= len(names) <= 4 or len(set(names)) != len(names):
                raise ValueError(f"guess {self.name}: a choice is between two and four options of different names")
            if self.answer is None or not self.because:
                raise ValueError(f"guess {self.name}: a choice needs an answer, and a sentence that says why (`because`)")
        elif self.answer is not None or self.because or self.numbers is not None or self.arms:
            raise ValueError(f"guess {self.name}: answer, because, numbers and arms belong to a choice")
        if not (
            math.isfinite(self.low) and math.isfinite(self.high) and self.low < self.high and (self.low > 0 or not self.log)
        ):
            raise ValueError(f"guess {self.name}: {self.low} to {self.high} is no range" + (" in decades" if self.log else ""))
        if self.parameter and self.theory is None and self.measured is None:
            raise ValueError(f"guess {self.name}: nothing can tell where the threshold is")

    @property
    def kind(self) -> Literal["curve", "place", "choice"]:
        """How it is made: drawn, placed, or chosen."""
        return "choice" if self.options else "curve" if self.scalar else "place"
