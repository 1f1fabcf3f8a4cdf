"""Theory beside measurement: the ellipse law, ELBO surgery over time, the ladder of KL against beta, losses, bounds."""

from __future__ import annotations

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.latent.filling import rates
from engine.latent.vae_geometry.names import ARMS, samples
from engine.plot import Axis, Log, Plot

SETTLED = 150  # steps after a change of beta before a dot of the ladder counts
LEAST, MOST = 1e-3, 3.0  # beta / beta_c on the ladder


def ellipse_law(timeline: Timeline, style: Style) -> Picture:
    """Every code's sigma^2 per axis: what the encoder says against law (13)."""
    a, s, params = timeline.frame.arrays, timeline.frame.scalars, timeline.params
    law, measured = (np.square(a[name], dtype=np.float64) for name in ("predicted", "sigmas"))
    low, high = 0.8 * min(law.min(), measured.min()), 1.25 * max(law.max(), measured.max(), 1.0)
    across, up = Log("law (13): 1/(1 + Gᵢᵢ/s)", low, high, every=1), Log("encoder: σᵢ²", low, high, every=1, square="fill")
    plot = Plot(timeline, style, across, up)
    plot.theory([low, high], [low, high], hover=False)
    for index, pair in enumerate(zip(law.T, measured.T, strict=True)):  # the axes of an ellipse by circles and diamonds
        samples(plot, np.stack(pair, 1), timeline, symbol=("circle", "diamond")[index % 2], size=5, opacity=0.7)
    if params.plane:
        at = int(s["probe_index"])
        plot.dots(law[at], measured[at], "background", ring="text", size=12, hover=False)
    plot.corner("correlation <b>{value:.3f}</b>", "top left", "measured", size=15, value=s["law_correlation"])
    plot.corner("median of ln σ² − ln law: {value:.3f}", "top left", "quiet", value=s["law_bias"])
    return plot.done("Measured against predicted ellipse sizes: correlation {value:.3f}.", value=s["law_correlation"])


def surgery(timeline: Timeline, style: Style) -> Picture:
    """The mean KL of one ellipse split into mutual information and the KL of the union, over time; and coverage below."""
    s, now = timeline.frame.scalars, timeline.frame.step
    each, limit = timeline.trace("each_kl")[1], s["log_n"]
    highest = float(np.nanmax(each)) if np.isfinite(each).any() else limit
    plot = Plot(timeline, style)
    y = [Axis("nats", 0, min(max(highest, limit) * 1.1, 4 * limit)), Axis("fraction", -0.04, 1.08, ticks=(0, 0.5, 1))]
    nats, share = plot.grid(2, 1, x="step", y=y, heights=(2, 1), share_x=True)
    nats.over_time("union_kl", "measured", end="", name="KL of the union", fill="zero")
    nats.over_time("each_kl", "second", fill="previous", end="each ellipse {value:.2f}", value=s["each_kl"])
    nats.level(limit, "log N = {value:.2f}", side="end")
    middle = s["union_kl"] + s["information"] / 2
    nats.label(now, middle, "= information {value:.2f}", side="end", value=s["information"])
    nats.label(now, s["union_kl"] / 2, "+ union {value:.2f}", "measured", side="end", value=s["union_kl"])
    share.over_time("held_out", "good", end="test codes inside {value:.2f}", value=s["held_out"])
    share.over_time("coverage", "measured", end="prior covered {value:.2f}", value=s["coverage"])
    return plot.done(
        "A single ellipse is {each:.2f} nats from the disc, their union {union:.2f}; coverage {coverage:.2f}.",
        each=s["each_kl"], union=s["union_kl"], coverage=s["coverage"],
    )  # fmt: skip


