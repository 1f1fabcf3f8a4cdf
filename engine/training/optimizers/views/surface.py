"""Pictures of the race: the ways down, the losses, how one update multiplies errors, the distance to the exact flow."""

from __future__ import annotations

from functools import cache

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.plot import Axis, Log, Plot
from engine.training.optimizers import theory
from engine.training.optimizers.names import CAST
from engine.training.optimizers.params import OptimizersParams
from engine.training.optimizers.race import path
from engine.training.optimizers.surfaces import surface

Array = np.ndarray
LEAST = 1e-16  # losses below are drawn here


@cache
def relief(name: str, condition: float) -> tuple[Array, Array, Array, list[float]]:
    """x, y, losses on the grid of the window, and the heights of the lines."""
    ground = surface(OptimizersParams(surface=name, condition=condition))  # type: ignore[arg-type]
    x, y = (np.linspace(*ends, 70) for ends in ground.window)
    heights = ground.loss(np.stack(np.meshgrid(x, y), -1))
    lowest = float(heights.min())
    return x, y, heights, (lowest + (heights.max() - lowest) * np.geomspace(1e-3, 1, 9)[:-1]).tolist()


def trails(timeline: Timeline, style: Style) -> Picture:
    """Hero: lines of equal loss, the way of every method, and the exact flow."""
    p, a, s = timeline.params, timeline.frame.arrays, timeline.frame.scalars
    ground = surface(p)
    (left, right), (low, high) = ground.window
    plot = Plot(timeline, style, x=Axis("θ₁", left, right, grid=False), y=Axis("θ₂", low, high, grid=False))
    plot.contour(*relief(p.surface, p.condition), "quiet", width=0.8, opacity=0.6)
    flow = path(OptimizersParams(surface=p.surface, condition=p.condition, weight_decay=p.weight_decay))
    for row, who in enumerate(CAST.values()):
        plot.curve(a["trail"][row, :, 0], a["trail"][row, :, 1], who, width=1.8, hover=False)
    plot.curve(flow[:, 0], flow[:, 1], "text", dash="dot", width=2.2, name="exact gradient flow", hover=False)
    for row, (name, who) in enumerate(CAST.items()):
        x, y = a["trail"][row, -1].tolist()
        if left <= x <= right and low <= y <= high:
            told = {"across": x, "up": y, "loss": s[f"loss_{name}"]}
            plot.dots([x], [y], who, size=9, hover="θ = ({across:.3g}, {up:.3g}), loss {loss:.3g}", **told)
            plot.label(x, y, "{name}", who, side="end", name=who)  # at the right: many may stand in one place
        if a["diverged"][row] >= 0:
            plot.corner("{name}: diverged at {count:.0f}", "bottom left", who, size=12, count=a["diverged"][row], name=who)
    plot.dots([a["start"][0]], [a["start"][1]], "text", size=9, hollow=True, name="start")
    plot.headline("<b>{count:.0f} gradients each</b>, γ = {rate:.3g}", count=s["gradients"], rate=p.learning_rate)
    plot.headline("dotted: the exact flow")
    return plot.done(
        "After {count:.0f} gradients each the losses are: gradient descent {gd:.3g}, Heun {heun:.3g}, RK4 {rk4:.3g}, momentum {momentum:.3g}, "
        "Nesterov {nesterov:.3g}, Adam {adam:.3g}.",
        count=s["gradients"], **{name: s[f"loss_{name}"] for name in CAST},
    )  # fmt: skip


def loss(timeline: Timeline, style: Style) -> Picture:
    """The losses above the lowest one that the window has."""
    p, s = timeline.params, timeline.frame.scalars
    ground = surface(p)
    floor, start = ground.lowest, float(ground.height(*ground.start))
    top = 10 * max(1.0, start - floor)
    plot = Plot(timeline, style, x="step", y=Log("loss above the lowest", LEAST, top, powers=True))
    for name, who in CAST.items():
        steps, values = timeline.trace(f"loss_{name}")
        plot.curve(steps, np.clip(values - floor, LEAST, top), who, end="{name}", outside=True, uid=f"loss_{name}")
    plot.headline("a step gives every method four gradients")
    return plot.done(
        "Gradient descent has {gd:.3g} left, Heun {heun:.3g}, RK4 {rk4:.3g}, momentum {momentum:.3g}.",
        **{name: s[f"loss_{name}"] - floor for name in ("gd", "heun", "rk4", "momentum")},
    )  # fmt: skip


def stability(timeline: Timeline, style: Style) -> Picture:
    """(4): |R| of the three solvers against γλ, and where the curvatures at the start stand."""
    p, a = timeline.params, timeline.frame.arrays
    plot = Plot(timeline, style, x=Axis("γλ", 0, 4), y=Axis("|R(−γλ)|", 0, 2.2))
    reach = np.linspace(0, 4, 201)
    plot.region(y=(1, 2.2), text="explodes", opacity=0.5)
    plot.level(1.0, who="quiet", dash="solid")
    for name in theory.ORDERS:
        values = np.abs(theory.growth(name, -reach))
        plot.theory(reach, np.where(values <= 2.2, values, np.nan), CAST[name], width=2.4)
        x, y = {"gd": (1.06, 0.06), "heun": (0.9, 0.59), "rk4": (1.8, 0.19)}[name]  # beside its curve, where no other is
        plot.text(x, y, "{name}", CAST[name], name=CAST[name])
    curvatures = np.linalg.eigvalsh(a["hessian"])
    for place in curvatures[(curvatures >= 0) & (curvatures * p.learning_rate <= 4)] * p.learning_rate:
        steep, side = place == p.learning_rate * curvatures[-1], "left" if place > 2 else "right"
        plot.upright(place, "steepest" if steep else "flattest", at=0.97 if steep else 0.85, side=side)
        for name in theory.ORDERS:
            height = float(np.abs(theory.growth(name, -place)))
            plot.dots([place], [height if height <= 2.2 else np.nan], CAST[name], size=9)
    factors = {name: float(np.abs(theory.growth(name, -p.learning_rate * curvatures[-1]))) for name in theory.ORDERS}
    plot.headline("γ = {rate:.3g}", rate=p.learning_rate)
    plot.headline("λ at the start: {flat:.3g} and {steep:.3g}", flat=curvatures[0], steep=curvatures[-1])
    return plot.done(
        "In the steepest direction one update multiplies the error by {gd:.3g} (gradient descent), {heun:.3g} (Heun), {rk4:.3g} (RK4).", **factors
    )  # fmt: skip


def errors(timeline: Timeline, style: Style) -> Picture:
    """Distance of the three solvers to the exact flow at the time that each has reached."""
    s = timeline.frame.scalars
    plot = Plot(timeline, style, x="step", y=Log("distance to the flow", 1e-13, 10.0, powers=True))
    for name in theory.ORDERS:
        steps, values = timeline.trace(f"error_{name}")
        plot.curve(steps, np.clip(values, 1e-13, 10.0), CAST[name], end="{name}", outside=True, uid=f"error_{name}")
    plot.headline("after n steps at time 4nγ, 2nγ and nγ")
    plot.corner("by hand and by differences: {gap:.0e} apart", "bottom right", "quiet", size=12, gap=s["slope_error"])
    return plot.done(
        "Gradient descent is {gd:.2g} from the flow, Heun {heun:.2g}, RK4 {rk4:.2g}.", **{name: s[f"error_{name}"] for name in theory.ORDERS}
    )  # fmt: skip
