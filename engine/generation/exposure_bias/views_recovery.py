"""Pictures of single sequences: one walk with what a net expected, and what wrong tokens put in do to forty of them."""

from __future__ import annotations

import math

import numpy as np

from engine.core.picture import Picture, Style, bar, heatmap
from engine.core.topic import Timeline
from engine.generation.exposure_bias.shades import (
    apart,
    drawn,
    fade,
    full_name,
    last,
    name,
    nearest,
    note,
    nothing,
    shade,
    stem,
)
from engine.plot.figures import axis, dots, line


def walk(timeline: Timeline, look: Style) -> Picture:
    """One test sequence: the truth, the source's readings, and what the pointed-at net wrote; below, what it expected."""
    p, a = timeline.params, timeline.frame.arrays
    arm = nearest(timeline, a["greedy"])
    color, t = shade(p.arms[arm], look), np.arange(1, p.positions + 1)
    own, truth, at = a["example_own"][arm], a["example_truth"], p.probed
    top = float(max(own.max(), truth.max())) + 0.6
    traces = [line(t, truth, look.quiet, width=1.6, name=look.t("truth"))]
    if p.task == "compass":
        traces.append(dots(t, a["example_reading"], look.quiet, size=9, symbol="circle-open", name=look.t("reading")))
    wrong = own != truth
    traces.append(dots(t[~wrong], own[~wrong], look.good, size=7, name=look.t("right")))
    traces.append(dots(t[wrong], own[wrong], look.second, size=7, symbol="x", name=look.t("wrong")))
    q, true = a["probe_own"][arm], a["probe_true"]
    order = np.arange(len(q)) if len(q) <= 24 else np.sort(np.argsort(-q, kind="stable")[:24])
    traces.append(bar(x=np.arange(len(order)), y=q[order], marker={"color": color}, xaxis="x2", yaxis="y2", name=look.t("net")))
    if np.isfinite(true).any():
        traces.append(
            dots(
                np.arange(len(order)),
                true[order],
                look.theory,
                size=11,
                symbol="diamond-open",
                xaxis="x2",
                yaxis="y2",
                name=look.t("truth"),
            )
        )
    before = int(own[at - 1]) if at else look.t("begin")
    words = look.t("{net} at t = {t}, after its own {past}: bars q, diamonds the true conditional (10)")
    headline = words.format(net=full_name(p.arms[arm], p, look), t=at + 1, past=before)
    return drawn(
        look,
        traces,
        [
            note(
                0,
                1.0,
                look.t("line: truth · rings: readings · dots and crosses: the net's own tokens"),
                look.quiet,
                xref="paper",
                yref="paper",
                yanchor="top",
            ),
            note(0, 0.43, headline, color, xref="paper", yref="paper"),
        ],
        alt=look.t("In this example the net is right at {share:.0%} of the positions.").format(share=float(1 - wrong.mean())),
        x=axis(look, range=[0.5, p.positions + 0.5]),
        y=axis(look, look.t("token y<sub>t</sub>"), range=[-0.6, top], domain=[0.56, 0.94]),
        xaxis2=axis(
            look,
            look.t("token"),
            anchor="y2",
            range=[-0.6, len(order) - 0.4],
            tickvals=np.arange(0, len(order), max(1, len(order) // 8)),
            ticktext=[str(k) for k in order[:: max(1, len(order) // 8)]],
        ),
        yaxis2=axis(look, look.t("probability"), range=[0, 1.05], domain=[0, 0.37]),
        shapes=[stem(at + 1, look, yref="y", y0=-0.6, y1=top)],
        meta={"hover": ["probe", None]},
        margin={"l": 62, "r": 18, "t": 10, "b": 50},
    )


def injection(timeline: Timeline, look: Style) -> Picture:
    """Right and wrong tokens of 40 sequences after an error was put in, two nets side by side, and all means below."""
    p, a = timeline.params, timeline.frame.arrays
    if p.task == "text":
        return nothing(look, look.t("Own text has no true continuation: nothing can be called recovered."))
    t = np.arange(1, p.positions + 1)
    colors = [
        [0, look.second],
        [0.333, look.second],
        [0.334, look.good],
        [0.666, look.good],
        [0.667, look.text],
        [1, look.text],
    ]
    pair = [0] if len(p.arms) == 1 else [0, 1 + _rival(timeline)]
    traces, notes, more = [], [], {}
    for place, index in enumerate(pair):
        end = "" if place == 0 else "2"
        traces.append(
            heatmap(
                z=a["raster"][index],
                x=t,
                zmin=0,
                zmax=2,
                colorscale=colors,
                showscale=False,
                xaxis=f"x{end}",
                yaxis=f"y{end}",
                hoverinfo="skip",
            )
        )
        domain = [0, 0.485] if place == 0 else [0.515, 1]
        domain = [0, 1] if len(pair) == 1 else domain
        more["xaxis2" if end else "x"] = axis(
            look, domain=domain, anchor=f"y{end}", range=[0.5, p.positions + 0.5], showticklabels=False
        )
        more["yaxis2" if end else "y"] = axis(
            look,
            look.t("sequence") if place == 0 else "",
            domain=[0.5, 0.94],
            anchor=f"x{end}",
            range=[39.5, -0.5],
            showticklabels=place == 0,
        )
        arm = p.arms[index]
        notes.append(note(domain[0], 0.97, full_name(arm, p, look), shade(arm, look), xref="paper", yref="paper", size=14))
    ends = []
    for index, arm in reversed(list(enumerate(p.arms))):
        traces.append(line(t, a["repaired"][index], shade(arm, look), xaxis="x3", yaxis="y3", name=full_name(arm, p, look)))
        ends.append((last(a["repaired"][index]), name(arm, look), shade(arm, look)))
    handle = dots(
        [p.error_at],
        [0.06],
        look.mark,
        size=15,
        symbol="diamond",
        xaxis="x3",
        yaxis="y3",
        name=look.t("error"),
        meta={"handle": ["inject_at", None]},
    )
    traces.append(handle)
    notes += apart(ends, p.positions + 0.5, 0.13, top=1.0, xref="x3", yref="y3", size=12)
    after = slice(p.error_at - 1 + p.inject, None)
    live = float(np.nanmean(a["repaired"][0][after])) if np.isfinite(a["repaired"][0][after]).any() else math.nan
    band = {
        "type": "rect",
        "xref": "x3",
        "yref": "y3",
        "x0": p.error_at - 0.5,
        "x1": p.error_at - 0.5 + p.inject,
        "y0": 0,
        "y1": 1.04,
    }
    return drawn(
        look,
        traces,
        notes,
        alt=look.t(
            "After {k} wrong tokens at position {t0} the live net is right at {share:.0%} of the later positions."
        ).format(k=p.inject, t0=p.error_at, share=live),
        xaxis3=axis(look, look.t("position t"), anchor="y3", range=[0.5, p.positions + 0.5]),
        yaxis3=axis(look, look.t("accuracy"), anchor="x3", domain=[0, 0.42], range=[0, 1.04]),
        shapes=[{**band, "fillcolor": fade(look.mark, 0.25), "line": {"width": 0}, "layer": "below"}],
        meta={"click": ["inject_at", "example"], "click_axes": "xy"},
        margin={"l": 62, "r": 118, "t": 8, "b": 50},
        **more,
    )


def _rival(timeline: Timeline) -> int:
    """Which rival is shown beside the live net: the one the pointer was nearest to, else the first."""
    return max(nearest(timeline, timeline.frame.arrays["greedy"]) - 1, 0)
