"""Pictures of the iterated inverse: which directions it lets through, and what every iteration does to the error."""

from __future__ import annotations

import numpy as np

from engine.attention.nystromformer import theory
from engine.attention.nystromformer.names import METHODS
from engine.attention.nystromformer.params import DEEPEST
from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.plot import Axis, Log, Plot

FAINT = (1, 3, 6, 12, 20)  # iterations whose filters stand in the background


def filters(timeline: Timeline, style: Style) -> Picture:
    """How much of every singular direction of A is there in A V; an inverse has 1 everywhere."""
    p, s, a = timeline.params, timeline.frame.scalars, timeline.frame.arrays
    x = np.geomspace(1e-8, 1, 240)
    plot = Plot(timeline, style, x=Log("singular value σ of A", 1e-8, 1.6, every=2, powers=True),
        y=Axis("share of it in A V", -0.04, 1.15, ticks=(0, 0.5, 1)))  # fmt: skip
    for steps in FAINT:
        if p.inverse == "exact" or steps != p.iterations:
            plot.theory(x, theory.passed(x, s["norms"], steps), "quiet", dash="dot", width=1.2, hover=False)
            plot.text(
                theory.half_passed(s["norms"], steps), 0.5, "{steps}", "quiet", size=12, side="center", ground=True, steps=steps
            )
    if p.inverse == "iterations":
        plot.theory(x, theory.passed(x, s["norms"], p.iterations), end="(6), T = {T}", T=p.iterations)
    plot.dots(a["singular"], a["passed"], METHODS["pinv" if p.inverse == "exact" else "iterated"], size=7,
        hover="σ = %{x:.3g}: %{y:.3f}", name="measured")  # fmt: skip
    through = int((a["passed"] > 0.5).sum())
    plot.title("{through} of {m} directions pass", through=through, m=p.m)
    return plot.done("{through} of {m} singular directions of A are there by more than half; the smallest singular value is {least:.2g}.",
        through=through, m=p.m, least=float(a["singular"][-1]))  # fmt: skip


def depth(timeline: Timeline, style: Style) -> Picture:
    """The error after each iteration."""
    p, s, found = timeline.params, timeline.frame.scalars, timeline.frame.arrays["by_iterations"]
    steps = np.arange(1, DEEPEST + 1)
    low, high = min(float(found.min()), max(s["error_svd"], 1e-15)), float(found.max())
    plot = Plot(timeline, style, x=Axis("iterations T", 0.5, DEEPEST + 0.5, ticks=(1, 5, 6, 10, 15, 20)),
        y=Log("error ‖Ŝ − S‖ ÷ ‖S‖", low / 4, high * 6, powers=True))  # fmt: skip
    plot.level(1.0, "as wrong as zero", "quiet", dash="dot", side="right")
    if s["error_svd"] > low / 2:
        plot.level(s["error_svd"], "best of rank m: {value:.2g}", "theory")
    if low / 2 < s["error_pinv"] < high * 4:
        plot.level(s["error_pinv"], "exact inverse: {value:.2g}", METHODS["pinv"], side="right")
    plot.curve(steps, found, METHODS["iterated"], points=6, hover="T = %{x}: %{y:.3g}")
    plot.dots([p.iterations], [found[p.iterations - 1]], "mark", size=14, hollow=True, hover=False)
    best = int(found.argmin()) + 1
    plot.title("T = {T}: {here:.3g} · least {least:.3g} at {best} · exact {pinv:.3g}", T=p.iterations, here=float(found[p.iterations - 1]),
        least=float(found.min()), best=best, pinv=s["error_pinv"])  # fmt: skip
    return plot.done("After {T} iterations the error is {here:.3g}; it is least, {least:.3g}, after {best}; the exact inverse has {pinv:.3g}.",
        T=p.iterations, here=float(found[p.iterations - 1]), least=float(found.min()), best=best, pinv=s["error_pinv"])  # fmt: skip
