"""Marks: curves, theory, bands, points, bars, histograms with their law, error bars, scalars over time."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import numpy as np

from engine.core.picture import bar, scatter
from engine.plot.axes import WIDTH
from engine.plot.cast import PLOTLY, Member, Text, Who, fade, filled, scale, spoken
from engine.plot.labels import Label
from engine.plot.words.notes import Notes

COLUMNS = int(WIDTH)  # pixel columns of the nominal figure: a curve needs two points in each
LONG = 8 * COLUMNS  # points: below, thinning would save nothing, since curves over the same steps share their x
DASHES = {"theory": "dash"}


Columns = tuple[np.ndarray, np.ndarray]  # where each pixel column begins, and the column of every point


def columns_of(x: np.ndarray) -> Columns | None:
    """The pixel columns of the nominal figure that a curve's points fall into; None for one that is short or goes back in x."""
    if len(x) <= LONG or not x[-1] > x[0] or not (x[1:] >= x[:-1]).all():
        return None
    column = np.minimum(COLUMNS * ((x - x[0]) / (x[-1] - x[0])), COLUMNS - 1).astype(int)
    starts = np.flatnonzero(np.diff(column, prepend=-1))
    return starts, np.repeat(np.arange(len(starts)), np.diff(starts, append=len(x)))


def thin(x: np.ndarray, y: np.ndarray, columns: Columns | None) -> tuple[np.ndarray, np.ndarray]:
    """The same curve with two points in every pixel column, its lowest and highest, and its ends. Gaps (nan) stay gaps."""
    if columns is None:
        return x, y
    starts, place = columns
    keep = np.zeros(len(x), bool)
    keep[0] = keep[-1] = True
    gap = np.isnan(y)
    for fill, extreme in ((math.inf, np.minimum), (-math.inf, np.maximum)):
        known = np.where(gap, fill, y)
        found = np.flatnonzero(known == extreme.reduceat(known, starts)[place])
        keep[found[np.flatnonzero(np.diff(place[found], prepend=-1))]] = True
    keep[1:] |= gap[1:] & ~gap[:-1]  # where a gap begins
    return x[keep], y[keep]


def screen(values: Any) -> np.ndarray:
    """Numbers as the screen can show them: float32."""
    array = np.asarray(values)
    if array.dtype.kind not in "fiub" or array.dtype == np.float32:
        return array
    with np.errstate(over="ignore"):
        return array.astype(np.float32)


