"""The buttons of files that are made when somebody asks for them."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from pages.kit.ui.components import buttons
from pages.kit.web.files import File, Offer, offers


def hold(key: str, files: Sequence[File]) -> str:
    """Have these files ready at a place, whose former offer ends; the code under which the browser may ask for them."""
    kept: Offer = st.session_state.setdefault(f"offer:{key}", Offer())
    kept.files = {file.key: file for file in files}
    offers[kept.code] = kept
    return kept.code


def offer(key: str, files: Sequence[File], language: str) -> None:
    """Place a button for each file; `key` names the place, whose former offer ends."""
    code = hold(key, files)
    names = ("key", "title", "help", "name", "enabled", "video")
    shown = [{name: getattr(file, name) for name in names} for file in files]
    buttons(f"files:{key}", language, code, shown)


def withdraw(*keys: str) -> None:
    """End the offers at these places: what their files are made from is let go."""
    for key in keys:
        st.session_state.pop(f"offer:{key}", None)
