"""Pictures of the descent toy."""

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.plot.figures import axis, dots, figure, over_time


def distance(timeline: Timeline, look: Style) -> Picture:
    """Squared distance over time."""
    curves = [("distance", look.t("distance"), look.measured)]
    return over_time(timeline, look, curves, alt=look.t("The distance over time."), y=axis(look, look.t("distance")))


def place(timeline: Timeline, look: Style) -> Picture:
    """The present point, one dot per dimension."""
    picture = figure(look, alt=look.t("The present point."))
    point = timeline.frame.arrays["point"]
    picture.add(dots(np.arange(len(point)), point, look.measured))
    return picture
