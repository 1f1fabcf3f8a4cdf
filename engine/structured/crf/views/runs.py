"""Pictures of the learning: both models over the steps, and the learned transitions."""

from __future__ import annotations

import numpy as np

from engine.core.language import printed
from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.plot import Axis, Plot
from engine.structured.crf.names import LETTERS, MODELS
from engine.structured.crf.theory import TRANSITIONS
from engine.structured.sequences import LEGAL


def race(timeline: Timeline, style: Style) -> Picture:
    """Test loss per sequence and share of right labels, with the exact answer where it is known."""
    s = timeline.frame.scalars
    plot = Plot(timeline, style)
    above, below = plot.grid(
        2,
        x="step",
        y=[Axis("test loss / nats a sequence", 0), Axis("right labels", 0, 1.2, ticks=(0, 0.5, 1))],
        share_x=True,
        heights=(1.2, 1),
    )
    for panel, what in ((above, "nll"), (below, "accuracy")):
        for name in ("softmax", "crf"):
            panel.over_time(f"{name}_{what}", MODELS[name])
        panel.level(s[f"bayes_{what}"], "{name}", MODELS["bayes"], side="right", below=what == "nll", name=MODELS["bayes"])
    return plot.done(
        "The CRF's loss is {crf:.2f} nats a sequence, the softmax's {softmax:.2f}, the exact answer's {bayes:.2f}.",
        crf=s["crf_nll"], softmax=s["softmax_nll"], bayes=s["bayes_nll"],
    )  # fmt: skip


def transitions(timeline: Timeline, style: Style) -> Picture:
    """The learned scores g, impossible steps framed, and beside them the chances of the generator."""
    p, g = timeline.params, timeline.frame.arrays["g"]
    plot = Plot(timeline, style)
    panels = plot.grid(1, 2 if p.data == "hmm" else 1, x="next label", y="label", outer=True)
    ticks = dict(enumerate(LETTERS))
    for panel in panels:
        panel.x, panel.y = panel.x.but(ticks=ticks), panel.y.but(ticks=ticks)
    panels[0].heat(g, tones="two-sided", numbers=[[printed(f"{score:.1f}") for score in row] for row in g], outlined=~LEGAL)
    panels[0].title("g, learned · framed: impossible")
    if p.data == "hmm":
        panels[1].heat(TRANSITIONS, low=0.0, high=1.0, tones="theory", numbers="{value:.2f}", outlined=~LEGAL)
        panels[1].title("chances of the hidden chain")
    return plot.done(
        "Possible steps score {least:.1f} or more, impossible ones {most:.1f} or less.",
        least=float(np.min(g[LEGAL])), most=float(np.max(g[~LEGAL])),
    )  # fmt: skip
