"""Pictures of the gradient bench: bias and noise against temperature, where the mean gradient points, the price of a budget."""

from __future__ import annotations

import math

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.discrete.gumbel_softmax import theory
from engine.discrete.gumbel_softmax.benches.gradients import CELLS, GS, TAUS, over_taus, root_mean_square
from engine.discrete.gumbel_softmax.names import CAST, TAU, name_corners, probability_handle, tau_text, triangle
from engine.discrete.gumbel_softmax.params import RELAXED
from engine.discrete.gumbel_softmax.views.triangle import cooled, cursor
from engine.plot import Axis, Log, Plot


def bias_and_noise(timeline: Timeline, style: Style) -> Picture:
    """Above, the length of each estimator's bias with twice its standard error; below, its standard deviation."""
    p, a = timeline.params, timeline.frame.arrays
    exact, norm, tau = a["exact_gradient"], timeline.frame.scalars["exact_norm"], p.temperature
    plot = Plot(timeline, style)
    y = [Log("bias |E ĝ − g|", every=1, powers=True), Log("sd of a step", every=1, powers=True)]
    above, below = plot.grid(2, 1, x=TAU, y=y, share_x=True)
    for row, name in enumerate(p.estimators):
        if name == "exact":
            continue
        who, variance = CAST[name], a["gradient_variance"][row]
        bias, error, _ = root_mean_square(a["gradient_mean"][row], variance, a["gradient_count"][row], exact, 1)
        draws = 1 if name == "leave-one-out" else p.samples  # of which a step averages so many; leave-one-out's are averages
        sd = np.sqrt(variance / draws)
        if name not in RELAXED:  # no temperature: horizontal; a bias below its noise is drawn thin
            sure = bias[-1] > 2 * error[-1]
            said = "{name}" if sure else "{name} (0 ± noise)"
            above.level(bias[-1], said, who, dash="solid" if sure else "dot", width=2.5 if sure else 1.2, side="end", name=who)
            below.level(sd[-1], "{name}", who, dash="solid", width=2.5, side="end", name=who)
            continue
        above.errors(TAUS, bias[:-1], np.minimum(2 * error[:-1], 0.9 * bias[:-1]), who, size=4)
        for panel, values in ((above, bias), (below, sd)):
            panel.curve(TAUS, values[:-1], who, end="{name}", size=13, width=1.8, outside=True)
            cooled(panel, TAUS, values, tau, who)
    if "straight-through-gumbel" in p.estimators:
        limit = theory.straight_through_limit(theory.probabilities(p, p.classes), a["corner_slopes"].astype(np.float64))
        if (size := float(np.linalg.norm(limit - exact))) > 1e-6:
            above.level(size, "straight-through at τ → 0", side="end")
    above.level(norm, "|g|", "quiet", dash="dot", side="end")
    for panel in (above, below):
        cursor(panel, tau)
    return plot.done(
        "Bias and standard deviation of {count} estimators against temperature; the exact gradient has length {norm:.3f}.",
        count=len(p.estimators), norm=norm,
    )  # fmt: skip


