"""Closed forms of discrete choices and of their gradients, in float64.

Equation numbers (1) to (12) are those of the lab's notes: (8) Gumbel-max, (9) Gumbel-softmax, (10) the Concrete density
[Maddison, Mnih, Teh 2017], (11) the exact gradient, (12) the limits of the relaxed gradients at temperature zero.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from engine.discrete.gumbel_softmax.objectives import Objective

Array = NDArray[np.float64]
GAMMA = 0.5772156649015329  # Euler's constant, the mean of a standard Gumbel
GUMBEL_SD = math.pi / math.sqrt(6)


def class_probabilities(first: float, second: float, classes: int = 3) -> Array:
    """p of the triangle's dot: class 3 gets the rest, each at least .01, scaled to one; classes 4..k get 1/k each."""
    three = np.maximum([first, second, 1.0 - first - second], 0.01)
    three /= three.sum()
    return np.r_[three * 3 / classes, np.full(classes - 3, 1 / classes)] if classes > 3 else three


def softmax(logits: ArrayLike) -> Array:
    """softmax over the last axis."""
    return special.softmax(np.asarray(logits, np.float64), axis=-1)


# ---- the distribution


def concrete_log_density(log_y: Array, logits: Array, tau: float) -> Array:
    """log of (10), per area of the first k−1 coordinates [Maddison et al. 2017, eq. 10].

    Args:
        log_y: logarithms of points on the simplex, (..., k); logs, because coordinates underflow at small tau.
        logits: o, (k,). tau: temperature > 0.
    """
    k = logits.shape[-1]
    terms = logits - tau * log_y
    return (
        special.gammaln(k)
        + (k - 1) * math.log(tau)
        + (logits - (tau + 1) * log_y).sum(-1)
        - k * special.logsumexp(terms, axis=-1)
    )


def barycentre_density(k: int, tau: float) -> float:
    """(10) at y = 1/k for equal probabilities: (k−1)! τ^(k−1)."""
    return math.factorial(k - 1) * tau ** (k - 1)


def rim_exponent(k: int, r: int, tau: float) -> float:
    """(10) goes like ε to this power when r coordinates go to zero like ε: (k−r)τ − r. Negative: the density is infinite there."""
    return (k - r) * tau - r


def two_class_cdf(u: ArrayLike, difference: float, tau: float) -> Array:
    """P(y₁ ≤ u) for k = 2 with o₁ − o₂ = difference: sigmoid(τ logit u − difference)."""
    return special.expit(tau * special.logit(np.asarray(u, np.float64)) - difference)


def mean_maximum(logits: Array) -> float:
    """E max(o + g) = logsumexp(o) + γ: the maximum is itself Gumbel, independent of which class wins."""
    return float(special.logsumexp(logits) + GAMMA)


def _normal_density(x: ArrayLike) -> Array:
    return np.exp(-np.square(x) / 2) / math.sqrt(2 * math.pi)


def chi_square(counts: ArrayLike, p: Array) -> tuple[float, float]:
    """χ² of counts against probabilities, and the probability of a larger value when p is right."""
    expected = p * np.sum(counts)
    statistic = float(np.sum((np.asarray(counts) - expected) ** 2 / expected))
    return statistic, float(special.chdtrc(len(p) - 1, statistic))


def plackett_luce(p: Array, order: Sequence[int]) -> float:
    """Probability that the noisy logits rank the classes in this order: drawing without replacement [Plackett 1975]."""
    left, result = 1.0, 1.0
    for index in order[:-1]:
        result *= p[index] / left
        left -= p[index]
    return float(result)


# ---- gradients of E f with respect to the logits


def exact_gradient(p: Array, corners: Array) -> Array:
    """(11): p_i (c_i − c̄), with c the values of f at the corners (k,)."""
    return p * (corners - p @ corners)


def pairwise_gradient(p: Array, corners: Array) -> Array:
    """(11) as a sum over pairs: Σ_{i<j} p_i p_j (c_i − c_j)(e_i − e_j)."""
    return _over_pairs(p, lambda i, j, direction: float(corners[i] - corners[j]))


def straight_through_limit(p: Array, slopes: Array) -> Array:
    """(12): what ST-GS tends to as τ → 0, the trapezoid rule along every edge. slopes[i] = f'(e_i), (k, k)."""
    return _over_pairs(p, lambda i, j, direction: float((slopes[i] + slopes[j]) @ direction) / 2)


def _over_pairs(p: Array, rise: Callable[[int, int, Array], float]) -> Array:
    k, total, corner = len(p), np.zeros(len(p)), np.eye(len(p))
    for i in range(k):
        for j in range(i + 1, k):
            direction = corner[i] - corner[j]
            total += p[i] * p[j] * rise(i, j, direction) * direction
    return total


def straight_through_mean(p: Array, slopes: Array) -> Array:
    """Mean of ST without Gumbel noise: J₁(p) Σ_k p_k f'(e_k) [Bengio, Leonard, Courville 2013]."""
    mean = p @ slopes
    return p * (mean - p @ mean)


def score_function_variance(p: Array, corners: Array, baseline: float = 0.0) -> float:
    """Total variance of one draw of (f(d) − b)(d − p): Σ p_i (c_i − b)² |e_i − p|² − |∇|² [Williams 1992]."""
    length = 1 - 2 * p + p @ p
    return float(p @ ((corners - baseline) ** 2 * length) - (exact_gradient(p, corners) ** 2).sum())


