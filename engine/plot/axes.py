"""Axes and panels: what an axis says and how far it reaches, and the part of a picture that one pair of axes spans."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from engine.core.frame import Frame
from engine.core.picture import Style, Trace
from engine.core.topic import Timeline
from engine.plot.cast import Member, Text, Who, color, say
from engine.plot.labels import Label

WIDTH, HEIGHT = 640.0, 400.0  # the nominal figure in pixels: what labels are kept apart in, and what room is made for
FONT = 15.0


@dataclass(frozen=True)
class Axis:
    """One axis.

    Attributes:
        title: what a person reads, a template filled with `values`; or the name of an output, whose own meaning, symbol and unit
            are used; or "step", which makes it a time axis, on which hot changes are marked.
        low, high: where it begins and ends, in values (on a log axis too); None fits the data.
        ticks: places of the ticks; as a mapping, place -> words (translated).
        every: distance of the ticks (on a log axis in decades).
        reverse: from high to low (a matrix has its first row on top).
        square: one unit is as long as on the other axis, by a smaller panel, or with "fill" by a wider range.
        grid, zero, numbers: whether grid lines, a line at zero, the ticks' numbers are drawn. hidden: nothing at all is.
        powers: numbers as 10³. titled: whether the title is written. fixed: nobody can zoom into it.
    """

    title: Text = ""
    low: float | None = None
    high: float | None = None
    ticks: Sequence[float] | Mapping[Any, Text | Any] | None = None
    every: float | None = None
    log: bool = False
    reverse: bool = False
    square: bool | Literal["fill"] = False
    grid: bool = True
    zero: bool = False
    numbers: bool = True
    hidden: bool = False
    powers: bool = False
    titled: bool = True
    fixed: bool = False
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def time(self) -> bool:
        return self.title == "step"

    def but(self, **changes: Any) -> Axis:
        """The same axis with something changed."""
        other = object.__new__(Axis)  # as dataclasses.replace, in a third of the time
        other.__dict__.update(self.__dict__, **changes)
        return other


def Log(title: Text = "", low: float | None = None, high: float | None = None, **more: Any) -> Axis:
    """A logarithmic axis; `low` and `high` are values, not decades."""
    return Axis(title, low, high, log=True, **more)


HIDDEN = Axis(hidden=True, grid=False)


def axis_of(given: Axis | str | None) -> Axis:
    """What a view may give for an axis: an Axis, a title (or an output's name), nothing."""
    return Axis(given) if isinstance(given, str) else given or Axis()


class Sheet:
    """A picture under construction: everything its panels have drawn so far."""

    def __init__(self, timeline: Timeline | None, style: Style) -> None:
        self.timeline = timeline or Timeline(Frame(0, {}, {}, {}), None)  # a picture of no run
        self.style = style
        self.traces: list[Trace] = []
        self.notes: list[dict[str, Any]] = []
        self.shapes: list[dict[str, Any]] = []
        self.meta: dict[str, Any] = {}
        self.layout: dict[str, Any] = {}
        self.columns: dict[tuple[int, int], tuple[np.ndarray, Any]] = {}  # pixel columns of long curves, by where their x lie


class Area:
    """One pair of axes of a picture; the words for what is drawn on it come from the modules beside this one."""

    def __init__(self, sheet: Sheet, number: int, x: Axis | str | None = None, y: Axis | str | None = None) -> None:
        self.sheet, self.number = sheet, number
        self.style, self.timeline = sheet.style, sheet.timeline
        self.suffix = "" if number == 1 else str(number)
        self.x, self.y = axis_of(x), axis_of(y)
        self.labels: list[Label] = []
        self.heading: list[str] = []
        self.corners: dict[str, list[tuple[str, str, float]]] = {}
        self.domain: tuple[float, float, float, float] = (0.0, 1.0, 0.0, 1.0)  # left, right, bottom, top, shares of the plot
        self.later: list[Callable[[], None]] = []  # what can only be drawn when the ranges are known
        self._seen: dict[str, list[np.ndarray]] = {"x": [], "y": []}
        self._spans: dict[str, tuple[Axis, int, tuple[float, float]]] = {}

    # ---- what the words are made of

    def say(self, text: Text, values: Mapping[str, Any] | None = None) -> str:
        return say(self.style, text, values)

    def word(self, given: Any) -> str:
        """The name of a member of a cast, a text in the reader's language, or a number."""
        return (
            given.name(self.style) if isinstance(given, Member) else self.say(given) if isinstance(given, str) else str(given)
        )

    def color(self, who: Who) -> str:
        return color(who, self.style)

    def add(self, trace: Trace, *, first: bool = False) -> Trace:
        """Put a trace on this panel (`first`: under everything else)."""
        if self.suffix:
            trace["xaxis"], trace["yaxis"] = f"x{self.suffix}", f"y{self.suffix}"
        self.sheet.traces.insert(0, trace) if first else self.sheet.traces.append(trace)
        return trace

    def see(self, x: Any = (), y: Any = ()) -> None:
        """Remember values that the axes must reach (what labels are placed by)."""
        for letter, values in (("x", x), ("y", y)):
            array = np.asarray(values)
            if array.size and array.dtype.kind in "fiub":
                self._seen[letter].append(array)

    def note(self, x: float, y: float, text: str, shade: str, size: float = 14.0, **more: Any) -> None:
        """Words at a place: of the axes' values, or with `xref="x domain"` of the panel's width and height."""
        place: dict[str, Any] = {"xanchor": "left", "yanchor": "middle", "showarrow": False, **more}
        for letter, value in (("x", x), ("y", y)):
            ref = place.get(f"{letter}ref", letter)
            place[letter] = self.scaled(letter, value) if ref == letter else float(value)
            if ref in (letter, f"{letter} domain"):
                place[f"{letter}ref"] = ref.replace(letter, letter + self.suffix, 1)
        self.sheet.notes.append({"text": text, "font": {"color": shade, "size": size}, **place})

    def shape(
        self, kind: str, x0: float, x1: float, y0: float, y1: float, *, across: str = "x", up: str = "y", **more: Any
    ) -> None:
        """A line, rectangle or circle; `across="x domain"` and `up="y domain"` give places as shares of the panel."""
        refs = {"xref": across.replace("x", "x" + self.suffix, 1), "yref": up.replace("y", "y" + self.suffix, 1)}
        self.sheet.shapes.append({"type": kind, "x0": x0, "x1": x1, "y0": y0, "y1": y1, **refs, **more})

    # ---- ranges

    def axis(self, letter: str) -> Axis:
        return self.x if letter == "x" else self.y

    def scaled(self, letter: str, value: Any) -> float:
        """A value as the axis counts it: its decade on a log axis (not finite where it has none)."""
        number = float(value)
        return (math.log10(number) if number > 0 else math.nan) if self.axis(letter).log else number

    def span(self, letter: str) -> tuple[float, float]:
        """Where the axis begins and ends, low to high, as the axis counts: given, or from the data with a little room."""
        axis, count = self.axis(letter), len(self._seen[letter])
        known = self._spans.get(letter)
        if known is None or known[0] is not axis or known[1] != count:
            known = self._spans[letter] = (axis, count, self._span(axis, letter))
        return known[2]

    def _span(self, axis: Axis, letter: str) -> tuple[float, float]:
        low = math.nan if axis.low is None else self.scaled(letter, axis.low)
        high = math.nan if axis.high is None else self.scaled(letter, axis.high)
        if math.isnan(low) or math.isnan(high):
            least, most = self._extent(letter)
            room = (0.01 if letter == "x" else 0.05) * (most - least) or 0.5
            low = least - room if math.isnan(low) else low
            high = most + room if math.isnan(high) else high
        return (low, high) if low < high else (low - 0.5, low + 0.5)

    def _extent(self, letter: str) -> tuple[float, float]:
        log = self.axis(letter).log
        least, most = math.inf, -math.inf
        for values in self._seen[letter]:
            known = values[np.isfinite(values) & (values > 0)] if log else values[np.isfinite(values)]
            if known.size:
                least, most = min(least, float(known.min())), max(most, float(known.max()))
        if least > most:
            return (0.0, 1.0)
        return (math.log10(least), math.log10(most)) if log else (least, most)

    def pixels(self, letter: str) -> float:
        """The length of the axis in pixels of the nominal figure."""
        left, right, bottom, top = self.domain
        return (right - left) * (WIDTH - 90) if letter == "x" else (top - bottom) * (HEIGHT - 90)

    def place(self, letter: str, value: Any) -> float:
        """Pixels from the left (from the bottom) of the panel; not finite for a value that has no place."""
        low, high = self.span(letter)
        share = (self.scaled(letter, value) - low) / (high - low)
        return (1 - share if self.axis(letter).reverse else share) * self.pixels(letter)

    def value_at(self, letter: str, pixel: float) -> float:
        """The inverse of `place`, as the axis counts."""
        low, high = self.span(letter)
        share = pixel / self.pixels(letter)
        return low + (1 - share if self.axis(letter).reverse else share) * (high - low)

    # ---- layout

    def title_of(self, letter: str) -> str:
        """What stands at the axis: the declared meaning, symbol and unit of an output, or the view's own words."""
        axis = self.axis(letter)
        output = self.timeline.outputs.get(axis.title) if axis.title else None
        if output is None:
            return self.say(axis.title, axis.values)
        text = self.say(output.meaning) + (f" {output.symbol}" if output.symbol else "")
        return f"{text} ({self.say(output.unit)})" if output.unit else text

    def layout(self, letter: str) -> dict[str, Any]:
        """The axis in plotly's schema."""
        axis, style = self.axis(letter), self.style
        other = "y" if letter == "x" else "x"
        settings: dict[str, Any] = {"title": {"text": self.title_of(letter) if axis.titled else ""}, "gridcolor": style.grid}
        settings |= {"zerolinecolor": style.grid, "linecolor": style.quiet, "zeroline": axis.zero}
        if axis.log:
            settings["type"] = "log"
        if axis.low is not None and axis.high is not None:
            ends = [self.scaled(letter, axis.low), self.scaled(letter, axis.high)]
            settings["range"] = ends[::-1] if axis.reverse else ends
        elif axis.low is not None or axis.high is not None:
            ends = list(self.span(letter))
            settings["range"] = ends[::-1] if axis.reverse else ends
        elif axis.reverse:
            settings["autorange"] = "reversed"
        if isinstance(axis.ticks, Mapping):
            settings |= {"tickvals": list(axis.ticks), "ticktext": [self.word(words) for words in axis.ticks.values()]}
        elif axis.ticks is not None:
            settings["tickvals"] = list(axis.ticks)
            if axis.log:
                settings["ticktext"] = [f"{value:g}" for value in axis.ticks]
        if axis.every:
            settings["dtick"] = axis.every
        if axis.powers:
            settings["exponentformat"] = "power"
        for flag, name in ((axis.grid, "showgrid"), (axis.numbers, "showticklabels")):
            if not flag:
                settings[name] = False
        if axis.hidden:
            settings |= {"visible": False, "showgrid": False}
        if axis.fixed:
            settings["fixedrange"] = True
        if axis.square:
            settings["scaleanchor"] = other + self.suffix
            if letter == "y":  # in a tall window: as high up as the pictures beside it
                settings["constraintoward"] = "top"
        if True in (axis.square, self.axis(other).square):
            settings["constrain"] = "domain"
        if self.suffix or self.domain != (0.0, 1.0, 0.0, 1.0):
            ends = list(self.domain[:2] if letter == "x" else self.domain[2:])
            settings |= {"domain": ends, "anchor": other + self.suffix}
        return settings
