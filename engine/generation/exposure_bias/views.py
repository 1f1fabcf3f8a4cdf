"""Pictures of the running nets: accuracy by position, fluency, losses, and what they write."""

from __future__ import annotations

import math

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.generation.exposure_bias import theory
from engine.generation.exposure_bias.shades import (
    apart,
    blank,
    drawn,
    fade,
    full_name,
    key,
    last,
    nearest,
    note,
    nothing,
    shade,
    stem,
)
from engine.plot.figures import axis, dots, line, mark_changes
from engine.plot.labels import as_written


def accuracy(timeline: Timeline, look: Style) -> Picture:
    """Hero: teacher-forced (dashed) against free-running (solid) accuracy by position, with what theory allows."""
    p, a, s = timeline.params, timeline.frame.arrays, timeline.frame.scalars
    if p.task == "text":
        return _surprise(timeline, look)
    t = np.arange(1, p.positions + 1)
    alone = a[{"greedy": "greedy", "sample": "sampled", "beam": "beam"}[p.decoding]]
    traces, ends = [], []
    picked = nearest(timeline, alone)
    for index, arm in reversed(list(enumerate(p.arms))):
        color = shade(arm, look)
        traces.append(
            line(t, a["forced"][index], color, dash="dash", width=1.4, name=full_name(arm, p, look), hoverinfo="skip")
        )
        gap = {"fill": "tonexty", "fillcolor": fade(color, 0.13)} if index == 0 else {}
        width = 3.4 if index == picked else 2.4
        traces.append(line(t, alone[index], color, width=width, name=full_name(arm, p, look), **gap))
        ends.append((last(alone[index]), full_name(arm, p, look), color))
    if p.task == "compass":
        traces.append(line(t, a["filter"], look.theory, dash="dash", width=1.8, name=look.t("exact filter"), hoverinfo="skip"))
        traces.append(
            line(t, a["smoother"], look.theory, dash="dot", width=1.8, name=look.t("exact, whole source"), hoverinfo="skip")
        )
        ends += [
            (last(a["filter"]), look.t("exact filter"), look.theory),
            (last(a["smoother"]), look.t("whole source"), look.theory),
        ]
        for rate in (0.0, p.rate) if p.decoding != "beam" else ():
            values = _two_state(p, rate, p.decoding == "greedy")
            traces.append(line(t, values, look.theory, dash="dashdot", width=1.6, hoverinfo="skip"))
            ends.append((values[-1], look.t("(6) at r = {rate:.2f}").format(rate=rate), look.theory))
    traces.append(line([1, p.positions], [1 / p.labels] * 2, look.quiet, dash="dot", width=1.2, hoverinfo="skip"))
    notes = apart(ends, p.positions + 0.5, 0.054, top=1.0)
    notes.append(note(1, 0.02, look.t("chance 1/m = {chance:.3f}").format(chance=1 / p.labels), look.quiet, yanchor="bottom"))
    notes.append(
        note(p.positions, 1.05, look.t("dashed: reads the true past · solid: reads its own"), look.quiet, xanchor="right")
    )
    return drawn(
        look,
        traces,
        notes,
        alt=look.t("Live net: {taught:.2f} taught, {free:.2f} on its own at the last positions, chance {chance:.2f}.").format(
            taught=s["forced_live"], free=s["free_live"], chance=1 / p.labels
        ),
        x=axis(look, look.t("position t"), range=[0.5, p.positions + 0.5]),
        y=axis(look, look.t("accuracy"), range=[0, 1.09]),
        shapes=[stem(p.probed + 1, look)],
        meta={"hover": ["probe", "probe_level"]},
        margin={"l": 62, "r": 168, "t": 16, "b": 50},
    )


def _surprise(timeline: Timeline, look: Style) -> Picture:
    """Hero for own text, where nothing true is known: nats per character, taught and as a fixed judge reads the output."""
    p, a, s = timeline.params, timeline.frame.arrays, timeline.frame.scalars
    t = np.arange(1, p.positions + 1)
    traces, ends = [], []
    for index, arm in reversed(list(enumerate(p.arms))):
        color = shade(arm, look)
        traces.append(line(t, a["surprise_taught"][index], color, dash="dash", width=1.4, name=full_name(arm, p, look)))
        traces.append(line(t, a["surprise_own"][index], color, name=full_name(arm, p, look)))
        ends.append((last(a["surprise_own"][index]), full_name(arm, p, look), color))
    traces.append(line(t, a["surprise_real"], look.theory, dash="dot", width=1.8))
    ends.append((last(a["surprise_real"]), look.t("the text itself"), look.theory))
    values = np.concatenate([a["surprise_taught"].ravel(), a["surprise_own"].ravel(), a["surprise_real"]])
    top = float(np.nanmax(values)) * 1.12
    notes = apart(ends, p.positions + 0.5, 0.055 * top, top=0.93 * top)
    words = look.t("dashed: surprise at the true text · solid and dotted: a trigram judge's surprise at what is written")
    notes.append(note(p.positions, 0.985 * top, words, look.quiet, xanchor="right"))
    if s["unseen"] > 0:
        words = look.t("{share:.2%} of the test characters were never seen in training: read and written as □")
        notes.append(note(1, 0.04 * top, words.format(share=s["unseen"]), look.mark))
    return drawn(
        look,
        traces,
        notes,
        alt=look.t("Surprise by position: live net {taught:.2f} nats taught.").format(taught=s["nll_live"]),
        x=axis(look, look.t("position t"), range=[0.5, p.positions + 0.5]),
        y=axis(look, look.t("surprise (nats per character)"), range=[0, top]),
        margin={"l": 62, "r": 168, "t": 16, "b": 50},
    )


