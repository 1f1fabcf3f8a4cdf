"""A look along the gradient: how far the loss and its gradient change over the next steps. Nothing of the net is touched.

Santurkar et al., arXiv:1805.11604, section 3.1: the same step η'∇f for every net, not the same distance.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from engine.training.batchnorm.params import PROBES

REACH = np.linspace(0, PROBES[-1], 17)  # η' of the slice that is drawn; the probes are among them
Loss = Callable[[Mapping[str, Tensor]], Tensor]  # of every arm, under given parameters


@dataclass
class Probe:
    """What one arm's looks have shown: the newest one, and sums over all."""

    low: float = math.nan
    high: float = math.nan
    range: float = math.nan
    gradient_norm: float = math.nan
    smoothness: float = math.nan
    slice: np.ndarray = field(default_factory=lambda: np.full(len(REACH), math.nan))
    count: int = 0
    ranges: float = 0.0
    smoothnesses: float = 0.0

    def mean(self, total: float) -> float:
        """Of all looks so far."""
        return total / self.count if self.count else math.nan


def squared(gradients: Mapping[str, Tensor]) -> Tensor:
    """‖∇‖² over all parameters of every arm, (arms,)."""
    return torch.stack([g.square().sum((-1, -2)) for g in gradients.values()]).sum(0)


def along(theta: Mapping[str, Tensor], gradients: Mapping[str, Tensor], rate: float) -> dict[str, Tensor]:
    """θ − η'∇f, as new tensors that take gradients."""
    return {name: (weight.detach() - rate * gradients[name]).requires_grad_() for name, weight in theta.items()}


def look(probes: list[Probe], loss: Loss, theta: Mapping[str, Tensor], gradients: Mapping[str, Tensor]) -> None:
    """Take one look for every arm: losses on the slice, and max ‖∇f(θ − η'∇f) − ∇f(θ)‖/(η'‖∇f‖) over the probes."""
    length = squared(gradients).sqrt()
    rough = torch.zeros_like(length)
    known: dict[float, Tensor] = {}  # η' -> losses there
    for rate in PROBES:
        there = along(theta, gradients, rate)
        known[rate] = loss(there)
        after = torch.autograd.grad(known[rate].sum(), list(there.values()))
        change = {name: g - gradients[name] for name, g in zip(there, after, strict=True)}
        rough = torch.maximum(rough, (squared(change).sqrt() / (rate * length)).nan_to_num(math.inf, math.inf))
    with torch.no_grad():
        each = [known[rate] if rate in known else loss(along(theta, gradients, rate)) for rate in REACH.tolist()]
        heights = torch.stack(each, -1).nan_to_num(math.inf, math.inf)
    at = [0, *(int(np.abs(REACH - rate).argmin()) for rate in PROBES)]
    for arm, probe in enumerate(probes):
        probe.slice = heights[arm].cpu().numpy()
        ends = probe.slice[at]
        probe.low, probe.high = float(ends.min()), float(ends.max())
        probe.range = probe.high - probe.low
        probe.gradient_norm, probe.smoothness = float(length[arm]), float(rough[arm])
        probe.count += 1
        probe.ranges += probe.range
        probe.smoothnesses += probe.smoothness
