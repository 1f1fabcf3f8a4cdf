"""What is seen along the three curves: film strips with their distance to the truth; and the probe's pictures."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.latent.vae_geometry.names import CIRCLE, CURVES, chosen_curve, samples
from engine.latent.vae_geometry.views.plane import relief
from engine.plot import HIDDEN, Axis, Panel, Plot

PITCH, BARS = 2.65, 0.55  # a strip with its bars and words, and its longest bar, in widths of a picture


def strips(timeline: Timeline, style: Style) -> Picture:
    """Pictures decoded along the three curves, each with bars for the distance to the nearest true picture."""
    if not timeline.frame.arrays["size"][0]:
        return _shadow(timeline, style)
    a, s = timeline.frame.arrays, timeline.frame.scalars
    count, (height, width) = a["strips"].shape[1], (int(side) for side in a["size"])
    worst, unit = max(float(a["strip_off"].max()), 1e-3), 1 / (width + 1)
    middles = np.arange(count) + (width / 2) * unit
    x = Axis(low=0.0, high=float(count), hidden=True, grid=False)
    y = Axis(low=0.0, high=3 * PITCH, hidden=True, grid=False, square=True)
    plot = Plot(timeline, style, x, y)
    for row, (name, who) in enumerate(CURVES.items()):
        floor, off = (2 - row) * PITCH, a["strip_off"][row]
        film = a["strips"][row].reshape(count, height, width).astype(np.float32)
        film = np.pad(film, ((0, 0), (0, 0), (0, 1)), constant_values=np.nan).transpose(1, 0, 2).reshape(height, -1)
        x0, y0 = 0.5 * unit, floor + 1.05 + 0.5 * unit
        plot.heat(film[::-1], x=(x0, unit), y=(y0, unit), low=0, high=255, tones="grey", top=False)
        plot.bars(middles, BARS * off / worst, who, base=floor, width=0.8, hover=False)
        if timeline.params.data in CIRCLE:
            _needles(plot, a["strip_place"][row], middles, floor + BARS + 0.25)
        _caption(plot, s, name, at=(0.0, floor + 1.05 + (height + 4) * unit))
    return _done(plot, s)


def _caption(panel: Panel, s: Any, name: str, at: tuple[float, float] | None = None) -> None:
    """How long a curve is and how far it leaves the data; the truth beside the one that follows it."""
    said = {"name": CURVES[name], "length": s[f"length_{name}"], "off": s[f"off_{name}"], "truth": s["true_length"]}
    text = "<b>{name}</b>: length {length:.2f}, off the data by {off:.2f}"
    if name == "rbf" and np.isfinite(s["true_length"]):
        text = "<b>{name}</b>: length {length:.2f} (truth {truth:.2f}), off the data by {off:.2f}"
    if at is None:
        panel.corner(text, "top left", CURVES[name], **said)
    else:
        panel.text(*at, text, CURVES[name], **said)


def _done(plot: Plot, s: Any) -> Picture:
    return plot.done(
        "Along the straight line the picture leaves the data by {straight:.2f}, along the pullback geodesic by {pullback:.2f}, "
        "along the RBF geodesic by {rbf:.2f}.",
        **{name: s[f"off_{name}"] for name in CURVES},
    )


def _needles(plot: Plot, angles: np.ndarray, middles: np.ndarray, up: float) -> None:
    """A needle above every bar: the angle of the nearest true picture."""
    gap, reach = np.full(len(middles), np.nan), 0.2
    x = np.stack([middles, middles + reach * np.cos(angles), gap], 1).ravel()
    y = np.stack([np.full(len(middles), up), up + reach * np.sin(angles), gap], 1).ravel()
    plot.curve(x, y, "text", width=2.4, hover=False)


def _shadow(timeline: Timeline, style: Style) -> Picture:
    """For data that are no pictures: the decoded curves in a flat picture of the data, and their distance to the truth."""
    a, s, params = timeline.frame.arrays, timeline.frame.scalars, timeline.params
    plot = Plot(timeline, style)
    far = Axis("off the data", low=0.0)
    data, below = plot.grid(
        2, 1, x=[HIDDEN, Axis("place on the curve", 0, 1)], y=[HIDDEN.but(square="fill"), far], heights=(5, 2)
    )
    bottom, top = (float(end) for end in (a["shadow"][:, 1].min(), a["shadow"][:, 1].max()))
    data.y = data.y.but(low=bottom - 0.05 * (top - bottom), high=top + 0.35 * (top - bottom))  # words above the data
    samples(data, a["shadow"], timeline, size=3.5, opacity=0.6)
    for (name, who), curve, off in zip(CURVES.items(), a["strips"], a["strip_off"], strict=True):
        width = 4.0 if name == chosen_curve(params) else 2.2
        data.curve(curve[:, 0], curve[:, 1], who, width=width)
        below.curve(np.linspace(0, 1, len(off)), off, who, width=width)
        _caption(data, s, name)
    return _done(plot, s)


def probe(timeline: Timeline, style: Style) -> Picture:
    """The decoding at the pointer; the nearest sample, its reconstruction, and its three ellipses."""
    a, params = timeline.frame.arrays, timeline.params
    (place, code), box, size = a["probe_code"], a["probe_box"], [int(side) for side in a["size"]]
    near = (
        Axis("code z₁", float(box[0]), float(box[1]), grid=False),
        Axis("code z₂", float(box[2]), float(box[3]), grid=False),
    )
    plot = Plot(timeline, style)
    shown = (4 if params.twin else 3) if size[0] else 0
    axes = [[*[HIDDEN] * shown, axis, HIDDEN] for axis in near]
    lines = ("abcd"[:shown], "e" * (shown - 1) + "f") if shown else ("eef",)
    *pictures, plane, words = plot.mosaic(*lines, x=axes[0], y=axes[1], heights=(1, 1.6) if shown else ())
    titles = ("decoded here", "nearest sample", "its reconstruction", "AE, same code")
    for panel, pixels, title in zip(pictures, a["probe_pictures"], titles, strict=False):
        panel.image(pixels.reshape(size))
        panel.title(title)
    relief(plane, a["probe_posterior"], box, 0, 1)
    for radii, who, dash, name in zip(a["probe_ellipses"], ("measured", "theory"), ("", "dash"), LAWS, strict=True):
        plane.ellipses([code, code], np.stack([radii, 2 * radii]), who, width=2.2, dash=dash, corners=41)
        words.corner(name, "top left", who, a=float(radii[0]), b=float(radii[1]))
    words.dots(np.nan, np.nan, hover=False)  # an axis without any mark has no place
    plane.title("shade: true posterior at s = {s:.3g}", s=timeline.frame.scalars["s"])
    return plot.done(
        "The pointer is at code ({x:.2f}, {y:.2f}); the nearest code is at ({u:.2f}, {v:.2f}).",
        x=float(place[0]), y=float(place[1]), u=float(code[0]), v=float(code[1]),
    )  # fmt: skip


LAWS = ("encoder's ellipse<br>σ = ({a:.3f}, {b:.3f})", "law (13), dashed<br>σ = ({a:.3f}, {b:.3f})")
