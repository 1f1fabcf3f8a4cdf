"""Pictures in the chart: rulers, string, circle; and the triangle."""

from __future__ import annotations

import math

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.geometry.charts import Array, Plate
from engine.geometry.riemann_metric import theory
from engine.geometry.riemann_metric.names import CAST, Window, window
from engine.plot import Plot

RULER = 0.12  # radius of the circles that g is drawn by
HEAT = 1.9  # ln of the ruler at which the colour is full
FAR = 1e3  # coordinates beyond this are not drawn


def ground(timeline: Timeline, style: Style) -> tuple[Plot, Window]:
    """The chart with its heat and its unit circles; outside of the world it is empty."""
    p = timeline.params
    chart, unit = p.chart, p.unit
    around = window(timeline)
    across, up = around.axes(p.world)
    plot = Plot(timeline, style, x=across, y=up)
    x, y = around.grid(66, 54)
    cells = np.stack(np.meshgrid(x, y), -1) * unit
    with np.errstate(all="ignore"):
        heat = np.where(chart.inside(cells), -np.log(theory.ruler(chart, cells)), np.nan)
    plot.heat(heat, x=x, y=y, low=-HEAT, high=HEAT, tones="two-sided")
    x, y = around.grid(9, 7)
    centres = np.stack(np.meshgrid(x, y), -1).reshape(-1, 2)
    centres = centres[chart.inside(centres * unit)]
    plot.ellipses(centres, chart.metric(centres * unit) * unit**2, CAST["frame"], size=RULER, metric=True)
    if isinstance(chart, Plate) and chart.kappa < 0:
        angle = np.linspace(0, 2 * np.pi, 121)
        plot.curve(chart.edge * np.cos(angle), chart.edge * np.sin(angle), "text", width=1.5, hover=False)
    return plot, around


def near(way: Array) -> tuple[Array, Array]:
    """x and y of a way (n, 2), nan where it is too far out to be drawn."""
    seen = np.where(np.abs(way).max(-1, keepdims=True) < FAR, way, np.nan)
    return seen[:, 0], seen[:, 1]


def chart(timeline: Timeline, style: Style) -> Picture:
    """The chart with the string between two handles, the shortest way in closed form, and the ant's circle."""
    p, a, s = timeline.params, timeline.frame.arrays, timeline.frame.scalars
    plot, _ = ground(timeline, style)
    ends = p.corners[:2] / p.unit
    circle = a["rays"][:, -1].astype(float) / p.unit
    plot.curve(*near(np.concatenate([circle, circle[:1]])), CAST["circle"], width=2, hover=False)
    plot.curve(ends[:, 0], ends[:, 1], CAST["chart"], width=1.6, hover=False)
    plot.curve(*near(a["string"] / p.unit), CAST["string"], width=3.2, points=4, hover=False)
    plot.theory(*near(theory.geodesic(p.chart, *p.corners[:2]) / p.unit), CAST["exact"], width=2, hover=False)
    plot.handle(ends[:, 0], ends[:, 1], [("a_x", "a_y"), ("b_x", "b_y")], letters=("a", "b"), size=17)
    plot.headline("string {length:.4f}", length=s["length"])
    if math.isfinite(s["exact"]):
        plot.headline("shortest {exact:.4f}", exact=s["exact"])
    plot.headline("straight in the chart {straight:.4f}", straight=s["chart_length"])
    return plot.done(
        "The string from a to b has the length {length:.4f}; the shortest way has {exact:.4f}, the line that is straight in the "
        "chart {straight:.4f}.",
        length=s["length"], exact=s["exact"], straight=s["chart_length"],
    )  # fmt: skip


def triangle(timeline: Timeline, style: Style) -> Picture:
    """Three strings, their angles, and the excess against K times the area."""
    p, a, s = timeline.params, timeline.frame.arrays, timeline.frame.scalars
    plot, around = ground(timeline, style)
    corners = p.corners / p.unit
    for way, who in zip((a["string"], *a["sides"]), ("string", "second", "third"), strict=True):
        plot.curve(*near(way / p.unit), CAST[who], width=3, hover=False)
    sets = [(f"{name}_x", f"{name}_y") for name in "abc"]
    plot.handle(corners[:, 0], corners[:, 1], sets, letters=("a", "b", "c"), size=17)
    middle, reach = corners.mean(0), np.subtract(around.high, around.low)
    for corner, turn in zip(corners, np.degrees(a["angles"]), strict=True):
        right, up = corner[0] > middle[0], corner[1] > middle[1]
        x, y = corner + 0.03 * reach * np.sign(corner - middle)
        plot.text(
            x, y, "{angle:.1f}°", side="right" if right else "left", up="above" if up else "below", ground=True, angle=turn
        )
    total = math.degrees(s["excess"]) + 180
    plot.headline("angles {total:.1f}°", total=total)
    plot.headline("excess ÷ area {ratio:.3f}", ratio=s["excess"] / s["triangle_area"] if s["triangle_area"] > 0 else math.nan)
    plot.headline("K at a {value:.3f}", value=s["curvature"])
    return plot.done(
        "The angles of the triangle of strings sum to {total:.1f} degrees; its excess is {excess:.4f}, its area {area:.4f}.",
        total=total, excess=s["excess"], area=s["triangle_area"],
    )  # fmt: skip
