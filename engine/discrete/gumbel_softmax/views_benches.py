"""Pictures of the normal bench and of the dimension bench."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.discrete.gumbel_softmax import theory
from engine.discrete.gumbel_softmax.dimension import COUNTS, METHODS, TARGET
from engine.discrete.gumbel_softmax.palette import NAMES, estimator_color, tau_text
from engine.discrete.gumbel_softmax.params import GumbelSoftmaxParams
from engine.discrete.gumbel_softmax.sheet import Sheet
from engine.plot.figures import axis


def predicted_variances(params: GumbelSoftmaxParams, grid: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(pathwise, score function) of (6), (7) or the step, on a grid of ω (cosine) or σ."""
    if params.wave == "cosine":
        return theory.cosine_variances(grid, params.mu, params.sigma)
    if params.wave == "square":
        return theory.square_variances(params.mu, grid)
    return theory.step_variances(params.mu, grid)


def predicted_gradient(params: GumbelSoftmaxParams) -> float:
    """The true d/dμ at the present values."""
    if params.wave == "cosine":
        return float(theory.cosine_gradient(params.omega, params.mu, params.sigma))
    return 2 * params.mu if params.wave == "square" else float(theory.step_gradient(params.mu, params.sigma))


def present(params: GumbelSoftmaxParams) -> float:
    """The present value on the bench's axis: ω for the cosine, σ else."""
    return params.omega if params.wave == "cosine" else params.sigma


def variances(timeline: Timeline, look: Style) -> Picture:
    """Variance of one pathwise and of one score-function gradient: closed forms dashed, measured dots."""
    params, arrays, scalars = timeline.params, timeline.frame.arrays, timeline.frame.scalars
    grid, measured = arrays["normal_grid"].astype(np.float64), arrays["normal_variance"]
    fine = np.geomspace(grid[0], grid[-1], 200)
    path, score = predicted_variances(params, fine)
    alt = look.t("Variance now: pathwise {path:.3g}, score function {score:.3g}.").format(
        path=scalars["path_variance"], score=scalars["score_variance"]
    )
    ticks = [0.1, 0.3, 1, 3, 10]
    title = look.t("frequency ω") if params.wave == "cosine" else look.t("width σ")
    top = float(np.log10(max(path.max(), score.max()))) + 0.3
    low = max(float(np.log10(max(min(path[path > 0].min(initial=1.0), score.min()), 1e-4))) - 0.3, top - 6)
    picture = Sheet(
        look,
        alt=alt,
        x=axis(
            look,
            title,
            log=True,
            tickvals=ticks,
            ticktext=[str(t) for t in ticks],
            range=[math.log10(grid[0]) - 0.03, math.log10(grid[-1]) + 0.03],
        ),
        y=axis(look, look.t("variance of one draw"), log=True, dtick=1, exponentformat="power", range=[low, top]),
    )
    names = look.t("pathwise"), look.t("score function")
    for row, (curve, color, name) in enumerate(zip((path, score), (look.first, look.second), names, strict=True)):
        if (curve > 0).all():
            picture.line(fine, curve, color, dash="dash", width=2, name=name)
        good = measured[row] > 0
        picture.dots(grid[good], measured[row][good], color, size=9, name=name)
        at = 60 if row == 0 else 20
        if curve[at] > 0:
            picture.label(
                math.log10(fine[at]), math.log10(curve[at]), name, color, yanchor="bottom", xanchor="center", yshift=8
            )
    if params.wave == "jump":
        picture.note(
            look.t("pathwise: variance 0, and wrong:<br>slope 0 everywhere, truth {value:.3f}").format(
                value=predicted_gradient(params)
            ),
            look.first,
        )
    crossings: Iterable[int] = np.flatnonzero(np.diff(np.sign(path - score)) != 0) if (path > 0).all() else []
    for index in crossings:
        x = float(fine[index])
        picture.upright(x, look.theory, dash="dot", width=1.4)
        picture.label(math.log10(x), low + 0.08, look.t(" equal at {value:.2f}").format(value=x), look.theory, yanchor="bottom")
    x = present(params)
    picture.upright(x, look.mark, dash="dot", width=1.6)
    return picture.build()


