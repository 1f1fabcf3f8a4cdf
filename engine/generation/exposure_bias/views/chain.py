"""Pictures in which the closed forms lead: the sweep of r, errors against the length, local against global search."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.generation.exposure_bias import theory
from engine.generation.exposure_bias.exact import WIDTHS
from engine.generation.exposure_bias.names import CAST
from engine.generation.exposure_bias.views.nets import nets, replaced
from engine.plot import Axis, Log, Plot

GRID = np.linspace(0, 1, 201)


@lru_cache(maxsize=16)
def _sweep(jump: float, noise: float, labels: int) -> tuple[np.ndarray, ...]:
    """(taught greedily, taught by drawing, alone greedily, alone by drawing) over GRID, and r*."""
    sampled, greedy = theory.rates(jump, noise, labels, GRID), theory.rates(jump, noise, labels, GRID, True)
    own = np.array(theory.own_rate(jump, noise, labels))
    return 1 - greedy[0], 1 - sampled[0], theory.stationary(*greedy), theory.stationary(*sampled), own


def sweep(timeline: Timeline, style: Style) -> Picture:
    """Accuracy of the memoryless decoder against the corruption rate, equations (5) to (8), and where the nets landed."""
    p = timeline.params
    taught_greedy, taught, alone_greedy, alone, own = _sweep(p.jump, p.noise, p.labels)
    drawn = lambda rate: float(theory.stationary(*theory.rates(p.jump, p.noise, p.labels, rate)))  # noqa: E731
    plot = Plot(timeline, style, x=Axis("replacement rate r in training", -0.02, 1), y=Axis("accuracy", 0, 1.04))
    critical = theory.critical_rate(p.jump, p.noise)
    plot.upright(critical, "r<sub>c</sub> = {rate:.3f} (7)", "text", at=0.0, rate=critical)
    plot.theory(GRID, taught_greedy, width=1.8, end="taught, greedy (5)")
    plot.theory(GRID, taught, width=1.2, end="taught, drawn (5)")
    plot.curve(GRID, alone_greedy, "text", width=2.2, end="alone, greedy (6)")
    plot.curve(GRID, alone, "theory", width=2.6, end="alone, drawn (6)")
    plot.dots(
        [own],
        [drawn(float(own))],
        "theory",
        size=12,
        symbol="star",
        name="r*: trained on its own samples (8)",
        label="r* = {rate:.3f} (8)",
        side="below",
        rate=float(own),
    )
    if timeline.frame.step > 0:
        _landed(plot, timeline)
    for curve, who, width in ((alone_greedy, "text", 5), (alone, "theory", 6)):  # bold up to the present r
        passed = p.rate > GRID
        ends = np.append(curve[passed], np.interp(p.rate, GRID, curve))
        plot.curve(np.append(GRID[passed], p.rate), ends, who, width=width, hover=False)
    plot.upright(
        p.rate,
        "r = {value:.2f}: alone, drawn {alone:.2f}",
        at=0.09,
        alone=drawn(p.rate),
        side="left" if p.rate > 0.5 else "right",
    )
    plot.handle(p.rate, drawn(p.rate), ("rate", None), symbol="diamond", name="r")
    return plot.done(
        "At r = {rate:.2f} the memoryless decoder is right with probability {alone:.3f} on its own (drawing).",
        rate=p.rate, alone=drawn(p.rate),
    )  # fmt: skip


def _landed(plot: Plot, timeline: Timeline) -> None:
    """The accuracy of every net whose scheme is a replacement rate."""
    p, a = timeline.params, timeline.frame.arrays
    for index, _, who in nets(p):
        place = replaced(p, p.scheme_of(p.arms[index]), timeline.frame.step)
        if place is None:
            continue
        plot.dots([place], [a["sampled"][index][24:].mean()], who, size=12, name="{name}, drawn")
        plot.dots([place], [a["greedy"][index][-16:].mean()], who, size=12, hollow=True, name="{name}, greedy")
    plot.title("nets: filled drawn, open greedy")


def horizon(timeline: Timeline, style: Style) -> Picture:
    """Expected wrong tokens against the length, equation (6): quadratic for one, linear for the other, and where they cross."""
    p, t = timeline.params, np.unique(np.geomspace(1, 200, 60).round())
    pairs = [tuple(float(value) for value in theory.rates(p.jump, p.noise, p.labels, rate, True)) for rate in (0.0, p.rate)]
    expected = [np.maximum(theory.errors(pair[0], pair[1], t), 1e-6) for pair in pairs]
    epsilon = pairs[0][0]
    bound, line = np.maximum(epsilon * t * (t + 1) / 2, 1e-6), np.maximum(epsilon * t, 1e-6)
    low = max(min(float(values.min()) for values in expected), 1e-3) * 0.8
    length = Log("length T (tokens)", 1, 200, ticks=[1, 2, 5, 10, 20, 50, 100, 200])
    plot = Plot(timeline, style, x=length, y=Log("expected wrong tokens", low, max(float(bound[-1]), 2.0) * 1.6, every=1))
    plot.theory(t, bound, dash="dot", width=1.8, end="εT(T+1)/2")
    plot.theory(t, line, "quiet", dash="dot", width=1.2, end="εT")
    for values, who, rate in zip(expected, (CAST["teacher"], CAST["replace"]), (0.0, p.rate), strict=True):
        plot.theory(t, values, who, end="greedy, r = {rate:.2f}", rate=rate)
    if p.decoder == "Markov":
        wrong = np.cumsum(1 - timeline.frame.arrays["greedy"][0])
        plot.curve(np.arange(1, p.positions + 1), np.maximum(wrong, 1e-6), CAST["live"])
    cross = theory.crossing(p.jump, p.noise, p.labels, p.rate) if p.rate > 0 else None
    if cross and 1 < cross <= 200:
        height = float(theory.errors(pairs[1][0], pairs[1][1], cross))
        plot.dots([cross], [height], "mark", size=13, symbol="diamond", name="crossing")
        words = "shorter than {t}: teacher forcing makes fewer errors"
        plot.text(
            cross, height * 1.25, words, "mark", side="left", up="above", ground=True, t=cross
        ) if cross > 20 else plot.text(cross, height / 1.4, words, "mark", up="below", ground=True, t=cross)
    return plot.done("Expected errors cross at length {t}.", t=cross or "–")


def search(timeline: Timeline, style: Style) -> Picture:
    """Beam search on the exact local model: looking harder finds better sequences of the wrong model."""
    beams, others = (timeline.frame.arrays[name] for name in ("search_beam", "search_other"))
    plot = Plot(timeline, style)
    width = Log("beam width K", 0.9, 33, ticks=list(WIDTHS))
    panels = plot.grid(1, 2, x=width, y=[Axis("token accuracy", 0, 1.02), "true ln p per token (nats)"])
    plot.headline("dots: beam search on the local model")
    names = ("local Viterbi", "global Viterbi", "posterior", "the truth")
    inks, dashes = ("measured", "theory", "good", "quiet"), ("dash", "dash", "dash", "dot")
    for panel, beam, other in zip(panels, beams, others, strict=True):
        for value, words, ink, dash in zip(other, names, inks, dashes, strict=True):
            if words != "the truth" or panel is not panels[0]:  # the truth is right by definition
                panel.level(value, words if panel is panels[1] else "", ink, dash=dash, side="end")
        panel.curve(WIDTHS, beam, "measured", points=8, name="beam, local model")
    return plot.done(
        "Beam 1 is right at {one:.0%}, beam 32 at {wide:.0%}, the global model's best path at {whole:.0%}.",
        one=float(beams[0, 0]), wide=float(beams[0, -1]), whole=float(others[0, 1]),
    )  # fmt: skip
