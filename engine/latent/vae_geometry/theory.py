"""Closed forms of the lab in float64: one scale s, water-filling, the ellipse law, bounds, arcs. Equation numbers are those
of the page's explanation; numpy and scipy only."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np

Array = np.ndarray


def eigenvalues(x: Array) -> Array:
    """Eigenvalues of the covariance of samples (N, D), largest first (population covariance, /N), float64."""
    centred = np.asarray(x, np.float64) - np.asarray(x, np.float64).mean(0)
    if min(x.shape) <= 64:
        return np.linalg.svd(centred, compute_uv=False) ** 2 / len(x)
    small = centred.T @ centred if x.shape[1] <= x.shape[0] else centred @ centred.T
    return np.clip(np.linalg.eigvalsh(small)[::-1], 0, None) / len(x)


def critical_beta(leading: float, sigma_x: float) -> float:
    """beta_c = lambda_1 / sigma_x^2: above it every axis of the code dies (10); Lucas et al. 2019, 1911.02469."""
    return leading / sigma_x**2


def normal_kl(mean: Array, sigma: Array) -> Array:
    """KL(N(mean, sigma^2) || N(0, 1)) per axis (4), nats; Kingma & Welling 2014, 1312.6114, appendix B."""
    variance = np.square(sigma)
    return 0.5 * (np.square(mean) + variance - np.log(variance) - 1)


def ellipse_law(metric_diagonal: Array, s: float) -> Array:
    """sigma_i^2 = 1 / (1 + G_ii / s) (13): the variance that minimises (8) with the decoder linearised at mu.

    Source: Kumar & Poole 2020, 2002.00041; Rolinek et al. 2019, 1812.06775.
    """
    with np.errstate(divide="ignore"):
        return 1 / (1 + np.asarray(metric_diagonal) / s)


def averaged_law(pull: Callable[[Array], Array], mean: Array, sigma: Array, s: float, order: int = 3) -> Array:
    """(13) without its linearisation: the variance at which (8) rests, averaged over the ellipse itself, (n, d).

    With g = |x - f|^2 / 2 the loss in sigma_i^2 rests where 1 / sigma_i^2 = 1 + E[d_ii g] / s, as the derivative of
    E g(mu + sigma eps) in sigma_i^2 is E[d_ii g] / 2 (Price 1958), and d_ii g = G_ii + (f - x).d_ii f. (13) keeps G_ii in
    the middle of the ellipse. By Stein's lemma E[d_ii g] = E[eps_i d_i g] / sigma_i, so first derivatives are enough.

    Args:
        pull: codes (n, d) to the gradient of g (n, d). mean, sigma: (n, d). order: points of the Gauss-Hermite rule an axis.
    """
    node, weight = np.polynomial.hermite_e.hermegauss(order)
    weight = weight / weight.sum()
    total = np.zeros(mean.shape)
    for index in itertools.product(range(order), repeat=mean.shape[1]):
        epsilon = node[list(index)]
        total += weight[list(index)].prod() * epsilon * pull(mean + sigma * epsilon)
    return 1 / (1 + np.maximum(total / sigma, 0) / s)


def coverage_when_collapsed(radius: float) -> float:
    """c(r) = 1 - exp(-r^2 / 2) for d = 2 when every ellipse is the unit disc (7)."""
    return float(1 - np.exp(-(radius**2) / 2))


def nested_bounds(log_weights: Array) -> dict[int, Array]:
    """Importance-weighted bounds for k = 1, 2, 4, ... from one matrix of log weights (n, 2^m), by pairing neighbours.

    Returns k -> (n,) bounds in nats; monotone in k for every sample by Jensen's inequality, without any averaging.
    Source: Burda, Grosse, Salakhutdinov 2016, 1509.00519, theorem 1.
    """
    level = np.asarray(log_weights, np.float64)
    bounds = {1: level.mean(1)}
    k = 1
    while level.shape[1] > 1:
        level = np.logaddexp(level[:, 0::2], level[:, 1::2]) - np.log(2)
        k *= 2
        bounds[k] = level.mean(1)
    return bounds


def gaussian_log(squared_error: Array, dimensions: int, sigma_x: float) -> Array:
    """log N(x; f, sigma_x^2 I) from the squared error |x - f|^2, nats."""
    return -0.5 * squared_error / sigma_x**2 - dimensions * np.log(sigma_x) - 0.5 * dimensions * np.log(2 * np.pi)


def roll_arc(t: Array) -> Array:
    """Length of the spiral (t cos t, t sin t) from 0 to t: (t sqrt(1+t^2) + asinh t) / 2."""
    t = np.asarray(t, np.float64)
    return 0.5 * (t * np.sqrt(1 + t**2) + np.arcsinh(t))
