"""Spans from tags and back, what nearest-end decoding cannot say, and how triples are counted. No torch.

Su (2019), kexue.fm/archives/6671; Wei et al., arXiv:1909.03227.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations

import numpy as np

PLACES = 5  # of the sandbox
LOWEST = 0.1  # of the thresholds on the map
GRID = np.round(np.linspace(LOWEST, 0.9, 17), 2)  # thresholds of the map, both ways


def tags(spans: Iterable[Sequence[int]], length: int) -> tuple[np.ndarray, np.ndarray]:
    """Start and end tags (length,) of spans, 1 where one begins or ends: what perfect tags would be."""
    start, end = np.zeros(length), np.zeros(length)
    for first, last in spans:
        start[first] = end[last] = 1
    return start, end


def decode(start: np.ndarray, end: np.ndarray, start_threshold: float = 0.5, end_threshold: float = 0.4) -> np.ndarray:
    """Spans (k, 3), as row, first and last, of tags (n, L): every start takes the nearest end at or after it, if there is one."""
    length = start.shape[-1]
    nearest = np.where(end > end_threshold, np.arange(length), length)
    nearest = np.minimum.accumulate(nearest[:, ::-1], -1)[:, ::-1]
    row, first = np.nonzero((start > start_threshold) & (nearest < length))
    return np.stack([row, first, nearest[row, first]], -1)


def candidates(start: np.ndarray, end: np.ndarray, lowest: float = LOWEST) -> tuple[np.ndarray, np.ndarray]:
    """Spans (k, 3) that `decode` gives at some pair of thresholds from `lowest` on, and where it does (k, 3).

    A span is found exactly if the start threshold is below the first number and the end threshold at least the second, the largest
    end tag before the span's own, and below the third, its own.
    """
    length = start.shape[-1]
    row, first = np.nonzero(start > lowest)
    ahead = np.where(np.arange(length) >= first[:, None], end[row], -np.inf)
    before = np.full(ahead.shape, -np.inf)
    np.maximum.accumulate(ahead[:, :-1], -1, out=before[:, 1:])
    which, last = np.nonzero(ahead > np.maximum(before, lowest))
    spans = np.stack([row[which], first[which], last], -1)
    return spans, np.stack([start[row, first][which], before[which, last], end[row[which], last]], -1)


def recovered(spans: Iterable[Sequence[int]]) -> bool:
    """(6): whether nearest ends give a set of spans back: none holds another's end before its own."""
    pairs = [tuple(span) for span in spans]
    return not any(first <= other < last for first, last in pairs for _, other in pairs)


def span_sets(length: int = PLACES, most: int = 3) -> list[tuple[tuple[int, int], ...]]:
    """All sets of one to `most` spans of so many places: 575 of five places."""
    spans = [(first, last) for first in range(length) for last in range(first, length)]
    return [chosen for size in range(1, most + 1) for chosen in combinations(spans, size)]


def scores(right: float, found: float, true: float) -> tuple[float, float, float]:
    """Precision, recall, F1 (5) of counts. 0/0 is 0; two empty sets agree: 1."""
    if not found and not true:
        return 1.0, 1.0, 1.0
    return right / found if found else 0.0, right / true if true else 0.0, 2 * right / (found + true)


def keys(triples: np.ndarray) -> np.ndarray:
    """One number for each row of triples (m, 6), whose entries are below 1024 (the sentence: below 2^13)."""
    number = np.zeros(len(triples), np.int64)
    for column in triples.T:
        number = number * 1024 + column
    return number


def counted(gold: np.ndarray, found: np.ndarray, rows: np.ndarray | None = None) -> tuple[int, int, int]:
    """How many of the found triples (m, 6) are right, how many were found, how many are true; in these sentences alone."""
    if rows is not None:
        gold, found = gold[np.isin(gold[:, 0], rows)], found[np.isin(found[:, 0], rows)]
    return int(np.isin(keys(found), keys(gold)).sum()), len(found), len(gold)


def by_pattern(gold: np.ndarray, found: np.ndarray, pattern: np.ndarray, patterns: int) -> np.ndarray:
    """F1 on the sentences of each pattern (patterns,)."""
    return np.array([scores(*counted(gold, found, np.flatnonzero(pattern == k)))[2] for k in range(patterns)])


def f1_map(where: np.ndarray, right: np.ndarray, true: int, grid: np.ndarray = GRID) -> np.ndarray:
    """F1 (starts, ends) at all pairs of thresholds of a grid, of triples that are found where `where` (m, 3) says, as `candidates` does.

    Each triple is found in a rectangle of thresholds: its corners are counted, and summed up both ways.
    """
    reach = (where[:, 0] > grid[:, None]).sum(0)  # of start thresholds that are low enough
    begin, after = ((grid < where[:, k, None]).sum(-1) for k in (1, 2))
    counts = np.zeros((2, len(grid) + 1, len(grid) + 1))
    for k, weight in enumerate((np.ones(len(where)), right.astype(float))):
        for at, sign in ((begin, 1), (after, -1)):
            np.add.at(counts[k], (0, at), sign * weight)
            np.add.at(counts[k], (reach, at), -sign * weight)
    found, hits = counts.cumsum(1).cumsum(2)[:, :-1, :-1].round()
    return np.divide(2 * hits, found + true, out=np.ones_like(hits), where=found + true > 0)
