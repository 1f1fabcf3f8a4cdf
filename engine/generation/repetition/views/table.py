"""Pictures of a table: its cells, its loudest cycle, the eigenvalues of A, bounds along a knob, closed walks."""

from __future__ import annotations

import math

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.generation.repetition import theory
from engine.generation.repetition.names import SUMS, words
from engine.generation.repetition.params import PLACES
from engine.plot import Axis, Log, Plot, ring
from engine.plot.words.tokens import shown

TICKS = 14  # names along a side of the matrix, about


def cells(timeline: Timeline, style: Style) -> Picture:
    """The table as colours, or how fast R grows with each entry; the clicked cell is framed."""
    p, a, s = timeline.params, timeline.frame.arrays, timeline.frame.scalars
    known = words(a["names"])
    table, names = a["transitions"].astype(float), [shown(known[k]) for k in a["shown_symbols"]]
    whole = len(names) == len(known)  # else the click would mean another symbol, and ways back are missing
    n, every = len(names), -(-len(names) // TICKS)
    single = max(map(len, names)) == 1
    rows = {k: names[k] for k in range(0, n, every)} if single else None
    columns = {k: names[k] for k in range(0, n - every + 1, every)} | {n: "■"} if single else None
    plot = Plot(
        timeline,
        style,
        x=Axis("next symbol", -0.5, n + 0.5, ticks=columns, grid=False),
        y=Axis("symbol", -0.5, n - 0.5, ticks=rows, grid=False),
    )
    click, chosen = (("row", "column"), (min(p.row, n - 1), min(p.column, n - 1))) if whole else (None, None)
    if p.shade == "slope":
        slopes = theory.risk_slope(table[:, :-1]) if whole else np.full((n, n), np.nan)
        slope = np.column_stack([slopes, np.full(n, np.nan)])
        z = np.log10(np.maximum(slope, 1e-6))
        plot.heat(z, x=(0, 1), y=(0, 1), top=True, tones="second", low=-3.0, high=1.0, hover="log₁₀ ∂R/∂P = %{z:.2f}",
            click=click, chosen=chosen)  # fmt: skip
        plot.headline("how fast R grows with a cell, log scale")
    else:
        plot.heat(np.sqrt(table), x=(0, 1), y=(0, 1), top=True, tones="measured", low=0.0, high=1.0, hover="√P = %{z:.3f}",
            click=click, chosen=chosen)  # fmt: skip
        plot.headline("darkness: √P · ■ ends the sentence")
    plot.headline("<b>ρ = {rho:.3f}</b>", rho=s["rho"])
    return plot.done(
        "Of {n} symbols each is followed by {many:.1f} on average; the spectral radius of A is {rho:.3f}.",
        n=n, many=float((table[:, :-1] > 0).sum()) / n, rho=s["rho"],
    )  # fmt: skip


def cycle(timeline: Timeline, style: Style) -> Picture:
    """The cycle with the largest geometric mean of its entries, as a ring; what one more round costs."""
    a = timeline.frame.arrays
    names, p = [shown(name) for name in words(a["names"])], a["transitions"].astype(float)
    around = [int(k) for k in a["cycle"] if k >= 0]
    plot = Plot(timeline, style)
    if not around:
        plot.nodes(ring(1), square=True)
        plot.headline("no cycle is known: there is none, or there are more than 120 symbols")
        return plot.done("No cycle is known.")
    following = [*around[1:], around[0]]
    chances = [float(p[i, j]) for i, j in zip(around, following, strict=True)]
    count = len(around)
    crowded = count > 8
    plot.nodes(
        ring(count) if count > 1 else np.zeros((1, 2)),
        [(k, (k + 1) % count) for k in range(count)] if count > 2 else [(0, 1)] if count == 2 else [],
        weights=chances if count != 2 else chances[:1],
        edge_names=[] if crowded or count < 3 else [f"{chance:.2f}" for chance in chances],
        who="measured",
        edge="second",
        directed=count > 2,
        largest=22 if crowded else 34,
        square=True,
    )
    for (x, y), symbol in zip(ring(count) if count > 1 else np.zeros((1, 2)), around, strict=True):
        plot.text(x, y, "{symbol}", "background", size=13 if crowded else 17, side="center", symbol=names[symbol])
    once = math.prod(chances)
    if count < 3:
        plot.text(0, 0.45, "{chances}", "second", side="center", up="above", chances=" × ".join(f"{c:.2f}" for c in chances))
    plot.headline("<b>one more round: {once:.2g}</b>", once=once)
    plot.headline("{mean:.3f} a symbol", mean=once ** (1 / count))
    return plot.done(
        "The loudest cycle has {count} symbols; one more round has probability {once:.3g}.", count=count, once=once
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
    places = np.array(PLACES[p.against], float)
    now = float(getattr(p, p.against))
    if p.against == "top_k":
        x = Log("top-k", 0.95, 30.0, ticks={k: str(k) for k in (1, 2, 3, 5, 10, 28)})
    else:
        x = Log("temperature T", 0.19, 2.1, ticks={t: str(t) for t in (0.2, 0.5, 1.0, 2.0)})
    plot = Plot(timeline, style, x=x, y=Log("loops", 1e-4, 1e4))
    columns = {"risk": 1, "above": 2, "below": 3, "events": 4}
    for name, column in columns.items():
        values = np.where(np.isfinite(a["curves"][:, column]), a["curves"][:, column], np.nan)
        plot.curve(places, np.clip(values, 1e-4, 1e4), SUMS[name], points=5, name="{name}")
        plot.corner("— {name}", "top right", SUMS[name], name=SUMS[name])
    plot.upright(now, who="mark")
    if s["events_measured"] > 0:
        error = min(2 * s["events_error"], 0.95 * s["events_measured"])
        plot.errors([now], [min(s["events_measured"], 1e4)], [error], "mark", size=10, name="counted")
        plot.corner("● counted ± 2 s.e.", "top right", "mark")
    if np.isinf(a["curves"][:, 4]).any():
        plot.headline("where a curve stops it is ∞")
    return plot.done(
        "R is {risk:.3g}, at most {bound:.3g}; a text has {events:.3g} loops on average, counted {found:.3g}.",
        risk=s["risk"], bound=s["risk_bound"], events=s["events"], found=s["events_measured"],
    )  # fmt: skip


def walks(timeline: Timeline, style: Style) -> Picture:
    """The terms of R: closed walks of length k, the bound (3) with the exact count, and the article's estimate."""
    a = timeline.frame.arrays
    trace, bound, _ = a["walks"].T
    guess = a["estimate"]
    k = np.arange(1, len(trace) + 1)
    low = 10.0 ** math.floor(math.log10(max(min(trace[trace > 0], default=1.0), 1e-12)) - 1)
    plot = Plot(
        timeline, style, x=Axis("length k of the loop", 0.7, len(trace) + 0.5, ticks=k.tolist()), y=Log("Tr Aᵏ", low, 10.0)
    )
    plot.curve(k, np.maximum(trace, low), "measured", points=7, name="Tr Aᵏ")
    plot.curve(k, np.maximum(bound, low), "theory", dash="dash", points=6, name="bound (3)")
    plot.curve(k, np.maximum(guess, low), "quiet", dash="dot", points=5, name="estimate")
    plot.corner("— Tr Aᵏ, exact", "top right", "measured")
    plot.corner("– – (Tr Pᵏ)² / N, a bound (3)", "top right", "theory")
    plot.corner("··· with (ζn)ᵏ for N, an estimate", "top right", "quiet")
    return plot.done("Loops of one symbol weigh {one:.3g}, of two {two:.3g}.", one=trace[0], two=trace[1])
