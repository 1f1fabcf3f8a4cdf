"""One live run behind one page: the player's state machine around a session in a worker.

Calls come from the page's websocket and from Streamlit's script thread; every public method takes the lock.
"""

from __future__ import annotations

import secrets
import threading
import time
from bisect import bisect_left
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import numpy as np

from engine.core.frame import Frame
from engine.core.guess import Between, Drawn
from engine.core.history import History
from engine.core.language import ASSETS, translator
from engine.core.look import Look
from engine.core.params import BadValue, Params
from engine.core.pool import Pool, RemoteSession, RunFailed, WorkerLost
from engine.core.session import Change, Score, check_seed, digest, marks
from engine.core.shared import SharedSession
from engine.core.topic import Timeline, Topic
from pages.kit.guest import MAX_STEPS, Guest
from pages.kit.status import describe, query
from pages.kit.twins import Twins, compare


@cache
def recorded(slug: str) -> Frame | None:
    """The recorded frame of a topic's default run (`python -m engine record`), shown before the engine is ready."""
    file = ASSETS / "recorded" / f"{slug}.frame"
    return Frame.from_bytes(file.read_bytes()) if file.exists() else None


class LiveRun(Guest):
    """State of a page's run: opening -> paused <-> playing -> finished | diverged | lost."""

    def __init__(self, topic: Topic, params: Params, seed: int, pool: Pool, language: str = "en", device: str = "auto") -> None:
        super().__init__()
        self.topic, self.first, self.seed, self.pool, self.device = topic, params, seed, pool, device
        self.language = language
        self.token = secrets.token_hex(16)  # letters and digits only: Streamlit refuses component keys with "__"
        self.lock = threading.RLock()
        self.state = "opening"
        self.message: str | None = None
        self.problems: dict[str, str] = {}
        self.params = params
        self.history = History()
        self.frame: Frame | None = None
        self.shown: int | None = None
        self.held: Frame | None = None  # the kept frame on screen: it stays there even when the history drops it
        self.stop_steps: int | None = topic.steps
        self.stop_seconds: float | None = None
        self.speed: float | None = None
        self.data: dict[str, np.ndarray] | None = None
        self.data_name = ""
        self.session: RemoteSession | SharedSession | None = None
        self.closed = False  # freed: what is still being built for it is given back at once
        self.recovering = False
        self.on_change: Callable[[], None] | None = None
        self.twins: Twins | None = None
        self.planned_twin: dict[str, Any] | None = None  # values of the twin that the page's address asks for
        self._last_status: dict[str, Any] = {}
        self.fresh = False
        self.version = 0  # counts the frames that came in
        self.guesses: dict[str, Drawn] = {}  # what the person expects, by guess: it is shown and scored, and changes nothing
        self.tried: dict[tuple[str, ...], Between] = {}  # where the runs so far place guessed thresholds
        self._rate: tuple[float, int] | None = None
        self.steps_per_second = 0.0

    @property
    def lead(self) -> LiveRun | Twins:
        """What the player moves: this run, or both arms of a comparison."""
        return self.twins if self.twins is not None else self

    # ---- words

    def t(self, text: str) -> str:
        return translator(self.language, self.topic.slug)(text)

    def say(self, problem: BadValue) -> str:
        """A refused value as a sentence in the reader's language."""
        control = type(self.params).controls().get(problem.name)
        fields = dict(problem.fields)
        if control is not None:
            fields["name"] = f"{self.t(control.title)} ({problem.name})"
        return self.t(problem.template).format(**{key: self.t(str(value)) for key, value in fields.items()})

    # ---- life

    def open(self) -> None:
        """Build the session in a worker; afterwards the run is paused at its start, with its first frame."""
        if self.state == "opening" and not self._enter():
            return
        while self.session is None and self.state == "opening":
            score = self._start_score()  # built without the lock: the page is drawn meanwhile
            if self._build(score):
                if self._start_score() != score:
                    with self.lock:  # a control was moved while the worker was busy
                        self.reset()
            elif self.problems and not self._forgive():
                return
        if self.planned_twin is not None and self.session is not None:
            values, self.planned_twin = self.planned_twin, None
            compare(self, values=values)

    def _forgive(self) -> bool:
        """A value that only the model could refuse (own data without a file): start with its default instead."""
        refused = {name: control.default for name, control in type(self.first).controls().items() if name in self.problems}
        if not refused or all(getattr(self.first, name) == value for name, value in refused.items()):
            return False
        self.params = self.first = self.first.change(refused)
        self.state, self.message = "opening", None
        return True

    def _start_score(self, params: Params | None = None, seed: int | None = None) -> Score:
        params = params or self.first
        return Score(
            topic=self.topic.slug,
            params=params.values(),
            seed=self.seed if seed is None else seed,
            data=digest(self.data) if self.learns_own(params) else None,
        )

    def learns_own(self, params: Params) -> bool:
        """Whether a run with these parameters learns from the user's own data."""
        return self.data is not None and params.values().get(self.topic.data_param) == self.topic.data_value

    def data_of(self, score: Score) -> dict[str, np.ndarray] | None:
        """The user's own data if the score is about them: a run that has left them is a run like any other."""
        return self.data if score.data is not None else None

    def _build(self, score: Score) -> bool:
        """A new session from a score; on failure the old one stays and the reason is told."""
        session = self.pool.session(score, self.device, self.data_of(score))
        session.on_recovery = self._on_recovery
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
            state = self.state
            self._fail(failure)
            if self.session is not None:  # the run before it is still there
                self.state = state
            return False
        except WorkerLost:
            self.state, self.message = "lost", self.t("The computing process is gone. Reset starts a new one.")
            return False
        with self.lock:
            if self.closed:
                session.close()
                return False
            old, self.session = self.session, session
            if old is not None:
                old.close()
            self.params = score.settings()
            for change in score.changes:
                self.params = self.params.change(change.values)
            if score.steps == 0:
                self.history = History(self.history.max_bytes, self.history.max_rows)
            self.frozen = None
            self.state, self.message, self.shown = "paused", None, None
            self._rate, self.steps_per_second = None, 0.0
            self._keep(frame)
        return True

    def _on_recovery(self) -> None:
        self.recovering = True
        self.message = self.t("The worker process ended; the run is being rebuilt from its score.")
        if self.on_change is not None:
            self.on_change()

    def wake(self) -> None:
        """Tell the page's stream that something was changed from outside it."""
        if self.on_change is not None:
            self.on_change()

    def announcement(self) -> dict[str, Any]:
        """The last status with the present message: what can be told while a call holds the lock."""
        return {**self._last_status, "state": "recovering" if self.recovering else self.state, "message": self.message}

    def rest(self) -> None:
        """Nobody looks any more: stop computing, keep everything."""
        with self.lock:
            if self.twins is not None:
                self.twins.pause()
            if self.state == "playing":
                self.pause()

    def take_over(self, other: LiveRun) -> None:
        """Go on as another run of the same topic: its session, its history and its values are this page's now."""
        with self.lock:
            old, self.session = self.session, other.session
            other.session = None
            if old is not None:
                old.close()
            if self.session is not None:
                self.session.on_recovery = self._on_recovery
            for name in ("first", "params", "seed", "history", "frame", "state", "message", "problems", "data", "data_name"):
                setattr(self, name, getattr(other, name))
            self.shown = self.held = None

    def close(self) -> None:
        with self.lock:
            self.closed = True
            if self.twins is not None:
                self.twins.close()
                self.twins = None
            if self.session is not None:
                self.session.close()
                self.session = None
            if self.places is not None:
                self.places.leave(self.token)
            self.state = "lost"

    # ---- the player

    def play(self) -> None:
        with self.lock:
            if not self._thaw():
                self.wanted_play = self.state == "waiting"
                return
            if self.session is None or self.state == "diverged":
                return
            self.shown = None
            if self.session.exhausted:
                return
            if self.session.step >= self.most_steps:
                self.message = self.t("Here a run may take {count} steps. Reset starts a new one.").format(
                    count=self.most_steps
                )
                return
            if self.stop_steps is not None and self.session.step >= self.stop_steps:
                self.stop_steps = min(self.most_steps, self.session.step + self.topic.steps)
            if self.stop_seconds is not None and self.session.seconds >= self.stop_seconds:
                self.stop_seconds = None
            self.state, self.message = "playing", None
            self._rate = None

    def pause(self) -> None:
        with self.lock:
            if self.state == "playing":
                self.state = "paused"
                self._do(lambda session: session.rest())

    def step(self, count: int = 1) -> None:
        with self.lock:
            if self.state in ("playing", "paused", "finished") and self._thaw():
                self.state, self.shown = "paused", None
                self._do(lambda session: session.advance(steps=max(1, min(count, 100_000))))

    def part(self) -> None:
        """Slow motion: one part of one step."""
        with self.lock:
            if self.state in ("playing", "paused", "finished") and self._thaw():
                self.state, self.shown = "paused", None
                self._do(lambda session: session.advance(parts=1))

    def reset(self, values: Mapping[str, Any] | None = None, seed: int | None = None) -> bool:
        """Start again from step 0, with the same seed unless another is given, and the present values."""
        with self.lock:
            self.touched = time.monotonic()
            if self.state == "waiting" or (self.session is None and self.frozen is not None and not self._enter()):
                return False
            params = self.params if values is None else self.params.change(values)
            score = self._start_score(params, seed)
            playing = self.state == "playing"
            if not self._build(score):
                return False
            self.first, self.seed = params, score.seed
            self.stop_steps = (
                self.topic.steps if self.stop_steps is None or self.stop_steps > self.topic.steps else self.stop_steps
            )
            if playing:
                self.play()
            return True

    def reseed(self, raw: Any) -> None:
        """Start again with another seed; None draws one."""
        with self.lock:
            try:
                self.reset(seed=secrets.randbelow(10_000) if raw is None else check_seed(raw))
                self.problems.pop("seed", None)
            except BadValue as problem:
                self.problems["seed"] = self.say(problem)

    def set(self, values: Mapping[str, Any]) -> None:
        """Change parameters: hot ones in the running loop, cold ones by a restart. A refused one changes nothing."""
        with self.lock:
            controls = type(self.params).controls()
            values = {name: controls[name].snap(value) if name in controls else value for name, value in values.items()}
            for name in values:
                self.problems.pop(name, None)
            try:
                changed = self.params.change(values)
                if any(not controls[name].hot and getattr(changed, name) != getattr(self.params, name) for name in values):
                    self.reset(values)
                    return
                if self.frozen is not None and not self._thaw():
                    return
                if self.session is None:
                    self.params = self.first = changed
                else:
                    self._do(lambda session: session.set(**values))  # gives the first frame that shows the change
                    self.shown = None
                    self.params = changed
                    self.fresh = True
                    if self.session.step == 0:
                        self.first = changed
            except BadValue as problem:
                self.problems[next(iter(values)) if problem.name not in values else problem.name] = self.say(problem)
            except RunFailed as failure:
                self._fail(failure)
            except WorkerLost:
                self.state, self.message = "lost", self.t("The computing process is gone. Reset starts a new one.")

    def seek(self, index: int | None) -> None:
        """Show a kept frame (the run goes on), or the present one again."""
        with self.lock:
            count = len(self.history)
            self.shown = None if index is None or not count else max(0, min(int(index), count - 1))
            self.held = None if self.shown is None else self.history.frames[self.shown]

    def stop_rule(self, steps: Any, seconds: Any) -> None:
        """When to stop by itself: after so many steps or seconds of computing; None for no limit."""
        with self.lock:
            for name, raw, most in (("stop_steps", steps, MAX_STEPS), ("stop_seconds", seconds, 86_400)):
                valid = raw is None or (
                    isinstance(raw, int | float)
                    and not isinstance(raw, bool)
                    and (1 if name == "stop_steps" else 0.001) <= raw <= most
                )
                if valid:
                    setattr(self, name, int(raw) if raw is not None and name == "stop_steps" else raw)
                    self.problems.pop(name, None)
                else:
                    self.problems[name] = self.say(BadValue(name, raw, f"1 to {most}, or empty"))
            if self.state == "finished":
                self.state = "paused"

    def set_speed(self, value: Any) -> None:
        with self.lock:
            good = isinstance(value, int | float) and not isinstance(value, bool) and 0.1 <= value <= 1e6
            self.speed = float(value) if good else None

    def back(self) -> None:
        """The way back after a divergence: to just before the last hot change, or to the start where there was none."""
        with self.lock:
            if self.session is None or self.state != "diverged":
                return
            safe = max((step for step in marks(self.topic, self.changes)), default=0)
            self.history.truncate(safe)
            self._build(self.session.score.prefix(safe))

    def use_data(self, data: dict[str, np.ndarray], name: str) -> bool:
        """Run on the user's own data; the run before stays when that is not possible."""
        with self.lock:
            before = (self.data, self.data_name)
            self.data, self.data_name = data, name
            if self.reset({self.topic.data_param: self.topic.data_value}):
                return True
            self.data, self.data_name = before
            return False

    # ---- frames

    def tick(self) -> None:
        """One pull while playing: renew the lease, take the newest frame, apply the stop rule."""
        with self.lock:
            if self.state == "waiting":
                self._wait()
            if self.state != "playing" or self.session is None:
                return
            self.touched = time.monotonic()
            if self.fresh:  # a change has just brought its frame along: show it before waiting for another step
                self.fresh = False
                return
            self._do(lambda session: session.pull(lease=self.lease, until=self.until(), rate=self.speed).frame)
            session = self.session
            if self.state == "playing" and session is not None:
                self._measure(session.step)
                over = self.stop_seconds is not None and session.seconds >= self.stop_seconds
                if session.finished or session.exhausted or over:
                    self._do(lambda session: session.rest())
                    self.state = "finished"

    def until(self) -> int | None:
        """The step at which to stop by itself."""
        return self.stop_steps if self.most_steps == MAX_STEPS else min(self.most_steps, self.stop_steps or self.most_steps)

    def _do(self, call: Any) -> None:
        """Carry out a call that returns a frame; translate every way it can fail into the run's state."""
        if self.session is None:
            return
        try:
            self._keep(call(self.session))
            if self.recovering:
                self.recovering = False
                self.message = self.t("The worker process was replaced; the run is back at step {step}.").format(
                    step=self.session.step
                )
        except RunFailed as failure:
            self._fail(failure)
        except WorkerLost:
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

    def _keep(self, frame: Frame | None) -> None:
        if frame is not None:
            self.frame = frame
            self.version += 1
            self.history.add(frame)
            if self.shown is not None and self.held is not None:  # thinning moves the places of frames
                self.shown = min(bisect_left(self.history.steps, self.held.step), len(self.history) - 1)

    def _measure(self, step: int) -> None:
        now = time.perf_counter()
        if self._rate is None:
            self._rate = (now, step)
        elif now - self._rate[0] >= 0.5:
            fresh = (step - self._rate[1]) / (now - self._rate[0])
            self.steps_per_second = fresh if not self.steps_per_second else 0.5 * fresh + 0.5 * self.steps_per_second
            self._rate = (now, step)

    @property
    def showing(self) -> Frame | None:
        """The frame on screen: a kept one, the newest, or the recorded one while the engine starts."""
        if self.shown is not None and self.held is not None:
            return self.held
        return self.frame if self.frame is not None else recorded(self.topic.slug)

    @property
    def changes(self) -> tuple[Change, ...]:
        return self.score.changes if self.score is not None else ()

    @property
    def score(self) -> Score | None:
        """The whole run so far; None before it has begun."""
        return self.session.score if self.session is not None else self.frozen

    def timeline(self, shown: Frame | None = None) -> Timeline | None:
        """What the views draw, of the frame on screen or of another one; None while there is nothing at all to show."""
        with self.lock:
            frame = shown or self.showing
            if frame is None:
                return None
            live = self.frame is not None
            params = self.topic.params.build(frame.settings)
            history = self.history.scalars(frame.step) if live else {}
            return Timeline(frame, params, history, marks(self.topic, self.changes) if live else (), self.seed)

    def timelines(self) -> tuple[Timeline | None, Timeline | None]:
        """What the views draw: of this run alone."""
        return self.timeline(), None

    def look(self, theme: str) -> Look:
        return Look("dark" if theme == "dark" else "light", self.language, translator(self.language, self.topic.slug))

    def query(self) -> str:
        """The run's state as it stands in the page's address."""
        return query(self)

    def status(self) -> dict[str, Any]:
        """Everything the player and the controls show, ready for JSON."""
        with self.lock:
            self._last_status = describe(self)
            return self._last_status
