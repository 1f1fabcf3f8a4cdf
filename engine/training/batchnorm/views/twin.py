"""Pictures of the exact twin: its eigenvalues and the line 2/η, what is left along every eigendirection, and its loss."""

from __future__ import annotations

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.plot import Axis, Log, Plot
from engine.training.batchnorm import theory
from engine.training.batchnorm.names import INPUTS
from engine.training.batchnorm.params import PIXELS

LEAST = 1e-7  # eigenvalues and losses below are drawn here
PLACES = np.arange(PIXELS, 0, -1)  # of rising eigenvalues: the largest is the first


def rate_of(timeline: Timeline) -> float:
    """The step size η in force."""
    return timeline.params.twin_rate * 2 / timeline.frame.scalars["lambda_max"]


def spectrum(timeline: Timeline, style: Style) -> Picture:
    """Eigenvalues of XᵀX/N for the three inputs, and 2/η: directions above it explode."""
    p, a, s = timeline.params, timeline.frame.arrays, timeline.frame.scalars
    rate, top = rate_of(timeline), float(a["eigenvalues"].max())
    plot = Plot(timeline, style, x=Axis("eigendirection", 0, PIXELS + 1), y=Log("eigenvalue λ", 1e-5, 6 * top, powers=True))
    for row, (name, who) in enumerate(INPUTS.items()):
        mine = name == p.twin_input
        values = np.maximum(a["eigenvalues"][row], 1e-9)
        plot.curve(
            PLACES[::-1], values[::-1], who, width=3 if mine else 1.4, points=6 if mine else 0, opacity=1 if mine else 0.6
        )
    for row, who in enumerate(INPUTS.values()):
        plot.corner("— {name}: λmax {value:.3g}", "bottom left", who, name=who, value=float(a["eigenvalues"][row, -1]))
    plot.curve([0, PIXELS + 1], [2 / rate] * 2, "mark", dash="dash", name="2/η", hover=False)
    plot.text(PIXELS, 2 / rate, "2/η = {value:.3g}", "mark", side="left", up="above", value=2 / rate)
    own = a["eigenvalues"][list(INPUTS).index(p.twin_input)]
    above = own > 2 / rate
    if above.any():
        plot.dots(PLACES[above], own[above], "second", size=13, hollow=True, hover=False)
    plot.headline("<b>λmax {value:.3f}</b>, Σ E[x²] {sum:.2f}", value=s["lambda_max"], sum=s["second_moment"])
    plot.headline("directions above the line: {count}", count=int(above.sum()))
    return plot.done(
        "The largest eigenvalue is {value:.4g}, the line 2/η at {line:.4g}: {count} directions explode.",
        value=s["lambda_max"], line=2 / rate, count=int(above.sum()),
    )  # fmt: skip


def directions(timeline: Timeline, style: Style) -> Picture:
    """How much loss is left along every eigendirection, now, and by (6) from the start on."""
    p, a, s = timeline.params, timeline.frame.arrays, timeline.frame.scalars
    system = theory.twin(p.twin_input, p.input_shift)
    start = system.excess(np.zeros_like(system.best))
    seen = a["excess"][np.isfinite(a["excess"])]
    high = min(max(3 * float(seen.max(initial=1.0)), 1.0), 1e30)
    plot = Plot(timeline, style, x=Axis("eigendirection", 0, PIXELS + 1), y=Log("loss left, nats", 1e-9, high, powers=True))
    order = np.argsort(PLACES)
    draw = lambda values: np.clip(np.nan_to_num(values, nan=1e-12), 1e-12, high)[order]  # noqa: E731
    plot.bars(PLACES[order], draw(start), "grid", width=0.9, name="at the start", hover=False)
    plot.bars(PLACES[order], draw(a["excess"]), INPUTS[p.twin_input], width=0.6, name="now")
    if not timeline.marks:
        with np.errstate(all="ignore"):
            law = start * theory.factors(system.eigenvalues, rate_of(timeline)) ** (2.0 * timeline.frame.step)
        plot.theory(PLACES[order], draw(law), width=2, name="by (6)")
        plot.corner("dashed: by (6)", "top right", "theory")
    plot.corner("pale: at the start", "top right", "quiet")
    left = s["twin_loss"] - s["twin_floor"]
    plot.headline("loss above the least one: <b>{left:.2g}</b>", left=left)
    return plot.done("Above the least loss there is {left:.3g} left, over all directions.", left=left)


def twin_loss(timeline: Timeline, style: Style) -> Picture:
    """The twin's loss above the least one against the step."""
    s, who = timeline.frame.scalars, INPUTS[timeline.params.twin_input]
    steps, loss = timeline.trace("twin_loss")
    above = np.clip(loss - s["twin_floor"], LEAST, 1e12)
    plot = Plot(timeline, style, x="step", y=Log("loss above the least one, nats", LEAST, powers=True))
    plot.curve(steps, above, who, width=2.6, name="loss above the least one", uid="twin_loss")
    if s["diverged_at"] >= 0:
        plot.upright(s["diverged_at"], "diverged at step {value:.0f}", "mark", dash="solid", at=0.5)
    plot.headline("<b>{who}</b>, η = {rate:.3g}", who=who, rate=rate_of(timeline))
    plot.headline("loss {loss:.4g}, at least {floor:.4g}", loss=s["twin_loss"], floor=s["twin_floor"])
    return plot.done("The loss is {loss:.4g}, the least one {floor:.4g}.", loss=s["twin_loss"], floor=s["twin_floor"])
