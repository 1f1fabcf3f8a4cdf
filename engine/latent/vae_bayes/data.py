"""Which images the lab encodes, and what is refused."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from engine.core.params import BadValue
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
        raise BadValue("data", "own", "upload a file first", template="{name} = {value}: {allowed}.")
    x = np.asarray(own["x"], np.float64)
    if not (FEWEST <= x.shape[1] <= MOST and FEWEST <= len(x) <= ROWS):
        raise refused(
            f"{FEWEST} to {MOST:,} numeric columns and {FEWEST} to {ROWS:,} rows are taken, not {x.shape[1]:,} and {len(x):,}"
        )
    if not np.isfinite(x).all():
        raise refused("the samples contain NaN or infinite numbers")
    if not np.ptp(x, axis=0).any():
        raise refused("all rows are equal, so there is nothing to encode")
    if p.likelihood == "bernoulli" and (x.min() < 0 or x.max() > 1):
        raise BadValue("likelihood", p.likelihood, "", template=OUTSIDE, low=f"{x.min():g}", high=f"{x.max():g}")
    size = (int(own["size"][0]), int(own["size"][1])) if "size" in own else None
    return x, own.get("labels"), size if size and size[0] * size[1] == x.shape[1] else None


def refused(reason: str) -> BadValue:
    """Own data that cannot be used, with the reason."""
    return BadValue("data", "own", reason, template="{name} = {value} cannot be used: {allowed}.")
