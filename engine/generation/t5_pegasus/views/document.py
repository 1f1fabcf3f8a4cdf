"""Pictures of one document: its sentences, what each would bring, the table of the LCS, and how tokenizers cut a line."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.data.text import words
from engine.generation.t5_pegasus import selection
from engine.generation.t5_pegasus.tokenizer import normalised
from engine.plot import HIDDEN, Axis, Plot, classes, fade
from engine.plot.labels import width_of
from engine.plot.words.tokens import shown

WIDE = 19.0  # of a line of tokens, in widths of an m
ROWS, CUT_ROWS = 10, 5  # sentences that are shown of the document, and of what was cut out
LARGEST = (24, 40)  # rows and columns of the table
LOOK: dict[str, Any] = {"low": -0.5, "high": 3.5, "even": False, "hover": False}  # of a strip whose units are of four kinds
PLAIN, TAKEN = 0, 2  # and 1 more for what is common to both sides


def fitting(tokens: Sequence[str], wide: float = WIDE) -> int:
    """How many tokens fit into a line."""
    return int((np.cumsum([max(width_of(token, 1.0) + 0.7, 1.2) for token in tokens]) <= wide).sum())


def sentences(timeline: Timeline) -> list[list[str]]:
    """The units of every sentence."""
    a = timeline.frame.arrays
    names = words(a["vocabulary"])
    return [[names[k] for k in row if k >= 0] for row in a["units"]]


def cards(timeline: Timeline, style: Style) -> Picture:
    """Hero: the document, and below it the sentences that were cut out; tinted where both have a subsequence in common."""
    a, s = timeline.frame.arrays, timeline.frame.scalars
    given, chosen = sentences(timeline), np.flatnonzero(a["chosen"])
    tones = classes(["grid", fade(style.measured, 0.4), fade(style.second, 0.12), fade(style.second, 0.5)], style)
    plot = Plot(timeline, style, x=HIDDEN.but(low=-0.5, high=WIDE))

    def strip(k: int, who: str) -> None:
        fits = fitting(given[k])
        tokens, kinds = given[k][:fits], a["matched"][k][:fits].tolist()
        more = fits < len(given[k])
        plot.tokens(tokens + ["…"] * more, name="{k}", by=kinds + kinds[:1] * more, tones=tones, who=who, k=k + 1, **LOOK)

    for k in range(min(len(given), ROWS)):
        if a["chosen"][k]:
            plot.tokens(["✂"], name="{k}", by=[TAKEN], tones=tones, who="second", k=k + 1, **LOOK)
        else:
            strip(k, "text")
    if len(chosen):
        plot.tokens(["▾"], by=[PLAIN], tones=[(0.0, "background"), (1.0, "background")], **LOOK)
    for k in chosen[:CUT_ROWS].tolist():
        strip(k, "second")
    plot.headline("<b>LCS {lcs:.0f}</b>", lcs=s["lcs"])
    if s["lcs_best"] >= 0 and timeline.params.rule != "span":  # it is that of whole sentences
        plot.headline("best possible {best:.0f}", best=s["lcs_best"])
    if s["dropped"]:
        plot.headline("the first {n} of {all} sentences", n=len(given), all=len(given) + int(s["dropped"]))
    elif len(given) > ROWS:
        plot.headline("{n} sentences", n=len(given))
    return plot.done("What was cut out and the rest have {lcs:.0f} units in order in common.", lcs=s["lcs"])


def scores(timeline: Timeline, style: Style) -> Picture:
    """Of each sentence, what taking it next would bring; for other rules than greedy LCS what it has alone."""
    p, a = timeline.params, timeline.frame.arrays
    count, done = len(a["chosen"]), int((a["order"] >= 0).sum())
    values, taken = a["alone"][1 if p.rule == "rouge" else 0].astype(float), a["chosen"] > 0
    if p.rule == "lcs":
        turn = max(done - 1, 0)  # the round that led to the last choice
        values = np.where(a["candidates"][turn] >= 0, a["candidates"][turn], np.nan).astype(float)
        taken = np.arange(count) == (a["order"][turn] if done else -1)
    place = np.arange(1, count + 1)
    x = Axis("sentence", 0.4, count + 0.6, ticks=[k for k in place.tolist() if count <= 16 or k % 5 == 0], grid=False)
    title, top = "ROUGE-1 F1" if p.rule == "rouge" else "LCS with the rest", max(float(np.nanmax(values)), 0.1)
    y = Axis(title, 0, 1.2 * top)
    bound = timeline.frame.scalars["lcs_best"]
    if p.rule != "rouge" and bound >= top:  # no round can go higher: the axis stands from the first on
        y = y.but(high=1.2 * bound, ticks=list(range(0, int(bound) + 1, 1 + int(bound) // 8)))
    plot = Plot(timeline, style, x=x, y=y)
    text = "" if count > 16 else "{value:.2f}" if p.rule == "rouge" else "{value:.0f}"
    for kind, who in ((~taken, "measured"), (taken, "second")):
        there = kind & np.isfinite(values)
        if there.any():
            plot.bars(place[there], values[there], who, text=text, name=title)
    if p.rule == "lcs":
        plot.headline("choice {k} of {all}", k=max(done, 1), all=len(a["order"]))
    else:
        plot.headline("each sentence alone")
    plot.headline(f'<span style="color:{style.second}">■</span> ' + style.t("cut out"))
    best = int(np.nanargmax(values))
    return plot.done("Sentence {k} brings most: {value:.2f}.", k=best + 1, value=float(values[best]))


def table(timeline: Timeline, style: Style) -> Picture:
    """The table (2) of what was cut out against the rest, and the way back through it."""
    a, s = timeline.frame.arrays, timeline.frame.scalars
    names, there = words(a["vocabulary"]), a["units"] >= 0
    flat, taken = [names[k] for k in a["units"][there]], a["matched"][there] >= TAKEN
    cut = [unit for unit, inside in zip(flat, taken, strict=True) if inside][: LARGEST[0]]
    rest = [unit for unit, inside in zip(flat, taken, strict=True) if not inside][: LARGEST[1]]
    c = selection.table(cut, rest)
    plot = Plot(timeline, style,
        x=Axis("unit of the rest, in order", 0.5, len(rest) + 0.5, grid=False),
        y=Axis("", 0.5, max(len(cut), 1) + 0.5, ticks={k: shown(unit) for k, unit in enumerate(cut, 1)}, reverse=True, grid=False))  # fmt: skip
    if cut:
        plot.heat(c[1:, 1:], x=(1, 1), y=(1, 1), top=True, low=0.0, high=1.6 * max(float(c[-1, -1]), 1.0), hover="c = %{z:.0f}",
            numbers="{value:.0f}" if len(rest) <= 26 and len(cut) <= 16 else "")  # fmt: skip
        plot.outline(selection.path(c, cut, rest), "second", width=2.8)
    plot.headline("<b>LCS {lcs:.0f}</b>", lcs=s["lcs"])
    plot.headline("framed: units in common")
    return plot.done("What was cut out and the rest have {lcs:.0f} units in order in common.", lcs=s["lcs"])


def cut_at(line: str, ends: np.ndarray) -> list[str]:
    """A line as tokens, from the places where they end."""
    edges = [0, *(np.flatnonzero(ends) + 1).tolist()]
    return [line[one:two] for one, two in pairwise(edges)]


def segments(timeline: Timeline, style: Style) -> Picture:
    """The line as characters, by longest match, by the most probable path, and after NFKC."""
    p, a, s = timeline.params, timeline.frame.arrays, timeline.frame.scalars
    line = "".join(map(chr, a["line"]))
    characters, longest, likely = (cut_at(line, ends) for ends in a["line_ends"])
    other = normalised(line)
    borders = {-1, *np.flatnonzero(a["line_ends"][2]).tolist()}  # of the most probable path: where a token ends
    plot = Plot(timeline, style, x=HIDDEN.but(low=-0.5, high=len(line) + 2.0))
    tails = np.cumsum([-1, *map(len, longest)]).tolist()
    strange = [not ({begin, end} <= borders and borders.isdisjoint(range(begin + 1, end))) for begin, end in pairwise(tails)]
    rows = (("characters", characters, [False] * len(line)), ("longest match", longest, strange),
        ("path (4)", likely, [False] * len(likely)), ("NFKC", list(other), [one != two for one, two in zip(line, other, strict=False)]))  # fmt: skip
    tones = classes(["grid", fade(style.second, 0.5), "grid", "grid"], style)
    for name, tokens, wrong in rows:
        flags = (wrong + [True] * len(tokens))[: len(tokens)]
        plot.tokens(list(tokens), name=name, by=[float(flag) for flag in flags], tones=tones, **LOOK)
    plot.headline("|D| = {words}", words=p.words)
    plot.headline(
        "document: {characters:.0f} characters, {tokens:.0f} tokens", characters=s["tokens_character"], tokens=s["tokens_word"]
    )
    return plot.done(
        "The line has {n} characters, {long} tokens by longest match, {path} by (4); NFKC changes {changed:.0f} characters.",
        n=len(line), long=len(longest), path=len(likely), changed=s["normalised"],
    )  # fmt: skip
