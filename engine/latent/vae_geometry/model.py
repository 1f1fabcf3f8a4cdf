"""A VAE and its autoencoder twin, trained together: the loop.

>>> run = engine.start("vae-geometry", {"beta": 4.0}, seed=0)   # doctest: +SKIP
>>> run.advance(steps=500).scalars["kl"]                        # doctest: +SKIP

Both arms are one stacked network (a leading axis of size two on every weight): the same first weights and the same
batches, at the price of little more than one. Kingma & Welling 2014, 1312.6114.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import mse_loss

from engine.core.model import Data as Upload
from engine.core.model import Model, numpy
from engine.latent.layers import layer, perceptron
from engine.latent.vae_geometry.data import load
from engine.latent.vae_geometry.observe import Observer
from engine.latent.vae_geometry.state import LOG_VARIANCE, Net, State

HIDDEN = 64
BATCH = 128
BLOWN_UP = 1e9  # times the error of always answering the mean: Adam bounds its steps, so it never reaches infinity


class VaeGeometry(Model):
    """Encoder D-64-64-2d and decoder d-64-64-D with SiLU units: smooth, so that the metric J^T J is."""

    def __init__(
        self, params: Any, seed: int, device: torch.device, data: Upload | None = None, settings: Sequence[Any] = ()
    ) -> None:
        super().__init__(params, seed, device, data, settings)
        self.set = load(params.data, data)
        self.x = torch.from_numpy(self.set.train).to(device)
        self.vaes = len(self.settings)  # one, or as many as are swept over
        self.arms = self.vaes + params.twin  # the VAEs first, then the autoencoder

        size, code = self.x.shape[1], params.code_size
        init = self.generator("first weights")
        self.encoder = [layer(self.arms, a, b, init, device) for a, b in ((size, HIDDEN), (HIDDEN, HIDDEN), (HIDDEN, 2 * code))]
        self.decoder = [layer(self.arms, a, b, init, device) for a, b in ((code, HIDDEN), (HIDDEN, HIDDEN), (HIDDEN, size))]
        weights = [tensor for layer in (*self.encoder, *self.decoder) for tensor in layer]
        self.optimiser = torch.optim.Adam(weights, lr=params.learning_rate, fused=True)

        self.batches, self.noise = self.generator("batches"), self.generator("noise")
        self.limit = BLOWN_UP * float(self.set.train.var(0).sum())
        self.losses, self.errors = [math.nan] * self.vaes, [math.nan] * (self.vaes + 1)
        self.picked = torch.zeros(BATCH, dtype=torch.long)
        self.drawn = torch.full((self.vaes, BATCH, code), math.nan)
        self.observers = [
            Observer(self.set, own, lambda name: np.random.default_rng([seed, *name.encode()])) for own in self.settings
        ]

    def steps(self) -> Iterator[str]:
        while True:
            for arm, (observer, own) in enumerate(zip(self.observers, self.settings, strict=True)):
                observer.keep(self.step, own, partial(self.state, arm))
            self.picked = torch.randint(len(self.x), (BATCH,), generator=self.batches)
            x = self.x[self.picked.to(self.device)].expand(self.arms, -1, -1)
            mean, log_variance = perceptron(x, self.encoder).chunk(2, dim=-1)
            sigma = torch.exp(0.5 * log_variance.clamp(*LOG_VARIANCE))
            yield "encode"

            # every point of the ellipse must decode to x (2); the autoencoder has no ellipse
            epsilon = torch.randn(BATCH, mean.shape[-1], generator=self.noise).to(self.device)
            noisy = self.each(float(own.noise) for own in self.settings)[:, None, None]
            z = mean + noisy * sigma * epsilon
            self.drawn = z[: self.vaes].detach()
            yield "sample"

            decoded = perceptron(z, self.decoder)
            yield "decode"

            # loss (8) times sigma_x^2, so that Adam does not notice a change of sigma_x at the same s = beta sigma_x^2
            error = (
                mse_loss(decoded, x, reduction="none").sum(-1).mean(-1)
            )  # summed over pixels: a mean would multiply beta by D
            penalty = PENALTIES[self.params.regulariser](mean, sigma).sum(-1).mean(-1)
            objective = error / 2 + self.each(own.s for own in self.settings) * penalty
            losses = objective.detach()[: self.vaes] / torch.tensor(
                [own.sigma_x**2 for own in self.settings], device=self.device
            )
            self.losses = [self.check(arm, "the loss", loss) for arm, loss in enumerate(losses.tolist())]
            self.errors = [self.check(arm, "the squared error", e, self.limit) for arm, e in enumerate(error.tolist())]
            yield "losses"

            self.optimiser.param_groups[0]["lr"] = self.params.learning_rate
            self.optimiser.zero_grad()
            objective.sum().backward()
            self.optimiser.step()
            yield "update"

    def each(self, values: Iterable[float]) -> Tensor:
        """A value for every arm: the VAEs' own, and zero for the autoencoder."""
        return torch.tensor([*values, 0.0][: self.arms], device=self.device)

    def state(self, arm: int = 0) -> State:
        """The weights of a VAE and of the autoencoder as they are now, copied to numpy."""
        nets = []
        for row in (arm, self.vaes)[: 1 + (self.arms > self.vaes)]:
            layers = [[(numpy(w[row]), numpy(b[row, 0])) for w, b in half] for half in (self.encoder, self.decoder)]
            nets.append(Net(layers[0], layers[1], self.set, noisy=row < self.vaes))
        return State(self.step, nets[0], nets[1] if len(nets) == 2 else None)

    def observe(self) -> tuple[dict[str, float], dict[str, np.ndarray]]:
        return self.observe_arm(0)

    def observe_arm(self, arm: int) -> tuple[dict[str, float], dict[str, np.ndarray]]:
        """The frame of a VAE with the settings of this arm."""
        errors = [self.errors[arm], *self.errors[self.vaes :]]
        drawn, picked = numpy(self.drawn[arm]), numpy(self.picked)
        return self.observers[arm].frame(self.state(arm), self.settings[arm], self.losses[arm], errors, drawn, picked)


def kl(mean: Tensor, sigma: Tensor) -> Tensor:
    """KL(N(mean, sigma^2) || N(0, 1)) per axis (4)."""
    return 0.5 * (mean**2 + sigma**2 - 2 * sigma.log() - 1)


def quadratic(mean: Tensor, sigma: Tensor) -> Tensor:
    """The article's first penalty, per axis (3)."""
    return mean**2 + (sigma - 1) ** 2


def nothing(mean: Tensor, sigma: Tensor) -> Tensor:
    """No pull at all."""
    return torch.zeros_like(mean)


PENALTIES = {"kl": kl, "quadratic": quadratic, "none": nothing}
