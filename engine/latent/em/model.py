"""EM as one coordinate ascent: both half-steps raise the same number F.

>>> run = engine.start("em", {"data": "iris", "init": "rows"}, seed=0)   # doctest: +SKIP
>>> run.advance(steps=7).scalars["ell"]                                  # doctest: +SKIP

Dempster, Laird, Rubin 1977; Neal & Hinton 1998. Everything in float64.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from engine.core.model import Data, Diverged, Model
from engine.latent.em import mixture, pair
from engine.latent.em.data import checked, load
from engine.latent.em.mixture import Array, Theta
from engine.latent.em.observe import Observer
from engine.latent.em.params import EmParams

GRADIENT_RATE = 0.05  # of the gradient lane's Adam
NEAR = 1e-9  # errors below this are rounding: their ratios say nothing


class EM(Model):
    """EM on a mixture of normal distributions, on two normal means, or on two coins; beside the last two, gradient ascent."""

    params: EmParams

    def __init__(self, params: EmParams, seed: int, device: torch.device, data: Data | None = None, settings: Any = ()) -> None:
        super().__init__(params, seed, device, data, settings)
        self.random = np.random.default_rng([seed, *b"memberships"])
        self.x, self.labels = load(params, np.random.default_rng([seed, *b"data"]), data)
        self.pair = None
        if params.data == "coins":
            self.pair = pair.coin_pair()
            means = np.array(pair.FIRST_COINS)[:, None]
            self.theta = Theta(np.full(2, 0.5), means, np.ones((2, 1, 1)))
        else:
            first = np.random.default_rng([seed, *b"start"])
            means = mixture.start(checked(self.x, params), params.components, params.init, first)
            if params.data == "two_gaussians":
                self.pair = pair.normal_pair(self.x[:, 0])
                self.theta = Theta(np.full(2, 0.5), means, np.ones((2, 1, 1)))
            else:
                self.theta = mixture.first_theta(self.x, means, params.covariance, params.floor, params.softness)
        self.r = np.full((len(self.x), params.components), 1 / params.components)
        self.largest_drop = 0.0
        self.moved_by = (0.0, 0.0, 0.0)  # what a hand has asked for so far: nudge, place of a centre
        self.goal_temperature = self.error = self.ratio = self.moved = math.nan
        self.begin_ascent(means)
        self.observer = Observer(self)
        self.heed(params)

        self.before_e = self.theta  # parameters of the last E-step
        log_joint = self.log_joint(self.theta)
        self.free = self.free_before = mixture.free_energy(log_joint, self.r, self.temperature)
        self.ell = self.ell_e = self.ell_gradient = mixture.log_likelihood(log_joint)

    def steps(self) -> Iterator[str]:
        while True:
            p = self.params
            self.heed(p)

            # E: for fixed θ, F is highest at Bayes' rule (4)
            log_joint = self.log_joint(self.theta)
            self.ell_e = mixture.log_likelihood(log_joint)
            self.free_before = mixture.free_energy(log_joint, self.r, p.temperature)
            rows = slice(None) if p.fraction == 1 or self.step == 0 else self.random.random(len(self.x)) < p.fraction
            self.r[rows] = mixture.memberships(log_joint[rows], p.temperature)
            self.before_e = self.theta
            self.book("E", log_joint)
            yield "E"

            # M: for fixed r, F is highest at the weighted means, covariances and shares (6)
            theta = self.maximise(p)
            log_joint = self.log_joint(theta)
            self.theta = theta
            self.climb()
            self.measure()
            self.book("M", log_joint)
            yield "M"

    def log_joint(self, theta: Theta) -> Array:
        """ln π_k p_k(x_i), (N, K)."""
        if self.pair is not None:
            return self.pair.log_joint(theta.means[:, 0])
        try:
            return mixture.normal_log_joint(self.x, theta)
        except np.linalg.LinAlgError:
            least = float(mixture.least_variances(theta.covariances).min())
            raise Diverged("the least variance of a singular component", least, self.step) from None

    def maximise(self, p: EmParams) -> Theta:
        """The M-step of the family in force."""
        if self.pair is not None:
            return replace(self.theta, means=self.pair.maximise(self.r, self.theta.means[:, 0])[:, None])
        return mixture.maximise(self.x, self.r, self.theta, p.covariance, p.floor)

    def heed(self, p: EmParams) -> None:
        """What a hand changed holds from here on: σ, a higher floor, a centre. Not EM's doing, so not in its ledger."""
        if p.fixed:
            covariances = np.repeat(p.softness**2 * np.eye(self.x.shape[1])[None], p.components, 0)
            self.theta = replace(self.theta, covariances=covariances)
        elif self.pair is None:
            self.theta = replace(self.theta, covariances=mixture.lifted(self.theta.covariances, p.floor))
        if (p.nudge, p.put_x, p.put_y) != self.moved_by:
            means = self.theta.means.copy()
            means[0, 0] += 0.0 if p.data == "coins" else p.nudge - self.moved_by[0]
            if (p.put_x, p.put_y) != self.moved_by[1:]:
                means = self.observer.put(means, p)
            self.moved_by = (p.nudge, p.put_x, p.put_y)
            self.theta = replace(self.theta, means=means)
            self.begin_ascent(means)  # from where the hand has put EM, that both can be compared
            self.observer.begin_anew(self)
        self.temperature = p.temperature
        if p.data == "two_gaussians" and p.temperature != self.goal_temperature:
            self.seek_goal()

    def book(self, part: str, log_joint: Array) -> None:
        """ℓ and F after a half-step; F must not be below what it was before."""
        self.ell = self.check(0, "the log-likelihood", mixture.log_likelihood(log_joint))
        self.free = mixture.free_energy(log_joint, self.r, self.temperature)
        self.largest_drop = max(self.largest_drop, self.free_before - self.free)
        self.free_before = self.free
        self.observer.keep(self, part)

    def begin_ascent(self, means: Array) -> None:
        """The lane of gradient ascent begins at these means."""
        self.ascent = torch.tensor(means[:, 0].copy(), dtype=torch.float64, requires_grad=True)
        self.adam = torch.optim.Adam([self.ascent], lr=GRADIENT_RATE, maximize=True)

    def climb(self) -> None:
        """One step of gradient ascent on ℓ (Adam), which needs a step size and promises nothing."""
        if self.pair is None:
            return
        x, values = torch.from_numpy(self.pair.x), self.ascent
        if self.params.data == "coins":
            chance = values.clamp(1e-6, 1 - 1e-6)
            log_density = x[:, None] * chance.log() + (pair.TOSSES - x[:, None]) * (1 - chance).log()
        else:
            log_density = -0.5 * (x[:, None] - values) ** 2
        self.adam.zero_grad()
        torch.logsumexp(log_density, -1).mean().backward()
        self.adam.step()
        self.ell_gradient = mixture.log_likelihood(self.pair.log_joint(values.detach().numpy()))

    def seek_goal(self) -> None:
        """Where EM will end on these data at this temperature, and how fast it will go there."""
        self.goal_temperature = self.params.temperature
        self.goal = pair.fixed_point(self.x[:, 0], self.goal_temperature)
        self.rho = pair.spectral_radius(pair.rate_matrix(self.x[:, 0], self.goal, self.goal_temperature))
        self.error = self.distance()

    def distance(self) -> float:
        """Of the means to the fixed point, whichever of the two comes first."""
        return float(np.linalg.norm(np.sort(self.theta.means[:, 0]) - self.goal))

    def measure(self) -> None:
        """How far EM has come, and by which factor."""
        if self.params.data != "two_gaussians":
            return
        last, self.error = self.error, self.distance()
        self.moved = float(np.linalg.norm(self.theta.means - self.before_e.means))
        if self.error > NEAR:
            self.ratio = self.error / last

    def weights(self) -> dict[str, torch.Tensor]:
        """The mixture, and where gradient ascent runs beside it, its means."""
        learned = {name: torch.from_numpy(np.array(getattr(self.theta, name))) for name in ("means", "covariances", "weights")}
        return learned if self.pair is None else {**learned, "ascent": self.ascent}

    def observe(self) -> tuple[dict[str, float], dict[str, np.ndarray]]:
        return self.observer.frame(self)
