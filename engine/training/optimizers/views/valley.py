"""Pictures of the noisy parabola: where the walkers are, and how their variance comes to rest."""

from __future__ import annotations

import math

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.plot import Axis, Plot
from engine.training.optimizers import theory
from engine.training.optimizers.params import HEIGHTS


def walkers(timeline: Timeline, style: Style) -> Picture:
    """Hero: density of the walkers and the normal law with the variance (8)."""
    p, s = timeline.params, timeline.frame.scalars
    reach = theory.reach(p.walker_rate, p.curvature, p.gradient_noise)
    edges = np.linspace(-reach, reach, HEIGHTS + 1)
    resting = s["variance_theory"]
    tenth = theory.spread(p.walker_rate, p.curvature, p.gradient_noise, 10)
    top = max(1.3 / math.sqrt(2 * math.pi * tenth), 0.2) if tenth > 0 else 1.0  # room for a soft batch of ten
    plot = Plot(timeline, style, x=Axis("θ", -reach, reach), y=Axis("density", 0, top))
    heights = np.minimum(timeline.frame.arrays["heights"], top)
    plot.bars((edges[1:] + edges[:-1]) / 2, heights, "measured", width=2 * reach / HEIGHTS, opacity=0.55, hover=False)
    if resting > 0:
        fine = np.linspace(-reach, reach, 301)
        law = np.exp(-fine * fine / (2 * resting)) / math.sqrt(2 * math.pi * resting)
        plot.theory(fine, np.where(law <= top, law, np.nan), name="normal law (8)", hover=False)
        plot.corner("dashed: normal law with (8)", "top right", "theory")
    if s["walkers_diverged"] >= 0:
        plot.corner("diverged at step {value:.0f}: γλ ≥ 2", "top left", "mark", value=s["walkers_diverged"])
    plot.headline("<b>variance {value:.4g}</b>, (8): {law:.4g}", value=s["variance"], law=resting)
    plot.headline("batch {batch}", batch=p.soft_batch)
    return plot.done("The variance of the walkers is {value:.4g}, at rest by (8) {law:.4g}.", value=s["variance"], law=resting)


def spread(timeline: Timeline, style: Style) -> Picture:
    """The walkers' variance against the step, and (8) for the settings in force."""
    p, s = timeline.params, timeline.frame.scalars
    single = theory.spread(p.walker_rate, p.curvature, p.gradient_noise)
    top = 1.3 * single if single > 0 else 1.0
    plot = Plot(timeline, style, x="step", y=Axis("variance", 0, top))
    steps, values = timeline.trace("variance")
    plot.curve(steps, np.minimum(values, top), "measured", end="variance", outside=True, uid="variance")
    plot.level(s["variance_theory"], "(8): {value:.4g}")
    plot.headline("<b>{value:.4g}</b>", value=s["variance"])
    return plot.done("The variance is {value:.4g}; at rest it is {law:.4g}.", value=s["variance"], law=s["variance_theory"])
