"""Pictures of the pair: the plane, the distances as bars, the same against the thinness, and the couplings."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.latent.gaussian_distances import theory
from engine.latent.gaussian_distances.names import CAST, sunflower
from engine.latent.gaussian_distances.params import GaussianDistancesParams
from engine.plot import Axis, Log, Panel, Plot

POINTS = sunflower(40)
ROWS = ("w2", "kl_pq", "kl_qp", "bhattacharyya", "hellinger")  # from the top
SCALARS = {
    "w2": "w2_squared",
    "kl_pq": "kl_pq",
    "kl_qp": "kl_qp",
    "bhattacharyya": "bhattacharyya",
    "hellinger": "hellinger_squared",
}
GRID = np.geomspace(0.005, 2, 61)
ANGLES = np.linspace(-180, 180, 181)


def plane(timeline: Timeline, style: Style) -> Picture:
    """p, q, the optimal arrows of 40 points, and the geodesic at t: hero of the page."""
    params = timeline.params
    p, q = params.p, params.q
    plot = Plot(timeline, style, Axis("x₁", grid=False), Axis("x₂", grid=False, square="fill"))
    points = p.mean + POINTS @ theory.root(p.covariance)
    moves = q.mean + (points - p.mean) @ timeline.frame.arrays["transport"] - points
    plot.arrows(points[:, 0], points[:, 1], moves[:, 0], moves[:, 1], "quiet", width=1.0, head=6)
    for mean, ends in ((p.mean, points), (q.mean, points + moves)):
        plot.see(*(mean + 1.1 * (ends - mean)).T)  # room for whole dots at either end of the way
    here = points + params.time * moves
    plot.dots(here[:, 0], here[:, 1], CAST["w2"], size=5, hover=False)
    draw_pair(plot, params)
    now = theory.between(p, q, params.time)
    plot.ellipses(now.mean, now.covariance[None], CAST["w2"], width=3.2, corners=73, name="on the way at t")
    plot.handle(
        [p.mean[0], q.mean[0]], [p.mean[1], q.mean[1]], [("p_x", "p_y"), ("q_x", "q_y")], "text", size=17, letters="pq",
        name="mean"
    )  # fmt: skip
    s = timeline.frame.scalars
    plot.title("W₂² = <b>{w2}</b>, KL(p‖q) = <b>{kl}</b> nats", w2=number(s["w2_squared"]), kl=number(s["kl_pq"]))
    plot.corner("on the way at t = {t:.2f}", "bottom right", CAST["w2"], size=13, t=params.time)
    return plot.done(
        "Two distributions: squared W₂ distance {w2:.3g}, KL(p‖q) {kl:.3g} nats.", w2=s["w2_squared"], kl=s["kl_pq"]
    )


def draw_pair(panel: Panel, params: GaussianDistancesParams) -> None:
    """Both distributions as ellipses of one and two standard deviations."""
    for name, one in (("p", params.p), ("q", params.q)):
        for size, width in ((1.0, 2.6), (2.0, 1.3)):
            panel.ellipses(one.mean, one.covariance[None], CAST[name], size=size, width=width, corners=73)


def ways(timeline: Timeline, style: Style) -> Picture:
    """Density along the line through the means at t: of the geodesic, and of the mixture (1 - t) p + t q."""
    p, q, t = timeline.params.p, timeline.params.q, timeline.params.time
    apart = float(np.linalg.norm(q.mean - p.mean))
    along = (q.mean - p.mean) / apart if apart else np.array([1.0, 0.0])
    places = [(along @ (one.mean - p.mean), np.sqrt(along @ one.covariance @ along)) for one in (p, theory.between(p, q, t), q)]
    reach = 3.2 * max(sd for _, sd in places)
    x = np.linspace(-reach, apart + reach, 301)
    first, carried, second = (np.exp(-(((x - mean) / sd) ** 2) / 2) / (sd * np.sqrt(2 * np.pi)) for mean, sd in places)
    highest = 1.25 * max(first.max(), second.max())
    plot = Plot(timeline, style, Axis("place on the line from p to q", -reach, apart + reach), Axis("density", 0, highest))
    mixed = (1 - t) * first + t * second
    plot.curve(x, mixed, "quiet", fill="zero", width=2, name="mixed")
    plot.curve(x, carried, CAST["w2"], width=3, name="carried")
    free = float(places[2 if t < 0.5 else 0][0])  # the hump at which the carried one is not
    plot.label(free, float(np.interp(free, x, mixed)), "mixed: (1 − t) p + t q", "quiet", side="above")
    plot.label(float(places[1][0]), float(carried.max()), "carried, t = {t:.2f}", CAST["w2"], side="above", t=t)
    for name, (mean, _) in (("p", places[0]), ("q", places[2])):
        plot.upright(float(mean), "{name}", CAST[name], name=CAST[name])
    return plot.done("At t = {t:.2f} the carried mass is one hump; the mixture has shares of p and q.", t=t)


def dials(timeline: Timeline, style: Style) -> Picture:
    """Each distance as a bar of its mean part and one of its shape part, on a log axis."""
    s, low, high = timeline.frame.scalars, 1e-3, 1e6
    place = {name: float(len(ROWS) - 1 - k) for k, name in enumerate(ROWS)}
    y = Axis("", -0.6, 4.6, ticks={place[name]: CAST[name] for name in ROWS}, grid=False)
    plot = Plot(timeline, style, Log("nats (W₂²: squared length)", low, high, every=1, powers=True), y)
    for name, at in place.items():
        total = s[SCALARS[name]]
        if name != "hellinger":
            parts = [max(s[f"{SCALARS[name]}_{part}"], low) for part in ("mean", "shape")]
            for k, (value, opacity) in enumerate(zip(parts, (1.0, 0.45), strict=True)):
                plot.bars(
                    [at + 0.17 * (1 - 2 * k)], [value - low], CAST[name], width=0.3, base=low, across=True, opacity=opacity
                )
        shown = min(max(total, low), high / 30)
        plot.dots([shown], [at], CAST[name], symbol="diamond", size=11, name="{name}: sum")
        plot.text(1.8 * shown, at, "<b>{said}</b>", CAST[name], side="right", said=number(total))
    plot.title("full: part of the means, pale: part of the shapes")
    numbers = {name: s[SCALARS[name]] for name in ROWS}
    return plot.done(
        "W₂² {w2:.3g}, KL(p‖q) {kl_pq:.3g}, KL(q‖p) {kl_qp:.3g}, Bhattacharyya {bhattacharyya:.3g}, H² {hellinger:.3g}.",
        **numbers,
    )


def number(value: float) -> str:
    """Three digits; an infinity as its sign."""
    return "∞" if np.isinf(value) else f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


@lru_cache(maxsize=8)
def _over_thinness(values: tuple[tuple[str, Any], ...]) -> np.ndarray:
    """The five distances of ROWS (5, thinness) of a pair at every thinness of GRID."""
    base = GaussianDistancesParams(**dict(values))
    rows = []
    for s in GRID:
        params = base.model_copy(update={"thinness": float(s)})
        p, q = params.p, params.q
        rows.append(
            [theory.w2_squared(p, q).total, theory.kl(p, q).total, theory.kl(q, p).total, theory.bhattacharyya(p, q).total,
             theory.hellinger_squared(p, q)]
        )  # fmt: skip
    return np.array(rows).T


def thin(timeline: Timeline, style: Style) -> Picture:
    """The five distances of this pair against the thinness, with the slope of (11)."""
    params, s = timeline.params, timeline.frame.scalars
    shape = tuple((name, value) for name, value in params.values().items() if name[:2] in ("p_", "q_"))
    curves = _over_thinness(shape)
    high = max(float(curves.max()) * 3, 10.0)
    plot = Plot(
        timeline, style, Log("thinness s", 0.005, 2.0, ticks=(0.01, 0.1, 1)), Log("distance", 1e-3, high, every=1, powers=True)
    )
    for name, curve in zip(ROWS, curves, strict=True):
        passed = params.thinness < GRID
        plot.curve(GRID, np.maximum(curve, 1e-3), CAST[name], width=1.6, hover=False)
        plot.curve(GRID[passed], np.maximum(curve[passed], 1e-3), CAST[name], width=4.5)
        plot.label(2.0, max(float(curve[-1]), 1e-3), "{name}", CAST[name], side="end", name=CAST[name])
        plot.dots([params.thinness], [max(s[SCALARS[name]], 1e-3)], CAST[name], size=10, hover=False)
    guide = GRID[(GRID > 0.008) & (GRID < 0.08)]
    plot.theory(guide, 0.3 * high * (0.008 / guide) ** 2, hover=False)
    plot.text(0.03, 0.3 * high * (0.008 / 0.03) ** 2, "∝ 1/s² (11)", "theory", up="above")
    plot.upright(params.thinness, "s = {value:.3g}", at=0.04, side="left" if params.thinness > 0.1 else "right")
    plot.handle(params.thinness, max(s["w2_squared"], 1e-3), ("thinness", None), symbol="diamond", name="thinness")
    return plot.done(
        "At thinness {thinness:.3g}: W₂² {w2:.3g}, KL(p‖q) {kl:.3g}.",
        thinness=params.thinness,
        w2=s["w2_squared"],
        kl=s["kl_pq"],
    )


def pairing(timeline: Timeline, style: Style) -> Picture:
    """Which point goes to which under the chosen coupling, and the cost of all of them: the cosine (7)."""
    params, s = timeline.params, timeline.frame.scalars
    p, q = params.p, params.q
    plot = Plot(timeline, style)
    left, right = plot.grid(
        1, 2, x=[Axis("x₁", grid=False), Axis("coupling angle φ (°)", -180, 180, every=180)],
        y=[Axis("x₂", grid=False, square="fill"), "coupling_cost"], widths=(1.1, 1)
    )  # fmt: skip
    standard = POINTS
    ends = (
        p.mean + standard @ theory.root(p.covariance),
        q.mean + standard @ theory.turn(params.coupling) @ theory.root(q.covariance),
    )
    gap = np.full(len(standard), np.nan)
    lines = [np.stack([ends[0][:, axis], ends[1][:, axis], gap], 1).ravel() for axis in range(2)]
    left.curve(lines[0], lines[1], "quiet", width=1.2, hover=False)
    for name, places in zip("pq", ends, strict=True):
        left.dots(places[:, 0], places[:, 1], CAST[name], size=5, hover=False)
    draw_pair(left, params)

    parted = theory.coupling_cost(p, q, np.zeros((2, 2)))
    best = s["coupling_best"]
    cosine = parted - 2 * theory.fidelity(p.covariance, q.covariance) * np.cos(np.radians(ANGLES - best))
    right.theory(ANGLES, cosine, end="(7)")
    mirrored = [theory.coupling_cost(p, q, theory.coupling(p.covariance, q.covariance, angle, True)) for angle in ANGLES]
    right.curve(ANGLES, mirrored, "quiet", width=1.4, dash="dot", name="mirrored")
    right.label(ANGLES[int(np.argmax(mirrored))], max(mirrored), "mirrored", "quiet", side="above", size=12)
    right.level(parted, "independent", "text", dash="dot", side="right")
    right.level(s["w2_squared"], "W₂² = {value:.3f}", CAST["w2"], below=False, side="right")
    right.upright(best, "φ* = {value:.1f}°", "theory", at=0.6)
    right.handle(params.coupling, s["coupling_cost"], ("coupling", None), symbol="diamond", name="φ")
    right.see([0.0], [s["w2_squared"] - 0.06 * (cosine.max() - s["w2_squared"]), cosine.max() * 1.02])
    left.title("φ = {angle:.0f}°: <b>{cost:.3f}</b>", angle=params.coupling, cost=s["coupling_cost"])
    return plot.done(
        "At φ = {angle:.0f} degrees the pairs cost {cost:.3f}, at best {best:.3f}.",
        angle=params.coupling, cost=s["coupling_cost"], best=s["w2_squared"]
    )  # fmt: skip
