"""An arrow is carried along a loop: the article's matrix, better schemes, Schild's ladder, and two other connections. float64 numpy.

The index of differentiation is the last of Γ^μ_νβ, as in the article; for Levi-Civita it does not matter.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy.interpolate import RegularGridInterpolator

from engine.geometry.charts import Array, Chart, christoffel, inner
from engine.geometry.curves import aim, throw
from engine.geometry.riemann_connection import theory
from engine.geometry.riemann_connection.loops import Loop

Connection = Callable[[Array], Array]  # Γ (..., 2, 2, 2) at points (..., 2)
RUNGS = 40  # at most so many times the whole ladder is gone over
ORDER = 4  # pieces into which a short geodesic of the ladder is cut
SITES = 5  # places, each way, from which stones are thrown


@dataclass(frozen=True)
class Journey:
    """An arrow's way round a loop: places (n + 1, 2), components (n + 1, 2), its angle against the frame (n + 1,) and length (n + 1,)."""

    places: Array
    arrows: Array
    angles: Array
    lengths: Array


def generator(gamma: Connection, x: Array, v: Array) -> Array:
    """−Γ^μ_νβ ẋ^β of (4) at points (m, 2): (m, 2, 2)."""
    return -np.einsum("...mnb,...b->...mn", gamma(x), v)


def exchange(gamma: Connection, loop: Loop, n: int, scheme: str) -> tuple[Array, Array]:
    """Places (n + 1, 2), and the matrices (n, 2, 2) that take components from each to the next."""
    eye, places, matrices = np.eye(2), [], []
    for leg, t in loop.cut(n):
        if len(t) < 2:
            continue
        halved = scheme == "rk4"  # takes every piece in two halves
        t = np.linspace(0, 1, 2 * len(t) - 1) if halved else t
        h, (x, v) = t[1] - t[0], leg(t)
        places.append(x[: -1 : 1 + halved])
        end = x[-1:]
        if scheme == "euler":  # the article's δ − Γ dx, (2)
            matrices.append(eye + generator(gamma, x[:-1], np.diff(x, axis=0)))
            continue
        begin = generator(gamma, x, v)
        middle = generator(gamma, *leg((t[1:] + t[:-1]) / 2))
        second = middle @ (eye + h / 2 * begin[:-1])
        if scheme == "midpoint":
            matrices.append(eye + h * second)
            continue
        third = middle @ (eye + h / 2 * second)
        last = begin[1:] @ (eye + h * third)
        halves = eye + h / 6 * (begin[:-1] + 2 * second + 2 * third + last)
        matrices.append(halves[1::2] @ halves[::2])
    return np.concatenate([*places, end]), np.concatenate(matrices)


def carried(matrices: Array, start: Array) -> Array:
    """Components (n + 1, 2) of an arrow that matrices take from place to place."""
    arrows = [start]
    for matrix in matrices:
        arrows.append(matrix @ arrows[-1])
    return np.stack(arrows)


def rung(chart: Chart, here: Array, there: Array, arrows: Array) -> Array:
    """Schild's ladder (Ehlers, Pirani & Schild 1972): the arrows (m, 2) at `there`, by parallelograms of geodesics whose sides are as
    long as the step.
    """
    step = there - here
    side = np.sqrt(inner(chart.metric((here + there) / 2), step, step))[:, None]
    top = throw(chart, here, side * arrows, ORDER)[0][-1]
    middle = throw(chart, top, aim(chart, top, there, ORDER) / 2, ORDER)[0][-1]
    far = throw(chart, here, 2 * aim(chart, here, middle, ORDER), ORDER)[0][-1]
    return aim(chart, there, far, ORDER) / side


def ladder(chart: Chart, places: Array, matrices: Array, start: Array) -> Array:
    """Schild's ladder along all steps at once: every rung is laid from where the arrow was thought to be, and what its foot was off is
    carried on by the nearly true `matrices`, until nothing changes.
    """
    arrows = carried(matrices, start)
    for _ in range(RUNGS):
        reached, found = rung(chart, places[:-1], places[1:], arrows[:-1]), [start]
        for k, matrix in enumerate(matrices):
            found.append(reached[k] + matrix @ (found[-1] - arrows[k]))
        change, arrows = np.abs(np.stack(found) - arrows).max(), np.stack(found)
        if not change > 1e-8:
            break
    return arrows


def learned(chart: Chart, places: Array, shots: int, noise: float, random: np.random.Generator) -> Connection:
    """Γ found with thrown stones at 5 × 5 places about the way, and bilinear between them."""
    low, high = places.min(0), np.maximum(places.max(0), places.min(0) + 1e-6)  # a parallel has one row of places
    lines = np.linspace(low, high, SITES).T
    sites = np.stack(np.meshgrid(*lines, indexing="ij"), -1).reshape(-1, 2)
    found = np.stack([theory.measured(chart, site, shots, noise, random) for site in sites])
    return RegularGridInterpolator(tuple(lines), found.reshape(SITES, SITES, 2, 2, 2), bounds_error=False, fill_value=None)


def units(chart: Chart, x: Array) -> Array:
    """√E and √G (..., 2): the metric is orthogonal, so components times these are those in an orthonormal frame."""
    return np.sqrt(np.diagonal(chart.metric(x), axis1=-2, axis2=-1))


def travel(chart: Chart, loop: Loop, n: int, scheme: str, connection: str | Connection, angle: float) -> Journey:
    """Carry the arrow that begins at this angle to the frame, of length 1, once round; by any Γ, too."""
    gamma = connection if callable(connection) else partial(christoffel, chart)
    places, matrices = exchange(gamma, loop, n, "rk4" if scheme == "schild" else scheme)
    unit = units(chart, places)
    start = np.array([np.cos(angle), np.sin(angle)])
    match connection:
        case "naive":  # the numbers stay
            arrows = np.broadcast_to(start / unit[0], places.shape)
        case "compass":  # the numbers in the local frame stay
            arrows = start / unit
        case _:
            go = partial(ladder, chart, places) if scheme == "schild" else carried
            arrows = go(matrices, start / unit[0])
    seen = arrows * unit
    return Journey(places, arrows.copy(), np.unwrap(np.arctan2(seen[:, 1], seen[:, 0])), np.hypot(seen[:, 0], seen[:, 1]))
