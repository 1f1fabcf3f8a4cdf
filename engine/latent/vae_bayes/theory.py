"""Closed forms of the linear VAE, and the identities of the joint KL. float64 numpy, no torch."""

from __future__ import annotations

import math

import numpy as np

Array = np.ndarray
ALIVE = 0.05  # nats a latent must carry
LEAST_SIGMA2 = 1e-6  # constant pixels would let (8) reach 0


def covariance_eigenvalues(x: Array) -> Array:
    """Eigenvalues (D,) of the covariance of samples (N, D), divided by N, largest first."""
    centred = np.asarray(x, np.float64) - np.mean(x, 0, dtype=np.float64)
    return np.maximum(np.linalg.eigvalsh(centred.T @ centred / len(centred))[::-1], 0.0)


def water_filling(eigenvalues: Array, level: float | Array, latents: int) -> tuple[Array, Array]:
    """(rate in nats, distortion) of the best linear VAE at a water level sigma^2 (9): Shannon's reverse water-filling.

    eigenvalues (D,) largest first; level a number or (n,) above 0; both answers have its shape.
    """
    level = np.asarray(level, np.float64)[..., None]
    kept = eigenvalues[:latents]
    rate = 0.5 * np.log(np.maximum(kept / level, 1.0)).sum(-1)
    return rate, np.minimum(kept, level).sum(-1) + eigenvalues[latents:].sum()


def ppca(x: Array, sigma2: float, latents: int) -> tuple[Array, Array, Array]:
    """(W (D, d), encoder A (d, D), posterior variances (d,)) of probabilistic PCA (Tipping & Bishop 1999) on centred samples."""
    values, vectors = np.linalg.eigh(x.T @ x / len(x))
    values, vectors = values[::-1][:latents], vectors[:, ::-1][:, :latents]
    scale = np.sqrt(np.maximum(values - sigma2, 0.0))
    return vectors * scale, (vectors * (scale / (scale**2 + sigma2))).T, sigma2 / (scale**2 + sigma2)


def gaussian_nll(squared_error: float | Array, sigma2: float, pixels: int) -> float | Array:
    """-ln q(x|z) of a Gaussian decoder (6), in nats, from the squared error summed over the pixels."""
    return squared_error / (2 * sigma2) + 0.5 * pixels * math.log(2 * math.pi * sigma2)


def joint_kl(p: Array, encoder: Array, prior: Array, decoder: Array) -> dict[str, float]:
    """Both sides of (2) and (3) on tables: p (X,), encoder (X, Z), prior (Z,), decoder (Z, X), all positive and normalised."""
    joint_p, joint_q = p[:, None] * encoder, (prior[:, None] * decoder).T
    q = joint_q.sum(1)
    posterior = joint_q / q[:, None]
    return {
        "joint": float((joint_p * np.log(joint_p / joint_q)).sum()),
        "marginal": float((p * np.log(p / q)).sum()),
        "mismatch": float((joint_p * np.log(encoder / posterior)).sum()),
        "entropy": float(-(p * np.log(p)).sum()),
        "loss": float((joint_p * (np.log(encoder / prior) - np.log(decoder.T))).sum()),
    }


def assumed_sigma2(weight: float, pixels: int, reduction: str) -> float:
    """The sigma^2 that `error + weight * KL` silently assumes (7), with the error a "sum" or a "mean" over pixels."""
    return weight / 2 * (pixels if reduction == "mean" else 1)
