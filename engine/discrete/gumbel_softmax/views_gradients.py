"""Pictures of the gradient bench: bias and noise against temperature, where the mean gradient points, and the price of a budget."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.discrete.gumbel_softmax import theory
from engine.discrete.gumbel_softmax.gradients import CELLS, TAUS, root_mean_square
from engine.discrete.gumbel_softmax.palette import NAMES, estimator_color, name_corners, probability_handle, tau_text, triangle
from engine.discrete.gumbel_softmax.params import RELAXED, GumbelSoftmaxParams
from engine.discrete.gumbel_softmax.sheet import Sheet
from engine.discrete.gumbel_softmax.views import cursor
from engine.plot.figures import axis

TICKS = {"tickvals": [0.01, 0.1, 1, 10], "ticktext": ["0.01", "0.1", "1", "10"]}


def draws_per_step(name: str, params: GumbelSoftmaxParams) -> int:
    """How many of the measured draws one step averages: leave-one-out draws are already averages."""
    return 1 if name in ("leave-one-out", "exact") else params.samples


def bias_and_noise(timeline: Timeline, look: Style) -> Picture:
    """Above, the length of each estimator's bias with twice its standard error; below, its standard deviation."""
    params, arrays = timeline.params, timeline.frame.arrays
    exact, norm = arrays["exact_gradient"], timeline.frame.scalars["exact_norm"]
    alt = look.t(
        "Bias and standard deviation of {count} estimators against temperature; the exact gradient has length {norm:.3f}."
    ).format(count=len(params.estimators), norm=norm)
    x: dict[str, Any] = {"log": True, "range": [-2, 2.05], **TICKS}
    picture = Sheet(
        look,
        alt=alt,
        x=axis(look, "", domain=[0, 1], anchor="y", showticklabels=False, **x),
        y=axis(look, look.t("bias |E ĝ − g|"), log=True, domain=[0.54, 1], dtick=1, exponentformat="power"),
        xaxis2=axis(look, look.t("temperature τ"), domain=[0, 1], anchor="y2", **x),
        yaxis2=axis(look, look.t("sd of a step"), log=True, domain=[0, 0.47], anchor="x2", dtick=1, exponentformat="power"),
        margin={"l": 78, "r": 12, "t": 20, "b": 50},
    )
    ends: list[tuple[float, str, str]] = []
    low_ends: list[tuple[float, str, str]] = []
    biases: list[float] = []
    for row, name in enumerate(params.estimators):
        if name == "exact":
            continue
        color, text = estimator_color(name, look), look.t(NAMES[name])
        bias, error, _ = root_mean_square(
            arrays["gradient_mean"][row], arrays["gradient_variance"][row], arrays["gradient_count"][row], exact, 1
        )
        sd = np.sqrt(arrays["gradient_variance"][row] / draws_per_step(name, params))
        if name in RELAXED:
            bars = {
                "type": "data",
                "array": np.minimum(2 * error[:-1], 0.9 * bias[:-1]),
                "color": color,
                "thickness": 1.2,
                "width": 0,
            }
            picture.line(TAUS, bias[:-1], color, name=text, error_y=bars)
            picture.line(TAUS, sd[:-1], color, name=text, xaxis="x2", yaxis="y2")
            if 0 < params.temperature < 20:
                picture.dots([params.temperature], [bias[-1]], color, size=10, hoverinfo="skip")
                picture.dots([params.temperature], [sd[-1]], color, size=10, xaxis="x2", yaxis="y2", hoverinfo="skip")
            ends.append((_decades(bias[-2]), text, color))
            low_ends.append((_decades(sd[-2]), text, color))
            biases += [float(v) for v in bias[:-1]]
        else:  # no temperature: horizontal; a bias below its noise is drawn thin
            sure = bias[-1] > 2 * error[-1]
            picture.line(
                [0.01, 5], [bias[-1]] * 2, color, name=text, dash="solid" if sure else "dot", width=2.5 if sure else 1.2
            )
            picture.line([0.01, 5], [sd[-1]] * 2, color, name=text, xaxis="x2", yaxis="y2")
            shown = text if sure else look.t("{name} (0 ± noise)").format(name=text)
            ends.append((_decades(bias[-1]), shown, color))
            low_ends.append((_decades(sd[-1]), text, color))
            biases.append(float(bias[-1]))
    p = theory.class_probabilities(params.first, params.second, params.classes)
    if "straight-through-gumbel" in params.estimators:
        limit = theory.straight_through_limit(p, arrays["corner_slopes"].astype(np.float64))
        size = float(np.linalg.norm(limit - exact))
        if size > 1e-6:
            picture.line([0.01, 5], [size] * 2, look.theory, dash="dash", width=1.8, name=look.t("limit of straight-through"))
            picture.label(-1.95, math.log10(size), look.t("straight-through at τ → 0"), look.theory, yanchor="bottom", size=12)
    positive = [value for value in biases if value > 0] or [1e-3, 1.0]
    low, high = max(math.log10(min(positive)), -5) - 0.2, math.log10(max(*positive, norm)) + 0.35
    picture.layout["y"]["range"] = [low, high]
    picture.line([0.01, 5], [norm] * 2, look.quiet, dash="dot", width=1.5, name="|g|", hoverinfo="skip")
    picture.label(-1.95, math.log10(max(norm, 1e-12)), "|g|", look.quiet, yanchor="bottom", size=12)
    picture.ends(math.log10(5.5), ends, low, high, size=12, gap=0.11)
    sizes = [float(v) for v in np.sqrt(arrays["gradient_variance"].ravel()) if v > 1e-6] or [1.0]
    bottom, top = math.log10(min(sizes)) - 0.3, math.log10(max(sizes)) + 0.2
    picture.layout["yaxis2"]["range"] = [bottom, top]
    picture.ends(math.log10(5.5), low_ends, bottom, top, size=12, gap=0.11, xref="x2", yref="y2")
    cursor(picture, params.temperature, look)
    return picture.build()