def directions(timeline: Timeline, style: Style) -> Picture:
    """Where one descent step would move p under each mean gradient, over the map of places where the relaxed one misleads."""
    params, a, p = timeline.params, timeline.frame.arrays, theory.probabilities(timeline.params)
    exact, wrong, tau = a["exact_gradient"].astype(np.float64), a["wrong_way"], tau_text(params.temperature)
    share = float((wrong[np.isfinite(wrong)] < 0).mean()) if np.isfinite(wrong).any() else 0.0
    plot = triangle(timeline, style, "p₁, class 1", "p₂, class 2")
    cells = (0.5 / CELLS, 1 / CELLS)
    plot.heat(wrong, x=cells, y=cells, low=-2.5, high=2.5, tones="two-sided", hover="cosine %{z:.2f}")  # pale: arrows lie on it
    plot.corner("shade: cosine with the truth,<br>blue above 0, orange below", size=13)
    jacobian = np.diag(p) - np.outer(p, p)
    for row, name in enumerate(params.estimators):
        mean, who = a["gradient_mean"][row, -1].astype(np.float64), CAST[name]
        move = -(jacobian @ mean)[:2]
        if (length := float(np.linalg.norm(move))) < 1e-9:
            continue
        # Equal directions must not hide each other: later estimators have shorter arrows, and none leaves the picture.
        tip = np.clip(p[:2] + (0.28 - 0.025 * row) * move / length, 0, 1) - p[:2]
        plot.arrows(p[:1], p[1:2], tip[:1], tip[1:], who, width=3.2, head=11)
        cosine = theory.cosine_between(mean, exact)
        plot.corner("{sign} {name} {cosine:+.2f}", who=who, size=13, sign="✗" if cosine < 0 else "✓", name=who, cosine=cosine)
    plot.corner("τ = {tau}: wrong way on {share:.0%}", who="second", size=13, tau=tau, share=share)
    probability_handle(plot, params)
    name_corners(plot)
    return plot.done("At temperature {tau}, Gumbel-softmax points against the true gradient on {share:.0%} of the triangle.",
        tau=tau, share=share)  # fmt: skip


def budget(timeline: Timeline, style: Style) -> Picture:
    """Root mean square error of an average of S Gumbel-softmax draws against temperature, for four budgets and the chosen one."""
    p, a, s = timeline.params, timeline.frame.arrays, timeline.frame.scalars
    best = s["best_tau"]
    plot = Plot(timeline, style, x=TAU.but(low=0.004), y=Log("RMSE of a step", every=1, powers=True))  # room for S = 16
    if GS in p.estimators:
        for samples in sorted({1, 4, 16, 64, p.samples}):
            chosen = samples == p.samples
            who, width = ("measured", 3) if chosen else ("quiet", 1.5)
            rmse = root_mean_square(*over_taus(timeline, GS), a["exact_gradient"], samples)[2]
            plot.curve(TAUS, rmse, who, width=width, name="S = {samples}", samples=samples)
            plot.label(TAUS[0], rmse[0], "S = {samples}", who, side="left", size=13, samples=samples)
            if chosen and math.isfinite(best):
                value = np.interp(math.log(best), np.log(TAUS), rmse)
                plot.dots([best], [value], "mark", size=12, name="best: τ = {tau:.2f}", label="best: τ = {tau:.2f}", side="below",
                    tau=best)  # fmt: skip
        plot.level(s["exact_norm"], "|g|", "quiet", dash="dot", side="right")
        cursor(plot, p.temperature)
    else:
        plot.corner("choose Gumbel-softmax to see its budget", who="quiet")
    return plot.done("With {samples} draws a step, Gumbel-softmax errs least at temperature {tau:.2f}.",
        samples=p.samples, tau=best)  # fmt: skip


def lottery(timeline: Timeline, style: Style) -> Picture:
    """Cold gradients do not vanish, they become a lottery: the share of draws that are almost zero, and the largest draw."""
    p, a = timeline.params, timeline.frame.arrays
    share, times = a["tiny_share"], a["largest_draw"] / max(timeline.frame.scalars["exact_norm"], 1e-12)
    plot = Plot(timeline, style)
    tiny = Axis("draws < |g|/1000", 0, 1, ticks={0: "0%", 0.5: "50%", 1: "100%"})
    above, below = plot.grid(2, 1, x=TAU, y=[tiny, Log("largest draw / |g|", every=1, powers=True)], share_x=True)
    if GS in p.estimators:
        for panel, values, who in ((above, share, "measured"), (below, times, "second")):
            panel.curve(TAUS, values[:-1], who, points=6, width=1.8, name=panel.y.title)
            cooled(panel, TAUS, values, p.temperature, who)
            cursor(panel, p.temperature)
    else:
        above.corner("choose Gumbel-softmax to see its draws", who="quiet")
    return plot.done(
        "At temperature {tau}, {share:.0%} of the draws are almost zero and the largest is {times:.0f} times the true gradient.",
        tau=tau_text(p.temperature), share=share[-1], times=times[-1],
    )  # fmt: skip
