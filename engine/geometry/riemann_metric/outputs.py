"""Every number and array of this lab's frames."""

from __future__ import annotations

from engine.core.topic import array, scalar

# fmt: off
OUTPUTS = (
    scalar("length", "measured length of the string, each piece by the ruler in its middle"),
    scalar("exact", "length of the shortest way, in closed form"),
    scalar("off", "length of the string minus the shortest"),
    scalar("chart_length", "length of the line that is straight in the chart"),
    scalar("speed_length", "root of twice the energy"),
    scalar("curvature", "Gaussian curvature at a, from the metric", symbol="K"),
    scalar("circumference_ratio", "circumference of the ant's circle over 2πρ"),
    scalar("area_ratio", "area of the ant's circle over πρ²"),
    scalar("ant_curvature", "curvature that the ant finds from its circumference"),
    scalar("excess", "angle sum of the triangle of strings minus π", "rad"),
    scalar("triangle_area", "area of the triangle of strings"),
    scalar("volume", "area of the coordinates' unit square at a", symbol="√det g"),
    array("string", "points 2", "places of the string, radians where they are angles", exact=True),
    array("sides", "2 points 2", "the triangle's other strings, b to c and c to a", exact=True),
    array("angles", "3", "angles of the triangle at a, b, c", "rad", exact=True),
    array("metric", "2 2", "g at a", exact=True),
    array("ant_radii", "circles", "radii of the ant's circles", exact=True),
    array("ant_circumference", "circles", "circumference over 2πρ at each of them", exact=True),
    array("ant_area", "circles", "area over πρ² at each of them", exact=True),
    array("rays", "rays walk 2", "where the ants are that walk straight out from a"),
)
# fmt: on
