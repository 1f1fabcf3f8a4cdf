"""A run as a guest of a full house: it waits for a place, gives it back while nobody plays, and comes back as it was."""

from __future__ import annotations

import threading
import time
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from engine.core.pool import RemoteSession
from engine.core.session import Score
from engine.core.shared import SharedSession
from pages.kit.places import Places

if TYPE_CHECKING:
    from pages.kit.twins import Twins

LEASE = 0.6  # seconds a run may go on without being asked again: a closed tab stops within this time
MAX_STEPS = 10_000_000


class Guest(ABC):
    """The part of a live run that comes and goes: waiting, frozen to its score, thawed."""

    state: str
    message: str | None
    token: str
    lock: threading.RLock
    session: RemoteSession | SharedSession | None
    twins: Twins | None

    def __init__(self) -> None:
        self.places: Places | None = None  # where the number of runs is limited
        self.visitor = ""  # whose run it is: a browser session
        self.frozen: Score | None = None  # the whole run, while it holds no model
        self.wanted_play = False  # it was started while it waited
        self.touched = time.monotonic()  # when somebody last did something, or it last played
        self.lease = LEASE
        self.most_steps = MAX_STEPS

    def _enter(self) -> bool:
        """Whether this run has a place among those that hold a model; otherwise it waits, and says so."""
        number = self.places.ask(self.token) if self.places is not None else 0
        if number:
            self.state = "waiting"
            self.message = self.t("The class is full: you are number {number} in the queue.").format(number=number)
        return not number

    def _wait(self) -> None:
        """Ask again for a place; go on where the run stood once there is one."""
        if self.state == "waiting" and self._enter():
            self.state, self.message = ("paused" if self.frozen is not None else "opening"), None
            if self.frozen is None:
                self.open()
            if self.wanted_play and self._thaw():
                self.play()
            self.wanted_play = False

    def freeze(self) -> bool:
        """Give the model back and keep the score, the history and the picture; whether there was anything to give back."""
        with self.lock:
            if self.session is None or self.state not in ("paused", "finished") or self.twins is not None:
                return False
            self.frozen = self.session.score
            self.session.close()
            self.session = None
            if self.places is not None:
                self.places.leave(self.token)
            return True

    def _thaw(self) -> bool:
        """Build a frozen run again from its score; whether there is a session now."""
        self.touched = time.monotonic()
        if self.session is not None or self.frozen is None:
            return self.session is not None
        if not self._enter():
            return False
        state, score = self.state, self.frozen
        if not self._build(score):
            return False
        self.state = state if state == "finished" else "paused"
        return True

    # ---- what the run itself knows

    @abstractmethod
    def t(self, text: str) -> str:
        """A text in the reader's language."""

    @abstractmethod
    def open(self) -> None:
        """Build the session of a run that has not begun."""

    @abstractmethod
    def play(self) -> None:
        """Start, or go on."""

    @abstractmethod
    def _build(self, score: Score) -> bool:
        """A new session from a score; whether there is one now."""
