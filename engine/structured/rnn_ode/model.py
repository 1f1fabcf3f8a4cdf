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
from engine.core.params import BadValue
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

    def __init__(self, params: RnnOdeParams, seed: int, device: torch.device, data: Data | None = None, settings: Any = ()) -> None:
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
            if params.data == "own" and len(self.problem.unroll(FIRST)) <= self.problem.steps:
                raise BadValue("data", "own", "", template=measurements.UNSTABLE)
            self.adam, self.iterates = Adam(), None

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
        while True:
            p = self.params
            if p.h != self.problem.h:
                self.problem, self.iterates = self.posed(p), None
            states = self.problem.unroll(self.theta)
            self.check(0, "the cell's state", math.inf if len(states) <= self.problem.steps else 0.0)
            loss, _, gradient = self.problem.back_propagate(self.theta, states)
            self.check(0, "loss", loss)
            yield "evaluate"

            if p.optimizer == "adam":
                self.theta = self.theta + self.adam.move(gradient, p.learning_rate, p.clip)
            else:
                if self.iterates is None:
                    self.iterates = (gauss_newton if p.optimizer == "gauss_newton" else lbfgs)(self.problem, self.theta)
                self.theta = next(self.iterates, self.theta)  # who has arrived stays
            yield "update"

    def weights(self) -> dict[str, torch.Tensor]:
        return {"theta": torch.from_numpy(self.theta)}

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
        p, seen = self.params, self.measured
        problem = self.problem if p.h == self.problem.h else self.posed(p)
        times = p.h * np.arange(problem.steps + 1)
        truth = self.theta if p.data == "own" else np.array(COMPETITION.theta)
        exact = theory.flow(COMPETITION, tuple(truth.tolist()), tuple(seen.start.tolist()), float(times[-1]))(times)
        states = problem.unroll(self.theta)
        scalars = {"rmse": math.nan, "loss": math.nan, "gradient_norm": math.nan, "between": problem.between, "unsorted": seen.unsorted}
        arrays = {"theta": self.theta.copy(), "times": times, "exact": exact, "observation_times": seen.times, "observations": seen.values}
        arrays |= {name: np.zeros(6) for name in ("standard_errors", "singular_values")}
        if len(states) <= problem.steps:  # blown up: it stands still where it was last
            held = np.concatenate([states, np.repeat(states[-1:], problem.steps + 1 - len(states), 0)])
            return scalars, {**arrays, "trajectory": held, "state_gradient": np.zeros(len(times))}
        loss, adjoints, gradient = problem.back_propagate(self.theta, states)
        jacobian = problem.jacobian(self.theta)
        spare = len(jacobian) - len(self.theta)
        if spare > 0:
            arrays["standard_errors"] = np.nan_to_num(theory.standard_errors(jacobian, loss / spare), posinf=0.0)
        singular = np.linalg.svd(jacobian, compute_uv=False)
        arrays["singular_values"][: len(singular)] = singular
        unit = 1.0 if p.data == "own" else measurements.ANIMALS
        scalars |= {"rmse": unit * math.sqrt(loss / seen.values.size), "loss": loss, "gradient_norm": float(np.linalg.norm(gradient))}
        return scalars, {**arrays, "trajectory": states, "state_gradient": np.linalg.norm(adjoints, axis=1)}
