"""The loss and its identities in float64 numpy; numbers of equations are those of the page's explanation."""

from __future__ import annotations

import numpy as np
from scipy.special import log_softmax, logsumexp, xlogy

Array = np.ndarray


def closed_alignment(mean: Array, log_variance: Array, centres: Array) -> Array:
    """KL(N(mean, s²) ‖ N(centre, I)) (n, K) in nats for means (n, d) and centres (K, d); the author's script."""
    own = np.exp(log_variance) - log_variance - 1
    return 0.5 * (squared_distances(mean, centres) + own.sum(-1, keepdims=True))


def sampled_alignment(mean: Array, log_variance: Array, z: Array, centres: Array) -> Array:
    """ln p(z|x) − ln q(z|y) (n, K) at z (n, d), with all constants (4)."""
    noise = (z - mean) ** 2 / np.exp(log_variance)
    return 0.5 * (squared_distances(z, centres) - (log_variance + noise).sum(-1, keepdims=True))


def squared_distances(z: Array, centres: Array) -> Array:
    """(n, K) of codes (n, d) to centres (K, d)."""
    return np.square(z).sum(-1)[:, None] - 2 * z @ centres.T + np.square(centres).sum(-1)


def log_bayes(z: Array, centres: Array) -> Array:
    """ln q(y|z) (n, K): Bayes' rule for unit normal classes of equal weight (5)."""
    return log_softmax(-0.5 * squared_distances(z, centres), -1)


def balance_parts(p: Array) -> tuple[float, float, float]:
    """(E KL(p(y|z) ‖ 1/K), KL(mean p ‖ 1/K), I(y; z)) in nats of rows p (n, K): the first is the sum of the others (8)."""
    most = np.log(p.shape[1])
    mean = p.mean(0)
    each, even = float(xlogy(p, p).sum(-1).mean() + most), float(xlogy(mean, mean).sum() + most)
    return each, even, float((xlogy(p, p) - p * np.log(np.maximum(mean, 1e-300))).sum(-1).mean())


def excess(log_p: Array, log_q: Array) -> float:
    """E KL(p(y|z) ‖ q(y|z)) in nats: what a classifier pays for not being Bayes' rule (7)."""
    return float((np.exp(log_p) * (log_p - log_q)).sum(-1).mean())


def log_mixture(z: Array, centres: Array) -> Array:
    """ln of the mean of the K unit normal densities at z (n, d): the prior that Bayes' rule makes of the classes (6)."""
    constant = 0.5 * z.shape[1] * np.log(2 * np.pi) + np.log(len(centres))
    return logsumexp(-0.5 * squared_distances(z, centres), -1) - constant


def mean_distance(centres: Array) -> float:
    """Mean distance of two centres; nan where there is only one."""
    first, second = np.triu_indices(len(centres), 1)
    return float(np.linalg.norm(centres[first] - centres[second], axis=1).mean()) if len(first) else float("nan")


def first_alive(leading: float, scale: float = 1.0) -> float:
    """λ above which a linear VAE keeps its first latent: 1/λ₁ of the data's covariance; Lucas et al. 2019, 1911.02469."""
    return 1 / (leading * scale)
