"""The normal bench: pathwise against score-function gradients of E f(z), z = μ + σε."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.discrete.gumbel_softmax import theory
from engine.discrete.gumbel_softmax.benches import Look, Running, Source
from engine.discrete.gumbel_softmax.params import GumbelSoftmaxParams

OMEGAS = np.geomspace(0.1, 10.0, 13)
SIGMAS = np.geomspace(0.1, 3.0, 13)
NEEDLES = 50
PICTURE = 2000
BATCH = 4000


def gradients(wave: str, epsilon: np.ndarray, omega: Any, mu: float, sigma: Any) -> tuple[np.ndarray, np.ndarray]:
    """Draws of d/dμ E f(μ + σε): (5) pathwise f'(z), and (4) score function f(z) ε/σ.

    epsilon broadcasts against omega and sigma, which may be arrays.
    """
    z = mu + sigma * epsilon
    if wave == "cosine":
        return -omega * np.sin(omega * z), np.cos(omega * z) * epsilon / sigma
    if wave == "square":
        return 2 * z, z * z * epsilon / sigma
    return np.zeros_like(z), (z > 0) * epsilon / sigma


class NormalBench:
    """Running moments of both gradients on a grid of frequencies (cosine) or widths (square, step), and at the present values."""

    def __init__(self, params: GumbelSoftmaxParams, picture: Source, loop: Source) -> None:
        self.loop = loop
        self.start = picture.normal(PICTURE)
        self.running = Running(
            lambda params: (params.wave, params.mu, params.sigma, params.omega),
            lambda params: _sums(_on_grid(params, self.start)),
        )

    def draw(self, params: GumbelSoftmaxParams) -> None:
        self.epsilon = self.loop.normal(BATCH)

    def forward(self, params: GumbelSoftmaxParams) -> None:
        self.draws = _on_grid(params, self.epsilon)

    def estimate(self, params: GumbelSoftmaxParams) -> None:
        self.batch = _sums(self.draws)

    def update(self, params: GumbelSoftmaxParams) -> None:
        self.running.add(params, self.batch)

    def observe(self, params: GumbelSoftmaxParams) -> Look:
        count, total, square = self.running.under(params)
        mean = total / count
        variance = np.maximum(square / count - mean**2, 0) * count / (count - 1)
        scalars = {"draws": float(count[0, 0])}
        for what, values in (("mean", mean), ("variance", variance)):
            scalars |= {f"path_{what}": float(values[0, -1]), f"score_{what}": float(values[1, -1])}
        needles = gradients(params.wave, self.start[:NEEDLES], params.omega, params.mu, params.sigma)
        return scalars, {
            "normal_grid": (OMEGAS if params.wave == "cosine" else SIGMAS).astype(np.float32),
            "normal_variance": variance[:, :-1].astype(np.float32),
            "needles": np.stack(needles).astype(np.float32),
        }


def _on_grid(params: GumbelSoftmaxParams, epsilon: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Draws (n, 13 + 1) of both gradients: on the grid, and at the present values in the last column."""
    omega: Any = np.float32(params.omega)
    sigma: Any = np.float32(params.sigma)
    if params.wave == "cosine":
        omega = np.r_[OMEGAS, params.omega].astype(np.float32)
    else:
        sigma = np.r_[SIGMAS, params.sigma].astype(np.float32)
    return gradients(params.wave, epsilon[:, None], omega, params.mu, sigma)


def _sums(both: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """Numbers, sums and sums of squares of both gradients, (3, method, column)."""
    return np.stack(
        [[np.full(d.shape[1], len(d)), d.sum(0, dtype=np.float64), (d * d).sum(0, dtype=np.float64)] for d in both], 1
    )


def predicted_variances(params: GumbelSoftmaxParams, grid: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(pathwise, score function) of (6), (7) or the step, on a grid of ω (cosine) or σ."""
    if params.wave == "cosine":
        return theory.cosine_variances(grid, params.mu, params.sigma)
    return theory.square_variances(params.mu, grid) if params.wave == "square" else theory.step_variances(params.mu, grid)


def predicted_gradient(params: GumbelSoftmaxParams) -> float:
    """The true d/dμ at the present values."""
    if params.wave == "cosine":
        return float(theory.cosine_gradient(params.omega, params.mu, params.sigma))
    return 2 * params.mu if params.wave == "square" else float(theory.step_gradient(params.mu, params.sigma))


def present(params: GumbelSoftmaxParams) -> float:
    """The present value on the bench's axis: ω for the cosine, σ else."""
    return params.omega if params.wave == "cosine" else params.sigma
