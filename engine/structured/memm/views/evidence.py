"""Pictures of evidence: what scores know, what normalisers leave of it, and how far it reaches."""

from __future__ import annotations

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.plot import Axis, Plot
from engine.structured.memm.names import MODELS, PLACES
from engine.structured.memm.params import LETTERS, RIB

NOTHING = 1e-12  # a move that is none
WIDE = 4  # places up to which numbers fit into the cells


def gamma(timeline: Timeline, style: Style) -> Picture:
    """Error of MEMM and Bi-MEMM over γ, with the CRF's, the least possible and that of one who always says rib."""
    p, a, s = timeline.params, timeline.frame.arrays, timeline.frame.scalars
    title = "words with a wrong label" if RIB(p) else "wrong labels"
    high = 1.12 * max(a["memm_by_gamma"].max(), a["bi_by_gamma"].max(), 1 - p.prior if RIB(p) else 0.0, 0.05)
    share = Axis("γ, share of the normalisers in decoding", -0.03, 1.03, every=0.2)  # rings at 0 and 1 are whole
    plot = Plot(timeline, style, x=share, y=Axis(title, 0, high))
    for name in ("bi", "memm"):
        plot.curve(a["gammas"], a[f"{name}_by_gamma"], MODELS[name], end="{name}", points=6)
        plot.dots([p.gamma], [s[f"{name}_error"]], MODELS[name], size=14, hollow=True, hover=False)
    plot.level(s["crf_error"], "{name}", MODELS["crf"], dash="solid", side="right", below=not RIB(p), name=MODELS["crf"])
    plot.level(s["bayes_error"], "{name}", MODELS["bayes"], side="right", below=True, name=MODELS["bayes"])
    if RIB(p):
        plot.level(1 - p.prior, "{name}", MODELS["prior"], dash="dot", name=MODELS["prior"])
    return plot.done(
        "At γ = {gamma:.2f} the MEMM decodes {memm:.1%} wrongly, the Bi-MEMM {bi:.1%}, the CRF {crf:.1%}.",
        gamma=p.gamma, memm=s["memm_error"], bi=s["bi_error"], crf=s["crf_error"],
    )  # fmt: skip


def reach(timeline: Timeline, style: Style) -> Picture:
    """How much the chances at one place can move when scores at another grow: one map a model, an exact 0 without decimals."""
    a = timeline.frame.arrays
    plot = Plot(timeline, style)
    panels = plot.grid(1, 3, x=Axis("moves", grid=False), y=Axis("score that grows", grid=False), outer=True)
    for panel, name in zip(panels, ("memm", "bi", "crf"), strict=True):
        moves = a["reach" if name == "memm" else f"{name}_reach"]
        places = [f"{k + 1}" for k in range(len(moves))]
        said = np.array([["0" if move < NOTHING else f"{move:.2f}" for move in row] for row in moves])
        panel.heat(moves, low=0.0, high=1.0, tones=MODELS[name], rows=places, columns=places,
            numbers=said if len(moves) <= WIDE else "")  # fmt: skip
        panel.title("{name}", name=MODELS[name])
    back = {
        name: float(np.tril(a[key], -1).max()) for name, key in (("memm", "reach"), ("bi", "bi_reach"), ("crf", "crf_reach"))
    }
    return plot.done(
        "A later score moves an earlier chance by up to {memm:.2f} in the MEMM, {bi:.2f} in the Bi-MEMM, {crf:.2f} in the CRF.",
        **back,
    )


def tables(timeline: Timeline, style: Style) -> Picture:
    """Label scores of each letter, MEMM above, CRF below."""
    a = timeline.frame.arrays
    plot = Plot(timeline, style)
    panels = plot.grid(2, x=Axis("label", grid=False), y=Axis("letter", grid=False), outer=True)
    for panel, name in zip(panels, ("memm", "crf"), strict=True):
        panel.heat(a[f"{name}_table"], tones="two-sided", numbers="{value:+.1f}", rows=LETTERS, columns=PLACES)
        panel.title("f, {name}", name=MODELS[name])
    told = [float(a[f"{name}_table"][1, 1] - a[f"{name}_table"][2, 1]) for name in ("memm", "crf")]
    return plot.done(
        "The letter i adds {memm:.1f} more to the middle of rib than o does in the MEMM, {crf:.1f} in the CRF.",
        memm=told[0], crf=told[1],
    )  # fmt: skip
