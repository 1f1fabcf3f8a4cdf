"""The loop of the optimiser lab: six methods on a surface, soft batches in a net, or SGD's walkers in a noisy parabola.

>>> import engine                                                                              # doctest: +SKIP
>>> run = engine.start("optimizers", {"learning_rate": 0.01}, seed=0)                          # doctest: +SKIP
>>> run.advance(steps=150).arrays["losses"]                                                    # doctest: +SKIP

Sources: Su 2018, kexue.fm/archives/5879 and 5655; 2019, kexue.fm/archives/6794 and 7094. All in float64.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from engine.core.model import Data, Model
from engine.training import classifier
from engine.training.normalisation import EPSILON
from engine.training.optimizers import network, theory
from engine.training.optimizers.params import BUDGET, HEIGHTS, NET, SURFACE, WALKERS, OptimizersParams
from engine.training.optimizers.race import Race

Array = np.ndarray
FAR = 1e3  # walkers beyond have diverged


@dataclass
class Memory:
    """What a method keeps from one update to the next: velocity, Adam's two moments, how many updates."""

    velocity: Array | float = 0.0
    mean: Array | float = 0.0
    square: Array | float = 0.0
    count: int = 0


Slope = Callable[[Array], Array]  # the gradient of the loss at a place
# Every method takes the place (arms, n), the slope, γ and β (arms, 1) and its memory, and gives the move h: θ ← θ + h.


def gradient_descent(theta: Array, slope: Slope, rate: Array, beta: Array, memory: Memory) -> Array:
    """(1): Euler's method for the gradient flow."""
    return np.asarray(-rate * slope(theta))


def heun(theta: Array, slope: Slope, rate: Array, beta: Array, memory: Memory) -> Array:
    """(3): the mean of the slopes here and where gradient descent would go; two gradients."""
    here = slope(theta)
    ahead = slope(theta - rate * here)
    return np.asarray(-rate * (here + ahead) / 2)


def runge_kutta(theta: Array, slope: Slope, rate: Array, beta: Array, memory: Memory) -> Array:
    """The classical method of fourth order; four gradients."""
    one = slope(theta)
    two = slope(theta - rate / 2 * one)
    three = slope(theta - rate / 2 * two)
    four = slope(theta - rate * three)
    return np.asarray(-rate * (one + 2 * two + 2 * three + four) / 6)


def momentum(theta: Array, slope: Slope, rate: Array, beta: Array, memory: Memory) -> Array:
    """(5): the velocity keeps a share β of itself."""
    memory.velocity = beta * memory.velocity - rate * slope(theta)
    return np.asarray(memory.velocity)


def nesterov(theta: Array, slope: Slope, rate: Array, beta: Array, memory: Memory) -> Array:
    """Momentum with the gradient taken where the velocity leads."""
    memory.velocity = beta * memory.velocity - rate * slope(theta + beta * memory.velocity)
    return np.asarray(memory.velocity)


def adam(theta: Array, slope: Slope, rate: Array, beta: Array, memory: Memory) -> Array:
    """Kingma & Ba, arXiv:1412.6980, with 0.9, 0.999 and 1e-8; its count is of updates."""
    g = slope(theta)
    memory.count += 1
    memory.mean = 0.9 * memory.mean + 0.1 * g
    memory.square = 0.999 * memory.square + 0.001 * g * g
    mean, square = memory.mean / (1 - 0.9**memory.count), memory.square / (1 - 0.999**memory.count)
    return np.asarray(-rate * mean / (np.sqrt(square) + 1e-8))


METHODS = {  # method -> its update, and the gradients that takes
    "gd": (gradient_descent, 1),
    "heun": (heun, 2),
    "rk4": (runge_kutta, 4),
    "momentum": (momentum, 1),
    "nesterov": (nesterov, 1),
    "adam": (adam, 1),
}


@dataclass
class Run:
    """Parameters (arms, 8970) of a net that is trained by Adam."""

    theta: Array
    memory: Memory = field(default_factory=Memory)

    def update(self, gradient: Array, rate: Array) -> None:
        self.theta = self.theta + adam(self.theta, lambda _: gradient, rate, rate, self.memory)


