"""Images, gradient noise, and the plane of codes."""

from __future__ import annotations

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.latent.vae_bayes.names import CAST
from engine.plot import HIDDEN, Axis, Plot


def images(timeline: Timeline, style: Style) -> Picture:
    """Four rows: originals, reconstructions, draws of the prior, a walk along a latent; curves where samples are no pictures."""
    a, s = timeline.frame.arrays, timeline.frame.scalars
    rows, (height, width) = a["pictures"], a["size"].astype(int)
    plot = Plot(timeline, style)
    panels = plot.grid(4, 1, x=HIDDEN, y=HIDDEN)
    names = ("originals", "reconstructions", "draws of the prior", "along latent {latent}")
    for panel, row, name in zip(panels, rows, names, strict=True):
        panel.title(name, latent=timeline.params.latent)
        if height > 1:
            panel.tiles(row.reshape(-1, height, width), len(row), low=float(rows[0].min()), high=float(rows[0].max()))
        else:
            panel.heat(row, tones="relief")
    return plot.done(
        "Originals, reconstructions (squared error {error:.2f}), draws of the prior, a walk.", error=s["distortion"]
    )


def noise(timeline: Timeline, style: Style) -> Picture:
    """A hundred gradients of one batch, for the draws in force and for sixteen; the shares of (10)."""
    a, s, p = timeline.frame.arrays, timeline.frame.scalars, timeline.params
    clouds = a["noise_cloud"].astype(float)
    clouds = clouds - clouds.mean((0, 1))
    reach = max(1.1 * float(np.abs(clouds).max()), 1e-9)
    plot = Plot(timeline, style)
    axes = [Axis("first direction", -reach, reach, square=True), Axis("first direction", -reach, reach, square=True)]
    panels = plot.grid(1, 2, x=axes, y=[Axis("second direction", -reach, reach), HIDDEN.but(low=-reach, high=reach)])
    for panel, cloud, who, draws in zip(panels, clouds, (CAST["now"], CAST["sixteen"]), (p.draws, 16), strict=True):
        panel.title("L = {draws}", draws=draws)
        panel.dots(cloud[:, 0], cloud[:, 1], who, size=5, opacity=0.6, hover=False)
    total = (s["noise_x"] + s["noise_z"]) / p.batch
    plot.headline("images {x:.3g}", x=s["noise_x"] / p.batch)
    plot.headline("draws {z:.3g}", z=s["noise_z"] / p.batch)
    return plot.done(
        "Gradient variance {total:.3g}, of which the draws of z make {z:.3g}.", total=total, z=s["noise_z"] / p.batch
    )


def codes(timeline: Timeline, style: Style) -> Picture:
    """Mean codes by class, with the prior's circles."""
    a, s = timeline.frame.arrays, timeline.frame.scalars
    at, classes = a["codes"], a["classes"].astype(int)
    reach = max(2.2, 1.1 * float(np.abs(at).max()))
    plot = Plot(timeline, style, x=Axis("z₁", -reach, reach, square=True), y=Axis("z₂", -reach, reach))
    plot.dots(at[:, 0], at[:, 1], by=classes % 10, tones=list(range(10)), size=5, opacity=0.7, hover=False)
    angle = np.linspace(0, 2 * np.pi, 73)
    for radius in (1, 2):
        plot.theory(radius * np.cos(angle), radius * np.sin(angle), hover=False)
    return plot.done("Mean codes of {count} images; the rate is {rate:.2f} nats.", count=len(at), rate=s["rate"])
