"""Pictures of one normal distribution for two humps."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.latent.gaussian_distances import mixture
from engine.latent.gaussian_distances.names import CAST
from engine.plot import Axis, Plot

X = np.linspace(-6, 6, 401)
MEANS, SDS = np.linspace(-5, 5, 61), np.linspace(0.25, 3.5, 40)


def _bell(mean: float, sd: float) -> np.ndarray:
    return np.exp(-(((X - mean) / sd) ** 2) / 2) / (sd * np.sqrt(2 * np.pi))


def humps(timeline: Timeline, style: Style) -> Picture:
    """The target, the fit by KL(p || q), and the fit by KL(q || p) that walks downhill."""
    gap, s = timeline.params.mixture_gap, timeline.frame.scalars
    plot = Plot(timeline, style, Axis("x", -6, 6), Axis("density", -0.06, 0.9))
    target = np.exp(mixture.log_density(X, gap))
    plot.curve(X, target, CAST["p"], fill="zero", width=1.5, name="target")
    mean, sd = mixture.moments(gap)
    plot.curve(X, _bell(mean, sd), CAST["kl_pq"], width=3)
    plot.curve(X, _bell(s["mixture_mean"], s["mixture_sd"]), CAST["kl_qp"], width=3)
    plot.label(mean, float(_bell(mean, sd).max()), "KL(p‖q): covers", CAST["kl_pq"], side="above")
    walking = float(_bell(s["mixture_mean"], s["mixture_sd"]).max())
    plot.label(s["mixture_mean"], walking, "KL(q‖p): {loss:.3f} nats", CAST["kl_qp"], side="above", loss=s["mixture_live"])
    plot.text(-gap, 0.03, "0.4", CAST["p"], side="center", up="above", size=13)
    plot.text(gap, 0.03, "0.6", CAST["p"], side="center", up="above", size=13)
    plot.handle(gap, 0.0, ("mixture_gap", None), symbol="diamond", name="c")
    return plot.done(
        "Humps at ±{gap:.2f}: KL(p‖q) has mean {mean:.2f} and width {sd:.2f}; the walking fit mean {live:.2f}, width {width:.2f}.",
        gap=gap, mean=mean, sd=sd, live=s["mixture_mean"], width=s["mixture_sd"]
    )  # fmt: skip


@lru_cache(maxsize=16)
def _heights(gap: float) -> np.ndarray:
    """KL(q || p) over SDS (rows) and MEANS (columns)."""
    return np.concatenate([mixture.reverse_kl(MEANS[None], sd, gap) for sd in SDS[:, None]])


def hills(timeline: Timeline, style: Style) -> Picture:
    """KL(q || p) over mean and width, its optima, and the walking fit."""
    gap, s, optima = timeline.params.mixture_gap, timeline.frame.scalars, timeline.frame.arrays["optima"]
    heights = _heights(gap)
    plot = Plot(timeline, style, Axis("mean of q", -5, 5, grid=False), Axis("width of q", 0.25, 3.5, grid=False))
    shown = np.log(heights + 0.05)
    plot.heat(-shown, x=MEANS, y=SDS, low=float(-shown.max()), high=float(-shown.min()), tones=CAST["kl_qp"], smooth=True)
    plot.contour(MEANS, SDS, heights, [0.02, 0.1, 0.3, 0.55, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0], "quiet", width=1.0)
    for name, (mean, sd, loss) in zip(mixture.BASINS, optima, strict=True):
        if np.isfinite(loss):
            plot.dots([mean], [sd], CAST[name], size=14, hollow=True)
            off = -0.12 if name == "bridge" else 0.12  # the target's moments are above the bridge
            plot.text(float(mean), float(sd) + off, "{loss:.3f}", "text", side="center", up="above" if off > 0 else "below",
                ground=True, size=12, loss=float(loss))  # fmt: skip
    mean, sd = mixture.moments(gap)
    plot.dots([mean], [sd], CAST["kl_pq"], symbol="star", size=14, label="KL(p‖q)", name="moments of the target")
    plot.dots([s["mixture_mean"]], [s["mixture_sd"]], "text", size=8, name="the fit that walks")
    count = int(np.isfinite(optima[:, 2]).sum())
    plot.title("optima of KL(q‖p): <b>{count}</b>", count=count)
    return plot.done(
        "At c = {gap:.2f} there are {count} optima; the fit is at mean {mean:.2f}.",
        gap=gap,
        count=count,
        mean=s["mixture_mean"],
    )
