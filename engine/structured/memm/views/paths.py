"""The lattices: where MEMM, Bi-MEMM and CRF put the probability of the shown letters."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.plot import Plot
from engine.structured import lattice
from engine.structured.memm import theory
from engine.structured.memm.names import MODELS, PLACES
from engine.structured.memm.params import RIB
from engine.structured.sequences import LEGAL, TAGS


def draw(timeline: Timeline, style: Style, name: str) -> Picture:
    """The lattice of one model, with the chances of the steps that words take."""
    a, short = timeline.frame.arrays, RIB(timeline.params)
    nodes, pairs, path = (a[f"{name}_{part}"] for part in ("nodes", "pairs", "path"))
    plot = lattice.opened(timeline, style, *nodes.shape)
    symbols = [chr(code) for code in a["codes"].tolist()]
    if not short:
        true = a["test_labels"][0, : len(nodes)]
        lattice.draw(plot, MODELS[name], nodes, pairs, path, legal=LEGAL, labels=TAGS, symbols=symbols, true=true)
        plot.headline("○ true labels", who=lattice.TRUE)
        right = float((path == true).mean())
        return plot.done("The {name} gets {right:.0%} of the shown labels right.", name=MODELS[name], right=right)
    lattice.draw(plot, MODELS[name], nodes, pairs, path, legal=theory.LEGAL, labels=PLACES, symbols=symbols)
    conditionals(plot, nodes, pairs)
    rib = float(nodes[0, 0] / max(nodes[0, 0] + nodes[0, 3], 1e-300))
    plot.headline("first label: rib <b>{rib:.2f}</b>", rib=rib)
    plot.headline("rob <b>{rob:.2f}</b>", rob=1 - rib)
    return plot.done(
        "The {name} gives the first label of rib {rib:.0%}, of rob {rob:.0%}.", name=MODELS[name], rib=rib, rob=1 - rib
    )


def conditionals(plot: Plot, nodes: np.ndarray, pairs: np.ndarray) -> None:
    """P(next label | label, letters) on the four steps that rib and rob take."""
    for path in theory.PATHS:
        for t, (i, j) in enumerate(pairwise(path.tolist())):
            chance = float(pairs[t, i, j] / nodes[t, i]) if nodes[t, i] > 1e-12 else float("nan")
            plot.text(t + 0.5, 5 - (i + j) / 2, "{chance:.2f}", size=13, side="center", ground=True, chance=chance)


def memm(timeline: Timeline, style: Style) -> Picture:
    """The MEMM's lattice."""
    return draw(timeline, style, "memm")


def crf(timeline: Timeline, style: Style) -> Picture:
    """The CRF's lattice."""
    return draw(timeline, style, "crf")


def bi(timeline: Timeline, style: Style) -> Picture:
    """The Bi-MEMM's lattice."""
    return draw(timeline, style, "bi")
