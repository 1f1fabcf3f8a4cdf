"""What the runs of this lab must bear out, each with what it may miss by.

Where the best possible accuracy is meant, a verdict allows FACTOR standard errors of the test and UNTAUGHT for the training.
Where an encoding is said to fail, it has lost half of its skill: it is nearer to guessing than to the best possible.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from engine.attention.position_encodings import theory
from engine.attention.position_encodings.params import FULL, QUICK, RATIOS, PositionEncodingsParams, test_sequences
from engine.core.topic import Sweep, Timeline, Verdict, claim

FACTOR = 4  # standard errors within which a mean agrees: a normal one leaves them once in 16,000 times
UNTAUGHT = 0.02  # what a trained net still misses of the floor in nats, and of the ceiling
SMOOTH = ("xl", "rope", "xpos", "sinusoidal")  # encodings by sines, which a tiny base would fold onto each other
ROWS = ("shaw", "deberta")  # tables of distances up to K
USUAL = ("base", "lag", "noise", "train_length", "heads", "layers", "width", "clip", "buckets", "reach", "xpos_scale",
         "learning_rate", "schedule", "batch")  # fmt: skip


def knows(params: PositionEncodingsParams, name: str) -> bool:
    """Whether this encoding can tell the distance of the answer, lag - 1, from every other in training."""
    back = params.lag - 1
    if name in ROWS:
        return back < params.clip
    if name == "t5":
        bucket = theory.t5_bucket(np.arange(params.train_length), params.buckets, params.reach, params.causal)
        return int((bucket == bucket[back]).sum()) == 1
    return name == "learned" or (name in SMOOTH and params.base >= 3)


def _done(timeline: Timeline) -> bool:
    return timeline.frame.step >= timeline.params.schedule and not timeline.marks


def _judged(timeline: Timeline) -> bool:
    """The lag task, finished by nets that had what it takes: a contestant that knows the distance, and enough training."""
    params = timeline.params
    able = 3e-3 <= params.learning_rate <= 3e-2 and params.schedule >= 300 and params.batch >= 16 and params.head_width >= 8
    known = any(knows(params, name) for name in params.contestants)
    return params.task == "lag" and _done(timeline) and able and known


def _usual(timeline: Timeline, task: str, *names: str, **values: Any) -> bool:
    """The usual net but for these values, trained on this task to the end, with these encodings: what was measured of them."""
    params, usual = timeline.params, {**DEFAULTS, **values}
    there = all(name in params.contestants for name in names)
    return params.task == task and there and _done(timeline) and all(getattr(params, name) == usual[name] for name in USUAL)


DEFAULTS = {name: getattr(PositionEncodingsParams(), name) for name in USUAL}


def accuracies(timeline: Timeline, *names: str) -> np.ndarray:
    """Accuracy of these contestants at every tested length, (names, lengths)."""
    return timeline.frame.arrays["accuracy"][[timeline.params.contestants.index(name) for name in names]].astype(float)


def half_skill(timeline: Timeline) -> float:
    """Midway from guessing to the best possible accuracy."""
    return (timeline.frame.scalars["ceiling"] + timeline.frame.scalars["chance"]) / 2


def _error(timeline: Timeline, place: int = 0, pairs: int = FULL, most: int = 64) -> float:
    """FACTOR standard errors of the best possible accuracy in a test at this length, and what training leaves."""
    ceiling, length = timeline.frame.scalars["ceiling"], timeline.params.lengths[place]
    tokens = test_sequences(pairs, length, most) * max(1, length // 4)
    return FACTOR * math.sqrt(ceiling * (1 - ceiling) / tokens) + UNTAUGHT


def _kept(timeline: Timeline, accuracy: np.ndarray, pairs: int = FULL, most: int = 64) -> Verdict:
    """As good as possible at every length, within the error of the least test."""
    error = max(_error(timeline, place, pairs, most) for place in range(len(RATIOS)))
    return Verdict.at_least(timeline.frame.scalars["ceiling"], float(accuracy.min()), error)


def _twice(timeline: Timeline, name: str) -> float:
    return float(accuracies(timeline, name)[0, RATIOS.index(2.0)])


@claim("The best loss is the entropy of the lag task.", "entropy of the generator, exact")
def loss_floor(timeline: Timeline) -> Verdict | None:
    params = timeline.params
    if not _judged(timeline):
        return None
    floor, wrong = theory.lag_floor(params.noise, 8), params.noise / 8
    right, spread = 1 - 7 * wrong, 0.0
    if wrong > 0:
        square = right * math.log(right) ** 2 + 7 * wrong * math.log(wrong) ** 2
        tokens = test_sequences(FULL, params.train_length, 64) * max(1, params.train_length // 4)
        spread = math.sqrt(max(square - floor**2, 0.0) / tokens)
    best = float(np.nanmin(timeline.frame.arrays["test_loss"][:, 0]))
    return Verdict(floor, best, FACTOR * spread + UNTAUGHT, "nats")


@claim("The best accuracy is 1 − ε + ε/8.", "lag generator, exact")
def accuracy_ceiling(timeline: Timeline) -> Verdict | None:
    if not _judged(timeline):
        return None
    best = float(np.nanmax(timeline.frame.arrays["accuracy"][:, 0]))
    return Verdict(theory.lag_ceiling(timeline.params.noise, 8), best, _error(timeline))


@claim("Rows of the learned table beyond L never move.", "no gradient, no weight decay")
def untouched_rows(timeline: Timeline) -> Verdict | None:
    if "learned" not in timeline.params.contestants:
        return None
    return Verdict(0.0, timeline.frame.scalars["rows_moved"], 0.0)


@claim("T5 buckets that no training distance reaches stay exactly 0.", "eq. (8); no gradient")
def untouched_buckets(timeline: Timeline) -> Verdict | None:
    if "t5" not in timeline.params.contestants:
        return None
    return Verdict(0.0, timeline.frame.scalars["buckets_moved"], 0.0)


@claim("Without encoding and mask, f(Πx) = Πf(x).", "eq. (1)")
def equivariance(timeline: Timeline) -> Verdict | None:
    params = timeline.params
    if "none" not in params.contestants:
        return None
    gap = float(timeline.frame.arrays["shuffle_gap"][params.contestants.index("none")])
    return Verdict(0.0, gap, 1e-4)  # the rounding of float32


@claim("Transformer-XL copies as well at every length as where it was trained.", "measured")
def relative_kept(timeline: Timeline) -> Verdict | None:
    return _kept(timeline, accuracies(timeline, "xl")) if _usual(timeline, "lag", "xl") else None


@claim("Learned rows and sinusoids have lost half of their skill at 1.5 times the length.", "measured")
def absolute_lost(timeline: Timeline) -> Verdict | None:
    if not _usual(timeline, "lag", "learned", "sinusoidal"):
        return None
    return Verdict.at_most(half_skill(timeline), float(accuracies(timeline, "learned", "sinusoidal")[:, 1].max()))


@claim("RoPE, too, has lost half of its skill at twice the length.", "measured")
def rope_lost(timeline: Timeline) -> Verdict | None:
    return Verdict.at_most(half_skill(timeline), _twice(timeline, "rope")) if _usual(timeline, "lag", "rope") else None


@claim(
    "A fall with distance is no address: ALiBi and no encoding do not find five back even where they were trained.", "measured"
)
def no_address(timeline: Timeline) -> Verdict | None:
    if not _usual(timeline, "lag", "none", "alibi"):
        return None
    return Verdict.at_most(half_skill(timeline), float(accuracies(timeline, "none", "alibi")[:, 0].max()))


@claim("The trained head looks where the answer stands, at distance k − 1.", "lag task")
def looks_back(timeline: Timeline) -> Verdict | None:
    params = timeline.params
    if params.encoding not in ("xl", "xpos", "shaw") or not _usual(timeline, "lag", params.encoding, lag=params.lag):
        return None
    mass = timeline.frame.arrays["mass"]
    return Verdict(params.lag - 1, float(np.nanargmax(np.nanmax(mass, 0))), 0.0, "positions")


@claim("With D = 128 T5 is worse at eight times the length: its far buckets were never trained.", "eq. (8)")
def far_buckets(timeline: Timeline) -> Verdict | None:
    line = timeline.arms.get(128, timeline)
    if not _usual(line, "lag", "t5"):
        return None
    best = line.frame.scalars["ceiling"] - _error(line, -1)  # fallen by more than the error of the test
    return Verdict.at_most(best, float(accuracies(line, "t5")[0, -1]))


@claim("With D = 32 T5 copies at every length.", "eq. (8)")
def repaired_buckets(timeline: Timeline) -> Verdict | None:
    line = timeline.arms.get(32, timeline)
    return _kept(line, accuracies(line, "t5")) if _usual(line, "lag", "t5", reach=32) else None


@claim("T5's bias is a spike where the answer stands, at distance k − 1, in every head.", "lag task")
def spike(timeline: Timeline) -> Verdict | None:
    params = timeline.params
    if not _usual(timeline, "lag", "t5", reach=params.reach) or not knows(params, "t5"):
        return None
    tops = timeline.frame.arrays["t5_bias"].argmax(-1)
    bucket = theory.t5_bucket(np.array(params.lag - 1), params.buckets, params.reach, params.causal)
    return Verdict(float(bucket), float(tops[np.argmax(np.abs(tops - bucket))]), 0.0)


@claim("Where the answer shares its row with everything beyond, tables of distances cannot find it.", "k − 1 = K")
def row_shared(timeline: Timeline) -> Verdict | None:
    line = timeline.arms.get(4, timeline)
    rows = [name for name in ROWS if name in line.params.contestants]
    if not rows or not _usual(line, "lag", clip=4):
        return None
    return Verdict.at_most(half_skill(line), float(accuracies(line, *rows)[:, 0].max()))


@claim("One row more, and they copy as well as possible.", "k − 1 < K")
def row_own(timeline: Timeline) -> Verdict | None:
    line = timeline.arms.get(5, timeline)
    rows = [name for name in ROWS if name in line.params.contestants]
    if not rows or not _usual(line, "lag", clip=5):
        return None
    return Verdict.at_least(line.frame.scalars["ceiling"], float(accuracies(line, *rows)[:, 0].min()), _error(line))


def _bent(timeline: Timeline, mode: str) -> tuple[Timeline, np.ndarray] | None:
    """The one of the twins that reads the usual RoPE in this way (four times the context), and its accuracy by length."""
    for line in filter(None, (timeline, timeline.other)):
        params = line.params
        if params.stretch == mode and (params.factor, params.window) == (4, 16) and _usual(line, "lag", "rope"):
            return line, line.frame.arrays["stretched"][1:].astype(float)
    return None


@claim("NTK gives it back more than half of its skill at twice the length, without training.", "NTK-aware scaling")
def ntk(timeline: Timeline) -> Verdict | None:
    found = _bent(timeline, "NTK")
    return None if found is None else Verdict.at_least(half_skill(found[0]), float(found[1][0, 2]))


@claim("YaRN makes it as good as possible at twice the length.", "eq. (13), Peng et al. 2023")
def yarn(timeline: Timeline) -> Verdict | None:
    found = _bent(timeline, "YaRN")
    if found is None:
        return None
    return Verdict.at_least(found[0].frame.scalars["ceiling"], float(found[1][0, 2]), _error(found[0], 2, QUICK, 32))


@claim("With distances that stop at W it copies at every length.", "ReRoPE, Su 2023")
def rerope(timeline: Timeline) -> Verdict | None:
    found = _bent(timeline, "ReRoPE")
    return None if found is None else _kept(*found, QUICK, 32)


@claim("Plain interpolation loses even the length it was trained at.", "Chen et al. 2023, without their fine-tuning")
def interpolation(timeline: Timeline) -> Verdict | None:
    found = _bent(timeline, "PI")
    return None if found is None else Verdict.at_most(half_skill(found[0]), float(found[1][0, 0]))


BASES = Sweep("base", (3.0, 1e4, 1e6), beside="rope_twice")


def by_base(timeline: Timeline) -> dict[str, float]:
    """RoPE's accuracy at twice the length, base by base."""
    return {
        name: _twice(timeline.arms[base], "rope") for name, base in zip(("small", "middle", "large"), BASES.values, strict=True)
    }


