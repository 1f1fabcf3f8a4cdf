"""Pictures of the trained attention: maps per head, its mass by distance, T5's learned biases."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.attention.position_encodings import instant, theory
from engine.attention.position_encodings.names import NAMES, color
from engine.attention.position_encodings.score_views import margin, upright, words
from engine.core.picture import Picture, Style, heatmap
from engine.core.topic import Timeline
from engine.plot.figures import axis, figure, line


def attention(timeline: Timeline, look: Style) -> Picture:
    """Mean attention of the trained net, one map per head."""
    params, maps = timeline.params, timeline.frame.arrays["attention"]
    name = look.t(NAMES[params.encoding])
    heads, size = len(maps), instant.cell(params)
    absent = params.encoding not in params.contestants
    columns = {1: 1, 2: 2, 3: 3, 4: 2}.get(heads, 4)
    rows = -(-heads // columns)
    end = maps.shape[1] * size
    step = timeline.frame.scalars["snapshot_step"]
    alt = look.t("Attention of {name} after {step:.0f} steps, {heads} heads.").format(name=name, step=step, heads=heads)
    layout: dict[str, Any] = {}
    notes = []
    gap = 0.03
    scale = [[0.0, look.background], [0.2, color(look, params.encoding)], [1.0, look.text]]
    for head in range(heads):
        row, column = divmod(head, columns)
        left, top = column / columns, 1 - row / rows
        mark = "" if head == 0 else str(head + 1)
        span: dict[str, Any] = {"showgrid": False, "range": [-size / 2, end - size / 2]}
        key, query = (look.t("key j"), look.t("query i"))
        layout[f"xaxis{mark}"] = axis(
            look,
            key if row == rows - 1 else "",
            domain=[left + gap, left + 1 / columns - gap],
            anchor=f"y{mark}",
            constrain="domain",
            **span,
        )
        span["range"] = [end - size / 2, -size / 2]
        layout[f"yaxis{mark}"] = axis(
            look,
            query if column == 0 else "",
            domain=[top - 1 / rows + 0.12, top - 0.05],
            anchor=f"x{mark}",
            scaleanchor=f"x{mark}",
            constrain="domain",
            showticklabels=column == 0,
            **span,
        )
        place = {"xref": "paper", "yref": "paper", "xanchor": "center", "yanchor": "bottom"}
        notes.append(
            words(left + 0.5 / columns, top - 0.045, look.t("head {head}").format(head=head + 1), look.text, 14, **place)
        )
    if absent:
        text = look.t("{name} is not in this race").format(name=name)
        notes = [words(0.5, 0.5, text, look.quiet, 18, xref="paper", yref="paper", xanchor="center")]
    else:
        text = f"<b>{name}</b>, " + look.t("step {step:.0f}, layer {layer}").format(
            step=step, layer=min(params.layer, params.layers)
        )
        notes.append(words(0, 1.05, text, look.text, 14, xref="paper", yref="paper", yanchor="bottom"))
    first, second = layout.pop("xaxis"), layout.pop("yaxis")
    picture = figure(look, alt=alt, x=first, y=second, annotations=notes, margin=margin(t=52), **layout)
    for head in range(heads):
        mark = "" if head == 0 else str(head + 1)
        grid = {"x0": 0, "dx": size, "y0": 0, "dy": size, "xaxis": f"x{mark}", "yaxis": f"y{mark}"}
        z = np.full(maps[head].shape, np.nan, np.float32) if absent else maps[head] / np.float32(255)
        picture.add(heatmap(z=z, zmin=0, zmax=1, colorscale=scale, showscale=False, hoverinfo="skip", **grid))
    return picture


def mass(timeline: Timeline, look: Style) -> Picture:
    """How much attention falls on each distance back, per head."""
    params, values = timeline.params, timeline.frame.arrays["mass"]
    name = look.t(NAMES[params.encoding])
    known = np.isfinite(values).any(0)
    n = np.flatnonzero(known)
    if len(n):
        head = int(np.nanargmax(np.nanmax(values, 1)))
        peak = int(np.nanargmax(values[head]))
        alt = look.t("{name}: the sharpest head puts {mass:.2f} of its attention at distance {n}.").format(
            name=name, mass=float(values[head, peak]), n=peak
        )
    else:
        alt = look.t("{name} is not in this race").format(name=name)
    shapes, notes = [], []
    if params.task == "lag":
        shapes.append(upright(look.theory, params.lag - 1, dash="dash"))
        text = " " + look.t("where the answer stands: k − 1 = {n}").format(n=params.lag - 1)
        notes.append(words(params.lag - 1, 1.0, text, look.theory, 13, yref="y domain", yanchor="top"))
    title = f"<b>{name}</b>" if len(n) else alt
    top = min(1.02, max(0.1, 1.15 * float(np.nanmax(values)))) if len(n) else 1.02
    notes.append(words(0, 1.01, title, look.text, 14, xref="paper", yref="paper", yanchor="bottom"))
    picture = figure(
        look,
        alt=alt,
        x=axis(look, look.t("distance n = i − j (positions)"), range=[-0.7, float(n[-1]) + 0.7 if len(n) else 31.0]),
        y=axis(look, look.t("share of attention"), range=[0, top]),
        shapes=shapes,
        annotations=notes,
        margin=margin(t=36),
    )
    for head in range(len(values)):
        chosen = head == min(params.head, params.heads) - 1
        shade = color(look, params.encoding) if chosen else look.quiet
        text = look.t("head {head}").format(head=head + 1)
        if len(n):
            picture.add(line(n, values[head][known], shade, name=text, width=3 if chosen else 1.4))
    return picture


def buckets(timeline: Timeline, look: Style) -> Picture:
    """T5's learned numbers by distance, one line per head; distances whose bucket was never trained are shaded."""
    params, bias = timeline.params, timeline.frame.arrays["t5_bias"]
    far = round(8 * params.train_length)
    n = np.arange(0, min(far, 256))
    bucket = theory.t5_bucket(n, params.buckets, params.reach, params.causal)
    never = ~theory.t5_reachable(params.train_length, params.buckets, params.reach, params.causal)
    count = int(never.sum())
    alt = look.t("T5's biases between {low:.1f} and {high:.1f}; {count} buckets were never trained and are still 0.").format(
        low=float(bias.min()), high=float(bias.max()), count=count
    )
    shapes = [upright(look.mark, params.train_length - 0.5, dash="dash")]
    notes = [words(params.train_length, 1, " " + look.t("training length L"), look.mark, 13, yref="y domain", yanchor="top")]
    start = n[np.argmax(never[bucket])] if never[bucket].any() else None
    if start is not None:
        box = {"type": "rect", "x0": float(start) - 0.5, "x1": float(n[-1]), "y0": 0, "y1": 1, "yref": "y domain"}
        shapes.append({**box, "layer": "below", "fillcolor": look.grid, "opacity": 0.6, "line": {"width": 0}})
        text = " " + look.t("{count} buckets never trained: exactly 0").format(count=count)
        notes.append(words(float(start), 0.85, text, look.quiet, 13, yref="y domain"))
    edges = n[1:][np.diff(bucket) > 0]
    picture = figure(
        look,
        alt=alt,
        x=axis(look, look.t("distance n = i − j (positions)")),
        y=axis(look, look.t("bias β added to the score"), zeroline=True),
        shapes=shapes,
        annotations=notes,
    )
    for head in range(len(bias)):
        chosen = head == min(params.head, params.heads) - 1
        shade = color(look, "t5") if chosen else look.quiet
        text = look.t("head {head}").format(head=head + 1)
        picture.add(line(n, bias[head][bucket], shade, name=text, width=3 if chosen else 1.2))
    floor, reach = float(min(bias.min(), 0)), float(bias.max() - min(bias.min(), 0)) or 1.0
    gap = np.full(len(edges), np.nan)
    across = np.stack([edges - 0.5, edges - 0.5, gap], 1).ravel()
    ticks = np.stack([gap, gap, gap], 1)  # a short stroke at the lower edge of every bucket
    ticks[:, :2] = floor - 0.06 * reach, floor - 0.02 * reach
    picture.add(line(across, ticks.ravel(), look.quiet, width=1.2, hoverinfo="skip"))
    return picture
