"""A frame: what one look at a running model gives."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from engine.core import wire


@dataclass(frozen=True)
class Frame:
    """The state of a run at one step, as plain numbers and numpy arrays.

    Attributes:
        step: optimiser (or sampling) steps completed.
        part: the part of the next step that was just done ("" at a step's end).
        scalars: name -> float (NaN where a quantity does not exist yet).
        arrays: name -> numpy array, shapes as the topic declares them.
        settings: the parameter values in force.
        seconds: computing time the run has used so far; not part of the frame's identity.
    """

    step: int
    scalars: dict[str, float]
    arrays: dict[str, np.ndarray]
    settings: dict[str, Any]
    part: str = ""
    seconds: float = field(default=0.0, compare=False)

    @property
    def nbytes(self) -> int:
        return sum(array.nbytes for array in self.arrays.values()) + 16 * len(self.scalars) + 512

    def header(self) -> dict[str, Any]:
        """Everything but the arrays, ready for JSON (non-finite scalars as text)."""
        scalars = {name: (value if math.isfinite(value) else str(value)) for name, value in self.scalars.items()}
        return {"step": self.step, "part": self.part, "scalars": scalars, "settings": self.settings, "seconds": self.seconds}

    @classmethod
    def of(cls, header: dict[str, Any], arrays: dict[str, np.ndarray]) -> Frame:
        """The frame of a header and its arrays; raises ValueError when the header is not one."""
        try:
            scalars = {name: float(value) for name, value in header["scalars"].items()}
            settings = {name: tuple(v) if isinstance(v, list) else v for name, v in header["settings"].items()}
            return cls(int(header["step"]), scalars, arrays, settings, header["part"], float(header["seconds"]))
        except (KeyError, AttributeError, TypeError) as error:
            raise ValueError(f"not a frame: {error}") from None

    def to_bytes(self) -> bytes:
        """The frame in the wire form. It is never changed, so this is made once: who keeps it for many keeps it once."""
        return self._packed

    @cached_property
    def _packed(self) -> bytes:
        return wire.pack(self.header(), self.arrays)

    @classmethod
    def from_bytes(cls, data: bytes | memoryview) -> Frame:
        """Raises ValueError for bytes that are no frame."""
        frame = cls.of(*wire.unpack(data))
        if isinstance(data, bytes):
            frame.__dict__["_packed"] = data
        return frame


def difference(first: Frame, second: Frame) -> str | None:
    """None when both frames are the same bit for bit, else a sentence that names the first difference."""
    if (first.step, first.part) != (second.step, second.part):
        return f"step {first.step}{first.part} against step {second.step}{second.part}"
    for name in sorted(first.scalars.keys() | second.scalars.keys()):
        a, b = first.scalars.get(name, math.inf), second.scalars.get(name, -math.inf)
        if a != b and not (math.isnan(a) and math.isnan(b)):
            return f"step {first.step}: scalar {name} is {a!r} against {b!r}"
    for name in sorted(first.arrays.keys() | second.arrays.keys()):
        if name not in first.arrays or name not in second.arrays:
            return f"step {first.step}: only one frame has the array {name}"
        one, two = first.arrays[name], second.arrays[name]
        if one.shape != two.shape or one.dtype != two.dtype:
            return f"step {first.step}: array {name} is {one.dtype}{one.shape} against {two.dtype}{two.shape}"
        if not np.array_equal(one, two, equal_nan=one.dtype.kind == "f"):
            where = np.argwhere(~((one == two) | ((one != one) & (two != two))))[0].tolist()
            return f"step {first.step}: array {name} differs first at {where}"
    return None
