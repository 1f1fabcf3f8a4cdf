"""Pictures of what was written: loops in texts, counts beside theory, and how a network unlearns its loops."""

from __future__ import annotations

import math
from itertools import groupby

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.data.text import words
from engine.generation.repetition import theory
from engine.generation.repetition.names import WAYS
from engine.generation.repetition.params import WIDE
from engine.plot import HIDDEN, Axis, Member, Panel, Plot, fade
from engine.plot.labels import width_of

LINE, ROOM = 19.0, 5.0  # of a written line, in widths of an m: its letters, and what stands between its pieces


def strip(panel: Panel, symbols: np.ndarray, periods: np.ndarray, names: list[str], way: Member | None = None) -> None:
    """A written line word by word, those inside a loop tinted; pointing at one tells the loop's length. ■ where it ends."""
    widths = np.cumsum([width_of(names[k], 1.0) if k >= 0 else 0.0 for k in symbols])
    fits = int((widths <= LINE).sum())
    signs = [(sign, float(periods[at])) for at in np.flatnonzero(symbols[:fits] >= 0) for sign in names[symbols[at]]]
    pieces, loops = [], []
    for (blank, _), group in groupby(signs, key=lambda one: (one[0] == " ", one[1] > 0)):
        if not blank:
            word = list(group)
            pieces.append("".join(sign for sign, _ in word))
            loops.append(max(period for _, period in word))
    if (symbols[:fits] < 0).any():
        pieces, loops = [*pieces, "■"], [*loops, 0.0]
    pale = fade(panel.style.second, 0.4)
    tones = [(0.0, "background"), (0.5 / theory.LONGEST_LOOP, pale), (1.0, pale)]
    panel.tokens(pieces, by=loops, tones=tones, low=0.0, high=float(theory.LONGEST_LOOP), even=False, who=way or "text",
        name="{way}" if way else "", way=way)  # fmt: skip


def texts(timeline: Timeline, style: Style) -> Picture:
    """The newest texts; what lies inside a loop is tinted."""
    a, s = timeline.frame.arrays, timeline.frame.scalars
    names = words(a["names"])
    plot = Plot(timeline, style, x=HIDDEN.but(low=-0.5, high=LINE + ROOM))
    for symbols, periods in zip(a["lines"], a["periods"], strict=True):
        strip(plot, symbols, periods, names)
    plot.headline("tinted: inside a loop · ■ end")
    plot.headline("<b>{rate:.2f} loops in 100 letters</b>", rate=s["per_100"])
    return plot.done("The sampled texts have {rate:.2f} loops in 100 letters.", rate=s["per_100"])


def counted(timeline: Timeline, style: Style) -> Picture:
    """Loops in a text: the mean of the sample with two standard errors, and the exact number; below, in 100 letters."""
    s = timeline.frame.scalars
    plot = Plot(timeline, style)
    above, below = plot.grid(2, 1, x="step", y=["loops in a text", "loops in 100 letters"], share_x=True)
    steps, mean = timeline.trace("events_measured")
    error = 2 * timeline.trace("events_error")[1]
    above.band(steps, np.maximum(mean - error, 0), mean + error, "measured")
    above.over_time("events_measured", "measured", end="counted", name="counted")
    if math.isfinite(s["events"]):
        above.level(s["events"], "E = {value:.4f} (4)", "theory", side="right")
    else:
        above.corner("E = ∞: a text may never end", "top right", "theory")
    below.over_time("per_100", "measured", end="counted", name="counted")
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
    above, below = plot.grid(2, 1, x="step", y=[Axis("share stuck in loops", 0, 1.02), Axis("KL / nats", 0)], share_x=True)
    for way, who in WAYS.items():
        above.over_time(f"stuck_{way}", who, end="{name}")
    below.over_time("kl_bigram", "measured", end="", name="KL")
    steps, kl = timeline.trace("kl_bigram")
    lowest = int(np.argmin(kl))
    if kl[0] > kl[lowest] < kl[-1]:  # it has been passed
        below.dots(
            [steps[lowest]], [kl[lowest]], "second", size=11, hover=False, label="valley {value:.2f}", value=float(kl[lowest])
        )
    return plot.done(
        "Greedy texts are stuck at {greedy:.0%} of their positions, full sampling at {full:.0%}; the KL to pairs is {kl:.2f} nats.",
        greedy=s["stuck_greedy"], full=s["stuck_full"], kl=s["kl_bigram"],
    )  # fmt: skip


def written(timeline: Timeline, style: Style) -> Picture:
    """What the network writes in four ways; what lies inside a loop is tinted."""
    a, s = timeline.frame.arrays, timeline.frame.scalars
    names = [*words(a["names"]), "."]
    plot = Plot(timeline, style, x=HIDDEN.but(low=-0.5, high=LINE + ROOM))
    for way, symbols, periods in zip(WAYS.values(), a["written"], a["stretches"], strict=True):
        for begin in range(0, len(symbols), WIDE):
            part = slice(begin, begin + WIDE)
            strip(plot, symbols[part], periods[part], names, None if begin else way)
    plot.headline("tinted: inside a loop")
    plot.headline("greedy loops: {length:.0f} symbols", length=s["period_greedy"])
    return plot.done("Of the greedy texts {share:.0%} is stuck in loops.", share=s["stuck_greedy"])
