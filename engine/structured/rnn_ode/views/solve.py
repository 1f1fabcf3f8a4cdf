"""Pictures of the cell run forward: curves over time, the phase plane, errors against step size, the logistic map."""

from __future__ import annotations

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.plot import Axis, Log, Plot
from engine.structured.rnn_ode import theory
from engine.structured.rnn_ode.cells import CELLS
from engine.structured.rnn_ode.claims import flow_error
from engine.structured.rnn_ode.data import ANIMALS, TABLE
from engine.structured.rnn_ode.names import CAST, PARTS
from engine.structured.rnn_ode.params import FIT, OWN, SOLVE, RnnOdeParams
from engine.structured.rnn_ode.systems import Array, system

FEW = 130  # states up to which each has its own dot
ENDS = {
    "competition": (0.0, 4.0),
    "logistic": (0.0, 1.6),
    "oscillator": (-2.5, 2.5),
    "sir": (0.0, 1.0),
    "predator_prey": (0.0, 6.0),
}


def unit(p: RnnOdeParams) -> float:
    """What states are multiplied by to be read: rivals are counted in animals, own data in their unit."""
    return ANIMALS if not OWN(p) and (FIT(p) or p.system == "competition") else 1.0


def height(timeline: Timeline) -> Axis:
    """The axis of the states."""
    p, a = timeline.params, timeline.frame.arrays
    if OWN(p):
        seen = np.concatenate([a["observations"].ravel(), a["trajectory"][0]])
        room = 0.15 * (np.ptp(seen) or 1.0)
        return Axis("x", float(seen.min() - room), float(seen.max() + room))
    low, high = ENDS["competition" if FIT(p) else p.system]
    return Axis("number of animals" if unit(p) > 1 else "x", unit(p) * low, unit(p) * high)


def states(plot: Plot, timeline: Timeline, exact: tuple[Array, Array], said: str) -> None:
    """Cell, exact solution and measurements, of every component."""
    p, a = timeline.params, timeline.frame.arrays
    scale, own = unit(p), system(p)
    assert plot.y.high is not None and plot.y.low is not None
    room = plot.y.high - plot.y.low
    inside = np.clip(scale * a["trajectory"], plot.y.low - room, plot.y.high + room)
    for column, (who, name) in enumerate(zip(PARTS.values(), own.names, strict=False)):
        plot.theory(exact[0], scale * exact[1][:, column], who, width=1.4, name=said, hover=False)
        few = len(a["times"]) <= FEW
        plot.curve(
            a["times"],
            inside[:, column],
            who,
            width=1.6 if few else 2.2,
            points=5 if few else 0,
            end="{part}",
            part=name,
            name="{part}",
        )
    if SOLVE(p) and p.system != "competition":
        return
    times, values = (TABLE[:, 0], TABLE[:, 1:]) if SOLVE(p) else (a["observation_times"], scale * a["observations"])
    for column, who in zip(range(2), PARTS.values(), strict=False):
        plot.dots(times, values[:, column], who, size=11, hollow=True, name="measured")


