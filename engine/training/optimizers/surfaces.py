"""The surfaces that are descended: loss, gradient and Hessian, each written out by hand. Float64 numpy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.training.optimizers.params import OptimizersParams

Array = np.ndarray
TURN = np.radians(30)
AXES = np.array(
    [[np.cos(TURN), -np.sin(TURN)], [np.sin(TURN), np.cos(TURN)]]
)  # columns: along the quadratic's valley, across it
Pair = tuple[float, float]


@dataclass(frozen=True)
class Surface:
    """Height, slopes and second derivatives as functions of x and y; where all begin; what is drawn, the ends of x and of y; the lowest height."""

    height: Callable[[Any, Any], Any]
    slopes: Callable[[Any, Any], Any]
    second: Callable[[float, float], Any]
    start: Pair
    window: tuple[Pair, Pair]
    lowest: float = 0.0

    def loss(self, at: Array) -> Array:
        """(...,) of points (..., 2)."""
        return np.asarray(self.height(at[..., 0], at[..., 1]))

    def gradient(self, at: Array) -> Array:
        """(..., 2) of points (..., 2)."""
        return np.stack(self.slopes(at[..., 0], at[..., 1]), -1)

    def hessian(self, at: Array) -> Array:
        """(2, 2) of one point."""
        return np.array(self.second(*at), float)


def quadratic(condition: float) -> Surface:
    """½ θᵀHθ with eigenvalues 1 and κ, the first along 30°; the start is about as far from the bottom along both directions."""
    (a, b), (_, c) = AXES @ np.diag([1.0, condition]) @ AXES.T
    return Surface(
        lambda x, y: (a * x * x + 2 * b * x * y + c * y * y) / 2,
        lambda x, y: (a * x + b * y, b * x + c * y),
        lambda x, y: ((a, b), (b, c)),
        start=(0.5, 1.5), window=((-2.2, 2.2), (-1.6, 1.8)),
    )  # fmt: skip


FIXED = {
    "rosenbrock": Surface(  # the bent valley
        lambda x, y: (1 - x) ** 2 + 20 * (y - x * x) ** 2,
        lambda x, y: (-2 * (1 - x) - 80 * x * (y - x * x), 40 * (y - x * x)),
        lambda x, y: ((2 - 80 * (y - 3 * x * x), -80 * x), (-80 * x, 40)),
        start=(-1.2, 1.0), window=((-1.7, 1.7), (-0.6, 1.9)),
    ),
    "double_well": Surface(  # the left well is the deeper one
        lambda x, y: (x * x - 1) ** 2 / 4 + y * y / 2 + 0.15 * x,
        lambda x, y: (x * (x * x - 1) + 0.15, y),
        lambda x, y: ((3 * x * x - 1, 0), (0, 1)),
        start=(1.5, 1.0), window=((-1.9, 1.9), (-1.2, 1.4)), lowest=-0.15525622983211224,
    ),
    "himmelblau": Surface(  # four minima, all 0
        lambda x, y: (x * x + y - 11) ** 2 + (x + y * y - 7) ** 2,
        lambda x, y: (4 * x * (x * x + y - 11) + 2 * (x + y * y - 7), 2 * (x * x + y - 11) + 4 * y * (x + y * y - 7)),
        lambda x, y: ((12 * x * x + 4 * y - 42, 4 * (x + y)), (4 * (x + y), 12 * y * y + 4 * x - 26)),
        start=(0.0, 0.0), window=((-5.0, 5.0), (-5.0, 5.0)),
    ),
}  # fmt: skip


def surface(p: OptimizersParams) -> Surface:
    """The surface of these settings."""
    return quadratic(p.condition) if p.surface == "quadratic" else FIXED[p.surface]
