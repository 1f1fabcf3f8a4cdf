"""Theory beside measurement: the ellipse law, ELBO surgery over time, the ladder of KL against beta, losses, bounds."""

from __future__ import annotations

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.latent.vae_geometry.theory import water_filling
from engine.latent.vae_geometry.views.palette import note, points, shown, stroke, tinted
from engine.plot.figures import axis, figure, mark_changes, over_time

SETTLED = 150  # steps after a change of beta before a dot of the ladder counts


def ellipse_law(timeline: Timeline, look: Style) -> Picture:
    """Every code's sigma^2 per axis: what the encoder says against law (13)."""
    frame, params = timeline.frame, timeline.params
    arrays, scalars = frame.arrays, frame.scalars
    predicted, measured = 2 * np.log10(arrays["predicted"]), 2 * np.log10(arrays["sigmas"])
    low = float(np.floor(2 * min(predicted.min(), measured.min())) / 2) - 0.1
    high = max(float(np.ceil(2 * max(predicted.max(), measured.max())) / 2), 0.0) + 0.1
    correlation, bias = scalars["law_correlation"], scalars["law_bias"]
    picture = figure(
        look,
        alt=look.t("Measured against predicted ellipse sizes: correlation {value:.3f}.").format(value=correlation),
        x=axis(look, look.t("law (13): log₁₀ 1/(1 + Gᵢᵢ/s)"), range=[low, high]),
        y=axis(look, look.t("encoder: log₁₀ σᵢ²"), range=[low, high], scaleanchor="x"),
        annotations=[
            note(
                0.03,
                0.96,
                look.t("correlation {value}").format(value=f"<b>{shown(correlation, 3)}</b>"),
                look.measured,
                size=15,
            ),
            note(0.03, 0.89, look.t("median of ln σ² − ln law: {value}").format(value=shown(bias, 3)), look.quiet),
        ],
    )
    traces = [stroke([low, high], [low, high], look.theory, dash="dash", width=2)]
    if predicted.shape[1] == 2:  # the two axes of an ellipse by circles and diamonds
        for index, symbol in enumerate(("circle", "diamond")):
            pair = predicted[:, index], measured[:, index]
            marker = {"symbol": symbol}
            traces.append(tinted(*pair, arrays["hue"], params, look, size=5, opacity=0.7, marker=marker))
    else:
        hue = np.repeat(arrays["hue"], predicted.shape[1])
        traces.append(tinted(predicted.ravel(), measured.ravel(), hue, params, look, size=4, opacity=0.6))
    if params.plane:
        at = int(scalars["probe_index"])
        ring = {"color": look.background, "size": 12, "line": {"color": look.text, "width": 2.5}}
        traces.append(points(predicted[at], measured[at], ring))
    picture.add(*traces)
    return picture


