"""Apriori: frequent sets level by level, counted by bit sets. No loop over candidates, no floating-point threshold.

>>> table = mine(baskets, least=60)                                    # doctest: +SKIP
>>> [(level.size, len(level.counts)) for level in table.levels]        # doctest: +SKIP
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy import sparse

from engine.language.apriori.baskets import Baskets

BATCH = 1 << 17  # words of a batch: about 1 MB, so that it stays in the cache
KEPT = 1 << 22  # words of bit sets that a level may keep for its children (32 MB); above, they are made anew from the items
MOST_CANDIDATES, MOST_SETS = 2_000_000, 150_000  # where mining stops with a message instead of freezing
BLOCK = 32_768  # rows that are packed at a time
SPARSE = 500  # items from which pairs are counted by one sparse product


def threshold(share: float, count: int) -> int:
    """c_min, the least count of a frequent set: max(1, ceil(share N - 1e-9)). The last term: 14/51 * 51 is above 14 in floats."""
    return max(1, math.ceil(share * count - 1e-9))


def bit_sets(baskets: Baskets, items: np.ndarray) -> np.ndarray:
    """b_j of the items, uint64 (items, ceil(N / 64)): bit n says whether item j lies in basket n; the bits past N are 0."""
    place = np.full(len(baskets.names), -1)
    place[items] = np.arange(len(items))
    words = -(-baskets.count // 64)
    packed = np.zeros((len(items), 8 * words), np.uint8)
    for start in range(0, 64 * words, BLOCK):
        first, last = np.searchsorted(baskets.rows, [start, start + BLOCK])
        at = place[baskets.items[first:last]]
        flags = np.zeros((len(items), min(BLOCK, 64 * words - start)), bool)
        flags[at[at >= 0], baskets.rows[first:last][at >= 0] - start] = True
        packed[:, start // 8 : (start + BLOCK) // 8] = np.packbits(flags, axis=1, bitorder="little")
    return packed.view(np.uint64)


def popcount(bits: np.ndarray) -> np.ndarray:
    """How many bits are 1 in each row (3): uint64 (..., words) -> int64 (...)."""
    return np.bitwise_count(bits).sum(-1, dtype=np.int64)


@dataclass
class Level:
    """Frequent sets of one size.

    Attributes:
        sets: item numbers, ascending in each row, rows in lexicographic order, (n, k).
        counts: c(S), (n,).
        joined, candidates: how many sets the join made, and how many of them were counted.
        keys: place of a set's first k - 1 items in the level before, times m, plus its last item: ascending, (n,).
        bits: b_S, or None where they would be too large.
    """

    sets: np.ndarray
    counts: np.ndarray
    joined: int
    candidates: int
    keys: np.ndarray
    bits: np.ndarray | None = None

    @property
    def size(self) -> int:
        return self.sets.shape[1]


@dataclass
class Table:
    """What was mined so far of one collection under one threshold."""

    baskets: Baskets
    least: int
    prune: bool = True
    largest: int = 12
    levels: list[Level] = field(default_factory=list)
    item_bits: np.ndarray = field(default_factory=lambda: np.zeros((0, 0), np.uint64))  # b_j of the frequent items
    stopped: int = 0  # candidates that the next level would have had, where there are too many

    @property
    def m(self) -> int:
        """How many items there are."""
        return len(self.baskets.names)

    def grow(self) -> Iterator[str]:
        """One more level, in three parts; nothing where the last one is reached."""
        if not self.levels:  # level 1: every item is a candidate
            yield "join"
            yield "prune"
            self.levels.append(self.singles())
            yield "count"
            return
        last = self.levels[-1]
        joined = joins(last)
        too_many = joined > MOST_CANDIDATES or sum(len(level.counts) for level in self.levels) > MOST_SETS
        if joined == 0 or too_many or last.size >= self.largest:
            self.stopped = joined if too_many else 0
            yield from ("join", "prune", "count")
            return
        left, right = join(last)
        yield "join"
        if self.prune and last.size > 1:
            kept = unpruned(self.levels, np.hstack([last.sets[left], last.sets[right, -1:]]), self.m)
            left, right = left[kept], right[kept]
        yield "prune"
        self.levels.append(self.counted(left, right, joined))
        yield "count"

    def singles(self) -> Level:
        """F_1."""
        counts = self.baskets.counts
        items = np.flatnonzero(counts >= self.least)
        self.item_bits = bit_sets(self.baskets, items)
        return Level(items[:, None], counts[items], len(counts), len(counts), items, self.item_bits)

    def counted(self, left: np.ndarray, right: np.ndarray, joined: int) -> Level:
        """F_{k+1} from candidates (sets `left` and `right` of the last level)."""
        last, first = self.levels[-1], self.levels[0]
        items = last.sets[right, -1]
        if last.size == 1 and len(first.counts) >= SPARSE:
            counts = pair_counts(self.baskets, first.sets[:, 0])[left, right]
        else:
            counts = self.intersections(left, items)
        keep = counts >= self.least
        left, items, counts, candidates = left[keep], items[keep], counts[keep], len(left)
        sets = np.hstack([last.sets[left], items[:, None]])
        level = Level(sets, counts, joined, candidates, left * self.m + items)
        if len(sets) * self.item_bits.shape[1] <= KEPT:
            level.bits = self.parents(left) & self.item_bits[self.rank(items)]
        last.bits = None  # a level is grown from the last one's alone
        return level

    def intersections(self, left: np.ndarray, items: np.ndarray) -> np.ndarray:
        """c(S + j) = popcount(b_S & b_j) (3) of parents S (places in the last level) and items j, about 1 MB at a time."""
        bits = self.item_bits
        counts, batch = np.empty(len(left), np.int64), max(BATCH // max(bits.shape[1], 1), 1)
        for start in range(0, len(left), batch):
            part = slice(start, start + batch)
            rows = self.parents(left[part])
            counts[part] = popcount(np.bitwise_and(rows, bits[self.rank(items[part])], out=rows))
        return counts

    def parents(self, places: np.ndarray) -> np.ndarray:
        """b_S of sets of the last level: kept, or made from their items."""
        last, bits = self.levels[-1], self.item_bits
        if last.bits is not None:
            return last.bits[places]
        rows = bits[self.rank(last.sets[places, 0])]
        for column in range(1, last.size):
            rows &= bits[self.rank(last.sets[places, column])]
        return rows

    def rank(self, items: np.ndarray) -> np.ndarray:
        """Places of frequent items in level 1."""
        return np.searchsorted(self.levels[0].keys, items)


def pair_counts(baskets: Baskets, items: np.ndarray) -> np.ndarray:
    """c({i, j}) of all pairs as one sparse product X'X, cost sum of squared basket sizes: (items, items)."""
    place = np.full(len(baskets.names), -1)
    place[items] = np.arange(len(items))
    at = place[baskets.items]
    ones = np.ones(int((at >= 0).sum()), np.int32)
    table = sparse.csr_array((ones, (baskets.rows[at >= 0], at[at >= 0])), shape=(baskets.count, len(items)))
    return (table.T @ table).toarray()


