"""The surfaces that are descended: loss, gradient and Hessian of points (..., 2), each written out by hand. Float64 numpy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from engine.training.optimizers.params import OptimizersParams

Array = np.ndarray
TURN = np.radians(30)
AXES = np.array([[np.cos(TURN), -np.sin(TURN)], [np.sin(TURN), np.cos(TURN)]])  # columns: along the valley, across it
STEEP = 20.0  # of Rosenbrock's valley


@dataclass(frozen=True)
class Surface:
    """Loss (...,) and gradient (..., 2) of points (..., 2), Hessian (2, 2) of one, where all begin, and what is drawn: (x, y) ends."""

    loss: Callable[[Array], Array]
    gradient: Callable[[Array], Array]
    hessian: Callable[[Array], Array]
    start: tuple[float, float]
    window: tuple[tuple[float, float], tuple[float, float]]


def quadratic(condition: float) -> Surface:
    """½ θᵀHθ with eigenvalues 1 and κ, the first along 30°."""
    matrix = AXES @ np.diag([1.0, condition]) @ AXES.T
    return Surface(
        loss=lambda at: np.asarray((at @ matrix * at).sum(-1) / 2),
        gradient=lambda at: np.asarray(at @ matrix),
        hessian=lambda at: matrix,
        start=(-1.0, 1.5),
        window=((-2.2, 2.2), (-1.6, 1.8)),
    )


def rosenbrock_loss(at: Array) -> Array:
    """(1 − x)² + 20 (y − x²)²."""
    x, y = at[..., 0], at[..., 1]
    return np.asarray((1 - x) ** 2 + STEEP * (y - x * x) ** 2)


def rosenbrock_gradient(at: Array) -> Array:
    """Its gradient."""
    x, y = at[..., 0], at[..., 1]
    off = y - x * x
    return np.stack([-2 * (1 - x) - 4 * STEEP * x * off, 2 * STEEP * off], -1)


def rosenbrock_hessian(at: Array) -> Array:
    """Its second derivatives."""
    x, y = at
    return np.array([[2 - 4 * STEEP * (y - 3 * x * x), -4 * STEEP * x], [-4 * STEEP * x, 2 * STEEP]])


def wells_loss(at: Array) -> Array:
    """¼ (x² − 1)² + ½ y² + 0.15 x: the left well is the deeper one."""
    x, y = at[..., 0], at[..., 1]
    return np.asarray((x * x - 1) ** 2 / 4 + y * y / 2 + 0.15 * x)


def wells_gradient(at: Array) -> Array:
    """Its gradient."""
    x, y = at[..., 0], at[..., 1]
    return np.stack([x * (x * x - 1) + 0.15, y], -1)


def wells_hessian(at: Array) -> Array:
    """Its second derivatives."""
    return np.diag([3 * at[0] ** 2 - 1, 1.0])


def himmelblau_loss(at: Array) -> Array:
    """(x² + y − 11)² + (x + y² − 7)²: four minima, all 0."""
    x, y = at[..., 0], at[..., 1]
    return np.asarray((x * x + y - 11) ** 2 + (x + y * y - 7) ** 2)


def himmelblau_gradient(at: Array) -> Array:
    """Its gradient."""
    x, y = at[..., 0], at[..., 1]
    one, two = x * x + y - 11, x + y * y - 7
    return np.stack([4 * x * one + 2 * two, 2 * one + 4 * y * two], -1)


def himmelblau_hessian(at: Array) -> Array:
    """Its second derivatives."""
    x, y = at
    return np.array([[12 * x * x + 4 * y - 42, 4 * (x + y)], [4 * (x + y), 12 * y * y + 4 * x - 26]])


FIXED = {
    "rosenbrock": Surface(rosenbrock_loss, rosenbrock_gradient, rosenbrock_hessian, (-1.2, 1.0), ((-1.7, 1.7), (-0.6, 1.9))),
    "double_well": Surface(wells_loss, wells_gradient, wells_hessian, (1.5, 1.0), ((-1.9, 1.9), (-1.2, 1.4))),
    "himmelblau": Surface(himmelblau_loss, himmelblau_gradient, himmelblau_hessian, (0.0, 0.0), ((-5.0, 5.0), (-5.0, 5.0))),
}


def surface(p: OptimizersParams) -> Surface:
    """The surface of these settings."""
    return quadratic(p.condition) if p.surface == "quadratic" else FIXED[p.surface]
