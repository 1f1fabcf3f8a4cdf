"""A run as it stands when its files are asked for, what can be drawn of it, and why a file cannot be made."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from engine.core.params import BadValue
from engine.core.score import Score
from engine.core.topic import Topic
from engine.guess.crowd import Crowd
from engine.guess.crowd_views import with_crowds
from engine.runs.history import History
from engine.runs.store.records import score_of
from engine.workers import logs
from engine.workers.pool import RunFailed, WorkerLost
from pages.kit.live.stage.run import LiveRun
from pages.kit.web.files import File, Refused

if TYPE_CHECKING:
    from engine.runs.history_page import Part

PATIENCE = 10.0  # seconds that what is asked of a run waits for its model
pages_drawn = threading.Lock()  # one page of a whole history at a time: it draws hundreds of pictures in the app's process


@dataclass
class Moment:
    """A run as it stood when its files were asked for. All files are of this step, however far the run has gone since."""

    run: LiveRun
    score: Score
    history: History
    data: dict[str, np.ndarray] | None
    twin: tuple[Score, History] | None = None
    guesses: tuple[Crowd, ...] = ()  # of the class that followed it

    @property
    def topic(self) -> Topic:
        """The run's topic, with a view of what the class guessed."""
        return with_crowds(self.run.topic, self.guesses)

    @property
    def step(self) -> int:
        return self.score.steps

    def name(self, ending: str) -> str:
        """A file's name, of nothing but what the topic and the run themselves say."""
        return f"{self.run.topic.slug}-seed{self.score.seed}-step{self.step}{ending}"


def begun(run: LiveRun) -> bool:
    """Whether there is something of the run; one that is being opened is waited for: its page is there a moment before its model."""
    end = time.monotonic() + PATIENCE
    while run.state == "opening" and time.monotonic() < end:
        time.sleep(0.05)
    return run.score is not None


def moment(run: LiveRun) -> Moment | None:
    """The run as it stands; None where it has not begun."""
    begun(run)
    with run.lock:
        score, history = run.score, run.recording.history.copy()
        data = None if score is None else run.data_of(score)
        twins = [(arm.score, arm.recording.history.copy()) for arm in run.arms[1:]]
    if score is None or not history.frames:
        return None
    beside = [(score_of(other, kept.frames[-1]), kept) for other, kept in twins if other is not None and kept.frames]
    last, crowds = score_of(score, history.frames[-1]), run.guesses.polls.crowds()
    return Moment(run, last, history, data, beside[0] if beside else None, crowds)


def part_of(now: Moment, views: Sequence[str]) -> Part:
    """The run with its twin, and the words of the chapter that it is of."""
    from engine.runs.history_page import Arm, run_part

    arms = [Arm(now.history, now.score)]
    arms += [] if now.twin is None else [Arm(now.twin[1], now.twin[0])]
    return run_part(now.topic, tuple(arms), tuple(views), now.run.style("light"))


def refusing(run: LiveRun, make: Callable[[], bytes | str]) -> Callable[[], bytes | str]:
    """The same, which says why where a file cannot be made."""

    def trying() -> bytes | str:
        try:
            return make()
        except Exception as error:
            raise Refused(sentence(error, run)) from None

    return trying


def sentence(error: Exception, run: LiveRun) -> str:
    """Why a file could not be made."""
    t = run.t
    if isinstance(error, Refused):
        return str(error)
    if isinstance(error, BadValue):
        return run.say(error)
    if isinstance(error, WorkerLost):
        return t("The computing process is gone. Reset starts a new one.")
    if isinstance(error, RunFailed):
        return t("The run stopped on an error: {message}").format(message=error.problem["message"])
    if isinstance(error, MemoryError):
        return t("There is not enough memory to make this file.")
    if not isinstance(error, ValueError | OSError):
        logs.event("takehome.failed", logging.ERROR, error=error, topic=run.topic.slug)
    return t("This file cannot be made: {reason}").format(reason=error)


def video_file(
    run: LiveRun, views: Sequence[str], now: Moment | None = None, *, key: str = "video", enabled: bool = True
) -> File:
    """The steps up to a moment, or up to when it is asked for; of views "one|other" the first that the settings allow."""
    t = run.t

    def make() -> str:
        from engine.runs.reel import reel

        at = now or moment(run)
        if at is None:
            raise Refused(t("There is nothing to take home yet: the run has not begun."))
        there = {view.name for view in run.topic.views_for(run.topic.params.build(at.history.frames[-1].settings))}
        chosen = [next((name for name in view.split("|") if name in there), view.split("|")[0]) for view in views]
        with pages_drawn:
            return reel(run.topic, part_of(at, chosen), run.style("light"))

    name = f"{run.topic.slug}.webm" if now is None else now.name(".webm")
    help = t("The chosen views step by step, at most ten seconds, for slides; this browser records it.")
    return File(key, t("Video (WebM)"), help, name, "application/json", refusing(run, make), enabled, video=True)
