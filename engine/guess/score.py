"""What a person expects of a run, held against what came out: pure functions over the drawn points and the timeline.

A drawn curve is a list of (step, value) pairs with rising steps, a placed threshold a list with one 1-tuple, a choice the
name of an option. Nothing here reaches a run: a guess is shown and scored, never computed with.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.core.params import BadValue
from engine.core.topic import Guess, Timeline

Drawn = list[tuple[float, ...]]
Made = Drawn | str
Between = tuple[float, float]

MOST = 256  # points of a drawn curve
LEAST = 0.2  # of the drawn steps, that a run must have covered before its curve is judged
LEVEL = 0.05  # of the range: a smaller change over the whole counts as none
POINTS = "2 to 256 points, each a step and a value, finite"
PLACE = "one finite number"


def check(guess: Guess, raw: Any, last: float) -> Made:
    """A guess from a message: the points of a curve or place, or the name of an option. Raises BadValue for anything else."""
    if not guess.options:
        return check_points(guess, raw, last)
    names = [name for name, _ in guess.options]
    if raw not in names:
        raise BadValue("guess", raw, ", ".join(names))
    return str(raw)


def check_points(guess: Guess, raw: Any, last: float) -> Drawn:
    """The points of a message, within the guess's range and steps 0 to `last`, in order of their steps.

    Raises BadValue for what is no list of at most MOST points of finite numbers (for a threshold: of one number).
    """
    width, allowed = (2, POINTS) if guess.scalar else (1, PLACE)
    if not isinstance(raw, list) or not width <= len(raw) <= (MOST if guess.scalar else 1):
        raise BadValue("guess", raw, allowed)
    for point in raw:
        if not isinstance(point, list) or len(point) != width or not all(_finite(number) for number in point):
            raise BadValue("guess", raw, allowed)
    points = [(*(min(max(float(step), 0.0), last) for step in head), _inside(guess, value)) for *head, value in raw]
    kept = list({point[:-1]: point for point in sorted(points, key=lambda point: point[:-1])}.values())
    if len(kept) < width:
        raise BadValue("guess", raw, allowed)
    return kept


def _finite(number: Any) -> bool:
    return isinstance(number, int | float) and not isinstance(number, bool) and abs(number) <= 1e300


def _inside(guess: Guess, value: float) -> float:
    return min(max(float(value), guess.low), guess.high)


def scaled(guess: Guess, values: Any) -> np.ndarray:
    """Values on the axis of the guess: decades where it is logarithmic (NaN for what has no logarithm)."""
    numbers = np.asarray(values, np.float64)
    return np.log10(np.where(numbers > 0, numbers, np.nan)) if guess.log else numbers


def span(guess: Guess) -> float:
    """Length of the guess's range on its axis."""
    low, high = scaled(guess, [guess.low, guess.high])
    return float(high - low)


def expected(guess: Guess, drawn: Drawn, steps: Any) -> np.ndarray:
    """The drawn curve at these steps: straight between points on the guess's axis, NaN before the first and after the last."""
    at, values = np.array(drawn, np.float64).T
    curve = np.interp(steps, at, scaled(guess, values), left=np.nan, right=np.nan)
    return 10**curve if guess.log else curve


# ---- curves


@dataclass(frozen=True)
class CurveScore:
    """How a drawn curve compares with the measured one, over the steps that both have.

    Attributes:
        error: mean absolute difference over these steps, as a share of the range (both on the guess's axis).
        until: the last measured step in it; `whole` is the last drawn one.
        rising, rose: direction of the drawn and of the measured curve over these steps: -1, 0 (level) or 1.
        worst, said, was: the step of the largest difference, and both values there.
    """

    error: float
    until: float
    whole: float
    rising: int
    rose: int
    worst: float
    said: float
    was: float

    @property
    def direction_right(self) -> bool:
        return self.rising == self.rose


def enough(drawn: Drawn) -> int:
    """The step from which a drawn curve can be judged."""
    first, last = drawn[0][0], drawn[-1][0]
    return math.ceil(first + LEAST * (last - first))


