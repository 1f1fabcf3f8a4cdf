"""Pictures of small parts: how many numbers they hold, and how long they take."""

from __future__ import annotations

import numpy as np

from engine.attention.roformer_v2 import theory
from engine.attention.roformer_v2.names import KERNELS
from engine.attention.roformer_v2.params import NORMS, SYMBOLS
from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.plot import Axis, Log, Panel, Plot

ROWS = {
    "matrices": "matrices of the layers",
    "words": "embedding and head",
    "biases": "biases",
    "gains": "γ of the norms",
    "shifts": "β of the norms",
}


def ledger(timeline: Timeline, style: Style) -> Picture:
    """Numbers by what they are, on a log scale; those that this net does without are pale."""
    p, s, rows = timeline.params, timeline.frame.scalars, list(range(len(ROWS)))[::-1]
    parts, there = theory.ledger(p.depth, p.width, SYMBOLS, inside=p.residual != "rezero"), theory.there(p.norm, p.bias)
    y = Axis("", -0.6, len(ROWS) - 0.4, grid=False, ticks=dict(zip(rows, ROWS.values(), strict=True)))
    plot = Plot(timeline, style, x=Log("numbers", 10, 40 * max(parts.values())), y=y)
    for row, name in zip(rows, ROWS, strict=True):
        kept, count = there.get(name, True), parts[name]
        plot.bars([row], [count], "measured" if kept else "grid", across=True, hover=False)
        words = "{count:,}" if kept else "{count:,} taken away"
        plot.text(count, row, words, "text" if kept else "mark", size=14, count=count)
    count, gone = int(s["parameters"]), sum(count for name, count in parts.items() if not there.get(name, True))
    share = gone / (count + gone)
    plot.headline("{count:,} numbers, {share:.1%} taken away", count=count, share=share)
    plot.title("a step, with the α = 1 copy: {ms:.1f} ms", ms=s["step_ms"])
    words = "The net has {count:,} numbers; {gone:,} were taken away, {share:.1%}."
    return plot.done(words, count=count, gone=gone, share=share)


def kernels(timeline: Timeline, style: Style) -> Picture:
    """Time of each part in three families, over that of the norm that it is compared with in its family."""
    p, s, names = timeline.params, timeline.frame.scalars, NORMS
    ms = dict(zip(KERNELS, timeline.frame.arrays["milliseconds"].astype(float), strict=True))
    plot = Plot(timeline, style)
    x = [*[Axis("", 0, 3.2, numbers=False)] * 2, Axis("time, in those of what it is compared with", 0, 3.2)]
    panels = plot.grid(3, 1, heights=(4, 4, 2), x=x)
    for panel, prefix in zip(panels, ("", "fused-"), strict=False):
        bars(panel, [prefix + name for name in names], ms, ms[prefix + p.against])
        panel.title("one fused operation" if prefix else "composed of small operations")
    bars(panels[2], ["linear-bias", "linear"], ms, ms["linear"])
    found = {"composed": s["composed_ratio"], "fused": s["fused_ratio"]}
    plot.headline("LayerNorm γ β ÷ RMS: composed {composed:.2f}, fused {fused:.2f} · threads: {threads:.0f}",
        **found, threads=s["threads"])  # fmt: skip
    return plot.done("LayerNorm with γ and β takes {composed:.2f} times as long as RMS in composed operations, {fused:.2f} times fused.",
        **found)  # fmt: skip


def bars(panel: Panel, names: list[str], ms: dict[str, float], unit: float) -> None:
    """Lying bars, the first on top, with their milliseconds; those not timed yet are absent."""
    rows, who = np.arange(len(names))[::-1].astype(float), [KERNELS[name] for name in names]
    tall = np.array([ms[name] / unit for name in names])
    panel.y = Axis("", -0.6, len(names) - 0.4, grid=False, ticks=dict(zip(rows.tolist(), who, strict=True)))
    panel.bars(rows, np.nan_to_num(tall), who, across=True, hover=False, opacity=0.85)
    for row, name, value in zip(rows, names, tall, strict=True):
        if np.isfinite(value):
            panel.text(min(value, 2.5), row, "{times:.2f} · {ms:.3f} ms", size=13, times=value, ms=ms[name])
        elif np.isfinite(ms[name]):
            panel.text(0, row, "{ms:.3f} ms", size=13, ms=ms[name])
