"""Closed forms: signs and angles, what noise leaves, what fits into a plane; and the digits as the filters see them. Float64 numpy.

Numbers in brackets are those of the explanation. Sources: kexue.fm/archives/7169; Zhang et al., arXiv:2001.01275.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from engine.data.sets.digits import shuffled_digits

Array = np.ndarray
TRAINED = 1400  # of the digits, in their shuffled order; the other 397 are tested
LEAST = 1e-10  # of the largest variance: directions with less are constant


def variances(anisotropy: float, dims: int) -> Array:
    """Diagonal of Σ, (dims,): geometric from `anisotropy` down to 1, divided by their mean."""
    values = np.geomspace(anisotropy, 1.0, dims)
    return np.asarray(values / values.mean())


def correlations(w: Array, covariance: Array | None = None) -> Array:
    """ρ of (5), (k, k), of filters w (d, k): their cosines where no covariance (d, d), or its diagonal (d,), is given.

    A filter without an output (zero, or in the covariance's null space) is at right angles to all.
    """
    seen = w if covariance is None else covariance @ w if covariance.ndim == 2 else covariance[:, None] * w
    products = w.T @ seen
    lengths = np.sqrt(np.maximum(np.diag(products), 0.0))
    scale = np.outer(lengths, lengths)
    rho = np.clip(np.divide(products, scale, out=np.zeros_like(products), where=scale > 0), -1.0, 1.0)
    np.fill_diagonal(rho, 1.0)  # not off by a rounding error, of which arccos would make a hundred millionth
    return np.asarray(rho)


def angles(w: Array, covariance: Array | None = None) -> Array:
    """Angles between the filters in degrees, (k, k), in Euclid's sense or in that of a covariance."""
    return np.asarray(np.degrees(np.arccos(correlations(w, covariance))))


def pairs(matrix: Array) -> Array:
    """The entries above the diagonal: one for each pair."""
    return np.asarray(matrix[np.triu_indices(len(matrix), 1)])


def signs_of_angle(degrees: Array) -> Array:
    """(2): ϑ = 1 − 2θ/π for inputs whose directions are evenly spread (Charikar 2002)."""
    return np.asarray(1 - np.asarray(degrees) / 90.0)


def signs_of_correlation(rho: Array) -> Array:
    """(5): ϑ = (2/π) arcsin ρ for centred Gaussian outputs (the arcsine law)."""
    return np.asarray(2 / np.pi * np.arcsin(rho))


def noise_floor(lambda1: float, lambda2: float, batch: int, filters: int) -> float:
    """(7): what (3) is on average for independent centred outputs: every ϑ̂² is 1/b, and different pairs are uncorrelated."""
    return (lambda2 + lambda1 * 2 / (filters * (filters - 1))) / batch


def three_in_a_plane(lambda1: float, lambda2: float) -> float:
    """(6): u of the best (ϑ) = (u, u, 2u − 1) of three filters in two dimensions."""
    return (2 * lambda1 + 3 * lambda2) / (8 * lambda1 + 9 * lambda2)


def welch(filters: int, dims: int) -> float:
    """(8): the least that Σ cos² over ordered pairs can be, where there are more filters than dimensions (Welch 1974)."""
    return filters**2 / dims - filters


@dataclass(frozen=True)
class Pixels:
    """The digits after preprocessing x = (pixels − centre) @ map: rows for training and testing, labels, Σ of the former."""

    x: Array
    labels: Array
    test_x: Array
    test_labels: Array
    centre: Array
    map: Array
    covariance: Array


@cache
def pixels(kind: str) -> Pixels:
    """The digits raw, centred, standardised or whitened, by the moments of the training rows."""
    pictures, labels = shuffled_digits()
    train = pictures[:TRAINED]
    centre = np.zeros(train.shape[1]) if kind == "raw" else train.mean(0)
    linear = np.eye(train.shape[1])
    if kind == "standardised":
        deviation = train.std(0)
        linear = np.diag(np.divide(1.0, deviation, out=np.zeros_like(deviation), where=deviation > 0))
    if kind == "whitened":
        values, directions = np.linalg.eigh(np.cov(train.T, bias=True))
        lively = values > LEAST * values[-1]  # three pixels never change
        linear = directions * np.where(lively, 1 / np.sqrt(np.where(lively, values, 1.0)), 0.0)
    x = (pictures - centre) @ linear
    covariance = np.cov(x[:TRAINED].T, bias=True)
    return Pixels(x[:TRAINED], labels[:TRAINED], x[TRAINED:], labels[TRAINED:], centre, linear, covariance)
