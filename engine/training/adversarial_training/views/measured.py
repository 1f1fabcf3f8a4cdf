"""What is measured on all benches: digits under attack, accuracy against the radius and over time, and what a step costs."""

from __future__ import annotations

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.plot import Axis, Plot
from engine.training.adversarial_training import theory
from engine.training.adversarial_training.names import ATTACKS, CAST
from engine.training.adversarial_training.params import RADII

SIDE = 8  # pixels of a digit


def gallery(timeline: Timeline, style: Style) -> Picture:
    """Test digits, what the attack adds, and the sum with the answers before and after."""
    p, s, a = timeline.params, timeline.frame.scalars, timeline.frame.arrays
    plot = Plot(timeline, style)
    panels = plot.grid(3, 1, titles=("the digit", "what the attack adds", "both, and the answer before → after"))
    most = max(float(np.abs(a["digit_delta"]).max()), 1e-9)
    answers = [f"{one} → {two}" if one != two else f"{one}" for one, two in zip(a["digit_before"].tolist(), a["digit_after"].tolist(), strict=True)]  # fmt: skip
    rows = (
        (a["digit_images"], "grey", 1.0, 0.0, ()),
        (a["digit_delta"], "two-sided", most, -most, ()),
        (a["digit_images"] + a["digit_delta"], "grey", 1.0, 0.0, answers),
    )
    for panel, (pictures, tones, high, low, titles) in zip(panels, rows, strict=True):
        panel.tiles(pictures.reshape(-1, SIDE, SIDE), len(pictures), tones=tones, low=low, high=high, titles=titles, gap=0.35)
    fooled = int((a["digit_after"] != a["digit_labels"]).sum())
    plot.headline("<b>{who}</b>, attacked with εₜ = {radius:.2f}", who=CAST[p.method], radius=p.attack_radius)
    plot.headline("right: {clean:.1%}, under attack <b>{robust:.1%}</b>", clean=s["clean_accuracy"], robust=s["robust_accuracy"])  # fmt: skip
    return plot.done(
        "{fooled} of {all} digits are read wrongly under attack; of all test digits {robust:.1%} are read rightly.",
        fooled=fooled, all=len(answers), robust=s["robust_accuracy"],
    )  # fmt: skip


def robustness(timeline: Timeline, style: Style) -> Picture:
    """Accuracy against the radius of the attack: PGD-20, one step (dashed), random noise (dotted)."""
    p, s, a = timeline.params, timeline.frame.scalars, timeline.frame.arrays
    plot = Plot(timeline, style, x=Axis("attack radius εₜ", 0, 1), y=Axis("accuracy on the test set", 0, 1.02))
    for who, row in zip(ATTACKS.values(), a["robust_curve"], strict=True):
        plot.curve(RADII, row, who, end="{name}")
    plot.upright(p.attack_radius, "", "mark")
    plot.headline("<b>{who}</b> at εₜ = {radius:.2f}", who=CAST[p.method], radius=p.attack_radius)
    plot.headline("PGD-20 <b>{robust:.1%}</b>, one step {single:.1%}", robust=s["robust_accuracy"], single=s["fgm_accuracy"])
    return plot.done(
        "Attacked with radius {radius:.2f}, {robust:.1%} of the test inputs are right under twenty steps, {single:.1%} under one.",
        radius=p.attack_radius, robust=s["robust_accuracy"], single=s["fgm_accuracy"],
    )  # fmt: skip


def accuracy(timeline: Timeline, style: Style) -> Picture:
    """Accuracy over the steps: without attack, under one step, under PGD-20."""
    s = timeline.frame.scalars
    plot = Plot(timeline, style, x="step", y=Axis("accuracy on the test set", 0, 1.02))
    plot.over_time("clean_accuracy", "good", end="no attack")
    plot.over_time("fgm_accuracy", ATTACKS["step"])
    plot.over_time("robust_accuracy", ATTACKS["pgd"])
    return plot.done(
        "Right without attack: {clean:.1%}; under one step {single:.1%}, under PGD-20 {robust:.1%}.",
        clean=s["clean_accuracy"], single=s["fgm_accuracy"], robust=s["robust_accuracy"],
    )  # fmt: skip


def cost(timeline: Timeline, style: Style) -> Picture:
    """Gradients that a step of every method takes; the present one is opaque, its time is measured."""
    p, s = timeline.params, timeline.frame.scalars
    names, places = list(CAST), np.arange(len(CAST))[::-1]
    count = np.array([theory.evaluations(name, p.pgd_steps) for name in names], float)
    plot = Plot(timeline, style, x=Axis("gradients a step", 0, 23), y=Axis(ticks=dict(zip(places.tolist(), CAST.values(), strict=True)), grid=False))  # fmt: skip
    mine = np.array([name == p.method for name in names])
    plot.bars(places[~mine], count[~mine], [CAST[name] for name in names if name != p.method], across=True, opacity=0.35, text="{value:.0f}", hover=False)  # fmt: skip
    plot.bars(places[mine], count[mine], CAST[p.method], across=True, text="{value:.0f}", hover=False)
    plot.headline("<b>{who}</b>: {count:.0f} gradients, {time:.1f} ms", who=CAST[p.method], count=s["gradients"], time=s["milliseconds"])  # fmt: skip
    return plot.done("A step takes {count:.0f} gradients and {time:.1f} ms.", count=s["gradients"], time=s["milliseconds"])
