"""What the runs of this lab must bear out."""

from __future__ import annotations

import math

import numpy as np

from engine.core.topic import Timeline, Verdict, claim
from engine.geometry.riemann_connection import theory


def carried(timeline: Timeline) -> bool:
    """Whether the geodesics' connection carries the arrow, by the fourth-order scheme."""
    return bool(timeline.params.connection == "levi_civita" and timeline.params.scheme == "rk4")


@claim("The arrow comes home turned by the area of the cap, 2π (1 − cos θ₀).", "equation (9)")
def cap(timeline: Timeline) -> Verdict | None:
    p = timeline.params
    if not carried(timeline) or (p.surface, p.shape) != ("sphere", "parallel"):
        return None
    return Verdict(theory.parallel_holonomy(math.radians(p.colatitude)), timeline.frame.scalars["holonomy"], 1e-4)


@claim("The turn is the curvature inside the loop.", "Gauss and Bonnet, equation (7)")
def inside(timeline: Timeline) -> Verdict | None:
    s = timeline.frame.scalars
    if not carried(timeline) or not math.isfinite(s["enclosed_curvature"]) or timeline.params.n < 20:
        return None
    return Verdict(s["enclosed_curvature"], s["holonomy"], 1e-3)


@claim("Round a triangle of three right angles the arrow turns by a right angle.", "the octant's area is π/2")
def quarter(timeline: Timeline) -> Verdict | None:
    p = timeline.params
    if not carried(timeline) or p.shape != "octant":
        return None
    return Verdict(math.pi / 2, timeline.frame.scalars["holonomy"], 1e-4)


@claim("All arrows turn by the same angle.", "transport keeps angles between arrows")
def together(timeline: Timeline) -> Verdict | None:
    both = [line for line in (timeline, timeline.other) if line and carried(line) and line.params.shape == "octant"]
    if len(both) < 2:
        return None
    return Verdict(0.0, both[0].frame.scalars["holonomy"] - both[1].frame.scalars["holonomy"], 1e-6)


@claim("In the plane nothing turns, though Γ is not 0 in polar coordinates.", "K = 0")
def flat(timeline: Timeline) -> Verdict | None:
    if timeline.params.surface != "polar" or not carried(timeline):
        return None
    return Verdict(0.0, timeline.frame.scalars["holonomy"], 1e-4)


@claim("Round the apex of a cone the arrow turns by 2π (1 − sin γ).", "equation (11)")
def apex(timeline: Timeline) -> Verdict | None:
    cone = timeline.other
    if cone is None or (cone.params.surface, cone.params.shape) != ("cone", "parallel") or not carried(cone):
        return None
    return Verdict(theory.cone_holonomy(cone.params.cone_angle), cone.frame.scalars["holonomy"], 1e-4)


def _tube(timeline: Timeline | None, side: float) -> Verdict | None:
    if timeline is None or timeline.params.surface != "torus" or timeline.params.shape != "circle" or not carried(timeline):
        return None
    middle, radius = timeline.params.room()
    if side * math.cos(middle[0]) <= 0 or radius > 1.5:
        return None
    return Verdict.at_least(0.0, side * timeline.frame.scalars["holonomy"])


@claim("On the outer half of a torus the turn is positive.", "K dA = cos u du dv, equation (10)")
def outer(timeline: Timeline) -> Verdict | None:
    return _tube(timeline, 1)


@claim("On its inner half it is negative; here its size.", "K dA = cos u du dv, equation (10)")
def inner(timeline: Timeline) -> Verdict | None:
    return _tube(timeline.other, -1)


def arm(timeline: Timeline, name: str, value: str) -> Timeline | None:
    """The arm of a sweep with this setting."""
    return next((line for line in timeline.arms.values() if getattr(line.params, name) == value), None)


def _scheme(timeline: Timeline, name: str) -> Timeline | None:
    line = arm(timeline, "scheme", name)
    p = timeline.params
    return line if (p.surface, p.shape, p.connection) == ("sphere", "parallel", "levi_civita") else None


@claim("The article's matrix lengthens the arrow, by (1 + (2π cos θ₀/n)²)^(n/2).", "Euler's method")
def drift(timeline: Timeline) -> Verdict | None:
    if (line := _scheme(timeline, "euler")) is None:
        return None
    expected = theory.euler_growth(math.radians(line.params.colatitude), line.params.n)
    return Verdict(expected, line.frame.scalars["norm_ratio"], 1e-6)


@claim("Schild's ladder with sides as long as the step is off by about 2/n.", "first order, Guigui and Pennec 2021")
def first_order(timeline: Timeline) -> Verdict | None:
    line = _scheme(timeline, "schild")
    if line is None or line.params.colatitude != 45 or line.params.start_angle:
        return None
    off = line.frame.scalars["holonomy"] - theory.parallel_holonomy(math.pi / 4)
    return Verdict(-2.05 / line.params.n, off, 0.15 / line.params.n)


@claim("With the numbers frozen nothing turns on any loop.", "components are equal again at home")
def frozen(timeline: Timeline) -> Verdict | None:
    line = arm(timeline, "connection", "naive")
    return None if line is None else Verdict(0.0, line.frame.scalars["holonomy"], 1e-9)


@claim("But the frozen arrow changes its length on the way; here, by which factor at most.", "√g differs from place to place")
def stretched(timeline: Timeline) -> Verdict | None:
    line = arm(timeline, "connection", "naive")
    if line is None or line.params.surface != "sphere" or line.params.shape != "circle" or line.params.start_angle != 90:
        return None
    lengths = line.frame.arrays["lengths"]
    return Verdict.at_least(1.05, float(np.max(lengths) / np.min(lengths)))


@claim("The navigator's arrow turns on no loop and keeps its length.", "metric, with torsion, equation (13)")
def bearing(timeline: Timeline) -> Verdict | None:
    line = arm(timeline, "connection", "compass")
    if line is None:
        return None
    lengths = line.frame.arrays["lengths"]
    return Verdict(0.0, abs(line.frame.scalars["holonomy"]) + float(np.ptp(lengths)), 1e-9)


@claim("The six numbers lie within four standard errors of the true ones.", "least squares")
def learned(timeline: Timeline) -> Verdict | None:
    p, s, start = timeline.params, timeline.frame.scalars, timeline.frame.arrays["places"][0]
    if not p.noise or not math.isfinite(s["gamma_error"]):
        return None
    velocities, _ = theory.stones(p.chart, start, p.shots, np.random.default_rng(timeline.seed))
    return Verdict.at_most(4 * p.noise * float(theory.deviations(velocities).max()), s["gamma_error"])


@claim(
    "What the pendulum's plane turns in a day and what the parallel turns an arrow make a whole turn.", "the floor turns once"
)
def floor(timeline: Timeline) -> Verdict | None:
    p, s = timeline.params, timeline.frame.scalars
    if not carried(timeline) or (p.surface, p.shape) != ("sphere", "parallel") or abs(p.colatitude + p.latitude - 90) > 0.01:
        return None
    return Verdict(360.0, s["foucault_degrees"] + math.degrees(s["holonomy"]), 0.02)


@claim("At this latitude a whole turn of the pendulum takes a sidereal day over sin φ.", "equation (12); Foucault 1851")
def pantheon(timeline: Timeline) -> Verdict | None:
    p, s = timeline.params, timeline.frame.scalars
    if abs(p.latitude) < 1:
        return None
    return Verdict(theory.SIDEREAL / abs(math.sin(math.radians(p.latitude))), s["foucault_hours"], 0.01, "h")
