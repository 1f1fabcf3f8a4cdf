"""The triangle bench: Gumbel-max and Gumbel-softmax samples of three classes, redrawn at once for every temperature."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np

from engine.discrete.gumbel_softmax import theory
from engine.discrete.gumbel_softmax.benches import Source
from engine.discrete.gumbel_softmax.estimators import gumbel, is_limit, one_hot, relax
from engine.discrete.gumbel_softmax.params import POINTS, GumbelSoftmaxParams

GRID = 60  # cells per side of the density's heat map, over the first two coordinates
MEAN_TAUS = np.geomspace(0.02, 10.0, 16)
TRACK_TAUS = np.geomspace(0.01, 30.0, 48)
ORDERS = tuple(itertools.permutations(range(3)))
_CENTRES = (np.arange(GRID) + 0.5) / GRID
_Y2, _Y1 = np.meshgrid(_CENTRES, _CENTRES, indexing="ij")  # rows are y₂, columns y₁
_INSIDE = _Y1 + _Y2 < 1
_LOG_Y = np.log(np.stack([_Y1[_INSIDE], _Y2[_INSIDE], 1 - _Y1[_INSIDE] - _Y2[_INSIDE]], -1))
_RANK_CODE = np.array([9 * a + 3 * b + c for a, b, c in ORDERS])


class SimplexBench:
    """Counts who wins; the softened picture depends only on the noise in force and on the parameters."""

    def __init__(self, params: GumbelSoftmaxParams, picture: Source, loop: Source) -> None:
        self.loop = loop
        self.noise = gumbel(picture.exponential(POINTS, 3))
        self.counted: tuple[float, ...] = ()  # the probabilities that the counts belong to
        self.draws, self.maxima = 0, 0.0
        self.wins, self.ranks = np.zeros(3, np.int64), np.zeros(6, np.int64)

    def draw(self, params: GumbelSoftmaxParams) -> None:
        self.noise = gumbel(self.loop.exponential(POINTS, 3))

    def forward(self, params: GumbelSoftmaxParams) -> None:
        self.p = theory.class_probabilities(params.first, params.second)
        self.scores = np.log(self.p).astype(np.float32) + self.noise

    def estimate(self, params: GumbelSoftmaxParams) -> None:
        self.batch = count(self.scores)

    def update(self, params: GumbelSoftmaxParams) -> None:
        if self.counted != tuple(self.p):  # other probabilities: a new count; the temperature cannot change who wins
            self.counted, self.draws, self.maxima = tuple(self.p), 0, 0.0
            self.wins, self.ranks = np.zeros(3, np.int64), np.zeros(6, np.int64)
        wins, ranks, maxima = self.batch
        self.wins, self.ranks, self.maxima = self.wins + wins, self.ranks + ranks, self.maxima + maxima
        self.draws += POINTS

    def observe(self, params: GumbelSoftmaxParams) -> tuple[dict[str, float], dict[str, np.ndarray]]:
        p = theory.class_probabilities(params.first, params.second)
        logits = np.log(p).astype(np.float32)
        tau = params.temperature
        scores = logits + self.noise
        y = relax(scores, tau)
        winner = scores.argmax(-1)
        if self.counted == tuple(p):
            wins, ranks, maxima, draws = self.wins, self.ranks, self.maxima, self.draws
        else:
            (wins, ranks, maxima), draws = count(scores), POINTS
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
            "winner": winner.astype(np.uint8),
            "density": density(params),
            "wins": wins,
            "ranks": ranks,
            "mean": y.mean(0, dtype=np.float64).astype(np.float32),
            "mean_curve": curve.astype(np.float32),
            "track": track[:, :2].astype(np.float32),
            "race": self.noise[params.probe].astype(np.float32),
        }


def count(scores: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """Wins of each class (3,), how often each order of ORDERS occurs (6,), and the sum of the maxima, of scores (n, 3)."""
    order = np.argsort(-scores, axis=-1)
    code = 9 * order[:, 0] + 3 * order[:, 1] + order[:, 2]
    ranks = np.bincount(code, minlength=27)[_RANK_CODE]
    return np.bincount(order[:, 0], minlength=3), ranks, float(scores.max(-1).sum(dtype=np.float64))


def density(params: GumbelSoftmaxParams) -> np.ndarray:
    """log of (10) on the grid (GRID, GRID), NaN outside the triangle and in the limits of τ, where there is no density."""
    result: Any = np.full((GRID, GRID), math.nan, np.float32)
    if not is_limit(params.temperature):
        logits = np.log(theory.class_probabilities(params.first, params.second))
        result[_INSIDE] = theory.concrete_log_density(_LOG_Y, logits, params.tau)
    return result
