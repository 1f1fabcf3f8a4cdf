"""Pictures of the alphabet: ranks of words in both texts, and rows that are found again."""

from __future__ import annotations

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.language.text_matching import theory
from engine.language.text_matching.params import SPECIALS, WORDS
from engine.language.text_matching.views.courses import looked, waiting
from engine.language.text_matching.views.names import WHO
from engine.language.text_matching.vocabulary import spoken
from engine.plot import Axis, Plot, sentence


def ranks(timeline: Timeline, style: Style) -> Picture:
    """Rank in the cipher text against rank in the plain text, and the chance (2) that neighbours are swapped."""
    a, s, made = timeline.frame.arrays, timeline.frame.scalars, timeline.params.data == "made"
    own, all_ = theory.ranks(a["cipher_counts"]), len(a["cipher_ids"])
    plot, plain = Plot(timeline, style), Axis("rank in the plain text", -1, WORDS)
    left, below = plot.grid(1, 2, widths=(3, 2), x=[Axis("rank in the cipher text", -1, WORDS), plain],
        y=[plain if made else Axis("count in the cipher text", 0), Axis("chance of a swap (2)", 0, 0.6)])  # fmt: skip
    if made:
        there, hit = theory.ranks(a["plain_counts"])[a["true_words"]], a["alignment"] == a["true_words"]
        left.curve([-1, WORDS], [-1, WORDS], "theory", dash="dash", width=1.5, hover=False)
        names = np.array([spoken(int(word), style.language) for word in a["true_words"]])
        for some, who, name in ((~hit, "measured", "another word"), (hit, "good", "right")):
            left.dots(own[some], there[some], who, size=8, name=name, hover="{id}: {word}, counted {count} and {plain_count} times",
                id=a["cipher_ids"][some], word=names[some], count=a["cipher_counts"][some],
                plain_count=a["plain_counts"][a["true_words"][some]])  # fmt: skip
        shown = np.unique(a["shown_tokens"][a["shown_tokens"] >= len(SPECIALS)]) - len(SPECIALS)
        left.dots(own[shown], there[shown], "mark", size=15, hollow=True, name="shown pair", hover=False)
        told = {"exact": s["exact_words"], "mass": s["exact_mass"], "error": s["rank_error"], "all": all_}
        plot.headline("<b>{exact:.0f} of {all} right, {mass:.0%} of all words</b>", **told)
        plot.headline("median off by {error:.1f} ranks", **told)
        plot.tell("Counting finds {exact:.0f} of {all} words; in the median a word is off by {error:.1f} ranks.", **told)
    else:
        most = np.sort(a["cipher_counts"])[::-1][:WORDS]
        left.bars(np.arange(len(most)), most, "measured", width=0.9, hover=False)
        plot.headline("<b>{all} different ids; each rank gets the plain word of its rank</b>", all=all_)
        plot.tell("{all} different ids.", all=all_)
    below.dots(np.arange(WORDS - 1), a["swap_probability"], "theory", size=6, hover="%{y:.2f}")
    below.level(0.5, "a coin", "quiet")  # no dot is above it
    return plot.done()


def recovery(timeline: Timeline, style: Style) -> Picture:
    """Cosine of each token's row with its true plain row, the most frequent first; and over the steps, how often that row is the nearest."""
    p, a, s, shown = timeline.params, timeline.frame.arrays, timeline.frame.scalars, looked(timeline)
    if not p.pretrains:
        return sentence(style, style.t("Without a pretrained body there is no true row."))
    if not np.isfinite(a["recovery"]).any():
        return waiting(timeline, style)
    plot = Plot(timeline, style)
    left, far = plot.grid(1, 2, widths=(1, 1.4), x=[Axis("rank in the cipher text", -1, WORDS, every=30), "step"],
        y=[Axis("cosine with the true row", -1.0, 1.05, zero=True), Axis("nearest row is the true one", 0, 1.05)])  # fmt: skip
    order, hit = theory.order(a["cipher_counts"]), a["alignment"] == a["true_words"]
    cosine, mine = a["recovery"][p.chosen.index(shown)], WHO[shown] if shown != "oracle" else "measured"
    for some, who, name in ((~hit, mine, "counted wrongly"), (hit, "mark", "counted rightly")):
        places = np.flatnonzero(some[order])
        if len(places):
            left.bars(places, cosine[order][places], who, width=0.8, name=name, hover="%{y:.2f}")
    left.corner("counted rightly", "bottom left", "mark")
    for start in p.chosen:
        if start != "scratch":
            far.over_time(f"recovered_{start}", WHO[start], width=3.5 if start == shown else 1.8, hover="%{y:.2f}")
    value = s[f"recovered_{shown}"]
    plot.headline("<b>{who}: {value:.0%} of rows are nearest to their true one</b>", who=WHO[shown], value=value)
    return plot.done("{who}: {value:.0%} of the rows are nearest to their true plain row.", who=WHO[shown], value=value)
