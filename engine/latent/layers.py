"""Fully connected layers of several networks at once: a leading axis on every weight, one entry for each arm."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.nn.functional import silu

Layer = tuple[Tensor, Tensor]


def layer(arms: int, inputs: int, outputs: int, init: torch.Generator, device: torch.device) -> Layer:
    """Weights (arms, inputs, outputs) and biases (arms, 1, outputs), for all arms alike: uniform within 1 / sqrt(inputs), torch's own default."""
    bound = inputs**-0.5
    tensors = [(torch.rand(1, rows, outputs, generator=init) * 2 - 1) * bound for rows in (inputs, 1)]
    weight, bias = (t.expand(arms, -1, -1).clone().to(device).requires_grad_() for t in tensors)
    return weight, bias


def perceptron(x: Tensor, layers: Sequence[Layer], unit: Callable[[Tensor], Tensor] = silu) -> Tensor:
    """All arms at once: x (arms, n, inputs) through layers with units between them, linear at the end."""
    for weight, bias in layers[:-1]:
        x = unit(torch.baddbmm(bias, x, weight))
    return torch.baddbmm(layers[-1][1], x, layers[-1][0])
