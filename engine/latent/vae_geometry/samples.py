"""What comes out of the decoder: pictures of samples, the prior's gallery with its classes, and bounds on log p(x). numpy."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import ndtri

from engine.latent.vae_geometry.data import Data
from engine.latent.vae_geometry.geometry.measures import entropy, nearest
from engine.latent.vae_geometry.state import Net
from engine.latent.vae_geometry.theory import gaussian_log, log_likelihood_by_quadrature, nested_bounds, standard_grid_density

Array = np.ndarray
Part = tuple[dict[str, float], dict[str, Array]]

DRAWS = 256  # prior draws behind the class histogram while training
LEVELS = 9  # bounds for k = 1, 2, 4, ..., 256


class Picture:
    """Turns samples into what is drawn: grey pictures (uint8), or points of a flat picture of the data (float32)."""

    def __init__(self, data: Data, centre: Array, directions: Array) -> None:
        self.scale, self.size = data.scale, data.size
        self.centre, self.directions = centre, directions

    @property
    def frames(self) -> int:
        """How many stations of a curve are shown."""
        return 11 if self.size else 33

    @property
    def side(self) -> int:
        """Side of the gallery."""
        return 8 if not self.size or self.size[0] * self.size[1] <= 256 else 5

    def __call__(self, x: Array) -> Array:
        """Samples (n, D) as (n, pixels)."""
        if self.size:
            return (np.clip(x / self.scale, 0, 1) * 255).astype(np.uint8)
        return self.plane(x)

    def plane(self, x: Array) -> Array:
        """Samples (n, D) as points (n, 2)."""
        return ((x - self.centre) @ self.directions).astype(np.float32)


def test_error(data: Data, net: Net) -> float:
    """Mean |x - f(mu(x))|^2 over test samples."""
    x = data.test[:500]
    return float(np.square(net.decoder.f(net.test_codes[0]) - x).sum(1).mean())


def prior_grid(side: int, axes: int) -> Array:
    """Codes (side^2, axes) at equal quantiles of the prior in the first two axes (first row on top); others 0."""
    level = ndtri((np.arange(side) + 0.5) / side)
    codes = np.zeros((side * side, axes), np.float32)
    codes[:, 0] = np.tile(level, side)
    if axes > 1:
        codes[:, 1] = np.repeat(level[::-1], side)
    return codes


def turned_grid(grid: Array, mean: Array) -> Array:
    """For d > 2: the grid laid in the two principal directions of the codes instead of the first two axes."""
    if grid.shape[1] <= 2:
        return grid
    directions = np.linalg.svd(mean - mean.mean(0), full_matrices=False)[2][:2]
    return (grid[:, :2] @ directions).astype(np.float32)


def gallery(data: Data, picture: Picture, vae: Net, twin: Net | None, prior: Array, kind: str) -> Part:
    """Decoded prior codes of both arms, and the classes of prior draws (nearest training sample) with their entropy."""
    side = picture.side
    scalars: dict[str, float] = {"ae_class_entropy": float("nan"), "ae_classes": float("nan")}
    arrays: dict[str, Array] = {}
    references, labels = data.train[:1500], data.labels[:1500]
    squares = np.square(references).sum(1)
    for prefix, net in (("", vae), ("ae_", twin)):
        if net is None:
            continue
        codes = turned_grid(prior_grid(side, prior.shape[1]), net.codes[0]) if kind == "grid" else prior[: side * side]
        arrays[f"{prefix}gallery"] = picture(net.decoder.f(codes))
        counts = class_counts(data.classes, labels, net.decoder.f(prior[:DRAWS]), references, squares)
        arrays[f"{prefix}histogram"] = counts.astype(np.float32)
        scalars[f"{prefix}class_entropy"] = entropy(counts)
        scalars[f"{prefix}classes"] = float((counts >= 0.01 * counts.sum()).sum())
    return scalars, arrays


def class_counts(classes: int, labels: Array, drawn: Array, references: Array, squares: Array | None = None) -> Array:
    """Histogram (classes,) of the class of the nearest reference of each drawn sample."""
    return np.bincount(labels[nearest(drawn, references, squares)[0]], minlength=classes)


def log_weights(x: Array, net: Net, noise: Array, sigma_x: float) -> Array:
    """log p(x, z) - log q(z|x) for draws z = mu + sigma eps; x (n, D), noise (n, k, d); returns (n, k) nats."""
    mean, sigma = (part.astype(np.float64) for part in net.encode(x))
    z = mean[:, None] + sigma[:, None] * noise
    decoded = net.decoder.f(z.reshape(-1, z.shape[-1])).reshape(*z.shape[:2], -1)
    error = np.square(decoded - x[:, None]).sum(-1, dtype=np.float64)
    log_ratio = (0.5 * np.square(noise) - 0.5 * np.square(z)).sum(-1) + np.log(sigma).sum(-1)[:, None]
    return gaussian_log(error, x.shape[1], sigma_x) + log_ratio


def log_likelihood(x: Array, net: Net, sigma_x: float, side: int = 241, reach: float = 8.0) -> Array:
    """log p(x) (n,) in nats for d = 2 by quadrature on [-reach, reach]^2."""
    line, step = np.linspace(-reach, reach, side, retstep=True)
    squares = np.square(x).sum(1, dtype=np.float64)
    parts = []
    for row in np.array_split(line, max(1, side // 60)):
        points = np.stack(np.meshgrid(row, line, indexing="ij"), -1).reshape(-1, 2)
        decoded = net.decoder.f(points)
        error = squares[:, None] - 2.0 * (x @ decoded.T) + np.square(decoded).sum(1)[None]
        log_conditional = gaussian_log(np.maximum(error, 0), x.shape[1], sigma_x)
        parts.append(log_likelihood_by_quadrature(log_conditional, standard_grid_density(points), float(step) ** 2))
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
