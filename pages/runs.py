"""Runs you keep: find, rename, tag, compare, open again, delete with undo, and take along as files."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import streamlit as st

from engine.core import registry
from engine.core.language import counted, translator
from engine.core.params import BadValue
from engine.runs.store.errors import StoreError
from engine.runs.store.records import RunInfo
from pages.kit.ui import keep
from pages.kit.ui.compare import MOST, compare
from pages.kit.ui.components import still
from pages.kit.ui.files import offer
from pages.kit.ui.own_data import upload_words
from pages.kit.ui.share import open_score, read_score
from pages.kit.ui.story import plain
from pages.kit.web.files import File, Refused
from pages.kit.web.served import saved

if TYPE_CHECKING:
    from engine.runs.store import RunStore

ROWS = 20
SMALL = 84  # pixels: the height of a run's picture
language: str = st.session_state["language"]
t = translator(language)


def topic_name(slug: str) -> str:
    """A topic's title in the reader's language; its slug where this version has no such topic."""
    topic = registry.topics().get(slug)
    return translator(language, slug)(topic.title) if topic else slug


def short_name(slug: str) -> str:
    """A topic's name as the navigation has it; its slug where this version has no such topic."""
    card = registry.cards().get(slug)
    return card.words[language]["short"] if card else slug


def moment(when: datetime) -> str:
    """A time as the reader's clock shows it; in UTC, and saying so, where the browser does not tell its zone."""
    try:
        zone = ZoneInfo(st.context.timezone or "")
    except (ValueError, KeyError, OSError):  # none, or none that this machine knows
        return f"{when:%Y-%m-%d %H:%M} UTC"
    return f"{when.astimezone(zone):%Y-%m-%d %H:%M}"


def attempt(act: Callable[[RunStore], object]) -> bool:
    """Let the store do something; a fault is told at the top of the page. Whether it was done."""
    try:
        act(keep.store())
    except StoreError as problem:
        st.session_state["runs:problem"] = keep.say(problem, t)
        return False
    return True


def change(key: uuid.UUID, field: str) -> None:
    """What was typed into a run's title or tags."""
    typed = str(st.session_state[f"{field}:{key}"])
    if field == "title":
        attempt(lambda store: store.rename(key, typed))
    else:
        attempt(lambda store: store.tag(key, typed.split(",")))


def delete(run: RunInfo) -> None:
    """Put a run aside, and offer to undo it."""
    if attempt(lambda store: store.delete(run.id)):
        st.session_state["runs:undo"] = run
        forget(run.id)


def restore(key: uuid.UUID) -> None:
    """Bring a run back."""
    attempt(lambda store: store.restore(key))
    st.session_state.pop("runs:undo", None)


def purge(key: uuid.UUID) -> None:
    """Remove a deleted run for good."""
    attempt(lambda store: store.purge(key))
    st.session_state.pop("runs:undo", None)


def forget(key: uuid.UUID | None = None) -> None:
    """Take one run, or all, out of the comparison."""
    chosen: list[uuid.UUID] = st.session_state.get("runs:chosen", [])
    for gone in [key] if key is not None else chosen:
        st.session_state.pop(f"compare:{gone}", None)
    st.session_state["runs:chosen"] = [kept for kept in chosen if key is not None and kept != key]


def choose(key: uuid.UUID) -> None:
    """A run's mark for the comparison was set or taken away."""
    chosen: list[uuid.UUID] = [kept for kept in st.session_state.get("runs:chosen", []) if kept != key]
    if st.session_state[f"compare:{key}"]:
        chosen.append(key)
    st.session_state["runs:chosen"] = chosen


def row(store: RunStore, run: RunInfo, chosen: list[uuid.UUID], *, deleted: bool) -> None:
    """One saved run."""
    with st.container(border=True, key=f"run-{run.id}"):
        seen, words, actions = st.columns([0.12, 0.5, 0.38], vertical_alignment="center")
        with seen:
            still(f"still:{run.id}", saved.offer(store, run.id, language), SMALL)
        with words:
            st.markdown(f"**{plain(run.title)}**" + "".join(f" :gray-badge[{plain(tag)}]" for tag in run.tags))
            name = topic_name(run.topic)
            facts = [
                *([] if run.title.startswith((name, short_name(run.topic))) else [short_name(run.topic)]),
                counted(t, run.steps, "1 step", "{count} steps"),
                moment(run.created),
            ]
            st.caption(plain(" · ".join([*facts, *([run.settings] if run.settings else [])])))
        with actions, st.container(horizontal=True, horizontal_alignment="right", vertical_alignment="center"):
            if deleted:
                st.button(t("Restore"), key=f"restore:{run.id}", icon=":material/undo:", on_click=restore, args=(run.id,))
                st.button(t("Remove for good"), key=f"purge:{run.id}", on_click=purge, args=(run.id,))
                return
            st.session_state[f"compare:{run.id}"] = run.id in chosen
            full = len(chosen) >= MOST and run.id not in chosen
            st.checkbox(t("Compare"), key=f"compare:{run.id}", on_change=choose, args=(run.id,), disabled=full)
            if st.button(t("Open"), key=f"open:{run.id}", icon=":material/play_arrow:", type="primary"):
                open_run(run)
            with st.popover(t("More"), icon=":material/more_horiz:"):
                more(store, run)


