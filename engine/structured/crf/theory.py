"""The generator's tables and closed forms in float64: what a trained model is held against, and sums over all paths one by one."""

from __future__ import annotations

import itertools
from typing import NamedTuple

import numpy as np
from scipy.special import logsumexp

START = np.array([0.6, 0.0, 0.0, 0.4])
TRANSITIONS = np.array([[0.0, 0.35, 0.65, 0.0], [0.0, 0.3, 0.7, 0.0], [0.6, 0.0, 0.0, 0.4], [0.6, 0.0, 0.0, 0.4]])
LEGAL = TRANSITIONS > 0  # also of every segmentation into words: B and M go on to M or E, E and S to B or S


class Enumerated(NamedTuple):
    """log Z, P(y_t) (n, k), P(y_t, y_t+1) (n-1, k, k), entropy in nats, the best path's score and the path (n,)."""

    log_z: float
    nodes: np.ndarray
    pairs: np.ndarray
    entropy: float
    best: float
    path: np.ndarray


def emission(ambiguity: float, symbols: int = 20) -> np.ndarray:
    """P(symbol | label), (4, symbols): fixed Dirichlet(0.5) rows, of which each takes a share λ from their mean."""
    table = np.random.default_rng(0).dirichlet([0.5] * symbols, 4)
    return (1 - ambiguity) * table + ambiguity * table.mean(0)


def all_paths(n: int, k: int) -> np.ndarray:
    """Every path: (kⁿ, n)."""
    return np.array(list(itertools.product(range(k), repeat=n)), int)


def scores(paths: np.ndarray, h: np.ndarray, g: np.ndarray) -> np.ndarray:
    """s(y) (1) of every path; a start vector is part of h's first row."""
    n = paths.shape[1]
    return h[np.arange(n), paths].sum(1) + g[paths[:, :-1], paths[:, 1:]].sum(1)


def enumerate_paths(h: np.ndarray, g: np.ndarray, beta: float = 1.0) -> Enumerated:
    """Every path written out, in kⁿ steps: what the recursions must equal. P ∝ exp(β s)."""
    n, k = h.shape
    paths = all_paths(n, k)
    s = scores(paths, h, g)
    log_z = float(logsumexp(beta * s))
    p = np.exp(beta * s - log_z)
    one = np.eye(k)[paths]  # (paths, n, k)
    pairs = np.einsum("p,pti,ptj->tij", p, one[:, :-1], one[:, 1:])
    best = int(s.argmax())
    return Enumerated(log_z, np.einsum("p,pti->ti", p, one), pairs, float(log_z - beta * p @ s), float(s[best]), paths[best])


def logs(p: np.ndarray, least: float = -1e4) -> np.ndarray:
    """Logarithms of chances, `least` for what cannot be."""
    return np.log(p, out=np.full(p.shape, least), where=p > 0)
