"""The user's own data on a page: a file, a drawing, a formula, typed text. One narrow way in, and a way back."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from engine.data.errors import UploadError
from engine.data.formula import formula_data, formula_random, self_contained
from engine.data.formula.text import EXAMPLE, MAX_LENGTH
from engine.data.reading import Reading
from engine.data.text import MAX_CHARACTERS
from engine.data.uploads import KINDS, LEAST_POINTS, MOST_POINTS, read_typed, read_upload
from pages.kit.live.own_data import ADDRESS, formula_name, in_use, leave, say, use, ways
from pages.kit.live.stage.run import LiveRun
from pages.kit.ui.components import live
from pages.kit.ui.story import plain

WAYS = {"file": "File", "draw": "Draw", "formula": "Formula", "text": "Text"}
MOST_MB = 5  # of a file of one's own
# Streamlit says these words in English only. What is not displayed is not read aloud either, what is generated is.
UPLOAD = """<style>
[data-testid="stFileUploaderDropzoneInput"] {{ visibility: hidden; }}
[data-testid="stFileUploaderDropzone"] button p {{ font-size: 0; }}
[data-testid="stFileUploaderDropzone"] button [data-testid="stMarkdownContainer"]::after {{ content: {button}; font-size: 1rem; }}
[data-testid="stFileUploaderDropzoneInstructions"] > * {{ display: none; }}
[data-testid="stFileUploaderDropzoneInstructions"]::after {{ content: {limits}; opacity: 0.7; font-size: 0.875rem; }}
[data-testid="stFileUploaderDropzone"] > input + div:not(:has(button)) > * {{ font-size: 0; }}
[data-testid="stFileUploaderDropzone"] > input + div:not(:has(button)) > *::after {{ content: {drop}; font-size: 1rem; }}
</style>"""
FREE = {"text", "numbers"}  # kinds whose hint does not say what the topic takes them for: the control's words do
LOOK_EVERY = 2.0  # seconds between looks at which data are in use: a control, or a drawing, may have changed them


@st.fragment
def own_data(run: LiveRun) -> None:
    """The part of a page under its controls."""
    t, slug, offered = run.t, run.topic.slug, ways(run)
    st.markdown(f"**{t('Your own data')}**")
    if FREE.intersection(run.topic.uploads):
        st.caption(plain(t(run.topic.params.controls()[run.topic.data_param].help)))
    way = offered[0]
    if len(offered) > 1:
        chosen = st.segmented_control(
            t("Your own data"),
            offered,
            format_func=lambda name: t(WAYS[name]),
            key=f"own:{slug}",
            default=offered[0],
            label_visibility="collapsed",
            required=True,
            persist_state="session",
        )
        way = chosen or way
    ends = run.params.upper_ends(run.data)
    with st.container():  # of however many parts: what looks again by itself below would go on where it once stood
        {"file": _file, "draw": _draw, "formula": _formula, "text": _text}[way](run)
    if run.params.upper_ends(run.data) != ends:
        st.rerun()  # the sliders that end elsewhere now are not of this fragment
    said = st.session_state.get(f"own:said:{slug}:{way}")
    with st.container():
        if said is not None:
            st.error(plain(say(run, said)))
    st.fragment(run_every=LOOK_EVERY if way == "draw" or run.data is not None else None)(_in_use)(run)


def _in_use(run: LiveRun) -> None:
    """Which data of one's own the run has, and the way back."""
    if not in_use(run):
        return
    t, slug = run.t, run.topic.slug
    st.caption(plain(t("In use: {name}").format(name=run.data_name)))
    if isinstance(run.data, Reading):
        st.caption(plain(" · ".join(say(run, what) for what in run.data.notes)))
    if st.button(t("Back to the built-in data"), key=f"own:back:{slug}", icon=":material/undo:", width="stretch"):
        leave(run)
        _forget_address()
        st.rerun()


