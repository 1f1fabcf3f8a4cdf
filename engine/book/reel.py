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
BITS = 12  # a figure's axis in parts: 4,096, more than a screen has pixels across
MANTISSA = 23  # bits after the leading one of a float32
SHARED = 24  # characters of JSON from which a part of a figure is worth a place of its own

Figures = Mapping[str, Picture]  # by variant, as "en-light"


def pack(pictures: Mapping[str, Sequence[Sequence[Figures | None]]], more: Mapping[str, Any] | None = None) -> str:
    """The message as base64 text.

    Args:
        pictures: of each view, for each arm, for each kept frame: its figures; None where the settings have no such view.
        more: what else the header says.
    """
    parts = Parts()
    told = {
        view: [[None if figures is None else parts.figures(figures) for figures in arm] for arm in arms]
        for view, arms in pictures.items()
    }
    table, planes, raw = parts.layers()
    header = {**(more or {}), "pictures": told, "nodes": parts.nodes, "table": table}
    message = wire.pack(header, {"planes": planes, "bytes": raw})
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

    def layers(self) -> tuple[list[dict[str, Any]], np.ndarray, np.ndarray]:
        """Where each array lies, the rounded float32 numbers of all of them in four layers of bytes, and those that are bytes."""
        arrays = [self._arrays.kept[str(place)] for place in range(len(self._arrays.kept))]
        owners = longest(arrays)
        numbers: list[np.ndarray] = []
        raw: list[np.ndarray] = []
        starts: dict[int, int] = {}
        ends = {"planes": 0, "bytes": 0}
        for place in sorted(set(owners)):
            array = arrays[place].ravel()
            kind, kept, own = ("bytes", raw, array) if array.dtype == np.uint8 else ("planes", numbers, rounded(array))
            starts[place] = ends[kind]
            ends[kind] += array.size
            kept.append(own)
        table = [
            {"kind": "bytes" if array.dtype == np.uint8 else "planes", "at": starts[owner], "shape": list(array.shape)}
            for array, owner in zip(arrays, owners, strict=True)
        ]
        flat = np.concatenate(numbers) if numbers else np.zeros(0, np.float32)
        planes = np.ascontiguousarray(flat.astype("<f4").view(np.uint8).reshape(-1, 4).T)
        return table, planes, np.concatenate(raw) if raw else np.zeros(0, np.uint8)


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
    """Float32 numbers with so many bits as a picture of their range shows, the others zero.

    A number's own relative precision stays 2⁻¹² (axes may count in decades), and its absolute one 2⁻¹² of the range that
    all of them span (a curve may run far from zero).
    """
    flat = np.ascontiguousarray(array, np.float32)
    finite = flat[np.isfinite(flat)]
    if not finite.size:
        return flat
    low, high = float(finite.min()), float(finite.max())
    far = max(abs(low), abs(high))
    if low == high:  # it packs to nothing anyway
        return flat
    bits = BITS + max(0, math.ceil(math.log2(far / (high - low))))
    drop = MANTISSA - min(MANTISSA, bits)
    if not drop:
        return flat
    whole = flat.view(np.uint32)
    kept = (whole + np.uint32(1 << (drop - 1))) & np.uint32(0xFFFFFFFF << drop & 0xFFFFFFFF)
    made = kept.view(np.float32)
    return np.where(np.isfinite(flat) & np.isfinite(made), made, flat)
