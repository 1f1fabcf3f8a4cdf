"""Pictures of the categorical VAE: bounds against the step, the whole code book, what a code stands for, gradients now."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.discrete.gumbel_softmax.estimators import evaluations
from engine.discrete.gumbel_softmax.palette import NAMES, estimator_color
from engine.discrete.gumbel_softmax.params import RELAXED, GumbelSoftmaxParams, book_columns, scalar_name
from engine.discrete.gumbel_softmax.sheet import Sheet
from engine.plot.figures import axis


def bounds(timeline: Timeline, look: Style) -> Picture:
    """Discrete ELBO of every network (solid) and the relaxed value it flatters itself with (thin, shaded gap)."""
    params, scalars = timeline.params, timeline.frame.scalars
    said = ", ".join(f"{look.t(NAMES[name])} {scalars[scalar_name('elbo', name)]:.2f}" for name in params.estimators)
    alt = look.t("Held-out discrete ELBO in nats: {values}.").format(values=said)
    picture = Sheet(look, alt=alt, x=axis(look, look.t("step")), y=axis(look, look.t("ELBO per image (nats)")))
    picture.layout["margin"] = {"l": 62, "r": 158, "t": 26, "b": 50}
    ends: list[tuple[float, str, str]] = []
    lowest, highest, last_step = [], [], 0.0
    for name in params.estimators:
        color, text = estimator_color(name, look), look.t(NAMES[name])
        steps, elbo = timeline.trace(scalar_name("elbo", name))
        if name in RELAXED:
            _, soft = timeline.trace(scalar_name("relaxed", name))
            both = np.isfinite(elbo) & np.isfinite(soft)
            if both.sum() > 1:
                picture.line(steps[both], elbo[both], color, width=0, hoverinfo="skip")
                picture.line(
                    steps[both],
                    soft[both],
                    color,
                    dash="dot",
                    width=1.4,
                    fill="tonexty",
                    fillcolor=_veil(color),
                    name=look.t("relaxed"),
                )
                highest.append(float(soft[both].max()))
        picture.line(steps, elbo, color, name=text, dash="dash" if name == "exact" else "solid")
        known = np.flatnonzero(np.isfinite(elbo))
        if len(known):
            cost = evaluations(name, params.samples, params.rloo, params.codes)
            last = float(elbo[known[-1]])
            shown = look.t("{name}<br> {value:.2f} · {count} f").format(name=text, value=last, count=cost)
            ends.append((last, " " + shown, color))
            last_step = float(steps[known[-1]])
            late = elbo[known[len(known) // 20 :]]
            lowest.append(float(late.min()))
            highest.append(float(late.max()))
    if lowest:
        low, high = min(lowest), max(highest)
        room = max(high - low, 1.0)
        picture.layout["y"]["range"] = [low - 0.08 * room, high + 0.12 * room]
        picture.layout["x"]["range"] = [0, max(last_step, 1.0)]
        picture.ends(last_step, ends, low, high, size=12, gap=0.095)
    if params.enumerated:
        badge = look.t("exact: all {codes} codes, {images} images").format(codes=params.codes, images=int(scalars["evaluated"]))
    else:
        badge = look.t("sampled: {draws} draws × {images} images").format(draws=4, images=int(scalars["evaluated"]))
    picture.note(badge, look.good if params.enumerated else look.second, x=0.98, y=0.02, yanchor="bottom")
    picture.marks(timeline)
    return picture.build()


def code_book(timeline: Timeline, look: Style) -> Picture:
    """What every code decodes to; click a code to see its images."""
    params, arrays, scalars = timeline.params, timeline.frame.arrays, timeline.frame.scalars
    name = shown_estimator(params)
    pictures = arrays["book"].reshape(len(arrays["book"]), *arrays["image_size"])
    columns = book_columns(params, len(pictures))
    used = scalars[scalar_name("used", name)]
    alt = look.t("Code book of {name}: {used} of {codes} codes are used by the training images.").format(
        name=look.t(NAMES[name]), used=int(used), codes=params.codes
    )
    alive = arrays["usage"] > 0
    heading = look.t("{name}: {used} of {codes} codes used (pale: dead)").format(
        name=look.t(NAMES[name]), used=int(used), codes=params.codes
    )
    picture = _book(look, alt, pictures * np.where(alive, 1.0, 0.25)[:, None, None], columns, heading)
    _frame_cell(picture, int(scalars["cell"]), columns, look)
    return picture.build()


def usage(timeline: Timeline, look: Style) -> Picture:
    """How many training images use each shown code; click one."""
    params, arrays, scalars = timeline.params, timeline.frame.arrays, timeline.frame.scalars
    counts = arrays["usage"]
    columns = book_columns(params, len(counts))
    rows = -(-len(counts) // columns)
    grid = np.full(rows * columns, np.nan)
    grid[: len(counts)] = counts
    alt = look.t("The most used code has {most} training images, {dead} shown codes have none.").format(
        most=int(counts.max()), dead=int((counts == 0).sum())
    )
    picture = Sheet(
        look,
        alt=alt,
        x=axis(look, "", visible=False, range=[0, columns], constrain="domain"),
        y=axis(look, "", visible=False, range=[rows, 0], scaleanchor="x", constrain="domain"),
        margin={"l": 20, "r": 12, "t": 20, "b": 20},
        meta={"click": ["cell_x", "cell_y"]},
    )
    picture.heatmap(
        x=np.arange(columns) + 0.5,
        y=np.arange(rows) + 0.5,
        z=np.sqrt(grid.reshape(rows, columns)),
        zmin=0,
        colorscale=[[0, look.background], [1, look.measured]],
        hoverinfo="skip",
    )
    if len(counts) <= 100:
        spot = np.arange(len(counts))
        picture.text(spot % columns + 0.5, spot // columns + 0.5, [str(int(count)) for count in counts], look.text)
    _frame_cell(picture, int(scalars["cell"]), columns, look, width=1.0)
    return picture.build()


def members(timeline: Timeline, look: Style) -> Picture:
    """The picture that the chosen code decodes to (left) and training images whose most probable code it is."""
    params, arrays, scalars = timeline.params, timeline.frame.arrays, timeline.frame.scalars
    cell, count = int(scalars["cell"]), int(scalars["member_count"])
    size = arrays["image_size"]
    held = arrays["members"][: min(count, len(arrays["members"]))]
    shown = np.concatenate([arrays["book"][cell : cell + 1], held]).reshape(-1, *size)
    index = int(arrays["book_index"][cell])
    digits = [index // params.levels ** (params.variables - 1 - m) % params.levels for m in range(params.variables)]
    alt = look.t("Code {code} is the most probable code of {count} training images.").format(code=digits, count=count)
    heading = look.t("code {code}: {count} training images (first tile: what it decodes to)").format(
        code="-".join(str(d + 1) for d in digits), count=count
    )
    picture = _book(look, alt, shown, 7, heading, click=False)
    _frame_cell(picture, 0, 7, look)
    return picture.build()


def gradients_now(timeline: Timeline, look: Style) -> Picture:
    """Bias and noise of every estimator's gradient on 16 held-out images, relative to full enumeration, at the last probe."""
    params, arrays = timeline.params, timeline.frame.arrays
    bias, error, sd = arrays["probe_bias"], arrays["probe_error"], arrays["probe_sd"]
    rows = [row for row, name in enumerate(params.estimators) if name != "exact"]
    alt = look.t("Gradient noise relative to the exact gradient: {values}.").format(
        values=", ".join(f"{look.t(NAMES[params.estimators[row]])} {sd[row]:.3g}" for row in rows)
    )
    names = [look.t(NAMES[params.estimators[row]]) for row in rows]
    spots = list(range(len(rows)))
    picture = Sheet(
        look,
        alt=alt,
        x=axis(look, look.t("relative to |exact|"), log=True, dtick=1, exponentformat="power", range=[-2.2, 3.4]),
        y=axis(look, "", tickvals=spots, ticktext=names, range=[len(rows) - 0.4, -0.9], showgrid=False),
        margin={"l": 180, "r": 18, "t": 26, "b": 50},
    )
    if not params.enumerated:
        picture.note(look.t("needs an enumerable code book"), look.second)
        return picture.build()
    for spot, row in zip(spots, rows, strict=True):
        color = estimator_color(params.estimators[row], look)
        picture.dots([max(float(sd[row]), 0.007)], [spot], color, size=13, name=look.t("sd of one step"))
        sure = bool(bias[row] > 2 * error[row])
        picture.dots(
            [max(float(bias[row]), 0.007)],
            [spot],
            color if sure else look.background,
            size=12,
            symbol="diamond",
            ring=color,
            name=look.t("bias"),
        )
    picture.upright(1, look.theory, dash="dash", width=1.5)
    picture.label(0, -0.65, look.t(" = |exact|"), look.theory)
    picture.note(
        look.t("● sd of one step   ◆ bias (hollow: below its noise)"), look.text, x=0.98, y=0.02, yanchor="bottom", size=13
    )
    return picture.build()


