"""Closed forms of discrete choices and of their gradients, in float64.

Equation numbers (1) to (12) are those of the lab's notes: (8) Gumbel-max, (9) Gumbel-softmax, (10) the Concrete density
[Maddison, Mnih, Teh 2017], (11) the exact gradient, (12) the limits of the relaxed gradients at temperature zero.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from engine.discrete.gumbel_softmax.objectives import Objective
from engine.discrete.gumbel_softmax.params import GumbelSoftmaxParams

Array = NDArray[np.float64]
GAMMA = 0.5772156649015329  # Euler's constant, the mean of a standard Gumbel
GUMBEL_SD = math.pi / math.sqrt(6)
LEAST = 0.01  # of the first three classes


def class_probabilities(first: float, second: float, classes: int = 3) -> Array:
    """p of the triangle's dot: class 3 gets the rest, every class of the three keeps at least 1 %; classes 4..k get 1/k each.

    Where the first two ask for more than 99 %, what they ask beyond their 1 % is scaled down to fit.
    """
    pair = np.maximum([first, second], LEAST)
    if pair.sum() > 1 - LEAST:
        pair = LEAST + (pair - LEAST) * (1 - 3 * LEAST) / (pair.sum() - 2 * LEAST)
    three = np.r_[pair, max(1.0 - pair.sum(), LEAST)]
    three /= three.sum()
    return np.r_[three * 3 / classes, np.full(classes - 3, 1 / classes)] if classes > 3 else three


def probabilities(params: GumbelSoftmaxParams, classes: int = 3) -> Array:
    """p of the triangle's dot."""
    return class_probabilities(params.first, params.second, classes)


def triangle(cells: int, most: float = 1.0) -> tuple[NDArray[np.bool_], Array]:
    """Cells of a grid over (p₁, p₂) whose centres lie in the triangle, (cells, cells) with p₂ down the rows; the centres (inside, 3)."""
    side = (np.arange(cells) + 0.5) / cells
    second, first = np.meshgrid(side, side, indexing="ij")
    inside = first + second < most
    return inside, np.stack([first[inside], second[inside], 1 - first[inside] - second[inside]], -1)


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
    """(11): p_i (c_i − c̄) of p (..., k), with c the values of f at the corners (k,)."""
    return p * (corners - (p @ corners)[..., None])


def straight_through_limit(p: Array, slopes: Array) -> Array:
    """(12): what ST-GS tends to as τ → 0, the trapezoid rule along every edge. slopes[i] = f'(e_i), (k, k)."""
    total, corner = np.zeros(len(p)), np.eye(len(p))
    for i, j in itertools.combinations(range(len(p)), 2):
        direction = corner[i] - corner[j]
        total += p[i] * p[j] * (float((slopes[i] + slopes[j]) @ direction) / 2) * direction
    return total


def straight_through_mean(p: Array, slopes: Array) -> Array:
    """Mean of ST without Gumbel noise: J₁(p) Σ_k p_k f'(e_k) [Bengio, Leonard, Courville 2013]."""
    mean = p @ slopes
    return p * (mean - p @ mean)


def leave_one_out_variance(p: Array, corners: Array, draws: int) -> float:
    """Total variance of RLOO(S) [Kool et al. 2019]: the variance of a sample covariance of f(d) with d."""
    centred, length = corners - p @ corners, 1 - 2 * p + p @ p
    return _covariance_variance(
        float(p @ (centred**2 * length)), float(p @ centred**2), float(p @ length), exact_gradient(p, corners), draws
    )


def _covariance_variance(mixed: float, spread: float, length: float, gradient: Array, draws: int) -> float:
    squared = float((gradient**2).sum())
    return (mixed - squared) / draws + (spread * length + squared) / (draws * (draws - 1))


def variance_error(draws: Array, weights: Array, count: float) -> tuple[float, float]:
    """(total variance of one draw, standard error of its estimate from `count` draws): sqrt((E|x - m|^4 - V^2) / n).

    Args:
        draws: every value that a gradient draw can take, (outcomes, k). weights: their probabilities (outcomes,).
    """
    square = ((draws - weights @ draws) ** 2).sum(-1)
    variance = float(weights @ square)
    return variance, math.sqrt(max(float(weights @ square**2) - variance**2, 0.0) / count)


def score_function_draws(p: Array, corners: Array, baseline: float = 0.0) -> Array:
    """All values of (f(d) - b)(d - p), (k, k): row i when class i wins."""
    return (corners - baseline)[:, None] * (np.eye(len(p)) - p)


def straight_through_draws(p: Array, slopes: Array) -> Array:
    """All values of ST, J_1(p) f'(e_i), (k, k)."""
    return p * (slopes - (slopes @ p)[:, None])


@cache
def _compositions(k: int, draws: int) -> Array:
    """How often each of k classes can occur in so many draws: (ways, k) counts."""
    picks = np.array(list(itertools.combinations_with_replacement(range(k), draws)))
    return np.stack([(picks == i).sum(1) for i in range(k)], 1).astype(np.float64)


def leave_one_out_error(p: Array, corners: Array, draws: int, count: float, most: int = 30_000) -> tuple[float, float]:
    """(total variance of RLOO(S), standard error of its estimate from `count` of them), over all compositions of S draws.

    Where there are more than `most` of those, the kurtosis of fewer draws is taken, which is larger.
    """
    k, fewer = len(p), draws
    while fewer > 2 and math.comb(k + fewer - 1, fewer) > most:
        fewer -= 1
    counts = _compositions(k, fewer)
    log_weight = special.gammaln(fewer + 1) - special.gammaln(counts + 1).sum(1) + counts @ np.log(p)
    mean = counts @ corners / fewer
    centred = counts * (corners - mean[:, None])  # sum over draws of (f - mean)(d - p) is this, and sums to zero
    variance, error = variance_error(centred / (fewer - 1), np.exp(log_weight), count)
    exact = leave_one_out_variance(p, corners, draws)
    return exact, error * exact / variance if variance > 0 else 0.0


