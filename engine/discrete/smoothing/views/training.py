"""Pictures of training on a metric: regions, metrics over time, how a loss pulls, and what small batches do to soft F1."""

from __future__ import annotations

import numpy as np
from scipy.special import expit

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.discrete.smoothing import theory
from engine.discrete.smoothing.grid import ACROSS, SIZES, UP, axes
from engine.discrete.smoothing.names import CAST, LOSSES
from engine.plot import Axis, Log, Plot

FAR = 12.0  # the logits that are drawn: at K = 1 a pull below 1e-4 begins at 9.2


def regions(timeline: Timeline, style: Style) -> Picture:
    """What each network calls positive, over the samples; the two cuts that theory knows."""
    p, a, s = timeline.params, timeline.frame.arrays, timeline.frame.scalars
    positive = a["labels"] > 0.5
    plot = Plot(timeline, style)
    panels = plot.grid(2, 2, x=Axis("x₁", *ACROSS), y=Axis("x₂", *UP), share_x=True, share_y=True)
    across, up = axes()
    for row, (panel, loss) in enumerate(zip(panels, LOSSES, strict=True)):
        shade = expit(p.sharpness * a["field"][row].astype(float))
        panel.heat(shade, x=across, y=up, low=0.0, high=1.0, tones=[(0, "background"), (1, CAST[loss])], hover="p = %{z:.3f}")
        for mine, who, size in ((~positive, "quiet", 3.5), (positive, "text", 6.0)):
            keys = np.flatnonzero(mine)
            panel.dots(
                a["shown"][keys, 0], a["shown"][keys, 1], who, size=size, opacity=0.75, key=keys, hover="%{x:.2f}, %{y:.2f}"
            )
        panel.dots(a["shown"][p.probe, :1], a["shown"][p.probe, 1:], "mark", size=12, hollow=True, hover=False)
        panel.upright(theory.where_posterior(0.5, p.positives, p.separation), who="theory", dash="dot")
        panel.upright(theory.where_posterior(s["cut_bayes"], p.positives, p.separation), who="theory", dash="dash")
        panel.title("{name}: F1 {f1:.3f}", name=CAST[loss], f1=s[f"f1_{loss}"])
    plot.headline("dotted: η = ½ · dashed: η = F*/2 = {cut:.3f}", cut=s["cut_bayes"])
    plot.click("probe")
    return plot.done(
        "Share called positive: {ce:.3f} by cross-entropy, {acc:.3f} by soft accuracy, {f1:.3f} by soft F1, {switch:.3f} after the hand-over.",
        ce=s["positives_ce"], acc=s["positives_softacc"], f1=s["positives_softf1"], switch=s["positives_switch"],
    )  # fmt: skip


def metrics(timeline: Timeline, style: Style) -> Picture:
    """Hard F1 and hard accuracy on the test points against the step."""
    p, s = timeline.params, timeline.frame.scalars
    plot = Plot(timeline, style)
    above, below = plot.grid(
        2, 1, x="step", y=[Axis("hard F1, test", 0, max(0.62, 1.15 * s["f1_bayes"])), "hard accuracy, test"], share_x=True
    )  # fmt: skip
    for loss in LOSSES:
        above.over_time(f"f1_{loss}", CAST[loss], end="{name}", size=13)
        below.over_time(f"acc_{loss}", CAST[loss], end="")
    above.level(s["f1_bayes"], "", "theory")
    above.title("dashed: F* = {value:.3f}, no rule has more", value=s["f1_bayes"])
    for panel in (above, below):
        panel.upright(p.switch_step, "hand-over" if panel is below else "", "mark", at=0.04)
    base = 1 - p.positives
    below.level(base, "always negative {value:.2f}", "quiet", dash="dot", below=True, side="right")
    below.y = below.y.but(low=max(0.0, min(base - 0.02, min(s[f"acc_{loss}"] for loss in LOSSES) - 0.01)))
    return plot.done(
        "Hard F1: cross-entropy {ce:.3f}, soft accuracy {acc:.3f}, soft F1 {f1:.3f}, after the hand-over {switch:.3f}; the limit is {best:.3f}.",
        ce=s["f1_ce"], acc=s["f1_softacc"], f1=s["f1_softf1"], switch=s["f1_switch"], best=s["f1_bayes"],
    )  # fmt: skip


