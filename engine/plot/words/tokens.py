"""Text as strips of tokens: background by a number, spans, brackets, arcs between places, bars of tags, true and predicted rows."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from engine.core.picture import bar, heatmap, scatter
from engine.plot.axes import HIDDEN
from engine.plot.cast import Text, Who, scale
from engine.plot.labels import as_written, width_of
from engine.plot.words.fields import Fields

SHOWN = {" ": "␣", "\n": "⏎", "\t": "⇥", "\r": "⏎", "": "∅"}
JOINER, SIZE = "\u200d", 15.0
Span = tuple[int, int, str, Who]  # first token, the one after the last, a template, a colour


def letters(text: str) -> list[str]:
    """The characters of a text as a reader counts them: marks, joined emoji and flags stay with what they belong to."""
    found: list[str] = []
    for letter in text:
        extends = (
            unicodedata.combining(letter)
            or unicodedata.category(letter) in ("Mn", "Me", "Mc")
            or letter == JOINER
            or 0xFE00 <= ord(letter) <= 0xFE0F  # variation selectors
            or 0x1F3FB <= ord(letter) <= 0x1F3FF  # skin tones
            or (found and found[-1].endswith(JOINER))
            or (found and _flag(letter) and len(found[-1]) == 1 and _flag(found[-1]))
        )
        if extends and found:
            found[-1] += letter
        else:
            found.append(letter)
    return found


def _flag(letter: str) -> bool:
    return 0x1F1E6 <= ord(letter) <= 0x1F1FF


def leftward(tokens: Sequence[str]) -> bool:
    """Whether a text runs from right to left: most of its letters that have a direction do."""
    ways = [unicodedata.bidirectional(letter) for token in tokens for letter in token]
    return sum(way in ("R", "AL") for way in ways) > sum(way == "L" for way in ways)


def shown(token: str) -> str:
    """A token as it is written on a picture: blanks can be seen, and nothing in it is markup."""
    return SHOWN.get(token, as_written(token))


def cells(tokens: Sequence[str]) -> list[float]:
    """How wide each token's cell is where they are not even, in widths of an m."""
    return [max(width_of(token, 1.0) + 0.7, 1.2) for token in tokens]


def lines(tokens: Sequence[str], most: float, balanced: bool = False) -> list[slice]:
    """Tokens in lines of cells at most so wide in all, each filled; `balanced`: in no more lines, all about as long."""
    wide = cells(tokens)
    cuts = _filled(wide, most)
    if balanced:
        tries = (_filled(wide, less) for less in np.linspace(sum(wide) / max(len(cuts), 1), most, 12).tolist())
        cuts = next((tried for tried in tries if len(tried) <= len(cuts)), cuts)
    return [slice(a, b) for a, b in pairwise([*cuts, len(wide)])]


def within(part: slice, spans: Iterable[tuple[int, int, str, Who]]) -> list[Span]:
    """Spans given by their first and last token, as far as they reach into a line, as `.tokens` takes them there."""
    return [
        (max(first, part.start) - part.start, min(last + 1, part.stop) - part.start, said, who)
        for first, last, said, who in spans
        if first < part.stop and last >= part.start
    ]


def _filled(wide: Sequence[float], most: float) -> list[int]:
    """Where lines begin that are filled up to `most`; none without cells."""
    cuts, length = [0] if wide else [], 0.0
    for k, own in enumerate(wide):
        if k > cuts[-1] and length + own > most:
            cuts.append(k)
            length = 0.0
        length += own
    return cuts


