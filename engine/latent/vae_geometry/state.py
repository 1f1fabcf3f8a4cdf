"""The networks as plain numpy at one step: what every picture is made from. A copy of the weights and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from engine.latent.vae_geometry.data import Data
from engine.latent.vae_geometry.geometry.charts import DecoderChart, UncertainChart, Uncertainty
from engine.latent.vae_geometry.theory import ellipse_law

Array = np.ndarray
Part = tuple[dict[str, float], dict[str, Array]]  # scalars and arrays of a frame
Layers = Sequence[tuple[Array, Array]]

WATCHED = 1500  # of a large own file, this many samples are looked at (training uses all)
LOG_VARIANCE = (-12.0, 6.0)


class Net:
    """Encoder and decoder of one arm with its codes of the watched samples.

    `noisy` is False for the autoencoder: its head for log sigma^2 is never trained, so its sigma is zero.
    """

    def __init__(self, encoder: Layers, decoder: Layers, data: Data, noisy: bool) -> None:
        self.encoder, self.decoder = DecoderChart(encoder), DecoderChart(decoder)
        self.noisy = noisy
        self._data = data
        self._uncertain: dict[tuple[float, bool], UncertainChart] = {}

    def encode(self, x: Array) -> tuple[Array, Array]:
        """(mean, sigma), each (n, d), of samples (n, D)."""
        head = self.encoder.f(x)
        size = head.shape[1] // 2
        if not self.noisy:
            return head[:, :size], np.zeros_like(head[:, :size])
        return head[:, :size], np.exp(0.5 * np.clip(head[:, size:], *LOG_VARIANCE))

    @cached_property
    def codes(self) -> tuple[Array, Array]:
        """(mean, sigma) of the watched training samples."""
        return self.encode(self._data.train[:WATCHED])

    def law(self, z: Array, s: float) -> Array:
        """Half-axes (n, d) at codes z by the ellipse law (13)."""
        diagonal = np.einsum("nii->ni", self.decoder.metric(z)).astype(np.float64)
        return np.sqrt(ellipse_law(np.maximum(diagonal, 0), max(s, 1e-12)))

    def uncertain(self, sigma_x: float, fine: bool = False) -> UncertainChart:
        """The decoder with an RBF uncertainty round the codes; a rougher one (512 codes, 2 rounds) unless `fine`."""
        if (sigma_x, fine) not in self._uncertain:
            codes = self.codes[0].astype(np.float64)
            fitted = Uncertainty.fit(codes, sigma_x, rounds=20) if fine else Uncertainty.fit(codes[:512], sigma_x, rounds=2)
            self._uncertain[sigma_x, fine] = UncertainChart(self.decoder, fitted, self._data.train.shape[1])
        return self._uncertain[sigma_x, fine]

    @cached_property
    def test_codes(self) -> tuple[Array, Array]:
        """(mean, sigma) of the test samples, at most 500."""
        return self.encode(self._data.test[:500])


@dataclass(frozen=True)
class State:
    """The arms at a step: the VAE, and its autoencoder twin if there is one."""

    step: int
    vae: Net
    twin: Net | None

    @property
    def arms(self) -> dict[str, Net]:
        """The nets by what the names of their outputs begin with."""
        return {"": self.vae} | ({} if self.twin is None else {"ae_": self.twin})
