"""Pictures of the net: scores and distances over the steps, what cross-entropy cannot see, calibration, both parts of the loss."""

from __future__ import annotations

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.plot import Axis, Log, Plot
from engine.training.r_drop import theory
from engine.training.r_drop.names import CAST, PASSES


def scores(timeline: Timeline, style: Style) -> Picture:
    """Right answers and loss on the test rows: of the full net, of the crowd's average, of a thinned net."""
    s = timeline.frame.scalars
    plot = Plot(timeline, style)
    above, below = plot.grid(2, 1, x="step", y=[Axis("test accuracy", 0, 1), Axis("test loss, nats", 0)], share_x=True)
    for who, name in (("member", "member"), ("average", "model_average"), ("full", "weight_average")):
        above.over_time(f"accuracy_{name}", CAST[who], width=2)
    for who, name in (("member", "nll_member"), ("average", "nll_model_average"), ("full", "nll")):
        below.over_time(name, CAST[who], width=2)
    plot.headline("α = {alpha:.3g}", alpha=timeline.params.alpha)
    plot.headline("<b>{right:.1%} right</b>, loss {loss:.2f}", right=s["accuracy_weight_average"], loss=s["nll"])
    return plot.done(
        "The full net is right at {full:.1%} of the test rows, the crowd's average at {crowd:.1%}, a thinned net at {member:.1%}.",
        full=s["accuracy_weight_average"], crowd=s["accuracy_model_average"], member=s["accuracy_member"],
    )  # fmt: skip


def apart(timeline: Timeline, style: Style) -> Picture:
    """Gap between the crowd's average and the full net, distance of the members, disagreement of pairs, over the steps."""
    s = timeline.frame.scalars
    plot = Plot(timeline, style, x="step", y=Log("distance on the test rows, nats", 1e-4, 3, powers=True))
    plot.over_time("pair", PASSES["one"], end="two masks", least=1e-4)
    plot.over_time("member_distance", CAST["member"], end="crowd to member", least=1e-4)
    plot.over_time("gap", CAST["full"], end="crowd to full net", least=1e-4, width=3.2)
    plot.headline("α = {alpha:.3g}", alpha=timeline.params.alpha)
    plot.headline("<b>gap {gap:.3f}</b>, two masks {pair:.2f}", gap=s["gap"], pair=s["pair"])
    return plot.done(
        "From the crowd's average to the full net {gap:.3f} nats; between two masks {pair:.3f}.", gap=s["gap"], pair=s["pair"]
    )


def hidden_most(timeline: Timeline) -> int:
    """The row of the batch whose two answers differ most in what cross-entropy cannot see; 0 before the first step."""
    a = timeline.frame.arrays
    hidden = theory.unseen(a["p1"].astype(float), a["p2"].astype(float), np.maximum(a["batch_labels"], 0))
    return int(np.nan_to_num(hidden).argmax())


def unseen(timeline: Timeline, style: Style) -> Picture:
    """Two answers that cost cross-entropy the same, and the row of the batch with most disagreement outside its label."""
    a = timeline.frame.arrays
    row = hidden_most(timeline)
    label, both = int(a["batch_labels"][row]), np.stack([a["p1"][row], a["p2"][row]]).astype(float)
    counts = 3, both.shape[1]
    plot = Plot(timeline, style)
    axes = [Axis("class (grey: the label)", -0.6, count - 0.4, ticks=list(range(count)), grid=False) for count in counts]
    panels = plot.grid(1, 2, x=axes, y=Axis("probability", 0, 1), widths=(1, 2), share_y=True)
    for panel, answers, named in zip(panels, (np.array(theory.EXAMPLE), np.nan_to_num(both)), (0, label), strict=True):
        for place, (who, answer) in enumerate(zip(PASSES.values(), answers, strict=True)):
            panel.bars(np.arange(len(answer)), answer, who, group=(place, 2), width=0.8)
        if named >= 0:
            panel.region(x=(named - 0.5, named + 0.5), opacity=0.8)
    for who in PASSES.values():
        panels[1].corner("■ {name}", "top right", who, name=who)
    told, found = theory.example(), float(theory.disagreement(*both)) if np.isfinite(both).all() else np.nan
    panels[0].title("KL {value:.4f}", value=told)
    panels[1].title("in this batch: KL {value:.3f}", value=found)
    return plot.done(
        "The example's passes disagree by {told:.4f} nats at the same cross-entropy; a row of the batch by {found:.3f}.",
        told=told,
        found=found,
    )


def confidence(timeline: Timeline, style: Style) -> Picture:
    """Calibration of the full net: how often it is right where it is so sure, and how many rows there are."""
    a, s = timeline.frame.arrays, timeline.frame.scalars
    answers = a["test_weight_average"].astype(float)
    sure, right, counts = theory.reliability(answers, a["test_labels"])
    middles = (np.arange(len(counts)) + 0.5) / len(counts)
    plot = Plot(timeline, style)
    x = Axis("how sure: the largest probability", 0, 1)
    above, below = plot.grid(
        2,
        1,
        x=x,
        y=[Axis("share right", 0, 1.35, ticks=(0, 0.5, 1)), Axis("share of rows", 0, 1, ticks=(0, 0.5))],
        heights=(2, 1),
        share_x=True,
    )
    above.bars(middles, np.nan_to_num(right), "measured", width=0.09, opacity=0.55, name="share right")
    above.theory([0, 1], [0, 1], name="as sure as right")
    above.corner("dashed: as sure as right", "top left", "theory")
    above.dots(sure, right, "measured", size=9, hover=False)
    below.bars(middles, counts / counts.sum(), "quiet", width=0.09, name="share of rows")
    mean = float(answers.max(1).mean())
    plot.headline("mean certainty {sure:.2f}, right {right:.2f}", sure=mean, right=s["accuracy_weight_average"])
    return plot.done(
        "The full net is {sure:.0%} sure on average, and right at {right:.0%}.", sure=mean, right=s["accuracy_weight_average"]
    )


def losses(timeline: Timeline, style: Style) -> Picture:
    """Error against the labels and disagreement of every batch."""
    s = timeline.frame.scalars
    plot = Plot(timeline, style)
    above, below = plot.grid(2, 1, x="step", y=[Axis("error, both passes", 0), Axis("disagreement", 0)], share_x=True)
    above.over_time("ce", "measured", end="", name="error, both passes", width=1.4)
    below.over_time("kl", "second", end="", name="disagreement", width=1.4)
    plot.headline("loss {loss:.3g}", loss=s["loss"])
    return plot.done(
        "The loss of the batch is {loss:.3g}: error {ce:.3g}, disagreement {kl:.3g}.", loss=s["loss"], ce=s["ce"], kl=s["kl"]
    )
