"""Pictures of the trained attention: maps per head, its mass by distance, T5's learned biases."""

from __future__ import annotations

import numpy as np

from engine.attention.position_encodings import observe, theory
from engine.attention.position_encodings.names import CAST
from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.plot import HIDDEN, Axis, Plot

COLUMNS = {1: 1, 2: 2, 3: 3, 4: 2}  # of panels, by the number of heads; else four


def attention(timeline: Timeline, style: Style) -> Picture:
    """Mean attention of the trained net, one map per head."""
    p, maps, step = timeline.params, timeline.frame.arrays["attention"], timeline.frame.scalars["snapshot_step"]
    who, heads, size = CAST[p.encoding], len(maps), observe.cell(p)
    if p.encoding not in p.contestants:
        plot = Plot(timeline, style, x=HIDDEN.but(low=0, high=1), y=HIDDEN.but(low=0, high=1))
        plot.text(0.5, 0.5, "{name} is not in this race", "quiet", size=18, side="center", name=who)
        return plot.done("{name} is not in this race", name=who)
    columns = COLUMNS.get(heads, 4)
    plot = Plot(timeline, style)
    cells, tones = Axis(grid=False), [(0, "background"), (0.2, who), (1, "text")]
    panels = plot.grid(-(-heads // columns), columns, x=cells.but(title="key j"), y=cells.but(title="query i"), outer=True)
    for head, (panel, values) in enumerate(zip(panels, maps, strict=True), 1):
        shown = values / np.float32(255)
        panel.heat(shown, x=(0, size), y=(0, size), low=0, high=1, tones=tones, top=True, square=True)
        panel.title("head {head}", head=head)
    plot.headline("<b>{name}</b>, step {step:.0f}, layer {layer}", name=who, step=step, layer=min(p.layer, p.layers))
    plot.headline("shade: share of attention")
    return plot.done("Attention of {name} after {step:.0f} steps, {heads} heads.", name=who, step=step, heads=heads)


def mass(timeline: Timeline, style: Style) -> Picture:
    """How much attention falls on each distance back, per head."""
    p, values, who = timeline.params, timeline.frame.arrays["mass"], CAST[timeline.params.encoding]
    n = np.flatnonzero(np.isfinite(values).any(0))
    top = float(np.nanmax(values)) if len(n) else 0.9
    x = Axis("distance n = i − j (positions)", -0.7, float(n[-1]) + 0.7 if len(n) else 31.0)
    plot = Plot(timeline, style, x=x, y=Axis("share of attention", 0, min(1.02, max(0.1, 1.15 * top))))
    if p.task == "lag":
        plot.upright(p.lag - 1, "where the answer stands: k − 1 = {value}", "theory", dash="dash")
    if not len(n):
        plot.corner("{name} is not in this race", "top", "quiet", size=18, name=who)
        return plot.done("{name} is not in this race", name=who)
    plot.title("<b>{name}</b>", name=who)
    for head, row in enumerate(values[:, n], 1):
        chosen = head == min(p.head, p.heads)
        plot.curve(n, row, who if chosen else "quiet", name="head {head}", head=head, width=3 if chosen else 1.4)
    sharpest = int(np.nanargmax(np.nanmax(values, 1)))
    peak = int(np.nanargmax(values[sharpest]))
    return plot.done(
        "{name}: the sharpest head puts {mass:.2f} of its attention at distance {n}.",
        name=who,
        mass=values[sharpest, peak],
        n=peak,
    )


def buckets(timeline: Timeline, style: Style) -> Picture:
    """T5's learned numbers by distance, one line per head; distances whose bucket was never trained are shaded."""
    p, bias = timeline.params, timeline.frame.arrays["t5_bias"]
    n = np.arange(min(round(8 * p.train_length), 256))
    bucket = theory.t5_bucket(n, p.buckets, p.reach, p.causal)
    never = ~theory.t5_reachable(p.train_length, p.buckets, p.reach, p.causal)
    count = int(never.sum())
    plot = Plot(
        timeline, style, x=Axis("distance n = i − j (positions)", 0, n[-1]), y=Axis("bias β added to the score", zero=True)
    )
    plot.upright(p.train_length - 0.5, "training length L", dash="dash")
    if never[bucket].any():
        untrained = (float(n[np.argmax(never[bucket])]) - 0.5, float(n[-1]))
        plot.region(x=untrained, text="{count} buckets never trained: exactly 0", at=0.85, count=count)
    for head, row in enumerate(bias, 1):
        chosen = head == min(p.head, p.heads)
        plot.curve(n, row[bucket], CAST["t5"] if chosen else "quiet", name="head {head}", head=head, width=3 if chosen else 1.2)
    plot.rug(n[1:][np.diff(bucket) > 0] - 0.5)  # a short stroke at the lower edge of every bucket
    return plot.done(
        "T5's biases between {low:.1f} and {high:.1f}; {count} buckets were never trained and are still 0.",
        low=float(bias.min()), high=float(bias.max()), count=count,
    )  # fmt: skip
