"""Parameters of the connection lab, and the surface and the loop that they mean. numpy only."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Literal

import numpy as np

from engine.core.params import BadValue, Params, choice, number, when
from engine.geometry import charts
from engine.geometry.charts import Array, Chart
from engine.geometry.riemann_connection.loops import Loop, circle, geodesics, straight

Surface = Literal["sphere", "torus", "bump", "cone", "cylinder", "paraboloid", "half_plane", "polar"]
Shape = Literal["parallel", "circle", "octant", "triangle", "drawn"]
SPHERE, BUMP, CONE = (when(surface=name) for name in ("sphere", "bump", "cone"))
CORNERED = when(loop_shape=("triangle", "drawn"))
ROUND = ~CORNERED & ~(SPHERE & when(loop_shape=("parallel", "octant")))
POLES = 1e-3  # radians that a parallel keeps from the sphere's poles
EDGE = 0.02  # that a loop which is moved into the world keeps from its edge
# Each corner lies 54.7 degrees from the point (θ, φ) = (π/2, 0), which their triangle has in its middle.
OCTANT = np.array(
    [[math.acos((2 / 3) ** 0.5), 0.0], *([math.acos(-((1 / 6) ** 0.5)), s * math.atan(1.5**0.5)] for s in (-1, 1))]
)
WHERE = {"sphere": "a colatitude θ between 0 and π", "half_plane": "in the half-plane y > 0"}
AWAY = "a distance above 0 from the pole"


class RiemannConnectionParams(Params):
    """Controls of the connection lab. Places are in the surface's own coordinates, radians where they are angles."""

    # fmt: off
    colatitude: float = number(45.0, 0.0, 180.0, "Colatitude", "Which parallel of the sphere is the loop: 0 is the north pole, 90 the "
        "equator.", symbol="θ₀", unit="degrees", kind="hot", step=1.0, when=SPHERE & when(loop_shape="parallel"))
    surface: Surface = choice("sphere", "Surface", "The world: sphere (θ, φ), torus (u, v), bump (r, φ), cone (distance from the apex, "
        "φ), cylinder (z, φ), paraboloid (r, φ), hyperbolic half-plane (x, y), or the plane in polar coordinates (r, φ).",
        labels={"half_plane": "half-plane", "polar": "polar plane"})
    loop_radius: float = number(0.6, 0.05, 3.0, "Loop size", "Radius of the circle, or the first coordinate of a parallel off the "
        "sphere.", symbol="ρ", kind="hot", step=0.05, when=ROUND)
    loop_shape: Shape = choice("parallel", "Loop", "The closed way: a parallel (first coordinate fixed, once round), a circle of the "
        "chart, the sphere's triangle of three right angles, a triangle of geodesics, or four straight lines of the chart. Where "
        "there is no such loop it is a circle.", kind="hot")
    start_angle: float = number(0.0, 0.0, 360.0, "Start arrow", "Angle of the arrow to the first coordinate line where it sets out.",
        symbol="α₀", unit="degrees", kind="hot", step=5.0)
    connection: Literal["levi_civita", "naive", "compass"] = choice("levi_civita", "Connection", "What staying the same means: the "
        "geodesics' connection, keeping the coordinate components, or keeping the bearing.", kind="hot",
        labels={"levi_civita": "Levi-Civita"})
    scheme: Literal["rk4", "euler", "midpoint", "schild"] = choice("rk4", "Scheme", "How a step is computed: Runge and Kutta's fourth "
        "order, the article's matrix as it stands (Euler), the midpoint method, or Schild's ladder of geodesics.", kind="hot",
        labels={"rk4": "Runge–Kutta", "euler": "Euler", "schild": "Schild's ladder"})
    n: int = number(60, 8, 400, "Steps", "Pieces into which the loop is cut.", symbol="n", kind="hot", log=True)
    latitude: float = number(48.85, -90.0, 90.0, "Latitude of the pendulum", "Where Foucault's pendulum swings.", symbol="φ", kind="hot",
        unit="degrees", step=0.01, section="Pendulum")
    noise: float = number(0.1, 0.0, 1.0, "Noise", "Standard deviation of the measured accelerations.", symbol="σ", kind="hot", step=0.01,
        section="Thrown stones")
    shots: int = number(12, 3, 40, "Stones", "How many geodesics are thrown from the start of the loop.", kind="hot",
        section="Thrown stones")
    bump_height: float = number(1.0, 0.0, 3.0, "Bump height", "Height of the hill.", symbol="H", step=0.05, when=BUMP)
    bump_width: float = number(0.7, 0.3, 2.0, "Bump width", "Width of the hill.", symbol="w", step=0.05, when=BUMP)
    cone_angle: float = number(0.4, 0.1, 1.5, "Half-angle", "Between the cone's axis and its side.", symbol="γ", unit="rad", step=0.05,
        when=CONE)
    loop_u: float = number(1.2, -10.0, 10.0, "Centre, first", "First coordinate of the circle's centre.", kind="hot", hidden=True)
    loop_v: float = number(1.0, -10.0, 10.0, "Centre, second", "Second coordinate of the circle's centre.", kind="hot", hidden=True)
    a_u: float = number(0.8, -10.0, 10.0, "Corner a, first", "First coordinate of corner a.", kind="hot", hidden=True, when=CORNERED)
    a_v: float = number(0.5, -10.0, 10.0, "Corner a, second", "Second coordinate of corner a.", kind="hot", hidden=True, when=CORNERED)
    b_u: float = number(1.8, -10.0, 10.0, "Corner b, first", "First coordinate of corner b.", kind="hot", hidden=True, when=CORNERED)
    b_v: float = number(0.8, -10.0, 10.0, "Corner b, second", "Second coordinate of corner b.", kind="hot", hidden=True, when=CORNERED)
    c_u: float = number(1.5, -10.0, 10.0, "Corner c, first", "First coordinate of corner c.", kind="hot", hidden=True, when=CORNERED)
    c_v: float = number(1.7, -10.0, 10.0, "Corner c, second", "Second coordinate of corner c.", kind="hot", hidden=True, when=CORNERED)
    d_u: float = number(0.7, -10.0, 10.0, "Corner d, first", "First coordinate of corner d.", kind="hot", hidden=True,
        when=when(loop_shape="drawn"))
    d_v: float = number(1.5, -10.0, 10.0, "Corner d, second", "Second coordinate of corner d.", kind="hot", hidden=True,
        when=when(loop_shape="drawn"))
    # fmt: on

    @property
    def chart(self) -> Chart:
        """The surface's metric."""
        match self.surface:
            case "bump":
                return charts.RoundBump(self.bump_height, self.bump_width)
            case "cone":
                return charts.Cone(self.cone_angle)
        plain = {"sphere": charts.Ball, "torus": charts.Torus, "cylinder": charts.Cylinder, "paraboloid": charts.Paraboloid}
        return (plain | {"polar": charts.Polar}).get(self.surface, charts.HalfPlane)()

    @property
    def shape(self) -> Shape:
        """The loop's shape: a circle where the surface has no loop of the shape that is asked for."""
        none = (self.loop_shape == "parallel" and self.surface == "half_plane") or (
            self.loop_shape == "octant" and self.surface != "sphere"
        )
        return "circle" if none else self.loop_shape

    @property
    def corners(self) -> Array:
        """Of a triangle (3, 2) or of a drawn loop (4, 2), as they are given."""
        own = [[getattr(self, f"{name}_u"), getattr(self, f"{name}_v")] for name in "abcd"]
        return np.array(own if self.shape == "drawn" else own[:3])

    def room(self) -> tuple[Array, float]:
        """The circle's centre and radius, both moved into the world where they lead out of it."""
        chart, centre = self.chart, np.array([self.loop_u, self.loop_v])
        which, low, high = (1, 0.0, math.inf) if isinstance(chart, charts.HalfPlane) else (0, *span(chart))
        centre[which] = min(max(centre[which], low + 0.05 + EDGE), high - 0.05 - EDGE)
        return centre, min(self.loop_radius, centre[which] - low - EDGE, high - centre[which] - EDGE)

    @property
    def loop(self) -> Loop:
        """The closed way."""
        return _loop(self)

    def refuse_outside(self) -> None:
        """Raises BadValue for a loop that leads out of the world."""
        allowed = WHERE.get(self.surface, AWAY)
        centre, radius = self.room()
        if self.shape == "circle" and (radius < self.loop_radius or (centre != (self.loop_u, self.loop_v)).any()):
            raise BadValue("loop_radius", f"{self.loop_radius:g}", allowed, template="{name} = {value} leads out of the world; allowed: "
                "{allowed}.")  # fmt: skip
        if self.shape in ("triangle", "drawn"):
            for name, corner, there in zip("abcd", self.corners, self.chart.inside(self.corners), strict=False):
                if not there:
                    raise BadValue(f"{name}_u", f"({corner[0]:g}, {corner[1]:g})", allowed, template="{name} = {value} leads out of the "
                        "world; allowed: {allowed}.")  # fmt: skip


def span(chart: Chart) -> tuple[float, float]:
    """Between which first coordinates the world is."""
    if isinstance(chart, charts.Revolved):
        return chart.low, chart.high
    return (0.0, math.inf) if isinstance(chart, charts.Polar) else (-math.inf, math.inf)


@lru_cache(maxsize=64)  # every view asks for it, and geodesics take time
def _loop(p: RiemannConnectionParams) -> Loop:
    chart = p.chart
    match p.shape:
        case "parallel":
            low, _ = span(chart)
            sphere = p.surface == "sphere"
            u = float(np.clip(math.radians(p.colatitude), POLES, math.pi - POLES)) if sphere else p.loop_radius
            pole = math.isfinite(low)
            return Loop((straight(np.array([u, 0.0]), np.array([u, 2 * np.pi])),), int(pole), low if pole else 0.0)
        case "circle":
            return Loop((circle(*p.room()),))
        case "drawn":
            corners = chart.clamp(p.corners)
            return Loop(tuple(map(straight, corners, np.roll(corners, -1, 0))))
    return Loop(geodesics(chart, OCTANT if p.shape == "octant" else chart.clamp(p.corners)))
