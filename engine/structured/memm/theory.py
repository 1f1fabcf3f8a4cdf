"""Closed forms of rib and rob, in float64: what letters say, the least error, and where losses must stop."""

from __future__ import annotations

import numpy as np
from scipy.special import entr

WORDS = np.array([[0, 1, 3], [0, 2, 3]])  # rib, rob in the letters r i o b
PATHS = np.array([[0, 1, 2], [3, 4, 5]])  # their labels
LEGAL = np.zeros((6, 6), bool)  # steps that words take
LEGAL[PATHS[:, :-1], PATHS[:, 1:]] = True


def emission(noise: float) -> np.ndarray:
    """P(letter seen | letter meant), (4, 4): kept with 1 - q, else any of the four."""
    return (1 - noise) * np.eye(4) + noise / 4


def joint(prior: float, noise: float) -> np.ndarray:
    """P(second letter, word), (4, 2). The first and third letter say nothing: both words mean r and b there."""
    return emission(noise)[WORDS[:, 1]].T * np.array([prior, 1 - prior])


def bayes_error(prior: float, noise: float) -> float:
    """Σ_x min(ρ P(x|rib), (1-ρ) P(x|rob)) over the second letter; q/2 at ρ = 1/2."""
    return float(joint(prior, noise).min(1).sum())


def entropy(p: np.ndarray | list[float]) -> float:
    """Of chances, in nats."""
    return float(entr(p).sum())


def memm_floor(prior: float) -> float:
    """H(ρ), nats: the first label is chosen before the second letter is seen, and all that follows is certain."""
    return entropy([prior, 1 - prior])


def crf_floor(prior: float, noise: float) -> float:
    """H(word | letters), nats: no model that sees all letters can lose less on average."""
    p = joint(prior, noise)
    return entropy(p) - entropy(p.sum(1))
