"""What this lab's runs must bear out; a claim is silent where the settings are not those it speaks of.

The tested items are independent, the positions of one are not: errors are taken over items.
"""

from __future__ import annotations

import math

import numpy as np

from engine.core.topic import Timeline, Verdict, claim
from engine.generation.bidirectional_decoding import theory
from engine.generation.bidirectional_decoding.params import BATCH, BidirectionalParams

LEARNED = 180  # steps after which both pairs of an ordinary size have learned
Array = np.ndarray


def ordinary(p: BidirectionalParams) -> bool:
    """Sizes and rates at which `LEARNED` is enough."""
    return p.length <= 14 and p.symbols <= 10 and p.noise <= 0.3 and 2e-3 <= p.learning_rate <= 6e-3


def learned(timeline: Timeline) -> bool:
    """Nets of an ordinary run that were tested late, after training of one kind."""
    return ordinary(timeline.params) and not timeline.marks and timeline.frame.scalars["trial"] >= LEARNED


def honest(p: BidirectionalParams) -> bool:
    """Hands that know their anchors, read each other, and are shown true tokens in training."""
    return p.cross_attention and p.right_anchor and p.partner == "gold"


def hits(timeline: Timeline, name: str) -> Array:
    """Whether each token that was written is right, bool (tested, length)."""
    return np.asarray(timeline.frame.arrays[f"out_{name}"] == timeline.frame.arrays["truth"])


def error(shares: Array) -> float:
    """Standard error of the mean of one share per item."""
    return float(shares.std() / math.sqrt(len(shares)))


