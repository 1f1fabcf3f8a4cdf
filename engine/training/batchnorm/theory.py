"""Closed forms: what BN's backward pass removes, the inequality behind every step size, and the exact twin. Float64 numpy.

Numbers in brackets are those of the explanation. Sources: kexue.fm/archives/6992; Santurkar et al., arXiv:1805.11604.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from engine.data.sets.digits import digits

Array = np.ndarray
ROWS = 1400  # of the digits that are trained on
TINY = 1e-8  # beside the deviation: three pixels never change


def parts(y: Array, g: Array) -> Array:
    """(4): shares of ‖G‖² along 1, along ŷ, and elsewhere, (3, units); y and G (m, units). nan where G is zero."""
    away = y - y.mean(0)
    with np.errstate(all="ignore"):
        hat = away / np.sqrt((away * away).sum(0))
        whole = (g * g).sum(0)
        along = np.stack([g.sum(0) ** 2 / len(g), np.nan_to_num((hat * g).sum(0)) ** 2]) / whole
    return np.concatenate([along, 1 - along.sum(0, keepdims=True)])


def bound(loss: float, squared_gradient: float, rate: Array, curvature: float) -> Array:
    """(1) for Δ = −η∇f: f + (Lη²/2 − η)‖∇f‖²."""
    return np.asarray(loss + (curvature * rate**2 / 2 - rate) * squared_gradient)


def twin_data(kind: str, shift: float = 0.0) -> tuple[Array, Array]:
    """X (1400, 64), raw, centred or standardised after the shift, and one-hot Y (1400, 10)."""
    pictures, labels = digits()
    x = pictures[:ROWS] + shift
    if kind != "raw":
        x = x - x.mean(0)
    if kind == "standardised":
        x = x / (x.std(0) + TINY)
    return x, np.eye(10)[labels[:ROWS]]


class Twin:
    """Linear regression ‖XW − Y‖²/(2N): everything that its gradient descent depends on."""

    def __init__(self, x: Array, y: Array) -> None:
        self.n = len(x)
        self.gram, self.cross = x.T @ x / self.n, x.T @ y / self.n
        self.constant = float((y * y).sum() / (2 * self.n))  # the loss at W = 0
        self.eigenvalues, self.directions = np.linalg.eigh(self.gram)  # rising
        self.eigenvalues = np.maximum(self.eigenvalues, 0.0)
        self.best = np.linalg.pinv(self.gram, rcond=1e-12, hermitian=True) @ self.cross
        self.floor = self.loss(self.best)

    @property
    def curvature(self) -> float:
        """L = λmax of XᵀX/N (5)."""
        return float(self.eigenvalues[-1])

    @property
    def second_moment(self) -> float:
        """T = Σ E[x²], which is at least λmax."""
        return float(np.trace(self.gram))

    def loss(self, w: Array) -> float:
        with np.errstate(all="ignore"):
            return float((w * (self.gram @ w)).sum() / 2 - (w * self.cross).sum() + self.constant)

    def excess(self, w: Array) -> Array:
        """How much of the loss above its least value lies in every eigendirection, (64,): λ‖vᵀ(W − W*)‖²/2, rising λ."""
        with np.errstate(all="ignore"):
            return np.asarray(self.eigenvalues * np.square(self.directions.T @ (w - self.best)).sum(1) / 2)

    def condition(self, least: float = 1e-10) -> float:
        """λmax over the smallest eigenvalue that is not zero."""
        return float(self.curvature / self.eigenvalues[self.eigenvalues > least * self.curvature].min())


@cache
def twin(kind: str, shift: float = 0.0) -> Twin:
    """The twin of an input."""
    return Twin(*twin_data(kind, shift))


def factors(eigenvalues: Array, rate: float) -> Array:
    """(6): what one step of rate η multiplies the error along every eigendirection with."""
    return 1 - rate * eigenvalues
