"""What can be guessed before a race, and what tells the truth afterwards."""

from __future__ import annotations

import math

import numpy as np

from engine.attention.position_encodings.params import RATIOS, PositionEncodingsParams
from engine.core.topic import Guess, Timeline

RUNNER = "rope"  # whose reach is guessed


def _runs(params: PositionEncodingsParams) -> bool:
    return RUNNER in params.contestants


def reach(timeline: Timeline) -> tuple[float, float] | None:
    """The last tested length at which it is more than half as good as possible, and the first at which it is not.

    In training lengths; half is midway from guessing to the greatest possible accuracy. None while it has not learned
    the training length itself, or while a test is missing.
    """
    params, scalars = timeline.params, timeline.frame.scalars
    accuracy = timeline.frame.arrays["accuracy"][params.contestants.index(RUNNER)]
    half = (scalars["ceiling"] + scalars["chance"]) / 2
    if not np.isfinite(accuracy).all() or not math.isfinite(half) or accuracy[0] < half:
        return None
    lost = np.flatnonzero(accuracy < half)
    return (RATIOS[lost[0] - 1], RATIOS[lost[0]]) if len(lost) else (RATIOS[-1], math.inf)


GUESSES = (
    Guess(
        "loss", "How fast does RoPE learn? Draw its training loss over the race.", 0.0, 2.5, scalar=f"loss_{RUNNER}", when=_runs
    ),
    Guess(
        "twice",
        "How right is RoPE at twice the training length? Draw its accuracy over the race.",
        0.0,
        1.0,
        scalar="rope_twice",
        when=_runs,
    ),
    Guess(
        "reach",
        "How many training lengths does RoPE reach before half of its skill is gone?",
        1.0,
        8.0,
        parameter="test_ratio",
        measured=reach,
        after=100,
        when=_runs,
    ),
)
