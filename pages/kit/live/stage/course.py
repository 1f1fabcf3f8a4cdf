"""An arm with a course: where it must halt, what happens at its steps, what a hand on it does, and its turns while it plays."""

from __future__ import annotations

import time
from abc import abstractmethod
from collections.abc import Mapping
from typing import Any

from engine.core.params import Params
from engine.core.score import Score
from engine.core.topic import Topic
from engine.workers.pool import Pool
from pages.kit.live.script import Hold, Story
from pages.kit.live.stage.arm import Arm
from pages.kit.live.stage.sources.source import Source

MAX_STEPS = 10_000_000


class Course(Arm):
    """What prescribes the course is `source` (a hand alone, a score, a lesson), and `chapters`, the story of the page."""

    def __init__(
        self,
        topic: Topic,
        params: Params,
        seed: int,
        pool: Pool,
        language: str = "en",
        device: str = "auto",
        source: Source | None = None,
    ) -> None:
        super().__init__(topic, params, seed, pool, language, device)
        self.source = source or Source()
        self.chapters = Story()
        self.most_steps = MAX_STEPS
        self.fresh = False  # a change has just brought its frame along
        self.wanted_play = False  # it was started while it waited, or was being built
        self.hold: Hold | None = None  # it goes on because a hand moves one of its values

    @abstractmethod
    def open(self) -> None: ...

    @abstractmethod
    def play(self) -> None: ...

    @abstractmethod
    def set(self, values: Mapping[str, Any]) -> None: ...

    @abstractmethod
    def reset(self, values: Mapping[str, Any] | None = None, seed: int | None = None) -> bool: ...

    # ---- how far

    def start_score(self, params: Params | None = None, seed: int | None = None) -> Score:
        return self.source.beginning(super().start_score(params, seed))

    def moved(self) -> None:
        """It has come to another step: what happens there by itself."""
        if self.state != "diverged":
            self.chapters.moved()
            self.follow_script()

    @property
    def halt(self) -> int | None:
        """The step beyond which it must not go now, for something happens there."""
        halts = (self.source.halt, self.script.halt, self.chapters.end)
        return min((step for step in halts if step is not None), default=None)

    def stop(self) -> int | None:
        """The step at which to stop by itself: while a hand moves a value, only where a run must end."""
        own = self.stop_steps if self.hold is None else None
        return own if self.most_steps == MAX_STEPS else min(self.most_steps, own or self.most_steps)

    def limit(self) -> int | None:
        return _first(self.stop(), self.script.halt, self.chapters.end)

    def until(self) -> int | None:
        """The step to which it may go now."""
        return _first(self.limit(), self.source.halt)

    def at_its_limit(self) -> bool:
        """Whether it may take no more steps, which is told."""
        over = self.step_now >= self.most_steps
        if over:
            text = self.t("Here a run may take {count} steps. Reset starts a new one.")
            self.message = text.format(count=f"{self.most_steps:,}")
        return over

    # ---- a hand

    def drag(self, values: Mapping[str, Any]) -> None:
        """A person's hand moves values: as `set`, and a run that rests goes on while it moves them.

        Of a run that others prescribe only what `set` does; a run that is over begins again.
        """
        with self.lock:
            alone, before = type(self.source) is Source, self.params
            over = self.session is not None and self.session.exhausted
            self.set(values)
            self.script.drop(values)
            if not alone or not self.trained_otherwise(before) or self.session is None:
                return
            if over and self.session.exhausted:
                if self.reset():
                    self.play()
            elif self.hold is not None:
                self.hold = Hold(self.hold.state)
            elif self.state in ("paused", "finished") and not self.at_its_limit():
                self.hold, self.state = Hold(self.state), "playing"
                self.recording.seek(None)
                self.rate.go_on()

    def trained_otherwise(self, before: Params) -> bool:
        """Whether a live value that the training reads differs from these, and none that begins a new run."""
        controls = type(before).controls()
        moved = {control.kind for name, control in controls.items() if getattr(before, name) != getattr(self.params, name)}
        return "hot" in moved and moved <= {"hot", "lens"}

    # ---- its turns

    def tick(self) -> None:
        """One pull while playing: renew the lease, take the newest frame, apply the stop rule."""
        with self.lock:
            if self.source.tick(self):
                return
            if self.state == "waiting":
                self._wait()
            self._pull()
            self.source.ticked(self)

    def _pull(self) -> None:
        session = self.session
        if self.state != "playing" or session is None:
            return
        self.touched = time.monotonic()
        if self.fresh:  # show the frame that a change has brought before waiting for another step
            self.fresh = False
            return
        if self.hold is not None and self.hold.over:
            self.ask(lambda session: session.rest())
            if self.state == "playing":
                self.state = self.hold.state
            self.hold = None
            self.moved()
            return
        until = self.until()
        self.ask(lambda session: session.pull(lease=self.lease, until=until, rate=self.speed).frame)
        if self.state == "playing":
            self.rate.measure(session.step)
            over = self.hold is None and self.stop_seconds is not None and session.seconds >= self.stop_seconds
            if session.finished or session.exhausted or over:
                self.ask(lambda session: session.rest())
                last = self.stop()
                halted = session.finished and self.source.halt != until and (last is None or session.step < last)
                self.state = "playing" if halted and not (session.exhausted or over) else "finished"
                self.moved()
                self.hold = self.hold if self.state == "playing" else None

    def _wait(self) -> None:
        """Ask again for a place; the run goes on where it stood once there is one."""
        if self.enter():
            self.state, self.message = ("paused" if self.frozen is not None else "opening"), None
            if self.frozen is None:
                self.open()
            if self.wanted_play and self.thaw():
                self.play()
            self.wanted_play = False


def _first(*steps: int | None) -> int | None:
    """The earliest of the steps that there are."""
    return min((step for step in steps if step is not None), default=None)
