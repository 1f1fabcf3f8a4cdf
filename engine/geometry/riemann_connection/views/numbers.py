"""Pictures of numbers: turn and length on the way, turn against area, Γ from stones, Foucault's pendulum."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.geometry.charts import Array
from engine.geometry.riemann_connection import theory
from engine.geometry.riemann_connection.loops import enclosed
from engine.geometry.riemann_connection.names import CAST
from engine.geometry.riemann_connection.params import RiemannConnectionParams
from engine.plot import Axis, Plot

SIZES = 18  # loops of the family in the picture of areas
MOST_HOURS = 120


def turn(timeline: Timeline, style: Style) -> Picture:
    """Turn and length along the way; what is still to come is pale."""
    p, a, s = timeline.params, timeline.frame.arrays, timeline.frame.scalars
    way, behind = np.linspace(0, 1, p.n + 1), int(s["piece"]) + 1
    plot = Plot(timeline, style)
    known = np.concatenate([a["turns"], a["frame_turns"], [0.0, s["enclosed_curvature"]]])
    known = known[np.isfinite(known)]
    low, high = float(known.min()), float(known.max())
    room = 0.12 * max(high - low, 0.5)
    above, below = plot.grid(2, 1, x=Axis("share of the loop", 0, 1), y=[Axis("turn (rad)", low - room, high + room),
        Axis("length", 0, max(1.5, 1.1 * float(np.nanmax(a["lengths"], initial=1.0))))], heights=(2, 1), share_x=True)  # fmt: skip
    above.curve(way, a["turns"], CAST["arrow"], width=1.2, opacity=0.45, hover=False)
    above.theory(way, a["frame_turns"], CAST["frame"], end="{name}")
    above.curve(way[:behind], a["turns"][:behind], CAST["arrow"], width=3.2, end="{name}")
    above.level(s["enclosed_curvature"], "curvature inside {value:.4f}", "good", dash="dot")
    for k in range(math.floor(low / (2 * math.pi)), math.ceil(high / (2 * math.pi)) + 1):
        if k and low - room < 2 * math.pi * k < high + room:
            above.level(2 * math.pi * k, "a whole turn" if k in (-1, 1) else "", "quiet", side="right", dash="dash")
    below.level(1.0, "", "theory")
    below.curve(way, a["lengths"], CAST["arrow"], width=1.2, opacity=0.45, hover=False)
    below.curve(way[:behind], a["lengths"][:behind], CAST["arrow"], width=3.2)
    plot.headline("turn {turn:.5f}", turn=s["holonomy"])
    plot.headline("from the frame {frame:.5f}", frame=s["holonomy_frame"])
    plot.headline("length at home {ratio:.4f}", ratio=s["norm_ratio"])
    return plot.done(
        "The whole loop turns the arrow by {turn:.5f}; from the frame it is {frame:.5f}, and it comes home with the length {ratio:.4f}.",
        turn=s["holonomy"], frame=s["holonomy_frame"], ratio=s["norm_ratio"],
    )  # fmt: skip


@lru_cache(maxsize=16)
def family(p: RiemannConnectionParams) -> tuple[Array, Array]:
    """Area and enclosed curvature (sizes,) of loops of other sizes about the same place."""
    if p.surface == "sphere" and p.shape == "parallel":
        loops = [p.change({"colatitude": size}).loop for size in np.linspace(4, 176, SIZES)]
    else:
        top = max(1.5, p.loop_radius)
        loops = [p.change({"loop_radius": size}).loop for size in np.linspace(0.06, top, SIZES)]
    found = np.array([enclosed(p.chart, loop) for loop in loops])
    return found[:, 1], found[:, 0]


def area(timeline: Timeline, style: Style) -> Picture:
    """The turn of every loop that was tried against its area."""
    p, s = timeline.params, timeline.frame.scalars
    plot = Plot(timeline, style, x=Axis("area inside", zero=True), y=Axis("turn (rad)", zero=True))
    if p.shape in ("parallel", "circle"):
        plain = type(p).build({name: getattr(p, name) for name in ("surface", "bump_height", "bump_width", "cone_angle", "loop_u",
            "loop_v")} | {"loop_shape": p.shape})  # fmt: skip
        areas, inside = family(plain)
        plot.theory(areas, inside, CAST["frame"], end="∫K dA")
    _, areas = timeline.trace("loop_area")
    _, turns = timeline.trace("holonomy")
    plot.dots(areas, turns, CAST["arrow"], size=6, opacity=0.5)
    plot.dots([s["loop_area"]], [s["holonomy"]], "mark", size=13, name="this loop")
    mean = s["enclosed_curvature"] / s["loop_area"] if s["loop_area"] else math.nan
    plot.headline("turn {turn:.3f}", turn=s["holonomy"])
    plot.headline("area {area:.3f}", area=s["loop_area"])
    plot.headline("average K {mean:.3f}", mean=mean)
    return plot.done(
        "A loop of the area {area:.3f} turns the arrow by {turn:.3f}; the average of K inside is {mean:.3f}.",
        area=s["loop_area"], turn=s["holonomy"], mean=mean,
    )  # fmt: skip


def stones(timeline: Timeline, style: Style) -> Picture:
    """The six numbers, found and true; and the arrow's turn when it is carried by those that were found along the way."""
    p, a, s = timeline.params, timeline.frame.arrays, timeline.frame.scalars
    which = [(m, *pair) for m in range(2) for pair in ((0, 0), (0, 1), (1, 1))]
    names = ["Γ¹₁₁", "Γ¹₁₂", "Γ¹₂₂", "Γ²₁₁", "Γ²₁₂", "Γ²₂₂"]
    true, found = (np.array([a[name][index] for index in which]) for name in ("gamma", "learned_gamma"))
    reach = 1.2 * float(np.nanmax(np.abs([*true, *found, 0.4])))
    plot = Plot(timeline, style)
    turns = np.concatenate([a["learned_turns"], a["frame_turns"], [-0.2, 0.2]])
    low, high = float(np.nanmin(turns)), float(np.nanmax(turns))
    above, below = plot.grid(2, 1, x=[Axis("", -0.6, 5.6, ticks=dict(enumerate(names)), grid=False), Axis("share of the loop", 0, 1)],
        y=[Axis("Γ", -reach, reach, zero=True), Axis("turn (rad)", low - 0.1 * (high - low), high + 0.1 * (high - low))],
        heights=(3, 2))  # fmt: skip
    above.bars(np.arange(6), found, CAST["learned"], law=true, text="{value:.2f}")
    way, behind = np.linspace(0, 1, p.n + 1), int(s["piece"]) + 1
    below.theory(way, a["frame_turns"], CAST["frame"], end="true Γ")
    below.curve(way, a["learned_turns"], CAST["learned"], width=1.2, opacity=0.45, hover=False)
    below.curve(way[:behind], a["learned_turns"][:behind], CAST["learned"], width=3.2, end="{name}")
    plot.headline("{shots} stones, noise {noise:.2f}", shots=p.shots, noise=p.noise)
    plot.headline("largest error {error:.4f}", error=s["gamma_error"])
    plot.headline("turn {turn:.3f}", turn=s["learned_holonomy"])
    return plot.done(
        "From {shots} stones with the noise {noise:.2f}, the largest error of the six numbers is {error:.4f}. Carried by such numbers "
        "the arrow turns by {turn:.3f}; the truth is {truth:.3f}.",
        shots=p.shots, noise=p.noise, error=s["gamma_error"], turn=s["learned_holonomy"], truth=s["holonomy_frame"],
    )  # fmt: skip


