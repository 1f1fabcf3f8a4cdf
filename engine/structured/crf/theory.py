"""The generator's tables in float64: what a trained model is held against."""

from __future__ import annotations

import numpy as np

START = np.array([0.6, 0.0, 0.0, 0.4])
TRANSITIONS = np.array([[0.0, 0.35, 0.65, 0.0], [0.0, 0.3, 0.7, 0.0], [0.6, 0.0, 0.0, 0.4], [0.6, 0.0, 0.0, 0.4]])


def emission(ambiguity: float, symbols: int = 20) -> np.ndarray:
    """P(symbol | label), (4, symbols): fixed Dirichlet(0.5) rows, of which each takes a share λ from their mean."""
    table = np.random.default_rng(0).dirichlet([0.5] * symbols, 4)
    return (1 - ambiguity) * table + ambiguity * table.mean(0)


def logs(p: np.ndarray, least: float = -1e4) -> np.ndarray:
    """Logarithms of chances, `least` for what cannot be."""
    return np.log(p, out=np.full(p.shape, least), where=p > 0)
