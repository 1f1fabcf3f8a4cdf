"""What the sparse attention lab's runs must bear out; a claim is silent where the settings are not those it speaks of."""

from __future__ import annotations

import numpy as np

from engine.attention.sparse_attention import theory
from engine.attention.sparse_attention.names import WAYS
from engine.attention.sparse_attention.params import HEAD_WIDTH, HEADS
from engine.core.topic import Timeline, Verdict, claim

TRAINED = 200  # steps after which the network can be judged
GUESSING = 0.06  # around 1/8, of some 2,000 copies: eight standard errors, for what a network may still have memorised


def trained(timeline: Timeline) -> bool:
    """The network has seen enough, at one distance only."""
    p = timeline.params
    return p.bench == "reach" and timeline.frame.step >= TRAINED and not timeline.marks


def stack(timeline: Timeline, *names: str) -> bool:
    p = timeline.params
    return p.bench == "reach" and tuple(name for name in p.patterns if name != "none") == names


@claim("A window and a stride of the same k, in either order, connect all pairs; causal, all that look back.", "(4)")
def all_pairs(timeline: Timeline) -> Verdict | None:
    p = timeline.params
    if not (stack(timeline, "local", "atrous") or stack(timeline, "atrous", "local")):
        return None
    return Verdict((p.length + 1) / (2 * p.length) if p.causal else 1.0, timeline.frame.scalars["connected"], 1e-12)


@claim("Where every pair has a way, copying is learned.", "(4)")
def learned(timeline: Timeline) -> Verdict | None:
    s = timeline.frame.scalars
    return Verdict.at_least(0.98, s["accuracy"]) if trained(timeline) and s["reachable"] == 1 else None


@claim("And the loss goes to its floor.", "(4)")
def floor(timeline: Timeline) -> Verdict | None:
    s = timeline.frame.scalars
    return Verdict.at_most(0.05, s["loss"], unit="nats") if trained(timeline) and s["reachable"] == 1 else None


@claim("Where no pair has a way, the network guesses.", "(4)")
def guesses(timeline: Timeline) -> Verdict | None:
    s = timeline.frame.scalars
    return Verdict(0.125, s["accuracy"], GUESSING) if trained(timeline) and s["reachable"] == 0 else None


@claim("The twin, whose pairs have no way, guesses.", "(4)")
def twin_guesses(timeline: Timeline) -> Verdict | None:
    return None if timeline.other is None else guesses.judge(timeline.other)


@claim("The twin, whose pairs have a way, learns.", "(4)")
def twin_learns(timeline: Timeline) -> Verdict | None:
    return None if timeline.other is None else learned.judge(timeline.other)


@claim("Atrous layers leave k groups that never meet.", "(4)")
def groups(timeline: Timeline) -> Verdict | None:
    p = timeline.params
    if not (stack(timeline, "atrous") or stack(timeline, "atrous", "atrous")):
        return None
    return Verdict(min(p.stride, p.length), timeline.frame.scalars["components"], 0.0)


@claim("L local layers reach as far as L k.", "(4)")
def band(timeline: Timeline) -> Verdict | None:
    p = timeline.params
    if not (stack(timeline, "local") or stack(timeline, "local", "local")) or p.causal:
        return None
    depth = sum(name != "none" for name in p.patterns)
    share = theory.share_by_distance(timeline.frame.arrays["paths"])
    return Verdict(min(depth * p.stride, p.length - 1), float(np.flatnonzero(share)[-1]), 0.0, "tokens")


@claim("At every distance the network does as well as a perfect learner.", "(4)")
def every_distance(timeline: Timeline) -> Verdict | None:
    lines = [line.frame.scalars for line in timeline.arms.values() if "copy_distance" in line.params.values()]
    if len({line.params.copy_distance for line in timeline.arms.values()}) < 2 or timeline.frame.step < TRAINED:
        return None
    return Verdict(0.0, max(abs(s["accuracy"] - s["expected"]) for s in lines), GUESSING)


@claim("Of all two layers that connect every pair, window and stride have the fewest ones.", "(3), (4)")
def cheapest(timeline: Timeline) -> Verdict | None:
    p, s = timeline.params, timeline.frame.scalars
    both = sum(s.get(f"ones_{layer}", 0.0) for layer in (1, 2, 3))  # one of the three is absent
    if not stack(timeline, "local", "atrous") or p.causal or both >= p.length**2:  # a window that wide is as dear as dense
        return None
    full = [ones for _, _, ones, share in theory.two_layers(p.length, p.stride, False) if share == 1]
    return Verdict(min(full), both, 0.0)


def last(timeline: Timeline, what: str, way: str) -> float | None:
    """What was measured of an implementation at the longest length; None while it has not been reached."""
    sizes = timeline.frame.arrays["sizes"] if timeline.params.bench == "cost" else np.zeros(0)
    if not len(sizes) or sizes[-1] < timeline.params.lengths[-1]:
        return None
    return float(timeline.frame.arrays[what][list(WAYS).index(way), -1])


@claim("A mask on dense scores saves nothing.", "kexue.fm/archives/6853")
def mask_saves_nothing(timeline: Timeline) -> Verdict | None:
    dense, masked = (last(timeline, "kept_bytes", way) for way in ("dense", "masked"))
    return None if dense is None or masked is None else Verdict.at_least(dense, masked, unit="bytes")


@claim("Twice the length, four times the memory of dense attention.", "(1)")
def quadratic(timeline: Timeline) -> Verdict | None:
    long = last(timeline, "kept_bytes", "dense") is not None and timeline.params.longest >= 2048
    return Verdict(3.9, timeline.frame.scalars["growth_dense"], 0.2) if long else None


@claim("Twice the length, twice the memory of blocks.", "(3)")
def linear(timeline: Timeline) -> Verdict | None:
    p = timeline.params
    there = last(timeline, "kept_bytes", "blocked") is not None
    whole = p.lengths[-2] % p.cost_stride == 0  # else the last block is padded, which no doubling doubles
    return Verdict(2.0, timeline.frame.scalars["growth_blocked"], 0.05) if there and whole else None


@claim("Atrous attention by a reshape is more than ten times as fast as dense.", "kexue.fm/archives/6853")
def ten_times(timeline: Timeline) -> Verdict | None:
    long = last(timeline, "milliseconds", "dense") is not None and timeline.params.longest >= 2048
    usual = timeline.params.cost_stride >= 32
    return Verdict.at_least(10.0, timeline.frame.scalars["dense_over_atrous"]) if long and usual else None


@claim("The unfolded window keeps a copy of all keys and values for every place in it.", "kexue.fm/archives/6853")
def copies(timeline: Timeline) -> Verdict | None:
    """n (2k + 1) places: d numbers each of keys and of values and a weight, for every head; a byte of mask; and the n d queries."""
    kept, p = last(timeline, "kept_bytes", "unfold"), timeline.params
    places = p.lengths[-1] * (2 * p.cost_stride + 1)
    numbers = places * (2 * HEAD_WIDTH + 1) + p.lengths[-1] * HEAD_WIDTH
    return None if kept is None else Verdict(4 * HEADS * numbers + places, kept, 0.0, "bytes")
