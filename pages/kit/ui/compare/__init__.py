"""Saved runs side by side: their curves and endings in charts that answer each other, and the last picture of each."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import streamlit as st

from engine.core.language import translator
from engine.core.picture import Style
from engine.runs.store.errors import StoreError
from engine.runs.store.records import KeptRun
from pages.kit.ui import keep
from pages.kit.ui.compare.linked import charts, common, differing
from pages.kit.ui.story import plain

MOST = 6


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
        left, right = st.columns(2)
        scalar = left.selectbox(t("Curve"), names, format_func=lambda name: f"{name}: {meanings[name]}", key="runs:scalar")
        against = right.selectbox(t("Against"), differing(runs), key="runs:against")
        style = Style("dark" if dark else "light", language, t)
        st.altair_chart(charts(runs, scalar or names[0], against or "seed", style), theme=None, key="runs:charts")
        st.caption(
            t(
                "Drag over steps in the first chart: the others follow. Click a run to single it out; a click beside it ends that."
            )
        )
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