def surgery(timeline: Timeline, look: Style) -> Picture:
    """The mean KL of one ellipse split into mutual information and the KL of the union, over time; and coverage below."""
    scalars = timeline.frame.scalars
    steps, each = timeline.trace("each_kl")
    union, limit = timeline.trace("union_kl")[1], scalars["log_n"]
    last = max(float(steps[-1]), 1.0)
    room = [0, last * 1.62]
    highest = float(np.nanmax(each)) if np.isfinite(each).any() else limit
    top = min(max(highest, limit) * 1.1, 4 * limit)
    traces = [
        stroke(steps, union, look.measured, fill="tozeroy"),
        stroke(steps, each, look.second, fill="tonexty"),
        stroke([0, last], [limit, limit], look.theory, dash="dash", width=2),
    ]
    words = [
        (limit, look.t("log N = {value}").format(value=shown(limit)), look.theory),
        (scalars["each_kl"], look.t("each ellipse {value}").format(value=shown(scalars["each_kl"])), look.second),
        (
            scalars["union_kl"] + scalars["information"] / 2,
            look.t("= information {value}").format(value=shown(scalars["information"])),
            look.text,
        ),
        (scalars["union_kl"] / 2, look.t("+ union {value}").format(value=shown(scalars["union_kl"])), look.measured),
    ]
    labels = _apart([(min(value, 0.98 * top), text, color) for value, text, color in words], 0.085 * top)
    notes = [_tag(last, value, text, color, "x", "y") for value, text, color in labels]
    parts = []
    for name, text, color in (
        ("held_out", look.t("test codes inside {value}").format(value=shown(scalars["held_out"])), look.good),
        ("coverage", look.t("prior covered {value}").format(value=shown(scalars["coverage"])), look.measured),
    ):
        traces.append(stroke(steps, timeline.trace(name)[1], color, xaxis="x2", yaxis="y2"))
        parts.append((scalars[name], text, color))
    notes += [_tag(last, value, text, color, "x2", "y2") for value, text, color in _apart(parts, 0.2)]
    picture = figure(
        look,
        alt=look.t(
            "A single ellipse is {each:.2f} nats from the disc, their union {union:.2f}; coverage {coverage:.2f}."
        ).format(each=scalars["each_kl"], union=scalars["union_kl"], coverage=scalars["coverage"]),
        x=axis(look, "", range=room, showticklabels=False, anchor="y"),
        y=axis(look, look.t("nats"), domain=[0.42, 1.0], range=[0, top]),
        xaxis2=axis(look, look.t("step"), range=room, anchor="y2"),
        yaxis2=axis(look, look.t("fraction"), domain=[0.0, 0.32], range=[-0.04, 1.08], nticks=3),
        annotations=notes,
    )
    picture.add(*traces)
    mark_changes(picture, timeline, look)
    return picture


def _apart(items: list[tuple[float, str, str]], gap: float) -> list[tuple[float, str, str]]:
    """Labels (place, text, colour) moved apart downwards from the highest, and up again from the floor."""
    placed: list[tuple[float, str, str]] = []
    ceiling = np.inf
    for value, text, color in sorted(items, key=lambda item: -item[0] if np.isfinite(item[0]) else np.inf):
        ceiling = min(value if np.isfinite(value) else 0.0, ceiling - gap)
        placed.append((ceiling, text, color))
    lift = max(0.5 * gap - placed[-1][0], 0.0) if placed else 0.0
    floor = -np.inf
    raised = []
    for index, (value, text, color) in enumerate(reversed(placed)):
        floor = max(value + (lift if index == 0 else 0.0), floor + gap)
        raised.append((floor, text, color))
    return raised


def _tag(x: float, y: float, text: str, color: str, xref: str, yref: str) -> dict:
    """A label just right of the last step."""
    return note(x, y, " " + text, color, size=13, xref=xref, yref=yref)


def ladder(timeline: Timeline, look: Style) -> Picture:
    """KL per axis against beta / beta_c: water-filling curves dashed, a dot wherever the run has settled."""
    frame, params = timeline.frame, timeline.params
    scalars, spectrum = frame.scalars, np.nan_to_num(frame.arrays["spectrum"].astype(np.float64))
    axes, ratio = params.code_size, scalars["beta_ratio"]
    grid = np.geomspace(1e-3, 3, 121)
    theory = water_filling(spectrum, grid * spectrum[0], axes)["kl"]
    now = max(ratio, 1e-3)
    gap = np.full((1, axes), np.nan)
    together = np.concatenate([theory, gap]).T.ravel()
    traces = [stroke(np.tile([*grid, np.nan], axes), together, look.theory, dash="dash", width=1.8)]
    steps, ratios = timeline.trace("beta_ratio")
    kept = _settled(steps, ratios) & (ratios >= 1e-3)
    notes = [
        note(
            0.97, 0.96, look.t("β_c = λ₁/σₓ² = {value}").format(value=shown(scalars["beta_c"], 1)), look.theory, anchor="right"
        ),
        note(0.03, 0.05, look.t("dashed: linear theory (9)"), look.theory),
        note(0.02, 0.55 * theory[0, 0], look.t("every axis<br>is dead"), look.mark, xref="x", yref="y", size=13),
    ]
    highest = float(theory[0, 0])
    for index in range(axes):
        color, value = look.series[index], scalars[f"kl_{index + 1}"]
        traces.append(
            points(ratios[kept], timeline.trace(f"kl_{index + 1}")[1][kept], {"color": color, "size": 5, "opacity": 0.4})
        )
        traces.append(points([now], [value], {"color": color, "size": 13}))
        if np.isfinite(value) and (index < 3 or value > 0.1):
            notes.append(note(np.log10(now), value, f"   {index + 1}", color, xref="x", yref="y", size=13))
            highest = max(highest, value)
    picture = figure(
        look,
        alt=look.t("β is {ratio:.3f} of β_c = {critical:.1f}; the strongest axis carries {kl:.2f} nats.").format(
            ratio=ratio, critical=scalars["beta_c"], kl=scalars["kl_1"]
        ),
        x=axis(look, look.t("β / β_c"), log=True, range=[-3.05, 0.48], dtick=1),
        y=axis(look, look.t("KL of an axis (nats)"), range=[-0.03 * highest, 1.05 * highest]),
        annotations=notes,
        shapes=[
            {
                "type": "line",
                "x0": 1,
                "x1": 1,
                "y0": 0,
                "y1": 1,
                "yref": "y domain",
                "line": {"color": look.mark, "width": 2, "dash": "dot"},
            }
        ],
    )
    picture.add(*traces)
    return picture


