"""The loop of the batch normalisation lab: a net of digits by plain SGD with looks along its gradient; or its exact twin.

>>> import engine                                                                              # doctest: +SKIP
>>> run = engine.start("batchnorm", {"learning_rate": 1.0, "normaliser": "bn"}, seed=0)        # doctest: +SKIP
>>> run.advance(steps=200).scalars["train_loss"]                                               # doctest: +SKIP

Sources: Su 2019, kexue.fm/archives/6992; Santurkar, Tsipras, Ilyas & Madry 2018, arXiv:1805.11604. All in float64.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor

from engine.core.model import Data, Model, numpy
from engine.training import classifier
from engine.training.batchnorm import probe, theory
from engine.training.batchnorm.network import Net, Tap
from engine.training.batchnorm.norms import Noise, noise
from engine.training.batchnorm.params import PIXELS, PROBE_EVERY, SHOWN, WIDTH, BatchNormParams

PARTS = ("batch", "forward", "backward", "update")


class BatchNorm(Model):
    """One net for each arm of a sweep, as one model: they differ in learning rate and noise; or one twin for each arm."""

    params: BatchNormParams

    def __init__(
        self,
        params: BatchNormParams,
        seed: int,
        device: torch.device,
        data: Data | None = None,
        settings: Sequence[BatchNormParams] = (),
    ) -> None:
        super().__init__(params, seed, device, data, settings)
        self.arms = len(self.settings)
        self.diverged_at = -1  # of a run alone: an arm of a sweep is given up instead
        if params.bench == "twin":
            self.twin = theory.twin(params.twin_input, params.input_shift)
            first = torch.zeros(self.arms, WIDTH, classifier.CLASSES, dtype=torch.float64, device=device)
            self.w = first.requires_grad_()
            return
        self.data_set = classifier.split(device)
        self.net = Net(self.arms, params, self.generator("weights"), device)
        self.probes = [probe.Probe() for _ in range(self.arms)]
        self.batch_loss = [math.nan] * self.arms
        self.predicted = self.net.theta["w0"].detach().square().sum((-1, -2))
        self.rows = torch.zeros(params.batch_size, dtype=torch.int64)
        sizes: dict[str, tuple[int, ...]] = dict.fromkeys(("pre", "post", "grad_pre", "grad_post"), (params.batch_size, SHOWN))
        sizes |= {"w_first": (PIXELS, SHOWN), "grad_w_first": (PIXELS, SHOWN), "gamma": (SHOWN,), "beta": (SHOWN,)}
        blank = partial(torch.full, fill_value=math.nan, dtype=torch.float64)
        self.shown = {name: blank((self.arms, *size)) for name, size in sizes.items()}  # of the last step, before its update

    def steps(self) -> Iterator[str]:
        yield from self.train() if self.params.bench == "net" else self.descend()

    def train(self) -> Iterator[str]:
        """Plain SGD. Every few steps a look along the gradient of the batch, before the update."""
        random, disturbing = self.generator("batches"), self.generator("noise")
        theta = self.net.theta
        while not self.lost_alone:
            self.rows = classifier.batch(len(self.data_set.x), self.params.batch_size, random)
            x, labels = self.pictures(self.rows), self.data_set.labels[self.rows]
            yield "batch"

            taps: list[Tap] = []
            added = self.noises(disturbing)

            def loss_of(parameters: Mapping[str, Tensor], x: Tensor = x, labels: Tensor = labels, **more: Any) -> Tensor:
                return classifier.cross_entropy(self.net.forward(parameters, x, **more), labels)

            disturbed: dict[str, Any] = {"noise": added, "size": self.each(lambda own: own.noise)}
            losses = loss_of(theta, x.clone().requires_grad_(), taps=taps, **disturbed)
            self.take_in(losses)
            yield "forward"

            if not self.lost_alone:
                pre, post = taps[0]
                names = list(theta)
                found = torch.autograd.grad(losses.sum(), [*theta.values(), pre, post])
                gradients = dict(zip(names, found, strict=False))
                self.keep(taps, gradients, *found[-2:])
                if self.step % PROBE_EVERY == 0:
                    probe.look(self.probes, partial(loss_of, **disturbed), theta, gradients)
            yield "backward"

            if not self.lost_alone:
                rate = self.each(lambda own: own.learning_rate)
                self.net.remember(taps)
                with torch.no_grad():
                    for name, weight in theta.items():
                        weight -= rate * gradients[name]
                    self.predicted = self.predicted + (rate.squeeze() * gradients["w0"].flatten(1).norm(dim=1)).square()
            yield "update"
        yield from self.stand_still()

    def descend(self) -> Iterator[str]:
        """Gradient descent on all rows from W = 0, with a rate in units of 2/λmax."""
        gram, cross = (torch.from_numpy(part).to(self.device) for part in (self.twin.gram, self.twin.cross))
        while not self.lost_alone:
            yield "batch"

            error = gram @ self.w.detach() - cross
            yield "forward"

            gradient = error  # Xᵀ(XW − Y)/N
            yield "backward"

            with torch.no_grad():
                self.w -= self.each(lambda own: own.twin_rate) * (2 / self.twin.curvature) * gradient
            self.take_in([self.twin.loss(w) for w in numpy(self.w, exact=True)])
            yield "update"
        yield from self.stand_still()

    @staticmethod
    def stand_still() -> Iterator[str]:
        """Steps of a run that has diverged: nothing is computed any more."""
        while True:
            yield from PARTS

    @property
    def lost_alone(self) -> bool:
        """Whether this run has diverged: its curves end there, and nothing is computed any more."""
        return self.diverged_at >= 0

    def take_in(self, losses: Any) -> None:
        """The losses of all arms. A run alone whose loss is not finite stands still; an arm of a sweep is given up."""
        values = losses.tolist() if isinstance(losses, Tensor) else losses
        if self.arms == 1:
            if not math.isfinite(values[0]) and not self.lost_alone:
                self.diverged_at = self.step + 1
        else:
            for arm, value in enumerate(values):
                self.check(arm, "loss", value)
        self.batch_loss = [value if math.isfinite(value) else math.nan for value in values]

    def each(self, value: Callable[[BatchNormParams], float]) -> Tensor:
        """A number of every arm's settings, (arms, 1, 1)."""
        return torch.tensor([value(own) for own in self.settings], dtype=torch.float64, device=self.device)[:, None, None]

    def pictures(self, rows: Tensor) -> Tensor:
        """Training pictures (arms, n, 64), shifted."""
        return (self.data_set.x[rows] + self.params.input_shift).expand(self.arms, -1, -1)

    def noises(self, random: torch.Generator) -> list[Noise]:
        """Noise for every layer of this step; none but for noisy BN."""
        if self.params.normaliser != "noisy_bn":
            return []
        return [noise(self.params.batch_size, WIDTH, random, self.device) for _ in range(self.params.depth)]

    @torch.no_grad()
    def keep(self, taps: Sequence[Tap], gradients: Mapping[str, Tensor], grad_pre: Tensor, grad_post: Tensor) -> None:
        """What the pictures show of this step, before its update."""
        first = {"pre": taps[0][0], "post": taps[0][1], "grad_pre": grad_pre, "grad_post": grad_post}
        first |= {"w_first": self.net.theta["w0"], "grad_w_first": gradients["w0"]}
        for name, key, usual in (("gamma", "gain0", 1.0), ("beta", "shift0", 0.0)):
            first[name] = self.net.theta.get(key, torch.full_like(taps[0][0][:, :1], usual)).squeeze(1)
        self.shown = {name: tensor.detach()[..., :SHOWN].clone() for name, tensor in first.items()}

    @torch.no_grad()
    def measure(self, arm: int) -> dict[str, float]:
        """Loss of all training rows as one batch, and both accuracies on the test rows."""
        if self.lost_alone:
            return dict.fromkeys(("train_loss", "test_accuracy", "test_accuracy_batch"), math.nan)
        theta, known = self.net.arm(arm)
        data, shift = self.data_set, self.params.input_shift
        loss = classifier.cross_entropy(self.net.forward(theta, data.x[None] + shift), data.labels)
        tested = data.test_x[None] + shift
        right = [classifier.accuracy(self.net.forward(theta, tested, known=by), data.test_labels) for by in (known, ())]
        return {"train_loss": float(loss), "test_accuracy": float(right[0]), "test_accuracy_batch": float(right[1])}

    def observe(self) -> tuple[dict[str, float], dict[str, np.ndarray]]:
        return self.observe_arm(0)

    def observe_arm(self, arm: int) -> tuple[dict[str, float], dict[str, np.ndarray]]:
        """The frame of a run with the settings of this arm."""
        frame = self.net_frame(arm) if self.params.bench == "net" else self.twin_frame(arm)
        return {"diverged_at": float(self.diverged_at), **frame[0]}, frame[1]

    def twin_frame(self, arm: int) -> tuple[dict[str, float], dict[str, np.ndarray]]:
        w = self.w[arm].detach().cpu().numpy()
        told = {"lambda_max": self.twin.curvature, "second_moment": self.twin.second_moment, "condition": self.twin.condition()}
        told |= {"twin_loss": math.nan if self.lost_alone else self.twin.loss(w), "twin_floor": self.twin.floor}
        spectra = [theory.twin(kind, self.params.input_shift).eigenvalues for kind in ("raw", "centred", "standardised")]
        return told, {"excess": self.twin.excess(w), "eigenvalues": np.stack(spectra)}

    def net_frame(self, arm: int) -> tuple[dict[str, float], dict[str, np.ndarray]]:
        seen, own = self.probes[arm], self.settings[arm]
        length = float(self.net.theta["w0"][arm].detach().square().sum())
        scalars = {
            "batch_loss": self.batch_loss[arm],
            **self.measure(arm),
            "loss_low": seen.low,
            "loss_high": seen.high,
            "loss_range": seen.range,
            "gradient_norm": seen.gradient_norm,
            "smoothness": seen.smoothness,
            "mean_loss_range": seen.mean(seen.ranges),
            "mean_smoothness": seen.mean(seen.smoothnesses),
            "weight_norm2": length,
            "predicted_norm2": float(self.predicted[arm]),
            "effective_rate": own.learning_rate / length,
        }
        arrays = {name: numpy(tensor[arm], exact=True) for name, tensor in self.shown.items()}
        return scalars, arrays | {"slice": seen.slice, "batch_rows": numpy(self.rows)}
