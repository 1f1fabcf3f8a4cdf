"""How well the sorting agrees with the classes: the table, and the race of one step against two."""

from __future__ import annotations

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.latent.vae_clustering.names import CAST, classes
from engine.plot import Axis, Plot


def table(timeline: Timeline, style: Style) -> Picture:
    """Samples of every class (columns) in every cluster (rows), in the order of the best one-to-one pairing."""
    p, a, s = timeline.params, timeline.frame.arrays, timeline.frame.scalars
    counts, names = a["table"][a["order"]], classes(timeline)
    written = np.where(counts > 0, counts.astype(str), "")
    x, y = Axis("true class", grid=False), Axis("clusters", grid=False)
    plot = Plot(timeline, style, x=x, y=y)
    chosen = (min(p.chosen, p.clusters - 1), min(p.chosen_class, len(names) - 1))
    rows = [str(row + 1) for row in range(p.clusters)]
    plot.heat(
        np.sqrt(counts), low=0.0, numbers=written, rows=rows, columns=names, chosen=chosen, click=("chosen", "chosen_class"),
        size=13 if p.clusters <= 12 else 10,
    )  # fmt: skip
    plot.headline("accuracy {share:.1%}", share=s["accuracy"])
    plot.headline("purity {share:.1%}", share=s["purity"])
    plot.headline("NMI {share:.2f}", share=s["nmi"])
    return plot.done(
        "Clusters and classes paired one to one agree on {accuracy:.1%} of the samples; the purity is {purity:.1%}.",
        accuracy=s["accuracy"], purity=s["purity"],
    )  # fmt: skip


def race(timeline: Timeline, style: Style) -> Picture:
    """Accuracy over the steps: this model, the rival's two steps where it is trained along, and K-means on the data."""
    s = timeline.frame.scalars
    plot = Plot(timeline, style, y=Axis("accuracy (paired one to one)", 0.0, 1.0))
    plot.level(s["kmeans_accuracy"], "K-means on the data {value:.3f}", CAST["pixels"], side="right", below=True)
    plot.over_time("accuracy", CAST["one_step"], end="one step {value:.3f}", value=s["accuracy"])
    if "two_step_accuracy" in s:
        two = s["two_step_accuracy"]
        plot.over_time("two_step_accuracy", CAST["two_step"], end="two steps {value:.3f}", points=4, value=two)
    return plot.done(
        "One step sorts {one:.1%} as the labels do, K-means on the data {pixels:.1%}.",
        one=s["accuracy"], pixels=s["kmeans_accuracy"],
    )  # fmt: skip
