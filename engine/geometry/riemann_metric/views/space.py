"""The same world as a surface in space, where there is one."""

from __future__ import annotations

import math

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.geometry.charts import Array, Bump, Chart, Plate
from engine.geometry.riemann_metric import theory
from engine.geometry.riemann_metric.names import CAST
from engine.plot import Plot, sentence

REACH = 3.2  # coordinate radius up to which a plate is drawn


def lifted(chart: Chart, x: Array) -> Array:
    """Places in space (..., 3) of points (..., 2): the sphere that a hot plate is, the unit sphere of a map, or the graph."""
    if isinstance(chart, Plate):
        share = 1 + chart.kappa / 4 * (x * x).sum(-1)
        return np.stack([*np.moveaxis(x, -1, 0) / share, -math.sqrt(chart.kappa) / 2 * (x * x).sum(-1) / share], -1)
    if isinstance(chart, Bump):
        return np.concatenate([x, chart.relief(x)[0][..., None]], -1)
    return theory.on_sphere(chart, x)


def surface(timeline: Timeline, style: Style) -> Picture:
    """String and circle on the surface itself, turned by hand."""
    p, a, s = timeline.params, timeline.frame.arrays, timeline.frame.scalars
    chart = p.chart
    if isinstance(chart, Plate) and chart.kappa < 0:
        return sentence(
            style, style.t("No smooth surface in our space holds a whole world of constant negative curvature (Hilbert 1901).")
        )
    if isinstance(chart, Plate):
        radius, turn = np.meshgrid(np.linspace(1e-6, REACH, 24), np.linspace(0, 2 * np.pi, 49))
        grid = np.stack([radius * np.cos(turn), radius * np.sin(turn)], -1)
    elif isinstance(chart, Bump):
        grid = np.stack(np.meshgrid(*[np.linspace(-2.4, 2.4, 41)] * 2), -1)
    else:
        grid = np.stack(
            np.meshgrid(np.linspace(0, 2 * np.pi, 49), np.linspace(-1.5, 1.5, 25) * (1 if p.world == "lonlat" else 2)), -1
        )
    plot = Plot(timeline, style)
    places = lifted(chart, grid)
    plot.surface(
        *np.moveaxis(places, -1, 0), by=-np.log(theory.ruler(chart, grid)), tones="two-sided", low=-1.6, high=1.6, opacity=0.9
    )
    circle = a["rays"][:, -1].astype(float)
    ways = {
        "circle": np.concatenate([circle, circle[:1]]),
        "exact": theory.geodesic(chart, *p.corners[:2]),
        "string": a["string"],
    }
    for name, way in ways.items():
        x, y, z = (1.004 * lifted(chart, way)).T
        plot.curve3(x, y, z, CAST[name], width=6 if name == "string" else 4)
    x, y, z = (1.01 * lifted(chart, p.corners[:2])).T
    plot.dots3(x, y, z, "mark", size=7)
    return plot.done("On the surface, the string from a to b is {length:.4f} long.", length=s["length"])
