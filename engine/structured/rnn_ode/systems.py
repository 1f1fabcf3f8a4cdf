"""The equations: velocity f(x; θ) and its derivatives, which are all that a cell needs of its activation. Float64 numpy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from engine.structured.rnn_ode.params import RnnOdeParams

Array = np.ndarray
Field = Callable[[Array, Array], Array]


@dataclass(frozen=True)
class System:
    """ẋ = f(x; θ).

    Attributes:
        field: f, (..., d) of x (..., d) and θ (k,).
        start, theta: x(0) and θ of the lab.
        names: of the components.
        window: what the phase plane shows, the ends of x₁ and of x₂.
    """

    field: Field
    start: tuple[float, ...]
    theta: tuple[float, ...]
    names: tuple[str, ...]
    window: tuple[tuple[float, float], tuple[float, float]] = ((0.0, 1.0), (0.0, 1.0))


@dataclass(frozen=True, kw_only=True)
class Trainable(System):
    """An equation whose θ can be found: by_state is ∂f/∂x, (..., d, d); by_theta is ∂f/∂θ, (..., d, k)."""

    by_state: Field
    by_theta: Field


def diagonal(values: Array) -> Array:
    """Matrices (..., d, d) with these numbers (..., d) on their diagonals."""
    return values[..., None] * np.eye(values.shape[-1])


def rivals(x: Array, theta: Array) -> Array:
    """(5): x ∘ (r − Mx), with θ = (r₁, r₂, M₁₁, M₁₂, M₂₁, M₂₂)."""
    return np.asarray(x * (theta[:2] - x @ theta[2:].reshape(2, 2).T))


def rivals_by_state(x: Array, theta: Array) -> Array:
    """diag(r − Mx) − diag(x) M."""
    m = theta[2:].reshape(2, 2)
    return diagonal(theta[:2] - x @ m.T) - x[..., None] * m


def rivals_by_theta(x: Array, theta: Array) -> Array:
    """Linear in θ: x in the columns of r, −x xᵀ in those of M."""
    found = np.zeros((*x.shape, 6))
    for row in range(2):
        found[..., row, row] = x[..., row]
        found[..., row, 2 + 2 * row : 4 + 2 * row] = -x[..., row, None] * x
    return found


def growing(x: Array, theta: Array) -> Array:
    """rx(1 − x)."""
    return np.asarray(theta[0] * x * (1 - x))


def logistic(growth: float, start: float) -> System:
    """Growth that comes to rest at 1."""
    return System(growing, (start,), (growth,), ("x",))


def turning(x: Array, theta: Array) -> Array:
    """q̇ = ωp, ṗ = −ωq."""
    return np.stack([theta[0] * x[..., 1], -theta[0] * x[..., 0]], -1)


def sir(x: Array, theta: Array) -> Array:
    """Kermack and McKendrick: βSI fall ill, γI recover."""
    falling, recovering = theta[0] * x[..., 0] * x[..., 1], theta[1] * x[..., 1]
    return np.stack([-falling, falling - recovering, recovering], -1)


COMPETITION = Trainable(  # in hundreds of animals
    rivals, (1.0, 1.5), (0.1, 0.3, 0.02, 0.01, 0.02, 0.09), ("x₁", "x₂"), ((0.0, 5.0), (0.0, 4.0)), by_state=rivals_by_state, by_theta=rivals_by_theta
)  # fmt: skip
PREDATOR_PREY = System(  # Lotka and Volterra: the same form with r = (1, −1) and a skew M
    rivals, (2.0, 1.0), (1.0, -1.0, 0.0, 1.0, -1.0, 0.0), ("prey", "predators"), ((0.0, 5.0), (0.0, 5.0))
)
OSCILLATOR = System(turning, (1.0, 0.0), (1.0,), ("q", "p"), ((-2.5, 2.5), (-2.5, 2.5)))
SIR = System(sir, (0.99, 0.01, 0.0), (0.5, 0.1), ("healthy", "ill", "recovered"), ((0.0, 1.0), (0.0, 0.6)))
FIXED = {"competition": COMPETITION, "predator_prey": PREDATOR_PREY, "oscillator": OSCILLATOR, "sir": SIR}


def system(p: RnnOdeParams) -> System:
    """The equation of these settings; a fit is always of two rivals."""
    if p.task == "fit":
        return COMPETITION
    return logistic(p.growth, p.start_value) if p.system == "logistic" else FIXED[p.system]
