"""Pictures of the learning: loss and brackets, mean d by level, and its distribution."""

from __future__ import annotations

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.plot import Axis, Plot
from engine.structured.on_lstm import grammar
from engine.structured.on_lstm.names import WORDS

BINS = 25


def learning(timeline: Timeline, style: Style) -> Picture:
    """Loss with the exact entropy below it; brackets found, with those of right-branching trees."""
    s = timeline.frame.scalars
    plot = Plot(timeline, style)
    above, below = plot.grid(2, 1, x="step", y=[Axis("loss / nats", 1.6, 3.4), Axis("brackets found", 0, 1.03)], share_x=True)
    above.over_time("nll", "measured", end="{value:.3f}", value=s["nll"])
    above.level(s["floor"], "entropy of the grammar: {value:.4f}", below=True)
    below.over_time("recall", "measured", end="{value:.0%}", value=s["recall"])
    below.level(s["right_recall"], "right-branching trees: {value:.2f}", "quiet", dash="dot", side="right")
    return plot.done(
        "The loss is {nll:.3f} nats a token, the entropy {floor:.4f}; {recall:.0%} of the true brackets are found.",
        nll=s["nll"], floor=s["floor"], recall=s["recall"],
    )  # fmt: skip


def heights(timeline: Timeline, style: Style) -> Picture:
    """Mean d of content, head and topic words against the step."""
    s = timeline.frame.scalars
    plot = Plot(timeline, style, x="step", y=Axis("mean d", 0, 1))
    for level, who in WORDS.items():
        plot.over_time(f"level{level}", who, end="{name}")
    plot.headline("rank correlation with the true level: <b>{rho:.2f}</b>", rho=s["spearman"])
    return plot.done(
        "Mean d of content words {zero:.2f}, of head words {one:.2f}, of topic words {two:.2f}.",
        zero=s["level0"], one=s["level1"], two=s["level2"],
    )  # fmt: skip


def spread(timeline: Timeline, style: Style) -> Picture:
    """Distribution of d by true level, over the probe sentences."""
    a, s = timeline.frame.arrays, timeline.frame.scalars
    tokens, d = a["probe_tokens"], a["probe_distance"]
    inside = (tokens != grammar.PAD) & (np.arange(tokens.shape[1]) > 0)
    plot = Plot(timeline, style)
    panels = plot.grid(3, 1, x=Axis("d", 0, 1), y=Axis("share", 0, numbers=False), share_x=True)
    edges = np.linspace(0, 1, BINS + 1)
    for panel, level in zip(panels, (2, 1, 0), strict=True):
        counts, _ = np.histogram(d[inside & (grammar.LEVELS[tokens] == level)], edges)
        who = WORDS[str(level)]
        panel.bars((edges[1:] + edges[:-1]) / 2, counts / max(counts.sum(), 1), who, width=1 / BINS, hover=False)
        panel.upright(s[f"level{level}"], "", who, dash="dash")
        panel.title("{name}: mean {mean:.2f}", name=who, mean=s[f"level{level}"])
    return plot.done(
        "d lies around {zero:.2f} for content words, {one:.2f} for head words and {two:.2f} for topic words.",
        zero=s["level0"], one=s["level1"], two=s["level2"],
    )  # fmt: skip
