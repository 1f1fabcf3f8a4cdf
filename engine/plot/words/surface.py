"""Surfaces in space, turned by hand, with curves, points and words on them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from engine.plot.cast import Member, Text, Who, scale
from engine.plot.words.marks import screen
from engine.plot.words.nodes import Nodes


class Surfaces(Nodes):
    """Words of a panel: `.surface` `.curve3` `.dots3`. A panel with one of them is a space and has no flat axes."""

    scene: dict[str, Any] | None = None

    def surface(
        self, x: Any, y: Any, z: Any, *, by: Any = None, tones: Any = "relief", low: float | None = None, high: float | None = None,
        opacity: float = 1.0, eye: tuple[float, float, float] = (1.25, -1.25, 0.8), axes: Sequence[Text] = (), bar: Text = "",
        grid: bool = True, cube: bool = False,
    ) -> None:  # fmt: skip
        """A grid in space.

        Args:
            x, y, z: (rows, columns) each; x and y may be (columns,) and (rows,).
            by: (rows, columns) numbers that give the colour in `tones`; the height without.
            eye: from where it is seen at first.
            axes: titles of the three axes; none are drawn without.
            grid: whether its lines are drawn. cube: whether all axes are equally long, whatever they count.
        """
        z = np.asarray(z, np.float32)
        trace: dict[str, Any] = {"type": "surface", "x": screen(x), "y": screen(y), "z": z, "opacity": opacity}
        shades = z if by is None else np.asarray(by, np.float32)
        known = shades[np.isfinite(shades)]
        if low is None or high is None:
            least, most = (float(known.min()), float(known.max())) if known.size else (0.0, 1.0)
            low, high = least if low is None else low, most if high is None else high
        trace |= {
            "colorscale": scale(tones, self.style),
            "cmin": low,
            "cmax": high,
            "showscale": bool(bar),
            "hoverinfo": "skip",
        }
        if by is not None:
            trace["surfacecolor"] = shades
        if bar:
            trace["colorbar"] = {"thickness": 12, "title": {"text": self.say(bar)}}
        if grid:
            lines = {"show": True, "color": self.style.quiet, "width": 1, "highlight": False}
            trace["contours"] = {"x": lines, "y": lines}
        self._space(trace)
        assert self.scene is not None
        if cube:
            self.scene["aspectmode"] = "cube"
        self.scene["camera"] = {"eye": dict(zip("xyz", eye, strict=True))}
        for letter, title in zip("xyz", axes, strict=False):
            self.scene[f"{letter}axis"] = {"title": {"text": self.say(title)}, "gridcolor": self.style.grid}

    def curve3(
        self, x: Any, y: Any, z: Any, who: Who = "measured", *, width: float = 4, dash: str = "", name: Text = "", **values: Any
    ) -> None:
        """A curve in space."""
        own = who.dash if isinstance(who, Member) else "solid"
        line = {"color": self.color(who), "width": width, "dash": dash or own}
        self._space(self._points(x, y, z, "lines", self._called(who, name, values)) | {"line": line})

    def dots3(
        self, x: Any, y: Any, z: Any, who: Who = "measured", *, size: float = 6, letters: Sequence[str] = (), name: Text = "",
        **values: Any,
    ) -> None:  # fmt: skip
        """Points in space, with `letters` beside them."""
        trace = self._points(x, y, z, "markers+text" if letters else "markers", self._called(who, name, values))
        trace["marker"] = {"color": self.color(who), "size": size}
        if letters:
            words = {"text": [self.say(letter) for letter in letters], "textposition": "top center"}
            trace |= words | {"textfont": {"color": self.color(who), "size": 13}}
        self._space(trace)

    def _called(self, who: Who, name: Text, values: dict[str, Any]) -> str:
        return self.say(name, values) if name else who.name(self.style) if isinstance(who, Member) else ""

    def _points(self, x: Any, y: Any, z: Any, mode: str, name: str) -> dict[str, Any]:
        x, y, z = (np.atleast_1d(np.asarray(part, np.float32)) for part in (x, y, z))
        return {"type": "scatter3d", "x": x, "y": y, "z": z, "mode": mode, "name": name, "hoverinfo": "skip"}

    def _space(self, trace: dict[str, Any]) -> None:
        if self.scene is None:
            hidden = {"visible": False}
            self.scene = {"aspectmode": "data", "xaxis": hidden, "yaxis": hidden, "zaxis": hidden}
        self.sheet.traces.append(trace | {"scene": f"scene{self.suffix}"})

    def space(self) -> dict[str, Any]:
        """The scene in plotly's schema, at the panel's place."""
        left, right, bottom, top = self.domain
        return {**(self.scene or {}), "domain": {"x": [left, right], "y": [bottom, top]}}
