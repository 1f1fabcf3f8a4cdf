"""All pages there are, as Streamlit's navigation takes them; and what stands in the head of each."""

from __future__ import annotations

from copy import copy
from functools import cache

import streamlit as st
from streamlit.navigation.page import Page

from engine.core import registry
from engine.core.language import ASSETS, translator
from engine.core.topic import GROUPS

ROOT = ASSETS.parent / "pages"


def sections(language: str) -> dict[str, list[Page]]:
    """The pages by section: gallery and runs, then each group's labs."""
    made = _sections(language, tuple(registry.cards()))
    return {title: [copy(page) for page in pages] for title, pages in made.items()}  # who has drawn one may not draw it again


@cache  # to make one, Streamlit looks for its file: for forty pages that takes longer than anything else at the start of a script
def _sections(language: str, slugs: tuple[str, ...]) -> dict[str, list[Page]]:
    t, cards = translator(language), registry.cards()
    found = {
        "": [
            st.Page(ROOT / "home.py", title=t("Gallery"), default=True, url_path="home"),
            st.Page(ROOT / "runs.py", title=t("Runs"), url_path="runs"),
        ]
    }
    for group in GROUPS:
        files = {slug: ROOT / group / f"{slug.replace('-', '_')}.py" for slug in slugs if cards[slug].group == group}
        pages = [
            st.Page(file, title=cards[slug].words[language]["short"], url_path=slug)
            for slug, file in files.items()
            if file.exists()
        ]
        if pages:
            found[t(group.capitalize())] = pages
    return found


@cache
def head(embedded: bool) -> str:
    """HTML that dresses a page, or a slide."""
    return (ASSETS / ("slide.html" if embedded else "page.html")).read_text(encoding="utf-8")
