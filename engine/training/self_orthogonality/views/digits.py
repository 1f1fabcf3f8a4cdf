"""Pictures of the classifier of digits: accuracy and redundance, and the filters themselves."""

from __future__ import annotations

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.plot import Axis, Plot
from engine.training.self_orthogonality import theory
from engine.training.self_orthogonality.names import PENALTIES

BIN = 0.1  # of ϑ; one is centred at 0


def worth(timeline: Timeline, style: Style) -> Picture:
    """Test accuracy on the way, and ϑ of exact signs on the test rows for all pairs."""
    p, s = timeline.params, timeline.frame.scalars
    who = PENALTIES[p.penalty]
    signs = np.where(theory.pixels(p.preprocessing).test_x @ timeline.frame.arrays["w"] > 0, 1.0, -1.0)
    theta = theory.pairs(signs.T @ signs / len(signs))
    places = np.arange(-1.0, 1.0 + BIN / 2, BIN)
    shares = np.histogram(theta, np.append(places - BIN / 2, 1.0 + BIN / 2))[0] / len(theta)
    plot = Plot(timeline, style)
    axes = Axis("ϑ of a pair on the test digits", -1.05, 1.05, every=0.5), Axis("share of pairs", 0.0, 0.8)
    above, below = plot.grid(2, 1, x=["step", axes[0]], y=[Axis("test accuracy", 0.8, 1.0), axes[1]])
    above.over_time("accuracy", who, end="{value:.1%}", value=s["accuracy"], least=0.8)
    below.bars(places, shares, who, width=0.92 * BIN)
    below.upright(0.0)
    below.corner("root mean square {rms:.2f}", "top right", rms=s["test_theta_rms"])
    plot.headline("<b>{who}</b>", who=who)
    return plot.done(
        "The accuracy is {right:.1%}; ϑ is {rms:.2f}, root mean square over the pairs.",
        right=s["accuracy"], rms=s["test_theta_rms"],
    )  # fmt: skip


def filters(timeline: Timeline, style: Style) -> Picture:
    """Weights on the original pixels, 8 × 8 for every filter."""
    w = theory.pixels(timeline.params.preprocessing).map @ timeline.frame.arrays["w"]
    scaled = w / np.maximum(np.abs(w).max(0), 1e-12)
    plot = Plot(timeline, style)
    plot.tiles(scaled.T.reshape(-1, 8, 8), 8, tones="two-sided", low=-1.0, high=1.0)
    told = {"count": w.shape[1], "mean": timeline.frame.scalars["angle_mean"], "sd": timeline.frame.scalars["angle_sd"]}
    plot.headline("weights of {count} filters, angles {mean:.1f}° ± {sd:.1f}°", **told)
    return plot.done("Weights of {count} filters as pictures; their angles are {mean:.1f}° ± {sd:.1f}°.", **told)
