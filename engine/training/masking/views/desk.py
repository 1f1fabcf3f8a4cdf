"""Pictures of the article's five numbers: mean and maximum with zeros behind them, and a softmax over nothing."""

from __future__ import annotations

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.plot import HIDDEN, Axis, Plot
from engine.training.masking import theory
from engine.training.masking.names import NETWORKS
from engine.training.masking.params import FIVE, NEGATIVE


def desk(timeline: Timeline, style: Style) -> Picture:
    """Two rows of numbers; what naive and masked operators make of them, against the number of zeros."""
    p, s = timeline.params, timeline.frame.scalars
    plot = Plot(timeline, style)
    strip, mean, most = plot.mosaic("ss", "mx", heights=(1.6, 4), x=[HIDDEN, *(2 * [Axis("zeros behind", 0, 42, ticks=(0, 10, 20, 30, 40))])],
        y=[HIDDEN, Axis("mean of the first row", 0, 4), Axis("maximum of the second row", -1.5, 0.5)])  # fmt: skip
    padding, real = p.desk_zeros * ["0"], [*(5 * [1.0]), *(p.desk_zeros * [np.nan])]
    for numbers in (FIVE, NEGATIVE):
        words = [*(str(k).replace("-", "−") for k in numbers), *padding]
        strip.tokens(words, by=real, tones="grid", low=0.0, high=1.0, even=True, hover=False)
    zeros = np.arange(41)  # as many as the control has
    means, maxima = (2.6 * np.ones(len(zeros)), 13 / (5 + zeros)), (-np.ones(len(zeros)), np.where(zeros > 0, 0, -1))
    for panel, (masked, naive), name in ((mean, means, "mean"), (most, maxima, "max")):
        for law, who, key in ((masked, NETWORKS["masked"], "masked"), (naive, NETWORKS["unmasked"], "naive")):
            panel.theory(zeros, law, who, hover=False)
            panel.dots([p.desk_zeros], [s[f"desk_{key}_{name}"]], who, size=12, hover="%{y:.3f}")
    for who in NETWORKS.values():
        mean.corner("{name}", "top right", who, name=who)
    return plot.done("With {zeros} zeros the naive mean is {mean:.3f} and the naive maximum {most:.0f}; masked they are 2.6 and −1.",
        zeros=p.desk_zeros, mean=s["desk_naive_mean"], most=s["desk_naive_max"])  # fmt: skip


def empty(timeline: Timeline, style: Style) -> Picture:
    """The weights that a masked softmax gives where nothing is real, beside an even share and the softmax of the scores."""
    p, found = timeline.params, timeline.frame.arrays["desk_empty"].astype(float)
    count = len(found)
    scores = np.array([*FIVE, *(p.desk_zeros * [0])], float)
    lost = bool(np.isnan(found).any())
    plot = Plot(timeline, style, x=Axis("score", -0.6, count - 0.4, ticks={k: str(int(scores[k])) for k in range(count)} if count <= 20 else None),
        y=Axis("weight", -0.02, 0.8, zero=True))  # fmt: skip
    if lost:
        plot.text((count - 1) / 2, 0.4, "NaN in every place", "second", size=22, side="center")
    else:
        plot.bars(np.arange(count), found, "measured", name="weight", hover="%{y:.4f}")
    plot.dots(np.arange(count), theory.softmax(scores), "theory", name="no mask", size=11, hollow=True, hover="%{y:.4f}")
    plot.level(1 / count, "even share", "quiet", side="right")
    plot.corner("○ softmax of the scores, no mask", "top right", "theory")
    plot.headline("C = {constant}", constant={"1e2": "100", "1e4": "10⁴", "1e10": "10¹⁰", "inf": "∞"}[p.constant])
    plot.headline("32 bits" if p.precision == "float32" else "16 bits")
    return plot.done("Every place is padding; the score 5 gets the weight {weight:.3f}.", weight=found[4])
