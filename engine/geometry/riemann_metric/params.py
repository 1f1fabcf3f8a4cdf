"""Parameters of the metric lab, and the world, the ends and the string's start that they mean. numpy only."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np

from engine.core.params import BadValue, Params, choice, number, when
from engine.geometry.charts import Array, Bump, Chart, HalfPlane, LonLat, Mercator, Plate, Polar, Sheared

World = Literal["plate", "polar", "lonlat", "mercator", "half_plane", "bump", "sheared"]
PLATE, BUMP, SHEARED = (when(world=name) for name in ("plate", "bump", "sheared"))
# What is said of an end outside of the world. The disc's radius depends on κ.
BOUNDS = {
    "plate": "{name} = {value} is outside of the world; allowed: inside of the disc of radius {radius}.",
    "polar": "{name} = {value} is outside of the world; allowed: a radius r above 0.",
    "lonlat": "{name} = {value} is outside of the world; allowed: a latitude between -90 and 90 degrees, the poles excluded.",
    "mercator": "{name} = {value} is outside of the world; allowed: a height y between -20 and 20.",
    "half_plane": "{name} = {value} is outside of the world; allowed: in the half-plane y > 0.",
}


class RiemannMetricParams(Params):
    """Controls of the metric lab. Ends are in the world's own coordinates; in lonlat degrees, in polar r and radians."""

    # fmt: off
    kappa: float = number(0.0, -0.9, 2.0, "Heat profile", "How hot the plate is outside: a ruler at distance r has the length "
        "1 + κr²/4. Above 0 the outside is hot, below 0 it is cold.", symbol="κ", kind="hot", step=0.05, when=PLATE)
    world: World = choice("plate", "World", "Which metric holds: a heated plate, the plane in polar coordinates, the sphere in "
        "longitude and latitude or on Mercator's map, the hyperbolic half-plane, a bump, or a sheared plane.",
        labels={"lonlat": "longitude and latitude", "half_plane": "half-plane"})
    bump_height: float = number(1.0, 0.0, 3.0, "Bump height", "Height of the hill in the middle.", symbol="H", kind="hot",
        step=0.05, when=BUMP)
    bump_width: float = number(0.7, 0.3, 2.0, "Bump width", "Width of the hill.", symbol="w", kind="hot", step=0.05, when=BUMP)
    shear: float = number(60.0, 20.0, 160.0, "Shear", "Angle between the two axes of the sheared plane.", symbol="α",
        unit="degrees", kind="hot", step=1.0, when=SHEARED)
    radius: float = number(0.5, 0.05, 2.0, "Circle radius", "Length of the string with which the ant draws its circle around a.",
        symbol="ρ", kind="hot", step=0.05)
    segments: int = number(40, 5, 160, "Segments", "Pieces of the string; each is measured by the ruler of its middle.", symbol="n")
    optimiser: Literal["preconditioned", "adam", "lbfgs"] = choice("preconditioned", "Optimiser", "Who shortens the string: "
        "gradient descent in the string's own inner product, plain Adam, or L-BFGS.",
        labels={"adam": "Adam", "lbfgs": "L-BFGS"})
    turn: float = number(0.0, 0.0, 360.0, "Turn of the frame", "Turns the local frame: h becomes Rh, which gives the same metric.",
        symbol="R", unit="degrees", kind="lens", step=5.0, section="Local frame")
    a_x: float = number(-1.5, -360.0, 360.0, "a, first coordinate", "First coordinate of the string's start a.", kind="hot", hidden=True)
    a_y: float = number(0.4, -360.0, 360.0, "a, second coordinate", "Second coordinate of a.", kind="hot", hidden=True)
    b_x: float = number(1.2, -360.0, 360.0, "b, first coordinate", "First coordinate of the string's end b.", kind="hot", hidden=True)
    b_y: float = number(0.9, -360.0, 360.0, "b, second coordinate", "Second coordinate of b.", kind="hot", hidden=True)
    c_x: float = number(0.2, -360.0, 360.0, "c, first coordinate", "First coordinate of the triangle's corner c; one outside of "
        "the world is moved into it.", kind="hot", hidden=True)
    c_y: float = number(-1.0, -360.0, 360.0, "c, second coordinate", "Second coordinate of c.", kind="hot", hidden=True)
    # fmt: on

    @property
    def chart(self) -> Chart:
        """The world's metric."""
        match self.world:
            case "plate":
                return Plate(self.kappa)
            case "polar":
                return Polar()
            case "lonlat":
                return LonLat()
            case "mercator":
                return Mercator()
            case "half_plane":
                return HalfPlane()
            case "bump":
                return Bump(self.bump_height, self.bump_width)
        return Sheared(math.radians(self.shear))

    @property
    def unit(self) -> float:
        """Coordinates of the metric per unit of the numbers that are given: radians for degrees in lonlat."""
        return math.pi / 180 if self.world == "lonlat" else 1.0

    @property
    def given(self) -> Array:
        """The corners a, b, c (3, 2) in the metric's coordinates, as they are given. A negative r is a point on the other side."""
        corners = np.array([[self.a_x, self.a_y], [self.b_x, self.b_y], [self.c_x, self.c_y]]) * self.unit
        if self.world == "polar":
            corners[:, 1] += np.where(corners[:, 0] < 0, np.pi, 0.0)
            corners[:, 0] = np.abs(corners[:, 0])
        return corners

    @property
    def corners(self) -> Array:
        """The corners (3, 2), those that lie outside of the world moved into it."""
        return self.chart.clamp(self.given)

    def refuse_outside(self) -> None:
        """Raises BadValue for an end a or b that lies outside of the world."""
        chart, given = self.chart, self.given
        for name, there in zip("ab", chart.inside(given), strict=False):
            if not there:
                own = tuple(getattr(self, f"{name}_{letter}") for letter in "xy")
                edge = f"{chart.edge:.3f}" if isinstance(chart, Plate) else ""
                raise BadValue(f"{name}_x", f"({own[0]:g}, {own[1]:g})", "", template=BOUNDS[self.world], radius=edge)
