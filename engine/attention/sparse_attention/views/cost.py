"""Pictures of what attention costs: time and kept bytes against the length, and the best stride."""

from __future__ import annotations

import numpy as np

from engine.attention.sparse_attention import theory
from engine.attention.sparse_attention.names import WAYS
from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.plot import Axis, Log, Plot


def against_length(timeline: Timeline, style: Style, values: np.ndarray, title: str) -> Plot:
    """One curve per implementation, its name at its end; slopes 1 and 2 as thin guides; the length that is read is marked."""
    p, sizes = timeline.params, timeline.frame.arrays["sizes"].astype(float)
    known = values[values > 0]
    low, high = (0.5 * float(known.min()), 2.0 * float(known.max())) if known.size else (0.1, 100.0)
    x = Log("length n (tokens)", 0.9 * p.lengths[0], 1.1 * p.lengths[-1], ticks=list(p.lengths))
    plot = Plot(timeline, style, x=x, y=Log(title, low, high))
    for row, name in enumerate(WAYS):
        plot.curve(sizes, values[row], WAYS[name], points=6, end="{name}", size=13)
    if len(sizes):
        at = int(np.abs(np.log(sizes / p.read_at)).argmin())
        took = dict(zip(WAYS, values[:, at], strict=True))
        plot.dots(
            np.full(len(values), sizes[at]), values[:, at], "mark", size=11, hollow=True, hover="%{y:.3g}", name="read here"
        )
        plot.headline("n = {n}: dense ÷ masked {masked:.3g}, ÷ atrous {atrous:.3g}, ÷ blocks {blocked:.3g}", n=int(sizes[at]),
            **{name: took["dense"] / took[name] for name in ("masked", "atrous", "blocked")})  # fmt: skip
        middle = float(np.exp(np.log(values[:, 0]).mean()))
        for slope, dash in ((1, "dot"), (2, "dash")):
            plot.theory(sizes, middle * (sizes / sizes[0]) ** slope, "quiet", dash=dash, width=1.4, hover=False)
    return plot


def longest(values: np.ndarray) -> dict[str, float]:
    """What each implementation took at the longest length so far; NaN where nothing was measured yet."""
    return dict(zip(WAYS, values[:, -1] if values.shape[1] else np.full(len(WAYS), np.nan), strict=True))


def seconds(timeline: Timeline, style: Style) -> Picture:
    """Time of one forward pass against the length."""
    times = timeline.frame.arrays["milliseconds"].astype(float)
    plot, said = against_length(timeline, style, times, "time forward, best of 5 (ms)"), longest(times)
    plot.title("dotted: ∝ n · dashed: ∝ n² · threads: {threads:.0f}", threads=timeline.frame.scalars["threads"])
    return plot.done("At the longest length: dense {dense:.3g} ms, with a mask {masked:.3g}, atrous {atrous:.3g}, blocks {blocked:.3g}.",
        dense=said["dense"], masked=said["masked"], atrous=said["atrous"], blocked=said["blocked"])  # fmt: skip


def bytes_kept(timeline: Timeline, style: Style) -> Picture:
    """Bytes that are kept for the way back against the length; exact."""
    kept = timeline.frame.arrays["kept_bytes"] / 1e6
    plot, said = against_length(timeline, style, kept, "kept for the way back (MB)"), longest(kept)
    plot.title("dotted: ∝ n · dashed: ∝ n²")
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
    here, best = theory.ones("sparse", n, k) / n, theory.best_stride(n)
    plot.dots([k], [here], "mark", size=14, hollow=True, hover=False, label="k = {k}", k=k)
    plot.upright(best, "√(n/2) = {best:.1f}", "theory", best=best)
    plot.title("n = {n}, dense: {n} keys", n=n)
    return plot.done("With k = {k} a query sees {here:.1f} keys on average; the formula is least at {best:.1f}.",
        k=k, here=here, best=best)  # fmt: skip