def fluency(timeline: Timeline, look: Style) -> Picture:
    """How legal the samples are against how right the free run is: what every remedy costs, with its way over training."""
    p, s = timeline.params, timeline.frame.scalars
    if p.task == "text":
        return nothing(look, look.t("Own text has no true continuation: fidelity cannot be measured."))
    traces, ends = [], []
    for arm in reversed(p.arms):
        color, (x, y) = shade(arm, look), (s[f"legal_{key(arm)}"], s[f"free_{key(arm)}"])
        way = timeline.trace(f"legal_{key(arm)}")[1], timeline.trace(f"free_{key(arm)}")[1]
        traces.append(line(*way, fade(color, 0.45), width=1.4, hoverinfo="skip"))
        traces.append(dots([x], [y], color, size=13, name=full_name(arm, p, look)))
        ends.append((y if math.isfinite(x) else math.nan, full_name(arm, p, look), color))
    shapes, notes = [], apart(ends, 1.02, 0.06, top=1.0)
    if p.task == "compass":
        true = 1 - p.jump + p.jump / p.labels
        shapes = [
            _guide(look, x0=true, x1=true, y0=0, y1=1),
            _guide(look, x0=0, x1=1.02, y0=_tail(timeline, "filter"), y1=_tail(timeline, "filter")),
        ]
        notes.append(
            note(true, 0.02, look.t("truth {value:.4f} ").format(value=true), look.theory, xanchor="right", yanchor="bottom")
        )
        notes.append(note(0.01, _tail(timeline, "filter"), look.t("exact filter"), look.theory, yanchor="bottom"))
    return drawn(
        look,
        traces,
        notes,
        alt=look.t("Live net: {legal:.2f} of its sampled steps are legal, {free:.2f} of its greedy tokens are right.").format(
            legal=s["legal_live"], free=s["free_live"]
        ),
        x=axis(look, look.t("fluency: legal steps among own samples"), range=[0, 1.02]),
        y=axis(look, look.t("fidelity: greedy accuracy at the end"), range=[0, 1.02]),
        shapes=shapes,
        margin={"l": 62, "r": 168, "t": 16, "b": 50},
    )


def losses(timeline: Timeline, look: Style) -> Picture:
    """Teacher-forced test loss over the steps; nothing can go below the exact entropy."""
    p, s = timeline.params, timeline.frame.scalars
    traces, ends = [], []
    floor = s["floor"] if p.task == "compass" else math.nan
    for arm in reversed(p.arms):
        steps, values = timeline.trace(f"nll_{key(arm)}")
        traces.append(line(steps, np.maximum(values, 1e-4), shade(arm, look), name=full_name(arm, p, look)))
        ends.append((math.log10(max(s[f"nll_{key(arm)}"], 1e-4)), full_name(arm, p, look), shade(arm, look)))
    last = float(max(timeline.frame.step, 1))
    lowest = min([end[0] for end in ends if math.isfinite(end[0])], default=0.0)
    top = max(math.log10(2.4), max([end[0] for end in ends if math.isfinite(end[0])], default=0.0)) + 0.1
    if math.isfinite(floor):
        lowest = math.log10(floor) if floor > 0 else lowest
        traces.append(line([0, last], [floor, floor], look.theory, dash="dash", width=1.8))
        ends.append((lowest, look.t("entropy floor {floor:.3f}").format(floor=floor), look.theory))
    picture = drawn(
        look,
        traces,
        apart(ends, last, 0.055 * (top - lowest + 0.2)),
        alt=look.t("Test loss of the live net: {loss:.3f} nats.").format(loss=s["nll_live"]),
        x=axis(look, look.t("step"), range=[0, last]),
        y=axis(look, look.t("teacher-forced test loss (nats per token)"), log=True, range=[lowest - 0.1, top]),
        margin={"l": 66, "r": 168, "t": 16, "b": 50},
    )
    mark_changes(picture, timeline, look)
    return picture


def writing(timeline: Timeline, look: Style) -> Picture:
    """What the nets write on their own, beside the true text; only for own text."""
    p, a = timeline.params, timeline.frame.arrays
    rows = [(look.t("the text itself"), look.theory, a["original"])]
    rows += [(full_name(arm, p, look), shade(arm, look), a["writing"][index]) for index, arm in enumerate(p.arms)]
    notes, y, step = [], 1.0, 1 / (4 * len(rows) + 0.5)
    for title, color, lines in rows:
        notes.append(note(0, y, f"<b>{title}</b>", color, yanchor="top"))
        for number, codes in enumerate(lines, 1):
            text = "".join(chr(c) if c >= 32 else "⏎" for c in codes)
            notes.append(note(0.02, y - number * step * 0.92, as_written(text), look.text, yanchor="top"))
        y -= 4 * step
    margin = {"l": 18, "r": 18, "t": 10, "b": 10}
    return drawn(look, [], notes, alt=look.t("Samples of the nets' own writing."), margin=margin, **blank(look))


def _two_state(p, rate: float, greedy: bool) -> np.ndarray:
    epsilon, rho = theory.rates(p.jump, p.noise, p.labels, rate, greedy)
    return theory.curve(float(epsilon), float(rho), p.positions, theory.first_accuracy(p.noise, p.labels, greedy))


def _tail(timeline: Timeline, array: str) -> float:
    return float(timeline.frame.arrays[array][-8:].mean())


def _guide(look: Style, **ends: float) -> dict:
    return {"type": "line", **ends, "line": {"color": look.theory, "width": 1.6, "dash": "dash"}}