def leave_one_out_variance(p: Array, corners: Array, draws: int) -> float:
    """Total variance of RLOO(S) [Kool et al. 2019]: the variance of a sample covariance of f(d) with d."""
    centred, length = corners - p @ corners, 1 - 2 * p + p @ p
    return _covariance_variance(
        float(p @ (centred**2 * length)), float(p @ centred**2), float(p @ length), exact_gradient(p, corners), draws
    )


def _covariance_variance(mixed: float, spread: float, length: float, gradient: Array, draws: int) -> float:
    squared = float((gradient**2).sum())
    return (mixed - squared) / draws + (spread * length + squared) / (draws * (draws - 1))


def two_class_relaxed_mean(target: float, difference: float, tau: float) -> float:
    """E[GS] in the first logit for k = 2 and f = (y₁ − t)², by quadrature over the logistic noise.

    At τ = 1 and equal probabilities it is (1 − 2t)/6.
    """

    def integrand(noise: float) -> float:
        y = special.expit((difference + noise) / tau)
        return 2 * (y - target) * y * (1 - y) / tau * math.exp(-noise) * special.expit(noise) ** 2

    from scipy import integrate  # heavy, and needed by tests and one claim only

    return float(integrate.quad(integrand, -40, 40, points=[-difference], limit=400, epsabs=1e-13)[0])


def cosine_between(a: Array, b: Array) -> float:
    """Cosine of the angle between two gradients; NaN when one of them is zero."""
    size = float(np.linalg.norm(a) * np.linalg.norm(b))
    return float(a @ b) / size if size > 0 else math.nan


def corner_values(f: Objective, k: int) -> tuple[Array, Array]:
    """f at the corners (k,) and its gradients there (k, k)."""
    corners = np.eye(k)
    return np.asarray(f.value(corners), np.float64), np.asarray(f.gradient(corners), np.float64)


# ---- the normal distribution, gradient in μ unless said


def square_variances(mu: ArrayLike, sigma: ArrayLike) -> tuple[Array, Array]:
    """(6), f = z²: variance of one pathwise and of one score-function draw."""
    mu, sigma = np.asarray(mu, np.float64), np.asarray(sigma, np.float64)
    return 4 * sigma**2 + 0 * mu, mu**4 / sigma**2 + 14 * mu**2 + 15 * sigma**2


def square_variances_in_sigma(mu: float, sigma: float) -> tuple[float, float]:
    """f = z², gradient in σ: 4μ² + 8σ² pathwise, 2μ⁴/σ² + 60μ² + 74σ² score function."""
    return 4 * mu**2 + 8 * sigma**2, 2 * mu**4 / sigma**2 + 60 * mu**2 + 74 * sigma**2


def cosine_variances(omega: ArrayLike, mu: float, sigma: float) -> tuple[Array, Array]:
    """(7), f = cos ωz: variance of one pathwise and of one score-function draw."""
    omega = np.asarray(omega, np.float64)
    spread = (omega * sigma) ** 2
    squared = cosine_gradient(omega, mu, sigma) ** 2
    c = np.exp(-2 * spread) * np.cos(2 * omega * mu)
    return omega**2 / 2 * (1 - c) - squared, (1 + (1 - 4 * spread) * c) / (2 * sigma**2) - squared


def cosine_gradient(omega: ArrayLike, mu: float, sigma: float) -> Array:
    """d/dμ E cos ωz = −ω exp(−ω²σ²/2) sin ωμ."""
    omega = np.asarray(omega, np.float64)
    return -omega * np.exp(-((omega * sigma) ** 2) / 2) * np.sin(omega * mu)


def step_variances(mu: float, sigma: ArrayLike) -> tuple[Array, Array]:
    """f = 1[z > 0]: pathwise is identically zero (and wrong); the score function has (Φ − aφ − φ²)/σ² with a = μ/σ."""
    sigma = np.asarray(sigma, np.float64)
    a = mu / sigma
    density = _normal_density(a)
    return np.zeros_like(sigma), (special.ndtr(a) - a * density - density**2) / sigma**2


def step_gradient(mu: float, sigma: ArrayLike) -> Array:
    """d/dμ P(z > 0) = φ(μ/σ)/σ."""
    sigma = np.asarray(sigma, np.float64)
    return _normal_density(mu / sigma) / sigma


# ---- many binary variables, f = M (ȳ − t)², equal probabilities


def many_gradient_norm(count: int, target: float) -> float:
    """Length of the exact gradient over all 2M logits: every variable has ±(1 − 2t)/4."""
    return abs(1 - 2 * target) / 4 * math.sqrt(2 * count)


def many_score_variances(count: int, target: float, draws: int) -> tuple[float, float]:
    """Total variances of one score-function draw and of RLOO(draws): |d − p|² = M/2 always, f follows a binomial."""
    heads = np.arange(count + 1)
    weight = np.exp(
        special.gammaln(count + 1) - special.gammaln(heads + 1) - special.gammaln(count - heads + 1) - count * math.log(2)
    )
    values = count * (heads / count - target) ** 2
    gradient, length = np.array([many_gradient_norm(count, target)]), count / 2
    single = float(weight @ values**2) * length - float(gradient @ gradient)
    spread = float(weight @ (values - weight @ values) ** 2)
    return single, _covariance_variance(spread * length, spread, length, gradient, draws)
