"""Pictures of the net: three losses, how far two runs are apart, and what a gradient costs."""

from __future__ import annotations

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.plot import Axis, Log, Plot
from engine.training.optimizers.names import RUNS

LEAST = 1e-17  # differences below, and none at all, are drawn here


def losses(timeline: Timeline, style: Style) -> Picture:
    """Loss over all training pictures of the three runs."""
    p, s = timeline.params, timeline.frame.scalars
    b, m = p.micro_batch, int(p.accumulate)
    plot = Plot(timeline, style, x="step", y=Log("loss, nats", 0.005, 10.0))
    for (name, who), width in zip(
        RUNS.items(), (1.8, 5.0, 2.2), strict=True
    ):  # the accumulating run shows on both sides of the big one
        steps, values = timeline.trace(f"loss_{name}")
        plot.curve(steps, np.clip(values, 0.005, 10.0), who, width=width, opacity=min(1.0, 2.75 / width), uid=f"loss_{name}")
    plot.corner("— batches of {b}", "bottom left", RUNS["small"], b=b)
    plot.corner("— batches of {b}, {m} kept for one update", "bottom left", RUNS["accumulated"], b=b, m=m)
    plot.corner("- - batches of {all}", "bottom left", RUNS["big"], all=b * m)
    plot.headline("Adam, γ = {rate:.3g}", rate=p.net_rate)
    plot.headline("{size} pictures a step", size=b * m)
    return plot.done(
        "The losses are {small:.3g} with small batches, {soft:.3g} accumulated, {big:.3g} with big batches.",
        small=s["loss_small"], soft=s["loss_accumulated"], big=s["loss_big"],
    )  # fmt: skip


def difference(timeline: Timeline, style: Style) -> Picture:
    """Largest difference between the parameters of the accumulating run and of the run with one big batch."""
    s = timeline.frame.scalars
    plot = Plot(timeline, style, x="step", y=Log("parameter_difference", LEAST, 100.0, powers=True))
    plot.over_time("parameter_difference", RUNS["accumulated"], end="", least=LEAST)
    plot.level(1e-10, "rounding is below {value:.0e}", "quiet")
    plot.headline("<b>{value:.1e}</b>", value=s["parameter_difference"])
    return plot.done("The parameters differ by {value:.2g} at most.", value=s["parameter_difference"])


def speed(timeline: Timeline, style: Style) -> Picture:
    """Milliseconds of one gradient, by hand and by torch's graph."""
    s, b = timeline.frame.scalars, timeline.params.micro_batch
    seen = [timeline.trace(name)[1] for name in ("hand_ms", "graph_ms")]
    times = [float(np.median(values[np.isfinite(values)])) if np.isfinite(values).any() else 0.0 for values in seen]
    x, y = (
        Axis("", -0.6, 1.6, ticks={0: "by hand", 1: "by graph"}, grid=False),
        Axis("milliseconds", 0, max(1.0, 1.3 * max(times))),
    )
    plot = Plot(timeline, style, x=x, y=y)
    plot.bars([0, 1], times, ["first", "second"], text="{value:.2f} ms", hover=False)
    plot.headline("a micro-batch of {b}", b=b)
    plot.headline("largest difference {gap:.1e}", gap=s["gradient_difference"])
    return plot.done("By hand a gradient takes {hand:.2f} ms, by graph {graph:.2f} ms.", hand=times[0], graph=times[1])
