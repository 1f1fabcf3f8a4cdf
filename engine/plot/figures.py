"""The house style of figures: quiet axes with symbol and unit, direct labels, marks where a hot change took effect."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from engine.core.picture import Picture, Style, Trace, scatter
from engine.core.topic import Timeline

NOT_A_NUMBER = re.compile(r"(?<![A-Za-z])nan(?![A-Za-z])")
FONT = "Source Sans, Noto Sans CJK SC, Microsoft YaHei, PingFang SC, sans-serif"


def figure(look: Style, *, alt: str, x: dict | None = None, y: dict | None = None, **layout: Any) -> Picture:
    """An empty picture in the house style.

    Args:
        alt: what a person who cannot see the picture should hear; say the present state in it. A number that is not there (nan)
            is said as "not measured".
        x, y: the main axes, from `axis`.
        layout: anything else of plotly's layout (further axes as xaxis2=..., shapes, annotations).
    """
    meta = {"alt": NOT_A_NUMBER.sub(look.t("not measured"), alt), **layout.pop("meta", {})}
    return Picture(
        layout={
            "paper_bgcolor": look.background,
            "plot_bgcolor": look.background,
            "font": {"family": FONT, "size": 15, "color": look.text},
            "showlegend": False,
            "margin": {"l": 62, "r": 18, "t": 26, "b": 50},
            "hovermode": "closest",
            "uirevision": "keep",
            "xaxis": x or axis(look),
            "yaxis": y or axis(look),
            "meta": meta,
            **layout,
        }
    )


def sentence(look: Style, text: str) -> Picture:
    """A picture that only says something."""
    empty = figure(look, alt=text, x={"visible": False}, y={"visible": False})
    middle = {"x": 0.5, "y": 0.5, "xref": "paper", "yref": "paper", "showarrow": False}
    empty.annotate({"text": text, **middle, "font": {"color": look.quiet}})
    return empty


def axis(look: Style, title: str = "", *, log: bool = False, **more: Any) -> dict:
    """One axis. `title` should carry symbol and unit, e.g. "KL per axis (nats)"; on a log axis a `range` is in decades."""
    settings: dict[str, Any] = {
        "title": {"text": title},
        "gridcolor": look.grid,
        "zerolinecolor": look.grid,
        "linecolor": look.quiet,
        "zeroline": False,
    }
    if log:
        settings["type"] = "log"
    return settings | more


def line(x: Any, y: Any, color: str, *, name: str = "", dash: str = "solid", width: float = 2.5, **more: Any) -> Trace:
    """A curve; theory is drawn dashed, measurement solid."""
    return scatter(
        x=np.asarray(x, np.float64),
        y=np.asarray(y, np.float64),
        mode="lines",
        name=name,
        line={"color": color, "dash": dash, "width": width},
        **more,
    )


def dots(
    x: Any, y: Any, color: Any, *, name: str = "", size: Any = 6, symbol: Any = "circle", opacity: float = 1.0, **more: Any
) -> Trace:
    """Points. `color` is one colour or one per point; for numbers pass marker= in `more` instead."""
    marker = {"color": color, "size": size, "symbol": symbol, "opacity": opacity} | more.pop("marker", {})
    return scatter(x=np.asarray(x, np.float64), y=np.asarray(y, np.float64), mode="markers", name=name, marker=marker, **more)


def label(picture: Picture, x: float | str, y: float, text: str, color: str, *, size: int = 14, **more: Any) -> None:
    """A direct label at a point, instead of a legend entry."""
    picture.annotate(note(x, y, text, color, size=size, **more))


def note(x: float | str, y: float, text: str, color: str, *, size: int = 14, **more: Any) -> dict:
    """An annotation without an arrow."""
    place = {"xanchor": "left", "yanchor": "middle", "showarrow": False, **more}
    return {"x": x, "y": y, "text": text, "font": {"color": color, "size": size}, **place}


def over_time(
    timeline: Timeline,
    look: Style,
    curves: Sequence[tuple[str, str, str]],
    *,
    alt: str,
    y: dict,
    dash: dict[str, str] | None = None,
) -> Picture:
    """Scalars against the step, directly labelled, with a mark at every hot change.

    Args:
        curves: (scalar name, label, colour) each.
        dash: scalar name -> dash style for those that are not solid.
    """
    picture = figure(look, alt=alt, x=axis(look, look.t("step")), y=y)
    picture.update(margin={"r": 96})
    ends = []
    for name, text, color in curves:
        steps, values = timeline.trace(name)
        picture.add(line(steps, values, color, name=text, dash=(dash or {}).get(name, "solid")))
        known = np.flatnonzero(np.isfinite(values))
        if len(known):
            ends.append((float(steps[known[-1]]), float(values[known[-1]]), text, color))
    placed = spread(ends, log=y.get("type") == "log")
    picture.annotate(*(note(step, value, " " + text, color) for step, value, text, color in placed))
    mark_changes(picture, timeline, look)
    return picture


def spread(
    ends: list[tuple[float, float, str, str]], *, log: bool = False, gap: float = 0.06
) -> list[tuple[float, float, str, str]]:
    """Move end labels apart vertically so that they do not cover each other (a label per curve, by value)."""
    if len(ends) < 2:
        return [(x, float(np.log10(v)) if log else v, t, c) for x, v, t, c in ends if not log or v > 0]
    items = sorted(((np.log10(v) if log else v), x, t, c) for x, v, t, c in ends if not log or v > 0)
    if not items:
        return []
    span = items[-1][0] - items[0][0]
    room = (span if span > 0 else max(abs(items[0][0]), 1e-3)) * gap
    placed: list[tuple[float, float, str, str]] = []
    last = -np.inf
    for value, x, text, color in items:
        last = max(value, last + room)
        placed.append((x, float(last), text, color))
    return placed


def mark_changes(picture: Picture, timeline: Timeline, look: Style) -> None:
    """Thin vertical lines on the time axis where a hot change was first in force."""
    steps = timeline.trace("step")[0] if "step" in timeline.history else np.array([timeline.frame.step])
    visible = [step for step in timeline.marks if steps[0] <= step <= max(steps[-1], timeline.frame.step)]
    lines = [
        {
            "type": "line",
            "x0": step,
            "x1": step,
            "y0": 0,
            "y1": 1,
            "yref": "y domain",
            "line": {"color": look.mark, "width": 1.2, "dash": "dot"},
        }
        for step in visible[-40:]
    ]
    picture.mark(*lines)


def tiles(images: np.ndarray, columns: int, *, gap: int = 1, blank: float = np.nan) -> np.ndarray:
    """Images (n, height, width) laid out in a grid of `columns`, as one array for a heat map (first row on top)."""
    count, height, width = images.shape
    rows = -(-count // columns)
    canvas = np.full((rows * (height + gap) - gap, columns * (width + gap) - gap), blank, np.float32)
    for index, image in enumerate(images):
        top, left = divmod(index, columns)
        canvas[top * (height + gap) : top * (height + gap) + height, left * (width + gap) : left * (width + gap) + width] = (
            image
        )
    return canvas
