"""Pictures of training: which pseudo-summaries name the subject, one pair, titles, and how many are right."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.data.text import words
from engine.generation.t5_pegasus.corpus import METHODS, PROBLEMS
from engine.generation.t5_pegasus.names import RULES, TITLES
from engine.generation.t5_pegasus.pairs import HOLE, MARKS
from engine.generation.t5_pegasus.views.document import LOOK, WIDE, fitting
from engine.plot import HIDDEN, Axis, Panel, Plot, classes, fade

LISTED = 4  # documents whose titles are shown


def naming(timeline: Timeline, style: Style) -> Picture:
    """Of every rule, the share of pseudo-summaries that name the method or the problem."""
    p, a, s = timeline.params, timeline.frame.arrays, timeline.frame.scalars
    place, now = np.arange(len(RULES)), np.array([rule == p.rule for rule in RULES])
    x = Axis("", -0.6, len(RULES) - 0.4, ticks=dict(enumerate(RULES.values())), grid=False)
    plot = Plot(timeline, style, x=x, y=Axis("share that names M or P", 0, 1.12, ticks={0: "0", 0.5: "0.5", 1: "1"}))
    for kind, who in ((~now, "quiet"), (now, "measured")):
        if kind.any():
            plot.bars(place[kind], a["named"][kind], who, text="{value:.0%}", name="names M or P")
    plot.headline("<b>{share:.1%} now</b>", share=s["naming"])
    return plot.done("{share:.1%} of the pseudo-summaries name the method or the problem.", share=s["naming"])


def colours(style: Style) -> list[list[object]]:
    """Of plain tokens, methods, problems, and signs for masked spans."""
    return classes(["grid", fade(style.measured, 0.5), fade(style.good, 0.5), fade(style.second, 0.5)], style)


def kinds(tokens: list[str]) -> list[float]:
    """Which tokens are a method (1), a problem (2), a sign for a span (3). In characters: letters of either."""
    sets = [set(names) | ({sign for name in names for sign in name} if max(map(len, tokens), default=1) == 1 else set())
        for names in (METHODS, PROBLEMS)]  # fmt: skip
    return [3.0 if token in MARKS[HOLE:] else 1.0 if token in sets[0] else 2.0 if token in sets[1] else 0.0 for token in tokens]


def strip(panel: Panel, tokens: list[str], numbers: list[float], tones: list[list[object]], **more: Any) -> None:
    """Tokens, in as many lines as they need."""
    while tokens:
        fits = max(fitting(tokens), 1)
        panel.tokens(tokens[:fits], by=numbers[:fits], tones=tones, **LOOK, **more)
        tokens, numbers, more = tokens[fits:], numbers[fits:], {}


def pair(timeline: Timeline, style: Style) -> Picture:
    """The first document of the corpus: what is left of it, and what is to be written."""
    a = timeline.frame.arrays
    names = words(a["vocabulary"])
    source, target = ([names[k] for k in row if k] for row in a["pair"])
    plot = Plot(timeline, style, x=HIDDEN.but(low=-0.5, high=WIDE))
    for name, tokens in (("reads", source), ("writes", target)):
        strip(plot, tokens, kinds(tokens), colours(style), name=name)
    blue, green = (f'<span style="color:{shade}">■</span>' for shade in (style.measured, style.good))
    plot.headline("{a} method M · {b} problem P", a=blue, b=green)
    return plot.done("The network reads {n} tokens and writes {k}.", n=len(source), k=len(target))


def marks(own: list[str], truth: list[str]) -> list[float]:
    """Of the tokens of a title: 1 for those of a right term in its place (as Pairs.right counts), 2 for what is wrong, 0 for 基于 and 的."""
    at = truth.index("的")
    begin, end = own[: at + 1] == truth[: at + 1], own[at - len(truth) :] == truth[at:]
    right = {*range(at * begin), *range(len(own) + (at - len(truth)) * end, len(own))}
    return [0.0 if token in "基于的" else 1.0 if k in right else 2.0 for k, token in enumerate(own)]


def titles(timeline: Timeline, style: Style) -> Picture:
    """In pre-training the titles at hand; then those of both networks for test documents, right terms green, wrong ones orange."""
    p, a, s = timeline.params, timeline.frame.arrays, timeline.frame.scalars
    names = words(a["vocabulary"])
    tones = classes(["grid", fade(style.good, 0.5), fade(style.second, 0.5), fade(style.quiet, 0.3)], style)
    plot = Plot(timeline, style, x=HIDDEN.but(low=-0.5, high=15.5))
    given = [] if s["tuned"] else [[names[token] for token in row if token] for row in a["given"]]
    for k, title in enumerate(given, 1):
        strip(plot, title, kinds(title), colours(style), name="{k}", k=k)
    for k in range(LISTED if s["tuned"] else 0):
        truth = [names[token] for token in a["truth"][k] if token]
        strip(plot, truth, [3.0] * len(truth), tones, name="true")
        for lines, name, who in zip(a["written"], ("pre-trained", "not"), ("accuracy_method", "none_method"), strict=True):
            own = [names[token] for token in lines[k] if token] or ["∅"]
            fits = fitting(own)  # one line each: what follows stays in its place
            plot.tokens(own[:fits], by=marks(own, truth)[:fits], tones=tones, name=name, who=TITLES[who], **LOOK)
    if s["tuned"]:
        right, plain = ((s[f"{arm}_method"] + s[f"{arm}_problem"]) / 2 for arm in ("accuracy", "none"))
        plot.headline("right terms: <b>{right:.0%}</b>, not pre-trained {plain:.0%}", right=right, plain=plain)
    else:
        plot.headline("after pre-training it learns {labels} titles", labels=p.labels)
        if int(p.labels) > len(given):
            plot.headline("the first {n}", n=len(given))
    return plot.done(
        "Methods are right in {method:.0%} of the titles, problems in {problem:.0%}.",
        method=s["accuracy_method"], problem=s["accuracy_problem"],
    )  # fmt: skip


def accuracy(timeline: Timeline, style: Style) -> Picture:
    """Shares of right methods and problems while titles are learned, and what a blind guess has."""
    p, s = timeline.params, timeline.frame.scalars
    end = max(p.pretrain + max(p.fine_tune, 1), timeline.frame.step)
    begin = min(p.pretrain, timeline.frame.step - int(s["tuned"]))
    plot = Plot(timeline, style, x=Axis("step", begin, end), y=Axis("share right", 0, 1.05))
    for name, who in TITLES.items():
        plot.over_time(name, who, end="{name}" if s["tuned"] else "")
    plot.level(1 / len(METHODS), "blind guess 1/24", "quiet", dash="dot", width=1.2)
    if s["tuned"]:
        plot.headline("<b>M {method:.0%} · P {problem:.0%}</b>", method=s["accuracy_method"], problem=s["accuracy_problem"])
    else:
        plot.headline("pre-training, step {step}; then {labels} titles", step=timeline.frame.step, labels=p.labels)
    return plot.done(
        "Pre-trained: method right in {method:.0%}, problem in {problem:.0%}; not pre-trained {plain:.0%} and {other:.0%}.",
        method=s["accuracy_method"], problem=s["accuracy_problem"], plain=s["none_method"], other=s["none_problem"],
    )  # fmt: skip
