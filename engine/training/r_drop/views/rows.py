"""Pictures of single test rows: the crowd's answers to one of them, all of them at once, and points in the plane."""

from __future__ import annotations

import math

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.plot import HIDDEN, Axis, Log, Panel, Plot
from engine.training.r_drop import theory
from engine.training.r_drop.names import CAST

TOP = math.sqrt(3) / 2
LEAST = 1e-5  # a smaller gap of a row is drawn here


def shown_row(timeline: Timeline) -> int:
    """The test row that is shown: the last one where there are fewer."""
    return min(timeline.params.digit, len(timeline.frame.arrays["test_labels"]) - 1)


def placed(answers: np.ndarray, label: int, rival: int) -> tuple[np.ndarray, np.ndarray]:
    """Places in the triangle of answers (n, classes): the label at the left, its rival at the right, all others on top."""
    rest = 1 - answers[:, label] - answers[:, rival]
    return answers[:, rival] + rest / 2, rest * TOP


def crowd(timeline: Timeline, style: Style) -> Picture:
    """Hero: answers of the thinned nets to one row in a triangle, their average, and the full net's answer."""
    p, s, a = timeline.params, timeline.frame.scalars, timeline.frame.arrays
    row, members = shown_row(timeline), a["members"].astype(float)
    (label, rival), classes = (int(a[name][row]) for name in ("test_labels", "rivals")), members.shape[1]
    averages = [a[name][row][None].astype(float) for name in ("test_model_average", "test_weight_average")]
    plot = Plot(timeline, style, x=HIDDEN.but(low=-0.12, high=1.12), y=HIDDEN.but(low=-0.2, high=1.0, square=True))
    plot.curve(
        [0, 1, 0.5, 0] if classes > 2 else [0, 1], [0, 0, TOP, 0] if classes > 2 else [0, 0], "quiet", width=1.4, hover=False
    )
    x, y = placed(members, label, rival)
    if classes == 2:  # on a line: heights only keep the dots apart
        y = 0.05 + 0.5 * np.arange(len(x)) / len(x)
    plot.dots(x, y, CAST["member"], size=8, opacity=0.55, hover=False)
    for who, answer, symbol, size in zip(("average", "full"), averages, ("diamond", "circle"), (17, 10), strict=True):
        plot.dots(*placed(answer, label, rival), CAST[who], size=size, symbol=symbol, hover="{name}")
    plot.text(0, -0.07, "<b>{label}</b>, the label", side="center", up="below", label=label)
    plot.text(1, -0.07, "{rival}, its rival", side="center", up="below", rival=rival)
    if classes > 2:
        plot.text(0.5, TOP + 0.02, "any other", side="center", up="above")
    plot.corner("◆ {name}", "top right", CAST["average"], name=CAST["average"])
    plot.corner("● {name}", "top right", CAST["full"], name=CAST["full"])
    plot.corner("• thinned nets: {count}", "top right", CAST["member"], count=len(members))
    if p.data == "digits":
        picture(plot.inset(0.0, 0.2, 0.72, 1.0), a["shown"])
    plot.headline("α = {alpha:.3g}", alpha=p.alpha)
    plot.headline("<b>apart: {pair:.2f} nats</b>", pair=s["pair"])
    sure = members[:, label]
    return plot.done(
        "Thinned nets give the label {low:.2f} to {high:.2f}; their average gives {average:.2f}, the full net {full:.2f}.",
        low=sure.min(), high=sure.max(), average=averages[0][0, label], full=averages[1][0, label],
    )  # fmt: skip


def picture(panel: Panel, pixels: np.ndarray) -> None:
    """The shown digit, 8 x 8."""
    panel.image(255 * pixels.reshape(8, 8))
    panel.x, panel.y = panel.x.but(hidden=True), panel.y.but(hidden=True)


def every_row(timeline: Timeline, style: Style) -> Picture:
    """All test rows: how probable the crowd finds the label, and how far the full net is from the crowd; a click shows a row."""
    a, s = timeline.frame.arrays, timeline.frame.scalars
    labels, each = a["test_labels"], np.arange(len(a["test_labels"]))
    average, full = (a[name].astype(float) for name in ("test_model_average", "test_weight_average"))
    gap = np.maximum(theory.kl(average, full), LEAST)
    right = full.argmax(1) == labels
    plot = Plot(
        timeline,
        style,
        x=Axis("the crowd's probability of the label", -0.02, 1.02),
        y=Log("its KL to the full net, nats", LEAST, 10, powers=True),
    )
    for known, who in ((right, "measured"), (~right, "second")):
        plot.dots(
            average[each, labels][known],
            gap[known],
            who,
            size=7,
            opacity=0.6,
            key=each[known].tolist(),
            hover="{row}",
            row=each[known],
        )
    row = shown_row(timeline)
    plot.dots([average[row, labels[row]]], [gap[row]], "text", size=16, hollow=True, hover=False)
    plot.level(s["gap"], "", "theory")
    plot.headline("dashed: their mean, {value:.3f} nats", value=s["gap"])
    plot.corner("● right", "bottom left", "measured")
    plot.corner("● wrong", "bottom left", "second")
    plot.click("digit")
    return plot.done(
        "The full net is right at {right:.0%} of the rows; its mean distance from the crowd is {gap:.3f}.",
        right=right.mean(),
        gap=s["gap"],
    )


def plane(timeline: Timeline, style: Style) -> Picture:
    """Two moons: the crowd's average answer as colour, its distance from the full net as size."""
    a, s = timeline.frame.arrays, timeline.frame.scalars
    average, full = (a[name].astype(float) for name in ("test_model_average", "test_weight_average"))
    sizes = 5 + 40 * np.sqrt(theory.kl(average, full).clip(0))
    plot = Plot(timeline, style, x=Axis("x₁", square="fill"), y=Axis("x₂"))
    plot.dots(
        a["test_x"][:, 0],
        a["test_x"][:, 1],
        size=sizes,
        by=average[:, 1],
        tones=["second", "measured"],
        limits=(0, 1),
        hover=False,
    )
    row = shown_row(timeline)
    plot.dots([a["test_x"][row, 0]], [a["test_x"][row, 1]], "text", size=18, hollow=True, hover=False)
    return plot.done("The full net is right at {right:.1%} of the points.", right=s["accuracy_weight_average"])