def curves(timeline: Timeline, style: Style) -> Picture:
    """Hero: the cell's states over time, the exact solution, the measurements."""
    p, s, a = timeline.params, timeline.frame.scalars, timeline.frame.arrays
    if FIT(p):
        end = float(a["observation_times"][-1])
        plot, fine = Plot(timeline, style, x=Axis("time", 0, end), y=height(timeline)), np.linspace(0, end, 200)
        solved = theory.flow(system(p), tuple(a["theta"].tolist()), tuple(a["trajectory"][0].tolist()), float(a["times"][-1]))
        states(plot, timeline, (fine, solved(fine)), "equation with these weights")
        equation = flow_error(timeline)
        plot.headline("<b>cell off by {cell:.3g}, equation by {equation:.3g}</b>", cell=s["rmse"], equation=equation)
        plot.headline("{cell}, h = {h:.3g}", cell=CAST[p.cell], h=p.h)
        for count, said in (
            ("between", "{count:.0f} rows lie between two steps: interpolated"),
            ("unsorted", "rows sorted by time: {count:.0f} came too early"),
            ("refused", "{count:.0f} steps refused: the cell would blow up"),
        ):
            if s[count]:
                plot.corner(said, "bottom right", "quiet", size=12, count=s[count])
        return plot.done(
            "With the same weights the cell misses the measurements by {cell:.3g}, the equation itself by {equation:.3g}.",
            cell=s["rmse"], equation=equation,
        )  # fmt: skip
    own = system(p)
    fine = np.linspace(0, p.horizon, 400)
    plot = Plot(timeline, style, x=Axis("time", 0, p.horizon), y=height(timeline))
    states(plot, timeline, (fine, theory.flow(own, own.theta, own.start, p.horizon + 4.0)(fine)), "exact solution")
    error = unit(p) * float(np.abs(a["trajectory"] - a["exact"])[-1].max())
    plot.headline(
        "<b>error {error:.3g}</b> at t = {t:.3g}, h = {h:.3g}, {cell}", error=error, t=s["t"], h=p.h, cell=CAST[p.cell]
    )
    if timeline.frame.step * p.h > s["t"] + 1.5 * p.h and not timeline.marks:
        plot.corner("blew up at t = {t:.3g}", "top right", "mark", t=s["t"])
    return plot.done("At time {t:.3g} the cell is {error:.3g} away from the exact solution.", t=s["t"], error=error)


def phase(timeline: Timeline, style: Style) -> Picture:
    """Velocity field, nullclines and fixed point of the equation; the states, a dot each."""
    p, a = timeline.params, timeline.frame.arrays
    own, scale = system(p), unit(p)
    theta = a["theta"] if FIT(p) else np.array(own.theta)
    window = scale * np.array(own.window)
    if OWN(p):
        seen = np.concatenate([a["observations"], a["trajectory"][:1]])
        room = 0.3 * np.ptp(seen, 0) + 1e-9
        window = np.stack([seen.min(0) - room, seen.max(0) + room], 1)
    (left, right), (low, high) = window.tolist()
    names = [{"part": name} for name in own.names[:2]]
    plot = Plot(
        timeline,
        style,
        x=Axis("{part}", left, right, grid=False, values=names[0]),
        y=Axis("{part}", low, high, grid=False, values=names[1], square=p.system == "oscillator"),  # its circle looks like one
    )

    def velocity(columns: int, rows: int) -> tuple[Array, Array, Array]:
        x, y = np.linspace(left, right, columns), np.linspace(low, high, rows)
        places = np.stack(np.meshgrid(x, y), -1) / scale
        rest = 1 - places.sum(-1, keepdims=True) if p.system == "sir" and SOLVE(p) else places[..., :0]  # R = 1 − S − I
        return x, y, own.field(np.concatenate([places, rest], -1), theta)[..., :2]

    x, y, move = velocity(15, 11)
    length = np.hypot(move[..., 0] / (right - left), move[..., 1] / (high - low))
    move = 0.045 * move / (length[..., None] + 1e-3 * length.max())
    across, up = np.meshgrid(x[1:-1], y[1:-1])
    plot.arrows(across, up, move[1:-1, 1:-1, 0], move[1:-1, 1:-1, 1], "grid", width=1.2, head=5)
    x, y, fine = velocity(80, 80)
    for column, who in zip(range(2), PARTS.values(), strict=False):
        plot.contour(x, y, fine[..., column], [0.0], who, dash="dot", width=1.4)
    if FIT(p) or p.system == "competition":
        with np.errstate(all="ignore"):
            rest = (
                scale * theory.equilibrium(theta) if abs(np.linalg.det(theta[2:].reshape(2, 2))) > 1e-12 else np.full(2, np.nan)
            )
        if left <= rest[0] <= right and low <= rest[1] <= high:
            plot.dots(rest[:1], rest[1:], "theory", size=12, symbol="diamond", name="fixed point")
    exact = scale * a["exact"]
    plot.theory(exact[:, 0], exact[:, 1], width=1.6, name="exact solution", hover=False)
    reach = np.array([[right - left, high - low]])
    seen = scale * a["trajectory"][:, :2]
    near = (np.abs(seen - [(left + right) / 2, (low + high) / 2]) <= reach).all(1)
    last = len(near) if near.all() else int(near.argmin())
    plot.curve(seen[:last, 0], seen[:last, 1], CAST[p.cell], width=1.2, points=5 if last <= 4 * FEW else 0, hover=False)
    if last:
        plot.dots(seen[last - 1 : last, 0], seen[last - 1 : last, 1], CAST[p.cell], size=10)
    plot.headline("{cell}, h = {h:.3g}, {steps} steps", cell=CAST[p.cell], h=p.h, steps=len(near) - 1)
    if SOLVE(p) and p.system == "oscillator":
        plot.headline("<b>q² + p² = {energy:.4g}</b>, was 1", energy=float((a["trajectory"][-1] ** 2).sum()))
    return plot.done(
        "After {steps} steps the cell is at ({x:.3g}, {y:.3g}).", steps=len(near) - 1, x=seen[-1, 0], y=seen[-1, 1]
    )


