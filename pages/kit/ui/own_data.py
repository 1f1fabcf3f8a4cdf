"""The user's own data on a page: a file, a drawing, a formula, typed text. One narrow way in, and a way back."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import unquote

import numpy as np
import streamlit as st

from engine.core.params import BadValue
from engine.data.errors import UploadError
from engine.data.formula import formula_data, formula_random, self_contained
from engine.data.formula_text import EXAMPLE, MAX_LENGTH
from engine.data.reading import Note, Reading
from engine.data.text import MAX_CHARACTERS
from engine.data.uploads import KINDS, LEAST_POINTS, MOST_POINTS, read_points, read_typed, read_upload
from engine.runs.address import LEFT_OVER
from pages.kit.live.lesson import FollowingRun
from pages.kit.live.run import LiveRun
from pages.kit.live.twins import end
from pages.kit.ui.components import live
from pages.kit.ui.story import plain

ADDRESS = "data-formula"  # where the address of a page holds the formula in use
WAYS = {"file": "File", "draw": "Draw", "formula": "Formula", "text": "Text"}
THOUSANDTHS = 1000  # a page sends the places of drawn points in whole thousandths
FARTHEST = 10**6  # no page sends a larger number
LOOK_EVERY = 2.0  # seconds between looks at which data are in use: a control, or a drawing, may have changed them
NAME_LENGTH = 60  # characters of a formula that stand for it


def ways(run: LiveRun) -> list[str]:
    """How own data can be given to this topic."""
    kinds = run.topic.uploads
    return ["file", *(["draw", "formula"] if "table" in kinds else []), *(["text"] if "text" in kinds else [])]


@st.fragment
def own_data(run: LiveRun) -> None:
    """The part of a page under its controls."""
    t, slug, offered = run.t, run.topic.slug, ways(run)
    st.markdown(f"**{t('Your own data')}**")
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
    {"file": _file, "draw": _draw, "formula": _formula, "text": _text}[way](run)
    said = st.session_state.get(f"own:said:{slug}:{way}")
    if said is not None:
        st.error(plain(say(run, said)))
    st.fragment(run_every=LOOK_EVERY if way == "draw" or run.data is not None else None)(_in_use)(run)


def say(run: LiveRun, problem: UploadError | Note | str) -> str:
    """Why data were refused, or what was read, in the reader's language (a model's refusal is a sentence already)."""
    if isinstance(problem, str):
        return problem

    def word(text: str) -> str:  # a list of words has each of them translated
        whole = run.t(text)
        return whole if whole != text else ", ".join(map(run.t, text.split(", ")))

    return run.t(problem.template).format(**{name: word(text) if text else "" for name, text in problem.fields.items()})


def in_use(run: LiveRun) -> bool:
    """Whether the run learns from the user's own data now."""
    return run.learns_own(run.params)


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


# ---- what is done with data


def use(run: LiveRun, data: dict[str, np.ndarray], name: str) -> str:
    """Run on these data, in place of a comparison, too; "" when it does, else why not (the run before goes on)."""
    if isinstance(run, FollowingRun) and not run.fork():  # a lesson's data would replace these when it forks later
        return run.message or run.t("The run cannot be changed now.")
    with run.lock:
        run.touched = time.monotonic()
        done = _start_on(run, data, name, run.topic.data_value)
        refusal = "" if done else run.message or run.t("The run cannot be changed now.")
        run.problems.pop(run.topic.data_param, None)  # what the model said stands where the data are given
        if not done:
            run.message = None
    run.wake()
    return refusal


def leave(run: LiveRun) -> bool:
    """The topic's own data again, and the run starts again with them; whether that was possible."""
    param = run.topic.data_param
    with run.lock:
        done = _start_on(run, None, "", type(run.params).controls()[param].default)
    run.wake()
    return done


