"""Closed forms: the worst case of a linear model, dual norms, the network of the plane in numpy, its pits and boundary, costs.

Numbers in brackets are those of the explanation. Sources: kexue.fm/archives/7234; Goodfellow, Shlens & Szegedy, arXiv:1412.6572.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.ndimage import distance_transform_edt
from scipy.special import log_softmax

from engine.training.adversarial_training.params import SIZES

Array = np.ndarray


def worst_case(margin: Array, weights: Array, radius: float, norm: str) -> Array:
    """(4): the largest loss log(1 + exp(−m)) of a linear model in a ball, from margins m (n,) and w (d,). q is the dual of p."""
    dual = np.abs(weights).sum() if norm == "linf" else np.sqrt((weights**2).sum())
    return np.asarray(np.logaddexp(0.0, -margin + radius * dual))


def evaluations(method: str, steps: int) -> int:
    """Gradients that one step of training takes."""
    return {"none": 1, "noise": 1, "pgd": steps + 1}.get(method, 2)


def slope_of(apart: Array) -> float:
    """Of log distance against log ε, between ε = 0.001 and 0.01, from distances at `SIZES`."""
    low, high = SIZES.index(1e-3), SIZES.index(1e-2)
    with np.errstate(all="ignore"):
        return float(np.log(apart[high] / apart[low]) / np.log(SIZES[high] / SIZES[low]))


def logits(weights: Mapping[str, Array], x: Array) -> Array:
    """Of points (..., 2), under the arrays w1, b1, w2, b2, w3, b3 of a frame: (..., 2)."""
    h = np.tanh(np.tanh(x @ weights["w1"] + weights["b1"]) @ weights["w2"] + weights["b2"])
    return np.asarray(h @ weights["w3"] + weights["b3"])


def losses(weights: Mapping[str, Array], x: Array, label: int) -> Array:
    """L(x, y) in nats at points (..., 2) for one label."""
    return np.asarray(-log_softmax(logits(weights, x), -1)[..., label])


def steepness(arrays: Mapping[str, Array]) -> Array:
    """‖g‖/L (n,) of the training points of a frame: how much of its loss a point gains for a step of length 1. nan where L is 0."""
    each = losses(arrays, arrays["points"], 1), losses(arrays, arrays["points"], 0)
    with np.errstate(all="ignore"):
        return np.asarray(np.linalg.norm(arrays["gradient"], axis=1) / np.where(arrays["labels"] == 1, *each))


def shaken(norm: str, radius: float, seed: int, count: int = 200) -> Array:
    """Random disturbances (count, 2) from everywhere in a ball of the plane: the same in every frame of a run."""
    random = np.random.default_rng(seed)
    if norm == "linf":
        return radius * random.uniform(-1, 1, (count, 2))
    angle, length = random.uniform(0, 2 * np.pi, count), np.sqrt(random.uniform(0, 1, count))
    return radius * length[:, None] * np.stack([np.cos(angle), np.sin(angle)], 1)


def boundary_distances(classes: Array, cell: float) -> Array:
    """Distance of every cell of a map (rows, columns) of classes 0 and 1 to the nearest cell of the other class; inf where there is none."""
    if classes.min() == classes.max():
        return np.full(classes.shape, np.inf)
    return np.asarray(cell * np.where(classes > 0, distance_transform_edt(classes > 0), distance_transform_edt(classes == 0)))


def room(arrays: Mapping[str, Array], cells: int = 121) -> Array:
    """Distance (n,) of the training points of a frame to the boundary, to within a cell; below zero on the wrong side.

    On a map that reaches a third of the points' extent beyond them; inf where there is no boundary on it.
    """
    low, high = arrays["points"].min(0), arrays["points"].max(0)
    reach = float((high - low).max()) or 1.0
    cell = (5 / 3) * reach / (cells - 1)
    start = (low + high) / 2 - (5 / 6) * reach
    line = cell * np.arange(cells)
    grid = start + np.stack(np.meshgrid(line, line, indexing="ij"), -1)
    classes = logits(arrays, grid).argmax(-1)
    rows = tuple(np.rint((arrays["points"] - start) / cell).astype(int).T)
    away = boundary_distances(classes, cell)[rows] - cell / 2
    return np.asarray(np.where(classes[rows] == arrays["labels"], away, -away))
