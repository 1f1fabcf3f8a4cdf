"""Pictures of the triangle bench: the cloud with its density, who wins, one race, and what temperature does to the mean."""

from __future__ import annotations

import math

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.discrete.gumbel_softmax import theory
from engine.discrete.gumbel_softmax.benches.simplex import GRID, MEAN_TAUS, ORDERS
from engine.discrete.gumbel_softmax.estimators import relax
from engine.discrete.gumbel_softmax.names import CLASSES, CORNERS, TAU, name_corners, probability_handle, tau_text, triangle
from engine.plot import Axis, Panel, Plot, Text, Who


def regime(tau: float) -> Text:
    """Where the density (10) of three classes has its mass, by its exponents at facets and corners."""
    if tau == 0:
        return "one-hot: only the corners"
    if math.isinf(tau):
        return "uniform: only the centre"
    if tau < 0.5:
        return "density infinite on the rim"
    return "density infinite at the corners" if tau < 2 else "density finite: mass inside"


def cloud(timeline: Timeline, style: Style) -> Picture:
    """5,000 softened choices over the closed-form density, with the dot of p and the track of one draw."""
    p, a = timeline.params, timeline.frame.arrays
    tau, mean, points, density = p.temperature, a["mean"], a["cloud"], a["density"]
    plot = triangle(timeline, style, "y₁, share of class 1", "y₂, share of class 2")
    if np.isfinite(density).any():
        low, high = np.nanpercentile(density, [3, 99])  # corners and rims may be infinite
        low, high, cells = float(low), float(max(high, low + 1e-3)), (0.5 / GRID, 1 / GRID)
        plot.heat(density, x=cells, y=cells, low=low, high=high, tones="relief", hover="log density %{z:.2f}")
    for k, who in enumerate(CLASSES):
        mine = np.flatnonzero(a["winner"] == k)
        share = len(mine) / len(points)
        if tau == 0:  # all of them in one place: an area for their number
            plot.dots(CORNERS[k, :1], CORNERS[k, 1:], who, size=12 + 60 * math.sqrt(share), opacity=0.45)
            place = 0.5 * CORNERS[k] + 0.5 / 3
            plot.text(place[0], place[1], "{share:.1%}", who, size=17, side="center", share=share)
        else:
            plot.dots(points[mine, 0], points[mine, 1], who, size=3.5, opacity=0.45, key=mine, hover="%{x:.3f}, %{y:.3f}")
    if math.isinf(tau):
        plot.dots([1 / 3], [1 / 3], "text", size=36, hollow=True)
        plot.text(1 / 3, 0.43, "all {count:,} points", side="center", count=len(points))
    plot.curve(a["track"][:, 0], a["track"][:, 1], "text", width=1.5, hover=False)
    plot.dots(points[p.probe, :1], points[p.probe, 1:], "background", size=9, ring="text", hover=False)
    plot.dots(mean[:1], mean[1:2], "text", size=11, symbol="diamond", name="mean of y")
    probability_handle(plot, p)
    name_corners(plot)
    plot.corner("<b>τ = {tau}</b>", tau=tau_text(tau))
    plot.corner(regime(tau))
    plot.corner("one class above 0.9: {share:.0%}", share=timeline.frame.scalars["sharp"])
    plot.corner("○ one draw, all temperatures")  # the long lines first: below, the triangle is wider
    plot.corner("◆ mean of y")
    plot.corner("● p, to be dragged", who="mark")
    if np.isfinite(density).any():
        plot.corner("shade: log density", who="quiet")
    plot.click("probe")
    return plot.done("5000 samples at temperature {tau}; their mean is ({a:.3f}, {b:.3f}, {c:.3f}).",
        tau=tau_text(tau), a=mean[0], b=mean[1], c=mean[2])  # fmt: skip


def winners(timeline: Timeline, style: Style) -> Picture:
    """Shares of the argmax against p (never move with τ) beside the mean of y (moves)."""
    a, s, p = timeline.frame.arrays, timeline.frame.scalars, theory.probabilities(timeline.params)
    shares, mean = a["wins"] / a["wins"].sum(), a["mean"]
    plot = Plot(timeline, style)
    share = Axis("share", 0, 1.25, ticks=(0, 0.25, 0.5, 0.75, 1))
    for panel, values in zip(plot.grid(1, 2, y=share, share_y=True), (shares, mean), strict=True):
        named = {k: f"{k + 1}<br>{value:.3f}" for k, value in enumerate(values)}
        panel.x = Axis("", -0.6, 2.6, ticks=named, grid=False)
        panel.bars(range(3), values, CLASSES, law=p, hover="%{y:.4f}")
    left, right = plot.panels
    left.title("<b>who wins</b>")
    right.title("<b>mean of y</b>")
    agree = "good" if s["chance"] > 1e-4 else "second"
    left.corner("{draws:,} draws", draws=int(s["draws"]))
    left.corner("χ² = {value:.2f}", who=agree, value=s["chi_square"])
    left.corner("{share:.2g}% of fair runs have more", who=agree, share=100 * s["chance"])
    right.corner("τ = {tau}: between p and 1/3", tau=tau_text(timeline.params.temperature))
    right.level(1 / 3, "1/3", "quiet", dash="dot", side="right")
    right.corner("dashed: p", who="theory")
    return plot.done("Shares of the winners {wins} against p {p}; mean of y {mean}.",
        wins=_triple(shares), p=_triple(p), mean=_triple(mean))  # fmt: skip


