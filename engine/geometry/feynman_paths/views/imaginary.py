"""Pictures in imaginary time: closed paths with the density that they make, and their correlator."""

from __future__ import annotations

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.geometry.feynman_paths.names import CAST
from engine.geometry.feynman_paths.views.real import bundle
from engine.plot import Axis, Log, Plot


def necklace(timeline: Timeline, style: Style) -> Picture:
    """Closed paths, one in bold; beside them the density of x, sideways."""
    p, a, s = timeline.params, timeline.frame.arrays, timeline.frame.scalars
    time, bins = p.beta * p.hbar, a["bins"]
    settled = bool(np.isfinite(s["x2"]))
    low, high = 1.02 * float(bins[0]), 1.02 * float(bins[-1])
    plot = Plot(timeline, style)
    left, right = plot.grid(
        1, 2, x=[Axis("imaginary time τ", 0, time), Axis("p(x)", 0, 1.5 * float(a["density_exact"].max()), numbers=False)],
        y=[Axis("position x", low, high), Axis("", low, high, numbers=False)], widths=[2.1, 1],
    )  # fmt: skip
    t = np.linspace(0, time, p.slices + 1)
    paths = np.hstack([a["paths"], a["paths"][:, :1]]).astype(float)
    both = p.potential == "double_well" and min(paths[-1].max(), -paths[-1].min()) > 0.7 * p.barrier > 0
    bundle(left, t, paths[1:-1] if both else paths[1:], "quiet", 1, 0.35)
    if both:
        left.curve(t, paths[-1], "mark", width=1.8, hover=False)
        left.corner("a path through both wells", "top left", "mark")
    if p.potential == "double_well" and p.barrier > 0:
        for well in (-p.barrier, p.barrier):
            left.level(well, "", "quiet", dash="dot")
    left.curve(t, paths[0], CAST["sampled"], width=2.6, hover=False)
    who = CAST["sampled"] if settled else CAST["others"]
    right.bars(bins, a["density"], who, width=float(bins[1] - bins[0]), across=True, opacity=0.55, hover=False)
    right.theory(a["density_exact"], bins, CAST["lattice"], hover=False)
    if settled:
        plot.headline("⟨x²⟩ = {x2:.4f} ± {error:.4f}", x2=s["x2"], error=s["x2_error"])
    else:
        plot.headline("burn-in")
    plot.headline("exactly {exact:.4f}", exact=s["x2_lattice"])
    return plot.done(
        "Closed paths of {count} chains: the mean of x² is {x2:.4f}, exactly {exact:.4f}; {left:.0%} of the chains lie left.",
        count=p.chains, x2=s["x2"], exact=s["x2_lattice"], left=s["left"],
    )  # fmt: skip


def correlator(timeline: Timeline, style: Style) -> Picture:
    """⟨x(0)x(τ)⟩ against imaginary time, logarithmic, with the exact one."""
    p, a, s = timeline.params, timeline.frame.arrays, timeline.frame.scalars
    t = p.lattice.spacing * np.arange(len(a["correlator"]))
    exact = a["correlator_exact"]
    upright = Log("⟨x(0)x(τ)⟩", 0.6 * float(exact.min()), 1.5 * float(exact[0]))
    plot = Plot(timeline, style, x=Axis("imaginary time τ", 0, float(t[-1])), y=upright)
    plot.theory(t, exact, CAST["lattice"], end="{name}", hover=False)
    seen = np.where(a["correlator"] > 0.6 * exact.min(), a["correlator"], np.nan)
    plot.curve(t, seen, CAST["sampled"], points=5, name="⟨x(0)x(τ)⟩")
    plot.headline("gap from the slope {measured:.3f}", measured=s["gap_measured"])
    plot.headline("exactly {gap:.4g}", gap=s["gap"])
    return plot.done(
        "The correlator falls with a gap of {measured:.3f}; the transfer matrix has {gap:.4g}.",
        measured=s["gap_measured"], gap=s["gap"],
    )  # fmt: skip
