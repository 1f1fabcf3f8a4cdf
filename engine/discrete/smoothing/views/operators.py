"""Pictures of the operators: a hard function beside its stand-ins, the vector with max and argmax, five ways to choose k."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.discrete.smoothing import theory
from engine.discrete.smoothing.names import PAIR, TOPK
from engine.plot import Axis, Corner, Log, Member, Plot, Text

LOW, HIGH, POINTS = -5.0, 8.0, 261  # the axis along which an entry moves
LEAST = 1e-4  # slopes below it are drawn at it
Curve = tuple[Member, Callable[[np.ndarray], np.ndarray]]
SPANS = {"onehot": (-0.1, 1.1), "topk": (-1.6, 2.2)}  # of the axis; the others are as wide as what is drawn
LOWERED = ("max", "argmax", "topk")  # whose axis has room for the names below; the others are low on the left
TITLES: dict[str, Text] = {
    "max": "largest entry",
    "onehot": "entry i of onehot(argmax)",
    "argmax": "position of the largest",
    "topk": "entry i is one of the k",
    "step": "unit step",
    "floor": "⌊x⌋",
}


def operator(timeline: Timeline, style: Style) -> Picture:
    """The chosen hard function along one coordinate, its stand-ins, and below how steep these are."""
    p, x = timeline.params, timeline.frame.arrays["vector"]
    sharpness, entry = p.sharpness, min(p.moving, len(x)) - 1
    alone = p.operator in ("step", "floor")
    low, high = (-3.0, 3.0) if alone else (min(LOW, float(x.min())), max(HIGH, float(x.max())))
    along = np.linspace(low, high, POINTS)
    hard, soft = curves(p.operator, x, entry, p.k, sharpness)
    plot = Plot(timeline, style)
    across = Axis("x") if alone else Axis("entry xᵢ, i = {entry}", low, high, values={"entry": entry + 1})
    value = Axis(TITLES[p.operator], *SPANS.get(p.operator, (None, None)))
    if p.operator == "max":
        value = value.but(low=float(hard(along).min()) - 4.0)  # room for the names
    if p.operator == "argmax":
        places = np.arange(1, len(x) + 1).tolist() if len(x) <= 16 else None
        value = value.but(low=0.9 - 0.35 * len(x), high=len(x) + 0.2, ticks=places)
    above, below = plot.grid(2, 1, x=across, y=[value, Log("|slope|", LEAST, 300.0)], heights=(2, 1), share_x=True)
    if p.operator == "max":
        top = hard(along)
        above.band(along, top, top + math.log(len(x)) / sharpness, "theory", veil=0.15)
        above.corner("band: max to max + ln(n) / K = {value:.3g} (1)", "top left", "theory", value=math.log(len(x)) / sharpness)
    above.curve(along, hard(along), PAIR["hard"], width=3)
    where: Corner = "bottom right" if p.operator in LOWERED else "top left"
    above.corner("— {name}", where, PAIR["hard"], name=PAIR["hard"])
    for who, f in soft:
        values, slope = f(along), np.abs(theory.slopes(f, along, sharpness))
        above.curve(along, values, who)
        above.corner("— {name}", where, who, name=who)
        below.curve(along, np.maximum(slope, LEAST), who)
    steep = float(np.abs(theory.slopes(soft[0][1], along, sharpness)).max())
    if not alone:
        now = float(x[entry])
        height = float(soft[0][1](np.array([now]))[0])
        if p.data == "numbers":
            above.handle(now, height, (f"x{entry + 1}", None), hover="drag me")
        else:
            above.dots([now], [height], "mark", size=12, hover="%{x:.3f}, %{y:.3f}")
    above.title("<b>K = {sharpness:.3g}</b>", sharpness=sharpness)
    return plot.done(
        "At sharpness {sharpness:.3g} the steepest slope of the stand-in is {steep:.3g}.", sharpness=sharpness, steep=steep
    )  # fmt: skip


def curves(
    name: str, x: np.ndarray, entry: int, k: int, sharpness: float
) -> tuple[Callable[[np.ndarray], np.ndarray], list[Curve]]:
    """The hard function of the moving place, and its stand-ins."""
    first, other = PAIR["soft"], PAIR["other"]

    def moved(at: np.ndarray) -> np.ndarray:
        many = np.repeat(x[None], len(at), 0)
        many[:, entry] = at
        return many

    if name == "max":
        soft: list[Curve] = [(first.named("logsumexp (1)"), lambda at: theory.smooth_max(moved(at), sharpness))]
        soft.append((other, lambda at: theory.softmax_mean(moved(at), sharpness)))
        return (lambda at: moved(at).max(-1)), soft
    if name == "onehot":
        one = (first.named("softmax (2)"), lambda at: theory.softmax(moved(at), sharpness)[:, entry])
        return (lambda at: theory.hard_topk(moved(at), 1)[:, entry]), [one]
    if name == "argmax":
        one = (first.named("mean position (4)"), lambda at: theory.soft_argmax(moved(at), sharpness))
        return (lambda at: moved(at).argmax(-1) + 1.0), [one]
    if name == "topk":
        many: list[Curve] = [
            (TOPK[way], lambda at, f=f: f(moved(at), sharpness, k)[:, entry])  # type: ignore[misc]
            for way, f in theory.TOPK.items()
        ]
        return (lambda at: theory.hard_topk(moved(at), k)[:, entry]), many
    if name == "step":
        return (lambda at: (at > 0) * 1.0), [(first.named("σ(K x)"), lambda at: theory.step(at, sharpness))]
    r = math.exp(-1 / sharpness)
    return np.floor, [
        (first.named("sum of σ (12)"), lambda at: theory.soft_floor(at, sharpness)),
        (other.named("Fourier (12), r = e^(−1/K)"), lambda at: theory.abel_floor(at, r)),
    ]


def vector(timeline: Timeline, style: Style) -> Picture:
    """The vector as bars that can be dragged, with three maxima; below softmax against onehot, with the soft position."""
    p, a, s = timeline.params, timeline.frame.arrays, timeline.frame.scalars
    x, soft = a["vector"], a["softmax"]
    places = np.arange(1, len(x) + 1)
    hard = int(x.argmax())
    plot = Plot(timeline, style)
    position = Axis("position i", 0.4, len(x) + 0.6, ticks=places.tolist() if len(x) <= 16 else None, grid=False)
    span = (-5.5, 7.5) if p.data == "numbers" else (None, None)
    above, below = plot.grid(2, 1, x=position, y=[Axis("xᵢ", *span), Axis("share", 0, 1.2, ticks=(0, 0.5, 1))], share_x=True)
    above.bars(places, x, ["second" if k == hard else "quiet" for k in range(len(x))], opacity=0.6, hover="%{y:.3f}")
    above.level(s["lse"], "LSE {value:.3f}", "measured", side="end")
    above.level(float(x.max()), "max {value:.3f}", "text", dash="solid", side="end")
    above.level(s["softmax_mean"], "mean {value:.3f}", "second", side="end")
    if p.data == "numbers":
        above.handle(places, x, [(None, f"x{k}") for k in places], hover="drag me")
    below.bars(
        places, soft, PAIR["soft"], law=theory.hard_topk(x, 1), text="{value:.2f}" if len(x) <= 12 else "", hover="%{y:.4f}"
    )
    below.upright(s["soft_argmax"], who="measured")
    below.title("dashed: onehot, position {hard} · dotted: soft position {soft:.2f}", hard=hard + 1, soft=s["soft_argmax"])
    return plot.done(
        "Maximum {top:.3f}, logsumexp {lse:.3f}, softmax mean {mean:.3f}; position {hard}, softly {soft:.2f}.",
        top=float(x.max()), lse=s["lse"], mean=s["softmax_mean"], hard=hard + 1, soft=s["soft_argmax"],
    )  # fmt: skip


def chosen(timeline: Timeline, style: Style) -> Picture:
    """Five soft top-k of the same vector beside each other, entries from the largest; above 1 or out of order in red."""
    p, a = timeline.params, timeline.frame.arrays
    x = a["vector"]
    order = np.argsort(-x, kind="stable")
    hard = theory.hard_topk(x, p.k)[order]
    names = {place: f"{x[entry]:.3g}" for place, entry in enumerate(order)} if len(x) <= 12 else None
    entries = Axis("entries, the largest first", -0.6, len(x) - 0.4, ticks=names, grid=False)
    plot = Plot(timeline, style, x=entries, y=Axis("share", LEAST_SHARE, ROOM, ticks=(0, 0.5, 1, 1.5, 2)))
    plot.region(y=(1.0, ROOM))
    plot.region(y=(LEAST_SHARE, 0.0))
    wrong = []
    for place, (way, who) in enumerate(TOPK.items()):
        values = a[way][order]
        out = faults(x[order], values)
        wrong += [who] if out.any() else []
        tall = np.clip(np.nan_to_num(values), LEAST_SHARE, MOST_SHARE)
        plot.bars(range(len(x)), tall, [RED if fault else who for fault in out], law=hard, width=0.9, group=(place, len(TOPK)),
            hover="%{customdata:.4f}", key=values)  # fmt: skip
        for at in np.flatnonzero(values > 1 + 1e-6) if len(x) <= 12 else ():
            beside = at + (place - (len(TOPK) - 1) / 2) * 0.9 / len(TOPK)
            plot.text(
                beside,
                float(tall[at]),
                "{value:.3g}",
                who,
                size=13,
                side="center",
                up="above",
                ground=True,
                value=float(values[at]),
            )
        plot.corner("■ {name}, Σ = {total:.3g}", who=who, name=who, total=float(values.sum()))
    plot.corner("red: above 1, below 0 or out of order", who=RED)
    if wrong:
        return plot.done("Above 1 or out of order: {names}.", names=wrong)
    return plot.done("All five stay between 0 and 1 and in the order of the entries.")


RED, LEAST_SHARE, MOST_SHARE, ROOM = "#d62728", -0.3, 2.0, 3.2  # (9) may be anything for k > 2: its bars are cut off


def faults(x: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Which entries (x falling) are above 1, below 0, or smaller than that of a smaller x."""
    later = np.maximum.accumulate(np.append(values[1:], -np.inf)[::-1])[::-1]
    return (values > 1 + 1e-6) | (values < -1e-6) | (values < later - 1e-6)
