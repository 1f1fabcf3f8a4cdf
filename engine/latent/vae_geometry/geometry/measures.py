"""What a cloud of codes is like: the union of the ellipses on a grid, coverage, the cloud's shape, winding, classes. numpy."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.special import ndtr

from engine.latent.vae_geometry.theory import normal_kl

Array = np.ndarray

LINE, RING, DISC = 0.08, 4.0, 0.6  # the strip's rule: eigenvalue ratio below, ring score above, union KL below
SECTORS = 24  # directions round the mean in which a closed loop must be met
OPEN = 3  # empty directions side by side (45 degrees) that make a loop an open arc
TORN = 0.25  # of a line's extent without any code: two clouds, no line
POINT = 0.15, 0.05  # root mean square of the codes of a VAE, whose unit is the prior's, and extent of any: all in one place


class Surgery(NamedTuple):
    """The three terms of (6) in nats: `each` = `information` + `union`; and the mass of the union on the grid."""

    each: float
    information: float
    union: float
    mass: float


def surgery(mean: Array, sigma: Array, cells: int = 96) -> Surgery:
    """ELBO surgery (6) for d = 2 on a grid of cells: no sampling.

    The union's mass is found cell by cell (differences of the normal distribution function), so none is lost however
    small the ellipses are. Averaging over a cell of width h widens an ellipse by h^2/12, so each is taken narrower by
    that: the average is then the density in the middle of the cell up to h^4. Where ellipses are smaller than cells the
    result is a lower bound of the union's KL, and the other bound, information <= log N, may be sharper and is used.

    Args:
        mean, sigma: (N, 2).
    Source: Hoffman & Johnson 2016, "ELBO surgery".
    """
    low, high = (mean - 6 * sigma).min(0), (mean + 6 * sigma).max(0)
    parts, prior = [], []
    for i in range(2):
        edges = np.linspace(low[i], high[i], cells + 1)
        middle, width = (edges[1:] + edges[:-1]) / 2, edges[1] - edges[0]
        narrower = np.sqrt(np.maximum(sigma[:, i] ** 2 - width**2 / 12, (0.1 * sigma[:, i]) ** 2))
        inside = ndtr(((edges[:, None] - mean[None, :, i]) / narrower[None]).astype(mean.dtype))
        parts.append(np.diff(inside, axis=0))
        prior.append(-0.5 * middle**2 - 0.5 * np.log(2 * np.pi) + np.log(width))
    mass = (parts[0] @ parts[1].T).astype(np.float64) / len(mean)
    log_prior = prior[0][:, None] + prior[1][None]
    union = float((mass * (np.log(np.maximum(mass, 1e-300)) - log_prior)).sum())
    each = float(normal_kl(mean.astype(np.float64), sigma.astype(np.float64)).sum(1).mean())
    union = max(union, each - float(np.log(len(mean))), 0.0)
    return Surgery(each, max(each - union, 0.0), union, float(mass.sum()))


def coverage(draws: Array, mean: Array, sigma: Array, radius: float) -> tuple[float, float]:
    """(fraction of draws inside at least one ellipse, mean number of ellipses over a draw) (7).

    Args:
        draws: (M, d) from the prior (or codes of test samples, for held-out coverage).
        mean, sigma: (N, d); zero sigma (an autoencoder) covers nothing.
    """
    if not (sigma > 0).all():
        return 0.0, 0.0
    weight = 1 / np.square(sigma.astype(np.float64))
    z, centre = draws.astype(np.float64), mean.astype(np.float64)
    inside = np.square(z) @ weight.T - 2 * z @ (centre * weight).T + (np.square(centre) * weight).sum(1)[None]
    over = (inside <= radius**2).sum(1)
    return float((over > 0).mean()), float(over.mean())


def eigenvalue_ratio(codes: Array) -> float:
    """Smallest over largest eigenvalue of the codes' covariance (n, 2): 0 for a line, 1 for a round cloud."""
    columns = _centred(codes)
    values = np.linalg.eigvalsh(columns @ columns.T)
    return float(max(values[0], 0) / values[-1]) if values[-1] > 0 else 0.0


def ring_score(codes: Array) -> float:
    """Median radius over the standard deviation of the radius, round the mean: large for a ring, below 2 for a blob."""
    radius = np.sqrt(np.square(_centred(codes)).sum(0))
    return float(np.median(radius) / max(radius.std(), 1e-12))


def _centred(codes: Array) -> Array:
    """Codes (n, d) round their mean, as d rows of n: sums along rows are many times faster."""
    columns = codes.T.astype(np.float64, order="C")
    columns -= columns.mean(1, keepdims=True)
    return columns


