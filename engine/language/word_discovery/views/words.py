"""Pictures of the words: a list, all strings as points, scores along the threshold and as the text grows."""

from __future__ import annotations

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.data.text import words
from engine.language.word_discovery import theory
from engine.language.word_discovery.names import LENGTHS, SCORES
from engine.language.word_discovery.params import BASES
from engine.plot import HIDDEN, Axis, Log, Plot, fade
from engine.plot.cast import classes
from engine.plot.labels import width_of
from engine.plot.words.tokens import shown

LINE, WIDEST = 30.0, 10  # widths of an m in a line of words; characters of a word in it
KEPT, GONE = 7, 3  # lines of words found, of those thrown out
KINDS = ("second", "measured", "good")  # neither, a true word, several of them


def lines(strings: list[str], most: int) -> list[list[int]]:
    """The first strings, as many as fit into so many lines: their numbers, line by line."""
    rows: list[list[int]] = [[]]
    used = 0.0
    for k, word in enumerate(strings):
        wide = max(width_of(word, 1.0) + 0.7, 1.2)
        if used + wide > LINE:
            if len(rows) == most:
                break
            rows, used = [*rows, []], 0.0
        rows[-1].append(k)
        used += wide
    return [row for row in rows if row]


def found(timeline: Timeline, style: Style) -> Picture:
    """Words found, the most frequent first, tinted by what they are; below, the candidates that the backtrack has thrown out."""
    a, s = timeline.frame.arrays, timeline.frame.scalars
    plot = Plot(timeline, style, x=HIDDEN.but(low=-0.5, high=LINE))
    known = [shown(word if len(word) <= WIDEST else word[:WIDEST] + "…") for word in words(a["candidate_codes"])]
    tones = classes([style.grid, *(fade(style.__getattribute__(kind), 0.4) for kind in KINDS)], style)
    for state, most, name in ((1, KEPT, "found"), (0, GONE, "thrown out")):
        these = np.flatnonzero(a["candidate_kept"] == state)
        for place, row in enumerate(lines([known[k] for k in these], most)):
            which = these[row]
            plot.tokens([known[k] for k in which], by=a["candidate_kinds"][which] + 1.0, tones=tones, low=-0.5, high=3.5, even=False,
                hover=False,  name="" if place else name)  # fmt: skip
    if (a["candidate_kinds"] >= 0).any():
        plot.headline("blue: a word · green: several · orange: none")
    plot.headline("<b>{words:.0f} of {pieces:.0f} pieces stay</b>", words=s["words_found"], pieces=s["candidates"])
    return plot.done(
        "{words:.0f} of {pieces:.0f} candidates stay; {precision:.0%} of them are true words.",
        words=s["words_found"], pieces=s["candidates"], precision=s["precision"],
    )  # fmt: skip


def points(timeline: Timeline, style: Style) -> Picture:
    """Frequent strings by count and solidity; above the line of its length a string is solid; N/c is an unbroken word."""
    p, s = timeline.params, timeline.frame.scalars
    length, count, solidity, true = timeline.frame.arrays["points"].T
    high = max(float(count.max(initial=0)), 100.0)
    top = max(theory.unbroken(s["characters"] or 1000.0, max(p.min_count, 1)), 100.0)
    plot = Plot(
        timeline, style, x=Log("count c(w)", max(0.8 * p.min_count, 0.8), 2 * high), y=Log("solidity s(w)", 0.05, 4 * top)
    )
    for n in range(2, p.longest + 1):
        who, line = LENGTHS[str(n)], theory.threshold(p.threshold_base, n)
        for state, opacity in ((0, 0.35), (1, 1.0)):
            these = (length == n) & (true == state)
            plot.dots(count[these], np.maximum(solidity[these], 0.05), who, size=7 if state else 5, opacity=opacity,
                ring="text" if state else None, hover="c = %{x:,.0f}, s = %{y:.3g}")  # fmt: skip
        if line < 4 * top:
            plot.level(line, who=who)
            plot.corner("n = {n}: s ≥ {value:.3g}", "top right", who, n=n, value=line)
    counts = np.geomspace(max(p.min_count, 1), high, 30)
    plot.theory(counts, theory.unbroken(s["total"], counts), name="N/c", hover=False)
    plot.corner("– – N/c: unbroken", "top right", "theory")
    if true.any():
        plot.corner("ringed: true words", "top right")
    return plot.done("Of {many} frequent strings in the sample {true} are true words.", many=len(true), true=int(true.sum()))


def along(timeline: Timeline, style: Style) -> Picture:
    """Scores of the same text under every threshold base; of one's own text only the number of words is known."""
    p, curves = timeline.params, timeline.frame.arrays["curves"].T.astype(float)
    x = Log("threshold base b", 0.95, 105.0, ticks=[1, 2, 5, 10, 30, 100])
    if np.isnan(curves[:6]).all():
        plot = Plot(timeline, style, x=x, y=Axis("words found", 0))
        plot.curve(BASES, curves[6], points=6, name="words found")
    else:
        plot = Plot(timeline, style, x=x, y=Axis("score", 0, 1.02))
        for row, name in ((0, "candidate_precision"), (2, "precision"), (3, "recall"), (4, "type_f1"), (5, "token_f1")):
            plot.curve(BASES, curves[row], SCORES[name], points=4, end="{name}")
        now = [timeline.frame.scalars[name] for name in SCORES]
        plot.dots([p.threshold_base] * len(now), now, list(SCORES.values()), size=10, hover="%{y:.3f}")
    if np.isnan(curves).all():
        plot.corner("Computed for up to 200,000 characters.", "top left", "quiet")
    plot.upright(p.threshold_base, "b = {value:.3g}", "mark", dash="solid", at=0.0)
    best = BASES[int(np.nanargmax(curves[4]))] if np.isfinite(curves[4]).any() else np.nan
    return plot.done("F1 is largest near b = {best:.3g}; b is {base:.3g} now.", best=best, base=p.threshold_base)


def growth(timeline: Timeline, style: Style) -> Picture:
    """Precision, recall and words found against the characters read."""
    s = timeline.frame.scalars
    plot = Plot(timeline, style)
    read = timeline.trace("characters")[1]
    x = Log("characters read", 800.0, max(float(read.max(initial=0)), 2000.0) * 1.05)
    known = np.isfinite(timeline.trace("recall")[1]).any()
    panels = plot.grid(2, 1, x=x, y=[Axis("score", 0, 1.03), Axis("words found", 0)], share_x=True) if known else [
        Plot.grid(plot, 1, 1, x=x, y=Axis("words found", 0))[0]]  # fmt: skip
    seen = (read > 0) & (
        np.diff(read, append=np.inf) > 0
    )  # at its end a slider may change a place again and again: the last counts
    if known:
        for name in ("candidate_precision", "precision", "recall"):
            panels[0].curve(read[seen], timeline.trace(name)[1][seen], SCORES[name], points=6, end="{name}")
    panels[-1].curve(
        read[seen],
        timeline.trace("words_found")[1][seen],
        points=6,
        end="{value:.0f}",
        name="words found",
        value=s["words_found"],
    )
    return plot.done(
        "{read:,.0f} characters read: {words:.0f} words, precision {precision:.2f}, recall {recall:.2f}.",
        read=s["characters"], words=s["words_found"], precision=s["precision"], recall=s["recall"],
    )  # fmt: skip
