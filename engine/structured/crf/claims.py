"""What the CRF lab's runs must bear out; a claim is silent where the settings are not those it speaks of."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.core.topic import Timeline, Verdict, claim
from engine.structured.crf.params import CrfParams
from engine.structured.enumeration import Enumerated, enumerate_paths
from engine.structured.sequences import LEGAL

LEARNED = 120  # steps after which a run has settled
SWEPT = (0.0, 0.3, 0.6, 0.8, 0.95)
LOOKS = ("inverse_temperature", "length_shown", "sequence", "pin", "pinned")
COUNTED = 8  # places up to which all paths are written out: 65,536


def learned(timeline: Timeline, **settings: Any) -> bool:
    """Whether the run has settled, and these settings are all that differs from the defaults, but for what is shown."""
    wanted = CrfParams(**settings).values()
    same = all(value == wanted[name] for name, value in timeline.params.values().items() if name not in LOOKS)
    return same and timeline.frame.step >= LEARNED


def written_out(timeline: Timeline) -> Enumerated | None:
    """All shown paths one by one; None where they are too many."""
    p, a = timeline.params, timeline.frame.arrays
    if not 1 <= len(a["h"]) <= COUNTED:
        return None
    h = a["h"].copy()
    h[0] += a["start"]
    return enumerate_paths(h, p.transition_scale * a["g"], p.inverse_temperature)


def illegal_mass(pairs: np.ndarray) -> float:
    """The mean chance (over places) that the step there cannot be."""
    return float(pairs[:, ~LEGAL].sum(-1).mean())


def bayes_gap(timeline: Timeline) -> float:
    s = timeline.frame.scalars
    return s["crf_nll"] - s["bayes_nll"]


@claim("The CRF decodes no impossible step.", "phenomenon 3")
def possible(timeline: Timeline) -> Verdict | None:
    p = timeline.params
    free = p.data != "hmm" or timeline.frame.step < LEARNED or p.transition_scale < 0.8 or p.forbid_illegal
    return None if free else Verdict(0.0, timeline.frame.scalars["crf_illegal"], 0.0)


@claim("Every possible step scores at least 2, every impossible one at most −2.", "phenomenon 3")
def split(timeline: Timeline) -> Verdict | None:
    if not learned(timeline) and not learned(timeline, ambiguity=0):
        return None
    g = timeline.frame.arrays["g"]
    return Verdict.at_least(2.0, float(min(g[LEGAL].min(), -g[~LEGAL].max())), unit="nats")


@claim("The CRF's loss is within half a nat of the exact answer's.", "phenomenon 1")
def near(timeline: Timeline) -> Verdict | None:
    return Verdict.between(-0.08, 0.5, bayes_gap(timeline), "nats") if learned(timeline, ambiguity=0) else None


@claim("The softmax's loss is at least 2.5 times the CRF's.", "phenomenon 1")
def far(timeline: Timeline) -> Verdict | None:
    s = timeline.frame.scalars
    return Verdict.at_least(2.5, s["softmax_nll"] / s["crf_nll"]) if learned(timeline, ambiguity=0) else None


@claim("The CRF gets at least 8 points more labels right than the softmax.", "phenomenon 2")
def more_right(timeline: Timeline) -> Verdict | None:
    s = timeline.frame.scalars
    return Verdict.at_least(0.08, s["crf_accuracy"] - s["softmax_accuracy"]) if learned(timeline, ambiguity=0) else None


@claim("The recursion's log Z is that of all paths written out.", "(3)")
def summed(timeline: Timeline) -> Verdict | None:
    found = written_out(timeline)
    return None if found is None else Verdict(found.log_z, timeline.frame.scalars["log_z"], 1e-9, "nats")


@claim("So are all marginals.", "(4)")
def marginal(timeline: Timeline) -> Verdict | None:
    found, a = written_out(timeline), timeline.frame.arrays
    if found is None:
        return None
    off = [np.abs(found.nodes - a["node_marginals"]).max(), np.abs(found.pairs - a["pair_marginals"]).max(initial=0.0)]
    return Verdict(0.0, float(max(off)), 1e-9)


@claim("At κ = 0 the best path is the best label of every place by itself.", "(1)")
def alone(timeline: Timeline) -> Verdict | None:
    p, a = timeline.params, timeline.frame.arrays
    if p.transition_scale != 0 or p.forbid_illegal:
        return None
    h = a["h"].copy()
    h[0] += a["start"]
    return Verdict(0.0, float((h.argmax(1) != a["viterbi"]).sum()), 0.0)


@claim("At κ = 0 more than a tenth of the steps cannot be.", "phenomenon 6")
def broken(timeline: Timeline) -> Verdict | None:
    return Verdict.at_least(0.1, timeline.frame.scalars["crf_illegal"]) if learned(timeline, transition_scale=0) else None


@claim("log Z/β is above the best path's score, by at most n log k/β.", "limit β → ∞")
def frozen(timeline: Timeline) -> Verdict | None:
    p, s = timeline.params, timeline.frame.scalars
    if p.forbid_illegal:
        return None  # then it is not the best path that is decoded
    room = len(timeline.frame.arrays["h"]) * np.log(4) / p.inverse_temperature
    return Verdict.between(-1e-9, float(room), s["log_z"] / p.inverse_temperature - s["viterbi_score"], "nats")


@claim("Of the softmax's 30 likeliest paths at least 25 are impossible.", "phenomenon 3")
def impossible(timeline: Timeline) -> Verdict | None:
    return Verdict.at_least(25, float((timeline.frame.arrays["path_kinds"][1] == 0).sum())) if listed(timeline) else None


@claim("The CRF's 30 likeliest paths hold at least 10 times the probability of the softmax's.", "(1)")
def holds(timeline: Timeline) -> Verdict | None:
    if not listed(timeline):
        return None
    crf, softmax = timeline.frame.arrays["paths"].sum(1)
    return Verdict.at_least(10.0, float(crf / softmax))


def listed(timeline: Timeline) -> bool:
    """Whether the likeliest of the 65,536 paths of the default sequence are listed."""
    p = timeline.params
    plain = (p.inverse_temperature, p.length_shown, p.sequence, p.pin) == (1.0, 8, 0, False)
    return learned(timeline) and plain


def swept(timeline: Timeline, scalar: str) -> list[float] | None:
    """A scalar of the arms of the sweep over ambiguity; None where it is another sweep."""
    arms = [timeline.arms[value] for value in SWEPT if value in timeline.arms]
    if len(arms) < len(SWEPT) or not all(learned(arm, ambiguity=value) for value, arm in zip(SWEPT, arms, strict=True)):
        return None
    return [arm.frame.scalars[scalar] for arm in arms]


@claim("At λ = 0.8 both get the same share of labels right, within 5 points.", "phenomenon 5")
def level(timeline: Timeline) -> Verdict | None:
    crf, softmax = swept(timeline, "crf_accuracy"), swept(timeline, "softmax_accuracy")
    return None if crf is None or softmax is None else Verdict(0.0, crf[3] - softmax[3], 0.05)


@claim("Their losses still differ by more than 10 nats.", "phenomenon 5")
def apart(timeline: Timeline) -> Verdict | None:
    crf, softmax = swept(timeline, "crf_nll"), swept(timeline, "softmax_nll")
    return None if crf is None or softmax is None else Verdict.at_least(10.0, softmax[3] - crf[3], unit="nats")


@claim("A pinned label changes chances on both sides of it.", "(4)")
def both_ways(timeline: Timeline) -> Verdict | None:
    moved = sides(timeline)
    return None if moved is None else Verdict.at_least(0.1, min(moved))


def sides(timeline: Timeline) -> tuple[float, float] | None:
    """The largest change of a chance left and right of the label that is pinned in the twin."""
    other = timeline.other
    if other is None or timeline.params.pin or not other.params.pin or timeline.frame.step < LEARNED:
        return None
    place, mine, free = other.params.pinned // 4, *(arm.frame.arrays["node_marginals"] for arm in (other, timeline))
    if len(mine) != len(free) or not 0 < place < len(mine) - 1:
        return None
    moved = np.abs(mine - free).max(1)
    return float(moved[:place].max()), float(moved[place + 1 :].max())


def words(timeline: Timeline) -> tuple[float, float, float] | None:
    """Right labels on the lexicon: softmax, softmax that may take no impossible step, CRF."""
    other, same = timeline.other, {"data": "lexicon", "window": 1, "training_sequences": 300}
    if other is None or not learned(timeline, **same) or not learned(other, forbid_illegal=True, **same):
        return None
    s, t = timeline.frame.scalars, other.frame.scalars
    return s["softmax_accuracy"], t["softmax_accuracy"], s["crf_accuracy"]


@claim("Forbidding impossible steps helps the softmax.", "phenomenon 4")
def helps(timeline: Timeline) -> Verdict | None:
    found = words(timeline)
    return None if found is None else Verdict.at_least(0.01, found[1] - found[0])


@claim("The CRF is better still.", "phenomenon 4")
def better_still(timeline: Timeline) -> Verdict | None:
    found = words(timeline)
    return None if found is None else Verdict.at_least(0.005, found[2] - found[1])
