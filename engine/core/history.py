"""The kept frames of a run: bounded by thinning, never by forgetting the beginning."""

from __future__ import annotations

import math
from array import array
from bisect import bisect_right
from collections.abc import Mapping
from typing import Self

import numpy as np

from engine.core.frame import Frame

MAX_BYTES = 32 * 2**20
MAX_ROWS = 4000


class Curves:
    """The scalars of steps in ascending order, by column: 8 bytes a number, and at hand as arrays."""

    def __init__(self) -> None:
        self.steps = array("q")
        self._columns: dict[str, array[float]] = {}

    def __len__(self) -> int:
        return len(self.steps)

    def add(self, step: int, scalars: Mapping[str, float]) -> None:
        """One row; a name that is new is NaN in the rows before, one that is missing is NaN in this row."""
        for name in scalars:
            if name not in self._columns:
                self._columns[name] = array("d", [math.nan]) * len(self.steps)
        self.steps.append(step)
        for name, column in self._columns.items():
            column.append(scalars.get(name, math.nan))

    def cut(self, count: int) -> None:
        """Keep the first `count` rows."""
        del self.steps[count:]
        for column in self._columns.values():
            del column[count:]

    def thin(self, places: list[int]) -> None:
        """Keep the rows at these places."""
        self.steps = array("q", [self.steps[place] for place in places])
        self._columns = {name: array("d", [column[place] for place in places]) for name, column in self._columns.items()}

    def table(self, count: int) -> dict[str, np.ndarray]:
        """The first `count` rows: scalar name -> float64 array; "step" holds the steps."""
        if not count:
            return {"step": np.zeros(0)}
        # Copies: an array that is looked at from outside cannot grow.
        columns = {name: np.array(column[:count], np.float64) for name, column in self._columns.items()}
        return {"step": np.array(self.steps[:count], np.float64), **columns}

    def copy(self) -> Self:
        twin = type(self)()
        twin.steps, twin._columns = self.steps[:], {name: column[:] for name, column in self._columns.items()}
        return twin


class History:
    """Frames in order of their steps, and the scalars of (nearly) all of them.

    When the frames outgrow `max_bytes`, those are dropped that stand closest to their neighbours (the first and the
    newest stay); scalar rows are thinned to half beyond `max_rows`. So the whole run stays within reach, ever coarser.
    """

    def __init__(self, max_bytes: int = MAX_BYTES, max_rows: int = MAX_ROWS) -> None:
        self.max_bytes, self.max_rows = max_bytes, max_rows
        self.frames: list[Frame] = []
        self._curves = Curves()
        self._bytes = 0

    @classmethod
    def of(cls, frames: list[Frame], rows: list[tuple[int, dict[str, float]]]) -> Self:
        """The history of frames and scalar rows that were kept before, both in order of their steps."""
        history = cls()
        history.frames = list(frames)
        for step, scalars in rows:
            history._curves.add(step, scalars)
        history._bytes = sum(frame.nbytes for frame in frames)
        return history

    def copy(self) -> Self:
        """A history of its own with the same frames and rows (frames are never changed, so they are shared)."""
        twin = type(self)(self.max_bytes, self.max_rows)
        twin.frames, twin._curves, twin._bytes = list(self.frames), self._curves.copy(), self._bytes
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
            self._curves.cut(len(self._curves) - 1)
        self.frames.append(frame)
        self._curves.add(frame.step, frame.scalars)
        self._bytes += frame.nbytes
        while self._bytes > self.max_bytes and len(self.frames) > 2:
            self._bytes -= self.frames.pop(_closest(self.steps)).nbytes
        if len(self._curves) > self.max_rows:
            self._curves.thin(_half(self._curves.steps))

    def scalars(self, until: int | None = None) -> dict[str, np.ndarray]:
        """Scalar name -> float64 array over the kept rows up to step `until`; "step" holds the steps."""
        return self._curves.table(len(self._curves) if until is None else bisect_right(self._curves.steps, until))

    def truncate(self, step: int) -> None:
        """Forget everything after `step` (a run that goes back to there)."""
        self.frames = [frame for frame in self.frames if frame.step <= step]
        self._curves.cut(bisect_right(self._curves.steps, step))
        self._bytes = sum(frame.nbytes for frame in self.frames)


def _closest(steps: list[int]) -> int:
    """The place, neither first nor last, whose loss leaves the smallest hole in three or more ascending steps."""
    at = np.array(steps)
    return 1 + int(np.argmin(at[2:] - at[:-2]))


def _half(steps: array[int]) -> list[int]:
    """Indices of at most half of the ascending steps (and one), evenly over the run; the first and the last are kept."""
    return np.unique(np.searchsorted(steps, np.linspace(steps[0], steps[-1], len(steps) // 2 + 1))).tolist()
