"""The loop of the self-orthogonality lab: filters that see Gaussian inputs, or digits; all arms of a sweep at once.

>>> import engine                                                                             # doctest: +SKIP
>>> run = engine.start("self-orthogonality", {"anisotropy": 100.0}, seed=0)                   # doctest: +SKIP
>>> run.advance(steps=600).scalars["sigma_angle_mean"]                                        # doctest: +SKIP

Sources: Su 2020, kexue.fm/archives/7169; Zhang, Ma, Wu & Wang 2020, arXiv:2001.01275. All in float64.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from engine.core.model import Data, Model, numpy
from engine.training import classifier
from engine.training.self_orthogonality import penalties, theory
from engine.training.self_orthogonality.params import (
    DIGITS_BATCH,
    DIGITS_RATE,
    GAUSSIAN_RATE,
    HIDDEN,
    PIXELS,
    START_ANGLE,
    SelfOrthogonalityParams,
)

SATURATED = 2.0  # |γy| from which tanh has less than 7 % of its slope


class SelfOrthogonality(Model):
    """One layer W for each arm, (arms, d, k); on the digits with a classifier behind it."""

    params: SelfOrthogonalityParams

    def __init__(
        self,
        params: SelfOrthogonalityParams,
        seed: int,
        device: torch.device,
        data: Data | None = None,
        settings: Sequence[SelfOrthogonalityParams] = (),
    ) -> None:
        super().__init__(params, seed, device, data, settings)
        self.arms = len(self.settings)
        first = self.generator("first batch")  # what the start is looked at with
        if params.bench == "gaussian":
            self.w = related(self.arms, params.dims, params.filters, self.generator("weights"), device)
            self.x = self.gaussian(first)
            return
        weights = self.generator("weights")
        self.pixels = theory.pixels(params.preprocessing)
        self.train_x, self.test_x = (torch.from_numpy(x).to(device) for x in (self.pixels.x, self.pixels.test_x))
        self.labels, self.test_labels = (torch.from_numpy(y).to(device) for y in (self.pixels.labels, self.pixels.test_labels))
        self.w = classifier.he_normal(self.arms, PIXELS, HIDDEN, weights, device)
        self.out = classifier.he_normal(self.arms, HIDDEN, classifier.CLASSES, weights, device)
        self.bias, self.out_bias = (
            torch.zeros(self.arms, 1, units, dtype=torch.float64, device=device, requires_grad=True)
            for units in (HIDDEN, classifier.CLASSES)
        )
        self.x = self.train_x[classifier.batch(len(self.train_x), DIGITS_BATCH, first)].expand(self.arms, -1, -1)

    def steps(self) -> Iterator[str]:
        yield from self.align() if self.params.bench == "gaussian" else self.classify()

    def align(self) -> Iterator[str]:
        """Nothing but the penalty (3), on a fresh batch of Gaussian inputs every step."""
        random, adam = self.generator("inputs"), torch.optim.Adam([self.w], GAUSSIAN_RATE)
        while True:
            self.x = self.gaussian(random)
            yield "batch"

            theta = penalties.estimate(self.x @ self.w, self.each(lambda own: own.gamma)[:, None, None])
            loss = self.penalty(theta)
            self.check_all(loss)
            yield "forward"

            adam.zero_grad()
            loss.sum().backward()
            yield "backward"

            adam.step()
            yield "update"

    def classify(self) -> Iterator[str]:
        """Cross-entropy of the digits and a penalty on the first layer: on its outputs before the bias, or on its weights."""
        random = self.generator("batches")
        adam = torch.optim.Adam([self.w, self.bias, self.out, self.out_bias], DIGITS_RATE)
        while True:
            rows = classifier.batch(len(self.train_x), DIGITS_BATCH, random)
            self.x = self.train_x[rows].expand(self.arms, -1, -1)
            yield "batch"

            outputs = self.x @ self.w
            loss = classifier.cross_entropy(self.logits(outputs), self.labels[rows])
            loss = loss + self.each(lambda own: own.penalty_weight) * self.chosen_penalty(outputs)
            self.check_all(loss)
            yield "forward"

            adam.zero_grad()
            loss.sum().backward()
            yield "backward"

            adam.step()
            yield "update"

    def chosen_penalty(self, outputs: Tensor) -> Tensor:
        """The penalty of every arm, (arms,)."""
        match self.params.penalty:
            case "theta":
                return self.penalty(penalties.estimate(outputs, self.each(lambda own: own.gamma)[:, None, None]))
            case "off":
                return penalties.off(self.w)
            case "F":
                return penalties.frobenius(self.w)
        return torch.zeros(self.arms, dtype=torch.float64, device=self.device)

    def penalty(self, theta: Tensor) -> Tensor:
        """(3) of every arm with its own weights, (arms,)."""
        return penalties.self_orthogonality(theta, self.each(lambda own: own.lambda1), self.each(lambda own: own.lambda2))

    def logits(self, outputs: Tensor) -> Tensor:
        return (outputs + self.bias).relu() @ self.out + self.out_bias

    def gaussian(self, random: torch.Generator) -> Tensor:
        """A batch (arms, b, d) of N(μ1, Σ), of the same normal numbers in all arms."""
        p = self.params
        normal = torch.randn(p.batch, p.dims, generator=random, dtype=torch.float64).to(self.device)
        deviations = np.sqrt([theory.variances(own.anisotropy, p.dims) for own in self.settings])
        return normal * torch.from_numpy(deviations).to(self.device)[:, None] + p.input_mean

    def each(self, value: Callable[[SelfOrthogonalityParams], float]) -> Tensor:
        """A number of every arm's settings, (arms,)."""
        return torch.tensor([value(own) for own in self.settings], dtype=torch.float64, device=self.device)

    def check_all(self, loss: Tensor) -> None:
        for arm, value in enumerate(loss.tolist()):
            self.check(arm, "loss", value)

    def observe(self) -> tuple[dict[str, float], dict[str, np.ndarray]]:
        return self.observe_arm(0)

    @torch.no_grad()
    def observe_arm(self, arm: int) -> tuple[dict[str, float], dict[str, np.ndarray]]:
        """The frame of a run with the settings of this arm."""
        own, x, w = self.settings[arm], self.x[arm], self.w[arm].detach()
        outputs = x @ w
        theta = penalties.estimate(outputs, own.gamma)
        mean, square = penalties.mean_and_square(theta)
        weights = numpy(w, exact=True)
        digits = own.bench == "digits"
        covariance = self.pixels.covariance if digits else theory.variances(own.anisotropy, own.dims)
        euclid, seen = (theory.pairs(theory.angles(weights, given)) for given in (None, covariance))
        inputs, filters = weights.shape
        scalars = {
            "penalty_value": float(penalties.self_orthogonality(theta, own.lambda1, own.lambda2)),
            "theta_mean": float(mean),
            "theta_rms": math.sqrt(float(square)),
            "angle_mean": float(euclid.mean()),
            "angle_sd": float(euclid.std()),
            "sigma_angle_mean": float(seen.mean()),
            "sigma_angle_sd": float(seen.std()),
            "cos2_sum": float(2 * np.square(theory.pairs(theory.correlations(weights))).sum()),
            "welch_bound": theory.welch(filters, inputs),
            "unsaturated": float((own.gamma * outputs.abs() < SATURATED).double().mean()),
        }
        arrays = {"w": weights, "batch_x": numpy(x, exact=True), "theta": numpy(theta, exact=True)}
        if not digits:
            law = theory.signs_of_correlation(theory.correlations(weights, covariance))
            return scalars, arrays | {"sigma": covariance, "population_theta": law}
        return scalars | self.tested(arm), arrays

    def tested(self, arm: int) -> dict[str, float]:
        """Accuracy, and ϑ of exact signs, on the test rows."""
        outputs = self.test_x @ self.w
        mean, square = penalties.mean_and_square(penalties.exact(outputs[arm]))
        right = classifier.accuracy(self.logits(outputs), self.test_labels)[arm]
        return {"accuracy": float(right), "test_theta_mean": float(mean), "test_theta_rms": math.sqrt(float(square))}


def related(arms: int, dims: int, filters: int, random: torch.Generator, device: torch.device) -> Tensor:
    """Unit columns (arms, dims, filters), alike in all arms, around a common direction: their angles are about START_ANGLE.

    What each has of its own is a unit vector at right angles to the common one (in a plane, where only two are, any).
    """
    cosine = math.cos(math.radians(START_ANGLE))
    common = functional.normalize(torch.randn(dims, 1, generator=random, dtype=torch.float64), dim=0)
    own = torch.randn(dims, filters, generator=random, dtype=torch.float64)
    if dims > 2:
        own = own - common * (common.mT @ own)
    own = functional.normalize(own, dim=0)
    drawn = functional.normalize(math.sqrt(cosine) * common + math.sqrt(1 - cosine) * own, dim=0)
    return drawn.repeat(arms, 1, 1).to(device).requires_grad_()
