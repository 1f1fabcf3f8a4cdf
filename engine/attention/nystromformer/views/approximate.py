"""Pictures of the approximation bench: the factors, one row, errors against landmarks, the Performer's variance, what it all costs."""

from __future__ import annotations

import numpy as np

from engine.attention.nystromformer import theory
from engine.attention.nystromformer.names import ATTENTIONS, COSTS, METHODS
from engine.attention.nystromformer.params import LANDMARKS, LENGTHS, TOKENS, WIDTH
from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.plot import Axis, Log, Plot

BARE = Axis(numbers=False, grid=False)
SIGNED = [(0, "second"), (0.5, "background"), (1, "measured")]  # below zero, zero, above
SHORTEST = 64  # length at which the cost begins
FARTHEST = 40.0  # of ‖q + k‖² that is drawn: there the variance is 10¹⁷


def softmax(scores: np.ndarray) -> np.ndarray:
    """Over the last axis."""
    weights = np.exp(scores - scores.max(-1, keepdims=True))
    return weights / weights.sum(-1, keepdims=True)


def factors(timeline: Timeline, style: Style) -> Picture:
    """F left of Ŝ, B above it, A⁺ in the corner, S beside it; the followed token's row runs through all."""
    p, s, a = timeline.params, timeline.frame.scalars, timeline.frame.arrays
    queries, keys, centres = a["queries"], a["keys"], a["centres"]
    exact = softmax(queries @ keys.T)
    plot = Plot(timeline, style)
    middle, right, left, rebuilt, whole = plot.mosaic("ab.", "fhs", heights=(1, 2.7), widths=(1, 3.2, 3.2), x=BARE, y=BARE)
    parts = (softmax(queries @ centres.T), softmax(centres @ keys.T))
    drawn = (*(theory.shades(part, float(part.max())) for part in parts), a["middle"])
    for panel, part, words in zip((left, right, middle), drawn, ("F", "B", "A⁺"), strict=True):
        panel.heat(part, low=0, high=255, tones=SIGNED, top=True)
        panel.title(words)
    for panel, part, words in (
        (rebuilt, a["rebuilt"], "Ŝ = F A⁺ B"),
        (whole, theory.shades(exact, theory.darkest(exact)), "S"),
    ):
        panel.heat(part, low=0, high=255, tones=SIGNED, top=True, click=("row", None))
        panel.title(words)
    for panel in (left, rebuilt, whole):
        panel.level(p.row, who="mark", dash="solid", width=1.4)
    plot.headline(
        "{m} landmarks: error {error:.3g}", m=p.m, error=s["error_pinv" if p.inverse == "exact" else "error_iterated"]
    )
    plot.headline("negative (orange): {share:.1%}", share=s["negative_share"])
    plot.headline("|row sum − 1| ≤ {gap:.2g}", gap=s["row_sum_gap"])
    return plot.done("{m} landmarks rebuild the {n} × {n} matrix with an error of {error:.3g}; the best of rank {m} has {best:.3g}.",
        m=p.m, n=TOKENS, error=s["error_pinv" if p.inverse == "exact" else "error_iterated"], best=s["error_svd"])  # fmt: skip


def row(timeline: Timeline, style: Style) -> Picture:
    """The followed token's attention, exact and rebuilt."""
    p, a = timeline.params, timeline.frame.arrays
    tokens = np.arange(TOKENS)
    exact, rebuilt = softmax(a["queries"][p.row] @ a["keys"].T), a["row_rebuilt"].astype(float)
    room = 1.25 * float(exact.max())
    plot = Plot(timeline, style, x=Axis("key j"), y=Axis("attention of token {row}", min(-0.2 * room, 1.1 * max(float(rebuilt.min()), -room)), room, zero=True, values={"row": p.row}))  # fmt: skip
    plot.theory(tokens, exact, "text", dash="solid", name="exact", hover="%{y:.4f}")
    plot.curve(tokens, rebuilt, METHODS["pinv" if p.inverse == "exact" else "iterated"], hover="%{y:.4f}")
    plot.upright(p.row, "i = {row}", row=p.row)
    plot.corner("exact", "top right", "text")
    plot.corner("rebuilt", "top right", METHODS["pinv" if p.inverse == "exact" else "iterated"])
    off = float(np.linalg.norm(rebuilt - exact) / np.linalg.norm(exact))
    return plot.done("Row {row} is rebuilt with an error of {off:.3g}; its entries add up to {sum:.4f}.", row=p.row, off=off,
        sum=float(rebuilt.sum()))  # fmt: skip


