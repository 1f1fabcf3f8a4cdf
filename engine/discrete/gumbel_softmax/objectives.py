"""The functions f on the simplex whose mean over a discrete choice is to be lowered, with their gradients."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]


class Objective(Protocol):
    """A smooth function on the simplex; only its corners matter to a discrete choice."""

    def value(self, y: Floats) -> Floats:
        """f at points (..., k), as (...)."""

    def gradient(self, y: Floats) -> Floats:
        """The gradient of f at points (..., k), as (..., k)."""


@dataclass(frozen=True)
class Linear:
    """f(y) = c·y + offset."""

    weights: Floats  # (k,)
    offset: float = 0.0

    def value(self, y: Floats) -> Floats:
        return y @ self.weights + self.offset

    def gradient(self, y: Floats) -> Floats:
        return np.broadcast_to(self.weights, y.shape)


@dataclass(frozen=True)
class Quadratic:
    """f(y) = |y − t|² + offset: its best corner is the class with the largest t, its best point is t itself, inside."""

    target: Floats  # (k,)
    offset: float = 0.0

    def value(self, y: Floats) -> Floats:
        return ((y - self.target) ** 2).sum(-1) + self.offset

    def gradient(self, y: Floats) -> Floats:
        return 2.0 * (y - self.target)


@dataclass(frozen=True)
class Net:
    """f(y) = w·tanh(A y + b) + offset."""

    inner: Floats  # A, (units, k)
    bias: Floats  # b, (units,)
    outer: Floats  # w, (units,)
    offset: float = 0.0

    def value(self, y: Floats) -> Floats:
        return np.tanh(y @ self.inner.T + self.bias) @ self.outer + self.offset

    def gradient(self, y: Floats) -> Floats:
        hidden = np.tanh(y @ self.inner.T + self.bias)
        return ((1.0 - hidden * hidden) * self.outer) @ self.inner


def objective(
    name: Literal["linear", "quadratic", "net"], k: int = 3, offset: float = 0.0, dtype: type = np.float64
) -> Objective:
    """The lab's objectives on k ≥ 3 classes; with more than three, the first three keep their order.

    Linear: c = (1, .3, −.5, 0, ...). Quadratic: t = (.45, .30, .25) × 3/k, then 1/k each. Net: 16 tanh units with the
    fixed weights below; further input columns come from numpy's generator with seed 1.
    """
    if name == "linear":
        return Linear(np.array([1.0, 0.3, -0.5] + [0.0] * (k - 3), dtype), offset)
    if name == "quadratic":
        target = np.r_[np.array([0.45, 0.30, 0.25]) * 3 / k, np.full(k - 3, 1 / k)]
        return Quadratic(target.astype(dtype), offset)
    more = 3 * np.random.default_rng(1).standard_normal((7, 16))[: k - 3]
    inner = np.concatenate([np.array(NET_INNER), more]).T
    return Net(np.ascontiguousarray(inner, dtype), np.array(NET_BIAS, dtype), np.array(NET_OUTER, dtype), offset)


# A ~ 3 N(0,1), b ~ N(0,1), w ~ N(0,1)/4, drawn once (torch.Generator, seed 1, float64) and kept to four decimals, so that
# the objective is the same on every machine. Rows of NET_INNER are the columns of A.
# fmt: off
NET_INNER = (
    (-0.9339, -0.8976, 2.8181, 0.0448, -3.7473, 3.1687, 1.7217, -11.1140,
     -3.5484, -0.4691, 3.2501, 0.2874, -6.2039, -1.0944, 6.2867, 2.5354),
    (-2.1391, -0.7587, 3.4843, -0.1428, 0.9585, 2.4105, 4.7092, -5.4425,
     1.6387, -6.3030, 2.6690, -4.5252, -0.5824, 4.6674, 0.6426, -3.1169),
    (-2.1872, -1.0805, -0.5117, 1.6440, 1.7834, 1.1220, 2.6203, -5.5277,
     3.1569, 4.7392, 1.9330, -1.7527, 1.0911, 6.7790, 4.1103, 2.2602),
)
NET_BIAS = (0.2531, -0.8421, 1.1817, 0.6061, -0.9036, 1.9063, 1.1150, 0.0560,
            -0.9169, -0.0006, -0.8844, 0.4709, -0.5036, -0.1602, 1.2104, 0.8197)
NET_OUTER = (0.0161, -0.2929, -0.2561, -0.1780, -0.2987, 0.0313, -0.0784, 0.1753,
             0.2125, -0.0700, 0.0974, -0.2306, -0.0719, 0.1935, -0.1292, -0.2619)
# fmt: on
