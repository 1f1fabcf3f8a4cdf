"""A topic's chapters on its page: the row, the words before, and those after when the run has borne them out or not."""

from __future__ import annotations

import streamlit as st

from engine.core.language import chapter_words, separated
from engine.core.topic import Chapter
from pages.kit.live.stage.run import LiveRun
from pages.kit.ui.components import live
from pages.kit.ui.topic.happened import told


def chapter_of(run: LiveRun) -> Chapter | None:
    """The chapter that the run is in; None in free play."""
    return run.topic.chapter(run.chapters.name) if run.chapters.name else None


def chapter_row(run: LiveRun) -> None:
    """The row at the top of the page. The page is drawn for one chapter (and a follower's for one of the teacher's
    further views): when the run is in another, or follows no more, the row asks for it."""
    titles = [
        {"name": chapter.name, "title": chapter_words(run.language, run.topic.slug, chapter.name).title}
        for chapter in run.topic.chapters
    ]
    views = [view.name for view in run.topic.views_for(run.params)]
    current = {"current": run.chapters.name, "views": views, "further": run.followed_view, "follows": run.follows}
    live("chapters", run, f"{run.topic.slug}:chapters", redraws=True, chapters=titles, **current)


def words_before(run: LiveRun, chapter: Chapter) -> None:
    """What to expect or to do, beside the picture that it is about."""
    words = chapter_words(run.language, run.topic.slug, chapter.name)
    with st.container(key="words", gap=None):
        st.markdown(f"### {words.title}\n\n{words.before}")


@st.fragment  # redrawn when its part of the browser hears that the chapter has been played, not on a timer
def words_after(run: LiveRun, chapter: Chapter) -> None:
    """What happened, with the run's own numbers; nothing before it has, and in grey once the run is elsewhere."""
    chapters = run.chapters
    live("reached", run, f"{run.topic.slug}:reached", redraws=True, name=chapter.name, known=chapters.told)
    if not chapters.reached:
        return
    words, past = chapter_words(run.language, run.topic.slug, chapter.name), chapters.gone_on
    numbers = chapters.numbers()
    with st.container(key="happened-past" if past else "happened", gap=None):
        (st.caption if past else st.markdown)(told(run, words.after, numbers, spare={}))
        if past:
            text = run.t("As it was at step {step}. The run or its settings have moved on since.")
            st.caption(text.format(step=separated(f"{numbers['step']}")))
