"""Sheets of samples: what each class draws, and who is in a cell of the table."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.latent.vae_clustering.names import classes, dead, inks, shades
from engine.latent.vae_clustering.params import DRAWS
from engine.plot import Axis, Plot

BLOCK = 10  # rows of drawings under each other; more stand in a second block


def drawn(timeline: Timeline, style: Style) -> Picture:
    """A row of drawings for every class, in the order of the digits they are paired with; points for data that are no pictures."""
    p, a = timeline.params, timeline.frame.arrays
    order, clusters = a["order"], p.clusters
    sheet = a["drawn"].reshape(clusters, DRAWS, -1)[order]
    if a["size"][0]:
        plot, blocks = Plot(timeline, style), -(-clusters // BLOCK)
        rows = min(clusters, BLOCK)
        whole = np.full((blocks * rows, *sheet.shape[1:]), np.nan, np.float32)  # the last block may be shorter
        whole[:clusters] = sheet
        gone = np.zeros(blocks * rows, bool)
        gone[:clusters] = dead(timeline)[order]
        beside = np.arange(blocks * rows).reshape(blocks, rows).T.ravel()  # blocks stand beside each other
        columns = DRAWS + (blocks > 1)  # an empty column keeps two blocks apart
        wide = np.full((blocks * rows, columns, whole.shape[-1]), np.nan, np.float32)
        wide[:, :DRAWS] = whole[beside]
        plot.tiles(wide.reshape(-1, *a["size"]), columns * blocks, pale=np.repeat(gone[beside], columns))
        plot.title("left: at the centre, then around it with spread {spread:.2f}", spread=p.spread)
    else:
        plot = _data(timeline, style)
        for cluster, colour in enumerate(inks(timeline, style)):
            x = a["drawn"].reshape(clusters, DRAWS, 2)[cluster].astype(float)
            plot.dots(x[1:, 0], x[1:, 1], colour, symbol="x", size=9, ring="background", hover=False)
            plot.dots(x[:1, 0], x[:1, 1], colour, symbol="star", size=18, ring="text", hover=False)
        plot.corner("★ drawn at the centre   ✕ around it", "bottom right", "quiet", size=13)
    alive = clusters - int(dead(timeline).sum())
    return plot.done("Each of {clusters} classes drawn; {alive} of them have samples.", clusters=clusters, alive=alive)


def members(timeline: Timeline, style: Style) -> Picture:
    """The surest samples of the chosen cluster, where classes are known those of the chosen class."""
    p, a = timeline.params, timeline.frame.arrays
    row = min(p.chosen, p.clusters - 1)
    where: dict[str, Any] = {"row": row + 1}
    if a["size"][0] and len(a["members"]):
        plot = Plot(timeline, style)
        plot.tiles(a["members"].reshape(-1, *a["size"]), 10)
    elif a["size"][0]:
        plot = Plot(timeline, style, x=Axis("", 0, 1, hidden=True), y=Axis("", 0, 1, hidden=True))
        plot.text(0.5, 0.5, "nobody is in this cell", "quiet", side="center")
    else:
        plot = _data(timeline, style)
        plot.dots(a["members"][:, 0], a["members"][:, 1], "text", size=9, hollow=True, hover=False)
    if "table" in a:
        names = classes(timeline)
        column = min(p.chosen_class, len(names) - 1)
        where |= {"name": names[column], "count": int(a["table"][a["order"][row], column])}
        plot.title("row {row}, class {name}: {count} samples, the surest first", **where)
    else:
        where["count"] = round(float(a["share"][a["order"][row]]) * len(a["cluster"]))
        plot.title("cluster {row}: {count} samples, the surest first", **where)
    return plot.done("{count} samples are in the chosen cell.", count=where["count"])


def _data(timeline: Timeline, style: Style) -> Plot:
    """The shown samples in a plane of the data, in the mixed colours of p(y|z)."""
    a = timeline.frame.arrays
    flat = timeline.params.data in ("blobs", "pinwheel", "moons")
    names = ("column 1", "column 2") if flat else ("principal axis 1", "principal axis 2")
    plot = Plot(timeline, style, x=Axis(names[0], grid=False), y=Axis(names[1], grid=False, square="fill"))
    plot.dots(a["shadow"][:, 0], a["shadow"][:, 1], shades(timeline, style), size=5, opacity=0.7, hover=False)
    return plot
