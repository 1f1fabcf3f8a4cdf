"""Waiting for what must come."""

from __future__ import annotations

import time
from collections.abc import Callable


def wait_until(true: Callable[[], object], what: str, seconds: float = 60) -> None:
    """Until it is so; after that many seconds the test fails, and says what was wrong."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, what
        time.sleep(0.01)
