"""Memory of processes: how much each takes, and what one has freed but the C library keeps for it."""

from __future__ import annotations

import time
from contextlib import suppress

import psutil


def taken(pid: int) -> int:
    """Bytes of memory that a process takes; 0 when it has just ended.

    What it shares with others counts in equal parts, so that forked processes can be added up; where the system does not tell
    (it does on Linux), what is resident.
    """
    with suppress(psutil.Error):
        process = psutil.Process(pid)
        with suppress(psutil.AccessDenied):
            parts = process.memory_full_info()
            return int(getattr(parts, "pss", parts.rss))
        return int(process.memory_info().rss)
    return 0


class Trimmer:
    """Called now and then, gives the system back what this process has freed, at most once in `every` seconds.

    Frames and pictures of many sizes come and go between those that are kept; the C library holds on to the holes they leave,
    and a process that plays for long grows by them. Does nothing where the C library has no such call (musl).
    """

    def __init__(self, every: float = 5.0) -> None:
        self.every = every
        self._last = time.monotonic()

    def __call__(self) -> bool:
        """Whether it was time."""
        now = time.monotonic()
        if now - self._last < self.every:
            return False
        self._last = now
        if hasattr(psutil, "heap_trim"):
            psutil.heap_trim()
        return True
