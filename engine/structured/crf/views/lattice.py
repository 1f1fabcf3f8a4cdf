"""The lattice of all label paths, for the CRF and for the softmax: where the probability lies."""

from __future__ import annotations

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.plot import Member, Plot
from engine.plot.words.tokens import shown
from engine.structured import lattice
from engine.structured.crf.names import LETTERS, MODELS
from engine.structured.sequences import LEGAL


def symbols(arrays: dict[str, np.ndarray]) -> list[str]:
    """The shown symbols as they are written; those that were not in training are “?”."""
    return [shown(chr(code)) for code in arrays["shown_codes"].tolist()]


def draw(
    plot: Plot, who: Member, nodes: np.ndarray, pairs: np.ndarray, path: np.ndarray, arrays: dict[str, np.ndarray]
) -> None:
    """The lattice of one model over the shown symbols."""
    lattice.draw(plot, who, nodes, pairs, path, legal=LEGAL, labels=LETTERS, symbols=symbols(arrays), true=arrays["labels"],
        unknown=arrays["unknown"])  # fmt: skip


def opened(timeline: Timeline, style: Style) -> Plot:
    """An empty picture with room for the lattice."""
    return lattice.opened(timeline, style, len(timeline.frame.arrays["labels"]), len(LETTERS))


def paths(timeline: Timeline, style: Style) -> Picture:
    """The CRF's lattice; a click on a node pins its label."""
    p, a, s = timeline.params, timeline.frame.arrays, timeline.frame.scalars
    plot = opened(timeline, style)
    draw(plot, MODELS["crf"], a["node_marginals"], a["pair_marginals"], a["viterbi"], a)
    n = len(a["labels"])
    best = float(np.exp(min(p.inverse_temperature * s["viterbi_score"] - s["log_z"], 0.0)))
    place, label = divmod(p.pinned, 4)
    if p.pin and place < n:
        plot.dots([place], [3 - label], "text", size=lattice.size_of(n) + 13, symbol="square", hollow=True, hover=False)
    plot.click("pinned")
    plot.headline("{count:,} paths", count=4**n)
    plot.headline("<b>the best one: {best:.1%}</b>", best=best)
    plot.headline("○ true labels", who=lattice.TRUE)
    return plot.done(
        "Of {count:,} paths the best one has {best:.1%}; their entropy is {entropy:.2f} nats.",
        count=4**n, best=best, entropy=s["entropy"],
    )  # fmt: skip


def frames(timeline: Timeline, style: Style) -> Picture:
    """The softmax's lattice: its labels know nothing of each other, so a step's chance is a product."""
    a = timeline.frame.arrays
    nodes = a["softmax_marginals"]
    pairs = nodes[:-1, :, None] * nodes[1:, None, :]
    false = float(pairs[:, ~LEGAL].sum(-1).mean()) if len(pairs) else 0.0
    plot = opened(timeline, style)
    draw(plot, MODELS["softmax"], nodes, pairs, a["softmax_labels"], a)
    plot.click("pinned")
    plot.headline("<b>on impossible steps: {false:.0%}</b>", false=false)
    return plot.done("The softmax puts {false:.0%} of its probability on steps that cannot be.", false=false)
