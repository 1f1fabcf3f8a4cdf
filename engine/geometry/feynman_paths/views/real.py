"""Pictures in real time: paths coloured by phase, their arrows head to tail, and the product of modes."""

from __future__ import annotations

import math

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.geometry.feynman_paths import theory
from engine.geometry.feynman_paths.names import CAST
from engine.plot import Axis, Panel, Plot, scale

PATHS, TONES = 49, 7
REACH = 2.4  # heights of the first sine that are drawn


def mixed(share: float, style: Style) -> str:
    """A colour from orange (−1, the arrow points back) over the quiet grey to blue (1, it points along)."""
    low, _, high = (shade for _, shade in scale("two-sided", style))
    ends = [[int(shade[k : k + 2], 16) for k in (1, 3, 5)] for shade in (style.grid, high if share > 0 else low)]
    return "#" + "".join(f"{round(a + abs(share) * (b - a)):02x}" for a, b in zip(*ends, strict=True))


def bundle(panel: Panel, t: theory.Array, ways: theory.Array, who: str, width: float, opacity: float) -> None:
    """Several ways (n, times) as one curve."""
    if len(ways):
        gap = np.full((len(ways), 1), np.nan)
        x = np.hstack([np.broadcast_to(t, ways.shape), gap]).ravel()
        panel.curve(x, np.hstack([ways, gap]).ravel(), who, width=width, opacity=opacity, hover=False)


def arrows(timeline: Timeline, style: Style) -> Picture:
    """Left, paths by phase, and the tube in which arrows turn less than half; right, the walk along the Cornu spiral."""
    p = timeline.params
    time, omega = p.travel_time, p.real_omega
    c = float(theory.stiffness(1, time, omega))
    half = theory.full_modulus(c, p.hbar)
    wide = max(REACH, p.window)
    plot = Plot(timeline, style)
    unit = half if math.isfinite(half) else 2 * max(p.window, 1.0)
    left, right = plot.grid(
        1, 2, x=[Axis("time t", 0, time), Axis("along the classical arrow", -0.35, 1.45)],
        y=[Axis("position x", -3.3 - max(0, wide - REACH), 3.3 + max(0, wide - REACH)), Axis("across", -0.5, 1.3, square="fill")],
        widths=[1.15, 1],
    )  # fmt: skip
    t = np.linspace(0, time, 41)
    straight = theory.classical_path(t, time, omega, p.x_a, p.x_b)
    if theory.caustic(time, omega):
        straight = p.x_a + (p.x_b - p.x_a) * t / time
    hump = np.sin(np.pi * t / time)
    height = np.linspace(-wide, wide, PATHS)
    ways, inside, along = straight + np.outer(height, hump), np.abs(height) <= p.window, np.cos(c * height**2 / p.hbar)
    bundle(left, t, ways[~inside], "quiet", 1, 0.3)
    tone = np.rint((along + 1) / 2 * (TONES - 1))
    for k in range(TONES):
        bundle(left, t, ways[inside & (tone == k)], mixed(2 * k / (TONES - 1) - 1, style), 1.6, 1.0)
    if half < 3 * wide:
        left.band(t, straight - half * hump, straight + half * hump, CAST["tube"], veil=0.16)
    left.curve(t, straight, "text", width=2.6, hover=False)
    left.handle([0, time], [p.x_a, p.x_b], [(None, "x_a"), (None, "x_b")], letters=("a", "b"), size=16)

    spiral = theory.arrow_sum(c, np.linspace(0, max(p.window, 4 * unit), 900), p.hbar) / unit
    right.curve(spiral.real, spiral.imag, "quiet", width=1, opacity=0.6, hover=False)
    count = int(np.clip(4 * p.window**2 * abs(c) / (np.pi * p.hbar), 14, 160))
    heads = theory.arrow_sum(c, np.linspace(0, p.window, count + 1), p.hbar) / unit
    steps = np.diff(heads)
    right.arrows(heads.real[:-1], heads.imag[:-1], steps.real, steps.imag, "measured", width=1.3, head=5)
    if c:
        whole = np.exp(1j * math.copysign(math.pi / 4, c))
        right.theory([0, whole.real], [0, whole.imag], end="all paths", hover=False)
    right.arrows([0], [0], heads.real[-1:], heads.imag[-1:], "mark", width=3.2, head=12)
    share = abs(heads[-1])
    plot.headline("the window's sum is {share:.3f} of the whole", share=share if c else math.nan)
    plot.headline("half a turn at |a₁| = {half:.3f}", half=half)
    if theory.caustic(time, omega):
        plot.headline("caustic: every path comes together, the kernel is no number")
    return plot.done(
        "Paths with a first sine up to {window:.2f} sum to {share:.3f} of the whole; beyond {half:.3f} an arrow has turned by half.",
        window=p.window, share=share if c else math.nan, half=half,
    )  # fmt: skip


def modes(timeline: Timeline, style: Style) -> Picture:
    """The product of modes against their number, with its limit."""
    p, s = timeline.params, timeline.frame.scalars
    plot = Plot(timeline, style, x=Axis("sines n", 1, 40), y=Axis("product"))
    products, limit = theory.mode_products(40, p.travel_time, p.real_omega), theory.mode_limit(p.travel_time, p.real_omega)
    plot.level(limit, "√(ΩT/|sin ΩT|) = {value:.4f}", side="right", below=True)
    plot.curve(np.arange(1, 41), products, CAST["sampled"], points=5, name="product")
    plot.dots([p.modes], [s["mode_product"]], "mark", size=11, label="{value:.4f}", value=s["mode_product"])
    plot.headline("|K| = {size:.4f}", size=math.hypot(s["kernel_re"], s["kernel_im"]))
    plot.headline("phase {turns:.3f} turns", turns=math.atan2(s["kernel_im"], s["kernel_re"]) / (2 * math.pi))
    return plot.done(
        "The product over {modes} sines is {product:.4f}, over all {limit:.4f}.",
        modes=p.modes,
        product=s["mode_product"],
        limit=limit,
    )
