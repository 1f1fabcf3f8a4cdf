"""Pictures of the normal bench and of the dimension bench."""

from __future__ import annotations

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.discrete.gumbel_softmax import theory
from engine.discrete.gumbel_softmax.benches.dimension import COUNTS, METHODS, TARGET
from engine.discrete.gumbel_softmax.benches.normal import predicted_gradient, predicted_variances, present
from engine.discrete.gumbel_softmax.names import CAST, FAMILIES, tau_text
from engine.plot import Axis, Log, Plot


def variances(timeline: Timeline, style: Style) -> Picture:
    """Variance of one pathwise and of one score-function gradient: closed forms dashed, measured dots."""
    p, a, s = timeline.params, timeline.frame.arrays, timeline.frame.scalars
    grid = a["normal_grid"].astype(np.float64)
    fine = np.geomspace(grid[0], grid[-1], 200)
    path, score = predicted_variances(p, fine)
    top = 2 * max(path.max(), score.max())
    low = max(min(path[path > 0].min(initial=1.0), score.min()) / 2, 1e-4, top / 1e6)
    x = Log("frequency ω" if p.wave == "cosine" else "width σ", 0.95 * grid[0], 1.05 * grid[-1], ticks=(0.1, 0.3, 1, 3, 10))
    plot = Plot(timeline, style, x=x, y=Log("variance of one draw", low, top, every=1, powers=True))
    for curve, measured, who, at in zip((path, score), a["normal_variance"], FAMILIES.values(), (60, 20), strict=True):
        if (curve > 0).all():
            plot.theory(fine, curve, who)
            plot.label(fine[at], curve[at], "{name}", who, side="above", name=who)
        plot.dots(grid, np.where(measured > 0, measured, np.nan), who, size=9)
    if p.wave == "jump":
        value = predicted_gradient(p)
        said = FAMILIES["pathwise"]
        plot.corner("pathwise: variance 0, and wrong:<br>slope 0 everywhere, truth {value:.3f}", who=said, value=value)
    elif (path > 0).all():
        for index in np.flatnonzero(np.diff(np.sign(path - score))):
            plot.upright(fine[index], "equal at {value:.2f}", "theory", at=0.0)
    here = present(p)
    for curve, who in zip((path, score), FAMILIES.values(), strict=True):  # bold up to the present value, written there
        if (curve > 0).all():
            value = float(np.interp(np.log(here), np.log(fine), curve))
            passed = fine < here
            plot.curve(np.append(fine[passed], here), np.append(curve[passed], value), who, width=5, hover=False)
            plot.dots([here], [value], who, size=13, hover=False, label="{value:.3g}", value=value)
    plot.upright(here)
    return plot.done("Variance now: pathwise {path:.3g}, score function {score:.3g}.",
        path=s["path_variance"], score=s["score_variance"])  # fmt: skip


def needles(timeline: Timeline, style: Style) -> Picture:
    """Fifty gradients of each kind as needles: their slope is the gradient; the dashed one is the truth."""
    s, both = timeline.frame.scalars, timeline.frame.arrays["needles"].astype(np.float64)
    truth = predicted_gradient(timeline.params)
    reach = max(float(np.abs(both).max()), abs(truth), 0.1) * 1.1
    plot = Plot(timeline, style)
    panels = plot.grid(1, 2, x=Axis("", 0, 1.05, hidden=True), y=Axis("gradient dL/dμ", -reach, reach, zero=True), share_y=True)
    for panel, who, values, mean in zip(panels, FAMILIES.values(), both, ("path_mean", "score_mean"), strict=True):
        stems = np.stack([np.zeros(len(values)), values, np.full(len(values), np.nan)], 1).ravel()
        panel.curve(np.tile([0, 1, np.nan], len(values)), stems, who, width=1, opacity=0.5, hover=False)
        panel.dots(np.ones(len(values)), values, who, size=6)
        panel.theory([0, 1], [0, truth], width=3, hover=False)
        panel.title("<b>{name}</b>", name=who)
        panel.title("mean {value:.3f}", value=s[mean])
    panels[0].corner("truth {value:.3f}", "top left", "theory", value=truth)
    return plot.done("Fifty pathwise and fifty score-function gradients; the true gradient is {value:.3f}.", value=truth)


def dimension(timeline: Timeline, style: Style) -> Picture:
    """Noise of the whole gradient against the number of variables; closed forms of the score functions dashed."""
    return _many(timeline, style, relative=False)


def relative_noise(timeline: Timeline, style: Style) -> Picture:
    """The same noise, divided by the length of each estimator's own mean gradient."""
    return _many(timeline, style, relative=True)


def _many(timeline: Timeline, style: Style, *, relative: bool) -> Picture:
    p, a = timeline.params, timeline.frame.arrays
    values = a["many_sd"] / np.maximum(a["many_norm"], 1e-12) if relative else a["many_sd"]
    y = Log("sd / |mean gradient|" if relative else "sd of one draw", every=1, powers=True)
    plot = Plot(timeline, style, x=Log("binary variables M", 0.8, 300, ticks=COUNTS), y=y)
    for name, row in zip(METHODS, values, strict=True):
        plot.curve(COUNTS, np.where(row > 1e-9, row, np.nan), CAST[name], points=8, end="{name}", outside=True)
    fine = np.unique(np.geomspace(1, 256, 40).astype(int))
    known = np.sqrt([theory.many_score_variances(int(count), TARGET, p.rloo) for count in fine])
    size = np.array([theory.many_gradient_norm(int(count), TARGET) for count in fine]) if relative else np.ones(len(fine))
    for column in range(2):
        plot.theory(fine, known[:, column] / size, width=1.6, hover=False)
    plot.corner("f = M (ȳ − 0.45)², τ = {tau}", "top left", tau=tau_text(p.temperature))
    said = ", ".join(f"{CAST[name].name(style)} {values[row, -1]:.3g}" for row, name in enumerate(METHODS))
    return plot.done("At 256 variables the noise is {values}.", values=said)
