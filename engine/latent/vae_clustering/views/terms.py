"""What the loss is made of, and what becomes of the centres."""

from __future__ import annotations

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.latent.vae_clustering.names import CAST, dead, inks, letters
from engine.plot import Axis, Plot

SMALL = ("evenness", "sureness", "gap")


def ledger(timeline: Timeline, style: Style) -> Picture:
    """Above, the three terms stacked to the loss; below, the parts of the third and the gap of the classifier."""
    p, s = timeline.params, timeline.frame.scalars
    plot = Plot(timeline, style)
    above, below = plot.grid(2, 1, x="step", y=[Axis("loss (nats)", 0.0), Axis("nats", 0.0)], heights=(1.3, 1), share_x=True)
    steps, loss = timeline.trace("loss")
    terms = {name: timeline.trace(name)[1] for name in ("align", "reconstruction")}
    terms = {"third": loss - terms["align"] - terms["reconstruction"]} | terms  # as it was weighted at each step
    tops = np.cumsum(list(terms.values()), 0)
    for at, (name, part) in enumerate(terms.items()):
        above.curve(steps, tops[at], CAST[name], fill="previous" if at else "zero", veil=0.3, hover=False)
        middle = float(tops[at][-1] - part[-1] / 2)
        above.label(steps[-1], middle, "{name} {value:.1f}", CAST[name], side="end", size=13, name=CAST[name], value=part[-1])
    settled = np.concatenate([loss[len(steps) // 20 :], [0.0]])
    if np.isfinite(settled).any():  # the first steps would press all others together
        above.y = above.y.but(high=1.15 * float(np.nanmax(settled)) + 1e-6)
    for name in SMALL:
        below.over_time(name, CAST[name], end="{name} {value:.2f}", size=13, value=s[name])
    plot.headline("loss {loss:.2f} nats", loss=s["loss"])
    plot.headline("third term {kl:.2f} × w = {weighted:.2f}", kl=s["balance_kl"], weighted=p.balance * s["balance_kl"])
    return plot.done(
        "The loss is {loss:.2f} nats: {reconstruction:.2f} for the pictures, {align:.2f} for the alignment, {third:.2f} for the "
        "third term.",
        loss=s["loss"], reconstruction=s["reconstruction"], align=s["align"], third=p.balance * s["balance_kl"],
    )  # fmt: skip


def centres(timeline: Timeline, style: Style) -> Picture:
    """Above, the mean distance of two centres over the steps; below, how many samples each cluster has."""
    p, a, s = timeline.params, timeline.frame.arrays, timeline.frame.scalars
    order, gone = a["order"], dead(timeline)
    named = letters(timeline)
    ticks = {row: named[cluster] or "–" for row, cluster in enumerate(order.tolist())}
    plot = Plot(timeline, style)
    x: list[Axis | str | None] = ["step", Axis("clusters", -0.6, p.clusters - 0.4, ticks=ticks, grid=False)]
    above, below = plot.grid(2, 1, x=x, y=[Axis("distance of centres", 0.0), Axis("share of samples", 0.0)])
    above.over_time("centre_distance", end="{value:.2f}", value=s["centre_distance"])
    colours = inks(timeline, style)
    below.bars(np.arange(p.clusters), a["share"][order], [colours[y] for y in order], hover=False)
    below.level(1 / p.clusters, "1/K", "theory", side="end")
    rows = np.flatnonzero(gone[order])
    below.dots(rows, np.full(len(rows), 0.5 / p.clusters), "mark", symbol="x", size=13, hover=False)
    if len(rows):
        plot.headline("✕ dead: {count}", count=len(rows))
    return plot.done(
        "Two centres are {apart:.3f} apart on average; {used:.0f} of {many} clusters are used.",
        apart=s["centre_distance"], used=s["clusters_used"], many=p.clusters,
    )  # fmt: skip
