"""One live run behind one page: the player's state machine around a session in a worker.

Calls come from the page's websocket and from Streamlit's script thread; every public method takes the lock.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from engine.core.frame import Frame
from engine.core.language import translator
from engine.core.params import BadValue, Params
from engine.core.picture import Style
from engine.core.score import Change, Score, check_seed, digest, marks
from engine.core.topic import Timeline, Topic
from engine.guess.score import Between, Drawn
from engine.workers.pool import Pool, RemoteSession
from engine.workers.shared import SharedSession
from pages.kit.live.admission import enter, thaw, wait
from pages.kit.live.places import Places
from pages.kit.live.rate import Rate
from pages.kit.live.recording import Recording
from pages.kit.live.session import ask, begin, build
from pages.kit.live.status import describe, query
from pages.kit.live.twins import Twins, compare

LEASE = 0.6  # seconds a run may go on without being asked again: a closed tab stops within this time
MAX_STEPS = 10_000_000


class LiveRun:
    """State of a page's run: opening -> paused <-> playing -> finished | diverged | lost."""

    def __init__(self, topic: Topic, params: Params, seed: int, pool: Pool, language: str = "en", device: str = "auto") -> None:
        self.topic, self.first, self.seed, self.pool, self.device = topic, params, seed, pool, device
        self.language = language
        self.token = secrets.token_hex(16)  # letters and digits only: Streamlit refuses component keys with "__"
        self.lock = threading.RLock()
        self.state = "opening"
        self.message: str | None = None
        self.problems: dict[str, str] = {}
        self.params = params
        self.film = Recording(topic)
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
        self.guesses: dict[str, Drawn] = {}  # what the person expects, by guess: it is shown and scored, and changes nothing
        self.tried: dict[tuple[str, ...], Between] = {}  # where the runs so far place guessed thresholds
        self.rate = Rate()
        self.places: Places | None = None  # where the number of runs is limited
        self.visitor = ""  # whose run it is: a browser session
        self.frozen: Score | None = None  # the whole run, while it holds no model
        self.wanted_play = False  # it was started while it waited
        self.touched = time.monotonic()  # when somebody last did something, or it last played
        self.lease = LEASE
        self.most_steps = MAX_STEPS

    @property
    def lead(self) -> LiveRun | Twins:
        """What the player moves: this run, or both arms of a comparison."""
        return self.twins if self.twins is not None else self

    @property
    def arms(self) -> tuple[LiveRun, ...]:
        """This run, and its twin where it is compared."""
        return self.twins.arms if self.twins is not None else (self,)

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

    @property
    def unbuilt(self) -> bool:
        """Whether there has been no model yet: one is on its way, or a place for it."""
        return self.session is None and self.frozen is None and self.state in ("opening", "waiting")

    def open(self) -> None:
        """Build the session in a worker; afterwards the run is paused at its start, with its first frame."""
        if self.state == "opening" and not enter(self):
            return
        begin(self)
        if self.planned_twin is not None and self.session is not None:
            values, self.planned_twin = self.planned_twin, None
            compare(self, values=values)

    def start_score(self, params: Params | None = None, seed: int | None = None) -> Score:
        """A run that has not begun: with these values and this seed, or those with which this one began."""
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

    def sibling(self) -> LiveRun:
        """Another run with the same beginning, of which nothing is built yet."""
        return LiveRun(self.topic, self.first, self.seed, self.pool, self.language, self.device)

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
            if not thaw(self):
                self.wanted_play = self.state == "waiting"
                return
            if self.session is None or self.state == "diverged":
                return
            self.film.seek(None)
            if self.session.exhausted:
                return
            if self.session.step >= self.most_steps:
                text = self.t("Here a run may take {count} steps. Reset starts a new one.")
                self.message = text.format(count=self.most_steps)
                return
            if self.stop_steps is not None and self.session.step >= self.stop_steps:
                self.stop_steps = min(self.most_steps, self.session.step + self.topic.steps)
            if self.stop_seconds is not None and self.session.seconds >= self.stop_seconds:
                self.stop_seconds = None
            self.state, self.message = "playing", None
            self.rate.go_on()

    def pause(self) -> None:
        with self.lock:
            if self.state == "playing":
                self.state = "paused"
                ask(self, lambda session: session.rest())

    def step(self, count: int = 1) -> None:
        self._advance(steps=max(1, min(count, 100_000)))

    def part(self) -> None:
        """Slow motion: one part of one step."""
        self._advance(parts=1)

    def _advance(self, **how: int) -> None:
        with self.lock:
            if self.state in ("playing", "paused", "finished") and thaw(self):
                self.state = "paused"
                self.film.seek(None)
                ask(self, lambda session: session.advance(**how))

    def reset(self, values: Mapping[str, Any] | None = None, seed: int | None = None) -> bool:
        """Start again from step 0, with the same seed unless another is given, and the present values."""
        with self.lock:
            self.touched = time.monotonic()
            if self.unbuilt:  # whoever builds the model looks at these at the end
                self.first = self.params = self.params if values is None else self.params.change(values)
                self.seed = self.seed if seed is None else seed
                return True
            if self.state == "waiting" or (self.session is None and self.frozen is not None and not enter(self)):
                return False
            params = self.params if values is None else self.params.change(values)
            score = self.start_score(params, seed)
            playing = self.state == "playing"
            if not build(self, score):
                return False
            self.first, self.seed = params, score.seed
            self.stop_steps = min(self.stop_steps or self.topic.steps, self.topic.steps)
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
                if self.frozen is not None and not thaw(self):
                    return
                if self.session is None:
                    self.params = self.first = changed
                else:
                    ask(self, lambda session: session.set(**values))  # gives the first frame that shows the change
                    self.film.seek(None)
                    self.params = changed
                    self.fresh = True
                    if self.session.step == 0:
                        self.first = changed
            except BadValue as problem:
                self.problems[next(iter(values)) if problem.name not in values else problem.name] = self.say(problem)

    def seek(self, index: int | None) -> None:
        """Show a kept frame (the run goes on), or the present one again."""
        with self.lock:
            self.film.seek(index)

    def stop_rule(self, steps: Any, seconds: Any) -> None:
        """When to stop by itself: after so many steps or seconds of computing; None for no limit."""
        with self.lock:
            for name, raw, least, most in (("stop_steps", steps, 1, MAX_STEPS), ("stop_seconds", seconds, 0.001, 86_400)):
                if raw is None or _between(raw, least, most):
                    setattr(self, name, int(raw) if raw is not None and name == "stop_steps" else raw)
                    self.problems.pop(name, None)
                else:
                    self.problems[name] = self.say(BadValue(name, raw, f"1 to {most}, or empty"))
            if self.state == "finished":
                self.state = "paused"

    def set_speed(self, value: Any) -> None:
        with self.lock:
            self.speed = float(value) if _between(value, 0.1, 1e6) else None

    def back(self) -> None:
        """The way back after a divergence: to just before the last hot change, or to the start where there was none."""
        with self.lock:
            if self.session is None or self.state != "diverged":
                return
            safe = max(marks(self.topic, self.changes), default=0)
            self.film.history.truncate(safe)
            build(self, self.session.score.prefix(safe))

    # ---- frames

    def tick(self) -> None:
        """One pull while playing: renew the lease, take the newest frame, apply the stop rule."""
        with self.lock:
            if self.state == "waiting":
                wait(self)
            session = self.session
            if self.state != "playing" or session is None:
                return
            self.touched = time.monotonic()
            if self.fresh:  # a change has just brought its frame along: show it before waiting for another step
                self.fresh = False
                return
            ask(self, lambda session: session.pull(lease=self.lease, until=self.until(), rate=self.speed).frame)
            if self.state == "playing":
                self.rate.measure(session.step)
                over = self.stop_seconds is not None and session.seconds >= self.stop_seconds
                if session.finished or session.exhausted or over:
                    ask(self, lambda session: session.rest())
                    self.state = "finished"

    def until(self) -> int | None:
        """The step at which to stop by itself."""
        return self.stop_steps if self.most_steps == MAX_STEPS else min(self.most_steps, self.stop_steps or self.most_steps)

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
            return self.film.timeline(marks(self.topic, self.changes), self.seed, shown)

    def timelines(self) -> tuple[Timeline | None, Timeline | None]:
        """What the views draw: of this run alone."""
        return self.timeline(), None

    def look(self, theme: str) -> Style:
        return Style("dark" if theme == "dark" else "light", self.language, translator(self.language, self.topic.slug))

    def query(self) -> str:
        """The run's state as it stands in the page's address."""
        return query(self)

    def status(self) -> dict[str, Any]:
        """Everything the player and the controls show, ready for JSON."""
        with self.lock:
            self._last_status = describe(self)
            return self._last_status


def _between(raw: Any, least: float, most: float) -> bool:
    """Whether this is a number from `least` to `most`."""
    return isinstance(raw, int | float) and not isinstance(raw, bool) and least <= raw <= most
