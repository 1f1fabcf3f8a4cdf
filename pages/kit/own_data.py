"""The user's own data on a page: a file, a drawing, a formula, typed text. One narrow way in, and a way back."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import streamlit as st

from engine.core.formula import formula_data, formula_random
from engine.core.formula_text import EXAMPLE, MAX_LENGTH
from engine.core.uploads import KINDS, UploadError, read_upload
from pages.kit.components import live
from pages.kit.run import LiveRun
from pages.kit.story import plain

LEAST, MOST = 12, 2000  # points of a drawing
WAYS = {"file": "File", "draw": "Draw", "formula": "Formula", "text": "Text"}


def ways(run: LiveRun) -> list[str]:
    """How own data can be given to this topic."""
    kinds = run.topic.uploads
    return ["file", *(["draw", "formula"] if "table" in kinds else []), *(["text"] if "text" in kinds else [])]


def own_data(run: LiveRun) -> None:
    """The part of a page under its controls."""
    t, slug, offered = run.t, run.topic.slug, ways(run)
    st.markdown(f"**{t('Your own data')}**")
    way = offered[0]
    if len(offered) > 1:
        way = (
            st.segmented_control(
                t("Your own data"),
                offered,
                format_func=lambda name: t(WAYS[name]),
                key=f"own:{slug}",
                default=offered[0],
                label_visibility="collapsed",
                required=True,
            )
            or offered[0]
        )
    match way:
        case "file":
            _file(run)
        case "draw":
            live("draw", run, f"{slug}:draw", least=LEAST, most=MOST)
        case "formula":
            _formula(run)
        case _:
            _text(run)
    if run.data_name:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(plain(t("In use: {name}").format(name=run.data_name)))
            st.button(t("Back to the built-in data"), key=f"own:back:{slug}", on_click=leave, args=(run,), type="tertiary")


def leave(run: LiveRun) -> None:
    """The topic's own data again."""
    control = type(run.params).controls()[run.topic.data_param]
    run.data, run.data_name = None, ""
    run.reset({run.topic.data_param: control.default})
    run.wake()


def use(run: LiveRun, data: dict[str, np.ndarray], name: str) -> bool:
    """Run on these data; what the model says against them stands near the field."""
    if run.use_data(data, name):
        run.wake()
        return True
    st.error(plain(run.message or ""))
    return False


def _say(run: LiveRun, problem: UploadError) -> str:
    return plain(run.t(problem.template).format(**problem.fields))


def _file(run: LiveRun) -> None:
    slug = run.topic.slug
    kinds = sorted({suffix for kind in run.topic.uploads for suffix in KINDS[kind]})
    label = run.t("Your own data")
    file = st.file_uploader(label, type=kinds, key=f"upload:{slug}", max_upload_size=5, label_visibility="collapsed")
    if file is None or st.session_state.get(f"uploaded:{slug}") == file.file_id:
        return
    st.session_state[f"uploaded:{slug}"] = file.file_id
    try:
        data = read_upload(file.name, file.getvalue(), run.topic.uploads)
    except UploadError as problem:
        st.error(_say(run, problem))
    else:
        use(run, data, file.name)


def _formula(run: LiveRun) -> None:
    t, slug = run.t, run.topic.slug
    with st.form(f"formula:{slug}", border=False):
        text = st.text_area(
            t("One column a line, or separated by semicolons"),
            EXAMPLE,
            key=f"formula:text:{slug}",
            max_chars=MAX_LENGTH,
            height=90,
            help=t(
                "Columns begin with x, y or z. t runs over a range (t = 0..2*pi), n = 500 is how many points; u, v and e are draws."
            ),
        )
        pressed = st.form_submit_button(t("Use it"), width="stretch")
    if not pressed:
        return
    try:
        data = formula_data(text, formula_random(run.seed))
    except UploadError as problem:
        st.error(_say(run, problem))
    else:
        use(run, data, text.strip()[:60])


def _text(run: LiveRun) -> None:
    t, slug = run.t, run.topic.slug
    with st.form(f"text:{slug}", border=False):
        text = st.text_area(t("Your own text"), key=f"text:own:{slug}", height=120)
        pressed = st.form_submit_button(t("Use it"), width="stretch")
    if not pressed:
        return
    try:
        data = read_upload("text.txt", text.encode(), run.topic.uploads)
    except UploadError as problem:
        st.error(_say(run, problem))
    else:
        use(run, data, t("your text"))


def drawn(run: LiveRun, points: Any) -> None:
    """Points of a drawing, as the page sent them, scaled to -1 … 1; a refusal is told among the parameters' problems."""
    t = run.t
    run.problems.pop("drawing", None)
    if "table" not in run.topic.uploads:
        return
    good = isinstance(points, list) and LEAST <= len(points) <= MOST
    if not good:
        count = len(points) if isinstance(points, list) else 0
        text = t("A drawing of {count} points cannot be used; allowed: {least} to {most}.")
        run.problems["drawing"] = text.format(count=count, least=LEAST, most=MOST)
        return
    try:
        x = np.array(points, np.float64)
    except (TypeError, ValueError):
        x = np.zeros(0)
    if x.shape != (len(points), 2) or not np.isfinite(x).all() or np.abs(x).max() > 1:
        run.problems["drawing"] = t("A drawing is pairs of numbers from −1 to 1.")
        return
    if not run.use_data({"x": x.astype(np.float32)}, t("your drawing")):
        run.problems["drawing"] = run.message or ""
    run.touched = time.monotonic()
