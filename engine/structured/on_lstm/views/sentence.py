"""One sentence: its tree as high as d, who owns which level at each token, and d."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.plot import Axis, Member, Panel, Plot
from engine.plot.cast import color
from engine.structured.on_lstm import grammar, theory
from engine.structured.on_lstm.names import WORDS, ZONES

SHADES = 9  # of either master gate in the blended colours
MENTIONED = 5  # words that stand where the grammar has none such
STEP = 0.05  # by which a bracket stands above those in it, at least: where d is equal; less over long sentences


def sentence(timeline: Timeline, style: Style) -> Picture:
    """Tree, gates and distances of the shown sentence over its tokens."""
    a = timeline.frame.arrays
    tokens = a["tokens"]
    ticks = {k: grammar.NAMES[token] for k, token in enumerate(tokens)}
    x = Axis("", -0.6, len(tokens) - 0.4, ticks=ticks, grid=False)
    plot = Plot(timeline, style)
    above, middle, below = plot.grid(
        3,
        1,
        x=x,
        y=[Axis("parse tree", 0, 1.05, numbers=False, grid=False), Axis("level"), Axis("d", 0, 1)],
        heights=[1.4, 1.0, 0.8],
        share_x=True,
    )
    true = set(grammar.brackets(tokens.astype(np.int64)))
    found = {(first, last) for first, last in a["tree"].tolist()}
    dendrogram(above, a["distance"], timeline.params.parser, true)
    gates(middle, timeline, style)
    below.bars(
        np.arange(len(tokens)), a["distance"], [WORDS[str(grammar.LEVELS[token])] for token in tokens], hover="d = %{y:.3f}"
    )
    below.title("{words}", words=legend(reversed(list(WORDS.values())), style))
    plot.headline("<b>found: {hits} of {count} true brackets</b>", hits=len(true & found), count=len(true))
    wrong = [grammar.NAMES[token] for token in tokens[~grammar.legal(tokens.astype(np.int64))]]
    if wrong:
        plot.headline("out of order: {words}", words=" ".join(wrong[:MENTIONED]) + (" …" if len(wrong) > MENTIONED else ""))
    return plot.done(
        "The tree of the shown sentence has {hits} of its {count} true brackets; on 200 sentences {recall:.0%} are found.",
        hits=len(true & found), count=len(true), recall=timeline.frame.scalars["recall"],
    )  # fmt: skip


def dendrogram(panel: Panel, d: np.ndarray, parser: str, true: set[tuple[int, int]]) -> None:
    """Every bracket of a parse as a roof over its two parts, as high as d where it was split; true ones thick."""
    places = {(t, t): (float(t), 0.0) for t in range(len(d))}  # of each bracket, its middle and height
    roofs: list[tuple[theory.Bracket, list[float], list[float]]] = []

    least = min(STEP, 0.9 / len(d))

    def join(first: int, k: int, last: int, height: float) -> None:
        (x0, y0), (x1, y1) = places[first, k - 1], places[k, last]
        top = max(height, y0 + least, y1 + least)
        places[first, last] = (x0 + x1) / 2, top
        roofs.append(((first, last), [x0, x0, x1, x1, np.nan], [y0, top, top, y1, np.nan]))

    for first, k, last in reversed(list(theory.splits(d.tolist(), parser))):  # parts come after their whole
        if parser == "P" and k < last:
            join(k, k + 1, last, 0.0)  # the token beside what follows it
        if k > first:
            join(first, k, last, float(d[k]))
    for bracket_true, who, width in ((False, "quiet", 1.5), (True, "measured", 3.0)):
        own = [(x, y) for span, x, y in roofs if (span in true) == bracket_true]
        if own:
            panel.curve(np.ravel([x for x, _ in own]), np.ravel([y for _, y in own]), who, width=width, hover=False)
    panel.corner("thick: a true bracket", "top right", "measured", size=13)


def gates(panel: Panel, timeline: Timeline, style: Style) -> None:
    """Who owns which level at each token, in blended colours; of an LSTM, the forget gate neuron by neuron."""
    a = timeline.frame.arrays
    if "forget_master" not in a:
        panel.y = panel.y.but(title="neuron")
        panel.heat(a["forget_gate"].T, x=(0, 1), y=(1, 1), low=0.0, high=1.0, hover="f = %{z:.2f}")
        panel.title("bluer: forget gate f nearer 1")
        return
    f, i = (np.rint((SHADES - 1) * np.clip(a[f"{name}_master"].T, 0, 1)) for name in ("forget", "input"))
    levels = len(f)
    panel.y = panel.y.but(ticks=sorted({1, (levels + 1) // 2, levels}))
    panel.heat(SHADES * f + i, x=(0, 1), y=(1, 1), low=-0.5, high=SHADES**2 - 0.5, tones=blended(style))
    panel.title("a level belongs to {owners} □ nobody", owners=legend(ZONES.values(), style))


def legend(cast: Iterable[Member], style: Style) -> str:
    """Names in their colours, in a line."""
    return " ".join(f'<span style="color:{color(who, style)}">■ {who.name(style)}</span>' for who in cast)


def blended(style: Style) -> list[tuple[float, str]]:
    """A stepped scale for SHADES x SHADES pairs of gates: blank, input, history and both, mixed by their weights."""
    rgb = [np.array([int(shade[k : k + 2], 16) for k in (1, 3, 5)]) for shade in
        (style.background, color(ZONES["input"], style), color(ZONES["history"], style), color(ZONES["mix"], style))]  # fmt: skip
    steps: list[tuple[float, str]] = []
    for k in range(SHADES**2):
        f, i = (part / (SHADES - 1) for part in divmod(k, SHADES))
        mixed = sum(w * own for w, own in zip(((1 - f) * (1 - i), (1 - f) * i, f * (1 - i), f * i), rgb, strict=True))
        shade = "#" + "".join(f"{round(part):02x}" for part in np.asarray(mixed))
        steps += [(k / SHADES**2, shade), ((k + 1) / SHADES**2, shade)]
    return steps
