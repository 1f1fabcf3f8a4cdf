"""The list of this lab's views."""

from __future__ import annotations

from engine.core.topic import View, when
from engine.geometry.riemann_metric.views import numbers, plane, space

# fmt: off
VIEWS = (
    View("chart", "The chart, and a string in it",
        "Thin closed lines are circles of one size, as the local rulers measure; orange is where rulers are long, blue where they are "
        "short. Drag a and b: the string between them tightens. Dashed is the shortest way in closed form, dotted the chart's straight "
        "line, green the ant's circle around a.", plane.chart),
    View("surface", "The world itself", "The same world as a surface in space, with the same string. Turn it by hand.",
        space.surface, when(world=("plate", "lonlat", "mercator", "bump"))),
    View("lengths", "How long it is", "The measured length falls to the shortest way; the root of twice the energy meets it when the "
        "string's beads lie evenly.", numbers.lengths),
    View("ant", "The ant's laboratory", "Circumference and area of circles around a, against the flat ones. From them the ant finds "
        "the curvature without leaving its world. Drag the radius.", numbers.ant),
    View("triangle", "A triangle of strings", "Three tight strings and their angles. What the angles have over 180 degrees is the "
        "curvature times the area. Drag the corners.", plane.triangle),
    View("local_frame", "Coordinates and a local frame", "Left, one step along each coordinate at a; right, the same two steps in a "
        "local Cartesian frame, h. Another frame is turned and measures the same.", numbers.local_frame),
)
# fmt: on
