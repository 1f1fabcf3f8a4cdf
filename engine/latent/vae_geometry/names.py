"""Names and colours that all pictures of the lab share: curves, arms, shapes of a cloud, and the tints of samples."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.core.topic import Timeline
from engine.plot import Cast, Panel, Who

CURVES = Cast(
    {"straight": ("straight line", "quiet"), "pullback": ("pullback geodesic", "second"), "rbf": ("RBF geodesic", "good")}
)
ARMS = Cast({"vae": ("VAE", "first"), "ae": ("autoencoder", "second")})
CLOUDS = Cast(
    {
        "scattered": ("scattered", 0),
        "line": ("a line", 1),
        "ring": ("a ring", 2),
        "disc": ("a filled disc", 3),
        "centre": ("collapsed to the centre", 4),
        "arcs": ("two arcs", 5),
    }
)
CIRCLE = ("glyph", "hard-glyph")  # data whose true coordinate is an angle
_WHEEL = (0, 8, 2, 5, 3, 1, 4, 6)  # numbers of Style.series, in the order of their hues


def cloud(value: float) -> Any:
    """The word for the shape of a cloud of codes, "–" where it is not known."""
    return list(CLOUDS.values())[int(value)] if np.isfinite(value) else "–"


def chosen_curve(params: Any) -> str:
    """The curve of the chosen ruler."""
    return {"euclid": "straight", "pullback": "pullback", "rbf": "rbf"}[params.metric]


def tints(hue: np.ndarray, params: Any) -> tuple[np.ndarray, list[Who]]:
    """Number of every sample's colour, and the colours: ten digits, two moons, or eight steps round (or along) the data."""
    if params.data == "digits":
        return np.round(hue * 9).astype(int), list(range(10))
    if params.data == "moons":
        return (hue >= 0.5).astype(int), ["first", "second"]
    return np.minimum((hue * len(_WHEEL)).astype(int), len(_WHEEL) - 1), list(_WHEEL)


def samples(panel: Panel, places: np.ndarray, timeline: Timeline, **look: Any) -> None:
    """Dots (n, 2) in the colours of the shown samples."""
    number, inks = tints(timeline.frame.arrays["hue"], timeline.params)
    panel.dots(places[:, 0], places[:, 1], by=number, tones=inks, hover=False, **look)
