"""A picture: its panels, their places and margins, the labels of all curves, and the sentence that says what it shows."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.plot.axes import FONT, HEIGHT, HIDDEN, WIDTH, Axis, Sheet, axis_of
from engine.plot.cast import NOT_A_NUMBER, Text, say
from engine.plot.labels import TALL, Label, apart, as_written, columns, height_of, width_of
from engine.plot.words.surface import Surfaces

FAMILY = "Source Sans, Noto Sans CJK SC, Microsoft YaHei, PingFang SC, sans-serif"
AxisLike = Axis | str | None
HEADLINE = 20.0  # pixels a line above the picture takes
MARKS = 40  # hot changes that are shown, the newest


class Panel(Surfaces):
    """One pair of axes with all words of the vocabulary."""

    def finish(self) -> None:
        """What can be placed only when everything is drawn: arrows, corners, labels, changes."""
        for draw in self.later:
            draw()
        self.place_corners()
        self._place_labels()
        if self.x.time:
            self._mark_changes()

    def _mark_changes(self) -> None:
        """Thin vertical lines where a hot change was first in force."""
        timeline = self.timeline
        steps = timeline.trace("step")[0] if "step" in timeline.history else np.array([timeline.frame.step])
        stroke = {"color": self.style.mark, "width": 1.2, "dash": "dot"}
        first, last = steps[0], max(steps[-1], timeline.frame.step)
        for step in [step for step in timeline.marks if first <= step <= last][-MARKS:]:
            self.shape("line", step, step, 0, 1, up="y domain", line=stroke)

    def outside(self, label: Label) -> bool:
        """Whether a label stands right of the panel: its point lies at the right edge."""
        return label.side == "right" and (label.x == math.inf or self.place("x", label.x) > 0.97 * self.pixels("x"))

    def room(self) -> float:
        """Pixels that labels need right of the panel."""
        return max((width_of(f" {item.text}", item.size) for item in self.labels if self.outside(item)), default=0.0)

    def _place_labels(self) -> None:
        """Direct labels in pixels of the nominal figure: those that could cover each other are kept apart."""
        wide, tall = self.pixels("x"), self.pixels("y")
        known, spans = [], []
        for item in self.labels:
            out = self.outside(item)
            x, y = (wide + 6 if out else self.place("x", item.x)), self.place("y", item.y)
            if not math.isfinite(x + y):
                continue
            y = min(max(y, 0.0), tall)
            width = width_of(item.text, item.size)
            left = {"right": x + (0 if out else 7), "left": x - 7 - width}.get(item.side, x - width / 2)
            y += {"above": 12.0, "below": -12.0}.get(item.side, 0.0)
            known.append((item, out, y))
            spans.append((left, left + width))
        for column in columns(spans):
            members = [known[k] for k in column]
            heights = [TALL * height_of(item.text, item.size) for item, _, _ in members]
            middles = apart([y for _, _, y in members], heights, 0.0, tall)
            for (item, out, _), middle, k in zip(members, middles, column, strict=True):
                self._write(item, out, middle, spans[k])

    def _write(self, item: Label, out: bool, middle: float, span: tuple[float, float]) -> None:
        y = self.value_at("y", middle)
        up = 10.0**y if self.y.log else y
        place: dict[str, Any] = {"align": "left"} | ({"name": item.owner} if item.owner else {})
        if out:
            self.note(1.0, up, item.text, item.color, item.size, xref="x domain", xshift=6, **place)
            return
        anchor = {"right": "left", "left": "right"}.get(item.side, "center")
        shift = {"right": 7, "left": -7}.get(item.side, 0)
        self.note(item.x, up, item.text, item.color, item.size, xanchor=anchor, xshift=shift, **place)


class Plot(Panel):
    """A picture with one panel; after `.grid` or `.mosaic` with several. `.done` gives the Picture."""

    def __init__(
        self, timeline: Timeline | None, style: Style, x: AxisLike = None, y: AxisLike = None, **margin: float
    ) -> None:  # fmt: skip
        """
        Args:
            timeline: what is shown of a run; None for a picture that is of no run.
            x, y: the axes: an Axis, a title, the name of an output (its meaning, symbol and unit are the title), or "step".
            margin: `left`, `right`, `top`, `bottom` in pixels, where more room is wanted than is computed.
        """
        super().__init__(Sheet(timeline, style), 1, x, y)
        self.margin = margin
        self.panels: list[Panel] = [self]
        self._cells: dict[int, tuple[int, int, int, int]] = {}  # panel -> first row, first column, rows, columns
        self._sizes: tuple[list[float], list[float]] = ([1.0], [1.0])
        self._headline: list[str] = []
        self._told: list[str] = []
        self._insets: dict[int, tuple[Panel, tuple[float, float, float, float]]] = {}

    # ---- several panels

    def grid(
        self,
        rows: int,
        columns: int = 1,
        *,
        x: AxisLike | Sequence[AxisLike] = None,
        y: AxisLike | Sequence[AxisLike] = None,
        heights: Sequence[float] = (),
        widths: Sequence[float] = (),
        share_x: bool = False,
        share_y: bool = False,
        outer: bool = False,
        titles: Sequence[Text] = (),
    ) -> list[Panel]:
        """`rows` times `columns` panels, row by row; `plot` itself is then the first of them.

        Args:
            x, y: an axis for all, or one each.
            heights, widths: relative sizes of the rows and columns.
            share_x, share_y: one axis for the panels under (beside) each other: same range, numbers and title stand once.
            outer: titles stand once, at the left and below, and numbers of y at the left; every panel has its own range.
            titles: of the panels, templates without values; use `panel.title` for others.
        """
        letters = [[chr(0x100 + row * columns + column) for column in range(columns)] for row in range(rows)]
        lines = ["".join(line) for line in letters]
        return self.mosaic(
            *lines, x=x, y=y, heights=heights, widths=widths, share_x=share_x, share_y=share_y, outer=outer, titles=titles
        )  # fmt: skip

    def mosaic(
        self, *lines: str, x: Any = None, y: Any = None, heights: Sequence[float] = (), widths: Sequence[float] = (),
        share_x: bool = False, share_y: bool = False, outer: bool = False, titles: Sequence[Text] = (),
    ) -> list[Panel]:  # fmt: skip
        """Panels that may reach over several cells: `a, b, c = plot.mosaic("ab", "cc")`, in the order of their letters; "." is empty."""
        names = list(dict.fromkeys(letter for letter in "".join(lines) if letter != "."))
        each = [axis if isinstance(axis, list | tuple) else [axis] * len(names) for axis in (x, y)]
        self.panels = [self, *(Panel(self.sheet, k + 1) for k in range(1, len(names)))]
        self._sizes = (list(heights) or [1.0] * len(lines), list(widths) or [1.0] * len(lines[0]))
        for k, name in enumerate(names):
            places = [(row, column) for row, line in enumerate(lines) for column, letter in enumerate(line) if letter == name]
            (top, left), (bottom, right) = min(places), max(places)
            self._cells[k + 1] = (top, left, bottom - top + 1, right - left + 1)
            panel = self.panels[k]
            panel.x, panel.y = axis_of(each[0][k]), axis_of(each[1][k])
            if (share_x or outer) and bottom < len(lines) - 1:
                panel.x = panel.x.but(numbers=panel.x.numbers and not share_x, titled=False)
            if (share_y or outer) and left > 0:
                panel.y = panel.y.but(numbers=False, titled=False)
            if k < len(titles) and titles[k]:
                panel.title(titles[k])
        self._shared = (share_x, share_y)
        return self.panels

    _shared = (False, False)

    def inset(self, left: float, right: float, bottom: float, top: float, x: AxisLike = HIDDEN, y: AxisLike = HIDDEN) -> Panel:
        """A small panel over this picture's first one, at these shares of its width and height."""
        panel = Panel(self.sheet, len(self.panels) + 1, x, y)
        self.panels.append(panel)
        self._insets[panel.number] = (self, (left, right, bottom, top))
        # A square panel may take less than its place: the renderer then puts the inset where the panel really is.
        self.sheet.meta.setdefault("insets", {}).update({f"{letter}{panel.suffix}": letter + self.suffix for letter in "xy"})
        return panel

    # ---- done

    def headline(self, text: Text, **values: Any) -> None:
        """A line above the whole picture, at its left; several are joined by a dot."""
        self._headline.append(self.say(text, values))

    def tell(self, text: Text, **values: Any) -> None:
        """A further sentence of the alternative text, before that of `.done`."""
        self._told.append(say(self.style, text, values, unknown="nan"))

    def done(self, alt: Text = "", **values: Any) -> Picture:
        """The picture.

        Args:
            alt: what a person who cannot see it should hear, with the present state in it; a number that is not there is said as
                "not measured".
        """
        style, sheet = self.style, self.sheet
        self._share()
        margin = self._arrange()
        for panel in self.panels:
            panel.finish()
            self._write_heading(panel)
            for trace in sheet.traces:
                _place_bar(trace, panel)
        unknown = style.t("not measured")
        self.tell(alt, **values)
        said = NOT_A_NUMBER.sub(unknown, " ".join(filter(None, self._told)))
        if self._headline:
            place: dict[str, Any] = {"xref": "paper", "yref": "paper", "xanchor": "left", "yanchor": "bottom", "align": "left"}
            left, up = (
                min(panel.domain[0] for panel in self.panels),
                24.0 if any(panel.heading for panel in self.panels) else 4.0,
            )
            self.note(left, 1.0, " · ".join(self._headline), style.text, 14, yshift=up, **place)
        layout: dict[str, Any] = {
            "paper_bgcolor": style.background,
            "plot_bgcolor": style.background,
            "font": {"family": FAMILY, "size": FONT, "color": style.text},
            "showlegend": False,
            "margin": margin,
            "hovermode": "closest",
            "uirevision": "keep",
        }
        ratios = sheet.layout.pop("ratios", {})
        for panel in self.panels:
            if panel.scene is not None:
                layout[f"scene{panel.suffix}"] = panel.space()
                continue
            layout[f"xaxis{panel.suffix}"], layout[f"yaxis{panel.suffix}"] = panel.layout("x"), panel.layout("y")
            if panel.number in ratios:
                layout[f"yaxis{panel.suffix}"]["scaleratio"] = ratios[panel.number]
        layout |= {"annotations": sheet.notes, "shapes": sheet.shapes, "meta": {"alt": said, **sheet.meta}, **sheet.layout}
        flat = [panel for panel in self.panels if panel.scene is None]
        spans = {f"{letter}axis{panel.suffix}": panel.span(letter) for panel in flat for letter in "xy"}
        return Picture(sheet.traces, layout, spans)

    def _share(self) -> None:
        """Panels that share an axis reach equally far."""
        for shared, letter in zip(self._shared, "xy", strict=True):
            if not shared:
                continue
            lines: dict[int, list[Panel]] = {}
            for panel in self.panels:
                if panel.number in self._cells:
                    top, left, _, _ = self._cells[panel.number]
                    lines.setdefault(left if letter == "x" else top, []).append(panel)
            for panels in lines.values():
                spans = [panel.span(letter) for panel in panels]
                low, high = min(low for low, _ in spans), max(high for _, high in spans)
                for panel in panels:
                    ends = (10.0**low, 10.0**high) if panel.axis(letter).log else (low, high)
                    panel._set(letter, panel.axis(letter).but(low=ends[0], high=ends[1]))

    def _needs(self, panel: Panel) -> tuple[float, float, float, float]:
        """Pixels that stand outside a panel's box at its left, right, bottom and top."""
        x, y = panel.x, panel.y
        numbers = 38.0
        if isinstance(y.ticks, Mapping):
            numbers = max((width_of(panel.word(words), 0.92 * FONT) for words in y.ticks.values()), default=0.0) + 12
        left = (
            max(6.0, panel.margin_left)
            if y.hidden
            else (numbers if y.numbers else 6.0) + (22.0 if y.title and y.titled else 0.0)
        )
        bottom = 6.0 if x.hidden else (22.0 if x.numbers else 6.0) + (22.0 if x.title and x.titled else 0.0)
        return left, max(panel.room() + 8.0, 14.0), bottom, 24.0 if panel.heading else 8.0

    def _arrange(self) -> dict[str, float]:
        """Give every panel its place, so that nothing that belongs to one stands on another; the margins of the whole."""
        placed = [panel for panel in self.panels if panel.number in self._cells] or [self]
        cells = self._cells or {1: (0, 0, 1, 1)}
        needs = {panel.number: self._needs(panel) for panel in placed}
        heights, widths = self._sizes
        before, after = ([0.0] * len(widths) for _ in range(2))
        above, below = ([0.0] * len(heights) for _ in range(2))
        for number, (left, right, bottom, top) in needs.items():
            row, column, down, across = cells[number]
            before[column], above[row] = max(before[column], left), max(above[row], top)
            after[column + across - 1] = max(after[column + across - 1], right)
            below[row + down - 1] = max(below[row + down - 1], bottom)
        margin = {"l": before[0], "r": after[-1], "t": max(above[0], 14.0), "b": below[-1]}
        for side, name in (("l", "left"), ("r", "right"), ("t", "top"), ("b", "bottom")):
            margin[side] = float(round(self.margin.get(name, min(margin[side], 0.42 * WIDTH))))
        if self._headline:
            margin["t"] += HEADLINE * (1 + self._headline[0].count("<br>"))
        stretches = _share_out(
            widths, [a + b for a, b in zip(after, before[1:], strict=False)], WIDTH - margin["l"] - margin["r"]
        )
        lines = _share_out(heights, [a + b for a, b in zip(below, above[1:], strict=False)], HEIGHT - margin["t"] - margin["b"])
        for panel in placed:
            row, column, rows, columns_ = cells[panel.number]
            left, right = stretches[column][0], stretches[column + columns_ - 1][1]
            top, bottom = 1 - lines[row][0], 1 - lines[row + rows - 1][1]
            panel.domain = (left, right, bottom, top)
        for number, (host, (left, right, bottom, top)) in self._insets.items():
            x0, x1, y0, y1 = host.domain
            panel = next(panel for panel in self.panels if panel.number == number)
            panel.domain = (x0 + left * (x1 - x0), x0 + right * (x1 - x0), y0 + bottom * (y1 - y0), y0 + top * (y1 - y0))
        return margin

    def _write_heading(self, panel: Panel) -> None:
        if panel.heading:
            left, right, _, top = panel.domain
            narrow = panel.number in self._cells and True in (
                panel.x.square,
                panel.y.square,
            )  # the box is in the middle of its place
            at, anchor = ((left + right) / 2, "center") if narrow else (left, "left")
            place: dict[str, Any] = {"xref": "paper", "yref": "paper", "xanchor": anchor, "yanchor": "bottom", "align": "left"}
            panel.note(at, top, " · ".join(panel.heading), panel.style.text, 14, yshift=3, **place)


