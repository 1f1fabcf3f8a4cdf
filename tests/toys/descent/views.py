"""Pictures of the descent toy."""

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.plot import Plot


def distance(timeline: Timeline, style: Style) -> Picture:
    """Squared distance over time."""
    plot = Plot(timeline, style, "step", "distance")
    plot.over_time("distance", end="distance")
    return plot.done("The distance over time.")


def place(timeline: Timeline, style: Style) -> Picture:
    """The present point, one dot per dimension."""
    plot = Plot(timeline, style)
    point = timeline.frame.arrays["point"]
    plot.dots(np.arange(len(point)), point)
    return plot.done("The present point.")
