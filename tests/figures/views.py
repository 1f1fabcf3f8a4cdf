"""Every view of a topic as the browser gets it: from the recorded frame, and from every chapter played for a moment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from engine.core import registry
from engine.core.language import KIT, translator
from engine.core.picture import Picture, Style
from engine.core.session import Session
from engine.core.topic import Timeline, View
from engine.runs.history import History
from pages.kit.live.stage.recording import recorded

STEPS, EVERY = 30, 10  # of a chapter's run: enough for the first test of every lab


@dataclass(frozen=True)
class Shown:
    """A view at a moment of a topic."""

    topic: str
    moment: str  # "recorded", or a chapter's name
    view: View
    timeline: Timeline

    @property
    def name(self) -> str:
        return f"{self.topic} {self.moment} {self.view.name}"

    def draw(self, language: str, theme: str = "light") -> Picture:
        look = Style(theme, language, translator(language, self.topic, KIT))  # type: ignore[arg-type]
        return self.view.draw(self.timeline, look)


def shown(slug: str) -> Iterator[Shown]:
    """All views of a topic's recorded run, and of every chapter those that it shows or that nothing has shown yet."""
    topic, frame, known = registry.find(slug), recorded(slug), set[str]()
    if frame is not None:
        params = topic.params.build(frame.settings)
        known = {view.name for view in topic.views_for(params)}
        for view in topic.views_for(params):
            yield Shown(slug, "recorded", view, Timeline(frame, params))
    for chapter in topic.chapters:
        timeline = _moment(Session.start(slug, chapter.values, seed=chapter.seed))
        for view in topic.views_for(timeline.params):
            if view.name in chapter.views or view.name not in known:
                known.add(view.name)
                yield Shown(slug, chapter.name, view, timeline)


def _moment(session: Session) -> Timeline:
    """A run after a few steps, with its history."""
    history = History()
    history.add(session.look())
    for _ in range(0, STEPS, EVERY):
        history.add(session.advance(steps=EVERY))
    return Timeline(history.frames[-1], session.params, history.scalars(STEPS), session.marks, session.seed)
