"""One arm: a session in a worker with its recording. It alone builds, asks and replaces its session, and says how that went."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np

from engine.core.frame import Frame
from engine.core.language import translator
from engine.core.params import BadValue, Params
from engine.core.picture import Style
from engine.core.score import Change, Score, digest, marks
from engine.core.topic import Timeline, Topic
from engine.runs.history import History
from engine.workers.pool import Pool, PoolSession, RunFailed, WorkerLost
from pages.kit.live.places import Places
from pages.kit.live.script import Script
from pages.kit.live.stage.rate import Rate
from pages.kit.live.stage.recording import Recording

LEASE = 0.6  # seconds a run may go on without being asked again: a closed tab stops within this time


class Arm:
    """State: opening -> paused <-> playing -> finished | diverged | lost; "waiting" where there is no place for a model."""

    def __init__(self, topic: Topic, params: Params, seed: int, pool: Pool, language: str = "en", device: str = "auto") -> None:
        self.topic, self.first, self.seed, self.pool, self.device = topic, params, seed, pool, device
        self.language = language
        self.token = secrets.token_hex(16)  # letters and digits only: Streamlit refuses component keys with "__"
        self.lock = threading.RLock()
        self.state = "opening"
        self.message: str | None = None
        self.problems: dict[str, str] = {}
        self.params = params
        self.recording = Recording(topic, lambda: self.params)
        self.script = Script()  # what changes by itself
        self.data: dict[str, np.ndarray] | None = None
        self.data_name = ""
        self.session: PoolSession | None = None
        self.building: PoolSession | None = None  # the one that is to take its place
        self.frozen: Score | None = None  # the whole run, while it holds no model
        self.closed = False  # freed: what is still being built for it is given back at once
        self.recovering = False
        self.stop_steps: int | None = topic.tempo(params).steps  # where it stops by itself
        self.stop_seconds: float | None = None
        self.speed: float | None = topic.tempo(params).pace  # steps a second at most
        self.lease = LEASE
        self.rate = Rate()
        self.places: Places | None = None  # where the number of runs is limited
        self.touched = time.monotonic()  # when somebody last did something, or it last played
        self.listeners: list[Callable[[], None]] = []  # who is told of a change from outside the page's own stream

    # ---- words

    def t(self, text: str) -> str:
        return translator(self.language, self.topic.slug)(text)

    def say(self, problem: BadValue) -> str:
        """A refused value as a sentence in the reader's language."""
        control = type(self.params).controls().get(problem.name)
        fields = dict(problem.fields)
        if control is not None:
            fields["name"] = f"{self.t(control.title)} ({problem.name})"
            if problem.allowed == control.allowed():
                fields["allowed"] = control.allowed(self.t)
        return self.t(problem.template).format(**{key: self.t(str(value)) for key, value in fields.items()})

    def style(self, theme: str) -> Style:
        """How this run's reader sees pictures."""
        return Style("dark" if theme == "dark" else "light", self.language, translator(self.language, self.topic.slug))

    def wake(self) -> None:
        """Tell the page's streams that something was changed from outside them."""
        for listener in list(self.listeners):
            listener()

    @contextmanager
    def at_hand(self, seconds: float = 0.0) -> Iterator[bool]:
        """Its lock, where it can be had within so many seconds (it is held while a worker is waited for): whether it is had."""
        mine = self.lock.acquire(timeout=seconds)
        try:
            yield mine
        finally:
            if mine:
                self.lock.release()

    # ---- what it is

    @property
    def score(self) -> Score | None:
        """The whole run so far; None before it has begun."""
        return self.session.score if self.session is not None else self.frozen

    @property
    def changes(self) -> tuple[Change, ...]:
        return self.score.changes if self.score is not None else ()

    @property
    def marks(self) -> tuple[int, ...]:
        """Steps at which a live parameter changed."""
        return marks(self.topic, self.changes)

    def limit(self) -> int | None:
        """The step at which it stops by itself, or halts before it goes on."""
        return self.stop_steps

    def follow_script(self) -> None:
        """Bring the changes into force whose step has come."""
        while self.session is not None and not (self.recording.newest is not None and self.recording.newest.part):
            values = None if self.broken else self.script.due(self.session.step)
            if values is None:
                return
            self.change(values)

    def change(self, values: Mapping[str, Any]) -> None:
        """Bring live values into force now, whoever prescribes them. Raises BadValue."""
        self.ask(lambda session: session.set(**values))
        self.params = self.params.change(values)

    @property
    def step_now(self) -> int:
        """The step at which its session stands."""
        return self.session.step if self.session is not None else 0

    @property
    def broken(self) -> bool:
        """Whether it cannot go on from where it stands."""
        return self.state in ("diverged", "lost")

    @property
    def unbuilt(self) -> bool:
        """Whether there has been no model yet: one is on its way, or a place for it."""
        return self.session is None and self.frozen is None and self.state in ("opening", "waiting")

    def learns_own(self, params: Params) -> bool:
        """Whether a run with these parameters learns from the user's own data."""
        return self.data is not None and params.values().get(self.topic.data_param) == self.topic.data_value

    def data_of(self, score: Score) -> dict[str, np.ndarray] | None:
        """The user's own data if the score is about them: a run that has left them is a run like any other."""
        return self.data if score.data is not None else None

    def start_score(self, params: Params | None = None, seed: int | None = None) -> Score:
        """A run that has not begun: with these values and this seed, or those with which this one began."""
        params = params or self.first
        return Score(
            topic=self.topic.slug,
            params=params.values(),
            seed=self.seed if seed is None else seed,
            data=digest(self.data) if self.learns_own(params) else None,
        )

    def timeline(self, shown: Frame | None = None) -> Timeline | None:
        """What the views draw, of the frame on screen or of another one; None while there is nothing at all to show."""
        with self.lock:
            return self.recording.timeline(self.marks, self.seed, shown)

    # ---- its session

    def begin(self) -> None:
        """Build the first session, from the values that the controls have once it is there."""
        while self.session is None and self.state == "opening":
            score = self.start_score()  # built without the lock: the page is drawn meanwhile, and controls are moved
            if self.build(score, partial(self._wanted, score)):
                return
            if self.session is not None or self.closed:  # another tab was faster, or nobody wants it any more
                return
            if self.start_score() != score:
                self.state, self.message = "opening", None
            elif self.problems and not self._forgive():
                return

    def _wanted(self, score: Score) -> bool:
        return self.session is None and self.start_score() == score

    def _forgive(self) -> bool:
        """A value that only the model could refuse (own data without a file): start with its default instead."""
        controls = type(self.first).controls()
        refused = {name: control.default for name, control in controls.items() if name in self.problems}
        if not refused or all(getattr(self.first, name) == value for name, value in refused.items()):
            return False
        self.params = self.first = self.first.change(refused)
        self.state, self.message = "opening", None
        return True

    def build(self, score: Score, wanted: Callable[[], bool] = lambda: True) -> bool:
        """A new session from a score; on failure the old one stays and the reason is told. Whether there is a new one.

        A session that is not `wanted` any more once it is there is given back.
        """
        session = self.building = self.pool.session(score, self.device, self.data_of(score))
        session.on_recovery = self._recover
        try:
            frame = session.open()
        except BadValue as problem:
            session.close()
            self.problems[problem.name] = self.message = self.say(problem)
            if self.session is None:
                self.state = "lost"
            return False
        except RunFailed as failure:
            session.close()
            before = self.state
            self._fail(failure)
            if self.session is not None:  # the run before it is still there
                self.state = before
            return False
        except WorkerLost:
            self._lose()
            return False
        finally:
            self.building = None
        with self.lock:
            if self.closed or not wanted():
                session.close()
                return False
            old, self.session = self.session, session
            if old is not None:
                old.close()
            self.params = score.settings()
            for change in score.changes:
                self.params = self.params.change(change.values)
            if score.steps == 0:
                self.recording.clear()
            self.frozen = None
            self.state, self.message, self.recovering = "paused", None, False
            self.rate.clear()
            self.recording.seek(None)
            if frame is not None:
                self.recording.add(frame)
        return True

    def ask(self, call: Callable[[PoolSession], Frame | None]) -> None:
        """Carry out a call that may give a frame. Raises BadValue; every other failure becomes the state."""
        if self.session is None:
            return
        try:
            frame = call(self.session)
            if frame is not None:
                self.recording.add(frame)
            if self.recovering:
                self.recovering = False
                text = self.t("The worker process was replaced; the run is back at step {step}.")
                self.message = text.format(step=self.session.step)
        except RunFailed as failure:
            self._fail(failure)
        except WorkerLost:
            self._lose()

    def stand_with(self, other: Arm, step: int | None) -> Score | None:
        """Take on where another arm stands, or stood at a step, as one's own beginning; the score to build. Hold both locks."""
        if other.session is None:
            return None
        score = other.session.score if step is None else other.session.score.prefix(min(step, other.session.step))
        self.data, self.data_name = other.data, other.data_name
        self.first = self.params = score.settings()
        self.seed = other.seed
        self.script = other.script.copy(score.steps)
        self.stop_steps, self.stop_seconds = other.stop_steps, other.stop_seconds
        self.recording.history = other.recording.history.copy()
        self.recording.history.truncate(score.steps)
        return score

    def mirror(self, other: Arm, recording: Recording) -> None:
        """Show what another arm shows, without a session of one's own."""
        self.params, self.first, self.seed = other.params, other.first, other.seed
        self.recording = recording
        self.stop_steps, self.data, self.data_name = other.stop_steps, other.data, other.data_name
        self.rate.value = other.rate.value if other.state == "playing" else 0.0

    def show_kept(self, params: Params, history: History, last: Frame) -> None:
        """Show the end of a run that was kept, until there is a session."""
        self.params = params
        self.recording.history, self.recording.newest = history, last

    def take_over(self, other: Arm) -> None:
        """Go on as another arm of the same topic: its session, its recording and its values are this one's now."""
        with self.lock:
            old, self.session = self.session, other.session
            other.session = None
            if old is not None:
                old.close()
            if self.session is not None:
                self.session.on_recovery = self._recover
            other.recording.version += self.recording.version  # pictures that others have drawn of this run are known by it
            for name in ("first", "params", "seed", "recording", "state", "message", "problems", "data", "data_name", "script"):
                setattr(self, name, getattr(other, name))
            self.recording.seek(None)

    def release(self) -> None:
        """Give the session back for good."""
        self.closed = True
        if self.session is not None:
            self.session.close()
            self.session = None
        if self.places is not None:
            self.places.leave(self.token)
        self.state = "lost"

    def _recover(self) -> None:
        self.recovering = True
        self.message = self.t("The worker process ended; the run is being rebuilt from its score.")
        self.wake()

    def _lose(self) -> None:
        self.state, self.message = "lost", self.t("The computing process is gone. Reset starts a new one.")

    def _fail(self, failure: RunFailed) -> None:
        problem = failure.problem
        self.state = "diverged"
        if problem["kind"] == "diverged":
            text = self.t("The run diverged: {quantity} became {value} at step {step}. Its history is kept.")
            value = f"{float(problem['value']):.3g}"
            self.message = text.format(quantity=self.t(problem["quantity"]), value=value, step=problem["step"])
        elif problem["kind"] == "memory":
            self.message = self.t("The run needs more memory than there is. Its history is kept; choose smaller sizes.")
        else:
            self.message = self.t("The run stopped on an error: {message}").format(message=problem["message"])

    @property
    def asked(self) -> list[tuple[str, float]]:
        """What its workers have been asked and have not answered yet, and since when they say nothing. Takes no lock: it is held meanwhile."""
        sessions = [session for session in (self.building, self.session) if session is not None]
        return [asked for session in sessions if (asked := session.asked) is not None]

    def rescue(self) -> None:
        """End the workers that it waits for; its sessions are rebuilt from their scores in others."""
        for session in (self.building, self.session):
            if session is not None:
                session.rescue()

    # ---- its place among those that hold a model

    def enter(self) -> bool:
        """Whether it has a place; otherwise it waits, and says so."""
        number = self.places.ask(self.token) if self.places is not None else 0
        if number:
            self.state = "waiting"
            self.message = self.t("The class is full: you are number {number} in the queue.").format(number=number)
        return not number

    def freeze(self) -> bool:
        """Give the model back and keep the score, the recording and the picture; whether there was anything to give back.

        A run that waits for its worker is left as it is.
        """
        with self.at_hand() as mine:
            if not mine or self.session is None or self.state not in ("paused", "finished"):
                return False
            self.frozen = self.session.score
            self.session.close()
            self.session = None
            if self.places is not None:
                self.places.leave(self.token)
            return True

    def thaw(self) -> bool:
        """Build a frozen run again from its score; whether there is a session now."""
        self.touched = time.monotonic()
        if self.session is not None or self.frozen is None:
            return self.session is not None
        if not self.enter():
            return False
        before, score = self.state, self.frozen
        if not self.build(score):
            return False
        self.state = before if before == "finished" else "paused"
        return True
