"""Closed loops in a chart, as legs; what they enclose, and how the frame turns along them. float64 numpy and scipy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.interpolate import BPoly

from engine.geometry.charts import Array, Chart, christoffel, curvature, determinant
from engine.geometry.curves import NODES, WEIGHTS, aim, throw

Leg = Callable[[Array], tuple[Array, Array]]  # t (m,) from 0 to 1 -> places and velocities (m, 2)
CUTS = 12  # pieces of a leg on each of which Gauss and Legendre's rule is applied


@dataclass(frozen=True)
class Loop:
    """A closed way, leg by leg.

    Attributes:
        laps: how often the coordinate frame turns round against a field that is regular inside: 1 round a pole or an apex, else 0.
        floor: the first coordinate from which areas are counted.
    """

    legs: tuple[Leg, ...]
    laps: int = 0
    floor: float | None = None

    def cut(self, n: int) -> list[tuple[Leg, Array]]:
        """The legs with their share of n steps: (leg, t of its step ends). Corners are step ends, where n suffices."""
        ends = np.round(np.linspace(0, n, len(self.legs) + 1)).astype(int)
        return [(leg, np.linspace(0, 1, last - first + 1)) for leg, first, last in zip(self.legs, ends[:-1], ends[1:], strict=True)]

    def nodes(self) -> tuple[Array, Array, Array]:
        """Places and velocities (m, 2) and weights (m,) of a quadrature along the whole loop."""
        t = ((np.arange(CUTS)[:, None] + (NODES + 1) / 2) / CUTS).ravel()
        found = [leg(t) for leg in self.legs]
        weights = np.tile(WEIGHTS / (2 * CUTS), CUTS * len(self.legs))
        return np.concatenate([x for x, _ in found]), np.concatenate([v for _, v in found]), weights

    def outline(self, n: int = 120) -> Array:
        """Places (m, 2) along it, for pictures and for asking whether it stays in a world."""
        return np.concatenate([leg(t)[0] for leg, t in self.cut(n)])


def straight(a: Array, b: Array) -> Leg:
    """The chart's straight line."""
    return lambda t: (a + t[:, None] * (b - a), np.broadcast_to(b - a, (len(t), 2)))


def circle(centre: Array, radius: float) -> Leg:
    """A circle of the chart, counter-clockwise from centre + (radius, 0)."""

    def at(t: Array) -> tuple[Array, Array]:
        out = np.stack([np.cos(2 * np.pi * t), np.sin(2 * np.pi * t)], 1)
        return centre + radius * out, 2 * np.pi * radius * np.stack([-out[:, 1], out[:, 0]], 1)

    return at


def geodesics(chart: Chart, corners: Array) -> tuple[Leg, ...]:
    """Geodesics from each corner (k, 2) to the next and back to the first; quintic between the nodes that were computed."""
    places, speeds = throw(chart, corners, aim(chart, corners, np.roll(corners, -1, 0)), 32)
    bends = -np.einsum("tnmab,tna,tnb->tnm", christoffel(chart, places), speeds, speeds)
    t = np.linspace(0, 1, len(places))

    def leg(k: int) -> Leg:
        if not np.isfinite(places[:, k]).all():  # none was found
            return lambda t: (np.full((len(t), 2), np.nan),) * 2
        way = BPoly.from_derivatives(t, np.stack([places[:, k], speeds[:, k], bends[:, k]], 1))
        return lambda t: (way(t), way.derivative()(t))

    return tuple(leg(k) for k in range(len(corners)))


def rotation(chart: Chart, x: Array, v: Array) -> Array:
    """ω(v) of (6) at points (m, 2): by how much the coordinate frame turns; the metric is orthogonal."""
    g, slope = chart.metric(x), chart.slopes(x)
    return (slope[..., 0, 1, 1] * v[..., 1] - slope[..., 1, 0, 0] * v[..., 0]) / (2 * np.sqrt(determinant(g)))


def frame_holonomy(chart: Chart, loop: Loop) -> float:
    """(6), (7): −∮ω, and 2π for each lap of the frame."""
    x, v, weights = loop.nodes()
    return float(2 * np.pi * loop.laps - weights @ rotation(chart, x, v))


def enclosed(chart: Chart, loop: Loop) -> tuple[float, float]:
    """∫ K dA and ∫ dA over the inside, which counts as often as the loop runs round it: ∮ (∫ K √g du) dv by Green, u from the floor on.

    K comes from the derivatives of Γ: another way than (6).
    """
    x, v, weights = loop.nodes()
    floor = float(x[:, 0].mean()) if loop.floor is None else loop.floor
    share = ((NODES + 1) / 2)[:, None]
    inner = np.stack([floor + share * (x[:, 0] - floor), np.broadcast_to(x[:, 1], (len(NODES), len(x)))], -1)
    with np.errstate(all="ignore"):
        density = np.sqrt(determinant(chart.metric(inner)))
        across = weights * v[:, 1] * (x[:, 0] - floor) * (WEIGHTS / 2)[:, None]
        return float((across * density * curvature(chart, inner)).sum()), float((across * density).sum())
