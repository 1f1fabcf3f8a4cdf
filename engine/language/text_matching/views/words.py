"""Pictures of the alphabet: ranks of words in both texts, and rows that are found again."""

from __future__ import annotations

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.language.text_matching import theory
from engine.language.text_matching.params import SPECIALS, WORDS
from engine.language.text_matching.views.courses import looked, pretraining
from engine.language.text_matching.views.names import WHO
from engine.language.text_matching.vocabulary import spoken
from engine.plot import Axis, Plot


def right(timeline: Timeline) -> np.ndarray:
    """Which cipher tokens (n,) counting takes for their true word."""
    a = timeline.frame.arrays
    return a["alignment"] == a["true_words"]


def ranks(timeline: Timeline, style: Style) -> Picture:
    """Rank in the cipher text against rank in the plain text, and the chance (2) that neighbours are swapped."""
    p, a, s = timeline.params, timeline.frame.arrays, timeline.frame.scalars
    plot = Plot(timeline, style)
    top = max(WORDS, len(a["cipher_ids"])) if p.data == "made" else WORDS
    left, below = plot.grid(
        1,
        2,
        widths=(3, 2),
        x=[Axis("rank in the cipher text", -1, top), Axis("rank in the plain text", -1, WORDS)],
        y=[
            Axis(
                "rank in the plain text" if p.data == "made" else "count in the cipher text",
                -1 if p.data == "made" else 0,
                None if p.data == "own" else WORDS,
            ),
            Axis("chance of a swap (2)", 0, 0.55),
        ],
    )
    own = theory.ranks(a["cipher_counts"])
    if p.data == "made":
        plain = theory.ranks(a["plain_counts"])[a["true_words"]]
        left.curve([-1, WORDS], [-1, WORDS], "theory", dash="dash", width=1.5, hover=False)
        hit = right(timeline)
        names = np.array([spoken(int(word), style.language) for word in a["true_words"]])
        for some, who, name in ((~hit, "measured", "another word"), (hit, "good", "right")):
            left.dots(
                own[some],
                plain[some],
                who,
                size=8,
                name=name,
                hover="{id}: {word}, counted {count} and {plain_count} times",
                id=a["cipher_ids"][some],
                word=names[some],
                count=a["cipher_counts"][some],
                plain_count=a["plain_counts"][a["true_words"][some]],
            )
        shown = np.unique(a["shown_tokens"][a["shown_tokens"] >= len(SPECIALS)]) - len(SPECIALS)
        left.dots(own[shown], plain[shown], "mark", size=15, hollow=True, name="shown pair", hover=False)
        plot.headline(
            "<b>{exact:.0f} of {all} right, {mass:.0%} of all words</b>",
            exact=s["exact_words"],
            all=WORDS,
            mass=s["exact_mass"],
        )
        plot.headline("median off by {error:.1f} ranks", error=s["rank_error"])
        alt = "Counting finds {exact:.0f} of {all} words; in the median a word is off by {error:.1f} ranks."
    else:
        order = theory.order(a["cipher_counts"])[: int(top)]
        left.bars(np.arange(len(order)), a["cipher_counts"][order], "measured", width=0.9, hover=False)
        plot.headline("<b>{all} different ids; each rank gets the plain word of its rank</b>", all=len(a["cipher_ids"]))
        alt = "{all} different ids."
    below.dots(np.arange(WORDS - 1), a["swap_probability"], "theory", size=6, hover="%{y:.2f}")
    below.level(0.5, "a coin", "quiet", side="right")
    return plot.done(alt, exact=s["exact_words"], all=len(a["cipher_ids"]), error=s["rank_error"])


def recovery(timeline: Timeline, style: Style) -> Picture:
    """Cosine of each token's row with its true plain row, the most frequent first; and over the steps, how often that row is the nearest."""
    if (early := pretraining(timeline, style)) is not None:
        return early
    p, a, s, shown = timeline.params, timeline.frame.arrays, timeline.frame.scalars, looked(timeline)
    plot = Plot(timeline, style)
    left, far = plot.grid(
        1,
        2,
        widths=(1, 1.4),
        x=[Axis("rank in the cipher text", -1, WORDS, every=30), "step"],
        y=[Axis("cosine with the true row", -1.0, 1.05, zero=True), Axis("nearest row is the true one", 0, 1.05)],
    )
    order, hit = theory.order(a["cipher_counts"]), right(timeline)
    cosine = np.nan_to_num(a["recovery"][p.chosen.index(shown)])
    for some, who, name in (
        (~hit, WHO[shown] if shown != "oracle" else "measured", "counted wrongly"),
        (hit, "mark", "counted rightly"),
    ):
        places = np.flatnonzero(some[order])
        if len(places):
            left.bars(places, cosine[order][places], who, width=0.8, name=name, hover="%{y:.2f}")
    for start in p.chosen:
        if start != "scratch":
            far.over_time(f"recovered_{start}", WHO[start], width=3.5 if start == shown else 1.8, hover="%{y:.2f}")
    if p.chosen == ("scratch",):
        far.corner("without a pretrained body there is no true row", "top left", "quiet")
    value = s[f"recovered_{shown}"]
    if np.isfinite(value):
        plot.headline("<b>{who}: {value:.0%} of rows are nearest to their true one</b>", who=WHO[shown], value=value)
    return plot.done("{who}: {value:.0%} of the rows are nearest to their true plain row.", who=WHO[shown], value=value)
