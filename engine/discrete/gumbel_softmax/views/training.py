"""Pictures of the descent bench, and of the temperature schedule that training follows."""

from __future__ import annotations

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.discrete.gumbel_softmax.estimators import evaluations
from engine.discrete.gumbel_softmax.names import CAST, CORNERS, TAU, name_corners, triangle
from engine.discrete.gumbel_softmax.params import scalar_name
from engine.plot import Axis, Panel, Plot, Text

SCHEDULES: dict[str, Text] = {
    "constant": "constant: the temperature slider",
    "geometric": "geometric: drag both ends",
    "article": "the article's code: 0.01 + 0.99 · 0.999^step",
}


def paths(timeline: Timeline, style: Style) -> Picture:
    """One track of p per estimator, from the centre, on the same noise; the shade is E f."""
    p, a, s = timeline.params, timeline.frame.arrays, timeline.frame.scalars
    corners = a["corners"].astype(np.float64)
    plot = triangle(timeline, style, "p₁, class 1", "p₂, class 2")
    side = (np.arange(40) + 0.5) / 40
    second, first = np.meshgrid(side, side, indexing="ij")
    level = np.where(first + second < 1, first * corners[0] + second * corners[1] + (1 - first - second) * corners[2], np.nan)
    plot.heat(level, x=side, y=side, tones=[(0, "grid"), (1, "background")], hover="E f = %{z:.3f}")
    plot.corner("grey: low E f", "top right", "quiet")
    plot.corner("mean E f of 5 descents")
    reached = {name: s[scalar_name("value", name)] for name in p.estimators}
    for row, (name, value) in enumerate(reached.items()):
        ends, who = a["positions"][row], CAST[name]
        plot.dots(ends[:, 0], ends[:, 1], who, size=6, opacity=0.5)
        plot.paths(a["trail"][row], who, start=False, width=2)
        plot.dots(ends[:1, 0], ends[:1, 1], who, size=11)
        plot.corner("{name} {value:.3f}", who=who, name=who, value=value)
    best = int(corners.argmin())
    plot.dots(CORNERS[best, :1], CORNERS[best, 1:], "theory", size=18, symbol="star", name="best corner")
    if p.objective == "quadratic":
        plot.dots([0.45], [0.30], "text", size=11, symbol="x", name="t, the relaxed minimum", label="t")
    name_corners(plot)
    said = ", ".join(f"{CAST[name].name(style)} {value:.3f}" for name, value in reached.items())
    return plot.done("E f so far: {values}; the best corner has {best:.3f}.", values=said, best=float(corners.min()))


def values(timeline: Timeline, style: Style) -> Picture:
    """Mean E f of five descents per estimator against the step."""
    p, best = timeline.params, float(timeline.frame.arrays["corners"].min())
    plot = Plot(timeline, style, x="step", y="E f")
    for name in p.estimators:
        count = evaluations(name, p.samples, p.rloo, 3)
        plot.over_time(scalar_name("value", name), CAST[name], end="{name}<br>({count} f/step)", size=12, count=count)
    plot.level(best, "best corner", dash="dot", below=True)
    return plot.done("E f against the step; the best corner has {best:.3f}.", best=best)


def schedule(timeline: Timeline, style: Style) -> Picture:
    """The temperature of training against the step; drag the two ends of the slide."""
    p, step = timeline.params, timeline.frame.step
    plot = Plot(timeline, style, x=temperature_axis(timeline), y=TAU)
    temperature(plot, timeline)
    if not p.infinite and p.temperature_at(step) > 0:
        plot.corner(SCHEDULES[p.schedule])
    return plot.done("The temperature of training is {tau:.3g} at step {step}.", tau=p.temperature_at(step), step=step)


def temperature_axis(timeline: Timeline) -> Axis:
    """Steps from the start to beyond the slide's end."""
    farthest = max(timeline.frame.step, timeline.params.anneal_until)
    far = next((far for far in (1000.0, 2000.0, 5000.0) if farthest <= far), float(farthest))
    return Axis("step", -0.03 * far, 1.02 * far)


def temperature(panel: Panel, timeline: Timeline) -> None:
    """The schedule, bold up to the present step, with handles at the ends of a slide."""
    p, step = timeline.params, timeline.frame.step
    now, far = p.temperature_at(step), float(panel.x.high or 0) / 1.02
    if p.infinite or now == 0:
        panel.corner("τ = ∞ overrides the schedule" if p.infinite else "τ = 0: below the axis", who="second")
        return
    steps = np.linspace(0, far, 300)
    taus = np.array([p.temperature_at(int(at)) for at in steps])
    panel.theory(steps, taus, name="temperature τ")
    panel.curve(steps[steps <= step], taus[steps <= step], width=4, hover=False)
    panel.dots([step], [now], size=11, name="now")
    panel.corner("τ = {now:.3g}", "bottom left", "measured", now=now)  # beside the dot it would lie on a handle
    if p.schedule == "geometric":
        ends = [("anneal_from", "anneal_start"), ("anneal_until", "anneal_end")]
        panel.handle([p.anneal_from, p.anneal_until], [p.anneal_start, p.anneal_end], ends, hover="drag me")
