"""What happens to a run by itself: changes at their steps, a step at which a chapter's claims are judged, a drag that goes on."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.core.chapter import Chapter, Claim, Verdict
from engine.core.frame import Timeline

HOLD = 1.5  # seconds a run goes on after the last move of a hand: long enough to see what it did, too short to wait for

Verdicts = list[tuple[Claim, Verdict | None]]
Changes = tuple[tuple[int, Mapping[str, Any]], ...]


@dataclass
class Hold:
    """A run that rested goes on because a hand moves one of its values."""

    state: str  # where it returns to
    last: float = field(default_factory=time.monotonic)  # when the hand last moved

    @property
    def over(self) -> bool:
        return time.monotonic() - self.last > HOLD


class Script:
    """Live changes of one arm that come into force by themselves, each once, unless the reader has moved that value.

    Args:
        changes: (step, values), the steps in order.
        first: the values with which the arm began.
    """

    def __init__(self, changes: Changes = (), first: Mapping[str, Any] | None = None) -> None:
        self.first = first or {}
        self.changes = changes
        self.done = 0  # changes that are in force

    def copy(self, step: int) -> Script:
        """The same script for an arm that stands at this step."""
        other = Script(self.changes, self.first)
        other.done = sum(at < step for at, _ in self.changes)
        return other

    def drop(self, names: Iterable[str]) -> None:
        """The reader has these in the hand: they do not change by themselves any more."""
        gone = set(names)
        kept = [(step, {name: value for name, value in values.items() if name not in gone}) for step, values in self.changes]
        self.done = sum(bool(values) for _, values in kept[: self.done])
        self.changes = tuple((step, values) for step, values in kept if values)

    @property
    def ahead(self) -> Changes:
        """What is still to come."""
        return self.changes[self.done :]

    @property
    def halt(self) -> int | None:
        """No step beyond the next change, so that it comes into force exactly at its own."""
        return self.ahead[0][0] if self.ahead else None

    def due(self, step: int) -> Mapping[str, Any] | None:
        """The next change if its step has come; it counts as done."""
        if not self.ahead or self.ahead[0][0] > step:
            return None
        self.done += 1
        return self.changes[self.done - 1][1]

    def in_force(self) -> dict[str, Any]:
        """The values that it has brought about so far."""
        return {name: value for _, values in self.changes[: self.done] for name, value in values.items()}

    def undone(self) -> dict[str, Any]:
        """What the values that it has changed were at first: with these a run begins again."""
        return {name: self.first[name] for name in self.in_force() if name in self.first}

    def pass_over(self, step: int) -> None:
        """The run is back at this step, and what came into force there is not done again."""
        self.done = sum(at <= step for at, _ in self.changes)


class Story:
    """The chapter that a page's run plays. This one is none: free play; `Chapters` plays those of a topic."""

    chapter: Chapter | None = None
    seen: Mapping[str, str] = {}
    begun = False
    reached = False
    gone_on = False
    told = ""

    @property
    def name(self) -> str | None:
        return self.chapter.name if self.chapter is not None else None

    def numbers(self) -> dict[str, Any]:
        """What may stand in the words after, as it was when the chapter was reached; empty before."""
        return {}

    def verdicts(self) -> Verdicts:
        """Each claim of the chapter and what was said of it; None where nothing could be said, or not yet."""
        return []

    def arms(self) -> Mapping[Any, Timeline]:
        """Swept value -> timeline, once the sweep of its chapter is done; empty before, and where there is none."""
        return {}

    def ask(self, name: str | None, play: bool = True) -> None:
        """Open what a page asks for by name; an unknown name changes nothing, and is told."""

    @property
    def end(self) -> int | None:
        """The step at which the run is looked at before it goes on, if that is still to come."""
        return None

    @property
    def length(self) -> int | None:
        """How long its run is; None for the topic's own length."""
        return None

    def open(self, name: str | None, play: bool = True) -> None:
        """Begin a chapter, or leave it (None)."""

    def moved(self) -> None:
        """The run has come to another step."""

    def started(self) -> None:
        """Somebody has pressed play."""

    def rewound(self) -> None:
        """The run begins again."""

    def follow(self, other: Story) -> None:
        """Be where another page's story is."""

    def news(self) -> dict[str, Any]:
        """What the status tells of it."""
        return {}

    @property
    def hero(self) -> str | None:
        """The parameter under the reader's thumb; None where there is no story to say so."""
        return None

    def address(self, twin: Mapping[str, str]) -> dict[str, str] | None:
        """The page's address in place of the run's values."""
        return None
