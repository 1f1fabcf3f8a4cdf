"""Pictures of the angles: their histograms, their course, the law that ties them to signs, and arrows in a plane."""

from __future__ import annotations

import math

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.plot import Axis, Log, Plot
from engine.training.self_orthogonality import theory
from engine.training.self_orthogonality.names import SENSES, SIGNS
from engine.training.self_orthogonality.views.pairs import chosen

BIN = 5.0  # degrees of a bar; one is centred at 90°
HALF = 90.0
RANGE = (40.0, 140.0)  # of mean ± deviation over time
LENGTH = 2.3  # of the arrows in the plane, whatever the filters' own lengths
SHOWN = 300  # inputs that are drawn


def covariance_of(timeline: Timeline) -> np.ndarray:
    """Σ of the inputs: its diagonal on the Gaussian bench, all of it for the digits."""
    p = timeline.params
    return timeline.frame.arrays["sigma"] if p.bench == "gaussian" else theory.pixels(p.preprocessing).covariance


def both_senses(timeline: Timeline) -> dict[str, np.ndarray]:
    """Angles of all pairs in degrees, in both senses."""
    w = timeline.frame.arrays["w"]
    return {"euclid": theory.pairs(theory.angles(w)), "sigma": theory.pairs(theory.angles(w, covariance_of(timeline)))}


def angles(timeline: Timeline, style: Style) -> Picture:
    """Hero: shares of the pairs by their angle, in both senses, one above the other."""
    found = both_senses(timeline)
    places = np.arange(0.0, 180.0 + BIN, BIN)
    edges = np.append(places - BIN / 2, 180.0 + BIN / 2)
    shares = {name: np.histogram(degrees, edges)[0] / len(degrees) for name, degrees in found.items()}
    top = 0.7 if max(share.max() for share in shares.values()) <= 0.7 else 1.0
    plot = Plot(timeline, style)
    x, y = Axis("angle, degrees", 0, 180, every=30), Axis("share of pairs", 0, top)
    for panel, (name, share) in zip(plot.grid(2, 1, x=x, y=y, share_x=True), shares.items(), strict=True):
        panel.bars(places, share, SENSES[name], width=0.92 * BIN)
        panel.upright(HALF)
        mean, spread = float(found[name].mean()), float(found[name].std())
        panel.title("<b>{who}: {mean:.1f}° ± {spread:.1f}°</b>", who=SENSES[name], mean=mean, spread=spread)
    s = timeline.frame.scalars
    return plot.done(
        "The angles are {mean:.1f}° ± {sd:.1f}° in Euclid's sense, {other:.1f}° ± {wide:.1f}° in that of the inputs.",
        mean=s["angle_mean"], sd=s["angle_sd"], other=s["sigma_angle_mean"], wide=s["sigma_angle_sd"],
    )  # fmt: skip


def course(timeline: Timeline, style: Style) -> Picture:
    """Mean ± deviation of the angles in both senses, and the penalty over what noise alone makes it."""
    p, w = timeline.params, timeline.frame.arrays["w"]
    plot = Plot(timeline, style)
    above, below = plot.grid(
        2, 1, x="step", y=[Axis("angle, degrees", *RANGE, ticks=[60, 90, 120]), Log("penalty", 1e-4, 50.0)], share_x=True
    )
    for name, prefix in (("euclid", ""), ("sigma", "sigma_")):
        steps, mean = timeline.trace(f"{prefix}angle_mean")
        spread = timeline.trace(f"{prefix}angle_sd")[1]
        low, high = np.clip(mean - spread, *RANGE), np.clip(mean + spread, *RANGE)
        above.band(steps, low, high, SENSES[name], middle=mean, end="{name}", outside=True)
    above.level(HALF, "", "mark", dash="dot")
    below.over_time("penalty_value", end="(3)", least=1e-4)
    floor = theory.noise_floor(p.lambda1, p.lambda2, len(timeline.frame.arrays["batch_x"]), w.shape[1])
    below.level(floor)
    below.corner("– – noise alone (7): {value:.3g}", "bottom left", "theory", value=floor)
    return plot.done(
        "The penalty is {now:.3g}; independent outputs have {floor:.3g} on average.",
        now=timeline.frame.scalars["penalty_value"], floor=floor,
    )  # fmt: skip


