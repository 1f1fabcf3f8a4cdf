"""The page of a topic: head, chapters, the words beside the pictures they are about, the rest below. One layout for all."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from engine.core.language import chapter_words, story
from engine.core.params import BadValue
from engine.core.topic import Chapter
from engine.runs.address import named
from pages.kit.live.guess import declaration
from pages.kit.live.own_data import ADDRESS, begin_with_formula
from pages.kit.live.runs import desk
from pages.kit.live.stage.run import LiveRun
from pages.kit.ui.components import live, specifications
from pages.kit.ui.own_data import own_data
from pages.kit.ui.paths import before_after
from pages.kit.ui.shell.turns import TURNS
from pages.kit.ui.sign_in import visitor
from pages.kit.ui.story import plain
from pages.kit.ui.topic.below import folds, keep_row
from pages.kit.ui.topic.chapters import chapter_of, chapter_row, words_after, words_before
from pages.kit.ui.topic.pictures import HERO_HEIGHT, Slots, chapter_pictures, figures, further_pictures
from pages.kit.ui.topic.sweep import sweep_fold, sweep_panel

FOREIGN = ("lang", "hide", "embed", "embed_options", "theme", "view", ADDRESS)  # address keys that are not parameters


def topic_page(slug: str, *, hero: Slots, tabs: Mapping[str, Slots] | None = None) -> None:
    """Draw the page of topic `slug`.

    Args:
        hero: one or two views that are in sight in free play; "one|other" shows the first that the settings allow.
        tabs: further views by tab title (English; the topic's catalogue translates it).
    """
    run, problems = _run_of(slug)
    hidden = [name for name in st.query_params.get("hide", "").split(",") if name]
    chapter = chapter_of(run) if "chapters" not in hidden else None
    if st.context.is_embedded or st.query_params.get("embed") == "true":
        _slide(run, chapter, hero, hidden)
        return
    text = story(run.language, slug)
    with st.container(key="head", gap=None):
        st.markdown(f"## {text['title']}")
        st.markdown(run.t(run.topic.question))
    if problems:
        st.warning("  \n".join(_notice(run, problem) for problem in problems), icon=":material/link_off:")
    if "chapters" not in hidden:
        chapter_row(run)
    if run.topic.guesses and "guess" not in hidden:
        live("guess", run, f"{slug}:guess", **declaration(run))
    with st.container(key="lab"):
        # The pictures come first for the keyboard and on a phone; where there is room, the words stand left of them.
        right, left = st.columns([0.72, 0.28], gap="medium")
    with left:
        _words_and_controls(run, chapter, hidden)
    with right:
        _player(run, hidden)
        if chapter is not None and chapter.sweep is not None:
            sweep_panel(run, planned=True)
        if chapter is None:
            figures(run, hero, HERO_HEIGHT)
        else:
            chapter_pictures(run, chapter)
        further_pictures(run, tabs or {}, hero if chapter is None else chapter.views)
    TURNS.let_pass()  # what is below is not in sight yet
    keep_row(run)
    if "sweep" not in hidden and (chapter is None or chapter.sweep is None):
        sweep_fold(run)
    folds(run, text)
    before_after(slug, run.language)


def _words_and_controls(run: LiveRun, chapter: Chapter | None, hidden: list[str]) -> None:
    """The narrow column: what to expect, the parameter under the thumb, what happened, everything else that can be set."""
    if chapter is not None:
        words_before(run, chapter)
    _thumb(run, hidden)
    if chapter is not None:
        words_after(run, chapter)
    live(
        "controls",
        run,
        f"{run.topic.slug}:controls",
        part="rest",
        specs=specifications(run),
        hide=hidden,
        hero=run.topic.hero_for(run.params, chapter),
        chapter=run.chapters.name,
        folds=chapter is not None,
        unfolded=run.t(chapter.section) if chapter is not None and chapter.section else "",
    )
    if run.topic.uploads and not run.follows:  # data would end the lesson for who gives them
        with st.expander(run.t("Your own data"), key="fold-own", icon=":material/upload:", expanded=chapter is None):
            own_data(run)


def _thumb(run: LiveRun, hidden: list[str]) -> None:
    """The parameter under the reader's thumb: once on the page, beside the words or (on a phone) at the foot."""
    hero = run.topic.hero_for(run.params, chapter_of(run))
    with st.container(key="thumb"):
        live("controls", run, f"{run.topic.slug}:hero", part="hero", specs=specifications(run), hide=hidden, hero=hero)


def _player(run: LiveRun, hidden: list[str], *, embed: bool = False) -> None:
    if "player" not in hidden:
        with st.container(key="player"):
            live("player", run, f"{run.topic.slug}:player", embed=embed)


def _slide(run: LiveRun, chapter: Chapter | None, hero: Slots, hidden: list[str]) -> None:
    """For a projector, or within another page: a chapter's sentence in large type, its picture, the slider and Play."""
    if chapter is not None:
        words = chapter_words(run.language, run.topic.slug, chapter.name)
        with st.container(key="words", gap=None):
            st.markdown(f"### {words.title}\n\n{words.before}")
        if chapter.sweep is not None:
            _swept_slide(run, chapter)
        else:
            chapter_pictures(run, chapter, most=2)
    else:
        figures(run, hero, HERO_HEIGHT)
    with st.container(key="foot"):
        _player(run, hidden, embed=True)
        if chapter is not None and chapter.sweep is None:  # a sweep has a slider of its own
            _thumb(run, hidden)


@st.fragment
def _swept_slide(run: LiveRun, chapter: Chapter) -> None:
    """The picture of a chapter that opens a sweep; the sweep itself once it has been begun."""
    live("reached", run, f"{run.topic.slug}:swept", redraws=True, name=chapter.name, known=run.chapters.told)
    if run.chapters.told:
        sweep_panel(run, planned=True)
    else:
        chapter_pictures(run, chapter, most=1)


def _notice(run: LiveRun, problem: BadValue) -> str:
    """What was wrong in a link and what is used instead."""
    known = problem.name == "seed" or problem.name in type(run.params).controls()
    own = run.t("The chapter's own value is used instead.") if run.chapters.name else run.t("The default is used instead.")
    return plain(f"{run.say(problem)} {own if known else run.t('It is ignored.')}")


def _run_of(slug: str) -> tuple[LiveRun, list[BadValue]]:
    """The run of this browser session and page; a new one from the address where there is none (any more)."""
    language = st.session_state["language"]
    token = st.session_state.get(f"run:{slug}", "")
    run = desk().get(token)
    if run is None:
        address = named(st.query_params.to_dict())
        query = {name: value for name, value in address.items() if name not in FOREIGN}
        run, problems = desk().new_run(slug, query, language, visitor())
        if ADDRESS in address:
            problems = [*problems, *begin_with_formula(run, address[ADDRESS])]
        st.session_state[f"run:{slug}"] = run.token
        st.session_state[f"problems:{slug}"] = problems
    run.speak(language)
    return run, st.session_state.get(f"problems:{slug}", [])
