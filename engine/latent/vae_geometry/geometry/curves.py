"""Three curves between two codes (straight, pullback geodesic, RBF geodesic) and what is seen along each. numpy."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.latent.vae_geometry.data import Data
from engine.latent.vae_geometry.geometry.geodesics import (
    FINE,
    Grid,
    box,
    even,
    geodesic,
    picture_length,
    refine,
    resample,
    straight,
    uncertain_geodesic,
)  # fmt: skip
from engine.latent.vae_geometry.geometry.measures import angle_deviation
from engine.latent.vae_geometry.names import CURVES
from engine.latent.vae_geometry.state import Array, Net, Part

SEGMENTS = 32
LIVE_SIDE, LIVE_ROUNDS, LIVE_PIECES = 28, 6, 4
FINE_SIDE, FINE_ROUNDS = 64, 80


def ends(data: Data, net: Net, params: Any) -> Array:
    """Both ends (2, 2): the codes of the samples at the two angles, or where a handle was dragged to.

    An end at exactly (0, 0) has not been dragged yet and stays on its sample.
    """
    codes = net.encode(np.stack([data.at(params.angle_a), data.at(params.angle_b)]))[0].astype(np.float64)
    if params.curve_ends == "free":
        for index, dragged in enumerate(((params.ax, params.ay), (params.bx, params.by))):
            if dragged != (0.0, 0.0):
                codes[index] = dragged
    return codes


def first_path(data: Data, net: Net, params: Any) -> Array:
    """Where the quick RBF geodesic starts: Dijkstra's path on 28 x 28 nodes, drawn evenly (SEGMENTS + 1, 2)."""
    a, b = ends(data, net, params)
    return _rough(net, a, b, params.sigma_x)


def _rough(net: Net, a: Array, b: Array, sigma_x: float) -> Array:
    if np.linalg.norm(a - b) < 1e-9:
        return np.tile(a, (SEGMENTS + 1, 1))
    chart = net.uncertain(sigma_x)
    grid = Grid(*box(net.codes[0].astype(np.float64), a, b), LIVE_SIDE, 2)
    return even(chart, grid.path(grid.quick_lengths(chart), chart, a, b)[0], SEGMENTS)


def three_curves(net: Net, a: Array, b: Array, sigma_x: float, fine: bool, start: Array | None = None) -> Array:
    """Straight line, pullback geodesic and RBF geodesic from a to b, (3, SEGMENTS + 1, 2); `fine`: (3, FINE + 1, 2).

    While training, both geodesics get 6 rounds of refinement (4 ms), the RBF one from `start`, a path between nearby ends
    (by default Dijkstra's). `fine` searches: lengths within 2 % of the shortest ones known (1 to 4 s).
    """
    if np.linalg.norm(a - b) < 1e-9:
        return np.tile(a, (3, (FINE if fine else SEGMENTS) + 1, 1))
    mean, chart = net.decoder, net.uncertain(sigma_x, fine)
    if fine:
        low, high = box(net.codes[0].astype(np.float64), a, b)
        plain = resample(geodesic(mean, a, b, Grid(low, high, FINE_SIDE, 3), rounds=FINE_ROUNDS), FINE // SEGMENTS)
        return np.stack([straight(a, b, FINE), plain, uncertain_geodesic(chart, a, b, low, high)])
    line, path = straight(a, b, SEGMENTS), _rough(net, a, b, sigma_x) if start is None else start
    path = path + straight(a - path[0], b - path[-1], SEGMENTS)  # the ends may have moved since
    return np.stack([line, refine(mean, line, LIVE_ROUNDS), refine(chart, path, LIVE_ROUNDS, pieces=LIVE_PIECES)])


def compare(data: Data, net: Net, params: Any, start: Array | None) -> Part:
    """The curves, and along each: pictures, distance to the true manifold, recovered coordinate, lengths of the steps."""
    a, b = ends(data, net, params)
    found = three_curves(net, a, b, params.sigma_x, params.fine, start)
    places = found[:, :: (found.shape[1] - 1) // SEGMENTS]  # what is decoded and compared with the truth
    values = net.decoder.f(places.reshape(-1, 2))
    coordinate, off = (part.reshape(3, -1) for part in data.closest(values, 1 if params.fine or not data.known else 8))
    values = values.reshape(3, SEGMENTS + 1, -1)
    stations = np.linspace(0, SEGMENTS, 11 if data.size else SEGMENTS + 1).round().astype(int)
    scalars = {"true_length": data.true_distance(values[0, 0], values[0, -1])}
    for name, curve, value, place, gap in zip(CURVES, found, values, coordinate, off, strict=True):
        scalars[f"length_{name}"] = picture_length(net.decoder, curve, 1 if params.fine else 3)
        scalars[f"off_{name}"] = float(gap.max())
        scalars[f"bend_{name}"] = angle_deviation(place, data.turn, value) if data.known else float("nan")
    return scalars, {
        "ends": np.stack([a, b]).astype(np.float32),
        "curves": found.astype(np.float32),
        "strips": np.stack([data.picture(value[stations]) for value in values]),
        "strip_off": off[:, stations].astype(np.float32),
        "strip_place": coordinate[:, stations].astype(np.float32),
        "strip_steps": np.linalg.norm(np.diff(values, axis=1), axis=2).astype(np.float32),
    }
