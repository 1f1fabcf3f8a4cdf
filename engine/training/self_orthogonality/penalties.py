"""The penalties, differentiable; a leading axis of arms passes through."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional


def estimate(outputs: Tensor, sharpness: Tensor | float) -> Tensor:
    """(4): ϑ̂ (..., k, k) of outputs y (..., b, k), before any bias: Âᵀ Â with A = tanh(γy) and every column divided by its length.

    For exact signs that length is √b, so that dividing by it is the mean over the batch (kexue.fm/archives/7169).
    """
    return products(torch.tanh(sharpness * outputs))


def exact(outputs: Tensor) -> Tensor:
    """ϑ̂ of exact signs; that of 0 is −1, as in the article."""
    return products(torch.where(outputs > 0, 1.0, -1.0).to(outputs.dtype))


def products(activated: Tensor) -> Tensor:
    """Inner products (..., k, k) of columns (..., b, k) that were divided by their lengths; one that is zero stays zero."""
    unit = functional.normalize(activated, dim=-2)
    return unit.mT @ unit


def off_diagonal(matrix: Tensor) -> Tensor:
    """A matrix (..., k, k) with zeros on its diagonal."""
    return matrix * (1 - torch.eye(matrix.shape[-1], dtype=matrix.dtype, device=matrix.device))


def mean_and_square(theta: Tensor) -> tuple[Tensor, Tensor]:
    """Means of ϑ and of ϑ² over the k(k − 1) ordered pairs, (...)."""
    count = theta.shape[-1] * (theta.shape[-1] - 1)
    away = off_diagonal(theta)
    return away.sum((-1, -2)) / count, away.square().sum((-1, -2)) / count


def self_orthogonality(theta: Tensor, lambda1: Tensor | float, lambda2: Tensor | float) -> Tensor:
    """(3) of ϑ̂ (..., k, k): λ₁ (mean ϑ̂)² + λ₂ mean ϑ̂²."""
    mean, square = mean_and_square(theta)
    return lambda1 * mean.square() + lambda2 * square


def frobenius(w: Tensor) -> Tensor:
    """R_F of (1): ‖WᵀW − I‖² of w (..., d, k); wants the lengths to be 1, too."""
    gram = w.mT @ w
    return (gram - torch.eye(gram.shape[-1], dtype=w.dtype, device=w.device)).square().sum((-1, -2))


def off(w: Tensor) -> Tensor:
    """R_off of (1): the same without the diagonal (BigGAN, arXiv:1809.11096)."""
    return off_diagonal(w.mT @ w).square().sum((-1, -2))
