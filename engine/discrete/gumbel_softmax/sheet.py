"""A picture under construction: short words for its traces, labels and shapes."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from engine.core.picture import Picture, Style, Trace, bar, heatmap, scatter
from engine.core.topic import Timeline
from engine.plot.figures import figure


class Sheet:
    """Takes the pieces of one picture in the house style; `build` gives the figure."""

    def __init__(self, look: Style, *, alt: str, x: dict, y: dict, **layout: Any) -> None:
        self.look, self.layout = look, {"alt": alt, "x": x, "y": y, **layout}
        self.traces: list[Trace] = []
        self.annotations: list[dict[str, Any]] = []
        self.shapes: list[dict[str, Any]] = []

    def line(self, x: Any, y: Any, color: str, *, name: str = "", dash: str = "solid", width: float = 2.5, **more: Any) -> None:
        """A curve; theory is dashed, measurement solid."""
        style = {"color": color, "dash": dash, "width": width}
        self._scatter(x, y, mode="lines", name=name, line=style, **more)

    def dots(
        self,
        x: Any,
        y: Any,
        color: str,
        *,
        name: str = "",
        size: float = 6,
        symbol: str = "circle",
        ring: str = "",
        **more: Any,
    ) -> None:
        """Points of one colour; `ring` is the colour of an outline."""
        marker = {"color": color, "size": size, "symbol": symbol, "opacity": more.pop("opacity", 1.0)}
        if ring:
            marker["line"] = {"color": ring, "width": 2}
        self._scatter(x, y, mode="markers", name=name, marker=marker, **more)

    def text(self, x: Any, y: Any, texts: list[str], color: str, *, size: int = 12) -> None:
        """Many short texts, each centred on its point."""
        self._scatter(x, y, mode="text", text=texts, textfont={"size": size, "color": color}, hoverinfo="skip")

    def bars(self, x: Any, y: Any, colors: Any, **more: Any) -> None:
        """Upright bars, one colour each, every one at its place: a second set would push the first aside."""
        self.layout["barmode"] = "overlay"
        marker = {"color": list(colors), "opacity": more.pop("opacity", 1.0)}
        self.traces.append(bar(x=list(x), y=np.asarray(y, np.float64), marker=marker, **more))

    def heatmap(self, **more: Any) -> None:
        """A heat map, under everything else."""
        self.traces.insert(0, heatmap(showscale=False, **more))

    def label(self, x: float, y: float, text: str, color: str, *, size: int = 14, **more: Any) -> None:
        """A direct label at a point; on a log axis its place is in decades."""
        place = {"xanchor": "left", "yanchor": "middle", "showarrow": False, **more}
        self.annotations.append({"x": x, "y": y, "text": text, "font": {"color": color, "size": size}, **place})

    def note(self, text: str, color: str, *, x: float = 0.98, y: float = 0.98, size: int = 14, **more: Any) -> None:
        """A remark placed by its share of the drawing area's width and height, by default in the upper right corner."""
        place = {"xref": "x domain", "yref": "y domain", "xanchor": "right", "yanchor": "top", "align": "right", **more}
        self.label(x, y, text, color, size=size, **place)

    def ends(
        self, x: float, ends: list[tuple[float, str, str]], low: float, high: float, *, gap: float = 0.065, **more: Any
    ) -> None:
        """Labels (value, text, colour) of curves at their right ends, kept apart and within low..high (decades on a log axis)."""
        known = sorted(end for end in ends if math.isfinite(end[0]))
        room = gap * (high - low)
        heights = [min(max(value, low), high) for value, _, _ in known]
        for index in range(1, len(heights)):
            heights[index] = max(heights[index], heights[index - 1] + room)
        top = high
        for index in range(len(heights) - 1, -1, -1):
            heights[index] = min(heights[index], top)
            top = heights[index] - room
        for height, (_, text, color) in zip(heights, known, strict=True):
            self.label(x, height, text, color, align="left", **more)

    def arrow(self, start: Any, end: Any, color: str) -> None:
        """An arrow between two points."""
        head = {"showarrow": True, "arrowhead": 2, "arrowwidth": 3.2, "arrowcolor": color}
        tail = {"ax": float(start[0]), "ay": float(start[1]), "axref": "x", "ayref": "y"}
        self.annotations.append({"x": float(end[0]), "y": float(end[1]), "xref": "x", "yref": "y", "text": "", **tail, **head})

    def upright(self, x: float, color: str, *, dash: str = "dot", width: float = 1.6) -> None:
        """A vertical line through the whole drawing area."""
        style = {"color": color, "width": width, "dash": dash}
        self.shapes.append({"type": "line", "x0": x, "x1": x, "y0": 0, "y1": 1, "yref": "y domain", "line": style})

    def frame(self, left: float, top: float, width: float, height: float, color: str) -> None:
        """An empty rectangle."""
        corners = {"x0": left, "x1": left + width, "y0": top, "y1": top + height}
        self.shapes.append({"type": "rect", **corners, "line": {"color": color, "width": 2.5}})

    def marks(self, timeline: Timeline) -> None:
        """Thin vertical lines where a hot change was first in force."""
        for step in timeline.marks[-40:]:
            if step <= timeline.frame.step:
                self.upright(step, self.look.mark, width=1.2)

    def build(self) -> Picture:
        """The picture."""
        return figure(self.look, **self.layout, annotations=self.annotations, shapes=self.shapes).add(*self.traces)

    def _scatter(self, x: Any, y: Any, **more: Any) -> None:
        self.traces.append(scatter(x=np.asarray(x, np.float64), y=np.asarray(y, np.float64), **more))