def upload_words(t: Callable[[str], str], most: int, suffixes: Sequence[str]) -> None:
    """The words on Streamlit's field for a file of at most `most` MB, in the reader's language."""
    limits = t("up to {most} MB").format(most=most) + " · " + " ".join(suffix.lstrip(".").upper() for suffix in suffixes)
    words = {"button": t("Upload"), "limits": limits, "drop": t("Drop the file here")}
    st.html(UPLOAD.format(**{name: json.dumps(text, ensure_ascii=False) for name, text in words.items()}))


# ---- the ways


def _file(run: LiveRun) -> None:
    slug, t = run.topic.slug, run.t
    suffixes = sorted({suffix for kind in run.topic.uploads for suffix in KINDS[kind]})
    hints = {
        "table": t("CSV, NPY: a sample a row."),
        "column": t("CSV: one column, a number a row."),
        "numbers": t("CSV: numbers, a row each."),
        "samples": t("CSV: numbers, a row each; the last column says with 0, 1 … which sample or class a row belongs to."),
        "pairs": t("CSV, NPY: numbers, a pair a row: the left vector, the right one, and how alike they are."),
        "images": t("ZIP: many pictures. A single PNG or JPEG is cut into patches of 28 × 28 pixels."),
        "text": t("TXT: any text."),
    }
    upload_words(t, MOST_MB, suffixes)
    file = st.file_uploader(
        t("Your own data"), type=suffixes, key=f"upload:{slug}", max_upload_size=MOST_MB, label_visibility="collapsed"
    )
    st.caption(" ".join(hints[kind] for kind in run.topic.uploads))
    if file is None or st.session_state.get(f"uploaded:{slug}") == file.file_id:
        return
    st.session_state[f"uploaded:{slug}"] = file.file_id
    _take(run, "file", file.name, lambda: read_upload(file.name, file.getvalue(), run.topic.uploads))


def _draw(run: LiveRun) -> None:
    live("draw", run, f"{run.topic.slug}:draw", topic=run.topic.slug, least=LEAST_POINTS, most=MOST_POINTS)


def _formula(run: LiveRun) -> None:
    t, slug = run.t, run.topic.slug
    with st.form(f"formula:{slug}", border=False):
        text = st.text_area(
            t("Columns x, y, z: one a line, or separated by semicolons"),
            st.query_params.get(ADDRESS, EXAMPLE.replace("; ", "\n")),
            key=f"formula:text:{slug}",
            max_chars=MAX_LENGTH,
            height=110,
            persist_state="session",
            help=t(
                "t runs over a range (t = 0..2*pi), n = 500 is how many points, i counts them. u and v are uniform draws, "
                "e is a new normal draw wherever it is written; seed = 3 fixes them. Other names are helpers for the lines below."
            ),
        )
        pressed = st.form_submit_button(t("Use it"), width="stretch")
    if pressed and _take(run, "formula", formula_name(text or ""), lambda: formula_data(text or "", formula_random(run.seed))):
        # Both at once: an address with a formula that the run does not use would lose it at a reload.
        st.query_params.update({run.topic.data_param: run.topic.data_value, ADDRESS: self_contained(text or "", run.seed)})


def _text(run: LiveRun) -> None:
    t, slug = run.t, run.topic.slug
    with st.form(f"text:{slug}", border=False):
        text = st.text_area(
            t("Your own text"), key=f"text:own:{slug}", height=140, max_chars=MAX_CHARACTERS, persist_state="session"
        )
        pressed = st.form_submit_button(t("Use it"), width="stretch")
    if pressed:
        name = t("typed text of {count} characters").format(count=f"{len(text or ''):,}")
        _take(run, "text", name, lambda: read_typed("The text", text or ""))


def _take(run: LiveRun, way: str, name: str, read: Any) -> bool:
    """Read data and run on them; what was wrong stays below the field until the next try."""
    key = f"own:said:{run.topic.slug}:{way}"
    st.session_state.pop(key, None)
    try:
        refusal: UploadError | str = use(run, read(), name)
    except UploadError as problem:
        refusal = problem
    if refusal:
        st.session_state[key] = refusal
        return False
    _forget_address()
    return True


def _forget_address() -> None:
    if ADDRESS in st.query_params:
        del st.query_params[ADDRESS]
