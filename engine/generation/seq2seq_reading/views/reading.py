"""Pictures of the reader: a question answered, the mask, learning, and how sure it is that there is no answer."""

from __future__ import annotations

import math

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.generation.seq2seq_reading import theory
from engine.generation.seq2seq_reading.names import ITEMS, SCORES, pair, said, word
from engine.plot import HIDDEN, Axis, Log, Plot
from engine.train.ranks import roc

LINE = 11.0  # widths of an m that a line of tokens has room for, at least


def reading(timeline: Timeline, style: Style) -> Picture:
    """The facts, the question and the answer as tokens, tinted by what the chosen token of the answer looked at."""
    p, a = timeline.params, timeline.frame.arrays
    own, right = a["example_own"].tolist(), a["example_right"].tolist()
    length = own.index(theory.SEP) + 1 if theory.SEP in own else len(own)
    row = min(p.row, length - 1)
    look, source = a["example_attention"][row], a["example_source"].tolist()
    first = 4 if p.mask == "question-first" else 1  # where facts begin
    ask = 1 if p.mask == "question-first" else p.source - 3
    high = max(float(look.max()), 1e-6)
    plot = Plot(timeline, style, x=HIDDEN.but(low=-0.5, high=LINE))
    parts = [(first + 4 * k, 4, "passage" if k == 0 else "") for k in range(p.facts)] + [(ask, 2, "question")]
    for begin, count, name in sorted(parts):  # the question may stand first
        tokens = [word(token, p, style) for token in source[begin : begin + count]]
        plot.tokens(tokens, by=look[begin : begin + count], low=0.0, high=high, even=False, name=name)
    tokens = [word(token, p, style) for token in own[:length]]
    before = [float(look[p.source + k]) if k < row else 0.0 for k in range(length)]
    good = own[:length] == [token for token in right if token]
    who = "good" if good else "second"
    plot.tokens(tokens, by=before, low=0.0, high=high, even=False, name="answer", who=who, chosen=row, click="row")
    verdict = "<b>{pair}? {answer}</b> ✓" if good else "<b>{pair}? {answer}</b> ✗ (right: {right})"
    words = {"pair": pair(p.asked, p, style), "answer": said(own, p, style), "right": said(right, p, style)}
    plot.headline(verdict, **words)
    plot.headline("p₀ = {p0:.2f}", p0=timeline.frame.scalars["p0_shown"])
    return plot.done("Asked for {pair}, it answers: {answer}. Right would be: {right}.", **words)


def grid(timeline: Timeline, style: Style) -> Picture:
    """The mask over the tokens of the question that is asked, and where the rows looked that chose the answer; rings: where
    its digits stand."""
    p, a = timeline.params, timeline.frame.arrays
    tokens = [*a["example_source"].tolist(), *(token for token in a["example_right"].tolist())]
    names = [word(token, p, style) if token else "" for token in tokens]
    seen = a["mask_grid"].astype(np.float32)
    shade = 0.45 * seen
    look = a["example_attention"]  # of the rows that chose the answer: the last of the source, and the answer's own
    shade[p.source - 1 : -1, :-1] = np.maximum(shade[p.source - 1 : -1, :-1], 1.6 * look / max(float(look.max()), 1e-6))
    count, short = len(tokens), len(tokens) <= 20
    rows = {k: name for k, name in enumerate(names) if name and (short or k >= p.source or k % 4 == 1)}
    plot = Plot(
        timeline,
        style,
        x=Axis("seen", -0.5, count - 0.5, ticks=[0, p.source], numbers=False, grid=False),
        y=Axis("", -0.5, count - 0.5, ticks=rows, grid=False),
    )
    plot.heat(shade, x=(0, 1), y=(0, 1), top=True, low=0.0, high=1.6, tones="measured", hover=False)
    edge = p.source - 0.5
    first, (name, what) = 4 if p.mask == "question-first" else 1, divmod(p.asked, p.attributes)
    wanted = [theory.NAME + name, theory.NAME + p.entities + what]
    held = [at for at in range(first, first + 4 * p.facts, 4) if tokens[at : at + 2] == wanted]
    digits = [at + 2 + t for at in held for t in (0, 1)]
    choosing = p.source - 1 + np.arange(len(digits))
    plot.dots(digits, choosing, "good", size=13, symbol="square", hollow=True, hover=False)
    plot.upright(edge, "answer", "mark")
    plot.level(edge, "", "mark", dash="dot")
    plot.headline("pale: seen by the row · strong: looked at · □ the right digit")
    return plot.done("Of {all} places {share:.0%} are seen.", all=count * count, share=float(seen.mean()))


