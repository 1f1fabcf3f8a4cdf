"""Which points the lab fits, and what is refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from engine.core.params import BadValue
from engine.data.errors import not_uploaded, refused
from engine.data.sets import points
from engine.latent.em.mixture import Array, least_variances, restrict
from engine.latent.em.pair import HEADS
from engine.latent.em.params import EmParams

MOST_COLUMNS, MOST_ROWS = 20, 50_000
MADE: dict[str, Callable[[np.random.Generator], points.Labelled]] = {
    "blobs": points.blobs,
    "crosses": points.crosses,
    "ring_blob": points.ring_and_blob,
    "iris": lambda random: points.iris_petals(),
    "wine": lambda random: points.wine_plane(),
    "coins": lambda random: (HEADS[:, None], np.array([1, 0, 0, 1, 0])),  # which coin it was: B A A B A
}


TOO_MANY = "The table has {rows} rows of {columns} numeric columns; at most {most_rows} rows of {most_columns} are taken."
TOO_FEW = "k = {value} needs as many distinct rows, but the data have only {rows} distinct rows; use k = 1 to {rows}."
FLAT = (
    "floor = 0, but a column is constant or follows from the others, so that the data have no variance in some direction; "
    "use a floor above 0 or leave the column out."
)


def load(p: EmParams, random: np.random.Generator, own: Mapping[str, Array] | None) -> tuple[Array, Array | None]:
    """Points (N, d) float64, as they are, and their classes (N,) where they are known. Raises BadValue for data that do not fit."""
    if p.data == "two_gaussians":
        return points.two_normals(random, p.separation, p.n)
    if p.data != "own":
        return MADE[p.data](random)
    if own is None:
        raise not_uploaded()
    x = np.asarray(own["x"], np.float64)
    rows, columns = x.shape
    if columns > MOST_COLUMNS or rows > MOST_ROWS:
        raise refused(TOO_MANY, rows=rows, columns=columns, most_rows=MOST_ROWS, most_columns=MOST_COLUMNS)
    return x, own.get("labels")


def checked(x: Array, p: EmParams) -> Array:
    """The points, if K different centres and a first covariance can be made of them; raises BadValue."""
    distinct = len(np.unique(x, axis=0))
    if distinct < p.components:
        raise BadValue("k", p.components, "", template=TOO_FEW, rows=str(distinct))
    if p.floor == 0 and p.covariance != "fixed" and p.data != "two_gaussians":
        whole = np.cov(x.T, ddof=0).reshape(1, x.shape[1], x.shape[1])
        if least_variances(restrict(whole, np.ones(1), p.covariance, 0.0))[0] <= 1e-14 * max(np.trace(whole[0]), 1e-300):
            raise BadValue("floor", p.floor, "", template=FLAT)
    return x
