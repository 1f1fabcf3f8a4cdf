"""What the smoothing lab's runs must bear out; a claim is silent where the settings are not those it speaks of."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import expit

from engine.core.topic import Timeline, Verdict, claim
from engine.discrete.smoothing import theory

TRAINED = 500  # steps after which the networks can be judged


def trained(timeline: Timeline) -> bool:
    """The networks have seen enough, with the sharpness 1 for which the numbers of the text hold, and were left alone."""
    return timeline.frame.step >= TRAINED and timeline.params.sharpness == 1.0 and not timeline.marks


@claim("Logsumexp lies above the maximum by ln n / K at most.", "(1); kexue.fm/archives/3290")
def bound(timeline: Timeline) -> Verdict | None:
    x, lse = timeline.frame.arrays["vector"], timeline.frame.scalars["lse"]
    most = math.log(len(x)) / timeline.params.sharpness
    return Verdict(most / 2, lse - float(x.max()), most / 2 + 1e-12, "", "between")


@claim("Logsumexp is the softmax mean plus H / K.", "(3)")
def identity(timeline: Timeline) -> Verdict | None:
    s = timeline.frame.scalars
    return Verdict(s["softmax_mean"] + s["entropy"] / timeline.params.sharpness, s["lse"], 1e-10)


@claim("Between two far-apart near-ties the soft position is nowhere near either.", "(4); kexue.fm/archives/6620")
def nowhere(timeline: Timeline) -> Verdict | None:
    x, sharpness = timeline.frame.arrays["vector"], timeline.params.sharpness
    first, last = sorted(np.argsort(-x, kind="stable")[:2] + 1)
    others = np.sort(x)[:-2]
    tied = sharpness * abs(x[first - 1] - x[last - 1]) < 0.5
    if last - first < 3 or not tied or (len(others) and sharpness * (x.max() - others[-1]) < 8):
        return None
    return Verdict.between(first + 1.0, last - 1.0, timeline.frame.scalars["soft_argmax"])


@claim("Weights on the exponentials end at 1.5 and 0.5 for k = 2.", "(9); kexue.fm/archives/10373")
def web_limit(timeline: Timeline) -> Verdict | None:
    return Verdict(1.5, float(timeline.frame.arrays["web_topk"].max()), 1e-3) if distinct(timeline, 2) else None


@claim("The subsets' soft top-k ends at the hard one.", "(10)")
def subsets_limit(timeline: Timeline) -> Verdict | None:
    if not distinct(timeline, timeline.params.k):
        return None
    x, p = timeline.frame.arrays["vector"], timeline.frame.arrays["grad_topk"]
    return Verdict(0.0, float(np.abs(p - theory.hard_topk(x, timeline.params.k)).max()), 1e-3)


def distinct(timeline: Timeline, k: int) -> bool:
    """K is large beside every gap between entries, and k is what is asked for."""
    x = timeline.frame.arrays["vector"]
    gaps = np.diff(np.sort(x))
    return timeline.params.k == k < len(x) and timeline.params.sharpness * gaps.min() > 20


@claim("The recursion leaves [0, 1] at this vector.", "(8); kexue.fm/archives/6620")
def overfull(timeline: Timeline) -> Verdict | None:
    x = theory.scaled(timeline.frame.arrays["vector"], timeline.params.sharpness)
    if timeline.params.k != 4 or len(x) != 5 or np.abs(x - theory.scaled(COUNTEREXAMPLE, 5.0)).max() > 1e-6:
        return None
    return Verdict.at_least(1.5, float(timeline.frame.arrays["recursive_topk"].max()))


COUNTEREXAMPLE = (-3.928, -4.094, 1.304, -0.216, 1.318)  # times K = 5


@claim("The shares of the subsets add up to k and none is above 1.", "(10)")
def simplex(timeline: Timeline) -> Verdict | None:
    p, k = timeline.frame.arrays["grad_topk"], timeline.params.k
    return Verdict(0.0, max(abs(float(p.sum()) - k), float(p.max()) - 1.0), 1e-8)


@claim("Soft F1 after cross-entropy has more hard F1 than cross-entropy alone.", "(6)")
def more_f1(timeline: Timeline) -> Verdict | None:
    s = timeline.frame.scalars
    return Verdict.at_least(s["f1_ce"] + 0.01, s["f1_switch"]) if trained(timeline) and plain(timeline) else None


@claim("It comes within 0.04 of the largest F1 that any rule has.", "(7); arXiv:1402.1892")
def near_best(timeline: Timeline) -> Verdict | None:
    s = timeline.frame.scalars
    return Verdict(s["f1_bayes"], s["f1_switch"], 0.04) if trained(timeline) and plain(timeline) else None


@claim("The best cut lies at half the best F1.", "(7); arXiv:1402.1892")
def half_cut(timeline: Timeline) -> Verdict | None:
    s = timeline.frame.scalars
    return Verdict(s["f1_bayes"] / 2, s["cut_bayes"], 5e-4)


@claim("Cross-entropy keeps the better accuracy.", "kexue.fm/archives/6620")
def price(timeline: Timeline) -> Verdict | None:
    s = timeline.frame.scalars
    return Verdict.at_least(s["acc_switch"], s["acc_ce"]) if trained(timeline) and plain(timeline) else None


def plain(timeline: Timeline) -> bool:
    """The setting of the worked example: rare positives, far enough apart, batches that have some."""
    p = timeline.params
    return p.positives == 0.05 and p.separation == 2.0 and p.batch in ("128", "full") and p.switch_step == 400


def rare(timeline: Timeline) -> bool:
    p = timeline.params
    return trained(timeline) and p.positives <= 0.05 and p.separation <= 1.5


@claim("On rare, close classes soft accuracy calls nothing positive.", "(5)")
def unheard(timeline: Timeline) -> Verdict | None:
    return Verdict.at_most(0.001, timeline.frame.scalars["positives_softacc"]) if rare(timeline) else None


@claim("With as many positives as negatives it learns.", "(5)")
def heard(timeline: Timeline) -> Verdict | None:
    other = timeline.other
    if other is None or not rare(timeline) or other.params.positives != 0.5:
        return None
    s = other.frame.scalars
    return Verdict(s["f1_bayes"], s["f1_softacc"], 0.03)


def small(timeline: Timeline) -> bool:
    p = timeline.params
    return trained(timeline) and p.batch == "4" and p.positives == 0.05


@claim("The mean of soft F1 over small batches is below that of all data.", "(6)")
def biased(timeline: Timeline) -> Verdict | None:
    s = timeline.frame.scalars
    return Verdict.at_least(0.1, s["bias_full"] - s["bias_batch"]) if small(timeline) else None


@claim("Trained on batches of 4, soft F1 calls two to six times too many positive.", "(6)")
def too_many(timeline: Timeline) -> Verdict | None:
    return Verdict.between(0.12, 0.3, timeline.frame.scalars["positives_softf1"]) if small(timeline) else None


@claim("And its hard F1 is far from the largest.", "(6)")
def low_f1(timeline: Timeline) -> Verdict | None:
    return Verdict.at_most(0.42, timeline.frame.scalars["f1_softf1"]) if small(timeline) else None


SHARP = (0.1, 1.0, 10.0, 100.0)


@claim("At K = 100 most samples pull with less than 1e-4.", "(5)")
def deaf(timeline: Timeline) -> Verdict | None:
    arm = sharpest(timeline)
    return None if arm is None else Verdict.at_least(0.5, silent(arm))


def silent(timeline: Timeline) -> float:
    """Share of the shown samples at which soft accuracy pulls with less than 1e-4."""
    margin = timeline.params.sharpness * timeline.frame.arrays["shown_logits"][1].astype(float)
    return float((timeline.params.sharpness * expit(margin) * expit(-margin) < 1e-4).mean())


@claim("And it is less accurate than at K = 1.", "(5)")
def too_sharp(timeline: Timeline) -> Verdict | None:
    arm = sharpest(timeline)
    if arm is None:
        return None
    return Verdict.at_most(timeline.arms[1.0].frame.scalars["acc_softacc"] - 0.005, arm.frame.scalars["acc_softacc"])


def sharpest(timeline: Timeline) -> Timeline | None:
    """The arm at K = 100 of a sweep over the sharpness that has been trained."""
    arms = timeline.arms
    known = 1.0 in arms and 100.0 in arms and timeline.frame.step >= TRAINED and "sharpness" in timeline.params.values()
    return arms[100.0] if known and arms[100.0].params.sharpness == 100.0 else None
