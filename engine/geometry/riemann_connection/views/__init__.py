"""The list of this lab's views."""

from __future__ import annotations

from engine.core.topic import View, when
from engine.geometry.riemann_connection.views import numbers, plane, space

# fmt: off
VIEWS = (
    View("surface", "An arrow goes round", "The arrow is carried along the loop and never turned by hand. Pink is how it set out, blue how "
        "it comes home. Coloured is what the loop encloses: curvature above 0 or below. Turn the surface by hand.", space.surface,
        ~when(surface="half_plane")),
    View("chart", "The same in coordinates", "The ground is coloured by the turn of an arrow round each small cell, over the cell's area. "
        "Arrows show the carried one on its way; dotted, one that keeps its numbers; dashed, one that keeps its bearing. Drag the loop.",
        plane.chart),
    View("turn", "How far it has turned", "The arrow's turn along the way, by the chosen scheme, and from the turn of the frame; the level is "
        "the curvature inside. Below, its length, which should stay 1.", numbers.turn),
    View("area", "Turn against area", "Every loop that was tried leaves a dot. On a sphere all lie on one line, whose slope is the "
        "curvature; elsewhere they need not.", numbers.area),
    View("field", "Constant, or constant numbers?", "Left, a field of the plane with the same polar components everywhere; right, the "
        "start arrow carried everywhere. Only one of them is constant.", plane.field, when(surface="polar")),
    View("stones", "Γ from thrown stones", "The six numbers of the connection at the start of the loop, found from the accelerations of "
        "thrown stones by least squares; a dash is the true one. Below, an arrow carried by what stones say at 5 × 5 places about the loop.", numbers.stones),
    View("pendulum", "Foucault's pendulum", "Left, how its plane turns in a sidereal day, as the loop goes on; right, the hours of a whole "
        "turn against the latitude. Drag the latitude.", numbers.pendulum),
)
# fmt: on
