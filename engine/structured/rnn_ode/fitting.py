"""The fit: loss (3) and its derivatives for any θ, and the ways of three optimisers through θ. Float64 numpy."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from scipy.optimize import least_squares, minimize

from engine.structured.rnn_ode import theory
from engine.structured.rnn_ode.cells import Cell
from engine.structured.rnn_ode.data import Measurements
from engine.structured.rnn_ode.params import SCHEDULE
from engine.structured.rnn_ode.systems import COMPETITION, Array

FIRST = np.array([0.1, 0.1, 0.01, 0.1, 0.1, 0.01])  # the article's guess in our units
DIFFERENCE = 1e-7  # half the distance of the two places of a central difference


@dataclass(frozen=True)
class Slope:
    """Loss (3), the states (n + 1, 2), ∂ℓ/∂x_n with all that follows (n + 1, 2), and ∂ℓ/∂θ (6,)."""

    loss: float
    states: Array
    adjoints: Array
    gradient: Array


class Problem:
    """A cell of step h, unrolled as far as the last measurement; a time between two steps is interpolated linearly."""

    def __init__(self, cell: Cell, h: float, measured: Measurements) -> None:
        self.cell, self.h, self.measured = cell, h, measured
        place = measured.times / h
        near = np.rint(place)
        place = np.where(np.abs(place - near) < 1e-9 * (1 + near), near, place)
        self.steps = math.ceil(place[-1])
        self.before = np.minimum(place.astype(int), self.steps - 1)
        self.share = (place - self.before)[:, None]
        self.between = int(((self.share > 0) & (self.share < 1)).sum())

    def at_times(self, values: Array) -> Array:
        """Values of the steps (n + 1, ...) at the times of the measurements, (m, ...)."""
        share = self.share.reshape(-1, *[1] * (values.ndim - 1))
        return (1 - share) * values[self.before] + share * values[self.before + 1]

    def unroll(self, theta: Array) -> Array:
        """The states (n + 1, 2); fewer where they blow up."""
        return self.cell.unroll(COMPETITION, theta, self.measured.start, self.h, self.steps)

    def residuals(self, theta: Array) -> Array:
        """(2m,); infinite where the cell blows up."""
        states = self.unroll(theta)
        if len(states) <= self.steps:
            return np.full(self.measured.values.size, np.inf)
        return (self.at_times(states) - self.measured.values).ravel()

    def jacobian(self, theta: Array) -> Array:
        """∂residuals/∂θ, (2m, 6), by the sensitivities (4)."""
        found = self.at_times(self.cell.sensitivities(COMPETITION, theta, self.unroll(theta), self.h))
        return found.reshape(-1, len(theta))

    def back_propagate(self, theta: Array) -> Slope | None:
        """Loss (3) and its derivatives by back-propagation through time; None where the cell or its gradient blows up."""
        states = self.unroll(theta)
        if len(states) <= self.steps:
            return None
        residuals = self.at_times(states) - self.measured.values
        signals = np.zeros_like(states)
        np.add.at(signals, self.before, 2 * (1 - self.share) * residuals)
        np.add.at(signals, self.before + 1, 2 * self.share * residuals)
        with np.errstate(all="ignore"):
            adjoints, gradient = self.cell.backward(COMPETITION, theta, states, self.h, signals)
        whole = np.isfinite(adjoints).all() and np.isfinite(gradient).all()
        return Slope(float((residuals**2).sum()), states, adjoints, gradient) if whole else None

    def slope_error(self, theta: Array, slope: Slope, direction: Array) -> float:
        """How far the gradient is from a central difference of the loss along a direction (6,); nan where that blows up."""
        ahead, behind = (float((self.residuals(theta + d * direction) ** 2).sum()) for d in (DIFFERENCE, -DIFFERENCE))
        whole = ahead + behind < math.inf
        return abs((ahead - behind) / (2 * DIFFERENCE) - float(slope.gradient @ direction)) if whole else math.nan

    def certainty(self, theta: Array, loss: float) -> dict[str, Array]:
        """Singular values of the Jacobian (6,), and standard errors of θ (6,): 0 where there are too few rows for them."""
        with np.errstate(all="ignore"):
            jacobian = self.jacobian(theta)
        found = {"singular_values": np.zeros(6), "standard_errors": np.zeros(6)}
        if np.isfinite(jacobian).all():
            singular = np.linalg.svd(jacobian, compute_uv=False)
            found["singular_values"][: len(singular)] = singular
            spare = len(jacobian) - len(theta)
            if spare > 0 and singular[-1] > 1e-12 * singular[0]:
                found["standard_errors"] = theory.standard_errors(jacobian, loss / spare)
        return found


@dataclass
class Adam:
    """Kingma & Ba, arXiv:1412.6980, with β = (0.9, 0.99); the gradient is clipped, the rate falls along a cosine."""

    mean: Array | float = 0.0
    square: Array | float = 0.0
    count: int = 0

    def move(self, gradient: Array, rate: float, clip: float) -> Array:
        """What is added to θ."""
        length = float(np.linalg.norm(gradient))
        if clip and length > clip:
            gradient = gradient * (clip / length)
        rate *= (1 + math.cos(math.pi * min(self.count / SCHEDULE, 1.0))) / 2
        self.count += 1
        self.mean = 0.9 * self.mean + 0.1 * gradient
        self.square = 0.99 * self.square + 0.01 * gradient**2
        mean, square = self.mean / (1 - 0.9**self.count), self.square / (1 - 0.99**self.count)
        return np.asarray(-rate * mean / (np.sqrt(square) + 1e-8))


def gauss_newton(problem: Problem, theta: Array) -> Iterator[Array]:
    """The iterates of SciPy's trust region; a place where the cell blows up only makes the region smaller."""
    seen: list[Array] = []
    least_squares(problem.residuals, theta, problem.jacobian, method="trf", callback=_keep(seen))
    return iter(seen)


def lbfgs(problem: Problem, theta: Array) -> Iterator[Array]:
    """The iterates of SciPy's L-BFGS-B without bounds; its line search finds no way back from where the cell blows up."""

    def loss(theta: Array) -> tuple[float, Array]:
        slope = problem.back_propagate(theta)
        return (math.inf, np.zeros_like(theta)) if slope is None else (slope.loss, slope.gradient)

    seen: list[Array] = []
    minimize(loss, theta, jac=True, method="L-BFGS-B", callback=_keep(seen))
    return iter(seen)


def _keep(seen: list[Array]) -> Callable[..., None]:
    def callback(intermediate_result: dict[str, Array]) -> None:  # SciPy asks for this name
        seen.append(np.array(intermediate_result["x"]))

    return callback
