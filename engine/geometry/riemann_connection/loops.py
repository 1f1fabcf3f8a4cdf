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
        return [
            (leg, np.linspace(0, 1, last - first + 1)) for leg, first, last in zip(self.legs, ends[:-1], ends[1:], strict=True)
        ]

    def nodes(self) -> tuple[Array, Array, Array]:
        """Places and velocities (m, 2) and weights (m,) of a quadrature along the whole loop."""
        t = ((np.arange(CUTS)[:, None] + (NODES + 1) / 2) / CUTS).ravel()
        found = [leg(t) for leg in self.legs]
        weights = np.tile(WEIGHTS / (2 * CUTS), CUTS * len(self.legs))
        return np.concatenate([x for x, _ in found]), np.concatenate([v for _, v in found]), weights

    def region(self, n: int = 120) -> Array:
        """What it encloses as a polygon (m, 2) of the chart: of a loop once round, everything from the floor on."""
        outline = np.concatenate([leg(t)[0] for leg, t in self.cut(n)])
        if self.floor is None:
            return outline
        return np.concatenate([outline, [[self.floor, outline[-1, 1]], [self.floor, outline[0, 1]]]])


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


def frame_turns(chart: Chart, loop: Loop, n: int) -> Array:
    """(6): how far a carried arrow has turned at the ends of n pieces, (n + 1,): −∫ω, and evenly 2π for each lap of the frame."""
    turned = []
    for leg, t in loop.cut(n):
        within = t[:-1, None] + np.diff(t)[:, None] * (NODES + 1) / 2
        x, v = leg(within.ravel())
        turned.append(-(rotation(chart, x, v).reshape(within.shape) @ WEIGHTS) * np.diff(t) / 2)
    return np.concatenate([[0.0], np.concatenate(turned).cumsum()]) + 2 * np.pi * loop.laps * np.linspace(0, 1, n + 1)


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


def winding(polygon: Array, points: Array) -> Array:
    """How often a closed polygon (m, 2) runs round points (..., 2), counter-clockwise positive."""
    a, b = polygon - points[..., None, :], np.roll(polygon, -1, 0) - points[..., None, :]
    left = a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0] > 0
    upward, downward = (a[..., 1] <= 0) & (b[..., 1] > 0) & left, (a[..., 1] > 0) & (b[..., 1] <= 0) & ~left
    return upward.sum(-1) - downward.sum(-1)  # type: ignore[no-any-return]


def inside(polygon: Array, u: Array, v: Array) -> Array:
    """How often a closed polygon (m, 2) runs round the cells between the lines u and v, cut cells by their share: (rows v, columns u)."""
    corners = winding(polygon, np.stack(np.meshgrid(u, v), -1))
    around = corners[:-1, :-1].astype(float)
    rows, columns = np.nonzero(sum(corners[r : len(v) - 1 + r, c : len(u) - 1 + c] != around for r in (0, 1) for c in (0, 1)))
    share = (np.arange(6) + 0.5) / 6  # of a cut cell, 6 × 6 places are asked
    at_u, at_v = u[columns, None] + np.diff(u)[columns, None] * share, v[rows, None] + np.diff(v)[rows, None] * share
    around[rows, columns] = winding(polygon, np.stack(np.broadcast_arrays(at_u[:, None, :], at_v[:, :, None]), -1)).mean((1, 2))
    return around


def cells(chart: Chart, u: Array, v: Array) -> tuple[Array, Array]:
    """Of the cells between the lines u and v: by how much an arrow that is carried round each is turned, and its area, (rows v, columns u).

    −∮ω along the four sides, each by its middle.
    """
    middle_u, middle_v, one = (u[1:] + u[:-1]) / 2, (v[1:] + v[:-1]) / 2, np.eye(2)
    along_u = rotation(chart, np.stack(np.meshgrid(middle_u, v), -1), one[0]) * np.diff(u)
    along_v = rotation(chart, np.stack(np.meshgrid(u, middle_v), -1), one[1]) * np.diff(v)[:, None]
    turned = -(along_u[:-1] + along_v[:, 1:] - along_u[1:] - along_v[:, :-1])
    density = np.sqrt(determinant(chart.metric(np.stack(np.meshgrid(middle_u, middle_v), -1))))
    return turned, density * np.diff(u) * np.diff(v)[:, None]