def pull(timeline: Timeline, style: Style) -> Picture:
    """How strongly each loss pulls at one sample, against how right the network is about it; the samples stand below."""
    p, a = timeline.params, timeline.frame.arrays
    positive = a["labels"] > 0.5
    margin = np.linspace(-FAR, FAR, 481)  # z of the right class
    bump = p.sharpness * expit(p.sharpness * margin) * expit(-p.sharpness * margin)
    plot = Plot(timeline, style)
    names = ("a positive", "a negative")
    across = Axis("z of the right class", -FAR, FAR)
    panels = plot.grid(
        1, 2, x=[across, across.but(titled=False)], y=Log("pull |∂loss/∂z| per sample", 1e-4, 100.0), share_y=True
    )  # fmt: skip
    for panel, mine, factor, sign, name in zip(panels, (positive, ~positive), a["pull"], (1, -1), names, strict=True):
        drawn = {"ce": expit(-margin), "softacc": bump, "softf1": bump * float(factor)}
        panel.title(name)
        for row, (loss, values) in enumerate(drawn.items()):
            panel.curve(margin, np.maximum(values, 1e-6), CAST[loss])
            at = np.clip(sign * a["shown_logits"][row][mine], -FAR, FAR)[:200]
            panel.dots(at, np.full(len(at), 1.6e-4 * 2.2**row), CAST[loss], size=4, opacity=0.6, hover=False)
    for loss in ("ce", "softacc", "softf1"):
        panels[1].corner("— {name}", "top right", CAST[loss], name=CAST[loss])
    panels[0].corner("dots: samples", "top right", "quiet")
    right = 1 if positive[p.probe] else -1
    z = [right * float(a["shown_logits"][row][p.probe]) for row in range(3)]
    panels[0 if positive[p.probe] else 1].upright(min(max(z[0], -FAR), FAR), "clicked", "mark", at=0.04)
    return plot.done(
        "The clicked sample: probability of its class {ce:.2f} under cross-entropy, {acc:.2f} under soft accuracy, {f1:.2f} under soft F1.",
        ce=float(expit(z[0])), acc=float(expit(p.sharpness * z[1])), f1=float(expit(p.sharpness * z[2])),
    )  # fmt: skip


def bias(timeline: Timeline, style: Style) -> Picture:
    """Mean soft F1 of random batches against their size, and the value of all training data."""
    p, a, s = timeline.params, timeline.frame.arrays, timeline.frame.scalars
    mean, spread = a["bias_curve"].astype(float), a["bias_spread"].astype(float)
    sizes = np.array(SIZES, float)
    plot = Plot(
        timeline,
        style,
        x=Log("batch size B", 1.8, 600.0, ticks={size: str(size) for size in SIZES}),
        y=Axis("soft F1 (6)", 0, 1),
    )
    plot.band(sizes, np.maximum(mean - spread, 0), np.minimum(mean + spread, 1), veil=0.15)
    plot.curve(sizes, mean, points=7, name="mean ± sd of 1,000 batches")
    plot.level(s["bias_full"], "all training data: {value:.3f}", "theory")
    if p.batch != "full":
        plot.dots(
            [int(p.batch)],
            [s["bias_batch"]],
            "mark",
            size=14,
            hover=False,
            label="B = {batch}: {value:.3f}",
            batch=int(p.batch),
            value=s["bias_batch"],
        )
    plot.corner("mean ± sd of 1,000 batches", "top left")
    plot.corner("network of cross-entropy", "top left", "quiet")
    return plot.done("Batches have {batch:.3f} on average, all data {full:.3f}.", batch=s["bias_batch"], full=s["bias_full"])


def promise(timeline: Timeline, style: Style) -> Picture:
    """The soft value that is trained beside the hard one that is meant, for both metrics."""
    s = timeline.frame.scalars
    plot = Plot(timeline, style)
    panels = plot.grid(1, 2, x="step", y=Axis("", 0, 1), share_y=True, titles=("soft accuracy", "soft F1"))
    for panel, soft, hard, loss in zip(panels, ("soft_acc", "soft_f1"), ("acc", "f1"), ("softacc", "softf1"), strict=True):
        panel.over_time(soft, CAST[loss], end="soft, training", dash="dash")
        panel.over_time(f"{hard}_{loss}", CAST[loss], end="hard, test")
    return plot.done(
        "Soft accuracy {soft_acc:.3f}, hard {acc:.3f}; soft F1 {soft_f1:.3f}, hard {f1:.3f}.",
        soft_acc=s["soft_acc"], acc=s["acc_softacc"], soft_f1=s["soft_f1"], f1=s["f1_softf1"],
    )  # fmt: skip


def gradients(timeline: Timeline, style: Style) -> Picture:
    """The length of every network's gradient against the step."""
    s = timeline.frame.scalars
    plot = Plot(timeline, style, x="step", y=Log("length of the gradient", 1e-8, 100.0))
    for loss in LOSSES:
        plot.over_time(f"gradient_{loss}", CAST[loss], least=1e-8)
    return plot.done("The gradient of soft F1 has the length {value:.2g}.", value=s["gradient_softf1"])
