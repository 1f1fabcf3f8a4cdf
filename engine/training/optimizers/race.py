"""The race on a surface: where every method stands, the way it came, and the exact gradient flow beside it. Float64 numpy."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import cache

import numpy as np
from scipy.integrate import solve_ivp

from engine.training.optimizers import theory
from engine.training.optimizers.params import BUDGET, QUADRATIC, OptimizersParams
from engine.training.optimizers.surfaces import Surface, surface

Array = np.ndarray
FAR = 1e3  # a method that passes this distance has diverged
DIFFERENCE = 1e-5  # half the distance of the two places of a central difference
TRAIL = 600  # gradients of the way that are kept
NEAR = 1e-6  # share of the first distance at which a quadratic's bottom counts as reached


class Racer:
    """One method on every arm: its place `theta` (arms, 2), and when it diverged or arrived, in gradients, -1 where not."""

    def __init__(self, ground: Surface, arms: int, cost: int) -> None:
        self.ground, self.cost = ground, cost
        self.theta = np.tile(np.array(ground.start), (arms, 1))
        self.slow, self.updates = self.theta, np.zeros((arms, 1), int)
        self.gradients = 0
        self.diverged = np.full(arms, -1)
        self.arrived = np.full(arms, -1)
        self.trail = [self.theta]  # a place for each gradient

    def go(self, move: Array) -> None:
        """One update. Who passes |θ| = 1e3 stays there (where the loss is no number any more: stays where it was)."""
        self.gradients += self.cost
        there = self.theta + move
        real = np.isfinite(self.ground.loss(there)) & np.isfinite(there).all(-1)
        racing = self.diverged < 0
        self.theta = np.where((racing & real)[:, None], there, self.theta)
        away = np.linalg.norm(self.theta, axis=-1)
        self.diverged = np.where(racing & (~real | (away > FAR)), self.gradients, self.diverged)
        near = away <= NEAR * np.linalg.norm(self.ground.start)
        self.arrived = np.where(near & (self.arrived < 0), self.gradients, self.arrived)

    def look_ahead(self, every: Array, share: Array) -> None:
        """Lookahead, arXiv:1907.08610: after every k updates Θ ← (1 − a)Θ + aθ, then θ ← Θ; the method's memory stays."""
        self.updates += 1
        off = every == 0
        due = ~off & (self.updates % np.maximum(every, 1) == 0) & (self.diverged < 0)[:, None]
        self.slow = np.where(off, self.theta, np.where(due, (1 - share) * self.slow + share * self.theta, self.slow))
        self.theta = np.where(due, self.slow, self.theta)
        self.trail = [*self.trail, *[self.theta] * self.cost][-TRAIL - 1 :]


class Race:
    """All methods, and three exact flows (arms, 3, 2): at the times that gradient descent, Heun and RK4 have reached."""

    def __init__(self, p: OptimizersParams, arms: int, costs: Mapping[str, int]) -> None:
        self.ground = surface(p)
        self.slope = self.ground.gradient
        self.racers = {name: Racer(self.ground, arms, cost) for name, cost in costs.items()}
        self.slope_error = math.nan
        self.flow = np.tile(np.array(self.ground.start), (arms, len(theory.ORDERS), 1))

    def check_slope(self, random: np.random.Generator) -> None:
        """How far the gradient written by hand is from central differences, at a random place of the window."""
        at = random.uniform(*np.transpose(self.ground.window))
        ends = at + DIFFERENCE * np.array([np.eye(2), -np.eye(2)])
        above, below = self.ground.loss(ends)
        self.slope_error = float(np.abs((above - below) / (2 * DIFFERENCE) - self.slope(at)).max())

    def follow(self, rate: Array, decay: Array) -> None:
        """Go on along θ' = −∇L − decay θ, for as long as the updates of this step stand for."""
        for arm in range(len(rate)):
            gone = {name: self.racers[name].diverged[arm] >= 0 for name in theory.ORDERS}  # their time stands still
            spans = np.array([0.0 if gone[name] else rate[arm] * BUDGET / order for name, order in theory.ORDERS.items()])
            self.flow[arm] = flow(self.slope, self.flow[arm], spans, float(decay[arm]))

    def frame(self, arm: int, own: OptimizersParams) -> tuple[dict[str, float], dict[str, Array]]:
        """Scalars and arrays of one arm."""
        positions = np.stack([racer.theta[arm] for racer in self.racers.values()])
        losses = self.ground.loss(positions)
        scalars = {"gradients": float(next(iter(self.racers.values())).gradients)}
        scalars |= {f"loss_{name}": float(value) for name, value in zip(self.racers, losses, strict=True)}
        errors = np.linalg.norm(positions[: len(theory.ORDERS)] - self.flow[arm], axis=-1)
        scalars |= {f"error_{name}": float(value) for name, value in zip(theory.ORDERS, errors, strict=True)}
        scalars["slope_error"] = self.slope_error
        start = np.array(self.ground.start)
        ways = [[place[arm] for place in racer.trail] for racer in self.racers.values()]
        arrays = {
            "positions": positions,
            "losses": losses,
            "diverged": self.of("diverged", arm),
            "start": start,
            "hessian": self.ground.hessian(start),
            "flow": self.flow[arm, 0].copy(),
            "trail": np.clip(ways, -10 * FAR, 10 * FAR).astype(np.float32),
        }
        if QUADRATIC(own):
            reach = own.learning_rate * own.condition
            arrays["growth_factors"] = np.array([abs(theory.growth(name, -reach)) for name in theory.ORDERS])
            arrays["arrived"] = self.of("arrived", arm)
        return scalars, arrays

    def of(self, name: str, arm: int) -> Array:
        """A number of every method, (6,)."""
        return np.array([getattr(racer, name)[arm] for racer in self.racers.values()], float)


@cache
def path(p: OptimizersParams) -> Array:
    """The exact flow from the start to its end, (n, 2)."""
    ground, times = surface(p), np.append(0.0, np.geomspace(1e-3, 60.0, 160))
    down = lambda _, at: -(ground.gradient(at) + p.weight_decay * at)  # noqa: E731
    return np.asarray(solve_ivp(down, (0.0, 60.0), ground.start, "LSODA", times, rtol=1e-7).y.T)


def flow(slope: Callable[[Array], Array], starts: Array, spans: Array, decay: float = 0.0) -> Array:
    """Where the exact gradient flow leads from starts (n, 2), each in its own time (n,)."""
    if not spans.any():
        return starts

    def velocity(_: float, at: Array) -> Array:
        places = at.reshape(-1, 2)
        return np.asarray(-spans[:, None] * (slope(places) + decay * places)).ravel()

    solved = solve_ivp(velocity, (0.0, 1.0), starts.ravel(), method="LSODA", rtol=1e-11, atol=1e-13)
    return np.asarray(solved.y[:, -1]).reshape(-1, 2)