def ladder(timeline: Timeline, style: Style) -> Picture:
    """KL per axis against beta / beta_c: water-filling curves dashed, a dot wherever the run has settled."""
    s, axes = timeline.frame.scalars, timeline.params.code_size
    spectrum = np.nan_to_num(timeline.frame.arrays["spectrum"].astype(np.float64))
    grid = np.geomspace(LEAST, MOST, 121)
    theory = rates(spectrum, grid * spectrum[0], axes)
    now = max(s["beta_ratio"], LEAST)
    values = [s[f"kl_{index + 1}"] for index in range(axes)]
    named = [np.isfinite(value) and (index < 3 or value > 0.1) for index, value in enumerate(values)]
    top = max(float(theory[0, 0]), *(value for value, known in zip(values, named, strict=True) if known), 0.0)
    across = Log("β / β<sub>c</sub>", 0.9 * LEAST, MOST, every=1)
    plot = Plot(timeline, style, across, Axis("KL of an axis (nats)", -0.03 * top, 1.05 * top))
    curves = np.vstack([theory, np.full((1, axes), np.nan)]).T.ravel()
    plot.theory(np.tile([*grid, np.nan], axes), curves, width=1.8, hover=False)
    passed = np.append(grid[grid < now], now)  # bold up to the present β
    for row in rates(spectrum, passed * spectrum[0], axes).T:
        plot.theory(passed, row, width=3.6, hover=False)
    steps, ratios = timeline.trace("beta_ratio")
    kept = _settled(steps, ratios) & (ratios >= LEAST)
    for index, value in enumerate(values):
        past = timeline.trace(f"kl_{index + 1}")[1][kept]
        plot.dots(ratios[kept], past, index, size=5, opacity=0.4, hover=False)
        plot.dots(now, value, index, size=13, name="axis {axis}", label="{axis}" if named[index] else "", axis=index + 1)
    plot.upright(1.0, "every axis<br>is dead", at=0.55)
    plot.corner("β<sub>c</sub> = λ₁/σₓ² = {value:.1f}", "top", "theory", value=s["beta_c"])
    plot.title("dashed: linear theory (9)")
    return plot.done(
        "β is {ratio:.3f} of β_c = {critical:.1f}; the strongest axis carries {kl:.2f} nats.",
        ratio=s["beta_ratio"], critical=s["beta_c"], kl=s["kl_1"],
    )  # fmt: skip


def _settled(steps: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Which moments lie at least SETTLED steps after the last change of a value."""
    changed = np.abs(np.diff(values, prepend=values[:1])) > 1e-9 * np.maximum(np.abs(values), 1e-12)
    last = np.maximum.accumulate(np.where(changed, steps, steps[0]))
    return steps - last >= SETTLED


def losses(timeline: Timeline, style: Style) -> Picture:
    """Squared errors of both arms and the KL, over time."""
    s = timeline.frame.scalars
    plot = Plot(timeline, style, "step", Log("squared error ‖x − f(z)‖²; KL", every=1, powers=True), left=76)
    plot.over_time("error", ARMS["vae"], end="VAE error")
    if timeline.params.twin:
        plot.over_time("ae_error", ARMS["ae"], end="AE error")
    plot.over_time("kl", "quiet", dash="dot", end="KL (nats)")
    return plot.done("Squared error {error:.3f}, KL {kl:.2f} nats.", error=s["error"], kl=s["kl"])


def bounds(timeline: Timeline, style: Style) -> Picture:
    """Importance-weighted bounds against the number of draws; log p(x) itself where quadrature was asked for."""
    exact, values = timeline.frame.scalars["log_likelihood"], timeline.frame.arrays["bounds"].astype(np.float64)
    known = values[np.isfinite(values)]
    across = Log("draws k from the encoder's ellipse", 0.7, 560, every=1)
    plot = Plot(timeline, style, across, Axis("bound on log p(x) (nats)"), left=76)
    plot.curve(2.0 ** np.arange(len(values)), values, points=9, name="bound on log p(x) (nats)")
    plot.label(1.0, values[0], "ELBO (k = 1)", "measured")
    plot.level(exact, "log p(x) by quadrature: {value:.2f}")
    if not np.isfinite(exact):
        plot.corner("“Full quality” adds log p(x) itself", "top left", "quiet")
    return plot.done(
        "The bound rises from {low:.2f} with one draw to {high:.2f} nats.",
        low=values[0], high=known[-1] if len(known) else float("nan"),
    )  # fmt: skip
