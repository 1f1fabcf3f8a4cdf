"""Closed forms held against the run."""

from __future__ import annotations

import math

import numpy as np

from engine.core.chapter import Verdict, claim
from engine.core.frame import Timeline
from engine.latent.gaussian_distances import mixture, theory
from engine.latent.gaussian_distances.outputs import RACERS
from engine.latent.gaussian_distances.params import GaussianDistancesParams

EXACT = 1e-9  # relative: what float64 leaves of a closed form


def _across(p: GaussianDistancesParams) -> float | None:
    """The standard deviation across which the means are apart, where (11) holds: two equal ellipses, one above the other."""
    same = p.p_s1 == p.q_s1 and p.p_s2 == p.q_s2 and p.p_angle == p.q_angle == 0
    return p.p_s2 * p.thinness if same and p.p_x == p.q_x and p.p_y != p.q_y else None


def _singular(timeline: Timeline, name: str, times: float) -> Verdict | None:
    p, width = timeline.params, _across(timeline.params)
    if width is None:
        return None
    predicted = (p.p_y - p.q_y) ** 2 / (times * width**2)
    return Verdict(predicted, timeline.frame.scalars[name], EXACT * predicted + 1e-12)


@claim("KL is δ²/2s²: it explodes.", "(11)")
def kl_explodes(timeline: Timeline) -> Verdict | None:
    return _singular(timeline, "kl_pq", 2)


@claim("The Bhattacharyya distance is δ²/8s²: it explodes, too.", "(11)")
def bhattacharyya_explodes(timeline: Timeline) -> Verdict | None:
    return _singular(timeline, "bhattacharyya", 8)


@claim("W₂² is δ², however thin both are.", "(11)")
def w2_stays(timeline: Timeline) -> Verdict | None:
    p = timeline.params
    if _across(p) is None:
        return None
    return Verdict((p.p_y - p.q_y) ** 2, timeline.frame.scalars["w2_squared"], EXACT * (p.p_y - p.q_y) ** 2)


@claim("The map turns the shape of p into that of q: A Σp A = Σq.", "(8)")
def lands(timeline: Timeline) -> Verdict:
    p, a = timeline.params, timeline.frame.arrays["transport"]
    return Verdict.at_most(0.0, float(np.abs(a @ p.p.covariance @ a - p.q.covariance).max()), 1e-7)


@claim("The mean squared length of the arrows is W₂².", "(3), (8)")
def arrows_cost(timeline: Timeline) -> Verdict:
    p, q = timeline.params.p, timeline.params.q
    move = timeline.frame.arrays["transport"] - np.eye(2)
    cost = float(np.square(p.mean - q.mean).sum() + np.trace(move @ p.covariance @ move))
    return Verdict(timeline.frame.scalars["w2_squared"], cost, 1e-7 * (1 + cost))


@claim("The bottom of the cosine is W₂².", "(7)")
def bottom(timeline: Timeline) -> Verdict | None:
    s, p = timeline.frame.scalars, timeline.params
    off = math.radians(p.coupling - s["coupling_best"])
    if abs(off) > math.radians(1):
        return None
    turned = 2 * theory.fidelity(p.p.covariance, p.q.covariance) * (1 - math.cos(off))
    return Verdict(s["w2_squared"], s["coupling_cost"], turned + 1e-9)


def _raced(timeline: Timeline) -> bool:
    return timeline.frame.step > 0 and not timeline.marks and timeline.frame.scalars["race_start"] > 0


@claim("The W₂ racer keeps the share (1 − η)ᵏ of its distance.", "(12)")
def contracts(timeline: Timeline) -> Verdict | None:
    s = timeline.frame.scalars
    if not _raced(timeline):
        return None
    return Verdict((1 - timeline.params.eta) ** timeline.frame.step, s["race_w2"] / s["race_start"], 1e-9)


