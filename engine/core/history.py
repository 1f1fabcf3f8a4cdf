"""The kept frames of a run: bounded by thinning, never by forgetting the beginning."""

from __future__ import annotations

from typing import Self

import numpy as np

from engine.core.frame import Frame

MAX_BYTES = 32 * 2**20
MAX_ROWS = 4000


class History:
    """Frames in order of their steps, and the scalars of (nearly) all of them.

    When the frames outgrow `max_bytes`, about half of them are dropped, where they stand closest (the first and the
    newest stay); scalar rows are thinned likewise beyond `max_rows`. So the whole run stays within reach, ever coarser.
    """

    def __init__(self, max_bytes: int = MAX_BYTES, max_rows: int = MAX_ROWS) -> None:
        self.max_bytes, self.max_rows = max_bytes, max_rows
        self.frames: list[Frame] = []
        self._rows: list[tuple[int, dict[str, float]]] = []
        self._bytes = 0

    @classmethod
    def of(cls, frames: list[Frame], rows: list[tuple[int, dict[str, float]]]) -> Self:
        """The history of frames and scalar rows that were kept before, both in order of their steps."""
        history = cls()
        history.frames, history._rows = list(frames), list(rows)
        history._bytes = sum(frame.nbytes for frame in frames)
        return history

    def copy(self) -> Self:
        """A history of its own with the same frames and rows (frames are never changed, so they are shared)."""
        twin = type(self).of(self.frames, self._rows)
        twin.max_bytes, twin.max_rows = self.max_bytes, self.max_rows
        return twin

    def __len__(self) -> int:
        return len(self.frames)

    @property
    def nbytes(self) -> int:
        return self._bytes

    @property
    def steps(self) -> list[int]:
        return [frame.step for frame in self.frames]

    def add(self, frame: Frame) -> None:
        """Keep a frame; one of the same step replaces the last one (a look with other settings). Older ones are ignored."""
        if frame.part or (self.frames and frame.step < self.frames[-1].step):
            return
        if self.frames and frame.step == self.frames[-1].step:
            self._bytes -= self.frames.pop().nbytes
            self._rows.pop()
        self.frames.append(frame)
        self._rows.append((frame.step, frame.scalars))
        self._bytes += frame.nbytes
        while self._bytes > self.max_bytes and len(self.frames) > 2:
            self.frames = [self.frames[index] for index in _half(self.steps)]
            self._bytes = sum(kept.nbytes for kept in self.frames)
        if len(self._rows) > self.max_rows:
            self._rows = [self._rows[index] for index in _half([row[0] for row in self._rows])]

    def scalars(self, until: int | None = None) -> dict[str, np.ndarray]:
        """Scalar name -> float64 array over the kept rows up to step `until`; "step" holds the steps."""
        rows = self._rows if until is None else [row for row in self._rows if row[0] <= until]
        if not rows:
            return {"step": np.zeros(0)}
        names = rows[-1][1].keys()
        columns = {name: np.array([row[1].get(name, np.nan) for row in rows], np.float64) for name in names}
        return {"step": np.array([row[0] for row in rows], np.float64), **columns}

    def truncate(self, step: int) -> None:
        """Forget everything after `step` (a run that goes back to there)."""
        self.frames = [frame for frame in self.frames if frame.step <= step]
        self._rows = [row for row in self._rows if row[0] <= step]
        self._bytes = sum(frame.nbytes for frame in self.frames)


def _half(steps: list[int]) -> list[int]:
    """Indices of at most half of the ascending steps (and one), evenly over the run; the first and the last are kept."""
    return np.unique(np.searchsorted(steps, np.linspace(steps[0], steps[-1], len(steps) // 2 + 1))).tolist()
