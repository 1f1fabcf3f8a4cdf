"""Pictures of the net: the loss one step ahead, its curvature, what the backward pass removes, weights that grow."""

from __future__ import annotations

import math

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.plot import Axis, Log, Plot
from engine.training.batchnorm import theory
from engine.training.batchnorm.names import CAST, PARTS
from engine.training.batchnorm.params import PROBES, SHOWN

LOW, HIGH = 1e-4, 1e3  # losses that are drawn


def ended(plot: Plot, timeline: Timeline) -> None:
    """Where the run diverged."""
    if (step := timeline.frame.scalars["diverged_at"]) >= 0:
        plot.upright(step, "diverged at step {value:.0f}", "mark", dash="solid", at=0.5)


def shown(values: np.ndarray) -> np.ndarray:
    """Losses within what is drawn; a gap where there is none."""
    return np.where(np.isnan(values), np.nan, np.clip(values, LOW, HIGH))


def ribbon(timeline: Timeline, style: Style) -> Picture:
    """Hero: lowest and highest loss along the gradient, a step of up to 0.4 ahead, and the loss itself, against the step."""
    s, who = timeline.frame.scalars, CAST[timeline.params.normaliser]
    steps, low = timeline.trace("loss_low")
    high, loss = (timeline.trace(name)[1] for name in ("loss_high", "train_loss"))
    fresh = np.isfinite(low) & (np.diff(low, prepend=np.nan) != 0)  # a look holds until the next one
    seen = np.concatenate([high[np.isfinite(high)], [10.0]])
    least = LOW if np.nanmin(loss, initial=1.0) < 2e-3 else 1e-3
    plot = Plot(timeline, style, x="step", y=Log("loss, nats", least, min(1.5 * float(seen.max()), HIGH)))
    plot.band(steps[fresh], shown(low[fresh]), shown(high[fresh]), who, veil=0.35)
    plot.curve(steps, shown(loss), who, width=2.4, name="loss of all rows", uid="train_loss")
    plot.level(math.log(10), "blind guess {value:.2f}", "quiet", dash="dot", side="right")
    ended(plot, timeline)
    plot.headline("<b>{who}</b>, η = {rate:.2g}", who=who, rate=timeline.params.learning_rate)
    plot.headline("ribbon: the loss up to 0.4 ∇f ahead")
    if np.isfinite(s["test_accuracy"]):
        plot.headline("test {right:.0%} right", right=s["test_accuracy"])
    return plot.done(
        "The loss is {loss:.3g}; up to 0.4 gradients ahead it lies between {low:.3g} and {high:.3g}.",
        loss=s["train_loss"], low=s["loss_low"], high=s["loss_high"],
    )  # fmt: skip


def slice_ahead(timeline: Timeline, style: Style) -> Picture:
    """The newest look: loss against how far along the gradient, with the bound (1) for the measured curvature."""
    p, s, a = timeline.params, timeline.frame.scalars, timeline.frame.arrays
    heights, who = a["slice"], CAST[p.normaliser]
    reach = np.linspace(0, PROBES[-1], len(heights))
    known = heights[np.isfinite(heights)]
    top = 1.25 * float(known.max()) if known.size else 1.0
    plot = Plot(
        timeline, style, x=Axis("how far along the gradient, η'", 0, PROBES[-1]), y=Axis("loss of the batch, nats", 0, top)
    )
    limit = 2 / s["smoothness"]
    if limit > 0:
        plot.region(x=(0, min(limit, PROBES[-1])), text="descent is certain: η' < 2/β̂", opacity=0.5)
    law = theory.bound(float(heights[0]), s["gradient_norm"] ** 2, reach, s["smoothness"])
    plot.theory(reach, np.where(law <= top, law, np.nan), end="bound (1)")
    plot.curve(reach, heights, who, width=3, end="f(θ − η'∇f)")
    at = [int(np.abs(reach - rate).argmin()) for rate in PROBES]
    plot.dots(reach[at], heights[at], who, size=9)
    if p.learning_rate <= PROBES[-1]:
        plot.upright(p.learning_rate, "η", "mark", at=0.04)
    return plot.done(
        "Along the gradient the loss of the batch goes from {first:.3g} to {last:.3g}; descent is certain up to {limit:.3g}.",
        first=float(heights[0]), last=float(heights[-1]), limit=limit,
    )  # fmt: skip


