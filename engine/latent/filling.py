"""What the best linear VAE keeps of its data: Shannon's reverse water-filling."""

from __future__ import annotations

import numpy as np

Array = np.ndarray


def rates(eigenvalues: Array, level: float | Array, latents: int) -> Array:
    """KL (..., latents) of every latent at the optimum, in nats: half ln+ of eigenvalue over water level.

    Args:
        eigenvalues: of the data's covariance, largest first; missing ones count as 0.
        level: decoder noise times KL weight, above 0: a number, or an array (...).
    Source: Tipping & Bishop 1999; Lucas et al. 2019, 1911.02469; Cover & Thomas, rate distortion of Gaussians.
    """
    kept = np.zeros(latents)
    kept[: min(latents, len(eigenvalues))] = eigenvalues[:latents]
    return 0.5 * np.log(np.maximum(kept / np.asarray(level, np.float64)[..., None], 1.0))
