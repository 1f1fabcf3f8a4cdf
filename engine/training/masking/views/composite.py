"""Pictures of the digits' classifier: its accuracy, and which of its tensors moved."""

from __future__ import annotations

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.plot import HIDDEN, Axis, Plot
from engine.training.masking.names import TENSORS


def digits(timeline: Timeline, style: Style) -> Picture:
    """Test accuracy over the steps."""
    s = timeline.frame.scalars
    plot = Plot(timeline, style, x="step", y=Axis("test accuracy", 0, 1))
    plot.over_time("composite_accuracy", "measured", name="test accuracy")
    return plot.done("The optimiser has {count:.0f} numbers; accuracy is {accuracy:.3f}.", count=s["parameters"], accuracy=s["composite_accuracy"])  # fmt: skip


def digit(timeline: Timeline, style: Style) -> Picture:
    """A test digit and its ten probabilities."""
    s, a = timeline.frame.scalars, timeline.frame.arrays
    true, said = int(s["digit_class"]), int(a["digit_p"].argmax())
    names = {k: f"▸ {k}" if k == true else str(k) for k in range(len(a["digit_p"]))}
    plot = Plot(timeline, style)
    shown, answer = plot.mosaic("db", widths=(2, 3), x=[HIDDEN, Axis("probability", 0, 1.2, ticks=(0, 0.5, 1))], y=[HIDDEN, Axis("", -0.6, 9.6, ticks=names, reverse=True, grid=False)])  # fmt: skip
    shown.image(a["digit_pixels"], high=1.0)
    answer.bars(np.arange(len(names)), a["digit_p"], "measured", across=True, text="{value:.2f}", hover=False)
    plot.headline("of 397 test digits {share:.1%} are right", share=s["composite_accuracy"])
    return plot.done("A {true} is taken for a {said} with probability {p:.2f}.", true=true, said=said, p=float(a["digit_p"][said]))  # fmt: skip


def tensors(timeline: Timeline, style: Style) -> Picture:
    """How far each tensor went, and the size of its gradient."""
    a, rows = timeline.frame.arrays, np.arange(len(TENSORS))
    y = Axis("", -0.6, len(TENSORS) - 0.4, ticks=dict(enumerate(TENSORS)), reverse=True, grid=False)
    plot = Plot(timeline, style)
    left, right = plot.grid(1, 2, x=[Axis("moved by", 0, 1.35 * max(1.0, float(a["moved"].max()))), Axis("gradient", 0, 1.35 * max(0.1, float(a["gradient"].max())))], y=y)  # fmt: skip
    left.bars(rows, a["moved"], "measured", across=True, text="{value:.2f}", hover=False)
    right.bars(rows, a["gradient"], "quiet", across=True, text="{value:.2f}", hover=False)
    return plot.done("The inner layers moved by {inner:.2f}, the read-out by {head:.2f}.", inner=float(a["moved"][:4].max()), head=float(a["moved"][4:].max()))  # fmt: skip
