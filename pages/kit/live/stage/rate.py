"""How fast a run goes: steps a second, measured twice a second and smoothed."""

from __future__ import annotations

import time

LONG_ENOUGH = 0.5  # seconds between two measurements


class Rate:
    """Fed with the step at each frame of a run that plays."""

    def __init__(self) -> None:
        self.value = 0.0  # steps a second; 0 before the first measurement
        self._since: tuple[float, int] | None = None  # when the last measurement was, and at which step

    def go_on(self) -> None:
        """Playing begins (again): the time since the last measurement does not count."""
        self._since = None

    def clear(self) -> None:
        """Another run begins."""
        self._since, self.value = None, 0.0

    def measure(self, step: int) -> None:
        """The run has come to this step now."""
        now = time.perf_counter()
        if self._since is None:
            self._since = (now, step)
        elif now - self._since[0] >= LONG_ENOUGH:
            fresh = (step - self._since[1]) / (now - self._since[0])
            self.value = fresh if not self.value else 0.5 * fresh + 0.5 * self.value
            self._since = (now, step)
