"""A frame: what one look at a running model gives; the outputs in it that a topic declares; the timeline that a view sees."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal

import numpy as np

from engine.core import wire
from engine.core.params import Condition


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
        clocks: scalars and arrays that are measured times: no part of its identity either.
        constants: arrays that are the same in every frame of the run, so that whoever keeps or sends many does it once.
    """

    step: int
    scalars: dict[str, float]
    arrays: dict[str, np.ndarray]
    settings: dict[str, Any]
    part: str = ""
    seconds: float = field(default=0.0, compare=False)
    clocks: tuple[str, ...] = field(default=(), compare=False)
    constants: tuple[str, ...] = field(default=(), compare=False)

    @property
    def nbytes(self) -> int:
        return sum(array.nbytes for array in self.arrays.values()) + 16 * len(self.scalars) + 512

    def header(self) -> dict[str, Any]:
        """Everything but the arrays, ready for JSON (non-finite scalars as text)."""
        scalars = {name: (value if math.isfinite(value) else str(value)) for name, value in self.scalars.items()}
        header = {"step": self.step, "part": self.part, "scalars": scalars, "settings": self.settings, "seconds": self.seconds}
        kinds = {"clocks": list(self.clocks), "constants": list(self.constants)}
        return header | {kind: names for kind, names in kinds.items() if names}

    @classmethod
    def of(cls, header: dict[str, Any], arrays: dict[str, np.ndarray]) -> Frame:
        """The frame of a header and its arrays; raises ValueError when the header is not one."""
        try:
            scalars = {name: float(value) for name, value in header["scalars"].items()}
            settings = {name: tuple(v) if isinstance(v, list) else v for name, v in header["settings"].items()}
            kinds = (tuple(header.get("clocks", ())), tuple(header.get("constants", ())))
            return cls(int(header["step"]), scalars, arrays, settings, header["part"], float(header["seconds"]), *kinds)
        except (KeyError, AttributeError, TypeError) as error:
            raise ValueError(f"not a frame: {error}") from None

    def to_bytes(self) -> bytes:
        """The frame in the wire form. It is never changed, so this is made once: who keeps it for many keeps it once."""
        return self._packed

    @cached_property
    def _packed(self) -> bytes:
        return wire.pack(self.header(), self.arrays)

    def without(self, known: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Its arrays but for the constants that are `known` already; a constant that is another one after all is not left out."""
        left_out = {name for name in self.constants if name in known and same(self.arrays.get(name), known[name])}
        return {name: array for name, array in self.arrays.items() if name not in left_out}

    def lean(self, known: Mapping[str, np.ndarray]) -> bytes:
        """As `to_bytes`, without the constants that are `known` already. Made once, too, for whoever knows the same."""
        arrays = self.without(known)
        if len(arrays) == len(self.arrays):
            return self._packed
        key = tuple(arrays)
        if key not in self._leaner:
            self._leaner[key] = wire.pack({**self.header(), "order": list(self.arrays)}, arrays)
        return self._leaner[key]

    @cached_property
    def _leaner(self) -> dict[tuple[str, ...], bytes]:
        return {}

    @classmethod
    def whole(cls, data: bytes, known: Mapping[str, np.ndarray]) -> Frame:
        """The inverse of `lean`: the frame with its constants."""
        header, arrays = wire.unpack(data)
        order = header.get("order")
        if order is None:
            return cls.from_bytes(data)
        frame = cls.of(header, {name: arrays[name] if name in arrays else known[name] for name in order})
        frame._leaner[tuple(arrays)] = data
        return frame

    @classmethod
    def from_bytes(cls, data: bytes | memoryview) -> Frame:
        """Raises ValueError for bytes that are no frame."""
        frame = cls.of(*wire.unpack(data))
        if isinstance(data, bytes):
            frame.__dict__["_packed"] = data
        return frame


@dataclass(frozen=True)
class Output:
    """One scalar or array of a topic's frames; declare it with `scalar`, `array`, `clock` or `constant`.

    Attributes:
        name: key in `Frame.scalars` (shape "") or `Frame.arrays`.
        shape: dimensions separated by spaces, "" for a scalar. A dimension is a number, the name of an integer
            parameter (then it equals that parameter), or any other name (then it is the same wherever it appears).
        meaning: one line in English; translated by the topic's catalogue.
        unit: "nats", "pixels", ... or "" for a pure number.
        when: a condition (or predicate) on the parameters for outputs that exist only under some settings.
        symbol: its sign in the formulas, shown at axes; "" for none.
        kind: "clock" is a measured time, or how far a preparation is: shown and written, but no part of what two equal runs share;
            "constant" does not change in a run: kept and sent once.
        exact: a float64 array, exact wherever it is kept or written.
    """

    name: str
    shape: str
    meaning: str
    unit: str = ""
    when: Callable[[Any], bool] | None = None
    symbol: str = ""
    kind: Literal["value", "clock", "constant"] = "value"
    exact: bool = False

    @property
    def scalar(self) -> bool:
        return self.shape == ""


When = Callable[[Any], bool]


def scalar(name: str, meaning: str, unit: str = "", *, symbol: str = "", when: When | None = None) -> Output:
    """A number of every frame (float64)."""
    return Output(name, "", meaning, unit, when, symbol)


def array(
    name: str, shape: str, meaning: str, unit: str = "", *, symbol: str = "", exact: bool = False, when: When | None = None
) -> Output:
    """An array of every frame: `array("codes", "shown 2", "centres of the ellipses")`; `exact` keeps it in float64."""
    return Output(name, shape, meaning, unit, when, symbol, "value", exact)


def clock(name: str, meaning: str, unit: str = "s", *, shape: str = "", symbol: str = "", when: When | None = None) -> Output:
    """A measured time, or how far `prepare` is (a scalar, or an array of this shape): two runs of one score may differ in it and are the same run."""
    return Output(name, shape, meaning, unit, when, symbol, "clock")


def constant(
    name: str, shape: str, meaning: str, unit: str = "", *, symbol: str = "", exact: bool = False, when: When | None = None
) -> Output:
    """An array that stays as it is for the whole run (data, a test set): kept and sent once."""
    return Output(name, shape, meaning, unit, when, symbol, "constant", exact)


def under(condition: Condition, *outputs: Output) -> tuple[Output, ...]:
    """The outputs, each only where the condition holds: `*under(when(plane=True), scalar(...), array(...))`."""
    return tuple(replace(output, when=_both(condition, output.when)) for output in outputs)


def _both(condition: Condition, other: When | None) -> When:
    if other is None:
        return condition
    return condition & other if isinstance(other, Condition) else lambda params: condition(params) and other(params)


@dataclass(frozen=True)
class Timeline:
    """What a view may look at: the shown frame and the run's history up to it.

    Attributes:
        frame: the frame to draw.
        params: the parameters in force at that frame.
        history: scalar name -> float array over the kept steps; "step" holds the steps.
        marks: steps at whose end a hot change was first in force.
        seed: the run's seed.
        other: the twin's timeline at the same step, in a comparison; None elsewhere.
        arms: swept value -> the timeline of its arm, in a sweep; empty elsewhere.
    """

    frame: Frame
    params: Any
    history: Mapping[str, np.ndarray] = field(default_factory=dict)
    marks: tuple[int, ...] = ()
    seed: int = 0
    other: Timeline | None = None
    arms: Mapping[Any, Timeline] = field(default_factory=dict)

    @property
    def outputs(self) -> Mapping[str, Output]:
        """What the topic declares that its frames hold, by name: an axis that shows one takes meaning and unit from it."""
        return getattr(type(self.params), "declared", {})

    def trace(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """(steps, values) of a scalar up to the shown frame; at least the frame's own value."""
        if name in self.history and len(self.history["step"]):
            return self.history["step"], self.history[name]
        return np.array([float(self.frame.step)]), np.array([self.frame.scalars[name]])


def same(one: np.ndarray | None, two: np.ndarray | None) -> bool:
    """Whether two arrays are the same bit for bit (NaN is itself)."""
    if one is None or two is None or one is two:
        return one is two
    return one.dtype == two.dtype and one.shape == two.shape and np.array_equal(one, two, equal_nan=one.dtype.kind == "f")


def difference(first: Frame, second: Frame) -> str | None:
    """None when both frames are the same bit for bit (but for their clocks), else a sentence that names the first difference."""
    if (first.step, first.part) != (second.step, second.part):
        return f"step {first.step}{first.part} against step {second.step}{second.part}"
    clocks = {*first.clocks, *second.clocks}
    for name in sorted((first.scalars.keys() | second.scalars.keys()) - clocks):
        a, b = first.scalars.get(name, math.inf), second.scalars.get(name, -math.inf)
        if a != b and not (math.isnan(a) and math.isnan(b)):
            return f"step {first.step}: scalar {name} is {a!r} against {b!r}"
    for name in sorted(first.arrays.keys() | second.arrays.keys()):
        if name not in first.arrays or name not in second.arrays:
            return f"step {first.step}: only one frame has the array {name}"
        one, two = first.arrays[name], second.arrays[name]
        if one.shape != two.shape or one.dtype != two.dtype:
            return f"step {first.step}: array {name} is {one.dtype}{one.shape} against {two.dtype}{two.shape}"
        if name not in clocks and not np.array_equal(one, two, equal_nan=one.dtype.kind == "f"):
            where = np.argwhere(~((one == two) | ((one != one) & (two != two))))[0].tolist()
            return f"step {first.step}: array {name} differs first at {where}"
    return None
