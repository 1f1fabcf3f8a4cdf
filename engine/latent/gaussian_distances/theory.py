"""Distances of two normal distributions in closed form, float64. Numbers in brackets are those of the lab's text.

Covariances may be singular: the roots are those of eigenvalues clipped at zero, and no inverse is taken where none is needed.
Su Jianlin, kexue.fm/archives/8512 (2021); Dowson & Landau 1982; Olkin & Pukelsheim 1982; Givens & Shortt 1984; Takatsu 2011.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


class Gaussian(NamedTuple):
    """A normal distribution: mean (n,), covariance (n, n)."""

    mean: Array
    covariance: Array


class Parts(NamedTuple):
    """A distance as the sum of what the means and what the shapes give; a part that is infinite makes it infinite."""

    mean: float
    shape: float

    @property
    def total(self) -> float:
        return self.mean + self.shape


def turn(degrees: float) -> Array:
    """The counter-clockwise rotation of the plane (2, 2)."""
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return np.array([[c, -s], [s, c]])


def gaussian(x: float, y: float, s1: float, s2: float, degrees: float) -> Gaussian:
    """A normal distribution of the plane: Sigma = R diag(s1^2, s2^2) R^T."""
    r = turn(degrees)
    return Gaussian(np.array([x, y]), (r * np.array([s1, s2]) ** 2) @ r.T)


def root(matrix: Array) -> Array:
    """The symmetric root of a positive semidefinite matrix (..., n, n); eigenvalues below zero are rounding and count as zero."""
    values, vectors = np.linalg.eigh(matrix)
    return (vectors * np.sqrt(np.maximum(values, 0))[..., None, :]) @ np.swapaxes(vectors, -1, -2)


def _whitened(matrix: Array) -> tuple[Array, float] | None:
    """(inverse, ln det) of a covariance; None for a singular one, to the precision of float64."""
    values, vectors = np.linalg.eigh(matrix)
    if values[0] <= len(values) * np.finfo(float).eps * max(values[-1], 0.0):
        return None
    return (vectors / values) @ vectors.T, float(np.log(values).sum())


def kl(p: Gaussian, q: Gaussian) -> Parts:
    """KL(p || q) in nats, equation (1); infinite where either covariance is singular."""
    first, second = _whitened(p.covariance), _whitened(q.covariance)
    if first is None or second is None:
        return Parts(0.0, math.inf)
    delta, precision = p.mean - q.mean, second[0]
    shape = (np.trace(precision @ p.covariance) - len(delta) + second[1] - first[1]) / 2
    return Parts(float(delta @ precision @ delta) / 2, max(float(shape), 0.0))


def bhattacharyya(p: Gaussian, q: Gaussian) -> Parts:
    """-ln of the integral of sqrt(p q), equation (2); infinite where either covariance is singular."""
    first, second = _whitened(p.covariance), _whitened(q.covariance)
    between = _whitened((p.covariance + q.covariance) / 2)
    if first is None or second is None or between is None:
        return Parts(0.0, math.inf)
    delta = p.mean - q.mean
    shape = between[1] / 2 - (first[1] + second[1]) / 4
    return Parts(float(delta @ between[0] @ delta) / 8, max(float(shape), 0.0))


def hellinger_squared(p: Gaussian, q: Gaussian) -> float:
    """H^2 = 1 - exp(-BD), equation (2)."""
    return -math.expm1(-bhattacharyya(p, q).total)


def alignment(first: Array, second: Array) -> Array:
    """The orthogonal U (n, n) that brings `second` U nearest to `first`: the polar factor of second^T first (Procrustes)."""
    left, _, right = np.linalg.svd(second.T @ first)
    return left @ right


def w2_squared(p: Gaussian, q: Gaussian) -> Parts:
    """Squared 2-Wasserstein distance, equation (3), in its Procrustes form: min over U of |Sigma_p^1/2 - Sigma_q^1/2 U|_F^2.

    A sum of squares: nothing cancels, however near or thin the two are.
    """
    a, b = root(p.covariance), root(q.covariance)
    return Parts(float(np.square(p.mean - q.mean).sum()), float(np.square(a - b @ alignment(a, b)).sum()))


def w2(p: Gaussian, q: Gaussian) -> float:
    """The 2-Wasserstein distance itself."""
    return math.sqrt(w2_squared(p, q).total)


def fidelity(p: Array, q: Array) -> float:
    """tr (Sigma_p^1/2 Sigma_q Sigma_p^1/2)^1/2, the largest trace of a cross-covariance: the singular values of (7), summed."""
    return float(np.linalg.svd(root(q) @ root(p), compute_uv=False).sum())


def transport(p: Array, q: Array) -> Array:
    """A (n, n) of the optimal map T(x) = mu_q + A (x - mu_p), equation (8): symmetric, and A Sigma_p A = Sigma_q.

    Raises LinAlgError for a singular Sigma_p.
    """
    a = root(p)
    inverse = np.linalg.inv(a)
    found = inverse @ root(a @ q @ a) @ inverse
    return (found + found.T) / 2


def between(p: Gaussian, q: Gaussian, t: float) -> Gaussian:
    """The distribution at t in [0, 1] on the geodesic from p to q: every point of p has gone a share t of its way."""
    a, b = root(p.covariance), root(q.covariance)
    factor = (1 - t) * a + t * b @ alignment(a, b)
    return Gaussian((1 - t) * p.mean + t * q.mean, factor @ factor.T)


# ---- couplings


def coupling(p: Array, q: Array, degrees: float, mirrored: bool = False) -> Array:
    """The extreme cross-covariance C = Sigma_p^1/2 R Sigma_q^1/2, with R a rotation, or a reflection and then the rotation (2, 2)."""
    r = turn(degrees) @ np.diag([1.0, -1.0]) if mirrored else turn(degrees)
    return root(p) @ r @ root(q)


def coupling_cost(p: Gaussian, q: Gaussian, cross: Array) -> float:
    """E|x - y|^2 of a joint law with this cross-covariance: |delta|^2 + tr Sigma_p + tr Sigma_q - 2 tr C."""
    parted = np.square(p.mean - q.mean).sum() + np.trace(p.covariance) + np.trace(q.covariance)
    return float(parted - 2 * np.trace(cross))


def best_coupling(p: Array, q: Array) -> float:
    """phi* in degrees: where the cosine (7) has its bottom."""
    k = root(q) @ root(p)  # tr(R K) = cos phi (k11 + k22) + sin phi (k12 - k21)
    return math.degrees(math.atan2(k[0, 1] - k[1, 0], k[0, 0] + k[1, 1]))


# ---- the race: gradients with respect to q's mean and covariance


def gradient(loss: str, target: Gaussian, q: Gaussian) -> tuple[Array, Array]:
    """Gradient of a loss at q with respect to its mean (n,) and its covariance (n, n, symmetric).

    Args:
        loss: "kl_pq", "kl_qp", "bhattacharyya" or "hellinger", (1) and (2), of which `target` is p.

    Returns NaNs where float64 can tell no inverse of q's covariance any more.
    """
    known = _whitened(q.covariance)
    if known is None or not np.isfinite(known[0]).all():
        return np.full_like(q.mean, np.nan), np.full_like(q.covariance, np.nan)
    delta, inverse = q.mean - target.mean, known[0]
    if loss == "kl_pq":
        spread = target.covariance + np.outer(delta, delta)
        return inverse @ delta, (inverse - inverse @ spread @ inverse) / 2
    if loss == "kl_qp":
        precision = np.linalg.inv(target.covariance)
        return precision @ delta, (precision - inverse) / 2
    middle = np.linalg.inv((target.covariance + q.covariance) / 2)
    pull = middle @ delta
    scale = math.exp(-bhattacharyya(target, q).total) if loss == "hellinger" else 1.0  # dH^2 = exp(-BD) dBD
    return scale * pull / 4, scale * (middle / 4 - inverse / 4 - np.outer(pull, pull) / 16)


def bures_step(q_factor: Array, target_factor: Array, eta: float) -> Array:
    """One Riemannian gradient step on W2^2 / 2, equation (12): a factor of ((1-eta)I + eta A) Sigma ((1-eta)I + eta A).

    Args:
        q_factor, target_factor: B (n, n) with B B^T the covariance. As A B = T U, no inverse is taken.
    """
    return (1 - eta) * q_factor + eta * target_factor @ alignment(q_factor, target_factor)


def kl_flow(q: Gaussian, target: Gaussian, t: float) -> Gaussian:
    """q after time t of the W2 gradient flow of KL(q || target), equation (13): the Ornstein-Uhlenbeck process.

    Jordan, Kinderlehrer, Otto 1998.
    """
    values, vectors = np.linalg.eigh(target.covariance)
    decay = (vectors * np.exp(-t / np.maximum(values, 1e-300))) @ vectors.T
    mean = target.mean + decay @ (q.mean - target.mean)
    return Gaussian(mean, target.covariance + decay @ (q.covariance - target.covariance) @ decay)


# ---- samples


def plug_in(x: Array, y: Array) -> Parts:
    """(3) of two samples (rows, n), with their means and covariances (divisor rows - 1; a single row has none)."""
    return w2_squared(fitted(x), fitted(y))


def fitted(x: Array) -> Gaussian:
    """Mean and covariance of a sample (rows, n)."""
    centred = x - x.mean(0)
    return Gaussian(x.mean(0), centred.T @ centred / max(len(x) - 1, 1))


def predicted_bias(m: int, n: int) -> float:
    """(14): what (3) gives on average for two samples of m rows of N(0, I_n), to the first order in 1/m."""
    return (2 * n + n * (n + 1) / 2) / m


def same_law(m: int, n: int, repeats: int, random: np.random.Generator) -> Array:
    """(3) of two samples of m rows of N(0, I_n), `repeats` times (repeats,).

    What is drawn is not the rows but what (3) needs of them: their means, N(0, I/m), and a factor of their scatter matrix (Bartlett's
    triangle; the rows themselves where they are fewer than its columns). With factors F, G the fidelity is the sum of the
    singular values of F G^T.
    """
    means = random.standard_normal((2, repeats, n)) / math.sqrt(m)
    first, second = (_scatter_factor(m - 1, n, repeats, random) / math.sqrt(m - 1) for _ in range(2))
    overlap = np.linalg.svd(first @ np.swapaxes(second, 1, 2), compute_uv=False).sum(1)
    traces = np.square(first).sum((1, 2)) + np.square(second).sum((1, 2))
    return np.square(means[0] - means[1]).sum(1) + np.maximum(traces - 2 * overlap, 0)


def _scatter_factor(freedom: int, n: int, repeats: int, random: np.random.Generator) -> Array:
    """F (repeats, min(freedom, n), n) with F^T F a Wishart matrix of this many degrees of freedom (Bartlett 1933)."""
    if freedom < n:
        return random.standard_normal((repeats, freedom, n))
    upper = np.triu(random.standard_normal((repeats, n, n)), 1)
    diagonal = np.sqrt(random.chisquare(freedom - np.arange(n), (repeats, n)))
    return upper + diagonal[:, :, None] * np.eye(n)
