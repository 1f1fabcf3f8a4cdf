"""Pictures of what is answered rightly: against the gap, the threshold, the step."""

from __future__ import annotations

from functools import cache

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.language.dgcnn_reading import theory
from engine.language.dgcnn_reading.names import PRESETS, TESTS
from engine.language.dgcnn_reading.params import ANSWERED, GAPS
from engine.plot import Axis, Plot

THRESHOLDS = np.linspace(0.02, 0.9, 23)


@cache
def inside(rates: tuple[int, ...], widest: int) -> tuple[int, ...]:
    """Gaps up to `widest` at which the entity is an input of the first answer token: gap + 2 positions before it."""
    offsets = theory.reached(rates)[-1]
    return tuple(gap for gap in range(widest + 1) if gap + 2 in offsets)


def gaps(timeline: Timeline, style: Style) -> Picture:
    """Hero: exact match against the gap; after a sweep all arms."""
    p, s, curve = timeline.params, timeline.frame.scalars, timeline.frame.arrays["exact_match_by_gap"]
    at, walk = np.arange(GAPS), min(p.walk, p.widest)
    plot = Plot(timeline, style, x=Axis("fillers between attribute and value", -0.4, 12.4, every=2),
        y=Axis("share of answers found", -0.08, 1.04, ticks=(0, 0.5, 1)))  # fmt: skip
    if p.gap < GAPS - 1:
        plot.region((p.gap + 0.5, 12.4), opacity=0.6)
        plot.text(12.3, 0.72, "never trained", "quiet", size=13, side="left")
    plot.level(s["chance"], "chance 1/{facts}", "quiet", dash="dot", side="right", below=True, facts=p.facts)
    edge = s["radius"] - 2
    if edge <= 12:
        plot.upright(edge + 0.5, "R − 2 = {edge:.0f}", "theory", dash="dash", at=0.93, edge=edge)
    seen = inside(p.rates, p.widest)
    plot.dots(seen, np.full(len(seen), -0.04), "theory", size=7, symbol="square", name="entity inside the field", hover=False)
    for key, arm in timeline.arms.items():
        if key in PRESETS and key != p.dilations:
            plot.curve(at, arm.frame.arrays["exact_match_by_gap"], PRESETS[key], end="{name}", hover="%{x}: %{y:.2f}")
    other = timeline.other
    if other is not None:
        plot.curve(at, other.frame.arrays["exact_match_by_gap"], "second", end="B", hover="%{x}: %{y:.2f}")
    plot.curve(at, curve, PRESETS[p.dilations], points=8, end="{name}" if timeline.arms else "", hover="%{x}: %{y:.2f}")
    plot.dots([walk], [curve[walk]], "mark", size=14, hover="%{y:.2f}")
    plot.headline("<b>{now:.0%} found at {walk} fillers</b>", now=float(curve[walk]), walk=walk)
    plot.headline("rates {rates}, R = {radius:.0f}", rates="-".join(map(str, p.rates)), radius=s["radius"])
    return plot.done("With {walk} fillers in between {now:.0%} of the answers are found; the field reaches {radius:.0f} positions to either side.",
        walk=walk, now=float(curve[walk]), radius=s["radius"])  # fmt: skip


def swept(timeline: Timeline) -> tuple[np.ndarray, np.ndarray]:
    """Answers found and absent ones refused (23,) at each threshold."""
    a = timeline.frame.arrays
    found = [theory.decode(a["start_tags"], a["end_tags"], tau) for tau in THRESHOLDS]
    shares = [
        [theory.exact(one[part], a["answers"][part]) for one in found] for part in (slice(ANSWERED), slice(ANSWERED, None))
    ]
    return np.array(shares[0]), np.array(shares[1])


def threshold(timeline: Timeline, style: Style) -> Picture:
    """Both shares against τ."""
    p, s = timeline.params, timeline.frame.scalars
    found, refused = swept(timeline)
    plot = Plot(timeline, style, x=Axis("tag threshold τ", 0, 0.92, ticks=(0, 0.3, 0.6, 0.9)), y=Axis("share of questions", 0,
        1.04, ticks=(0, 0.5, 1)))  # fmt: skip
    plot.curve(THRESHOLDS, refused, TESTS["no_answer_accuracy"], name="{name}", hover="τ = %{x:.2f}: %{y:.2f}")
    plot.curve(THRESHOLDS, found, TESTS["exact_match"], name="{name}", hover="τ = %{x:.2f}: %{y:.2f}")
    plot.dots([p.tag_threshold] * 2, [s["exact_match"], s["no_answer_accuracy"]], "mark", size=12, hover="%{y:.3f}")
    plot.legend()
    plot.headline("<b>{found:.1%} found, {refused:.1%} refused at τ = {tau:.2f}</b>", found=s["exact_match"],
        refused=s["no_answer_accuracy"], tau=p.tag_threshold)  # fmt: skip
    plot.headline("largest tags: {top:.2f} on average", top=s["top_tag"])
    return plot.done("At τ = {tau:.2f} {found:.1%} of the answers are found, and {refused:.1%} of the absent ones refused.",
        tau=p.tag_threshold, found=s["exact_match"], refused=s["no_answer_accuracy"])  # fmt: skip


def learning(timeline: Timeline, style: Style) -> Picture:
    """Both shares over the steps."""
    s = timeline.frame.scalars
    plot = Plot(timeline, style, x="step", y=Axis("share of questions", 0, 1.04, ticks=(0, 0.5, 1)))
    plot.level(s["chance"], "chance 1/{facts}", "quiet", dash="dot", facts=timeline.params.facts)
    for name, who in TESTS.items():
        plot.over_time(name, who, end="", name="{name}")
    plot.legend()
    return plot.done("After {step} steps {found:.1%} of the answers are found, and {refused:.1%} of the absent ones refused.",
        step=timeline.frame.step, found=s["exact_match"], refused=s["no_answer_accuracy"])  # fmt: skip
