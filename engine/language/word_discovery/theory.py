"""Cut, backtrack and scores of new-word discovery, and the closed form of an unbroken word. No torch.

Equations are those of the page: kexue.fm/archives/4256 (2017) and 6920 (2019).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np


def threshold(base: float, n: int) -> float:
    """(2): how solid a string of n characters must be."""
    return float(base) ** (n - 1)


def unbroken(total: float, count: Any) -> Any:
    """Solidity of a word whose characters are all different and occur nowhere else: every part has its own count, so s = N/c.

    count: a number or an array of them.
    """
    return total / count


def strength(solidity: np.ndarray, n: int) -> np.ndarray:
    """The largest base at which a string of n characters is still solid: s^(1/(n−1)), so that one line judges all lengths."""
    return solidity ** (1 / (n - 1))


def glued(solid: Sequence[np.ndarray], size: int) -> np.ndarray:
    """(3): whether a solid string covers the gap behind each character, bool (size,); the last is False.

    solid: for the lengths 2, 3, ..., where such a string begins, bool (size,).
    """
    glue = np.zeros(size, bool)
    for n, begins in enumerate(solid, 2):
        for shift in range(n - 1):
            glue[shift:] |= begins[: size - shift]
    return glue


def segments(glue: np.ndarray, first: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Maximal runs of glued characters, within sentences: where each begins and where the next does, (segments,) both."""
    starts = np.flatnonzero(first | ~np.append(False, glue[:-1]))
    return starts, np.append(starts[1:], len(glue))


def kept(start: int, length: int, totals: Sequence[np.ndarray], rule: str) -> bool:
    """Whether a piece of the text survives the backtrack.

    totals: for the lengths 2, 3, ..., how many solid strings begin before each place, (size + 1,).
    rule: "off"; "article": solid as a whole, or, longer than all strings, each of its longest strings solid; "code-2017": all of its
        strings of three or more characters solid.
    """
    longest = len(totals) + 1
    if rule == "off" or length <= 2:
        return True
    top = min(length, longest)
    for n in range(3 if rule == "code-2017" else top, top + 1):
        many = length - n + 1
        if totals[n - 2][start + many] - totals[n - 2][start] < many:
            return False
    return True


def f1(precision: float, recall: float) -> float:
    """The harmonic mean; 0 where both are, NaN where one is unknown."""
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0 * precision


def same_spans(starts: np.ndarray, ends: np.ndarray, border: np.ndarray) -> float:
    """Token F1: pieces that are true words from end to end, twice, divided by all pieces and all true words."""
    true = np.flatnonzero(border)
    end = np.zeros(len(border), np.int64)  # of the true word that begins at a place; 0 where none does
    end[true] = np.append(true[1:], len(border))
    return 2 * float((end[starts] == ends).sum()) / (len(starts) + len(true)) if len(true) else float("nan")
