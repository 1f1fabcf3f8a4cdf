"""Pictures in which the closed forms lead: the sweep of r, errors against horizon, the bounds, local against global search."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.generation.exposure_bias import theory
from engine.generation.exposure_bias.exact import WIDTHS
from engine.generation.exposure_bias.shades import apart, drawn, full_name, note, nothing, shade
from engine.plot.figures import axis, dots, line

GRID = np.linspace(0, 1, 201)
OWN_WORDS = 0.15  # mean replacement rate of the article's scheme: half of the sequences, 30 % of their tokens


@lru_cache(maxsize=16)
def _sweep(jump: float, noise: float, labels: int) -> tuple[np.ndarray, ...]:
    """(teacher-forced, free-running) accuracy over GRID, by drawing and greedily, and r*."""
    sampled, greedy = theory.rates(jump, noise, labels, GRID), theory.rates(jump, noise, labels, GRID, True)
    own = np.array(theory.own_rate(jump, noise, labels))
    return 1 - sampled[0], theory.stationary(*sampled), 1 - greedy[0], theory.stationary(*greedy), own


def sweep(timeline: Timeline, look: Style) -> Picture:
    """Accuracy of the memoryless decoder against the corruption rate, equations (5) to (8), and where the nets landed."""
    p, a = timeline.params, timeline.frame.arrays
    taught, alone, taught_greedy, alone_greedy, own = _sweep(p.jump, p.noise, p.labels)
    critical = theory.critical_rate(p.jump, p.noise)
    epsilon, rho = theory.rates(p.jump, p.noise, p.labels, p.rate)
    now = float(theory.stationary(epsilon, rho))
    at = float(theory.stationary(*theory.rates(p.jump, p.noise, p.labels, float(own))))
    traces = [
        line(GRID, taught_greedy, look.theory, dash="dash", width=1.8, name=look.t("taught, greedy")),
        line(GRID, taught, look.theory, dash="dash", width=1.2, name=look.t("taught, drawn")),
        line(GRID, alone_greedy, look.text, width=2.2, name=look.t("alone, greedy")),
        line(GRID, alone, look.theory, width=2.6, name=look.t("alone, drawn")),
        dots([float(own)], [at], look.theory, size=12, symbol="star", name="r*"),
    ]
    ends = [
        (float(taught_greedy[-1]) + 0.02, look.t("taught, greedy (5)"), look.theory),
        (float(taught[-1]), look.t("taught, drawn (5)"), look.theory),
        (float(alone_greedy[-1]) + 0.02, look.t("alone, greedy (6)"), look.text),
        (float(alone[-1]), look.t("alone, drawn (6)"), look.theory),
    ]
    notes = apart(ends, 1.0, 0.05)
    places = {
        "teacher": 0.0,
        "replace": p.rate,
        "su": OWN_WORDS,
        "scheduled": float(own),
        "two-pass": float(own),
        "gumbel": float(own),
    }
    if p.task == "compass" and timeline.frame.step > 0:
        for index, arm in enumerate(p.arms):
            place, color = places.get(p.scheme_of(arm)), shade(arm, look)
            if place is None:
                continue
            values = [float(a["sampled"][index][24:].mean()), float(a["greedy"][index][-16:].mean())]
            traces.append(dots([place], values[:1], color, size=12, name=full_name(arm, p, look) + look.t(", drawn")))
            traces.append(
                dots(
                    [place],
                    values[1:],
                    color,
                    size=12,
                    symbol="circle-open",
                    marker={"line": {"width": 2.5}},
                    name=full_name(arm, p, look) + look.t(", greedy"),
                )
            )
        notes.append(note(0.02, 1.06, look.t("nets: filled drawn, open greedy"), look.quiet, yanchor="top"))
    traces.append(dots([p.rate], [now], look.mark, size=15, symbol="diamond", name="r", meta={"handle": ["rate", None]}))
    notes.append(
        note(critical, 0.03, look.t(" r<sub>c</sub> = {rate:.3f} (7)").format(rate=critical), look.text, yanchor="bottom")
    )
    notes.append(
        note(float(own), at, look.t("  r* = {rate:.3f} (8)").format(rate=float(own)), look.theory, yanchor="top", yshift=-8)
    )
    return drawn(
        look,
        traces,
        notes,
        alt=look.t(
            "At r = {rate:.2f} the memoryless decoder is right with probability {alone:.3f} on its own (drawing)."
        ).format(rate=p.rate, alone=now),
        x=axis(look, look.t("replacement rate r in training"), range=[-0.02, 1]),
        y=axis(look, look.t("accuracy"), range=[0, 1.08]),
        shapes=[
            {
                "type": "line",
                "x0": critical,
                "x1": critical,
                "y0": 0,
                "y1": 1,
                "line": {"color": look.text, "dash": "dot", "width": 1.6},
            }
        ],
        margin={"l": 62, "r": 150, "t": 16, "b": 50},
    )


def horizon(timeline: Timeline, look: Style) -> Picture:
    """Expected wrong tokens against the length, equation (6): quadratic for one, linear for the other, and where they cross."""
    p = timeline.params
    t = np.unique(np.geomspace(1, 200, 60).round())
    pairs = []
    for rate, color in ((0.0, look.series[7]), (p.rate, look.series[1])):
        epsilon, rho = (float(value) for value in theory.rates(p.jump, p.noise, p.labels, rate, True))
        pairs.append((np.maximum(theory.errors(epsilon, rho, t), 1e-6), epsilon, color, rate))
    traces = [line(t, values, color, dash="dash", name=f"r = {rate:.2f}") for values, _, color, rate in pairs]
    ends = [
        (math.log10(values[-1]), look.t("greedy, r = {rate:.2f}").format(rate=rate), color) for values, _, color, rate in pairs
    ]
    epsilon = pairs[0][1]
    bound = np.maximum(epsilon * t * (t + 1) / 2, 1e-6)
    traces.append(line(t, bound, look.theory, dash="dot", width=1.8, name="εT(T+1)/2"))
    traces.append(line(t, np.maximum(epsilon * t, 1e-6), look.quiet, dash="dot", width=1.2, name="εT"))
    ends += [(math.log10(bound[-1]), "εT(T+1)/2", look.theory), (math.log10(max(epsilon * t[-1], 1e-6)), "εT", look.quiet)]
    cross = theory.crossing(p.jump, p.noise, p.labels, p.rate) if p.rate > 0 else None
    notes = apart(ends, math.log10(200), 0.22)
    low, high = math.log10(max(float(min(v[0].min() for v in pairs)), 1e-3)) - 0.1, math.log10(max(float(bound[-1]), 2.0)) + 0.2
    if cross and 1 < cross <= 200:
        rates = [float(value) for value in theory.rates(p.jump, p.noise, p.labels, p.rate, True)]
        height = float(theory.errors(rates[0], rates[1], cross))
        traces.append(dots([cross], [height], look.mark, size=13, symbol="diamond", name=look.t("crossing")))
        words = look.t("shorter than {t}: teacher forcing makes fewer errors ").format(t=cross)
        place: dict[str, Any] = (
            {"xanchor": "right", "yanchor": "bottom", "yshift": 8} if cross > 60 else {"yanchor": "top", "yshift": -10}
        )
        notes.append(note(math.log10(cross), math.log10(height), words, look.mark, **place))
    if p.task == "compass" and p.decoder == "Markov":
        steps = np.arange(1, p.positions + 1)
        wrong = np.maximum(np.cumsum(1 - timeline.frame.arrays["greedy"][0]), 1e-6)
        traces.append(line(steps, wrong, look.measured, name=look.t("live net")))
    return drawn(
        look,
        traces,
        notes,
        alt=look.t("Expected errors cross at length {t}.").format(t=cross or "–"),
        x=axis(
            look,
            look.t("length T (tokens)"),
            log=True,
            range=[0, math.log10(200)],
            tickvals=[1, 2, 5, 10, 20, 50, 100, 200],
            ticktext=["1", "2", "5", "10", "20", "50", "100", "200"],
        ),
        y=axis(look, look.t("expected wrong tokens"), log=True, range=[low, high], dtick=1),
        margin={"l": 70, "r": 150, "t": 16, "b": 50},
    )


def bounds(timeline: Timeline, look: Style) -> Picture:
    """Wrong tokens so far in the greedy free run, against the bound that teacher-forced errors give."""
    p, a = timeline.params, timeline.frame.arrays
    if p.task == "text":
        return nothing(look, look.t("Own text has no true continuation: errors cannot be counted."))
    t = np.arange(1, p.positions + 1)
    traces, ends = [], []
    for index, arm in reversed(list(enumerate(p.arms))):
        color = shade(arm, look)
        wrong = np.cumsum(1 - np.nan_to_num(a["greedy"][index], nan=1.0))
        traces.append(line(t, wrong, color, name=full_name(arm, p, look)))
        ends.append((float(wrong[-1]), full_name(arm, p, look), color))
    limit = theory.error_bound(1 - np.nan_to_num(a["forced"][0], nan=1.0))
    mean = float(1 - np.nanmean(a["forced"][0]))
    traces.append(line(t, limit, look.theory, dash="dash"))
    traces.append(line(t, np.minimum(mean * t * (t + 1) / 2, 2 * p.positions), look.theory, dash="dot", width=1.6))
    traces.append(line(t, mean * t, look.quiet, dash="dash", width=1.6))
    ends += [
        (float(limit[-1]), look.t("bound, live net"), look.theory),
        (mean * p.positions, look.t("εT, live net"), look.quiet),
    ]
    notes = apart(ends, p.positions + 0.5, 0.05 * p.positions)
    edge = min(p.positions * 0.6, math.sqrt(1.7 * p.positions / max(mean, 1e-6)))
    notes.append(note(edge, min(mean * edge * edge / 2, 0.9 * p.positions), "εT(T+1)/2 ", look.theory, xanchor="right"))
    return drawn(
        look,
        traces,
        notes,
        alt=look.t("The live net makes {wrong:.1f} errors in {t} tokens; the bound is {limit:.1f}.").format(
            wrong=ends[len(p.arms) - 1][0], t=p.positions, limit=float(limit[-1])
        ),
        x=axis(look, look.t("length T (tokens)"), range=[0.5, p.positions + 0.5]),
        y=axis(look, look.t("wrong tokens so far"), range=[0, p.positions]),
        margin={"l": 62, "r": 168, "t": 16, "b": 50},
    )


def search(timeline: Timeline, look: Style) -> Picture:
    """Beam search on the exact local model: looking harder finds better sequences of the wrong model."""
    beams, others = (timeline.frame.arrays[name] for name in ("search_beam", "search_other"))
    names = (look.t("local Viterbi"), look.t("global Viterbi"), look.t("posterior"), look.t("the truth"))
    colors = (look.measured, look.theory, look.good, look.quiet)
    traces, notes = [], []
    for panel, end in ((0, ""), (1, "2")):
        axes: dict[str, Any] = {"xaxis": f"x{end}", "yaxis": f"y{end}"}
        traces.append(line(WIDTHS, beams[panel], look.measured, **axes))
        traces.append(dots(WIDTHS, beams[panel], look.measured, size=8, name=look.t("beam, local model"), **axes))
        ends = []
        for index, (label, color) in enumerate(zip(names, colors, strict=True)):
            if index == 3 and panel == 0:
                continue
            traces.append(line([0.9, 33], [others[panel, index]] * 2, color, dash="dash", width=1.8, name=label, **axes))
            ends.append((float(others[panel, index]), label, color))
        spread = [value for value in (*beams[panel], *others[panel]) if math.isfinite(value)] or [0.0, 1.0]
        gap = 0.055 if panel == 0 else 0.06 * max(max(spread) - min(spread), 0.1)
        notes += apart(ends, math.log10(33), gap, xref=f"x{end}", yref=f"y{end}")
    ticks: dict[str, Any] = {
        "log": True,
        "range": [-0.06, math.log10(33)],
        "tickvals": list(WIDTHS),
        "ticktext": [str(width) for width in WIDTHS],
    }
    return drawn(
        look,
        traces,
        notes,
        alt=look.t("Beam 1 is right at {one:.0%}, beam 32 at {wide:.0%}, the global model's best path at {whole:.0%}.").format(
            one=float(beams[0, 0]), wide=float(beams[0, -1]), whole=float(others[0, 1])
        ),
        x=axis(look, look.t("beam width K"), domain=[0, 0.36], **ticks),
        y=axis(look, look.t("token accuracy"), range=[0, 1.02]),
        xaxis2=axis(look, look.t("beam width K"), domain=[0.6, 0.87], anchor="y2", **ticks),
        yaxis2=axis(look, look.t("true ln p per token (nats)"), anchor="x2"),
        margin={"l": 62, "r": 40, "t": 16, "b": 50},
    )