class Tokens(Fields):
    """A word of a panel: `.tokens`."""

    row = 0.0  # where the next strip begins, downwards; a view may leave more room above it

    def tokens(
        self,
        tokens: str | Sequence[Any],
        *,
        name: Text = "",
        who: Who = "text",
        by: Any = None,
        tones: Any = "measured",
        low: float | None = None,
        high: float | None = None,
        inks: Sequence[Who] | None = None,
        wrong: Any = None,
        spans: Sequence[Span] = (),
        brackets: Sequence[Span] = (),
        arcs: Sequence[tuple[Any, ...]] = (),
        bars: Any = None,
        bar_inks: Sequence[Who] = ("measured",),
        even: bool | None = None,
        chosen: int | None = None,
        bar: Text = "",
        hover: bool = True,
        click: str = "",
        **values: Any,
    ) -> None:
        """A strip of tokens; the next call puts its strip below, on the same places (true above, predicted below).

        Args:
            tokens: a text, which is cut into characters, or tokens (words, numbers).
            name: of the strip, at its left, in the colour of `who`.
            by: a number per token, shown as background in `tones` between `low` and `high`; `bar` titles a colour bar.
            inks: a colour per token instead.
            wrong: bool per token: crossed out by a line.
            spans: (first, after the last, text, colour): a tinted frame with its name above.
            brackets: the same, as brackets below.
            arcs: (from, to, weight 0..1, colour) above the strip, as wide as their weight; weight and colour may be left out.
            bars: (tokens,) or (tags, tokens): bars of 0..1 below, a token's tags beside each other in `bar_inks`.
            chosen: a token with a frame. click: the parameter that a click sets to the token's number, from 0.
            even: whether all are equally wide (characters are), or each as wide as its word.
        """
        given = letters(tokens) if isinstance(tokens, str) else [str(token) for token in tokens]
        count = len(given)
        even = isinstance(tokens, str) if even is None else even
        wide = np.ones(count) if even else np.array(cells(given))
        edges = np.concatenate([[0.0], np.cumsum(wide)]) - 0.5
        middles = (edges[1:] + edges[:-1]) / 2
        if arcs:
            self.row -= 1.6
        if any(text for _, _, text, _ in spans):
            self.row -= 0.45
        top, bottom = self.row, self.row - 1.0
        self._strip(given, edges, bottom + 0.5, by, tones, low, high, inks, bar, hover, click, values)
        if leftward(given):
            self.x = self.x.but(reverse=True)
        if name:
            side = "left" if not self.x.reverse else "right"
            self.note(0, bottom + 0.5, self.say(name, values), self.color(who), 14, xref="x domain", xanchor="right", xshift=-6)
            self.margin_left = max(self.margin_left, width_of(self.say(name, values), 14) + 14 if side else 0.0)
        if wrong is not None:
            gone = np.flatnonzero(np.asarray(wrong, bool))
            gap = np.full(len(gone), np.nan)
            x = np.stack([edges[gone] + 0.15, edges[gone + 1] - 0.15, gap], 1).ravel()
            y = np.stack([np.full(len(gone), bottom + 0.2), np.full(len(gone), top - 0.2), gap], 1).ravel()
            self.curve(x, y, "second", width=2, hover=False)
        if chosen is not None and 0 <= chosen < count:
            stroke = {"color": self.color("mark"), "width": 2.8}
            self.shape("rect", edges[chosen], edges[chosen + 1], bottom, top, line=stroke)
        for first, after, text, ink in spans:
            look: dict[str, Any] = {"fillcolor": self.shade_of(ink, 0.16), "line": {"color": self.color(ink), "width": 1.6}}
            self.shape("rect", edges[first] + 0.04, edges[after] - 0.04, bottom + 0.04, top - 0.04, **look)
            if text:
                self.text((edges[first] + edges[after]) / 2, top, text, ink, size=12, side="center", up="above", **values)
        self._arcs(arcs, middles, top)
        self.row = self._brackets(brackets, edges, bottom, values)
        if bars is not None:
            self._bars(np.atleast_2d(np.asarray(bars, float)), middles, wide, bar_inks)
        self.row -= 0.25
        self._ends(edges)

    margin_left = 0.0

    def _strip(
        self, given: list[str], edges: np.ndarray, middle: float, by: Any, tones: Any, low: Any, high: Any, inks: Any, bar: str,
        hover: bool, click: str, values: dict[str, Any],
    ) -> None:  # fmt: skip
        style, count = self.style, len(given)
        numbers = np.zeros(count) if by is None else np.asarray(by, float)
        steps = [[0.0, style.grid], [1.0, style.grid]] if by is None and inks is None else scale(tones, style)
        if inks is not None:
            kinds = list(dict.fromkeys(inks))
            numbers, low, high = np.array([float(kinds.index(ink)) for ink in inks]), -0.5, len(kinds) - 0.5
            shades = [self.color(ink) for ink in kinds]
            steps = [pair for k, s in enumerate(shades) for pair in ([k / len(kinds), s], [(k + 1) / len(kinds), s])]
        if by is not None and low is None and high is None:
            known = numbers[np.isfinite(numbers)]
            low, high = (float(known.min(initial=0.0)), float(known.max(initial=0.0))) if known.size else (0.0, 1.0)
            high = high if high > low else low + 1.0
        trace = heatmap(z=numbers[None].astype(np.float32), x=edges, y=[middle - 0.5, middle + 0.5], xgap=1.5, ygap=1.5)
        trace |= {"zmin": 0.0 if low is None else low, "zmax": 1.0 if high is None else high, "colorscale": steps}
        trace |= {"text": [[shown(token) for token in given]], "texttemplate": "%{text}", "textfont": {"size": SIZE}}
        trace |= {"showscale": bool(bar), "meta": {"tokens": True} | ({"cell": [None, click]} if click else {})}
        if bar:
            trace["colorbar"] = {"thickness": 12, "title": {"text": self.say(bar, values)}}
        if hover and by is not None:
            trace["hovertemplate"] = "%{z:.3g}<extra></extra>"
        else:
            trace["hoverinfo"] = "skip"
        self.add(trace)

    def _arcs(self, arcs: Sequence[tuple[Any, ...]], middles: np.ndarray, top: float) -> None:
        """Arches over the strip, the farther the higher; one trace whose stretches have widths and colours of their own."""
        if not arcs:
            return
        full = [(*arc, *(1.0, "measured")[len(arc) - 2 :]) if len(arc) < 4 else arc for arc in arcs]
        turn = np.linspace(0, np.pi, 17)
        reach = max(abs(middles[int(b)] - middles[int(a)]) for a, b, *_ in full) or 1.0
        x, y = [], []
        for a, b, *_ in full:
            left, right = middles[int(a)], middles[int(b)]
            height = 1.35 * (0.3 + 0.7 * abs(right - left) / reach) if a != b else 0.4
            x.append([*((left + right) / 2 - (right - left) / 2 * np.cos(turn)), np.nan])
            y.append([*(top + 0.1 + height * np.sin(turn)), np.nan])
        widths = [0.8 + 4.2 * float(min(max(weight, 0.0), 1.0)) for _, _, weight, _ in full]
        trace = scatter(x=np.ravel(x).astype(np.float32), y=np.ravel(y).astype(np.float32), mode="lines", hoverinfo="skip")
        trace |= {"line": {"color": self.color(full[0][3]), "width": 2}, "name": ""}
        self.add(trace | {"meta": {"widths": widths, "colors": [self.color(arc[3]) for arc in full]}})

    def _brackets(self, brackets: Sequence[Span], edges: np.ndarray, bottom: float, values: dict[str, Any]) -> float:
        """Brackets below a strip, those that overlap in further rows; where the next thing may begin."""
        rows: list[int] = []  # of each row, the token after its last
        for first, after, text, ink in sorted(brackets, key=lambda span: (span[0], -span[1])):
            row = next((k for k, end in enumerate(rows) if end <= first), len(rows))
            rows[row:] = [after, *rows[row + 1 :]]
            y = bottom - 0.1 - 0.7 * row
            left, right = edges[first] + 0.1, edges[after] - 0.1
            self.curve([left, left, right, right], [y, y - 0.15, y - 0.15, y], ink, width=1.8, hover=False)
            if text:
                self.text((left + right) / 2, y - 0.17, text, ink, size=12, side="center", up="below", **values)
        return bottom - 0.75 * len(rows)

    def _bars(self, bars: np.ndarray, middles: np.ndarray, wide: np.ndarray, inks: Sequence[Who]) -> None:
        base, part = np.full(bars.shape[1], self.row - 1.15), 0.8 * wide / len(bars)
        for k, (tag, ink) in enumerate(zip(np.nan_to_num(bars), inks, strict=False)):
            beside = middles + (k - (len(bars) - 1) / 2) * part
            trace = bar(x=beside, y=tag.astype(np.float32), base=base, width=0.95 * part, marker={"color": self.color(ink)})
            self.add(trace | {"hoverinfo": "skip"})
        self.sheet.layout["barmode"] = "overlay"
        self.row -= 1.2

    def _ends(self, edges: np.ndarray) -> None:
        """The axes just hold what there is."""
        low, high = float(edges[0]), max(float(edges[-1]), float(edges[0]) + 1)
        if self.x.high is not None:
            high = max(high, self.x.high)
        self.x = HIDDEN.but(low=low, high=high, reverse=self.x.reverse)
        self.y = HIDDEN.but(low=min(self.row, -1.0), high=0.05)
