"""Pictures of numbers: the mean against the sweeps, against the spacing, and the walkers' toll."""

from __future__ import annotations

import math

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.geometry.feynman_paths import theory
from engine.geometry.feynman_paths.names import CAST
from engine.geometry.feynman_paths.views.real import bundle
from engine.plot import Axis, Plot


def convergence(timeline: Timeline, style: Style) -> Picture:
    """⟨x²⟩ over the sweeps with its band, against lattice, continuum and classical value."""
    p, s = timeline.params, timeline.frame.scalars
    plot = Plot(timeline, style, x=Axis("step", 0), y="⟨x²⟩")
    steps, x2 = timeline.trace("x2")
    _, error = timeline.trace("x2_error")
    begin = timeline.frame.step - s["age"]
    if p.burn_in:
        plot.region(x=(begin, begin + p.burn_in), text="burn-in")
    plot.band(steps, x2 - 2 * error, x2 + 2 * error, CAST["sampled"])
    plot.over_time("x2", CAST["sampled"], width=3)
    across = [0.0, max(float(steps[-1]), timeline.frame.step, 1.0)]
    for name in ("lattice", "continuum", "classical"):
        value = s[f"x2_{name}"]
        if math.isfinite(value) and abs(value - s["x2_lattice"]) > 0.4 * s["x2_lattice"]:  # it would press the others together
            plot.corner("{name} {value:.4f}: out of sight", "bottom right", CAST[name], name=CAST[name], value=value)
        else:
            plot.curve(across, [value, value], CAST[name], width=1.8, end="{name} {value:.4f}", outside=True, value=value)
    plot.headline("⟨x²⟩ = {x2:.4f} ± {error:.4f}", x2=s["x2"], error=s["x2_error"])
    plot.headline("accepted {share:.0%}", share=s["acceptance"])
    if math.isfinite(s["effective"]):
        plot.headline("a chain is worth {count:.0f} draws", count=s["effective"])
    return plot.done(
        "After {step} sweeps the mean of x² is {x2:.4f} ± {error:.4f}; this lattice has {exact:.4f}.",
        step=timeline.frame.step, x2=s["x2"], error=s["x2_error"], exact=s["x2_lattice"],
    )  # fmt: skip


def discretisation(timeline: Timeline, style: Style) -> Picture:
    """E₀(a) and ⟨x²⟩(a) in closed form, with the points of this run (and of a sweep's other arms)."""
    p, s = timeline.params, timeline.frame.scalars
    lattices = [theory.Lattice(p.beta, n, p.hbar) for n in range(8, 258, 2)]
    spacing = np.array([lattice.spacing for lattice in lattices])
    plot = Plot(timeline, style)
    below = Axis("spacing a", 0, 1.05 * float(spacing[0]))
    left, right = plot.grid(1, 2, x=below, y=["E₀", "⟨x²⟩"])
    left.theory(spacing, [p.hbar * lattice.frequency(p.omega) / 2 for lattice in lattices], CAST["lattice"], hover=False)
    right.theory(spacing, [lattice.x2(p.omega) for lattice in lattices], CAST["lattice"], hover=False)
    right.level(s["x2_continuum"], "{name}", CAST["continuum"], dash="dot", side="right", name=CAST["continuum"])
    left.level(p.hbar * p.omega / 2, "{name}", CAST["continuum"], dash="dot", side="right", name=CAST["continuum"])
    for arm in (timeline, *timeline.arms.values()):
        found, a = arm.frame.scalars, arm.params.lattice.spacing
        left.dots([a], [found["e0"]], CAST["sampled"], size=9, name="E₀")
        right.errors([a], [found["x2"]], [2 * found["x2_error"]], CAST["sampled"], size=9, name="⟨x²⟩")
    return plot.done(
        "At the spacing {a:.3f} the ground state energy is {e0:.4f} and the mean of x² {x2:.4f}; without a lattice {goal:.4f}.",
        a=p.lattice.spacing, e0=s["e0"], x2=s["x2_lattice"], goal=s["x2_continuum"],
    )  # fmt: skip


