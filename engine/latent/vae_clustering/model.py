"""One loss that compresses, sorts and learns to draw: a VAE whose prior has K centres.

>>> run = engine.start("vae-clustering", {"lam": 60.0}, seed=0)   # doctest: +SKIP
>>> run.advance(steps=1500).scalars["accuracy"]                   # doctest: +SKIP

Su 2018, kexue.fm/archives/5887, with the settings of the author's script (bojone/vae, vae_keras_cluster.py) made small.
Weights have a leading axis of arms, so that runs with other λ, w or alignment can be one model.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import log_softmax, relu

from engine.core.model import Data as Upload
from engine.core.model import Model
from engine.latent.layers import layer, perceptron
from engine.latent.vae_clustering.data import load
from engine.latent.vae_clustering.observe import Observer
from engine.latent.vae_clustering.params import VaeClusteringParams

BATCH, RATE = 128, 3e-3
HIDDEN, SORTING = 128, 64  # units of encoder and decoder; of the classifier
LOG_VARIANCE = (-12.0, 6.0)
MERGED, JITTER = 1e-3, 1e-2  # centres nearer than this have no way to part by themselves: they are pushed by so much
RIVAL_LAM = 5.0  # of the plain VAE whose codes K-means sorts


class Net:
    """Encoder D-128-2d, decoder d-128-D, classifier d-64-K with ReLU units, and K centres: each for `arms` arms alike."""

    def __init__(self, arms: int, size: int, p: VaeClusteringParams, clusters: int, init: torch.Generator, device: Any) -> None:
        def stack(*sizes: int) -> list[tuple[Tensor, Tensor]]:
            return [layer(arms, a, b, init, device) for a, b in pairwise(sizes)]

        self.encoder = stack(size, HIDDEN, 2 * p.latents)
        self.decoder = stack(p.latents, HIDDEN, size)
        self.classifier = stack(p.latents, SORTING, clusters)
        centres = p.centre_scale * torch.randn(1, clusters, p.latents, generator=init)
        self.centres = centres.expand(arms, -1, -1).clone().to(device).requires_grad_()

    @property
    def weights(self) -> list[Tensor]:
        layers = (*self.encoder, *self.decoder, *self.classifier)
        return [*(tensor for pair in layers for tensor in pair), self.centres]

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log variance (arms, n, d) of p(z|x)."""
        mean, log_variance = perceptron(x, self.encoder, relu).chunk(2, dim=-1)
        return mean, log_variance.clamp(*LOG_VARIANCE)

    def decode(self, z: Tensor, sigmoid: bool) -> Tensor:
        """What is drawn at z."""
        drawn = perceptron(z, self.decoder, relu)
        return drawn.sigmoid() if sigmoid else drawn

    def sort(self, z: Tensor, classifier: str) -> Tensor:
        """ln p(y|z) (arms, n, K): of the network, or by Bayes' rule (5)."""
        scores = perceptron(z, self.classifier, relu) if classifier == "learned" else -0.5 * squared_distances(z, self.centres)
        return log_softmax(scores, dim=-1)


