"""Rate against distortion, the water level, and the ledger of the loss."""

from __future__ import annotations

import math

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.latent.filling import rates
from engine.latent.vae_bayes.names import CAST
from engine.latent.vae_bayes.theory import ALIVE, water_filling
from engine.plot import Axis, Plot

LEVELS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 2.0, 5.0)  # of the diamonds
BARS = 16


def plane(timeline: Timeline, style: Style) -> Picture:
    """The run's way in the plane of rate and distortion, under the exact curve (9) and its tangent of slope -2 sigma^2."""
    p, s, values = timeline.params, timeline.frame.scalars, timeline.frame.arrays["eigenvalues"]
    total = float(values.sum())
    right = max(
        1.15 * float(np.nanmax(timeline.trace("rate")[1])),
        1.3 * float(water_filling(values, 0.05 * values[0], p.latents)[0]),
        1.0,
    )
    top = 1.12 * total
    plot = Plot(timeline, style, x=Axis("rate R: mean KL (nats)", 0, right), y=Axis("distortion: mean squared error", 0, top))
    rate, distortion = water_filling(values, np.geomspace(1e-6, 1, 300) * max(float(values[0]), 1e-12), p.latents)
    inside = rate <= right
    plot.theory(rate[inside], distortion[inside], hover=False)
    if p.likelihood == "gaussian_fixed":
        for level in LEVELS:
            x, y = water_filling(values, max(level * p.beta, 1e-9), p.latents)
            if 0 < x <= right:
                plot.dots([x], [y], "theory", symbol="diamond", size=8, name="σ² = {level}", level=level, key=level)
        plot.click("sigma2")
    level = s["sigma2_in_force"] * p.beta
    if math.isfinite(level) and level > 0:
        half = min(0.12 * right, 0.2 * total / (2 * level))
        at, high = s["rate_theory"], s["distortion_theory"]
        ends = np.array([max(at - half, 0.0), min(at + half, right)])
        plot.curve(ends, high - 2 * level * (ends - at), "quiet", width=1.6, hover=False)
    plot.curve(timeline.trace("rate")[1], timeline.trace("distortion")[1], CAST["run"], width=1.6, hover=False)
    above = s["distortion"] > top  # as a run begins: shown at the edge
    plot.dots(
        [s["rate"]], [min(s["distortion"], 0.98 * top)], CAST["run"], size=14, symbol="triangle-up" if above else "circle"
    )
    plot.corner("R = {rate:.2f}, distortion {distortion:.2f}", "top right", rate=s["rate"], distortion=s["distortion"])
    plot.corner(
        "linear optimum {rate:.2f}, {distortion:.2f}",
        "top right",
        "theory",
        rate=s["rate_theory"],
        distortion=s["distortion_theory"],
    )
    return plot.done("Rate {rate:.2f} nats, distortion {distortion:.2f}.", rate=s["rate"], distortion=s["distortion"])


def water(timeline: Timeline, style: Style) -> Picture:
    """Eigenvalues with the water level above; below, what every latent carries and what it should."""
    p, s, a = timeline.params, timeline.frame.scalars, timeline.frame.arrays
    values, count = a["eigenvalues"], min(BARS, len(a["eigenvalues"]))
    level = s["sigma2_in_force"] * p.beta
    place = np.arange(1, count + 1)
    highest = float(max(values[0], min(level, 1.3 * values[0])))
    plot = Plot(timeline, style)
    shown = min(count, p.latents)
    law = rates(values, level, p.latents)[:shown] if level > 0 else None
    carried = a["kl_latent"][:shown]
    most = float(max(carried.max(), 0.0 if law is None else law.max(), ALIVE))
    up = [Axis("variance λ", 0, 1.2 * highest), Axis("KL (nats)", 0, 1.12 * most)]
    above, below = plot.grid(
        2, 1, x=Axis("direction, latent", 0.4, count + 0.6, every=1, grid=False), y=up, heights=(1.2, 1), share_x=True
    )
    above.bars(place, values[:count], "quiet", hover="%{y:.3f}")
    above.region(y=(0, min(level, 1.2 * highest)), who="first")
    if level <= 1.2 * highest:
        above.level(level, "", "first")
        above.corner("water: βσ² = {level:.3g}", "top right", "first", level=level)
    else:
        above.corner("all under water: βσ² = {level:.3g}", "top", "text", level=level)
    below.bars(place[:shown], carried, CAST["rate"], law=law, hover="%{y:.3f}")
    plot.headline("{alive:.0f} latents alive", alive=s["alive"])
    plot.headline("theory {alive:.0f}", alive=s["alive_theory"])
    return plot.done("{alive:.0f} latents are alive; in theory {theory:.0f}.", alive=s["alive"], theory=s["alive_theory"])


def ledger(timeline: Timeline, style: Style) -> Picture:
    """Reconstruction and KL stacked up to the loss over time, the importance-weighted -ln q(x) under it."""
    s, p = timeline.frame.scalars, timeline.params
    plot = Plot(timeline, style)
    above, below = plot.grid(2, 1, x="step", y=[Axis("nats"), Axis("KL (nats)", 0)], heights=(1.5, 1), share_x=True)
    above.over_time("nll", CAST["nll"], end="reconstruction")
    above.over_time("loss", "text", end="loss")
    above.over_time("iw_nll", CAST["bound"], end="−ln q(x)")
    below.over_time("rate", CAST["rate"], fill="zero", end="R")
    below.over_time("rate_theory", "theory", dash="dash", end="theory")
    if p.likelihood == "bernoulli" and p.data != "binary":
        plot.headline("cross entropy of grey values is no likelihood: do not compare its nats")
    else:
        plot.headline("gap {gap:.2f} nats", gap=s["nll"] + s["rate"] - s["iw_nll"])
    return plot.done(
        "The loss is {loss:.2f} nats: reconstruction {nll:.2f} and KL {rate:.2f}.", loss=s["loss"], nll=s["nll"], rate=s["rate"]
    )