def _decades(value: float) -> float:
    return math.log10(max(float(value), 1e-12))


def directions(timeline: Timeline, look: Style) -> Picture:
    """Where one descent step would move p under each mean gradient, over the map of places where the relaxed one misleads."""
    params, arrays = timeline.params, timeline.frame.arrays
    exact = arrays["exact_gradient"].astype(np.float64)
    p = theory.class_probabilities(params.first, params.second)
    wrong = arrays["wrong_way"]
    share = float((wrong[np.isfinite(wrong)] < 0).mean()) if np.isfinite(wrong).any() else 0.0
    alt = look.t(
        "At temperature {tau}, Gumbel-softmax points against the true gradient on {share:.0%} of the triangle."
    ).format(tau=tau_text(params), share=share)
    picture = triangle(look, alt, look.t("p₁, class 1"), look.t("p₂, class 2"))
    centres = (np.arange(CELLS) + 0.5) / CELLS
    inside = "#2a1712" if look.dark else "#fbe3d8"
    fine = "#12261f" if look.dark else "#e3f2ec"
    scale = [[0, "#6b2a14" if look.dark else "#f0a88a"], [0.5, inside], [0.5, fine], [1, "#0f4a38" if look.dark else "#b5dfcf"]]
    picture.heatmap(
        x=centres,
        y=centres,
        z=wrong,
        zmin=-1,
        zmax=1,
        colorscale=scale,
        hovertemplate=look.t("cosine {value}").format(value="%{z:.2f}") + "<extra></extra>",
    )
    jacobian = np.diag(p) - np.outer(p, p)
    notes = []
    for row, name in enumerate(params.estimators):
        mean = arrays["gradient_mean"][row, -1].astype(np.float64)
        move = -jacobian @ mean
        length = float(np.linalg.norm(move[:2]))
        if length < 1e-9:
            continue
        cosine = theory.cosine_between(mean, exact)
        color = estimator_color(name, look)
        # Equal directions must not hide each other: later estimators have shorter arrows, and none leaves the picture.
        picture.arrow(p[:2], np.clip(p[:2] + (0.28 - 0.025 * row) * move[:2] / length, 0, 1), color)
        sign = "✗" if cosine < 0 else "✓"
        notes.append((f"{sign} {look.t(NAMES[name])} {cosine:+.2f}", color))
    probability_handle(picture, params, look)
    name_corners(picture, look)
    picture.note(look.t("cosine with the truth"), look.text)
    for index, (text, color) in enumerate(notes):
        picture.note(text, color, y=0.92 - 0.058 * index, size=13)
    picture.note(
        look.t("τ = {tau}: wrong way on {share:.0%}").format(tau=tau_text(params), share=share),
        look.second,
        y=0.92 - 0.058 * len(notes),
        size=13,
    )
    return picture.build()


