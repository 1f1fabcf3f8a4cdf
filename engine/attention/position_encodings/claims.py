"""Closed forms held against the run."""

from __future__ import annotations

import math

import numpy as np

from engine.attention.position_encodings import theory
from engine.attention.position_encodings.params import FULL, PositionEncodingsParams, test_sequences
from engine.core.topic import Claim, Timeline, Verdict

FACTOR = 4  # standard errors within which a mean agrees: a normal one leaves them once in 16,000 times
UNTAUGHT = 0.02  # what a trained net still misses of the floor in nats, and of the ceiling
SMOOTH = ("xl", "rope", "xpos", "sinusoidal")  # encodings by sines, which a tiny base would fold onto each other
ROWS = ("shaw", "deberta")  # tables of distances up to K


def knows(params: PositionEncodingsParams, name: str) -> bool:
    """Whether this encoding can tell the distance of the answer, lag - 1, from every other in training."""
    back = params.lag - 1
    if name in ROWS:
        return back < params.clip
    if name == "t5":
        bucket = theory.t5_bucket(np.arange(params.train_length), params.buckets, params.reach, params.causal)
        return int((bucket == bucket[back]).sum()) == 1
    return name == "learned" or (name in SMOOTH and params.base >= 3)


def _judged(timeline: Timeline) -> bool:
    """The lag task, finished by nets that had what it takes: a contestant that knows the distance, and enough training."""
    params = timeline.params
    able = 3e-3 <= params.learning_rate <= 3e-2 and params.schedule >= 300 and params.batch >= 16 and params.head_width >= 8
    known = any(knows(params, name) for name in params.contestants)
    return params.task == "lag" and params.causal and _done(timeline) and able and known and not timeline.marks


def _done(timeline: Timeline) -> bool:
    return timeline.frame.step >= timeline.params.schedule


def _best(timeline: Timeline, array: str, pick: str) -> float:
    """The best value of a test at the training length over the contestants; NaN before the first test."""
    values = timeline.frame.arrays[array][:, 0]
    known = values[np.isfinite(values)]
    return float(known.max() if pick == "max" else known.min()) if len(known) else math.nan


def _tokens(timeline: Timeline) -> int:
    length = timeline.params.train_length
    return test_sequences(FULL, length, 64) * max(1, length // 4)


def loss_floor(timeline: Timeline) -> Verdict | None:
    """The best contestant's loss at the training length against the entropy of the lag task."""
    params = timeline.params
    if not _judged(timeline):
        return None
    floor = theory.lag_floor(params.noise, 8)
    wrong = params.noise / 8
    right = 1 - 7 * wrong
    spread = 0.0
    if wrong > 0:
        square = right * math.log(right) ** 2 + 7 * wrong * math.log(wrong) ** 2
        spread = math.sqrt(max(square - floor**2, 0.0) / _tokens(timeline))
    return Verdict(floor, _best(timeline, "test_loss", "min"), FACTOR * spread + UNTAUGHT, "nats")


def accuracy_ceiling(timeline: Timeline) -> Verdict | None:
    """The best contestant's accuracy at the training length against 1 - noise + noise / 8."""
    params = timeline.params
    if not _judged(timeline):
        return None
    ceiling = theory.lag_ceiling(params.noise, 8)
    error = math.sqrt(ceiling * (1 - ceiling) / _tokens(timeline))
    return Verdict(ceiling, _best(timeline, "accuracy", "max"), FACTOR * error + UNTAUGHT)


def untouched_rows(timeline: Timeline) -> Verdict | None:
    """Rows of the learned table beyond L get no gradient: none of them may have moved by a single bit."""
    if "learned" not in timeline.params.contestants:
        return None
    return Verdict(0.0, timeline.frame.scalars["rows_moved"], 0.0)


def untouched_buckets(timeline: Timeline) -> Verdict | None:
    """T5 buckets that no training distance reaches are still exactly 0."""
    if "t5" not in timeline.params.contestants:
        return None
    return Verdict(0.0, timeline.frame.scalars["buckets_moved"], 0.0)


def equivariance(timeline: Timeline) -> Verdict | None:
    """Without encoding and mask the answers follow every shuffle (eq. 1), up to the rounding of float32."""
    params = timeline.params
    if "none" not in params.contestants:
        return None
    return Verdict(0.0, float(timeline.frame.arrays["shuffle_gap"][params.contestants.index("none")]), 1e-4)


CLAIMS = (
    Claim("loss_floor", "The best loss is the entropy of the lag task", "entropy of the generator, exact", loss_floor),
    Claim("accuracy_ceiling", "The best accuracy is 1 − ε + ε/8", "lag generator, exact", accuracy_ceiling),
    Claim("untouched_rows", "Rows of the learned table beyond L never move", "no gradient, no weight decay", untouched_rows),
    Claim("untouched_buckets", "T5 buckets beyond L stay exactly 0", "eq. (8); no gradient", untouched_buckets),
    Claim("equivariance", "Without encoding and mask, f(Πx) = Πf(x)", "eq. (1)", equivariance),
)
