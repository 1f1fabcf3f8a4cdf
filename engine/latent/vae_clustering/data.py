"""What the lab sorts: pictures, points, tables, or the reader's own rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from engine.core.params import BadValue
from engine.data.errors import not_uploaded, refused
from engine.data.sets import points
from engine.data.sets.digits import digits
from engine.latent.vae_clustering.params import VaeClusteringParams

Array = np.ndarray

DIGITS_VARIANCE = 4.693  # of all pixels together: λ is understood for it
LEAST_COLUMNS, MOST_COLUMNS, MOST_ROWS = 2, 1024, 20_000
FARTHEST = 1e15  # larger numbers have no squares in float32
ROUGHEST = 1e-4  # of the data's variance may be lost when they are rounded to float32

REFUSED_SIZE = "The data have {rows} rows of {columns} numeric columns; 2 to {most_columns} columns and at most {most_rows} rows are taken."
REFUSED_FEW = "clusters = {value} needs as many rows, but the data have only {rows} rows; use clusters = 1 to {rows}."
REFUSED_FLAT = "All rows of the data are equal, so there is nothing to sort; give rows that differ."
REFUSED_FAR = "The data contain numbers that are not finite, or beyond ±1e15; switch Standardise columns on, or divide them."
REFUSED_OFFSET = "The rows differ too little beside the size of their numbers to be told apart; switch Standardise columns on, or subtract an offset."


@dataclass(frozen=True)
class Data:
    """x (n, D) float32; labels (n,) int64 where classes are known; size (height, width) of a picture, or None."""

    x: Array
    labels: Array | None
    size: tuple[int, int] | None = None
    drawn_by_sigmoid: bool = False

    @cached_property
    def variance(self) -> float:
        """Total variance: the mean squared distance from the mean."""
        return float(self.x.var(0, dtype=np.float64).sum())

    @cached_property
    def leading(self) -> float:
        """Largest eigenvalue of the covariance."""
        return float(np.linalg.svd(self.x - self.x.mean(0, dtype=np.float64), compute_uv=False)[0] ** 2 / len(self.x))

    @cached_property
    def plane(self) -> tuple[Array, Array]:
        """(centre (D,), directions (2, D)): two columns as they are, more on their two principal axes."""
        if self.x.shape[1] == 2:
            return np.zeros(2), np.eye(2)
        centre = self.x.mean(0, dtype=np.float64)
        return centre, np.linalg.svd(self.x[:3000] - centre, full_matrices=False)[2][:2]

    @property
    def balance(self) -> float:
        """What λ is multiplied by where it is scaled: exactly 1 for the digits."""
        return 1.0 if self.drawn_by_sigmoid else DIGITS_VARIANCE / self.variance


def load(p: VaeClusteringParams, random: np.random.Generator, own: Mapping[str, Array] | None) -> Data:
    """The data in force; raises BadValue for own data that do not fit."""
    if p.data == "digits":
        x, labels = digits()
        return Data(x.astype(np.float32), labels, (8, 8), drawn_by_sigmoid=True)
    if p.data != "own":
        x, labels = MADE[p.data](random)
        return Data(x.astype(np.float32), labels)
    if own is None:
        raise not_uploaded()
    return _own(p, own)


MADE: dict[str, Callable[[np.random.Generator], points.Labelled]] = {
    "blobs": points.five_blobs,
    "pinwheel": points.pinwheel,
    "moons": points.moons,
    "iris": lambda random: points.standardised(points.iris()),
    "wine": lambda random: points.standardised(points.wine()),
}


def _own(p: VaeClusteringParams, own: Mapping[str, Array]) -> Data:
    x = np.asarray(own["x"], np.float64)
    rows, columns = x.shape
    if not LEAST_COLUMNS <= columns <= MOST_COLUMNS or rows > MOST_ROWS:
        raise refused(REFUSED_SIZE, rows=rows, columns=columns, most_columns=MOST_COLUMNS, most_rows=MOST_ROWS)
    if rows < p.clusters:
        raise BadValue("clusters", p.clusters, "", template=REFUSED_FEW, rows=str(rows))
    if p.standardise and np.isfinite(x).all():
        x = points.standardised((x, np.zeros(rows)))[0]
    if not np.isfinite(x).all() or np.abs(x).max() > FARTHEST:
        raise refused(REFUSED_FAR)
    if np.square(x - x.astype(np.float32)).mean(0).sum() > ROUGHEST * x.var(0).sum() > 0:
        raise refused(REFUSED_OFFSET)
    height, width = (int(side) for side in own.get("size", (0, 0)))
    labels = np.unique(own["labels"], return_inverse=True)[1] if "labels" in own else None  # whatever they are called
    data = Data(x.astype(np.float32), labels, (height, width) if height * width == columns else None)
    if not data.variance > 0:
        raise refused(REFUSED_FLAT)
    return data
