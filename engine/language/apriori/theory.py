"""Rules and how they are judged: confidence, lift, leverage (2), the exact test against chance, and which sets Apriori ever looks at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import false_discovery_control, hypergeom

from engine.language.apriori.mining import Level, find

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
        arrays = ("left", "right", "count", "count_left", "count_right")
        return replace(self, **{name: getattr(self, name)[:most] for name in arrays})


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


def p_values(rules: Rules) -> np.ndarray:
    """P(H >= c(A u C)), H ~ Hypergeometric(N, c(A), c(C)): so often would chance alone put A and C together (Fisher's exact test), (r,)."""
    return hypergeom.sf(rules.count - 1, rules.baskets, rules.count_left, rules.count_right)


def discoveries(p: np.ndarray, rate: float = 0.05) -> int:
    """How many of these tests stand at this false discovery rate (Benjamini & Hochberg 1995)."""
    return int((false_discovery_control(p) <= rate).sum()) if len(p) else 0


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
