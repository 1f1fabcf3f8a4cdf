"""Pictures of the vote: two answers with scores set by hand, and the reader's own five passages."""

from __future__ import annotations

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.language.dgcnn_reading import theory
from engine.language.dgcnn_reading.names import RULES
from engine.language.dgcnn_reading.params import PASSAGES
from engine.language.dgcnn_reading.vocabulary import spoken
from engine.plot import Axis, Plot, sentence


def scores(sure: float, unsure: float) -> np.ndarray:
    """Scores (2, 5) of answers A, once, and B, in the four other passages."""
    return np.array([[sure, *[0.0] * (PASSAGES - 1)], [0.0, *[unsure] * (PASSAGES - 1)]])


def bench(timeline: Timeline, style: Style) -> Picture:
    """Bars of A and B by three rules."""
    p = timeline.params
    both = scores(p.sure, p.unsure)
    votes = {rule: theory.vote(both, rule) for rule in theory.RULES}
    top = max(1.0, float(max(value.max() for value in votes.values())))
    plot = Plot(timeline, style, x=Axis("", -0.6, 2.6, ticks={k: RULES[rule] for k, rule in enumerate(votes)}, grid=False),
        y=Axis("votes", 0, 1.15 * top))  # fmt: skip
    for k, (name, who) in enumerate((("A, once", "measured"), ("B, four times", "second"))):
        plot.bars([0, 1, 2], [value[k] for value in votes.values()], who, group=(k, 2), width=0.7, text="{value:.2f}",
            name=name, hover="%{y:.3f}")  # fmt: skip
    plot.legend()
    a, b = votes["squares"].tolist()
    plot.headline("<b>A once at {sure:.2f}, B four times at {unsure:.2f}</b>", sure=p.sure, unsure=p.unsure)
    if a == b:
        plot.headline("(7): a tie")
    else:
        plot.headline("(7) takes {winner}", winner="A" if a > b else "B")
    return plot.done("By (7) A has {a:.3f}, B {b:.3f}.", a=a, b=b)


def ballot(timeline: Timeline, style: Style) -> Picture:
    """The reader's answers in five passages, and their votes."""
    a = timeline.frame.arrays
    if not len(a["vote_answers"]):
        return sentence(style, style.t("No passage gives an answer yet: all tags are below the threshold."))
    truth = [token for token in a["vote_truth"].tolist() if token >= 0]
    strings = [[token for token in row if token >= 0] for row in a["vote_answers"].tolist()]
    gap = "" if style.language == "zh" else " "
    question = gap.join(spoken(a["vote_question"].tolist(), style.language)).replace(" ?", "?")
    names = [("✓ " if string == truth else "") + gap.join(spoken(string, style.language)) for string in strings]
    heat, votes = a["vote_witnesses"], a["vote_scores"]
    plot = Plot(timeline, style)
    left, right = plot.grid(1, 2, widths=(1.6, 1), x=[Axis("passage"), Axis("votes by (7)", 0, 1.25 * float(votes.max()))],
        y=[None, Axis("", -0.5, len(names) - 0.5, numbers=False, reverse=True, grid=False)])  # fmt: skip
    left.heat(heat, low=0.0, high=1.0, tones="measured", rows=names, columns=list(range(1, PASSAGES + 1)),
        numbers="{value:.2f}", hover="%{z:.2f}")  # fmt: skip
    right.bars(np.arange(len(votes)), votes, "measured", across=True, text="{value:.2f}", name="votes", hover="%{x:.3f}")
    plot.headline("{question} <b>{best}</b>", question=question, best=names[0])
    return plot.done(
        "Of {count} answers {best} has the most votes, {votes:.2f}.", count=len(names), best=names[0], votes=float(votes[0])
    )
