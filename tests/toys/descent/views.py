"""Pictures of the descent toy."""

import numpy as np

from engine.core.figures import axis, dots, figure, over_time
from engine.core.look import Look
from engine.core.picture import Picture
from engine.core.topic import Timeline


def distance(timeline: Timeline, look: Look) -> Picture:
    """Squared distance over time."""
    curves = [("distance", look.t("distance"), look.measured)]
    return over_time(timeline, look, curves, alt=look.t("The distance over time."), y=axis(look, look.t("distance")))


def place(timeline: Timeline, look: Look) -> Picture:
    """The present point, one dot per dimension."""
    picture = figure(look, alt=look.t("The present point."))
    point = timeline.frame.arrays["point"]
    picture.add(dots(np.arange(len(point)), point, look.measured))
    return picture