def race(timeline: Timeline, style: Style) -> Picture:
    """One Gumbel-max race: logits plus noise, the winner lit; beside it the softened choice with and without noise."""
    p = theory.probabilities(timeline.params)
    logits, tau = np.log(p), timeline.params.temperature
    scores = logits + timeline.frame.arrays["race"].astype(np.float64)
    winner = int(scores.argmax())
    both = np.concatenate([logits, scores])
    plot = Plot(timeline, style)
    score = Axis("score o + g", min(float(both.min()) - 0.6, -2.0), max(float(both.max()) + 0.9, 1.5))
    classes = Axis("", -0.6, 2.6, ticks={k: str(k + 1) for k in range(3)}, grid=False)
    share = Axis("share y", 0, 1.02, ticks=(0, 0.5, 1))
    run, soft, plain = plot.grid(1, 3, x=classes, y=[score, share, share.but(titled=False, numbers=False)])
    for k, who in enumerate(CLASSES):
        lit = k == winner
        run.curve([k, k], [logits[k], scores[k]], who, width=16 if lit else 9, opacity=1 if lit else 0.45)
        run.curve([k - 0.3, k + 0.3], [logits[k]] * 2, "text", width=3, hover=False)
    run.text(winner, float(scores[winner]) + 0.12, "★", CLASSES[winner], size=20, side="center", up="above")
    run.title("— logit o,  bar: noise g")
    soft.title("with noise")
    plain.title("without: the mode")
    soft.bars(range(3), relax(scores, tau), CLASSES, hover="%{y:.3f}")
    plain.bars(range(3), relax(logits, tau), CLASSES, opacity=0.5, hover="%{y:.3f}")
    return plot.done("Class {winner} wins this race; without noise class {mode} always wins.",
        winner=winner + 1, mode=int(p.argmax()) + 1)  # fmt: skip


def mean_curve(timeline: Timeline, style: Style) -> Picture:
    """Mean of y against temperature: from p (rounding's answer) to 1/3."""
    a, p, tau = timeline.frame.arrays, theory.probabilities(timeline.params), timeline.params.temperature
    plot = Plot(timeline, style, x=TAU, y=Axis("share", 0, 1))
    for k, who in enumerate(CLASSES):
        plot.level(p[k], "p: how often each class wins, at every τ" if k == 0 else "")
        plot.curve(MEAN_TAUS, a["mean_curve"][:, k], who, end="E y{index}", outside=True, index="₁₂₃"[k])
        if 0 < tau <= 10:
            plot.dots([tau], a["mean"][k : k + 1], who, size=10)
    plot.level(1 / 3, who="quiet", dash="dot")
    cursor(plot, tau)
    return plot.done("The mean of y leaves p as the temperature grows and ends at one third each; now τ = {tau}.",
        tau=tau_text(tau))  # fmt: skip


def orders(timeline: Timeline, style: Style) -> Picture:
    """The whole order of the noisy logits is drawing without replacement: six orders against Plackett-Luce."""
    counts, p = timeline.frame.arrays["ranks"], theory.probabilities(timeline.params)
    expected = np.array([theory.plackett_luce(p, order) for order in ORDERS])
    statistic, chance = theory.chi_square(counts, expected)
    shares = counts / counts.sum()
    names = {k: "".join(str(index + 1) for index in order) for k, order in enumerate(ORDERS)}
    x = Axis("order of the classes, first to last", -0.6, 5.6, ticks=names, grid=False)
    plot = Plot(timeline, style, x=x, y=Axis("share", 0, 1.2 * max(expected.max(), shares.max())))
    plot.bars(range(6), shares, [CLASSES[order[0]] for order in ORDERS], law=expected, hover="%{y:.4f}")
    plot.corner("dashed: Plackett-Luce, χ² = {value:.2f}", who="theory", value=statistic)
    return plot.done("Shares of the six orders agree with drawing without replacement: χ² = {value:.2f}, chance {chance:.2g}.",
        value=statistic, chance=chance)  # fmt: skip


def cursor(panel: Panel, tau: float) -> None:
    """A vertical line at the present temperature, at the axis' end for what lies outside."""
    panel.upright(min(max(tau, 0.01), 10.0))


def cooled(panel: Panel, taus: np.ndarray, values: np.ndarray, tau: float, who: Who) -> None:
    """The part of a curve that cooling has passed, bold down to the present temperature, and the value there.

    Args:
        taus, values: the curve; taus rise. The last of the values, one more, is that at the present temperature `tau`.
    """
    here, now = min(max(tau, 0.01), 10.0), float(values[-1])
    passed = taus > here
    panel.curve(np.append(here, taus[passed]), np.append(now, values[:-1][passed]), who, width=5, hover=False)
    panel.dots([here], [now], who, size=13, hover=False)


def _triple(values: np.ndarray) -> str:
    return "(" + ", ".join(f"{value:.3f}" for value in values) + ")"
