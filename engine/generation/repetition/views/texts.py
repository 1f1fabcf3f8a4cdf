"""Pictures of what was written: loops in texts, counts beside theory, and how a network unlearns its loops."""

from __future__ import annotations

import math
from itertools import groupby

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.generation.repetition.names import WAYS, words
from engine.generation.repetition.params import WIDE
from engine.plot import HIDDEN, Axis, Log, Plot
from engine.plot.labels import as_written


def line(symbols: np.ndarray, periods: np.ndarray, names: list[str], style: Style) -> str:
    """A text as it is written on a picture, what lies inside a loop in bold and colour; ■ where it ends."""
    said = ""
    for inside, places in groupby(np.flatnonzero(symbols >= 0), key=lambda k: bool(periods[k] > 0)):
        words = as_written("".join(names[symbols[k]] for k in places))
        said += f'<b><span style="color:{style.second}">{words}</span></b>' if inside else words
    return said + ("■" if (symbols < 0).any() else "")


def texts(timeline: Timeline, style: Style) -> Picture:
    """The newest texts; what lies inside a loop is coloured."""
    a, s = timeline.frame.arrays, timeline.frame.scalars
    names = words(a["names"])
    plot = Plot(timeline, style, x=HIDDEN.but(low=0, high=1), y=HIDDEN.but(low=0, high=1))
    for place, (symbols, periods) in enumerate(zip(a["lines"], a["periods"], strict=True)):
        fits = fitting(symbols, names, WIDE)
        plot.note(0.01, 1 - (place + 0.4) / len(a["lines"]), line(symbols[:fits], periods[:fits], names, style), style.text, 15)
    plot.headline("coloured: inside a loop · ■ end")
    plot.headline("<b>{rate:.2f} loops in 100 letters</b>", rate=s["per_100"])
    return plot.done("The sampled texts have {rate:.2f} loops in 100 letters.", rate=s["per_100"])


def fitting(symbols: np.ndarray, names: list[str], wide: int) -> int:
    """How many of these symbols have at most `wide` letters together."""
    return int((np.cumsum([len(names[k]) if k >= 0 else 0 for k in symbols]) <= wide).sum())


def counted(timeline: Timeline, style: Style) -> Picture:
    """Loops in a text: the mean of the sample with two standard errors, and the exact number; below, in 100 letters."""
    s = timeline.frame.scalars
    plot = Plot(timeline, style)
    above, below = plot.grid(2, 1, x="step", y=["loops in a text", "loops in 100 letters"], share_x=True)
    steps, mean = timeline.trace("events_measured")
    error = 2 * timeline.trace("events_error")[1]
    above.band(steps, np.maximum(mean - error, 0), mean + error, "measured", middle=mean)
    above.over_time("events_measured", "measured", end="counted")
    if math.isfinite(s["events"]):
        above.level(s["events"], "E = {value:.4f} (4)", "theory", side="right")
    else:
        above.corner("E = ∞: a text may never end", "top right", "theory")
    below.over_time("per_100", "measured", end="counted")
    if math.isfinite(s["rate"]):
        below.level(s["rate"], "rate (4): {value:.3f}", "theory", side="right")
    below.level(s["text_100"], "the text itself: {value:.3f}", "quiet", dash="dot", below=True)
    return plot.done(
        "Counted {found:.4f} ± {error:.4f} loops in a text; exactly {events:.4f}.",
        found=s["events_measured"], error=s["events_error"], events=s["events"],
    )  # fmt: skip


def valley(timeline: Timeline, style: Style) -> Picture:
    """The share of the network's own texts that is stuck, and its distance from pair frequencies, against the step."""
    s = timeline.frame.scalars
    plot = Plot(timeline, style)
    above, below = plot.grid(
        2, 1, x="step", y=[Axis("share stuck in loops", 0, 1.02), Axis("KL to pairs / nats", 0)], share_x=True
    )
    for way, who in WAYS.items():
        above.over_time(f"stuck_{way}", who, end="{name}")
    below.over_time("kl_bigram", "measured", end="")
    steps, kl = timeline.trace("kl_bigram")
    lowest = int(np.argmin(kl))
    if steps[-1] > 0:
        below.dots([steps[lowest]], [kl[lowest]], "second", size=11, label="valley {value:.2f}", value=float(kl[lowest]))
    return plot.done(
        "Greedy texts are stuck at {greedy:.0%} of their positions, full sampling at {full:.0%}; the KL to pairs is {kl:.2f} nats.",
        greedy=s["stuck_greedy"], full=s["stuck_full"], kl=s["kl_bigram"],
    )  # fmt: skip


def written(timeline: Timeline, style: Style) -> Picture:
    """What the network writes in four ways; what lies inside a loop is coloured."""
    a, s = timeline.frame.arrays, timeline.frame.scalars
    names = [*words(a["names"]), "."]
    plot = Plot(timeline, style, x=HIDDEN.but(low=0, high=1), y=HIDDEN.but(low=0, high=1))
    rows = 1 + -(-a["written"].shape[1] // WIDE)
    for place, (way, symbols, periods) in enumerate(zip(WAYS.values(), a["written"], a["stretches"], strict=True)):
        top = 1 - place / len(WAYS)
        plot.text(0.0, top - 0.4 / len(WAYS) / rows, "<b>{way}</b>", way, way=way)
        for row in range(1, rows):
            part = slice((row - 1) * WIDE, row * WIDE)
            said = line(symbols[part], periods[part], names, style)
            plot.note(0.01, top - (row + 0.2) / len(WAYS) / rows, said, style.text, 15)
    plot.headline("coloured: inside a loop")
    plot.headline("greedy loops: {length:.0f} symbols", length=s["period_greedy"])
    return plot.done("Of the greedy texts {share:.0%} is stuck in loops.", share=s["stuck_greedy"])


def loss(timeline: Timeline, style: Style) -> Picture:
    """The training loss against the step."""
    plot = Plot(timeline, style, x="step", y=Log("loss", 0.3, 4.0))
    plot.over_time("loss", "measured", end="")
    return plot.done("The loss is {loss:.2f} nats.", loss=timeline.frame.scalars["loss"])
