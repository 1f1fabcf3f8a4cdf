"""Pictures of numbers: how right at each place, losses beside the entropy, taught against alone, both ends."""

from __future__ import annotations

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.generation.bidirectional_decoding import claims, theory
from engine.generation.bidirectional_decoding.names import CAST
from engine.plot import Axis, Plot

WRITERS = ("one_l2r", "one_r2l", "bi_l2r", "bi_r2l", "chosen")
PAPER = {"one_l2r": (0.4021, 0.3510), "one_r2l": (0.3567, 0.3947)}  # arXiv:1905.04847, quoted in kexue.fm/archives/6877


def accuracy(timeline: Timeline, style: Style) -> Picture:
    """Hero: share right at each place, of one-way writers and of hands that read each other, beside (4) and (5)."""
    p, a, s = timeline.params, timeline.frame.arrays, timeline.frame.scalars
    t = np.arange(1, p.length + 1)
    plot = Plot(timeline, style, x=Axis("position t", 0.7, p.length + 0.3), y=Axis("share right", 0, 1.02))
    at = claims.middle(p.length)
    plot.region(x=(at.start + 0.5, at.stop + 0.5), text="the middle", opacity=0.45)
    plot.theory(t, a["theory_l2r"], CAST["theory_l2r"], dash="dash", width=1.6)
    plot.theory(t, a["theory_r2l"], CAST["theory_r2l"], dash="dashdot", width=1.6)
    plot.theory(t, a["theory_best"], CAST["theory_best"], dash="solid", width=9, opacity=0.3)
    for name in ("one_l2r", "one_r2l"):
        plot.curve(t, a[name], CAST[name], dash="dot", width=2.2, points=5)
    for name, end in (("bi_l2r", "left hand →"), ("bi_r2l", "← right hand")):
        plot.curve(t, a[name], CAST[name], width=3, end=end)
    plot.dots(t, a["chosen"], CAST["chosen"], size=9)
    plot.level(1 / p.symbols, "blind guess 1/V", "quiet", dash="dot", width=1.2, below=True)
    plot.headline("dotted: alone {one:.0%}", one=s["right_one"])
    plot.headline("<b>● two hands {both:.0%}</b>", both=s["right_chosen"])
    plot.headline("best {best:.0%}", best=s["right_best"])
    return plot.done(
        "One-way writers are right at {one:.0%} of the places, two hands at {both:.0%}; at best it is {best:.0%}.",
        one=s["right_one"], both=s["right_chosen"], best=s["right_best"],
    )  # fmt: skip


def losses(timeline: Timeline, style: Style) -> Picture:
    """The loss (3) of both pairs, the entropy that a one-way writer cannot undercut, and what is left when all is copied."""
    p, s = timeline.params, timeline.frame.scalars
    plot = Plot(timeline, style, x="step", y=Axis("loss (3), nats per token", 0))
    floor = theory.leak_floor(p.length, p.symbols, p.noise)
    plot.over_time("loss_one", CAST["one_l2r"].named("one-way"), dash="solid", width=1.8)
    plot.over_time("loss_bi", CAST["chosen"].named("two hands"), width=2.4)
    plot.over_time("entropy", "theory", dash="dash", end="entropy {value:.3f}", value=s["entropy"])
    if p.cross_attention and p.right_anchor and p.partner == "gold":
        plot.level(floor, "{value:.3f}: every answer copied that can be", "theory", dash="dot", below=True)
    plot.headline("<b>leak: {gap:.2f} nats</b>", gap=s["loss_one"] - s["loss_bi"])
    return plot.done(
        "The one-way loss is {one:.3f} nats, that of two hands {both:.3f}; the entropy is {floor:.3f}.",
        one=s["loss_one"], both=s["loss_bi"], floor=s["entropy"],
    )  # fmt: skip


def by_step(arrays: dict[str, np.ndarray]) -> np.ndarray:
    """Share right of both hands, writing alone, by the hand's own step: (T,)."""
    return (arrays["bi_l2r"] + arrays["bi_r2l"][::-1]) / 2


def forced(timeline: Timeline, style: Style) -> Picture:
    """The same hands with the truth before them, and alone, by a hand's own step."""
    p, a = timeline.params, timeline.frame.arrays
    n = np.arange(1, p.length + 1)
    plot = Plot(timeline, style, x=Axis("own step n", 0.7, p.length + 0.3), y=Axis("share right", 0, 1.04))
    if p.cross_attention:
        plot.region(x=(theory.answered(p.length)[0] - 0.5, p.length + 0.3), text="answer in sight", at=0.04, opacity=0.45)
    plot.level(float(theory.right(1, p.symbols, p.noise)), "one noisy step {value:.4g}", "theory", dash="dot", below=True)
    plot.theory(n, (a["theory_best"] + a["theory_best"][::-1]) / 2, CAST["theory_best"], end="best alone (5)")
    plot.curve(n, a["forced_bi"], "mark", width=3, points=7, end="taught")
    plot.curve(n, by_step(a), CAST["chosen"], width=3, points=7, end="alone")
    return plot.done(
        "Taught, the hands are right at {taught:.0%} of their last tokens; alone, at {alone:.0%}.",
        taught=float(a["forced_bi"][-1]), alone=float(by_step(a)[-1]),
    )  # fmt: skip


def ends(timeline: Timeline, style: Style) -> Picture:
    """First four and last four tokens, a row a writer: here, and below in the paper's translations."""
    a = timeline.frame.arrays
    rows = [theory.at_ends(a[name]) for name in WRITERS] + list(PAPER.values())
    places = np.array([*range(len(WRITERS)), *(len(WRITERS) + 0.5 + k for k in range(len(PAPER)))])
    names = dict(zip(places.tolist(), ("→", "←", "left", "right", "surer", "paper →", "paper ←"), strict=True))
    plot = Plot(timeline, style, x=Axis("share right", 0, 1.5, ticks={k / 4: f"{k / 4:g}" for k in range(5)}),
        y=Axis("", -0.6, places[-1] + 0.6, ticks=names, reverse=True, grid=False))  # fmt: skip
    for k, (who, name) in enumerate((("measured", "first four"), ("second", "last four"))):
        plot.bars(places, np.array([row[k] for row in rows]), who, group=(k, 2), across=True, name=name)
    said = [f"{first:.0%} · {last:.0%}" for first, last in rows[: len(WRITERS)]]
    said += [f"{first:.1%} · {last:.1%}" for first, last in PAPER.values()]
    plot.dots(np.full(len(rows), 1.25), places, "quiet", size=0, letters=said, hover=False)
    first, last = (f'<span style="color:{getattr(style, ink)}">■</span>' for ink in ("measured", "second"))
    plot.headline("{a} first four · {b} last four · → ← one-way", a=first, b=last)
    one, both = theory.at_ends(a["one_l2r"]), theory.at_ends(a["chosen"])
    return plot.done(
        "One-way from the left: {a:.0%} of the first four, {b:.0%} of the last; two hands: {c:.0%} and {d:.0%}.",
        a=one[0], b=one[1], c=both[0], d=both[1],
    )  # fmt: skip
