"""First weights of the attention labs' small networks, each from an explicit generator."""

from __future__ import annotations

import math

import torch
from torch import nn


def drawn(generator: torch.Generator, *size: int, scale: float = 1.0, mean: float = 0.0) -> nn.Parameter:
    """A parameter from a normal distribution."""
    return nn.Parameter(mean + scale * torch.randn(*size, generator=generator))


def uniform(generator: torch.Generator, *size: int, fan_in: int) -> nn.Parameter:
    """A parameter from the distribution torch gives a linear layer: uniform within 1 / sqrt(fan_in)."""
    bound = 1 / math.sqrt(fan_in)
    return nn.Parameter((2 * torch.rand(*size, generator=generator) - 1) * bound)
