"""Colours and small shapes that several views of this lab share."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.core.picture import Style, heatmap, scatter
from engine.plot.figures import axis

Array = np.ndarray

CURVES = ("straight", "pullback", "rbf")
SHAPE_WORDS = ("scattered", "a line", "a ring", "a filled disc", "collapsed to the centre")
CIRCLE = ("glyph", "hard-glyph")
_WHEEL = (0, 8, 2, 5, 3, 1, 4, 6)  # indices into Style.series, in the order of their hues


def bins(hue: Array, params: Any) -> Array:
    """Colour index of every sample, 0..len(bin_colours) - 1."""
    if params.data == "digits":
        return np.round(hue * 9).astype(int)
    if params.data == "moons":
        return (hue >= 0.5).astype(int)
    return np.minimum((hue * len(_WHEEL)).astype(int), len(_WHEEL) - 1)


def bin_colours(params: Any, look: Style) -> list[str]:
    """One colour per bin: ten digits, two moons, or eight steps round (or along) the data."""
    if params.data == "digits":
        return list(look.series)
    if params.data == "moons":
        return [look.first, look.second]
    return [look.series[index] for index in _WHEEL]


def tinted(x: Array, y: Array, hue: Array, params: Any, look: Style, *, size: float, opacity: float = 1.0, **more: Any) -> dict:
    """Points coloured by their sample: numbers on a stepped scale, which is much cheaper than one colour text each."""
    palette = bin_colours(params, look)
    steps = [[index / (len(palette) - 1), color] for index, color in enumerate(palette)]
    marker = {
        "size": size,
        "opacity": opacity,
        "cmin": 0,
        "cmax": len(palette) - 1,
        "showscale": False,
        **more.pop("marker", {}),
    }
    marker |= {"color": bins(hue, params).astype(np.float64), "colorscale": steps}
    return points(x, y, marker, **more)


def stroke(x: Any, y: Any, color: str, *, width: float = 2.5, dash: str = "solid", **more: Any) -> dict:
    """A curve."""
    line = {"color": color, "width": width, "dash": dash}
    return _scatter(x, y, "lines") | {"line": line, **more}


def points(x: Any, y: Any, marker: dict, **more: Any) -> dict:
    """Markers."""
    return _scatter(x, y, "markers") | {"marker": marker, **more}


def _scatter(x: Any, y: Any, mode: str) -> dict:
    return scatter(x=np.asarray(x, np.float32), y=np.asarray(y, np.float32), mode=mode, hoverinfo="skip")


def curve_colours(look: Style) -> dict[str, str]:
    """Straight line, pullback geodesic, RBF geodesic."""
    return {"straight": look.quiet, "pullback": look.second, "rbf": look.good}


def curve_names(look: Style) -> dict[str, str]:
    """The curves' names in the reader's language."""
    return {"straight": look.t("straight line"), "pullback": look.t("pullback geodesic"), "rbf": look.t("RBF geodesic")}


def chosen_curve(params: Any) -> str:
    """The curve of the chosen ruler."""
    return {"euclid": "straight", "pullback": "pullback", "rbf": "rbf"}[params.metric]


def greys(look: Style) -> list:
    """Pictures: ink on paper, or light on dark."""
    return [[0, "#ffffff"], [1, "#14171d"]] if not look.dark else [[0, "#0b0d11"], [1, "#f4f6f8"]]


def relief(look: Style) -> list:
    """The quiet relief under the codes: flat ground is the background, ridges are darker (lighter in the dark theme)."""
    return [[0, look.background], [1, "#aab3c2" if not look.dark else "#4a5568"]]


def ellipses(centres: Array, radii: Array, corners: int = 21) -> tuple[Array, Array]:
    """Axis-aligned ellipses (n, 2), (n, 2) as one broken line: x and y with NaN between them."""
    angle = np.linspace(0, 2 * np.pi, corners)
    x = centres[:, :1] + radii[:, :1] * np.cos(angle)
    y = centres[:, 1:] + radii[:, 1:] * np.sin(angle)
    gap = np.full((len(centres), 1), np.nan)
    return np.hstack([x, gap]).ravel(), np.hstack([y, gap]).ravel()


def tilted(centres: Array, metric: Array, size: float, corners: int = 25) -> tuple[Array, Array]:
    """Unit circles of metrics (n, 3: G11, G12, G22) round centres (n, 2), scaled by `size`, as one broken line."""
    full = np.stack([metric[:, [0, 1]], metric[:, [1, 2]]], 1).astype(np.float64)
    values, vectors = np.linalg.eigh(full)
    radii = size / np.sqrt(np.maximum(values, 1e-12))
    angle = np.linspace(0, 2 * np.pi, corners)
    circle = np.stack([np.cos(angle), np.sin(angle)])
    shape = vectors @ (radii[:, :, None] * circle[None])
    gap = np.full((len(centres), 1), np.nan)
    x, y = (np.hstack([centres[:, i : i + 1] + shape[:, i], gap]).ravel() for i in range(2))
    return x, y


def prior_circles(look: Style) -> list[dict]:
    """The circles of one and two standard deviations of the prior, dashed: where theory wants the union to be."""
    style = {"color": look.theory, "width": 1.3, "dash": "dash"}
    return [{"type": "circle", "x0": -r, "x1": r, "y0": -r, "y1": r, "line": style} for r in (1, 2)]


def blank(look: Style, **more: Any) -> dict:
    """An axis without anything to read on it."""
    return axis(look, visible=False, showgrid=False, **more)


def sheet(values: Array, look: Style, xaxis: str, yaxis: str) -> dict:
    """A sheet of grey pictures (rows, columns), 0 to 255."""
    return raster(values, greys(look), 0, 255) | {"xaxis": xaxis, "yaxis": yaxis}


def raster(values: Array, scale: list, low: float, high: float, box: Array | None = None) -> dict:
    """A heat map; `box` gives the places of its first and last columns and rows (x0, x1, y0, y1)."""
    trace = heatmap(z=values, zmin=float(low), zmax=float(high), colorscale=scale, showscale=False, hoverinfo="skip")
    if box is not None:
        rows, columns = values.shape
        trace |= {"x": np.linspace(box[0], box[1], columns), "y": np.linspace(box[2], box[3], rows), "zsmooth": "best"}
    return trace


def note(x: float, y: float, text: str, color: str, *, size: int = 14, anchor: str = "left", **more: Any) -> dict:
    """An annotation in fractions of the figure."""
    return {
        "x": x,
        "y": y,
        "xref": "paper",
        "yref": "paper",
        "text": text,
        "showarrow": False,
        "xanchor": anchor,
        "yanchor": "middle",
        "font": {"color": color, "size": size},
        **more,
    }


def shown(value: float, digits: int = 2) -> str:
    """A number, or a dash where there is none yet."""
    return f"{value:.{digits}f}" if np.isfinite(value) else "–"
