"""The mathematics of EM for any mixture (free energy, memberships), and the mixture of normal distributions.

x (N, d) points; log_joint (N, K) holds ln π_k p_k(x_i); r (N, K) memberships, rows sum to one. All in float64 and nats, means
over points. Dempster, Laird, Rubin 1977; Neal & Hinton 1998 for the free energy.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

Array = np.ndarray
EMPTY = 1e-10  # a component with less weight in points than this owns nothing, one with less variance is singular


@dataclass(frozen=True)
class Theta:
    """What EM learns: weights (K,), means (K, d) and covariances (K, d, d); of coins, means are the probabilities of heads."""

    weights: Array
    means: Array
    covariances: Array


# ---- any mixture


def log_sum(values: Array) -> Array:
    """ln Σ_k exp values, over the last axis."""
    peak = values.max(-1, keepdims=True)
    return peak[..., 0] + np.log(np.exp(values - peak).sum(-1))


def log_likelihood(log_joint: Array) -> float:
    """ℓ, the mean of ln p(x_i)."""
    return float(log_sum(log_joint).mean())


def memberships(log_joint: Array, temperature: float = 1.0) -> Array:
    """The E-step (4): r ∝ (π p)^(1/T), Bayes' rule at T = 1 (Ueda & Nakano 1998 for other T)."""
    tempered = log_joint / temperature
    return np.exp(tempered - log_sum(tempered)[:, None])


def entropy(r: Array) -> Array:
    """H(r_i) of each row, (N,)."""
    return -(r * np.log(np.where(r > 0, r, 1.0))).sum(-1)


def free_energy(log_joint: Array, r: Array, temperature: float = 1.0) -> float:
    """F (5), with T the weight of the entropy: what both half-steps raise."""
    energy = np.where(r > 0, r * np.where(r > 0, log_joint, 0.0), 0.0).sum(-1)
    return float((energy + temperature * entropy(r)).mean())


def gap(log_joint: Array, r: Array, temperature: float = 1.0) -> float:
    """ℓ − F, as the mean of KL(r ‖ p(k|x)) + (1 − T) H(r): at T = 1 a sum of divergences, so no cancellation makes it negative."""
    posterior = log_joint - log_sum(log_joint)[:, None]
    known = r > 0
    divergence = np.where(known, r * (np.log(np.where(known, r, 1.0)) - np.where(known, posterior, 0.0)), 0.0).sum(-1)
    return float((divergence + (1 - temperature) * entropy(r)).mean())


# ---- the mixture of normal distributions


def normal_log_joint(x: Array, theta: Theta) -> Array:
    """ln π_k N(x_i; μ_k, Σ_k), (N, K). Raises LinAlgError where a covariance is not positive definite."""
    lower = np.linalg.cholesky(theta.covariances)
    centred = x[None] - theta.means[:, None]
    white = np.linalg.solve(lower, centred.transpose(0, 2, 1))
    log_det = 2 * np.log(np.diagonal(lower, axis1=1, axis2=2)).sum(-1)
    with np.errstate(divide="ignore"):  # a component of weight 0 is never chosen
        log_weights = np.log(theta.weights)
    log_density = -0.5 * (np.square(white).sum(1) + log_det[:, None] + x.shape[1] * np.log(2 * np.pi))
    return (log_weights[:, None] + log_density).T


def maximise(x: Array, r: Array, before: Theta, covariance: str, floor: float) -> Theta:
    """The M-step (6). A component that owns less than EMPTY keeps its place; with `fixed` only the means move."""
    counts = r.sum(0)
    alive = counts >= EMPTY
    share = r / np.where(alive, counts, 1.0)
    means = np.where(alive[:, None], share.T @ x, before.means)
    if covariance == "fixed":
        return replace(before, means=means)
    centred = x[None] - means[:, None]
    scatter = (centred * share.T[:, :, None]).transpose(0, 2, 1) @ centred
    scatter = np.where(alive[:, None, None], scatter, before.covariances)
    weights = counts / counts.sum()
    return Theta(weights, means, restrict(scatter, weights, covariance, floor))