class Marks(Notes):
    """Words of a panel: `.curve` `.theory` `.band` `.dots` `.bars` `.histogram` `.errors` `.over_time`."""

    def curve(
        self,
        x: Any,
        y: Any,
        who: Who = "measured",
        *,
        name: Text = "",
        end: Text = "",
        dash: str = "",
        width: float = 2.5,
        opacity: float = 1.0,
        points: float = 0,
        symbol: str = "circle",
        fill: Literal["", "zero", "previous"] = "",
        veil: float = 0.15,
        hover: Text | bool = True,
        key: Any = None,
        size: float = 14,
        outside: bool = False,
        uid: str = "",
        **values: Any,
    ) -> None:
        """A curve; measurement is solid.

        Args:
            who: whose it is: colour, dash and name.
            name: in tooltip and legend; that of `who`, or the label's where empty.
            end: a direct label at its last point, kept apart from all others of the panel; `outside` puts it at the right edge
                of the panel wherever the curve ends.
            points: size of markers on its points; 0 for none.
            fill: shade the area to zero, or to the curve drawn before this one; `veil` is its opacity.
            hover: False for no tooltip, or a text for it: values that are arrays are taken point by point.
            key: what a click on it sets the parameter of `.click(parameter)` to: one value, or one per point.
            values: of the templates; {name} is the name of `who`.
        """
        shade = self.color(who)
        values = self._named(who, values)
        x, y = np.asarray(x, float).ravel(), np.asarray(y, float).ravel()
        known = np.flatnonzero(np.isfinite(x + y))
        speaks = isinstance(hover, str)
        thinned = (x, y) if speaks or np.ndim(key) else thin(x, y, self._columns(x))
        trace = scatter(x=screen(thinned[0]), y=screen(thinned[1]), mode="lines", line=self._stroke(who, dash, width))
        if points or len(known) == 1:
            trace |= {"mode": "lines+markers", "marker": {"color": shade, "size": points or width + 3, "symbol": symbol}}
        if opacity < 1:
            trace["opacity"] = opacity
        if fill:
            trace |= {"fill": "tozeroy" if fill == "zero" else "tonexty", "fillcolor": fade(shade, veil)}
        if uid:
            trace["uid"] = uid
        label = ""
        if end and len(known):
            label = self.say(end, {k: (v[known[-1]] if _per_point(v, len(x)) else v) for k, v in values.items()})
        self._speak(trace, who, name, label, hover, key, values, len(thinned[0]))
        self._seen["x"].append(x)
        self._seen["y"].append(y)
        self.add(trace)
        if label:
            at = math.inf if outside else float(x[known[-1]])
            self.labels.append(Label(at, float(y[known[-1]]), label, shade, size, owner=trace["name"]))

    def theory(self, x: Any, y: Any, who: Who = "theory", *, dash: str = "dash", width: float = 2.0, **more: Any) -> None:
        """A closed form: dashed. Takes what `.curve` takes."""
        self.curve(x, y, who, dash=dash, width=width, **more)

    def band(
        self, x: Any, low: Any, high: Any, who: Who = "measured", *, veil: float = 0.18, middle: Any = None, **more: Any
    ) -> None:
        """The area between two curves (mean ± uncertainty), with the `middle` as a curve (which takes the other words)."""
        for side, fill in ((low, ""), (high, "previous")):
            self.curve(x, side, who, width=0, fill=fill, veil=veil, hover=False)  # type: ignore[arg-type]
        if middle is not None:
            self.curve(x, middle, who, **more)

    def dots(
        self,
        x: Any,
        y: Any,
        who: Who | Sequence[Who] = "measured",
        *,
        size: Any = 7,
        symbol: Any = "circle",
        hollow: bool = False,
        ring: Who | None = None,
        opacity: float = 1.0,
        by: Any = None,
        tones: Any = None,
        limits: tuple[float, float] | None = None,
        bar: Text = "",
        letters: Sequence[str] | None = None,
        name: Text = "",
        label: Text = "",
        hover: Text | bool = True,
        key: Any = None,
        side: str = "right",
        **values: Any,
    ) -> None:
        """Points, of one colour, of one each (`who` a list), or coloured by numbers.

        Args:
            by: numbers (one per point) that give the colour on the scale `tones` (see `cast.scale`; a list of [share, colour]
                pairs; or a list of `Who`, one per value 0, 1, 2 ...) between `limits`; `bar` titles its colour bar.
            letters: short texts, one in (or, with `size=0`, instead of) every point.
            label: a direct label of the last point, kept apart from all others.
        """
        one = who if isinstance(who, Member | str | int) else "text"
        x, y = np.atleast_1d(np.asarray(x, float)), np.atleast_1d(np.asarray(y, float))
        marker: dict[str, Any] = {"size": size, "symbol": f"{symbol}-open" if hollow else symbol}
        marker["color"] = self.color(one) if one is who else [self.color(w) for w in who]  # type: ignore[union-attr]
        if opacity < 1:
            marker["opacity"] = opacity
        if hollow:
            marker["line"] = {"color": marker["color"], "width": 2.5}
        if ring is not None:
            marker["line"] = {"color": self.color(ring), "width": 2}
        if by is not None:
            marker |= self._shades(by, tones, limits, bar)
        values = self._named(one, values)
        trace = scatter(x=screen(x), y=screen(y), mode="markers", marker=marker)
        if letters is not None:
            trace |= {"mode": "markers+text" if np.any(np.asarray(size) > 0) else "text", "text": list(letters)}
            ink = self.style.background if np.any(np.asarray(size) > 9) else self.color(one)
            trace |= {"textposition": "middle center", "textfont": {"color": ink, "size": 13}}
        self._speak(trace, one, name, "", hover, key, values, len(x))
        self.see(x, y)
        self.add(trace)
        if label and len(x) and np.isfinite(x[-1] + y[-1]):
            last = {k: (v[-1] if _per_point(v, len(x)) else v) for k, v in values.items()}
            self.labels.append(Label(float(x[-1]), float(y[-1]), self.say(label, last), self.color(one), side=side))

    def bars(
        self,
        x: Any,
        y: Any,
        who: Who | Sequence[Who] = "measured",
        *,
        width: float = 0.7,
        base: Any = None,
        across: bool = False,
        opacity: float = 1.0,
        law: Any = None,
        text: Text = "",
        name: Text = "",
        hover: Text | bool = True,
        key: Any = None,
        group: tuple[int, int] | None = None,
        **values: Any,
    ) -> None:
        """Bars at their places (upright, or lying with `across`: x are then the lengths' places on the y axis).

        Args:
            width: of a bar, in values of the axis.
            law: what theory says of each, drawn as a dash across the bar.
            text: written at the end of every bar; {value} is its height, arrays are taken bar by bar.
            group: (k, n) draws the k-th of n sets beside each other.
        """
        one = who if isinstance(who, Member | str | int) else "measured"
        at, tall = np.atleast_1d(np.asarray(x, float)), np.atleast_1d(np.asarray(y, float))
        if group:
            width = width / group[1]
            at = at + (group[0] - (group[1] - 1) / 2) * width
        shades = self.color(one) if one is who else [self.color(w) for w in who]  # type: ignore[union-attr]
        marker: dict[str, Any] = {"color": shades}
        if opacity < 1:
            marker["opacity"] = opacity
        places, lengths = screen(at), screen(tall)
        trace = bar(x=lengths if across else places, y=places if across else lengths, width=width, marker=marker)
        if across:
            trace["orientation"] = "h"
        if base is not None:
            trace["base"] = base
        self.sheet.layout["barmode"] = "overlay"
        values = self._named(one, values)
        self._speak(trace, one, name, "", hover, key, values, len(at))
        edges = np.array([at.min() - width / 2, at.max() + width / 2]) if len(at) else at
        reach = np.append(tall + (0 if base is None else np.asarray(base, float)), 0.0)
        self.see(reach, edges) if across else self.see(edges, reach)
        self.add(trace)
        if law is not None:
            self._dashes(at, np.broadcast_to(np.asarray(law, float), at.shape), width, across)
        for k in range(len(at)) if text else ():
            said = self.say(text, {"value": tall[k]} | {n: (v[k] if _per_point(v, len(at)) else v) for n, v in values.items()})
            up = "above" if tall[k] >= 0 else "below"
            if across:
                self.text(float(tall[k]), float(at[k]), "{said}", side="right" if tall[k] >= 0 else "left", size=13, said=said)
            elif math.isfinite(tall[k]):
                self.text(float(at[k]), float(tall[k]), "{said}", side="center", up=up, size=13, said=said)  # type: ignore[arg-type]

    def _dashes(self, at: np.ndarray, law: np.ndarray, width: float, across: bool) -> None:
        gap = np.full(len(at), np.nan)
        along = np.stack([at - 0.55 * width, at + 0.55 * width, gap], 1).ravel()
        level = np.stack([law, law, gap], 1).ravel()
        self.theory(*((level, along) if across else (along, level)), dash="", width=3, hover=False)  # each is a dash already

    def histogram(
        self,
        samples: Any,
        who: Who = "measured",
        *,
        bins: int | Sequence[float] = 40,
        low: float | None = None,
        high: float | None = None,
        law: Callable[[np.ndarray], Any] | tuple[Any, Any] | None = None,
        end: Text = "",
        name: Text = "",
        opacity: float = 0.55,
        **values: Any,
    ) -> None:
        """The density of samples as bars without gaps, and the `law` they should follow, dashed.

        Args:
            bins: how many, or their edges. low, high: the range; that of the samples where not given.
            law: a density as a function of x, or as (x, density).
            end: names the law.
        """
        known = np.asarray(samples, float).ravel()
        known = known[np.isfinite(known)]
        inner = (float(known.min()), float(known.max())) if known.size else (0.0, 1.0)
        ends = (inner[0] if low is None else low, inner[1] if high is None else high)
        if not isinstance(bins, int):
            edges = np.asarray(bins, float)
        else:
            edges = np.linspace(*ends, bins + 1) if ends[0] < ends[1] else np.linspace(ends[0] - 0.5, ends[0] + 0.5, bins + 1)
        if known.size:
            counts, _ = np.histogram(known, edges)
            density = counts / (known.size * np.diff(edges))
            middles = (edges[1:] + edges[:-1]) / 2
            self.bars(middles, density, who, width=float(np.diff(edges).mean()), opacity=opacity, name=name, **values)
        if law is not None:
            fine = np.linspace(edges[0], edges[-1], 200)
            x, y = law if isinstance(law, tuple) else (fine, law(fine))
            self.theory(x, y, end=end, hover=False, **values)

    def errors(
        self, x: Any, y: Any, deviation: Any, who: Who = "measured", *, line: bool = False, across: bool = False, size: float = 7,
        name: Text = "", end: Text = "", **values: Any,
    ) -> None:  # fmt: skip
        """Points with error bars: ± `deviation`, or (down, up); `line` joins them, `across` lays the bars along x."""
        x, y = np.atleast_1d(np.asarray(x, float)), np.atleast_1d(np.asarray(y, float))
        values = self._named(who, values)
        shade, deviation = self.color(who), np.asarray(deviation, float)
        bars: dict[str, Any] = {"type": "data", "color": shade, "thickness": 1.4, "width": 3}
        if deviation.shape == (2, len(x)) and len(x):
            down, up = deviation
            bars |= {"symmetric": False, "array": screen(up), "arrayminus": screen(down)}
        else:
            down = up = np.broadcast_to(deviation, x.shape)
            bars["array"] = screen(up)
        trace = scatter(
            x=screen(x), y=screen(y), mode="lines+markers" if line else "markers", marker={"color": shade, "size": size}
        )
        trace["error_x" if across else "error_y"] = bars
        if line:
            trace["line"] = self._stroke(who, "", 2)
        self._speak(trace, who, name, self.say(end, values), True, None, values, len(x))
        for reach in (-down, up):
            self.see(x + reach, y) if across else self.see(x, y + reach)
        self.add(trace)
        if end and len(x) and np.isfinite(x[-1] + y[-1]):
            self.labels.append(Label(float(x[-1]), float(y[-1]), self.say(end, values), shade))

    def over_time(
        self, scalar: str, who: Who = "measured", *, end: Text | None = None, least: float | None = None, **more: Any
    ) -> None:
        """A scalar of the run against the step, with its label at the end (that of `who` where `end` is not given).

        The panel becomes a time axis: hot changes are marked on it. `least` is the smallest value that is drawn (log axes).
        """
        if not self.x.title:
            self.x = self.x.but(title="step")
        steps, values = self.timeline.trace(scalar)
        if least is not None:
            values = np.maximum(values, least)
        named = "{name}" if isinstance(who, Member) else ""
        self.curve(steps, values, who, end=named if end is None else end, uid=scalar, outside=True, **more)

    # ---- shared by the marks

    def _columns(self, x: np.ndarray) -> Columns | None:
        """Of curves over the same steps, found once a picture."""
        kept, place = self.sheet.columns, (x.ctypes.data, len(x))
        if len(x) > LONG and place not in kept:
            kept[place] = (x, columns_of(x))  # the array stays alive, so its place is its own
        return kept[place][1] if place in kept else None

    def _named(self, who: Any, values: dict[str, Any]) -> dict[str, Any]:
        return {"name": who, **values} if isinstance(who, Member) else values

    def _stroke(self, who: Any, dash: str, width: float) -> dict[str, Any]:
        own = who.dash if isinstance(who, Member) else "solid"
        return {"color": self.color(who), "dash": dash or own, "width": width}

    def _shades(self, by: Any, tones: Any, limits: tuple[float, float] | None, title: Text) -> dict[str, Any]:
        numbers = np.asarray(by, float)
        if isinstance(tones, list | tuple) and tones and not isinstance(tones[0], list | tuple):
            steps = [[k / max(len(tones) - 1, 1), self.color(tone)] for k, tone in enumerate(tones)]
            shades: dict[str, Any] = {"cmin": 0, "cmax": max(len(tones) - 1, 1), "colorscale": steps}
        else:
            shades = {"colorscale": scale(tones or "measured", self.style)}
            if limits:
                shades |= {"cmin": float(limits[0]), "cmax": float(limits[1])}
        shades |= {"color": screen(numbers), "showscale": bool(title)}
        if title:
            shades["colorbar"] = {"thickness": 12, "title": {"text": self.say(title)}}
        return shades

    def _speak(
        self,
        trace: dict[str, Any],
        who: Any,
        name: Text,
        label: str,
        hover: Any,
        key: Any,
        values: Mapping[str, Any],
        count: int,
    ) -> None:
        """Name, tooltip and key of a trace."""
        fallback = who.name(self.style) if isinstance(who, Member) else label
        trace["name"] = (
            self.say(name, {k: v for k, v in values.items() if not _per_point(v, count)}) if name else fallback.strip()
        )
        if isinstance(hover, str):
            if PLOTLY.search(self.style.t(hover)):
                trace["hovertemplate"] = self.say(hover, values) + "<extra></extra>"
            else:
                each = {k: v for k, v in values.items() if _per_point(v, count)}
                rest = {k: spoken(v, self.style) for k, v in values.items() if k not in each}
                said, columns = self.style.t(hover), zip(*each.values(), strict=True) if each else ((),) * count
                trace["text"] = [filled(said, rest | dict(zip(each, point, strict=True))) for point in columns]
                trace["hoverinfo"] = "text+name"
        elif not hover:
            trace["hoverinfo"] = "skip"
        if key is not None:
            trace["customdata"] = [key] * count if isinstance(key, str) or not np.ndim(key) else np.asarray(key)


def _per_point(value: Any, count: int) -> bool:
    return isinstance(value, np.ndarray | list) and len(value) == count
