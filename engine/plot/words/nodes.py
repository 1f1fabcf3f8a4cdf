"""Nodes and what joins them: lattices, trees, rings, graphs, with areas, widths of edges, and paths in bold."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from engine.core.picture import scatter
from engine.plot.axes import HIDDEN
from engine.plot.cast import Member, Text, Who
from engine.plot.words.marks import screen
from engine.plot.words.tokens import Tokens

LARGEST, THICKEST = 34.0, 9.0  # pixels: diameter of the largest node, width of the heaviest edge


def lattice(columns: int, rows: int) -> np.ndarray:
    """Places (columns * rows, 2) of a lattice, column by column, the first row on top; node (t, k) is number t * rows + k."""
    t, k = np.divmod(np.arange(columns * rows), max(rows, 1))
    return np.stack([t, rows - 1.0 - k], 1).astype(float)


def ring(count: int) -> np.ndarray:
    """Places (count, 2) on the unit circle, clockwise from the top."""
    angle = 2 * np.pi * np.arange(count) / max(count, 1)
    return np.stack([np.sin(angle), np.cos(angle)], 1)


def tree(parents: Sequence[int]) -> np.ndarray:
    """Places (n, 2) of a tree with its root on top: leaves side by side in their order, each other node over its children's middle.

    Args:
        parents: the parent's number of each node, -1 of the root. Raises ValueError where they go in a circle.
    """
    children: dict[int, list[int]] = {}
    for node, parent in enumerate(parents):
        children.setdefault(int(parent), []).append(node)
    places, order, stack = np.full((len(parents), 2), np.nan), [], [(root, 0) for root in reversed(children.get(-1, []))]
    while stack:
        node, depth = stack.pop()
        order.append(node)
        places[node, 1] = -depth
        stack += [(child, depth + 1) for child in reversed(children.get(node, []))]
    if len(order) < len(parents):
        raise ValueError("these parents are no tree: every node must lead to a root, whose parent is -1")
    leaves = iter(range(len(parents)))
    for node in order:
        if node not in children:
            places[node, 0] = next(leaves)
    for node in reversed(order):
        if node in children:
            places[node, 0] = np.mean([places[child, 0] for child in children[node]])
    return places


class Nodes(Tokens):
    """A word of a panel: `.nodes`."""

    def nodes(
        self,
        places: Any,
        edges: Sequence[tuple[int, int]] | Any = (),
        *,
        areas: Any = None,
        weights: Any = None,
        who: Who | Sequence[Who] = "measured",
        edge: Who | Sequence[Who] = "quiet",
        names: Sequence[Any] = (),
        below: Sequence[Any] = (),
        edge_names: Sequence[Any] = (),
        bold: Sequence[Sequence[int]] = (),
        bold_inks: Sequence[Who] = ("mark",),
        directed: bool = False,
        largest: float = LARGEST,
        thickest: float = THICKEST,
        hollow: bool = False,
        square: bool = False,
        room: float = 0.5,
        hover: Text | bool = False,
        key: Any = None,
        **values: Any,
    ) -> None:
        """A graph: nodes at places (n, 2) (see `lattice`, `tree`, `ring`) and edges between them.

        Args:
            edges: pairs of node numbers.
            areas: of the nodes, 0..1 (the area says it, not the diameter); all equal without.
            weights: of the edges, 0..1: their widths.
            who, edge: colours of nodes and edges, one for all or one each.
            names: written in the nodes (short), or beside them where nodes are small; members of a cast, words or numbers.
            below: a second line under the nodes.
            edge_names: written at the middles of the edges.
            bold: paths as node numbers, drawn thick in `bold_inks` under the nodes.
            directed: edges end in a head at the rim of their node.
            key: what a click on a node sets (one per node); `hover` a text whose array values are taken node by node.
        """
        at = np.reshape(np.asarray(places, float), (-1, 2))
        pairs = np.reshape(np.asarray(edges, int), (-1, 2))
        sizes = np.full(len(at), largest) if areas is None else largest * np.sqrt(np.clip(np.asarray(areas, float), 0.0, 1.0))
        self._frame(at, room, square)
        for path, ink in zip(bold, list(bold_inks) * len(bold), strict=False):
            way = at[np.asarray(path, int)]
            self.curve(way[:, 0], way[:, 1], ink, width=thickest + 3, opacity=0.55, hover=False)
        if len(pairs):
            self._edges(at, pairs, sizes, weights, edge, thickest, directed)
        for (a, b), text in zip(pairs, edge_names, strict=False):
            middle = at[a] + 0.5 * (at[b] - at[a])
            self.text(middle[0], middle[1], "{words}", size=12, side="center", ground=True, words=self.word(text))
        inside = bool(names) and largest >= 16
        words = [self.word(name) for name in names] if names else None
        many = not isinstance(who, Member | str | int)
        self.dots(
            at[:, 0], at[:, 1], who, size=screen(sizes), hollow=hollow, hover=hover, key=key, letters=words if inside else None,
            **values,
        )  # fmt: skip
        if words and not inside:
            for place, text in zip(at, words, strict=False):
                self.text(place[0], place[1], "{words}", size=13, side="right", words=text)
        for k, text in enumerate(below):
            shade: Any = who[k] if many else who  # type: ignore[index]
            place = {"xanchor": "center", "yanchor": "top", "yshift": -largest / 2 - 2}
            self.note(at[k, 0], at[k, 1], self.word(text), self.color(shade), 12, **place)

    def _frame(self, at: np.ndarray, room: float, square: bool) -> None:
        """The axes say nothing; they hold the nodes with half a step of room."""
        for letter, values in (("x", at[:, 0]), ("y", at[:, 1])):
            axis, known = self.axis(letter), values[np.isfinite(values)]
            if axis.low is None and axis.high is None:
                low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 1.0)
                axis = HIDDEN.but(low=low - room, high=high + room, square=square and letter == "y")
            self._set(letter, axis)

    def _edges(
        self, at: np.ndarray, pairs: np.ndarray, sizes: np.ndarray, weights: Any, edge: Any, thickest: float, directed: bool
    ) -> None:
        """One trace; its stretches have widths (and colours) of their own."""
        one = edge if isinstance(edge, Member | str | int) else "quiet"
        widths = (
            np.full(len(pairs), 1.6)
            if weights is None
            else 0.6 + (thickest - 0.6) * np.clip(np.asarray(weights, float), 0.0, 1.0)
        )
        gap = np.full((len(pairs), 1), np.nan)
        start, stop = at[pairs[:, 0]], at[pairs[:, 1]]
        x, y = (np.hstack([start[:, k : k + 1], stop[:, k : k + 1], gap]).ravel() for k in range(2))
        trace = scatter(x=screen(x), y=screen(y), mode="lines", hoverinfo="skip", line={"color": self.color(one), "width": 1.6})
        meta: dict[str, Any] = {"widths": [round(float(width), 2) for width in np.nan_to_num(widths, nan=0.6)]}
        if one is not edge:
            meta["colors"] = [self.color(ink) for ink in edge]
        self.add(trace | {"meta": meta})
        if directed:
            self._heads(start, stop, sizes[pairs[:, 1]], one)

    def _heads(self, start: np.ndarray, stop: np.ndarray, sizes: np.ndarray, who: Who) -> None:
        (left, right), (bottom, top) = self.span("x"), self.span("y")

        def draw() -> None:
            """Heads at the rims of the nodes, by the pixels of the nominal figure."""
            unit = np.array([self.pixels("x") / (right - left), self.pixels("y") / (top - bottom)])
            if self.x.square or self.y.square:
                unit[:] = unit.min()
            along = (stop - start) * unit
            length = np.maximum(np.hypot(along[:, 0], along[:, 1]), 1e-9)[:, None]
            tips = stop - along / length * (sizes[:, None] / 2 + 1) / unit
            angle = np.arctan2(along[:, 1], along[:, 0])
            barbs = [tips + 8.0 * np.stack([np.cos(angle + t), np.sin(angle + t)], 1) / unit for t in (2.7, -2.7)]
            path = np.stack([barbs[0], tips, barbs[1], np.full_like(tips, math.nan)], 1).reshape(-1, 2)
            self.curve(path[:, 0], path[:, 1], who, width=2, hover=False)

        self.later.append(draw)