def orders(timeline: Timeline, style: Style) -> Picture:
    """Errors of the three cells against h, log-log, and slopes 1, 2, 4."""
    p = timeline.params
    h, found = theory.orders(system(p), p.horizon)
    h, found = h[::-1], {name: errors[::-1] for name, errors in found.items()}  # names stand at the long steps
    known = np.concatenate([values[values > 0] for values in found.values()])
    top, bottom = float(np.nanmax(known)) * 10, max(float(np.nanmin(known)) / 10, 1e-14)
    counted = "error at the end (hundreds of animals)" if unit(p) > 1 else "error at the end"
    plot = Plot(timeline, style, x=Log("h", 0.045, 4.5), y=Log(counted, bottom, top, powers=True))
    for name, errors in found.items():
        good = errors > 1e-13  # below is rounding
        plot.curve(h, np.where(good, errors, np.nan), CAST[name], points=8, end="{cell}", cell=CAST[name])
        if good.any():
            first = int(np.flatnonzero(good)[-1])
            slope = errors[first] * (h / h[first]) ** CELLS[name].order
            plot.theory(
                h,
                np.where((slope < top) & (slope > bottom), slope, np.nan),
                "quiet",
                width=1.2,
                name="slope {order}",
                order=CELLS[name].order,
            )
    plot.upright(p.h, "h = {value:.3g}", at=0.02)
    a = timeline.frame.arrays
    own = float(np.abs(a["trajectory"] - a["exact"])[-1].max())
    plot.dots([p.h], [min(max(own, bottom), top)], CAST[p.cell], size=13, hollow=True, name="this run")
    nearest = int(np.abs(np.log(h / p.h)).argmin())
    plot.headline("halving h: error / 2, / 4, / 16")
    return plot.done(
        "With steps of {h:.3g} Euler is off by {euler:.2g}, midpoint by {midpoint:.2g}, RK4 by {rk4:.2g}.",
        h=h[nearest], **{name: found[name][nearest] for name in found},
    )  # fmt: skip


def bifurcation(timeline: Timeline, style: Style) -> Picture:
    """Long-run states of x ← x + hr x(1 − x) against hr, and the last states of this run."""
    p, a = timeline.params, timeline.frame.arrays
    reach, x = theory.bifurcation()
    plot = Plot(timeline, style, x=Axis("hr", 1.0, 3.2), y=Axis("x", 0.0, 1.4))
    plot.dots(reach, x, "quiet", size=1.6, opacity=0.5, name="long run", hover=False)
    seen = theory.attractor(a["trajectory"][:, 0], most=16)
    seen = seen[(seen >= 0) & (seen <= 1.4)]
    here = p.h * p.growth
    if here <= 3.2:
        plot.upright(here, "hr = {value:.3g}", "mark", at=0.02, side="left" if here > 2.7 else "right")
    if len(seen) and 1.0 <= here <= 3.2:
        plot.dots(np.full(len(seen), here), seen, CAST["euler"], size=8, name="last states of this run")
    if p.cell != "euler":
        plot.corner("grey: Euler's cell", "top left", "quiet", size=12)
    plot.headline("<b>{count} values</b> among the last 16 states", count=len(seen))
    return plot.done("At hr = {reach:.3g} the last states take {count} values.", reach=here, count=len(seen))
