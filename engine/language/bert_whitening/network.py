"""The flow that whitening is compared with, in float64.

Kingma & Dhariwal, *Glow*, arXiv:1807.03039 (actnorm); Dinh, Sohl-Dickstein & Bengio, arXiv:1605.08803 (affine couplings).
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

HIDDEN = 32
LEAST = 1e-6  # the smallest deviation that actnorm divides by: a coordinate may be constant


class Coupling(nn.Module):
    """Actnorm, a fixed permutation, and an affine coupling: half of the coordinates scale and shift the other half."""

    order: Tensor

    def __init__(self, width: int, mean: Tensor, deviation: Tensor, random: torch.Generator) -> None:
        super().__init__()
        self.first = width // 2
        self.scale = nn.Parameter(-deviation.clamp(min=LEAST).log())
        self.shift = nn.Parameter(mean.clone())
        self.register_buffer("order", torch.randperm(width, generator=random))
        weights = torch.randn(self.first, HIDDEN, generator=random, dtype=torch.float64) / math.sqrt(self.first)
        self.inner = nn.Parameter(weights)
        self.bias = nn.Parameter(mean.new_zeros(HIDDEN))
        self.outer = nn.Parameter(mean.new_zeros(HIDDEN, 2 * (width - self.first)))  # zero: at first it changes nothing
        self.end = nn.Parameter(mean.new_zeros(2 * (width - self.first)))

    def told(self, fixed: Tensor) -> tuple[Tensor, Tensor]:
        """Log scales in (-1, 1) and shifts for the moving half, from the fixed one."""
        scale, shift = ((fixed @ self.inner + self.bias).relu() @ self.outer + self.end).chunk(2, -1)
        return scale.tanh(), shift

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """z (rows, d), and ln |det ∂z/∂x| (rows,)."""
        y = ((x - self.shift) * self.scale.exp())[:, self.order]
        fixed, moving = y[:, : self.first], y[:, self.first :]
        scale, shift = self.told(fixed)
        return torch.cat([fixed, moving * scale.exp() + shift], 1), self.scale.sum() + scale.sum(1)

    def inverse(self, z: Tensor) -> Tensor:
        fixed, moved = z[:, : self.first], z[:, self.first :]
        scale, shift = self.told(fixed)
        y = torch.cat([fixed, (moved - shift) * (-scale).exp()], 1)
        return y[:, self.order.argsort()] * (-self.scale).exp() + self.shift


class Matrix(nn.Module):
    """The linear flow z = (x − b)A, which at first only scales every coordinate."""

    def __init__(self, mean: Tensor, deviation: Tensor) -> None:
        super().__init__()
        self.shift = nn.Parameter(mean.clone())
        self.matrix = nn.Parameter(torch.diag(1 / deviation.clamp(min=LEAST)))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return (x - self.shift) @ self.matrix, torch.linalg.slogdet(self.matrix)[1].expand(len(x))

    def inverse(self, z: Tensor) -> Tensor:
        return torch.linalg.solve(self.matrix.T, z.T).T + self.shift


class Flow(nn.Module):
    """An invertible map to a standard normal; depth 0 is the linear one. Its first actnorm standardises the rows x it is made for."""

    def __init__(self, x: Tensor, depth: int, random: torch.Generator) -> None:
        super().__init__()
        mean, deviation = x.mean(0), x.std(0, correction=0)
        plain = torch.zeros_like(mean), torch.ones_like(mean)
        couplings = [Coupling(x.shape[1], *((mean, deviation) if k == 0 else plain), random) for k in range(depth)]
        self.layers = nn.ModuleList(couplings or [Matrix(mean, deviation)])

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """z (rows, d), and ln |det ∂z/∂x| (rows,)."""
        volume = x.new_zeros(len(x))
        for layer in self.layers:
            x, more = layer(x)
            volume = volume + more
        return x, volume

    def inverse(self, z: Tensor) -> Tensor:
        """x (rows, d) of z: a flow can always go back, so it can drop no dimension."""
        for layer in reversed(self.layers):
            z = layer.inverse(z)  # type: ignore[operator]  # a module's attributes have no types
        return z


def nll(z: Tensor, volume: Tensor) -> Tensor:
    """Nats per row that N(0, I) needs for what a flow gives: the mean of |z|²/2 + d/2 ln 2π − ln |det ∂z/∂x|."""
    return (z.square().sum(1) / 2 + z.shape[1] / 2 * math.log(2 * math.pi) - volume).mean()
