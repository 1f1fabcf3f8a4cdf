"""Closed forms: distances, geodesics, circles of constant curvature. float64 numpy.

Sources: Poincaré 1902; Robertson 1949; equations (8) to (10) of the page.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from engine.geometry.charts import Array, Bump, Chart, HalfPlane, LonLat, Mercator, Plate, Polar, Sheared


def distance(chart: Chart, a: Array, b: Array) -> float:
    """The length of the shortest way from a to b; nan for a bump, which has no closed form."""
    if isinstance(chart, Plate):
        return plate_distance(chart.kappa, a, b)
    if isinstance(chart, HalfPlane):  # arcosh(1 + |a − b|²/2 a_y b_y), without the loss of digits at short distances
        return 2 * math.asinh(math.dist(a, b) / (2 * math.sqrt(a[1] * b[1])))
    if isinstance(chart, LonLat | Mercator):
        p, q = on_sphere(chart, a), on_sphere(chart, b)
        return math.atan2(float(np.linalg.norm(np.cross(p, q))), float(p @ q))
    if isinstance(chart, Polar):  # law of cosines, its root's argument as a sum of squares
        return math.hypot(a[0] - b[0], 2 * math.sqrt(a[0] * b[0]) * math.sin((a[1] - b[1]) / 2))
    if isinstance(chart, Sheared):
        d = np.asarray(b) - a
        return math.sqrt(max(float(d @ chart.metric(np.zeros(2)) @ d), 0.0))
    return math.nan


def plate_distance(kappa: float, a: Array, b: Array) -> float:
    """(8): arctan (κ > 0) or artanh (κ < 0) of |y − w|/|1 ± ȳw|, over s = √|κ|/2."""
    s, y, w = math.sqrt(abs(kappa)) / 2, complex(*a), complex(*b)
    if s < 1e-9:
        return abs(y - w)
    y, w = s * y, s * w
    if kappa > 0:
        return math.atan2(abs(y - w), abs(1 + y.conjugate() * w)) / s
    return math.atanh(min(abs(y - w) / abs(1 - y.conjugate() * w), 1 - 1e-16)) / s


def on_sphere(chart: Chart, x: Array) -> Array:
    """Places in space (..., 3) of points of the unit sphere in longitude and latitude, or on Mercator's map."""
    if isinstance(chart, Mercator):
        c, s = 1 / np.cosh(x[..., 1]), np.tanh(x[..., 1])
    else:
        c, s = np.cos(x[..., 1]), np.sin(x[..., 1])
    return np.stack([c * np.cos(x[..., 0]), c * np.sin(x[..., 0]), s], -1)


def geodesic(chart: Chart, a: Array, b: Array, count: int = 121) -> Array:
    """The shortest way (count, 2) in the chart; nan for a bump."""
    t = np.linspace(0, 1, count)
    straight = a + t[:, None] * (b - a)
    if isinstance(chart, Plate):
        return _along_plate(chart.kappa, a, b, t)
    if isinstance(chart, HalfPlane):  # a half circle that stands on the edge, or an upright line
        if abs(b[0] - a[0]) < 1e-9:
            return straight
        centre = (b @ b - a @ a) / (2 * (b[0] - a[0]))
        first, last = (math.atan2(p[1], p[0] - centre) for p in (a, b))
        at, size = first + t * (last - first), math.hypot(a[0] - centre, a[1])
        return np.stack([centre + size * np.cos(at), size * np.sin(at)], 1)
    if isinstance(chart, LonLat | Mercator):
        p, q = on_sphere(chart, a), on_sphere(chart, b)
        whole = max(distance(chart, a, b), 1e-12)
        way = (np.sin((1 - t) * whole)[:, None] * p + np.sin(t * whole)[:, None] * q) / math.sin(whole)
        up = (
            np.arcsin(np.clip(way[:, 2], -1, 1))
            if isinstance(chart, LonLat)
            else np.arctanh(np.clip(way[:, 2], -1 + 1e-15, 1 - 1e-15))
        )
        return np.stack([_unwound(np.arctan2(way[:, 1], way[:, 0]), a[0]), up], 1)
    if isinstance(chart, Polar):
        flat = [p[0] * np.array([math.cos(p[1]), math.sin(p[1])]) for p in (a, b)]
        way = flat[0] + t[:, None] * (flat[1] - flat[0])
        return np.stack([np.hypot(*way.T), _unwound(np.arctan2(way[:, 1], way[:, 0]), a[1])], 1)
    return np.full_like(straight, np.nan) if isinstance(chart, Bump) else straight


def _unwound(angle: Array, start: float) -> Array:
    """Angles without jumps, beginning at `start`."""
    whole = np.unwrap(angle)
    return whole + start - whole[0]


def _along_plate(kappa: float, a: Array, b: Array, t: Array) -> Array:
    """Carry a to the centre by an isometry, where ways are straight, and back."""
    y, w = complex(*a), complex(*b)
    seen = (w - y) / (1 + kappa / 4 * y.conjugate() * w)
    ray = t * abs(seen)
    if abs(kappa) > 1e-9:  # of equal length, so that the way through infinity is drawn evenly, too
        s = math.sqrt(abs(kappa)) / 2
        ray = (
            np.tan(t * math.atan(s * abs(seen))) / s
            if kappa > 0
            else np.tanh(t * math.atanh(min(s * abs(seen), 1 - 1e-12))) / s
        )
    z = ray * (seen / abs(seen) if seen else 1)
    back = (z + y) / (1 - kappa / 4 * np.conj(y) * z)
    return np.stack([back.real, back.imag], 1)


def circumference_ratio(kappa: float, rho: ArrayLike) -> Array:
    """(9): C/(2πρ) = sin(√κ ρ)/(√κ ρ), sinh for κ < 0."""
    x = np.asarray(rho, float) * np.emath.sqrt(kappa)
    return np.sinc(x / np.pi).real  # type: ignore[no-any-return]


def area_ratio(kappa: float, rho: ArrayLike) -> Array:
    """(9): area/(πρ²) = (sin(u)/u)² with u = √κ ρ/2."""
    return circumference_ratio(kappa, np.asarray(rho, float) / 2) ** 2


def ant_curvature(ratio: float, rho: float) -> float:
    """(10) at a finite radius: 3 (2πρ − C)/(πρ³)."""
    return 6 * (1 - ratio) / rho**2


def ruler(chart: Chart, x: Array) -> Array:
    """The mean length of a ruler in coordinates, det g^(-1/4): τ where the metric is isothermal."""
    g = chart.metric(x)
    return (g[..., 0, 0] * g[..., 1, 1] - g[..., 0, 1] ** 2) ** -0.25


def bump_curvature(bump: Bump, x: Array) -> Array:
    """K of a graph: (h_xx h_yy − h_xy²)/(1 + h_x² + h_y²)²."""
    _, slope, second = bump.relief(x)
    return np.linalg.det(second) / (1 + (slope**2).sum(-1)) ** 2
