"""Rules by their place in an order, and by their items: model and pictures mean the same ones."""

from __future__ import annotations

import numpy as np


def order(rank: str, lift: np.ndarray, confidence: np.ndarray, leverage: np.ndarray, p_value: np.ndarray) -> np.ndarray:
    """Places of the rules, the best by the measure `rank` first (ties as they stand: by confidence)."""
    by = {"lift": -lift, "confidence": -confidence, "leverage": -leverage, "p_value": p_value}
    return np.argsort(by[rank], kind="stable")


def matches(left: np.ndarray, right: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Which rules (left (r, any) padded with -1, right (r,)) are the wanted {a, b} -> c (n, 3): bool (n, r)."""
    pairs = np.pad(left, ((0, 0), (0, 1)), constant_values=-1)  # where sets have two items at most, one is on the left
    alone = (pairs[:, 2:] < 0).all(1)
    return alone & (pairs[None, :, :2] == wanted[:, None, :2]).all(-1) & (right == wanted[:, 2:])
