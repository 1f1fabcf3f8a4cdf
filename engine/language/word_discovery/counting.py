"""How often every frequent string occurs: integer names level by level, exact; and the counts that the 2019 script makes of them.

A string of n + 1 characters is frequent only where both of its parts of n characters are (Apriori for strings), so a level is made from
the one before by joining the names of neighbours: key[i] = id[i] K + id[i + 1] (4). No torch.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Level:
    """The frequent strings of one length.

    ids: of the string that begins at each place, int32 (N,); −1 where none does, or a rare one.
    counts: of every string, int64 (K,). at: a place where it occurs, its first, int64 (K,).
    """

    ids: np.ndarray
    counts: np.ndarray
    at: np.ndarray


def named(keys: np.ndarray, places: np.ndarray, size: int, span: int, min_count: int) -> Level:
    """The level of the strings that begin at `places` (increasing), told apart by `keys` in [0, span)."""
    ids = np.full(size, -1, np.int32)
    if span <= 4 * len(keys) + 2**20:  # a table of all keys is cheap, but only beside this much text
        table = np.bincount(keys, minlength=span)
        kept = np.flatnonzero(table >= max(min_count, 1))
        name = np.full(span, -1, np.int32)
        name[kept] = np.arange(len(kept))
        found, counts = name[keys], table[kept]
    else:
        known, table = np.unique(keys, return_counts=True)
        kept = known[table >= min_count]
        found = np.searchsorted(kept, keys)
        found[found == len(kept)] = 0
        found = np.where(kept[found] == keys, found, -1) if len(kept) else np.full(len(keys), -1)
        counts = table[table >= min_count]
    ids[places] = found
    at = np.zeros(len(counts), np.int64)
    frequent = found >= 0
    at[found[frequent][::-1]] = places[frequent][::-1]  # the first place is written last
    return Level(ids, counts.astype(np.int64), at)


def levels(symbols: np.ndarray, first: np.ndarray, longest: int, min_count: int) -> list[Level]:
    """Strings of 1, 2, ... `longest` symbols that occur `min_count` times or more; none reaches over a sentence's end.

    symbols: (N,) numbers >= 0. first: bool (N,), where a sentence begins. Occurrences may overlap: "aaaa" holds "aa" three times.
    """
    size = len(symbols)
    span = int(symbols.max(initial=0)) + 1
    found = [named(np.asarray(symbols, np.int64), np.arange(size), size, span, min_count)]
    for n in range(2, longest + 1):
        before = found[-1]
        joined = (before.ids[:-1] >= 0) & (before.ids[1:] >= 0)
        if n == 2:
            joined &= ~first[1:]
        places = np.flatnonzero(joined)
        many = len(before.counts)
        keys = before.ids[places].astype(np.int64) * many + before.ids[places + 1]
        found.append(named(keys, places, size, many * many, min_count))
    return found


def solidity(grams: list[Level], total: float, counts: list[np.ndarray] | None = None) -> list[np.ndarray]:
    """(1): of every string of two or more characters its weakest joint, float64 (K,) for each length from 2 on.

    counts: others than the levels' own, for every length.
    """
    counts = counts or [level.counts for level in grams]
    found = []
    for n in range(2, len(grams) + 1):
        parts = joints(grams, n, np.arange(len(grams[n - 1].counts)), counts, total)
        found.append(np.min(total * counts[n - 1][:, None] / (parts[..., 0] * parts[..., 1]), axis=1, initial=np.inf))
    return found


def joints(grams: list[Level], n: int, which: np.ndarray, counts: list[np.ndarray], total: float) -> np.ndarray:
    """c of the left and the right part at every joint of these strings of n characters: float64 (strings, n − 1, 2).

    A part with the count 0, as the 2019 script may have it, is taken to occur `total` times.
    """
    at = grams[n - 1].at[which]
    parts = np.empty((len(at), n - 1, 2))
    for j in range(1, n):
        parts[:, j - 1, 0] = counts[j - 1][grams[j - 1].ids[at]]
        parts[:, j - 1, 1] = counts[n - j - 1][grams[n - j - 1].ids[at + j]]
    return np.where(parts == 0, max(total, 1.0), parts)  # a script that found nothing frequent has no total


def script_counts(symbols: np.ndarray, first: np.ndarray, grams: list[Level], min_count: int) -> tuple[float, list[np.ndarray]]:
    """What the 2019 script takes for N and for the counts of these levels: (total, counts by length).

    Its counter sees only strings of the greatest length, in sentences with that many signs less one before them and one behind; those
    that are frequent add up to the total, and each adds its count to all its beginnings (bojone/word-discovery, KenlmNgrams).
    """
    order, size = len(grams), len(symbols)
    sentence = np.cumsum(first) - 1
    place = np.arange(size) + sentence * order + order - 1
    padded = np.full(size + order * int(first.sum()), 1, np.int64)  # 0: a sign before, 1: behind
    starts = place[first]
    for k in range(1, order):
        padded[starts - k] = 0
    padded[place] = np.asarray(symbols) + 2
    begins = np.zeros(len(padded), bool)
    begins[starts - order + 1] = True
    frequent = levels(padded, begins, order, min_count)[-1].ids >= 0
    counts = []
    for n, level in enumerate(grams, 1):
        weight = frequent[place].astype(float)
        for k in range(1, order - n + 1):  # the string stands behind k signs of a beginning
            weight[first] += frequent[starts - k]
        known = level.ids >= 0
        counts.append(np.bincount(level.ids[known], weight[known], len(level.counts)))
    return float(frequent.sum()), counts
