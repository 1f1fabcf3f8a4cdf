"""Pictures of one test pair: as numbers and as words, who looks at whom, and what is guessed where a word is hidden."""

from __future__ import annotations

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.language.text_matching.params import SEP, SPECIALS
from engine.language.text_matching.views.courses import looked, waiting
from engine.language.text_matching.views.names import WHO
from engine.language.text_matching.vocabulary import concept, spoken
from engine.plot import HIDDEN, Axis, Plot, classes, fade

FIRST_WORD = len(SPECIALS)


class Shown:
    """The shown pair: its tokens without padding, where its first sentence ends, and what tokens stand for."""

    def __init__(self, timeline: Timeline, style: Style) -> None:
        self.params, self.arrays, self.style = timeline.params, timeline.frame.arrays, style
        self.tokens = self.arrays["shown_tokens"][self.arrays["shown_tokens"] > 0]
        self.split = int(np.flatnonzero(self.tokens == SEP)[0])

    def places(self, tokens: np.ndarray) -> np.ndarray:
        """Place of each token among the cipher tokens; −1 for specials."""
        kept = self.arrays["kept_tokens"]
        return np.where(tokens >= FIRST_WORD, kept[np.clip(tokens - FIRST_WORD, 0, len(kept) - 1)], -1)

    def spelled(self, tokens: np.ndarray, by: str) -> list[str]:
        """Tokens by their "true_words", as counting reads them ("alignment"), or as secret "cipher_ids"; specials by name."""
        table, places = self.arrays[by], self.places(tokens).tolist()
        say = str if by == "cipher_ids" else lambda word: spoken(word, self.style.language)
        return [SPECIALS[token] if at < 0 else say(int(table[at])) for token, at in zip(tokens.tolist(), places, strict=True)]

    def written(self, tokens: np.ndarray) -> list[str]:
        """Tokens as ids, or as true words where these are revealed."""
        return self.spelled(tokens, "true_words" if self.params.reveal and self.params.data == "made" else "cipher_ids")

    def right(self) -> np.ndarray:
        """Of each token 0: nobody knows, 1: counting reads it wrongly, 2: rightly."""
        places, a = self.places(self.tokens), self.arrays
        true = a.get("true_words", np.full(len(a["alignment"]), -2))
        return np.where((places < 0) | (true[places] < -1), 0, 1 + (a["alignment"][places] == true[places]))

    def matched(self) -> list[tuple[int, int]]:
        """Places of two words of one concept, in different sentences."""
        if self.params.data == "own":
            return []
        meant = [concept(int(self.arrays["true_words"][at])) if at >= 0 else -1 for at in self.places(self.tokens)]
        cells = [(i, j) for i in range(len(meant)) for j in range(len(meant)) if (i < self.split) != (j < self.split)]
        return [(i, j) for i, j in cells if meant[i] == meant[j] >= 0]


def sentences(timeline: Timeline, style: Style) -> Picture:
    """Both sentences as numbers, as counting reads them, and what they say."""
    p, a, shown = timeline.params, timeline.frame.arrays, Shown(timeline, style)
    good = shown.right()
    plot = Plot(timeline, style)
    panels = plot.grid(2, 1, x=HIDDEN.but(low=-0.5, high=7.5), y=HIDDEN, titles=("first sentence", "second sentence"))
    tones = classes(["background", fade(style.second, 0.25), fade(style.good, 0.4)], style)
    for panel, part in zip(panels, (slice(1, shown.split), slice(shown.split + 1, len(good) - 1)), strict=True):
        some = shown.tokens[part]
        panel.tokens(shown.spelled(some, "cipher_ids"), even=True, name="numbers", hover=False)
        panel.tokens(shown.spelled(some, "alignment"), even=True, by=good[part], tones=tones, low=-0.5, high=2.5,
            name="by counting", hover=False)  # fmt: skip
        if p.data == "made" and p.reveal:
            panel.tokens(shown.spelled(some, "true_words"), even=True, inks=None, name="truth", hover=False)
    if tests := a["scores"].shape[1]:
        pair = min(p.pair, tests - 1)
        score = float(a["scores"][p.chosen.index(looked(timeline)), pair])
        plot.headline("They say the same; score {score:.2f} ({who})" if a["test_labels"][pair] else
            "They say different things; score {score:.2f} ({who})", who=WHO[looked(timeline)], score=score)  # fmt: skip
    right, words = int((good == 2).sum()), int((shown.tokens >= FIRST_WORD).sum())
    if p.data == "made":
        plot.headline("<b>{right} of {all} words right</b>", right=right, all=words)
    return plot.done("Of {all} words counting reads {right} rightly.", all=words, right=right)


def ready(timeline: Timeline) -> bool:
    """Whether the network that is looked at is there."""
    return bool(timeline.frame.arrays["shown_attention"].any())


def attention(timeline: Timeline, style: Style) -> Picture:
    """Last block's attention of the shown pair, the two words of one concept framed."""
    if not ready(timeline):
        return waiting(timeline, style)
    shown = Shown(timeline, style)
    count, names, matched = len(shown.tokens), shown.written(shown.tokens), shown.matched()
    looks = timeline.frame.arrays["shown_attention"][:count, :count]
    plot = Plot(timeline, style)
    plot.heat(looks, rows=names, columns=names, tones="measured", low=0.0, high=max(float(looks.max()), 0.3),
        outlined=matched or None, hover="%{z:.2f}")  # fmt: skip
    share = float(np.mean([looks[cell] for cell in matched])) if matched else float("nan")
    plot.headline("<b>{who}</b>", who=WHO[looked(timeline)])
    if matched:
        plot.headline("partners get {share:.0%}, evenly it would be {even:.0%}", share=share, even=1 / count)
    else:
        plot.headline("no concept stands in both sentences")
    return plot.done("Words of one concept get {share:.0%} of each other's attention.", share=share)


def guesses(timeline: Timeline, style: Style) -> Picture:
    """The pair with one token hidden, and the five likeliest tokens for it before training and now."""
    if not ready(timeline):
        return waiting(timeline, style)
    a, shown, chance = timeline.frame.arrays, Shown(timeline, style), Axis("probability", 0, 1.15, ticks=(0, 0.5, 1))
    at = min(timeline.params.hidden, len(shown.tokens) - 1)
    names, rows = shown.written(shown.tokens), [shown.written(row) for row in a["guess_tokens"]]
    true, word = names[at], shown.tokens[at] >= FIRST_WORD
    if word:
        names[at] = "?"
    plot = Plot(timeline, style)
    sides = [Axis("", -0.6, 4.6, ticks=dict(enumerate(row)), reverse=True, grid=False) for row in rows]
    strip, before, now = plot.mosaic("aa", "bc", heights=(1, 3), x=[HIDDEN, chance, chance], y=[HIDDEN, *sides],
        titles=("", "before this training", "now"))  # fmt: skip
    strip.tokens(names, chosen=at, click="hidden", hover=False)
    for panel, row, shares in zip((before, now), a["guess_tokens"], a["guess_shares"], strict=True):
        hit = row == shown.tokens[at]
        for some, who in ((~hit, "measured"), (hit, "good")):
            if some.any():
                panel.bars(np.flatnonzero(some), shares[some], who, across=True, text="{value:.0%}", hover=False)
    first, share = rows[1][0], float(a["guess_shares"][1][0])
    plot.headline("{who}: <b>{first}</b> at {share:.0%}", who=WHO[looked(timeline)], first=first, share=share)
    plot.headline("it was {true}" if word else "{true} is a sign, it stays", true=true)
    return plot.done("The first guess is {first}; it was {true}.", first=first, true=true)