def restrict(scatter: Array, weights: Array, covariance: str, floor: float) -> Array:
    """The most likely covariances of a family (K, d, d), given the unrestricted ones, with no variance below the floor.

    Raising the eigenvalues that are too small to the floor is the exact maximum under that constraint, so F still never falls.
    """
    size = scatter.shape[-1]
    if covariance == "tied":
        scatter = np.broadcast_to(np.einsum("k,kij->ij", weights, scatter), scatter.shape).copy()
    elif covariance == "diag":
        scatter = scatter * np.eye(size)
    elif covariance == "spherical":
        scatter = np.trace(scatter, axis1=1, axis2=2)[:, None, None] / size * np.eye(size)
    return lifted(scatter, floor)


def lifted(covariances: Array, floor: float) -> Array:
    """Covariances whose eigenvalues below the floor are raised to it; those that have none stay as they are, bit for bit."""
    if floor <= 0:
        return covariances
    low = least_variances(covariances) < floor
    if not low.any():
        return covariances
    values, directions = np.linalg.eigh(covariances[low])
    result = covariances.copy()
    result[low] = (directions * np.maximum(values, floor)[:, None]) @ directions.transpose(0, 2, 1)
    return result


def least_variances(covariances: Array) -> Array:
    """The smallest variance of each component in any direction, (K,)."""
    return np.linalg.eigvalsh(covariances)[:, 0]


# ---- where it begins, and where it ends when σ → 0


def start(x: Array, count: int, init: str, random: np.random.Generator) -> Array:
    """The first means (count, d): random different points, k-means++ (Arthur & Vassilvitskii 2007), the mean, or rows 0, s, 2s …"""
    if init == "equal":
        return np.repeat(x.mean(0, keepdims=True), count, 0)
    if init == "rows":
        return x[:: max(len(x) // count, 1)][:count].copy()
    if init == "random":
        different = np.unique(x, axis=0)
        return different[random.choice(len(different), count, replace=False)]
    chosen = [x[random.integers(len(x))]]
    nearest = np.full(len(x), np.inf)
    for _ in range(count - 1):
        nearest = np.minimum(nearest, np.square(x - chosen[-1]).sum(1))
        chosen.append(x[random.choice(len(x), p=nearest / nearest.sum())])
    return np.array(chosen)


def first_theta(x: Array, means: Array, covariance: str, floor: float, sigma: float) -> Theta:
    """Weights 1/K, the given means, and for every component the covariance of all data (ddof 0), restricted."""
    count, size = means.shape
    if covariance == "fixed":
        return Theta(np.full(count, 1 / count), means, np.repeat(sigma**2 * np.eye(size)[None], count, 0))
    whole = np.cov(x.T, ddof=0).reshape(1, size, size)
    return Theta(
        np.full(count, 1 / count), means, restrict(np.repeat(whole, count, 0), np.full(count, 1 / count), covariance, floor)
    )


def squared_distances(x: Array, centres: Array) -> Array:
    """(N, K)."""
    return np.square(x[:, None] - centres[None]).sum(-1)


def inertia(x: Array, centres: Array) -> float:
    """Mean squared distance to the nearest centre."""
    return float(squared_distances(x, centres).min(1).mean())


def smooth_inertia(x: Array, centres: Array, sigma: Array) -> Array:
    """−2σ² mean ln Σ_j exp(−d_j² / 2σ²) for each σ (G,): a smooth minimum, at most 2σ² ln K below the inertia (7)."""
    distances = squared_distances(x, centres)
    return np.array([-2 * s**2 * log_sum(-distances / (2 * s**2)).mean() for s in np.atleast_1d(sigma)])


def lloyd(x: Array, centres: Array, most: int = 300) -> Array:
    """K-means by Lloyd's algorithm until nothing changes; a centre that loses all points stays where it is."""
    middle = x.mean(0)  # about it, squares lose no digits
    x, centres, owner = x - middle, centres - middle, np.full(len(x), -1)
    for _ in range(most):
        nearest = (np.square(centres).sum(1) - 2 * x @ centres.T).argmin(1)  # squared distances, less |x|²
        if (nearest == owner).all():
            break
        owner = nearest
        centres = np.array([x[owner == k].mean(0) if (owner == k).any() else centres[k] for k in range(len(centres))])
    return centres + middle
