"""Pictures of the text itself: how solid its gaps are, and where the string that glues one is weakest."""

from __future__ import annotations

import itertools

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.language.word_discovery import theory
from engine.plot import Axis, Log, Member, Plot
from engine.plot.words.tokens import Span, shown

LOW, HIGH = 0.5, 2000.0  # of the axis of bases
PIECES = ("quiet", "measured", "second")  # rare or single, kept, thrown out


def gaps(timeline: Timeline, style: Style) -> Picture:
    """Above: the largest base that still glues each gap, and b. Below: the cut that b makes of it, and the truth."""
    p, a, s = timeline.params, timeline.frame.arrays, timeline.frame.scalars
    codes, marks, bases = a["shown_codes"], a["shown_marks"], a["shown_gaps"]
    many = len(codes)
    plot = Plot(timeline, style)
    x = Axis("", -0.5, max(many, 1) - 0.5, numbers=False, grid=False)
    ticks = {value: f"{value:g}" for value in (1, 5, 30, 200, 1000)}
    above, below = plot.grid(2, 1, x=x, y=[Log("glued up to b", LOW, HIGH, ticks=ticks), None], heights=[1.0, 0.9])
    bases = np.append(bases[:-1], np.full(min(many, 1), np.nan))  # what is behind the last character is not shown
    heights, places = np.clip(bases, LOW, HIGH), np.arange(many) + 0.5
    for glued, who in ((True, "measured"), (False, "quiet")):
        these = np.flatnonzero((bases >= p.threshold_base) == glued)
        these = these[heights[these] > LOW]
        line = np.stack([places[these], places[these], np.full(len(these), np.nan)], 1).ravel()
        above.curve(
            line, np.stack([np.full(len(these), LOW), heights[these], heights[these]], 1).ravel(), who, width=9, hover=False
        )
        above.dots(places[these], heights[these], who, size=10, key=these, hover="b ≤ %{y:.3g}")
    plot.click("gap")
    above.level(p.threshold_base, "b = {value:.3g}", "mark", dash="solid", side="right")
    for end in np.flatnonzero(marks[1:, 0]) + 0.5:
        above.upright(float(end), who="quiet", width=1.0)
    letters = [chr(code) for code in codes]
    chosen = min(p.gap, many - 1)
    ring: list[Span] = []
    if many and a["shown_grams"][chosen, 1]:
        first, length, _ = a["shown_grams"][chosen].tolist()
        ring = [(first, min(first + length, many), "", "mark")]
        above.dots([chosen + 0.5], [heights[chosen]], "mark", size=13, hollow=True, hover=False)
    pieces = runs(marks[:, 2])
    below.tokens(letters, even=True, name="cut", brackets=ring,
        spans=[(i, j, "", PIECES[marks[i, 3]]) for i, j in pieces if j - i > 1])  # fmt: skip
    if many and marks[0, 1] >= 0:
        below.tokens(letters, even=True, name="truth", spans=[(i, j, "", "good") for i, j in runs(marks[:, 1]) if j - i > 1])
    plot.headline("<b>{words:.0f} words</b> in {read:,.0f} characters", words=s["words_found"], read=s["characters"])
    plot.headline("orange: thrown out")
    return plot.done(
        "At b = {base:.3g}, {glued} of the first {many} gaps are glued; {words:.0f} words are found.",
        base=p.threshold_base, glued=int((bases >= p.threshold_base).sum()), many=many, words=s["words_found"],
    )  # fmt: skip


def apart(word: str) -> str:
    """A string with thin spaces between its characters, which are what is counted."""
    return "\u2009".join(map(shown, word))


def runs(begins: np.ndarray) -> list[tuple[int, int]]:
    """Where each run begins and where the next one does; what is before the first beginning belongs to it."""
    edges = [0, *(np.flatnonzero(begins[1:]) + 1).tolist(), len(begins)]
    return list(itertools.pairwise(edges)) if len(begins) else []


def joints(timeline: Timeline, style: Style) -> Picture:
    """(1) at every joint of the string that glues the clicked gap; the weakest one decides."""
    p, a, s = timeline.params, timeline.frame.arrays, timeline.frame.scalars
    many = len(a["shown_grams"])
    chosen = min(p.gap, many - 1)
    _, length, count = a["shown_grams"][chosen].tolist() if many else (0, 0, 0)
    parts = a["shown_joints"][chosen, : length - 1].astype(float) if length else np.zeros((0, 2))
    if not length:
        plot = Plot(timeline, style, x=Log("N c(w) / (c₁ c₂)", 1, 1000), y=Axis("", 0, 1, numbers=False))
        plot.corner("No frequent string covers this gap.", "top left")
        return plot.done("No frequent string covers this gap.")
    word = "".join(chr(code) for code in a["shown_strings"][chosen, :length])
    ratios = s["total"] * count / parts.prod(1)
    places, weakest = np.arange(1, length), int(ratios.argmin()) + 1
    parted = {j: f"{apart(word[:j])} | {apart(word[j:])}" for j in places.tolist()}
    names = {j: Member(pair, "{pair}", "text", values={"pair": pair}) for j, pair in parted.items()}
    x = Log("N c(w) / (c₁ c₂)", 10.0 ** np.floor(np.log10(min(ratios.min(), 1.0))), 3 * max(ratios.max(), 10.0))
    plot = Plot(timeline, style, x=x, y=Axis("", 0.4, length - 0.4, reverse=True, grid=False, ticks=names))
    for j, ratio in zip(places, ratios, strict=True):
        who = "second" if j == weakest else "measured"
        left, right = parts[j - 1]
        plot.curve([x.low, ratio], [j, j], who, width=10, hover=False)
        plot.dots(
            [ratio],
            [j],
            who,
            size=11,
            hover="{left:,.0f} × {right:,.0f}",
            left=left,
            right=right,
            label="{value:.3g}",
            value=ratio,
        )
    line = theory.threshold(p.threshold_base, length)
    plot.upright(line, "b^{power} = {value:.3g}", "mark", dash="solid", at=0.0, power=length - 1)
    plot.headline("<b>{word}</b>: c = {count:,.0f}, s = {s:.3g}", word=apart(word), count=count, s=ratios.min())
    plot.headline("solid" if ratios.min() >= line else "not solid")
    return plot.done(
        "{word} occurs {count} times; its weakest joint is {s:.3g}, the threshold {line:.3g}.",
        word=apart(word), count=count, s=ratios.min(), line=line,
    )  # fmt: skip
