"""Two arms in one picture: curves over each other in the two fixed colours, other pictures on common axes."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.core.picture import Picture, Style, Trace

DASHES = ("solid", "dash", "dot", "dashdot")
MOST = len(DASHES)  # curves that can still be told apart by their dashes
ROOM = 0.05  # of the range, left free beside the data


def overlay(first: Picture, second: Picture, look: Style) -> Picture | None:
    """Both pictures in one when they are a few plain curves with the same names; None where they need a picture each.

    The colour says which arm, the dash says which curve. What is the same in both (a closed form, a goal) is drawn once.
    """
    pairs = list(zip(first.data, second.data, strict=False))
    if len(first.data) != len(second.data) or not pairs or any(not _curve(one) or not _curve(two) for one, two in pairs):
        return None
    if any(_name(one) != _name(two) for one, two in pairs) or first.layout.get("images") or second.layout.get("images"):
        return None
    different = [(one, two) for one, two in pairs if not _same(one, two)]
    if len(different) > MOST:
        return None
    result = Picture([one for one, two in pairs if _same(one, two)], dict(first.layout))
    for number, (one, two) in enumerate(different):
        for letter, trace, color in (("A", one, look.first), ("B", two, look.second)):
            name = f"{letter} · {_name(trace)}" if _name(trace) else letter
            style = {**trace.get("line", {}), "color": color, "dash": DASHES[number]}
            drawn = {**trace, "name": name, "line": style, "showlegend": True}
            if "marker" in trace and "markers" in trace["mode"]:
                drawn["marker"] = {**trace["marker"], "color": color}
            result.add(drawn)
    names = {_name(one).strip() for one, _ in different}
    result.layout["annotations"] = [
        note for note in first.layout.get("annotations", ()) if str(note.get("name") or note.get("text")).strip() not in names
    ]
    known = [repr(shape) for shape in first.layout.get("shapes", ())]
    result.mark(*(shape for shape in second.layout.get("shapes", ()) if repr(shape) not in known))
    result.update(showlegend=True, legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "xanchor": "left"})
    if "alt" in second.meta:
        result.update(meta={"alt": f"A: {first.meta.get('alt', '')} B: {second.meta['alt']}"})
    return result


def _name(trace: Trace) -> str:
    return trace.get("name") or ""


def _curve(trace: Trace) -> bool:
    return (
        trace["type"] == "scatter"
        and "lines" in trace.get("mode", "")
        and trace.get("fill") in (None, "none")
        and trace.get("xaxis", "x") == "x"
        and trace.get("yaxis", "y") == "y"
        and not trace.get("meta")
    )


def _same(one: Trace, two: Trace) -> bool:
    """Equal data (a missing value equals a missing value)."""
    for name in ("x", "y"):
        left, right = np.asarray(one.get(name)), np.asarray(two.get(name))
        if left.shape != right.shape or not np.array_equal(left, right, equal_nan=left.dtype.kind == "f" == right.dtype.kind):
            return False
    return True


def share_axes(first: Picture, second: Picture) -> None:
    """Give both pictures the same range on every axis that has none of its own, so that they can be compared by eye."""
    pictures = (first, second)
    for key in {key for picture in pictures for key in picture.layout if key[:5] in ("xaxis", "yaxis")}:
        axes = [picture.layout.get(key, {}) for picture in pictures]
        kinds = [axis.get("type") for axis in axes]
        if any(axis.get("range") is not None or axis.get("autorange") is not None for axis in axes):
            continue
        if kinds[0] not in (None, "-", "linear") or any(axis.get("scaleanchor") or axis.get("matches") for axis in axes):
            continue
        spans = [span for picture in pictures for trace in picture.data if (span := _span(trace, key)) is not None]
        if not spans or any(low is None for low, _ in spans):
            continue
        low, high = min(span[0] for span in spans), max(span[1] for span in spans)
        margin = ROOM * (high - low) or 0.5
        for picture in pictures:
            picture.update(**{key: {"range": [low - margin, high + margin]}})


def _span(trace: Trace, key: str) -> tuple[Any, Any] | None:
    """Smallest and largest finite value of a trace on that axis; None for one that is not on it, (None, None) for names."""
    letter, number = key[0], key[5:]
    if trace["type"] not in ("scatter", "heatmap") or trace.get(f"{letter}axis", letter) != letter + number:
        return None if trace["type"] == "scatter" else (None, None)
    if trace["type"] != "scatter":
        return None, None  # a raster fills its axes exactly
    values = np.asarray(trace[letter] if trace.get(letter) is not None else [])
    if values.dtype.kind not in "fiu":
        return None, None
    finite = values[np.isfinite(values.astype(np.float64))]
    return (float(finite.min()), float(finite.max())) if finite.size else None
