"""What the runs of this lab must bear out."""

from __future__ import annotations

import math

import numpy as np

from engine.core.topic import Timeline, Verdict, claim
from engine.geometry.feynman_paths import theory
from engine.geometry.feynman_paths.observe import DRIFTERS

ENOUGH = 100  # sweeps of measurement from which averages are judged
MOVED = 8  # independent sweeps of a chain from which its average may be trusted not to remember its start


def settled(timeline: Timeline) -> bool:
    """Whether enough sweeps have been averaged since the burn-in began."""
    return timeline.frame.scalars["age"] >= timeline.params.burn_in + ENOUGH


def first_mode(timeline: Timeline) -> tuple[float, float]:
    """c of the first sine, and the modulus that all its arrows sum to."""
    p = timeline.params
    c = float(theory.stiffness(1, p.travel_time, p.real_omega))
    return c, theory.full_modulus(c, p.hbar)


def shares(timeline: Timeline) -> np.ndarray:
    """The window's sum as a share of the whole, over the run."""
    parts = [timeline.trace(f"cornu_{part}")[1] for part in ("re", "im")]
    return np.hypot(*parts) / first_mode(timeline)[1]


@claim("With a wide window the arrows sum to √(πħ/c), within ħ/cA.", "equation (3)")
def whole(timeline: Timeline) -> Verdict | None:
    p, (c, full) = timeline.params, first_mode(timeline)
    if not c or p.window < 3 * full:
        return None
    return Verdict(1.0, shares(timeline)[-1], p.hbar / (abs(c) * p.window * full))


@claim("On the way the sum is a third too long.", "Cornu spiral")
def overshoots(timeline: Timeline) -> Verdict | None:
    if timeline.params.window < 2 or len(timeline.trace("step")[0] if "step" in timeline.history else ()) < 10:
        return None
    return Verdict.between(1.25, 1.35, float(shares(timeline).max()))


@claim("The window's sum is what adding 200,000 arrows gives.", "equation (3)")
def added(timeline: Timeline) -> Verdict | None:
    p, (c, full) = timeline.params, first_mode(timeline)
    if not c or not p.window:
        return None
    a = np.linspace(-p.window, p.window, 200_001)
    return Verdict(abs(np.trapezoid(np.exp(1j * c * a**2 / p.hbar), a)) / full, shares(timeline)[-1], 1e-6)


def _sampled(timeline: Timeline | None) -> Verdict | None:
    if timeline is None or not settled(timeline) or not timeline.frame.scalars["effective"] > MOVED:
        return None
    s = timeline.frame.scalars
    return Verdict(s["x2_lattice"], s["x2"], 4 * s["x2_error"])


@claim("⟨x²⟩ is that of this lattice, within four standard errors.", "equations (8), (9)")
def sampled(timeline: Timeline) -> Verdict | None:
    return _sampled(timeline) if timeline.params.move != "single" else None


@claim("It is not that of the continuum: more than three standard errors below.", "equation (8)")
def biased(timeline: Timeline) -> Verdict | None:
    s, p = timeline.frame.scalars, timeline.params
    coarse = p.potential == "harmonic" and p.lattice.spacing * p.omega >= 0.4
    if not settled(timeline) or not coarse or s["x2_error"] > 0.004 * p.hbar:
        return None
    return Verdict.at_most(s["x2_continuum"] - 3 * s["x2_error"], s["x2"])


@claim("The correlator's slope is the energy gap, within 5 %.", "spectral decomposition")
def slope(timeline: Timeline) -> Verdict | None:
    s, p = timeline.frame.scalars, timeline.params
    if not settled(timeline) or p.move == "single" or p.potential != "harmonic" or p.beta * p.hbar * p.omega < 5:
        return None
    return Verdict(s["gap"], s["gap_measured"], 0.05 * s["gap"])


