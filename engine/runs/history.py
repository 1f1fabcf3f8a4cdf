"""The kept frames of a run: bounded by thinning, never by forgetting the beginning."""

from __future__ import annotations

import math
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from typing import Self, overload

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


class Kept(Sequence[Frame]):
    """Packed frames as a sequence: each is unpacked (with the run's constants) when it is asked for, anew every time."""

    def __init__(self, packed: list[bytes], constants: dict[str, np.ndarray]) -> None:
        self._packed, self._constants = packed, constants

    def __len__(self) -> int:
        return len(self._packed)

    @overload
    def __getitem__(self, place: int) -> Frame: ...
    @overload
    def __getitem__(self, place: slice) -> Kept: ...
    def __getitem__(self, place: int | slice) -> Frame | Kept:
        if isinstance(place, slice):
            return Kept(self._packed[place], self._constants)
        return Frame.whole(self._packed[place], self._constants)


class History:
    """Frames in order of their steps, and the scalars of (nearly) all of them.

    When the frames outgrow `max_bytes`, those are dropped that stand closest to their neighbours (the first and the
    newest stay); scalar rows are thinned to half beyond `max_rows`. So the whole run stays within reach, ever coarser.
    A run's constants are kept once.
    """

    def __init__(self, max_bytes: int = MAX_BYTES, max_rows: int = MAX_ROWS) -> None:
        self.max_bytes, self.max_rows = max_bytes, max_rows
        self._packed: list[bytes] = []  # as dozens of small objects each, frames would take a third more memory
        self._steps: list[int] = []
        self._constants: dict[str, np.ndarray] = {}
        self._curves = Curves()
        self._bytes = 0

    @classmethod
    def of(cls, frames: Iterable[Frame], rows: list[tuple[int, dict[str, float]]]) -> Self:
        """The history of frames and scalar rows that were kept before, both in order of their steps."""
        history = cls()
        for frame in frames:
            history._append(frame.step, history._pack(frame))
        for step, scalars in rows:
            history._curves.add(step, scalars)
        return history

    def copy(self) -> Self:
        """A history of its own with the same frames and rows (frames are never changed, so they are shared)."""
        twin = type(self)(self.max_bytes, self.max_rows)
        twin._packed, twin._steps, twin._bytes = list(self._packed), list(self._steps), self._bytes
        twin._curves, twin._constants = self._curves.copy(), dict(self._constants)
        return twin

    def _pack(self, frame: Frame) -> bytes:
        """The frame without the constants that are kept already; those that it is the first to bring are kept from now on."""
        for name in frame.constants:
            if name in frame.arrays and name not in self._constants:
                self._constants[name] = frame.arrays[name]
        return frame.lean(self._constants)

    def __len__(self) -> int:
        return len(self._packed)

    @property
    def frames(self) -> Kept:
        """The kept frames; one is unpacked whenever it is asked for (about 0.1 ms)."""
        return Kept(self._packed, self._constants)

    @property
    def nbytes(self) -> int:
        """Bytes of the kept frames and the constants."""
        return self._bytes + sum(array.nbytes for array in self._constants.values())

    @property
    def steps(self) -> list[int]:
        return list(self._steps)

    def add(self, frame: Frame) -> None:
        """Keep a frame; one of the same step replaces the last one (a look with other settings). Older ones are ignored.

        Raises TypeError for an array of a dtype that cannot travel (`wire.DTYPES`).
        """
        if frame.part or (self._steps and frame.step < self._steps[-1]):
            return
        packed = self._pack(frame)
        if self._steps and frame.step == self._steps[-1]:
            self._drop(-1)
            self._curves.cut(len(self._curves) - 1)
        self._append(frame.step, packed)
        self._curves.add(frame.step, frame.scalars)
        while self.nbytes > self.max_bytes and len(self) > 2:
            self._drop(_closest(self._steps))
        if len(self._curves) > self.max_rows:
            self._curves.thin(_half(self._curves.steps))

    def _append(self, step: int, packed: bytes) -> None:
        self._packed.append(packed)
        self._steps.append(step)
        self._bytes += len(packed)

    def _drop(self, place: int) -> None:
        self._bytes -= len(self._packed.pop(place))
        del self._steps[place]

    def scalars(self, until: int | None = None) -> dict[str, np.ndarray]:
        """Scalar name -> float64 array over the kept rows up to step `until`; "step" holds the steps."""
        return self._curves.table(len(self._curves) if until is None else bisect_right(self._curves.steps, until))

    def truncate(self, step: int) -> None:
        """Forget everything after `step` (a run that goes back to there)."""
        count = bisect_right(self._steps, step)
        del self._packed[count:], self._steps[count:]
        self._curves.cut(bisect_right(self._curves.steps, step))
        self._bytes = sum(map(len, self._packed))


def _closest(steps: list[int]) -> int:
    """The place, neither first nor last, whose loss leaves the smallest hole in three or more ascending steps."""
    at = np.array(steps)
    return 1 + int(np.argmin(at[2:] - at[:-2]))


def _half(steps: array[int]) -> list[int]:
    """Indices of at most half of the ascending steps (and one), evenly over the run; the first and the last are kept."""
    return np.unique(np.searchsorted(steps, np.linspace(steps[0], steps[-1], len(steps) // 2 + 1))).tolist()
