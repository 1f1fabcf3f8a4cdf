"""What the encoder and the decoder are made of, and the KL between them."""

from __future__ import annotations

import torch
from torch import Tensor

Layer = tuple[Tensor, Tensor]


def perceptron(x: Tensor, layers: list[Layer]) -> Tensor:
    """x (..., inputs) through layers with tanh between them, linear at the end."""
    for weight, bias in layers[:-1]:
        x = torch.tanh(x @ weight + bias)
    return x @ layers[-1][0] + layers[-1][1]


def kl(mean: Tensor, log_variance: Tensor) -> Tensor:
    """KL(N(mean, exp(log_variance)) || N(0, 1)) per latent (4), in nats."""
    return 0.5 * (mean.square() + log_variance.exp() - log_variance - 1)
