"""The dimension bench: how gradient noise grows when many binary variables share one objective."""

from __future__ import annotations

import numpy as np

from engine.discrete.gumbel_softmax.benches import Look, Running, Source
from engine.discrete.gumbel_softmax.estimators import is_limit
from engine.discrete.gumbel_softmax.params import GumbelSoftmaxParams

COUNTS = (1, 4, 16, 64, 256)
TARGET = 0.45  # f = M (ȳ − .45)²
METHODS = ("score-function", "leave-one-out", "gumbel-softmax", "straight-through-gumbel")
PICTURE = 144
BATCH = 480


def draws_of(method: str, logistic: np.ndarray, tau: float, rloo: int) -> np.ndarray:
    """Gradient draws (n, M) in each variable's first logit; the second logit's gradient is its negative.

    logistic: g₁ − g₂ of equal probabilities, (n, M). RLOO gives n // rloo draws.
    """
    d = (logistic > 0).astype(logistic.dtype)
    count = d.shape[1]
    if method in ("score-function", "leave-one-out"):
        values = count * (d.mean(1) - TARGET) ** 2
        if method == "score-function":
            return values[:, None] * (d - 0.5)
        groups = len(d) // rloo
        d, values = d[: groups * rloo].reshape(groups, rloo, count), values[: groups * rloo].reshape(groups, rloo)
        others = (values.sum(1, keepdims=True) - values) / (rloo - 1)
        return ((values - others)[..., None] * (d - 0.5)).mean(1)
    if is_limit(tau):
        return np.zeros_like(logistic)
    y = 0.5 + 0.5 * np.tanh(logistic / (2 * tau))
    inner = y if method == "gumbel-softmax" else d
    return y * (1 - y) / tau * (2 * (inner.mean(1, keepdims=True) - TARGET))


class DimensionBench:
    """Running moments of four estimators for M = 1, 4, 16, 64, 256; smaller worlds use the first variables of the largest."""

    def __init__(self, params: GumbelSoftmaxParams, picture: Source, loop: Source) -> None:
        self.loop = loop
        self.start = _logistic(picture, PICTURE)
        self.running = Running(
            lambda params: (params.temperature, params.rloo),
            lambda params: sums_of(self.start, params.temperature, params.rloo),
        )

    def draw(self, params: GumbelSoftmaxParams) -> None:
        self.logistic = _logistic(self.loop, BATCH)

    def forward(self, params: GumbelSoftmaxParams) -> None:
        self.tau = params.temperature

    def estimate(self, params: GumbelSoftmaxParams) -> None:
        self.batch = sums_of(self.logistic, self.tau, params.rloo)

    def update(self, params: GumbelSoftmaxParams) -> None:
        self.running.add(params, self.batch)

    def observe(self, params: GumbelSoftmaxParams) -> Look:
        count, first, square = self.running.under(params)
        norm = np.abs(first / count) * np.sqrt(2 * np.array(COUNTS))  # of the mean of one coordinate: all variables are alike
        variance = np.maximum(square / count - norm**2, 0) * count / (count - 1)
        arrays = {"many_sd": np.sqrt(variance).astype(np.float32), "many_norm": norm.astype(np.float32)}
        return {"draws": float(count.max())}, arrays


def _logistic(source: Source, draws: int) -> np.ndarray:
    exponential = source.exponential(2, draws, COUNTS[-1])
    return np.log(np.maximum(exponential[1], 1e-38) / np.maximum(exponential[0], 1e-38))


def sums_of(logistic: np.ndarray, tau: float, rloo: int) -> np.ndarray:
    """Numbers of draws, sums of the mean coordinate, sums of squared lengths: (3, methods, counts)."""
    result = np.zeros((3, len(METHODS), len(COUNTS)))
    for column, count in enumerate(COUNTS):
        for row, method in enumerate(METHODS):
            draws = draws_of(method, logistic[:, :count], tau, rloo)
            square = 2 * float(np.einsum("nm,nm->", draws, draws, dtype=np.float64))
            result[:, row, column] = len(draws), draws.mean(1, dtype=np.float64).sum(), square
    return result
