"""Pictures of the swap bench: accuracies under each attention, and how the net learned."""

from __future__ import annotations

import math

import numpy as np

from engine.attention.nystromformer.names import ATTENTIONS, SWAPPED
from engine.attention.nystromformer.params import CLASSES, TRAINED
from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.plot import Axis, Plot


def swap(timeline: Timeline, style: Style) -> Picture:
    """Test accuracy of the same weights under four attentions, and of one after fine-tuning."""
    p, s = timeline.params, timeline.frame.scalars
    found = dict(zip(SWAPPED, timeline.frame.arrays["accuracy_swapped"].tolist(), strict=True))
    names = ("softmax", *SWAPPED)
    values = [s["accuracy_softmax"], *found.values()]
    plot = Plot(timeline, style, x=Axis("test accuracy", 0, 1.12, ticks=(0, 0.25, 0.5, 0.75, 1)),
        y=Axis("", -0.6, 3.6, ticks={place: ATTENTIONS[name] for place, name in enumerate(names)}, grid=False, reverse=True))  # fmt: skip
    who = [ATTENTIONS[name] for name in names]
    plot.bars(np.arange(4), np.nan_to_num(values), who, across=True, width=0.5, opacity=0.75, text="{said}",
        said=[f"{value:.3f}" if math.isfinite(value) else "" for value in values], hover="%{x:.3f}", name="the same weights")  # fmt: skip
    place, tuned = names.index(p.swap_to), s["accuracy_tuned"]
    if math.isfinite(tuned):
        below = place + 0.4  # beside the bar's own number it would cover it
        plot.dots([tuned], [below], "mark", size=15, symbol="diamond", hover="%{x:.3f}", name="after fine-tuning", label="tuned {tuned:.3f}",
            tuned=tuned)  # fmt: skip
    plot.upright(1 / CLASSES, "guessing", "quiet", at=0.0)
    step = timeline.frame.step
    after = max(step - TRAINED, 0)
    plot.headline("m = {m}", m=p.m)
    plot.headline("softmax training {done} / {all}" if step < TRAINED else "fine-tuning {after} / {count}", done=step, all=TRAINED, after=after,
        count=p.fine_tune)  # fmt: skip
    return plot.done("Accuracy with softmax {softmax:.3f}; the same weights with {T} Nyström iterations {iterated:.3f}, with the exact inverse "
        "{exact:.3f}, as a Performer {performer:.3f}; after fine-tuning {tuned:.3f}.", softmax=s["accuracy_softmax"], T=p.iterations,
        iterated=found["nystrom"], exact=found["nystrom-exact"], performer=found["performer"], tuned=tuned)  # fmt: skip


def learning(timeline: Timeline, style: Style) -> Picture:
    """Loss and test accuracy against the step; the swap as an upright line."""
    p, s = timeline.params, timeline.frame.scalars
    plot = Plot(timeline, style)
    above, below = plot.grid(2, 1, x="step", y=[Axis("loss (nats)", 0, 2.8), Axis("test accuracy", 0, 1.1, ticks=(0, 0.5, 1))],
        share_x=True)  # fmt: skip
    above.over_time("loss", "measured", end="loss")
    above.level(math.log(CLASSES), "guessing: ln 10", "quiet", dash="dot", side="right")
    below.over_time("accuracy_softmax", ATTENTIONS["softmax"], end="softmax")
    below.over_time("accuracy_tuned", ATTENTIONS[p.swap_to], points=5, end="tuned")
    for panel in (above, below):
        if timeline.frame.step >= TRAINED:
            panel.upright(TRAINED, "swap" if panel is above else "", "mark", side="left")
    return plot.done("Loss {loss:.3f}; accuracy {softmax:.3f} with softmax, {tuned:.3f} after fine-tuning.", loss=s["loss"],
        softmax=s["accuracy_softmax"], tuned=s["accuracy_tuned"])  # fmt: skip
