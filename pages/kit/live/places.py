"""A limited number of places for runs that hold a model: who comes when all are taken stands in a queue, and sees where."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

PATIENCE = 15.0  # seconds after which somebody who no longer asks loses the place in the queue


class Places:
    """First come, first served. A run asks for its place again and again; it has one as soon as the answer is 0."""

    def __init__(self, capacity: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.capacity = capacity
        self.clock = clock
        self._taken: set[str] = set()
        self._queue: dict[str, float] = {}  # in the order of arrival: when each last asked
        self._lock = threading.Lock()

    def ask(self, token: str) -> int:
        """0: the place is yours (until `leave`). Otherwise how many stand in the queue up to and including you."""
        with self._lock:
            if token in self._taken:
                return 0
            now = self.clock()
            self._queue[token] = now
            for other, asked in list(self._queue.items()):
                if now - asked > PATIENCE:
                    del self._queue[other]
            number = list(self._queue).index(token) + 1
            if number > self.capacity - len(self._taken):
                return number
            del self._queue[token]
            self._taken.add(token)
            return 0

    def leave(self, token: str) -> None:
        """Give the place, or the place in the queue, back."""
        with self._lock:
            self._taken.discard(token)
            self._queue.pop(token, None)

    def rename(self, before: str, token: str) -> None:
        """Who stood there under one token stands there under another."""
        with self._lock:
            self._queue = {token if one == before else one: asked for one, asked in self._queue.items() if one != token}
            if before in self._taken:
                self._taken = (self._taken - {before}) | {token}

    @property
    def taken(self) -> int:
        return len(self._taken)

    @property
    def waiting(self) -> int:
        with self._lock:
            return len(self._queue)
