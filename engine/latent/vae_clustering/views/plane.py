"""The map: codes in the plane of the centres."""

from __future__ import annotations

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.latent.vae_clustering.names import inks, letters, shades
from engine.plot import Axis, Plot

TOGETHER = 0.5  # mean distance of two centres


def plane(timeline: Timeline, style: Style) -> Picture:
    """Codes coloured by p(y|z), centres as stars with rings of one standard deviation; the sample at the pointer in an inset."""
    p, a, s = timeline.params, timeline.frame.arrays, timeline.frame.scalars
    codes, centres = a["flat_codes"].astype(float), a["flat_centres"].astype(float)
    reach = 1.06 * max(float(np.abs(codes).max()), float(np.abs(centres).max()) + 1.0, 2.0)
    names = ("z₁", "z₂") if p.latents == 2 else ("first axis of the centres", "second axis of the centres")
    x, y = Axis(names[0], -reach, reach, grid=False), Axis(names[1], -reach, reach, grid=False, square="fill")
    plot = Plot(timeline, style, x=x, y=y)
    plot.dots(codes[:, 0], codes[:, 1], shades(timeline, style), size=6, opacity=0.8, hover=False)
    colours = inks(timeline, style)
    for centre, colour in zip(centres, colours, strict=True):
        plot.ellipses(centre[None], np.ones((1, 2)), colour, corners=33, width=1.8)
    apart = not s["centre_distance"] < TOGETHER  # in one point their names would hide each other
    named = letters(timeline) if apart else None
    plot.dots(centres[:, 0], centres[:, 1], colours, size=30, symbol="star", hover=False, letters=named)
    plot.headline("{used:.0f} of {many} clusters used", used=s["clusters_used"], many=p.clusters)
    plot.headline("accuracy {share:.1%}", share=s["accuracy"])
    if s["pushed"]:
        plot.corner("centres had merged and were pushed apart", "bottom left", "mark", size=13)
    if p.probe_x or p.probe_y:
        here = codes[int(np.square(codes - (p.probe_x, p.probe_y)).sum(1).argmin())]
        plot.dots(here[:1], here[1:], "text", size=13, hollow=True, hover=False)
        surest = int(a["probe_sure"].argmax())
        plot.headline("at the pointer p = {sure:.2f}", sure=a["probe_sure"][surest])
        if a["size"][0]:
            inset = plot.inset(0.02, 0.3, 0.82, 0.99)
            inset.tiles(a["probe_shown"].reshape(2, *a["size"]), 2)
    plot.hover("probe_x", "probe_y")
    return plot.done(
        "{many} centres, {apart:.2f} apart on average; {used:.0f} clusters are used.",
        many=p.clusters, apart=s["centre_distance"], used=s["clusters_used"],
    )  # fmt: skip