def shown_estimator(params: GumbelSoftmaxParams) -> str:
    """Whose code book is shown."""
    return params.shown if params.shown in params.estimators else params.estimators[0]


def _book(look: Style, alt: str, pictures: np.ndarray, columns: int, title: str, *, click: bool = True) -> Sheet:
    """Pictures (n, height, width) of 0..255 as a grid whose axes count cells, rows from the top."""
    count, height, width = pictures.shape
    rows = -(-count // columns)
    gap = max(1, round(min(height, width) / 10))
    ratio = (height + gap) / (width + gap)
    frame: dict[str, Any] = {"visible": False, "constrain": "domain"}
    picture = Sheet(
        look,
        alt=alt,
        x=axis(look, "", range=[0, columns], **frame),
        y=axis(look, "", range=[rows, 0], scaleanchor="x", scaleratio=ratio, **frame),
        margin={"l": 20, "r": 12, "t": 40, "b": 16},
        title={"text": title, "font": {"size": 15}, "x": 0.02},
        meta={"click": ["cell_x", "cell_y"]} if click else {},
    )
    canvas = np.full((rows * columns, height + gap, width + gap), np.nan, np.float32)
    canvas[:count, :height, :width] = pictures
    laid = canvas.reshape(rows, columns, height + gap, width + gap).transpose(0, 2, 1, 3)
    picture.heatmap(
        x=(np.arange(columns * (width + gap)) + 0.5) / (width + gap),
        y=(np.arange(rows * (height + gap)) + 0.5) / (height + gap),
        z=laid.reshape(rows * (height + gap), columns * (width + gap)),
        zmin=0.0,
        zmax=255.0,
        colorscale=[[0, "#0b0d11"], [1, "#f4f6f8"]] if look.dark else [[0, "#f7f8fa"], [1, "#101318"]],
        hoverinfo="skip",
    )
    return picture


def _frame_cell(picture: Sheet, cell: int, columns: int, look: Style, width: float = 0.93) -> None:
    top, left = divmod(cell, columns)
    picture.frame(left, top, width, width, look.mark)


def _veil(color: str) -> str:
    red, green, blue = (int(color[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.12)"
