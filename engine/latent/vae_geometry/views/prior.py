"""What the prior draws: decoded grids of both arms, and which classes they show."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.core.picture import Picture, Style, bar
from engine.core.topic import Timeline
from engine.latent.vae_geometry.views.palette import blank, note, points, sheet, shown, tinted
from engine.plot.figures import axis, figure, tiles


def gallery(timeline: Timeline, look: Style) -> Picture:
    """Decoded prior codes of VAE and autoencoder, and a histogram of the classes of prior draws."""
    frame, params = timeline.frame, timeline.params
    arrays, scalars = frame.arrays, frame.scalars
    arms = [("", look.t("VAE"), look.first)] + ([("ae_", look.t("autoencoder"), look.second)] if params.twin else [])
    classes, half = arrays["histogram"].shape[0], 1 / len(arms)
    most = shown(float(np.log(classes)))
    layout: dict[str, Any] = {}
    traces: list[dict] = []
    notes = []
    for index, (prefix, name, color) in enumerate(arms):
        suffix = "" if index == 0 else str(index + 1)
        left, right, x, y = index * half + 0.01, (index + 1) * half - 0.02, f"x{suffix}", f"y{suffix}"
        flip = {"autorange": "reversed"} if arrays["size"][0] else {}
        layout[f"xaxis{suffix}"] = blank(look, domain=[left, right], anchor=y, constrain="domain")
        layout[f"yaxis{suffix}"] = blank(look, domain=[0.36, 0.91], anchor=x, scaleanchor=x, constrain="domain", **flip)
        every = 1 if classes <= 10 else 3
        title = _class_title(params, look)
        layout[f"xaxis{index + 5}"] = axis(look, title, domain=[left, right], anchor=f"y{index + 5}", dtick=every, tickangle=0)
        layout[f"yaxis{index + 5}"] = blank(look, domain=[0.0, 0.2], anchor=f"x{index + 5}", rangemode="tozero")
        traces += _pictures(timeline, arrays[f"{prefix}gallery"], look, color, {"xaxis": x, "yaxis": y})
        counts = arrays[f"{prefix}histogram"]
        style = {"marker": {"color": color}, "xaxis": f"x{index + 5}", "yaxis": f"y{index + 5}", "hoverinfo": "skip"}
        traces.append(bar(x=np.arange(classes), y=counts / max(float(counts.sum()), 1.0), **style))
        entropy = shown(scalars[f"{prefix}class_entropy"])
        notes.append(note((index + 0.5) * half, 0.96, f"<b>{name}</b>", color, size=15, anchor="center"))
        text = look.t("class entropy {value} of {most}").format(value=entropy, most=most)
        notes.append(note((index + 0.5) * half, 0.27, text, color, size=13, anchor="center"))
    picture = figure(
        look,
        alt=look.t("Classes drawn from the prior: entropy {vae:.2f} nats for the VAE, {ae:.2f} for the autoencoder.").format(
            vae=scalars["class_entropy"], ae=scalars["ae_class_entropy"]
        ),
        x=layout.pop("xaxis"),
        y=layout.pop("yaxis"),
        margin={"l": 14, "r": 8, "t": 8, "b": 46},
        annotations=notes,
        **layout,
    )
    picture.add(*traces)
    return picture


def _pictures(timeline: Timeline, drawn: np.ndarray, look: Style, color: str, axes: dict[str, str]) -> list[dict]:
    arrays = timeline.frame.arrays
    if arrays["size"][0]:
        height, width = (int(v) for v in arrays["size"])
        return [
            sheet(
                tiles(drawn.reshape(-1, height, width).astype(np.float32), round(len(drawn) ** 0.5)),
                look,
                axes["xaxis"],
                axes["yaxis"],
            )
        ]
    shadow = arrays["shadow"]
    marks = {"color": color, "size": 6, "symbol": "x"}
    return [
        tinted(shadow[:, 0], shadow[:, 1], arrays["hue"], timeline.params, look, size=3, opacity=0.45, **axes),
        points(drawn[:, 0], drawn[:, 1], marks, **axes),
    ]


def _class_title(params: Any, look: Style) -> str:
    match params.data:
        case "digits":
            return look.t("digit")
        case "glyph" | "hard-glyph":
            return look.t("sector of 30°")
        case "moons":
            return look.t("moon")
        case "own":
            return look.t("class")
        case _:
            return look.t("tenth of the roll")
