"""The code plane: ellipses over the relief of the magnification factor, with curves to drag and a probe; and the twin's."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.latent.vae_geometry.views.palette import (
    CURVES,
    SHAPE_WORDS,
    bin_colours,
    bins,
    blank,
    chosen_curve,
    curve_colours,
    ellipses,
    note,
    points,
    prior_circles,
    raster,
    relief,
    sheet,
    shown,
    stroke,
    tilted,
    tinted,
)
from engine.plot.figures import axis, figure

ELLIPSES = 150


def plane(timeline: Timeline, look: Style) -> Picture:
    """The VAE's code plane: hero of the page."""
    frame, params = timeline.frame, timeline.params
    arrays, scalars = frame.arrays, frame.scalars
    codes, sigmas, hue = arrays["codes"], arrays["sigmas"], arrays["hue"]
    cloud = _cloud_words(scalars["cloud"], look)
    traces = _relief(arrays["map"], arrays["box"], look, flat=params.metric == "euclid")
    bin_of = bins(hue[:ELLIPSES], params)
    for index, color in enumerate(bin_colours(params, look)):
        mine = np.flatnonzero(bin_of == index)
        if len(mine):
            traces.append(stroke(*ellipses(codes[mine], sigmas[mine]), color, width=1.1))
    traces.append(tinted(codes[:, 0], codes[:, 1], hue, params, look, size=3.2))
    if frame.part and np.isfinite(arrays["batch_codes"]).all():
        drawn = arrays["batch_codes"]
        traces.append(points(drawn[:, 0], drawn[:, 1], {"color": look.mark, "symbol": "x", "size": 5}))
    traces += _probe(arrays, look) + _curves(timeline, look)
    if arrays["size"][0]:
        traces.append(sheet(_one(arrays["probe_pictures"][0], arrays), look, "x2", "y2"))
    return _plane(
        timeline,
        look,
        arrays["box"],
        traces,
        alt=look.t("Code plane at step {step}: the codes form {cloud}; β is {ratio:.3f} of β_c.").format(
            step=frame.step, cloud=cloud, ratio=scalars["beta_ratio"]
        ),
        head=look.t("codes: {cloud} · union KL {union} of {each} nats").format(
            cloud=f"<b>{cloud}</b>", union=shown(scalars["union_kl"]), each=shown(scalars["each_kl"])
        ),
        inset=bool(arrays["size"][0]),
    )


def twin(timeline: Timeline, look: Style) -> Picture:
    """The autoencoder's code plane: same first weights, same batches, no ellipses, no pull."""
    frame, params = timeline.frame, timeline.params
    arrays, scalars = frame.arrays, frame.scalars
    codes, cloud = arrays["ae_codes"], _cloud_words(scalars["ae_cloud"], look)
    spread = float(np.sqrt(codes.var(0).mean()))
    probe = arrays["probe_code"][0]
    traces = _relief(arrays["ae_map"], arrays["ae_box"], look, flat=params.metric == "euclid")
    traces.append(tinted(codes[:, 0], codes[:, 1], arrays["hue"], params, look, size=5))
    traces.append(points(probe[:1], probe[1:], {"color": look.text, "symbol": "cross", "size": 10}))
    if arrays["size"][0]:
        traces.append(sheet(_one(arrays["probe_pictures"][3], arrays), look, "x2", "y2"))
    return _plane(
        timeline,
        look,
        arrays["box"] if params.same_scale else arrays["ae_box"],
        traces,
        alt=look.t("The autoencoder's code plane at step {step}: the codes are {cloud}, of size {spread:.1f}.").format(
            step=frame.step, cloud=cloud, spread=spread
        ),
        head=look.t("codes: {cloud}, spread {spread} · points, no ellipses").format(
            cloud=f"<b>{cloud}</b>", spread=shown(spread, 1)
        ),
        inset=bool(arrays["size"][0]),
    )


def metric_field(timeline: Timeline, look: Style) -> Picture:
    """Unit circles of the metric: how far one may go in each direction before the picture has changed by a fixed amount."""
    frame, params = timeline.frame, timeline.params
    arrays = frame.arrays
    box, entries, codes = arrays["box"], arrays["field_metric"].astype(np.float64), arrays["codes"]
    area = np.sqrt(np.maximum(entries[:, 0] * entries[:, 2] - entries[:, 1] ** 2, 1e-12))
    cell = float(box[1] - box[0]) / 8
    longest = 1 / np.sqrt(np.maximum(_smaller_eigenvalue(entries), 1e-12))
    size = 0.55 * cell / float(np.percentile(longest, 60))
    kept = size * longest < 1.2 * cell
    traces = _relief(arrays["map"], box, look, flat=params.metric == "euclid")
    traces.append(tinted(codes[:, 0], codes[:, 1], arrays["hue"], params, look, size=2.5))
    traces.append(stroke(*tilted(arrays["field_points"][kept], entries[kept], size), look.measured, width=1.6))
    return _plane(
        timeline,
        look,
        box,
        traces,
        alt=look.t("Metric ellipses: the decoder magnifies code area between {low:.2g} and {high:.2g} times.").format(
            low=float(area.min()), high=float(area.max())
        ),
        head=look.t("ellipse: where the picture has changed by {size}").format(size=shown(size, 2)),
        inset=False,
    )


