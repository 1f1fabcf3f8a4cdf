"""What a frame tells of one arm: accuracies under attack, slopes, disturbances, and how equal attack and penalty are. Pure looks."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

from engine.core.model import numpy
from engine.training import classifier
from engine.training.adversarial_training import perturb, theory
from engine.training.adversarial_training.network import Losses, Theta, forward, looked_up, losses_of
from engine.training.adversarial_training.params import RADII, SHOWN, SIZES, AdversarialTrainingParams

VANISHED = 1e-8  # a slope below it is none: ‖g‖ of a saturated softmax
CURVE = ("PGD-20", "one step", "random")


class Samples:
    """One arm's inputs (1, n, d), for training and for testing, their labels, and its parameters without gradients."""

    def __init__(self, bench: str, theta: Theta, x: Tensor, labels: Tensor, test_x: Tensor, test_labels: Tensor) -> None:
        self.bench, self.theta, self.labels, self.test_labels = bench, theta, labels, test_labels
        words = bench == "embedding"
        self.x, self.test_x = (looked_up(theta["e"], part) if words else part[None] for part in (x, test_x))

    def accuracy(self, delta: Tensor | float = 0.0) -> Tensor:
        """Share of right answers at test inputs moved by δ, (1,) or one for each row of δ."""
        return classifier.accuracy(forward(self.bench, self.theta, self.test_x + delta), self.test_labels)

    def radius(self, *values: float) -> Tensor:
        """Radii as the attacks take them, (values, 1, 1)."""
        return torch.tensor(values, dtype=torch.float64, device=self.x.device)[:, None, None]

    @property
    def losses(self) -> Losses:
        return losses_of(self.bench, self.theta, self.labels)

    @property
    def test_losses(self) -> Losses:
        return losses_of(self.bench, self.theta, self.test_labels)


def lengths(g: Tensor) -> Tensor:
    """‖g‖₂ of every sample."""
    return g.norm(dim=-1)


def told(s: Samples, p: AdversarialTrainingParams) -> dict[str, float]:
    """Accuracies on the test set, clean and under two attacks, and slopes."""
    radius = s.radius(p.attack_radius)
    g = perturb.slope(s.test_losses, s.test_x)
    steepness, tested = lengths(perturb.slope(s.losses, s.x)), lengths(g)
    return {
        "clean_accuracy": float(s.accuracy()),
        "robust_accuracy": float(s.accuracy(perturb.attack(s.test_losses, s.test_x, radius, p.norm, g))),
        "fgm_accuracy": float(s.accuracy(perturb.one_step(s.test_losses, s.test_x, radius, p.norm, g))),
        "slope_mean": float(tested.mean()),
        "slope_max": float(steepness.max()),
        "vanished": float((steepness < VANISHED).double().mean()),
    }


def curve(s: Samples, norm: str, random: torch.Generator) -> np.ndarray:
    """Accuracy against the radius of the attack (3, radii): under PGD-20, under one step, under random noise."""
    radii = s.radius(*RADII[1:])
    x = s.test_x.expand(len(radii), -1, -1)  # one row of the same inputs for every radius
    kinds = (perturb.attack(s.test_losses, x, radii, norm), perturb.one_step(s.test_losses, x, radii, norm), perturb.random_noise(x, radii, norm, random))  # fmt: skip
    return np.stack([numpy(torch.cat([s.accuracy(), s.accuracy(delta)]), exact=True) for delta in kinds])


def equivalence(s: Samples) -> tuple[np.ndarray, np.ndarray]:
    """How far the gradient in θ of adversarial training is from that of the penalty (3), for each of `SIZES`, (2, sizes) each.

    Rows: δ = εg beside ε‖g‖²/2, and δ = εg/‖g‖ beside ε‖g‖. First ‖∇L(x+δ) − ∇(L + P)‖/‖∇P‖, then the cosine between
    ∇L(x+δ) − ∇L and ∇P; losses are means over the training points. nan where ∇P is zero. All sizes at once, as arms.
    """

    def in_theta(value: Tensor, theta: Theta, keep: bool = False) -> Tensor:
        parts = torch.autograd.grad(value, list(theta.values()), retain_graph=keep, materialize_grads=True)
        return torch.cat([part.flatten(1) for part in parts], -1)

    one = {name: part.detach().requires_grad_() for name, part in s.theta.items()}
    x = s.x.detach().requires_grad_()
    (g,) = torch.autograd.grad(losses_of(s.bench, one, s.labels)(x).sum(), x, create_graph=True)
    penalties = g.square().sum(-1).mean() / 2, lengths(g).mean()
    pulls = torch.stack([in_theta(value, one, keep=True) for value in penalties])
    sizes, g = s.radius(*SIZES), g.detach()
    moved = torch.cat([s.x, s.x + sizes * g, s.x + sizes * perturb.uphill(g, "l2")])
    many = {name: part.detach().expand(len(moved), -1, -1).requires_grad_() for name, part in s.theta.items()}
    found = in_theta(losses_of(s.bench, many, s.labels)(moved).mean(-1).sum(), many)
    added, law = (found[1:] - found[0]).unflatten(0, (2, -1)), sizes[..., 0] * pulls
    apart = torch.where(law.norm(dim=-1) > 0, (added - law).norm(dim=-1) / law.norm(dim=-1), math.nan)
    alike = torch.where(law.norm(dim=-1) > 0, torch.nn.functional.cosine_similarity(added, law, dim=-1), math.nan)
    return numpy(apart, exact=True), numpy(alike, exact=True)


def plane(s: Samples, p: AdversarialTrainingParams, random: torch.Generator) -> tuple[dict[str, float], dict[str, np.ndarray]]:
    """The plane's own numbers: weights, slopes and disturbances of all training points, attack against penalty."""
    apart, alike = equivalence(s)
    ways = perturb.ways(p, s.losses, s.x, s.radius(p.radius), random)
    arrays = {name: part[0] if name[0] == "w" else part[0, 0] for name, part in s.theta.items()}
    arrays |= {"gradient": perturb.slope(s.losses, s.x)[0], "delta": ways[-1][0] if ways else torch.zeros_like(s.x[0])}
    if p.method == "pgd":
        arrays["ways"] = torch.cat(ways)
    at = SIZES.index(1e-2)
    scalars = {"equivalence_raw": float(apart[0, at]), "equivalence_unit": float(apart[1, at]), "equivalence_slope": theory.slope_of(apart[0]), }  # fmt: skip
    found = {name: numpy(part, exact=True) for name, part in arrays.items()}
    return scalars, found | {"apart": apart, "alike": alike}


def gallery(s: Samples, p: AdversarialTrainingParams) -> dict[str, np.ndarray]:
    """The first test digits, how the attack moves each, and what the network says before and after."""
    radius = s.radius(p.attack_radius)
    x, losses = s.test_x[:, :SHOWN], losses_of(s.bench, s.theta, s.test_labels[:SHOWN])
    delta = perturb.attack(losses, x, radius, p.norm)
    before, after = (forward(s.bench, s.theta, at).argmax(-1)[0] for at in (x, x + delta))
    return {"digit_delta": numpy(delta[0], exact=True), "digit_before": numpy(before), "digit_after": numpy(after)}
