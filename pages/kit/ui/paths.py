"""The foot of a lab's page: what to have seen before it, and where to go from it."""

from __future__ import annotations

import streamlit as st

from engine.core.language import translator
from engine.core.registry import Card
from engine.gallery.cards import after, before


def before_after(slug: str, language: str) -> None:
    """Links to the labs before and after this one; nothing for a lab that stands alone."""
    t = translator(language)
    sides = [(title, labs) for title, labs in ((t("Before this"), before(slug)), (t("After this"), after(slug))) if labs]
    if not sides:
        return
    with st.container(key="before-after"):
        for column, (title, labs) in zip(st.columns(2), sides, strict=False):
            with column:
                st.markdown(f"### {title}")
                for card in labs:
                    _link(card, language)


def _link(card: Card, language: str) -> None:
    words = card.words[language]
    st.page_link(f"{card.group}/{card.slug.replace('-', '_')}.py", label=f"**{words['short']}**", help=words["question"])
