"""The surface in space, with the loop on it and the arrow that goes round."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.geometry.charts import TINY, Array, Chart, Cylinder, Polar, Revolved, Torus, curvature
from engine.geometry.riemann_connection.loops import winding
from engine.geometry.riemann_connection.names import CAST
from engine.geometry.riemann_connection.params import RiemannConnectionParams
from engine.plot import Plot

ARROW = 0.42  # length in space of an arrow of length 1
GHOSTS = 12  # arrows that are left along the way


def placed(chart: Chart, x: Array) -> Array:
    """Places in space (..., 3); the polar plane lies flat."""
    if isinstance(chart, Revolved):
        return chart.place(x)
    return np.stack([x[..., 0] * np.cos(x[..., 1]), x[..., 0] * np.sin(x[..., 1]), 0 * x[..., 0]], -1)


def outward(chart: Chart, x: Array) -> Array:
    """The unit normal (..., 3) on the side from which the surface is seen."""
    along_u, along_v = (placed(chart, x + 1j * TINY * unit).imag / TINY for unit in np.eye(2))
    normal = np.cross(along_u, along_v)
    side = -1 if isinstance(chart, Torus | Cylinder) else 1
    return side * normal / np.maximum(np.linalg.norm(normal, axis=-1, keepdims=True), 1e-12)


def arrow(chart: Chart, x: Array, components: Array) -> Array:
    """An arrow as one line (6, 3): shaft and a head in the tangent plane, a hair above the surface."""
    basis = np.stack([placed(chart, x + 1j * TINY * unit).imag / TINY for unit in np.eye(2)])
    normal = outward(chart, x)
    shaft = ARROW * components @ basis
    side = np.cross(normal, shaft)
    tip, foot = placed(chart, x) + shaft, placed(chart, x)
    return 0.03 * normal + np.stack([foot, tip, tip - 0.3 * shaft + 0.17 * side, tip, tip - 0.3 * shaft - 0.17 * side, tip])


def xyz(line: Array) -> tuple[Array, Array, Array]:
    """The three coordinates of a line (n, 3)."""
    return line[:, 0], line[:, 1], line[:, 2]


@lru_cache(maxsize=8)  # the same while the arrow walks
def ground(p: RiemannConnectionParams) -> tuple[Array, Array]:
    """Places of a grid in space (rows, columns, 3), large enough for the loop, and its K, 0 outside of the loop."""
    chart, region = p.chart, p.loop.region(60)
    low, high = 0.0, math.pi
    shifts: tuple[float, ...] = (0.0,)
    if isinstance(chart, Torus):
        high, shifts = 2 * math.pi, (-2 * math.pi, 0.0, 2 * math.pi)  # of u that mean the same place
    elif p.surface != "sphere":
        high = max(2.2, 1.15 * float(region[:, 0].max()))
        low = min(-1.0, float(region[:, 0].min()) - 0.5) if isinstance(chart, Cylinder) else 0.0
    grid = np.stack(np.meshgrid(np.linspace(low + 1e-6, high - 1e-6, 37), np.linspace(0, 2 * np.pi, 61)), -1)
    around = np.zeros(grid.shape[:2])
    for shift in [np.array([du, dv]) for du in shifts for dv in (-2 * np.pi, 0.0, 2 * np.pi)]:
        if ((grid + shift).max((0, 1)) > region.min(0)).all() and ((grid + shift).min((0, 1)) < region.max(0)).all():
            around += winding(region, grid + shift)
    with np.errstate(all="ignore"):
        bent = np.where(around != 0, np.clip(curvature(chart, grid), -1, 1) * 0.8, 0.0)
    return placed(chart, grid), bent


def surface(timeline: Timeline, style: Style) -> Picture:
    """Surface, loop, start arrow, arrow now, and those it left behind."""
    p, a, s = timeline.params, timeline.frame.arrays, timeline.frame.scalars
    chart, piece, places, arrows = p.chart, int(s["piece"]), a["places"], a["arrows"]
    plot = Plot(timeline, style)
    if np.isfinite(places).all():
        grid, bent = ground(p)
        plot.surface(*np.moveaxis(grid, -1, 0), by=bent, tones="two-sided", low=-1, high=1,
            opacity=0.6 if isinstance(chart, Polar) else 1.0, eye=(1.2, 0.35, 1.45))  # fmt: skip
        plot.curve3(*xyz(placed(chart, places) + 0.012 * outward(chart, places)), CAST["loop"], width=4)
        left = np.arange(0, piece, max(1, math.ceil(len(arrows) / GHOSTS)))
        gap = np.full((1, 3), np.nan)
        trail = [part for k in left if k for part in (arrow(chart, places[k], arrows[k]), gap)]
        if trail:
            plot.curve3(*xyz(np.concatenate(trail)), CAST["arrow"], width=2)
        plot.curve3(*xyz(arrow(chart, places[0], arrows[0])), CAST["start"], width=8)
        plot.curve3(*xyz(arrow(chart, places[piece], arrows[piece])), CAST["arrow"], width=8)
    now, whole = (round(math.degrees(s[name]), 1) + 0.0 for name in ("turn_so_far", "holonomy"))  # no −0
    plot.headline("turned {now:.1f}°", now=now)
    plot.headline("after the whole loop {whole:.1f}°", whole=whole)
    if math.isfinite(s["enclosed_curvature"]):
        plot.headline("curvature inside {inside:.1f}°", inside=math.degrees(s["enclosed_curvature"]))
    return plot.done(
        "After {piece:.0f} of {n} pieces the arrow has turned by {now:.1f} degrees; the whole loop turns it by {whole:.1f}.",
        piece=s["piece"], n=p.n, now=now, whole=whole,
    )  # fmt: skip
