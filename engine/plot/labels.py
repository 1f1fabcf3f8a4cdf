"""Words on a picture: direct labels that keep apart, thresholds with their names, headings, remarks in corners."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

TAG = re.compile(r"<[^>]*>")
LINE = 1.25  # height of a line in font sizes
TALL = 0.92  # of a line's height must be free between two labels: letters fill less


def as_written(text: str) -> str:
    """A person's own text as a label that shows it as it was written: nothing in it is markup or an entity."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


@lru_cache(maxsize=2048)
def width_of(text: str, size: float) -> float:
    """About how wide a text is, in pixels: its widest line."""
    return max((sum(_advance(letter) for letter in TAG.sub("", line)) for line in text.split("<br>")), default=0.0) * size


def height_of(text: str, size: float) -> float:
    """How high a text is, in pixels."""
    return (text.count("<br>") + 1) * LINE * size


def _advance(letter: str) -> float:
    if letter.isascii():
        return 0.3 if letter in " .,:;|il'!()[]" else 0.66 if letter.isupper() or letter in "mw%@" else 0.53
    if unicodedata.combining(letter):
        return 0.0
    return 1.0 if unicodedata.east_asian_width(letter) in "WF" else 0.58


@dataclass(frozen=True)
class Label:
    """A direct label: where it wants to stand (values of the axes), and whether it stands outside, at the right of the panel."""

    x: float
    y: float
    text: str
    color: str
    size: float = 14.0
    side: str = "right"  # of the point: "right", "left", "above", "below"
    owner: str = ""  # the name of the curve that it names: an overlay of two runs names its curves otherwise


def apart(middles: Sequence[float], heights: Sequence[float], low: float, high: float) -> list[float]:
    """Where labels of these heights stand so that none covers another, as near to their wanted middles as can be.

    In their order, all between `low` and `high`; the sum of squares of the displacements is least (isotonic regression: neighbours
    in conflict are pooled and share their mean). Where there is no room for all, they share what there is evenly.

    Args:
        middles: wanted middles, ascending along the axis.
        heights: of each label, in the same unit.

    Returns:
        middles, in the given order.
    """
    order = sorted(range(len(middles)), key=lambda k: middles[k])
    if not order:
        return []
    gaps = [0.0, *((heights[a] + heights[b]) / 2 for a, b in pairwise(order))]
    first, last = heights[order[0]] / 2, heights[order[-1]] / 2
    room = high - low - first - last
    if sum(gaps) > room > 0:
        gaps = [gap * room / sum(gaps) for gap in gaps]
    before = 0.0
    offsets, blocks = [], []
    for gap, k in zip(gaps, order, strict=True):
        before += gap
        offsets.append(before)
        blocks.append([middles[k] - before, 1])
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            mean, size = blocks.pop()
            total = blocks[-1][1] + size
            blocks[-1] = [(blocks[-1][0] * blocks[-1][1] + mean * size) / total, total]
    least, most = low + first, high - last - before
    placed = [0.0] * len(order)
    starts = [mean for mean, size in blocks for _ in range(int(size))]
    for k, start, offset in zip(order, starts, offsets, strict=True):
        placed[k] = max(min(start, most), least) + offset
    return placed


def columns(spans: Sequence[tuple[float, float]]) -> list[list[int]]:
    """Which labels could cover each other: indices whose horizontal extents (left, right) touch, directly or through others."""
    groups: list[list[int]] = []
    end = float("-inf")
    for k in sorted(range(len(spans)), key=lambda k: spans[k][0]):
        if spans[k][0] < end:
            groups[-1].append(k)
        else:
            groups.append([k])
        end = max(end, spans[k][1])
    return groups
