"""Pictures of how well cosines agree with the truth: by dimension, by direction, pair by pair, and of the flow over its steps."""

from __future__ import annotations

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.language.bert_whitening.names import CAST
from engine.plot import Axis, Log, Plot

SHOWN = 800  # pairs that are drawn
FAINTEST = 1e-6  # a weaker direction is drawn as this share of the strongest one


def in_force(timeline: Timeline) -> int:
    """k: the dimensions that are really kept."""
    return min(timeline.params.kept, int(timeline.frame.scalars["rank"]))


def headline(plot: Plot, timeline: Timeline) -> None:
    """k, β, γ; and where there are fewer dimensions than should be kept, that there are."""
    p, k = timeline.params, in_force(timeline)
    if p.kept > k:
        plot.headline("k = {k}, as many as there are", k=k)
    else:
        plot.headline("k = {k}", k=k)
    plot.headline("β = {beta:.2f}, γ = {gamma:.2f}", beta=p.centring, gamma=p.whitening_power)
    plot.headline("<b>score {score:.3f}</b>", score=timeline.frame.scalars["spearman"])


def dimensions(timeline: Timeline, style: Style) -> Picture:
    """Hero: the score for every k, now and at γ = 0; raw, centred and flow as levels; k can be dragged."""
    p, s, a = timeline.params, timeline.frame.scalars, timeline.frame.arrays
    places, k = np.arange(1, len(a["eigenvalues"]) + 1), in_force(timeline)
    curves = [a["spearman_rotated"], a["spearman_by_dimension"]]
    low = min(0.0, float(np.nanmin([np.nanmin(curve) for curve in curves])))
    plot = Plot(timeline, style, x=Axis("dimensions kept, k", 1, 1.08 * len(places)), y=Axis("Spearman correlation", low, 1.05))
    for who, name in (("raw", "spearman_raw"), ("centred", "spearman_centred"), ("flow", "spearman_flow")):
        if np.isfinite(s[name]):
            plot.level(s[name], "{name}", CAST[who], side="end", name=CAST[who], dash="dot")
    plot.curve(places, curves[0], CAST["rotated"], end="{name}", outside=True, width=2)
    plot.curve(places, curves[1], CAST["now"], end="γ = {gamma:.2f}", outside=True, width=3.4, gamma=p.whitening_power)
    if p.source != "own" and p.meanings <= len(places):
        plot.upright(p.meanings, "", "quiet")
        plot.corner("T = {value} meanings", "bottom right", "quiet", value=p.meanings)
    plot.upright(k, "", "mark")
    plot.handle(k, s["spearman"], ("kept", None), name="k")
    headline(plot, timeline)
    return plot.done("With {k} of {d} dimensions the score is {score:.3f}, raw {raw:.3f}.",
        k=k, d=len(places), score=s["spearman"], raw=s["spearman_raw"])  # fmt: skip


def spectrum(timeline: Timeline, style: Style) -> Picture:
    """Eigenvalues on a log axis, and in made vectors the share of meaning in each; what is cut is pale."""
    s, a = timeline.frame.scalars, timeline.frame.arrays
    values = a["eigenvalues"]
    places, k = np.arange(1, len(values) + 1), in_force(timeline)
    least = FAINTEST * values[0]
    x = Axis("direction, the strongest first", 0.4, len(values) + 0.6, grid=False)
    plot = Plot(timeline, style)
    if "meant" in a:
        share = (a["meant"] / np.maximum(values, least)).clip(0, 1)
        above, below = plot.grid(
            2, 1, x=x, y=[Log("eigenvalue λ", powers=True), Axis("share of meaning", 0, 1)], heights=(3, 2), share_x=True
        )
        below.bars(places, share, [CAST["now"] if place <= k else CAST["noise"] for place in places], name="share of meaning")
        below.upright(k + 0.5, "", "mark")
    else:
        above = plot
        plot.x, plot.y = x, Log("eigenvalue λ", powers=True)
    above.curve(places, np.maximum(values, least), CAST["now"], points=7, end="", width=1.6)
    above.upright(k + 0.5, "k = {k}", "mark", k=k)
    headline(plot, timeline)
    return plot.done("Of {d} directions {rank:.0f} have any strength; {k} are kept.", d=len(values), rank=s["rank"], k=k)


def pairs(timeline: Timeline, style: Style) -> Picture:
    """Cosine of every pair against its truth, raw and now."""
    s, a = timeline.frame.scalars, timeline.frame.arrays
    truth = a["truth"][:SHOWN]
    x = Axis("true similarity", -1, 1, ticks=(-0.5, 0, 0.5)) if np.abs(truth).max() <= 1 else Axis("true similarity")
    plot = Plot(timeline, style)
    both = plot.grid(1, 2, x=x, y=Axis("cosine", -1, 1), share_y=True)
    for panel, name, who, score in zip(
        both, ("cosines_raw", "cosines"), ("raw", "now"), ("spearman_raw", "spearman"), strict=True
    ):
        panel.dots(truth, a[name][:SHOWN], CAST[who], size=4, opacity=0.5, hover=False)
        panel.title("{name}: score <b>{score:.3f}</b>", name=CAST[who], score=s[score])
    if s["dropped"]:
        both[1].corner("{count:.0f} pairs left out: a vector is zero", "bottom left", "quiet", count=s["dropped"])
    return plot.done("Scores: raw {raw:.3f}, now {now:.3f}.", raw=s["spearman_raw"], now=s["spearman"])


def flow(timeline: Timeline, style: Style) -> Picture:
    """The flow's likelihood against the floor of linear maps, and its score against that of one matrix."""
    s = timeline.frame.scalars
    plot = Plot(timeline, style)
    above, below = plot.grid(2, 1, x="step", y=[Axis("−log likelihood, nats"), Axis("score")], share_x=True)
    above.over_time("flow_nll", CAST["flow"], end="", name="flow")
    if np.isfinite(s["gaussian_nll"]):
        above.level(s["gaussian_nll"], "(5): {value:.2f}", side="end")
    below.over_time("spearman_flow", CAST["flow"])
    below.over_time("spearman", CAST["now"], end="one matrix", width=2)
    below.over_time("spearman_raw", CAST["raw"], width=2)
    plot.headline("one matrix <b>{now:.3f}</b>, flow <b>{flow:.3f}</b>", now=s["spearman"], flow=s["spearman_flow"])
    return plot.done(
        "The flow needs {nll:.2f} nats, the best linear map {floor:.2f}; scores {flow:.3f} and {now:.3f}.",
        nll=s["flow_nll"], floor=s["gaussian_nll"], flow=s["spearman_flow"], now=s["spearman"],
    )  # fmt: skip
