"""Gated dilated convolutions (DGCNN): the reader of two labs.

Su (2018), kexue.fm/archives/5409, equations (1)–(5); Dauphin et al., arXiv:1612.08083; Srivastava et al., arXiv:1505.00387.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.core.model import drawn
from engine.language.dilation import KERNEL

Block = Literal["residual", "highway"]


def gate(
    x: Tensor, weight: Tensor, bias: Tensor, rate: int, block: Block = "residual", stretch: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """One gated layer, and its gates g = σ(Conv₂(X) ⊗ stretch): x, result and gates (n, d, L).

    weight (2d, d, 3) and bias (2d) hold Conv₁, then Conv₂. "residual" is (2), X + Conv₁(X) ⊗ g; "highway" is (3),
    X ⊗ (1 − g) + Conv₁(X) ⊗ g: the same family, as Conv₁(X) − X is Conv₁ less 1 in the centre tap.
    """
    told, opened = functional.conv1d(x, weight, bias, padding="same", dilation=rate).chunk(2, 1)
    g = torch.sigmoid(opened if stretch is None else opened * stretch)
    return x + (told if block == "residual" else told - x) * g, g


def as_highway(weight: Tensor) -> Tensor:
    """The weight (2d, d, 3) with which (3) computes what (2) does with this one: W₁ + δ_centre I."""
    shifted, width = weight.clone(), weight.shape[1]
    shifted[:width, :, KERNEL // 2] += torch.eye(width, dtype=weight.dtype)
    return shifted


class Gated(nn.Module):
    """Stacked gated layers. Both halves start with standard deviation 1/√(3d): with less, five layers pass nothing on."""

    def __init__(self, random: torch.Generator, width: int, rates: Sequence[int], block: Block = "residual") -> None:
        super().__init__()
        self.rates, self.block = tuple(rates), block
        self.weights = nn.ParameterList(
            drawn(random, 2 * width, width, KERNEL, scale=1 / math.sqrt(KERNEL * width)) for _ in rates
        )
        self.biases = nn.ParameterList(nn.Parameter(torch.zeros(2 * width)) for _ in rates)

    def forward(self, x: Tensor, real: Tensor | None = None, stretch: Sequence[Tensor] | None = None) -> Tensor:
        """x (n, L, d) after all layers; `real` (n, L) says where there is text: the rest stays 0, as beyond the ends."""
        return self.explain(x, real, stretch)[0]

    def explain(
        self, x: Tensor, real: Tensor | None = None, stretch: Sequence[Tensor] | None = None
    ) -> tuple[Tensor, list[Tensor]]:
        """The same, and each layer's gates (n, L, d). `stretch`: a factor (n, d, L) of each layer's Conv₂ (gate noise)."""
        kept = None if real is None else real[:, None].to(x.dtype)
        x, gates = x.mT if kept is None else x.mT * kept, []
        for number, (weight, bias, rate) in enumerate(zip(self.weights, self.biases, self.rates, strict=True)):
            x, g = gate(x, weight, bias, rate, self.block, stretch[number] if stretch is not None else None)
            x = x if kept is None else x * kept  # else the bias of this layer would be read beyond the text by the next
            gates.append(g.mT)
        return x.mT, gates


class Pool(nn.Module):
    """A sequence as one vector: Enc(x) = Σ λᵢ xᵢ, λ = softmax(αᵀ tanh(W xᵢ)) over what is real (5)."""

    def __init__(self, random: torch.Generator, width: int) -> None:
        super().__init__()
        self.weight = drawn(random, width, width, scale=1 / math.sqrt(width))
        self.alpha = drawn(random, width, scale=1 / math.sqrt(width))

    def forward(self, x: Tensor, real: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Enc(x) (n, d) and λ (n, L) of x (n, L, d); `real` (n, L) as in `Gated`. Each row needs a real position."""
        told = torch.tanh(x @ self.weight) @ self.alpha
        share = torch.softmax(told if real is None else told.masked_fill(~real, -math.inf), -1)
        return (share[..., None, :] @ x).squeeze(-2), share


def measured_field(layers: Gated, random: torch.Generator, length: int = 81) -> int:
    """Positions of a random input with a gradient to the middle output: what (4) computes, measured (81 holds Σ rᵢ ≤ 40)."""
    x = torch.randn(1, length, layers.weights[0].shape[1], generator=random, requires_grad=True)
    (slope,) = torch.autograd.grad(layers(x)[0, length // 2].sum(), x)
    return int((slope[0] != 0).any(-1).sum())
