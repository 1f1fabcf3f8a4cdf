"""What is seen along the three curves: film strips with their distance to the truth; and the probe's pictures."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.core.picture import Picture, Style, bar
from engine.core.topic import Timeline
from engine.latent.vae_geometry.views.palette import (
    CIRCLE,
    CURVES,
    blank,
    chosen_curve,
    curve_colours,
    curve_names,
    ellipses,
    note,
    raster,
    relief,
    sheet,
    shown,
    stroke,
    tinted,
)
from engine.plot.figures import axis, figure, tiles

BANDS = ((0.69, 0.93), (0.355, 0.595), (0.02, 0.26))


def strips(timeline: Timeline, look: Style) -> Picture:
    """Pictures decoded along the three curves, each with bars for the distance to the nearest true picture."""
    if not timeline.frame.arrays["size"][0]:
        return _shadow(timeline, look)
    frame, params = timeline.frame, timeline.params
    arrays, scalars = frame.arrays, frame.scalars
    count = arrays["strips"].shape[1]
    height, width = (int(v) for v in arrays["size"])
    step = width + 1
    worst = max(float(arrays["strip_off"].max()), 1e-3)
    names, tint = curve_names(look), curve_colours(look)
    middles = np.arange(count) * step + (width - 1) / 2
    layout: dict[str, Any] = {}
    traces: list[dict] = []
    notes = []
    for row, name in enumerate(CURVES):
        low, high = BANDS[row]
        middle = low + 0.5 * (high - low)
        films = "y" if row == 0 else f"y{row + 1}"
        bars = f"y{row + 4}"
        flip = {"autorange": "reversed", "scaleanchor": "x", "constrain": "domain", "constraintoward": "top"}
        layout[f"yaxis{row + 1}"] = blank(look, domain=[middle + 0.01, high], **flip)
        layout[f"yaxis{row + 4}"] = blank(look, domain=[low, middle], range=[0, worst * 1.7])
        film = tiles(arrays["strips"][row].reshape(count, height, width).astype(np.float32), count)
        traces.append(sheet(film, look, "x", films))
        style = {"width": 0.8 * width, "marker": {"color": tint[name]}, "hoverinfo": "skip"}
        traces.append(bar(x=middles, y=arrays["strip_off"][row], yaxis=bars, **style))
        if params.data in CIRCLE:
            traces.append(_dials(arrays["strip_place"][row], middles, width, worst, bars, look))
        notes.append(note(0.0, high + 0.035, _caption(name, names[name], scalars, look), tint[name], size=14))
    picture = figure(
        look,
        alt=_say(scalars, look),
        x=blank(look, range=[-0.5, count * step - 0.5]),
        y=layout.pop("yaxis1"),
        margin={"l": 12, "r": 12, "t": 8, "b": 8},
        annotations=notes,
        **layout,
    )
    picture.add(*traces)
    return picture


def _caption(name: str, title: str, scalars: Any, look: Style) -> str:
    text = look.t("{name}: length {length}, off the data by {off}").format(
        name=f"<b>{title}</b>", length=shown(scalars[f"length_{name}"]), off=shown(scalars[f"off_{name}"])
    )
    if name == "rbf" and np.isfinite(scalars["true_length"]):
        text += look.t(" (truth {length})").format(length=shown(scalars["true_length"]))
    return text


def _say(scalars: Any, look: Style) -> str:
    return look.t(
        "Along the straight line the picture leaves the data by {straight:.2f}, along the pullback geodesic by {pullback:.2f}, "
        "along the RBF geodesic by {rbf:.2f}."
    ).format(**{name: scalars[f"off_{name}"] for name in CURVES})


def _dials(angles: Any, middles: Any, width: int, worst: float, yaxis: str, look: Style) -> dict:
    """A needle above every bar: the angle of the nearest true picture."""
    reach, middle, tall = 0.4 * width, 1.36 * worst, 0.28 * worst
    gap = np.full(len(middles), np.nan)
    x = np.stack([middles, middles + reach * np.cos(angles), gap], 1).ravel()
    y = np.stack([np.full(len(middles), middle), middle + tall * np.sin(angles), gap], 1).ravel()
    return stroke(x, y, look.text, width=2.4, yaxis=yaxis)


def _shadow(timeline: Timeline, look: Style) -> Picture:
    """For data that are no pictures: the decoded curves in a flat picture of the data, and their distance to the truth."""
    frame, params = timeline.frame, timeline.params
    arrays, scalars = frame.arrays, frame.scalars
    names, tint = curve_names(look), curve_colours(look)
    chosen, shadow = chosen_curve(params), arrays["shadow"]
    traces = [tinted(shadow[:, 0], shadow[:, 1], arrays["hue"], params, look, size=3.5, opacity=0.6)]
    notes = []
    for row, name in enumerate(CURVES):
        curve, off = arrays["strips"][row], arrays["strip_off"][row]
        width = 4.0 if name == chosen else 2.2
        traces.append(stroke(curve[:, 0], curve[:, 1], tint[name], width=width))
        traces.append(stroke(np.linspace(0, 1, len(off)), off, tint[name], width=width, xaxis="x2", yaxis="y2"))
        notes.append(note(0.0, 0.975 - 0.06 * row, _caption(name, names[name], scalars, look), tint[name], size=14))
    picture = figure(
        look,
        alt=_say(scalars, look),
        x=blank(look, anchor="y"),
        y=blank(look, domain=[0.36, 0.8], scaleanchor="x"),
        xaxis2=axis(look, look.t("place on the curve"), anchor="y2", range=[0, 1]),
        yaxis2=axis(look, look.t("off the data"), domain=[0.0, 0.27], rangemode="tozero", nticks=4),
        margin={"l": 62, "r": 14, "t": 8, "b": 46},
        annotations=notes,
    )
    picture.add(*traces)
    return picture


def probe(timeline: Timeline, look: Style) -> Picture:
    """The decoding at the pointer; the nearest sample, its reconstruction, and its three ellipses."""
    frame, params = timeline.frame, timeline.params
    arrays = frame.arrays
    place, code = arrays["probe_code"]
    encoder, law = arrays["probe_ellipses"]
    box, pictures = arrays["probe_box"], bool(arrays["size"][0])
    notes, layout, traces = [], {}, _inspector(arrays, look)
    if pictures:
        titles = [
            look.t("decoded<br>here"),
            look.t("nearest<br>sample"),
            look.t("its recon-<br>struction"),
            look.t("AE, same<br>code"),
        ]
        size = [int(v) for v in arrays["size"]]
        for index in range(4 if params.twin else 3):
            left, axes = 0.25 * index, (f"x{index + 2}", f"y{index + 2}")
            layout[f"xaxis{index + 2}"] = blank(look, domain=[left + 0.01, left + 0.24], anchor=axes[1], constrain="domain")
            flip = {"autorange": "reversed", "scaleanchor": axes[0], "constrain": "domain"}
            layout[f"yaxis{index + 2}"] = blank(look, domain=[0.63, 0.88], anchor=axes[0], **flip)
            traces.append(sheet(arrays["probe_pictures"][index].reshape(size), look, *axes))
            notes.append(note(left + 0.125, 0.94, titles[index], look.text, size=13, anchor="center"))
    words = look.t("σ = ({a}, {b})")
    top = 0.47 if pictures else 0.85
    rows = (
        (
            look.t("encoder's ellipse"),
            look.measured,
            words.format(a=shown(float(encoder[0]), 3), b=shown(float(encoder[1]), 3)),
        ),
        (look.t("law (13), dashed"), look.theory, words.format(a=shown(float(law[0]), 3), b=shown(float(law[1]), 3))),
        (look.t("shade: true posterior"), look.quiet, look.t("at s = {s}").format(s=f"{frame.scalars['s']:.3g}")),
    )
    for row, (title, color, text) in enumerate(rows):
        notes.append(note(0.64, top - 0.16 * row, f"{title}<br>{text}", color, align="left"))
    picture = figure(
        look,
        alt=look.t("The pointer is at code ({x:.2f}, {y:.2f}); the nearest code is at ({u:.2f}, {v:.2f}).").format(
            x=float(place[0]), y=float(place[1]), u=float(code[0]), v=float(code[1])
        ),
        x=axis(look, look.t("code z₁"), domain=[0.0, 0.6], range=[float(box[0]), float(box[1])], showgrid=False, nticks=5),
        y=axis(
            look,
            look.t("code z₂"),
            domain=[0.0, 0.56 if pictures else 0.95],
            range=[float(box[2]), float(box[3])],
            showgrid=False,
            nticks=5,
        ),
        margin={"l": 56, "r": 8, "t": 8, "b": 46},
        annotations=notes,
        **layout,
    )
    picture.add(*traces)
    return picture


def _inspector(arrays: Any, look: Style) -> list[dict]:
    """True posterior as shade, the encoder's ellipse solid, the law's dashed (1 and 2 sigma)."""
    traces = [raster(arrays["probe_posterior"], relief(look), 0, 1, arrays["probe_box"])]
    code = arrays["probe_code"][1]
    for radii, color, dash in zip(arrays["probe_ellipses"], (look.measured, look.theory), ("solid", "dash"), strict=True):
        shape = ellipses(np.stack([code, code]), np.stack([radii, 2 * radii]), 41)
        traces.append(stroke(*shape, color, width=2.2, dash=dash))
    return traces
