"""A passage, its two tags and its answer, in the reader's language or as it was written."""

from __future__ import annotations

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.data.text import words
from engine.language.dgcnn_reading.names import TAGS
from engine.language.dgcnn_reading.vocabulary import ATTRIBUTE, FILLER, UNKNOWN, VALUE, is_entity, spoken
from engine.plot import Plot, classes, fade
from engine.plot.words.tokens import within

ROW, LINES = 10, 4  # tokens of a line, lines that are shown


def written(timeline: Timeline, style: Style) -> tuple[list[str], list[str]]:
    """Question and passage as words."""
    a = timeline.frame.arrays
    if timeline.params.source == "own":
        spelled = [words(a["own_question"]), words(a["own_passage"])]
        known = (a["shown_question"], a["shown_passage"])
        told = [[word if token == UNKNOWN else said for word, token, said in zip(text, k.tolist(), spoken(k.tolist(), style.language), strict=True)]
            for text, k in zip(spelled, known, strict=True)]  # fmt: skip
        return told[0], told[1]
    return spoken(a["shown_question"].tolist(), style.language), spoken(a["shown_passage"].tolist(), style.language)


def kind(token: int, asked: list[int]) -> int:
    """Background: 0 filler or sign, 1 unknown, 2 attribute, 3 value, 4 another person, 5 the one asked about."""
    if is_entity(token):
        return 5 if token in asked else 4
    return 1 if token == UNKNOWN else 2 if ATTRIBUTE <= token < VALUE else 3 if VALUE <= token < FILLER else 0


def window(count: int, found: int) -> range:
    """Which lines are shown: all where they fit, else those about what was found."""
    lines = -(-count // ROW)
    first = min(max(found // ROW - 1, 0), max(lines - LINES, 0))
    return range(first, min(first + LINES, lines))


def passage(timeline: Timeline, style: Style) -> Picture:
    """The question, and the passage in lines of ten tokens with their tags."""
    p, s, a = timeline.params, timeline.frame.scalars, timeline.frame.arrays
    question, told = written(timeline, style)
    tags, (first, last) = a["shown_tags"], a["shown_found"].tolist()
    right, asked = a["shown_answer"].tolist(), a["shown_question"].tolist()
    plot = Plot(timeline, style)
    plot.tokens(
        question, even=True, by=a["shown_weights"], tones="mark", low=0.0, high=1.0, name="asked", who="quiet", hover=True
    )
    tones = classes(["background", fade(style.quiet, 0.45), "grid", fade(style.measured, 0.14), fade(style.mark, 0.2),
        fade(style.mark, 0.55)], style)  # fmt: skip
    shown = window(len(told), first)
    for line in shown:
        top, begin, end = plot.row, line * ROW, min((line + 1) * ROW, len(told))
        kinds = [kind(token, asked) for token in a["shown_passage"][begin:end].tolist()]
        frames, marks = (
            within(slice(begin, end), [span]) for span in ((first, last, "", "measured"), (right[0], right[1], "", "good"))
        )
        plot.tokens([short(word) for word in told[begin:end]], even=True, by=kinds, tones=tones, low=-0.5, high=5.5, hover=False, spans=frames,
            brackets=marks, bars=tags[:, begin:end], bar_inks=tuple(TAGS.values()))  # fmt: skip
        people = [k for k, token in enumerate(a["shown_passage"][begin:end].tolist()) if is_entity(token)]
        if people:
            plot.dots(people, np.full(len(people), top - 0.5), "mark", size=22, opacity=0.01, key=[begin + k for k in people],
                hover=False)  # fmt: skip
    plot.click("asked")
    answer = "".join(told[first : last + 1]) if style.language == "zh" else " ".join(told[first : last + 1])
    if first >= 0:
        plot.headline("<b>found: {answer}</b>", answer=answer)
    else:
        plot.headline("<b>found: no answer</b>")
    start, stop = tags.max(-1).tolist()
    plot.headline("largest tags {start:.2f} and {end:.2f}", start=start, end=stop)
    if end < len(told) or shown.start:
        plot.headline("tokens {first} to {last} of {all}", first=shown.start * ROW + 1, last=end, all=len(told))
    if p.source == "own":
        plot.headline("{count:.0f} unknown, in grey", count=s["own_unknown"])
        if s["own_cut"]:
            plot.headline("the last {cut:.0f} characters were cut off", cut=s["own_cut"])
    if first < 0:
        return plot.done("No answer is found; the largest tags are {start:.2f} and {end:.2f}.", start=start, end=stop)
    return plot.done("The answer found is {answer}.", answer=answer)


def short(word: str) -> str:
    """A word that fits its place."""
    return word if len(word) <= 8 else word[:7] + "…"
