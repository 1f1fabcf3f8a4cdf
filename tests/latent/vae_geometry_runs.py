"""Finished runs of the VAE geometry lab, made once and shared by its tests; and small charts of known geometry."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np

from engine.core.session import Session
from engine.latent.vae_geometry import TOPIC
from engine.latent.vae_geometry.geometry.charts import Chart
from engine.latent.vae_geometry.geometry.measures import logarithm_agreement
from engine.latent.vae_geometry.state import Net, State
from engine.latent.vae_geometry.theory import critical_beta
from tests.contract.runs import played

DIGITS = {"data": "digits", "sigma_x": 0.2}
DRAWS = np.random.default_rng(7).standard_normal((2000, 2)).astype(np.float32)


def start(values: dict, seed: int = 0, **more) -> Session:
    return Session(TOPIC, TOPIC.params.build(values), seed, "cpu", **more)


@cache
def train(steps: int, seed: int = 0, **values) -> Session:
    """A finished run; equal arguments share it."""
    session = start(values, seed)
    session.run(steps=steps)
    return session


def state(session: Session) -> State:
    return session._model.state()


def data(session: Session):
    return session._model.set


def beta_c(name: str, sigma_x: float) -> float:
    return critical_beta(float(data(train(0, data=name, twin=False)).spectrum[0]), sigma_x)


def digits(beta: float) -> Session:
    return train(1500, 0, **DIGITS, beta=beta, twin=False)


def digits_at_one() -> Session:
    """Digits at beta = 1, sigma_x = 0.2 after 1500 steps, with the twin: the run of the chapter."""
    return played("vae-geometry", "digits").session


def ring(seed: int) -> Session:
    """The page's default run: glyph, beta = 4, sigma_x = .1, with its twin."""
    return train(1000, seed)


def law(net: Net, s: float) -> tuple[float, float]:
    mean, sigma = net.codes
    return logarithm_agreement(sigma**2, net.law(mean, s) ** 2)


@dataclass(frozen=True)
class FunctionChart(Chart):
    """A chart from two functions (a sphere, a linear map)."""

    function: Callable[[np.ndarray], np.ndarray]
    derivative: Callable[[np.ndarray], np.ndarray]

    def both(self, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return self.function(z), self.derivative(z)


def random_layers(sizes: tuple[int, ...], seed: int = 0) -> list[tuple[np.ndarray, np.ndarray]]:
    random = np.random.default_rng(seed)
    return [(random.normal(size=(a, b)) / math.sqrt(a), random.normal(size=b) * 0.1) for a, b in itertools.pairwise(sizes)]


def energy(chart: Chart, curve: np.ndarray) -> float:
    """E = T sum_t |f(z_{t+1}) - f(z_t)|^2: Shao, Kumar & Fletcher 2018, 1711.08014, equation 5."""
    return (len(curve) - 1) * float(np.square(np.diff(chart.f(curve), axis=0)).sum())
