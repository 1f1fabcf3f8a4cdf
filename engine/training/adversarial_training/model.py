"""The loop of the adversarial training lab: an inner maximisation over disturbances of the inputs, an outer step of Adam.

>>> import engine                                                                              # doctest: +SKIP
>>> run = engine.start("adversarial-training", {"bench": "digits", "method": "fgm"}, seed=0)   # doctest: +SKIP
>>> run.advance(steps=500).scalars["robust_accuracy"]                                          # doctest: +SKIP

Sources: Su 2020, kexue.fm/archives/7234; Madry et al. 2017, arXiv:1706.06083. All in float64.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch import Tensor

from engine.core.model import Data, Model
from engine.training import classifier
from engine.training.adversarial_training import observe, perturb, theory
from engine.training.adversarial_training.data import load
from engine.training.adversarial_training.network import Losses, begin, looked_up, loss_of_matrix, losses_of
from engine.training.adversarial_training.params import CURVE_EVERY, RADII, SHOWN, AdversarialTrainingParams

BATCH = 128  # digits of one step; points and texts are few, and all of them are taken
RATES = {"moons": 0.01, "digits": 3e-3, "embedding": 0.01}  # of Adam


class AdversarialTraining(Model):
    """One network for each arm of a sweep, as one model: they differ in their radii."""

    params: AdversarialTrainingParams

    def __init__(
        self,
        params: AdversarialTrainingParams,
        seed: int,
        device: torch.device,
        data: Data | None = None,
        settings: Sequence[AdversarialTrainingParams] = (),
    ) -> None:
        super().__init__(params, seed, device, data, settings)
        self.arms, self.bench = len(self.settings), params.bench
        self.split = load(params, seed, data)
        self.x, self.labels, self.test_x, self.test_labels = (torch.from_numpy(part).to(device) for part in self.split)
        self.theta = begin(self.bench, self.arms, self.generator("weights"), device)
        self.adam = torch.optim.Adam(list(self.theta.values()), RATES[self.bench])
        self.loss = [math.nan] * self.arms
        self.milliseconds = math.nan  # of the newest step
        self.curves = np.full((self.arms, len(observe.CURVE), len(RADII)), math.nan)

    def steps(self) -> Iterator[str]:
        """min over θ of the mean over samples of max over δ of L(x + δ, y; θ)."""
        batches, noise = self.generator("batches"), self.generator("noise")
        while True:
            began = time.perf_counter()
            p, radius = self.params, self.each("radius")
            x, losses = self.samples(batches)
            yield "batch"

            ways = perturb.ways(p, losses, x.detach(), radius, noise)
            yield "inner"

            objective = perturb.objective(p, losses, x, radius, ways[-1] if ways else None)
            self.loss = [self.check(arm, "loss", value) for arm, value in enumerate(objective.tolist())]
            yield "outer"

            self.adam.zero_grad()
            objective.sum().backward()
            self.adam.step()
            self.milliseconds = 1e3 * (time.perf_counter() - began)
            if self.step == 0 or (self.step + 1) % CURVE_EVERY == 0:
                self.look()
            yield "update"

    def samples(self, random: torch.Generator) -> tuple[Tensor, Losses]:
        """Inputs (arms, n, d) of one step, and their losses as a function of them."""
        if self.bench == "digits":
            rows = classifier.batch(len(self.x), BATCH, random)
            return self.x[rows].expand(self.arms, -1, -1), losses_of("digits", self.theta, self.labels[rows])
        if self.bench == "moons":
            return self.x.expand(self.arms, -1, -1), losses_of("moons", self.theta, self.labels)
        if self.params.perturb == "matrix":
            return self.theta["e"].flatten(1)[:, None], loss_of_matrix(self.theta, self.x, self.labels)
        return looked_up(self.theta["e"], self.x), losses_of("embedding", self.theta, self.labels)

    def each(self, name: str) -> Tensor:
        """A setting of every arm, (arms, 1, 1)."""
        values = [getattr(own, name) for own in self.settings]
        return torch.tensor(values, dtype=torch.float64, device=self.device)[:, None, None]

    def look(self) -> None:
        """The curve of robust accuracy of every arm, at the present weights."""
        for arm in range(self.arms):
            self.curves[arm] = observe.curve(self.of_arm(arm), self.params.norm, self.generator("curve"))

    def of_arm(self, arm: int) -> observe.Samples:
        """What one arm sees, with its own parameters."""
        theta = {name: part.detach()[arm : arm + 1] for name, part in self.theta.items()}
        return observe.Samples(self.bench, theta, self.x, self.labels, self.test_x, self.test_labels)

    def observe(self) -> tuple[dict[str, float], dict[str, np.ndarray]]:
        return self.observe_arm(0)

    def observe_arm(self, arm: int) -> tuple[dict[str, float], dict[str, np.ndarray]]:
        """The frame of a run with the settings of this arm."""
        own, seen = self.settings[arm], self.of_arm(arm)
        scalars = {"loss": self.loss[arm], **observe.told(seen, own)}
        scalars |= {"gradients": float(theory.evaluations(own.method, own.pgd_steps)), "milliseconds": self.milliseconds}
        arrays = {"robust_curve": self.curves[arm].copy()}
        if self.bench == "moons":
            more, found = observe.plane(seen, own, self.generator("shown noise"))
            scalars |= more
            arrays |= found | {"points": self.split.x, "labels": self.split.labels}
            arrays |= {"test_points": self.split.test_x, "test_labels": self.split.test_labels}
        if self.bench == "digits":
            arrays |= observe.gallery(seen, own)
            arrays |= {"digit_images": self.split.test_x[:SHOWN], "digit_labels": self.split.test_labels[:SHOWN]}
        return scalars, {name: np.array(array) for name, array in arrays.items()}
