"""What runs of this lab must bear out, each held against a closed form."""

from __future__ import annotations

import math

import numpy as np

from engine.core.topic import Timeline, Verdict, claim
from engine.latent.em import mixture

ROUNDING = 1e-10  # of F, of 1 nat at least
MIX_OF_NEEDLES = 0.75  # K-means halves two crossing needles: it cannot do better than this


@claim("No half-step ever lowers F.", "Neal & Hinton 1998")
def never_falls(timeline: Timeline) -> Verdict:
    s = timeline.frame.scalars
    return Verdict.at_most(0.0, s["largest_drop"], ROUNDING * max(1.0, abs(s["free_energy"])), "nats")


@claim("F lies below the log-likelihood.", "(5)")
def below(timeline: Timeline) -> Verdict | None:
    if timeline.params.temperature != 1:
        return None
    return Verdict.at_least(0.0, timeline.frame.scalars["gap"], 1e-12, "nats")


@claim("After each E-step F is the log-likelihood.", "(5)")
def touches(timeline: Timeline) -> Verdict | None:
    """Largest difference over the kept iterations; at another temperature, or with a part of the points, they need not touch."""
    p, rows = timeline.params, timeline.frame.arrays["ledger"]
    after_e = rows[np.isclose(rows[:, 0] % 1, 0.5)]
    if p.temperature != 1 or p.fraction < 1 or not len(after_e) or timeline.marks:
        return None
    return Verdict(0.0, float(np.abs(after_e[:, 1] - after_e[:, 2]).max()), 1e-12, "nats")


def _coin(timeline: Timeline, which: int, value: float) -> Verdict | None:
    if timeline.params.data != "coins" or timeline.frame.step != 10 or timeline.params.softness != 1:
        return None
    return Verdict(value, float(timeline.frame.arrays["coin"][which]), 1e-4)


@claim("After ten iterations coin A shows heads with 0.797.", "Do & Batzoglou 2008: 0.80")
def coin_a(timeline: Timeline) -> Verdict | None:
    return _coin(timeline, 0, 0.7967)


@claim("After ten iterations coin B shows heads with 0.520.", "Do & Batzoglou 2008: 0.52")
def coin_b(timeline: Timeline) -> Verdict | None:
    return _coin(timeline, 1, 0.5197)


def _ratio(timeline: Timeline | None) -> Verdict | None:
    if timeline is None or not math.isfinite(timeline.frame.scalars.get("rho_observed", math.nan)):
        return None
    s = timeline.frame.scalars
    return Verdict(s["rho_predicted"], s["rho_observed"], 0.02)


@claim("Errors shrink by the share of information that is missing.", "(8), Dempster, Laird, Rubin 1977")
def missing(timeline: Timeline) -> Verdict | None:
    return _ratio(timeline)


@claim("So they do in B.", "(8)")
def missing_apart(timeline: Timeline) -> Verdict | None:
    return _ratio(timeline.other)


@claim("Narrow clouds leave no doubt about the memberships.", "(4) for σ → 0")
def hard(timeline: Timeline) -> Verdict | None:
    p = timeline.params
    if not p.fixed or p.softness > 0.03:
        return None
    return Verdict.at_most(0.0, timeline.frame.scalars["label_entropy"], 1e-5, "nats")


@claim("One more round of K-means moves no centre.", "(7)")
def as_kmeans(timeline: Timeline) -> Verdict | None:
    p, a = timeline.params, timeline.frame.arrays
    if not p.fixed or p.softness > 0.03:
        return None
    return Verdict(0.0, float(np.abs(mixture.lloyd(a["points"], a["means"], 1) - a["means"]).max()), 1e-5)


@claim("The smooth inertia is at most 2σ² ln K below that of K-means.", "(7)")
def smooth_minimum(timeline: Timeline) -> Verdict | None:
    p, s = timeline.params, timeline.frame.scalars
    return Verdict.at_most(2 * p.softness**2 * math.log(p.k), s["inertia"] - s["smooth"], 1e-9) if p.fixed else None


@claim("Clouds of any shape find both needles.", "true classes")
def needles_found(timeline: Timeline) -> Verdict:
    return Verdict.at_least(0.94, timeline.frame.scalars["accuracy"])


@claim("Round clouds of one width do not.", "true classes")
def needles_halved(timeline: Timeline) -> Verdict | None:
    other = timeline.other
    return None if other is None else Verdict.at_most(MIX_OF_NEEDLES, other.frame.scalars["accuracy"])


def _apart(timeline: Timeline) -> float:
    return float(np.ptp(timeline.frame.arrays["means"]))


@claim("Equal means stay equal.", "by symmetry: r = 1/2 for every point")
def stays(timeline: Timeline) -> Verdict | None:
    p = timeline.params
    return None if p.data == "coins" or p.init != "equal" or p.nudge else Verdict.at_most(0.0, _apart(timeline), 1e-12)


@claim("A nudge of 0.001 lets them part.", "a saddle, no maximum")
def parted(timeline: Timeline) -> Verdict | None:
    return None if timeline.other is None else Verdict.at_least(1.0, _apart(timeline.other))


def least_variance(timeline: Timeline) -> tuple[float, float]:
    """The smallest variance of any component, and the weight of those components that have it."""
    a = timeline.frame.arrays
    least = mixture.least_variances(a["covariances"])
    return float(least.min()), float(a["weights"][least < 1.01 * least.min()].sum())


@claim("The flattest cloud has no more width than the floor allows.", "variance floor")
def at_the_floor(timeline: Timeline) -> Verdict | None:
    floor = timeline.params.floor
    if timeline.params.data == "coins":
        return None
    return Verdict(floor, least_variance(timeline)[0], 0.001 * floor) if floor else None


@claim("A floor that is c times lower gives w/2 · ln c nats more.", "ln |Σ| of a flat cloud of weight w")
def unbounded(timeline: Timeline) -> Verdict | None:
    other = timeline.other
    if other is None or not other.params.floor or not timeline.params.floor:
        return None
    gain = 0.5 * least_variance(other)[1] * math.log(timeline.params.floor / other.params.floor)
    return Verdict(gain, other.frame.scalars["ell"] - timeline.frame.scalars["ell"], 0.005, "nats")
