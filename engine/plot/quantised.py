"""Numbers as a screen can show them: places in an array's range, or floats with their first bits, in layers of bytes of like weight.

A packer takes layers for what they are: mostly zeros. What the browser does with them stands in assets/lab/figure/quantised.js.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

FEW = 256  # so few numbers one can point at
FINE, COARSE = 14, 11  # bits of a number's place in its array's range: of few numbers, and of many
BITS = 12  # that count of a number where an array runs over decades
MANTISSA = 23  # bits after the leading one of a float32
DECADES = 1000.0  # from the smallest to the largest of an array that may stand on a logarithmic axis
NOTHING = 0x8000  # what a number that is none is written as
TYPES = {"fixed": "<u2", "floats": "<f4", "bytes": "u1"}  # of the numbers of each kind
DIGITS = 7  # of a number outside arrays


def apart(numbers: np.ndarray) -> np.ndarray:
    """The bytes of numbers, layer by layer: (bytes of a number, how many), the lowest first."""
    return np.ascontiguousarray(numbers.view(np.uint8).reshape(-1, numbers.itemsize).T)


def write(array: np.ndarray) -> tuple[dict[str, Any], np.ndarray]:
    """How an array is written: bytes as they are; places in its range, the differences between neighbours where these are smaller; or floats."""
    if array.dtype == np.uint8:
        return {"kind": "bytes"}, array
    scale = scale_of(array)
    if scale is None:
        return {"kind": "floats"}, rounded(array)
    low, unit = scale
    known = np.isfinite(array)
    places = np.full(array.size, NOTHING, np.int64)
    places[known] = np.rint((array[known].astype(np.float64) - low) / unit)
    steps = np.diff(places, prepend=0)
    smooth = np.abs(np.diff(places[known])).sum() < 0.5 * np.abs(places[known] - places[known].mean()).sum()
    entry = {"kind": "fixed", "low": low, "unit": unit, **({"steps": True} if smooth else {})}
    return entry, (steps if smooth else places) & 0xFFFF


def read(entry: dict[str, Any], numbers: np.ndarray) -> np.ndarray:
    """The inverse of `write`, as the browser does it: float32, or uint8 where they are bytes."""
    if entry["kind"] != "fixed":
        return numbers
    places = numbers.astype(np.int64)
    if entry.get("steps"):
        places = places.cumsum() & 0xFFFF
    return np.where(places == NOTHING, np.nan, entry["low"] + places * entry["unit"]).astype(np.float32)


def scale_of(array: np.ndarray) -> tuple[float, float] | None:
    """The smallest of an array's numbers and the unit in which their distances from it count; None where a range says too little.

    Numbers at equal distances (a grid, steps) come out as they were.
    """
    finite = array[np.isfinite(array)].astype(np.float64)
    if not finite.size or np.isinf(array).any():
        return None
    low, high = float(finite.min()), float(finite.max())
    if low == high or (low > 0 and high / low > DECADES) or not math.isfinite(high - low):
        return None
    gap = float(np.abs(np.diff(np.unique(finite))).min())
    counted = (finite - low) / gap
    if (high - low) / gap < NOTHING and np.abs(counted - np.rint(counted)).max() < 1e-3:
        return low, (high - low) / round((high - low) / gap)
    return low, (high - low) / 2 ** (FINE if array.size <= FEW else COARSE)


def rounded(array: np.ndarray) -> np.ndarray:
    """Float32 numbers with their first bits, the others zero: each to 2⁻¹² of itself, as an axis that counts in decades shows it."""
    flat = np.ascontiguousarray(array, np.float32)
    finite = flat[np.isfinite(flat)]
    if not finite.size:
        return flat
    if finite.min() == finite.max():  # it packs to nothing anyway
        return flat
    drop = MANTISSA - BITS
    whole = flat.view(np.uint32)
    kept = (whole + np.uint32(1 << (drop - 1))) & np.uint32(0xFFFFFFFF << drop & 0xFFFFFFFF)
    made = kept.view(np.float32)
    return np.where(np.isfinite(flat) & np.isfinite(made), made, flat)


def short(number: float) -> float:
    """A number outside arrays with as many digits as can be seen."""
    return float(f"{number:.{DIGITS}g}")
