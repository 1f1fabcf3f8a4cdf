"""Pictures of one sentence: the tape with its subjects, and the object tags of the one that is asked about."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.data.text import words
from engine.language.dgcnn_extraction import theory
from engine.language.dgcnn_extraction.params import PREDICATES
from engine.language.dgcnn_extraction.views.names import PREDICATE, TAGS
from engine.language.dgcnn_extraction.vocabulary import spoken
from engine.plot import HIDDEN, Axis, Panel, Plot, sentence
from engine.plot.words.tokens import cells, lines, within

WIDE, ROWS = 23.0, 4  # of a line of signs, in widths of an m; lines that are shown
Named = tuple[int, int, str, str]  # first, last, a template, a colour


def of_own(timeline: Timeline) -> bool:
    """Whether the sentence that is shown is one's own."""
    return timeline.params.data == "own" and bool(len(timeline.frame.arrays["own_length"]))


def signs(timeline: Timeline, style: Style) -> list[str]:
    """The shown sentence's signs, as they are written."""
    a, row = timeline.frame.arrays, int(timeline.frame.arrays["shown_sentence"][0])
    if not of_own(timeline):
        return spoken(a["shown_signs"].tolist(), style.language)
    begin = int(a["own_length"][:row].sum())
    return words(a["own_pieces"][begin : begin + int(a["own_length"][row])])


def asked(timeline: Timeline) -> int:
    """Which of the found subjects is asked about, the last one where there are fewer; −1 where there is none."""
    return min(timeline.params.subject, len(timeline.frame.arrays["shown_subjects"]) - 1)


def objects(timeline: Timeline) -> np.ndarray:
    """Predicate, first, last (k, 3) of the objects that are found for the subject asked about."""
    p, a, which = timeline.params, timeline.frame.arrays, asked(timeline)
    if which < 0:
        return np.zeros((0, 3), int)
    start, end = a["shown_objects"][which]
    return theory.decode(start, end, p.start_threshold, p.end_threshold)


def truth(timeline: Timeline) -> np.ndarray | None:
    """True triples (k, 5) of the shown sentence; None where nobody knows them."""
    a = timeline.frame.arrays
    if of_own(timeline):
        return None
    return a["gold_triples"][a["gold_triples"][:, 0] == a["shown_sentence"][0], 1:]


def predicate(number: int) -> str:
    """A template that is filled with the predicate's name."""
    return "{" + PREDICATES[number] + "}"


def above_and_below(timeline: Timeline) -> tuple[list[Named], list[Named]]:
    """What is found in the shown sentence, as frames, and what is true of the subject asked about, as brackets."""
    which, subjects, true = asked(timeline), timeline.frame.arrays["shown_subjects"].tolist(), truth(timeline)
    frames: list[Named] = [(i, j, "", "quiet") for k, (i, j) in enumerate(subjects) if k != which]
    if which < 0:
        return frames, []
    i, j = subjects[which]
    mine = None if true is None else {tuple(row) for row in true[(true[:, 0] == i) & (true[:, 1] == j), 2:].tolist()}
    here = mine is None or bool(mine)
    frames.append((i, j, "", "measured" if here else "second"))
    merged: dict[tuple[int, int], list[int]] = {}
    for kind, first, last in objects(timeline).tolist():
        merged.setdefault((first, last), []).append(kind)
    for (first, last), kinds in merged.items():
        right = mine is None or all((kind, first, last) in mine for kind in kinds)
        frames.append((first, last, ", ".join(map(predicate, kinds)), "good" if right else "second"))
    return frames, [(first, last, predicate(kind), "text") for kind, first, last in sorted(mine or (), key=lambda one: one[1:])]


def limits(panel: Panel, timeline: Timeline) -> None:
    """Two lines across the bars of the strip that was drawn last: the thresholds."""
    p, base = timeline.params, panel.row + 0.3  # the bars stand on the line 1.15 below their strip
    for height, who in ((p.start_threshold, TAGS["start"]), (p.end_threshold, TAGS["end"])):
        panel.curve([-0.5, WIDE - 0.5], [base + height] * 2, who, dash="dot", width=1.2, hover=False)


