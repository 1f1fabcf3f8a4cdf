"""Pictures of samples: two of one law, the size they need, and the user's own."""

from __future__ import annotations

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.latent.gaussian_distances import theory
from engine.latent.gaussian_distances.names import CAST
from engine.plot import Axis, Log, Plot


def same_law(timeline: Timeline, style: Style) -> Picture:
    """(3) of two samples of one law, fifty times, against the true 0 and (14)."""
    p, s, repeats = timeline.params, timeline.frame.scalars, timeline.frame.arrays["bias_repeats"]
    high = 1.25 * max(float(repeats.max()), s["bias_predicted"])
    plot = Plot(timeline, style, Axis("W₂² of two samples of one law", 0, high), Axis("density", 0))
    plot.histogram(repeats, CAST["w2"], bins=40, low=0.0, high=high)
    plot.upright(0.0, "the truth: 0", "text", dash="solid", width=3)
    plot.upright(s["bias_predicted"], "(14): {value:.3g}", "theory", dash="dash", width=2.4)
    plot.title("m = {m}, n = {n}: mean <b>{mean:.3g}</b>", m=p.m, n=p.n, mean=s["bias_mean"])
    return plot.done(
        "Two samples of {m} points in {n} dimensions: mean {mean:.3g}, predicted {predicted:.3g}, truly 0.",
        m=p.m, n=p.n, mean=s["bias_mean"], predicted=s["bias_predicted"]
    )  # fmt: skip


def sizes(timeline: Timeline, style: Style) -> Picture:
    """The mean against the sample size, and (14)."""
    p, s, a = timeline.params, timeline.frame.scalars, timeline.frame.arrays
    grid = np.geomspace(20, 2000, 30)
    plot = Plot(timeline, style, Log("sample size m", 18, 2200, ticks=(20, 200, 2000)), Log("mean W₂², truly 0"))
    plot.theory(grid, theory.predicted_bias(1, p.n) / grid, end="(14)")
    plot.curve(a["bias_sizes"], a["bias_curve"], CAST["w2"], points=9, end="measured")
    plot.upright(p.m, "m = {value:.0f}", at=0.05)
    plot.handle(p.m, s["bias_mean"], ("m", None), symbol="diamond", name="m")
    return plot.done(
        "With m = {m} the mean is {mean:.3g}, predicted {predicted:.3g}.",
        m=p.m,
        mean=s["bias_mean"],
        predicted=s["bias_predicted"],
    )


def own(timeline: Timeline, style: Style) -> Picture:
    """The user's two samples in their two widest directions, and the numbers."""
    s, a = timeline.frame.scalars, timeline.frame.arrays
    plot = Plot(timeline, style, Axis("widest direction", grid=False), Axis("second direction", grid=False, square="fill"))
    for name in "pq":
        points = a[f"sample_points_{name}"].astype(float)
        plot.dots(points[:, 0], points[:, 1], CAST[name], size=4, opacity=0.55, hover=False)
        fit = theory.fitted(points)
        plot.ellipses(fit.mean, fit.covariance[None], CAST[name], size=2.0, width=2.6, corners=73)
        plot.label(float(fit.mean[0]), float(fit.mean[1]), "{name}: {rows:.0f} rows", CAST[name], side="above",
            name=CAST[name], rows=s[f"sample_rows_{name}"])  # fmt: skip
    plot.title("W₂² = <b>{w2:.4g}</b>, of it means {mean:.4g} · with ever more rows about <b>{far:.4g}</b>",
        w2=s["sample_w2_squared"], mean=s["sample_mean"], far=s["sample_extrapolated"])  # fmt: skip
    if s["sample_missing"] > 0:
        plot.corner(
            "too few rows by {missing:.0f}: the covariance is singular, KL = ∞",
            "bottom left",
            "mark",
            missing=s["sample_missing"],
        )
    return plot.done(
        "Your samples: W₂² {w2:.4g}, extrapolated {far:.4g}.", w2=s["sample_w2_squared"], far=s["sample_extrapolated"]
    )