def sentence(style: Style, words: str) -> Picture:
    """A picture that only says something, in the reader's language already."""
    plot = Plot(None, style, HIDDEN, HIDDEN)
    plot.note(0.5, 0.5, as_written(words), style.quiet, xref="paper", yref="paper", xanchor="center")
    return plot.done("{words}", words=words)


def _place_bar(trace: dict[str, Any], panel: Panel) -> None:
    """Put a colour bar beside its panel, where plotly would put it at the right of the whole picture."""
    part = trace if "colorbar" in trace else trace.get("marker") or {}
    if "colorbar" in part and trace.get("xaxis", "x") == f"x{panel.suffix}":
        _, right, bottom, top = panel.domain
        part["colorbar"] |= {"x": right + 0.01, "xanchor": "left", "y": (bottom + top) / 2, "len": top - bottom}


def _share_out(sizes: Sequence[float], gaps: Sequence[float], length: float) -> list[tuple[float, float]]:
    """Stretches (from, to) of 0..1 with these relative sizes and these gaps in pixels of `length` between them."""
    if len(sizes) == 1:
        return [(0.0, 1.0)]
    shares = [min(gap / length, 0.7 / len(sizes)) for gap in gaps]
    room = (1 - sum(shares)) / sum(sizes)
    stretches, at = [], 0.0
    for size, gap in zip(sizes, [*shares, 0.0], strict=True):
        stretches.append((round(at, 4), round(min(at + size * room, 1.0), 4)))
        at += size * room + gap
    stretches[-1] = (stretches[-1][0], 1.0)
    return stretches
