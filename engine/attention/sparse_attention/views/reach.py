"""Pictures of who reaches whom: the matrix of ways, one way through the layers, the masks, what is learned at which distance."""

from __future__ import annotations

import math

import numpy as np

from engine.attention.sparse_attention import theory
from engine.attention.sparse_attention.names import PATTERNS
from engine.attention.sparse_attention.params import VOCABULARY, SparseAttentionParams
from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.plot import Axis, Log, Plot

CELLS = Axis(grid=False)
ACCURACY = Axis("accuracy", 0, 1.12, ticks=(0, 0.5, 1))


def chosen(p: SparseAttentionParams) -> tuple[int, int]:
    """The cell that was pointed at, (query, key); inside a sequence that may since have become shorter."""
    return min(p.query, p.length - 1), min(p.key, p.length - 1)


def reach(timeline: Timeline, style: Style) -> Picture:
    """How many ways lead from each input to each output; the pairs that are asked about lie on the line."""
    p, s, ways = timeline.params, timeline.frame.scalars, timeline.frame.arrays["paths"]
    plot = Plot(timeline, style, x=CELLS.but(title="input j"), y=CELLS.but(title="output i"))
    tall = np.log2(1.0 + ways)
    plot.heat(tall, low=0, high=max(float(tall.max()), 1.0), tones=[(0, "background"), (0.25, "grid"), (1, "measured")], top=True,
        square=True, hover="output %{y}, input %{x}", click=("query", "key"), chosen=chosen(p))  # fmt: skip
    missing = np.argwhere((ways == 0) & (np.subtract.outer(*2 * [np.arange(p.length)]) == p.copy_distance))
    at = np.arange(p.length - p.copy_distance)
    plot.curve(at, at + p.copy_distance, "mark", width=2.5, hover=False, points=0 if len(at) > 1 else 6)
    plot.dots(missing[:, 1], missing[:, 0], "second", size=6, symbol="x", hover=False)
    plot.headline("shade: number of ways · line: Δ = {distance}", distance=p.copy_distance)
    plot.title("{share:.0%} of its pairs have one, {all:.0%} of all", share=s["reachable"], all=s["connected"])
    return plot.done("Of the pairs at distance {distance}, {share:.0%} have a way; of all pairs {all:.0%}.",
        distance=p.copy_distance, share=s["reachable"], all=s["connected"])  # fmt: skip


def ways(timeline: Timeline, style: Style) -> Picture:
    """The chosen output over all it can see through the layers, and one way to the chosen input in bold."""
    p = timeline.params
    layers = [(name, mask) for name, mask in zip(p.patterns, timeline.frame.arrays["masks"], strict=True) if mask.any()]
    query, key = chosen(p)
    ticks = {0: "input"} | {depth: PATTERNS[name] for depth, (name, _) in enumerate(layers, 1)}
    plot = Plot(timeline, style, x=Axis("position", -0.7, p.length - 0.3, grid=False),
        y=Axis("", -0.45, len(layers) + 0.5, ticks=ticks, grid=False))  # fmt: skip
    lit = [np.arange(p.length) == query]
    for depth in range(len(layers), 0, -1):
        seen = (layers[depth - 1][1] > 0) | np.eye(p.length, dtype=bool)
        pairs = np.argwhere(seen & lit[0][:, None])
        gap = np.full(len(pairs), np.nan)
        x = np.stack([pairs[:, 0], pairs[:, 1], gap], 1).ravel()
        y = np.tile([depth, depth - 1.0, np.nan], (len(pairs), 1))
        plot.curve(x, y.ravel(), PATTERNS[layers[depth - 1][0]], width=1.0, opacity=0.5, hover=False)
        lit.insert(0, seen[lit[0]].any(0))
    for depth, here in enumerate(lit):
        for mine, who, size in ((~here, "grid", 5), (here, "text", 6)):
            at = np.flatnonzero(mine)
            plot.dots(at, np.full(len(at), float(depth)), who, size=size, hover="%{x}")
    way = theory.one_path([mask for _, mask in layers], query, key) if layers else ([key] if query == key else None)
    if way is not None:
        plot.curve(way, range(len(way)), "mark", width=4, hover=False, points=8)
    plot.dots([key], [0], "mark", size=13, hollow=True, hover=False)
    words = "no way from {key} to {query}" if way is None else "from {key} to {query}: {way}"
    plot.title(words, key=key, query=query, way=" → ".join(map(str, way or [])))
    return plot.done("Output {query} sees {count} of {n} inputs.", query=query, count=int(lit[0].sum()), n=p.length)


