"""Pictures of one test pair: as numbers and as words, who looks at whom, and what is guessed where a word is hidden."""

from __future__ import annotations

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.language.text_matching.params import SEP, SPECIALS
from engine.language.text_matching.views.courses import looked, pretraining
from engine.language.text_matching.views.names import WHO
from engine.language.text_matching.vocabulary import concept, spoken, told
from engine.plot import HIDDEN, Axis, Plot, classes, fade, sentence

FIRST_WORD = len(SPECIALS)
NOT_YET = "Not yet: the body is pretrained when the run begins."


def tokens_of(timeline: Timeline) -> np.ndarray:
    """Tokens of the shown pair without padding."""
    shown = timeline.frame.arrays["shown_tokens"]
    return shown[shown > 0]


def places(timeline: Timeline, tokens: np.ndarray) -> np.ndarray:
    """Place of each token among the cipher tokens; −1 for specials."""
    kept = timeline.frame.arrays["kept_tokens"]
    return np.array([kept[token - FIRST_WORD] if token >= FIRST_WORD else -1 for token in tokens.tolist()])


def spelled(timeline: Timeline, tokens: np.ndarray, style: Style, by: str) -> list[str]:
    """Tokens by their "true_words" or as counting reads them ("alignment"); specials by name."""
    table = timeline.frame.arrays[by]
    read = places(timeline, tokens).tolist()
    return [
        SPECIALS[token] if place < 0 else spoken(int(table[place]), style.language)
        for token, place in zip(tokens.tolist(), read, strict=True)
    ]


def numbers(timeline: Timeline, tokens: np.ndarray) -> list[str]:
    """Tokens as their secret ids."""
    a = timeline.frame.arrays
    return told(tokens.tolist(), a["cipher_ids"][a["kept_tokens"]])


def written(timeline: Timeline, tokens: np.ndarray, style: Style) -> list[str]:
    """Tokens as ids, or as true words where these are revealed."""
    if timeline.params.reveal and timeline.params.data == "made":
        return spelled(timeline, tokens, style, "true_words")
    return numbers(timeline, tokens)


def sentences(timeline: Timeline, style: Style) -> Picture:
    """Both sentences as numbers, as counting reads them, and what they say."""
    p, a = timeline.params, timeline.frame.arrays
    tokens = tokens_of(timeline)
    split = int(np.flatnonzero(tokens == SEP)[0])
    read = places(timeline, tokens)
    good = (
        np.zeros(len(tokens)) if p.data == "own" else np.where(read < 0, 0, 1 + (a["alignment"][read] == a["true_words"][read]))
    )
    plot = Plot(timeline, style)
    panels = plot.grid(2, 1, x=HIDDEN.but(low=-0.5, high=7.5), y=HIDDEN, titles=("first sentence", "second sentence"))
    tones = classes(["background", fade(style.second, 0.25), fade(style.good, 0.4)], style)
    for panel, part in zip(panels, (slice(1, split), slice(split + 1, len(tokens) - 1)), strict=True):
        some = tokens[part]
        panel.tokens(numbers(timeline, some), even=True, name="numbers", hover=False)
        panel.tokens(
            spelled(timeline, some, style, "alignment"),
            even=True,
            by=good[part],
            tones=tones,
            low=-0.5,
            high=2.5,
            name="by counting",
            hover=False,
        )
        if p.data == "made" and p.reveal:
            panel.tokens(spelled(timeline, some, style, "true_words"), even=True, inks=None, name="truth", hover=False)
    row = p.chosen.index(looked(timeline))
    pair = min(p.pair, max(a["scores"].shape[1] - 1, 0))
    if a["scores"].shape[1]:
        score, same = float(a["scores"][row, pair]), int(a["test_labels"][pair])
        verdict = (
            "They say the same; {who} scores {score:.2f}." if same else "They say different things; {who} scores {score:.2f}."
        )
        plot.headline(verdict, who=WHO[looked(timeline)], score=score)
    if p.data == "made":
        plot.headline("<b>{right} of {all} words right</b>", right=int((good == 2).sum()), all=int((good > 0).sum()))
    return plot.done("Of {all} words counting reads {right} rightly.", all=int((read >= 0).sum()), right=int((good == 2).sum()))


