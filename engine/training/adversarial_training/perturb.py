"""How an input is disturbed, and what is minimised: attacks as steps uphill, penalties on the slope.

Inputs are (arms or 1, n, d), radii (arms, 1, 1). Every gradient in an input is that of its own loss (a sum over samples, not a mean),
so that a disturbance does not depend on how many samples there are.
Sources: Goodfellow, Shlens & Szegedy, arXiv:1412.6572; Miyato, Dai & Goodfellow, arXiv:1605.07725; Madry et al., arXiv:1706.06083.
"""

from __future__ import annotations

import torch
from torch import Tensor

from engine.training.adversarial_training.network import Losses
from engine.training.adversarial_training.params import ATTACK_STEPS, AdversarialTrainingParams

TINY = 1e-12  # beside a length that may be zero
PENALTIES = ("penalty1", "penalty2")


def slope(losses: Losses, x: Tensor) -> Tensor:
    """g = ∇ₓL of every sample, of the shape of x; nothing else takes part."""
    x = x.detach().requires_grad_()
    return torch.autograd.grad(losses(x).sum(), x)[0]


def uphill(g: Tensor, norm: str) -> Tensor:
    """The direction of length 1 in which the loss grows fastest: g/‖g‖, or sign(g)."""
    return g.sign() if norm == "linf" else g / (g.norm(dim=-1, keepdim=True) + TINY)


def into_ball(delta: Tensor, radius: Tensor, norm: str) -> Tensor:
    """The nearest disturbance of at most this length."""
    if norm == "linf":
        return torch.minimum(torch.maximum(delta, -radius), radius)
    return delta * (radius / delta.norm(dim=-1, keepdim=True).clamp_min(TINY)).clamp_max(1.0)


def pgd(
    losses: Losses, x: Tensor, radius: Tensor, norm: str, steps: int, share: float, known: Tensor | None = None
) -> list[Tensor]:
    """Projected gradient ascent from δ = 0: δ after each of the steps, whose size is this share of the radius (Madry et al.).

    `known`: the slope at x, where it has been computed already.
    """
    ways, delta = [], torch.zeros_like(x)
    for step in range(steps):
        g = known if known is not None and step == 0 else slope(losses, x + delta)
        delta = into_ball(delta + share * radius * uphill(g, norm), radius, norm)
        ways.append(delta)
    return ways


def one_step(losses: Losses, x: Tensor, radius: Tensor, norm: str, known: Tensor | None = None) -> Tensor:
    """(2): FGM in L2, FGSM in L∞. They are PGD's first step, if that has the size of the radius."""
    return pgd(losses, x, radius, norm, 1, 1.0, known)[0]


def attack(losses: Losses, x: Tensor, radius: Tensor, norm: str, known: Tensor | None = None) -> Tensor:
    """δ of the attack at test, PGD-20."""
    return pgd(losses, x, radius, norm, ATTACK_STEPS, 2.5 / ATTACK_STEPS, known)[-1]


def random_noise(x: Tensor, radius: Tensor, norm: str, random: torch.Generator) -> Tensor:
    """A random direction, the same for all arms, as long as the ball allows: a point of the sphere, or a corner of the cube."""
    drawn = torch.randn(x.shape[-2:], generator=random, dtype=torch.float64).to(x.device)
    return radius * uphill(drawn, norm)


def ways(p: AdversarialTrainingParams, losses: Losses, x: Tensor, radius: Tensor, random: torch.Generator) -> list[Tensor]:
    """δ of the chosen method, after each of its steps: the last one is used. Empty for the methods that disturb nothing."""
    match p.method:
        case "noise":
            return [random_noise(x, radius, p.norm, random)]
        case "fgm":
            return [one_step(losses, x, radius, "l2")]
        case "fgsm":
            return [one_step(losses, x, radius, "linf")]
        case "raw":
            return [radius * slope(losses, x)]
        case "pgd":
            return pgd(losses, x, radius, p.norm, p.pgd_steps, p.pgd_alpha or 2.5 / p.pgd_steps)
    return []


def penalty(kind: str, g: Tensor, radius: Tensor) -> Tensor:
    """(3): ε‖g‖, or ε‖g‖²/2, of every sample, (arms, n)."""
    square = g.square().sum(-1)
    return radius[..., 0] * ((square + TINY).sqrt() if kind == "penalty1" else square / 2)


def objective(p: AdversarialTrainingParams, losses: Losses, x: Tensor, radius: Tensor, delta: Tensor | None) -> Tensor:
    """What is minimised, of every arm, (arms,). The disturbance is a constant: no gradient flows through it."""
    if p.method in PENALTIES:
        x = x if x.requires_grad else x.detach().requires_grad_()
        value = losses(x)
        (g,) = torch.autograd.grad(value.sum(), x, create_graph=True)
        return (value + penalty(p.method, g, radius)).mean(-1)
    return losses(x if delta is None else x + delta.detach()).mean(-1)
