"""The triangle bench: Gumbel-max and Gumbel-softmax samples of three classes, redrawn at once for every temperature."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np

from engine.discrete.gumbel_softmax import theory
from engine.discrete.gumbel_softmax.benches import Look, Source
from engine.discrete.gumbel_softmax.estimators import gumbel, is_limit, one_hot, relax
from engine.discrete.gumbel_softmax.params import POINTS, GumbelSoftmaxParams

GRID = 60  # cells per side of the density's heat map, over the first two coordinates
MEAN_TAUS = np.geomspace(0.02, 10.0, 16)
TRACK_TAUS = np.geomspace(0.01, 30.0, 48)
ORDERS = tuple(itertools.permutations(range(3)))
INSIDE, CELL_P = theory.triangle(GRID)
_RANK_CODE = np.array([9 * a + 3 * b + c for a, b, c in ORDERS])


class SimplexBench:
    """Counts who wins; the softened picture depends only on the noise in force and on the parameters."""

    def __init__(self, params: GumbelSoftmaxParams, picture: Source, loop: Source) -> None:
        self.loop = loop
        self.noise = gumbel(picture.exponential(POINTS, 3))
        self.counted: tuple[float, ...] = ()  # the probabilities that the counts belong to
        self.ranks, self.maxima = np.zeros(6, np.int64), 0.0

    def draw(self, params: GumbelSoftmaxParams) -> None:
        self.noise = gumbel(self.loop.exponential(POINTS, 3))

    def forward(self, params: GumbelSoftmaxParams) -> None:
        self.p = theory.probabilities(params)
        self.scores = np.log(self.p).astype(np.float32) + self.noise

    def estimate(self, params: GumbelSoftmaxParams) -> None:
        self.batch = count(self.scores)

    def update(self, params: GumbelSoftmaxParams) -> None:
        if self.counted != tuple(self.p):  # other probabilities: a new count; the temperature cannot change who wins
            self.counted, self.ranks, self.maxima = tuple(self.p), np.zeros(6, np.int64), 0.0
        ranks, maxima = self.batch
        self.ranks, self.maxima = self.ranks + ranks, self.maxima + maxima

    def observe(self, params: GumbelSoftmaxParams) -> Look:
        p = theory.probabilities(params)
        scores = np.log(p).astype(np.float32) + self.noise
        y = relax(scores, params.temperature)
        ranks, maxima = (self.ranks, self.maxima) if self.counted == tuple(p) else count(scores)
        wins, draws = ranks.reshape(3, 2).sum(1), int(ranks.sum())  # two orders begin with each class
        statistic, chance = theory.chi_square(wins, p)
        followed = scores[params.probe]
        few = scores[:1500, None, :]
        # Rounding is exactly unbiased: measuring only the distance to it leaves almost no noise at small temperatures.
        curve = (relax(few, MEAN_TAUS.astype(np.float32)[:, None]) - one_hot(few)).mean(0) + p
        track = relax(np.broadcast_to(followed, (len(TRACK_TAUS), 3)), TRACK_TAUS.astype(np.float32)[:, None])
        scalars = {
            "draws": float(draws),
            "chi_square": statistic,
            "chance": chance,
            "maximum_mean": maxima / draws,
            "sharp": float((y.max(-1) > 0.9).mean()),
        }
        return scalars, {
            "cloud": y[:, :2].astype(np.float32),
            "winner": scores.argmax(-1).astype(np.uint8),
            "density": density(params),
            "wins": wins,
            "ranks": ranks,
            "mean": y.mean(0, dtype=np.float64).astype(np.float32),
            "mean_curve": curve.astype(np.float32),
            "track": track[:, :2].astype(np.float32),
            "race": self.noise[params.probe].astype(np.float32),
        }


def count(scores: np.ndarray) -> tuple[np.ndarray, float]:
    """How often each order of ORDERS occurs (6,), and the sum of the maxima, of scores (n, 3)."""
    order = np.argsort(-scores, axis=-1)
    code = 9 * order[:, 0] + 3 * order[:, 1] + order[:, 2]
    return np.bincount(code, minlength=27)[_RANK_CODE], float(scores.max(-1).sum(dtype=np.float64))


def density(params: GumbelSoftmaxParams) -> np.ndarray:
    """log of (10) on the grid (GRID, GRID), NaN outside the triangle and in the limits of τ, where there is no density."""
    result: Any = np.full((GRID, GRID), math.nan, np.float32)
    if not is_limit(params.temperature):
        logits = np.log(theory.probabilities(params))
        result[INSIDE] = theory.concrete_log_density(np.log(CELL_P), logits, params.tau)
    return result
