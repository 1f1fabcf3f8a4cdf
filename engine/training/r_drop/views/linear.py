"""Pictures of the linear model: its weights beside formula (4), and formula (4) for every agreement weight."""

from __future__ import annotations

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.plot import Axis, Log, Plot
from engine.training.r_drop import theory
from engine.training.r_drop.params import LINEAR_INPUTS

PLACES = np.arange(1, LINEAR_INPUTS + 1)
LOW, HIGH = -2.4, 3.7  # weights that are drawn; above them is room for words
TICKS = (-2, -1, 0, 1, 2)


def off(timeline: Timeline) -> float:
    """How far the averaged weights are from (4), in its length."""
    w, law = timeline.frame.arrays["w"], timeline.frame.arrays["w_closed"]
    return float(np.linalg.norm(w - law) / np.linalg.norm(law))


def weights(timeline: Timeline, style: Style) -> Picture:
    """Weights by SGD as bars, formula (4) as dashes, least squares pale behind them."""
    p, a = timeline.params, timeline.frame.arrays
    plot = Plot(
        timeline,
        style,
        x=Axis("input", 0.4, LINEAR_INPUTS + 0.6, ticks=PLACES.tolist(), grid=False),
        y=Axis("weight", LOW, HIGH, ticks=TICKS, zero=True),
    )
    plot.bars(PLACES, theory.closed(a["x"], a["y"], 0.0, 0.0), "grid", width=0.8, name="least squares", hover=False)
    plot.bars(PLACES, a["w"], "measured", width=0.5, law=a["w_closed"], name="SGD")
    plot.corner("■ SGD under masks", "top right", "measured")
    plot.corner("− formula (4)", "top right", "theory")
    plot.corner("■ least squares, no dropout", "top right", "quiet")
    plot.headline("α = {alpha:.3g}, p = {rate:.2f}", alpha=p.alpha, rate=p.dropout)
    plot.headline("<b>off by {off:.1%}</b>", off=off(timeline))
    return plot.done("The weights are {off:.1%} away from formula (4).", off=off(timeline))


def ridge(timeline: Timeline, style: Style) -> Picture:
    """Formula (4) against 1 + α, and where the weights stand."""
    p, a = timeline.params, timeline.frame.arrays
    fine = np.geomspace(1, 33, 60)
    laws = np.stack([theory.closed(a["x"], a["y"], p.dropout, factor - 1) for factor in fine], 1)
    plot = Plot(
        timeline,
        style,
        x=Log("1 + α", 0.85, 35, ticks=(1, 2, 5, 10, 20, 33)),
        y=Axis("weight", LOW, HIGH, ticks=TICKS, zero=True),
    )
    for place, law in zip(PLACES, laws, strict=True):
        plot.theory(fine, law, hover=False)
        plot.label(1, law[0], "w{place}", "theory", side="above", place=place)
    plot.dots(np.full(LINEAR_INPUTS, 1 + p.alpha), a["w"], "measured", size=11, name="SGD")
    plot.upright(1 + p.alpha, "α = {alpha:.3g}", "mark", at=0.02, alpha=p.alpha)
    plot.headline("dots: SGD under masks; dashed: formula (4)")
    return plot.done("At α = {alpha:.3g} the weights have length {now:.2f}; formula (4) says {law:.2f}.",
        alpha=p.alpha, now=np.linalg.norm(a["w"]), law=np.linalg.norm(a["w_closed"]))  # fmt: skip