def far(timeline: Timeline, name: str) -> Array:
    """Share right of each item's right half."""
    return np.asarray(hits(timeline, name)[:, timeline.params.length - timeline.params.length // 2 :].mean(1))


def middle(length: int) -> slice:
    """The one or two places in the middle."""
    return slice((length - 1) // 2, length // 2 + 1)


def off(timeline: Timeline, name: str, law: str) -> float:
    """The largest distance of a curve from its law, in standard errors of its places."""
    found, expected = (timeline.frame.arrays[key].astype(float) for key in (name, law))
    deviation = np.sqrt(np.maximum(expected * (1 - expected), 1e-9) / len(timeline.frame.arrays["truth"]))
    return float((np.abs(found - expected) / deviation).max())


@claim("From the left, errors pile up as (4) says: no place is off by more than four standard errors.", "(4)")
def from_left(timeline: Timeline) -> Verdict | None:
    return Verdict.at_most(4.0, off(timeline, "one_l2r", "theory_l2r")) if learned(timeline) else None


@claim("From the right, the same the other way round.", "(4)")
def from_right(timeline: Timeline) -> Verdict | None:
    known = learned(timeline) and timeline.params.right_anchor
    return Verdict.at_most(4.0, off(timeline, "one_r2l", "theory_r2l")) if known else None


@claim("The last token written from the left is right as often as (4) says.", "(4)")
def last(timeline: Timeline) -> Verdict | None:
    if not learned(timeline):
        return None
    expected, found = (float(timeline.frame.arrays[name][-1]) for name in ("theory_l2r", "one_l2r"))
    return Verdict(expected, found, 3 * math.sqrt(expected * (1 - expected) / len(timeline.frame.arrays["truth"])))


@claim("Two hands that read each other are as right as the nearer anchor allows.", "(5)")
def envelope(timeline: Timeline) -> Verdict | None:
    if not learned(timeline) or not honest(timeline.params):
        return None
    s = timeline.frame.scalars
    return Verdict(s["right_best"], s["right_chosen"], 3 * error(hits(timeline, "chosen").mean(1)))


@claim("Over all places, reading each other gains at least 10 points.", "phenomenon 2")
def gain(timeline: Timeline) -> Verdict | None:
    p, s = timeline.params, timeline.frame.scalars
    if not learned(timeline) or not honest(p) or not p.noise >= 0.05 or p.length < 12:
        return None
    return Verdict.at_least(0.10, s["right_bi"] - s["right_one"])


@claim("In the middle two hands are worst, and there no worse than one-way writers.", "phenomenon 6")
def no_worse(timeline: Timeline) -> Verdict | None:
    p, a = timeline.params, timeline.frame.arrays
    if not learned(timeline) or not honest(p) or not p.noise >= 0.05 or p.length < 12:
        return None
    at = middle(p.length)
    alone = (hits(timeline, "one_l2r") * 1.0 + hits(timeline, "one_r2l"))[:, at].mean(1) / 2
    both = hits(timeline, "chosen")[:, at].mean(1)
    lowest = int(a["chosen"].argmin())
    if not at.start - 1 <= lowest <= at.stop:
        return Verdict.at_least(float(alone.mean()), math.nan)
    return Verdict.at_least(float(alone.mean()), float(both.mean()), 3 * error(both - alone))


@claim("No one-way writer's loss is below the entropy.", "proper scoring")
def floor(timeline: Timeline) -> Verdict | None:
    p, s = timeline.params, timeline.frame.scalars
    if timeline.marks or not math.isfinite(s["loss_one"]):
        return None
    spread = theory.surprise_deviation(p.symbols, p.noise) / math.sqrt(BATCH * p.length)
    return Verdict.at_least(s["entropy"], s["loss_one"], 3 * spread + 1e-6, "nats")


@claim("With looks it falls by at least 0.12 nats more: answers leak in.", "kexue.fm/archives/6877")
def leak(timeline: Timeline) -> Verdict | None:
    p, s = timeline.params, timeline.frame.scalars
    if not learned(timeline) or not honest(p) or not p.noise >= 0.1:
        return None
    return Verdict.at_least(0.12, s["loss_one"] - s["loss_bi"], 0.0, "nats")


@claim("Taught, the hands are always right once the other one has the answer.", "phenomenon 4")
def copied(timeline: Timeline) -> Verdict | None:
    p, taught = timeline.params, timeline.frame.arrays["forced_bi"]
    if not learned(timeline) or not p.cross_attention or p.partner != "gold":
        return None
    return Verdict.at_least(0.97, float(taught[theory.answered(p.length) - 1].min()))


@claim("In the second half a hand looks at the state that has just read its answer, s = T + 1 − n.", "phenomenon 5")
def diagonal(timeline: Timeline) -> Verdict | None:
    p, a = timeline.params, timeline.frame.arrays
    if not learned(timeline) or not p.cross_attention or p.partner != "gold":
        return None
    n = theory.answered(p.length)
    found = [a[name][n - 1].argmax(1) == p.length + 1 - n for name in ("look_l2r", "look_r2l")]
    return Verdict.at_least(5 / 6, float(np.mean(found)))


@claim("Taking the surer one of two one-way texts gains nothing.", "phenomenon 3")
def choosing(timeline: Timeline) -> Verdict | None:
    if not learned(timeline) or timeline.params.cross_attention:
        return None
    alone = (hits(timeline, "one_l2r") * 1.0 + hits(timeline, "one_r2l")).mean(1) / 2
    chosen = hits(timeline, "chosen").mean(1)
    return Verdict(float(alone.mean()), float(chosen.mean()), 3 * error(chosen - alone))


def joined(timeline: Timeline) -> Array:
    """Whether the tokens of two one-way halves, put together in the middle, are right: (tested, length)."""
    half = timeline.params.length // 2
    return np.concatenate([hits(timeline, "one_l2r")[:, :half], hits(timeline, "one_r2l")[:, half:]], 1)


@claim("Their better halves, joined in the middle, are right as often as (5) says.", "(5); arXiv:1906.09601")
def halves(timeline: Timeline) -> Verdict | None:
    if not learned(timeline) or not timeline.params.right_anchor or timeline.params.cross_attention:
        return None
    shares = joined(timeline).mean(1)
    return Verdict(timeline.frame.scalars["right_best"], float(shares.mean()), 3 * error(shares))


@claim(
    "Taught on true tokens, the left hand copies a partner who only guesses: its right half is no better than a guess.", "(2)"
)
def misled(timeline: Timeline) -> Verdict | None:
    p = timeline.params
    if not learned(timeline) or p.right_anchor or not p.cross_attention or p.partner != "gold":
        return None
    shares = far(timeline, "bi_l2r")
    return Verdict(1 / p.symbols, float(shares.mean()), 3 * error(shares))


@claim("A one-way writer is right there at least 20 points more often.", "(4)")
def alone_better(timeline: Timeline) -> Verdict | None:
    if misled(timeline) is None or timeline.params.noise > 0.1:
        return None
    return Verdict.at_least(0.2, float(far(timeline, "one_l2r").mean() - far(timeline, "bi_l2r").mean()))


@claim("Shown the other's own words instead, it comes back to what it can do alone.", "arXiv:1905.04847; (4)")
def cured(timeline: Timeline) -> Verdict | None:
    p = timeline.params
    if not ordinary(p) or p.right_anchor or not p.cross_attention or p.partner != "own" or len(timeline.marks) > 1:
        return None
    if timeline.frame.scalars["trial"] - max(timeline.marks, default=0) < 100:
        return None
    shares = far(timeline, "bi_l2r")
    expected = float(timeline.frame.arrays["theory_l2r"][-(p.length // 2) :].mean())
    return Verdict(expected, float(shares.mean()), 3 * error(shares))


@claim("It has stopped looking at the answer.", "(2)")
def looks_away(timeline: Timeline) -> Verdict | None:
    if cured(timeline) is None:
        return None
    return Verdict.at_most(0.2, theory.leaked(timeline.frame.arrays["look_l2r"]))


@claim("Taught beside own words, hands gain nothing from each other.", "measured, against phenomenon 7")
def nothing_left(timeline: Timeline) -> Verdict | None:
    p, s = timeline.params, timeline.frame.scalars
    if not learned(timeline) or p.partner != "own" or not p.cross_attention or not p.right_anchor:
        return None
    return Verdict(s["right_one"], s["right_bi"], 0.03)


@claim("Their loss comes near the one-way loss: the gap is below 0.12 nats.", "phenomenon 7")
def closed(timeline: Timeline) -> Verdict | None:
    if nothing_left(timeline) is None:
        return None
    return Verdict.at_most(0.12, timeline.frame.scalars["loss_one"] - timeline.frame.scalars["loss_bi"], 0.0, "nats")