def smoothness(timeline: Timeline, style: Style) -> Picture:
    """Effective smoothness and length of the gradient, and the curvature up to which this learning rate is safe."""
    p, s = timeline.params, timeline.frame.scalars
    plot = Plot(timeline, style, x="step", y=Log("", 0.02, 300.0))
    plot.over_time("smoothness", CAST[p.normaliser], end="β̂", least=0.02)
    plot.over_time("gradient_norm", "quiet", end="‖∇f‖", least=0.02, width=1.6)
    plot.level(2 / p.learning_rate, "2/η = {value:.3g}", "mark")
    ended(plot, timeline)
    plot.headline("below 2/η a step goes down for certain")
    plot.headline("<b>mean β̂ {value:.1f}</b>", value=s["mean_smoothness"])
    return plot.done(
        "The effective smoothness is {now:.3g}, {mean:.3g} on average; steps go down for certain below {edge:.3g}.",
        now=s["smoothness"], mean=s["mean_smoothness"], edge=2 / p.learning_rate,
    )  # fmt: skip


def backward(timeline: Timeline, style: Style) -> Picture:
    """Squared gradient of eight units, after and before the normaliser: its shares along 1 and along ŷ."""
    a = timeline.frame.arrays
    units = np.arange(1, SHOWN + 1)
    found = [theory.parts(a["pre"], a[name]) for name in ("grad_pre", "grad_post")]
    top = max(0.02, 1.3 * float(np.nan_to_num(np.stack(found)[:, :2]).max()))
    plot = Plot(timeline, style)
    x, y = Axis("unit", 0.4, SHOWN + 0.6, ticks=units.tolist(), grid=False), Axis("share of the squared gradient", 0, top)
    panels = plot.grid(1, 2, x=x, y=y, share_y=True, titles=("before it: ∂L/∂y", "after it: G = ∂L/∂z"))
    for panel, shares in zip(panels, found, strict=True):
        for place, (name, share) in enumerate(zip(PARTS, shares, strict=False)):
            panel.bars(units, np.nan_to_num(share), PARTS[name], group=(place, 2), width=0.8)
    for name in PARTS:
        panels[1].corner("■ {name}", "top right", PARTS[name], size=13, name=PARTS[name])
    removed = [float(np.nanmean(1 - share[2])) if np.isfinite(share).any() else math.nan for share in found]
    plot.headline("<b>{who}</b>: gradients run from right to left", who=CAST[timeline.params.normaliser])
    return plot.done(
        "Along 1 and ŷ lie {after:.0%} of the squared gradient after the normaliser, and {before:.0%} before it.",
        after=removed[1], before=removed[0],
    )  # fmt: skip


def norms(timeline: Timeline, style: Style) -> Picture:
    """‖W‖² of the first layer beside what Pythagoras says, and the effective rate η/‖W‖²."""
    s = timeline.frame.scalars
    plot = Plot(timeline, style)
    above, below = plot.grid(2, 1, x="step", y=[Axis("‖W‖²"), Log("effective rate")], share_x=True)
    above.over_time("weight_norm2", CAST[timeline.params.normaliser], end="measured", width=4)
    above.over_time("predicted_norm2", "theory", dash="dash", end="Pythagoras (8)")
    below.over_time("effective_rate", "second", end="η/‖W‖²")
    return plot.done(
        "‖W‖² is {now:.4g}; Pythagoras says {law:.4g}. The effective rate is {rate:.3g}.",
        now=s["weight_norm2"], law=s["predicted_norm2"], rate=s["effective_rate"],
    )  # fmt: skip