def tape(timeline: Timeline, style: Style) -> Picture:
    """Hero: the sentence with its subjects' tags; the subject asked about, and what is found and true of it."""
    tokens, tags = signs(timeline, style), timeline.frame.arrays["shown_tags"]
    frames, brackets = above_and_below(timeline)
    named: dict[str, Any] = dict(PREDICATE)
    plot = Plot(timeline, style, x=HIDDEN.but(low=-0.5, high=WIDE))
    done, subjects = 0, timeline.frame.arrays["shown_subjects"]
    for part in lines(tokens, WIDE, balanced=True)[:ROWS]:
        plot.row -= 0.3  # room for the points over the subjects
        top = plot.row - (0.45 if any(said for *_, said, _ in within(part, frames)) else 0.0)
        edges = np.concatenate([[0.0], np.cumsum(cells(tokens[part]))]) - 0.5
        plot.tokens(tokens[part], by=np.zeros(len(tokens[part])), tones=[[0.0, style.grid], [1.0, style.grid]], low=0.0, high=1.0,
            even=False, hover=False, spans=within(part, frames), brackets=within(part, brackets), bars=tags[:, part],
            bar_inks=(TAGS["start"], TAGS["end"]), **named)  # fmt: skip
        limits(plot, timeline)
        for k, (first, last) in enumerate(subjects.tolist()):  # what can be clicked: a point over each subject
            if part.start <= first < part.stop:
                middle = (edges[first - part.start] + edges[min(last, part.stop - 1) + 1 - part.start]) / 2
                ink = "measured" if k == asked(timeline) else "quiet"
                plot.dots([middle], [top + 0.12], ink, size=9, symbol="triangle-down", key=[k], hover=False)
        done = part.stop
    plot.click("subject")
    plot.headline("{count} subjects found", count=len(subjects))
    if done < len(tokens):
        plot.headline("the first {done} of {all} signs", done=done, all=len(tokens))
    if of_own(timeline):
        plot.headline("{count:.0f} unknown signs in the file", count=timeline.frame.scalars["own_unknown"])
    return plot.done("{count} subjects are found in this sentence; {objects} objects of the one asked about.",
        count=len(subjects), objects=len(objects(timeline)))  # fmt: skip


def tagged(timeline: Timeline, style: Style) -> Picture:
    """Start and end tags of the objects of the subject asked about: predicates by signs."""
    tokens, which, p = signs(timeline, style), asked(timeline), timeline.params
    if which < 0:
        return sentence(style, style.t("No subject is found in this sentence at these thresholds."))
    a = timeline.frame.arrays
    tags = a["shown_objects"][which]
    first, last = a["shown_subjects"][which].tolist()
    reach = Axis("sign", -0.5, len(tokens) - 0.5, grid=False, numbers=False)
    plot = Plot(timeline, style)
    panels = plot.grid(2, 1, x=reach, share_x=True)
    rows = [PREDICATE[name] for name in PREDICATES]
    for panel, kind, tag, threshold in zip(panels, ("start", "end"), tags, (p.start_threshold, p.end_threshold), strict=True):
        written = np.where(tag > threshold, np.array([token.replace("%", "") for token in tokens], object), "")
        panel.heat(tag, rows=rows, low=0.0, high=1.0, tones=TAGS[kind], numbers=written, size=12, hover="%{z:.3f}")
        panel.title("object {kind}", kind=TAGS[kind])
    gap = "" if style.language == "zh" else " "
    subject = gap.join(tokens[first : last + 1])
    plot.headline("asked about: <b>{subject}</b>", subject=subject)
    return plot.done("{count} objects are found for {subject}.", count=len(objects(timeline)), subject=subject)