def more(store: RunStore, run: RunInfo) -> None:
    """What is done less often: title, tags, files, delete."""
    st.text_input(t("Title"), run.title, key=f"title:{run.id}", max_chars=200, on_change=change, args=(run.id, "title"))
    st.text_input(
        t("Tags, separated by commas"), ", ".join(run.tags), key=f"tags:{run.id}", on_change=change, args=(run.id, "tags")
    )
    title, help = t("Files (ZIP)"), t("run.json, scalars.csv, last.safetensors and report.html, which opens offline.")
    name = f"{run.topic}-{run.id.hex[:8]}.zip"
    offer(f"saved:{run.id}", [File("zip", title, help, name, "application/zip", lambda: zipped(store, run))], language)
    if st.button(t("Replay from the start"), key=f"replay:{run.id}", icon=":material/replay:"):
        open_run(run, replay=True)
    st.button(t("Delete"), key=f"delete:{run.id}", icon=":material/delete:", on_click=delete, args=(run,))


def zipped(store: RunStore, run: RunInfo) -> bytes:
    """A run's files as one ZIP; raises Refused."""
    try:
        return keep.archive(store, run.id)
    except StoreError as problem:
        raise Refused(keep.sentence(problem, t)) from None


def open_run(run: RunInfo, *, replay: bool = False) -> None:
    """Go to the run's topic with its parameters, seed and changes, at its end or at its start, to see it again."""
    try:
        kept = keep.store().load(run.id)
        page = open_score(kept.score, language, kept.data, run.title) if replay else keep.reopen(kept, language)
    except StoreError as problem:
        st.error(keep.say(problem, t))
        return
    st.switch_page(page)


def open_file() -> None:
    """A score that somebody handed on, from its file."""
    with st.popover(t("Open a score file"), icon=":material/upload_file:"):
        upload_words(t, 1, ["json"])
        file = st.file_uploader(t("A score as “Share this run” gives it"), type=["json"], key="runs:score", max_upload_size=1)
        if file is None:
            return
        try:
            score = read_score(file.name, file.getvalue())
        except BadValue as problem:
            fields = {name: t(text) for name, text in problem.fields.items()}
            st.error(plain(t(problem.template).format(**fields)))
            return
        if st.button(t("Replay from the start"), key="runs:score:open", type="primary", icon=":material/replay:"):
            st.switch_page(open_score(score, language))


def main() -> None:
    """The page."""
    with st.container(key="head", gap=None):
        st.markdown(f"## {t('Runs')}")
        st.markdown(t("What you saved, in full: open it again at its end, compare, take it along."))
    open_file()
    problem = st.session_state.pop("runs:problem", None)
    if problem:
        st.error(problem)
    try:
        store = keep.store()
        topics, tags = store.topics(), store.tags()
        if store.refusal is not None:
            st.warning(keep.say(store.refusal, t))
        undo: RunInfo | None = st.session_state.get("runs:undo")
        if undo is not None:
            with st.container(horizontal=True, vertical_alignment="center", key="undo"):
                st.markdown(plain(t("“{title}” is deleted.").format(title=undo.title)))
                st.button(t("Undo"), icon=":material/undo:", on_click=restore, args=(undo.id,), key="runs:undo-button")
        words, topic, wanted, aside = st.columns([0.4, 0.25, 0.23, 0.12], vertical_alignment="bottom")
        text = words.text_input(t("Search"), key="runs:search", placeholder=t("Title, tag, note or parameter, such as beta=4"))
        slug = topic.selectbox(
            t("Topic"), ["", *topics], format_func=lambda s: topic_name(s) if s else t("All"), key="runs:topic"
        )
        chosen_tags = wanted.multiselect(
            t("Tags"), list(tags), key="runs:tags", placeholder=t("Any tag") if tags else t("No tags yet"), disabled=not tags
        )
        deleted = aside.toggle(t("Deleted"), key="runs:deleted")
        found = store.search(text, topic=slug or None, tags=chosen_tags, deleted=deleted, limit=ROWS, offset=ROWS * page_now())
        if not found.runs and found.total:
            st.session_state["runs:page"] = 1
            found = store.search(text, topic=slug or None, tags=chosen_tags, deleted=deleted, limit=ROWS)
    except StoreError as fault:
        st.error(keep.say(fault, t))
        return
    if not found.total:
        nothing = (
            t("No saved run matches this search.")
            if topics
            else t("Nothing is saved yet. “Save this run” is on every lab's page.")
        )
        st.info(nothing)
    else:
        st.caption(counted(t, found.total, "1 run", "{count} runs"))
    chosen: list[uuid.UUID] = st.session_state.get("runs:chosen", [])
    for run in found.runs:
        row(store, run, chosen, deleted=deleted)
    if found.total > ROWS:
        st.number_input(t("Page"), 1, -(-found.total // ROWS), key="runs:page", width=140)
    if chosen and not deleted:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"### {t('Side by side')}")
            st.button(t("Clear"), on_click=forget, key="runs:clear")
        compare(chosen, language)


def page_now() -> int:
    """The page of the list, from 0."""
    return max(0, int(st.session_state.get("runs:page", 1)) - 1)


main()
