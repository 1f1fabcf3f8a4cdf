"""Saved runs side by side: one curve of each in one picture, and how each of them ended."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import numpy as np
import streamlit as st

from engine.core.language import translator
from engine.core.picture import Picture, Style
from engine.plot.figures import axis, figure, line
from engine.runs.store.errors import StoreError
from engine.runs.store.records import KeptRun
from pages.kit.ui import keep
from pages.kit.ui.story import plain

MOST = 6


def common(runs: Sequence[KeptRun]) -> list[str]:
    """The scalars that every one of the runs has, in the order of the first one's topic."""
    names = [set(run.history.scalars()) - {"step"} for run in runs]
    return [output.name for output in runs[0].topic.outputs if output.scalar and all(output.name in have for have in names)]


def curves(runs: Sequence[KeptRun], scalar: str, look: Style) -> Picture:
    """One scalar of all runs against the step, a colour for each run."""
    t = look.t
    said = ", ".join(f"{run.info.title} {run.last.scalars.get(scalar, float('nan')):.4g}" for run in runs)
    alt = t("The curve of {name} of {count} runs; at the end: {values}.").format(name=scalar, count=len(runs), values=said)
    output = next(output for output in runs[0].topic.outputs if output.name == scalar)
    meaning = translator(look.language, runs[0].topic.slug)(output.meaning)
    picture = figure(look, alt=alt, x=axis(look, t("step")), y=axis(look, meaning), showlegend=True, height=420)
    picture.update(legend={"orientation": "h", "y": 1.02, "yanchor": "bottom"}, margin={"t": 60})
    for number, run in enumerate(runs):
        history = run.history.scalars()
        values = history.get(scalar, np.full(len(history["step"]), np.nan))
        picture.add(line(history["step"], values, look.series[number], name=f"{number + 1} · {_html(run.info.title)}"))
    return picture


def compare(keys: Sequence[uuid.UUID], language: str) -> None:
    """Draw the comparison; a run that cannot be opened is named, the others are drawn."""
    t = translator(language)
    runs: list[KeptRun] = []
    for key in keys[:MOST]:
        try:
            runs.append(keep.store().load(key))
        except StoreError as problem:
            st.error(keep.say(problem, t))
    if not runs:
        return
    dark = st.context.theme.type == "dark"
    names = common(runs)
    if names:
        words = translator(language, runs[0].topic.slug)
        meanings = {output.name: words(output.meaning) for output in runs[0].topic.outputs}
        scalar = st.selectbox(t("Curve"), names, format_func=lambda name: f"{name}: {meanings[name]}", key="runs:scalar")
        look = Style("dark" if dark else "light", language, t)
        st.plotly_chart(curves(runs, scalar or names[0], look).plotly(), theme=None, key="runs:curves")
    else:
        st.info(t("These runs have no curve in common."))
    _endings(runs, dark, language)


def _endings(runs: Sequence[KeptRun], dark: bool, language: str) -> None:
    """The last frame of every run in one of its topic's views, chosen for each topic."""
    chosen: dict[str, str] = {}
    for run in runs:
        slug = run.topic.slug
        if slug not in chosen:
            words = translator(language, slug)
            views = {view.name: words(view.title) for view in run.topic.views}
            label = f"{words('View')} · {words(run.topic.title)}"
            chosen[slug] = st.selectbox(label, list(views), format_func=views.__getitem__, key=f"runs:view:{slug}") or next(
                iter(views)
            )
    for start in range(0, len(runs), 3):
        for offset, column in enumerate(st.columns(3)):
            if start + offset < len(runs):
                with column:
                    _ending(runs[start + offset], start + offset, chosen[runs[start + offset].topic.slug], dark, language)


def _ending(run: KeptRun, number: int, name: str, dark: bool, language: str) -> None:
    words = translator(language, run.topic.slug)
    st.markdown(f"**{number + 1} · {plain(run.info.title)}**")
    view = run.topic.view(name)
    if view.when is not None and not view.when(run.params):
        st.caption(words("This picture does not exist with the present settings."))
        return
    picture = view.draw(run.timeline(), Style("dark" if dark else "light", language, words))
    st.plotly_chart(picture.update(height=360, autosize=True).plotly(), theme=None, key=f"runs:ending:{run.info.id}")


def _html(text: str) -> str:
    """Text in a figure, where a few HTML tags have a meaning."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
