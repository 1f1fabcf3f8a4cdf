"""A lesson: pages that show another page's run as it goes, until their reader takes over at a step and goes on alone."""

from __future__ import annotations

from copy import copy
from typing import Any

from engine.core.score import Score
from pages.kit.live.stage.run import LiveRun
from pages.kit.live.stage.sources.source import Act, Source

PATIENCE = 0.25  # seconds a turn waits for a teacher's run that is busy


class Lesson(Source):
    """Shows the teacher's run: parameters, pictures, the place in the history. Whatever the reader does forks it there."""

    def __init__(self, teacher: LiveRun, code: str) -> None:
        self.teacher: LiveRun = teacher
        self.code = code
        self._seen: tuple[Any, ...] = ()
        self._last: Score | None = None

    def _look(self) -> tuple[Any, ...]:
        teacher = self.teacher
        return (
            teacher.recording.version,
            teacher.state,
            teacher.params,
            teacher.recording.shown,
            teacher.message,
            teacher.further,
            teacher.guesses.polls.version,
        )

    @property
    def news(self) -> bool:
        """Whether the teacher's page shows something else by now."""
        return self._look() != self._seen

    @property
    def score(self) -> Score | None:
        return self._last

    @property
    def address(self) -> dict[str, str]:
        return {"follow": self.code}

    def open(self, run: LiveRun) -> bool:
        return True

    def tick(self, run: LiveRun) -> bool:
        """Take over what the teacher's page shows."""
        teacher = self.teacher
        with teacher.at_hand(PATIENCE) as mine:
            if not mine:  # it waits for its worker
                return True
            self._seen, self._last = self._look(), teacher.score or self._last
            over = teacher.state == "lost"
            run.mirror(teacher, copy(teacher.recording))
            run.chapters.follow(teacher.chapters)
        text = "The lesson is over. Press Play to go on alone."
        run.message = run.t(text if over else "You follow a lesson. Press Play or move a control to go on alone from here.")
        return True

    def catch_up(self, run: LiveRun, other: LiveRun) -> None:
        """Take over what another follower's page in the same language has taken over: without a look at the teacher's, whose lock
        would have to be waited for."""
        with run.at_hand() as mine:
            if not mine or run.source is not self or not isinstance(other.source, Lesson):
                return
            self._seen, self._last = other.source._seen, other.source._last
            run.mirror(other, copy(other.recording))
            run.rate.value, run.message = other.rate.value, other.message
            run.chapters.follow(other.chapters)

    def before(self, run: LiveRun, name: str, again: Act, **how: Any) -> bool | None:
        return None if name == "back" or self.fork(run) else False

    def fork(self, run: LiveRun) -> bool:
        """A run of one's own from the step on screen; whether there is one now."""
        self.tick(run)
        score, held = self._last, run.recording.held
        if score is None or not run.enter():
            return False
        run.source = Source()
        run.recording.history = self.teacher.recording.history.copy()
        if held is not None and held.step < score.steps:
            score = score.prefix(held.step)
            run.recording.history.truncate(held.step)
        # Its model is built first, which takes its time: the page says so at once.
        run.recovering = True
        run.message = run.t("You go on alone from step {step}; the model is being rebuilt.").format(step=score.steps)
        run.status()  # what its page has been told so far was the hall's
        run.wake()
        if not run.build(score):
            run.source, run.state, run.recovering = self, "following", False
            return False
        return True


def follow(teacher: LiveRun, code: str, language: str) -> LiveRun:
    """A run that shows another one, under the code of a lesson."""
    lesson = Lesson(teacher, code)
    run = LiveRun(teacher.topic, teacher.first, teacher.seed, teacher.pool, language, teacher.device, lesson)
    run.state = "following"
    lesson.tick(run)
    return run
