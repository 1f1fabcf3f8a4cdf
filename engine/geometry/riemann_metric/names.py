"""Who is who in every picture of this lab, and the window on its chart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from engine.core.topic import Timeline
from engine.geometry.charts import Array
from engine.geometry.riemann_metric.params import RiemannMetricParams
from engine.plot import Axis, Cast

CAST = Cast(
    {
        "string": ("string", "measured"),
        "exact": ("shortest way", "theory", "dash"),
        "chart": ("straight in the chart", 5, "dot"),
        "speed": ("√(2·energy)", 1, "dash"),
        "circle": ("ant's circle", "good"),
        "area": ("area", 8),
        "frame": ("unit circles", "quiet"),
        "second": ("b to c", 1),
        "third": ("c to a", 6),
    }
)
TITLES = {
    "polar": ("radius r", "angle θ (rad)"),
    "lonlat": ("longitude λ (degrees)", "latitude φ (degrees)"),
    "mercator": ("longitude λ (rad)", "Mercator's y"),
    "half_plane": ("x", "height y"),
}
PLAIN = ("coordinate x¹", "coordinate x²")
SIDE = 2.5  # half the window of a world that lies about the origin


@dataclass(frozen=True)
class Window:
    """The part of the chart that is shown, in the numbers of the parameters (degrees in lonlat)."""

    low: tuple[float, float]
    high: tuple[float, float]

    def grid(self, columns: int, rows: int, *, edge: bool = False) -> tuple[Array, Array]:
        """Places of a grid along x (columns,) and y (rows,): the middles of equal cells, or with `edge` from end to end."""
        sides = zip(self.low, self.high, (columns, rows), strict=True)
        lines = [np.linspace(a, b, n) if edge else a + (np.arange(n) + 0.5) * (b - a) / n for a, b, n in sides]
        return lines[0], lines[1]

    def axes(self, world: str) -> tuple[Axis, Axis]:
        """The axes; both to the same scale where the coordinates are alike."""
        x, y = TITLES.get(world, PLAIN)
        square: Literal["fill"] | bool = "fill" if world not in ("polar", "lonlat") else False
        return (Axis(x, self.low[0], self.high[0], grid=False), Axis(y, self.low[1], self.high[1], grid=False, square=square))


def window(timeline: Timeline) -> Window:
    """Where the corners, the string and the place of interest are."""
    p: RiemannMetricParams = timeline.params
    places = np.concatenate([p.corners[:2], timeline.frame.arrays["string"]]) / p.unit
    low, high = places.min(0), places.max(0)
    match p.world:
        case "lonlat":
            return Window((float(low[0]) - 30, -90), (float(high[0]) + 30, 90))
        case "polar":
            return Window((0, float(low[1]) - 1), (max(3, 1.2 * float(high[0])), float(high[1]) + 1))
        case "half_plane":
            side = max(float(high[0] - low[0]), 2.0) / 2 + 0.8
            middle = float(high[0] + low[0]) / 2
            return Window((middle - side, 0.0), (middle + side, max(1.25 * side, 1.2 * float(high[1]))))
        case "mercator":
            return Window(
                (float(low[0]) - 1, min(-2.0, float(low[1]) - 0.5)), (float(high[0]) + 1, max(2.0, float(high[1]) + 0.5))
            )
    side = max(SIDE, 1.1 * float(np.abs(places).max()))
    return Window((-side, -0.86 * side), (side, 0.86 * side))
