"""Pictures of the triangle bench: the cloud with its density, who wins, one race, and what temperature does to the mean."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.discrete.gumbel_softmax import theory
from engine.discrete.gumbel_softmax.palette import (
    class_colors,
    name_corners,
    probabilities,
    probability_handle,
    tau_text,
    triangle,
)
from engine.discrete.gumbel_softmax.sheet import Sheet
from engine.discrete.gumbel_softmax.simplex import GRID, MEAN_TAUS, ORDERS
from engine.plot.figures import axis


def regime(tau: float, look: Style) -> str:
    """Where the density (10) of three classes has its mass, by its exponents at facets and corners."""
    if tau == 0:
        return look.t("one-hot: only the corners")
    if math.isinf(tau):
        return look.t("uniform: only the centre")
    if tau < 0.5:
        return look.t("infinite along the whole rim")
    if tau < 2:
        return look.t("infinite at the corners only")
    return look.t("finite everywhere: mass inside")


def cloud(timeline: Timeline, look: Style) -> Picture:
    """5,000 softened choices over the closed-form density, with the dot of p and the track of one draw."""
    params, arrays = timeline.params, timeline.frame.arrays
    tau, mean = params.temperature, arrays["mean"]
    alt = look.t("5000 samples at temperature {tau}; their mean is ({a:.3f}, {b:.3f}, {c:.3f}).").format(
        tau=tau_text(params), a=mean[0], b=mean[1], c=mean[2]
    )
    picture = triangle(look, alt, look.t("y₁, share of class 1"), look.t("y₂, share of class 2"), meta={"click_data": "probe"})
    density = arrays["density"]
    if np.isfinite(density).any():
        low, high = np.nanpercentile(density, [3, 99])  # fact: corners and rims may be infinite
        shade = [[0, look.background], [1, "#4a3a12" if look.dark else "#f3d9a4"]]
        centres = (np.arange(GRID) + 0.5) / GRID
        picture.heatmap(
            x=centres,
            y=centres,
            z=density,
            zmin=float(low),
            zmax=float(max(high, low + 1e-3)),
            colorscale=shade,
            hovertemplate=look.t("log density {value}").format(value="%{z:.2f}") + "<extra></extra>",
        )
    points, winner = arrays["cloud"], arrays["winner"]
    for number, color in enumerate(class_colors(look)):
        chosen = np.flatnonzero(winner == number)
        picture.dots(
            points[chosen, 0],
            points[chosen, 1],
            color,
            name=look.t("class {number}").format(number=number + 1),
            size=3.5,
            opacity=0.45,
            customdata=chosen,
            hovertemplate="%{x:.3f}, %{y:.3f}<extra></extra>",
        )
    picture.line(arrays["track"][:, 0], arrays["track"][:, 1], look.text, width=1.5, hoverinfo="skip")
    here = points[params.probe]
    picture.dots([here[0]], [here[1]], look.background, size=9, ring=look.text, hoverinfo="skip")
    picture.dots([mean[0]], [mean[1]], look.text, size=11, symbol="diamond", name=look.t("mean of y"))
    probability_handle(picture, params, look)
    name_corners(picture, look)
    sharp = timeline.frame.scalars["sharp"]
    picture.note(
        f"<b>τ = {tau_text(params)}</b><br>{regime(tau, look)}<br>"
        + look.t("one class above 0.9: {share:.0%}").format(share=sharp)
        + "<br>◆ "
        + look.t("mean of y")
        + "<br>○ "
        + look.t("one draw, all temperatures"),
        look.text,
    )
    return picture.build()


def winners(timeline: Timeline, look: Style) -> Picture:
    """Shares of the argmax against p (never move with τ) beside the mean of y (moves)."""
    arrays, scalars, p = timeline.frame.arrays, timeline.frame.scalars, probabilities(timeline.params)
    shares, mean, colors = arrays["wins"] / arrays["wins"].sum(), arrays["mean"], class_colors(look)
    alt = look.t("Shares of the winners {wins} against p {p}; mean of y {mean}.").format(
        wins=_triple(shares), p=_triple(p), mean=_triple(mean)
    )
    picture = Sheet(
        look,
        alt=alt,
        x=axis(look, "", tickvals=[0, 1, 2, 4, 5, 6], ticktext=["1", "2", "3"] * 2, showgrid=False, range=[-0.6, 6.6]),
        y=axis(look, look.t("share"), range=[0, 1.4], tickvals=[0, 0.25, 0.5, 0.75, 1]),
        bargap=0.25,
    )
    above: dict[str, Any] = {"xanchor": "center", "yanchor": "bottom", "yshift": 2, "bgcolor": look.background, "borderpad": 0}
    for start, values in ((0, shares), (4, mean)):
        picture.bars([start, start + 1, start + 2], values, colors, hovertemplate="%{y:.4f}<extra></extra>")
        for index in range(3):
            x = start + index
            picture.line([x - 0.45, x + 0.45], [p[index]] * 2, look.theory, dash="dash", width=3, hoverinfo="skip")
            picture.label(x, max(float(values[index]), float(p[index])), f"{values[index]:.3f}", look.text, size=13, **above)
    picture.line([3.5, 6.5], [1 / 3] * 2, look.quiet, dash="dot", width=1.5, hoverinfo="skip")
    place: dict[str, Any] = {"xanchor": "center", "yanchor": "top"}
    agree = scalars["chance"] > 1e-4
    verdict = look.t("χ² = {value:.2f}<br>{share:.2g} % of fair runs have more").format(
        value=scalars["chi_square"], share=100 * scalars["chance"]
    )
    picture.label(
        1,
        1.38,
        f"<b>{look.t('who wins')}</b><br>{verdict}<br>" + look.t("{draws:,} draws").format(draws=int(scalars["draws"])),
        look.good if agree else look.second,
        **place,
    )
    picture.label(
        5,
        1.38,
        f"<b>{look.t('mean of y')}</b><br>" + look.t("τ = {tau}: from p to 1/3").format(tau=tau_text(timeline.params)),
        look.text,
        **place,
    )
    picture.label(2.5, float(p[2]), " p", look.theory)
    return picture.build()


def race(timeline: Timeline, look: Style) -> Picture:
    """One Gumbel-max race: logits plus noise, the winner lit; beside it the softened choice with and without noise."""
    params, p = timeline.params, probabilities(timeline.params)
    logits, noise = np.log(p), timeline.frame.arrays["race"].astype(np.float64)
    scores = logits + noise
    winner, colors, tau = int(scores.argmax()), class_colors(look), params.temperature
    soft, plain = soften(scores, tau), soften(logits, tau)
    alt = look.t("Class {winner} wins this race; without noise class {mode} always wins.").format(
        winner=winner + 1, mode=int(p.argmax()) + 1
    )
    low, high = (
        min(float(np.minimum(logits, scores).min()) - 0.6, -2.0),
        max(float(np.maximum(logits, scores).max()) + 0.9, 1.5),
    )
    picture = Sheet(
        look,
        alt=alt,
        x=axis(look, "", domain=[0, 0.46], tickvals=[0, 1, 2], ticktext=["1", "2", "3"], showgrid=False, range=[-0.6, 2.6]),
        y=axis(look, look.t("score o + g"), range=[low, high]),
        xaxis2=axis(
            look,
            "",
            domain=[0.6, 1],
            anchor="y2",
            tickvals=[0, 1, 2, 4, 5, 6],
            ticktext=["1", "2", "3"] * 2,
            showgrid=False,
            range=[-0.7, 6.7],
        ),
        yaxis2=axis(look, look.t("share y"), anchor="x2", range=[0, 1.25], tickvals=[0, 0.5, 1]),
    )
    for index in range(3):
        lit = index == winner
        ends = [logits[index], scores[index]]
        picture.line([index, index], ends, colors[index], width=16 if lit else 9, opacity=1 if lit else 0.45)
        picture.line([index - 0.3, index + 0.3], [logits[index]] * 2, look.text, width=3, hoverinfo="skip")
    picture.label(winner, float(scores[winner]) + 0.12, "★", colors[winner], size=20, xanchor="center", yanchor="bottom")
    picture.label(2.6, high, look.t("— logit o,  bar: noise g"), look.quiet, xanchor="right", yanchor="top", size=13)
    for start, values in ((0, soft), (4, plain)):
        picture.bars(
            [start, start + 1, start + 2],
            values,
            colors,
            opacity=1 if start == 0 else 0.5,
            xaxis="x2",
            yaxis="y2",
            hovertemplate="%{y:.3f}<extra></extra>",
        )
    place: dict[str, Any] = {"xref": "x2", "yref": "y2", "xanchor": "center", "yanchor": "top"}
    picture.label(1, 1.24, look.t("with<br>noise"), look.text, **place)
    picture.label(5, 1.24, look.t("without:<br>the mode"), look.quiet, **place)
    return picture.build()


def soften(scores: np.ndarray, tau: float) -> np.ndarray:
    """softmax(scores/τ) with both limits."""
    if tau == 0:
        return np.eye(len(scores))[scores.argmax()]
    return theory.softmax(scores / tau) if math.isfinite(tau) else np.full(len(scores), 1 / len(scores))


def mean_curve(timeline: Timeline, look: Style) -> Picture:
    """Mean of y against temperature: from p (rounding's answer) to 1/3."""
    params, arrays, p = timeline.params, timeline.frame.arrays, probabilities(timeline.params)
    alt = look.t("The mean of y leaves p as the temperature grows and ends at one third each; now τ = {tau}.").format(
        tau=tau_text(params)
    )
    picture = Sheet(
        look,
        alt=alt,
        x=axis(
            look,
            look.t("temperature τ"),
            log=True,
            range=[-2, 1.35],
            tickvals=[0.01, 0.1, 1, 10],
            ticktext=["0.01", "0.1", "1", "10"],
        ),
        y=axis(look, look.t("share"), range=[0, 1]),
    )
    ends: list[tuple[float, str, str]] = []
    for index, color in enumerate(class_colors(look)):
        picture.line([0.01, 10], [p[index]] * 2, look.theory, dash="dash", width=1.8, hoverinfo="skip")
        picture.line(MEAN_TAUS, arrays["mean_curve"][:, index], color, name=f"E y{'₁₂₃'[index]}")
        ends.append((float(arrays["mean_curve"][-1, index]), f"E y{'₁₂₃'[index]}", color))
        picture.dots([_inside(params.temperature)], [arrays["mean"][index]], color, size=10)
    picture.line([0.01, 10], [1 / 3] * 2, look.quiet, dash="dot", width=1.5, hoverinfo="skip")
    picture.ends(math.log10(11), ends, 0, 1)
    cursor(picture, params.temperature, look)
    picture.label(-1.95, float(p[0]) + 0.02, look.t("p: how often each class wins, at every τ"), look.theory, yanchor="bottom")
    return picture.build()


def orders(timeline: Timeline, look: Style) -> Picture:
    """The whole order of the noisy logits is drawing without replacement: six orders against Plackett-Luce."""
    counts, p = timeline.frame.arrays["ranks"], probabilities(timeline.params)
    shares = counts / counts.sum()
    expected = np.array([theory.plackett_luce(p, order) for order in ORDERS])
    statistic, chance = theory.chi_square(counts, expected)
    names = ["".join(str(index + 1) for index in order) for order in ORDERS]
    alt = look.t(
        "Shares of the six orders agree with drawing without replacement: χ² = {value:.2f}, chance {chance:.2g}."
    ).format(value=statistic, chance=chance)
    picture = Sheet(
        look,
        alt=alt,
        x=axis(
            look,
            look.t("order of the classes, first to last"),
            tickvals=list(range(6)),
            ticktext=names,
            showgrid=False,
            range=[-0.6, 5.6],
        ),
        y=axis(look, look.t("share"), range=[0, float(max(shares.max(), expected.max())) * 1.25 + 0.01]),
    )
    colors = [class_colors(look)[order[0]] for order in ORDERS]
    picture.bars(range(6), shares, colors, hovertemplate="%{y:.4f}<extra></extra>")
    for index, value in enumerate(expected):
        picture.line([index - 0.42, index + 0.42], [value] * 2, look.theory, dash="dash", width=3, hoverinfo="skip")
    picture.note(look.t("dashed: Plackett-Luce, χ² = {value:.2f}").format(value=statistic), look.theory)
    return picture.build()


def cursor(picture: Sheet, tau: float, look: Style) -> None:
    """A vertical line at the present temperature on a log axis from .01 to 10."""
    x = _inside(tau)
    picture.upright(x, look.mark, dash="dot", width=1.6)


def _inside(tau: float) -> float:
    return min(max(tau, 0.01), 20.0)


def _triple(values: np.ndarray) -> str:
    return "(" + ", ".join(f"{value:.3f}" for value in values) + ")"
