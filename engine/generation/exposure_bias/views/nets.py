"""Pictures of the running nets: accuracy by position, fluency, losses, wrong tokens so far, and what they write."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.generation.exposure_bias import theory
from engine.generation.exposure_bias.names import CAST, called, key
from engine.generation.exposure_bias.params import ExposureBiasParams
from engine.plot import HIDDEN, Axis, Log, Member, Plot
from engine.plot.labels import as_written

OWN_WORDS = 0.15  # mean replacement rate of the article's scheme: half of the sequences, 30 % of their tokens


@lru_cache(maxsize=64)
def _own_rate(jump: float, noise: float, labels: int, truth: float) -> float:
    return theory.own_rate(jump, noise, labels, truth)


def replaced(params: ExposureBiasParams, scheme: str, step: int) -> float | None:
    """The replacement rate that a scheme comes to in theory at this step; None where no formula says."""
    if scheme in ("scheduled", "two-pass", "gumbel"):
        truth = theory.truth_probability(params.schedule, step, params.horizon, params.truth)
        return _own_rate(params.jump, params.noise, params.labels, round(truth, 3))
    return {"teacher": 0.0, "replace": params.rate, "su": OWN_WORDS}.get(scheme)


def nets(params: ExposureBiasParams) -> Iterator[tuple[int, str, Member]]:
    """(row in the arrays, part of the scalars' names, who) of every net; the live one last, so that it is drawn on top."""
    for index, arm in reversed(list(enumerate(params.arms))):
        yield index, key(arm), called(arm, params.remedy, params.rate)


def nearest(timeline: Timeline, curves: np.ndarray) -> int:
    """The net whose curve (arms, positions) passes nearest the pointer; the live one where none is known."""
    p = timeline.params
    distance = np.abs(curves[:, p.probed] - p.probe_level)
    return int(np.nanargmin(distance)) if np.isfinite(distance).any() else 0


def positions(params: ExposureBiasParams) -> Axis:
    """The axis of the positions of a test sequence."""
    return Axis("position t", 0.5, params.positions + 0.5)


def accuracy(timeline: Timeline, style: Style) -> Picture:
    """Hero: accuracy by position, taught (dashed) and alone (solid), with what theory allows and what it says at the present r."""
    p, a, s = timeline.params, timeline.frame.arrays, timeline.frame.scalars
    t = np.arange(1, p.positions + 1)
    alone = a[{"greedy": "greedy", "sample": "sampled", "beam": "beam"}[p.decoding]]
    picked = nearest(timeline, alone)
    plot = Plot(timeline, style, x=positions(p), y=Axis("accuracy", 0, 1.02))
    if p.task == "compass":
        _allowed(plot, timeline)
        _goals(plot, timeline)
    for index, _, who in nets(p):
        plot.curve(t, a["forced"][index], who, dash="dash", width=1.4, hover=False)
        plot.curve(
            t, alone[index], who, width=3.6 if index == picked else 2.4, end="{name}", fill="previous" if index == 0 else ""
        )
    plot.level(1 / p.labels, "chance {value:.3f}", "quiet", dash="dot", width=1.2, below=True)
    plot.upright(p.probed + 1, who="quiet", width=1)
    plot.title("in a net's colour, dashed: it reads the true past · solid: it reads its own")
    plot.hover("probe", "probe_level")
    return plot.done(
        "Live net: {taught:.2f} taught, {free:.2f} on its own at the last positions, chance {chance:.2f}.",
        taught=s["forced_live"], free=s["free_live"], chance=1 / p.labels,
    )  # fmt: skip


def _allowed(plot: Plot, timeline: Timeline) -> None:
    """The exact decoders, and the memoryless one: at r = 0 and at the present r, which moves with its slider."""
    p, a, t = timeline.params, timeline.frame.arrays, np.arange(1, timeline.params.positions + 1)
    for name in ("filter", "smoother"):
        plot.theory(t, a[name], CAST[name], dash=CAST[name].dash, width=1.8, end="{name}", hover=False)
    if p.decoding != "beam":
        plot.theory(t, _chain(p, 0.0, p.decoding == "greedy"), CAST["untouched"], dash="dashdot", width=1.6, end="{name}")
    if p.decoding == "greedy":
        plot.theory(
            t, _chain(p, p.rate, True), CAST["greedy"], width=2.2, end="{name}:<br>theory at r = {rate:.2f}", rate=p.rate
        )
    plot.theory(
        t,
        _chain(p, p.rate, False),
        CAST["drawn"],
        dash="dashdot",
        width=5,
        end="{name}:<br>theory at r = {rate:.2f}",
        rate=p.rate,
    )


def _goals(plot: Plot, timeline: Timeline) -> None:
    """A pale band in every net's colour: where theory puts a memoryless net that is taught like it. A remedy moves it at once."""
    p, t = timeline.params, np.arange(1, timeline.params.positions + 1)
    if p.decoding == "beam":
        return
    for index, _, who in nets(p):
        rate = replaced(p, p.scheme_of(p.arms[index]), timeline.frame.step)
        if rate is not None:
            curve = _chain(p, rate, p.decoding == "greedy")
            plot.curve(t, curve, who, dash="solid", width=11, opacity=0.22, name="{name}: theory without memory", hover=False)


def _chain(params: ExposureBiasParams, rate: float, greedy: bool) -> np.ndarray:
    """A_t of equation (6) for the memoryless decoder trained at this replacement rate."""
    epsilon, rho = theory.rates(params.jump, params.noise, params.labels, rate, greedy)
    first = theory.first_accuracy(params.noise, params.labels, greedy)
    return theory.curve(float(epsilon), float(rho), params.positions, first)


def surprise(timeline: Timeline, style: Style) -> Picture:
    """Hero for own text, where nothing true is known: nats per character, taught and as a fixed judge reads the output."""
    p, a, s = timeline.params, timeline.frame.arrays, timeline.frame.scalars
    t = np.arange(1, p.positions + 1)
    plot = Plot(timeline, style, x=positions(p), y=Axis("surprise (nats per character)", 0))
    for index, _, who in nets(p):
        plot.curve(t, a["surprise_taught"][index], who, dash="dash", width=1.4)
        plot.curve(t, a["surprise_own"][index], who, end="{name}")
    plot.theory(t, a["surprise_real"], dash="dot", width=1.8, end="the text itself")
    plot.title("dashed: surprise at the true text · solid and dotted: a trigram judge's surprise at what is written")
    if s["unseen"] > 0:
        words = "{share:.2%} of the test characters were never seen in training: read and written as □"
        plot.corner(words, "bottom left", "mark", size=13, share=s["unseen"])
    return plot.done("Surprise by position: live net {taught:.2f} nats taught.", taught=s["nll_live"])


def fluency(timeline: Timeline, style: Style) -> Picture:
    """How legal the samples are against how right the free run is: what every remedy costs, with its way over training."""
    p, s = timeline.params, timeline.frame.scalars
    legal, right = (
        Axis("fluency: legal steps among own samples", 0, 1.02),
        Axis("fidelity: greedy accuracy at the end", 0, 1.02),
    )
    plot = Plot(timeline, style, x=legal, y=right)
    if p.task == "compass":
        best = float(timeline.frame.arrays["filter"][-8:].mean())
        plot.upright(1 - p.jump + p.jump / p.labels, "truth {value:.4f}", "theory", dash="dash", at=0.0, side="left")
        plot.level(best, "exact filter {value:.2f}")
    for _, arm, who in nets(p):
        x, y = s[f"legal_{arm}"], s[f"free_{arm}"]
        ways = timeline.trace(f"legal_{arm}")[1], timeline.trace(f"free_{arm}")[1]
        plot.curve(*ways, who, width=1.4, opacity=0.45, hover=False)
        plot.dots([x], [y], who, size=13)
        plot.label(x, y, "{name}", who, side="end", name=who)
    return plot.done(
        "Live net: {legal:.2f} of its sampled steps are legal, {free:.2f} of its greedy tokens are right.",
        legal=s["legal_live"], free=s["free_live"],
    )  # fmt: skip


def losses(timeline: Timeline, style: Style) -> Picture:
    """Teacher-forced test loss over the steps; nothing can go below the exact entropy."""
    p, s = timeline.params, timeline.frame.scalars
    plot = Plot(timeline, style, x="step", y=Log("teacher-forced test loss (nats per token)"))
    for _, arm, who in nets(p):
        plot.over_time(f"nll_{arm}", who, least=1e-4)
    if p.task == "compass" and s["floor"] > 0:
        plot.level(s["floor"], "entropy floor {floor:.3f}", side="end", floor=s["floor"])
    return plot.done("Test loss of the live net: {loss:.3f} nats.", loss=s["nll_live"])


def bounds(timeline: Timeline, style: Style) -> Picture:
    """Wrong tokens so far in the greedy free run, against the bound that teacher-forced errors give."""
    p, a = timeline.params, timeline.frame.arrays
    t = np.arange(1, p.positions + 1)
    taught = 1 - np.nan_to_num(a["forced"][0], nan=1.0)
    limit, mean = theory.error_bound(taught), float(1 - np.nanmean(a["forced"][0]))
    wrong = np.cumsum(1 - np.nan_to_num(a["greedy"], nan=1.0), axis=1)
    length = Axis("length T (tokens)", 0.5, p.positions + 0.5)
    plot = Plot(timeline, style, x=length, y=Axis("wrong tokens so far", 0, p.positions))
    for index, _, who in nets(p):
        plot.curve(t, wrong[index], who, end="{name}")
    plot.theory(t, limit, end="bound, live net")
    quadratic = mean * t * (t + 1) / 2
    below = quadratic <= 0.93 * p.positions
    plot.theory(t[below], quadratic[below], dash="dot", width=1.6, hover=False)
    if below.any():
        plot.label(t[below][-1], quadratic[below][-1], "εT(T+1)/2", "theory", side="left")
    plot.theory(t, mean * t, "quiet", width=1.6, end="εT, live net")
    return plot.done(
        "The live net makes {wrong:.1f} errors in {t} tokens; the bound is {limit:.1f}.",
        wrong=wrong[0, -1], t=p.positions, limit=limit[-1],
    )  # fmt: skip


def writing(timeline: Timeline, style: Style) -> Picture:
    """What the nets write on their own, beside the true text; only for own text."""
    p, a = timeline.params, timeline.frame.arrays
    rows = [(style.t("the text itself"), style.theory, a["original"])]
    for index, arm in enumerate(p.arms):
        who = called(arm, p.remedy, p.rate)
        rows.append((who.name(style), who.color(style), a["writing"][index]))
    plot, y, step = (
        Plot(timeline, style, x=HIDDEN.but(low=0, high=1), y=HIDDEN.but(low=0, high=1)),
        1.0,
        1 / (4 * len(rows) + 0.5),
    )
    for title, shade, lines in rows:
        plot.note(0, y, f"<b>{title}</b>", shade, yanchor="top")
        for number, codes in enumerate(lines, 1):
            text = "".join(chr(code) if code >= 32 else "⏎" for code in codes)
            plot.note(0.02, y - number * step * 0.92, as_written(text), style.text, yanchor="top")
        y -= 4 * step
    return plot.done("Samples of the nets' own writing.")
