"""Pictures of numbers: lengths over the steps, the ant's measurements, the local frame."""

from __future__ import annotations

import math

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.geometry.charts import frame as factor
from engine.geometry.riemann_metric import theory
from engine.geometry.riemann_metric.names import CAST
from engine.plot import Axis, Plot


def lengths(timeline: Timeline, style: Style) -> Picture:
    """Length, root of the energy, and both levels that the length lies between."""
    s = timeline.frame.scalars
    plot = Plot(timeline, style, x="step", y="length of the string")
    plot.over_time("chart_length", CAST["chart"])
    plot.over_time("exact", CAST["exact"])
    plot.over_time("speed_length", CAST["speed"])
    plot.over_time("length", CAST["string"], width=3)
    plot.headline("string − shortest = {off:.1e}", off=s["off"])
    return plot.done(
        "After {step} steps the string is {length:.5f} long, the root of twice its energy is {speed:.5f}, the shortest way {exact:.5f}.",
        step=timeline.frame.step, length=s["length"], speed=s["speed_length"], exact=s["exact"],
    )  # fmt: skip


def ant(timeline: Timeline, style: Style) -> Picture:
    """Circumference and area of circles around a, against those of a world of the curvature at a."""
    p, a, s = timeline.params, timeline.frame.arrays, timeline.frame.scalars
    rho, k = np.linspace(0, 2, 101), s["curvature"]
    around, area = theory.circumference_ratio(k, rho), theory.area_ratio(k, rho)
    known = [*around, *a["ant_circumference"][np.isfinite(a["ant_circumference"])]]
    plot = Plot(timeline, style, x=Axis("radius ρ", 0, 2), y=Axis("share of the flat circle's", 0, max(1.25, 1.1 * max(known))))
    plot.level(1.0, "flat", "quiet", side="right", dash="dot")
    plot.theory(rho, around, "theory", end="C, curvature {k:.2f}", k=k)
    plot.theory(rho, area, "theory", dash="dot", end="area, curvature {k:.2f}", k=k)
    plot.curve(a["ant_radii"], a["ant_circumference"], CAST["circle"], width=3, name="C/(2πρ)")
    plot.curve(a["ant_radii"], a["ant_area"], CAST["area"], width=3, name="area/(πρ²)")
    if math.isfinite(s["circumference_ratio"]):
        plot.handle(p.radius, s["circumference_ratio"], ("radius", None), name="ρ")
        plot.headline("C/(2πρ) = {ratio:.4f}", ratio=s["circumference_ratio"])
        plot.headline("the ant finds K = {found:.3f}", found=s["ant_curvature"])
        plot.headline("true K = {value:.3f}", value=k)
    else:
        plot.headline("The circle runs out of the world.")
    return plot.done(
        "At radius {radius:.2f} the circumference is {ratio:.4f} of the flat circle's; the ant finds the curvature {found:.3f}, "
        "the metric says {value:.3f}.",
        radius=p.radius, ratio=s["circumference_ratio"], found=s["ant_curvature"], value=k,
    )  # fmt: skip


def local_frame(timeline: Timeline, style: Style) -> Picture:
    """The coordinates' unit square at a, and what it is in a local Cartesian frame, turned by R."""
    p, g, s = timeline.params, timeline.frame.arrays["metric"], timeline.frame.scalars
    turn = math.radians(p.turn)
    h = np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]]) @ factor(g)
    square = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0], [0.0, 0.0]])
    seen = square @ h.T
    plot = Plot(timeline, style)
    reach = max(1.3, 1.15 * float(np.abs(seen).max()))
    chart, flat = plot.grid(
        1, 2, x=[Axis("steps dx¹", -1.3, 1.7), Axis("local Cartesian frame", -reach, reach)],
        y=[Axis("steps dx²", -1.3, 1.7, square="fill"), Axis("", -reach, reach, square="fill")],
    )  # fmt: skip
    chart.curve(square[:, 0], square[:, 1], "text", fill="zero", width=2, hover=False)
    chart.ellipses([[0.0, 0.0]], g[None], CAST["frame"], metric=True, corners=73)
    chart.arrows([0, 0], [0, 0], [1, 0], [0, 1], CAST["string"], width=3)
    flat.curve(seen[:, 0], seen[:, 1], "text", width=2, hover=False)
    flat.ellipses([[0.0, 0.0]], np.eye(2)[None], CAST["frame"], corners=73)
    flat.arrows([0, 0], [0, 0], h[0], h[1], CAST["string"], width=3)
    cosine = g[0, 1] / math.sqrt(g[0, 0] * g[1, 1])
    plot.headline("E = {e:.3f}, F = {f:.3f}, G = {g:.3f}", e=g[0, 0], f=g[0, 1], g=g[1, 1])
    plot.headline("area √det g = {area:.3f}", area=s["volume"])
    plot.headline("angle {angle:.1f}°", angle=math.degrees(math.acos(max(-1.0, min(1.0, cosine)))))
    return plot.done(
        "At a, the coordinates' unit square has the area {area:.3f} in a local frame, whatever its turn of {turn:.0f} degrees.",
        area=s["volume"], turn=p.turn,
    )  # fmt: skip
