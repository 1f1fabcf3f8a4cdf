"""The gallery: every lab with a picture that the lab's own code draws from its recorded run, and the path through them."""

from __future__ import annotations

import streamlit as st

from engine.core.language import translator
from engine.gallery.cards import picture_of
from pages.kit.ui.components import gallery

language = st.session_state["language"]
t = translator(language)
with st.container(key="head", gap=None):
    st.markdown(f"## {t('Latent Lab')}")
    st.markdown(t("Pick a topic, slide a parameter while a small model trains live, and watch."))
gallery(language, picture_of(language))