def ready(timeline: Timeline) -> bool:
    """Whether the network that is looked at is there."""
    return bool(timeline.frame.arrays["shown_attention"].any())


def attention(timeline: Timeline, style: Style) -> Picture:
    """Last block's attention of the shown pair, the two words of one concept framed."""
    if not ready(timeline):
        return pretraining(timeline, style) or sentence(style, style.t(NOT_YET))
    tokens, a = tokens_of(timeline), timeline.frame.arrays
    looks = a["shown_attention"][: len(tokens), : len(tokens)]
    names = written(timeline, tokens, style)
    split = int(np.flatnonzero(tokens == SEP)[0])
    matched = []
    if timeline.params.data == "made":
        meant = [concept(int(a["true_words"][place])) if place >= 0 else -1 for place in places(timeline, tokens).tolist()]
        matched = [
            (i, j)
            for i, one in enumerate(meant)
            for j, other in enumerate(meant)
            if one >= 0 and one == other and (i < split) != (j < split)
        ]
    plot = Plot(timeline, style)
    plot.heat(
        looks,
        rows=names,
        columns=names,
        tones="measured",
        low=0.0,
        high=max(float(looks.max()), 0.3),
        outlined=matched or None,
        hover="%{z:.2f}",
    )
    share = float(np.mean([looks[cell] for cell in matched])) if matched else float("nan")
    plot.headline("<b>{who}</b>", who=WHO[looked(timeline)])
    if matched:
        plot.headline("partners get {share:.0%}, evenly it would be {even:.0%}", share=share, even=1 / len(tokens))
    else:
        plot.headline("no concept stands in both sentences")
    return plot.done("Words of one concept get {share:.0%} of each other's attention.", share=share)


def guesses(timeline: Timeline, style: Style) -> Picture:
    """The pair with one token hidden, and the five likeliest tokens for it before training and now."""
    if not ready(timeline):
        return pretraining(timeline, style) or sentence(style, style.t(NOT_YET))
    p, a, tokens = timeline.params, timeline.frame.arrays, tokens_of(timeline)
    at = min(p.hidden, len(tokens) - 1)
    word = tokens[at] >= FIRST_WORD
    true = written(timeline, tokens[at : at + 1], style)[0]
    names = written(timeline, tokens, style)
    if word:
        names[at] = "?"
    plot = Plot(timeline, style)
    ticks = [dict(enumerate(written(timeline, row, style))) for row in a["guess_tokens"]]
    sides = [Axis("", -0.6, 4.6, ticks=names_, reverse=True, grid=False) for names_ in ticks]
    strip, before, now = plot.mosaic(
        "aa",
        "bc",
        heights=(1, 3),
        x=[HIDDEN, Axis("chance", 0, 1.15, ticks=(0, 0.5, 1)), Axis("chance", 0, 1.15, ticks=(0, 0.5, 1))],
        y=[HIDDEN, *sides],
        titles=("", "before this training", "now"),
    )
    strip.tokens(names, chosen=at, click="hidden", hover=False)
    for panel, row, shares in zip((before, now), a["guess_tokens"], a["guess_shares"], strict=True):
        hit = row == tokens[at]
        for some, who in ((~hit, "measured"), (hit, "good")):
            if some.any():
                panel.bars(np.flatnonzero(some), shares[some], who, across=True, text="{value:.0%}", hover=False)
    first = written(timeline, a["guess_tokens"][1][:1], style)[0]
    plot.headline(
        "{who}: <b>{first}</b> at {share:.0%}", who=WHO[looked(timeline)], first=first, share=float(a["guess_shares"][1][0])
    )
    plot.headline("it was {true}" if word else "{true} is a sign, it stays", true=true)
    return plot.done("The first guess is {first}; it was {true}.", first=first, true=true)