def masks(timeline: Timeline, style: Style) -> Picture:
    """Who may see whom in each layer, and over it whom the trained layer does look at."""
    p, a = timeline.params, timeline.frame.arrays
    there = [row for row in range(3) if a["masks"][row].any()]
    plot = Plot(timeline, style)
    panels = plot.grid(1, max(len(there), 1), x=CELLS.but(title="key"), y=CELLS.but(title="query"), outer=True)
    if not there:
        plot.corner("no layer at all", "top left", "quiet", size=18)
    for panel, row in zip(panels, there, strict=False):
        shade = np.where(a["masks"][row] > 0, 0.22 + 0.78 * a["attention"][row], 0.0)
        who = PATTERNS[p.patterns[row]]
        panel.heat(shade, low=0, high=1, tones=[(0, "background"), (0.22, "grid"), (1, who)], top=True, square=True,
            click=("query", None), hover="query %{y}, key %{x}")  # fmt: skip
        panel.title("{name}: {ones} ones", name=who, ones=int(a["masks"][row].sum()))
    plot.headline("grey: may look; colour: does look")
    return plot.done("{count} layers with {total} ones of {most}.", count=len(there), total=int(a["masks"].sum()),
        most=len(there) * p.length**2)  # fmt: skip


def distances(timeline: Timeline, style: Style) -> Picture:
    """What a perfect learner reaches at every copy distance, and what the network has reached at its own."""
    p, s = timeline.params, timeline.frame.scalars
    share = theory.share_by_distance(timeline.frame.arrays["paths"])
    x = np.arange(p.length)
    plot = Plot(timeline, style, x=Axis("copy distance Δ (tokens)", -1, p.length), y=ACCURACY)
    best = [theory.expected_accuracy(float(one), VOCABULARY) for one in share]
    plot.bars(x, best, ["measured" if one == 1 else "second" if one == 0 else "quiet" for one in share], opacity=0.35, width=0.8,
        hover="%{y:.3f}", name="perfect learner")  # fmt: skip
    plot.level(1 / VOCABULARY, "guessing 1/8", "quiet", dash="dot", side="right")
    arms = {line.params.copy_distance: line.frame.scalars["accuracy"] for line in timeline.arms.values()}
    learned = arms | {p.copy_distance: s["accuracy"]}
    plot.dots(list(learned), list(learned.values()), "mark", size=13, hover="%{y:.3f}", name="learned")
    plot.headline("bars: a perfect learner")
    plot.title("dot: this network, {value:.3f}", value=s["accuracy"])
    return plot.done("At distance {distance} the accuracy is {value:.3f}; possible are {best:.3f}.",
        distance=p.copy_distance, value=s["accuracy"], best=s["expected"])  # fmt: skip


def learning(timeline: Timeline, style: Style) -> Picture:
    """Loss between its floor 0 and ln 8, and the accuracy, against the step."""
    s = timeline.frame.scalars
    plot = Plot(timeline, style)
    above, below = plot.grid(2, 1, x="step", y=[Axis("loss (nats)", 0, 2.6), ACCURACY], share_x=True)
    above.over_time("loss", "measured", end="loss")
    above.level(math.log(VOCABULARY), "guessing: ln 8", "quiet", dash="dot", side="right")
    below.over_time("accuracy", "measured", end="accuracy")
    below.level(s["expected"], "possible {value:.3f}", "theory", side="right")
    return plot.done("Loss {loss:.3f}, accuracy {accuracy:.3f}.", loss=s["loss"], accuracy=s["accuracy"])


def trade(timeline: Timeline, style: Style) -> Picture:
    """All stacks of two layers: how many scores they compute, and how many pairs they connect."""
    p = timeline.params
    stacks = theory.two_layers(p.length, p.stride, p.causal)
    cost, share = np.array([stack[2] for stack in stacks], float), np.array([stack[3] for stack in stacks])
    most = p.length * (p.length + 1) / 2 if p.causal else p.length**2
    x = Log("ones in both masks", 0.8 * cost.min(), 3.2 * cost.max())
    plot = Plot(timeline, style, x=x, y=Axis("pairs that are connected", 0, 1.12 * most / p.length**2))
    plot.level(most / p.length**2, "all pairs" if not p.causal else "all earlier tokens", "quiet", dash="dot")
    for name in theory.PATTERNS[1:]:
        mine = [place for place, stack in enumerate(stacks) if stack[0] == name]
        words = [f"{style.t(PATTERNS[stacks[place][0]].words)} + {style.t(PATTERNS[stacks[place][1]].words)}" for place in mine]
        plot.dots(cost[mine], share[mine], PATTERNS[name], size=9, hover="{words}", words=np.array(words))
        plot.corner("● {name} first", "bottom right", PATTERNS[name], name=PATTERNS[name])
    for first, second, ones, connected in stacks:
        if (first, second) == p.patterns[:2] and p.layer3 == "none":
            plot.dots([ones], [connected], "mark", size=17, hollow=True, hover=False)
            plot.title("ring: {first} + {second}, {ones} ones", first=PATTERNS[first], second=PATTERNS[second], ones=ones)
    full = share >= most / p.length**2 - 1e-9
    cheapest = stacks[int(np.flatnonzero(full)[cost[full].argmin()])]
    return plot.done("The cheapest two layers that connect all pairs are {first} and {second}, with {ones} ones.",
        first=PATTERNS[cheapest[0]], second=PATTERNS[cheapest[1]], ones=cheapest[2])  # fmt: skip
