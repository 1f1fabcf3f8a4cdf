"""What the prior draws: decoded grids of both arms, and which classes they show."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.latent.vae_geometry.names import ARMS, samples
from engine.plot import HIDDEN, Axis, Panel, Plot

CLASS = {"digits": "digit", "glyph": "sector of 30°", "hard-glyph": "sector of 30°", "moons": "moon", "own": "class"}


def gallery(timeline: Timeline, style: Style) -> Picture:
    """Decoded prior codes of VAE and autoencoder, and a histogram of the classes of prior draws."""
    a, s, params = timeline.frame.arrays, timeline.frame.scalars, timeline.params
    arms = {"": ARMS["vae"]} | ({"ae_": ARMS["ae"]} if params.twin else {})
    classes = len(a["histogram"])
    plot = Plot(timeline, style)
    below = Axis(CLASS.get(params.data, "tenth of the roll"), every=1 if classes <= 10 else 3, grid=False)
    x = [HIDDEN] * len(arms) + [below] * len(arms)
    y = [HIDDEN] * len(arms) + [HIDDEN.but(low=0.0)] * len(arms)
    panels = plot.grid(2, len(arms), x=x, y=y, heights=(3, 1) if len(arms) == 1 else (3, 2))  # a sheet is square
    for column, (prefix, who) in enumerate(arms.items()):
        above, counted = panels[column], panels[column + len(arms)]
        _draws(above, timeline, a[f"{prefix}gallery"], who)
        above.title("<b>{arm}</b>", arm=who)
        counts = a[f"{prefix}histogram"]
        share = counts / max(float(counts.sum()), 1.0)
        counted.bars(np.arange(classes), share, who, width=0.8, hover="%{y:.0%}")
        entropy = {"value": s[f"{prefix}class_entropy"], "most": float(np.log(classes))}
        counted.title("class entropy {value:.2f} of {most:.2f} nats", **entropy)
    return plot.done(
        "Classes drawn from the prior: entropy {vae:.2f} nats for the VAE, {ae:.2f} for the autoencoder.",
        vae=s["class_entropy"], ae=s["ae_class_entropy"],
    )  # fmt: skip


def _draws(panel: Panel, timeline: Timeline, drawn: np.ndarray, who: Any) -> None:
    """A sheet of pictures; for other data crosses in a flat picture of the data."""
    a = timeline.frame.arrays
    if a["size"][0]:
        height, width = (int(side) for side in a["size"])
        panel.tiles(drawn.reshape(-1, height, width), round(len(drawn) ** 0.5))
        return
    panel.y = panel.y.but(square="fill")
    samples(panel, a["shadow"], timeline, size=3, opacity=0.45)
    panel.dots(drawn[:, 0], drawn[:, 1], who, symbol="x", size=6)
