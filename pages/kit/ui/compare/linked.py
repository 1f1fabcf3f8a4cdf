"""Charts of saved runs that answer each other: brush steps in the first, and all follow; click a run, and it stands alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from engine.core.language import translator
from engine.core.picture import Style
from engine.runs.store.records import KeptRun

MOST_CURVES = 8  # further scalars beside the chosen one
MOST_POINTS = 400  # of a curve in a chart: more than it has pixels would only be sent


def common(runs: Sequence[KeptRun]) -> list[str]:
    """The scalars that every one of the runs has, in the order of the first one's topic."""
    names = [set(run.history.scalars()) - {"step"} for run in runs]
    return [output.name for output in runs[0].topic.outputs if output.scalar and all(output.name in have for have in names)]


def label(number: int, run: KeptRun) -> str:
    """What a run is called in all charts: its number, so that two of one title differ, and its title."""
    return f"{number + 1} · {run.info.title}"


def curves(runs: Sequence[KeptRun], scalars: Sequence[str]) -> pd.DataFrame:
    """Long table (run, step, scalar, value) of all curves; of a long one every so many points, its last among them."""
    parts = []
    for number, run in enumerate(runs):
        history = run.history.scalars()
        kept = np.unique(np.linspace(0, len(history["step"]) - 1, min(MOST_POINTS, len(history["step"]))).round().astype(int))
        for scalar in scalars:
            values = history[scalar][kept]
            parts.append(
                pd.DataFrame({"run": label(number, run), "step": history["step"][kept], "scalar": scalar, "value": values})
            )
    return pd.concat(parts, ignore_index=True)


def numbers(runs: Sequence[KeptRun]) -> pd.DataFrame:
    """One row a run: its numeric settings ("param_<name>"), seed and last scalars ("last_<name>")."""
    rows: list[dict[str, Any]] = []
    for number, run in enumerate(runs):
        settings = {
            f"param_{name}": float(value)
            for name, value in run.params.values().items()
            if isinstance(value, int | float) and not isinstance(value, bool)
        }
        last = {f"last_{name}": value for name, value in run.last.scalars.items()}
        rows.append({"run": label(number, run), "param_seed": float(run.score.seed), **settings, **last})
    return pd.DataFrame(rows)


def differing(runs: Sequence[KeptRun]) -> list[str]:
    """The numeric settings (and "seed") that are not the same in all runs: what a scatter can be drawn against."""
    table = numbers(runs)
    names = [name.removeprefix("param_") for name in table if name.startswith("param_") and table[name].notna().all()]
    return [name for name in names if table[f"param_{name}"].nunique() > 1] or ["seed"]


def charts(runs: Sequence[KeptRun], scalar: str, against: str, style: Style) -> alt.VConcatChart:
    """The chosen scalar with a brush, the same runs' other scalars over the brushed steps, and the endings against a setting."""
    topic, t = runs[0].topic, style.t
    words = translator(style.language, topic.slug)
    meanings = {output.name: words(output.meaning) for output in topic.outputs}
    control = type(runs[0].params).controls().get(against)
    setting = words(control.title) if control is not None else t("seed")
    brush = alt.selection_interval(encodings=["x"], name="steps")
    pick = alt.selection_point(fields=["run"], name="picked", toggle=False)
    names = [label(number, run) for number, run in enumerate(runs)]
    scale = alt.Scale(domain=names, range=list(style.series[: len(names)]))
    color = alt.Color("run:N", title=None, scale=scale, legend=alt.Legend(orient="top", labelLimit=400, columns=3))
    pale = alt.condition(pick, alt.value(1.0), alt.value(0.15))
    others = [name for name in common(runs) if name != scalar][:MOST_CURVES]
    table = curves(runs, [scalar, *others])

    def drawn(name: str, domain: Any, height: int, width: int) -> alt.Chart:
        x = alt.X("step:Q", title=t("step"), scale=alt.Scale(domain=domain) if domain is not None else alt.Undefined)
        tip = [
            alt.Tooltip("run:N", title=t("run")),
            alt.Tooltip("step:Q", title=t("step")),
            alt.Tooltip("value:Q", title=meanings[name]),
        ]
        marks = alt.Chart(table[table["scalar"] == name]).mark_line(clip=True, point={"size": 12, "opacity": 0.01})
        y = alt.Y("value:Q", title=None, scale=alt.Scale(zero=False))
        title = alt.TitleParams(meanings[name], anchor="start", fontSize=13, fontWeight="normal")
        return marks.encode(x=x, y=y, color=color, opacity=pale, tooltip=tip).properties(
            height=height, width=width, title=title
        )

    first = drawn(scalar, None, 220, 620).add_params(brush, pick)
    place = alt.X(f"param_{against}:Q", title=setting, scale=alt.Scale(zero=False, padding=14))
    ending = alt.Y(f"last_{scalar}:Q", title=None, scale=alt.Scale(zero=False, padding=14))
    heading = alt.TitleParams(
        t("At the end, against {name}").format(name=setting), anchor="start", fontSize=13, fontWeight="normal"
    )
    tip = [
        alt.Tooltip("run:N", title=t("run")),
        alt.Tooltip(f"param_{against}:Q", title=setting),
        alt.Tooltip(f"last_{scalar}:Q", title=meanings[scalar]),
    ]
    ends = alt.Chart(numbers(runs)).mark_circle(size=140).encode(x=place, y=ending, color=color, opacity=pale, tooltip=tip)
    top = alt.hconcat(first, ends.properties(height=220, width=320, title=heading))
    rows = [
        alt.hconcat(*(drawn(name, brush, 110, 300) for name in others[start : start + 3])) for start in range(0, len(others), 3)
    ]
    return themed(alt.vconcat(top, *rows), style)


def themed(chart: alt.VConcatChart, style: Style) -> alt.VConcatChart:
    """The house's colours: quiet axes, the theme's background."""
    quiet = {
        "labelColor": style.quiet,
        "titleColor": style.text,
        "gridColor": style.grid,
        "domainColor": style.quiet,
        "tickColor": style.quiet,
    }
    words = {"labelColor": style.text, "titleColor": style.text}
    return (
        chart.configure(background=style.background)
        .configure_axis(**quiet, labelFontSize=12, titleFontSize=13, titleFontWeight="normal")
        .configure_legend(**words, labelFontSize=13, symbolStrokeWidth=3)
        .configure_title(color=style.text)
        .configure_view(stroke=None)
    )
