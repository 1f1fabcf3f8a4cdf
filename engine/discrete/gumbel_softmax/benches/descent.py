"""The descent bench: the same start and the same noise, one set of logits per estimator, stochastic gradient descent."""

from __future__ import annotations

import math

import numpy as np

from engine.discrete.gumbel_softmax import estimators, theory
from engine.discrete.gumbel_softmax.benches import Look, Source
from engine.discrete.gumbel_softmax.objectives import objective
from engine.discrete.gumbel_softmax.params import ESTIMATORS, GumbelSoftmaxParams, scalar_name

RUNS = 5  # independent descents per estimator; the pictures show the first and the mean of all
TRAIL = 200  # points kept of each track; when full, every second one is dropped


class DescentBench:
    """Logits (methods, RUNS, 3), moved against each estimator's gradient of E f."""

    def __init__(self, params: GumbelSoftmaxParams, picture: Source, loop: Source) -> None:
        self.loop, self.methods = loop, params.estimators
        self.logits = np.zeros((len(self.methods), RUNS, 3))
        self.done, self.stride, self.length = 0, 1, 0
        self.trail = np.full((len(self.methods), TRAIL, 2), np.nan, np.float32)
        self._remember()

    def draw(self, params: GumbelSoftmaxParams) -> None:
        most = max(params.samples, params.rloo)
        self.gumbel = estimators.gumbel(self.loop.exponential(RUNS, most, 3).astype(np.float64))
        self.again = self.loop.exponential(RUNS, params.samples, 20, 3).astype(np.float64)

    def forward(self, params: GumbelSoftmaxParams) -> None:
        self.f = objective(params.objective, 3, params.offset)
        self.corners, self.slopes = theory.corner_values(self.f, 3)
        self.p = theory.softmax(self.logits)
        self.winner = (self.logits[:, :, None] + self.gumbel).argmax(-1)  # (methods, RUNS, draws)

    def estimate(self, params: GumbelSoftmaxParams) -> None:
        tau = params.temperature_at(self.done)
        self.gradient = np.stack([self._gradient(row, params, tau) for row in range(len(self.methods))])

    def _gradient(self, row: int, params: GumbelSoftmaxParams, tau: float) -> np.ndarray:
        name, p, logits = params.effective(self.methods[row]), self.p[row], self.logits[row, :, None]
        winner, wide = self.winner[row, :, : params.samples], p[:, None]
        match name:
            case "exact":
                return theory.exact_gradient(p, self.corners)
            case "score-function":
                return estimators.score_function(winner, wide, self.corners).mean(1)
            case "score-baseline":
                return estimators.score_function(winner, wide, self.corners, (p @ self.corners)[:, None]).mean(1)
            case "leave-one-out":
                return estimators.leave_one_out(self.winner[row, :, : params.rloo], p, self.corners)
            case "straight-through":
                return estimators.straight_through(winner, wide, self.slopes).mean(1)
            case "gumbel-rao":
                again = estimators.conditional_scores(winner, self.again[:, :, : params.resamplings], logits)
                return estimators.pull_back(estimators.relax(again, tau), self.slopes[winner][:, :, None], tau).mean((1, 2))
            case _:
                return estimators.pathwise(name, self.f, logits, self.gumbel[:, : params.samples], tau).mean(1)

    def update(self, params: GumbelSoftmaxParams) -> None:
        self.logits = self.logits - params.speed * self.gradient
        self.done += 1
        if self.done % self.stride == 0:
            self._remember()

    def _remember(self) -> None:
        if self.length == TRAIL:
            self.trail[:, : TRAIL // 2] = self.trail[:, ::2].copy()
            self.trail[:, TRAIL // 2 :] = np.nan
            self.length, self.stride = TRAIL // 2, 2 * self.stride
            if self.done % self.stride:
                return
        self.trail[:, self.length] = theory.softmax(self.logits[:, 0])[:, :2]
        self.length += 1

    def observe(self, params: GumbelSoftmaxParams) -> Look:
        corners, _ = theory.corner_values(objective(params.objective, 3, params.offset), 3)
        p = theory.softmax(self.logits)
        values = p @ corners
        reached = dict(zip(self.methods, values.mean(1).tolist(), strict=True))
        scalars = {scalar_name("value", name): reached.get(name, math.nan) for name in ESTIMATORS}
        return {"temperature": params.temperature_at(self.done)} | scalars, {
            "trail": self.trail.copy(),
            "positions": p[:, :, :2].astype(np.float32),
            "values": values.astype(np.float32),
            "corners": corners.astype(np.float32),
        }
