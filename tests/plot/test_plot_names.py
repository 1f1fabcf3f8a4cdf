"""A view's title says what is in the picture under the present settings."""

from __future__ import annotations

import pytest

from engine.core import registry
from engine.core.picture import Picture, Style
from engine.core.session import Session
from engine.core.topic import Timeline, View, when
from engine.plot import Plot
from engine.runs.files import report
from engine.runs.history import History
from engine.runs.history_page import history_page


def test_the_title_follows_the_settings() -> None:
    topic = registry.find("exposure-bias")
    view = topic.view("accuracy")
    assert view.title_for(topic.params.build({"decoding": "beam"})) == "Taught, and searching on its own"
    assert view.title_for(topic.params()) == view.title == view.titles[0]


def test_reports_and_history_pages_have_the_title_of_their_settings() -> None:
    topic = registry.find("exposure-bias")
    session = Session.start("exposure-bias", {"decoding": "beam"})
    history = History()
    history.add(session.look())
    now = Timeline(session.look(), session.params)
    for page in (report(topic, now), history_page(topic, history, session.score, views=["accuracy"])):
        assert "Taught, and searching on its own" in page and "Taught and on its own" not in page


def test_a_title_that_depends_on_what_is_not_there_is_refused() -> None:
    topic = registry.find("exposure-bias")

    def draw(timeline: object, style: Style) -> Picture:
        return Plot(timeline, style).done("nothing")  # type: ignore[arg-type]

    odd = View("odd", "One", "Help.", draw, cases=((when(colour="red"), "Other"),))
    fields = {name: getattr(topic, name) for name in topic.__dataclass_fields__}
    with pytest.raises(ValueError, match="title of view odd depends on “colour”"):
        type(topic)(**{**fields, "views": (*topic.views, odd)})
