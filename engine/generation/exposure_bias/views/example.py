"""Pictures of the article's worked example: the tree, the plane of who wins, the gradients, the repair, the length."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.generation.exposure_bias.names import REMEDY_CAST
from engine.generation.exposure_bias.two_steps import EDGES, PATHS, POOL, REMEDIES, TwoStep, critical_v, repair, survives
from engine.plot import HIDDEN, Axis, Log, Plot, classes

NODES = {"": (0, 0.5), "a": (1, 0.76), "c": (1, 0.24), "ab": (2, 0.92), "ad": (2, 0.62), "cb": (2, 0.38), "cd": (2, 0.08)}
LINKS = (("", "a"), ("", "c"), ("a", "ab"), ("a", "ad"), ("c", "cb"), ("c", "cd"))
LENGTHS = np.arange(2, 65)
GRID = np.linspace(0.005, 0.995, 100)


def _table(timeline: Timeline) -> TwoStep:
    p = timeline.params
    return TwoStep(p.u, p.v, p.w)


def tree(timeline: Timeline, style: Style) -> Picture:
    """All four paths with their probabilities, and which of them each search returns."""
    p, table = timeline.params, _table(timeline)
    edges, greedy, wide = table.edges(), table.beam(1), table.beam(p.width)
    plot = Plot(timeline, style, x=HIDDEN.but(low=-0.1, high=3.1), y=HIDDEN.but(low=-0.36, high=1.08))
    for (parent, child), share in zip(LINKS, edges, strict=True):
        (x0, y0), (x1, y1) = NODES[parent], NODES[child]
        who = "measured" if PATHS[greedy].startswith(child) else "second" if PATHS[wide].startswith(child) else "quiet"
        dash = "dash" if parent == "c" else "solid"
        plot.curve([x0, x1], [y0, y1], who, width=1.2 + 9 * float(share), dash=dash, hover=False)
        place = x0 + 0.55 * (x1 - x0), y0 + 0.55 * (y1 - y0)
        plot.text(*place, "{token} {share:.2f}", side="center", ground=True, token=child[-1], share=share)
    places = np.array(list(NODES.values()))
    plot.dots(places[:, 0], places[:, 1], "text", size=9, hover=False)
    for index, path in enumerate(PATHS):
        marks = [style.t("target")] if path == "ab" and not p.pool else []
        marks += ["K = 1"] if index == greedy else []
        marks += [f"K = {p.width}"] if index == wide and p.width > 1 else []
        who = "measured" if index == greedy else "second" if index == wide else "text"
        said = {"one": path[0], "two": path[1], "joint": timeline.frame.arrays["joint"][index]}
        words = "<b>({one}, {two})  {joint:.4f}</b><br>← {marks}" if marks else "<b>({one}, {two})  {joint:.4f}</b>"
        plot.text(NODES[path][0] + 0.08, NODES[path][1], words, who, size=15, marks=", ".join(marks), **said)
    plot.title("dashed: after c, never a training input")
    _gaps(plot, table, p.width if p.pool else 0)
    return plot.done(
        "Greedy search returns ({one}), beam search with {k} hypotheses ({wide}); the target is (a, b).",
        one=", ".join(PATHS[greedy]), k=p.width, wide=", ".join(PATHS[wide]),
    )  # fmt: skip


def _gaps(plot: Plot, table: TwoStep, pool: int) -> None:
    """How far each step and the whole are from right, and what would make search right; the pool's matches at this width."""
    (first, second), (u, v, w) = table.step_gaps(), table.critical()
    words = "gap of each step: {first:.3f}, {second:.3f} · of the sequence: {whole:.4f}"
    plot.corner(words, "bottom left", "theory", first=first, second=second, whole=table.sequence_gap())
    plot.corner("search is right from u > {u:.4f}, or v > {v:.4f}, or w < {w:.4f}", "bottom left", "theory", u=u, v=v, w=w)
    if pool:
        one, wide = (POOL[table.beam(width)] / 100 for width in (1, pool))
        words = "a pool of right answers: K = 1 matches {one:.2f} of it, K = {k} {wide:.2f}"
        plot.corner(words, "bottom left", "theory", one=one, k=pool, wide=wide)


@lru_cache(maxsize=32)
def _regions(rival: float) -> np.ndarray:
    """Who wins over the (u, v) plane: 0 a step is wrong, 1 search wrong though each step is right, 2 all right."""
    u, v = np.meshgrid(GRID, GRID)
    steps, whole = (u > 0.5) & (v > 0.5), u * v > (1 - u) * rival
    return np.where(steps, np.where(whole, 2.0, 1.0), 0.0).astype(np.float32)


