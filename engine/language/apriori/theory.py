"""Rules and how they are judged: confidence, lift, leverage (2), the exact test against chance, and which sets Apriori ever looks at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln

from engine.language.apriori.mining import Level, find

NEGLIGIBLE = 1e-17  # of a tail: terms below this share of the sum are left out
STRONG, WEAK = 2.0, 1.25  # lift above which a rule is called strong, and below which it is weak
UNREACHED, PRUNED, COUNTED, FREQUENT = range(4)  # what became of a set of the lattice


@dataclass(frozen=True)
class Rules:
    """Rules A -> C with one item on the right, sorted by confidence, then by count (both falling).

    `left` (r, largest - 1) is padded with -1; `right`, `count` = c(A u C), `count_left` = c(A), `count_right` = c(C) are (r,).
    """

    left: np.ndarray
    right: np.ndarray
    count: np.ndarray
    count_left: np.ndarray
    count_right: np.ndarray
    baskets: int

    @property
    def support(self) -> np.ndarray:
        return self.count / self.baskets

    @property
    def confidence(self) -> np.ndarray:
        return self.count / self.count_left

    @property
    def lift(self) -> np.ndarray:
        return self.baskets * self.count / (self.count_left * self.count_right)

    @property
    def leverage(self) -> np.ndarray:
        return (self.baskets * self.count - self.count_left * self.count_right) / float(self.baskets) ** 2

    def head(self, most: int) -> Rules:
        """The first `most`."""
        left, right, count, count_left, count_right = (
            part[:most] for part in (self.left, self.right, self.count, self.count_left, self.count_right)
        )
        return Rules(left, right, count, count_left, count_right, self.baskets)


def rules(levels: Sequence[Level], m: int, baskets: int, least: float, largest: int) -> Rules:
    """All rules with one item on the right and at least this confidence, from the finished table alone: no pass over the data.

    c(A) and c(C) are there, since every subset of a frequent set is.
    """
    found: list[list[np.ndarray]] = []
    for level in levels[1:]:
        for place in range(level.size):
            left, right = np.delete(level.sets, place, 1), level.sets[:, place]
            count_left = levels[level.size - 2].counts[find(levels, left, m)]
            keep = level.counts / count_left >= least
            count_right = levels[0].counts[np.searchsorted(levels[0].keys, right[keep])]
            padded = np.pad(left[keep], ((0, 0), (0, largest - level.size)), constant_values=-1)
            found.append([padded, right[keep], level.counts[keep], count_left[keep], count_right])
    if not found:
        none = np.zeros(0, np.int64)
        return Rules(np.zeros((0, largest - 1), np.int64), none, none, none, none, baskets)
    left, right, count, count_left, count_right = (np.concatenate(part) for part in zip(*found, strict=True))
    order = np.lexsort((-count, -count / count_left))
    return Rules(left[order], right[order], count[order], count_left[order], count_right[order], baskets)


def p_values(count: np.ndarray, left: np.ndarray, right: np.ndarray, baskets: int) -> np.ndarray:
    """P(H >= count), H ~ Hypergeometric(N, c(A), c(C)): so often would chance alone put A and C together (Fisher's exact test).

    The smaller tail is summed term by term from its largest term on, so that a tiny p keeps its digits.
    """
    margins, back = np.unique(np.stack([count, left, right]).astype(np.int64), axis=1, return_inverse=True)
    c, a, b = margins
    upper = c * baskets >= a * b  # from the mean on the upper tail is the smaller one
    start = np.where(upper, c, c - 1)
    low, high = np.maximum(a + b - baskets, 0), np.minimum(a, b)
    term = np.where((start >= low) & (start <= high), np.exp(_log_chance(np.clip(start, low, high), a, b, baskets)), 0.0)
    total, at = term.copy(), start.astype(float)
    while np.any(term > NEGLIGIBLE * total):  # P(H = h + 1) / P(H = h) = (a - h)(b - h) / ((h + 1)(N - a - b + h + 1))
        h = at - ~upper
        up, down = (a - h) * (b - h), (h + 1) * (baskets - a - b + h + 1)
        ratio = np.where(upper, up, down) / np.where(upper, down, up).clip(1.0)  # 0 past the end of the tail
        term = term * ratio.clip(0.0)
        total, at = total + term, at + np.where(upper, 1, -1)
    return np.where(upper, total, 1 - total).clip(0.0, 1.0)[back.ravel()]


def _log_chance(h: np.ndarray, a: np.ndarray, b: np.ndarray, n: int) -> np.ndarray:
    """log P(H = h)."""

    def choose(whole: np.ndarray, part: np.ndarray) -> np.ndarray:
        return gammaln(whole + 1.0) - gammaln(part + 1.0) - gammaln(whole - part + 1.0)

    return choose(a, h) + choose(n - a, b - h) - choose(np.full_like(a, n), b)


def discoveries(p: np.ndarray, rate: float = 0.05) -> int:
    """How many of these tests stand at this false discovery rate (Benjamini & Hochberg 1995)."""
    passed = np.flatnonzero(np.sort(p) <= rate * np.arange(1, len(p) + 1) / max(len(p), 1))
    return int(passed[-1]) + 1 if len(passed) else 0


def subset_counts(rows: np.ndarray) -> np.ndarray:
    """c(S) of all subsets of a few items, (2^items,): bit j of a subset's number says whether item j is in it. rows: bool (items, N)."""
    codes = (rows.astype(np.int64) << np.arange(len(rows))[:, None]).sum(0)
    counts = np.bincount(codes, minlength=2 ** len(rows))
    for j in range(len(rows)):  # add up over supersets, one item after the other
        halves = counts.reshape(-1, 2, 2**j)
        halves[:, 0] += halves[:, 1]
    return counts


def states(counts: np.ndarray, least: int, levels: int, prune: bool) -> np.ndarray:
    """What Apriori does with each subset of a few items (numbered as above, their order that of the items), (2^items,).

    UNREACHED: never made, since two of its subsets that would be joined are not frequent (or its level is still to come); PRUNED: made,
    and dropped for a third subset; COUNTED: found too rare; FREQUENT. The empty set is frequent.
    """
    found = np.full(len(counts), UNREACHED)
    found[0] = FREQUENT
    for s in sorted(range(1, len(counts)), key=int.bit_count):
        members = [j for j in range(s.bit_length()) if s >> j & 1]
        fine = [found[s & ~(1 << j)] == FREQUENT for j in members]
        if len(members) > levels or not all(fine[-2:]):
            continue
        found[s] = PRUNED if prune and not all(fine) else FREQUENT if counts[s] >= least else COUNTED
    return found
