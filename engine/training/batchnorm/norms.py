"""The normalisers of this lab, as functions of y (arms, n, units), and the running moments that they use in tests.

Sources: Ioffe & Szegedy, arXiv:1502.03167; Ba, Kiros & Hinton, arXiv:1607.06450; kexue.fm/archives/6992.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from engine.training.normalisation import EPSILON

MOMENTUM = 0.1  # share of the newest batch in the running moments


class Moments(NamedTuple):
    """Over the rows, each (arms, 1, units): mean, biased variance, mean square."""

    mean: Tensor
    variance: Tensor
    square: Tensor


def moments(y: Tensor) -> Moments:
    """The moments of a batch (arms, n, units)."""
    mean = y.mean(-2, keepdim=True)
    variance = (y - mean).square().mean(-2, keepdim=True)
    return Moments(mean, variance, variance + mean.square())


def normalise(
    kind: str, y: Tensor, gain: Tensor, shift: Tensor, known: Moments | None = None, epsilon: float = EPSILON
) -> Tensor:
    """z = γ ŷ + β, (arms, n, units), with the batch's own moments, or with `known` ones. "centre" has no γ, "none" neither.

    Args:
        gain, shift: γ and β, (arms, 1, units).
    """
    if kind == "none":
        return y
    if kind == "ln":  # over the units of one row
        away = y - y.mean(-1, keepdim=True)
        return gain * away * (away.square().mean(-1, keepdim=True) + epsilon).rsqrt() + shift
    m = known or moments(y)
    if kind == "centre":
        return y - m.mean + shift
    if kind == "scale":
        return gain * y * (m.variance + epsilon).rsqrt() + shift
    if kind == "rms":
        return gain * y * (m.square + epsilon).rsqrt() + shift
    return gain * (y - m.mean) * (m.variance + epsilon).rsqrt() + shift


def running(before: Moments, y: Tensor) -> Moments:
    """Running moments after one more batch. As in torch the variance that is kept is the unbiased one."""
    now, n = moments(y), y.shape[-2]
    fresh = Moments(now.mean, now.variance * (n / (n - 1)), now.square)
    return Moments(*(torch.lerp(old, new, MOMENTUM) for old, new in zip(before, fresh, strict=True)))


class Noise(NamedTuple):
    """Noise of one layer in one step: mean and deviation of every unit (1, 1, units), and what each row draws (1, n, units)."""

    mean: Tensor
    deviation: Tensor
    drawn: Tensor

    def added(self, z: Tensor, size: Tensor) -> Tensor:
        """z (arms, n, units) with noise of these sizes (arms, 1, 1)."""
        return z + size * (self.mean + self.deviation * self.drawn)


def noise(n: int, units: int, random: torch.Generator, device: torch.device) -> Noise:
    """Whose mean is N(0, 1) and whose deviation is |N(0, 1)|, another one for every unit and step (arXiv:1805.11604, section 2.2)."""
    parts = [torch.randn(1, rows, units, generator=random, dtype=torch.float64).to(device) for rows in (1, 1, n)]
    return Noise(parts[0], parts[1].abs(), parts[2])
