"""Pictures of answers: one sentence and all of them against padding, and both networks learning."""

from __future__ import annotations

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.plot import HIDDEN, Axis, Log, Plot
from engine.training.masking.names import NETWORKS, VALENCES
from engine.training.masking.params import ALONG, FINE, LONGEST

FITS = 2 * LONGEST  # positions that are written
LENGTH = Log("padded to T", 10.5, 220, ticks=ALONG)


def sentence(timeline: Timeline, style: Style) -> Picture:
    """The sentence with its padding, and its three probabilities against padding, with and without a mask."""
    p, a = timeline.params, timeline.frame.arrays
    ids, values = a["ids"], np.concatenate([[np.nan], a["token_values"]])
    seen = ids[:FITS] if p.pad_side == "right" else ids[-FITS:]
    plot = Plot(timeline, style)
    strip, *panels = plot.mosaic("ss", "ab", heights=(1, 5), x=[HIDDEN, LENGTH, LENGTH],
        y=[HIDDEN, Axis("probability", 0, 1), Axis("", 0, 1)], titles=["", NETWORKS["masked"].words, NETWORKS["unmasked"].words])  # fmt: skip
    strip.tokens([str(k) for k in seen], by=values[seen], tones="two-sided", low=-2.0, high=2.0, even=True, hover=False)
    for panel, lines, answer in zip(panels, a["p_along"], (a["p_masked"], a["p_unmasked"]), strict=True):
        for k, who in enumerate(VALENCES.values()):
            panel.curve(FINE, lines[:, k], who, end="{name}", outside=True, hover="%{x}: %{y:.3f}")
            panel.dots([p.test_padding], [answer[k]], who, size=9, hover="%{y:.3f}", name="{name}")
        panel.upright(p.test_padding, "T = {T}", side="left" if p.test_padding > 60 else "right", T=p.test_padding)
    moved = float(np.abs(a["p_along"][1] - a["p_along"][1, 0]).max())
    return plot.done(
        "Sentence {number} has {length} tokens; with a mask its probabilities never move, without one by up to {moved:.2f}.",
        number=p.sentence, length=int((ids > 0).sum()), moved=moved,
    )  # fmt: skip


def test(timeline: Timeline, style: Style) -> Picture:
    """Accuracy and the largest change of a probability, of both networks."""
    p, s, a = timeline.params, timeline.frame.scalars, timeline.frame.arrays
    plot = Plot(timeline, style)
    left, right = plot.grid(1, 2, x=LENGTH, y=[Axis("test accuracy", 0, 1), Axis("largest change of a probability", 0, 1)])
    for panel, name in ((left, "accuracy_along"), (right, "dp_along")):
        for line, who in zip(a[name], NETWORKS.values(), strict=True):
            panel.curve(ALONG, line, who, points=7, name="{name}", hover="%{x}: %{y:.3f}")
        for key, who in NETWORKS.items():
            here = s[f"{'accuracy' if panel is left else 'max_dp'}_{key}"]
            panel.dots([p.test_padding], [here], who, size=11, hover="%{y:.3f}", name="{name}")
        panel.upright(p.test_padding)
    for who in NETWORKS.values():
        left.corner("{name}", "bottom left", who, name=who)
    return plot.done(
        "Padded to 12 and to 192, accuracy is {near:.3f} and {far:.3f} without a mask; a probability moves by up to {moved:.2f}, with a mask by {still:.1g}.",
        near=a["accuracy_along"][1, 0], far=a["accuracy_along"][1, -1], moved=a["dp_along"][1, -1], still=a["dp_along"][0, -1],
    )  # fmt: skip


def learning(timeline: Timeline, style: Style) -> Picture:
    """Accuracy at the chosen padding, and the gradient of the vector of padding, over the steps."""
    s = timeline.frame.scalars
    plot = Plot(timeline, style)
    above, below = plot.grid(2, 1, x="step", y=[Axis("test accuracy", 0, 1), Axis("gradient", 0)], share_x=True)
    for name, who in NETWORKS.items():
        above.over_time(f"accuracy_{name}", who)
        below.over_time(f"pad_gradient_{name}", who)
        above.corner("{name}", "bottom right", who, name=who)
    return plot.done("Accuracy is {one:.3f} with a mask and {two:.3f} without; the vector of padding gets gradients up to {gradient:.2g} without one.",
        one=s["accuracy_masked"], two=s["accuracy_unmasked"], gradient=s["pad_gradient_unmasked"])  # fmt: skip
