"""Pictures of the sums: the likeliest paths of both models, and what each half of the recursion knows."""

from __future__ import annotations

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.plot import Axis, Plot, Who
from engine.structured.crf.names import LETTERS, MODELS
from engine.structured.crf.views.lattice import symbols
from engine.structured.lattice import FALSE, TRUE

WIDE = 10  # places up to which numbers fit into the cells


def spectrum(timeline: Timeline, style: Style) -> Picture:
    """The likeliest paths one by one, on one scale: what they hold together, which are possible, where the true one is."""
    a = timeline.frame.arrays
    top = 1.15 * max(float(np.nanmax(a["paths"])), 1e-6)
    plot = Plot(timeline, style)
    panels = plot.grid(2, x=Axis("rank of the path", 0.3, a["paths"].shape[1] + 0.7), y=Axis("P(path)", 0, top), share_x=True)
    for panel, name, chances, kinds in zip(panels, ("crf", "softmax"), a["paths"], a["path_kinds"], strict=True):
        there = kinds >= 0
        look: dict[int, Who] = {0: FALSE, 1: MODELS[name], 2: TRUE}
        inks = [look[kind] for kind in kinds[there].tolist()]
        panel.bars(1 + np.flatnonzero(there), chances[there], inks, hover="P = %{y:.3g}")
        panel.title("{name}", name=MODELS[name])
        panel.title("these hold {share:.0%}", share=float(chances[there].sum()))
    panels[0].corner("the true path", who=TRUE)
    panels[0].corner("impossible", who=FALSE)
    return plot.done(
        "The likeliest path has {crf:.1%} in the CRF and {softmax:.1%} in the softmax.",
        crf=float(a["paths"][0, 0]), softmax=float(a["paths"][1, 0]),
    )  # fmt: skip


def halves(timeline: Timeline, style: Style) -> Picture:
    """The chances of every label by the symbols up to it (forward), and by all shown symbols (forward and backward)."""
    a = timeline.frame.arrays
    n = len(a["labels"])
    plot = Plot(timeline, style)
    panels = plot.grid(2, x=Axis(grid=False), y=Axis(ticks=dict(enumerate(LETTERS)), grid=False), share_x=True)
    for panel, chances in zip(panels, (a["filtered"], a["node_marginals"]), strict=True):
        panel.x = panel.x.but(ticks=dict(enumerate(symbols(a))))
        panel.heat(chances.T, low=0.0, high=1.0, tones=MODELS["crf"], numbers="{value:.2f}" if n <= WIDE else "")
        panel.outline([(label, t) for t, label in enumerate(a["labels"].tolist())], TRUE, width=2.5)
    panels[0].title("forward: what stands to the left")
    panels[1].title("forward and backward: all of it")
    plot.headline("<b>{paths:,} paths in {steps:,} additions</b>", paths=4**n, steps=16 * (n - 1) + 4)
    plot.headline("framed: true labels")
    return plot.done("{paths:,} paths are summed in {steps:,} additions.", paths=4**n, steps=16 * (n - 1) + 4)
