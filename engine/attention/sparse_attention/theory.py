"""Closed forms of sparse attention: masks, how many ones they have, who can reach whom through several layers, what a row costs.

Positions count from 0. A mask is a matrix of 0 and 1, row = query, column = key. Sources: kexue.fm/archives/6853;
Child et al., Generating Long Sequences with Sparse Transformers, arXiv:1904.10509.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from scipy.sparse.csgraph import connected_components

PATTERNS = ("none", "dense", "atrous", "local", "sparse")


def mask(pattern: str, n: int, k: int, causal: bool = False) -> np.ndarray:
    """(2): who may see whom, (n, n) uint8; all 0 for "none". With `causal` no query sees a later key."""
    distance = np.abs(np.arange(n)[:, None] - np.arange(n))
    seen = {
        "none": np.zeros((n, n), bool),
        "dense": np.ones((n, n), bool),
        "atrous": distance % k == 0,
        "local": distance <= k,
        "sparse": (distance % k == 0) | (distance <= k),
    }[pattern]
    return (np.tril(seen) if causal else seen).astype(np.uint8)


def ones(pattern: str, n: int, k: int) -> int:
    """(3): how many ones a mask has that is not causal, for k < n, without counting them."""
    q, s = divmod(n, k)
    atrous, local = s * (q + 1) ** 2 + (k - s) * q**2, n * (2 * k + 1) - k * (k + 1)
    both = atrous + local - (n + 2 * (n - k))  # distances 0 and k are in both
    return {"none": 0, "dense": n * n, "atrous": atrous, "local": local, "sparse": both}[pattern]


def row_cost(n: float, k: np.ndarray | float) -> np.ndarray:
    """About how many keys a query of the sparse pattern sees: n / k far ones, 2 k near ones."""
    return np.asarray(n / np.asarray(k, float) + 2 * np.asarray(k, float))


def best_stride(n: float) -> float:
    """The stride at which `row_cost` is least: √(n/2). All rows together then cost 2√2 n^1.5."""
    return math.sqrt(n / 2)


def paths(masks: Sequence[np.ndarray]) -> np.ndarray:
    """(4): how many ways lead from input j to output i, [i, j], int64 (n, n); the first mask acts first.

    The residual stream is a way, too: each layer is M or I. Layers that are absent (all 0) are the identity, as they should be.
    """
    n = len(masks[0])
    way = np.eye(n, dtype=np.int64)
    for layer in masks:
        way = ((layer > 0) | np.eye(n, dtype=bool)).astype(np.int64) @ way
    return way


def one_path(masks: Sequence[np.ndarray], query: int, key: int) -> list[int] | None:
    """A way from input `key` to output `query`: the positions at which it stands below, between and above the layers.

    None where there is no way. Of several one that goes the least back and forth, and there one that moves late.
    """
    far = np.abs(np.subtract.outer(*2 * [np.arange(len(masks[0]))])).astype(float)
    hops = [np.where((layer > 0) | (far == 0), far, np.inf) for layer in masks]
    travelled = [np.where(far[key] == 0, 0.0, np.inf)]
    for hop in hops:
        travelled.append((hop + travelled[-1]).min(1))
    way = [query]
    for hop, before in zip(reversed(hops), reversed(travelled[:-1]), strict=True):
        way.insert(0, int(np.lexsort((far[key], hop[way[0]] + before))[0]))
    return way if np.isfinite(travelled[-1][query]) else None


def share_by_distance(way: np.ndarray) -> np.ndarray:
    """For every distance Δ the share of the pairs (i, i − Δ), i ≥ Δ, that have a way: (n,)."""
    return np.array([(np.diagonal(way, -distance) > 0).mean() for distance in range(len(way))])


def expected_accuracy(reachable: float, vocabulary: int) -> float:
    """Accuracy of a perfect learner: right where a way exists, guessing elsewhere."""
    return reachable + (1 - reachable) / vocabulary


def layers_needed(n: int, k: int) -> int:
    """How many local layers connect all pairs."""
    return math.ceil((n - 1) / k)


def components(way: np.ndarray) -> int:
    """How many groups of positions there are between which nothing ever passes."""
    return int(connected_components(way > 0, directed=False)[0])


@lru_cache(maxsize=16)
def two_layers(n: int, k: int, causal: bool) -> tuple[tuple[str, str, int, float], ...]:
    """Every stack of two layers: (first, second, ones in both masks, share of all n² pairs that are connected)."""
    made = []
    for first in PATTERNS[1:]:
        for second in PATTERNS:
            both = [mask(name, n, k, causal) for name in (first, second)]
            made.append((first, second, int(sum(int(m.sum()) for m in both)), float((paths(both) > 0).mean())))
    return tuple(made)
