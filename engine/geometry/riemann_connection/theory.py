"""Closed forms of carried arrows, Foucault's pendulum, and Γ from thrown stones. float64 numpy.

Sources: Levi-Civita 1917; Gauss and Bonnet, as in do Carmo, Differential Geometry of Curves and Surfaces; Foucault 1851.
"""

from __future__ import annotations

import math

import numpy as np

from engine.geometry.charts import Array, Chart, christoffel

SIDEREAL = 23.9344696  # hours of a sidereal day


def parallel_holonomy(colatitude: float) -> float:
    """(9): 2π (1 − cos θ) round a parallel of the unit sphere."""
    return 4 * math.pi * math.sin(colatitude / 2) ** 2


def cone_holonomy(half_angle: float) -> float:
    """(11): 2π (1 − sin γ) round the apex."""
    return 2 * math.pi * (1 - math.sin(half_angle))


def euler_growth(colatitude: float, n: int) -> float:
    """How much longer n of the article's matrices make an arrow on a parallel: (1 + (2π cos θ/n)²)^(n/2)."""
    return (1 + (2 * math.pi * math.cos(colatitude) / n) ** 2) ** (n / 2)


def foucault(latitude: float) -> tuple[float, float]:
    """(12): degrees by which the plane of swing turns in a sidereal day, and hours for a whole turn; infinite at the equator."""
    share = math.sin(math.radians(latitude))
    return 360 * share, SIDEREAL / abs(share) if abs(share) > 1e-12 else math.inf


def stones(chart: Chart, x: Array, shots: int, random: np.random.Generator) -> tuple[Array, Array]:
    """Velocities (shots, 2) of unit speed into directions spread over half a circle, and the accelerations (1) of their geodesics."""
    turn = np.pi * (np.arange(shots) + 0.5 * random.random(shots)) / shots
    g = chart.metric(x)
    velocities = np.stack([np.cos(turn) / math.sqrt(g[0, 0]), np.sin(turn) / math.sqrt(g[1, 1])], 1)
    return velocities, -np.einsum("mab,na,nb->nm", christoffel(chart, x), velocities, velocities)


def rows(velocities: Array) -> Array:
    """X (shots, 3) of the least squares: what stands before Γ_11, Γ_12, Γ_22 in (1)."""
    a, b = velocities.T
    return np.stack([a * a, 2 * a * b, b * b], 1)


def learn(velocities: Array, accelerations: Array) -> Array:
    """The symmetric Γ (2, 2, 2) that explains them best by (1), in the sense of least squares: six numbers."""
    found = -np.linalg.lstsq(rows(velocities), accelerations, rcond=None)[0]  # (3, 2)
    return np.stack([found[[0, 1]], found[[1, 2]]], 1).transpose(2, 0, 1)


def measured(chart: Chart, x: Array, shots: int, noise: float, random: np.random.Generator) -> Array:
    """Γ (2, 2, 2) from stones whose accelerations are measured with this noise."""
    velocities, accelerations = stones(chart, x, shots, random)
    return learn(velocities, accelerations + noise * random.standard_normal(accelerations.shape))


def deviations(velocities: Array) -> Array:
    """Standard errors (3,) of Γ_11, Γ_12, Γ_22 for noise of deviation 1: the root of the diagonal of (XᵀX)⁻¹."""
    x = rows(velocities)
    return np.sqrt(np.diagonal(np.linalg.inv(x.T @ x)))
