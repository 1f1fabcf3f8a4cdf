"""What the followers of a lesson see: drawn and packed once for all who read the same language in the same theme."""

from __future__ import annotations

import threading
import time
from typing import Any

from engine.core.topic import Timeline
from engine.plot.differences import Course, Writing
from pages.kit.live.chapters import Chapters
from pages.kit.live.drawing import draw_view
from pages.kit.live.guess import VIEW
from pages.kit.live.stage.run import LiveRun
from pages.kit.live.stage.sources.lesson import Lesson, follow
from pages.kit.live.sweep import PageSweep

UNSEEN = 50  # looks after which a picture that nobody has wanted any more is forgotten
REST = 1.0  # seconds after which a picture that stays is followed by its exact numbers

Place = tuple[str, str, str, bool]  # language, theme, view, whether it has a title of its own


class Reader:
    """The lesson in one language: a page that nobody looks at, by which the others are told."""

    def __init__(self, teacher: LiveRun, code: str, language: str) -> None:
        self.run = follow(teacher, code, language)
        sweep = PageSweep(self.run)
        self.run.chapters = Chapters(self.run, lambda: sweep)
        self.status = Course()
        self.timeline: Timeline | None = None
        self.views: frozenset[str] = frozenset()

    @property
    def lesson(self) -> Lesson:
        assert isinstance(self.run.source, Lesson)  # it never acts, so it never goes on alone
        return self.run.source

    def look(self) -> None:
        """Take in where the lesson stands."""
        self.lesson.tick(self.run)
        self.timeline = self.run.timeline()
        self.status.show(self.run.status())
        params = self.run.params if self.timeline is None else self.timeline.params
        self.views = frozenset(view.name for view in self.run.topic.views_for(params))


class Showing:
    """The newest look at a teacher's run, in every form in which somebody sees it. All methods may be called in any thread."""

    def __init__(self, teacher: LiveRun, code: str) -> None:
        self.teacher, self.code = teacher, code
        self.number = 0  # of the look
        self.exact = False
        self.since = time.monotonic()  # when it began to show what it shows
        self._readers: dict[str, Reader] = {}
        self._courses: dict[Place, Course] = {}
        self._drawn: dict[Place, int] = {}  # the look at which each was drawn
        self._writing = Writing()
        self._lock = threading.RLock()

    @property
    def due(self) -> bool:
        """Whether another look would show something new."""
        readers = list(self._readers.values())
        if not readers or any(reader.lesson.news for reader in readers):
            return True
        rests = self.teacher.lead.doing != "playing" and time.monotonic() - self.since > REST
        return rests and not self.exact

    def look(self) -> None:
        """Look at the teacher's run; pictures are drawn when somebody wants them."""
        with self._lock:
            news = not self._readers or any(reader.lesson.news for reader in self._readers.values())
            self.exact = not news
            if news:
                self.since = time.monotonic()
            self.number += 1
            for place in [place for place, number in self._drawn.items() if number < self.number - UNSEEN]:
                del self._courses[place], self._drawn[place]
            for reader in self._readers.values():
                reader.look()

    def reader(self, language: str) -> Reader:
        with self._lock:
            if language not in self._readers:
                self._readers[language] = Reader(self.teacher, self.code, language)
                self._readers[language].look()
            return self._readers[language]

    def status(self, language: str) -> Course:
        return self.reader(language).status

    def picture(self, name: str, language: str, theme: str) -> Course | None:
        """The course of a view by the name under which a page asks for it; None while there is nothing at all to show.

        Of the names that it gives, the first that the settings allow counts: pages that ask for the same in another way share it.
        """
        with self._lock:
            reader = self.reader(language)
            options = name.split("|")
            view = next((option for option in options if option in reader.views), "")
            place = (language, theme, view, len(options) > 1)
            if reader.timeline is None:
                return None
            course = self._courses.setdefault(place, Course(writing=self._writing))
            if self._drawn.get(place) != self.number:
                self._drawn[place] = self.number
                course.show(self._draw(place, reader), self.exact)
            return course

    def _draw(self, place: Place, reader: Reader) -> Any:
        _, theme, view, titled = place
        assert reader.timeline is not None
        return draw_view(reader.run, f"{view}|" if titled else view, reader.timeline, reader.run.style(theme))

    def own(self, run: LiveRun, name: str, theme: str) -> Any:
        """The picture of a view with what this follower has guessed; None where it is the one that all see."""
        with self._lock:
            timeline = self.reader(run.language).timeline
        if timeline is None:
            return None
        style = run.style(theme)
        if any(option.startswith(VIEW) for option in name.split("|")):
            return draw_view(run, name, timeline, style)
        view = draw_view(run, name, timeline, style)
        beside = run.guesses.beside(run, name, view, timeline, style)
        return None if beside is view else beside
