"""Handwritten digits, read from scikit-learn's own file: its module of data sets takes a second to import, and more on a busy machine."""

from __future__ import annotations

import gzip
import importlib.util
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import sklearn  # noqa: F401 (its file is needed, too, where a run is taken home)


@cache
def digits() -> tuple[np.ndarray, np.ndarray]:
    """(pictures (1797, 64) float64 in [0, 1], 0 is white; labels (1797,) int64) of 8 x 8 pixels, in the order of `load_digits`.

    The test set of the UCI Optical Recognition of Handwritten Digits (Alpaydin & Kaynak 1998).
    """
    found = importlib.util.find_spec("sklearn")
    assert found is not None and found.submodule_search_locations
    file = Path(found.submodule_search_locations[0]) / "datasets" / "data" / "digits.csv.gz"
    with gzip.open(file, "rt") as lines:
        table = np.loadtxt(lines, delimiter=",")
    return table[:, :64] / 16, table[:, 64].astype(np.int64)
