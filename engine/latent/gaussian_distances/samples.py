"""The user's own two samples: what may be used, the plug-in distance, and what it would be with infinitely many rows."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from engine.data.errors import not_uploaded, refused
from engine.latent.gaussian_distances.theory import Array, Parts, plug_in

MOST_FEATURES, SHOWN = 64, 1000
CUTS = 8  # in halves: one alone is noisy


class Pair(NamedTuple):
    """Two samples of the same columns: the rows (m, n) marked 0, and those marked 1."""

    p: Array
    q: Array

    @property
    def missing(self) -> int:
        """How many rows the smaller sample lacks to have a covariance of full rank."""
        return max(self.p.shape[1] + 1 - min(len(self.p), len(self.q)), 0)


def read(data: Mapping[str, np.ndarray] | None) -> Pair:
    """The samples of a table whose last column is 0 or 1; raises BadValue with what is wrong."""
    if data is None:
        raise not_uploaded()
    table = np.asarray(data["x"], np.float64)
    features, mark = table[:, :-1], table[:, -1]
    if not 1 <= features.shape[1] <= MOST_FEATURES:
        raise refused("1 to {most} columns and a last one with 0 or 1 are needed; this file has {found} in all.",
            most=MOST_FEATURES, found=table.shape[1])  # fmt: skip
    other = ~np.isin(mark, (0, 1))
    if other.any():
        raise refused("The last column must be 0 (first sample) or 1 (second sample), but row {row} has {found}.",
            row=int(other.argmax()) + 1, found=f"{mark[other][0]:g}")  # fmt: skip
    pair = Pair(features[mark == 0], features[mark == 1])
    if not len(pair.p) or not len(pair.q):
        raise refused("The last column must mark at least one row with 0 and one with 1.")
    if pair.missing:
        logging.getLogger("latent_lab").warning(
            "warning: %d + %d rows of %d columns; a sample needs %d for a covariance of full rank, so only W2 can be told, and it is biased",
            len(pair.p), len(pair.q), features.shape[1], features.shape[1] + 1
        )  # fmt: skip
    return pair


def numbers(pair: Pair, random: np.random.Generator) -> tuple[dict[str, float], dict[str, np.ndarray]]:
    """The outputs `sample_...` of the user's own samples, scalars and arrays."""
    whole = plug_in(*pair)
    scalars = {
        "sample_w2_squared": whole.total,
        "sample_mean": whole.mean,
        "sample_extrapolated": extrapolated(pair, whole, random),
        "sample_rows_p": float(len(pair.p)),
        "sample_rows_q": float(len(pair.q)),
        "sample_missing": float(pair.missing),
    }
    return scalars, {
        f"sample_points_{name}": points.astype(np.float32) for name, points in zip("pq", flattened(pair), strict=True)
    }


def extrapolated(pair: Pair, whole: Parts, random: np.random.Generator) -> float:
    """The plug-in value at infinitely many rows, if its bias falls as 1/m (14): twice the whole less the mean of the halves.

    Over random halves; below zero, where no squared distance is, it counts as zero. NaN where a half has fewer than two rows.
    Chong & Forsyth 2020 extrapolate with more sizes.
    """
    if min(len(pair.p), len(pair.q)) < 4:
        return math.nan
    cuts = [[np.array_split(random.permutation(sample), 2) for sample in pair] for _ in range(CUTS)]
    half = np.mean([plug_in(x, y).total for halves in cuts for x, y in zip(*halves, strict=True)])
    return max(float(2 * whole.total - half), 0.0)


def flattened(pair: Pair) -> tuple[Array, Array]:
    """Both samples (at most 1000 rows, 2) along the two directions in which all rows together spread most."""
    together = np.concatenate(pair)
    centre = together.mean(0)
    directions = np.linalg.svd(together - centre, full_matrices=False)[2][:2]
    if len(directions) < 2:
        directions = np.concatenate([directions, np.zeros((2 - len(directions), together.shape[1]))])
    p, q = ((sample[:SHOWN] - centre) @ directions.T for sample in pair)
    return p, q
