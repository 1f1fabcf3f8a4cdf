"""What is said on a picture (thresholds, words, corners, the legend) and what a person may take hold of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from engine.core.picture import scatter
from engine.plot.axes import Area
from engine.plot.cast import Text, Who, fade
from engine.plot.labels import Label, height_of

Corner = Literal["top left", "top right", "bottom left", "bottom right", "top", "bottom"]
SIDE = {"left": ("right", -4), "center": ("center", 0), "right": ("left", 4)}  # side of a point -> anchor of the text, shift


class Notes(Area):
    """Words of a panel: `.upright` `.level` `.region` `.text` `.label` `.corner` `.title` `.legend` `.handle` `.click` `.hover`."""

    def upright(
        self,
        x: float,
        text: Text = "",
        who: Who = "mark",
        *,
        dash: str = "dot",
        width: float = 1.6,
        at: float = 1.0,
        side: str = "right",
        size: float = 13,
        **values: Any,
    ) -> None:
        """A vertical line through the panel with its name beside it: at the upper end, or at a share `at` of the height."""
        stroke = {"color": self.color(who), "width": width, "dash": dash}
        self.shape("line", float(x), float(x), 0, 1, up="y domain", line=stroke)
        self.see(x=x)
        if text:
            anchor, shift = SIDE[side]
            up = "top" if at > 0.95 else "bottom" if at < 0.05 else "middle"
            place = {"yref": "y domain", "xanchor": anchor, "xshift": shift, "yanchor": up}
            self.note(x, at, self.say(text, {"value": x} | values), self.color(who), size, **place)

    def level(
        self,
        y: float,
        text: Text = "",
        who: Who = "theory",
        *,
        dash: str = "dash",
        width: float = 1.6,
        side: Literal["left", "right", "end"] = "left",
        below: bool = False,
        size: float = 13,
        **values: Any,
    ) -> None:
        """A horizontal line through the panel with its name on it, at the left or right, or at its end among the curves' labels.

        `{value}` in the text is the height. A level that is not a number is not drawn.
        """
        if not np.isfinite(y):
            return
        stroke = {"color": self.color(who), "width": width, "dash": dash}
        self.shape("line", 0, 1, float(y), float(y), across="x domain", line=stroke)
        self.see(y=y)
        if not text:
            return
        said, shade = self.say(text, {"value": y} | values), self.color(who)
        if side == "end":
            self.labels.append(Label(float("inf"), float(y), said, shade, size))
            return
        place = {"xref": "x domain", "xanchor": side, "yanchor": "top" if below else "bottom"}
        self.note(0.01 if side == "left" else 0.99, y, said, shade, size, **place)

    def region(
        self,
        x: tuple[float, float] | None = None,
        y: tuple[float, float] | None = None,
        text: Text = "",
        who: Who = "grid",
        *,
        opacity: float = 0.6,
        at: float = 0.98,
        size: float = 13,
        **values: Any,
    ) -> None:
        """A shaded stretch of one axis (or of both), under everything else, with its name inside."""
        x0, x1, across = (*x, "x") if x else (0, 1, "x domain")
        y0, y1, up = (*y, "y") if y else (0, 1, "y domain")
        look = {"fillcolor": self.color(who), "opacity": opacity, "line": {"width": 0}, "layer": "below"}
        self.shape("rect", float(x0), float(x1), float(y0), float(y1), across=across, up=up, **look)
        if text:
            place = {
                "xref": across,
                "yref": "y domain",
                "xanchor": "left",
                "yanchor": "top" if at > 0.9 else "middle",
                "xshift": 4,
            }
            self.note(x0, at, self.say(text, values), self.color("quiet"), size, **place)

    def rug(self, x: Any, who: Who = "quiet", *, width: float = 1.2) -> None:
        """A short stroke at the panel's lower edge for each of these places."""
        for place in np.ravel(x):
            self.shape(
                "line", float(place), float(place), 0, 0.035, up="y domain", line={"color": self.color(who), "width": width}
            )

    def text(
        self,
        x: float,
        y: float,
        text: Text,
        who: Who = "text",
        *,
        size: float = 14,
        side: Literal["left", "center", "right"] = "right",
        up: Literal["above", "middle", "below"] = "middle",
        ground: bool = False,
        **values: Any,
    ) -> None:
        """Words at a place of the axes (values, on log axes too); `ground` puts the background behind them."""
        anchor, shift = SIDE[side]
        place: dict[str, Any] = {"xanchor": anchor, "xshift": shift, "align": anchor}
        place["yanchor"] = {"above": "bottom", "middle": "middle", "below": "top"}[up]
        if ground:
            place["bgcolor"] = self.style.background
        self.note(x, y, self.say(text, values), self.color(who), size, **place)

    def label(
        self, x: float, y: float, text: Text, who: Who = "text", *, side: str = "right", size: float = 14, **values: Any
    ) -> None:
        """A direct label of the point (x, y), kept apart from all other labels of the panel; `side="end"`: outside at the right."""
        if np.isfinite(float(x)) and np.isfinite(float(y)):
            where = (float("inf"), float(y)) if side == "end" else (float(x), float(y))
            self.labels.append(Label(*where, self.say(text, values), self.color(who), size, "right" if side == "end" else side))

    def corner(self, text: Text, where: Corner = "top right", who: Who = "text", *, size: float = 14, **values: Any) -> None:
        """A remark in a corner of the panel; several in one corner stand under each other."""
        self.corners.setdefault(where, []).append((self.say(text, values), self.color(who), size))

    def title(self, text: Text, **values: Any) -> None:
        """A line above the panel, at its left; several are joined by a dot."""
        self.heading.append(self.say(text, values))

    def legend(self) -> None:
        """The names of all curves above the picture: only where direct labels do not fit."""
        place = {"orientation": "h", "x": 0, "xanchor": "left", "y": 1.02, "yanchor": "bottom"}
        self.sheet.layout |= {"showlegend": True, "legend": place}

    # ---- what a person may take hold of

    def handle(
        self,
        x: Any,
        y: Any,
        sets: Sequence[Any],
        who: Who = "mark",
        *,
        size: float = 15,
        symbol: str = "circle",
        letters: Sequence[str] = (),
        name: Text = "",
        hover: Text = "",
        **values: Any,
    ) -> None:
        """A point that can be dragged: `sets` names the parameters of its x and y, None for one that does not move.

        For several points x and y are lists and `sets` is a list of pairs; `letters` stand in the points.
        """
        many = bool(np.ndim(x))
        marker = {"color": self.color(who), "size": size, "symbol": symbol}
        marker["line"] = {"color": self.style.background, "width": 2}
        pairs: Any = [list(pair) for pair in sets] if many else list(sets)
        meta = {"handles": pairs} if many else {"handle": pairs}
        trace = scatter(x=np.atleast_1d(np.asarray(x, float)), y=np.atleast_1d(np.asarray(y, float)), mode="markers")
        trace |= {"marker": marker, "meta": meta, "name": self.say(name, values)}
        if letters:
            trace |= {"mode": "markers+text", "text": list(letters), "textposition": "middle center"}
            trace["textfont"] = {"color": self.style.background, "size": 12}
        if hover:
            trace["hovertemplate"] = self.say(hover, values) + "<extra></extra>"
        self.see(trace["x"], trace["y"])
        self.add(trace)

    def click(self, *sets: str | None) -> None:
        """What a click sets: one parameter, to the `key` of the point it hits; or two, to the place's x and y (None: not)."""
        self._point("click", sets)

    def hover(self, *sets: str | None) -> None:
        """What pointing sets: the parameters of the place's x and y (None: not)."""
        self._point("hover", sets)

    def _point(self, kind: str, sets: tuple[str | None, ...]) -> None:
        if len(sets) == 1:
            self.sheet.meta[f"{kind}_data"] = sets[0]
            return
        self.sheet.meta[kind] = list(sets)
        if self.suffix:
            self.sheet.meta[f"{kind}_axes"] = f"x{self.suffix}y{self.suffix}"

    def outline(self, cells: Any, who: Who = "text", *, width: float = 2.0, room: float = 0.06) -> None:
        """Frames round cells (row, column) of a matrix, or round those that are True in a matrix."""
        listed = np.argwhere(cells) if np.asarray(cells).dtype == bool else np.reshape(np.asarray(cells, int), (-1, 2))
        across, up = self.cells
        stroke = {"color": self.color(who), "width": width}
        for row, column in listed.tolist():
            x0, x1 = across(column - 0.5 + room), across(column + 0.5 - room)
            y0, y1 = up(row - 0.5 + room), up(row + 0.5 - room)
            self.shape("rect", x0, x1, y0, y1, line=stroke)

    cells: Any = (
        float,
        float,
    )  # from an index (with fractions) to a value of the axis, across and up; set by the matrix drawn last

    def place_corners(self) -> None:
        """Write the remarks of every corner under each other."""
        for where, remarks in self.corners.items():
            top = where.startswith("top")
            side = "left" if where.endswith("left") else "right" if where.endswith("right") else "center"
            shift = 0.0
            for text, shade, size in remarks if top else remarks[::-1]:
                place: dict[str, Any] = {"xref": "x domain", "yref": "y domain", "xanchor": side, "align": side}
                place |= {"yanchor": "top" if top else "bottom", "yshift": -shift if top else shift}
                at = {"left": 0.012, "center": 0.5, "right": 0.988}[side]
                self.note(at, 0.985 if top else 0.015, text, shade, size, **place)
                shift += height_of(text, size)

    def veil(self, who: Who, opacity: float) -> str:
        """A translucent colour."""
        return fade(self.color(who), opacity)