@claim("The base is not monotone: at twice the length a tiny and a huge one are both better than 10000.", "measured")
def not_monotone(timeline: Timeline) -> Verdict | None:
    lines = [timeline.arms.get(base) for base in BASES.values]
    if not all(line is not None and _usual(line, "lag", "rope", base=line.params.base) for line in lines):
        return None
    small, middle, large = (_twice(line, "rope") for line in lines if line is not None)
    tokens = test_sequences(FULL, timeline.params.lengths[2], 64) * (timeline.params.lengths[2] // 4)
    return Verdict.at_least(middle + FACTOR * math.sqrt(0.5 / tokens), min(small, large))  # of a difference, at most


@claim("The learned table names the first token at every length.", "measured")
def table_wins(timeline: Timeline) -> Verdict | None:
    return _kept(timeline, accuracies(timeline, "learned")) if _usual(timeline, "first", "learned") else None


@claim("RoPE and Transformer-XL have lost it at 1.5 times the length.", "measured")
def relative_lost(timeline: Timeline) -> Verdict | None:
    if not _usual(timeline, "first", "rope", "xl"):
        return None
    return Verdict.at_most(half_skill(timeline), float(accuracies(timeline, "rope", "xl")[:, 1].max()))


@claim("With absolute positions, reading backwards is learned without an error.", "measured")
def absolute_reads(timeline: Timeline) -> Verdict | None:
    if not _usual(timeline, "mirror", "learned", "sinusoidal"):
        return None
    return Verdict.at_least(1.0, float(accuracies(timeline, "learned", "sinusoidal")[:, 0].min()), UNTAUGHT)


@claim("From distances alone it is not learned: the answer stands at a different distance for every position.", "mirror task")
def relative_blind(timeline: Timeline) -> Verdict | None:
    if not _usual(timeline, "mirror", "rope", "xl"):
        return None
    return Verdict.at_most(half_skill(timeline), float(accuracies(timeline, "rope", "xl")[:, 0].max()))


@claim("Nobody reads backwards at twice the length.", "measured")
def nobody_further(timeline: Timeline) -> Verdict | None:
    if not _usual(timeline, "mirror"):
        return None
    return Verdict.at_most(half_skill(timeline), float(np.nanmax(timeline.frame.arrays["accuracy"][:, RATIOS.index(2.0)])))


@claim("Without an encoding the most frequent token is named as well as possible at the training length.", "bag task")
def order_free(timeline: Timeline) -> Verdict | None:
    if not _usual(timeline, "bag", "none"):
        return None
    return Verdict.at_least(1.0, float(accuracies(timeline, "none")[0, 0]), UNTAUGHT)


@claim("At eight times the length the net without an encoding does at least as well as with the sinusoid.", "measured")
def sinusoid_harms(timeline: Timeline) -> Verdict | None:
    if not _usual(timeline, "bag", "none", "sinusoidal"):
        return None
    none, sinusoidal = accuracies(timeline, "none", "sinusoidal")[:, -1]
    return Verdict.at_least(float(sinusoidal), float(none))


@claim("Transformer-XL keeps more than half of its skill at every length.", "measured")
def induction(timeline: Timeline) -> Verdict | None:
    if not _usual(timeline, "repeat", "xl", layers=2, schedule=400):
        return None
    return Verdict.at_least(half_skill(timeline), float(accuracies(timeline, "xl").min()))


@claim("RoPE learns it and has lost half of its skill at four times the length.", "measured")
def rope_forgets(timeline: Timeline) -> Verdict | None:
    if not _usual(timeline, "repeat", "rope", layers=2, schedule=400):
        return None
    return Verdict.at_most(half_skill(timeline), float(accuracies(timeline, "rope")[0, RATIOS.index(4.0)]))
