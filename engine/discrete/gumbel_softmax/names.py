"""Who is who in all pictures of this lab, and the triangle that several of them share."""

from __future__ import annotations

import math

import numpy as np

from engine.core.picture import Style
from engine.core.topic import Timeline
from engine.discrete.gumbel_softmax import theory
from engine.discrete.gumbel_softmax.params import GumbelSoftmaxParams
from engine.plot import Axis, Cast, Log, Member, Plot, Text

CAST = Cast(
    {
        "exact": ("exact", "theory", "dash"),
        "score-function": ("score function", 1),
        "score-baseline": ("score + baseline", 9),
        "leave-one-out": ("leave-one-out", 4),
        "gumbel-softmax": ("Gumbel-softmax", 0),
        "straight-through-gumbel": ("straight-through Gumbel", 2),
        "straight-through": ("straight-through", 6),
        "gumbel-rao": ("Gumbel-Rao", 7),
    }
)
FAMILIES = Cast({"pathwise": ("pathwise", "first"), "score": ("score function", "second")})
CLASSES = tuple(Member(str(k + 1), "class {number}", k, values={"number": k + 1}) for k in range(3))
CORNERS = np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]])  # classes 1, 2, 3 in the plane of (y₁, y₂)
TAU = Log("temperature τ", 0.01, 10.0, ticks=(0.01, 0.1, 1, 10))


def tau_text(tau: float) -> str:
    """A temperature with three digits, "∞" in the limit."""
    return "∞" if math.isinf(tau) else f"{tau:.3g}"


def triangle(timeline: Timeline, style: Style, first: Text, second: Text) -> Plot:
    """An empty triangle: class 1 at the right, class 2 at the top, class 3 at the origin; both axes to the same scale."""
    x = Axis(first, -0.03, 1.03, ticks=(0, 0.5, 1), grid=False)
    plot = Plot(timeline, style, x=x, y=x.but(title=second, square=True))
    plot.curve([0, 1, 0, 0], [0, 0, 1, 0], "quiet", width=1.5, hover=False)
    return plot


def name_corners(plot: Plot) -> None:
    """The classes beside their corners, in their colours."""
    for who, x, y, side in zip(CLASSES, (1.03, 0.06, 0.03), (0.21, 0.99, 0.06), ("left", "right", "right"), strict=True):
        plot.text(x, y, "<b>{name}</b>", who, name=who, side=side, ground=who is CLASSES[2])  # type: ignore[arg-type]


def probability_handle(plot: Plot, params: GumbelSoftmaxParams) -> None:
    """The dot of the class probabilities; dragging it sets them."""
    a, b, c = theory.probabilities(params)
    plot.handle(a, b, ("first", "second"), name="p", hover="p = ({a:.2f}, {b:.2f}, {c:.2f}): drag me", a=a, b=b, c=c)
