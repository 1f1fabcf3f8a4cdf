"""Pictures of the neurons: their cell states along a sentence, and what stays of them and is written to them."""

from __future__ import annotations

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.plot import Axis, Plot
from engine.structured.on_lstm import grammar


def cells(timeline: Timeline, style: Style) -> Picture:
    """c of every neuron at every token; lines between levels."""
    p, a = timeline.params, timeline.frame.arrays
    tokens, c = a["tokens"], a["cell_state"].T
    x = Axis("", -0.5, len(tokens) - 0.5, ticks={k: grammar.NAMES[token] for k, token in enumerate(tokens)}, grid=False)
    plot = Plot(timeline, style, x=x, y=Axis("neuron", 0.5, len(c) + 0.5))
    plot.heat(c, x=(0, 1), y=(1, 1), tones="two-sided", low=-1.5, high=1.5, bar="c", hover="c = %{z:.3f}")
    chunk = p.hidden // p.levels if "forget_master" in a else p.hidden
    for edge in range(chunk, p.hidden, chunk):
        plot.shape("line", 0, 1, edge + 0.5, edge + 0.5, across="x domain", line={"color": style.quiet, "width": 0.8})
    top = float(np.abs(c[-chunk:]).max())
    plot.headline("top level, largest |c|: <b>{top:.3f}</b>" if chunk < p.hidden else "largest |c|: <b>{top:.3f}</b>", top=top)
    return plot.done("The largest cell value among the top neurons is {top:.3f}.", top=top)


def kept(timeline: Timeline, style: Style) -> Picture:
    """By which factor c before and ĉ enter c (3), mean over the shown sentence: every neuron, and the mean of its level."""
    p, a = timeline.params, timeline.frame.arrays
    f, i = a["forget_gate"].astype(float), a["input_gate"].astype(float)
    ordered = "forget_master" in a
    if ordered:
        own, new = (np.repeat(a[f"{name}_master"].astype(float), p.hidden // p.levels, 1) for name in ("forget", "input"))
        f, i = own * new * f + own - own * new, own * new * i + new - own * new
    chunks = p.levels if ordered else p.hidden
    x = 0.5 + (np.arange(p.hidden) + 0.5) * chunks / p.hidden
    plot = Plot(timeline, style, x=Axis("level" if ordered else "neuron", 0.5, chunks + 0.5), y=Axis("factor", 0, 1.03))
    for factors, who, name in ((f.mean(0), "measured", "of c before"), (i.mean(0), "second", "of ĉ")):
        plot.dots(x, factors, who, size=5, opacity=0.5, hover="%{y:.3f}")
        plot.curve(
            np.arange(1, chunks + 1),
            factors.reshape(chunks, -1).mean(1),
            who,
            points=9 if ordered else 0,
            width=2 if ordered else 1,
            end=name,
            hover=False,
        )
    stays = f.mean(0).reshape(chunks, -1).mean(1)
    return plot.done(
        "Of the finest level {low:.2f} stays from token to token, of the coarsest {high:.2f}.", low=stays[0], high=stays[-1]
    )
