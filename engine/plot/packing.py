"""Pictures as the browser takes them: JSON with every array as raw float32 bytes beside it."""

from __future__ import annotations

import math
from typing import Any, Protocol

import numpy as np

from engine.core import wire
from engine.core.picture import Picture

SMALL = 8  # shorter number arrays stay in the JSON


def encode(header: dict[str, Any], figures: dict[str, Picture]) -> bytes:
    """Header and figures in the wire form; arrays appear in the JSON as {"$array": index}, equal ones once."""
    return wire.seal(header, pack_figures(figures))


def pack_figures(figures: dict[str, Picture]) -> wire.Body:
    """Figures as a message without its header."""
    arrays = Arrays()
    packed = {}
    for name, figure in figures.items():
        data = [node(trace, arrays) for trace in figure.data]
        packed[name] = {"data": data, "layout": node(figure.layout, arrays)}
    return wire.prepare({"figures": packed}, arrays.kept)


class Places(Protocol):
    """What gives an array its number."""

    def place(self, array: np.ndarray) -> int: ...


class Arrays:
    """The arrays of one message, each content once."""

    def __init__(self) -> None:
        self.kept: dict[str, np.ndarray] = {}
        self._places: dict[tuple[str, tuple[int, ...], bytes], int] = {}

    def place(self, array: np.ndarray) -> int:
        """The index of an array in the message."""
        index = self._places.setdefault((array.dtype.str, array.shape, array.tobytes()), len(self.kept))
        if index == len(self.kept):
            self.kept[str(index)] = array
        return index


def node(value: Any, arrays: Places) -> Any:
    """A value of a picture as JSON holds it: arrays by their place, nothing that is not set, nan as null."""
    if isinstance(value, dict):
        return {key: node(item, arrays) for key, item in value.items() if item is not None}  # None: not set
    if isinstance(value, np.ndarray):
        if value.dtype.kind in "fiub" and value.size > SMALL:
            small = value if value.dtype == np.uint8 else value.astype(np.float32)
            return {"$array": arrays.place(small)}
        return node(value.tolist(), arrays)
    if isinstance(value, list | tuple):
        return [node(item, arrays) for item in value]
    if isinstance(value, np.generic):
        return node(value.item(), arrays)
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
