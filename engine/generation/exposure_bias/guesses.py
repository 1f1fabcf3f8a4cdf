"""What can be guessed before a run, and what tells the truth afterwards."""

from __future__ import annotations

import math

from engine.core.topic import Guess, Timeline
from engine.generation.exposure_bias import theory
from engine.generation.exposure_bias.params import ExposureBiasParams

TAIL = 16  # positions at the end over which a free run is judged
CLEAR = 0.8  # source noise up to which believing the source and being lost can be told apart


def _memoryless(params: ExposureBiasParams) -> bool:
    return params.task == "compass" and params.decoder == "Markov"


def critical_rate(timeline: Timeline) -> float:
    """r_c of equation (7)."""
    return theory.critical_rate(timeline.params.jump, timeline.params.noise)


def believed(timeline: Timeline) -> tuple[float, float] | None:
    """Each net trained at one replacement rate says whether it holds to its past there (and sinks) or to its source.

    None while the nets are young, after a hot change, and where noise hides the difference.
    """
    p, frame = timeline.params, timeline.frame
    if timeline.marks or frame.scalars["trial"] < 0.85 * p.horizon or p.noise > CLEAR:
        return None
    half = (theory.first_accuracy(p.noise, p.labels, True) + 1 / p.labels) / 2
    low, high = 0.0, math.inf
    for index, arm in enumerate(p.arms):
        rate = {"teacher": 0.0, "replace": p.rate}.get(p.scheme_of(arm))
        if rate is None:
            continue
        if frame.arrays["greedy"][index][-TAIL:].mean() > half:
            high = min(high, rate)
        else:
            low = max(low, rate)
    return (low, high) if low < high and (low, high) != (0.0, math.inf) else None


GUESSES = (
    Guess(
        "alone",
        "How right is it at the end of what it writes alone? Draw that accuracy over the training.",
        0.0,
        1.0,
        scalar="free_live",
    ),
    Guess(
        "taught",
        "How right is it with the teacher? Draw the teacher-forced accuracy over the training.",
        0.0,
        1.0,
        scalar="forced_live",
    ),
    Guess(
        "tipping",
        "From how much input corruption on does the memoryless decoder believe its source rather than its past?",
        0.0,
        1.0,
        parameter="rate",
        theory=critical_rate,
        measured=believed,
        after=350,
        when=_memoryless,
    ),
)
