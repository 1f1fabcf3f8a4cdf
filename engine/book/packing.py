"""All pictures of a chapter in one message: every frame, in each language and theme, small enough to lie beside a page.

Frames of a run, its two themes and its languages have nearly everything in common, so whatever is equal is held once: parts of a
figure's JSON, arrays, and arrays that only begin like a longer one (a curve that grows). Numbers are rounded to what a screen can
show, and the bytes of like weight lie side by side, which a packer takes for what they are: mostly zeros.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from engine.core import wire
from engine.core.picture import Picture
from engine.plot.packing import Arrays, node
from engine.plot.quantised import TYPES, apart, short, write

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
            return short(value)
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
        flat = {kind: np.concatenate([np.zeros(0, TYPES[kind]), *own]).astype(TYPES[kind]) for kind, own in kept.items()}
        return table, {kind: apart(numbers) for kind, numbers in flat.items()}


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
