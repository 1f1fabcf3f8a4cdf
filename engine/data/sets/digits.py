"""Handwritten digits, as scikit-learn has them."""

from __future__ import annotations

from functools import cache

import numpy as np


@cache
def digits() -> tuple[np.ndarray, np.ndarray]:
    """(pictures (1797, 64) float64 in [0, 1], 0 is white; labels (1797,) int64) of 8 x 8 pixels.

    The test set of the UCI Optical Recognition of Handwritten Digits (Alpaydin & Kaynak 1998).
    """
    from sklearn.datasets import load_digits  # takes a second to import: only where digits are wanted

    table = load_digits()
    return table.data / 16, table.target.astype(np.int64)


@cache
def shuffled_digits() -> tuple[np.ndarray, np.ndarray]:
    """The same in another order, one and the same in every run: the file's last rows are other writers'."""
    pictures, labels = digits()
    order = np.random.default_rng(0).permutation(len(labels))
    return pictures[order], labels[order]
