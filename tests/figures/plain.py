"""Pictures as plain dictionaries of plotly's schema, for what `engine/plot` itself never writes."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.core.picture import Picture, Style, Trace, scatter


def figure(look: Style, *, alt: str, x: dict | None = None, y: dict | None = None, **layout: Any) -> Picture:
    """An empty picture on the background of the page; `x` and `y` are axes from `axis`."""
    axes = {"xaxis": x or axis(look), "yaxis": y or axis(look)}
    ground = {"paper_bgcolor": look.background, "plot_bgcolor": look.background, "font": {"size": 15, "color": look.text}}
    margin = {"l": 62, "r": 18, "t": 26, "b": 50}
    return Picture(layout={**ground, "showlegend": False, "margin": margin, **axes, "meta": {"alt": alt}, **layout})


def axis(look: Style, title: str = "", *, log: bool = False, **more: Any) -> dict:
    """One axis; on a log axis a `range` is in decades."""
    colors = {"gridcolor": look.grid, "zerolinecolor": look.grid, "linecolor": look.quiet, "zeroline": False}
    return {"title": {"text": title}, **colors, **({"type": "log"} if log else {}), **more}


def line(x: Any, y: Any, color: str, *, dash: str = "solid", width: float = 2.5, **more: Any) -> Trace:
    """A curve."""
    stroke = {"color": color, "dash": dash, "width": width}
    return scatter(x=np.asarray(x, np.float64), y=np.asarray(y, np.float64), mode="lines", line=stroke, **more)


def dots(x: Any, y: Any, color: str, *, size: Any = 6, opacity: float = 1.0, **more: Any) -> Trace:
    """Points of one colour."""
    marker = {"color": color, "size": size, "opacity": opacity} | more.pop("marker", {})
    return scatter(x=np.asarray(x, np.float64), y=np.asarray(y, np.float64), mode="markers", marker=marker, **more)
