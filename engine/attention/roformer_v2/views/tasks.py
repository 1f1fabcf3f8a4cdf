"""Pictures of many tasks and few labels."""

from __future__ import annotations

import numpy as np

from engine.attention.roformer_v2.names import HEADS_OF, QUESTIONS
from engine.attention.roformer_v2.params import PRE_TRAINING, TASKS
from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.plot import Axis, Log, Panel, Plot
from engine.plot.cast import Member

KINDS = (1, 2, 5, 20, 100)


def shares(panel: Panel, timeline: Timeline) -> list[Member]:
    """What each task gets of the update: the cosine of its gradient with it. The tasks' words."""
    names = [QUESTIONS[name] for name in TASKS if name in timeline.params.tasks]
    rows = list(range(len(names)))[::-1]
    panel.y = Axis("", -0.6, max(len(names), 1) - 0.4, grid=False, ticks=dict(zip(rows, names, strict=True)))
    if names:
        found = np.nan_to_num(timeline.frame.arrays["update_cosine"].astype(float))
        panel.bars(rows, found, names, across=True, opacity=0.85, hover=False)
    panel.upright(0.0, "", "quiet", dash="solid")
    panel.title("cosine with the update")
    return names


def few(timeline: Timeline, style: Style) -> Picture:
    """Accuracy against labels a class, of both nets; and what each task gets of an update while they are learned."""
    each, s, plot = timeline.params.labels_each, timeline.frame.scalars, Plot(timeline, style)
    x = [Log("labels a class K", 0.8, 130, ticks=KINDS), Axis("", -1, 1)]
    left, right = plot.grid(1, 2, widths=(1.7, 1), x=x, y=[Axis("accuracy on 500 digits", 0, 1.05), None])
    lines = {line.params.labels_each: line for line in (*timeline.arms.values(), timeline) if line.params.bench == "tasks"}
    for key, who in HEADS_OF.items():
        y = [lines[labels].frame.scalars[f"accuracy_{key}"] for labels in sorted(lines)]
        left.curve(np.array(sorted(lines), float), y, who, points=11, end="{name}", hover="%{y:.3f}")
    left.level(0.1, "guessing", "quiet", dash="dot", side="right")
    if timeline.frame.step <= PRE_TRAINING:
        side = "left" if each > 10 else "right"
        left.upright(each, "tested after step {steps}", "mark", side=side, steps=PRE_TRAINING + 1)
    shares(right, timeline)
    scratch, taught = s["accuracy_scratch"], s["accuracy_pretrained"]
    left.title("K = {labels}: school is worth {worth:+.3f}", labels=each, worth=taught - scratch)
    return plot.done("With {labels} labels a class: {scratch:.3f} from scratch, {taught:.3f} after school.",
        labels=each, scratch=scratch, taught=taught)  # fmt: skip


def cosines(timeline: Timeline, style: Style) -> Picture:
    """Which tasks pull the same way, and whether the update serves all."""
    a, plot = timeline.frame.arrays, Plot(timeline, style)
    left, right = plot.grid(1, 2, widths=(1.3, 1), x=[Axis(grid=False), Axis("", -1, 1)])
    names = shares(right, timeline)
    if names:
        left.heat(a["gradient_cosine"], low=-1, high=1, tones="two-sided", rows=names, columns=names, numbers="{value:.2f}")
    else:
        left.corner("no task", "top left", "quiet", size=18)
    left.title("cosines of the gradients")
    least = float(a["update_cosine"].min()) if names else np.nan
    losses = float(a["task_losses"].mean()) if names else np.nan
    plot.headline("mean loss of the tasks {loss:.3f}", loss=losses)
    return plot.done("The least cosine with the update is {least:.2f}; the mean loss {loss:.3f}.", least=least, loss=losses)
