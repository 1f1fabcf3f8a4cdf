"""Finished runs of the VAE geometry lab, made once and shared by its phenomena."""

from __future__ import annotations

from functools import cache

import numpy as np

from engine.core.session import Session
from engine.latent.vae_geometry import TOPIC
from engine.latent.vae_geometry.geometry.measures import logarithm_agreement
from engine.latent.vae_geometry.state import Net, State
from engine.latent.vae_geometry.theory import critical_beta, ellipse_law
from tests.contract.runs import played

DIGITS = {"data": "digits", "sigma_x": 0.2}
DRAWS = np.random.default_rng(7).standard_normal((2000, 2)).astype(np.float32)


@cache
def train(steps: int, seed: int = 0, **values) -> Session:
    """A finished run; equal arguments share it."""
    session = Session(TOPIC, TOPIC.params.build(values), seed, "cpu")
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
    diagonal = np.einsum("nii->ni", net.decoder.metric(mean)).astype(np.float64)
    return logarithm_agreement(sigma**2, ellipse_law(diagonal, s))
