"""The page of a topic: question, guess, play, what happened, the loop, chapters, sources. One layout for all."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from engine.core.language import chapter_words, story
from engine.core.params import BadValue
from engine.core.topic import Chapter
from engine.export.loop import source
from engine.runs.address import named
from pages.kit.live.guess import declaration
from pages.kit.live.own_data import ADDRESS, begin_with_formula
from pages.kit.live.runs import desk
from pages.kit.live.stage.run import LiveRun
from pages.kit.live.stage.twins import compare, end
from pages.kit.ui.components import live, specifications
from pages.kit.ui.files import hold
from pages.kit.ui.keep import save_button
from pages.kit.ui.own_data import own_data
from pages.kit.ui.share import share_button
from pages.kit.ui.sign_in import visitor
from pages.kit.ui.story import plain
from pages.kit.ui.sweep import sweep_part
from pages.kit.ui.take_home import take_home
from pages.kit.ui.topic.happened import numbers
from pages.kit.web.pictures import plotly_file

FOREIGN = ("lang", "hide", "embed", "embed_options", "theme", "view", ADDRESS)  # address keys that are not parameters
HERO_HEIGHT = "clamp(340px, 100vh - 26.5rem, 660px)"  # what the head and the player leave of the window
SLIDE_HEIGHT = "max(260px, 100vh - 215px)"
VIEW_HEIGHT = 360


def topic_page(slug: str, *, hero: tuple[str, ...], tabs: Mapping[str, tuple[str, ...]] | None = None) -> None:
    """Draw the page of topic `slug`.

    Args:
        hero: one or two views that are always in sight; "one|other" shows the first that the settings allow.
        tabs: further views by tab title (English; the topic's catalogue translates it).
    """
    run, problems = _run_of(slug)
    hidden = [name for name in st.query_params.get("hide", "").split(",") if name]
    if st.context.is_embedded or st.query_params.get("embed") == "true":
        _stage(run, hero, embed=True, hidden=hidden)
        return
    text = story(run.language, slug)
    with st.container(key="head", gap=None):
        st.markdown(f"## {text['title']}")
        st.markdown(run.t(run.topic.question))
    if problems:
        st.warning("  \n".join(_notice(run, problem) for problem in problems), icon=":material/link_off:")
    with st.container(key="guess"):
        offers = bool(run.topic.guesses) and "guess" not in hidden
        if offers:
            live("guess", run, f"{slug}:guess", **declaration(run))
    left, right = st.columns([0.27, 0.73], gap="medium")
    with left:
        live("controls", run, f"{slug}:controls", specs=specifications(run), hide=hidden)
        if run.topic.uploads:
            own_data(run)
    with right:
        _stage(run, hero, embed=False, hidden=hidden)
        if tabs:
            _figures(run, tabs[_chosen_tab(run, list(tabs))], VIEW_HEIGHT)
    if "sweep" not in hidden:
        sweep_part(run)
    _story(run, text)


def _notice(run: LiveRun, problem: BadValue) -> str:
    """What was wrong in a link and what is used instead."""
    known = problem.name == "seed" or problem.name in type(run.params).controls()
    instead = run.t("The default is used instead.") if known else run.t("It is ignored.")
    return plain(f"{run.say(problem)} {instead}")


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
    run.language = language
    return run, st.session_state.get(f"problems:{slug}", [])


def _stage(run: LiveRun, hero: tuple[str, ...], *, embed: bool, hidden: list[str]) -> None:
    if "player" not in hidden:
        live("player", run, f"{run.topic.slug}:player", embed=embed, hide=hidden)
    _figures(run, hero, SLIDE_HEIGHT if embed else HERO_HEIGHT)


def _chosen_tab(run: LiveRun, titles: list[str]) -> str:
    """The further views a person chose; the choice stands in the address as `view`."""
    key = f"view:{run.topic.slug}"
    names = {title.lower().replace(" ", "-"): title for title in titles}
    if key not in st.session_state:
        st.session_state[key] = names.get(st.query_params.get("view", ""), titles[0])

    def remember() -> None:
        st.query_params["view"] = next(name for name, title in names.items() if title == st.session_state[key])

    chosen = st.segmented_control(
        run.t("Further views"),
        titles,
        format_func=run.t,
        key=key,
        on_change=remember,
        label_visibility="collapsed",
        required=True,
    )
    return chosen or titles[0]


def _figures(run: LiveRun, names: tuple[str, ...], height: int | str) -> None:
    titles = {name: run.t(control.title) for name, control in type(run.params).controls().items() if control.type == "number"}
    for start in range(0, len(names), 2):
        pair = names[start : start + 2]
        with st.container(key=f"stage-{run.topic.slug}-{'-'.join(pair)}"):
            columns = st.columns(len(pair))
        for column, name in zip(columns, pair, strict=True):
            views = [run.topic.view(option) for option in name.split("|")]
            view = next((option for option in views if option in run.topic.views_for(run.params)), views[0])
            with column:
                files = [plotly_file(run, name, theme) for theme in ("light", "dark")]
                live(
                    "figure",
                    run,
                    f"{run.topic.slug}:{name}",
                    view=name,
                    label=run.t(view.title),
                    help=run.t(view.help),
                    height=height,
                    titles=titles,
                    views={one.name: [run.t(one.title), run.t(one.help)] for one in views},
                    offer=hold(f"plotly:{run.topic.slug}:{name}", files),
                )


def _story(run: LiveRun, text: Mapping[str, str]) -> None:
    """Everything below the pictures."""
    slug = run.topic.slug
    play, happened = st.columns([0.42, 0.58], gap="large")
    with play:
        st.markdown(f"### {run.t('Play with it')}\n\n{text.get('play', '')}")
        save_button(run)
        share_button(run)
        take_home(run)
        st.markdown(f"### {run.t('Chapters')}")
        for chapter in run.topic.chapters:
            words = chapter_words(run.language, slug, chapter.name)
            st.button(
                words.title,
                key=f"chapter:{slug}:{chapter.name}",
                help=words.before,
                on_click=_open_chapter,
                args=(run, chapter),
                width="stretch",
            )
    with happened:
        st.markdown(f"### {run.t('What happened')}")
        numbers(run, text["explanation"])
    _loop(run)
    if text.get("notes"):
        with st.expander(run.t("Limits and pitfalls"), key="fold-limits", icon=":material/warning:"):
            st.markdown(text["notes"])
    with st.expander(run.t("Sources"), key="fold-sources", icon=":material/menu_book:"):
        st.markdown(text["sources"])


@st.fragment  # unfolding it asks for nothing else of the page
def _loop(run: LiveRun) -> None:
    """The training loop's source. It is sent when it is unfolded: to colour it takes a fifth of all that a page's start takes."""
    state = st.session_state
    key, was_open = f"fold-loop-{run.topic.slug}-{run.language}", f"loop:{run.topic.slug}"
    state.setdefault(key, state.get(was_open, False))  # under another title Streamlit takes it for another fold
    fold = st.expander(run.t("The loop, as it runs"), key=key, icon=":material/code:", on_change="rerun")
    state[was_open] = fold.open
    if fold.open:
        fold.code(source(run.topic), language="python")


def _open_chapter(run: LiveRun, chapter: Chapter) -> None:
    """Set a chapter's values (everything else to its default), restart, play, beside its twin where it compares."""
    defaults = type(run.params)().values()
    end(run)
    run.reset({**defaults, **chapter.values}, chapter.seed)
    run.stop_rule(run.topic.steps_of(chapter), None)
    if chapter.compare is None:
        run.play()
    else:
        compare(run, values=chapter.compare, play=True)
    run.wake()
