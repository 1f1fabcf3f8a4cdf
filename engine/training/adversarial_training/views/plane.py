"""Pictures of the plane: worst neighbours, the pit of one point, slopes and room, attack against penalty."""

from __future__ import annotations

import itertools

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.plot import Axis, Log, Plot
from engine.training.adversarial_training import theory
from engine.training.adversarial_training.names import CAST, CLASSES, PAIRS
from engine.training.adversarial_training.params import SIZES

CELLS = 70  # of the map of probabilities, along each axis
WINDOW, MESH = 1.0, 29  # how far a pit is shown, and on how many lines
FLOOR, TOP, LIFT = -9.0, 1.0, 0.1  # decades of the loss that are shown, and how far dots lie above the relief
LEAST = 1e-9  # slopes below are drawn here
STEEP = {-9: "10⁻⁹", -6: "10⁻⁶", -3: "10⁻³", 0: "1"}


def window(arrays: dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Lower and upper ends (2,) of what is shown: all training points and some room."""
    low, high = arrays["points"].min(0), arrays["points"].max(0)
    room = 0.06 * (high - low).max() + 1e-9
    return low - room, high + room


def plane(timeline: Timeline, style: Style) -> Picture:
    """Hero: probability of class 1, the boundary, the ball of every training point and its δ."""
    p, s, a = timeline.params, timeline.frame.scalars, timeline.frame.arrays
    low, high = window(a)
    x, y = (np.linspace(low[k], high[k], CELLS) for k in range(2))
    margin = np.diff(theory.logits(a, np.stack(np.meshgrid(x, y), -1)), axis=-1)[..., 0]
    plot = Plot(timeline, style, x=Axis("x₁", low[0], high[0]), y=Axis("x₂", low[1], high[1], square=True))
    plot.heat(np.tanh(margin / 2), x=x, y=y, low=-2.6, high=2.6, tones="two-sided", top=False)
    plot.contour(x, y, margin, [0.0], "text", width=2.4)
    moved = p.method not in ("none", "penalty1", "penalty2")
    if moved and p.radius > 0:
        outline = ball(p.norm if p.method in ("pgd", "noise") else "linf" if p.method == "fgsm" else "l2", p.radius)
        balls = np.full((len(a["points"]), len(outline) + 1, 2), np.nan)
        balls[:, :-1] = a["points"][:, None] + outline
        if p.method != "raw":  # whose steps are as long as the slope
            plot.curve(balls[..., 0], balls[..., 1], "text", width=0.7, opacity=0.16, hover=False)
    if "ways" in a:
        steps = (np.concatenate([np.zeros_like(a["delta"])[None], a["ways"], np.full_like(a["delta"], np.nan)[None]]) + a["points"])  # fmt: skip
        plot.curve(steps[..., 0].T, steps[..., 1].T, "text", width=1.1, hover=False, points=2.5)
    elif moved:
        (x1, x2), (u, v) = a["points"].T, a["delta"].T
        plot.arrows(x1, x2, u, v, "text", width=1.1, head=5)
    for name, who in CLASSES.items():
        mine = np.flatnonzero(a["labels"] == int(name))
        x1, x2 = a["points"][mine].T
        plot.dots(x1, x2, who, size=7, ring="background", key=mine, hover=False)
    place = a["points"][chosen(timeline)]
    plot.dots(place[:1], place[1:], "mark", size=15, hollow=True, hover=False)
    plot.click("pointed")
    plot.headline("<b>{who}</b>, ε = {radius:.2f}" if p.method != "none" else "<b>{who}</b>", who=CAST[p.method], radius=p.radius)  # fmt: skip
    plot.headline("test {clean:.1%}, under attack <b>{robust:.1%}</b>", clean=s["clean_accuracy"], robust=s["robust_accuracy"])
    return plot.done(
        "Right at {clean:.1%} of the test points, and at {robust:.1%} under attack; the largest slope at a training point is {slope:.3g}.",
        clean=s["clean_accuracy"], robust=s["robust_accuracy"], slope=s["slope_max"],
    )  # fmt: skip


def ball(norm: str, radius: float) -> np.ndarray:
    """Outline of a ball of the plane, (corners, 2): a circle, or a square."""
    if norm == "linf":
        return radius * np.array([(-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1)], float)
    angle = np.linspace(0, 2 * np.pi, 21)
    return radius * np.stack([np.cos(angle), np.sin(angle)], 1)


def chosen(timeline: Timeline) -> int:
    """The training point that is looked at."""
    return min(timeline.params.pointed, len(timeline.frame.arrays["points"]) - 1)


def pit(timeline: Timeline, style: Style) -> Picture:
    """The loss around one training point as a relief, in decades, the ball of the attack's radius, and the point shaken at random."""
    p, a, row = timeline.params, timeline.frame.arrays, chosen(timeline)
    place, label = a["points"][row], int(a["labels"][row])

    def height(around: np.ndarray) -> np.ndarray:
        return np.log10(np.clip(theory.losses(a, place + around, label), 10.0**FLOOR, 10.0**TOP))

    line = np.linspace(-WINDOW, WINDOW, MESH)
    plot = Plot(timeline, style)
    around = height(np.stack(np.meshgrid(line, line), -1))
    plot.surface(line, line, around, low=FLOOR, high=TOP, axes=("x₁", "x₂", "log₁₀ L"), eye=(1.35, -1.45, 0.9), cube=True)
    plot.curve3([0, 0], [0, 0], [FLOOR, TOP], "mark", width=2)  # a pin through the point, as long in every frame
    rim, cloud = ball(p.norm, p.attack_radius), theory.shaken(p.norm, p.attack_radius, timeline.seed)
    fine = np.concatenate([np.linspace(one, two, 6) for one, two in itertools.pairwise(rim)])
    plot.curve3(fine[:, 0], fine[:, 1], height(fine) + LIFT, "text", width=3)
    fallen = theory.losses(a, place + cloud, label) > np.log(2)
    for some, who, size in ((cloud[~fallen], "good", 2.5), (cloud[fallen], "second", 3.5)):
        plot.dots3(some[:, 0], some[:, 1], height(some) + LIFT, who, size=size)
    slope, depth = float(np.linalg.norm(a["gradient"][row])), float(theory.losses(a, place, label))
    plot.headline("<b>{who}</b>: L = {depth:.1g}, slope {slope:.1g}", who=CAST[p.method], depth=depth, slope=slope)
    plot.headline("{count} of {all} escape", count=int(fallen.sum()), all=len(cloud))
    return plot.done(
        "The loss of this point is {depth:.2g} and its slope {slope:.2g}; of {all} random disturbances {count} take it across the boundary.",
        depth=depth, slope=slope, all=len(cloud), count=int(fallen.sum()),
    )  # fmt: skip


def slopes(timeline: Timeline, style: Style) -> Picture:
    """Histograms over the training points: slope of the loss, and distance to the boundary, below zero on the wrong side."""
    p, s, a = timeline.params, timeline.frame.scalars, timeline.frame.arrays
    lengths, room = np.linalg.norm(a["gradient"], axis=1), theory.room(a)
    plot = Plot(timeline, style)
    left, right = plot.grid(
        1, 2, x=[Axis("slope ‖∇ₓL‖", -9.5, 1.5, ticks=STEEP), Axis("distance to the boundary", -0.5, 1.5)], y=Axis("share of the points", 0, 0.5), share_y=True
    )  # fmt: skip
    for panel, values, edges in (
        (left, np.log10(np.clip(lengths, LEAST, 10)), np.linspace(-9.5, 1.5, 23)),
        (right, np.clip(room, -0.49, 1.49), np.linspace(-0.5, 1.5, 21)),
    ):
        counts, _ = np.histogram(values, edges)
        panel.bars((edges[1:] + edges[:-1]) / 2, counts / len(values), CAST[p.method], width=float(edges[1] - edges[0]), opacity=0.7, hover=False)  # fmt: skip
    right.upright(p.attack_radius, "εₜ", "mark")
    near = float((room < p.attack_radius).mean())
    plot.headline("<b>{who}</b>: largest slope {slope:.2g}", who=CAST[p.method], slope=s["slope_max"])
    plot.headline("{near:.0%} are nearer to the boundary than εₜ", near=near)
    return plot.done(
        "The largest slope at a training point is {slope:.2g}; {near:.0%} of the points are nearer to the boundary than {radius:.2f}.",
        slope=s["slope_max"], near=near, radius=p.attack_radius,
    )  # fmt: skip


def equivalence(timeline: Timeline, style: Style) -> Picture:
    """Relative distance between the gradients in θ of adversarial training and of its penalty, against ε, with slope 1 for a guide."""
    p, s, a = timeline.params, timeline.frame.scalars, timeline.frame.arrays
    plot = Plot(timeline, style, x=Log("ε", SIZES[0], SIZES[-1]), y=Log("relative distance of the gradients", 1e-4, 30, powers=True))  # fmt: skip
    plot.region(y=(1, 30), text="no longer alike", at=0.95)
    for row, who in zip(a["apart"], PAIRS.values(), strict=True):
        plot.curve(SIZES, np.clip(row, 1e-4, 30), who, points=6)
        plot.corner("{name}", "bottom left", who, name=who)
    plot.theory(SIZES, np.array(SIZES) / SIZES[0] * a["apart"][0, 0], width=1.6, hover=False, name="proportional to ε")
    plot.corner("proportional to ε", "bottom left", "theory")
    if p.method != "none" and p.radius >= SIZES[0]:
        plot.upright(p.radius, "ε = {value:.2f}", "mark", side="left", at=0.5)
    pair, row = ("fgm", 1) if p.method in ("fgm", "penalty1") else ("raw", 0)  # the pair that is nearest to this run
    plot.headline("<b>{who}</b>: distance grows like ε to the {power:.2f}", who=CAST[pair], power=theory.slope_of(a["apart"][row]))  # fmt: skip
    return plot.done(
        "At ε = 0.01 the gradients are {raw:.2g} apart with δ = εg and {unit:.2g} with δ = εg/‖g‖; the former grows like ε to the {power:.2f}.",
        raw=s["equivalence_raw"], unit=s["equivalence_unit"], power=s["equivalence_slope"],
    )  # fmt: skip
