"""Pictures of the classifier of digits: accuracy and redundance, and the filters themselves."""

from __future__ import annotations

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.plot import Axis, Plot
from engine.training.self_orthogonality import theory
from engine.training.self_orthogonality.names import PENALTIES


def worth(timeline: Timeline, style: Style) -> Picture:
    """Test accuracy, and root mean square of ϑ of exact signs on the test rows."""
    s, who = timeline.frame.scalars, PENALTIES[timeline.params.penalty]
    plot = Plot(timeline, style)
    above, below = plot.grid(
        2, 1, x="step", y=[Axis("test accuracy", 0.8, 1.0), Axis("ϑ of test signs, rms", 0.0, 1.0)], share_x=True
    )
    above.over_time("accuracy", who, end="{value:.1%}", value=s["accuracy"], least=0.8)
    below.over_time("test_theta_rms", who, end="{value:.2f}", value=s["test_theta_rms"])
    below.level(len(theory.pixels("raw").test_x) ** -0.5, "noise alone {value:.2f}", "theory", side="right")
    plot.headline("<b>{who}</b>", who=who)
    return plot.done(
        "The accuracy is {right:.1%}; ϑ is {rms:.2f}, root mean square over the pairs.",
        right=s["accuracy"],
        rms=s["test_theta_rms"],
    )


def filters(timeline: Timeline, style: Style) -> Picture:
    """Weights on the original pixels, 8 × 8 for every filter."""
    w = theory.pixels(timeline.params.preprocessing).map @ timeline.frame.arrays["w"]
    scaled = w / np.maximum(np.abs(w).max(0), 1e-12)
    plot = Plot(timeline, style)
    plot.tiles(scaled.T.reshape(-1, 8, 8), 8, tones="two-sided", low=-1.0, high=1.0)
    s = timeline.frame.scalars
    plot.headline(
        "weights of {count} filters, angles {mean:.1f}° ± {sd:.1f}°", count=w.shape[1], mean=s["angle_mean"], sd=s["angle_sd"]
    )
    return plot.done(
        "Weights of {count} filters as pictures; their angles are {mean:.1f}° ± {sd:.1f}°.",
        count=w.shape[1], mean=s["angle_mean"], sd=s["angle_sd"],
    )  # fmt: skip
