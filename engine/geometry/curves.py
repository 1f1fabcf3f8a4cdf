"""Lengths, areas and geodesics in a chart: by quadrature, and by shooting. float64 numpy and scipy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.integrate import solve_ivp
from scipy.interpolate import CubicSpline

from engine.geometry.charts import TINY, Array, Chart, christoffel, determinant, frame, inner

NODES, WEIGHTS = (part for part in np.polynomial.legendre.leggauss(16))
SIDE = 1e-3  # radians between two neighbours whose distance tells how a fan spreads


def line(a: Array, b: Array, pieces: int) -> Array:
    """The straight line of the chart, (..., pieces + 1, 2)."""
    part = np.linspace(0, 1, pieces + 1)[:, None]
    return (1 - part) * np.asarray(a)[..., None, :] + part * np.asarray(b)[..., None, :]


def midpoint_length(chart: Chart, curve: Array) -> Array:
    """Length of polylines (..., n + 1, 2), each piece by the metric in its middle: (...)."""
    step, middle = np.diff(curve, axis=-2), (curve[..., 1:, :] + curve[..., :-1, :]) / 2
    return np.sqrt(inner(chart.metric(middle), step, step)).sum(-1)


def straight_length(chart: Chart, a: Array, b: Array, pieces: int = 64) -> float:
    """∫ √(gₘₙ ẋᵐ ẋⁿ) dt along the straight line of the chart, by Gauss and Legendre's rule on each of the pieces."""
    at = ((np.arange(pieces)[:, None] + (NODES + 1) / 2) / pieces).ravel()[:, None]
    speed = np.sqrt(inner(chart.metric((1 - at) * a + at * b), b - a, b - a))
    return float(np.tile(WEIGHTS, pieces) @ speed) / (2 * pieces)


def enclosed_area(chart: Chart, polygon: Array) -> float:
    """∫ √det g over the inside of a closed polygon (n, 2) of the chart; negative where it runs clockwise.

    The inside is cut into triangles from the first corner, counted with their sign; the world must hold those.
    """
    origin, start = polygon[0], polygon
    edge = np.roll(polygon, -1, 0) - start
    t, weight = (NODES + 1) / 2, WEIGHTS / 2
    along, across = t[:, None, None, None], np.array([0.5 - 3**-0.5 / 2, 0.5 + 3**-0.5 / 2])[None, :, None, None]
    places = origin + along * (start + across * edge - origin)  # (16, 2, n, 2)
    density = np.sqrt(determinant(chart.metric(places))).mean(1)
    twice = (start - origin)[:, 0] * edge[:, 1] - (start - origin)[:, 1] * edge[:, 0]
    return float((weight * t) @ density @ twice)


@dataclass(frozen=True)
class Fan:
    """Geodesics of unit speed from one point in all directions.

    Attributes:
        radii: (m,), from 0. rays: places (m, directions, 2). perimeter, area: of the circle of each radius (m,).
    """

    radii: Array
    rays: Array
    perimeter: Array
    area: Array


def shoot(chart: Chart, starts: Array, velocities: Array, times: Array, tolerance: float = 1e-10) -> tuple[Array, Array] | None:
    """Places and velocities (times, n, 2) of geodesics ẍ = −Γ ẋ ẋ by an eighth-order method (DOP853); None where they leave the world."""

    def slope(_: float, state: Array) -> Array:
        x, v = state.reshape(2, -1, 2)
        return np.concatenate([v, -np.einsum("nmab,na,nb->nm", christoffel(chart, x), v, v)]).ravel()

    with np.errstate(all="ignore"):
        begin = np.concatenate([starts, velocities]).ravel()
        found = solve_ivp(slope, (times[0], times[-1]), begin, "DOP853", times, rtol=tolerance, atol=tolerance)
    if not found.success or not np.isfinite(found.y).all():
        return None
    places, speeds = np.moveaxis(found.y.T.reshape(len(times), 2, -1, 2), 1, 0)
    return (places, speeds) if chart.inside(places).all() else None


def fan(chart: Chart, a: Array, radius: float, directions: int = 40, circles: int = 24) -> Fan:
    """Circles around a, measured by what walks out from it: neighbours leave at an angle of SIDE, and how far apart they are is the
    circle's piece between them. Perimeter and area are nan where the fan leaves the world.
    """
    radii = np.linspace(0, radius, circles + 1)
    psi = 2 * np.pi * (np.arange(directions) + 0.5) / directions + np.array([[-SIDE / 2], [SIDE / 2]])
    unit = np.linalg.solve(frame(chart.metric(a)), np.stack([np.cos(psi), np.sin(psi)], -1).reshape(-1, 2).T).T
    found = shoot(chart, np.broadcast_to(a, unit.shape), unit, radii)
    if found is None:
        gone = np.full(circles + 1, np.nan)
        return Fan(radii, np.full((circles + 1, directions, 2), np.nan), gone, gone)
    left, right = np.moveaxis(found[0].reshape(circles + 1, 2, directions, 2), 1, 0)
    middle, apart = (left + right) / 2, right - left
    perimeter = 2 * np.pi * np.sqrt(inner(chart.metric(middle), apart, apart)).mean(1) / SIDE
    return Fan(radii, middle, perimeter, CubicSpline(radii, perimeter).antiderivative()(radii))


def throw(chart: Chart, starts: Array, velocities: Array, pieces: int) -> tuple[Array, Array]:
    """Places and velocities (pieces + 1, ..., 2) of geodesics over the time 1, by the classical method of Runge and Kutta.

    Cheaper than `shoot` where ways are short or many; takes complex velocities, too.
    """

    def slope(state: Array) -> Array:
        x, v = state
        return np.stack([v, -np.einsum("...mab,...a,...b->...m", christoffel(chart, x), v, v)])

    states, h = [np.stack(np.broadcast_arrays(starts, velocities))], 1 / pieces
    for _ in range(pieces):
        now = states[-1]
        first = slope(now)
        second = slope(now + h / 2 * first)
        third = slope(now + h / 2 * second)
        states.append(now + h / 6 * (first + 2 * second + 2 * third + slope(now + h * third)))
    places, speeds = np.stack(states, 1)
    return places, speeds


def aim(chart: Chart, starts: Array, ends: Array, pieces: int = 32, tolerance: float = 1e-11) -> Array:
    """The velocities (..., 2) with which geodesics thrown from `starts` are at `ends` after the time 1: Newton's method, the derivative
    by a complex step. nan where it finds none.
    """
    away = ends - starts
    velocity = away + np.einsum("...mab,...a,...b->...m", christoffel(chart, starts), away, away) / 2
    with np.errstate(all="ignore"):
        for _ in range(25):
            turned = velocity + 1j * TINY * np.eye(2).reshape(2, *[1] * (velocity.ndim - 1), 2)
            reached = throw(chart, starts + 0j, turned, pieces)[0][-1]  # (2, ..., 2)
            missed = ends - reached[0].real
            if np.abs(missed).max() < tolerance:
                return velocity
            derivative = np.moveaxis(reached.imag / TINY, 0, -1)  # [..., where, by which]
            if not np.isfinite(derivative).all():
                break
            velocity = velocity + np.clip(np.einsum("...ij,...j->...i", np.linalg.pinv(derivative), missed), -1, 1)
    return np.where(np.abs(missed).max(-1, keepdims=True) < 1e-6, velocity, np.nan)
