"""Pictures in the chart, and the plane's field test."""

from __future__ import annotations

import math

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.geometry.charts import Array, christoffel, inner
from engine.geometry.riemann_connection.loops import cells, inside
from engine.geometry.riemann_connection.names import CAST, PLAIN, TITLES
from engine.geometry.riemann_connection.params import RiemannConnectionParams, span
from engine.geometry.riemann_connection.transport import units
from engine.plot import Axis, Plot

ARROWS = 14  # along the loop
LONG = 0.13  # share of the picture's width that an arrow of length 1 has


def xy(line: Array) -> tuple[Array, Array]:
    """The two coordinates of a line (n, 2)."""
    return line[:, 0], line[:, 1]


def window(p: RiemannConnectionParams, region: Array) -> tuple[Array, Array]:
    """Lower left and upper right of the part of the chart that is shown."""
    low, high = region.min(0), region.max(0)
    room = np.array([0.6, 0.6]) if p.shape != "parallel" else np.array([0.6, 0.25])
    low, high = low - room, high + room
    edges = span(p.chart)
    low[0], high[0] = max(low[0], edges[0]), min(high[0], edges[1])
    if p.surface == "sphere" and p.shape == "parallel":
        high[0] = math.pi
    if p.surface == "half_plane":
        low[1] = max(low[1], 0.0)
    return low, high


def chart(timeline: Timeline, style: Style) -> Picture:
    """Cells, loop, arrows on the way, and two ghosts of the arrow now."""
    p, a, s = timeline.params, timeline.frame.arrays, timeline.frame.scalars
    region, piece, places, arrows, world = p.loop.region(), int(s["piece"]), a["places"], a["arrows"], p.chart
    if not np.isfinite(region).all():
        region = p.corners
    low, high = window(p, region)
    across, up = TITLES.get(p.surface, PLAIN)
    plot = Plot(timeline, style, x=Axis(across, low[0], high[0], grid=False), y=Axis(up, low[1], high[1], grid=False))
    u, v = (np.linspace(low[k] + 1e-3, high[k] - 1e-3, count) for k, count in enumerate((41, 37)))
    with np.errstate(all="ignore"):
        turned, areas = cells(world, u, v)
    middles = np.stack(np.meshgrid((u[1:] + u[:-1]) / 2, (v[1:] + v[:-1]) / 2), -1)
    plot.heat(turned / areas, x=middles[0, :, 0], y=middles[:, 0, 1], tones="two-sided", low=-2.5, high=2.5)
    plot.curve(*xy(np.concatenate([region, region[:1]])), "quiet", width=1.2, hover=False)
    plot.curve(*xy(places), CAST["loop"], width=2.5, hover=False)
    shown = np.arange(0, piece + 1, max(1, math.ceil(len(places) / ARROWS)))
    size = (high - low) * LONG  # an arrow is drawn by its components in the orthonormal frame
    seen = arrows * units(world, places) * size
    plot.arrows(*xy(places[shown]), *xy(seen[shown]), CAST["arrow"], width=1.6)
    start = np.array([math.cos(math.radians(p.start_angle)), math.sin(math.radians(p.start_angle))])
    unit = units(world, places[[0, piece]])
    for name, ghost in (("naive", start / unit[0] * unit[1]), ("compass", start)):
        plot.arrows(*xy(places[[piece]]), *xy((ghost * size)[None]), CAST[name], width=2)
    for name, k in (("start", 0), ("arrow", piece)):
        plot.arrows(*xy(places[[k]]), *xy(seen[[k]]), CAST[name], width=3.5)
    if p.shape == "circle":
        centre, _ = p.room()
        plot.handle(centre[0], centre[1], ("loop_u", "loop_v"), name="centre")
    elif p.shape in ("triangle", "drawn"):
        names = "abcd"[: len(p.corners)]
        plot.handle(*xy(world.clamp(p.corners)), [(f"{name}_u", f"{name}_v") for name in names], letters=tuple(names), size=17)
    if piece < p.n:
        step = places[piece + 1] - places[piece]
        matrix = np.round(np.eye(2) - np.einsum("mnb,b->mn", christoffel(world, places[piece]), step), 3) + 0.0
        plot.headline("exchange ({a:.3f} {b:.3f}; {c:.3f} {d:.3f})", **dict(zip("abcd", matrix.ravel(), strict=True)))
    vector = a["vector"].round(3) + 0.0  # no −0
    plot.headline("A = ({first:.3f}, {second:.3f})", first=vector[0], second=vector[1])
    turn = float(np.nansum(turned * inside(region, u, v)))
    plot.headline("cells inside {inside:.2f}", inside=turn)
    return plot.done(
        "The arrow's components are {first:.3f} and {second:.3f}, its length {length:.3f}; the cells inside the loop turn arrows by "
        "{inside:.2f} in all.",
        first=vector[0], second=vector[1], length=s["length_now"], inside=turn,
    )  # fmt: skip


def field(timeline: Timeline, style: Style) -> Picture:
    """The plane, once with the same polar components everywhere, once with the same arrow."""
    p, a = timeline.params, timeline.frame.arrays
    place, vector = a["places"][0], a["arrows"][0]
    r, phi = (part.ravel() for part in np.meshgrid([0.5, 1.0, 1.5, 2.0], np.linspace(0, 2 * np.pi, 12, endpoint=False)))
    plot = Plot(timeline, style)
    sides = plot.grid(1, 2, x=Axis("", -2.9, 2.9, numbers=False), y=Axis("", -2.9, 2.9, square="fill", numbers=False))
    turn = {"naive": phi, "arrow": np.full_like(phi, place[1])}
    long = {"naive": r, "arrow": np.full_like(r, place[0])}
    for panel, name in zip(sides, ("naive", "arrow"), strict=True):
        along, round_ = vector[0], long[name] * vector[1]
        x = along * np.cos(turn[name]) - round_ * np.sin(turn[name])
        y = along * np.sin(turn[name]) + round_ * np.cos(turn[name])
        panel.arrows(r * np.cos(phi), r * np.sin(phi), x, y, CAST[name] if name == "arrow" else 5, size=0.5, width=2)
    sides[0].title("the same numbers everywhere")
    sides[1].title("the same arrow everywhere")
    gamma = np.einsum("mnb,n->mb", christoffel(p.chart, place), vector)  # A_;β of constant numbers, (3)
    g = p.chart.metric(place)
    size = math.sqrt(sum(float(inner(g, gamma[:, k], gamma[:, k])) / g[k, k] for k in range(2)))
    plot.headline("|∇A| at the start: {left:.3f} left, 0 right", left=size)
    return plot.done(
        "The field of constant polar components has the covariant derivative {left:.3f}, the other one none.", left=size
    )
