"""Pictures of the vectors themselves: the cone, and cosines of random pairs."""

from __future__ import annotations

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.language.bert_whitening import theory
from engine.language.bert_whitening.names import CAST
from engine.language.bert_whitening.theory import Array, Basis
from engine.plot import Axis, Panel, Plot

SHOWN, COMPARED = 300, 2000  # vectors that are drawn, and of which cosines are counted


def vectors(timeline: Timeline, count: int) -> Array:
    """The vectors of the first sentences of the first pairs, (count, d)."""
    a = timeline.frame.arrays
    return theory.composed(a["embeddings"], a["sentences"][:count]) if "sentences" in a else a["left"][:count]


def axes_of(timeline: Timeline) -> Basis:
    """The axes that are in force."""
    a = timeline.frame.arrays
    return Basis(a["origin"], a["directions"], a["eigenvalues"], int(timeline.frame.scalars["rank"]))


def plane(x: Array) -> Array:
    """Two directions to look along, (d, 2): that of the mean, and at right angles to it the one in which vectors differ most."""
    mean = x.mean(0)
    first = mean / max(float(np.linalg.norm(mean)), 1e-300)
    rest = x - mean
    rest = rest - np.outer(rest @ first, first)
    second = np.linalg.eigh(rest.T @ rest)[1][:, -1]
    return np.stack([first, second * np.sign(second[np.abs(second).argmax()])], 1)


def cone(timeline: Timeline, style: Style) -> Picture:
    """The vectors as they are, and after (6), in one plane. Turned back to their old axes, they move without jumps."""
    p, s, x = timeline.params, timeline.frame.scalars, vectors(timeline, COMPARED)
    axes, look = axes_of(timeline), plane(x)
    now = theory.whitened(x, axes, p.whitening_power, p.kept)
    now = now @ axes.directions[:, : now.shape[1]].T
    plot = Plot(timeline, style)
    both = plot.grid(2, 1, x=Axis("along the raw mean"), y=Axis("strongest other"))
    for panel, points, who, mean in zip(
        both, (x @ look, now @ look), (CAST["raw"], CAST["now"]), (s["mean_cosine_raw"], s["mean_cosine"]), strict=True
    ):
        cloud(panel, points, who)
        panel.title("{name}: mean cosine <b>{mean:.2f}</b>", name=who, mean=mean)
    return plot.done(
        "The mean cosine of all pairs of vectors is {raw:.2f}, after the map {now:.2f}.",
        raw=s["mean_cosine_raw"],
        now=s["mean_cosine"],
    )


def cloud(panel: Panel, points: Array, who: object) -> None:
    """Points, their ellipse of two deviations, the origin, and an arrow to their mean, all in view."""
    reach = 1.05 * max(float(np.quantile(np.abs(points), 0.998)), 1e-9)
    panel.x, panel.y = panel.x.but(low=-reach, high=reach), panel.y.but(low=-reach, high=reach, square="fill")
    mean, covariance = theory.moments(points)
    inside = points[:SHOWN][np.abs(points[:SHOWN]).max(1) <= reach]
    panel.dots(inside[:, 0], inside[:, 1], who, size=4, opacity=0.5, hover=False)  # type: ignore[arg-type]
    panel.ellipses(mean[None], covariance[None], who, size=2.0, width=2.6, corners=73)  # type: ignore[arg-type]
    if np.linalg.norm(mean) > 0.02 * reach:
        panel.arrows([0], [0], mean[:1], mean[1:], "mark", width=3, head=12)
    panel.dots([0], [0], "text", size=11, symbol="cross", hover=False)


def random_pairs(timeline: Timeline, style: Style) -> Picture:
    """Histograms of the cosines of sentences that were not paired, raw and after (6)."""
    p, s, x = timeline.params, timeline.frame.scalars, vectors(timeline, COMPARED)
    now = theory.whitened(x, axes_of(timeline), p.whitening_power, p.kept)
    plot = Plot(timeline, style)
    above, below = plot.grid(2, 1, x=Axis("cosine of two random sentences", -1, 1), y=Axis("density", 0), share_x=True)
    for panel, rows, who in ((above, x, CAST["raw"]), (below, now, CAST["now"])):
        found = theory.cosines(rows, np.roll(rows, 1, 0))
        panel.histogram(found, who, bins=60, low=-1.0, high=1.0)
        panel.upright(float(np.nanmean(found)), "", who)
        panel.corner("{name}: mean <b>{mean:.2f}</b>", "top left", who, name=who, mean=np.nanmean(found))
    return plot.done(
        "Random pairs have a mean cosine of {raw:.2f}, after the map {now:.2f}.", raw=s["mean_cosine_raw"], now=s["mean_cosine"]
    )
