"""The net with its masks, all arms at once, and how two passes' disagreement is measured."""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
from torch import Tensor
from torch.nn import functional

from engine.training.r_drop.params import HIDDEN

Theta = Mapping[str, Tensor]  # w1 b1 w2 b2 w3 b3: (arms, inputs, outputs) and (arms, outputs)


def start(arms: int, features: int, classes: int, random: torch.Generator, device: torch.device) -> dict[str, Tensor]:
    """First weights and biases, alike in all arms: uniform in ±1/√inputs, as torch's own linear layers begin."""
    theta: dict[str, Tensor] = {}
    for layer, (inputs, outputs) in enumerate(((features, HIDDEN), (HIDDEN, HIDDEN), (HIDDEN, classes)), start=1):
        for name, shape in ((f"w{layer}", (inputs, outputs)), (f"b{layer}", (outputs,))):
            drawn = (2 * torch.rand(shape, generator=random, dtype=torch.float64) - 1) / math.sqrt(inputs)
            theta[name] = drawn.repeat(arms, *[1] * len(shape)).to(device).requires_grad_()
    return theta


def kept(uniform: Tensor, rates: Tensor | float) -> Tensor:
    """Masks ε of dropout: 0 with probability p, else 1/(1 − p), so that their mean is 1 (Srivastava et al. 2014)."""
    return (uniform >= rates) / (1 - rates)


def forward(theta: Theta, x: Tensor, masks: Tensor | None = None) -> Tensor:
    """Logits (arms, passes, rows, classes) of inputs (passes or 1, rows, features).

    Args:
        masks: ε of both hidden layers, (2, ...), each to be broadcast to (arms, passes, rows, 128); without them the full net answers.
    """
    h = x
    for layer in (1, 2, 3):
        h = h @ theta[f"w{layer}"][:, None] + theta[f"b{layer}"][:, None, None]
        if layer < 3:
            h = h.relu()
            h = h if masks is None else h * masks[layer - 1]
    return h


def thinned(theta: Theta, x: Tensor, masks: Tensor) -> Tensor:
    """Logits (nets, rows, classes) of inputs (rows, features) from nets that are thinned as a whole, as `forward` gives them.

    Args:
        theta: of one arm.
        masks: ε (2, nets, 1, 128). Of each net only the units that are left are computed: with p = 0.3 half of the products.
    """
    w1, b1, w2, b2, w3, b3 = (theta[name][0] for name in ("w1", "b1", "w2", "b2", "w3", "b3"))
    size = masks.amax()  # 1/(1 − p) of all that are left
    h, found = ((x @ w1 + b1).relu() * size).T.contiguous(), []  # a row for each unit
    for one, two in zip(*masks[:, :, 0].bool(), strict=True):
        inner = torch.addmm(b2[two, None], w2[one][:, two].T, h[one]).relu_() * size
        found.append((w3[two].T @ inner).T + b3)
    return torch.stack(found)


def disagreement(kind: str, one: Tensor, two: Tensor) -> Tensor:
    """How far the answers with logits (..., classes) differ, (...): D of (3), symmetric, 0 where they are equal.

    kl: ½[KL(P‖Q) + KL(Q‖P)] as (2) has it. js: the mean KL to ½(P + Q). logits: mean of squared differences.
    probabilities: sum of squared differences.
    """
    if kind == "logits":
        return (one - two).square().mean(-1)
    a, b = (logits.log_softmax(-1) for logits in (one, two))
    if kind == "kl":
        return ((a.exp() - b.exp()) * (a - b)).sum(-1) / 2
    if kind == "probabilities":
        return (a.exp() - b.exp()).square().sum(-1)
    middle = torch.logaddexp(a, b) - math.log(2)
    return (a.exp() * (a - middle) + b.exp() * (b - middle)).sum(-1) / 2


def errors(logits: Tensor, labels: Tensor) -> Tensor:
    """−log P(y) of logits (..., rows, classes) and labels (rows,): (..., rows) in nats."""
    flat = logits.reshape(-1, logits.shape[-1])
    repeated = labels.expand(logits.shape[:-1]).reshape(-1)
    return functional.cross_entropy(flat, repeated, reduction="none").reshape(logits.shape[:-1])


def divergence_from(average: Tensor, log_other: Tensor) -> Tensor:
    """KL(P‖Q) of probabilities P (..., classes) and logarithms of Q: (...) in nats."""
    return (torch.xlogy(average, average) - average * log_other).sum(-1)
