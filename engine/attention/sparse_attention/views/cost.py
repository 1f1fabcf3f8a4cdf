"""Pictures of what attention costs: time and kept bytes against the length, and the best stride."""

from __future__ import annotations

import numpy as np

from engine.attention.sparse_attention import theory
from engine.attention.sparse_attention.names import WAYS
from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.plot import Axis, Log, Plot


def lines(plot: Plot, timeline: Timeline, values: np.ndarray) -> None:
    """One curve per implementation, its name at its end; slopes 1 and 2 as thin guides."""
    sizes = timeline.frame.arrays["sizes"].astype(float)
    for row, name in enumerate(WAYS):
        plot.curve(sizes, values[row], WAYS[name], points=6, end="{name}", size=13)
    here = place(timeline)
    if here is not None:
        plot.dots(
            np.full(len(values), sizes[here]), values[:, here], "mark", size=11, hollow=True, hover="%{y:.3g}", name="read here"
        )
        dense, others = values[0, here], dict(zip(WAYS, values[:, here], strict=True))
        plot.headline("n = {n}: dense ÷ masked {masked:.3g}, ÷ atrous {atrous:.3g}, ÷ blocks {blocked:.3g}", n=int(sizes[here]),
            masked=dense / others["masked"], atrous=dense / others["atrous"], blocked=dense / others["blocked"])  # fmt: skip
    if len(sizes) > 1:
        middle = float(np.exp(np.log(values[:, 0]).mean()))
        for slope, dash in ((1, "dot"), (2, "dash")):
            plot.theory(sizes, middle * (sizes / sizes[0]) ** slope, "quiet", dash=dash, width=1.4, hover=False)


def place(timeline: Timeline) -> int | None:
    """Which of the measured lengths is nearest to the one that is read; None where nothing was measured yet."""
    sizes = timeline.frame.arrays["sizes"]
    return int(np.abs(np.log(sizes / timeline.params.read_at)).argmin()) if len(sizes) else None


def lengths(timeline: Timeline) -> Axis:
    """The axis of lengths."""
    p = timeline.params
    return Log("length n (tokens)", 0.9 * p.lengths[0], 1.1 * p.lengths[-1], ticks=list(p.lengths))


def reaches(values: np.ndarray) -> tuple[float, float]:
    """Ends of a log axis for these values; some where nothing was measured yet."""
    known = values[np.isfinite(values) & (values > 0)]
    return (0.5 * float(known.min()), 2.0 * float(known.max())) if known.size else (0.1, 100.0)


def seconds(timeline: Timeline, style: Style) -> Picture:
    """Time of one forward pass against the length."""
    a, s = timeline.frame.arrays, timeline.frame.scalars
    times = a["milliseconds"].astype(float)
    plot = Plot(timeline, style, x=lengths(timeline), y=Log("time forward, best of 5 (ms)", *reaches(times)))
    lines(plot, timeline, times)
    plot.title("dotted: ∝ n · dashed: ∝ n² · threads: {threads:.0f}", threads=s["threads"])
    last = times[:, -1] if times.shape[1] else np.full(len(WAYS), np.nan)
    said = dict(zip(WAYS, last, strict=True))
    return plot.done("At the longest length: dense {dense:.3g} ms, with a mask {masked:.3g}, atrous {atrous:.3g}, blocks {blocked:.3g}.",
        dense=said["dense"], masked=said["masked"], atrous=said["atrous"], blocked=said["blocked"])  # fmt: skip


def bytes_kept(timeline: Timeline, style: Style) -> Picture:
    """Bytes that are kept for the way back against the length; exact."""
    kept = timeline.frame.arrays["kept_bytes"] / 1e6
    plot = Plot(timeline, style, x=lengths(timeline), y=Log("kept for the way back (MB)", *reaches(kept)))
    lines(plot, timeline, kept)
    plot.title("dotted: ∝ n · dashed: ∝ n²")
    said = dict(zip(WAYS, kept[:, -1] if kept.shape[1] else np.full(len(WAYS), np.nan), strict=True))
    return plot.done("At the longest length: dense {dense:.3g} MB, unfolded {unfold:.3g}, blocks {blocked:.3g}, atrous {atrous:.3g}.",
        dense=said["dense"], unfold=said["unfold"], blocked=said["blocked"], atrous=said["atrous"])  # fmt: skip


def row_cost(timeline: Timeline, style: Style) -> Picture:
    """How many keys a query of the sparse pattern sees, against the stride: near ones grow, far ones shrink."""
    p = timeline.params
    n, k, most = (p.longest, p.cost_stride, 64) if p.bench == "cost" else (p.length, p.stride, 12)
    strides = np.arange(2, most + 1)
    exact = np.array([theory.ones("sparse", n, int(one)) / n for one in strides])
    along = np.linspace(2, most, 200)
    plot = Plot(timeline, style, x=Axis("stride k", 1, most + 1), y=Axis("keys per query", 0))
    plot.theory(along, theory.row_cost(n, along), "theory", end="n/k + 2k")
    plot.dots(strides, exact, "measured", size=6, hover="%{y:.2f}", name="counted")
    plot.dots([k], [theory.ones("sparse", n, k) / n], "mark", size=14, hollow=True, hover=False, label="k = {k}", k=k)
    best = theory.best_stride(n)
    plot.upright(best, "√(n/2) = {best:.1f}", "theory", best=best)
    plot.title("n = {n}, dense: {n} keys", n=n)
    return plot.done("With k = {k} a query sees {here:.1f} keys on average; the formula is least at {best:.1f}.",
        k=k, here=theory.ones("sparse", n, k) / n, best=best)  # fmt: skip