@claim("Single points are far off: more than ten standard errors.", "critical slowing down")
def stuck(timeline: Timeline) -> Verdict | None:
    s, p = timeline.frame.scalars, timeline.params
    if p.move != "single" or p.start != "cold" or p.slices < 128 or p.hbar != 1 or not settled(timeline):
        return None
    return Verdict.at_most(s["x2_lattice"] - 10 * s["x2_error"], s["x2"])


@claim("Staging is not, with as many sweeps.", "equation (8)")
def staged(timeline: Timeline) -> Verdict | None:
    return _sampled(timeline.other)


def left_of(timeline: Timeline | None) -> float:
    """Share of chains in the left well; nan where the question makes no sense."""
    if timeline is None or timeline.params.start != "left" or timeline.params.potential != "double_well":
        return math.nan
    return timeline.frame.scalars["left"] if settled(timeline) else math.nan


@claim("More than four in five chains are still in the left well.", "a barrier")
def stay(timeline: Timeline) -> Verdict | None:
    left = left_of(timeline)
    return Verdict.at_least(0.8, left) if timeline.params.move == "single" and math.isfinite(left) else None


@claim("With flips one half of them is.", "binomial, four standard errors")
def flip(timeline: Timeline) -> Verdict | None:
    left = left_of(timeline.other)
    return Verdict(0.5, left, 2 / math.sqrt(timeline.params.chains)) if math.isfinite(left) else None


@claim("Hot, ⟨x²⟩ is near the classical 1/βω².", "equipartition")
def classical(timeline: Timeline) -> Verdict | None:
    s, p = timeline.frame.scalars, timeline.params
    if not settled(timeline) or p.potential != "harmonic" or p.beta * p.hbar * p.omega > 0.6 or p.move != "shift":
        return None
    return Verdict(s["x2_classical"], s["x2"], 4 * s["x2_error"] + 0.03 * s["x2_classical"])


@claim("Cold, it is near ħ/2ω, not the classical value.", "zero-point motion")
def zero_point(timeline: Timeline) -> Verdict | None:
    line = timeline.other
    if line is None or not settled(line) or line.params.potential != "harmonic" or line.params.beta * line.params.hbar < 5:
        return None
    s, p = line.frame.scalars, line.params
    return Verdict(p.hbar / (2 * p.omega), s["x2"], 4 * s["x2_error"] + 0.03 * p.hbar / p.omega)


@claim("What the walkers have left is (cosh ωT)^(−1/2), within four standard errors.", "equation (6)")
def toll(timeline: Timeline) -> Verdict | None:
    s = timeline.frame.scalars
    return Verdict(s["fk_exact"], s["fk_mc"], 4 * s["fk_error"])


@claim("Steps of a two-hundredth cost less than a ten-thousandth.", "trapezoid rule, tridiagonal determinant")
def fine(timeline: Timeline) -> Verdict | None:
    s = timeline.frame.scalars
    return Verdict(s["fk_exact"], s["fk_discrete"], 1e-4) if timeline.params.fk_time * timeline.params.omega <= 3 else None


@claim("The biased walk's ⟨x²⟩ is ħ(1 − e^(−2ωT))/2ω, within four standard errors.", "Ornstein and Uhlenbeck 1930")
def drifts(timeline: Timeline) -> Verdict | None:
    s = timeline.frame.scalars
    return Verdict(s["drift_exact"], s["drift_x2"], 4 * math.sqrt(2 / DRIFTERS) * s["drift_exact"])


@claim("After a while it is that of |ψ₀|², ħ/2ω.", "equation (13)")
def rests(timeline: Timeline) -> Verdict | None:
    s, p = timeline.frame.scalars, timeline.params
    goal = p.hbar / (2 * p.omega)
    error = 4 * math.sqrt(2 / DRIFTERS) + math.exp(-2 * p.omega * p.fk_time)
    return Verdict(goal, s["drift_x2"], error * goal) if p.fk_time * p.omega >= 2 else None
