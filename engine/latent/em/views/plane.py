"""What EM does to the data: clouds in a plane, two curves over a line, two coins."""

from __future__ import annotations

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.latent.em.mixture import least_variances
from engine.latent.em.names import CAST, ink, mixed, pale
from engine.latent.em.pair import TOSSES
from engine.plot import Axis, Plot

MOST = 1000  # points that are drawn
NAMES = {"iris": ("petal length (cm)", "petal width (cm)")}
THIN = 1e-3  # a smaller variance is worth telling
DEEP = 0.3  # how deep the ground of a component is coloured where it is sure


def plane(timeline: Timeline, style: Style) -> Picture:
    """The data, coloured by membership, and the components."""
    if timeline.params.data == "coins":
        return coins(timeline, style)
    return clouds(timeline, style) if timeline.frame.arrays["points"].shape[1] > 1 else line(timeline, style)


def clouds(timeline: Timeline, style: Style) -> Picture:
    """Points of mixed colours on the ground of whom a place belongs to; ellipses of two standard deviations with their past."""
    p, a, s = timeline.params, timeline.frame.arrays, timeline.frame.scalars
    left, right, bottom, top = a["corners"].tolist()
    flat = a["points"].shape[1] == 2 and p.data != "wine"  # the wines' two columns are principal axes of thirteen
    names = NAMES.get(p.data, ("column 1", "column 2") if flat else ("principal axis 1", "principal axis 2"))
    plot = Plot(timeline, style, x=Axis(names[0], left, right, grid=False), y=Axis(names[1], bottom, top, grid=False))
    field, count = a["field"], p.components
    rows, columns = field.shape
    ends = [(k, place, deep) for k in range(count) for place, deep in ((k, 0.03), (k + 1, DEEP))]
    tones = [(place / count, pale(ink(k, style), style, deep)) for k, place, deep in ends]
    wide, tall = (right - left) / columns, (top - bottom) / rows
    plot.heat(field, x=(left + wide / 2, wide), y=(bottom + tall / 2, tall), low=0.0, high=float(count), tones=tones)
    some = _some(len(a["plane"]))
    places, shares = a["plane"][some], a["responsibilities"][some]
    said = [", ".join(f"{share:.2f}" for share in row) for row in shares.tolist()] if len(shares) <= 500 else None
    hover = {"hover": "memberships {said}", "said": said} if said else {"hover": False}
    plot.dots(places[:, 0], places[:, 1], mixed(shares, style), size=6, **hover)
    for k in range(count):
        shade = ink(k, style) if a["weights"][k] > 1e-9 else style.quiet
        plot.ellipses(a["flat_means"][k : k + 1], a["flat_covariances"][k : k + 1], shade, size=2.0, corners=49, width=2.6)
        plot.paths(a["trail"][:, k], shade, size=12, width=2.2, name="cloud {number}", number=k + 1)
        plot.dots(a["flat_means"][k : k + 1, 0], a["flat_means"][k : k + 1, 1], shade, size=16, ring="text", hover=False)
    plot.headline("ℓ = {ell:.3f}", ell=s["ell"])
    if p.fixed:
        plot.dots(a["flat_lloyd"][:, 0], a["flat_lloyd"][:, 1], CAST["kmeans"], symbol="x", size=11, ring="background")
        plot.corner("✕ K-means", "bottom right", CAST["kmeans"])
    least = least_variances(a["covariances"]).min()
    if s["singular"]:
        plot.headline("singular component: {count:.0f}", count=s["singular"])
    elif not p.fixed and least < THIN:
        plot.headline("least variance {least:.1e}", least=least)
    elif np.isfinite(s["accuracy"]):
        plot.headline("accuracy {share:.1%}", share=s["accuracy"])
    if a["points"].shape[1] == 2:
        plot.click("put_x", "put_y")
    return plot.done(
        "{count} clouds over {points} points; the memberships have an entropy of {entropy:.3f} nats.",
        count=count, points=len(a["points"]), entropy=s["label_entropy"],
    )  # fmt: skip


def line(timeline: Timeline, style: Style) -> Picture:
    """The data's histogram under the components' densities and their sum."""
    a, s = timeline.frame.arrays, timeline.frame.scalars
    x = a["points"][:, 0]
    low, high = float(x.min()), float(x.max())
    room = 0.08 * max(high - low, 1e-6)
    fine = np.linspace(low - room, high + room, 241)
    plot = Plot(timeline, style, x=Axis("x", fine[0], fine[-1]), y=Axis("density", 0.0))
    plot.histogram(x, "quiet", bins=min(40, max(8, len(x) // 10)), low=low, high=high, opacity=0.35, name="data")
    means, variances = a["means"][:, 0], np.maximum(a["covariances"][:, 0, 0], (fine[1] - fine[0]) ** 2 / 4)
    each = a["weights"][:, None] * np.exp(-0.5 * (fine - means[:, None]) ** 2 / variances[:, None])
    each /= np.sqrt(2 * np.pi * variances)[:, None]
    tall = float(each.max())
    for k, density in enumerate(each):
        shade = ink(k, style) if a["weights"][k] > 1e-9 else style.quiet
        plot.curve(fine, density, shade, fill="zero", width=2.6, hover=False)
        way = a["trail"][:, k, 0]
        plot.dots(way, np.full(len(way), -0.04 * tall), shade, size=5, opacity=0.35, hover=False)
        plot.dots([means[k]], [-0.04 * tall], shade, size=14, symbol="triangle-up", hover=False)
    plot.curve(fine, each.sum(0), "text", width=1.8, dash="dash", end="sum")
    plot.y = plot.y.but(low=-0.09 * tall)
    if s["singular"]:
        plot.headline("singular component: {count:.0f}", count=s["singular"])
    return plot.done("Centres at {places}.", places=", ".join(f"{mean:.3f}" for mean in means))


def coins(timeline: Timeline, style: Style) -> Picture:
    """The five sets of tosses, coloured by which coin they may come from, and both coins' probabilities with their past."""
    a = timeline.frame.arrays
    share, r, coin = a["points"][:, 0] / TOSSES, a["responsibilities"], a["coin"]
    rows = np.arange(len(share), 0, -1)
    up = Axis("", 0.2, len(share) + 1.0, ticks={int(row): f"set {k + 1}" for k, row in enumerate(rows)}, grid=False)
    plot = Plot(timeline, style, x=Axis("probability of heads", 0.0, 1.0), y=up)
    for k, name in enumerate(("A", "B")):
        side = "right" if k == int(coin.argmax()) else "left"
        plot.upright(float(coin[k]), "{name} {value:.3f}", ink(k, style), dash="solid", width=3, side=side, name=name)
        way = a["trail"][:, k, 0]
        plot.dots(way, np.full(len(way), 0.45), ink(k, style), size=6, opacity=0.4, hover=False)
    for k, shade in enumerate(mixed(r, style)):
        plot.dots(share[k : k + 1], rows[k : k + 1], shade, size=22, hover=False)
        said = {"heads": share[k] * TOSSES, "share": r[k, 0]}
        plot.text(0.01, float(rows[k]), "{heads:.0f}/10, A: {share:.2f}", size=13, **said)
    return plot.done("Coin A shows heads with {first:.3f}, coin B with {second:.3f}.", first=coin[0], second=coin[1])


def _some(count: int) -> np.ndarray:
    return np.arange(count) if count <= MOST else np.linspace(0, count - 1, MOST).astype(int)
