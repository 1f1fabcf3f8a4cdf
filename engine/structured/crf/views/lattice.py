"""The lattice of all label paths, for the CRF and for the softmax: where the probability lies."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.plot import HIDDEN, Member, Plot, lattice
from engine.plot.words.tokens import shown
from engine.structured.crf.names import FALSE, LETTERS, MODELS, TRUE
from engine.structured.crf.theory import LEGAL

LARGEST, ROOM = 28.0, 330.0  # pixels: a node of probability 1, and what a row of nodes may take on a narrow screen
FAINT = 0.005  # chances of a step below which it is not drawn


def symbols(arrays: dict[str, np.ndarray]) -> list[str]:
    """The shown symbols as they are written; those that were not in training are “?”."""
    return [shown(chr(code)) for code in arrays["shown_codes"].tolist()]


def draw(
    plot: Plot, who: Member, nodes: np.ndarray, pairs: np.ndarray, path: np.ndarray, arrays: dict[str, np.ndarray]
) -> None:
    """Nodes as large as P(y_t), edges as wide as P(y_t, y_t+1) where there is any, the decoded path in bold, the true labels ringed."""
    n, k = nodes.shape
    drawn = np.argwhere(pairs > FAINT)  # place, label, next label
    edges = [(t * k + i, (t + 1) * k + j) for t, i, j in drawn.tolist()]
    inks: Any = ["quiet" if LEGAL[i, j] else FALSE for _, i, j in drawn.tolist()]
    size = min(LARGEST, ROOM / n)
    places, steps = lattice(n, k), np.arange(n)
    bold = [[t * k + int(label) for t, label in enumerate(path)]] if n > 1 else []
    plot.nodes(places, edges, areas=nodes.ravel(), weights=pairs[pairs > FAINT], who=who, edge=inks, largest=size, thickest=min(9.0, 0.4 * size),
        bold=bold, bold_inks=(who,), hover="P = {chance:.3f}", chance=nodes.ravel(), key=np.arange(n * k))  # fmt: skip
    plot.dots(steps, k - 1 - arrays["labels"], TRUE, size=size + 7, hollow=True, hover=False)
    for label, letter in enumerate(LETTERS):
        plot.text(-beside(n), k - 1 - label, "{letter}", side="center", letter=letter)
    for t, (symbol, new) in enumerate(zip(symbols(arrays), arrays["unknown"], strict=True)):
        plot.text(t, -0.75, "{symbol}", FALSE if new else "quiet", side="center", symbol=symbol)


def beside(n: int) -> float:
    """How far left of the first place the labels' names stand, clear of its ring on a narrow screen."""
    return 0.6 + 0.045 * n


def opened(timeline: Timeline, style: Style) -> Plot:
    """An empty picture with room for the lattice."""
    n = len(timeline.frame.arrays["labels"])
    return Plot(timeline, style, x=HIDDEN.but(low=-beside(n) - 0.3, high=1.02 * n - 0.4), y=HIDDEN.but(low=-1.1, high=3.5))


def paths(timeline: Timeline, style: Style) -> Picture:
    """The CRF's lattice; a click on a node pins its label."""
    p, a, s = timeline.params, timeline.frame.arrays, timeline.frame.scalars
    plot = opened(timeline, style)
    draw(plot, MODELS["crf"], a["node_marginals"], a["pair_marginals"], a["viterbi"], a)
    n = len(a["labels"])
    best = float(np.exp(min(p.inverse_temperature * s["viterbi_score"] - s["log_z"], 0.0)))
    place, label = divmod(p.pinned, 4)
    if p.pin and place < n:
        plot.dots([place], [3 - label], "text", size=min(LARGEST, ROOM / n) + 13, symbol="square", hollow=True, hover=False)
    plot.click("pinned")
    plot.headline("{count:,} paths", count=4**n)
    plot.headline("<b>the best one: {best:.1%}</b>", best=best)
    plot.headline("○ true labels", who=TRUE)
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
