"""What comes out of the decoder: the prior's gallery with its classes, and bounds on log p(x). numpy."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import logsumexp, ndtri

from engine.latent.vae_geometry.data import Data
from engine.latent.vae_geometry.geometry.measures import entropy, nearest
from engine.latent.vae_geometry.state import Array, Net, Part, State
from engine.latent.vae_geometry.theory import gaussian_log, nested_bounds

DRAWS = 256  # prior draws behind the class histogram while training
LEVELS = 9  # bounds for k = 1, 2, 4, ..., 256


def prior_grid(side: int, mean: Array) -> Array:
    """Codes (side^2, d) at equal quantiles of the prior in the first two axes (first row on top).

    For d > 2 the grid lies in the two principal directions of the codes `mean` (n, d) instead.
    """
    level = ndtri((np.arange(side) + 0.5) / side)
    grid = np.stack([np.tile(level, side), np.repeat(level[::-1], side)], 1).astype(np.float32)
    if mean.shape[1] <= 2:
        return grid[:, : mean.shape[1]]
    return grid @ np.linalg.svd(mean - mean.mean(0), full_matrices=False)[2][:2]


def gallery(data: Data, state: State, prior: Array, kind: str) -> Part:
    """Decoded prior codes of both arms, and the classes of prior draws with their entropy."""
    side = 8 if not data.size or data.size[0] * data.size[1] <= 256 else 5
    scalars: dict[str, float] = {}
    arrays: dict[str, Array] = {}
    for prefix, net in state.arms.items():
        codes = prior_grid(side, net.codes[0]) if kind == "grid" else prior[: side * side]
        arrays[f"{prefix}gallery"] = data.picture(net.decoder.f(codes))
        counts = class_counts(data, net.decoder.f(prior[:DRAWS]))
        arrays[f"{prefix}histogram"] = counts.astype(np.float32)
        scalars[f"{prefix}class_entropy"] = entropy(counts)
        scalars[f"{prefix}classes"] = float((counts >= 0.01 * counts.sum()).sum())
    return scalars, arrays


def class_counts(data: Data, drawn: Array) -> Array:
    """Histogram (classes,) of the class of the training sample that is nearest to each drawn one (of the first 1500)."""
    return np.bincount(data.labels[nearest(drawn, data.train[:1500])[0]], minlength=data.classes)


def log_weights(x: Array, net: Net, noise: Array, sigma_x: float) -> Array:
    """log p(x, z) - log q(z|x) for draws z = mu + sigma eps; x (n, D), noise (n, k, d); returns (n, k) nats."""
    mean, sigma = (part.astype(np.float64) for part in net.encode(x))
    z = mean[:, None] + sigma[:, None] * noise
    decoded = net.decoder.f(z.reshape(-1, z.shape[-1])).reshape(*z.shape[:2], -1)
    error = np.square(decoded - x[:, None]).sum(-1, dtype=np.float64)
    log_ratio = (0.5 * np.square(noise) - 0.5 * np.square(z)).sum(-1) + np.log(sigma).sum(-1)[:, None]
    return gaussian_log(error, x.shape[1], sigma_x) + log_ratio


def log_likelihood(x: Array, net: Net, sigma_x: float, side: int = 241, reach: float = 8.0) -> Array:
    """log p(x) = log sum_z p(z) p(x|z) dz (n,) in nats for d = 2, by quadrature on [-reach, reach]^2."""
    line, step = np.linspace(-reach, reach, side, retstep=True)
    squares = np.square(x).sum(1, dtype=np.float64)
    parts = []
    for row in np.array_split(line, max(1, side // 60)):
        points = np.stack(np.meshgrid(row, line, indexing="ij"), -1).reshape(-1, 2)
        decoded = net.decoder.f(points)
        error = squares[:, None] - 2.0 * (x @ decoded.T) + np.square(decoded).sum(1)[None]
        prior = np.exp(-0.5 * np.square(points).sum(1)) / (2 * np.pi)
        joint = gaussian_log(np.maximum(error, 0), x.shape[1], sigma_x) + np.log(prior)
        parts.append(logsumexp(joint, axis=1) + np.log(float(step) ** 2))
    return np.logaddexp.reduce(np.stack(parts), axis=0)


def bounds(data: Data, net: Net, noise: Array, params: Any) -> Part:
    """The ladder of importance-weighted bounds (nats a sample), and log p(x) itself in full quality for d = 2.

    `elbo` is the first bound. 16 test samples and 32 draws while training; 100 and 256 in full quality.
    """
    count, draws = (100, 256) if params.fine else (16, 32)
    x = data.test[:count]
    ladder = nested_bounds(log_weights(x, net, noise[: len(x), :draws], params.sigma_x))
    values = np.full(LEVELS, np.nan, np.float32)
    for k, value in ladder.items():
        values[int(np.log2(k))] = value.mean()
    exact = float("nan")
    if params.fine and params.plane:
        exact = float(log_likelihood(x, net, params.sigma_x).mean())
    return {"elbo": float(values[0]), "log_likelihood": exact}, {"bounds": values}
