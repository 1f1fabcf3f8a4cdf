"""Pictures of single sequences: one walk with what a net expected, and what wrong tokens put in do to forty of them."""

from __future__ import annotations

import math

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.generation.exposure_bias.names import called
from engine.generation.exposure_bias.views.nets import nearest, nets, positions
from engine.plot import Axis, Plot, classes

MOST = 24  # symbols whose probabilities are shown


def walk(timeline: Timeline, style: Style) -> Picture:
    """One test sequence: the truth, the source's readings, and what the pointed-at net wrote; below, what it expected."""
    p, a = timeline.params, timeline.frame.arrays
    arm, t, at = nearest(timeline, a["greedy"]), np.arange(1, p.positions + 1), p.probed
    who = called(p.arms[arm], p.remedy, p.rate)
    own, truth = a["example_own"][arm], a["example_truth"]
    q, true = a["probe_own"][arm], a["probe_true"]
    order = np.sort(np.argsort(-q, kind="stable")[:MOST])
    symbols = {k: int(order[k]) for k in range(0, len(order), max(1, len(order) // 8))}
    plot = Plot(timeline, style)
    x = [positions(p), Axis("token", -0.6, len(order) - 0.4, ticks=symbols)]
    y = [Axis("token y<sub>t</sub>", -0.6, float(max(own.max(), truth.max())) + 0.6), Axis("probability", 0, 1.05)]
    above, below = plot.grid(2, 1, x=x, y=y)
    above.title("line: truth · rings: readings · dots and crosses: the net's own tokens")
    above.upright(at + 1, who="quiet", width=1)
    above.curve(t, truth, "quiet", width=1.6, name="truth")
    if p.task == "compass":
        above.dots(t, a["example_reading"], "quiet", size=9, hollow=True, name="reading")
    wrong = own != truth
    above.dots(t[~wrong], own[~wrong], "good", name="right")
    above.dots(t[wrong], own[wrong], "second", symbol="x", name="wrong")
    above.hover("probe", None)
    below.bars(range(len(order)), q[order], who, width=0.8)
    if np.isfinite(true).any():
        below.dots(range(len(order)), true[order], "theory", size=11, symbol="diamond", hollow=True, name="truth")
    words = "{net} at t = {t}, after its own {past}"
    below.title(words, net=who, t=at + 1, past=int(own[at - 1]) if at else style.t("begin"))
    below.title("bars: q · diamonds: true conditional (10)")
    return plot.done("In this example the net is right at {share:.0%} of the positions.", share=float(1 - wrong.mean()))


def injection(timeline: Timeline, style: Style) -> Picture:
    """Right and wrong tokens of 40 sequences after an error was put in, two nets side by side, and all means below."""
    p, a = timeline.params, timeline.frame.arrays
    t, after = np.arange(1, p.positions + 1), slice(p.error_at - 1 + p.inject, None)
    pair = [0] if len(p.arms) == 1 else [0, max(nearest(timeline, a["greedy"]), 1)]  # beside the live net the pointed-at one
    plot = Plot(timeline, style)
    cells = [Axis("", 0.5, p.positions + 0.5, numbers=False)] * len(pair)
    rows = [Axis("sequence"), Axis(numbers=False)][: len(pair)]
    lines = ("ab", "cc") if len(pair) == 2 else ("a", "c")
    *rasters, means = plot.mosaic(*lines, x=[*cells, positions(p)], y=[*rows, Axis("accuracy", 0, 1.04)], heights=(0.55, 0.45))
    inks = ("second", "good", "text")
    for panel, index in zip(rasters, pair, strict=True):
        panel.heat(a["raster"][index], x=(1, 1), y=(0, 1), top=True, low=-0.5, high=2.5, tones=classes(inks, style))
        panel.title("{net}", net=called(p.arms[index], p.remedy, p.rate))
    wrong, right, put_in = (f'<span style="color:{getattr(style, ink)}">■</span>' for ink in inks)
    plot.headline("{a} wrong · {b} right · {c} put in", a=wrong, b=right, c=put_in)
    plot.click("inject_at", "example")
    means.region(x=(p.error_at - 0.5, p.error_at - 0.5 + p.inject), who="mark", opacity=0.25)
    for index, _, who in nets(p):
        means.curve(t, a["repaired"][index], who, end="{name}")
    means.handle(p.error_at, 0.06, ("inject_at", None), symbol="diamond", name="error")
    known = a["repaired"][0][after]
    share = float(np.nanmean(known)) if np.isfinite(known).any() else math.nan
    return plot.done(
        "After {k} wrong tokens at position {t0} the live net is right at {share:.0%} of the later positions.",
        k=p.inject, t0=p.error_at, share=share,
    )  # fmt: skip
