"""The questions that a teacher asks the class of a lesson, and what its followers' pages have sent: one guess each.

Followers reach nothing of the teacher's run but this. What they send is checked before it is kept; nothing here waits for a worker,
or holds the lock of a run.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.core.topic import Guess
from engine.guess.crowd import MOST, Crowd, Entry, check_entry
from pages.kit.live.classroom.bell import Bell

CLOSED = "The guesses of the class have been shown: yours stays as it is."
LATE = "The guesses of the class have been shown: this question is closed."
FULL = "The class is full: no more guesses are taken."
FAST = "That was too fast: wait a moment and guess again."
BURST, PER_SECOND = 8, 2.0  # guesses that one page may send at once, and afterwards


class Refused(ValueError):
    """A guess that is not taken; the message is the sentence for the student (English; translated by the page)."""


class Pace:
    """How fast one page may send guesses: a few at once, then so many a second."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._left, self._at = clock, float(BURST), clock()

    def go(self) -> None:
        """Raises Refused for one too many."""
        now = self._clock()
        self._left, self._at = min(float(BURST), self._left + PER_SECOND * (now - self._at)), now
        if self._left < 1:
            raise Refused(FAST)
        self._left -= 1


@dataclass
class Poll:
    """One question: the guesses by the token of the page that sent each, and all of them together once they are shown."""

    entries: dict[str, Entry] = field(default_factory=dict)
    shown: Crowd | None = None


class Polls:
    """The questions of one teacher's page.

    Attributes:
        asked: the name of the guess that the class is asked now; "" for none.
        version: changes whenever followers should be told something.
        bell: rung whenever the teacher should be.
        present: tokens of the pages that follow now; set by whoever knows them.
    """

    def __init__(self, wake: Callable[[], None]) -> None:
        self.asked, self.version = "", 0
        self.bell = Bell(wake)
        self.present: Callable[[], Iterable[str]] = tuple
        self._polls: dict[str, Poll] = {}
        self._lock = threading.Lock()

    # ---- the teacher

    def ask(self, name: str) -> None:
        """Open a question (again): from now on guesses are taken, and those that were made may be changed."""
        with self._lock:
            self._polls.setdefault(name, Poll()).shown = None
            self.asked, self.version = name, self.version + 1

    def show(self, name: str) -> None:
        """Close a question that is open, and show what was guessed."""
        with self._lock:
            poll = self._polls.get(name)
            if poll is not None and poll.shown is None:
                poll.shown = Crowd(name, tuple(poll.entries.values()))
                self.version += 1

    def stop(self) -> None:
        """Ask nothing any more; what was guessed is kept."""
        with self._lock:
            self.asked, self.version = "", self.version + 1

    def forget(self, name: str) -> None:
        """Throw the guesses of a question away; it is not asked any more."""
        with self._lock:
            self._polls.pop(name, None)
            self.asked, self.version = "" if self.asked == name else self.asked, self.version + 1

    def restore(self, crowds: Sequence[Crowd]) -> None:
        """Take up what a saved run has kept: shown, and closed."""
        with self._lock:
            for crowd in crowds:
                entries = {f"kept/{number}": entry for number, entry in enumerate(crowd.entries)}
                self._polls[crowd.guess] = Poll(entries, crowd)

    # ---- its followers

    def take(self, page: str, guess: Guess, raw: Any, signed: Any, last: float, pace: Pace) -> Entry | None:
        """A guess from a follower's page, or None to take it back; what was taken, if the class was asked for it.

        Raises Refused for a question that is closed or full and for more than the page's pace allows, BadValue for what is no guess.
        Then the earlier one stays.
        """
        with self._lock:
            poll = self._polls.get(guess.name)
            if poll is None:
                return None
            if poll.shown is not None:
                raise Refused(CLOSED if page in poll.entries else LATE)
            if guess.name != self.asked:
                return None
            pace.go()
            entry = None
            if raw is None:
                poll.entries.pop(page, None)
            else:
                entry = check_entry(guess, raw, signed, last)
                if page not in poll.entries and len(poll.entries) >= MOST:
                    raise Refused(FULL)
                poll.entries[page] = entry
        self.bell.ring()
        return entry

    def rename(self, before: str, now: str) -> None:
        """A follower's page was loaded again and has another token: its guesses are still one each."""
        with self._lock:
            for poll in self._polls.values():
                if before in poll.entries and now not in poll.entries:
                    poll.entries[now] = poll.entries.pop(before)

    # ---- what is told

    def shown(self, name: str) -> Crowd | None:
        """All guesses of a question, once they are shown."""
        with self._lock:
            poll = self._polls.get(name)
            return poll.shown if poll is not None else None

    def crowds(self) -> tuple[Crowd, ...]:
        """Everything that was guessed, for the run's files."""
        with self._lock:
            return tuple(
                poll.shown or Crowd(name, tuple(poll.entries.values())) for name, poll in self._polls.items() if poll.entries
            )

    def for_teacher(self) -> dict[str, Any] | None:
        """What the teacher's page shows; None where nobody follows and nothing was asked."""
        present = set(self.present())
        with self._lock:
            if not present and not self._polls:
                return None
            counted = {
                name: {"guessed": len(poll.entries), "of": len(present | poll.entries.keys())}
                for name, poll in self._polls.items()
            }
            shown = [name for name, poll in self._polls.items() if poll.shown is not None]
            return {"teaches": True, "followers": len(present), "asked": self.asked, "counted": counted, "shown": shown}

    def for_follower(self, page: str, offered: Sequence[str], t: Callable[[str], str]) -> dict[str, Any]:
        """What a follower's page shows: what is asked (if it can be guessed there now), and what was taken of its own."""
        with self._lock:
            asked = self.asked if self.asked in offered else ""
            poll = self._polls.get(asked)
            mine = poll.entries.get(page) if poll is not None else None
            shut = poll is not None and poll.shown is not None
            closed = t(CLOSED if mine is not None else LATE) if shut else ""
        return {
            "teaches": False,
            "asked": asked,
            "open": bool(asked) and not shut,
            "mine": mine is not None,
            "signed": mine.name if mine is not None else "",
            "closed": closed,
        }
