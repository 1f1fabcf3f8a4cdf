"""Cumulated softmax, the hard update, and trees from distances, in float64 numpy. Equation numbers are those of the lab's text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Bracket = tuple[int, int]


def rising(v: ArrayLike) -> Floats:
    """Sums from the left along the last axis: of a distribution, a gate that rises to 1 (cumax of its softmax)."""
    return np.cumsum(np.asarray(v, float), -1)


def falling(v: ArrayLike) -> Floats:
    """Sums from the right: of a distribution, a gate that falls from 1. Equals 1 - rising(v) + v."""
    return np.flip(np.cumsum(np.flip(np.asarray(v, float), -1), -1), -1)


def update(f_master: Floats, i_master: Floats, f: Floats, i: Floats, candidate: Floats, before: Floats) -> Floats:
    """(3): the new cell state, all arrays (..., p) or of shapes that broadcast."""
    both = f_master * i_master
    return both * (f * before + i * candidate) + (f_master - both) * before + (i_master - both) * candidate


def hard_update(d_f: int, d_i: int, f: Floats, i: Floats, candidate: Floats, before: Floats) -> Floats:
    """(1), case by case, for levels 1..p: history owns those from d_f on, the input those up to d_i."""
    level = np.arange(1, len(before) + 1)
    if d_f <= d_i:
        return np.where(level < d_f, candidate, np.where(level <= d_i, f * before + i * candidate, before))
    return np.where(level <= d_i, candidate, np.where(level < d_f, 0.0, before))


def distance(f_master: ArrayLike) -> Floats:
    """(4): d = 1 - mean of the history gate (..., p); p d + 1 is the expected level from which history is kept."""
    return 1 - np.mean(np.asarray(f_master, float), -1)


def splits(d: Sequence[float], parser: str = "U") -> Iterator[tuple[int, int, int]]:
    """Top-down greedy parse of tokens 0..T-1 as (first, split, last) of every span that is divided, the whole one first.

    U: k = argmax of d over first < t <= last, parts first..k-1 and k..last. P (Shen et al. 2019): k over first <= t <= last, parts
    first..k-1 and k..last, the latter into k and k+1..last. Of equal values the first wins.
    """
    d = list(d)
    spans = [(0, len(d) - 1)]
    while spans:
        first, last = spans.pop()
        if first >= last:
            continue
        low = first + 1 if parser == "U" else first
        part = d[low : last + 1]
        k = low + part.index(max(part))
        yield first, k, last
        spans += [(k, last) if parser == "U" else (k + 1, last), (first, k - 1)]


def brackets(d: Sequence[float], parser: str = "U") -> set[Bracket]:
    """Every bracket (first, last) of two or more tokens that a parse makes, the whole sentence left out."""
    found: set[Bracket] = set()
    for first, k, last in splits(d, parser):
        if k - 1 > first:
            found.add((first, k - 1))
        if last > k:
            found.add((k, last))
        if parser == "P" and last > k + 1:
            found.add((k + 1, last))
    found.discard((0, len(d) - 1))
    return found


def tree(d: Sequence[float], parser: str = "U") -> list[Bracket]:
    """The brackets of a parse in order."""
    return sorted(brackets(d, parser))


def right_branching(length: int) -> list[Bracket]:
    """The tree that splits off one token after the other: every span up to the end."""
    return [(first, length - 1) for first in range(1, length - 1)]