def plane(timeline: Timeline, style: Style) -> Picture:
    """Where in (u, v) the steps, and where the whole search, are right at the present w, equation (A3)."""
    p, rival, v = timeline.params, max(timeline.params.w, 1 - timeline.params.w), np.linspace(0.001, 1, 100)
    pale = ("#3a2a2a", "#4d3a1c", "#17402f") if style.dark else ("#f3dede", "#fbe6c2", "#d5efe2")
    plot = Plot(timeline, style, x=Axis("u = q(a), first step", 0.3, 1), y=Axis("v = q(b | a), second step", 0.3, 1))
    plot.heat(_regions(round(rival, 4)), x=GRID, y=GRID, low=-0.5, high=2.5, tones=classes(pale, style))
    plot.theory(rival / (v + rival), v, hover=False)
    plot.corner("both right", size=15)
    plot.text(0.495, 0.7, "each step right,<br>search wrong →", size=15, side="left")
    plot.text(0.32, 0.32, "a step is wrong", size=15, up="above")
    plot.text(rival / (0.4 + rival), 0.4, "(A3) at w = {w:.3f}", "theory", side="left", w=p.w)
    plot.handle(p.u, p.v, ("u", "v"), "measured", size=16, name="the table")
    words, far = "u = {u:.3f}, v = {v:.3f}", p.u > 0.75
    place = p.u + (-0.025 if far else 0.025), p.v
    plot.text(*place, words, "measured", side="left" if far else "right", up="above" if p.v < 0.4 else "below", u=p.u, v=p.v)
    right = _table(timeline).search_right()
    words = "a step is wrong" if min(p.u, p.v) <= 0.5 else "both right" if right else "each step right, search wrong"
    return plot.done("At u = {u:.2f}, v = {v:.2f}, w = {w:.2f}: {verdict}.", u=p.u, v=p.v, w=p.w, verdict=style.t(words))


def push(timeline: Timeline, style: Style) -> Picture:
    """Which way three criteria push the six scores: teacher forcing cannot see the row after c."""
    pushes = -_table(timeline).gradients()
    plot = Plot(timeline, style)
    titles = ("teacher forcing", "softmax over sequences", "beam criterion")
    score = Axis("score", -0.6, 5.6, ticks=dict(enumerate(EDGES)), grid=False)
    y = [Axis("push (minus gradient)" if row == 1 else "", -1.2, 1.2, ticks=[-1, 0, 1], zero=True) for row in range(3)]
    panels = plot.grid(3, 1, x=score, y=y, share_x=True, titles=titles)
    for row, (panel, who) in enumerate(zip(panels, ("measured", "second", "good"), strict=True)):
        panel.region(x=(3.5, 5.6), text="after c" if row == 0 else "")
        panel.bars(range(6), pushes[row], who, width=0.5, name=titles[row])
    return plot.done(
        "Push on the score of d after c: teacher forcing {one:.2f}, over sequences {two:.2f}, beam criterion {three:.2f}.",
        one=pushes[0, 5], two=pushes[1, 5], three=pushes[2, 5],
    )  # fmt: skip


def training(timeline: Timeline, style: Style) -> Picture:
    """w while the example itself is trained: which remedies ever reach the past that training never shows."""
    p, tracks = timeline.params, timeline.frame.arrays["repair"]
    _, right = repair(p.u, p.v, p.w, ceiling=p.ceiling, penalty=p.penalty)
    steps = np.arange(tracks.shape[1])
    plot = Plot(timeline, style, x=Axis("gradient steps (rate 0.1)", 0, steps[-1]), y=Axis("w = q(d | c)", 0, 1.02))
    for remedy, track, done in zip(REMEDIES, tracks, right, strict=True):
        who, first = REMEDY_CAST[remedy], int(done.argmax())
        plot.curve(steps, track, who, end="{name}: right after {steps}" if done.any() else "{name}: never right", steps=first)
        if done.any():
            plot.dots([first], [track[first]], who, size=10, hover=False)
    need = _table(timeline).critical()[2]
    if p.ceiling and need <= 1:
        plot.level(need, "search is right below w = {w:.3f}", side="end", w=need)
    return plot.done(
        "After 400 steps w is {teacher:.3f} under teacher forcing and {penalty:.3f} under the gradient penalty.",
        teacher=tracks[0, -1], penalty=tracks[2, -1],
    )  # fmt: skip


@lru_cache(maxsize=64)
def _needed(w: float) -> np.ndarray:
    return np.array([critical_v(w, int(steps)) for steps in LENGTHS])


def length(timeline: Timeline, style: Style) -> Picture:
    """How sure every step must be before search keeps a target of T tokens, equation (A4)."""
    p, kept = timeline.params, survives(timeline.params.v, timeline.params.w, timeline.params.path)
    tokens = Log("length T (tokens)", 1.9, 66, ticks=[2, 4, 8, 16, 32, 64])
    plot = Plot(timeline, style, x=tokens, y=Axis("probability v of each right step", min(0.4, p.v - 0.05), 1.02))
    plot.theory(LENGTHS, _needed(1.0), "quiet", end="rival with w = 1")
    plot.theory(LENGTHS, _needed(round(p.w, 3)), end="rival with w = {w:.3f}", w=p.w)
    plot.handle(p.path, p.v, (None, "v"), "measured", name="v")
    lost = next((int(t) for t in LENGTHS if not survives(p.v, p.w, int(t))), None)
    words = "v = {v:.3f}: kept at T = {t}" if kept else "v = {v:.3f}: lost at T = {t}"
    place = p.path * (0.94 if p.path > 8 else 1.06), p.v
    plot.text(*place, words, "measured", side="left" if p.path > 8 else "right", up="below", v=p.v, t=p.path)
    if lost:
        plot.corner("at this v: lost from T = {first} on", "bottom right", "measured", first=lost)
    return plot.done(
        "With {t} steps, v = {v:.2f} and w = {w:.2f}, search {verdict} the target.",
        t=p.path, v=p.v, w=p.w, verdict=style.t("keeps" if kept else "drops"),
    )  # fmt: skip
