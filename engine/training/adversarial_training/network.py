"""The networks of the three benches: small perceptrons, and one under an embedding matrix; all arms at once."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from engine.training.adversarial_training.params import EMBEDDING, TOKENS, VOCABULARY
from engine.training.classifier import cross_entropies, he_normal

Theta = Mapping[str, Tensor]  # the parameters, by name: (arms, inputs, outputs) each, biases (arms, 1, outputs)
Losses = Callable[[Tensor], Tensor]  # of inputs (arms or 1, n, d): the loss of every sample in nats, (arms, n)

WIDTHS = {"moons": (2, 32, 32, 2), "digits": (64, 64, 10), "embedding": (EMBEDDING, 32, 3)}


def begin(bench: str, arms: int, random: torch.Generator, device: torch.device) -> dict[str, Tensor]:
    """The first parameters, alike in all arms: normal weights of variance 1/inputs before tanh, 2/inputs before ReLU."""
    widths = WIDTHS[bench]
    scale = 1.0 if bench == "digits" else math.sqrt(0.5)
    theta: dict[str, Tensor] = {}
    if bench == "embedding":
        theta["e"] = he_normal(arms, VOCABULARY, EMBEDDING, random, device, math.sqrt(VOCABULARY / 2) / math.sqrt(EMBEDDING))
    for k, (inputs, outputs) in enumerate(itertools.pairwise(widths), start=1):
        theta[f"w{k}"] = he_normal(arms, inputs, outputs, random, device, scale)
        theta[f"b{k}"] = torch.zeros(arms, 1, outputs, dtype=torch.float64, device=device, requires_grad=True)
    return theta


def forward(bench: str, theta: Theta, x: Tensor) -> Tensor:
    """Logits (arms, n, classes) of inputs (arms or 1, n, d). A text's d = 96 numbers are the vectors of its six tokens."""
    layers = len(WIDTHS[bench]) - 1
    h = x.unflatten(-1, (TOKENS, EMBEDDING)).mean(-2) if bench == "embedding" else x
    for k in range(1, layers + 1):
        h = h @ theta[f"w{k}"] + theta[f"b{k}"]
        if k < layers:
            h = h.relu() if bench == "digits" else h.tanh()
    return h


def looked_up(matrix: Tensor, tokens: Tensor) -> Tensor:
    """The vectors (arms, n, 6·16) of texts (n, 6) in embedding matrices (arms, 60, 16)."""
    return matrix[:, tokens].flatten(-2)


def losses_of(bench: str, theta: Theta, labels: Tensor) -> Losses:
    """The loss of every sample as a function of the inputs."""
    return lambda x: cross_entropies(forward(bench, theta, x), labels)


def loss_of_matrix(theta: Theta, tokens: Tensor, labels: Tensor) -> Losses:
    """The mean loss of all texts as a function of the embedding matrix, which counts as one sample: (arms, 1, 60·16) to (arms, 1)."""
    each = losses_of("embedding", theta, labels)
    return lambda flat: each(looked_up(flat.unflatten(-1, (VOCABULARY, EMBEDDING)).squeeze(1), tokens)).mean(-1, keepdim=True)
