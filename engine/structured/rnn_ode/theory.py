"""What is known without a cell: the exact flow, fixed points, orders, the logistic map, standard errors. Float64 numpy.

Numbers in brackets are those of the lab's text. Sources: kexue.fm/archives/5643 and 3120; Hairer, Nørsett & Wanner 1993; May 1976.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache

import numpy as np
from scipy.integrate import solve_ivp

from engine.structured.rnn_ode.cells import CELLS, FAR
from engine.structured.rnn_ode.systems import Array, System

LATEST = 42.0  # the orders are shown at this time, or at the horizon where that is earlier


@lru_cache(maxsize=64)
def flow(system: System, theta: tuple[float, ...], start: tuple[float, ...], horizon: float) -> Callable[[Array], Array]:
    """The exact solution as a function of times (n,), giving (n, d), by DOP853; where it blows up it stands still."""
    values = np.array(theta)

    def far(_: float, x: Array) -> float:
        return float(FAR - np.abs(x).max())

    far.terminal = True  # type: ignore[attr-defined]
    solved = solve_ivp(
        lambda _, x: system.field(x, values),
        (0.0, horizon),
        start,
        "DOP853",
        dense_output=True,
        events=far,
        rtol=1e-11,
        atol=1e-12,
    )
    last = float(solved.t[-1])
    return lambda times: np.asarray(solved.sol(np.clip(times, 0.0, last))).T


def logistic_exact(t: Array, growth: float, start: float) -> Array:
    """Closed form of ẋ = rx(1 − x)."""
    return 1 / (1 + (1 / start - 1) * np.exp(-growth * np.asarray(t, float)))


def equilibrium(theta: Array) -> Array:
    """Fixed point M⁻¹r of two rivals."""
    return np.linalg.solve(np.reshape(theta[2:], (2, 2)), theta[:2])


def energy(h: float, steps: int) -> float:
    """(6): q² + p² of the oscillator from 1 after Euler's steps, (1 + h²)ⁿ."""
    return (1 + h * h) ** steps


@lru_cache(maxsize=32)
def orders(system: System, horizon: float) -> tuple[Array, dict[str, Array]]:
    """Steps h, seven at most, that divide the time, and the largest error at its end of every cell, nan where it blew up."""
    end = min(horizon, LATEST)
    counts = [max(1, math.ceil(end / h)) for h in 4.0 * 0.5 ** np.arange(7)]
    counts = sorted({count for count in counts if end / count >= 0.05})
    theta, start = np.array(system.theta), np.array(system.start)
    exact = flow(system, system.theta, system.start, end)(np.array([end]))[0]
    found: dict[str, Array] = {}
    for name, cell in CELLS.items():
        ends = [cell.unroll(system, theta, start, end / count, count) for count in counts]
        found[name] = np.array(
            [np.abs(x[-1] - exact).max() if len(x) == n + 1 else np.nan for x, n in zip(ends, counts, strict=True)]
        )
    return end / np.array(counts, float), found


def logistic_map(reach: Array, x: Array, steps: int, kept: int) -> Array:
    """Euler on logistic growth, x ← x + hr x(1 − x), for every hr (n,): the last `kept` states, (kept, n), nan where it leaves."""
    seen = []
    with np.errstate(all="ignore"):
        for step in range(steps):
            x = x + reach * x * (1 - x)
            if step >= steps - kept:
                seen.append(np.where(np.abs(x) < 2, x, np.nan))
    return np.array(seen)


@lru_cache(maxsize=1)
def bifurcation() -> tuple[Array, Array]:
    """hr and long-run states of Euler's logistic map, as points."""
    reach = np.linspace(1.0, 3.0, 401)
    states = logistic_map(reach, np.full(401, 0.3), 600, 24)
    return np.repeat(reach[None], 24, 0).ravel(), states.ravel()


def attractor(states: Array, most: int = 64, gap: float = 1e-4) -> Array:
    """The different values among the last `most` states, in order."""
    last = np.sort(np.asarray(states, float)[-most:])
    return last[np.append(True, np.diff(last) > gap)]


def standard_errors(jacobian: Array, variance: float) -> Array:
    """√diag(σ²(JᵀJ)⁻¹), (k,), of weights found by least squares, from a Jacobian (n, k) of full rank."""
    _, singular, directions = np.linalg.svd(jacobian, full_matrices=False)
    return np.asarray(np.sqrt(variance * ((directions / singular[:, None]) ** 2).sum(0)))