def budget(timeline: Timeline, look: Style) -> Picture:
    """Root mean square error of an average of S Gumbel-softmax draws against temperature, for four budgets and the chosen one."""
    params, arrays = timeline.params, timeline.frame.arrays
    best = timeline.frame.scalars["best_tau"]
    alt = look.t("With {samples} draws a step, Gumbel-softmax errs least at temperature {tau:.2f}.").format(
        samples=params.samples, tau=best
    )
    picture = Sheet(
        look,
        alt=alt,
        x=axis(look, look.t("temperature τ"), log=True, range=[-2.15, 1], **TICKS),
        y=axis(look, look.t("RMSE of a step"), log=True, dtick=1, exponentformat="power"),
    )
    if "gumbel-softmax" not in params.estimators:
        picture.note(look.t("choose Gumbel-softmax to see its budget"), look.quiet)
        return picture.build()
    row = params.estimators.index("gumbel-softmax")
    moments = (arrays["gradient_mean"][row, :-1], arrays["gradient_variance"][row, :-1], arrays["gradient_count"][row, :-1])
    for samples in sorted({1, 4, 16, 64, params.samples}):
        chosen = samples == params.samples
        _, _, rmse = root_mean_square(*moments, arrays["exact_gradient"], samples)
        color = look.measured if chosen else look.quiet
        picture.line(TAUS, rmse, color, width=3 if chosen else 1.5, name=f"S = {samples}")
        picture.label(math.log10(TAUS[0]), _decades(rmse[0]), f"S = {samples} ", color, size=12, xanchor="right")
        if chosen and math.isfinite(best):
            value = float(np.interp(math.log(best), np.log(TAUS), rmse))
            picture.dots([best], [value], look.mark, size=12)
            picture.label(
                math.log10(best),
                math.log10(value),
                look.t("best: τ = {tau:.2f}").format(tau=best),
                look.mark,
                yanchor="top",
                xanchor="center",
                yshift=-10,
            )
    picture.line([TAUS[0], 5], [timeline.frame.scalars["exact_norm"]] * 2, look.quiet, dash="dot", width=1.5, name="|g|")
    picture.label(math.log10(5.2), _decades(timeline.frame.scalars["exact_norm"]), "|g|", look.quiet)
    cursor(picture, params.temperature, look)
    return picture.build()


def lottery(timeline: Timeline, look: Style) -> Picture:
    """Cold gradients do not vanish, they become a lottery: the share of draws that are almost zero, and the largest draw."""
    params, arrays = timeline.params, timeline.frame.arrays
    share, largest = arrays["tiny_share"], arrays["largest_draw"]
    norm = max(timeline.frame.scalars["exact_norm"], 1e-12)
    alt = look.t(
        "At temperature {tau}, {share:.0%} of the draws are almost zero and the largest is {times:.0f} times the true gradient."
    ).format(tau=tau_text(params), share=share[-1], times=largest[-1] / norm)
    picture = Sheet(
        look,
        alt=alt,
        x=axis(look, "", log=True, range=[-2, 1], anchor="y", showticklabels=False, **TICKS),
        y=axis(look, look.t("draws < |g|/1000"), range=[0, 1], domain=[0.55, 1], tickformat=".0%"),
        xaxis2=axis(look, look.t("temperature τ"), log=True, range=[-2, 1], anchor="y2", **TICKS),
        yaxis2=axis(
            look, look.t("largest draw / |g|"), log=True, domain=[0, 0.45], anchor="x2", dtick=1, exponentformat="power"
        ),
    )
    if "gumbel-softmax" not in params.estimators:
        picture.note(look.t("choose Gumbel-softmax to see its draws"), look.quiet)
        return picture.build()
    picture.line(TAUS, share[:-1], look.measured)
    picture.dots(TAUS, share[:-1], look.measured, size=6)
    picture.line(TAUS, largest[:-1] / norm, look.second, xaxis="x2", yaxis="y2")
    picture.dots(TAUS, largest[:-1] / norm, look.second, size=6, xaxis="x2", yaxis="y2")
    cursor(picture, params.temperature, look)
    return picture.build()
