"""What the labs of this group share about batch normalisation, written by hand. Float64 numpy."""

from __future__ import annotations

import numpy as np

Array = np.ndarray
EPSILON = 1e-5  # inside the root, as in torch


def standardise(y: Array, epsilon: float = EPSILON) -> tuple[Array, Array]:
    """ŷ = (y − μ)/σ and σ (..., 1, units) of y (..., m, units), over its m rows."""
    away = y - y.mean(-2, keepdims=True)
    deviation = np.sqrt(np.square(away).mean(-2, keepdims=True) + epsilon)
    return away / deviation, deviation


def backward(y: Array, g: Array, gain: Array | float = 1.0, epsilon: float = EPSILON) -> Array:
    """∂L/∂y of z = γŷ + β from G = ∂L/∂z, both (..., m, units): γ/σ (G − mean G − ŷ mean ŷG), means over the m rows.

    Ioffe & Szegedy, arXiv:1502.03167; kexue.fm/archives/6992.
    """
    hat, deviation = standardise(y, epsilon)
    return np.asarray(gain / deviation * (g - g.mean(-2, keepdims=True) - hat * (hat * g).mean(-2, keepdims=True)))
