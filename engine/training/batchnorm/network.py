"""The net: [linear, normaliser, ReLU] or [normaliser, linear, ReLU] several times, then a linear layer; all arms at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from engine.training.batchnorm.norms import Moments, Noise, normalise, running
from engine.training.batchnorm.params import PIXELS, WIDTH, BatchNormParams
from engine.training.classifier import CLASSES, he_normal

Theta = Mapping[str, Tensor]  # the parameters, by name: (arms, ..., units) each
Tap = tuple[Tensor, Tensor]  # of one normaliser: in and out


class Net:
    """Parameters `theta` with a leading axis of arms, and the running moments of every normaliser.

    A linear map has a bias unless a normaliser follows at once, which would take it away (or has one of its own).
    """

    def __init__(self, arms: int, p: BatchNormParams, random: torch.Generator, device: torch.device) -> None:
        self.kind, self.depth = p.normaliser, p.depth
        self.before_linear = p.placement == "before_linear" and p.normaliser != "none"
        self.theta: dict[str, Tensor] = {}
        sizes = [PIXELS, *[WIDTH] * p.depth]

        def constant(name: str, units: int, value: float) -> None:
            self.theta[name] = torch.full((arms, 1, units), value, dtype=torch.float64, device=device, requires_grad=True)

        for k in range(p.depth):
            self.theta[f"w{k}"] = he_normal(arms, sizes[k], WIDTH, random, device, p.init_scale)
            if self.kind == "none" or self.before_linear:
                constant(f"b{k}", WIDTH, 0.0)
            units = sizes[k] if self.before_linear else WIDTH
            if self.kind not in ("none", "centre"):
                constant(f"gain{k}", units, 1.0)
            if self.kind != "none":
                constant(f"shift{k}", units, 0.0)
        self.theta["w_out"] = he_normal(arms, sizes[-1], CLASSES, random, device, p.init_scale)
        constant("b_out", CLASSES, 0.0)
        flat = torch.zeros(arms, 1, WIDTH, dtype=torch.float64, device=device)
        self.running = [Moments(flat, flat + 1, flat + 1) for _ in range(p.depth)]
        self.one = torch.ones((), dtype=torch.float64, device=device)

    def forward(
        self,
        theta: Theta,
        x: Tensor,
        *,
        known: Sequence[Moments] = (),
        noise: Sequence[Noise] = (),
        size: Tensor | None = None,
        taps: list[Tap] | None = None,
    ) -> Tensor:
        """Logits (arms, n, classes) of pictures (arms or 1, n, 64) under parameters that need not be the net's own.

        Args:
            known: moments of every normaliser, for tests; the batch's own where there are none.
            noise, size: noise after every normaliser, and how much of it each arm gets, (arms, 1, 1).
            taps: takes in what goes into every normaliser, and what comes out.
        """

        def linear(h: Tensor, k: int) -> Tensor:
            product = h @ theta[f"w{k}"]
            return product + theta[f"b{k}"] if f"b{k}" in theta else product

        def norm(h: Tensor, k: int) -> Tensor:
            gain, shift = (theta.get(f"{name}{k}", self.one) for name in ("gain", "shift"))
            z = normalise(self.kind, h, gain, shift, known[k] if known else None)
            if taps is not None:
                taps.append((h, z))
            return noise[k].added(z, size) if noise and size is not None else z

        h = x
        for k in range(self.depth):
            h = linear(norm(h, k), k).relu() if self.before_linear else norm(linear(h, k), k).relu()
        return h @ theta["w_out"] + theta["b_out"]

    def remember(self, taps: Sequence[Tap]) -> None:
        """Take one batch into the running moments."""
        with torch.no_grad():
            self.running = [running(before, tap[0]) for before, tap in zip(self.running, taps, strict=True)]

    def arm(self, number: int) -> tuple[Theta, list[Moments]]:
        """Parameters and running moments of one arm, without gradients."""
        own = {name: tensor.detach()[number : number + 1] for name, tensor in self.theta.items()}
        return own, [Moments(*(part[number : number + 1] for part in kept)) for kept in self.running]