def _one(pixels: np.ndarray, arrays: Any) -> np.ndarray:
    """One picture (pixels,) as (height, width)."""
    return pixels.reshape(int(arrays["size"][0]), int(arrays["size"][1]))


def _smaller_eigenvalue(entries: np.ndarray) -> np.ndarray:
    """Of metrics given as (n, 3)."""
    middle = (entries[:, 0] + entries[:, 2]) / 2
    return middle - np.sqrt(np.maximum(((entries[:, 0] - entries[:, 2]) / 2) ** 2 + entries[:, 1] ** 2, 0))


def _cloud_words(value: float, look: Style) -> str:
    return look.t(SHAPE_WORDS[int(value)]) if np.isfinite(value) else "–"


def _plane(timeline: Timeline, look: Style, box: Any, traces: list[dict], *, alt: str, head: str, inset: bool) -> Picture:
    """A square plane with the prior's circles, a headline, and room for a small picture at the top right."""
    more: dict[str, Any] = {}
    if inset:
        more = {
            "xaxis2": blank(look, domain=[0.79, 0.99], anchor="y2", constrain="domain"),
            "yaxis2": blank(look, domain=[0.77, 0.99], anchor="x2", autorange="reversed", scaleanchor="x2", constrain="domain"),
        }
    picture = figure(
        look,
        alt=alt,
        x=axis(look, look.t("code z₁"), range=[float(box[0]), float(box[1])], showgrid=False),
        y=axis(look, look.t("code z₂"), range=[float(box[2]), float(box[3])], showgrid=False, scaleanchor="x"),
        shapes=prior_circles(look),
        annotations=[note(0.0, 1.0, head, look.text, size=14, yanchor="bottom", yshift=6)],
        margin={"l": 52, "r": 14, "t": 34, "b": 46},
        meta={"hover": ["probe_x", "probe_y"]},
        **more,
    )
    picture.add(*traces)
    return picture


def _relief(values: np.ndarray, box: Any, look: Style, *, flat: bool) -> list[dict]:
    """log10 of the magnification factor as a quiet relief, clipped where an extrapolating decoder goes wild."""
    if flat:
        return []
    low, high = np.percentile(values, [4, 96])
    return [raster(values, relief(look), low, max(high, low + 0.05), box)]


def _probe(arrays: Any, look: Style) -> list[dict]:
    """A cross at the pointer, a line to the nearest code, and that code's ellipse beside the one of (13)."""
    place, code = arrays["probe_code"]
    measured, law = arrays["probe_ellipses"]
    cross = stroke([place[0], code[0]], [place[1], code[1]], look.text, width=1)
    return [
        cross | {"mode": "lines+markers", "marker": {"color": look.text, "size": [10, 0], "symbol": "cross"}},
        stroke(*ellipses(code[None], measured[None], 41), look.measured, width=2.4),
        stroke(*ellipses(code[None], law[None], 41), look.theory, width=2.4, dash="dash"),
    ]


def _curves(timeline: Timeline, look: Style) -> list[dict]:
    """The three curves, the chosen one thick, with handles at the ends and a marker on the way."""
    arrays, chosen = timeline.frame.arrays, chosen_curve(timeline.params)
    tint = curve_colours(look)
    traces = []
    for curve, name in zip(arrays["curves"], CURVES, strict=True):
        traces.append(stroke(curve[:, 0], curve[:, 1], tint[name], width=4.5 if name == chosen else 2.0))
    curve = arrays["curves"][CURVES.index(chosen)]
    at = timeline.params.curve_place * (len(curve) - 1)
    here = [np.interp(at, np.arange(len(curve)), curve[:, i]) for i in range(2)]
    ring = {"color": look.background, "size": 11, "line": {"color": tint[chosen], "width": 3}}
    traces.append(points([here[0]], [here[1]], ring))
    ends = arrays["ends"]
    handles = points(ends[:, 0], ends[:, 1], {"color": look.text, "size": 20})
    handles |= {"mode": "markers+text", "text": ["A", "B"], "textposition": "middle center"}
    handles |= {"textfont": {"color": look.background, "size": 12}, "meta": {"handles": [["ax", "ay"], ["bx", "by"]]}}
    return [*traces, handles]
