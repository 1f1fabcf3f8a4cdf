"""All pictures of a chapter in one message: every frame, in each language and theme, small enough to lie beside a page.

Frames of a run, its two themes and its languages have nearly everything in common, so whatever is equal is held once: parts of a
figure's JSON, arrays, and arrays that only begin like a longer one (a curve that grows). Numbers are rounded to what a screen can
show, and the bytes of like weight lie side by side, which a packer takes for what they are: mostly zeros.
"""

from __future__ import annotations

import base64
import json
import math
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from engine.core import wire
from engine.core.picture import Picture
from engine.plot.packing import Arrays, node

DIGITS = 7  # of a number in the JSON
FEW = 256  # so few numbers one can point at
FINE, COARSE = 14, 11  # bits of a number's place in its array's range: of few numbers, and of many
BITS = 12  # that count of a number where an array runs over decades
MANTISSA = 23  # bits after the leading one of a float32
DECADES = 1000.0  # from the smallest to the largest of an array that may stand on a logarithmic axis
NOTHING = 0x8000  # what a number that is none is written as
SHARED = 24  # characters of JSON from which a part of a figure is worth a place of its own

Figures = Mapping[str, Picture]  # by variant, as "en-light"


def pack(pictures: Mapping[str, Sequence[Sequence[Figures | None]]]) -> str:
    """The message as base64 text.

    Args:
        pictures: of each view, for each arm, for each kept frame: its figures; None where the settings have no such view.
    """
    parts = Parts()
    told = {
        view: [[None if figures is None else parts.figures(figures) for figures in arm] for arm in arms]
        for view, arms in pictures.items()
    }
    table, layers = parts.layers()
    message = wire.pack({"pictures": told, "nodes": parts.nodes, "table": table}, layers)
    return base64.b64encode(zlib.compress(message, 9)).decode()


class Parts:
    """What the figures of one message are made of, each content once."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self._arrays = Arrays()
        self._known: dict[str, int] = {}

    def figures(self, figures: Figures) -> dict[str, Any]:
        """The figures with everything that is shared as {"$": place among the nodes}."""
        return {
            name: self._held(
                {
                    "data": [self._held(node(trace, self._arrays)) for trace in figure.data],
                    "layout": self._held(node(figure.layout, self._arrays)),
                }
            )
            for name, figure in figures.items()
        }

    def _held(self, value: Any) -> Any:
        if isinstance(value, float):
            return float(f"{value:.{DIGITS}g}")
        if isinstance(value, dict):
            if "$array" in value or "$" in value:
                return value
            value = {name: self._held(item) for name, item in value.items()}
        elif isinstance(value, list):
            value = [self._held(item) for item in value]
        else:
            return value
        text = json.dumps(value, separators=(",", ":"))
        if len(text) < SHARED:
            return value
        place = self._known.setdefault(text, len(self.nodes))
        if place == len(self.nodes):
            self.nodes.append(value)
        return {"$": place}

    def layers(self) -> tuple[list[dict[str, Any]], dict[str, np.ndarray]]:
        """Where each array lies and how it is written, and the numbers of each kind, in layers of bytes of like weight."""
        arrays = [self._arrays.kept[str(place)] for place in range(len(self._arrays.kept))]
        owners = longest(arrays)
        written = {place: write(arrays[place].ravel()) for place in sorted(set(owners))}
        kept: dict[str, list[np.ndarray]] = {"fixed": [], "floats": [], "bytes": []}
        entries: dict[int, dict[str, Any]] = {}
        for place, (entry, numbers) in written.items():
            own = kept[entry["kind"]]
            entries[place] = {**entry, "at": sum(map(len, own))}
            own.append(numbers)
        table = [{**entries[owner], "shape": list(array.shape)} for array, owner in zip(arrays, owners, strict=True)]
        types = {"fixed": "<u2", "floats": "<f4", "bytes": "u1"}
        flat = {kind: np.concatenate([np.zeros(0, types[kind]), *own]).astype(types[kind]) for kind, own in kept.items()}
        return table, {kind: apart(numbers) for kind, numbers in flat.items()}


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


def longest(arrays: Sequence[np.ndarray]) -> list[int]:
    """For each array the place of the longest one that begins with the same bytes (its own where there is none)."""
    owners = list(range(len(arrays)))
    begun: dict[tuple[str, bytes], list[tuple[int, bytes]]] = {}
    for place in sorted(owners, key=lambda place: -arrays[place].size):
        content = arrays[place].tobytes()
        alike = begun.setdefault((arrays[place].dtype.str, content[:32]), [])
        found = next((owner for owner, longer in alike if longer.startswith(content)), None)
        if found is None:
            alike.append((place, content))
        else:
            owners[place] = found
    return owners


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
