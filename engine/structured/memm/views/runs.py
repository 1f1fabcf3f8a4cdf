"""Pictures of the learning: losses with the floors they cannot pass, and errors."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.plot import Axis, Plot
from engine.structured.memm.names import MODELS
from engine.structured.memm.params import RIB

NAMES = ("softmax", "memm", "bi", "crf")
HIGH = 2.0  # nats up to which losses of rib and rob are shown


def losses(timeline: Timeline, style: Style) -> Picture:
    """Training loss of MEMM, Bi-MEMM and CRF, and the least that MEMM and any model can reach."""
    s, short = timeline.frame.scalars, RIB(timeline.params)
    plot = Plot(timeline, style, x="step", y=Axis("training loss / nats a sequence", 0, HIGH if short else None))
    for name in ("bi", "memm", "crf"):
        plot.over_time(f"{name}_nll", MODELS[name])
    plot.level(s["memm_floor"], "H(ρ) = {value:.3f}", MODELS["prior"], dash="dot", side="right", below=True)
    plot.level(s["crf_floor"], "least possible: {value:.3f}", MODELS["bayes"], side="right", below=True)
    return plot.done(
        "The MEMM's loss is {memm:.3f} nats a sequence, the CRF's {crf:.3f}; the least possible are {floor:.3f} and {least:.3f}.",
        memm=s["memm_nll"], crf=s["crf_nll"], floor=s["memm_floor"], least=s["crf_floor"],
    )  # fmt: skip


def errors(timeline: Timeline, style: Style) -> Picture:
    """Shares decoded wrongly, all four models."""
    s = timeline.frame.scalars
    plot = Plot(timeline, style, x="step", y=_shares(timeline))
    for name in NAMES:
        plot.over_time(f"{name}_error", MODELS[name], end="{name} {share:.1%}", share=s[f"{name}_error"])
    plot.level(s["bayes_error"], "least possible: {value:.1%}", MODELS["bayes"], below=True)
    return _told(plot, s)


def standing(timeline: Timeline, style: Style) -> Picture:
    """Shares decoded wrongly now, a bar a model."""
    s, who = timeline.frame.scalars, [MODELS[name] for name in NAMES]
    plot = Plot(timeline, style, x=Axis(ticks=dict(enumerate(who)), grid=False), y=_shares(timeline))
    plot.bars(np.arange(len(who)), [s[f"{name}_error"] for name in NAMES], who, text="{value:.1%}", hover=False)
    plot.level(s["bayes_error"], "least possible: {value:.1%}", MODELS["bayes"], side="right")
    return _told(plot, s)


def _shares(timeline: Timeline) -> Axis:
    """The axis of what is decoded wrongly: whole words where they are short, else labels."""
    short = RIB(timeline.params)
    return Axis("words with a wrong label" if short else "wrong labels", 0, 1 if short else 0.5)


def _told(plot: Plot, s: Mapping[str, float]) -> Picture:
    return plot.done(
        "Decoded wrongly: softmax {softmax:.1%}, MEMM {memm:.1%}, Bi-MEMM {bi:.1%}, CRF {crf:.1%}.",
        softmax=s["softmax_error"], memm=s["memm_error"], bi=s["bi_error"], crf=s["crf_error"],
    )  # fmt: skip
