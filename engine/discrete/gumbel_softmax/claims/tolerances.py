"""Claims about what is found in a timeline, and by how much what is measured may miss what is predicted."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeVar

from engine.core.chapter import Claim, Verdict
from engine.core.frame import Timeline

FACTOR = 4  # standard errors within which a mean or a variance agrees: a normal one leaves them once in 16,000 times
RARE = 50  # so often the rarest event must have been expected, or the standard error says nothing about a single run
CHI_SQUARE = {2: 18.42, 5: 25.74}  # exceeded by so many degrees of freedom with probability 1e-4
COLDEST = 0.05  # down to which means of relaxed choices are integrated
Judge = Callable[[Timeline], Verdict | None]
T = TypeVar("T")


def claim_about(
    find: Callable[[Timeline], T | None], statement: str, source: str
) -> Callable[[Callable[[T], Verdict | None]], Claim]:
    """Make a claim of the function that judges what `find` finds in a timeline; silent where that is nothing."""

    def make(judge: Callable[[T], Verdict | None]) -> Claim:
        def judged(timeline: Timeline) -> Verdict | None:
            found = find(timeline)
            return None if found is None else judge(found)

        return Claim(judge.__name__, statement, source, judged)

    return make


def on(bench: str) -> Callable[[Timeline], Timeline | None]:
    """Finds a timeline of this bench."""
    return lambda timeline: timeline if timeline.params.bench == bench else None


def deviation(variance: float, error: float, measured: float, rounding: float) -> Verdict:
    """A standard deviation against its closed form, FACTOR standard errors of the variance wide (the wider, lower side)."""
    predicted = math.sqrt(variance)
    return Verdict(predicted, measured, predicted - math.sqrt(max(variance - FACTOR * error, 0.0)) + rounding)
