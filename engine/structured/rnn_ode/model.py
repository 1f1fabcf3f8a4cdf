"""The loop: a cell is run forward to solve an equation, or trained by back-propagation through time to find one.

>>> import engine                                                                            # doctest: +SKIP
>>> run = engine.start("rnn-ode", {"optimizer": "gauss_newton"}, seed=0)                     # doctest: +SKIP
>>> run.advance(steps=60).arrays["theta"]                                                    # doctest: +SKIP

Source: Su 2018, kexue.fm/archives/5643. All in float64.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch

from engine.core.model import Data, Model
from engine.data.errors import refused
from engine.structured.rnn_ode import data as measurements
from engine.structured.rnn_ode import theory
from engine.structured.rnn_ode.cells import CELLS, FAR
from engine.structured.rnn_ode.fitting import FIRST, Adam, Problem, gauss_newton, lbfgs
from engine.structured.rnn_ode.params import FIT, SOLVE, RnnOdeParams
from engine.structured.rnn_ode.systems import COMPETITION, Array, system

Frame = tuple[dict[str, float], dict[str, np.ndarray]]


class RecurrentSolver(Model):
    """The cell x ← x + h·activation(x; θ)."""

    params: RnnOdeParams

    def __init__(
        self, params: RnnOdeParams, seed: int, device: torch.device, data: Data | None = None, settings: Any = ()
    ) -> None:
        super().__init__(params, seed, device, data, settings)
        self.system, self.cell = system(params), CELLS[params.cell]
        if SOLVE(params):
            self.theta = np.array(self.system.theta)
            self.now, self.h = 0.0, params.h
            self.states = [np.array(self.system.start)]
        else:
            self.theta = FIRST.copy()
            self.measured = measurements.load(params, np.random.default_rng([seed, *b"noise"]), data)
            self.problem = self.posed(params)
            if params.data == "own" and self.problem.back_propagate(FIRST) is None:
                raise refused(measurements.UNSTABLE)
            self.adam, self.refused = Adam(), 0
            self.direction = np.random.default_rng([seed, *b"direction"]).standard_normal(6)
            self.iterates: Iterator[Array] | None = None

    def admit(self, params: RnnOdeParams) -> None:
        if FIT(params):
            measurements.checked(params, self.measured)

    def posed(self, params: RnnOdeParams) -> Problem:
        """The fit at this step size."""
        measurements.checked(params, self.measured)
        return Problem(self.cell, params.h, self.measured)

    def steps(self) -> Iterator[str]:
        yield from self.solve() if SOLVE(self.params) else self.fit()

    def solve(self) -> Iterator[str]:
        """(2): no training, the weights are the equation's own."""
        while self.now < self.params.horizon * (1 - 1e-12):
            h = self.params.h
            if h != self.h:
                self.states, self.h = list(self.anew(h)), h
            x = self.states[-1]
            activation = self.cell.activation(self.system, self.theta, x, h)
            yield "evaluate"

            x = x + h * activation
            standing = len(self.states) == round(self.now / h) + 1
            if standing and np.abs(x).max() < FAR:  # who has blown up stays where it was, and time goes on
                self.states.append(x)
            self.now = h * (round(self.now / h) + 1)
            yield "update"

    def anew(self, h: float) -> Array:
        """The states (n + 1, d) at another step size, up to the time that has been reached."""
        return self.cell.unroll(self.system, self.theta, np.array(self.system.start), h, round(self.now / h))

    def fit(self) -> Iterator[str]:
        """(3): the cell unrolled over the measurements, and its weights trained."""
        slope = self.problem.back_propagate(self.theta)
        while True:
            p = self.params
            if p.h != self.problem.h:
                self.problem, self.iterates = self.posed(p), None
                slope = self.problem.back_propagate(self.theta)
            yield "evaluate"

            theta = self.theta  # where a new h has blown the cell up no optimiser can set out
            if slope is not None and p.optimizer == "adam":
                theta = theta + self.adam.move(slope.gradient, p.learning_rate, p.clip)
            elif slope is not None:
                if self.iterates is None:
                    self.iterates = (gauss_newton if p.optimizer == "gauss_newton" else lbfgs)(self.problem, theta)
                theta = next(self.iterates, theta)  # who has arrived stays
            there = self.problem.back_propagate(theta)
            if there is None:
                self.refused += 1  # the cell would blow up: the last good weights stay
            else:
                self.theta, slope = theta, there
            yield "update"

    def weights(self) -> dict[str, torch.Tensor]:
        return {"theta": torch.from_numpy(self.theta)} if FIT(self.params) else {}

    def observe(self) -> Frame:
        return self.solution() if SOLVE(self.params) else self.fitted()

    def solution(self) -> Frame:
        """How far the cell has come, and the exact solution beside it."""
        h = self.params.h
        states = np.array(self.states) if h == self.h else self.anew(h)
        times = h * np.arange(len(states))
        exact = theory.flow(self.system, self.system.theta, self.system.start, self.params.horizon + 4.0)(times)
        return {"t": float(times[-1])}, {"times": times, "trajectory": states, "exact": exact}

    def fitted(self) -> Frame:
        """The unrolled cell at the present weights, and what back-propagation says of it."""
        p, seen, theta = self.params, self.measured, self.theta
        problem = self.problem if p.h == self.problem.h else self.posed(p)
        times = p.h * np.arange(problem.steps + 1)
        truth = theta if p.data == "own" else np.array(COMPETITION.theta)
        exact = theory.flow(COMPETITION, tuple(truth.tolist()), tuple(seen.start.tolist()), float(times[-1]))(times)
        counts = {"between": problem.between, "unsorted": seen.unsorted, "refused": self.refused}
        arrays = {"theta": theta.copy(), "times": times, "exact": exact}
        arrays |= {"observation_times": seen.times, "observations": seen.values}
        slope = problem.back_propagate(theta)
        if slope is None:  # blown up: it stands still where it was last
            states = problem.unroll(theta)
            held = np.concatenate([states, np.repeat(states[-1:], len(times) - len(states), 0)])
            unknown = dict.fromkeys(("rmse", "loss", "gradient_norm", "slope_error"), math.nan)
            still = {"trajectory": held, "state_gradient": np.zeros(len(times))}
            return unknown | counts, arrays | still | dict.fromkeys(("standard_errors", "singular_values"), np.zeros(6))
        unit = 1.0 if p.data == "own" else measurements.ANIMALS
        scalars = {
            "rmse": unit * math.sqrt(slope.loss / seen.values.size),
            "loss": slope.loss,
            "gradient_norm": float(np.linalg.norm(slope.gradient)),
            "slope_error": problem.slope_error(theta, slope, self.direction),
        }
        arrays |= {"trajectory": slope.states, "state_gradient": np.linalg.norm(slope.adjoints, axis=1)}
        return scalars | counts, arrays | problem.certainty(theta, slope.loss)
