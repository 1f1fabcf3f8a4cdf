"""Places at which the networks are looked at: a grid over the plane, and sizes of batches. No torch."""

from __future__ import annotations

import numpy as np

SIDE, ACROSS, UP = 33, (-3.5, 6.5), (-3.5, 3.5)  # of the plane: points a side, ranges of x1 and x2
SIZES = (2, 4, 8, 16, 32, 64, 128, 256, 512)


def axes() -> tuple[np.ndarray, np.ndarray]:
    """Places of the grid's columns and rows."""
    return np.linspace(*ACROSS, SIDE), np.linspace(*UP, SIDE)


def plane() -> np.ndarray:
    """The grid's points, row by row: (SIDE², 2) float32."""
    across, up = np.meshgrid(*axes())
    return np.stack([across.ravel(), up.ravel()], 1).astype(np.float32)
