"""Pictures of the score itself: its map, one cell taken apart, its decay with distance, the rotating pairs."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from engine.attention.position_encodings import instant, theory
from engine.attention.position_encodings.names import BECOMES, DROPPED, ENTERS, KEPT, NAMES, TERM_NAMES, TERMS, color
from engine.attention.position_encodings.score import ROTATED
from engine.core.picture import Picture, Style, bar, heatmap
from engine.core.topic import Timeline
from engine.plot.figures import axis, dots, figure, line

TAU = 2 * math.pi
DIALS = 6  # at most; of more pairs an even selection is shown


def words(x: float, y: float, text: str, color: str, size: int = 14, **more: Any) -> dict[str, Any]:
    """An annotation without an arrow."""
    place: dict[str, Any] = {"xanchor": "left", "yanchor": "middle", "showarrow": False}
    return {"x": x, "y": y, "text": text, "font": {"color": color, "size": size}, **place, **more}


def margin(**sides: int) -> dict[str, int]:
    """The house margins, some of them changed."""
    return {"l": 62, "r": 18, "t": 26, "b": 50, **sides}


def upright(color: str, x: float, **more: Any) -> dict[str, Any]:
    """A vertical line over the whole height of a plot."""
    stroke = {"color": color, "width": 1.5, "dash": more.pop("dash", "dot")}
    return {"type": "line", "x0": x, "x1": x, "y0": 0, "y1": 1, "yref": "y domain", "line": stroke, **more}


def two_sided(look: Style) -> list[list[Any]]:
    """A colour scale from orange through the background to blue."""
    low, high = ("#ff8a5c", "#56b4e9") if look.dark else ("#c1570c", "#0b67a6")
    return [[0.0, low], [0.5, look.background], [1.0, high]]


def score_map(timeline: Timeline, look: Style) -> Picture:
    """Query by key: what position adds to the score of equal contents."""
    params, arrays = timeline.params, timeline.frame.arrays
    name = look.t(NAMES[params.encoding])
    head, query, key = instant.chosen(params)
    length, size = instant.picture_length(params), instant.cell(params)
    first = instant.start(params) if params.shifted else 0
    score = arrays["score"]
    known = np.abs(score[np.isfinite(score)])
    top = float(known.max()) if known.size and known.max() > 0 else 1.0
    value = float(score[query // size, key // size])
    alt = look.t("Map of the positional score of {name}, head {head}: query {query}, key {key}, score {value:.2f}.").format(
        name=name, head=head + 1, query=first + query, key=first + key, value=value
    )
    end, edge = first + length - 0.5 * size, first + params.train_length - 0.5
    title = look.t("{name}, head {head}: score at i = {query}, j = {key} (distance {distance}): <b>{value:.2f}</b>").format(
        name=f"<b>{name}</b>", head=head + 1, query=first + query, key=first + key, distance=query - key, value=value
    )
    notes = [words(0, 1, title, look.text, xref="paper", yref="paper", yanchor="bottom", yshift=4)]
    if length > params.train_length:
        notes.append(words(edge, first, " " + look.t("trained inside"), look.mark, 13, yanchor="top", bgcolor=look.background))
    picture = figure(
        look,
        alt=alt,
        x=axis(look, look.t("key position j"), range=[first - size / 2, end], showgrid=False, constrain="domain"),
        y=axis(
            look, look.t("query position i"), range=[end, first - size / 2], showgrid=False, scaleanchor="x", constrain="domain"
        ),
        margin=margin(t=44, r=70),
        meta={"alt": alt, "click": ["key", "query"]},
        annotations=notes,
    )
    picture.add(
        heatmap(
            z=score,
            x0=first,
            dx=size,
            y0=first,
            dy=size,
            zmin=-top,
            zmax=top,
            colorscale=two_sided(look),
            colorbar={"thickness": 12, "title": {"text": look.t("score")}},
            hoverinfo="skip",
        )
    )
    if length > params.train_length:
        corner = [first - size / 2, edge]
        picture.add(line([edge, edge, corner[0]], [corner[0], edge, edge], look.mark, dash="dash", width=1.8, hoverinfo="skip"))
    marker = {"color": "rgba(0,0,0,0)", "line": {"color": look.text, "width": 2.5}}
    picture.add(dots([first + key], [first + query], look.text, size=13, symbol="square", marker=marker, hoverinfo="skip"))
    return picture


def apart(timeline: Timeline, look: Style) -> Picture:
    """The four terms of the score, which of them the encoding changes, and their values at the chosen cell."""
    params, arrays = timeline.params, timeline.frame.arrays
    values, name = arrays["terms"], look.t(NAMES[params.encoding])
    head, query, key = instant.chosen(params)
    becomes = BECOMES[params.encoding]
    total = float(values.sum())
    alt = look.t("The score of {name} at query {query}, key {key} is {total:.2f}; its four terms are {terms}.").format(
        name=name, query=query, key=key, total=total, terms=", ".join(f"{v:.2f}" for v in values)
    )
    shown = [color(look, params.encoding) if now not in (KEPT, DROPPED) else look.quiet for now in becomes]
    heading = f"<b>{name}</b><br>{look.t(ENTERS[params.encoding])}"
    notes = [words(0, 1.2, heading, look.text, 14, xref="paper", yref="paper", yanchor="bottom", align="left")]
    for at, (now, shade) in enumerate(zip(becomes, shown, strict=True)):
        place = {"xref": "x", "yref": "paper", "xanchor": "center"}
        notes.append(words(at, 1.1, look.t(TERM_NAMES[at]).replace("–", "–<br>"), look.quiet, 12, **place))
        notes.append(words(at, 0.97, TERMS[at], look.quiet, 13, **place))
        text = look.t(now) if now in (KEPT, DROPPED) else f"<b>{now}</b>"
        notes.append(words(at, 0.84, "↓", look.quiet, 13, **place))
        notes.append(words(at, 0.72, text, look.text if now == KEPT else shade, 14, **place))
        if now != DROPPED:
            lift = "bottom" if values[at] >= 0 else "top"
            notes.append(words(at, float(values[at]), f"{values[at]:.2f}", look.text, 14, xanchor="center", yanchor=lift))
    sentence = look.t("sum at i = {query}, j = {key}, head {head}: {total:.2f}").format(
        query=query, key=key, head=head + 1, total=total
    )
    notes.append(words(1, -0.02, sentence, look.text, 15, xref="paper", yref="paper", xanchor="right", yanchor="top"))
    pairs = arrays["pairs"] if params.encoding in ROTATED else np.zeros(0)
    places, thin = np.linspace(0.8, 3.35, max(len(pairs), 2))[: len(pairs)], 0.5 * 2.55 / max(len(pairs), 5)
    if len(pairs):
        text = look.t("= the sum of its {count} pairs").format(count=len(pairs))
        notes.append(words(2.1, 0.6, text, look.text, 14, yref="paper", xanchor="center", yanchor="top"))
        if len(pairs) <= 8:
            notes += [
                words(float(x), float(v), f"{v:.2f}", look.quiet, 13, xanchor="center", yanchor="bottom" if v >= 0 else "top")
                for x, v in zip(places, pairs, strict=True)
            ]
    low, high = min(0.0, float(values.min()), *pairs.tolist()), max(0.0, float(values.max()), *pairs.tolist())
    room = max(high - low, 0.5) * 0.18
    picture = figure(
        look,
        alt=alt,
        x=axis(look, range=[-0.6, 3.6], showticklabels=False, showgrid=False, anchor="y"),
        y=axis(look, look.t("score (q = k = 1)"), domain=[0.02, 0.6], range=[low - room, high + room], zeroline=True),
        margin=margin(t=92, b=40),
        annotations=notes,
    )
    picture.add(bar(x=[0, 1, 2, 3], y=values, width=0.5, marker={"color": shown}, hoverinfo="skip"))
    if len(pairs):
        mine = {"color": color(look, params.encoding), "opacity": 0.5}
        picture.add(bar(x=places, y=pairs, width=thin, marker=mine, hoverinfo="skip"))
        picture.update(barmode="overlay")
    return picture


def decay(timeline: Timeline, look: Style) -> Picture:
    """The positional score against the distance, with its closed form where there is one."""
    params, arrays = timeline.params, timeline.frame.arrays
    name, shade = look.t(NAMES[params.encoding]), color(look, params.encoding)
    head, query, key = instant.chosen(params)
    n, curves = arrays["distances"], arrays["decay"]
    summed = params.encoding in ("sinusoidal", "complex")
    main = curves.mean(0) if summed else curves[head]
    alt = look.t("Positional score of {name} by distance: {near:.2f} at distance 0, {far:.2f} at distance {n}.").format(
        name=name, near=float(main[0]), far=float(main[-1]), n=int(n[-1])
    )
    shapes = [upright(look.mark, params.train_length), upright(look.quiet, query - key, dash="solid")]
    notes = [words(params.train_length, 1, " " + look.t("training length L"), look.mark, 12, yref="y domain", yanchor="top")]
    if params.encoding == "t5":
        seen = theory.t5_reachable(params.train_length, params.buckets, params.reach, params.causal)
        never = ~seen[theory.t5_bucket(n, params.buckets, params.reach, params.causal)]
        if never.any():
            start = int(n[np.argmax(never)])
            box = {"type": "rect", "x0": start, "x1": int(n[-1]), "y0": 0, "y1": 1, "yref": "y domain", "layer": "below"}
            shapes.append({**box, "fillcolor": look.grid, "opacity": 0.6, "line": {"width": 0}})
            notes.append(words(start, 0.06, " " + look.t("buckets never trained"), look.quiet, 13, yref="y domain"))
    law, text = _law(params, n)
    title = f"<b>{name}</b>, " + (look.t("mean of all heads") if summed else look.t("head {head}").format(head=head + 1))
    if law is not None:
        title += " · " + look.t("dashed") + ": " + look.t(text)
    notes.append(words(0, 1.01, title, look.text, 14, xref="paper", yref="paper", yanchor="bottom"))
    picture = figure(
        look,
        alt=alt,
        x=axis(look, look.t("distance n = i − j (positions)"), range=[-0.5, max(float(n[-1]), 1) + 0.5]),
        y=axis(look, look.t("positional score")),
        shapes=shapes,
        annotations=notes,
        margin=margin(t=40),
        meta={"alt": alt, "click_data": "key"},
    )
    if not summed:
        for other in range(len(curves)):
            if other != head and not np.array_equal(curves[other], main):
                picture.add(line(n, curves[other], look.quiet, width=1, hoverinfo="skip"))
    reached = np.maximum(query - n, 0)
    picture.add(line(n, main, shade, name=name, customdata=reached))
    if law is not None:
        picture.add(line(n, law, look.theory, dash="dash", name=look.t(text), hoverinfo="skip"))
    return picture


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


def dials(timeline: Timeline, look: Style) -> Picture:
    """One clock per RoPE pair: angles met in training, angles the test adds, and the hand at the chosen distance."""
    params = timeline.params
    _, query, key = instant.chosen(params)
    distance = query - key
    trained, tested = params.train_length, params.test_length
    mode: theory.Stretch = params.stretch if params.encoding == "rope" else "none"
    omega, _ = theory.stretched(mode, params.head_width, params.base, params.factor, trained)
    plain = theory.frequencies(params.head_width, params.base)
    shown = np.unique(np.linspace(0, len(omega) - 1, min(DIALS, len(omega))).round().astype(int))
    if mode == "ReRoPE":
        distance, tested = min(distance, params.window), min(tested, max(params.window, 1))
    columns = 2 if len(shown) == 4 else min(3, len(shown))
    rows = -(-len(shown) // columns)
    apart_by = 3.6 if columns == 3 else 5.0  # room for the words below each dial
    fresh = max(0.0, min(TAU, tested * omega[-1]) - min(TAU, trained * plain[-1])) / TAU
    alt = look.t("Dials of {pairs} rotating pairs at distance {distance}; the slowest meets {share:.0%} new angles.").format(
        pairs=len(omega), distance=distance, share=fresh
    )
    title = look.t("hand: distance {distance} · grey: met in training (to {trained}) · red: new at {tested}").format(
        distance=query - key, trained=trained, tested=params.test_length
    )
    notes = [words(0, 1.01, title, look.text, 14, xref="paper", yref="paper", yanchor="bottom")]
    rims, old, new, hands = [], [], [], []
    for place, pair in enumerate(shown):
        across, down = apart_by * (place % columns), -3.3 * (place // columns)
        seen, now = min(TAU, trained * plain[pair]), min(TAU, tested * omega[pair])
        rims.append(_arc(across, down, 0.0, TAU))
        old.append(_arc(across, down, 0.0, seen))
        if now > seen:
            new.append(_arc(across, down, seen, now))
        angle = distance * omega[pair]
        hands.append(np.array([[across, across + 0.85 * math.sin(angle)], [down, down + 0.85 * math.cos(angle)]]))
        turn = TAU / omega[pair]
        period = look.t("pair {pair}: one turn in {turn}").format(
            pair=pair, turn=f"{turn:.2f}" if turn < 100 else f"{turn:,.0f}"
        )
        change = look.t("new angles {share:.0%} · cos {value:+.2f}").format(
            share=max(0.0, now - seen) / TAU, value=math.cos(angle)
        )
        notes.append(words(across, down - 1.27, period, look.text, 13, xanchor="center"))
        notes.append(words(across, down - 1.62, change, look.second if now > seen else look.quiet, 13, xanchor="center"))
    picture = figure(
        look,
        alt=alt,
        x=axis(look, visible=False, range=[-apart_by / 2, apart_by * (columns - 0.5)]),
        y=axis(look, visible=False, range=[-3.3 * rows + 1.2, 1.7], scaleanchor="x"),
        margin=margin(l=10, r=10, b=10, t=40),
        annotations=notes,
    )
    groups = ((rims, look.grid, 1.5), (old, look.quiet, 7.0), (new, look.second, 7.0), (hands, color(look, "rope"), 3.5))
    for strokes, shade, width in groups:
        if strokes:
            gap = np.full((2, 1), np.nan)
            path = np.concatenate([part for stroke in strokes for part in (stroke, gap)], 1)
            picture.add(line(path[0], path[1], shade, width=width, hoverinfo="skip"))
    return picture


def _arc(across: float, down: float, start: float, end: float) -> np.ndarray:
    """An arc of the unit circle from one angle to another, clockwise from the top: (2, points)."""
    turn = np.linspace(start, end, max(2, int(48 * (end - start) / TAU) + 2))
    return np.stack([across + np.sin(turn), down + np.cos(turn)])
