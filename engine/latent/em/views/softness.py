"""What the softness does: entropy of the memberships, and the smooth inertia that becomes that of K-means."""

from __future__ import annotations

import math

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.latent.em.names import CAST
from engine.plot import Axis, Log, Plot


def entropy(timeline: Timeline, style: Style) -> Picture:
    """Entropy of the memberships over the softness, centres held; with a fixed σ below it the smooth inertia beside K-means."""
    p, a, s = timeline.params, timeline.frame.arrays, timeline.frame.scalars
    grid, most = a["soft_grid"].astype(float), math.log(max(p.components, 2))
    plot = Plot(timeline, style)
    x = Log("width σ" if p.fixed else "temperature T", 0.01, 3.0, ticks=(0.01, 0.03, 0.1, 0.3, 1, 3))
    up = Axis("entropy (nats)", -0.05 * most, 1.08 * most)
    if p.fixed:
        above, below = plot.grid(2, 1, x=x, y=[up, Axis("mean d²")], share_x=True)
        smooth, allowed = a["smooth_inertia"], 2 * grid**2 * math.log(p.components)
        low = max(s["inertia"] - 2 * s["inertia"], float(smooth.min()))
        below.y = below.y.but(low=low - 0.05 * s["inertia"], high=1.25 * s["inertia"])
        below.curve(grid, np.maximum(smooth, low - 1), "measured", hover=False)
        below.theory(grid, np.maximum(s["inertia"] - allowed, low - 1), hover=False, width=1.6)
        below.level(s["inertia"], "hard, as K-means: {value:.3f}", CAST["kmeans"])
        below.corner("dashed: no more than 2σ² ln K below", "bottom left", "theory", size=13)
        below.dots([p.softness], [s["smooth"]], "measured", size=12, hover=False)
        below.upright(p.softness)
    else:
        plot.x, plot.y, above = x, up, plot
    above.curve(grid, a["soft_entropy"], "measured", hover=False)
    above.level(math.log(p.components), "ln K", "theory", side="right")
    above.upright(p.softness)
    above.dots(
        [p.softness], [s["label_entropy"]], "measured", size=12, label="{value:.3g}", value=s["label_entropy"], hover=False
    )
    return plot.done(
        "At {softness:.3g} the memberships have an entropy of {entropy:.3g} nats.",
        softness=p.softness,
        entropy=s["label_entropy"],
    )
