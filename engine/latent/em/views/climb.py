"""Why it never steps down: the bound under the likelihood, the landscape, the ledger."""

from __future__ import annotations

import math

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.latent.em.names import CAST
from engine.plot import Axis, Log, Plot

FELL = 1e-9  # a fall of F by more than this share of it (of 1 nat at least) is an error, not rounding


def bound(timeline: Timeline, style: Style) -> Picture:
    """ℓ and F along component 1, component 2 held where the E-step saw it: they touch there, and M goes to the top of F.

    They touch only after an E-step of all points at T = 1: else the dots stand apart, and nothing says that they touch.
    """
    p, a, s = timeline.params, timeline.frame.arrays, timeline.frame.scalars
    grid, (likelihood, free) = a["slice_grid"], a["slice"].astype(float)
    old, new, held = a["touch"].tolist()
    coins, begun = p.data == "coins", timeline.frame.step > 0 or timeline.frame.part
    name = "coin A, probability of heads" if coins else "mean of component 1"
    touch = "E: they touch" if begun and p.temperature == p.fraction == 1 else ""
    spread = likelihood.max() - likelihood.min()
    up = Axis("nats a point", likelihood.min() - 0.25 * spread, likelihood.max() + 0.12 * spread)
    plot = Plot(timeline, style, x=Axis(name, float(grid[0]), float(grid[-1])), y=up)
    plot.curve(grid, likelihood, CAST["likelihood"], width=3, end="ℓ", hover=False)
    plot.curve(grid, free, CAST["bound"], width=2.6, hover=False, fill="previous", veil=0.12)
    at = lambda curve, x: float(np.interp(x, grid, curve))  # noqa: E731
    plot.dots([old], [at(likelihood, old)], CAST["likelihood"], size=12, hollow=True, label=touch, side="left")
    if timeline.frame.part == "E" or not begun:
        plot.dots([old], [at(free, old)], CAST["bound"], size=12, hover=False)
    else:
        plot.upright(new, "M", CAST["bound"])
        plot.arrows([old], [at(free, old)], [new - old], [at(free, new) - at(free, old)], CAST["bound"], width=2.6, head=10)
        plot.dots([new], [at(free, new)], CAST["bound"], size=13, hover=False)
        plot.dots([new], [at(likelihood, new)], CAST["likelihood"], size=10, hover=False)
    top = float(grid[int(free.argmax())])
    level = likelihood.min() + 0.4 * (
        at(free, top) - likelihood.min()
    )  # its name under its left branch, where no other line is
    plot.label(float(grid[int((free >= level).argmax())]), float(level), "F", CAST["bound"], side="right")
    plot.headline("ℓ = {ell:.3f}", ell=s["ell"])
    plot.headline("gap {gap:.2g}", gap=max(s["gap"], 0.0))
    plot.headline("coin B {value:.3f}" if coins else "other mean {value:.3f}", value=held)
    return plot.done("The bound touches the likelihood at {old:.3f}; its top is at {new:.3f}.", old=old, new=top)


def landscape(timeline: Timeline, style: Style) -> Picture:
    """ℓ over both components' values as a relief, with the ways of EM and of gradient ascent. A click puts both components."""
    p, a, s = timeline.params, timeline.frame.arrays, timeline.frame.scalars
    grid, heights = a["grid"].astype(float), a["landscape"].astype(float)
    low, high = float(grid[0]), float(grid[-1])
    coins = p.data == "coins"
    names = ("coin A", "coin B") if coins else ("mean of component 1", "mean of component 2")
    x, y = (Axis(name, low, high, square=True, grid=False) for name in names)
    plot = Plot(timeline, style, x=x, y=y)
    top, cells = heights.max(), (low, grid[1] - grid[0])
    plot.heat(np.maximum(heights, top - 2.0), x=cells, y=cells, tones="relief", low=top - 2.0, high=top)
    falls = np.array([0.002, 0.01, 0.03, 0.08, 0.2, 0.5, 1.0])
    plot.contour(grid, grid, heights, (top - falls).tolist(), "quiet", width=1.1)
    plot.curve([low, high], [low, high], "quiet", dash="dot", width=1.2, hover=False)
    plot.text(low + 0.14 * (high - low), low + 0.1 * (high - low), "both the same", "quiet", size=12)
    plot.paths(a["gradient_path"], CAST["gradient"], start=False, width=2.4, end="{name}")
    plot.paths(a["em_path"], CAST["bound"], width=2.8, size=12, end="EM")
    plot.click("put_x", "put_y")
    return plot.done("EM has reached {em:.5f} nats, gradient ascent {gradient:.5f}.", em=s["ell"], gradient=s["ell_gradient"])