def walkers(timeline: Timeline, style: Style) -> Picture:
    """Walks as pale as they have paid, and the density of all ends with their laws."""
    p, a, s = timeline.params, timeline.frame.arrays, timeline.frame.scalars
    time, root = p.fk_time, math.sqrt(p.fk_time)
    plot = Plot(timeline, style)
    y = Axis("position x", -3.5 * root, 3.5 * root)
    below = [Axis("time t", 0, time), Axis("p(x)", numbers=False)]
    left, right = plot.grid(1, 2, x=below, y=[y, y.but(numbers=False, titled=False)], widths=[1.6, 1])
    shade = np.rint(4 * a["walk_left"])
    for k in range(5):
        ways = a["walks"][shade == k].astype(float)
        bundle(left, np.linspace(0, time, a["walks"].shape[1]), ways, "measured", 0.8 + 0.35 * k, 0.12 + 0.22 * k)
    places = np.linspace(-3.5, 3.5, 83)[1::2] * root
    for row, name in zip(a["walk_ends"], ("quiet", "measured"), strict=True):
        right.bars(places, row, name, width=float(places[1] - places[0]), across=True, opacity=0.5, hover=False)
    fine = np.linspace(-3.5 * root, 3.5 * root, 121)
    right.theory(np.exp(-(fine**2) / (2 * time)) / math.sqrt(2 * math.pi * time), fine, "quiet", hover=False)
    right.theory(theory.euclidean_kernel(time, p.omega, 0.0, fine), fine, CAST["lattice"], hover=False)
    plot.headline("left on average {mc:.4f} ± {error:.4f}", mc=s["fk_mc"], error=s["fk_error"])
    plot.headline("exactly {exact:.4f}", exact=s["fk_exact"])
    return plot.done(
        "After the time {time:.1f} the walkers have {mc:.4f} ± {error:.4f} left on average; the formula says {exact:.4f}.",
        time=time, mc=s["fk_mc"], error=s["fk_error"], exact=s["fk_exact"],
    )  # fmt: skip


def drift(timeline: Timeline, style: Style) -> Picture:
    """Biased walks and the density of their ends, with its law and |ψ₀|²."""
    p, a, s = timeline.params, timeline.frame.arrays, timeline.frame.scalars
    ground = math.sqrt(p.hbar / (2 * p.omega))
    plot = Plot(timeline, style)
    y = Axis("position x", -3.8 * ground, 3.8 * ground)
    top = 1.1 * max(float(a["drift_ends"].max()), 0.4 / math.sqrt(s["drift_exact"]))
    below = [Axis("time t", 0, p.fk_time), Axis("p(x)", 0, top, numbers=False)]
    left, right = plot.grid(1, 2, x=below, y=[y, y.but(numbers=False, titled=False)], widths=[1.6, 1])
    ways = a["drifts"].astype(float)
    t = np.linspace(0, p.fk_time, ways.shape[1])
    bundle(left, t, ways[1:], "quiet", 1, 0.35)
    left.curve(t, ways[0], CAST["sampled"], width=2.6, hover=False)
    places = a["drift_places"].astype(float)
    seen = np.abs(places) < 3.8 * ground
    width = float(places[1] - places[0])
    right.bars(places[seen], a["drift_ends"][seen], CAST["sampled"], width=width, across=True, opacity=0.55, hover=False)
    fine = np.linspace(-3.8 * ground, 3.8 * ground, 121)
    right.theory(theory.ornstein_uhlenbeck(p.fk_time, p.omega, 0.0, fine, p.hbar), fine, "quiet", hover=False)
    right.theory(np.exp(-((fine / ground) ** 2) / 2) / math.sqrt(2 * math.pi) / ground, fine, CAST["lattice"], hover=False)
    plot.headline("⟨x²⟩ = {x2:.4f}", x2=s["drift_x2"])
    plot.headline("|ψ₀|² has {goal:.4f}", goal=ground**2)
    return plot.done(
        "After the time {time:.1f} the mean of x² of the biased walks is {x2:.4f}; the ground state has {goal:.4f}.",
        time=p.fk_time, x2=s["drift_x2"], goal=ground**2,
    )  # fmt: skip
