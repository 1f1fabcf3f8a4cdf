"""What the runs of this lab must bear out."""

from __future__ import annotations

import math

import numpy as np

from engine.core.topic import Timeline, Verdict, claim
from engine.geometry.charts import Plate
from engine.geometry.riemann_metric import theory

SETTLED = 60  # steps without a change after which a string is tight


def rested(timeline: Timeline) -> bool:
    """Whether the string has had time to tighten since the last change."""
    return timeline.frame.step - max((0, *timeline.marks)) >= SETTLED and timeline.params.optimiser == "preconditioned"


def midpoint_band(timeline: Timeline) -> float:
    """How far the midpoint rule may lie from the integral: |K| L³/(24 n²) is of its order; three times that, and rounding."""
    s, n = timeline.frame.scalars, timeline.params.segments
    return 3 * (abs(s["curvature"]) * s["exact"] ** 3 + s["chart_length"]) / (24 * n**2) + 1e-6


@claim("The string tightens to the shortest way, within the band of the midpoint rule.", "equations (5), (8)")
def tight(timeline: Timeline) -> Verdict | None:
    s = timeline.frame.scalars
    if not rested(timeline) or not math.isfinite(s["exact"]) or timeline.params.world == "lonlat":
        return None
    return Verdict(s["exact"], s["length"], midpoint_band(timeline))


@claim("The root of twice the energy meets the length: the beads lie evenly.", "equation (5)")
def even(timeline: Timeline) -> Verdict | None:
    s = timeline.frame.scalars
    return Verdict(s["length"], s["speed_length"], 1e-4 * s["length"]) if rested(timeline) else None


@claim("The line that is straight in the chart is longer than the string.", "great circles")
def detour(timeline: Timeline) -> Verdict | None:
    s = timeline.frame.scalars
    if not rested(timeline) or timeline.params.world != "lonlat":
        return None
    return Verdict.at_least(s["exact"], s["chart_length"])


@claim("The string tightens to the great circle.", "sixty segments near a pole, where the chart is steep, are good for 0.002")
def great_circle(timeline: Timeline) -> Verdict | None:
    s, p = timeline.frame.scalars, timeline.params
    if not rested(timeline) or p.world != "lonlat" or p.segments < 60 or abs(p.a_x - p.b_x) > 175:
        return None
    return Verdict(s["exact"], s["length"], 2e-3)


def errors(timeline: Timeline) -> dict[int, float]:
    """Length minus the exact one by the number of segments, over the arms of a sweep."""
    arms = (timeline, *timeline.arms.values())
    return {arm.params.segments: arm.frame.scalars["off"] for arm in arms if rested(arm)}


@claim("Twice as many segments, a quarter of the error.", "midpoint rule")
def second_order(timeline: Timeline) -> Verdict | None:
    found = errors(timeline)
    return Verdict(4.0, found[20] / found[40], 0.1) if {20, 40} <= found.keys() and found[40] else None


@claim("On the hot plate the string reads too long, as if its error had the sign of κ.", "midpoint rule")
def signed(timeline: Timeline) -> Verdict | None:
    found = errors(timeline)
    if len(found) < 2 or not timeline.params.kappa:
        return None
    return Verdict.at_least(0.0, min(value * math.copysign(1, timeline.params.kappa) for value in found.values()))


@claim("The ant's circle has the circumference 2π sin(√K ρ)/√K.", "equation (9)")
def circle(timeline: Timeline) -> Verdict | None:
    s, p = timeline.frame.scalars, timeline.params
    if p.world == "bump" or not math.isfinite(s["circumference_ratio"]):
        return None
    return Verdict(float(theory.circumference_ratio(s["curvature"], p.radius)), s["circumference_ratio"], 1e-5)


@claim("From a circle of radius ½ the ant finds the curvature within 5 %.", "equation (10); Gauss 1827")
def ant_finds(timeline: Timeline) -> Verdict | None:
    s, p = timeline.frame.scalars, timeline.params
    if not isinstance(p.chart, Plate) or abs(p.radius - 0.5) > 1e-9 or abs(p.kappa) < 0.2:
        return None
    return Verdict(p.kappa, s["ant_curvature"], 0.05 * abs(p.kappa))


def _per_area(timeline: Timeline | None) -> Verdict | None:
    if timeline is None or not rested(timeline) or not isinstance(timeline.params.chart, Plate):
        return None
    s, kappa = timeline.frame.scalars, timeline.params.kappa
    if abs(kappa) < 0.1 or s["triangle_area"] < 0.2:
        return None
    return Verdict(kappa, s["excess"] / s["triangle_area"], 0.02 * abs(kappa))


@claim("What the angles have over 180° is curvature times area.", "Gauss 1827")
def excess(timeline: Timeline) -> Verdict | None:
    return _per_area(timeline)


@claim("In the cold world the angles fall short by as much.", "Gauss 1827")
def deficit(timeline: Timeline) -> Verdict | None:
    return _per_area(timeline.other)


@claim("The curvature of a flat world is zero in any coordinates.", "Brioschi; Riemann 1854")
def flat(timeline: Timeline) -> Verdict | None:
    if timeline.params.world not in ("polar", "sheared"):
        return None
    return Verdict(0.0, timeline.frame.scalars["curvature"], 1e-8)


@claim("In polar coordinates, too, where g changes from place to place.", "Brioschi; Riemann 1854")
def flat_polar(timeline: Timeline) -> Verdict | None:
    return flat(timeline.other) if timeline.other is not None else None


def by_optimiser(timeline: Timeline) -> dict[str, float]:
    """By how much the string is too long, relative, over the arms of a sweep."""
    arms = (timeline, *timeline.arms.values())
    return {arm.params.optimiser: arm.frame.scalars["off"] / arm.frame.scalars["exact"] for arm in arms}


@claim("The preconditioned string is tight within a thousandth.", "the string's own inner product")
def settled(timeline: Timeline) -> Verdict | None:
    found = by_optimiser(timeline).get("preconditioned")
    return None if found is None or timeline.frame.step < SETTLED else Verdict.at_most(1e-3, abs(found))


@claim("Plain Adam is more than ten times further off.", "the same number of steps")
def adam_lags(timeline: Timeline) -> Verdict | None:
    found = by_optimiser(timeline)
    if not {"adam", "preconditioned"} <= found.keys() or timeline.frame.step < SETTLED:
        return None
    return Verdict.at_least(10 * abs(found["preconditioned"]), found["adam"])


@claim("The string beside the ridge ends shorter than the one on it.", "a saddle of the length")
def round_the_hill(timeline: Timeline) -> Verdict | None:
    if timeline.params.world != "bump" or timeline.other is None or not rested(timeline):
        return None
    return Verdict.at_most(0.98 * timeline.frame.scalars["length"], timeline.other.frame.scalars["length"])


@claim("On the ridge nothing pulls it aside: it stays a straight line of the chart.", "symmetry")
def on_the_ridge(timeline: Timeline) -> Verdict | None:
    p = timeline.params
    if p.world != "bump" or p.a_y or p.b_y:
        return None
    return Verdict(0.0, float(np.abs(timeline.frame.arrays["string"][:, 1]).max()), 1e-12)
