"""All kⁿ paths of a chain one by one, in float64: what the recursions must equal."""

from __future__ import annotations

import itertools
from typing import NamedTuple

import numpy as np
from scipy.special import logsumexp


class Enumerated(NamedTuple):
    """log Z, P(y_t) (n, k), P(y_t, y_t+1) (n-1, k, k), entropy in nats, the best path's score and the path (n,)."""

    log_z: float
    nodes: np.ndarray
    pairs: np.ndarray
    entropy: float
    best: float
    path: np.ndarray


def all_paths(n: int, k: int) -> np.ndarray:
    """Every path: (kⁿ, n)."""
    return np.array(list(itertools.product(range(k), repeat=n)), int)


def scores(paths: np.ndarray, h: np.ndarray, g: np.ndarray) -> np.ndarray:
    """s(y), label and transition scores summed, of every path (paths, n); a start vector is part of h's first row."""
    n = paths.shape[1]
    return h[np.arange(n), paths].sum(1) + g[paths[:, :-1], paths[:, 1:]].sum(1)


def enumerate_paths(h: np.ndarray, g: np.ndarray, beta: float = 1.0) -> Enumerated:
    """Every path written out, in kⁿ steps. P ∝ exp(β s)."""
    n, k = h.shape
    paths = all_paths(n, k)
    s = scores(paths, h, g)
    log_z = float(logsumexp(beta * s))
    p = np.exp(beta * s - log_z)
    one = np.eye(k)[paths]  # (paths, n, k)
    pairs = np.einsum("p,pti,ptj->tij", p, one[:, :-1], one[:, 1:])
    best = int(s.argmax())
    return Enumerated(log_z, np.einsum("p,pti->ti", p, one), pairs, float(log_z - beta * p @ s), float(s[best]), paths[best])
