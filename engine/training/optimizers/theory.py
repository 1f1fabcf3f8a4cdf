"""Closed forms: growth of one step, best rates, momentum as a ball with friction, the spread of SGD. Float64 numpy.

Numbers in brackets are those of the explanation. Sources: kexue.fm/archives/5879, 5655 and 6794; Polyak 1964 for (7).
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np
from scipy.optimize import brentq, minimize_scalar

Array = np.ndarray
ORDERS = {"gd": 1, "heun": 2, "rk4": 4}  # which agree with the exponential to this order; so many gradients each of them takes


def growth(method: str, z: Array | float) -> Array:
    """(4): R(z), with z = −γλ, what one update multiplies θ by along an eigendirection."""
    return np.asarray(sum(np.asarray(z, float) ** k / math.factorial(k) for k in range(ORDERS[method] + 1)))


@cache
def edge(method: str) -> float:
    """The γλ from which on |R| is above 1."""
    return float(brentq(lambda reach: float(abs(growth(method, -reach))) - 1, 1.5, 3.5, xtol=1e-14))


@cache
def best(method: str, condition: float) -> tuple[float, float]:
    """Rate and contraction of the update whose worst direction, of eigenvalues in [1, κ], shrinks most."""
    worst = lambda rate: float(np.abs(growth(method, -rate * np.array([1.0, condition]))).max())  # noqa: E731
    found = minimize_scalar(worst, bounds=(0, edge(method) / condition), method="bounded", options={"xatol": 1e-14})
    return float(found.x), float(found.fun)


def best_ball(condition: float) -> tuple[float, float, float]:
    """(7): rate, momentum and contraction of the heavy ball at its best, eigenvalues 1 and κ."""
    root = math.sqrt(condition)
    contraction = (root - 1) / (root + 1)
    return 4 / (root + 1) ** 2, contraction**2, contraction


def newton(friction: float, interval: float) -> tuple[float, float]:
    """(5): momentum β and learning rate α of a ball with this friction, followed at this time step."""
    return (1 - friction * interval / 2) / (1 + friction * interval / 2), interval**2 / (1 + friction * interval / 2)


def ball(momentum: float, rate: float) -> tuple[float, float]:
    """The inverse of (5): friction and time step."""
    half = (1 - momentum) / (1 + momentum)  # friction times time step, over 2
    interval = math.sqrt(rate * (1 + half))
    return 2 * half / interval, interval


def spread(rate: float, curvature: float, noise: float, batch: int = 1) -> float:
    """(8): variance of SGD at rest in λθ²/2; nan from γλ = 2 on, where it never rests."""
    stretch = curvature * (2 - rate * curvature)
    return rate * noise**2 / batch / stretch if stretch > 0 else math.nan


def pair_gradient(u: Array, v: Array, label: float) -> Array:
    """(9): gradient in u of the cross-entropy of one pair of word2vec with its label."""
    return np.asarray((1 / (1 + np.exp(-u @ v)) - label) * v)


def reach(rate: float, curvature: float, noise: float) -> float:
    """How far the walkers' histogram goes to either side."""
    resting = spread(rate, curvature, noise)
    return 4.5 * math.sqrt(resting) if 0 < resting < 1e4 else 5.0
