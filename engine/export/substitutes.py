"""Stands in for SciPy and scikit-learn where a text may import neither: the same results from numpy and torch.

Only what labs use is here; a name of STANDS_FOR that a lab mentions is written out in its text.
"""

from __future__ import annotations

import base64
import heapq
import math
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch

STANDS_FOR = {
    "scipy.special.ndtr": "ndtr",
    "scipy.special.ndtri": "ndtri",
    "scipy.special.expit": "expit",
    "scipy.special.logit": "logit",
    "scipy.special.gammaln": "gammaln",
    "scipy.special.chdtrc": "chdtrc",
    "scipy.special.softmax": "softmax",
    "scipy.special.logsumexp": "logsumexp",
    "scipy.linalg.expm": "expm",
    "scipy.linalg.solveh_banded": "solveh_banded",
    "scipy.sparse.coo_matrix": "coo_matrix",
    "scipy.sparse.csgraph.dijkstra": "dijkstra",
    "sklearn.datasets.load_digits": "load_digits",
    "sklearn.datasets.make_moons": "make_moons",
}
DIGITS = ""  # 1797 rows of 8 x 8 pixels and a label, packed: filled in where the text is written


def unpack(packed: str, kind: str, shape: tuple[int, ...]) -> np.ndarray:
    """An array from its compressed bytes, written in printable characters."""
    return np.frombuffer(zlib.decompress(base64.b85decode(packed)), kind).reshape(shape).copy()


def elementwise(function: Callable[..., torch.Tensor], *arguments: Any) -> Any:
    """A function of torch on numpy numbers, computed in float64; float32 comes back as float32, a number as a number."""
    arrays = [np.asarray(argument) for argument in arguments]
    single = all(array.dtype == np.float32 for array in arrays)
    result = function(*(torch.from_numpy(np.array(array, np.float64)) for array in arrays)).numpy()
    return (result.astype(np.float32) if single else result)[()]


def ndtr(x: Any) -> Any:
    """The standard normal distribution function."""
    return elementwise(lambda t: torch.special.erfc(-t / math.sqrt(2)) / 2, x)


def ndtri(p: Any) -> Any:
    """Its inverse."""
    return elementwise(torch.special.ndtri, p)


def expit(x: Any) -> Any:
    """1 / (1 + exp(-x))."""
    return elementwise(torch.special.expit, x)


def logit(p: Any) -> Any:
    """log(p / (1 - p))."""
    return elementwise(torch.special.logit, p)


def gammaln(x: Any) -> Any:
    """log |Gamma(x)|."""
    return elementwise(torch.special.gammaln, x)


def chdtrc(freedom: Any, x: Any) -> Any:
    """Chance that a chi-square variable of so many degrees of freedom is larger than x."""
    return elementwise(torch.special.gammaincc, np.asarray(freedom) / 2, np.asarray(x) / 2)


def softmax(x: Any, axis: int | None = None) -> np.ndarray:
    """exp(x) over its sum along an axis."""
    raised = np.exp(x - np.max(x, axis=axis, keepdims=True))
    return raised / raised.sum(axis=axis, keepdims=True)


def logsumexp(a: Any, axis: int | None = None, keepdims: bool = False) -> Any:
    """log of the sum of exp(a) along an axis."""
    a = np.asarray(a)
    top = np.max(a, axis=axis, keepdims=True)
    top = np.where(np.isfinite(top), top, 0)
    with np.errstate(divide="ignore"):
        result = np.log(np.exp(a - top).sum(axis=axis, keepdims=True)) + top
    return result if keepdims else np.squeeze(result, axis=axis)[()]


def expm(a: np.ndarray) -> np.ndarray:
    """The exponential of a square matrix."""
    return torch.linalg.matrix_exp(torch.from_numpy(np.array(a, np.float64))).numpy()


def solveh_banded(bands: np.ndarray, right: np.ndarray, check_finite: bool = True) -> np.ndarray:
    """Solve A x = right for a symmetric positive definite A given by its upper bands.

    `bands[-1 - k]` is the k-th diagonal above the main one, its first k numbers unused. Raises LinAlgError.
    """
    if check_finite and not (np.isfinite(bands).all() and np.isfinite(right).all()):
        raise ValueError("array must not contain infs or NaNs")
    size = bands.shape[1]
    whole = np.zeros((size, size))
    for above in range(len(bands)):
        rows = np.arange(size - above)
        whole[rows, rows + above] = whole[rows + above, rows] = bands[-1 - above, above:]
    lower = np.linalg.cholesky(whole)
    return np.linalg.solve(lower.T, np.linalg.solve(lower, right))


@dataclass(frozen=True)
class coo_matrix:
    """A sparse matrix as (values, (rows, columns)) and its shape."""

    entries: tuple[np.ndarray, tuple[np.ndarray, np.ndarray]]
    shape: tuple[int, int]

    def tocsr(self) -> coo_matrix:
        return self


def dijkstra(graph: coo_matrix, directed: bool, indices: int, return_predecessors: bool) -> tuple[np.ndarray, np.ndarray]:
    """Shortest distances (nodes,) from one node of an undirected graph, and the node before each (-9999: none)."""
    values, (rows, columns) = graph.entries
    nodes = graph.shape[0]
    begins, ends, lengths = np.concatenate([rows, columns]), np.concatenate([columns, rows]), np.tile(values, 2)
    order = np.argsort(begins, kind="stable")
    first = np.searchsorted(begins[order], np.arange(nodes + 1)).tolist()
    near, far = ends[order].tolist(), lengths[order].tolist()
    distance, before, done = [float("inf")] * nodes, [-9999] * nodes, [False] * nodes
    distance[indices] = 0.0
    waiting = [(0.0, indices)]
    while waiting:
        length, node = heapq.heappop(waiting)
        if done[node]:
            continue
        done[node] = True
        for edge in range(first[node], first[node + 1]):
            there, reached = near[edge], length + far[edge]
            if reached < distance[there]:
                distance[there], before[there] = reached, node
                heapq.heappush(waiting, (reached, there))
    return np.array(distance), np.array(before)


def load_digits() -> SimpleNamespace:
    """Handwritten digits: `data` (1797, 64) float64 from 0 to 16, `target` (1797,). Alpaydin & Kaynak 1998, UCI."""
    rows = unpack(DIGITS, "uint8", (1797, 65))
    return SimpleNamespace(data=rows[:, :64].astype(np.float64), target=rows[:, 64].astype(int))


def make_moons(n_samples: int, noise: float, random_state: int) -> tuple[np.ndarray, np.ndarray]:
    """Two half circles in each other, points (n, 2) and labels (n,), shuffled and shaken."""
    outer, random = n_samples // 2, np.random.RandomState(random_state)
    upper, lower = np.linspace(0, np.pi, outer), np.linspace(0, np.pi, n_samples - outer)
    x = np.append(np.cos(upper), 1 - np.cos(lower)), np.append(np.sin(upper), 1 - np.sin(lower) - 0.5)
    points, labels = np.stack(x, 1), np.repeat([0, 1], [outer, n_samples - outer])
    order = np.arange(n_samples)
    random.shuffle(order)
    return points[order] + random.normal(scale=noise, size=points.shape), labels[order]