def loop_score(codes: Array) -> tuple[float, int]:
    """(median over directions of radius over its spread there, empty directions side by side), round the mean.

    The first is large for every thin loop round the mean, an ellipse too, whose radius differs from direction to
    direction; for a ring it is `ring_score`. The second tells an open arc from a loop.
    """
    x, y = _centred(codes)
    sector = ((np.arctan2(y, x) + np.pi) * (SECTORS / (2 * np.pi))).astype(np.int64) % SECTORS
    radius = np.hypot(x, y)
    count = np.bincount(sector, minlength=SECTORS)
    mean = np.bincount(sector, radius, SECTORS) / np.maximum(count, 1)
    gap = radius - mean[sector]
    spread = np.sqrt(np.bincount(sector, gap * gap, SECTORS) / np.maximum(count - 1, 1))
    many = count >= 3
    score = float(np.median(mean[many] / np.maximum(spread[many], 1e-12))) if many.any() else 0.0
    met = np.flatnonzero(count)
    empty = int(np.diff(np.r_[met, met[0] + SECTORS]).max()) - 1
    return score, empty


def torn(codes: Array) -> bool:
    """Whether the codes leave a gap along their longer direction: two clouds rather than a line."""
    columns = _centred(codes)
    along = np.sort(np.linalg.eigh(columns @ columns.T)[1][:, -1] @ columns)
    return bool(np.diff(along).max() > TORN * (along[-1] - along[0]))


def _thin(codes: Array) -> bool:
    """Whether codes lie along a curve: straight, or bent round their mean."""
    return eigenvalue_ratio(codes) < LINE or loop_score(codes)[0] > RING


def cloud_shape(
    codes: Array, union_kl: float, turns: float = float("nan"), backward: float = float("nan"), pieces: Array | None = None
) -> int:
    """Which of the article's four clouds this is, or all in one place: its number in CLOUDS.

    A loop is known by its winding where the order of the samples is known, else by its thin wall round an empty middle;
    an open arc is a line that is bent. Data in pieces never are one ring, however well two arcs close up to its outline.

    Args:
        codes: (n, 2); union_kl: nats, NaN when there are no ellipses; turns, backward: from `winding`, NaN when unknown.
        pieces: (n,) to which connected piece of the data each code belongs, where there are several.
    """
    columns = codes.T
    if max(np.ptp(columns[0]), np.ptp(columns[1])) < POINT[1]:
        return 4
    if np.isfinite(union_kl) and float(np.square(columns, dtype=np.float64).sum()) < POINT[0] ** 2 * len(codes):
        return 4
    if pieces is not None:
        return 5 if all(_thin(codes[pieces == piece]) for piece in np.unique(pieces)) else 3 if union_kl < DISC else 0
    if eigenvalue_ratio(codes) < LINE:
        return 0 if torn(codes) else 1
    score, empty = loop_score(codes)
    wound = abs(turns) > 0.99 and backward < 0.02
    if wound or score > RING:
        return 2 if wound or empty < OPEN else 1
    return 3 if union_kl < DISC else 0


def winding(codes: Array, angles: Array) -> tuple[float, float]:
    """(turns of the codes round their mean as the angle goes round once, fraction of backward steps).

    Args:
        codes: (n, 2); angles: (n,) true angles, which put the codes in order.
    """
    order = np.argsort(angles)
    centred = codes[order] - codes.mean(0)
    phase = np.arctan2(centred[:, 1], centred[:, 0])
    step = np.roll(phase, -1) - phase
    step -= 2 * np.pi * np.round(step / (2 * np.pi))  # the short way round
    turns = float(step.sum() / (2 * np.pi))
    return turns, float((step * np.sign(turns if turns else 1) < 0).mean())


def nearest(points: Array, references: Array, squares: Array | None = None) -> tuple[Array, Array]:
    """(index of the nearest reference (n,), distance to it (n,)); `squares` are the references' squared norms."""
    if squares is None:
        squares = np.square(references).sum(1)
    gaps = squares[None] - 2 * (points @ references.T)
    index = gaps.argmin(1)
    distance2 = gaps[np.arange(len(points)), index] + np.square(points).sum(1)
    return index, np.sqrt(np.maximum(distance2, 0))


def entropy(counts: Array) -> float:
    """Entropy in nats of a histogram; NaN for an empty one."""
    total = counts.sum()
    if total == 0:
        return float("nan")
    share = counts[counts > 0] / total
    return float((share * np.log(1 / share)).sum())  # 0 without a sign where all is in one class


def angle_deviation(coordinate: Array, turn: float | None, points: Array) -> float:
    """How far the true coordinate along a curve departs from proportional to the picture length covered.

    Args:
        coordinate: (n,) true coordinates of the decoded points; turn: their period, or None.
        points: (n, D) the decoded points, whose chords give the length; so the curve's own pace does not matter.
    """
    path = np.unwrap(coordinate, period=turn) if turn else coordinate
    covered = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
    if covered[-1] == 0:
        return 0.0
    return float(np.abs(path - path[0] - covered / covered[-1] * (path[-1] - path[0])).max())


def logarithm_agreement(measured: Array, predicted: Array) -> tuple[float, float]:
    """(correlation of the logarithms, median of log measured - log predicted); NaN when one of them does not vary."""
    a, b = np.log(measured).ravel(), np.log(predicted).ravel()
    if a.std() < 1e-6 or b.std() < 1e-6:
        return float("nan"), float(np.median(a - b))
    return float(np.corrcoef(a, b)[0, 1]), float(np.median(a - b))