def cold_moment(p: Array, f: Objective, tau: float, hard: bool, power: int = 2) -> float:
    """E|x|^power of one Gumbel-softmax draw x (`hard`: straight-through) as tau -> 0, to the leading order; power 2 or 4.

    A draw is not zero only near a tie. Classes i and j tie at the top with density p_i p_j; the integral over the edge
    between the corners is of |J_tau f'|^power with |J_tau f'|^2 = 2 (f'.(e_i - e_j) y (1 - y) / tau)^2, dy = y (1 - y) dx / tau.
    """
    node, weight = np.polynomial.legendre.leggauss(24)
    y, weight = (node + 1) / 2, weight / 2
    total, corner = 0.0, np.eye(len(p))
    for i, j in itertools.combinations(range(len(p)), 2):
        length = math.sqrt(2) * np.abs(_edge(f, corner[i], corner[j], y, hard)) / tau
        total += p[i] * p[j] * tau * float(weight @ (length**power * (y * (1 - y)) ** (power - 1)))
    return total


def relaxed_expectation(p: Array, tau: float, of: Callable[[Array], Array]) -> Array:
    """E of(y) for y = softmax((o + g)/tau) of three classes, of (n, 3) -> (n, m), by the trapezoid rule over both differences of noise.

    Their density is 2 exp(-a - b)/(1 + exp(-a) + exp(-b))^3. All is analytic within pi tau of the real axis, so that steps of
    0.8 tau leave an error of exp(-2 pi^2/0.8) = 2e-11; the tails beyond 22 weigh 1e-9.
    """
    step = min(0.8 * tau, 0.4)
    b = np.arange(-22, 22, step)
    total: Array = np.zeros(1)
    for a in b:
        weight = 2 * np.exp(-a - b - 3 * np.logaddexp(np.logaddexp(0, -a), -b)) * step**2
        scores = np.stack([np.full(len(b), a + math.log(p[0] / p[2])), b + math.log(p[1] / p[2]), np.zeros(len(b))], -1)
        total = total + weight @ of(softmax(scores / tau))
    return total


def cold_bend(p: Array, f: Objective, hard: bool) -> float:
    """How much the slope of f along an edge changes at most: at small tau the bias goes like tau times this."""
    y, corner = np.linspace(0, 1, 33), np.eye(len(p))
    edges = itertools.combinations(range(len(p)), 2)
    return max(float(np.ptp(_edge(f, corner[i], corner[j], y, hard))) for i, j in edges)


def _edge(f: Objective, first: Array, second: Array, y: Array, hard: bool) -> Array:
    """Slope of f along the edge at y first + (1 - y) second, or at the nearer corner."""
    part = (y > 0.5).astype(float) if hard else y
    return f.gradient(part[:, None] * first + (1 - part[:, None]) * second) @ (first - second)


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


def step_share(mu: float, sigma: float) -> float:
    """How often the jump's rarer side is drawn: Phi(-|mu| / sigma)."""
    return float(special.ndtr(-abs(mu) / sigma))


def step_gradient(mu: float, sigma: ArrayLike) -> Array:
    """d/dμ P(z > 0) = φ(μ/σ)/σ."""
    sigma = np.asarray(sigma, np.float64)
    return _normal_density(mu / sigma) / sigma


def normal_variance_error(draws: Callable[[Array], Array], count: float) -> tuple[float, float]:
    """(variance of draws(epsilon), standard error of its estimate from `count` of them), by the trapezoid rule on [-9, 9].

    For the jump the rule is exact to 1e-3; smooth functions to rounding.
    """
    epsilon = np.linspace(-9, 9, 14_401)
    weight = _normal_density(epsilon)
    return variance_error(draws(epsilon)[:, None], weight / weight.sum(), count)


# ---- many binary variables, f = M (ȳ − t)², equal probabilities


def many_gradient_norm(count: int, target: float) -> float:
    """Length of the exact gradient over all 2M logits: every variable has ±(1 − 2t)/4."""
    return abs(1 - 2 * target) / 4 * math.sqrt(2 * count)


def _many_values(count: int, target: float) -> tuple[Array, Array]:
    """Every value of f, with its probability: the number of ones is binomial."""
    heads = np.arange(count + 1)
    ways = special.gammaln(count + 1) - special.gammaln(heads + 1) - special.gammaln(count - heads + 1)
    return count * (heads / count - target) ** 2, np.exp(ways - count * math.log(2))


def many_score_variances(count: int, target: float, draws: int) -> tuple[float, float]:
    """Total variances of one score-function draw and of RLOO(draws): |d − p|² = M/2 always."""
    values, weight = _many_values(count, target)
    gradient, length = np.array([many_gradient_norm(count, target)]), count / 2
    single = float(weight @ values**2) * length - float(gradient @ gradient)
    spread = float(weight @ (values - weight @ values) ** 2)
    return single, _covariance_variance(spread * length, spread, length, gradient, draws)


def many_score_error(count: int, target: float, draws: float) -> float:
    """Standard error of the estimate of the first of `many_score_variances` from so many draws: |x|² = f² M/2."""
    values, weight = _many_values(count, target)
    square = values**2 * count / 2
    return math.sqrt(float(weight @ (square - weight @ square) ** 2) / draws)
