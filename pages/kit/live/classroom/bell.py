"""Tells a page of what happens at many others: at once, but seldom, and the last time always."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress

EVERY = 0.5  # seconds between two rings


class Bell:
    """Calls `wake` when it is rung, at most once in EVERY seconds; what comes meanwhile is told at the end of them."""

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._rang = 0.0
        self._waits = False
        self._lock = threading.Lock()

    def ring(self) -> None:
        with self._lock:
            if self._waits:
                return
            wait = self._rang + EVERY - time.monotonic()
            self._waits = wait > 0
            if not self._waits:
                self._rang = time.monotonic()
        if wait > 0:
            later = threading.Timer(wait, self._late)
            later.daemon = True
            later.start()
        else:
            self._now()

    def _late(self) -> None:
        with self._lock:
            self._waits, self._rang = False, time.monotonic()
        self._now()

    def _now(self) -> None:
        with suppress(RuntimeError):  # the page's connection, and its event loop with it, may be gone
            self._wake()
