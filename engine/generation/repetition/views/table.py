"""Pictures of a table: its cells, the eigenvalues of A, bounds along a knob, closed walks."""

from __future__ import annotations

import math

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.data.text import words
from engine.generation.repetition import theory
from engine.generation.repetition.names import SUMS
from engine.generation.repetition.params import PLACES
from engine.plot import Axis, Log, Plot
from engine.plot.words.tokens import shown

TICKS = 14  # names along a side of the matrix, about


def cells(timeline: Timeline, style: Style) -> Picture:
    """The table as colours, or how fast R grows with each entry; the clicked cell is framed."""
    p, a, s = timeline.params, timeline.frame.arrays, timeline.frame.scalars
    known, table = words(a["names"]), a["transitions"].astype(float)
    names = [shown(known[k]) for k in a["shown_symbols"]]
    n, every = len(names), -(-len(names) // TICKS)
    single = max(map(len, names)) == 1
    x = Axis("next symbol", -0.5, n + 0.5, grid=False,
        ticks={k: names[k] for k in range(0, n - every + 1, every)} | {n: "■"} if single else None)  # fmt: skip
    y = Axis("symbol", -0.5, n - 0.5, grid=False, ticks={k: names[k] for k in range(0, n, every)} if single else None)
    plot = Plot(timeline, style, x=x, y=y)
    whole = n == len(known)  # else a click would mean another symbol, and ways back are missing
    click = ("row", "column") if whole else None
    chosen = (min(p.row, n - 1), min(p.column, n - 1)) if whole and (p.row or p.column or p.sharpen) else None
    if p.shade == "slope" and whole:
        slope = np.column_stack([theory.risk_slope(table[:, :-1]), np.full(n, np.nan)])
        plot.heat(np.log10(np.maximum(slope, 1e-6)), x=(0, 1), y=(0, 1), top=True, tones="second", low=-3.0, high=1.0,
            hover="log₁₀ ∂R/∂P = %{z:.2f}", click=click, chosen=chosen)  # fmt: skip
        plot.headline("how fast R grows with a cell, log scale")
    else:
        plot.heat(np.sqrt(table), x=(0, 1), y=(0, 1), top=True, tones="measured", low=0.0, high=1.0, hover="√P = %{z:.3f}",
            click=click, chosen=chosen)  # fmt: skip
        plot.headline("darkness: √P · ■ ends the sentence")
    plot.headline("<b>ρ = {rho:.3f}</b>", rho=s["rho"])
    return plot.done(
        "Of {n} symbols each is followed by {many:.1f} on average; the spectral radius of A is {rho:.3f}.",
        n=len(known), many=s["filled"], rho=s["rho"],
    )  # fmt: skip


def eigenvalues(timeline: Timeline, style: Style) -> Picture:
    """The eigenvalues of A in the complex plane; the circle of radius ρ lies in the ring between the row sums (2)."""
    a, s = timeline.frame.arrays, timeline.frame.scalars
    reach = 1.08 * max(s["row_high"], s["rho"], 1e-3)
    plot = Plot(timeline, style, x=Axis("Re λ", -reach, reach), y=Axis("Im λ", -reach, reach, square=True))
    turn = np.linspace(0, 2 * np.pi, 181)
    for radius, who, dash in ((s["row_low"], "quiet", "dash"), (s["row_high"], "quiet", "dash"), (s["rho"], "second", "solid")):
        plot.curve(radius * np.cos(turn), radius * np.sin(turn), who, dash=dash, width=1.8, hover=False)
    plot.dots(a["eigenvalues"][:, 0], a["eigenvalues"][:, 1], "measured", size=8, hover="%{x:.4f}, %{y:.4f}")
    plot.headline("<b>ρ = {rho:.4f}</b>", rho=s["rho"])
    plot.headline("dashed: row sums of A, {low:.3f} to {high:.3f}", low=s["row_low"], high=s["row_high"])
    return plot.done(
        "The largest eigenvalue is {rho:.4f}, between the row sums {low:.3f} and {high:.3f}.",
        rho=s["rho"], low=s["row_low"], high=s["row_high"],
    )  # fmt: skip


def bounds(timeline: Timeline, style: Style) -> Picture:
    """R, its bounds, E and what was counted, along the chosen knob."""
    p, a, s = timeline.params, timeline.frame.arrays, timeline.frame.scalars
    now = float(getattr(p, p.against))
    if p.against == "top_k":
        x = Log("top-k", 0.95, 30.0, ticks={k: str(k) for k in (1, 2, 3, 5, 10, 28)})
    else:
        x = Log("temperature T", 0.19, 2.1, ticks={t: str(t) for t in (0.2, 0.5, 1.0, 2.0)})
    plot = Plot(timeline, style, x=x, y=Log("loops", 1e-4, 1e4))
    for name, values in zip(SUMS, a["curves"].T, strict=True):
        finite = np.where(np.isfinite(values), values, np.nan)
        plot.curve(PLACES[p.against], np.clip(finite, 1e-4, 1e4), SUMS[name], points=5, end="{name}", name="{name}")
    plot.upright(now, who="mark")
    if s["events_measured"] > 0:
        error = min(2 * s["events_error"], 0.95 * s["events_measured"])
        plot.errors([now], [min(s["events_measured"], 1e4)], [error], "mark", size=10, name="counted")
        plot.headline("● counted ± 2 s.e.")
    if np.isinf(a["curves"]).any():
        plot.headline("where a curve stops it is ∞")
    return plot.done(
        "R is {risk:.3g}, at most {bound:.3g}; a text has {events:.3g} loops on average, counted {found:.3g}.",
        risk=s["risk"], bound=s["risk_bound"], events=s["events"], found=s["events_measured"],
    )  # fmt: skip


def walks(timeline: Timeline, style: Style) -> Picture:
    """The terms of R: closed walks of length k, the bound (3) with the exact count, and the article's estimate."""
    found = timeline.frame.arrays["walks"]
    trace, bound, _ = found.T
    guess = theory.estimate(found, timeline.frame.scalars["filled"])
    k, above = np.arange(1, len(trace) + 1), np.concatenate([trace, bound, guess])
    low = 10.0 ** math.floor(math.log10(max(min(above[above > 0], default=1.0), 1e-12)))
    x = Axis("length k of the loop", 0.7, len(trace) + 0.5, ticks=k.tolist())
    plot = Plot(timeline, style, x=x, y=Log("Tr Aᵏ", low, 10.0))
    plot.curve(k, np.maximum(trace, low), "measured", points=7, name="Tr Aᵏ")
    plot.curve(k, np.maximum(bound, low), "theory", dash="dash", points=6, name="bound (3)")
    plot.curve(k, np.maximum(guess, low), "quiet", dash="dot", points=5, name="estimate")
    plot.corner("— Tr Aᵏ, exact", "top right", "measured")
    plot.corner("– – (Tr Pᵏ)² / N, a bound (3)", "top right", "theory")
    plot.corner("··· with (ζn)ᵏ for N, an estimate", "top right", "quiet")
    return plot.done("Loops of one symbol weigh {one:.3g}, of two {two:.3g}.", one=trace[0], two=trace[1])
