"""Pictures of the race: accuracy beyond the training length, losses, stretching a trained RoPE, shuffling."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.attention.position_encodings import theory
from engine.attention.position_encodings.names import NAMES, color, dash
from engine.attention.position_encodings.score_views import margin, upright, words
from engine.core.picture import Picture, Style, bar, heatmap, scatter
from engine.core.topic import Timeline
from engine.plot.figures import axis, figure, line, mark_changes, spread

TIE = 0.015  # of accuracy: one to two standard errors of a full test, so nobody is said to win by less


def winners(accuracy: np.ndarray, chance: float) -> np.ndarray:
    """Who is best at each length, or within TIE of it: bool like accuracy (contestants, lengths).

    Nobody wins a length at which nobody has been tested, or at which the best is within TIE of guessing.
    """
    known = np.where(np.isfinite(accuracy), accuracy, -np.inf)
    best = known.max(0)
    return np.asarray((known >= best - TIE) & (best > chance + TIE))


def _length_axis(look: Style, lengths: np.ndarray, *, room: float = 1.0) -> dict[str, Any]:
    low, high = np.log10(lengths[0] * 0.95), np.log10(lengths[-1] * 1.04 * room)
    ticks = {"tickvals": lengths.tolist(), "ticktext": [str(n) for n in lengths]}
    return axis(look, look.t("test length L′ (positions)"), log=True, range=[float(low), float(high)], **ticks)


def _levels(timeline: Timeline, look: Style) -> tuple[list[dict], list[dict]]:
    """Ceiling and chance as dashed lines with their names; the training length as a vertical one."""
    scalars, params = timeline.frame.scalars, timeline.params
    shapes = [upright(look.mark, params.train_length, dash="dash")]
    notes = []
    for key, text, shade in (("ceiling", look.t("best possible"), look.theory), ("chance", look.t("guessing"), look.quiet)):
        level = scalars[key]
        stroke = {"color": shade, "width": 1.6, "dash": "dash"}
        shapes.append({"type": "line", "x0": 0, "x1": 1, "xref": "x domain", "y0": level, "y1": level, "line": stroke})
        above = "bottom" if key == "ceiling" else "top"
        notes.append(words(0.99, level, f"{text} {level:.3g}", shade, 12, xref="x domain", xanchor="right", yanchor=above))
    return shapes, notes


def extrapolation(timeline: Timeline, look: Style) -> Picture:
    """Accuracy at every tested length, one curve per contestant."""
    params, arrays = timeline.params, timeline.frame.arrays
    lengths, accuracy, loss, at = (arrays[key] for key in ("lengths", "accuracy", "test_loss", "tested_at"))
    near = int(np.argmin(np.abs(lengths - params.test_length)))
    known = [i for i in range(len(params.contestants)) if np.isfinite(accuracy[i, near])]
    if known:
        best = max(known, key=lambda i: accuracy[i, near])
        worst = min(known, key=lambda i: accuracy[i, near])
        alt = look.t("At length {length}, {best} is best with accuracy {high:.2f} and {worst} last with {low:.2f}.").format(
            length=int(lengths[near]),
            best=look.t(NAMES[params.contestants[best]]),
            high=float(accuracy[best, near]),
            worst=look.t(NAMES[params.contestants[worst]]),
            low=float(accuracy[worst, near]),
        )
    else:
        alt = look.t("No contestant has been tested yet.")
    shapes, notes = _levels(timeline, look)
    shapes.append(upright(look.text, params.test_length, dash="solid"))
    here, there = float(np.log10(params.train_length)), float(np.log10(params.test_length))
    notes.append(words(here, 1.0, look.t("trained up to here"), look.mark, 12, yref="y domain", yanchor="bottom"))
    said = look.t("accuracy {accuracy:.3f}, loss {loss:.3f} nats, step {step}")
    notes.append(words(there, 0.0, f" L′ = {params.test_length}", look.text, 13, yref="y domain", yanchor="bottom"))
    curves, ends = [], []
    for row, name in enumerate(params.contestants):
        seen = np.flatnonzero(np.isfinite(accuracy[row]))
        shade, title, bold = color(look, name), look.t(NAMES[name]), name == params.encoding
        curves.append(
            scatter(
                x=lengths[seen],
                y=accuracy[row][seen],
                mode="lines+markers",
                name=title,
                text=[said.format(accuracy=accuracy[row, i], loss=loss[row, i], step=at[row, i]) for i in seen],
                hoverinfo="text+name",
                customdata=[name] * len(seen),
                line={"color": shade, "width": 4.5 if bold else 2.2, "dash": dash(name)},
                marker={"color": shade, "size": 9 if bold else 6},
            )
        )
        if len(seen):
            ends.append((float(lengths[seen[-1]]), float(accuracy[row, seen[-1]]), title, shade))
    notes += [words(1.01, y, title, shade, 14, xref="x domain") for _, y, title, shade in spread(ends, gap=0.07)]
    picture = figure(
        look,
        alt=alt,
        x=_length_axis(look, lengths),
        y=axis(look, look.t("accuracy, last quarter of positions"), range=[0, 1.08]),
        shapes=shapes,
        annotations=notes,
        margin=margin(r=138),
        meta={"alt": alt, "click_data": "encoding"},
    )
    return picture.add(*curves)


def _short(accuracy: float) -> str:
    """Three characters, so that seven stand side by side on a phone: .92, 1.0, or a dash where there was no test."""
    if not np.isfinite(accuracy):
        return "–"
    return f"{accuracy:.2f}".removeprefix("0")[:3]


def scoreboard(timeline: Timeline, look: Style) -> Picture:
    """The same numbers as a table, contestants by length, with a frame around the winners of each length."""
    params, arrays, scalars = timeline.params, timeline.frame.arrays, timeline.frame.scalars
    lengths, accuracy = arrays["lengths"], arrays["accuracy"]
    rows, columns = accuracy.shape
    wins = winners(accuracy, scalars["chance"])
    reached = int((np.nan_to_num(accuracy[:, -1]) > 0.9 * scalars["ceiling"]).sum())
    alt = look.t("Table of accuracies: {count} of {all} contestants still work at {length} positions.").format(
        count=reached, all=rows, length=int(lengths[-1])
    )
    labels = [look.t(NAMES[name]) for name in params.contestants]
    first = [name for name, won in zip(labels, wins[:, -1], strict=True) if won]
    if first:
        alt += " " + look.t("Best there: {names}.").format(names=", ".join(first))
    ticks: dict[str, Any] = {"tickvals": list(range(columns)), "ticktext": [f"{n}" for n in lengths]}
    names: dict[str, Any] = {"tickvals": list(range(rows)), "ticktext": labels}
    stroke = {"color": look.text, "width": 2}
    frames = [
        {"type": "rect", "x0": j - 0.46, "x1": j + 0.46, "y0": i - 0.42, "y1": i + 0.42, "line": stroke}
        for i, j in np.argwhere(wins).tolist()
    ]
    legend = look.t("framed: best, or within {tie} of it").format(tie=TIE)
    picture = figure(
        look,
        alt=alt,
        x=axis(look, look.t("test length L′ (positions)"), showgrid=False, **ticks),
        y=axis(look, showgrid=False, range=[rows - 0.5, -0.5], automargin=True, **names),
        margin=margin(l=124, t=34),
        shapes=frames,
        annotations=[words(1, 1.01, legend, look.text, 13, xref="paper", yref="paper", xanchor="right", yanchor="bottom")],
    )
    scale = [[0.0, look.background], [1.0, look.good]]
    picture.add(heatmap(z=accuracy, zmin=0.1, zmax=1.2, colorscale=scale, showscale=False, hoverinfo="skip"))
    x, y = np.meshgrid(np.arange(columns), np.arange(rows))
    text = [_short(value) for value in accuracy.ravel()]
    shown = {"size": 14, "color": look.text}
    picture.add(scatter(x=x.ravel(), y=y.ravel(), mode="text", text=text, textfont=shown, hoverinfo="skip"))
    return picture


def race(timeline: Timeline, look: Style) -> Picture:
    """Training loss of every contestant on the same batches, with the exact floor."""
    params, scalars = timeline.params, timeline.frame.scalars
    curves = [(f"loss_{name}", look.t(NAMES[name]), color(look, name)) for name in params.contestants]
    lowest = min(scalars[name] for name, _, _ in curves)
    alt = look.t("The least loss is {loss:.3f} nats; the floor is {floor:.3f} nats.").format(
        loss=lowest, floor=scalars["floor"]
    )
    log = scalars["floor"] <= 0
    notes, shapes, ends, lines = [], [], [], []
    for scalar, text, shade in curves:
        steps, values = timeline.trace(scalar)
        lines.append(line(steps, values, shade, name=text, dash=dash(scalar.removeprefix("loss_")), width=2.2))
        known = np.flatnonzero(np.isfinite(values))
        if len(known):
            ends.append((float(steps[known[-1]]), float(values[known[-1]]), text, shade))
    notes += [words(x, y, " " + text, shade) for x, y, text, shade in spread(ends, log=log, gap=0.1)]
    if not log:
        floor = scalars["floor"]
        stroke = {"color": look.theory, "width": 2, "dash": "dash"}
        shapes.append({"type": "line", "x0": 0, "x1": 1, "xref": "x domain", "y0": floor, "y1": floor, "line": stroke})
        text = look.t("exact floor {floor:.3f}").format(floor=floor)
        notes.append(words(0.01, floor, text, look.theory, 13, xref="x domain", yanchor="top"))
    picture = figure(
        look,
        alt=alt,
        x=axis(look, look.t("step")),
        y=axis(look, look.t("training loss (nats)"), log=log),
        shapes=shapes,
        annotations=notes,
        margin=margin(r=140),
    )
    picture.add(*lines)
    mark_changes(picture, timeline, look)
    return picture


def stretch(timeline: Timeline, look: Style) -> Picture:
    """The trained RoPE at every length, as it is and with its angles changed, and what happened to the frequencies."""
    params, arrays = timeline.params, timeline.frame.arrays
    lengths = arrays["lengths"]
    row = params.contestants.index("rope")
    plain, bent = arrays["stretched"]
    active = params.stretch != "none"
    plain = plain if active else arrays["accuracy"][row]
    trained, rope = params.train_length, color(look, "rope")
    twice = 2
    if active and np.isfinite(bent[twice]):
        alt = look.t(
            "Stretched by {mode}, the trained RoPE has accuracy {bent:.2f} at twice the length, without {plain:.2f}."
        ).format(mode=params.stretch, bent=float(bent[twice]), plain=float(plain[twice]))
    else:
        alt = look.t("The trained RoPE is not stretched.")
    shapes, notes = _levels(timeline, look)
    y = axis(look, look.t("accuracy, last quarter of positions"), range=[0, 1.08])
    x = _length_axis(look, lengths) | {"domain": [0, 0.6]}
    omega = theory.frequencies(params.head_width, params.base)
    new, _ = theory.stretched(params.stretch, params.head_width, params.base, params.factor, trained)
    pairs = np.arange(len(omega))
    right = axis(
        look,
        look.t("pair t"),
        domain=[0.73, 1.0],
        anchor="y2",
        dtick=1 if len(pairs) <= 8 else None,
        range=[-0.5, len(pairs) - 0.5],
    )
    turns = axis(look, look.t("turns within L"), log=True, anchor="x2", domain=[0, 1], dtick=1)
    said = look.t("as trained, {step:.0f} steps").format(step=timeline.frame.scalars["snapshot_step"])
    title = f"<b>RoPE</b> {said}" + (f" · <b>{params.stretch}</b>" if active else " · " + look.t("choose a stretch to compare"))
    notes.append(words(0, 1.01, title, look.text, 14, xref="paper", yref="paper", yanchor="bottom"))
    picture = figure(look, alt=alt, x=x, y=y, xaxis2=right, yaxis2=turns, shapes=shapes, annotations=notes, margin=margin(t=36))
    for values, shade, style, text in (
        (plain, rope, "solid", look.t("as trained")),
        (bent, look.second, "solid", params.stretch),
    ):
        seen = np.isfinite(values)
        if seen.any():
            trace = line(lengths[seen], values[seen], shade, name=text, dash=style, width=3)
            picture.add({**trace, "mode": "lines+markers", "marker": {"size": 8, "color": shade}})
    for freq, shade, symbol in ((omega, rope, "circle"), (new, look.second, "diamond-open")):
        if shade == rope or active:
            dot = {"color": shade, "size": 11, "symbol": symbol, "line": {"color": shade, "width": 2}}
            y_turns = trained * freq / (2 * np.pi)
            picture.add(scatter(x=pairs, y=y_turns, mode="markers", marker=dot, xaxis="x2", yaxis="y2", hoverinfo="y"))
    half = {"type": "line", "x0": 0, "x1": 1, "xref": "x2 domain", "y0": 1, "y1": 1, "yref": "y2"}
    picture.mark({**half, "line": {"color": look.quiet, "width": 1.4, "dash": "dash"}})
    return picture


def shuffle(timeline: Timeline, look: Style) -> Picture:
    """A sentence, the same sentence shuffled, and how far each net's answers fail to follow the shuffle."""
    params, arrays = timeline.params, timeline.frame.arrays
    (tokens, order), gaps = arrays["sentence"], arrays["shuffle_gap"]
    names = [look.t(NAMES[name]) for name in params.contestants]
    blind = [name for name, gap in zip(names, gaps, strict=True) if gap < 1e-5]
    alt = look.t("Encodings that do not notice the shuffle: {names}.").format(names=", ".join(blind) or look.t("none of them"))
    rows = list(range(len(names)))
    decades = np.log10(np.clip(gaps, 1e-8, None)) + 8
    ticks: dict[str, Any] = {"tickvals": [0, 2, 4, 6, 8], "ticktext": ["10⁻⁸", "10⁻⁶", "10⁻⁴", "0.01", "1"]}
    threshold = upright(look.theory, 3.0, dash="dash")
    threshold["yref"], threshold["y0"], threshold["y1"] = "y", -0.6, len(names) - 0.4
    picture = figure(
        look,
        alt=alt,
        x=axis(look, look.t("largest difference |f(Πx) − Πf(x)| without a mask"), range=[0, 10.2], **ticks),
        y=axis(look, domain=[0, 0.66], range=[len(names) - 0.4, -0.6], tickvals=rows, ticktext=names, showgrid=False),
        xaxis2=axis(look, visible=False, range=[-3.2, 8], anchor="y2"),
        yaxis2=axis(look, visible=False, range=[-0.6, 1.6], domain=[0.74, 1.0], anchor="x2"),
        margin=margin(l=150),
        annotations=[
            words(-0.7, 1, look.t("sentence x"), look.text, 14, xref="x2", yref="y2", xanchor="right"),
            words(-0.7, 0, look.t("shuffled Πx"), look.text, 14, xref="x2", yref="y2", xanchor="right"),
            words(3.05, -0.45, look.t("left of here: rounding only"), look.theory, 12, yanchor="bottom"),
        ],
        shapes=[threshold],
    )
    shades = [color(look, name) for name in params.contestants]
    picture.add(bar(x=decades, y=rows, orientation="h", marker={"color": shades}, width=0.6, hoverinfo="skip"))
    values = {"mode": "text", "text": [f" {gap:.1e}" for gap in gaps], "textposition": "middle right", "hoverinfo": "skip"}
    picture.add(scatter(x=decades, y=rows, textfont={"color": look.text, "size": 13}, **values))
    for height, sequence in ((1, tokens), (0, tokens[order])):
        letters = [chr(65 + int(token)) for token in sequence]
        square = {"symbol": "square", "size": 26, "color": [look.series[int(token) % len(look.series)] for token in sequence]}
        letter = {"color": look.background, "size": 15}
        at = {"x": list(range(len(letters))), "y": [height] * len(letters), "xaxis": "x2", "yaxis": "y2"}
        picture.add(scatter(mode="markers+text", text=letters, marker=square, textfont=letter, hoverinfo="skip", **at))
    return picture
