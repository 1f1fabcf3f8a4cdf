"""Pictures of the descent bench, and of the temperature schedule that training follows."""

from __future__ import annotations

import math

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.discrete.gumbel_softmax.estimators import evaluations
from engine.discrete.gumbel_softmax.palette import NAMES, estimator_color, name_corners, triangle
from engine.discrete.gumbel_softmax.params import scalar_name
from engine.discrete.gumbel_softmax.sheet import Sheet
from engine.plot.figures import axis


def paths(timeline: Timeline, look: Style) -> Picture:
    """One track of p per estimator, from the centre, on the same noise; the shade is E f."""
    params, arrays, scalars = timeline.params, timeline.frame.arrays, timeline.frame.scalars
    corners = arrays["corners"].astype(np.float64)
    reached = ", ".join(f"{look.t(NAMES[name])} {scalars[scalar_name('value', name)]:.3f}" for name in params.estimators)
    alt = look.t("E f so far: {values}; the best corner has {best:.3f}.").format(values=reached, best=float(corners.min()))
    picture = triangle(look, alt, look.t("p₁, class 1"), look.t("p₂, class 2"))
    side = (np.arange(40) + 0.5) / 40
    second, first = np.meshgrid(side, side, indexing="ij")
    level = np.where(first + second < 1, first * corners[0] + second * corners[1] + (1 - first - second) * corners[2], np.nan)
    shade = [[0, "#16384d" if look.dark else "#cfe3f1"], [1, look.background]]
    picture.heatmap(
        x=side,
        y=side,
        z=level,
        colorscale=shade,
        hovertemplate=look.t("E f = {value}").format(value="%{z:.3f}") + "<extra></extra>",
    )
    for row, name in enumerate(params.estimators):
        color, trail = estimator_color(name, look), arrays["trail"][row]
        known = np.isfinite(trail[:, 0])
        ends = arrays["positions"][row]
        picture.line(trail[known, 0], trail[known, 1], color, name=look.t(NAMES[name]), width=2)
        picture.dots(ends[:, 0], ends[:, 1], color, name=look.t(NAMES[name]), size=6, opacity=0.5)
        picture.dots(ends[:1, 0], ends[:1, 1], color, name=look.t(NAMES[name]), size=11)
        picture.note(f"{look.t(NAMES[name])} {scalars[scalar_name('value', name)]:.3f}", color, y=0.91 - 0.06 * row)
    best = int(corners.argmin())
    x, y = ((1.0, 0.0), (0.0, 1.0), (0.0, 0.0))[best]
    picture.dots([x], [y], look.theory, size=18, symbol="star", name=look.t("best corner"))
    if params.objective == "quadratic":
        picture.dots([0.45], [0.30], look.text, size=11, symbol="x", name=look.t("t, the relaxed minimum"))
        picture.label(0.47, 0.32, "t", look.text)
    picture.note(look.t("mean E f of 5 descents"), look.text)
    name_corners(picture, look)
    return picture.build()


def values(timeline: Timeline, look: Style) -> Picture:
    """Mean E f of five descents per estimator against the step."""
    params, corners = timeline.params, timeline.frame.arrays["corners"]
    best = float(corners.min())
    alt = look.t("E f against the step; the best corner has {best:.3f}.").format(best=best)
    picture = Sheet(look, alt=alt, x=axis(look, look.t("step")), y=axis(look, "E f"))
    picture.layout["margin"] = {"l": 62, "r": 158, "t": 26, "b": 50}
    ends: list[tuple[float, str, str]] = []
    steps = timeline.trace("temperature")[0]
    seen = [best]
    for name in params.estimators:
        color = estimator_color(name, look)
        steps, reached = timeline.trace(scalar_name("value", name))
        text = look.t("{name}<br> ({count} f/step)").format(
            name=look.t(NAMES[name]), count=evaluations(name, params.samples, params.rloo, 3)
        )
        picture.line(steps, reached, color, name=text, dash="dash" if name == "exact" else "solid")
        ends.append((float(reached[-1]), " " + text, color))
        seen += [float(reached.min()), float(reached.max())]
    room = max(max(seen) - min(seen), 1e-3)
    low, high = min(seen) - 0.05 * room, max(seen) + 0.05 * room
    picture.layout["y"]["range"] = [low, high]
    picture.layout["x"]["range"] = [0, max(float(steps[-1]), 1.0)]
    picture.ends(float(steps[-1]), ends, low, high, size=12, gap=0.095)
    picture.line(
        [float(steps[0]), float(steps[-1])], [best] * 2, look.theory, dash="dot", width=1.5, name=look.t("best corner")
    )
    picture.marks(timeline)
    return picture.build()


def schedule(timeline: Timeline, look: Style) -> Picture:
    """The temperature of training against the step; drag the two ends of the slide."""
    params, step = timeline.params, timeline.frame.step
    now = params.temperature_at(step)
    alt = look.t("The temperature of training is {tau} at step {step}.").format(tau=f"{now:.3g}", step=step)
    far = 2000.0 if max(step, params.anneal_until) <= 2000 else max(5000.0, step)
    steps = np.linspace(0, far, 300)
    picture = Sheet(
        look,
        alt=alt,
        x=axis(look, look.t("step"), range=[0, far]),
        y=axis(
            look,
            look.t("temperature τ"),
            log=True,
            range=[-2, 1],
            tickvals=[0.01, 0.1, 1, 10],
            ticktext=["0.01", "0.1", "1", "10"],
        ),
    )
    if params.infinite:
        picture.note(look.t("τ = ∞ overrides the schedule"), look.second)
        return picture.build()
    if params.schedule == "constant" and params.tau == 0:
        picture.note(look.t("τ = 0: below the axis"), look.second)
        return picture.build()
    taus = np.array([params.temperature_at(int(s)) for s in steps])
    picture.line(steps, taus, look.theory, dash="dash", name="τ")
    past = np.flatnonzero(steps <= step)
    picture.line(steps[past], taus[past], look.measured, width=4, hoverinfo="skip")
    picture.dots([step], [now], look.measured, size=11, name=look.t("now"))
    if params.schedule == "geometric":
        picture.dots(
            [params.anneal_from, params.anneal_until],
            [params.anneal_start, params.anneal_end],
            look.mark,
            size=15,
            ring=look.background,
            meta={"handles": [["anneal_from", "anneal_start"], ["anneal_until", "anneal_end"]]},
            hovertemplate=look.t("drag me") + "<extra></extra>",
        )
    words = {
        "constant": look.t("constant: the temperature slider"),
        "geometric": look.t("geometric: drag both ends"),
        "article": look.t("the article's code: 0.01 + 0.99 · 0.999^step"),
    }
    picture.note(words[params.schedule], look.text)
    picture.label(step, math.log10(max(now, 1e-9)), f" τ = {now:.3g}", look.measured, yanchor="bottom", yshift=6)
    picture.marks(timeline)
    return picture.build()
