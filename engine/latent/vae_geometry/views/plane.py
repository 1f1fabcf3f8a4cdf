"""The code plane: ellipses over the relief of the magnification factor, with curves to drag and a probe; and the twin's."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.latent.vae_geometry.names import CURVES, chosen_curve, cloud, samples, tints
from engine.plot import Axis, Panel, Plot

ELLIPSES = 150


def plane(timeline: Timeline, style: Style) -> Picture:
    """The VAE's code plane: hero of the page."""
    frame, params = timeline.frame, timeline.params
    a, s = frame.arrays, frame.scalars
    codes, sigmas = a["codes"], a["sigmas"]
    plot = _ground(timeline, style, a["box"], a["map"])
    number, inks = tints(a["hue"], params)
    for index, ink in enumerate(inks):
        mine = np.flatnonzero(number[:ELLIPSES] == index)
        if len(mine) and params.noise:  # without noise no σ reaches the decoder: a code is a point
            plot.ellipses(codes[mine], sigmas[mine], ink, width=1.1, corners=21)
    samples(plot, codes, timeline, size=3.2)
    if frame.part and np.isfinite(a["batch_codes"]).all():
        plot.dots(a["batch_codes"][:, 0], a["batch_codes"][:, 1], "mark", symbol="x", size=5, hover=False)
    _probe(plot, a, ellipses=params.noise)
    _curves(plot, timeline)
    _at_pointer(plot, a, 0)
    shape = cloud(s["cloud"])
    plot.title(
        "codes: <b>{cloud}</b> · union KL {union:.2f} of {each:.2f} nats",
        cloud=shape, union=s["union_kl"], each=s["each_kl"],
    )  # fmt: skip
    if not params.noise:
        plot.title("points, no ellipses")
    if params.lock_s:  # nothing else moves with σₓ, which is the point
        numbers = {"sigma": params.sigma_x, "weight": params.weight, "s": params.s}
        plot.corner("σₓ = <b>{sigma:.3f}</b>, β = <b>{weight:.3g}</b>", "bottom left", "second", size=13, **numbers)
        plot.corner("s = β σₓ² = <b>{s:.3g}</b>", "bottom left", "second", size=13, **numbers)
    return plot.done(
        "Code plane at step {step}: the codes form {cloud}; β is {ratio:.3f} of β_c.",
        step=frame.step, cloud=shape, ratio=s["beta_ratio"],
    )  # fmt: skip


def twin(timeline: Timeline, style: Style) -> Picture:
    """The autoencoder's code plane: same first weights, same batches, no ellipses, no pull."""
    frame, params = timeline.frame, timeline.params
    a, codes = frame.arrays, frame.arrays["ae_codes"]
    plot = _ground(timeline, style, a["box"] if params.same_scale else a["ae_box"], a["ae_map"], a["ae_box"])
    samples(plot, codes, timeline, size=5)
    plot.dots(a["probe_code"][0, 0], a["probe_code"][0, 1], "text", symbol="cross", size=10, hover=False)
    _at_pointer(plot, a, 3)
    said: dict[str, Any] = {"cloud": cloud(frame.scalars["ae_cloud"]), "spread": float(np.sqrt(codes.var(0).mean()))}
    plot.title("codes: <b>{cloud}</b>, spread {spread:.1f} · points, no ellipses", **said)
    return plot.done(
        "The autoencoder's code plane at step {step}: the codes are {cloud}, of size {spread:.1f}.", step=frame.step, **said
    )


def metric_field(timeline: Timeline, style: Style) -> Picture:
    """Unit circles of the metric: how far one may go in each direction before the picture has changed by a fixed amount."""
    a = timeline.frame.arrays
    box, entries = a["box"], a["field_metric"].astype(np.float64)
    metric = entries[:, [0, 1, 1, 2]].reshape(-1, 2, 2)
    area = np.sqrt(np.maximum(np.linalg.det(metric), 1e-12))
    cell = float(box[1] - box[0]) / 8
    longest = 1 / np.sqrt(np.maximum(np.linalg.eigvalsh(metric)[:, 0], 1e-12))
    size = 0.55 * cell / float(np.percentile(longest, 60))
    kept = size * longest < 1.2 * cell
    plot = _ground(timeline, style, box, a["map"])
    samples(plot, a["codes"], timeline, size=2.5)
    plot.ellipses(a["field_points"][kept], metric[kept], "measured", size=size, metric=True, width=1.6)
    plot.title("ellipse: where the picture has changed by {size:.2f}", size=size)
    return plot.done(
        "Metric ellipses: the decoder magnifies code area between {low:.2g} and {high:.2g} times.",
        low=float(area.min()), high=float(area.max()),
    )  # fmt: skip


