"""Pictures of the race: distances over the steps, and the racers in the plane."""

from __future__ import annotations

import math

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.latent.gaussian_distances.names import CAST
from engine.latent.gaussian_distances.outputs import LOSSES, RACERS
from engine.plot import Axis, Log, Plot


def race(timeline: Timeline, style: Style) -> Picture:
    """W2 to p of every racer against the step, with (12) and (13)."""
    p, s = timeline.params, timeline.frame.scalars
    start = s["race_start"]
    low = max(1e-5 * start, 1e-6)
    highest = max(
        float(values[np.isfinite(values)].max(initial=0)) for values in (timeline.trace(f"race_{n}")[1] for n in LOSSES)
    )
    y = Log("W₂ to p", low, max(min(2 * highest, 1e3 * start), 3 * start, 1e-3), every=1, powers=True)
    plot = Plot(timeline, style, Axis("step", 0, max(timeline.frame.step, 10)), y)
    plot.over_time("flow_w2", CAST["flow"], least=low)
    for name in LOSSES:
        steps, values = timeline.trace(f"race_{name}")
        seen = np.where(np.isfinite(values), np.maximum(values, low), np.nan)
        lost = np.isfinite(timeline.frame.arrays["lost_at"][RACERS.index(name)])
        plot.curve(steps, seen, CAST[name], end="" if lost else "{name}", width=3.0, outside=not lost)
        if lost and np.isfinite(seen).any():
            last = np.flatnonzero(np.isfinite(seen))[-1]
            plot.dots([steps[last]], [min(seen[last], 800 * start)], CAST[name], symbol="x", size=12, hover=False)
    steps = timeline.trace("race_w2")[0]
    if not timeline.marks:  # another step size, or another target, and it is another curve
        plot.theory(steps, np.maximum(start * (1 - p.eta) ** steps, low), "theory", dash="dot", hover=False)
        plot.corner("dots: (1 − η)ᵏ W₂(0) (12)", "bottom left", "theory", size=13)
    gone = [CAST[name] for name in LOSSES if np.isfinite(timeline.frame.arrays["lost_at"][RACERS.index(name)])]
    if gone:
        plot.corner("left the picture for good: {gone}", "top right", "text", size=13, gone=gone)
    return plot.done(
        "After {step} steps the W₂ racer is at {w2:.3g} of {start:.3g}, the H² racer at {h:.3g}.",
        step=timeline.frame.step, w2=s["race_w2"], start=start, h=s["race_hellinger"]
    )  # fmt: skip


def track(timeline: Timeline, style: Style) -> Picture:
    """p and the racers' ellipses with the ways of their means."""
    p, a = timeline.params, timeline.frame.arrays
    reach = max(p.start_distance, 2.0)
    x = Axis("x₁", p.p_x - 0.45 * reach - 2, p.p_x + 1.15 * reach + 4, grid=False)
    plot = Plot(timeline, style, x, Axis("x₂", p.p_y - 4, p.p_y + 4, grid=False, square="fill"))
    for size, width in ((1.0, 3.0), (2.0, 1.4)):
        plot.ellipses(p.p.mean, p.p.covariance[None], CAST["p"], size=size, width=width, corners=73)
    plot.text(p.p_x, p.p_y, "<b>p</b>", CAST["p"], side="center")
    groups: list[list[str]] = []  # racers that stand together are named together
    for k, name in enumerate(RACERS):
        if np.isfinite(a["lost_at"][k]):
            continue
        dash = "dash" if name == "flow" else ""
        plot.curve(a["trails"][k][:, 0], a["trails"][k][:, 1], CAST[name], width=1.6, hover=False, dash="dot")
        plot.ellipses(a["means"][k], a["covariances"][k][None], CAST[name], width=2.4, corners=49, dash=dash)
        plot.dots(a["means"][k][:1], a["means"][k][1:], CAST[name], size=8)
        if name == "flow":  # dashed, beside W₂'s own
            continue
        near = (one for one in groups if math.dist(a["means"][RACERS.index(one[0])], a["means"][k]) < 0.25 * reach)
        group = next(near, None)
        if group is None:
            groups.append([name])
        else:
            group.append(name)
    for names in groups:
        k = RACERS.index(names[0])
        up = float(a["means"][k][1] + np.sqrt(max(a["covariances"][RACERS.index(name)][1, 1] for name in names)))
        plot.label(
            float(a["means"][k][0]),
            min(up, p.p_y + 3.6),
            "{racers}",
            CAST[names[0]],
            side="above",
            racers=[CAST[name] for name in names],
        )
    gone = [CAST[name] for k, name in enumerate(RACERS) if np.isfinite(a["lost_at"][k])]
    if gone:
        plot.corner("left the picture for good: {gone}", "top left", "text", size=13, gone=gone)
    return plot.done("The racers after {step} steps.", step=timeline.frame.step)
