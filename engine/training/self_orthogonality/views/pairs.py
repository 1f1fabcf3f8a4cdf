"""Pictures of pairs of filters: all of them as matrices, and the outputs of one."""

from __future__ import annotations

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.plot import Axis, Plot
from engine.training.self_orthogonality import theory
from engine.training.self_orthogonality.names import SIGNS

SHOWN = 400  # inputs that are drawn


def chosen(timeline: Timeline) -> tuple[int, int]:
    """The pair that is looked at, within the filters that there are."""
    p, last = timeline.params, timeline.frame.arrays["w"].shape[1] - 1
    return min(p.row, last), min(p.column, last)


def matrix(timeline: Timeline, style: Style) -> Picture:
    """ϑ̂ of the batch beside the cosines of the weights, with the same colours."""
    a = timeline.frame.arrays
    cosines = theory.correlations(a["w"])
    plot = Plot(timeline, style)
    panels = plot.grid(1, 2, titles=("outputs: ϑ̂", "weights: cos θ"))
    ends = (-0.5, len(cosines) - 0.5)
    for panel, values in zip(panels, (a["theta"], cosines), strict=True):
        panel.x = panel.x.but(hidden=True)
        panel.y = panel.y.but(hidden=True)
        away = values + np.where(np.eye(len(values), dtype=bool), np.nan, 0.0)
        panel.heat(away, low=-1, high=1, tones="two-sided", top=True, square=True, chosen=chosen(timeline),
            hover="%{z:.2f}", click=("row", "column"))  # fmt: skip
        panel.shape("rect", *ends, *ends, line={"color": panel.color("grid"), "width": 1})  # a matrix of zeros is seen, too
    rms = {"outputs": timeline.frame.scalars["theta_rms"], "weights": float(np.sqrt(np.square(theory.pairs(cosines)).mean()))}
    plot.headline("root mean square: <b>ϑ̂ {outputs:.2f}</b>, cos θ {weights:.2f}", **rms)
    return plot.done("Root mean squares over the pairs: ϑ is {outputs:.3f}, the cosine {weights:.3f}.", **rms)


def responses(timeline: Timeline, style: Style) -> Picture:
    """Outputs of two filters for the inputs of the batch, coloured by whether their signs agree."""
    a, p = timeline.frame.arrays, timeline.params
    one, two = chosen(timeline)
    y = (a["batch_x"] @ a["w"][:, [one, two]])[:SHOWN]
    reach = float(np.ceil(max(1.0, np.abs(y).max())))
    plot = Plot(timeline, style)
    plot.x = Axis("output of filter {number}", -reach, reach, zero=True, values={"number": one + 1})
    plot.y = Axis("output of filter {number}", -reach, reach, zero=True, values={"number": two + 1})
    agree = (y[:, 0] > 0) == (y[:, 1] > 0)
    for name, mine in (("same", agree), ("other", ~agree)):
        plot.dots(y[mine, 0], y[mine, 1], SIGNS[name], size=6, opacity=0.7)
        plot.corner("● {name}", "top left", SIGNS[name], name=SIGNS[name])
    for at in (-1.0, 1.0):
        for draw in (plot.upright, plot.level):
            draw(at * 2 / p.gamma, "", "quiet", dash="dot")
    theta, angle = float(a["theta"][one, two]), float(theory.angles(a["w"])[one, two])
    plot.headline("ϑ̂ {theta:.2f}, angle {angle:.0f}°", theta=theta, angle=angle)
    plot.headline("within γ|y| < 2: {share:.0%}", share=timeline.frame.scalars["unsaturated"])
    return plot.done(
        "Filters {one} and {two}: signs agree for {share:.0%} of the inputs; ϑ is {theta:.2f}, their angle {angle:.0f}°.",
        one=one + 1, two=two + 1, share=float(agree.mean()), theta=theta, angle=angle,
    )  # fmt: skip
