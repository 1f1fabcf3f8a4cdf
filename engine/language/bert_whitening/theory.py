"""Whitening in closed form, float64, and how well cosines order pairs. Numbers in brackets are those of the lab's text.

Su Jianlin, kexue.fm/archives/8069 (2021) and 9079 (2022); Kessy, Lewin & Strimmer 2018, arXiv:1512.00809.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.train import ranks

Array = NDArray[np.float64]
RANK = 1e-12  # an eigenvalue below this share of the largest one is rounding
ZERO = 1e-20  # a squared length below this share of their mean is that of a zero vector
DIGITS = 12  # cosines are rounded to these before they are ranked: in one dimension all are 1 or -1, and ties


class Basis(NamedTuple):
    """Where (6) moves the origin to, and the axes of what is left.

    Attributes:
        origin: βμ (d,). directions: U (d, d), a column each, the strongest first.
        eigenvalues: of Σ_β (d,), descending, none below zero. rank: how many of them are more than rounding.
    """

    origin: Array
    directions: Array
    eigenvalues: Array
    rank: int


def moments(x: Array) -> tuple[Array, Array]:
    """μ (d,) and Σ (d, d) of the rows x (N, d), with 1/N: formula (2)."""
    mean = x.mean(0)
    return mean, (x - mean).T @ (x - mean) / len(x)


def basis(mean: Array, covariance: Array, centring: float) -> Basis:
    """Eigenvalues and axes of Σ_β = Σ + (1 − β)² μᵀμ, the mean of (x − βμ)ᵀ(x − βμ): formula (6)."""
    values, vectors = np.linalg.eigh(covariance + (1 - centring) ** 2 * np.outer(mean, mean))
    values = np.maximum(values[::-1], 0.0)
    return Basis(centring * mean, vectors[:, ::-1], values, int((values > RANK * values[0]).sum()))


def whitened(x: Array, axes: Basis, power: float, kept: int) -> Array:
    """(x − βμ) UΛ^(−γ/2), the first columns of it: formula (6), (N, min(kept, rank))."""
    k = min(kept, axes.rank)
    return (x - axes.origin) @ (axes.directions[:, :k] * axes.eigenvalues[:k] ** (-power / 2))


def cosines_by_dimension(left: Array, right: Array) -> Array:
    """Cosines of the rows' first 1, 2 … k coordinates, (P, k); nan where a vector is zero."""
    inner, one, two = (np.cumsum(part, 1) for part in (left * right, left * left, right * right))
    least = ZERO * (one[:, -1].mean() + two[:, -1].mean()) / 2
    with np.errstate(all="ignore"):
        return np.where((one > least) & (two > least), inner / np.sqrt(one * two), np.nan)


def cosines(left: Array, right: Array) -> Array:
    """Cosine of every pair of rows (P,); nan where a vector is zero: formula (1)."""
    inner, one, two = (left * right).sum(1), (left * left).sum(1), (right * right).sum(1)
    least = ZERO * (one.mean() + two.mean()) / 2
    with np.errstate(all="ignore"):
        return np.where((one > least) & (two > least), inner / np.sqrt(one * two), np.nan)


def spearman(scores: Array, truth: Array) -> Array:
    """Rank correlation of every column of cosines (P, k) with truth (P,), (k,); rows that are nan are left out, ties share a rank."""
    return ranks.spearman(np.round(scores, DIGITS), truth)


def mean_cosine(x: Array) -> float:
    """Mean cosine of all pairs of the rows (N, k), each with itself included: the squared length of the mean unit vector."""
    squares = (x * x).sum(1)
    there = squares > ZERO * squares.mean()
    return float(np.square((x[there] / np.sqrt(squares[there])[:, None]).mean(0)).sum()) if there.any() else math.nan


def gaussian_nll(covariance: Array) -> float:
    """Nats per row that the best linear flow needs: d/2 (1 + ln 2π) + ½ ln det Σ, formula (5); nan for a singular Σ."""
    values = np.linalg.eigvalsh(covariance)
    if values[0] <= RANK * values[-1]:
        return math.nan
    return float(len(values) / 2 * (1 + math.log(2 * math.pi)) + np.log(values).sum() / 2)


def composed(embeddings: NDArray[np.floating], sentences: NDArray[np.integer]) -> Array:
    """Sentence vectors (N, d), the means of their words' vectors: embeddings (words, d), sentences (N, length)."""
    return np.asarray(embeddings, np.float64)[sentences].mean(1)
