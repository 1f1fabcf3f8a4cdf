"""The networks as plain numpy at one step: what every picture is made from. A copy of the weights and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from engine.latent.vae_geometry.data import Data
from engine.latent.vae_geometry.geometry.charts import DecoderChart, UncertainChart, Uncertainty

Array = np.ndarray
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

    @cached_property
    def _uncertainties(self) -> dict[tuple[float, bool], UncertainChart]:
        return {}

    def uncertain(self, sigma_x: float, fine: bool = False) -> UncertainChart:
        """The decoder with an RBF uncertainty round the codes; a rougher one (512 codes, 2 rounds) unless `fine`."""
        made = self._uncertainties
        if (sigma_x, fine) not in made:
            codes = self.codes[0].astype(np.float64)
            fitted = Uncertainty.fit(codes, sigma_x, rounds=20) if fine else Uncertainty.fit(codes[:512], sigma_x, rounds=2)
            made[sigma_x, fine] = UncertainChart(self.decoder, fitted, self._data.train.shape[1])
        return made[sigma_x, fine]

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
    def arms(self) -> tuple[Net, ...]:
        return (self.vae,) if self.twin is None else (self.vae, self.twin)
