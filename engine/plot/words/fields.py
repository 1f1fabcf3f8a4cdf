"""Fields: matrices as heat with numbers in cells, contours, images and tiles of images, arrows, ellipses, ways."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from engine.core.picture import heatmap
from engine.plot.axes import Axis
from engine.plot.cast import Text, Who, fade, filled, scale
from engine.plot.words.marks import Marks, screen


class Fields(Marks):
    """Words of a panel: `.heat` `.contour` `.image` `.tiles` `.arrows` `.ellipses` `.paths`."""

    def heat(
        self,
        z: Any,
        *,
        x: Any = None,
        y: Any = None,
        low: float | None = None,
        high: float | None = None,
        tones: Any = "measured",
        bar: Text = "",
        numbers: str | Any = "",
        size: float = 13,
        rows: Iterable[Any] | None = None,
        columns: Iterable[Any] | None = None,
        outlined: Any = None,
        chosen: tuple[int, int] | None = None,
        top: bool | None = None,
        smooth: bool = False,
        square: bool = False,
        hover: Text | bool = False,
        click: tuple[str | None, str | None] | None = None,
        **values: Any,
    ) -> None:
        """A matrix as colours.

        Args:
            z: (rows, columns); nan stays the background.
            x, y: places of the columns (rows), or (start, step); without them the axes count cells.
            low, high: limits of the colours; both symmetric about 0 where `tones` is "two-sided" and none is given.
            tones: see `cast.scale`: "two-sided", "grey", "relief", a member of a cast, a colour, pairs.
            bar: title of a colour bar; without one there is none.
            numbers: what is written in the cells: a template of {value} such as "{value:.2f}", or texts of z's shape.
            rows, columns: names of the rows (columns): members of a cast, words that are translated, or numbers.
            outlined: cells with a frame: (row, column) pairs, or a bool matrix. chosen: one cell, with a thicker frame.
            top: whether the first row is on top (so it is for a matrix without y).
            square: whether cells are as high as wide.
            click: parameters that a click on a cell sets to its row and column, counted from 0 (None: not).
        """
        z = np.asarray(z)
        trace = heatmap(z=z if z.dtype in (np.uint8, np.float32) else z.astype(np.float32), showscale=bool(bar))
        if low is None and high is None and tones == "two-sided":
            known = np.abs(z[np.isfinite(z)])
            high = float(known.max()) if known.size and known.max() > 0 else 1.0
            low = -high
        trace |= {"zmin": low, "zmax": high, "colorscale": scale(tones, self.style)}
        if bar:
            trace["colorbar"] = {"thickness": 12, "title": {"text": self.say(bar, values)}}
        if click:
            trace["meta"] = {"cell": list(click)}
        if smooth:
            trace["zsmooth"] = "best"
        if np.ndim(numbers) == 2:
            trace |= {"text": [[str(cell) for cell in row] for row in np.asarray(numbers)], "texttemplate": "%{text}"}
        elif numbers:
            said = [[filled(numbers, {"value": float(cell)}) for cell in row] for row in z]
            trace |= {"text": said, "texttemplate": "%{text}"}
        if "texttemplate" in trace:
            trace["textfont"] = {"size": size}
        if hover is False:
            trace["hoverinfo"] = "skip"
        elif isinstance(hover, str):
            trace["hovertemplate"] = self.say(hover, values) + "<extra></extra>"
        self._lay(trace, "x", x, z.shape[1], columns, reverse=False)
        self._lay(trace, "y", y, z.shape[0], rows, reverse=(y is None) if top is None else top)
        if square and not self.y.square:
            self.y = self.y.but(square=True)
            self.x = self.x.but(square=False)
        self.add(trace)
        if outlined is not None:
            self.outline(outlined)
        if chosen is not None:
            self.outline([chosen], width=2.8, room=0.0)

    def _lay(self, trace: dict[str, Any], letter: str, given: Any, count: int, names: Any, *, reverse: bool) -> None:
        """Places, names and ends of a matrix's columns or rows; how an index becomes a value of the axis."""
        if isinstance(given, tuple) and len(given) == 2:
            start, step = float(given[0]), float(given[1])
            trace |= {f"{letter}0": start, f"d{letter}": step}
        elif given is not None:
            places = np.asarray(given, float)
            trace[letter] = screen(places)
            start, step = float(places[0]), float((places[-1] - places[0]) / max(count - 1, 1)) or 1.0
        else:
            start, step = 0.0, 1.0
        ends = [start - step / 2, start + (count - 0.5) * step]
        axis = self.axis(letter)
        changes: dict[str, Any] = {"reverse": reverse or axis.reverse, "grid": False}
        if axis.low is None and axis.high is None and count:
            changes |= {"low": min(ends), "high": max(ends)}
        if names is not None:
            changes["ticks"] = {start + k * step: name for k, name in enumerate(names)}
        self._set(letter, axis.but(**changes))
        self.see(**{letter: np.array(ends)})
        where = lambda k: start + k * step  # noqa: E731
        self.cells = (where, self.cells[1]) if letter == "x" else (self.cells[0], where)

    def _set(self, letter: str, axis: Axis) -> None:
        if letter == "x":
            self.x = axis
        else:
            self.y = axis

    def contour(
        self, x: Any, y: Any, z: Any, levels: int | Sequence[float] = 10, who: Who = "quiet", *, width: float = 1.2,
        opacity: float = 1.0, dash: str = "solid", name: Text = "",
    ) -> None:  # fmt: skip
        """Lines of equal height of z (rows along y, columns along x); `levels` how many, or at which heights."""
        z = np.asarray(z, float)
        known = z[np.isfinite(z)]
        if isinstance(levels, int):
            levels = np.linspace(known.min(), known.max(), levels + 2)[1:-1].tolist() if known.size else []
        lines = [level_line(np.asarray(x, float), np.asarray(y, float), z, level) for level in levels]
        both = np.concatenate(lines, 1) if lines else np.zeros((2, 0))
        self.curve(both[0], both[1], who, width=width, opacity=opacity, dash=dash, name=name, hover=False)

    def image(
        self, pixels: Any, *, x: Any = None, y: Any = None, tones: Any = "grey", low: float = 0.0, high: float = 255.0
    ) -> None:
        """A picture (height, width) in tones, or (height, width, 3) in colours of 0..255; the axes count its pixels."""
        pixels = np.asarray(pixels)
        if pixels.ndim == 2:
            self.heat(pixels, x=x, y=y, low=low, high=high, tones=tones, top=True, square=True)
        else:
            trace: dict[str, Any] = {"type": "image", "z": pixels.astype(np.uint8), "hoverinfo": "skip"}
            self._lay(trace, "x", x, pixels.shape[1], None, reverse=False)
            self._lay(trace, "y", y, pixels.shape[0], None, reverse=True)
            self.y = self.y.but(square=True)
            self.add(trace)
        self.x, self.y = self.x.but(hidden=True), self.y.but(hidden=True)

    def tiles(
        self, images: Any, columns: int, *, tones: Any = "grey", low: float = 0.0, high: float = 255.0, gap: float = 0.1,
        pale: Any = None, chosen: int | None = None, titles: Sequence[str] = (),
    ) -> None:  # fmt: skip
        """Images (n, height, width) in a grid, rows from the top; the axes count tiles, so `.click("column", "row")` tells which.

        Args:
            gap: between tiles, as a share of a tile. pale: bool (n,), tiles that are drawn pale. chosen: one with a frame.
        """
        images = np.asarray(images, np.float32)
        count, height, width = images.shape
        if pale is not None:
            images = np.where(np.asarray(pale)[:, None, None], low + 0.25 * (images - low), images)
        rows, between = max(-(-count // columns), 1), max(1, round(min(height, width) * gap))
        tall, wide = height + between, width + between
        canvas = np.full((rows * columns, tall, wide), np.nan, np.float32)
        canvas[:count, :height, :width] = images
        laid = canvas.reshape(rows, columns, tall, wide).transpose(0, 2, 1, 3).reshape(rows * tall, columns * wide)
        trace = heatmap(z=laid, zmin=low, zmax=high, colorscale=scale(tones, self.style), showscale=False, hoverinfo="skip")
        trace |= {"x0": 0.5 / wide, "dx": 1 / wide, "y0": 0.5 / tall, "dy": 1 / tall}
        self.x = self.x.but(low=0.0, high=float(columns), hidden=True)
        self.y = self.y.but(low=0.0, high=float(rows), hidden=True, reverse=True, square=True)
        self.sheet.layout.setdefault("ratios", {})[self.number] = tall / wide
        self.add(trace)
        if chosen is not None:
            row, column = divmod(chosen, columns)
            stroke = {"color": self.color("mark"), "width": 2.5}
            self.shape("rect", column, column + width / wide, row, row + height / tall, line=stroke)
        for k, words in enumerate(titles):
            row, column = divmod(k, columns)
            self.text(column + 0.5 * width / wide, row + 1, "{words}", "quiet", size=12, side="center", up="above", words=words)

    # ---- places that move

    def arrows(
        self, x: Any, y: Any, u: Any, v: Any, who: Who = "measured", *, size: float = 1.0, width: float = 1.6, head: float = 7.0,
        name: Text = "",
    ) -> None:  # fmt: skip
        """Arrows from (x, y) to (x + size u, y + size v); `head` is the length of their heads in pixels."""
        x, y, u, v = (np.asarray(part, float).ravel() for part in (x, y, u, v))
        ends = (x + size * u, y + size * v)
        self.see(np.concatenate([x, ends[0]]), np.concatenate([y, ends[1]]))

        def draw() -> None:
            """Heads have the same size and angle on the screen, whatever the axes."""
            (left, right), (bottom, top) = self.span("x"), self.span("y")
            unit = np.array([self.pixels("x") / (right - left), self.pixels("y") / (top - bottom)])
            if self.x.square or self.y.square:
                unit[:] = unit.min()
            along = np.stack([ends[0] - x, ends[1] - y], 1) * unit
            length = np.hypot(along[:, 0], along[:, 1])
            angle = np.arctan2(along[:, 1], along[:, 0])
            short = np.minimum(head, 0.45 * length)
            tips = np.stack(ends, 1)
            barbs = [
                tips + np.stack([short * np.cos(angle + turn), short * np.sin(angle + turn)], 1) / unit
                for turn in (2.62, -2.62)
            ]
            gap = np.full_like(tips, np.nan)
            path = np.stack([np.stack([x, y], 1), tips, barbs[0], tips, barbs[1], gap], 1).reshape(-1, 2)
            self.curve(path[:, 0], path[:, 1], who, width=width, name=name, hover=False)

        self.later.append(draw)

    def ellipses(
        self, centres: Any, shapes: Any, who: Who = "measured", *, size: float = 1.0, metric: bool = False, corners: int = 25,
        width: float = 1.4, dash: str = "", name: Text = "",
    ) -> None:  # fmt: skip
        """Ellipses round centres (n, 2) as one curve.

        Args:
            shapes: radii (n, 2) along the axes; or matrices (n, 2, 2): covariances, of which `size` standard deviations are drawn;
                with `metric`, metrics G, of which {u : uᵀGu = size²} is drawn.
        """
        centres, shapes = np.reshape(np.asarray(centres, float), (-1, 2)), np.asarray(shapes, float)
        angle = np.linspace(0, 2 * np.pi, corners)
        circle = np.stack([np.cos(angle), np.sin(angle)])
        if shapes.ndim < 3:
            outline = size * np.reshape(shapes, (-1, 2))[:, :, None] * circle
        else:
            lengths, directions = np.linalg.eigh(shapes)
            radii = np.sqrt(np.maximum(lengths, 1e-12))
            outline = directions @ (size * (1 / radii if metric else radii)[:, :, None] * circle)
        gap = np.full((len(centres), 1), np.nan)
        x, y = (np.hstack([centres[:, k : k + 1] + outline[:, k], gap]).ravel() for k in range(2))
        self.curve(x, y, who, width=width, dash=dash, name=name, hover=False)

    def paths(
        self, ways: Any, who: Who = "measured", *, recent: int | None = None, start: bool = True, width: float = 2.4, end: Text = "",
        symbol: str = "circle", size: float = 10, name: Text = "", **values: Any,
    ) -> None:  # fmt: skip
        """Ways (steps, 2), or several (n, steps, 2), with their past: what is older than `recent` steps is pale; a dot where each is.

        `start` marks where it began with a ring, `end` names it at its dot.
        """
        ways = np.asarray(ways, float)
        for way in ways[None] if ways.ndim == 2 else ways:
            known = way[np.isfinite(way).all(1)]
            if not len(known):
                continue
            now = known if recent is None else known[-recent - 1 :]
            if len(now) < len(known):
                past = known[: len(known) - len(now) + 1]
                self.curve(past[:, 0], past[:, 1], who, width=0.6 * width, opacity=0.4, hover=False)
            self.curve(now[:, 0], now[:, 1], who, width=width, name=name, hover=False, **values)
            if start:
                self.dots(known[:1, 0], known[:1, 1], who, size=0.8 * size, hollow=True, hover=False)
            self.dots(known[-1:, 0], known[-1:, 1], who, size=size, symbol=symbol, name=name, label=end, **values)

    def shade_of(self, who: Who, opacity: float = 0.3) -> str:
        """A translucent colour of somebody."""
        return fade(self.color(who), opacity)


def level_line(x: np.ndarray, y: np.ndarray, z: np.ndarray, level: float) -> np.ndarray:
    """Where z crosses a level, as separate short segments (2, 3 n): two ends and a gap each (marching squares).

    Args:
        x, y: places of the columns and rows. z: (rows, columns); cells with a corner that is not a number have no line.
    """
    corners = np.stack([z[:-1, :-1], z[:-1, 1:], z[1:, 1:], z[1:, :-1]])  # round the cell
    above = corners > level
    code = (above * np.array([1, 2, 4, 8])[:, None, None]).sum(0)
    code = np.where(np.isfinite(corners).all(0), code, 0)
    row, column = np.nonzero((code > 0) & (code < 15))
    if not len(row):
        return np.zeros((2, 0))
    code, value = code[row, column], corners[:, row, column]
    px = np.stack([x[column], x[column + 1], x[column + 1], x[column]])
    py = np.stack([y[row], y[row], y[row + 1], y[row + 1]])
    with np.errstate(all="ignore"):
        crossing = []
        for a, b in ((0, 1), (1, 2), (2, 3), (3, 0)):
            share = (level - value[a]) / (value[b] - value[a])
            crossing.append(np.stack([px[a] + share * (px[b] - px[a]), py[a] + share * (py[b] - py[a])]))
    pieces = []
    for k, pairs in _EDGES.items():
        for first, second in pairs:
            mine = code == k
            if mine.any():
                ends = np.stack([crossing[first][:, mine], crossing[second][:, mine]], 2)
                pieces.append(np.concatenate([ends, np.full((2, mine.sum(), 1), math.nan)], 2).reshape(2, -1))
    return np.concatenate(pieces, 1)


_EDGES = {  # which edges of a cell a line joins, by which of its corners are above
    1: ((3, 0),), 2: ((0, 1),), 3: ((3, 1),), 4: ((1, 2),), 5: ((3, 0), (1, 2)), 6: ((0, 2),), 7: ((3, 2),),
    8: ((2, 3),), 9: ((2, 0),), 10: ((0, 1), (2, 3)), 11: ((2, 1),), 12: ((1, 3),), 13: ((1, 0),), 14: ((0, 3),),
}  # fmt: skip