def score_curve(guess: Guess, drawn: Drawn, steps: Any, values: Any) -> CurveScore | None:
    """Score a drawn curve against measured `values` at `steps`; None while the run covers too little of it."""
    steps, values = np.asarray(steps, np.float64), np.asarray(values, np.float64)
    measured = scaled(guess, values)
    known = (steps >= drawn[0][0]) & (steps <= drawn[-1][0]) & np.isfinite(measured)
    steps, values, measured = steps[known], values[known], measured[known]
    if len(steps) < 2 or steps[-1] < enough(drawn) or steps[-1] == steps[0]:
        return None
    said = expected(guess, drawn, steps)
    line = scaled(guess, said)
    miss = np.abs(line - measured) / span(guess)
    worst = int(np.argmax(miss))
    return CurveScore(
        error=float(np.trapezoid(miss, steps) / (steps[-1] - steps[0])),
        until=float(steps[-1]),
        whole=drawn[-1][0],
        rising=_direction((line[-1] - line[0]) / span(guess)),
        rose=_direction((measured[-1] - measured[0]) / span(guess)),
        worst=float(steps[worst]),
        said=float(said[worst]),
        was=float(values[worst]),
    )


def _direction(change: float) -> int:
    return 0 if abs(change) < LEVEL else int(math.copysign(1, change))


# ---- thresholds


@dataclass(frozen=True)
class ThresholdScore:
    """How a placed mark compares with the closed form and with what the runs have shown; None for what does not exist.

    Attributes:
        placed: where the person put it.
        theory: the closed form.
        factor: placed / theory on a logarithmic axis, `difference`: placed - theory on any.
        between: (low, high) between which the runs place it.
        off: distance from the mark to that interval on the guess's axis, as a share of the range; 0 inside.
    """

    placed: float
    theory: float | None = None
    factor: float | None = None
    difference: float | None = None
    between: Between | None = None
    off: float | None = None


def settled_at(guess: Guess, timeline: Timeline) -> int:
    """The step from which a run can say something about a threshold: `after` steps behind its last change."""
    return max(timeline.marks, default=0) + guess.after


def score_threshold(guess: Guess, drawn: Drawn, timeline: Timeline, between: Between | None) -> ThresholdScore | None:
    """Score a placed mark; None, and nothing given away, before the run has gone on for `guess.after` steps.

    `between` is what this and earlier runs have shown together.
    """
    if timeline.frame.step < settled_at(guess, timeline):
        return None
    theory = guess.theory(timeline) if guess.theory is not None else None
    if theory is not None and not math.isfinite(theory):
        theory = None
    if theory is None and between is None:
        return None
    placed = drawn[0][0]
    off = None
    if between is not None:
        inside = min(max(placed, between[0]), between[1])
        off = float(abs(scaled(guess, placed) - scaled(guess, inside))) / span(guess)
    return ThresholdScore(
        placed=placed,
        theory=theory,
        factor=placed / theory if theory is not None and guess.log and theory > 0 else None,
        difference=None if theory is None else placed - theory,
        between=between,
        off=off,
    )


def narrow(known: Sequence[Between]) -> Between | None:
    """What several runs say together: the newest interval, narrowed by the others that do not contradict it."""
    if not known:
        return None
    low, high = known[-1]
    for below, above in reversed(known[:-1]):
        if max(low, below) <= min(high, above):
            low, high = max(low, below), min(high, above)
    return low, high


# ---- choices


@dataclass(frozen=True)
class ChoiceScore:
    """Which option was chosen, and which one the run bears out."""

    chosen: str
    answer: str

    @property
    def right(self) -> bool:
        return self.chosen == self.answer


def score_choice(guess: Guess, chosen: str, timeline: Timeline) -> ChoiceScore | None:
    """Score a choice; None, and nothing given away, before the run (or sweep) has come far enough and can tell."""
    waits = not timeline.arms if guess.arms else timeline.frame.step < settled_at(guess, timeline)
    if guess.answer is None or waits:
        return None
    answer = guess.answer(timeline)
    return None if answer is None else ChoiceScore(chosen, answer)
