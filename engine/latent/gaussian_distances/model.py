"""The loop: five racers with five losses on their way to p, the exact flow beside them, and a fit that walks downhill.

>>> from engine.core.session import Session                                                        # doctest: +SKIP
>>> run = Session.start("gaussian-distances", {"thinness": 0.1}, seed=0)                           # doctest: +SKIP
>>> run.advance(steps=10).scalars["race_w2"] / run.look().scalars["race_start"]      # 0.9 ** 10   # doctest: +SKIP
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
import torch

from engine.core.model import Data, Model
from engine.latent.gaussian_distances import mixture, samples, theory
from engine.latent.gaussian_distances.outputs import DISTANCES, LOSSES
from engine.latent.gaussian_distances.params import GaussianDistancesParams
from engine.latent.gaussian_distances.theory import Array, Gaussian

REPEATS = 50
SIZES = (20, 63, 200, 632, 2000)
TRAIL = 200  # steps of a racer's way that are kept
FAR = 1e6  # beyond it, or thinner or wider than e^±20, a racer is lost
DESCENTS, DESCENT = 25, 0.04  # steps of the fit to the two humps in one step of the run, and their size


@dataclass
class Racer:
    """A normal distribution on its way, and Adam's memory of its gradients.

    Attributes:
        mean: (2,). factor: (2, 2), lower triangular; covariance factor @ factor.T. W2's racer has any square factor.
        moments: running mean and mean square of the gradient (2, 5), over `count` steps.
        lost_at: the step at which it was lost; NaN while it runs.
    """

    mean: Array
    factor: Array
    moments: Array = field(default_factory=lambda: np.zeros((2, 5)))
    count: int = 0
    trail: list[Array] = field(default_factory=list)
    lost_at: float = math.nan

    @property
    def gaussian(self) -> Gaussian:
        return Gaussian(self.mean, self.factor @ self.factor.T)

    @property
    def lost(self) -> bool:
        return not math.isnan(self.lost_at)


class GaussianDistances(Model):
    """Distances of two normal distributions, and what each of them is worth as a loss."""

    params: GaussianDistancesParams

    def __init__(self, params: GaussianDistancesParams, seed: int, device: torch.device, data: Data | None = None) -> None:
        super().__init__(params, seed, device, data)
        self.own = samples.numbers(samples.read(data), np.random.default_rng([seed, 2])) if params.data == "own" else None
        self.racers: dict[str, Racer] = {}  # they line up with the first step
        self.flow = Gaussian(np.zeros(2), np.eye(2))
        self.flow_trail: list[Array] = []
        self.start_w2 = math.nan
        self.fit = np.zeros(2)  # mean and ln sd of the fit to the two humps
        self.slopes: dict[str, Array] = {}

    def line_up(self) -> tuple[dict[str, Racer], Gaussian, Array]:
        """The racers and the flow at their start, and the fit to the two humps at the moments of the target."""
        start = Gaussian(self.params.p.mean + np.array([self.params.start_distance, 0.0]), self.params.q.covariance)
        lower = np.linalg.cholesky(start.covariance).astype(np.float64)
        mean, sd = mixture.moments(self.params.mixture_gap)
        racers = {name: Racer(start.mean, lower, trail=[start.mean]) for name in LOSSES}
        return racers, start, np.array([mean, math.log(sd)])

    def steps(self) -> Iterator[str]:
        self.racers, self.flow, self.fit = self.line_up()
        self.flow_trail = [self.flow.mean]
        self.start_w2 = theory.w2(self.flow, self.params.p)
        while True:
            target = self.params.p
            self.slopes = {
                name: slope(name, target, racer) for name, racer in self.racers.items() if name != "w2" and not racer.lost
            }
            yield "gradients"

            eta = self.params.eta
            for name, racer in self.racers.items():
                if racer.lost:
                    continue
                if name == "w2":
                    racer.mean = (1 - eta) * racer.mean + eta * target.mean
                    racer.factor = theory.bures_step(racer.factor, theory.root(target.covariance), eta)
                else:
                    self.go(racer, self.direction(racer, self.slopes[name]))
                racer.trail = [*racer.trail, racer.mean][-TRAIL:]
            yield "update"

            self.flow = theory.kl_flow(self.flow, self.params.p, self.params.eta)
            self.flow_trail = [*self.flow_trail, self.flow.mean][-TRAIL:]
            yield "flow"

            for _ in range(DESCENTS):
                self.fit = self.fit - DESCENT * mixture.reverse_slope(self.fit[0], self.fit[1], self.params.mixture_gap)
            yield "fit"

    def direction(self, racer: Racer, gradient: Array) -> Array:
        """Where a racer goes, per unit of the step size: down the gradient (5,), or by Adam (Kingma & Ba 2015)."""
        if self.params.race_optimiser == "gradient":
            return -gradient
        racer.count += 1
        racer.moments = np.stack([0.9 * racer.moments[0] + 0.1 * gradient, 0.999 * racer.moments[1] + 0.001 * gradient**2])
        mean, square = racer.moments[0] / (1 - 0.9**racer.count), racer.moments[1] / (1 - 0.999**racer.count)
        return -mean / (np.sqrt(square) + 1e-12)

    def go(self, racer: Racer, direction: Array) -> None:
        """One step of mean and factor, its diagonal by its logarithm; a racer that leaves all bounds is lost, the others go on."""
        move = self.params.eta * direction
        diagonal = np.log(np.diag(racer.factor)) + move[[2, 4]]
        mean, below = racer.mean + move[:2], racer.factor[1, 0] + move[3]
        if not (np.isfinite(move).all() and np.abs([*mean, below]).max() < FAR and np.abs(diagonal).max() < 20):
            racer.lost_at = self.step + 1.0
            return
        first, second = np.exp(diagonal)
        racer.mean, racer.factor = mean, np.array([[first, 0.0], [below, second]])

    def observe(self) -> tuple[dict[str, float], dict[str, np.ndarray]]:
        scalars, arrays = static(self.params)
        racers, flow, fit = (self.racers, self.flow, self.fit) if self.racers else self.line_up()
        target, gap = self.params.p, self.params.mixture_gap

        for name, racer in racers.items():
            scalars[f"race_{name}"] = math.inf if racer.lost else theory.w2(racer.gaussian, target)
        scalars["flow_w2"] = theory.w2(flow, target)
        scalars["race_start"] = self.start_w2 if self.racers else theory.w2(flow, target)
        everyone = [*(racer.gaussian for racer in racers.values()), flow]
        arrays["means"] = np.stack([one.mean for one in everyone])
        arrays["covariances"] = np.stack([one.covariance for one in everyone])
        arrays["trails"] = trails([*(racer.trail for racer in racers.values()), self.flow_trail or [flow.mean]])
        arrays["lost_at"] = np.array([*(racer.lost_at for racer in racers.values()), math.nan], np.float32)

        scalars["mixture_mean"], scalars["mixture_sd"] = float(fit[0]), math.exp(fit[1])
        scalars["mixture_live"] = float(mixture.reverse_kl(fit[0], math.exp(fit[1]), gap))
        found = mixture.optima(gap)
        arrays["optima"] = np.array([found.get(basin, (math.nan,) * 3) for basin in mixture.BASINS], np.float32)
        scalars |= {f"mixture_{basin}": found.get(basin, (math.nan,) * 3)[2] for basin in mixture.BASINS}
        scalars["mixture_forward_sd"] = mixture.moments(gap)[1]

        repeats, curve = bias(self.params.m, self.params.n, self.seed)
        scalars["bias_mean"] = float(repeats.mean())
        scalars["bias_predicted"] = theory.predicted_bias(self.params.m, self.params.n)
        arrays |= {"bias_repeats": repeats.astype(np.float32), "bias_curve": curve.astype(np.float32)}
        arrays["bias_sizes"] = np.array(SIZES, np.float32)
        if self.own is not None:
            scalars |= self.own[0]
            arrays |= self.own[1]
        return scalars, arrays


def slope(loss: str, target: Gaussian, racer: Racer) -> Array:
    """Gradient (5,) with respect to mean, ln l11, l21, ln l22, of which l is the racer's factor."""
    mean, covariance = theory.gradient(loss, target, racer.gaussian)
    factor = 2 * covariance @ racer.factor
    return np.array([*mean, factor[0, 0] * racer.factor[0, 0], factor[1, 0], factor[1, 1] * racer.factor[1, 1]])