class Optimizers(Model):
    """One arm for each setting of a sweep; all arms see the same batches and the same noise."""

    params: OptimizersParams

    def __init__(self, params: Any, seed: int, device: torch.device, data: Data | None = None, settings: Any = ()) -> None:
        super().__init__(params, seed, device, data, settings)
        arms = len(self.settings)
        if SURFACE(params):
            self.race = Race(params, arms, {name: cost for name, (_, cost) in METHODS.items()})
            self.memories = {name: Memory() for name in METHODS}
        elif NET(params):
            random, cpu = self.generator("weights"), torch.device("cpu")
            first = np.zeros((arms, network.COUNT))
            for name, matrix in network.unpack(first).items():
                if name[0] == "w":
                    matrix[:] = classifier.he_normal(arms, *network.SHAPES[name], random, cpu).detach().numpy()
            self.small, self.soft, self.big = (Run(first.copy()) for _ in range(3))
            self.order = self.generator("order")
            self.left = np.zeros(0, int)  # rows of this epoch that no step has seen yet
            self.times = (math.nan, math.nan)
            self.gaps = np.full(arms, math.nan)
        else:
            self.random = np.random.default_rng([seed, *b"walkers"])
            self.x = np.zeros((arms, WALKERS))
            self.lost_at = np.full(arms, -1)

    def steps(self) -> Iterator[str]:
        yield from self.descend() if SURFACE(self.params) else self.train() if NET(self.params) else self.walk()

    def each(self, *names: str) -> list[Array]:
        """Settings of every arm, (arms, 1) each."""
        return [np.array([[getattr(own, name)] for own in self.settings], float) for name in names]

    # ---- a surface

    def descend(self) -> Iterator[str]:
        """Four gradients for every method; then the exact flow goes as far as they have come."""
        places = np.random.default_rng([self.seed, *b"places"])
        while True:
            rate, beta, decay = self.each("learning_rate", "momentum", "weight_decay")
            every, share = self.each("lookahead_k", "lookahead_a")
            for name, (method, cost) in METHODS.items():
                racer = self.race.racers[name]
                for _ in range(BUDGET // cost):
                    with np.errstate(all="ignore"):  # a method that has diverged stands still, whatever it computes
                        move = method(racer.theta, self.race.slope, rate, beta, self.memories[name])
                        racer.go(move - rate * decay * racer.theta)  # decoupled weight decay: arXiv:1711.05101
                    racer.look_ahead(every, share)
            yield "update"

            self.race.follow(rate[:, 0], decay[:, 0])
            self.race.check_slope(places)
            yield "compare"

    # ---- a net

    def train(self) -> Iterator[str]:
        """The same b·m pictures for three runs of Adam: an update each b, one for all m gradients of b, one gradient of b·m."""
        pictures, labels = network.training()
        while True:
            p, m = self.params, int(self.params.accumulate)
            rows, (rate,) = self.draw(p.micro_batch * m), self.each("net_rate")

            def slope(run: Run, rows: Array, norm: bool = p.batch_norm) -> Array:
                return network.gradient(run.theta, pictures[rows], labels[rows], norm)

            kept: Array | float = 0.0
            for micro in rows.reshape(m, -1):
                self.small.update(slope(self.small, micro), rate)
                gradient = slope(self.soft, micro)
                kept = kept + gradient
                if p.bug_2018:  # both branches of the condition are carried out: it begins anew and updates, every time
                    self.soft.update(gradient / m, rate)
            if not p.bug_2018:
                self.soft.update(np.asarray(kept / m), rate)  # (2)
            self.big.update(slope(self.big, rows), rate)
            yield "update"

            self.by_hand_and_by_graph(pictures[rows[: p.micro_batch]], labels[rows[: p.micro_batch]])
            yield "compare"

    def draw(self, size: int) -> Array:
        """Rows of the next step; what is left of an epoch and too little for one is dropped. A step may be longer than an epoch."""
        if len(self.left) < size:
            epochs = -(-size // network.TRAINED)
            self.left = np.concatenate([torch.randperm(network.TRAINED, generator=self.order).numpy() for _ in range(epochs)])
        rows, self.left = self.left[:size], self.left[size:]
        return rows

    def by_hand_and_by_graph(self, x: Array, labels: Array) -> None:
        """The gradient of one micro-batch at the accumulating run, both ways: how long each takes in ms, and how far they differ."""
        theta, norm = self.soft.theta, self.params.batch_norm
        began = time.perf_counter()
        hand = network.gradient(theta, x, labels, norm)
        between = time.perf_counter()
        graph = np.concatenate([autograd(own[None], x, labels, norm) for own in theta])
        self.times = (1e3 * (between - began), 1e3 * (time.perf_counter() - between))
        self.gaps = np.abs(hand - graph).max(1)

    # ---- walkers

    def walk(self) -> Iterator[str]:
        """SGD on λθ²/2, a mean of m noisy gradients a step."""
        while True:
            rate, curvature, s, m = self.each("walker_rate", "curvature", "gradient_noise", "soft_batch")
            noise = s / np.sqrt(m) * self.random.standard_normal(WALKERS)
            moved = self.x - rate * (curvature * self.x + noise)
            self.x = np.where((self.lost_at < 0)[:, None], moved, self.x)
            yield "update"

            gone = (np.abs(self.x).max(1) > FAR) & (self.lost_at < 0)
            self.lost_at[gone] = self.step + 1
            yield "compare"

    # ---- what is seen

    def weights(self) -> dict[str, torch.Tensor]:
        if not NET(self.params):
            return {}
        return {name: torch.from_numpy(part[0].squeeze()) for name, part in network.unpack(self.soft.theta).items()}

    def observe(self) -> tuple[dict[str, float], dict[str, np.ndarray]]:
        return self.observe_arm(0)

    def observe_arm(self, arm: int) -> tuple[dict[str, float], dict[str, np.ndarray]]:
        """The frame of a run with the settings of this arm."""
        own = self.settings[arm]
        return self.race.frame(arm, own) if SURFACE(own) else self.net_frame(arm) if NET(own) else self.valley_frame(arm, own)

    def net_frame(self, arm: int) -> tuple[dict[str, float], dict[str, np.ndarray]]:
        runs = {"small": self.small, "accumulated": self.soft, "big": self.big}
        all_three = np.stack([run.theta[arm] for run in runs.values()])
        losses = network.loss(all_three, *network.training(), self.params.batch_norm)
        scalars = {f"loss_{name}": float(value) for name, value in zip(runs, losses, strict=True)}
        scalars["parameter_difference"] = float(np.abs(all_three[1] - all_three[2]).max())
        return scalars | {"hand_ms": self.times[0], "graph_ms": self.times[1], "gradient_difference": float(self.gaps[arm])}, {}

    def valley_frame(self, arm: int, own: OptimizersParams) -> tuple[dict[str, float], dict[str, np.ndarray]]:
        law = theory.spread(own.walker_rate, own.curvature, own.gradient_noise, own.soft_batch)
        reach = theory.reach(own.walker_rate, own.curvature, own.gradient_noise)
        heights, _ = np.histogram(self.x[arm], np.linspace(-reach, reach, HEIGHTS + 1))
        scalars = {"variance": float(self.x[arm].var()), "variance_theory": law, "walkers_diverged": float(self.lost_at[arm])}
        return scalars, {"heights": heights.astype(np.float64) / (WALKERS * 2 * reach / HEIGHTS)}


def autograd(theta: Array, x: Array, labels: Array, batch_norm: bool = False) -> Array:
    """The gradient (1, 8970) of the net's loss by torch's graph, for comparison."""
    p = {name: torch.from_numpy(part[0].copy()).requires_grad_() for name, part in network.unpack(theta).items()}
    h = torch.from_numpy(x)
    for layer in "12":
        y = h @ p[f"w{layer}"]
        y = (y - y.mean(0)) / (y.var(0, correction=0) + EPSILON).sqrt() if batch_norm else y
        h = (y + p[f"b{layer}"]).relu()
    functional.cross_entropy(h @ p["w3"] + p["b3"], torch.from_numpy(labels)).backward()
    return np.concatenate([np.asarray(part.grad).ravel() for part in p.values()])[None]
