"""Scores that depend on the distance between query and key alone."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional


def skew(columns: Tensor) -> Tensor:
    """(..., T, 2L - 1) with column c for key - query = c - (L - 1) into (..., T query, L key), for the last T queries."""
    rows, length = columns.shape[-2], (columns.shape[-1] + 1) // 2
    if length == 1:
        return columns
    flat = columns.flatten(-2).narrow(-1, rows - 1, rows * (2 * length - 2))
    return flat.unflatten(-1, (rows, 2 * length - 2))[..., :length]


def unskew(weights: Tensor) -> Tensor:
    """The inverse of `skew`: (..., T query, L key) into (..., T, 2L - 1), zero where there is no such key."""
    rows, length = weights.shape[-2:]
    if length == 1:
        return weights
    flat = functional.pad(weights, (0, length - 2)).flatten(-2)
    return functional.pad(flat, (rows - 1, 1)).unflatten(-1, (rows, 2 * length - 1))