@claim("With KL as its loss a racer arrives, too.", "experiment")
def kl_arrives(timeline: Timeline) -> Verdict | None:
    s, p = timeline.frame.scalars, timeline.params
    calm = timeline.frame.step >= 100 and p.race_optimiser == "gradient" and p.eta == 0.1 and p.thinness == 1
    if not _raced(timeline) or not calm or not 1 <= p.start_distance <= 6 or min(p.p_s1, p.p_s2, p.q_s1, p.q_s2) < 0.5:
        return None
    return Verdict.at_most(0.05 * s["race_start"], s["race_kl_qp"])


def _far(p: GaussianDistancesParams) -> bool:
    return p.start_distance >= 12 and all(width == 1 for width in (p.p_s1, p.p_s2, p.q_s1, p.q_s2, p.thinness))


def before(timeline: Timeline, name: str) -> float:
    """A scalar at the last step before anything was changed by hand."""
    steps, values = timeline.trace(name)
    return (
        float(values[steps <= timeline.marks[0]][-1]) if timeline.marks and steps[0] <= timeline.marks[0] else float(values[-1])
    )


@claim("Twelve widths away H² has no slope: its racer stands still.", "(2)")
def stuck(timeline: Timeline) -> Verdict | None:
    p, marks = timeline.params, timeline.marks
    if timeline.frame.step == 0 or not _far(p) or (not marks and p.race_optimiser != "gradient"):
        return None
    return Verdict(timeline.frame.scalars["race_start"], before(timeline, "race_hellinger"), 1e-3)


@claim("Adam divides the slope by its own size: the same racer leaves.", "Kingma & Ba 2015")
def freed(timeline: Timeline) -> Verdict | None:
    p, s, marks = timeline.params, timeline.frame.scalars, timeline.marks
    if not _far(p) or p.race_optimiser != "adam" or p.eta < 0.05 or timeline.frame.step - (marks[-1] if marks else 0) < 90:
        return None
    return Verdict.at_most(0.5 * s["race_start"], s["race_hellinger"])


@claim("Beyond η = 2s² the plain gradient of KL(q‖p) leaves for good.", "(13)")
def thrown_out(timeline: Timeline) -> Verdict | None:
    p = timeline.params
    thin = min(p.p_s1, p.p_s2 * p.thinness) ** 2
    if (
        not _raced(timeline)
        or timeline.frame.step < 100
        or p.eta < 3 * thin
        or p.race_optimiser != "gradient"
        or p.start_distance < 1
    ):
        return None
    return Verdict.at_most(timeline.frame.step, float(timeline.frame.arrays["lost_at"][RACERS.index("kl_qp")]))


@claim("KL(p‖q) has the target's own width: it covers both.", "moment matching")
def covers(timeline: Timeline) -> Verdict:
    p = timeline.params
    second = mixture.WIDTH**2 + p.mixture_gap**2  # E x² of the target
    predicted = math.sqrt(second - ((mixture.RIGHT - mixture.LEFT) * p.mixture_gap) ** 2)
    return Verdict(predicted, timeline.frame.scalars["mixture_forward_sd"], 1e-9)


@claim("KL(q‖p) ends in the larger hump and loses −ln 0.6.", "mode seeking")
def falls(timeline: Timeline) -> Verdict | None:
    s, p = timeline.frame.scalars, timeline.params
    if p.mixture_gap < 2.6 or timeline.frame.step < 60 or s["mixture_mean"] < 0:
        return None
    return Verdict(-math.log(mixture.RIGHT), s["mixture_live"], 1e-3)


@claim("Two samples of one law lie (2n + n(n+1)/2)/m apart on average.", "(14)")
def biased(timeline: Timeline) -> Verdict | None:
    p, s = timeline.params, timeline.frame.scalars
    if p.n < 8 or p.m < 4 * p.n:
        return None
    return Verdict(s["bias_predicted"], s["bias_mean"], 0.1 * s["bias_predicted"])
