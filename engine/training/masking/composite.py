"""A layer made of layers, y = g(f(x W₁ + b₁) W₂ + b₂), and a classifier of digits with it.

The two inner layers are reused, not written anew. In a plain list the network runs with them, yet does not know that they are its own.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from engine.data.sets.digits import digits
from engine.training.classifier import CLASSES, Split
from engine.training.masking.network import uniform
from engine.training.masking.params import TESTED

PIXELS = 64


class Dense(nn.Module):
    """x W + b."""

    def __init__(self, random: torch.Generator, inputs: int, outputs: int) -> None:
        super().__init__()
        self.w, self.b = uniform(random, inputs, outputs, fan_in=inputs), uniform(random, outputs, fan_in=inputs)

    def forward(self, x: Tensor) -> Tensor:
        return x @ self.w + self.b


class Composite(nn.Module):
    """Two dense layers in one, each followed by a rectifier."""

    def __init__(self, random: torch.Generator, registered: bool) -> None:
        super().__init__()
        inner = [Dense(random, PIXELS, PIXELS), Dense(random, PIXELS, PIXELS)]
        self.inner = nn.ModuleList(inner) if registered else inner  # the whole difference

    def forward(self, x: Tensor) -> Tensor:
        for dense in self.inner:
            x = dense(x).relu()
        return x


class Classifier(nn.Module):
    """64-64-64-10."""

    def __init__(self, random: torch.Generator, registered: bool) -> None:
        super().__init__()
        self.composite = Composite(random, registered)
        self.head = Dense(random, PIXELS, CLASSES)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.composite(x))

    @property
    def tensors(self) -> list[Tensor]:
        """All six that it computes with, whether the optimiser knows them or not: W and b of each layer."""
        return [tensor for dense in (*self.composite.inner, self.head) for tensor in (dense.w, dense.b)]


def split(random: torch.Generator, device: torch.device) -> Split:
    """The digits in another order than their file's, whose last rows other hands wrote: there this classifier stays below 0.92."""
    pictures, labels = digits()
    order = torch.randperm(len(labels), generator=random).numpy()
    x, y = torch.from_numpy(pictures[order]).float().to(device), torch.from_numpy(labels[order]).to(device)
    return Split(x[TESTED:], y[TESTED:], x[:TESTED], y[:TESTED])