def static(params: GaussianDistancesParams) -> tuple[dict[str, float], dict[str, np.ndarray]]:
    """What is told of the pair alone."""
    p, q = params.p, params.q
    found = (theory.kl(p, q), theory.kl(q, p), theory.bhattacharyya(p, q), theory.w2_squared(p, q))
    scalars: dict[str, float] = {}
    for name, parts in zip(DISTANCES, found, strict=True):
        scalars |= {name: parts.total, f"{name}_mean": parts.mean, f"{name}_shape": parts.shape}
    scalars["hellinger_squared"] = theory.hellinger_squared(p, q)
    cross = theory.coupling(p.covariance, q.covariance, params.coupling)
    scalars["coupling_cost"] = theory.coupling_cost(p, q, cross)
    scalars["coupling_best"] = theory.best_coupling(p.covariance, q.covariance)
    return scalars, {"transport": theory.transport(p.covariance, q.covariance)}


def trails(ways: list[list[Array]]) -> np.ndarray:
    """Ways of different length as one array (ways, longest, 2): a racer that was lost stays where it was last seen."""
    longest = max(map(len, ways))
    return np.stack([np.array(way + [way[-1]] * (longest - len(way))) for way in ways]).astype(np.float32)


@lru_cache(maxsize=64)
def bias(m: int, n: int, seed: int) -> tuple[Array, Array]:
    """W2^2 of two samples of one law: the repeats (50,), and the mean at each of SIZES (5,)."""
    draw: Any = lambda size: theory.same_law(size, n, REPEATS, np.random.default_rng([seed, 1, size]))  # noqa: E731
    return draw(m), np.array([draw(size).mean() for size in SIZES])
