"""The gallery: every lab with a picture that the lab's own code draws from its recorded run."""

from __future__ import annotations

import streamlit as st

from engine.core import registry
from engine.core.language import story, translator
from pages.kit.ui.components import picture

COLUMNS = min((3, 4), key=lambda columns: -len(registry.cards()) % columns)  # as few empty places in the last row as can be

language = st.session_state["language"]
t = translator(language)
with st.container(key="head", gap=None):
    st.markdown(f"## {t('Latent Lab')}")
    st.markdown(t("Pick a topic, slide a parameter while a small model trains live, and watch."))

wanted = (
    st.text_input(t("Search"), key="search", placeholder=t("Search the labs"), label_visibility="collapsed").strip().casefold()
)
found = []
for card in registry.cards().values():
    text = story(language, card.slug)
    if wanted in f"{text['title']} {text['summary']} {card.slug} {card.title}".casefold():
        found.append((card, text))
for start in range(0, len(found), COLUMNS):
    for column, (card, text) in zip(st.columns(COLUMNS), found[start : start + COLUMNS], strict=False):
        with column, st.container(border=True, key=f"card-{card.slug}", height="stretch"):
            st.caption(t(card.group.capitalize()))
            picture(card.slug, language)
            st.page_link(f"{card.group}/{card.slug.replace('-', '_')}.py", label=f"**{text['title']}**")
            st.markdown(text["summary"])
if not found:
    st.info(t("No lab matches this search."))
