"""What is measured in a frame: the string, the ant's circle, the triangle. numpy only."""

from __future__ import annotations

import math

import numpy as np

from engine.geometry.charts import Array, Chart, angle, curvature, determinant, inner
from engine.geometry.curves import Fan, enclosed_area, fan, midpoint_length, straight_length
from engine.geometry.riemann_metric import theory
from engine.geometry.riemann_metric.params import RiemannMetricParams


class Ant:
    """Keeps the last fan: it depends on the world, its centre and its radius, not on the string."""

    def __init__(self) -> None:
        self.known: tuple[object, Fan] | None = None

    def walk(self, chart: Chart, a: Array, radius: float) -> Fan:
        """The fan from a."""
        key = (chart, tuple(a), radius)
        if self.known is None or self.known[0] != key:
            self.known = (key, fan(chart, a, radius))
        return self.known[1]


def corner_angles(chart: Chart, strings: Array) -> Array:
    """Angles (3,) of the triangle of strings ab, bc, ca at a, b, c; tangents by second-order differences at the ends."""
    leave = (-3 * strings[:, 0] + 4 * strings[:, 1] - strings[:, 2]) / 2
    arrive = (3 * strings[:, -1] - 4 * strings[:, -2] + strings[:, -3]) / 2
    return angle(chart.metric(strings[:, 0]), leave, -np.roll(arrive, 1, 0))


def measure(params: RiemannMetricParams, strings: Array, ant: Ant) -> tuple[dict[str, float], dict[str, Array]]:
    """Scalars and arrays of a frame."""
    chart, corners = params.chart, params.corners
    a, b, _ = corners
    string, radius = strings[0], params.radius
    step, middle = np.diff(string, axis=0), (string[1:] + string[:-1]) / 2
    squared = len(step) * float(inner(chart.metric(middle), step, step).sum())  # twice the energy
    circle = ant.walk(chart, a, radius)
    ratio = float(circle.perimeter[-1]) / (2 * math.pi * radius)
    angles = corner_angles(chart, strings)
    g = chart.metric(a)
    length, exact = float(midpoint_length(chart, string)), theory.distance(chart, a, b)
    scalars = {
        "length": length,
        "exact": exact,
        "off": length - exact,
        "chart_length": straight_length(chart, a, b),
        "speed_length": math.sqrt(squared),
        "curvature": float(curvature(chart, a)),
        "circumference_ratio": ratio,
        "area_ratio": float(circle.area[-1]) / (math.pi * radius**2),
        "ant_curvature": theory.ant_curvature(ratio, radius),
        "excess": float(angles.sum()) - math.pi,
        "triangle_area": abs(enclosed_area(chart, np.concatenate(strings[:, :-1]))),
        "volume": math.sqrt(float(determinant(g))),
    }
    perimeter, area, radii = (part[1:] for part in (circle.perimeter, circle.area, circle.radii))
    arrays = {
        "string": string.copy(),
        "sides": strings[1:].copy(),
        "angles": angles,
        "metric": g,
        "ant_radii": radii,
        "ant_circumference": perimeter / (2 * math.pi * radii),
        "ant_area": area / (math.pi * radii**2),
        "rays": circle.rays.transpose(1, 0, 2).astype(np.float32),
    }
    return scalars, arrays
