"""Pictures of the article's worked example: the tree, the plane of who wins, the gradients, the repair, the length."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from engine.core.picture import Picture, Style, bar, heatmap
from engine.core.topic import Timeline
from engine.generation.exposure_bias.shades import apart, drawn, note
from engine.generation.exposure_bias.two_steps import EDGES, PATHS, POOL, REMEDIES, TwoStep, critical_v, repair, survives
from engine.plot.figures import axis, dots, line

NODES = {
    "": (0.0, 0.5),
    "a": (1.0, 0.76),
    "c": (1.0, 0.24),
    "ab": (2.0, 0.92),
    "ad": (2.0, 0.62),
    "cb": (2.0, 0.38),
    "cd": (2.0, 0.08),
}
LINKS = (("", "a"), ("", "c"), ("a", "ab"), ("a", "ad"), ("c", "cb"), ("c", "cd"))
CRITERIA = ("teacher forcing", "softmax over sequences", "beam criterion")
WAYS = {"teacher": "teacher forcing", "replace": "own words", "penalty": "gradient penalty", "uniform": "any token (table)"}


def _table(timeline: Timeline) -> TwoStep:
    p = timeline.params
    return TwoStep(p.u, p.v, p.w)


def tree(timeline: Timeline, look: Style) -> Picture:
    """All four paths with their probabilities, and which of them each search returns."""
    p, table = timeline.params, _table(timeline)
    joint, edges = timeline.frame.arrays["joint"], table.edges()
    greedy, wide = table.beam(1), table.beam(p.width)
    traces, notes = [], []
    for index, (parent, child) in enumerate(LINKS):
        (x0, y0), (x1, y1) = NODES[parent], NODES[child]
        untrained = parent == "c"
        color = look.quiet
        if PATHS[wide].startswith(child):
            color = look.second
        if PATHS[greedy].startswith(child):
            color = look.measured
        dash = "dash" if untrained else "solid"
        traces.append(line([x0, x1], [y0, y1], color, width=1.2 + 9 * float(edges[index]), dash=dash, hoverinfo="skip"))
        token = child[-1]
        middle = (x0 + 0.55 * (x1 - x0), y0 + 0.55 * (y1 - y0))
        words = f"{token} {edges[index]:.2f}"
        notes.append(note(*middle, words, look.text, size=14, xanchor="center", bgcolor=look.background))
    places = np.array(list(NODES.values()))
    traces.append(dots(places[:, 0], places[:, 1], look.text, size=9, hoverinfo="skip"))
    for index, path in enumerate(PATHS):
        marks = [look.t("target")] if path == "ab" and not p.pool else []
        marks += ["K = 1"] if index == greedy else []
        marks += [f"K = {p.width}"] if index == wide and p.width > 1 else []
        color = look.measured if index == greedy else look.second if index == wide else look.text
        words = f"<b>({path[0]}, {path[1]})  {joint[index]:.4f}</b>" + (" ← " + ", ".join(marks) if marks else "")
        notes.append(note(NODES[path][0] + 0.07, NODES[path][1], words, color, size=15))
    first, second = table.step_gaps()
    lines = [
        look.t("gap of each step: {first:.3f}, {second:.3f} · of the sequence: {whole:.4f}").format(
            first=first, second=second, whole=table.sequence_gap()
        )
    ]
    need_u, need_v, need_w = table.critical()
    lines.append(
        look.t("search is right from u > {u:.4f}, or v > {v:.4f}, or w < {w:.4f}").format(u=need_u, v=need_v, w=need_w)
    )
    if p.pool:
        lines.append(
            look.t("a pool of right answers: K = 1 matches {one:.2f} of it, K = {k} {wide:.2f}").format(
                one=POOL[greedy] / 100, k=p.width, wide=POOL[wide] / 100
            )
        )
    notes.append(note(-0.1, -0.06, "<br>".join(lines), look.theory, size=14, yanchor="top", align="left"))
    notes.append(note(0.0, 1.04, look.t("dashed: after c, never a training input"), look.quiet))
    return drawn(
        look,
        traces,
        notes,
        alt=look.t("Greedy search returns ({one}), beam search with {k} hypotheses ({wide}); the target is (a, b).").format(
            one=", ".join(PATHS[greedy]), k=p.width, wide=", ".join(PATHS[wide])
        ),
        x=axis(look, range=[-0.15, 3.2], visible=False),
        y=axis(look, range=[-0.34, 1.08], visible=False),
        margin={"l": 12, "r": 8, "t": 8, "b": 8},
    )


@lru_cache(maxsize=32)
def _regions(rival: float) -> np.ndarray:
    """Who wins over the (u, v) plane: 0 a step is wrong, 1 search wrong though each step is right, 2 all right."""
    grid = np.linspace(0.005, 0.995, 100)
    u, v = np.meshgrid(grid, grid)
    steps, whole = (u > 0.5) & (v > 0.5), u * v > (1 - u) * rival
    return np.where(steps, np.where(whole, 2.0, 1.0), 0.0).astype(np.float32)


def plane(timeline: Timeline, look: Style) -> Picture:
    """Where in (u, v) the steps, and where the whole search, are right at the present w, equation (A3)."""
    p = timeline.params
    rival, grid = max(p.w, 1 - p.w), np.linspace(0.005, 0.995, 100)
    pale = ["#3a2a2a", "#4d3a1c", "#17402f"] if look.dark else ["#f3dede", "#fbe6c2", "#d5efe2"]
    scale = [[0, pale[0]], [0.333, pale[0]], [0.334, pale[1]], [0.666, pale[1]], [0.667, pale[2]], [1, pale[2]]]
    v = np.linspace(0.001, 1, 100)
    traces = [
        heatmap(
            x=grid, y=grid, z=_regions(round(rival, 4)), zmin=0, zmax=2, colorscale=scale, showscale=False, hoverinfo="skip"
        ),
        line(rival / (v + rival), v, look.theory, dash="dash", hoverinfo="skip"),
        dots([p.u], [p.v], look.measured, size=16, name=look.t("the table"), meta={"handle": ["u", "v"]}),
    ]
    table = _table(timeline)
    words = look.t("both right") if table.search_right() and min(p.u, p.v) > 0.5 else look.t("each step right, search wrong")
    if min(p.u, p.v) <= 0.5:
        words = look.t("a step is wrong")
    notes = [
        note(0.985, 0.975, look.t("both right"), look.text, xanchor="right", yanchor="top", size=15),
        note(0.495, 0.8, look.t("each step right,<br>search wrong") + " →", look.text, xanchor="right", align="right", size=15),
        note(0.32, 0.32, look.t("a step is wrong"), look.text, yanchor="bottom", size=15),
        note(rival / (0.4 + rival), 0.4, look.t("(A3) at w = {w:.3f} ").format(w=p.w), look.theory, xanchor="right"),
        note(p.u, p.v, f"   u = {p.u:.3f}, v = {p.v:.3f}", look.measured, yshift=-12),
    ]
    return drawn(
        look,
        traces,
        notes,
        alt=look.t("At u = {u:.2f}, v = {v:.2f}, w = {w:.2f}: {verdict}.").format(u=p.u, v=p.v, w=p.w, verdict=words),
        x=axis(look, look.t("u = q(a), first step"), range=[0.3, 1]),
        y=axis(look, look.t("v = q(b | a), second step"), range=[0.3, 1]),
    )


def push(timeline: Timeline, look: Style) -> Picture:
    """Which way three criteria push the six scores: teacher forcing cannot see the row after c."""
    gradients = _table(timeline).gradients()
    colors = (look.measured, look.second, look.good)
    traces, notes = [], []
    for row, color in enumerate(colors):
        traces.append(bar(x=np.arange(6), y=-gradients[row], marker={"color": color}, name=look.t(CRITERIA[row])))
        notes.append(
            note(0.01 + 0.33 * row, 1.04, look.t(CRITERIA[row]), color, xref="paper", yref="paper", yanchor="bottom", size=14)
        )
    notes.append(note(4.5, 0.75, look.t("after c"), look.quiet, xanchor="center"))
    shade = {
        "type": "rect",
        "x0": 3.5,
        "x1": 5.5,
        "y0": -1.1,
        "y1": 1.1,
        "fillcolor": look.grid,
        "opacity": 0.5,
        "line": {"width": 0},
        "layer": "below",
    }
    return drawn(
        look,
        traces,
        notes,
        alt=look.t(
            "Push on the score of d after c: teacher forcing {one:.2f}, over sequences {two:.2f}, beam criterion {three:.2f}."
        ).format(one=-gradients[0, 5], two=-gradients[1, 5], three=-gradients[2, 5]),
        x=axis(look, look.t("score"), tickvals=np.arange(6), ticktext=list(EDGES), range=[-0.6, 5.6]),
        y=axis(look, look.t("push on the score (minus gradient)"), range=[-1.1, 1.1]),
        shapes=[shade],
        barmode="group",
        margin={"l": 62, "r": 18, "t": 40, "b": 50},
    )


def training(timeline: Timeline, look: Style) -> Picture:
    """w while the example itself is trained: which remedies ever reach the past that training never shows."""
    p = timeline.params
    tracks = timeline.frame.arrays["repair"]
    _, right = repair(p.u, p.v, p.w, ceiling=p.ceiling, penalty=p.penalty)
    steps = np.arange(tracks.shape[1])
    colors = (look.measured, look.series[2], look.series[8], look.series[6])
    need = _table(timeline).critical()[2]
    traces, ends = [], []
    for index, remedy in enumerate(REMEDIES):
        traces.append(line(steps, tracks[index], colors[index], name=look.t(WAYS[remedy])))
        first = int(right[index].argmax()) if right[index].any() else -1
        words = look.t("{name}: right after {steps}") if first >= 0 else look.t("{name}: never right")
        ends.append((float(tracks[index, -1]), words.format(name=look.t(WAYS[remedy]), steps=first), colors[index]))
        if first >= 0:
            traces.append(dots([first], [tracks[index, first]], colors[index], size=10, hoverinfo="skip"))
    notes = apart(ends, steps[-1], 0.065)
    shapes = []
    if p.ceiling and math.isfinite(need) and need <= 1:
        shapes.append(
            {
                "type": "line",
                "x0": 0,
                "x1": steps[-1],
                "y0": need,
                "y1": need,
                "line": {"color": look.theory, "dash": "dash", "width": 1.8},
            }
        )
        notes.append(
            note(
                steps[-1] * 0.45,
                need,
                look.t("search is right below w = {w:.3f}").format(w=need),
                look.theory,
                yanchor="bottom",
            )
        )
    return drawn(
        look,
        traces,
        notes,
        alt=look.t(
            "After 400 steps w is {teacher:.3f} under teacher forcing and {penalty:.3f} under the gradient penalty."
        ).format(teacher=float(tracks[0, -1]), penalty=float(tracks[2, -1])),
        x=axis(look, look.t("gradient steps (rate 0.1)"), range=[0, steps[-1]]),
        y=axis(look, look.t("w = q(d | c)"), range=[0, 1]),
        shapes=shapes,
        margin={"l": 62, "r": 240, "t": 16, "b": 50},
    )


@lru_cache(maxsize=64)
def _needed(w: float) -> np.ndarray:
    return np.array([critical_v(w, steps) for steps in range(2, 65)])


def length(timeline: Timeline, look: Style) -> Picture:
    """How sure every step must be before search keeps a target of T tokens, equation (A4)."""
    p, steps = timeline.params, np.arange(2, 65)
    traces, notes = [], []
    for w, color in ((round(p.w, 3), look.theory), (1.0, look.quiet)):
        traces.append(line(steps, _needed(w), color, dash="dash"))
    kept = survives(p.v, p.w, p.path)
    traces.append(dots([p.path], [p.v], look.measured, size=15, name="v", meta={"handle": [None, "v"]}))
    lost = next((int(t) for t in steps if not survives(p.v, p.w, int(t))), None)
    words = look.t("v = {v:.3f}: kept at T = {t}") if kept else look.t("v = {v:.3f}: lost at T = {t}")
    words = words.format(v=p.v, t=p.path) + (look.t(" (lost from T = {first} on)").format(first=lost) if lost else "")
    notes.append(note(math.log10(p.path), p.v, "   " + words, look.measured))
    low = float(_needed(1.0)[-1])
    notes.append(
        note(math.log10(64), low, look.t("rival with w = 1 "), look.quiet, xanchor="right", yanchor="bottom", yshift=4)
    )
    notes.append(
        note(
            math.log10(30),
            float(_needed(round(p.w, 3))[28]),
            look.t("w = {w:.3f}").format(w=p.w),
            look.theory,
            yanchor="top",
            yshift=-6,
        )
    )
    return drawn(
        look,
        traces,
        notes,
        alt=look.t("With {t} steps, v = {v:.2f} and w = {w:.2f}, search {verdict} the target.").format(
            t=p.path, v=p.v, w=p.w, verdict=look.t("keeps") if kept else look.t("drops")
        ),
        x=axis(
            look,
            look.t("length T (tokens)"),
            log=True,
            range=[math.log10(1.9), math.log10(66)],
            tickvals=[2, 4, 8, 16, 32, 64],
            ticktext=["2", "4", "8", "16", "32", "64"],
        ),
        y=axis(look, look.t("probability v of each right step"), range=[0.4, 1.02]),
    )
