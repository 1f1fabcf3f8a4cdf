"""What all pictures of this lab share: names and colours of estimators and classes, and the triangle of three classes."""

from __future__ import annotations

import math
from typing import Any

from engine.core.picture import Style
from engine.discrete.gumbel_softmax import theory
from engine.discrete.gumbel_softmax.params import GumbelSoftmaxParams
from engine.discrete.gumbel_softmax.sheet import Sheet
from engine.plot.figures import axis

NAMES = {
    "exact": "exact",
    "score-function": "score function",
    "score-baseline": "score + baseline",
    "leave-one-out": "leave-one-out",
    "gumbel-softmax": "Gumbel-softmax",
    "straight-through-gumbel": "straight-through Gumbel",
    "straight-through": "straight-through",
    "gumbel-rao": "Gumbel-Rao",
}
_SERIES = {
    "score-function": 1,
    "score-baseline": 9,
    "leave-one-out": 4,
    "gumbel-softmax": 0,
    "straight-through-gumbel": 2,
    "straight-through": 6,
    "gumbel-rao": 7,
}
CORNERS = ((1.0, 0.0), (0.0, 1.0), (0.0, 0.0))  # classes 1, 2, 3 in the plane of (y₁, y₂)


def estimator_color(name: str, look: Style) -> str:
    """One colour per estimator in every picture; the exact gradient has the colour of theory."""
    return look.theory if name == "exact" else look.series[_SERIES[name]]


def class_colors(look: Style) -> tuple[str, str, str]:
    """The colours of classes 1, 2 and 3."""
    return look.series[0], look.series[1], look.series[2]


def probabilities(params: GumbelSoftmaxParams) -> Any:
    """p of the three classes."""
    return theory.class_probabilities(params.first, params.second)


def tau_text(params: GumbelSoftmaxParams, tau: float | None = None) -> str:
    """The temperature as text, "∞" in the limit."""
    value = params.temperature if tau is None else tau
    return "∞" if math.isinf(value) else f"{value:.3g}"


def triangle(look: Style, alt: str, first: str, second: str, **layout: Any) -> Sheet:
    """An empty triangle: class 1 at the right, class 2 at the top, class 3 at the origin; both axes to the same scale."""
    ticks: dict[str, Any] = {"showgrid": False, "tickvals": [0, 0.5, 1], "constrain": "domain", "range": [0, 1]}
    picture = Sheet(
        look,
        alt=alt,
        x=axis(look, first, **ticks),
        y=axis(look, second, scaleanchor="x", **ticks),
        margin={"l": 58, "r": 26, "t": 26, "b": 50},
        **layout,
    )
    picture.line([0, 1, 0, 0], [0, 0, 1, 0], look.quiet, width=1.5, hoverinfo="skip")
    return picture


def name_corners(picture: Sheet, look: Style) -> None:
    """Labels of the three classes beside their corners, in their colours."""
    places = ((1.0, 0.13, "right", "bottom"), (0.05, 0.995, "left", "top"), (0.015, 0.02, "left", "bottom"))
    for number, ((x, y, xanchor, yanchor), color) in enumerate(zip(places, class_colors(look), strict=True), 1):
        text = look.t("class {number}").format(number=number)
        picture.label(x, y, f"<b>{text}</b>", color, xanchor=xanchor, yanchor=yanchor, bgcolor=look.background)


def probability_handle(picture: Sheet, params: GumbelSoftmaxParams, look: Style) -> None:
    """The dot of the class probabilities; dragging it sets them."""
    p = probabilities(params)
    picture.dots(
        [p[0]],
        [p[1]],
        look.mark,
        name="p",
        size=15,
        ring=look.background,
        meta={"handle": ["first", "second"]},
        hovertemplate=look.t("p = ({a:.2f}, {b:.2f}, {c:.2f}): drag me").format(a=p[0], b=p[1], c=p[2]) + "<extra></extra>",
    )