def errors(timeline: Timeline, style: Style) -> Picture:
    """The error of every method against the number of landmarks."""
    p, a = timeline.params, timeline.frame.arrays
    m, found = np.array(LANDMARKS, float), a["errors"]
    plot = Plot(timeline, style, x=Log("landmarks m", 3.6, 285, ticks=list(LANDMARKS)), y=Log("error ‖Ŝ − S‖ ÷ ‖S‖", 1e-4, 1e2))
    plot.band(m, np.maximum(found[4] - a["spread"], 1e-9), found[4] + a["spread"], METHODS["performer"])
    for line, name in zip(found, METHODS, strict=True):
        who = METHODS[name].named("Nyström, T = {T}", T=p.iterations) if name == "iterated" else METHODS[name]
        plot.curve(m, np.maximum(line, 1e-18), who, points=6, end="{name}", outside=True, size=13, hover="%{x}: %{y:.3g}")
    plot.upright(p.m, "m = {m}", m=p.m, side="left" if p.m > 60 else "right")
    here = dict(zip(METHODS, found[:, LANDMARKS.index(p.m)].tolist(), strict=True))
    plot.title("exact {pinv:.3g} · T = {T}: {iterated:.3g} · Performer {performer:.3g}", T=p.iterations, **{
        name: here[name] for name in ("pinv", "iterated", "performer")})  # fmt: skip
    return plot.done("With {m} landmarks: best {svd:.3g}, exact inverse {pinv:.3g}, {T} iterations {iterated:.3g}, without the middle "
        "{double:.3g}, Performer {performer:.3g}.", m=p.m, T=p.iterations, **here)  # fmt: skip


def variance(timeline: Timeline, style: Style) -> Picture:
    """(2): the variance of one random feature against the length of q + k, and what the draws had."""
    p, a = timeline.params, timeline.frame.arrays
    x = np.linspace(0.02, FARTHEST, 300)
    plot = Plot(timeline, style, x=Axis("‖q + k‖²", 0, FARTHEST), y=Log("relative variance of one feature", 1e-2, 1e18))
    plot.theory(x, theory.relative_variance(x), end="(2)")
    plot.dots(a["pair_norms"], a["pair_variances"], "measured", size=8, hover="%{x:.2f}: %{y:.3g}", name="measured")
    plot.level(p.m, "m = {m}: above, the noise is larger than the value", "quiet", dash="dot", side="right", m=p.m)
    beyond = int((a["pair_norms"] > FARTHEST).sum())
    plot.title("{count:.0f} draws; {beyond} of {all} pairs lie beyond", count=timeline.frame.scalars["draws_done"], beyond=beyond,
        all=len(a["pair_norms"]))  # fmt: skip
    return plot.done("Among the watched pairs ‖q + k‖² has the median {middle:.3g}; there theory says a relative variance of {law:.3g}.",
        middle=float(np.median(a["pair_norms"])), law=float(theory.relative_variance(min(float(np.median(a["pair_norms"])), 700.0))))  # fmt: skip


def crossing(m: int, iterations: int) -> float:
    """The length from which Nyström takes fewer multiplications than softmax: 2 n² d = 4 n m d + what does not depend on n."""
    rest = float(theory.operations("nystrom", np.array(0), WIDTH, m, iterations))
    return m + np.sqrt(m * m + rest / (2 * WIDTH))


def cost(timeline: Timeline, style: Style) -> Picture:
    """Multiplications of one forward pass against the length: counted (dots) and as the formula says."""
    p, counts = timeline.params, timeline.frame.arrays["operations"]
    n, fine = np.array(LENGTHS, float), np.geomspace(SHORTEST, LENGTHS[-1], 60)
    plot = Plot(timeline, style, x=Log("length n (tokens)", 0.8 * SHORTEST, 9600, ticks=(SHORTEST, *LENGTHS[::2])),
        y=Log("multiplications, one head", 1e5, 1e10))  # fmt: skip
    for found, name in zip(counts, COSTS, strict=True):
        plot.theory(fine, theory.operations(name, fine, WIDTH, p.m, p.iterations), ATTENTIONS[name], dash="dash", hover=False)
        plot.dots(n, found, ATTENTIONS[name], size=9, hover="%{x}: %{y:.3s}")
        plot.label(n[-1], float(found[-1]), "{name}", ATTENTIONS[name], side="end", name=ATTENTIONS[name])
    pays = crossing(p.m, p.iterations)
    if pays > SHORTEST:
        plot.upright(pays, "pays from n = {n:.0f}", n=pays, side="left" if pays > 700 else "right")
    growth = dict(zip(COSTS, counts[:, -1] / counts[:, -2], strict=True))
    plot.title("twice the length: softmax × {softmax:.2f}, Nyström × {nystrom:.2f}", softmax=growth["softmax"], nystrom=growth["nystrom"])  # fmt: skip
    return plot.done("At {n} tokens Nyström with {m} landmarks takes {share:.1%} of the multiplications of softmax; it pays from {pays:.0f} tokens.",
        n=LENGTHS[-1], m=p.m, share=float(counts[1, -1] / counts[0, -1]), pays=pays)  # fmt: skip
