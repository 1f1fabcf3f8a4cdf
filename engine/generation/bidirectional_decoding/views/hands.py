"""Pictures of the hands: what they write of one item while they look at each other, and where they look on average."""

from __future__ import annotations

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.generation.bidirectional_decoding import theory
from engine.generation.bidirectional_decoding.names import CAST, DIGITS
from engine.plot import Axis, Plot, classes, fade

TRUTH, SHOWN, ALONE_LEFT, LEFT, RIGHT, ALONE_RIGHT = 7, 6, 5, 4, 1, 0  # rows from below; lines run between the hands
LANES = {ALONE_LEFT: "one_l2r", LEFT: "bi_l2r", RIGHT: "bi_r2l", ALONE_RIGHT: "one_r2l"}
BLANK, GOOD, WRONG, GIVEN = range(4)
FAINT = 0.04  # of a look: thinner lines are left out


def written(lane: str, moment: int, length: int) -> np.ndarray:
    """Which positions 1..T a hand has written after so many steps: bool (T,)."""
    place = np.arange(1, length + 1)
    return place > length - moment if lane.endswith("r2l") else place <= moment


def hands(timeline: Timeline, style: Style) -> Picture:
    """Hero: one item, written by two hands that read each other and, outside, by two that do not."""
    p, a = timeline.params, timeline.frame.arrays
    length, item = p.length, p.example - 1
    moment = round(p.moment * length)
    given, truth = a["items"][item].astype(int), a["truth"][item].astype(int)
    path = np.array([given[0], *truth, given[-1]])

    cells, signs = np.full((8, length + 2), np.nan, np.float32), np.full((8, length + 2), "", object)
    cells[TRUTH], signs[TRUTH] = GIVEN, [DIGITS[k] for k in path]
    score = {}
    for row, lane in LANES.items():
        tokens, there = a[f"out_{lane}"][item], written(lane, moment, length)
        cells[row, 1:-1] = np.where(there, np.where(tokens == truth, GOOD, WRONG), BLANK)
        signs[row, 1:-1] = [DIGITS[k] if known else "" for k, known in zip(tokens, there, strict=True)]
        anchor = -1 if lane.endswith("r2l") else 0
        cells[row, anchor] = GIVEN
        signs[row, anchor] = DIGITS[path[anchor]] if anchor == 0 or p.right_anchor else "?"
        score[lane] = int((tokens == truth)[there].sum())

    names = {TRUTH: "truth", SHOWN: "steps shown"} | {row: CAST[lane] for row, lane in LANES.items()}
    ticks = {k: str(k) for k in range(1, length + 1) if length <= 12 or k % 2}
    plot = Plot(
        timeline,
        style,
        x=Axis("position t", -0.5, length + 1.5, ticks=ticks, grid=False),
        y=Axis("", -0.5, 7.5, ticks=names, grid=False),
    )
    pale = ["grid", *(fade(shade, 0.45) for shade in (style.good, style.second)), fade(style.quiet, 0.3)]
    plot.heat(cells, x=(0, 1), y=(0, 1), low=-0.5, high=3.5, tones=classes(pale, style), numbers=signs, size=15)
    true_steps = np.diff(path) % p.symbols
    wrong = given[1:-1] != true_steps
    between = np.arange(length + 1) + 0.5
    plus = "+" if length <= 16 else ""  # no room for more
    for kind, who in ((~wrong, "quiet"), (wrong, "second")):
        if kind.any():
            letters = [f"{plus}{DIGITS[k]}" for k in given[1:-1][kind]]
            plot.dots(between[kind], np.full(kind.sum(), SHOWN), who, size=0, letters=letters, hover=False)
    _lines(plot, timeline, moment)
    plot.curve([(length + 1) / 2] * 2, [LEFT - 0.5, RIGHT + 0.5], "mark", dash="dot", width=1.6, hover=False)
    for border in (ALONE_LEFT - 0.5, ALONE_RIGHT + 0.5):
        plot.level(border, who="background", dash="solid", width=5)
    plot.headline("right: <b>hands {left} + {right}</b>, alone {alone} + {other}", left=score["bi_l2r"],
        right=score["bi_r2l"], alone=score["one_l2r"], other=score["one_r2l"])  # fmt: skip
    plot.headline("orange step: false")
    return plot.done(
        "After {n} tokens the left hand is right at {left} places, the right hand at {right}.",
        n=moment, left=score["bi_l2r"], right=score["bi_r2l"],
    )  # fmt: skip


def _lines(plot: Plot, timeline: Timeline, moment: int) -> None:
    """From the token that each hand writes at this moment to the tokens of the other that it looks at."""
    p, look = timeline.params, timeline.frame.arrays["look_example"]
    if not moment or not p.cross_attention:
        return
    ends = (LEFT - 0.5, RIGHT + 0.5)
    for hand, lane in enumerate(("bi_l2r", "bi_r2l")):
        here = moment if hand == 0 else p.length + 1 - moment
        for state, weight in enumerate(look[hand, moment - 1, :moment]):
            if weight > FAINT:
                there = p.length + 1 - state if hand == 0 else state
                places = [here, there], ends if hand == 0 else ends[::-1]
                plot.curve(*places, CAST[lane], width=0.8 + 6 * float(weight), opacity=0.75, hover=False)


def looks(timeline: Timeline, style: Style) -> Picture:
    """Mean attention of both hands, and the states that have just read the token asked for: s = T + 1 − n, s from 0."""
    p, a = timeline.params, timeline.frame.arrays
    length = p.length
    steps = [k for k in range(1, length + 1) if length <= 12 or k % 2]
    plot = Plot(timeline, style)
    x = Axis("other's state s", -0.5, length - 0.5, grid=False)
    y = Axis("own step n", 0.5, length + 0.5, ticks=steps, reverse=True, grid=False)
    panels = plot.grid(1, 2, x=x, y=y, share_y=True, titles=("left hand", "right hand"))
    n = theory.answered(length)
    for panel, name in zip(panels, ("look_l2r", "look_r2l"), strict=True):
        panel.heat(a[name], x=(0, 1), y=(1, 1), top=True, low=0.0, high=1.0, hover="%{z:.2f}")
        panel.curve(length + 1 - n, n, "theory", dash="dash", width=2, points=5, hover=False)
    share = theory.leaked(a["look_l2r"])
    plot.headline("dashed: it has just read the answer")
    return plot.done("In its second half the left hand spends {share:.0%} of its look on the answer.", share=share)
