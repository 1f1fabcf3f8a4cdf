"""The descent bench: the same start and the same noise, one set of logits per estimator, stochastic gradient descent."""

from __future__ import annotations

import numpy as np

from engine.discrete.gumbel_softmax import estimators, theory
from engine.discrete.gumbel_softmax.benches import Source
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
        name, p, few = params.effective(self.methods[row]), self.p[row], slice(params.samples)
        winner, wide = self.winner[row], self.logits[row, :, None]
        match name:
            case "exact":
                return p * (self.corners - (p @ self.corners)[:, None])
            case "score-function":
                return estimators.score_function(winner[:, few], p[:, None], self.corners).mean(1)
            case "score-baseline":
                baseline = (p @ self.corners)[:, None]
                return estimators.score_function(winner[:, few], p[:, None], self.corners, baseline).mean(1)
            case "leave-one-out":
                return estimators.leave_one_out(winner[:, : params.rloo], p, self.corners)
            case "straight-through":
                slope = self.slopes[winner[:, few]]
                return estimators.pull_back(np.broadcast_to(p[:, None], slope.shape), slope, 1.0).mean(1)
            case "gumbel-rao":
                slope = self.slopes[winner[:, few]][:, :, None]
                again = np.stack(
                    [
                        estimators.conditional_scores(
                            winner[run, few], self.again[run, :, : params.resamplings], self.logits[row, run]
                        )
                        for run in range(RUNS)
                    ]
                )
                return estimators.pull_back(estimators.relax(again, tau), slope, tau).mean((1, 2))
            case _:
                return estimators.pathwise(name, self.f, wide, self.gumbel[:, few], tau).mean(1)

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

    def observe(self, params: GumbelSoftmaxParams) -> tuple[dict[str, float], dict[str, np.ndarray]]:
        corners, _ = theory.corner_values(objective(params.objective, 3, params.offset), 3)
        p = theory.softmax(self.logits)
        values = p @ corners
        scalars = {"temperature": params.temperature_at(self.done)}
        for name in ESTIMATORS:
            row = self.methods.index(name) if name in self.methods else None
            scalars[scalar_name("value", name)] = float(values[row].mean()) if row is not None else float("nan")
        return scalars, {
            "trail": self.trail.copy(),
            "positions": p[:, :, :2].astype(np.float32),
            "values": values.astype(np.float32),
            "corners": corners.astype(np.float32),
        }
