"""Pages are drawn a few at a time: hundreds of threads that draw at once wait for each other at every lock of Streamlit's, and all are late."""

from __future__ import annotations

import heapq
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

AT_ONCE = 1  # Python computes in one thread at a time: a second one only takes turns with the first, and with the server's loop
PATIENCE = (
    0.5  # seconds without any turn's end after which one more is let in: a page that is drawn may itself wait for a worker
)
LATER = 20.0  # seconds that what is out of sight stands back behind those who have nothing yet


class Turns:
    """Who comes first is served first, so many at once. Where nothing moves for `patience` seconds, the first in line has a turn, too."""

    def __init__(self, at_once: int = AT_ONCE, patience: float = PATIENCE, later: float = LATER) -> None:
        self.at_once, self.patience, self.later = at_once, patience, later
        self.inside = 0
        self._moved = time.monotonic()  # when a turn began or ended last
        self._line: list[tuple[float, int, threading.Event]] = []  # a heap, by when each is due
        self._numbers = count()
        self._lock = threading.Lock()

    @property
    def waiting(self) -> int:
        return len(self._line)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for a turn, and have it until the end of the block."""
        self._begin(0.0)
        try:
            yield
        finally:
            self._end()

    def let_pass(self) -> None:
        """In the midst of a turn: what comes now can wait; let those pass who have come by then, or come soon."""
        self._end()
        self._begin(self.later)

    def _end(self) -> None:
        with self._lock:
            self._step(-1)

    def _begin(self, back: float) -> None:
        called = threading.Event()
        mine = (time.monotonic() + back, next(self._numbers), called)
        with self._lock:
            if self.inside < self.at_once and not self._line:
                self._step(1)
                return
            heapq.heappush(self._line, mine)
            self._call()
        while True:
            called.wait(self.patience)
            with self._lock:
                called.clear()
                stuck = time.monotonic() >= self._moved + self.patience
                if self._line[0] is mine and (self.inside < self.at_once or stuck):
                    heapq.heappop(self._line)
                    self._step(1)
                    return

    def _step(self, change: int) -> None:
        self.inside += change
        self._moved = time.monotonic()
        self._call()

    def _call(self) -> None:
        """Who is first in line may look whether there is room."""
        if self._line and self.inside < self.at_once:
            self._line[0][2].set()


TURNS = Turns()
