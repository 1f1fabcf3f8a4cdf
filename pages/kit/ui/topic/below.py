"""What stands below the pictures, folded: the explanation, the sweep, the loop, limits, sources; and the ways to keep a run."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st
from streamlit.elements.lib.mutable_expander_container import ExpanderContainer

from engine.export.loop import source
from pages.kit.live.stage.run import LiveRun
from pages.kit.ui.keep import save_button
from pages.kit.ui.share import share_button
from pages.kit.ui.take_home import take_home
from pages.kit.ui.topic.happened import numbers


def keep_row(run: LiveRun) -> None:
    """Save, share, take home: a button each."""
    with st.container(key="keep"):
        for column, part in zip(st.columns(3), (save_button, share_button, take_home), strict=True):
            with column:
                part(run)


def folds(run: LiveRun, text: Mapping[str, str]) -> None:
    """The texts of the topic; each fold is one click away and none is open at first."""
    _explanation(run, text["explanation"])
    _loop(run)
    if text.get("notes"):
        with st.expander(run.t("Limits and pitfalls"), key="fold-limits", icon=":material/warning:"):
            st.markdown(text["notes"])
    with st.expander(run.t("Sources"), key="fold-sources", icon=":material/menu_book:"):
        st.markdown(text["sources"])


@st.fragment  # unfolding it asks for nothing else of the page; folded, its formulas are not typeset again and again
def _explanation(run: LiveRun, explanation: str) -> None:
    fold = _fold(run, "Explanation", "explanation", ":material/functions:")
    if fold.open:
        with fold:
            st.markdown(run.t(run.topic.question))
            numbers(run, explanation)


@st.fragment  # as above
def _loop(run: LiveRun) -> None:
    """The training loop's source. It is sent when it is unfolded: to colour it takes a fifth of all that a page's start takes."""
    fold = _fold(run, "The loop, as it runs", "loop", ":material/code:")
    if fold.open:
        fold.code(source(run.topic), language="python")


def _fold(run: LiveRun, title: str, name: str, icon: str) -> ExpanderContainer:
    """A fold whose content is made when it is open; another language leaves it as it was."""
    state = st.session_state
    key, was_open = f"fold-{name}-{run.topic.slug}-{run.language}", f"{name}:{run.topic.slug}"
    state.setdefault(key, state.get(was_open, False))  # under another title Streamlit takes it for another fold
    fold = st.expander(run.t(title), key=key, icon=icon, on_change="rerun")
    state[was_open] = fold.open
    return fold
