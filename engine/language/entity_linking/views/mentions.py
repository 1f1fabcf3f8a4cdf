"""Pictures of the annotator: which matches are names, and what a filter of aliases makes of them."""

from __future__ import annotations

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.data.text import words
from engine.language.entity_linking import theory
from engine.language.entity_linking.names import MARKS
from engine.language.entity_linking.vocabulary import ALIASES, FILLERS, spoken
from engine.plot import HIDDEN, Axis, Plot, classes, fade
from engine.plot.words.tokens import lines

THRESHOLDS = np.linspace(0, 1, 101)
WIDE, ROWS = 19.0, 7  # of a line of tokens, in widths of an m; lines that are shown


def swept(timeline: Timeline, thresholds: np.ndarray = THRESHOLDS) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Precision, recall, F1 on test occurrences at each threshold of the filter."""
    a = timeline.frame.arrays
    kept = theory.habit(a["alias_marked"], a["alias_unmarked"]) > thresholds[:, None]
    return theory.scores(kept.astype(float), a["test_marked"], a["test_unmarked"], timeline.frame.scalars["lost_mentions"])


def sentence(timeline: Timeline, style: Style) -> Picture:
    """A text: matches of the dictionary that are kept, dropped, and which of them the annotator marked."""
    a, s, tau = timeline.frame.arrays, timeline.frame.scalars, timeline.params.alias_threshold
    aliases, marked = a["sentence_aliases"], a["sentence_marked"] > 0
    estimated = theory.habit(a["alias_marked"], a["alias_unmarked"])
    kinds = np.where(aliases < 0, 0, 1 + (estimated[aliases] > tau))
    if timeline.params.source == "own":
        units, gap = words(a["own_units"]), "" if style.language == "zh" else " "
        tokens = [gap.join(units[first:after]) for first, after in a["own_pieces"]]
    else:
        tokens = [spoken(ALIASES[alias], style.language) for alias in aliases]
        fillers = [spoken(FILLERS[k % len(FILLERS)], style.language) for k in range(len(tokens))]
        tokens = [token for pair in zip(tokens, fillers, strict=True) for token in pair][:-1]
        kinds, marked = (np.insert(part, np.arange(1, len(part)), 0) for part in (kinds, marked))
    plot = Plot(timeline, style, x=HIDDEN.but(low=-0.5, high=WIDE))
    tones = classes(["background", fade(style.quiet, 0.35), fade(style.measured, 0.5)], style)
    for part in lines(tokens, WIDE)[:ROWS]:
        under = [(k, k + 1, "", "mark") for k in np.flatnonzero(marked[part]).tolist()]
        plot.tokens(
            tokens[part], by=kinds[part].tolist(), tones=tones, low=-0.5, high=2.5, even=False, hover=False, brackets=under
        )
    if (aliases >= 0).any():
        plot.headline("{kept} of {all} matches kept", kept=int((kinds == 2).sum()), all=int((aliases >= 0).sum()))
    else:
        plot.headline("no alias found in this text")
    if timeline.params.source == "own":
        plot.headline("{single:.0f} of one thing only: nothing to decide", single=s["own_single"])
    else:
        plot.headline("{marked} marked by the annotator", marked=int(marked.sum()))
    return plot.done("{kept} of {all} matches are kept.", kept=int((kinds == 2).sum()), all=int((aliases >= 0).sum()))


def filtering(timeline: Timeline, style: Style) -> Picture:
    """Precision against recall, and F1 against the threshold, with the present one and the best."""
    p, s = timeline.params, timeline.frame.scalars
    precision, recall, f1 = swept(timeline)
    plot = Plot(timeline, style)
    left, right = plot.grid(1, 2, x=[Axis("recall", 0, 1.02, ticks=(0, 0.5, 1)), Axis("alias filter τ", 0, 1, ticks=(0, 0.5, 1))],
        y=[Axis("precision", 0, 1.04), Axis("F1", 0, 1)])  # fmt: skip
    left.curve(recall[recall > 0], precision[recall > 0], "measured", name="alias filter")
    left.dots(
        [s["dictionary_recall"]],
        [s["dictionary_precision"]],
        "quiet",
        size=11,
        name="whole dictionary",
        hover="%{x:.2f}, %{y:.2f}",
    )
    left.dots([s["mention_recall"]], [s["mention_precision"]], "mark", size=12, name="now", hover="%{x:.2f}, %{y:.2f}")
    left.upright(s["dictionary_recall"], who="quiet")
    left.corner("● whole dictionary", "bottom left", "quiet")
    right.curve(THRESHOLDS, f1, MARKS["f1"], name="{name}", hover="%{x:.2f}: %{y:.3f}")
    right.dots([p.alias_threshold], [s["mention_f1"]], "mark", size=12, hover="%{y:.3f}")
    right.level(s["best_f1"], "F* = {value:.2f}", MARKS["best"], side="right", value=s["best_f1"])
    right.upright(s["best_threshold"], "F*/2", "theory")
    plot.headline("τ = {tau:.2f}: P {p:.2f} · R {r:.2f} · <b>F1 {f:.2f}</b>", tau=p.alias_threshold, p=s["mention_precision"],
        r=s["mention_recall"], f=s["mention_f1"])  # fmt: skip
    return plot.done("At threshold {tau:.2f} F1 is {f:.3f}; the best possible is {best:.3f} at {half:.3f}.", tau=p.alias_threshold,
        f=s["mention_f1"], best=s["best_f1"], half=s["best_threshold"])  # fmt: skip


def aliases(timeline: Timeline, style: Style) -> Picture:
    """How many aliases have which habit; those below the threshold are grey."""
    a, tau = timeline.frame.arrays, timeline.params.alias_threshold
    estimated = theory.habit(a["alias_marked"], a["alias_unmarked"])
    edges = np.linspace(0, 1, 21)
    kept = np.histogram(estimated[estimated > tau], edges)[0]
    whole = np.histogram(estimated, edges)[0]
    middles = (edges[1:] + edges[:-1]) / 2
    plot = Plot(timeline, style, x=Axis("counted habit π̂", 0, 1), y=Axis("aliases", 0, 1.15 * whole.max()))
    plot.bars(middles, whole, "quiet", width=0.044, opacity=0.5, name="all aliases")
    plot.bars(middles, kept, "measured", width=0.044, name="kept")
    plot.upright(tau, "τ = {tau:.2f}", side="left" if tau > 0.7 else "right", tau=tau)
    plot.headline("{kept} of {all} aliases kept", kept=int(kept.sum()), all=int(whole.sum()))
    return plot.done("{kept} of {all} aliases are kept.", kept=int(kept.sum()), all=int(whole.sum()))
