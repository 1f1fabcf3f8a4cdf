"""A string between two points pulls itself tight, in a world where every place has its own ruler. Beside it two more close a triangle.

>>> from engine.core.session import Session                                    # doctest: +SKIP
>>> Session.start("riemann-metric", {"kappa": 2.0}).advance(steps=200).scalars  # doctest: +SKIP
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch

from engine.core.model import Data, Model
from engine.geometry.charts import Array, Chart, inner
from engine.geometry.riemann_metric.observe import Ant, measure
from engine.geometry.riemann_metric.params import RiemannMetricParams

SIDES = ((0, 1), (1, 2), (2, 0))  # strings ab, bc, ca
LONGEST = 4.0  # the largest step of the preconditioned descent, in Newton steps of a flat world
HALVINGS = 40
WALL = 1e6  # the energy that an optimiser is told of a string outside of the world
ENOUGH = 0.3  # share of the promised fall that a step must bring (Armijo 1966)


def energy(chart: Chart, strings: Array) -> Array:
    """½ n Σ dᵢᵀ g(mᵢ) dᵢ of strings (k, n + 1, 2), mᵢ the middles: (k,); infinite for one that leaves the world."""
    step, middle = np.diff(strings, axis=1), (strings[:, 1:] + strings[:, :-1]) / 2
    found = step.shape[1] / 2 * inner(chart.metric(middle), step, step).sum(1)
    held = chart.inside(strings).all(1) & chart.inside(middle).all(1) & np.isfinite(found)
    return np.where(held, found, np.inf)


def energy_slope(chart: Chart, strings: Array) -> Array:
    """Its gradient in the inner points, (k, n − 1, 2)."""
    step, middle = np.diff(strings, axis=1), (strings[:, 1:] + strings[:, :-1]) / 2
    n = step.shape[1]
    pull = n * np.einsum("knij,knj->kni", chart.metric(middle), step)  # of the piece's end; its begin has the opposite
    lean = n / 4 * np.einsum("kncij,kni,knj->knc", chart.slopes(middle), step, step)  # of either, by the metric's own change
    return (pull + lean)[:, :-1] + (lean - pull)[:, 1:]


class Strings(Model):
    """Three strings (3, n + 1, 2): a to b, which is measured, and b to c and c to a, which make it a triangle."""

    params: RiemannMetricParams

    def __init__(self, params: Any, seed: int, device: torch.device, data: Data | None = None, settings: Any = ()) -> None:
        super().__init__(params, seed, device, data, settings)
        params.refuse_outside()
        n = params.segments
        # The string is thrown down: straight, but its beads lie unevenly. They even out as the energy falls, (5).
        weight = torch.rand(3, n, generator=self.generator("beads"), dtype=torch.float64).numpy() + 0.5
        self.beads = np.concatenate([np.zeros((3, 1)), weight.cumsum(1) / weight.sum(1, keepdims=True)], 1)[..., None]
        self.corners = params.corners
        self.ropes = [torch.tensor(rope, requires_grad=True) for rope in self.straight(self.corners)]
        # The energy of a flat world is a quadratic form with this matrix: its inverse turns a gradient into a Newton step.
        stiff = n * (2 * np.eye(n - 1) - np.eye(n - 1, k=1) - np.eye(n - 1, k=-1))
        self.slack = np.linalg.inv(stiff)
        self.reach = np.ones(3)  # length of the next step
        self.ant = Ant()
        self.optimisers = [self.make_optimiser(rope) for rope in self.ropes]

    @property
    def strings(self) -> Array:
        """All three (3, n + 1, 2)."""
        return np.stack([rope.detach().numpy() for rope in self.ropes])

    def make_optimiser(self, rope: torch.Tensor) -> torch.optim.Optimizer | None:
        """Adam moves every coordinate by itself; L-BFGS learns the form of the energy; neither knows that the points are a string."""
        if self.params.optimiser == "adam":
            return torch.optim.Adam([rope], lr=0.02)
        if self.params.optimiser == "lbfgs":
            return torch.optim.LBFGS([rope], max_iter=1, max_eval=25, history_size=20, line_search_fn="strong_wolfe")
        return None

    def straight(self, corners: Array) -> Array:
        """The chart's straight lines between the corners (3, 2), with the beads as they fell."""
        return np.stack([corners[i] + self.beads[k] * (corners[j] - corners[i]) for k, (i, j) in enumerate(SIDES)])

    def fitted(self) -> Array:
        """The strings between the corners as they are now: carried along with moved ends; thrown anew where that leaves the world."""
        now, chart = self.params.corners, self.params.chart
        strings = self.strings
        if not np.array_equal(now, self.corners):
            strings = strings + self.straight(now) - self.straight(self.corners)
        held = np.isfinite(energy(chart, strings))
        return strings if held.all() else np.where(held[:, None, None], strings, self.straight(now))

    def steps(self) -> Iterator[str]:
        while True:
            chart, strings = self.params.chart, self.fitted()
            if not np.array_equal(self.corners, self.params.corners):
                self.reach = np.ones(3)
            self.corners = self.params.corners
            slope = energy_slope(chart, strings)
            yield "slope"

            if self.params.optimiser == "preconditioned":
                self.place(self.descend(chart, strings, slope))
            else:
                self.optimise(chart, strings)
            yield "move"

    @torch.no_grad()
    def place(self, strings: Array) -> None:
        """Lay the ropes where these strings (3, n + 1, 2) lie."""
        for rope, string in zip(self.ropes, strings, strict=True):
            rope.copy_(torch.from_numpy(string))

    def descend(self, chart: Chart, strings: Array, slope: Array) -> Array:
        """One preconditioned step of each string, halved until its energy falls enough; the next one may be twice as long."""
        middle = (strings[:, 1:] + strings[:, :-1]) / 2
        # Near a pole a degree of longitude is short and one of latitude is not: each coordinate has a stiffness of its own.
        stiffness = np.diagonal(chart.metric(middle), axis1=-2, axis2=-1).mean(1)
        way = np.pad(self.slack @ slope, ((0, 0), (1, 1), (0, 0))) / stiffness[:, None, :]
        fall = (slope * way[:, 1:-1]).sum((1, 2))
        before, waiting = energy(chart, strings), np.ones(3, bool)
        for _ in range(HALVINGS):
            trial = strings - (self.reach * waiting)[:, None, None] * way
            enough = before - ENOUGH * self.reach * fall + 1e-15 * before  # near the minimum the fall is less than rounding
            better = waiting & (energy(chart, trial) <= enough)
            strings = np.where(better[:, None, None], trial, strings)
            self.reach = np.where(better, np.minimum(2 * self.reach, LONGEST), np.where(waiting, self.reach / 2, self.reach))
            waiting &= ~better
            if not waiting.any():
                break
        self.reach = np.where(waiting, 1.0, self.reach)
        return strings

    def optimise(self, chart: Chart, strings: Array) -> None:
        """One step of Adam or L-BFGS; a string that left the world is taken back, and what its optimiser learned is forgotten."""
        self.place(strings)
        for k, (rope, optimiser) in enumerate(zip(self.ropes, self.optimisers, strict=True)):
            assert optimiser is not None

            def closure(rope: torch.Tensor = rope) -> float:
                now = rope.detach().numpy()[None]
                held = float(energy(chart, now)[0])
                slope = energy_slope(chart, now) if math.isfinite(held) else np.zeros_like(now[:, 1:-1])
                rope.grad = torch.from_numpy(np.pad(slope[0], ((1, 1), (0, 0))))
                return min(held, WALL)

            optimiser.step(closure)
            if not np.isfinite(energy(chart, rope.detach().numpy()[None])[0]):
                with torch.no_grad():
                    rope.copy_(torch.from_numpy(strings[k]))
                self.optimisers[k] = self.make_optimiser(rope)

    def observe(self) -> tuple[dict[str, float], dict[str, np.ndarray]]:
        return measure(self.params, self.fitted(), self.ant)
