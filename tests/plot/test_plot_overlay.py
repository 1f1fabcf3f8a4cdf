"""Two pictures of one comparison: drawn to the same scale."""

from __future__ import annotations

import numpy as np
import pytest

from engine.core.picture import Picture, Style
from engine.plot import Axis, Log, Plot
from engine.plot.overlay import share_axes

STYLE = Style("light", "en")


def drawn(values: list[float], axis: Axis, x: Axis | None = None) -> Picture:
    """Values on the axis, and a level above them."""
    plot = Plot(None, STYLE, x or Axis("step"), axis)
    plot.curve(np.arange(float(len(values))), values)
    plot.level(10 * max(values), "far above")
    return plot.done("Values.")


@pytest.mark.parametrize("axis", [Axis("error"), Log("error"), Axis("error", low=0), Axis("error", reverse=True)])
def test_both_pictures_reach_as_far_as_either_needs(axis):
    """Also where a level, which is no trace, is the farthest, on a decade axis, and one that is read downwards."""
    small, large = drawn([1.0, 2.0], axis), drawn([0.5, 30.0, 4.0], axis)
    share_axes(small, large)
    assert small.layout["yaxis"]["range"] == large.layout["yaxis"]["range"]
    assert small.layout["xaxis"]["range"] == large.layout["xaxis"]["range"]
    ends = sorted(small.layout["yaxis"]["range"])
    top = np.log10(300) if small.layout["yaxis"].get("type") == "log" else 300
    assert ends[0] <= (np.log10(0.5) if small.layout["yaxis"].get("type") == "log" else 0.5) and ends[1] >= top
    assert (small.layout["yaxis"]["range"][0] > small.layout["yaxis"]["range"][1]) == axis.reverse


def test_names_of_other_things_and_planes_keep_their_axes():
    """Numbers that stand for other names are no common scale; in a plane a unit is as long across as up."""
    one = drawn([1.0, 2.0], Axis("who", ticks={1: "a", 2: "b"}))
    two = drawn([1.0, 3.0], Axis("who", ticks={1: "c", 3: "d"}))
    before = one.layout["yaxis"].get("range"), two.layout["yaxis"].get("range")
    share_axes(one, two)
    assert (one.layout["yaxis"].get("range"), two.layout["yaxis"].get("range")) == before
    planes = [drawn([1.0, high], Axis("y", 0, high, square=True), Axis("x", 0, high)) for high in (2.0, 5.0)]
    share_axes(*planes)
    assert [plane.layout["xaxis"]["range"][1] for plane in planes] == [2.0, 5.0]
