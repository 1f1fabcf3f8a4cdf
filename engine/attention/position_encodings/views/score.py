"""Pictures of the score itself: its map, one cell taken apart, its decay with distance, the rotating pairs."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from engine.attention.position_encodings import observe, theory
from engine.attention.position_encodings.names import BECOMES, CAST, DROPPED, ENTERS, KEPT, TERM_NAMES, TERMS
from engine.attention.position_encodings.score import ROTATED
from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.plot import HIDDEN, Axis, Plot

TAU = 2 * math.pi
DIALS = 6  # at most; of more pairs an even selection is shown


def score_map(timeline: Timeline, style: Style) -> Picture:
    """Query by key: what position adds to the score of equal contents."""
    p, score, who = timeline.params, timeline.frame.arrays["score"], CAST[timeline.params.encoding]
    head, query, key = observe.chosen(p)
    size, first = observe.cell(p), observe.start(p) if p.shifted else 0
    plot = Plot(timeline, style, x=Axis("key position j"), y=Axis("query position i"))
    plot.heat(score, x=(first, size), y=(first, size), tones="two-sided", bar="score", top=True, square=True)
    if not np.nanmax(np.abs(score)):  # one flat colour is no map: say what it means
        across, down = (first + observe.picture_length(p) * share for share in (0.36, 0.72))
        plot.text(across, down, "nothing is added:<br>0 everywhere", size=16, side="center", ground=True)
    if observe.picture_length(p) > p.train_length:
        edge, corner = first + p.train_length - 0.5, first - size / 2
        plot.curve([edge, edge, corner], [corner, edge, edge], "mark", dash="dash", width=1.8, hover=False)
        plot.text(edge, first, "trained inside", "mark", size=13, up="below", ground=True)
    plot.dots([first + key], [first + query], "text", size=13, symbol="square", hollow=True, hover=False)
    plot.click("key", "query")
    at = {"name": who, "head": head + 1, "query": first + query, "key": first + key, "value": score[query // size, key // size]}
    plot.title(
        "<b>{name}</b>, head {head}: score at i = {query}, j = {key} (distance {distance}): <b>{value:.2f}</b>",
        distance=query - key, **at,
    )  # fmt: skip
    return plot.done("Map of the positional score of {name}, head {head}: query {query}, key {key}, score {value:.2f}.", **at)


def apart(timeline: Timeline, style: Style) -> Picture:
    """The four terms of the score, which of them the encoding changes, and their values at the chosen cell."""
    p, values, who = timeline.params, timeline.frame.arrays["terms"], CAST[timeline.params.encoding]
    head, query, key = observe.chosen(p)
    becomes, total = BECOMES[p.encoding], float(values.sum())
    places = np.arange(4)
    plot = Plot(timeline, style)
    words, bars = plot.grid(2, 1, heights=(0.4, 0.6), x=HIDDEN.but(low=-0.6, high=3.6), y=HIDDEN.but(low=0, high=1))
    plot.headline("<b>{name}</b><br>{enters}", name=who, enters=style.t(ENTERS[p.encoding]))
    for at, now in enumerate(becomes):
        ink = "text" if now == KEPT else "quiet" if now == DROPPED else who
        shown = style.t(now) if now in (KEPT, DROPPED) else f"<b>{now}</b>"
        foot = 0.19 - 0.17 * (at % 2)  # neighbours by turns: on a phone they are longer than their column
        column = ((0.88, _broken(TERM_NAMES[at], style)), (0.56, TERMS[at]), (0.36, "↓"), (foot, shown))
        for height, said in column:
            words.text(at, height, "{said}", ink if said is shown else "quiet", size=10, side="center", said=said)
    bars.x = Axis("sum at i = {query}, j = {key}, head {head}: {total:.2f}", -0.6, 3.6, numbers=False, grid=False, values={"query": query, "key": key, "head": head + 1, "total": total})  # fmt: skip
    pairs = timeline.frame.arrays["pairs"] if p.encoding in ROTATED else np.zeros(0)
    ends = [min(0.0, *values, *pairs), max(0.0, *values, *pairs)]
    room = 0.22 * max(ends[1] - ends[0], 1e-3)  # for the numbers at the ends of the bars
    bars.y = Axis("score (q = k = 1)", ends[0] - room * (ends[0] < 0), ends[1] + room, zero=True)
    inks = ["quiet" if now in (KEPT, DROPPED) else who for now in becomes]
    kept = np.array([now != DROPPED for now in becomes])
    bars.bars(places, values, inks, width=0.5, hover=False)
    _numbers(bars, places[kept], values[kept], "text")
    if len(pairs):
        thin = np.linspace(0.8, 3.35, max(len(pairs), 2))[: len(pairs)]
        bars.bars(thin, pairs, who, width=1.275 / max(len(pairs), 5), opacity=0.5, hover=False)
        bars.corner("= the sum of its {count} pairs", "top", count=len(pairs))
        if len(pairs) <= 8:
            _numbers(bars, thin, pairs, "quiet")
    terms = ", ".join(f"{value:.2f}" for value in values)
    return plot.done(
        "The score of {name} at query {query}, key {key} is {total:.2f}; its four terms are {terms}.",
        name=who, query=query, key=key, total=total, terms=terms,
    )  # fmt: skip


def _numbers(panel: Any, places: np.ndarray, values: np.ndarray, ink: str) -> None:
    for place, value in zip(places, values, strict=True):
        panel.text(place, value, "{value:.2f}", ink, size=13, side="center", up="above" if value >= 0 else "below", value=value)


def _broken(term: str, style: Style) -> str:
    return style.t(term).replace("–", "–<br>")


def decay(timeline: Timeline, style: Style) -> Picture:
    """The positional score against the distance, with its closed form where there is one."""
    p, arrays, who = timeline.params, timeline.frame.arrays, CAST[timeline.params.encoding]
    head, query, key = observe.chosen(p)
    n, curves = arrays["distances"], arrays["decay"]
    summed = p.encoding in ("sinusoidal", "complex")
    main = curves.mean(0) if summed else curves[head]
    x = Axis("distance n = i − j (positions)", -0.5, max(float(n[-1]), 1) + 0.5)
    plot = Plot(timeline, style, x=x, y=Axis("positional score"))
    plot.upright(p.train_length, "training length L")
    plot.upright(query - key, who="quiet", dash="solid")
    if p.encoding == "t5":
        seen = theory.t5_reachable(p.train_length, p.buckets, p.reach, p.causal)
        never = ~seen[theory.t5_bucket(n, p.buckets, p.reach, p.causal)]
        if never.any():
            plot.region(x=(int(n[np.argmax(never)]), int(n[-1])), text="buckets never trained", at=0.06)
    for other in [] if summed else curves:
        if not np.array_equal(other, main):
            plot.curve(n, other, "quiet", width=1, hover=False)
    plot.curve(n, main, who, key=np.maximum(query - n, 0))
    plot.title("<b>{name}</b>, mean of all heads", name=who) if summed else plot.title(
        "<b>{name}</b>, head {head}", name=who, head=head + 1
    )
    law, text = _law(p, n)
    if law is not None:
        plot.theory(n, law, name=text, hover=False)
        plot.title("dashed: {law}", law=style.t(text))
    plot.click("key")
    return plot.done(
        "Positional score of {name} by distance: {near:.2f} at distance 0, {far:.2f} at distance {n}.",
        name=who, near=main[0], far=main[-1], n=int(n[-1]),
    )  # fmt: skip


def _law(params: Any, n: np.ndarray) -> tuple[np.ndarray | None, str]:
    """The closed decay curve of an encoding in the units of its score, and what it says."""
    root = math.sqrt(params.head_width)
    match params.encoding:
        case "sinusoidal" | "complex":
            return theory.decay(n, params.base) * root / 2, "infinite width: 1 − (ln n + γ) / ln b"
        case "rope":
            return theory.decay(n, params.base) * root, "infinite width: 1 − (ln n + γ) / ln b"
        case "alibi":
            head = min(params.head, params.heads) - 1
            return -theory.alibi_slopes(params.heads)[head] * n, "−μ n"
        case _:
            return None, ""


def dials(timeline: Timeline, style: Style) -> Picture:
    """One clock per RoPE pair: angles met in training, angles the test adds, and the hand at the chosen distance."""
    p = timeline.params
    _, query, key = observe.chosen(p)
    distance, trained, tested = query - key, p.train_length, p.test_length
    mode: theory.Stretch = p.stretch if p.encoding == "rope" else "none"
    omega, _ = theory.stretched(mode, p.head_width, p.base, p.factor, trained)
    plain = theory.frequencies(p.head_width, p.base)
    if mode == "ReRoPE":
        distance, tested = min(distance, p.window), min(tested, max(p.window, 1))
    met, now = np.minimum(TAU, trained * plain), np.minimum(TAU, tested * omega)
    fresh, angle = np.maximum(0.0, now - met), distance * omega
    shown = np.unique(np.linspace(0, len(omega) - 1, min(DIALS, len(omega))).round().astype(int))
    columns = 2 if len(shown) == 4 else min(3, len(shown))
    wide, rows = 3.6 if columns == 3 else 5.0, -(-len(shown) // columns)  # room for the words below each dial
    x = HIDDEN.but(low=-wide / 2, high=wide * (columns - 0.5))
    plot = Plot(timeline, style, x=x, y=HIDDEN.but(low=-3.8 * rows + 1.2, high=1.7, square=True))
    for place, pair in enumerate(shown):
        across, down = wide * (place % columns), -3.8 * (place // columns)
        plot.curve(*_arc(across, down, 0.0, TAU), "grid", width=1.5, hover=False)
        plot.curve(*_arc(across, down, 0.0, met[pair]), "quiet", width=7, hover=False)
        if fresh[pair] > 0:
            plot.curve(*_arc(across, down, met[pair], now[pair]), "second", width=7, hover=False)
        hand = [across, across + 0.85 * math.sin(angle[pair])], [down, down + 0.85 * math.cos(angle[pair])]
        plot.curve(*hand, CAST["rope"], width=3.5, hover=False)
        turn = TAU / omega[pair]
        said = f"{turn:.2f}" if turn < 100 else f"{turn:,.0f}"
        plot.text(across, down - 1.27, "pair {pair}: one turn in {turn}", size=13, side="center", pair=pair, turn=said)
        plot.text(
            across, down - 2.0, "new angles {share:.0%}<br>cos {value:+.2f}", "second" if fresh[pair] > 0 else "quiet", size=13,
            side="center", share=fresh[pair] / TAU, value=math.cos(angle[pair]),
        )  # fmt: skip
    plot.title(
        "hand: distance {distance} · grey: met in training (to {trained}) · red: new at {tested}",
        distance=query - key, trained=trained, tested=p.test_length,
    )  # fmt: skip
    return plot.done(
        "Dials of {pairs} rotating pairs at distance {distance}; the slowest meets {share:.0%} new angles.",
        pairs=len(omega), distance=distance, share=fresh[-1] / TAU,
    )  # fmt: skip


def _arc(across: float, down: float, start: float, end: float) -> tuple[np.ndarray, np.ndarray]:
    """An arc of the unit circle from one angle to another, clockwise from the top."""
    turn = np.linspace(start, end, max(2, int(48 * (end - start) / TAU) + 2))
    return across + np.sin(turn), down + np.cos(turn)
