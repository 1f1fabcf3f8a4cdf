"""The pictures of a page by name: views of one arm, or of both over each other or on common axes."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Any

from engine.core.picture import Style
from engine.core.topic import Timeline
from engine.plot import sentence
from engine.plot.overlay import overlay, share_axes
from pages.kit.live.guess import VIEW
from pages.kit.live.stage.run import LiveRun


def draw_arms(run: LiveRun, name: str, first: Timeline, second: Timeline | None, style: Style) -> dict[str, Any]:
    """The picture of a view by name; with a twin, one for both arms, or one of each ("name@b" is the twin's)."""
    if name.startswith(VIEW):
        first = replace(first, other=second, arms=run.chapters.arms())  # a guess may be about both arms, or a whole sweep
    one = draw_view(run, name, first, style)
    if second is None or name.startswith(VIEW):
        return {name: one}
    two = draw_view(run, name, second, style)
    both = overlay(one, two, style)
    if both is not None:
        return {name: both}
    share_axes(one, two)
    return {name: one, f"{name}@b": two}


def draw_view(run: LiveRun, name: str, timeline: Any, style: Style) -> Any:
    """A view by name, or the first applicable of "one|other"; a line of text where none applies."""
    known = {view.name: view for view in run.topic.views_for(timeline.params)}
    for option in name.split("|"):
        if option in known or option.startswith(VIEW):
            try:
                if option.startswith(VIEW):
                    return run.guesses.figure(run, option.removeprefix(VIEW), timeline, style)
                view = known[option]
                picture = view.draw(timeline, style)
                if option != name or view.cases:  # so that the page can write what is seen above it
                    title = style.t(view.title_for(timeline.params))
                    picture.layout["meta"] |= {"view": option, "title": title}
                return picture
            except Exception:  # one picture that fails must not cost the others
                logging.getLogger(__name__).exception("view %s of %s failed", option, run.topic.slug)
                return sentence(style, style.t("This picture could not be drawn."))
    return sentence(style, style.t("This picture does not exist with the present settings."))
