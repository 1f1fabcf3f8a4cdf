"""Pictures handed to plotly, which refuses what it does not know. A value that it has accepted at its place is not handed over again.

Plotly checks each property alone, whatever stands beside it. The pictures of a topic repeat most of each other, and to build
plotly's objects took four fifths of the time in which they were checked.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

import numpy as np

from engine.core.picture import Picture

Place = tuple[str, ...]
_accepted: set[tuple[Place, Any]] = set()


def hand_over(picture: Picture) -> None:
    """Raises ValueError where plotly does not know something in it."""
    fresh: set[tuple[Place, Any]] = set()
    traces = [new(trace, (trace["type"],), fresh) for trace in picture.data]
    data = [{**part, "type": trace["type"]} for part, trace in zip(traces, picture.data, strict=True) if part]
    layout = new(picture.layout, ("layout",), fresh)
    if data or layout:
        Picture(data, layout).plotly()
        _accepted.update(fresh)


def new(node: dict[str, Any], place: Place, fresh: set[tuple[Place, Any]]) -> dict[str, Any]:
    """What of a trace, a layout or a part of one plotly has not accepted yet; it is put down in `fresh`."""
    found: dict[str, Any] = {}
    for key, value in node.items():
        here = (*place, key)
        if isinstance(value, dict) and value:
            left: Any = new(value, here, fresh)
        elif isinstance(value, list | tuple) and value and all(isinstance(item, dict) and item for item in value):
            left = [part for item in value if (part := new(item, here, fresh))]
        elif (known := (here, content(value))) in _accepted:
            continue
        else:
            fresh.add(known)
            found[key] = value
            continue
        if left:
            found[key] = left
    return found


def content(value: Any) -> Any:
    """What a value holds, with its type, as a key: the same only for what plotly cannot tell apart."""
    if isinstance(value, np.ndarray) and value.dtype.kind != "O":
        return value.dtype.str, value.shape, blake2b(value.tobytes(), digest_size=16).digest()
    if isinstance(value, list | tuple | np.ndarray):
        return type(value).__name__, *map(content, value)
    if isinstance(value, dict):
        return "dict", *((key, content(item)) for key, item in value.items())
    return type(value).__name__, value