def curves(timeline: Timeline, style: Style) -> Picture:
    """Loss above, what the trials found below, against the step."""
    p, s = timeline.params, timeline.frame.scalars
    plot = Plot(timeline, style)
    above, below = plot.grid(2, 1, x="step", y=[Log("loss / nats"), Axis("share", 0, 1.03)], share_x=True, heights=(2, 3))
    above.over_time("loss", "text", end="", name="loss")
    below.over_time("exact_match", SCORES["exact"], end="{name}")
    below.over_time("no_answer_accuracy", SCORES["empty"], end="{name}")
    below.level(1 - p.absent, "", "quiet", dash="dot")
    below.corner("dotted: an answer always, {value:.2f}", "bottom right", "quiet", value=1 - p.absent)
    return plot.done(
        "The loss is {loss:.3f} nats; {exact:.1%} of the answerable are right, {empty:.1%} rightly empty or not.",
        loss=s["loss"], exact=s["exact_match"], empty=s["no_answer_accuracy"],
    )  # fmt: skip


def doubt(timeline: Timeline, style: Style) -> Picture:
    """p₀ of both kinds of items as bars, θ to be dragged; beside it, the curve of all thresholds."""
    p, a, s = timeline.params, timeline.frame.arrays, timeline.frame.scalars
    p0, absent = a["p0"].astype(float), a["absent_item"].astype(int)
    plot = Plot(timeline, style)
    left, right = plot.grid(
        1, 2, widths=(3, 2),
        x=[Axis("p₀", -0.02, 1.02), Axis("wrongly empty", -0.06, 1.02)],
        y=[Axis("share of the items", 0, 1.4, ticks=[0, 0.2, 0.4, 0.6, 0.8, 1]), Axis("rightly empty", -0.02, 1.06)],
    )  # fmt: skip
    edges = np.linspace(0, 1, 21)
    for place, (kind, who) in enumerate((("held", ITEMS["held"]), ("absent", ITEMS["absent"]))):
        mine = p0[absent == place]
        counts = np.histogram(mine, edges)[0] / len(p0)
        left.bars((edges[1:] + edges[:-1]) / 2, counts, who, width=0.05, group=(place, 2), name="{name}", key=kind)
        left.corner("■ {name}", "top", who, name=who)
    left.curve([s["p0_mean"]] * 2, [0, 1], "theory", width=1.6, dash="dash", hover=False)
    left.curve([p.threshold] * 2, [0, 1], "mark", width=1.6, dash="dot", hover=False)
    left.handle(p.threshold, 0.5, ("threshold", None), "mark", name="θ")
    left.corner("dashed: mean {mean:.3f}, π₀ = {share:.2f}", "top", "theory", mean=s["p0_mean"], share=p.absent)
    empty = p0 > p.threshold
    if math.isfinite(s["auc"]):
        false, true, _ = roc(p0, absent)
        right.curve(false, true, "text", hover=False)
        right.curve([0, 1], [0, 1], "quiet", dash="dot", width=1.4, hover=False)
        here = float(empty[absent == 0].mean()), float(empty[absent == 1].mean())
        right.dots([here[0]], [here[1]], "mark", size=13, name="θ")
        right.corner("area {auc:.3f}", "bottom right", auc=s["auc"])
    plot.headline("<b>right about it: {share:.1%}</b>", share=float((empty == (absent == 1)).mean()))
    plot.headline("dotted: θ = {theta:.2f}", theta=p.threshold)
    return plot.done(
        "The mean p₀ is {mean:.3f}, the share without answer {share:.2f}; the area under the curve is {auc:.3f}.",
        mean=s["p0_mean"], share=p.absent, auc=s["auc"],
    )  # fmt: skip
