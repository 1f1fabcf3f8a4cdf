"""Pictures of the cell trained backward: the signal through the steps, the weights, and how surely they are known."""

from __future__ import annotations

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.plot import Axis, Log, Plot
from engine.structured.rnn_ode.names import WEIGHTS
from engine.structured.rnn_ode.params import OWN
from engine.structured.rnn_ode.systems import COMPETITION

LEAST = 1e-12  # signals below are drawn here


def strip(timeline: Timeline, style: Style) -> Picture:
    """The unrolled cell, a box per step, and the length of ∂ℓ/∂xₙ over time."""
    p, a = timeline.params, timeline.frame.arrays
    times, signal = a["times"], np.maximum(a["state_gradient"], LEAST)
    last = float(times[-1]) + p.h / 2
    plot = Plot(timeline, style)
    boxes, below = plot.grid(
        2, x=Axis("time", -p.h / 2, last), y=[Axis(hidden=True), Log("|∂ℓ/∂xₙ|", powers=True)], heights=(1, 4), share_x=True
    )
    boxes.heat(np.log10(signal)[None], x=(0.0, p.h), y=(0.0, 1.0))
    below.curve(times, signal, "measured", points=6 if len(times) < 130 else 0, name="signal")
    for place in a["observation_times"] if len(a["observation_times"]) <= 12 else ():
        below.upright(float(place))
    plot.headline("<b>read it from right to left</b>: the loss speaks at the dotted lines")
    gap = timeline.frame.scalars["slope_error"]
    if np.isfinite(gap):
        below.corner("gradients sent back and by differences: {gap:.0e} apart", "bottom left", "quiet", size=12, gap=gap)
    return plot.done(
        "The first state's signal is {first:.3g}, the strongest {most:.3g}, the last {end:.3g}.", first=signal[0], most=signal.max(), end=signal[-1]
    )  # fmt: skip


def weights(timeline: Timeline, style: Style) -> Picture:
    """θ over the truth with ± 2 standard errors; of own data θ itself."""
    p, a = timeline.params, timeline.frame.arrays
    truth = np.ones(6) if OWN(p) else np.array(COMPETITION.theta)
    ratio, error = a["theta"] / truth, 2 * a["standard_errors"] / truth
    rows = np.arange(6.0)
    ends = (None, None) if OWN(p) else (-1.0, 3.0)
    title = "weight" if OWN(p) else "found / true"
    plot = Plot(
        timeline, style, x=Axis(title, *ends), y=Axis("", -0.6, 5.6, ticks=dict(zip(rows, WEIGHTS, strict=True)), reverse=True)
    )
    if not OWN(p):
        plot.upright(1.0, "truth", "theory", dash="dash", at=1.0)
    shown = ratio if OWN(p) else np.clip(ratio, -0.98, 2.98)
    plot.bars(rows, shown, "measured", across=True, width=0.5, opacity=0.6, name="found")
    some = np.flatnonzero(error > 0)
    plot.errors(shown[some], rows[some], np.minimum(error[some], 1e3), "text", across=True, size=5, name="two standard errors")
    plot.headline("r₂ = {r:.4f}, M₂₂ = {m:.4f}", r=a["theta"][1], m=a["theta"][5])
    plot.headline("bars: ± 2 standard errors")
    return plot.done(
        "Found: r₁ {r1:.4f}, r₂ {r2:.4f}, M₁₁ {m11:.4f}, M₁₂ {m12:.4f}, M₂₁ {m21:.4f}, M₂₂ {m22:.4f}.",
        **dict(zip(("r1", "r2", "m11", "m12", "m21", "m22"), a["theta"].tolist(), strict=True)),
    )  # fmt: skip


def sloppy(timeline: Timeline, style: Style) -> Picture:
    """Singular values of the Jacobian of the residuals."""
    values = timeline.frame.arrays["singular_values"]
    plot = Plot(
        timeline,
        style,
        x=Axis("direction", 0.4, 6.6, ticks=list(range(1, 7)), grid=False),
        y=Log("singular value", 0.1, 3000.0, powers=True),
    )
    shown = np.maximum(values, 0.1)
    plot.curve(np.arange(1, 7), shown, "measured", points=11, width=1.2, name="singular value")
    for place, value in enumerate(shown, 1):
        plot.text(place, float(value) * 1.45, "{value:.3g}", size=13, side="center", up="above", value=values[place - 1])
    condition = values[0] / values[-1] if values[-1] > 0 else np.inf
    plot.headline("<b>stiffest / sloppiest = {condition:.0f}</b>", condition=condition)
    return plot.done("The largest singular value is {most:.3g}, the smallest {least:.3g}.", most=values[0], least=values[-1])