def pendulum(timeline: Timeline, style: Style) -> Picture:
    """The plane of swing from hour to hour, and how long a whole turn takes at each latitude."""
    p, s = timeline.params, timeline.frame.scalars
    plot = Plot(timeline, style)
    dial, hours = plot.grid(1, 2, x=[Axis("", -1.3, 1.3, hidden=True), Axis("latitude (degrees)", -90, 90, every=45)],
        y=[Axis("", -1.3, 1.3, square="fill", hidden=True), Axis("hours for a whole turn", 0, MOST_HOURS)])  # fmt: skip
    around = np.linspace(0, 2 * np.pi, 121)
    dial.curve(np.cos(around), np.sin(around), "quiet", width=2, hover=False)
    day = s["piece"] / p.n
    past = np.append(np.arange(0, day, 1 / 24), day)
    angle = np.pi / 2 - np.radians(s["foucault_degrees"]) * past  # clockwise in the north
    x, y = np.cos(angle), np.sin(angle)
    swing_x, swing_y = (np.stack([-end, end, np.full_like(end, np.nan)], 1).ravel() for end in (x, y))
    dial.curve(swing_x, swing_y, CAST["arrow"], width=1.2, opacity=0.5, hover=False)
    dial.curve([0, 0], [-1, 1], CAST["start"], width=2, hover=False)
    dial.curve([-x[-1], x[-1]], [-y[-1], y[-1]], CAST["arrow"], width=5, hover=False)
    dial.text(0, -1.16, "after {hours:.1f} h", side="center", hours=day * theory.SIDEREAL)
    for north in (-1, 1):
        latitude = north * np.linspace(8, 90, 83)
        hours.theory(latitude, theory.SIDEREAL / np.abs(np.sin(np.radians(latitude))), CAST["frame"], dash="solid")
    hours.handle(p.latitude, min(s["foucault_hours"], MOST_HOURS), ("latitude", None), name="latitude")
    plot.headline("{degrees:.1f}° a sidereal day", degrees=s["foucault_degrees"])
    plot.headline("a whole turn in {hours:.2f} h", hours=s["foucault_hours"])
    return plot.done(
        "At {latitude:.1f} degrees of latitude the plane turns by {degrees:.1f} degrees a day, once round in {hours:.1f} hours.",
        latitude=p.latitude, degrees=s["foucault_degrees"], hours=s["foucault_hours"],
    )  # fmt: skip