def lemma(timeline: Timeline, style: Style) -> Picture:
    """ϑ̂ of all pairs against their angles in both senses; the laws for exact signs and for none."""
    a = timeline.frame.arrays
    found, theta = both_senses(timeline), theory.pairs(a["theta"])
    fine = np.linspace(0, 180, 91)
    law = theory.signs_of_angle(fine)
    error = 2 * np.sqrt(np.maximum(1 - law**2, 0) / len(a["batch_x"]))
    plot = Plot(timeline, style, x=Axis("angle, degrees", 0, 180, every=30), y=Axis("ϑ̂ of the batch", -1, 1))
    plot.band(fine, law - error, law + error, "theory", veil=0.18)
    plot.theory(fine, law, name="exact signs (2)")
    plot.curve(fine, np.cos(np.radians(fine)), "quiet", dash="dot", width=1.6, name="γ → 0: cos θ")
    for name, hollow in (("euclid", True), ("sigma", False)):
        plot.dots(found[name], theta, SENSES[name], size=8 if hollow else 6, hollow=hollow)
    plot.corner("○ {name}", "top right", SENSES["euclid"], name=SENSES["euclid"])
    plot.corner("● {name}", "top right", SENSES["sigma"], name=SENSES["sigma"])
    plot.corner("··· γ → 0: cos θ", "bottom left", "quiet")
    off = {name: float(np.abs(theta - theory.signs_of_angle(degrees)).mean()) for name, degrees in found.items()}
    plot.headline("off exact signs (dashed): Euclid {euclid:.3f}, <b>Σ {sigma:.3f}</b>", **off)
    return plot.done(
        "ϑ is off the law for exact signs by {euclid:.3f} with Euclid's angles and by {sigma:.3f} with those of the inputs.",
        **off,
    )


def plane(timeline: Timeline, style: Style) -> Picture:
    """The filters as arrows over the inputs, whose colour says whether the chosen pair's signs agree; the lines of (6)."""
    p, a = timeline.params, timeline.frame.arrays
    w, x = a["w"], a["batch_x"][:SHOWN]
    unit = w / np.maximum(np.linalg.norm(w, axis=0), 1e-12)
    one, two = chosen(timeline)
    plot = Plot(timeline, style, x=Axis("x₁", -3, 3), y=Axis("x₂", -3, 3, square=True))
    agree = ((x @ w)[:, one] > 0) == ((x @ w)[:, two] > 0)
    for name, mine in (("same", agree), ("other", ~agree)):
        plot.dots(x[mine, 0], x[mine, 1], SIGNS[name], size=4, opacity=0.45, hover=False)
        plot.corner("● {name}", "top left", SIGNS[name], name=SIGNS[name])
    if w.shape[1] == 3 and p.lambda1 + p.lambda2 > 0 and p.input_mean == 0:
        for line in best_lines(w, a["sigma"], p.lambda1, p.lambda2).T:
            ends = LENGTH * 1.2 * np.outer([-1, 1], line / np.linalg.norm(line))
            plot.theory(ends[:, 0], ends[:, 1], hover=False)
    zero = np.zeros(w.shape[1])
    plot.arrows(zero, zero, LENGTH * unit[0], LENGTH * unit[1], "text", width=3.2, head=12)
    for k in range(w.shape[1] if w.shape[1] <= 8 else 0):
        across, up = 1.12 * LENGTH * unit[:, k]
        plot.text(across, up, "{number}", side="center", size=15, ground=True, number=k + 1)
    plot.headline(
        "Σ cos² {now:.2f}, at least {least:.2f}",
        now=timeline.frame.scalars["cos2_sum"],
        least=max(0.0, theory.welch(w.shape[1], 2)),
    )
    plot.headline("colour: signs of {one} and {two}", one=one + 1, two=two + 1)
    degrees = ", ".join(f"{angle:.1f}°" for angle in np.sort(theory.pairs(theory.angles(w)))[:6])
    return plot.done("The arrows are at these angles: {degrees}.", degrees=degrees)


def best_lines(w: np.ndarray, sigma: np.ndarray, lambda1: float, lambda2: float) -> np.ndarray:
    """(6) as three directions (2, 3) laid at the filters' middle one; lines, since for λ₁ = 0 the signs are free."""
    half = math.radians(90 * (1 - theory.three_in_a_plane(lambda1, lambda2)))
    seen = np.sqrt(sigma)[:, None] * w
    widest = np.argmax(theory.pairs(theory.angles(seen)))
    middle = seen[:, 2 - int(widest)]  # the filter that is not in the widest pair: pairs are 01, 02, 12
    at = math.atan2(middle[1], middle[0])
    turned = np.array([at - half, at, at + half])
    return np.stack([np.cos(turned), np.sin(turned)]) / np.sqrt(sigma)[:, None]
