"""Closed paths in imaginary time, sampled by Metropolis moves; beside them random walkers, and arrows in real time."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch

from engine.core.model import Data, Model
from engine.geometry.feynman_paths.observe import Drifters, Tally, Walkers, measure
from engine.geometry.feynman_paths.params import FeynmanPathsParams
from engine.geometry.feynman_paths.theory import Array, Potential

PIECE = 15  # points that staging redraws at once
FAR = 50.0  # an action that rises by more is never accepted


def rise(valley: Potential, a: float, old: Array, new: Array, around: Array) -> Array:
    """By how much S rises when single points move, `around` the sum of their two neighbours: ((l − x)² + (x − r)²)/2a + aV."""
    return (new * (new - around) - old * (old - around)) / a + a * (valley.value(new) - valley.value(old))


class Paths(Model):
    """Chains (C, N): row c is the closed path x₀ … x_{N−1} of chain c."""

    params: FeynmanPathsParams

    def __init__(self, params: Any, seed: int, device: torch.device, data: Data | None = None, settings: Any = ()) -> None:
        super().__init__(params, seed, device, data, settings)
        self.random = np.random.default_rng([seed, *b"moves"])
        self.x = self.first()
        self.tally = Tally(params)
        self.walkers = Walkers(np.random.default_rng([seed, *b"walkers"]))
        self.drifters = Drifters(np.random.default_rng([seed, *b"drifters"]))
        self.acceptance = math.nan

    def first(self) -> Array:
        """Where the chains begin."""
        p, shape = self.params, (self.params.chains, self.params.slices)
        if p.start == "hot":
            return self.random.uniform(-3, 3, shape)
        return np.full(shape, 0.0 if p.start == "cold" else -(p.barrier if p.potential == "double_well" else 1.0))

    def steps(self) -> Iterator[str]:
        while True:
            p = self.params
            if (p.lattice, p.move) != (self.tally.lattice, self.tally.move):
                self.tally = Tally(
                    p
                )  # with another ħ other paths are likely; another move need not bear what the last one left
            accepted = self.single() if p.move == "single" else self.staging()
            if p.move == "shift":
                self.shift()
            self.acceptance = self.check(0, "the share of accepted moves", float(np.mean(accepted)))
            yield "move"

            self.tally.add(self.x)
            yield "measure"

    def taken(self, more: Array) -> Array:
        """Metropolis: which moves are accepted, by the rise of S/ħ."""
        return self.random.random(more.shape) < np.exp(-np.clip(more, -FAR, FAR))

    def single(self) -> Array:
        """Every point by itself, the even ones first: neighbours must not move together."""
        p, a, x = self.params, self.params.lattice.spacing, self.x
        size, accepted = p.step_size * math.sqrt(a * p.hbar), []
        for begin in (0, 1):
            old = x[:, begin::2]
            around = np.roll(x, 1, 1)[:, begin::2] + np.roll(x, -1, 1)[:, begin::2]
            new = old + self.random.uniform(-size, size, old.shape)
            good = self.taken(rise(p.valley, a, old, new, around) / p.hbar)
            x[:, begin::2] = np.where(good, new, old)
            accepted.append(good)
        return np.concatenate(accepted, 1)

    def staging(self) -> Array:
        """Redraw pieces as exact Brownian bridges between their ends; only the potential decides."""
        p, a, n = self.params, self.params.lattice.spacing, self.params.slices
        piece, accepted = min(PIECE, n - 1), []
        share = np.arange(1, piece + 1) / (piece + 1)
        for _ in range(max(1, round(n / piece))):
            site = (self.random.integers(n) + np.arange(piece + 2)) % n
            old = self.x[:, site]
            walk = math.sqrt(a * p.hbar) * self.random.standard_normal((len(old), piece + 1)).cumsum(1)
            left, right = old[:, :1], old[:, -1:]
            new = left + walk[:, :-1] + share * (right - left - walk[:, -1:])
            good = self.taken(a * (p.valley.value(new) - p.valley.value(old[:, 1:-1])).sum(1) / p.hbar)
            self.x[:, site[1:-1]] = np.where(good[:, None], new, old[:, 1:-1])
            accepted.append(good)
        return np.stack(accepted)

    def shift(self) -> None:
        """Whole paths: moved aside, then turned over, which no potential of this lab minds."""
        p, a = self.params, self.params.lattice.spacing
        size = p.step_size / math.sqrt(p.beta)
        new = self.x + self.random.uniform(-size, size, (len(self.x), 1))
        good = self.taken(a * (p.valley.value(new) - p.valley.value(self.x)).sum(1) / p.hbar)
        self.x = np.where(good[:, None], new, self.x) * self.random.choice([-1.0, 1.0], (len(self.x), 1))

    def observe(self) -> tuple[dict[str, float], dict[str, np.ndarray]]:
        return measure(self.params, self.x, self.tally, self.walkers, self.drifters, self.acceptance)