def _ends(level: Level) -> np.ndarray:
    """Of every set, where the sets with the same first k - 1 items end, (n,)."""
    sets = level.sets
    new = np.ones(len(sets), bool)
    new[1:] = (sets[1:, :-1] != sets[:-1, :-1]).any(1)
    starts = np.append(np.flatnonzero(new), len(sets))
    return starts[np.cumsum(new)]


def joins(level: Level) -> int:
    """How many candidates the join will make."""
    return int((_ends(level) - np.arange(len(level.sets)) - 1).sum()) if len(level.sets) else 0


def join(level: Level) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of sets that share their first k - 1 items, as places (left, right), left < right, in lexicographic order."""
    own = np.arange(len(level.sets))
    partners = _ends(level) - own - 1
    left = np.repeat(own, partners)
    within = np.arange(len(left)) - np.repeat(np.cumsum(partners) - partners, partners)
    return left, left + 1 + within


def find(levels: Sequence[Level], sets: np.ndarray, m: int) -> np.ndarray:
    """Places of sets (n, k) of m items in level k, -1 for those that are not frequent: one look-up an item, from the first on."""
    at = np.zeros(len(sets), np.int64)
    for level, items in zip(levels, sets.T, strict=False):
        keys = np.where(at >= 0, at * m * (level.size > 1) + items, -1)
        near = np.minimum(np.searchsorted(level.keys, keys), len(level.keys) - 1)
        at = np.where(level.keys[near] == keys, near, -1) if len(level.keys) else np.full(len(sets), -1)
    return at


def unpruned(levels: Sequence[Level], candidates: np.ndarray, m: int) -> np.ndarray:
    """Which candidates (n, k + 1) have all their k-subsets in level k: the two that were joined have."""
    kept = np.ones(len(candidates), bool)
    for dropped in range(candidates.shape[1] - 2):
        kept[kept] = find(levels, np.delete(candidates[kept], dropped, 1), m) >= 0
    return kept


def mine(baskets: Baskets, least: int, prune: bool = True, largest: int = 12, steps: int = 12) -> Table:
    """All frequent sets of up to `steps` items."""
    table = Table(baskets, least, prune, largest)
    advance(table, steps)
    return table


def advance(table: Table, steps: int) -> None:
    """Mine on until `steps` levels are there, or the last."""
    while len(table.levels) < steps:
        before = len(table.levels)
        for _ in table.grow():
            pass
        if len(table.levels) == before:
            return