class VaeClustering(Model):
    """Encode, sort, draw: trained by the joint KL (3) alone; labels are looked at only when all is drawn up."""

    params: VaeClusteringParams

    def __init__(
        self,
        params: VaeClusteringParams,
        seed: int,
        device: torch.device,
        data: Upload | None = None,
        settings: Sequence[Any] = (),
    ) -> None:
        super().__init__(params, seed, device, data, settings)
        self.set = load(params, np.random.default_rng([seed, *b"data"]), data)
        self.x = torch.from_numpy(self.set.x).to(device)
        self.arms, size = len(self.settings), self.x.shape[1]
        self.net = Net(self.arms, size, params, params.clusters, self.generator("first weights"), device)
        self.rival = Net(1, size, params, 1, self.generator("first weights"), device) if params.rival else None
        weights = self.net.weights + (self.rival.weights if self.rival else [])
        self.optimiser = torch.optim.Adam(weights, lr=RATE, fused=True)
        self.batches, self.noise = self.generator("batches"), self.generator("noise")
        self.heard = self.settings
        self.pushed = [0] * self.arms
        self.observers = [Observer(self, arm) for arm in range(self.arms)]

    def steps(self) -> Iterator[str]:
        while True:
            self.part_merged()
            x = self.x[torch.randint(len(self.x), (BATCH,), generator=self.batches).to(self.device)].expand(self.arms, -1, -1)
            mean, log_variance = self.net.encode(x)
            yield "encode"

            epsilon = torch.randn(BATCH, mean.shape[-1], generator=self.noise).to(self.device)
            z = mean + (0.5 * log_variance).exp() * epsilon
            yield "sample"

            log_p = self.net.sort(z, self.params.classifier)  # at the same z that enters the ratio
            yield "sort"

            drawn = self.net.decode(z, self.set.drawn_by_sigmoid)
            yield "decode"

            # keep information, align z with its class, keep the classes even (3)
            lam = self.each(map(self.lam, self.settings))
            losses = self.loss(self.net, x, drawn, mean, log_variance, z, log_p, lam)
            for arm, loss in enumerate(losses.tolist()):
                self.check(arm, "the loss", loss)
            total = losses.sum()
            if self.rival:
                total = total + self.rival_loss(x[:1], epsilon)
            yield "losses"

            self.optimiser.zero_grad()
            total.backward()
            self.optimiser.step()
            for observer in self.observers:
                observer.keep(self)
            yield "update"

    def loss(
        self, net: Net, x: Tensor, drawn: Tensor, mean: Tensor, log_variance: Tensor, z: Tensor, log_p: Tensor, lam: Tensor
    ) -> Tensor:
        """Mean of (3) over the batch for every arm: tensors (arms, n, ...) to (arms,) nats."""
        p, clusters = log_p.exp(), log_p.shape[-1]
        error = (x - drawn).square().sum(-1).mean(-1)
        closed = 0.5 * (squared_distances(mean, net.centres) + (log_variance.exp() - log_variance - 1).sum(-1, keepdim=True))
        noise = (z - mean).square() / log_variance.exp()
        sampled = 0.5 * (squared_distances(z, net.centres) - (log_variance + noise).sum(-1, keepdim=True))
        chosen = torch.tensor([own.alignment == "closed" for own in self.settings], device=x.device)[: len(x), None, None]
        align = (p * torch.where(chosen, closed, sampled)).sum(-1).mean(-1)
        balance = (p * (log_p + math.log(clusters))).sum(-1).mean(-1)
        return 0.5 * lam * error + align + self.each(own.balance for own in self.settings)[: len(x)] * balance

    def rival_loss(self, x: Tensor, epsilon: Tensor) -> Tensor:
        """The same loss with one centre: a plain VAE."""
        assert self.rival is not None
        mean, log_variance = self.rival.encode(x)
        z = mean + (0.5 * log_variance).exp() * epsilon
        drawn = self.rival.decode(z, self.set.drawn_by_sigmoid)
        lam = self.each([RIVAL_LAM * (self.lam(self.params) / self.params.lam)])
        return self.loss(self.rival, x, drawn, mean, log_variance, z, self.rival.sort(z, "learned"), lam).sum()

    def lam(self, own: VaeClusteringParams) -> float:
        """λ in force."""
        return own.lam * (self.set.balance if own.scale_by_variance else 1.0)

    def each(self, values: Any) -> Tensor:
        """A number for every arm."""
        return torch.tensor(list(values), device=self.device, dtype=torch.float32)

    def part_merged(self) -> None:
        """After a larger λ: centres that have merged into one point feel no difference, so they are pushed apart a little, once."""
        for arm, (own, before) in enumerate(zip(self.settings, self.heard, strict=True)):
            centres = self.net.centres.data[arm]
            if own.lam > before.lam and len(centres) > 1 and float(torch.pdist(centres).mean()) < MERGED:
                push = torch.randn(centres.shape, generator=self.generator(f"push {self.step}"))
                centres += JITTER * push.to(self.device)
                self.pushed[arm] += 1
        self.heard = self.settings

    def state(self, arm: int, net: Net | None = None) -> Net:
        """One arm's network, without gradients: views of the loop's own weights."""
        own = Net.__new__(Net)
        net = net or self.net
        for name in ("encoder", "decoder", "classifier"):
            setattr(own, name, [tuple(t.detach()[arm : arm + 1] for t in pair) for pair in getattr(net, name)])
        own.centres = net.centres.detach()[arm : arm + 1]
        return own

    def observe(self) -> tuple[dict[str, float], dict[str, np.ndarray]]:
        return self.observe_arm(0)

    def observe_arm(self, arm: int) -> tuple[dict[str, float], dict[str, np.ndarray]]:
        """The frame of a run with the settings of this arm."""
        return self.observers[arm].frame(self, self.settings[arm])


def squared_distances(z: Tensor, centres: Tensor) -> Tensor:
    """(arms, n, K) of codes (arms, n, d) to centres (arms, K, d)."""
    return (z[:, :, None] - centres[:, None]).square().sum(-1)
