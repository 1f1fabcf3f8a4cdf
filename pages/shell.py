"""What every page shares: page settings, language, navigation. Then the page itself, when it is its turn."""

from __future__ import annotations

import streamlit as st

from engine.core.language import ASSETS, LANGUAGES, choose, translator
from pages.kit.ui import sign_in
from pages.kit.ui.components import page_language
from pages.kit.ui.shell.navigation import head, sections
from pages.kit.ui.shell.turns import TURNS

st.set_page_config(
    page_title="Latent Lab", page_icon=str(ASSETS / "icon.svg"), layout="wide", initial_sidebar_state="collapsed"
)


def _language() -> str:
    """The reader's language; the choice stays for the session and stands in the address."""
    asked = st.query_params.get("lang") or st.session_state.get("language")
    language = choose(asked, st.context.locale)
    st.session_state["language"] = language
    return language


def _switch() -> None:
    st.session_state["language"] = st.query_params["lang"] = st.session_state["language_switch"]


def _draw() -> None:
    """Navigation, and the page that was asked for."""
    language = _language()
    t = translator(language)
    embedded = st.context.is_embedded or st.query_params.get("embed") == "true"
    allowed = sign_in.allowed()
    page = st.navigation(sections(language), position="top" if allowed and not embedded else "hidden")
    st.html(head(embedded))
    if not embedded:
        st.session_state["language_switch"] = language
        with st.container(key="language", horizontal=True, horizontal_alignment="right"):
            if allowed:
                sign_in.account(t)
            st.segmented_control(
                t("Language"),
                list(LANGUAGES),
                format_func=lambda code: LANGUAGES[code],
                key="language_switch",
                on_change=_switch,
                label_visibility="collapsed",
                required=True,
            )
            page_language(language)
    if allowed:
        page.run()
    else:
        sign_in.ask(t)
    if embedded:
        page_language(language)  # at the end, where it takes no room


with TURNS.turn():
    _draw()
