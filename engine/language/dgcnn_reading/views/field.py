"""Pictures of the layers: what one output is computed from, and how far the gates are open."""

from __future__ import annotations

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.language.dgcnn_reading import theory
from engine.language.dgcnn_reading.params import LAYERS
from engine.plot import Axis, Plot

WIDE = 40  # positions that are shown at once


def field(timeline: Timeline, style: Style) -> Picture:
    """Layers as rows, what the chosen output is computed from, and the gradient measured under it."""
    p, s, slope = timeline.params, timeline.frame.scalars, timeline.frame.arrays["shown_field"]
    length, place = len(slope), min(p.place, len(slope) - 1)
    low = min(max(place - WIDE // 2, 0), max(length - WIDE, 0))
    high = min(low + WIDE, length) - 1
    names = {0: "input"} | {k + 1: f"r = {rate}" for k, rate in enumerate(p.rates)}
    plot = Plot(timeline, style)
    tree, bars = plot.grid(2, 1, heights=(3, 1.1), share_x=True,
        x=Axis("position in the passage", low - 0.8, high + 0.8, every=5),
        y=[Axis("", -0.5, LAYERS + 0.5, ticks=names, grid=False), Axis("gradient", 0, 1.08, ticks=(0, 1))])  # fmt: skip
    lit = {LAYERS: {place}}
    ways: list[list[float]] = []
    for k, pairs in enumerate(theory.links(p.rates, place, length)):
        level = LAYERS - 1 - k
        lit[level] = {start for start, _ in pairs}
        ways += [[start, level, end, level + 1] for start, end in pairs if low <= start <= high and low <= end <= high]
    lines = np.array(ways, float).reshape(-1, 4)
    gap = np.full(len(lines), np.nan)
    tree.curve(np.stack([lines[:, 0], lines[:, 2], gap], 1).ravel(), np.stack([lines[:, 1], lines[:, 3], gap], 1).ravel(), "measured",
        width=1.1, opacity=0.6, hover=False)  # fmt: skip
    every = np.arange(low, high + 1)
    for level in range(LAYERS + 1):
        on = np.isin(every, sorted(lit[level]))
        tree.dots(every[~on], np.full((~on).sum(), level), "grid", size=5, key=every[~on], hover=False)
        tree.dots(every[on], np.full(on.sum(), level), "measured", size=8, key=every[on], hover=False)
    tree.dots([place], [LAYERS], "mark", size=14, key=[place], hover=False)
    tree.click("place")
    size = slope[low : high + 1] / max(float(slope.max()), 1e-30)
    bars.bars(every, size, "measured", width=0.8, name="size of gradient", hover="%{x}: %{y:.2f}")
    plot.headline("<b>RF = {field:.0f}, R = {radius:.0f}</b>", field=s["receptive_field"], radius=s["radius"])
    plot.headline("measured in the middle: {measured:.0f} positions", measured=s["measured_field"])
    return plot.done("The output at position {place} can see {field:.0f} positions, {radius:.0f} to either side; {measured:.0f} were measured.",
        place=place, field=s["receptive_field"], radius=s["radius"], measured=s["measured_field"])  # fmt: skip


def gates(timeline: Timeline, style: Style) -> Picture:
    """Gates of one layer, position by channel, and their standard deviation in all layers."""
    p, a = timeline.params, timeline.frame.arrays
    opened, spread = a["shown_gates"], a["gate_spread"]
    plot = Plot(timeline, style)
    left, right = plot.grid(1, 2, widths=(2.6, 1), x=[Axis("position in the passage"), Axis("layer", 0.4, LAYERS + 0.6, every=1, grid=False)],
        y=[Axis("channel"), Axis("standard deviation", 0, max(0.5, 1.1 * float(spread.max())))])  # fmt: skip
    left.heat(opened.T, low=0.0, high=1.0, tones="measured", hover="%{z:.2f}")
    at = np.arange(1, LAYERS + 1)
    right.bars(at, spread, ["mark" if k == p.layer else "measured" for k in at.tolist()], width=0.6, name="spread", key=at,
        hover="%{y:.2f}")  # fmt: skip
    plot.click("layer")
    plot.headline(
        "<b>layer {layer}: gates {low:.2f} to {high:.2f}</b>", layer=p.layer, low=float(opened.min()), high=float(opened.max())
    )
    plot.headline(
        "spread {first:.2f} in the first layer, {last:.2f} in the last", first=float(spread[0]), last=float(spread[-1])
    )
    return plot.done(
        "The gates differ by {first:.2f} in the first layer, by {last:.2f} in the last (standard deviations).",
        first=float(spread[0]),
        last=float(spread[-1]),
    )
