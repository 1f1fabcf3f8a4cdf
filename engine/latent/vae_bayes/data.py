"""Which images the lab encodes, and what is refused."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from engine.core.params import BadValue
from engine.data.errors import not_uploaded, refused
from engine.data.sets.digits import digits
from engine.latent.vae_bayes.params import VaeBayesParams

Array = np.ndarray
FEWEST, MOST, ROWS = 2, 1024, 60_000
OUTSIDE = "likelihood = bernoulli needs values from 0 to 1, but the data reach from {low} to {high}; rescale them to 0 to 1 or use a Gaussian."


def load(p: VaeBayesParams, own: Mapping[str, Array] | None) -> tuple[Array, Array | None, tuple[int, int] | None]:
    """(samples (N, D) float64, classes (N,) or None, (height, width) of a picture or None). Raises BadValue for data that do not fit."""
    if p.data != "own":
        pictures, labels = digits()
        return (pictures > 0.5).astype(float) if p.data == "binary" else pictures, labels, (8, 8)
    if own is None:
        raise not_uploaded()
    x = np.asarray(own["x"], np.float64)
    if not (FEWEST <= x.shape[1] <= MOST and FEWEST <= len(x) <= ROWS):
        raise refused("{fewest} to {most} columns of numbers and {fewest} to {most_rows} rows are taken; this file has {columns} and {rows}.",
            fewest=FEWEST, most=MOST, most_rows=ROWS, columns=x.shape[1], rows=len(x))  # fmt: skip
    if not np.isfinite(x).all():
        raise refused("The samples contain NaN or infinite numbers.")
    if not np.ptp(x, axis=0).any():
        raise refused("All rows are equal, so there is nothing to encode.")
    if p.likelihood == "bernoulli" and (x.min() < 0 or x.max() > 1):
        raise BadValue("likelihood", p.likelihood, "", template=OUTSIDE, low=f"{x.min():g}", high=f"{x.max():g}")
    size = (int(own["size"][0]), int(own["size"][1])) if "size" in own else None
    return x, own.get("labels"), size if size and size[0] * size[1] == x.shape[1] else None
