"""A VAE as one KL between two joints: encoder p(z|x) on the data's side, decoder q(x|z) on the model's.

>>> run = engine.start("vae-bayes", {"sigma2": 0.3}, seed=0)   # doctest: +SKIP
>>> run.advance(steps=1500).scalars["rate"]                    # doctest: +SKIP

Kingma & Welling 2013; Lucas et al. 2019 (linear VAE); Rybkin et al. 2021 (sigma-VAE). Errors are summed over pixels, averaged over images.
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
from engine.latent.vae_bayes import observe
from engine.latent.vae_bayes.data import load
from engine.latent.vae_bayes.params import VaeBayesParams
from engine.latent.vae_bayes.theory import covariance_eigenvalues

LEARNING_RATE = {"linear": 0.02, "mlp": 0.008}
MEMORY = (
    0.9,
    0.99,
)  # of Adam: gradients shrink with a learned or dragged noise, and at 0.999 old ones would hold the steps back
WANING = 1000  # steps in which the rate falls by a cosine to a fiftieth, else draws keep the loss 0.4 nats up; a change by hand begins anew
HIDDEN = 64
LEAST_SIGMA2 = 1e-6  # constant pixels would let (8) reach 0

Layer = tuple[Tensor, Tensor]


class VaeBayes(Model):
    """A VAE on small images, linear or with one hidden layer on either side."""

    params: VaeBayesParams

    def __init__(
        self, params: VaeBayesParams, seed: int, device: torch.device, data: Data | None = None, settings: Any = ()
    ) -> None:
        super().__init__(params, seed, device, data, settings)
        samples, self.labels, self.size = load(params, data)
        self.mean = samples.mean(0)
        self.eigenvalues = covariance_eigenvalues(samples)
        self.inputs = torch.tensor(samples - self.mean, dtype=torch.float32, device=device)
        self.bernoulli = params.likelihood == "bernoulli"
        self.x = (
            torch.tensor(samples, dtype=torch.float32, device=device) if self.bernoulli else self.inputs
        )  # probabilities: not centred
        init, pixels, latents = self.generator("weights"), samples.shape[1], params.latents
        linear = params.network == "linear"
        sizes = ([pixels, latents], [latents, pixels]) if linear else ([pixels, HIDDEN, 2 * latents], [latents, HIDDEN, pixels])
        self.encoder, self.decoder = ([self.layer(a, b, init) for a, b in pairwise(s)] for s in sizes)
        self.log_variance = torch.zeros(latents, device=device).requires_grad_() if linear else None  # one for all images
        learned = [t for layer in (*self.encoder, *self.decoder) for t in layer]
        if self.log_variance is not None:
            learned.append(self.log_variance)
        self.optimiser = torch.optim.Adam(learned, LEARNING_RATE[params.network], betas=MEMORY)
        self.changed = 0  # step of the last change by hand
        self.batches, self.noise = self.generator("batches"), self.generator("noise")

    def layer(self, inputs: int, outputs: int, init: torch.Generator) -> Layer:
        """Weight (inputs, outputs) and bias (outputs,) of one layer, uniform within 1 / sqrt(inputs) (torch's own default)."""
        weight = (torch.rand(inputs, outputs, generator=init) * 2 - 1) * inputs**-0.5
        return weight.to(self.device).requires_grad_(), torch.zeros(outputs, device=self.device).requires_grad_()

    def take(self, settings: Sequence[Any]) -> None:
        before, now = self.params, settings[0]
        if (before.sigma2, before.beta, before.ablate) != (now.sigma2, now.beta, now.ablate):
            self.changed = self.step
        super().take(settings)

    def steps(self) -> Iterator[str]:
        while True:
            p = self.params
            picked = torch.randint(len(self.x), (p.batch,), generator=self.batches).to(self.device)
            x = self.x[picked]
            mean, log_variance = self.encode(self.inputs[picked])
            yield "encode"

            # a code of its own for every image and draw: z = mu + s eps
            epsilon = torch.randn(p.draws, *mean.shape, generator=self.noise).to(self.device)
            z = mean + torch.exp(0.5 * log_variance) * epsilon
            yield "sample"

            decoded = perceptron(z, self.decoder)
            yield "decode"

            # L of (2) in nats times the water level, so that Adam does not notice a common factor of both terms (7)
            penalty = kl(mean, log_variance).sum(-1).mean()
            if self.bernoulli:
                error = binary_cross_entropy_with_logits(decoded, x.expand_as(decoded), reduction="none").sum(-1).mean()
                level = 1.0
            else:
                squared = (decoded - x).square().sum(-1).mean()
                error = squared / 2
                level = p.sigma2 if p.likelihood == "gaussian_fixed" else max(squared.item() / x.shape[1], LEAST_SIGMA2)  # (8)
            halves = {"both": error + p.beta * level * penalty, "kl_only": level * penalty, "reconstruction_only": error}
            objective = halves[p.ablate]
            self.check(0, "the loss", objective.item())
            yield "losses"

            done = min((self.step - self.changed) / WANING, 1.0)
            self.optimiser.param_groups[0]["lr"] = LEARNING_RATE[p.network] * (0.51 + 0.49 * math.cos(math.pi * done))
            self.optimiser.zero_grad()
            objective.backward()
            self.optimiser.step()
            yield "update"

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log variance (..., latents) of the encoder p(z|x) for samples (..., pixels)."""
        head = perceptron(x, self.encoder)
        if self.log_variance is not None:
            return head, self.log_variance.expand_as(head)
        mean, log_variance = head.chunk(2, -1)
        return mean, log_variance

    def decode(self, z: Tensor) -> Tensor:
        """The decoder's output for codes (..., latents): means, or logits of a Bernoulli."""
        return perceptron(z, self.decoder)

    def observe(self) -> tuple[dict[str, float], dict[str, np.ndarray]]:
        return observe.frame(self)


def perceptron(x: Tensor, layers: list[Layer]) -> Tensor:
    """x (..., inputs) through layers with tanh between them, linear at the end."""
    for weight, bias in layers[:-1]:
        x = torch.tanh(x @ weight + bias)
    return x @ layers[-1][0] + layers[-1][1]


def kl(mean: Tensor, log_variance: Tensor) -> Tensor:
    """KL(N(mean, exp(log_variance)) || N(0, 1)) per latent (4), in nats."""
    return 0.5 * (mean.square() + log_variance.exp() - log_variance - 1)