def _settled(steps: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Which moments lie at least SETTLED steps after the last change of a value."""
    changed = np.abs(np.diff(values, prepend=values[:1])) > 1e-9 * np.maximum(np.abs(values), 1e-12)
    last = np.maximum.accumulate(np.where(changed, steps, steps[0]))
    return steps - last >= SETTLED


def losses(timeline: Timeline, look: Style) -> Picture:
    """Squared errors of both arms and the KL, over time."""
    scalars = timeline.frame.scalars
    curves = [("error", look.t("VAE error"), look.first), ("kl", look.t("KL (nats)"), look.quiet)]
    if timeline.params.twin:
        curves.insert(1, ("ae_error", look.t("AE error"), look.second))
    return over_time(
        timeline,
        look,
        curves,
        alt=look.t("Squared error {error:.3f}, KL {kl:.2f} nats.").format(error=scalars["error"], kl=scalars["kl"]),
        y=axis(look, look.t("squared error ‖x − f(z)‖²; KL"), log=True, dtick=1, exponentformat="power"),
        dash={"kl": "dot"},
    )


def bounds(timeline: Timeline, look: Style) -> Picture:
    """Importance-weighted bounds against the number of draws; log p(x) itself where quadrature was asked for."""
    scalars, values = timeline.frame.scalars, timeline.frame.arrays["bounds"].astype(np.float64)
    draws, known, exact = 2.0 ** np.arange(len(values)), np.isfinite(values), scalars["log_likelihood"]
    line = stroke(draws[known], values[known], look.measured)
    traces = [line | {"mode": "lines+markers", "marker": {"color": look.measured, "size": 9}}]
    notes = []
    if known.any():
        notes.append(note(0.06, values[0], look.t("  ELBO (k = 1)"), look.measured, xref="x", yref="y"))
    if np.isfinite(exact):
        traces.append(stroke([0.7, 600], [exact, exact], look.theory, dash="dash", width=2))
        text = look.t("log p(x) by quadrature: {value}").format(value=shown(exact))
        notes.append(note(0.0, exact, text, look.theory, xref="x", yref="y", yanchor="bottom"))
    else:
        notes.append(note(0.97, 0.05, look.t("“Full quality” adds log p(x) itself"), look.quiet, anchor="right"))
    picture = figure(
        look,
        alt=look.t("The bound rises from {low:.2f} with one draw to {high:.2f} nats.").format(
            low=values[0], high=values[known][-1] if known.any() else float("nan")
        ),
        x=axis(look, look.t("draws k from the encoder's ellipse"), log=True, range=[-0.15, 2.75], dtick=1),
        y=axis(look, look.t("bound on log p(x) (nats)")),
        annotations=notes,
    )
    picture.add(*traces)
    return picture