def needles(timeline: Timeline, look: Style) -> Picture:
    """Fifty gradients of each kind as needles: their slope is the gradient; the dashed one is the truth."""
    params, both = timeline.params, timeline.frame.arrays["needles"].astype(np.float64)
    truth, scalars = predicted_gradient(params), timeline.frame.scalars
    alt = look.t("Fifty pathwise and fifty score-function gradients; the true gradient is {value:.3f}.").format(value=truth)
    reach = max(float(np.abs(both).max()), abs(truth), 0.1) * 1.1
    picture = Sheet(
        look,
        alt=alt,
        x=axis(look, "", range=[-0.15, 2.8], visible=False),
        y=axis(look, look.t("gradient dL/dμ"), range=[-reach, reach]),
    )
    titles = look.t("pathwise"), look.t("score function")
    for side, (title, color) in enumerate(zip(titles, (look.first, look.second), strict=True)):
        start = 1.4 * side
        x, y = np.full(3 * both.shape[1], np.nan), np.full(3 * both.shape[1], np.nan)
        x[0::3], x[1::3] = start, start + 1
        y[0::3], y[1::3] = 0.0, both[side]
        picture.line(x, y, color, width=1, opacity=0.5, hoverinfo="skip")
        picture.dots(np.full(both.shape[1], start + 1), both[side], color, size=6, name=title)
        picture.line([start, start + 1], [0, truth], look.theory, dash="dash", width=3, hoverinfo="skip")
        mean = scalars["path_mean"] if side == 0 else scalars["score_mean"]
        picture.label(
            start + 0.5,
            reach * 0.97,
            f"<b>{title}</b><br>" + look.t("mean {value:.3f}").format(value=mean),
            color,
            xanchor="center",
            yanchor="top",
        )
    text = look.t("truth {value:.3f}").format(value=truth)
    picture.label(1.2, truth, text, look.theory, xanchor="center", bgcolor=look.background)
    return picture.build()


def dimension(timeline: Timeline, look: Style) -> Picture:
    """Noise of the whole gradient against the number of variables; closed forms of the score functions dashed."""
    return _many(timeline, look, relative=False)


def relative_noise(timeline: Timeline, look: Style) -> Picture:
    """The same noise, divided by the length of each estimator's own mean gradient."""
    return _many(timeline, look, relative=True)


def _many(timeline: Timeline, look: Style, *, relative: bool) -> Picture:
    params, arrays = timeline.params, timeline.frame.arrays
    counts = np.array(COUNTS, np.float64)
    values = arrays["many_sd"] / np.maximum(arrays["many_norm"], 1e-12) if relative else arrays["many_sd"]
    alt = look.t("At 256 variables the noise is {values}.").format(
        values=", ".join(f"{look.t(NAMES[name])} {values[row, -1]:.3g}" for row, name in enumerate(METHODS))
    )
    picture = Sheet(
        look,
        alt=alt,
        x=axis(
            look,
            look.t("binary variables M"),
            log=True,
            range=[-0.1, 3.55],
            tickvals=list(COUNTS),
            ticktext=[str(c) for c in COUNTS],
        ),
        y=axis(
            look,
            look.t("sd / |mean gradient|") if relative else look.t("sd of one draw"),
            log=True,
            dtick=1,
            exponentformat="power",
        ),
    )
    ends: list[tuple[float, str, str]] = []
    for row, name in enumerate(METHODS):
        color, text = estimator_color(name, look), look.t(NAMES[name])
        picture.line(counts, values[row], color, name=text)
        picture.dots(counts, values[row], color, name=text, size=8)
        ends.append((math.log10(max(float(values[row, -1]), 1e-9)), text, color))
    fine = np.unique(np.geomspace(1, 256, 40).astype(int))
    known = np.array([theory.many_score_variances(int(count), TARGET, params.rloo) for count in fine])
    size = np.array([theory.many_gradient_norm(int(count), TARGET) for count in fine]) if relative else np.ones(len(fine))
    for column in range(2):
        picture.line(fine, np.sqrt(known[:, column]) / size, look.theory, dash="dash", width=1.6, hoverinfo="skip")
    positive = values[values > 1e-9]
    low, high = math.log10(float(positive.min(initial=1.0))) - 0.2, math.log10(float(positive.max(initial=1.0))) + 0.3
    picture.layout["y"]["range"] = [low, high]
    picture.ends(math.log10(300), ends, low, high, size=13)
    picture.note(
        look.t("f = M (ȳ − 0.45)², τ = {tau}").format(tau=tau_text(params)), look.text, x=0.02, xanchor="left", align="left"
    )
    return picture.build()