def relief(panel: Panel, values: np.ndarray, box: Any, low: float, high: float) -> None:
    """Heights over a plane as a quiet ground; `box` gives the places of its outer columns and rows (x0, x1, y0, y1)."""
    rows, columns = values.shape
    x, y = np.linspace(box[0], box[1], columns), np.linspace(box[2], box[3], rows)
    panel.heat(values, x=x, y=y, low=float(low), high=float(high), tones="relief", smooth=True)


def _ground(timeline: Timeline, style: Style, box: Any, heights: np.ndarray, over: Any = None) -> Plot:
    """A square plane over log10 of the magnification, clipped where an extrapolating decoder goes wild, and the prior's circles."""
    x0, x1, y0, y1 = (float(edge) for edge in box)
    plot = Plot(timeline, style, Axis("code z₁", x0, x1, grid=False), Axis("code z₂", y0, y1, grid=False, square="fill"))
    if timeline.params.metric != "euclid":
        low, high = np.percentile(heights, [4, 96])
        relief(plot, heights, box if over is None else over, low, max(high, low + 0.05))
        plot.corner("shade: magnification", "bottom right", "quiet", size=12)
    plot.ellipses(np.zeros((2, 2)), [[1, 1], [2, 2]], "theory", width=1.3, dash="dash", corners=73)
    plot.hover("probe_x", "probe_y")
    return plot


def _at_pointer(plot: Plot, a: Any, index: int) -> None:
    """What is decoded at the pointer, in the upper right corner, so small that a ring that fills the plane passes by."""
    if a["size"][0]:
        below = {"xref": "x domain", "yref": "y domain", "xanchor": "right", "yanchor": "top"}
        plot.note(0.99, 0.82, plot.say("decoded<br>here"), plot.color("quiet"), 12, align="right", **below)
        plot.inset(0.83, 0.99, 0.83, 0.99).image(a["probe_pictures"][index].reshape([int(side) for side in a["size"]]))


def _probe(plot: Plot, a: Any, *, ellipses: bool) -> None:
    """A cross at the pointer, a line to the nearest code, and that code's ellipse beside the one of (13)."""
    (place, code), (measured, law) = a["probe_code"], a["probe_ellipses"]
    plot.curve([place[0], code[0]], [place[1], code[1]], "text", width=1, hover=False)
    plot.dots(place[0], place[1], "text", symbol="cross", size=10, hover=False)
    if not ellipses:
        return
    plot.ellipses(code[None], measured[None], "measured", width=2.4, corners=41)
    plot.ellipses(code[None], law[None], "theory", width=2.4, dash="dash", corners=41)


def _curves(plot: Plot, timeline: Timeline) -> None:
    """The three curves, the chosen one thick, with handles at the ends and a marker on the way."""
    a, chosen, ends = timeline.frame.arrays, chosen_curve(timeline.params), timeline.frame.arrays["ends"]
    curves = dict(zip(CURVES, a["curves"], strict=True))
    for name, curve in curves.items():
        plot.curve(curve[:, 0], curve[:, 1], CURVES[name], width=4.5 if name == chosen else 2.0)
    place = timeline.params.curve_place * (len(curves[chosen]) - 1)
    x, y = (np.interp(place, np.arange(len(axis)), axis) for axis in curves[chosen].T)
    plot.dots(x, y, "background", ring=CURVES[chosen], size=11, hover=False)
    one = np.hypot(*(ends[0] - ends[1])) < 0.1 * float(a["box"][1] - a["box"][0])
    names = ("", "AB") if one else ("A", "B")  # in one place: both letters in the upper mark
    plot.handle(ends[:, 0], ends[:, 1], [("ax", "ay"), ("bx", "by")], "text", size=20, letters=names, name="end of the curve")
