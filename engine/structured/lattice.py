"""The lattice of all label paths: where a chain puts its probability."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from engine.core.picture import Style
from engine.core.topic import Timeline
from engine.plot import HIDDEN, Member, Plot, lattice

LARGEST, ROOM = 28.0, 330.0  # pixels: a node of probability 1, and what a row of nodes may take on a narrow screen
FAINT = 0.005  # chances of a step below which it is not drawn
FALSE, TRUE = "mark", "good"  # colours of what cannot be, and of what is true


def size_of(n: int) -> float:
    """Pixels that the largest of n nodes in a row may take."""
    return min(LARGEST, ROOM / n)


def beside(n: int) -> float:
    """How far left of the first place the labels' names stand, clear of its ring on a narrow screen."""
    return 0.6 + 0.045 * n


def opened(timeline: Timeline, style: Style, n: int, k: int) -> Plot:
    """An empty picture with room for a lattice of n places and k labels."""
    return Plot(timeline, style, x=HIDDEN.but(low=-beside(n) - 0.3, high=1.02 * n - 0.4), y=HIDDEN.but(low=-1.1, high=k - 0.5))


def draw(
    plot: Plot, who: Member, nodes: np.ndarray, pairs: np.ndarray, path: np.ndarray, *, legal: np.ndarray, labels: Sequence[str],
    symbols: Sequence[str], true: np.ndarray | None = None, unknown: np.ndarray | None = None,
) -> None:  # fmt: skip
    """Nodes as large as P(y_t), edges as wide as P(y_t, y_t+1) where there is any, the decoded path in bold, true labels ringed.

    Args:
        nodes, pairs: (n, k) and (n-1, k, k) chances; path: (n,) decoded labels.
        legal: (k, k) which steps can be; the others are drawn in the colour of what is false.
        labels, symbols: names of the rows and of the columns; `unknown` (n,) marks symbols that training lacks.
    """
    n, k = nodes.shape
    drawn = np.argwhere(pairs > FAINT)  # place, label, next label
    edges = [(t * k + i, (t + 1) * k + j) for t, i, j in drawn.tolist()]
    inks: Any = ["quiet" if legal[i, j] else FALSE for _, i, j in drawn.tolist()]
    size = size_of(n)
    bold = [[t * k + int(label) for t, label in enumerate(path)]] if n > 1 else []
    plot.nodes(lattice(n, k), edges, areas=nodes.ravel(), weights=pairs[pairs > FAINT], who=who, edge=inks, largest=size,
        thickest=min(9.0, 0.4 * size), bold=bold, bold_inks=(who,), hover="P = {chance:.3f}", chance=nodes.ravel(),
        key=np.arange(n * k))  # fmt: skip
    if true is not None:
        plot.dots(np.arange(n), k - 1 - true, TRUE, size=size + 7, hollow=True, hover=False)
    for label, letter in enumerate(labels):
        plot.text(-beside(n), k - 1 - label, "{letter}", side="center", letter=letter)
    for t, symbol in enumerate(symbols):
        ink = FALSE if unknown is not None and unknown[t] else "quiet"
        plot.text(t, -0.75, "{symbol}", ink, side="center", symbol=symbol)
