"""What the labs of this group train: small classifiers of handwritten digits, several arms at once, in float64.

A leading axis of every weight counts the arms: they begin alike, see the same batches, and are one model.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from engine.data.sets.digits import digits

TRAINED, CLASSES = 1400, 10  # the first rows of the file are trained on, the others tested


@dataclass(frozen=True)
class Split:
    """Pictures (n, 64) with pixels in [0, 1], not centred, and labels (n,): for training and for testing."""

    x: Tensor
    labels: Tensor
    test_x: Tensor
    test_labels: Tensor


def split(device: torch.device) -> Split:
    """The digits in their file's order: rows 0 to 1399, and 1400 to 1796."""
    pictures, labels = (torch.from_numpy(part).to(device) for part in digits())
    return Split(pictures[:TRAINED], labels[:TRAINED], pictures[TRAINED:], labels[TRAINED:])


def batch(count: int, size: int, random: torch.Generator) -> Tensor:
    """Rows (size,) of one batch: all different."""
    return torch.randperm(count, generator=random)[:size]


def he_normal(
    arms: int, inputs: int, outputs: int, random: torch.Generator, device: torch.device, scale: float = 1.0
) -> Tensor:
    """Weights (arms, inputs, outputs), alike in all arms: normal with variance scale² 2/inputs (He et al., arXiv:1502.01852)."""
    drawn = torch.randn(1, inputs, outputs, generator=random, dtype=torch.float64) * (scale * math.sqrt(2 / inputs))
    return drawn.repeat(arms, 1, 1).to(device).requires_grad_()


def cross_entropies(logits: Tensor, labels: Tensor) -> Tensor:
    """Loss of every row in nats, (arms, n), of logits (arms, n, classes) and labels (n,)."""
    return functional.cross_entropy(logits.mT, labels.expand(len(logits), -1), reduction="none")


def cross_entropy(logits: Tensor, labels: Tensor) -> Tensor:
    """Mean loss of every arm in nats, (arms,), of logits (arms, n, classes) and labels (n,)."""
    return cross_entropies(logits, labels).mean(-1)


def accuracy(logits: Tensor, labels: Tensor) -> Tensor:
    """Share of right answers of every arm, (arms,)."""
    return (logits.argmax(-1) == labels).double().mean(-1)
