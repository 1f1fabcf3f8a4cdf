"""Runs you keep, as the pages see them: the store of this app, the save button, and a saved run opened on its page."""

from __future__ import annotations

import io
import os
import tempfile
import uuid
import zipfile
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from engine.core.language import chapter_words
from engine.core.params import as_text
from engine.runs.store.errors import ImpossibleScore, NothingToSave, StoreError
from engine.runs.store.records import KeptRun
from pages.kit.live.chapters import Chapters, chapter_played
from pages.kit.live.runs import desk
from pages.kit.live.settings import settings
from pages.kit.live.stage.run import LiveRun
from pages.kit.live.stage.sources.reopened import reopened
from pages.kit.ui.moment import moment
from pages.kit.ui.sign_in import visitor
from pages.kit.ui.story import plain
from pages.kit.ui.topic.chapters import chapter_of

if TYPE_CHECKING:
    from engine.runs.store import RunStore

RUNS = "runs.py"  # the page of saved runs
NAMED = 3  # changed parameters that stand in a new run's title


@cache
def _store(folder: str, database: str) -> RunStore:
    from engine.runs.store import RunStore  # the database's library is loaded when somebody keeps or lists runs

    return RunStore()


def store() -> RunStore:
    """The saved runs: of whoever signed in where people do, otherwise everybody's.

    Raises StoreError while they cannot be reached (and tries again when asked again).
    """
    key = (os.environ.get("LATENT_LAB_DATA", ""), os.environ.get("LATENT_LAB_DATABASE", ""))
    found = _store(*key)
    if found.refusal is not None:  # nothing could be written when it was opened: perhaps now
        _store.cache_clear()
        found.close()
        found = _store(*key)
    return found.of(visitor() if settings().sign_in else "")


def say(problem: StoreError, t: Callable[[str], str]) -> str:
    """A fault as a sentence in the reader's language, safe to show as Markdown."""
    return plain(sentence(problem, t))


def sentence(problem: StoreError, t: Callable[[str], str]) -> str:
    """The same as plain text."""
    fields = {name: t(text) for name, text in problem.fields.items()}
    if isinstance(problem, ImpossibleScore) and problem.problem is not None:
        inner = problem.problem
        fields["reason"] = t(inner.template).format(**{name: t(text) for name, text in inner.fields.items()})
    return t(problem.template).format(**fields)


def keep(run: LiveRun) -> tuple[str, int]:
    """Save a page's run as it stands; returns its title and step. Raises StoreError."""
    now = moment(run)
    if now is None:
        raise NothingToSave()
    title = name_of(run, now.history.frames[-1].settings)
    store().save(now.score, now.history, title=title, data=now.data, device=run.device, guesses=now.guesses)
    return title, now.step


def name_of(run: LiveRun, settings: Mapping[str, Any]) -> str:
    """A title for a run: its chapter's, then the first parameters that differ from the chapter's (or the defaults) and the seed;
    without any of it, the lab's short name.

    A list of runs says of each which lab it is of: a title need not say it again.
    """
    controls = type(run.params).controls()
    chapter = chapter_of(run)
    own = run.topic.params.build({} if chapter is None else chapter.values).values()
    changed = [
        f"{control.symbol or name} = {_short(settings[name])}"
        for name, control in controls.items()
        if not control.hidden and settings[name] != own[name]
    ]
    more = ["…"] if len(changed) > NAMED else []
    more += [f"{run.t('Seed')} {run.seed}"] if run.seed else []
    story = [] if chapter is None else [chapter_words(run.language, run.topic.slug, chapter.name).title]
    return " · ".join([*story, *changed[:NAMED], *more] or [run.t(run.topic.short or run.topic.title)])


def _short(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else as_text(value)


@st.fragment
def save_button(run: LiveRun) -> None:
    """One click keeps the run; what came of it stands below the button."""
    slug = run.topic.slug
    if st.button(
        run.t("Save this run"),
        key=f"save:{slug}",
        icon=":material/bookmark_add:",
        help=run.t("Keeps its score, its curves and its frames on this computer; find it again on the page Runs."),
        width="stretch",
    ):
        try:
            title, step = keep(run)
        except StoreError as problem:
            st.error(say(problem, run.t), icon=":material/bookmark_remove:")
        else:
            text = run.t("Saved as “{title}”, up to step {step}. It is on the page Runs.")
            st.success(plain(text.format(title=title, step=step)), icon=":material/bookmark_added:")
            st.page_link(RUNS, label=run.t("To the saved runs"), icon=":material/arrow_forward:")


def reopen(kept: KeptRun, language: str) -> str:
    """Put a saved run on its topic's page for this browser session; returns the page's file, to switch to."""
    slug = kept.topic.slug
    run = reopened(kept, desk().pool, language, desk().device)
    run.guesses.polls.restore(kept.guesses)
    st.session_state[f"run:{slug}"] = desk().adopt(run, visitor())
    chapter = chapter_played(kept.topic, kept.score)
    if chapter is not None and isinstance(run.chapters, Chapters):
        run.chapters.prepare(chapter)
        run.script.pass_over(kept.score.steps)
    st.session_state[f"problems:{slug}"] = []
    return f"{kept.topic.group}/{slug.replace('-', '_')}.py"


def archive(runs: RunStore, key: uuid.UUID) -> bytes:
    """A run's files as one ZIP; raises StoreError. Needs no page: a download is made after its page was drawn."""
    data = io.BytesIO()
    with tempfile.TemporaryDirectory() as folder:
        runs.export(key, Path(folder))
        with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as target:
            for file in sorted(Path(folder).iterdir()):
                target.write(file, file.name)
    return data.getvalue()
