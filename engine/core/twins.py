"""Two arms in one picture: curves over each other in the two fixed colours, other pictures on common axes."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import plotly.graph_objects as go

from engine.core.look import Look

DASHES = ("solid", "dash", "dot", "dashdot")
MOST = len(DASHES)  # curves that can still be told apart by their dashes
ROOM = 0.05  # of the range, left free beside the data


def overlay(first: go.Figure, second: go.Figure, look: Look) -> go.Figure | None:
    """Both figures in one when they are a few plain curves with the same names; None where they need a picture each.

    The colour says which arm, the dash says which curve. What is the same in both (a closed form, a goal) is drawn once.
    """
    pairs = list(zip(first.data, second.data, strict=False))
    if len(first.data) != len(second.data) or not pairs or any(not _curve(one) or not _curve(two) for one, two in pairs):
        return None
    if any(one.name != two.name for one, two in pairs) or first.layout.images or second.layout.images:
        return None
    different = [(one, two) for one, two in pairs if not _same(one, two)]
    if len(different) > MOST:
        return None
    result = go.Figure(layout=first.layout)
    for one, two in pairs:
        if _same(one, two):
            result.add_trace(one)
    for number, (one, two) in enumerate(different):
        for letter, trace, color in (("A", one, look.first), ("B", two, look.second)):
            name = f"{letter} · {trace.name}" if trace.name else letter
            drawn = copy.deepcopy(trace)
            drawn.update(name=name, line={"color": color, "dash": DASHES[number]}, showlegend=True)
            if drawn.marker is not None and "markers" in (drawn.mode or ""):
                drawn.update(marker={"color": color})
            result.add_trace(drawn)
    names = {str(one.name).strip() for one, _ in different}
    kept = [note for note in first.layout.annotations if str(note.text).strip() not in names]
    result.layout.annotations = kept
    known = [str(shape) for shape in first.layout.shapes]
    result.layout.shapes = [*first.layout.shapes, *(s for s in second.layout.shapes if str(s) not in known)]
    result.update_layout(
        showlegend=True, legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "xanchor": "left"}
    )
    meta = {**(first.layout.meta or {})}
    if second.layout.meta and "alt" in second.layout.meta:
        meta["alt"] = f"A: {meta.get('alt', '')} B: {second.layout.meta['alt']}"
    result.layout.meta = meta
    return result


def _curve(trace: Any) -> bool:
    return (
        trace.type == "scatter"
        and "lines" in (trace.mode or "")
        and trace.fill in (None, "none")
        and (trace.xaxis or "x") == "x"
        and (trace.yaxis or "y") == "y"
        and not trace.meta
    )


def _same(one: Any, two: Any) -> bool:
    """Equal data (a missing value equals a missing value)."""
    for name in ("x", "y"):
        left, right = np.asarray(getattr(one, name)), np.asarray(getattr(two, name))
        if left.shape != right.shape or not np.array_equal(left, right, equal_nan=left.dtype.kind == "f" == right.dtype.kind):
            return False
    return True


def share_axes(first: go.Figure, second: go.Figure) -> None:
    """Give both figures the same range on every axis that has none of its own, so that they can be compared by eye."""
    for key in {key for figure in (first, second) for key in figure.layout if key[:5] in ("xaxis", "yaxis")}:
        one, two = first.layout[key], second.layout[key]
        if one.range is not None or two.range is not None or one.autorange is not None or one.type not in (None, "-", "linear"):
            continue
        if one.scaleanchor or two.scaleanchor or one.matches or two.matches:
            continue
        spans = [span for figure in (first, second) for trace in figure.data if (span := _span(trace, key)) is not None]
        if not spans or any(low is None for low, _ in spans):
            continue
        low, high = min(span[0] for span in spans), max(span[1] for span in spans)
        margin = ROOM * (high - low) or 0.5
        for figure in (first, second):
            figure.layout[key].range = [low - margin, high + margin]


def _span(trace: Any, key: str) -> tuple[Any, Any] | None:
    """Smallest and largest finite value of a trace on that axis; None for one that is not on it, (None, None) for names."""
    letter, number = key[0], key[5:]
    if trace.type not in ("scatter", "heatmap", "contour") or (trace[f"{letter}axis"] or letter) != letter + number:
        return None if trace.type == "scatter" else (None, None)
    if trace.type != "scatter":
        return None, None  # a raster fills its axes exactly
    values = np.asarray(trace[letter] if trace[letter] is not None else [])
    if values.dtype.kind not in "fiu":
        return None, None
    finite = values[np.isfinite(values.astype(np.float64))]
    return (float(finite.min()), float(finite.max())) if finite.size else None
