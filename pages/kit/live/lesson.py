"""A lesson: pages that show another page's run as it goes, until their reader takes over at a step and goes on alone."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from typing import Any
from urllib.parse import urlencode

from engine.core.score import Score
from engine.core.topic import Timeline
from pages.kit.live.admission import enter
from pages.kit.live.run import LiveRun
from pages.kit.live.session import build


class FollowingRun(LiveRun):
    """Shows the teacher's run: parameters, pictures, the place in the history. Whatever the reader does forks it there."""

    def __init__(self, teacher: LiveRun, code: str, language: str) -> None:
        super().__init__(teacher.topic, teacher.first, teacher.seed, teacher.pool, language, teacher.device)
        self.teacher: LiveRun | None = teacher
        self.code = code
        self.state = "following"
        self._seen: tuple[Any, ...] = ()
        self._last: Score | None = None
        self.tick()

    # ---- following

    def _look(self, teacher: LiveRun) -> tuple[Any, ...]:
        return (teacher.film.version, teacher.state, teacher.params, teacher.film.shown, teacher.message)

    def has_news(self) -> bool:
        """Whether the teacher's page shows something else by now."""
        return self.teacher is not None and self._look(self.teacher) != self._seen

    def tick(self) -> None:
        """Take over what the teacher's page shows."""
        teacher = self.teacher
        if teacher is None:
            super().tick()
            return
        with teacher.lock:
            self._seen = self._look(teacher)
            over = teacher.state == "lost"
            self.params, self.first, self.seed = teacher.params, teacher.first, teacher.seed
            self.film, self._last = copy(teacher.film), teacher.score or self._last
            self.stop_steps, self.data, self.data_name = teacher.stop_steps, teacher.data, teacher.data_name
            self.rate.value = teacher.rate.value if teacher.state == "playing" else 0.0
        if over:
            self.message = self.t("The lesson is over. Press Play to go on alone.")
        else:
            self.message = self.t("You follow a lesson. Press Play or move a control to go on alone from here.")

    def timeline(self, shown: Any = None) -> Timeline | None:
        teacher = self.teacher
        return super().timeline(shown) if teacher is None else teacher.timeline(shown)

    @property
    def score(self) -> Score | None:
        return self._last if self.teacher is not None else super().score

    @property
    def lesson_key(self) -> tuple[Any, ...] | None:
        """Equal for all pages that show the same picture of the same lesson."""
        teacher = self.teacher
        return None if teacher is None else (teacher.token, teacher.film.version, teacher.film.shown)

    def query(self) -> str:
        return urlencode({"follow": self.code}) if self.teacher is not None else super().query()

    # ---- going on alone

    def fork(self) -> bool:
        """A run of one's own from the step on screen; whether there is one now."""
        with self.lock:
            teacher = self.teacher
            if teacher is None:
                return self.session is not None or self.frozen is not None
            self.tick()
            score, held = self._last, self.film.held
            if score is None or not enter(self):
                return False
            self.teacher = None
            self.film.history = teacher.film.history.copy()
            if held is not None and held.step < score.steps:
                score = score.prefix(held.step)
                self.film.history.truncate(held.step)
            if not build(self, score):
                self.teacher, self.state = teacher, "following"
                return False
            return True

    def open(self) -> None:
        if self.teacher is None:
            super().open()

    def play(self) -> None:
        with self.lock:
            if self.fork():
                super().play()

    def step(self, count: int = 1) -> None:
        with self.lock:
            if self.fork():
                super().step(count)

    def part(self) -> None:
        with self.lock:
            if self.fork():
                super().part()

    def set(self, values: Mapping[str, Any]) -> None:
        with self.lock:
            if self.fork():
                super().set(values)

    def reset(self, values: Mapping[str, Any] | None = None, seed: int | None = None) -> bool:
        with self.lock:
            return self.fork() and super().reset(values, seed)

    def seek(self, index: int | None) -> None:
        with self.lock:
            if self.fork():
                super().seek(index)