def _start_on(run: LiveRun, data: dict[str, np.ndarray] | None, name: str, choice: Any) -> bool:
    """Start again, alone, on these data, with `choice` for the parameter that says which; without success those before stay."""
    before = run.data, run.data_name
    run.data, run.data_name = data, name
    done = run.reset({run.topic.data_param: choice})
    if done:
        end(run)
    else:
        run.data, run.data_name = before
    return done


def drawn(run: LiveRun, places: Any) -> None:
    """Use a drawing as the page sent it: x and y of its points by turns, in whole thousandths from -1000 to 1000.

    A refusal stands among the run's problems as "drawing".
    """
    t = run.t
    run.problems.pop("drawing", None)
    if "table" not in run.topic.uploads:
        return
    points = None
    if (
        isinstance(places, list)
        and len(places) % 2 == 0
        and all(type(place) is int and abs(place) < FARTHEST for place in places)
    ):
        points = [[x / THOUSANDTHS, y / THOUSANDTHS] for x, y in zip(places[::2], places[1::2], strict=True)]
    try:
        data = read_points("The drawing", points)
    except UploadError as problem:
        refusal = say(run, problem)
    else:
        refusal = use(run, data, t("a drawing of {count} points").format(count=len(data["x"])))
    if refusal:
        run.problems["drawing"] = refusal
        run.wake()


def begin_with_formula(run: LiveRun, text: str) -> list[BadValue]:
    """Give a run that is not open yet the data of the formula in its address.

    What was wrong with the formula comes back, and the run begins on the topic's own data.
    """
    param = run.topic.data_param
    if "formula" not in ways(run) or run.params.values().get(param) != run.topic.data_value:
        return []
    refusal: UploadError | None = None
    for candidate in _sent(text):
        try:
            run.data, run.data_name = formula_data(candidate, formula_random(run.seed)), _name(candidate)
        except UploadError as problem:
            refusal = refusal or problem
        else:
            return []
    assert refusal is not None
    run.params = run.first = run.first.change({param: type(run.first).controls()[param].default})
    reason = say(run, refusal)
    if "+" not in text:
        reason += " " + run.t("In an address + stands for a blank: where a + was lost, write %2B, or copy the formula itself.")
    return [BadValue(ADDRESS, text[:NAME_LENGTH], reason, "{name}: {allowed}")]


def _sent(text: str) -> list[str]:
    """What a formula may have been before a chat or a mail program handed its address on, the least changed first."""
    once = unquote(text) if "%3D" in text.upper() else text
    return list(dict.fromkeys([text, once, text.rstrip(LEFT_OVER), once.rstrip(LEFT_OVER), _less(text), _less(once)]))


def _less(text: str) -> str:
    """The text without one closing bracket too many at its end."""
    bare = text.rstrip(LEFT_OVER.replace(")", ""))
    return bare[:-1] if bare.endswith(")") and bare.count(")") == bare.count("(") + 1 else bare


# ---- the ways


def _file(run: LiveRun) -> None:
    slug, t = run.topic.slug, run.t
    suffixes = sorted({suffix for kind in run.topic.uploads for suffix in KINDS[kind]})
    hints = {
        "table": t("CSV, NPY: a sample a row."),
        "images": t("ZIP: many pictures. A single PNG or JPEG is cut into patches of 28 × 28 pixels."),
        "text": t("TXT: any text."),
    }
    file = st.file_uploader(
        t("Your own data"), type=suffixes, key=f"upload:{slug}", max_upload_size=5, label_visibility="collapsed"
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
    if pressed and _take(run, "formula", _name(text or ""), lambda: formula_data(text or "", formula_random(run.seed))):
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
        name = t("typed text of {count} characters").format(count=len(text or ""))
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


def _name(text: str) -> str:
    """A formula on one line, cut where it is long."""
    line = "; ".join(part.strip() for part in text.splitlines() if part.strip())
    return line if len(line) <= NAME_LENGTH else line[: NAME_LENGTH - 1] + "…"
