"""The pictures of a topic's page: a chapter's own, or the pair that is always in sight, and the further ones by tab."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from engine.core.topic import Chapter
from pages.kit.live.stage.run import LiveRun
from pages.kit.ui.components import live
from pages.kit.ui.files import hold
from pages.kit.ui.moment import video_file
from pages.kit.web.pictures import plotly_file

# What everything above (and a bar below) leaves of the window: --chrome is measured in assets/lab/live/fold.js.
HERO_HEIGHT = "max(210px, 100vh - var(--chrome, 19rem))"
VIEW_HEIGHT = 360

Slots = tuple[str, ...]  # views; "one|other" is a place for the first that the settings allow


def chapter_pictures(run: LiveRun, chapter: Chapter, *, most: int | None = None) -> None:
    """The views of a chapter, the one for its sentence first, each with its own sentence beneath."""
    figures(run, chapter.views[:most], HERO_HEIGHT, captions=most is None)


def further_pictures(run: LiveRun, tabs: Mapping[str, Slots], shown: Slots) -> None:
    """The views that stand nowhere else on the page, by tab; none that the present settings do not have."""
    there = {view.name for view in run.topic.views_for(run.params)} - {name for slot in shown for name in slot.split("|")}
    left = {
        title: tuple(filter(None, ("|".join(n for n in slot.split("|") if n in there) for slot in slots)))
        for title, slots in tabs.items()
    }
    left = {title: slots for title, slots in left.items() if slots}
    if left:
        figures(run, left[_chosen_tab(run, list(left))], VIEW_HEIGHT)


def _chosen_tab(run: LiveRun, titles: list[str]) -> str:
    """The further views a person chose; the choice stands in the address as `view`."""
    key = f"view:{run.topic.slug}"
    names = {title.lower().replace(" ", "-"): title for title in titles}
    followed, last = run.followed_view, f"followed:{run.topic.slug}"
    if followed in titles and followed != st.session_state.get(last):  # the teacher has chosen another one
        st.session_state[key] = st.session_state[last] = followed
    own, before = run.learns_own(run.params), st.session_state.get(f"tabs:{run.topic.slug}")
    if own and before is not None and not before[0]:  # what the user's own data have brought is what they are given for
        st.session_state[key] = next((title for title in titles if title not in before[1]), st.session_state.get(key))
    st.session_state[f"tabs:{run.topic.slug}"] = own, titles
    if st.session_state.get(key) not in titles:
        st.session_state[key] = names.get(st.query_params.get("view", ""), titles[0])

    def remember() -> None:
        for name, title in names.items():
            if title == st.session_state[key]:  # one that was pressed while the page was drawn anew may be there no more
                st.query_params["view"] = name

    chosen = st.segmented_control(
        run.t("Further views"),
        titles,
        format_func=run.t,
        key=key,
        on_change=remember,
        label_visibility="collapsed",
        required=True,
    )
    run.further = chosen or titles[0]
    return run.further


def figures(run: LiveRun, slots: Slots, height: int | str, *, captions: bool = False) -> None:
    """Pictures two by two; with captions their sentence stands beneath instead of behind a button."""
    for start in range(0, len(slots), 2):
        pair = slots[start : start + 2]
        with st.container(key=f"stage-{run.topic.slug}-{'-'.join(pair)}"):
            columns = st.columns(len(pair))
        for column, slot in zip(columns, pair, strict=True):
            with column:
                _figure(run, slot, height, captions)


def _figure(run: LiveRun, slot: str, height: int | str, caption: bool) -> None:
    titles = {name: run.t(control.title) for name, control in type(run.params).controls().items() if control.type == "number"}
    views = [run.topic.view(option) for option in slot.split("|")]
    view = next((option for option in views if option in run.topic.views_for(run.params)), views[0])
    live(
        "figure",
        run,
        f"{run.topic.slug}:figure:{slot}",  # a view may be called like another part of the page
        view=slot,
        label=run.t(view.title_for(run.params)),
        help="" if caption else run.t(view.help),
        height=height,
        titles=titles,
        views={one.name: [run.t(one.title_for(run.params)), run.t(one.help)] for one in views},
        offer=hold(
            f"plotly:{run.topic.slug}:{slot}",
            [*(plotly_file(run, slot, theme) for theme in ("light", "dark")), video_file(run, [slot], key=f"video:{slot}")],
        ),
    )
    if caption:
        st.caption(run.t(view.help))
