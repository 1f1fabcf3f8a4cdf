"""One normal distribution for two humps: KL(p || q) keeps the moments, KL(q || p) picks a hump. Float64, no sampling."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from scipy.optimize import minimize

from engine.latent.gaussian_distances.theory import Array

LEFT, RIGHT, WIDTH = 0.4, 0.6, 0.5  # weights and standard deviation of the humps at -c and +c
NODES = np.linspace(-9, 9, 901)  # the mean over N(0, 1), by the trapezoid rule: ln p has a bend in its valley, for which the
WEIGHTS = np.exp(-(NODES**2) / 2)  # 80 points of Gauss and Hermite are too few (they make optima that are not there)
WEIGHTS /= WEIGHTS.sum()
BASINS = ("right", "left", "bridge")


def log_density(x: Array, gap: float) -> Array:
    """ln of the target at x, any shape."""
    return np.logaddexp(*_hump_logs(x, gap))


def _hump_logs(x: Array, gap: float) -> tuple[Array, Array]:
    norm = math.log(WIDTH * math.sqrt(2 * math.pi))
    left, right = (-(((x - centre) / WIDTH) ** 2) / 2 - norm for centre in (-gap, gap))
    return math.log(LEFT) + left, math.log(RIGHT) + right


def moments(gap: float) -> tuple[float, float]:
    """Mean and standard deviation of the target: what minimises KL(p || q)."""
    mean = (RIGHT - LEFT) * gap
    return mean, math.sqrt(WIDTH**2 + 4 * LEFT * RIGHT * gap**2)


def reverse_kl(mean: Array | float, sd: Array | float, gap: float) -> Array:
    """KL(q || p) of q = N(mean, sd^2) in nats, broadcasts."""
    mean, sd = np.asarray(mean, float)[..., None], np.asarray(sd, float)[..., None]
    entropy = np.log(sd[..., 0]) + 0.5 * (1 + math.log(2 * math.pi))
    return -entropy - (log_density(mean + sd * NODES, gap) * WEIGHTS).sum(-1)


def reverse_slope(mean: float, log_sd: float, gap: float) -> Array:
    """Gradient (2,) of KL(q || p) with respect to the mean and ln sd."""
    sd = math.exp(log_sd)
    x = mean + sd * NODES
    left, right = _hump_logs(x, gap)
    share = np.exp(right - np.logaddexp(left, right))  # of the right hump at x
    score = -(x - gap * (2 * share - 1)) / WIDTH**2  # d ln p / dx
    return np.array([-(score * WEIGHTS).sum(), -1 - sd * (score * NODES * WEIGHTS).sum()])


@lru_cache(maxsize=64)
def optima(gap: float) -> dict[str, tuple[float, float, float]]:
    """(mean, sd, loss) of the local minima of KL(q || p), by the basin they lie in.

    Descended to from either hump and from the target's moments. An optimum whose mean ± sd holds the valley at 0 is a bridge.
    """
    found: dict[str, tuple[float, float, float]] = {}
    for mean, sd in ((gap, WIDTH), (-gap, WIDTH), moments(gap)):
        start = np.array([mean, math.log(sd)])
        done = minimize(
            lambda z: float(reverse_kl(z[0], math.exp(z[1]), gap)),
            start,
            jac=lambda z: reverse_slope(z[0], z[1], gap),
            method="L-BFGS-B",
            bounds=[(-9, 9), (-4, 3)],  # a first step may try a width of e^100
            options={"gtol": 1e-10, "ftol": 0},
        )
        mean, sd, loss = float(done.x[0]), math.exp(done.x[1]), float(done.fun)
        basin = "bridge" if abs(mean) <= sd else "right" if mean > 0 else "left"
        if basin not in found or loss < found[basin][2]:
            found[basin] = (mean, sd, loss)
    return found