def ledger(timeline: Timeline, style: Style) -> Picture:
    """Above, F after each half-step as stairs with ℓ after each; below, the gap that E closes and M opens."""
    a, s = timeline.frame.arrays, timeline.frame.scalars
    place, free, likelihood = a["ledger"][np.isfinite(a["ledger"][:, 0])].T
    plot, axes = Plot(timeline, style), [Axis("nats a point"), Log("gap (nats)", powers=True)]
    above, below = plot.grid(2, 1, x=Axis("step"), y=axes, heights=(1.6, 1), share_x=True)
    across, up = np.repeat(place, 2)[1:], np.repeat(free, 2)[:-1]
    if not len(place):
        across, up = np.zeros(1), np.array([s["free_energy"]])
    above.curve(across, up, CAST["bound"], width=2.4, end="F")
    above.dots(place, likelihood, CAST["likelihood"], size=6, label="ℓ", side="above")
    gaps = np.maximum(likelihood - free, 0)
    after_m = np.isclose(place % 1, 0)
    below.curve(place[after_m], np.where(gaps[after_m] > 1e-15, gaps[after_m], np.nan), "mark", points=5, name="gap after M")
    if s["largest_drop"] > FELL * max(1.0, abs(s["free_energy"])):
        plot.headline("F fell by {drop:.1e}", drop=s["largest_drop"])
    elif len(place):
        plot.headline("F never fell by itself ✓" if timeline.marks else "F never fell ✓")
    if timeline.marks:
        plot.headline("dotted: changes by hand")
    return plot.done(
        "F is {free:.6f} nats, the log-likelihood {ell:.6f}; the largest fall of F so far is {drop:.1e}.",
        free=s["free_energy"], ell=s["ell"], drop=max(s["largest_drop"], 0.0),
    )  # fmt: skip


def rate(timeline: Timeline, style: Style) -> Picture:
    """The distance to the fixed point on a log axis, beside the slope that missing information predicts."""
    s = timeline.frame.scalars
    plot = Plot(timeline, style, y=Log("distance to the fixed point", powers=True))
    steps, errors = timeline.trace("error")
    seen = np.flatnonzero(np.isfinite(errors) & (errors > 1e-13))
    plot.over_time("error", "measured", end="error", name="error", least=1e-15, points=5)
    plot.over_time("moved", "quiet", end="last move", name="last move", least=1e-15, width=1.6)
    since = max((mark for mark in timeline.marks if mark < steps[-1]), default=0)  # a change by hand begins a new way
    near = seen[(errors[seen] < 0.3) & (steps[seen] > since)]
    if len(near):  # the law holds near the fixed point: the line begins where the error is first small
        begin, rho = near[0], s["rho_predicted"]
        last = max(steps[-1], steps[begin] + 1)
        if rho > 0:  # no further than rounding lets errors fall
            last = min(last, steps[begin] + math.log(1e-14 / errors[begin]) / math.log(min(rho, 1 - 1e-9)))
        ends = np.array([steps[begin], last], float)
        plot.theory(ends, errors[begin] * rho ** (ends - ends[0]), end="ρ = {rho:.3f}", rho=rho)
    found = {"seen": s["rho_observed"], "rho": s["rho_predicted"]}
    plot.corner("ratio of errors {seen:.3f}", "top right", seen=s["rho_observed"])
    plot.corner("missing information {rho:.3f}", "top right", rho=s["rho_predicted"])
    return plot.done("Errors shrink by {seen:.3f} an iteration; predicted {rho:.3f}.", **found)
