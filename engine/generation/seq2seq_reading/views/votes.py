"""Pictures of the voting world: one vote token by token, and how often each fusion is right."""

from __future__ import annotations

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.generation.seq2seq_reading import theory
from engine.generation.seq2seq_reading.names import FUSED, pair, said, word
from engine.generation.seq2seq_reading.params import FUSIONS, MOST
from engine.plot import Axis, Plot


def ballot(timeline: Timeline, style: Style) -> Picture:
    """Rows: passages, and the fused score; columns: tokens of the answer; cells: the likeliest token and its chance."""
    p, a = timeline.params, timeline.frame.arrays
    answer, right = a["vote_answer"].tolist(), a["vote_right"].tolist()
    kept, asked = a["vote_kept"].astype(bool), int(a["vote_asked"][0])
    chances, scores = a["vote_steps"].astype(float), a["vote_scores"]
    made = answer.index(theory.SEP) + 1 if theory.SEP in answer else 1 if not kept.any() else theory.ANSWER
    z, cells = np.full((p.passages + 1, theory.ANSWER), np.nan), np.full((p.passages + 1, theory.ANSWER), "", object)
    for t in range(made):
        for row, found in enumerate([*chances[t], scores[t]]):
            fused = row == p.passages
            if not found.any():
                continue
            best = int(found.argmax())
            cells[row, t] = f"{word(best, p, style)}  {found[best]:.2f}"
            z[row, t] = found[best] if fused or kept[row] else np.nan
    values = a["vote_said"].tolist()
    rows = {
        k: f"{k + 1}: {f'{value:02d}' if value >= 0 else '–'}" + ("" if kept[k] else "  ✕") for k, value in enumerate(values)
    }
    truth = 10 * (right[0] - theory.DIGIT) + right[1] - theory.DIGIT
    truthful = [k for k, value in enumerate(values) if value == truth]
    plot = Plot(
        timeline,
        style,
        x=Axis("token of the answer", -0.5, 2.5, ticks={0: "1", 1: "2", 2: "3"}, grid=False),
        y=Axis("", -0.5, p.passages + 0.5, ticks={**rows, p.passages: FUSED[p.fusion]}, grid=False),
    )
    plot.heat(z, x=(0, 1), y=(0, 1), top=True, low=0.0, high=1.5, tones="measured", numbers=cells, size=14)
    plot.dots([-0.42] * len(truthful), truthful, "good", size=10, hover=False)
    plot.level(p.passages - 0.5, "", "mark", dash="solid")
    good = answer == right
    words = {"pair": pair(asked, p, style), "answer": said(answer, p, style), "right": said(right, p, style)}
    verdict = "<b>{pair}? {answer}</b> ✓" if good else "<b>{pair}? {answer}</b> ✗ (right: {right})"
    plot.headline(verdict, **words)
    plot.headline("{kept} of {all} have a say", kept=int(kept.sum()), all=p.passages)
    return plot.done(
        "Of {all} passages {kept} have a say. Asked for {pair}, they answer: {answer}. Right would be: {right}.",
        kept=int(kept.sum()), all=p.passages, **words,
    )  # fmt: skip


def fusions(timeline: Timeline, style: Style) -> Picture:
    """Share right against the number of passages for four fusions; dashed, what a perfect reader would get."""
    p, a, s = timeline.params, timeline.frame.arrays, timeline.frame.scalars
    counts = a["vote_counts"].astype(float)
    plot = Plot(
        timeline, style, x=Axis("passages read", 0.8, MOST + 0.2, ticks=[1, 3, 5, 7, 9]), y=Axis("share right", 0, 1.02)
    )
    every = np.arange(1, MOST + 1)
    plot.theory(every, [theory.perfect(int(k), p.present, p.wrong) for k in every], FUSED["theory"], end="{name}")
    for row, fusion in enumerate(FUSIONS):
        chosen = fusion == p.fusion
        plot.curve(counts, a["vote_curves"][row], FUSED[fusion], points=9 if chosen else 6, width=3.4 if chosen else 1.8,
            end="{name}")  # fmt: skip
    plot.headline("<b>{fusion}, K = {k}: {share:.1%}</b>", fusion=FUSED[p.fusion], k=p.passages, share=s["vote_accuracy"])
    return plot.done(
        "With K = {k}, {share:.1%} of the answers are right; a perfect reader would get {theory:.1%}.",
        k=p.passages, share=s["vote_accuracy"], theory=s["vote_theory"],
    )  # fmt: skip
