"""Pictures in real time: paths coloured by phase, their arrows head to tail, and the product of modes."""

from __future__ import annotations

import math

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.geometry.feynman_paths import theory
from engine.geometry.feynman_paths.names import CAST
from engine.plot import Axis, Panel, Plot, scale

PATHS, TONES = 65, 11
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


def paths(timeline: Timeline, style: Style) -> Picture:
    """Paths by the phase of their arrow, and the tube in which arrows turn less than half."""
    p = timeline.params
    time, omega = p.travel_time, p.real_omega
    c = float(theory.stiffness(1, time, omega))
    half, wide = theory.full_modulus(c, p.hbar), max(REACH, p.window)
    plot = Plot(timeline, style, x=Axis("time t", -0.08 * time, 1.08 * time), y=Axis("position x", -0.9 - wide, 0.9 + wide))
    t = np.linspace(0, time, 41)
    straight = theory.classical_path(t, time, omega, p.x_a, p.x_b)
    if theory.caustic(time, omega):
        straight = p.x_a + (p.x_b - p.x_a) * t / time
        plot.headline("caustic: every path comes together, the kernel is no number")
    hump, height = np.sin(np.pi * t / time), np.linspace(-wide, wide, PATHS)
    ways, inside = straight + np.outer(height, hump), np.abs(height) <= p.window
    bundle(plot, t, ways[~inside], "quiet", 1, 0.3)
    # The mean of cos(phase) over each path's share of a₁: where arrows turn faster than paths are drawn, neighbours cancel.
    edges = np.append(height, height[-1] + height[1] - height[0]) - (height[1] - height[0]) / 2
    along = np.diff(theory.arrow_sum(c, edges, p.hbar)).real / (2 * np.diff(edges))
    tone = np.rint((along + 1) / 2 * (TONES - 1))
    for k in range(TONES):
        bundle(plot, t, ways[inside & (tone == k)], mixed(2 * k / (TONES - 1) - 1, style), 1.8, 1.0)
    if half < 3 * wide:
        plot.band(t, straight - half * hump, straight + half * hump, CAST["tube"], veil=0.2)
    plot.curve(t, straight, "text", width=2.8, hover=False)
    plot.handle([0, time], [p.x_a, p.x_b], [(None, "x_a"), (None, "x_b")], letters=("a", "b"), size=17)
    plot.headline("half a turn at |a₁| = {half:.3f}", half=half)
    return plot.done(
        "Paths from {a:.2f} to {b:.2f}; those whose first sine is below {half:.3f} have arrows that turn less than half.",
        a=p.x_a, b=p.x_b, half=half,
    )  # fmt: skip


def spiral(timeline: Timeline, style: Style) -> Picture:
    """The window's arrows head to tail: a walk along the Cornu spiral, in units of the whole sum."""
    p = timeline.params
    c = float(theory.stiffness(1, p.travel_time, p.real_omega))
    full = theory.full_modulus(c, p.hbar)
    unit = full if c else 2 * max(p.window, 1.0)
    low, high = (-0.35, 1.3) if c >= 0 else (-1.3, 0.35)
    upright = Axis("across", low, high, square="fill")
    plot = Plot(timeline, style, x=Axis("along the classical arrow", -0.35, 1.5), y=upright)
    far = theory.arrow_sum(c, np.linspace(0, max(p.window, 4 * unit), 900), p.hbar) / unit
    plot.curve(far.real, far.imag, "quiet", width=1, opacity=0.6, hover=False)
    count = int(np.clip(7 * p.window**2 * abs(c) / (np.pi * p.hbar), 14, 240))
    heads = theory.arrow_sum(c, np.linspace(0, p.window, count + 1), p.hbar) / unit
    steps = np.diff(heads)
    plot.arrows(heads.real[:-1], heads.imag[:-1], steps.real, steps.imag, "measured", width=1.3, head=5)
    if c:
        whole = np.exp(1j * math.copysign(math.pi / 4, c))
        plot.theory([0, whole.real], [0, whole.imag], hover=False)
        plot.text(0.9 * whole.real / 2, 0.55 * whole.imag, "all paths", "theory", side="left", ground=True)
    plot.arrows([0], [0], heads.real[-1:], heads.imag[-1:], "mark", width=3.2, head=12)
    share = abs(heads[-1]) if c else math.nan
    plot.headline("the window's sum is {share:.3f} of the whole", share=share)
    return plot.done(
        "The arrows of paths with a first sine up to {window:.2f} sum to {share:.3f} of the whole.",
        window=p.window, share=share,
    )  # fmt: skip


def modes(timeline: Timeline, style: Style) -> Picture:
    """The product of modes against their number, with its limit."""
    p, s = timeline.params, timeline.frame.scalars
    plot = Plot(timeline, style, x=Axis("sines n", 1, 40), y=Axis("product"))
    products, limit = theory.mode_products(40, p.travel_time, p.real_omega), theory.mode_limit(p.travel_time, p.real_omega)
    plot.level(limit, "√(ΩT/|sin ΩT|) = {value:.4f}", side="right", below=True)
    plot.curve(np.arange(1, 41), products, CAST["sampled"], points=5, name="product")
    plot.dots([p.modes], [s["mode_product"]], "mark", size=11, name="product", label="{value:.4f}", value=s["mode_product"])
    plot.headline("|K| = {size:.4f}", size=math.hypot(s["kernel_re"], s["kernel_im"]))
    plot.headline("phase {turns:.3f} turns", turns=math.atan2(s["kernel_im"], s["kernel_re"]) / (2 * math.pi))
    return plot.done(
        "The product over {modes} sines is {product:.4f}, over all {limit:.4f}.",
        modes=p.modes, product=s["mode_product"], limit=limit,
    )  # fmt: skip
