"""A VAE as one KL between two joints: encoder p(z|x) on the data's side, decoder q(x|z) on the model's.

>>> run = engine.start("vae-bayes", {"sigma2": 0.3}, seed=0)   # doctest: +SKIP
>>> run.advance(steps=1500).scalars["rate"]                    # doctest: +SKIP

Kingma & Welling 2013; Lucas et al. 2019 (linear VAE); Rybkin et al. 2021 (sigma-VAE). Errors are summed over
pixels, averaged over images. Weights have a leading axis of arms, so that runs with other σ², β or halves of the loss can be one model.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from engine.core.model import Data, Model
from engine.latent.layers import layer, perceptron
from engine.latent.vae_bayes import observe
from engine.latent.vae_bayes.data import load
from engine.latent.vae_bayes.params import VaeBayesParams
from engine.latent.vae_bayes.theory import LEAST_SIGMA2, covariance_eigenvalues

LEARNING_RATE = {"linear": 0.02, "mlp": 0.008}
# of Adam: gradients shrink with a learned or dragged noise, and at 0.999 old ones would hold the steps back
MEMORY = (0.9, 0.99)
# steps in which the rate falls by a cosine to a tenth, else draws keep the loss 0.4 nats up (lower, and directions that settle
# slowly would stop on their way); a change by hand begins anew
WANING = 1000
HIDDEN = 64


class Net:
    """Encoder and decoder, linear or with one hidden layer of tanh units: each for `arms` arms alike."""

    def __init__(self, arms: int, pixels: int, p: VaeBayesParams, init: torch.Generator, device: torch.device) -> None:
        linear, d = p.network == "linear", p.latents
        sizes = ([pixels, d], [d, pixels]) if linear else ([pixels, HIDDEN, 2 * d], [d, HIDDEN, pixels])
        self.encoder, self.decoder = ([layer(arms, a, b, init, device) for a, b in pairwise(s)] for s in sizes)
        self.log_variance = torch.zeros(arms, 1, d, device=device).requires_grad_() if linear else None  # one for all images

    @property
    def weights(self) -> list[Tensor]:
        shared = [] if self.log_variance is None else [self.log_variance]
        return [*(tensor for pair in (*self.encoder, *self.decoder) for tensor in pair), *shared]

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log variance (arms, n, latents) of p(z|x) for samples (arms, n, pixels)."""
        head = perceptron(x, self.encoder, torch.tanh)
        if self.log_variance is not None:
            return head, self.log_variance.expand_as(head)
        mean, log_variance = head.chunk(2, -1)
        return mean, log_variance

    def decode(self, z: Tensor) -> Tensor:
        """What q(x|z) says (arms, n, pixels) for codes (arms, n, latents): means, or logits of a Bernoulli."""
        return perceptron(z, self.decoder, torch.tanh)

    def arm(self, number: int) -> Net:
        """One arm's network, without gradients: views of the loop's own weights."""
        own, one = Net.__new__(Net), slice(number, number + 1)
        own.encoder, own.decoder = (
            [(weight.detach()[one], bias.detach()[one]) for weight, bias in half] for half in (self.encoder, self.decoder)
        )
        own.log_variance = None if self.log_variance is None else self.log_variance.detach()[one]
        return own


class VaeBayes(Model):
    """A VAE on small images, linear or with one hidden layer on either side."""

    params: VaeBayesParams

    def __init__(
        self,
        params: VaeBayesParams,
        seed: int,
        device: torch.device,
        data: Data | None = None,
        settings: Sequence[VaeBayesParams] = (),
    ) -> None:
        super().__init__(params, seed, device, data, settings)
        samples, self.labels, self.size = load(params, data)
        self.mean, self.eigenvalues = samples.mean(0), covariance_eigenvalues(samples)
        self.inputs = torch.tensor(samples - self.mean, dtype=torch.float32, device=device)
        self.bernoulli = params.likelihood == "bernoulli"
        # probabilities are not centred
        self.x = torch.tensor(samples, dtype=torch.float32, device=device) if self.bernoulli else self.inputs
        self.net = Net(len(self.settings), samples.shape[1], params, self.generator("first weights"), device)
        self.optimiser = torch.optim.Adam(self.net.weights, LEARNING_RATE[params.network], betas=MEMORY, fused=True)
        self.changed = 0  # step of the last change by hand of what is minimised
        self.batches, self.noise = self.generator("batches"), self.generator("noise")

    def take(self, settings: Sequence[VaeBayesParams]) -> None:
        before, now = ([(own.sigma2, own.beta, own.ablate) for own in each] for each in (self.settings, settings))
        if before != now:
            self.changed = self.step
        super().take(settings)

    def steps(self) -> Iterator[str]:
        while True:
            p, arms = self.params, len(self.settings)
            picked = torch.randint(len(self.x), (p.batch,), generator=self.batches).to(self.device)
            x = self.x[picked]
            mean, log_variance = self.net.encode(self.inputs[picked].expand(arms, -1, -1))
            yield "encode"

            # a code of its own for every image and draw: z = mu + s eps
            epsilon = torch.randn(p.draws, p.batch, p.latents, generator=self.noise).to(self.device)
            z = mean[:, None] + torch.exp(0.5 * log_variance)[:, None] * epsilon
            yield "sample"

            decoded = self.net.decode(z.flatten(1, 2)).unflatten(1, (p.draws, p.batch))
            yield "decode"

            # L of (2) in nats times the water level, so that Adam does not notice a common factor of both terms (7)
            penalty = kl(mean, log_variance).sum(-1).mean(-1)
            if self.bernoulli:
                error = binary_cross_entropy_with_logits(decoded, x.expand_as(decoded), reduction="none").sum(-1).mean((1, 2))
                level = torch.ones_like(error)
            else:
                squared = (decoded - x).square().sum(-1).mean((1, 2))
                error = squared / 2
                level = self.each(own.sigma2 for own in self.settings)
                if p.likelihood == "gaussian_learned":
                    level = (squared.detach() / x.shape[1]).clamp(min=LEAST_SIGMA2)  # (8)
            on_error, on_penalty = (self.each(values) for values in zip(*(own.weights for own in self.settings), strict=True))
            objective = on_error * error + on_penalty * level * penalty
            for arm, value in enumerate(objective.tolist()):
                self.check(arm, "the loss", value)
            yield "losses"

            done = min((self.step - self.changed) / WANING, 1.0)
            self.optimiser.param_groups[0]["lr"] = LEARNING_RATE[p.network] * (0.55 + 0.45 * math.cos(math.pi * done))
            self.optimiser.zero_grad()
            objective.sum().backward()
            self.optimiser.step()
            yield "update"

    def each(self, values: Any) -> Tensor:
        """A number for every arm."""
        return torch.tensor(list(values), device=self.device, dtype=torch.float32)

    def observe(self) -> tuple[dict[str, float], dict[str, np.ndarray]]:
        return self.observe_arm(0)

    def observe_arm(self, arm: int) -> tuple[dict[str, float], dict[str, np.ndarray]]:
        """The frame of a run with the settings of this arm."""
        return observe.frame(self, self.net.arm(arm), self.settings[arm])


def kl(mean: Tensor, log_variance: Tensor) -> Tensor:
    """KL(N(mean, exp(log_variance)) || N(0, 1)) per latent (4), in nats."""
    return 0.5 * (mean.square() + log_variance.exp() - log_variance - 1)
