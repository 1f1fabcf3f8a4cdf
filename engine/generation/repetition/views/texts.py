"""Pictures of what was written: loops in texts, counts beside theory, and how a network unlearns its loops."""

from __future__ import annotations

import math

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.generation.repetition import theory
from engine.generation.repetition.names import WAYS, words
from engine.plot import HIDDEN, Axis, Log, Member, Panel, Plot, fade

WIDE = 40  # letters of a strip


def strip(panel: Panel, symbols: np.ndarray, names: list[str], pale: str, way: Member | None = None) -> None:
    """One text as a strip; symbols inside a loop are tinted, and say their period."""
    period = theory.stuck(symbols[None])[0]
    ends = np.flatnonzero(symbols < 0)
    given = [names[k] for k in symbols[: ends[0] if len(ends) else None]]
    fits = int((np.cumsum([len(one) for one in given]) <= WIDE).sum()) if given else 0
    shown = [*given[:fits], *(["■"] if fits == len(given) and len(ends) else [])]
    by = np.append(period[:fits], np.zeros(len(shown) - fits)).astype(float)
    panel.tokens(shown, by=by, tones=[(0.0, "grid"), (0.02, pale), (1.0, pale)], low=0.0, high=theory.LONGEST_LOOP,
        name="{way}" if way else "", who=way or "text", even=True, way=way)  # fmt: skip


def texts(timeline: Timeline, style: Style) -> Picture:
    """The newest texts; loops are tinted."""
    a, s = timeline.frame.arrays, timeline.frame.scalars
    names, pale = words(a["names"]), fade(style.second, 0.45)
    plot = Plot(timeline, style, x=HIDDEN.but(low=-0.5, high=WIDE + 0.5))
    for line in a["lines"]:
        strip(plot, line, names, pale)
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
    """What the network writes in four ways, loops tinted."""
    a, s = timeline.frame.arrays, timeline.frame.scalars
    names, pale = [*words(a["names"]), "."], fade(style.second, 0.45)
    plot = Plot(timeline, style, x=HIDDEN.but(low=-0.5, high=WIDE + 0.5))
    for way, lines in zip(WAYS.values(), a["written"], strict=True):
        for number, line in enumerate(lines):
            strip(plot, line, names, pale, way if number == 0 else None)
    plot.headline("tinted: inside a loop")
    return plot.done("Of the greedy texts {share:.0%} is stuck in loops.", share=s["stuck_greedy"])


def loss(timeline: Timeline, style: Style) -> Picture:
    """The training loss against the step."""
    plot = Plot(timeline, style, x="step", y=Log("loss", 0.3, 4.0))
    plot.over_time("loss", "measured", end="")
    return plot.done("The loss is {loss:.2f} nats.", loss=timeline.frame.scalars["loss"])
