"""Baskets of items: with planted rules, of overlapping patterns, of a person's own text; and shuffled, so that only chance is left."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from engine.data.errors import not_uploaded, refused
from engine.language.apriori.params import AprioriParams

RULES, POPULAR, FOLLOWS = 5, 6, 0.85  # planted rules; items that are never planted; P(c | a and b were put in)
LENGTH, PATTERN, PATTERNS = 10, 4, 200  # mean items a basket, mean items a pattern, patterns (Agrawal & Srikant 1994, table 3)
OVERLAP, CORRUPTION, SPREAD = 0.5, 0.5, 0.1**0.5  # share of a pattern taken from the one before; how many of its items are lost
SEPARATORS = re.compile("[,\t\uff0c]")  # a comma (also the full-width one) or a tab
LETTERS = 12  # of a name on a picture


@dataclass(frozen=True)
class Baskets:
    """Which item lies in which basket: pairs (row, item), each once, by rows, then items.

    `planted` are rules (a, b, c) that were put in, (RULES, 3), or none; `skipped` lines of a file held no name.
    """

    rows: np.ndarray
    items: np.ndarray
    count: int
    names: tuple[str, ...]
    planted: np.ndarray
    skipped: int = 0

    @property
    def counts(self) -> np.ndarray:
        """c({j}) of every item, (m,)."""
        return np.bincount(self.items, minlength=len(self.names))


def build(params: AprioriParams, seed: int, data: Mapping[str, np.ndarray] | None) -> Baskets:
    """The baskets that the parameters name; raises BadValue where one's own text cannot be used."""
    if params.data == "own":
        if data is None:
            raise not_uploaded()
        return read("".join(map(chr, np.asarray(data["codes"]).ravel())))
    random = generator(seed, params.data)
    if params.data == "planted":
        return planted(params.baskets, params.items, params.planted_strength, random)
    return quest(params.baskets, params.items, random)


def generator(seed: int, purpose: str) -> np.random.Generator:
    """Random numbers of a run for one purpose."""
    return np.random.default_rng([seed, *purpose.encode()])


def read(text: str) -> Baskets:
    """Baskets of a text, one a line; items are numbered as they first appear.

    A name twice in a basket counts once, blank names are dropped, lines without a name are no baskets. Raises BadValue without a basket.
    """
    numbers: dict[str, int] = {}
    rows: list[int] = []
    items: list[int] = []
    count, lines = 0, text.removesuffix("\n").split("\n")
    for line in lines:
        names = dict.fromkeys(filter(None, map(str.strip, SEPARATORS.split(line))))
        rows += [count] * len(names)
        items += [numbers.setdefault(name, len(numbers)) for name in names]
        count += bool(names)
    if not count:
        raise refused(
            "No basket was found in {lines} lines: a basket is a line of names between commas or tabs.", lines=len(lines)
        )
    return gathered(np.array(rows), np.array(items), count, tuple(numbers), skipped=len(lines) - count)


def gathered(
    rows: np.ndarray, items: np.ndarray, count: int, names: tuple[str, ...], planted: np.ndarray | None = None, skipped: int = 0
) -> Baskets:
    """Baskets of pairs in any order, some perhaps twice."""
    codes = np.unique(np.asarray(rows, np.int64) * len(names) + items)
    none = np.zeros((0, 3), np.int32)
    return Baskets(codes // len(names), codes % len(names), count, names, none if planted is None else planted, skipped)


def popularity(items: int) -> np.ndarray:
    """P(item j in a basket), (items,): min(1, 0.5 / rank^0.7)."""
    return np.minimum(1.0, 0.5 / np.arange(1, items + 1) ** 0.7)


def planted(count: int, items: int, strength: float, random: np.random.Generator) -> Baskets:
    """Independent items, and RULES rules {a, b} -> c: a and b into a share `strength` of the baskets, c with chance FOLLOWS as well.

    No rule has one of the POPULAR items, and no two share an item unless there are too few.
    """
    rows, bought = sampled(np.broadcast_to(popularity(items), (count, items)), random)
    free = np.arange(POPULAR, items)
    if len(free) >= 3 * RULES:
        rules = random.permutation(free)[: 3 * RULES].reshape(RULES, 3)
    else:
        every = np.array([(*pair, c) for pair in combinations(free, 2) for c in free if c not in pair])
        rules = random.permutation(every)[:RULES]
    for a, b, c in rules:
        chosen = np.flatnonzero(random.random(count) < strength)
        follows = chosen[random.random(len(chosen)) < FOLLOWS]
        rows = np.concatenate([rows, chosen, chosen, follows])
        bought = np.concatenate([bought, np.full(len(chosen), a), np.full(len(chosen), b), np.full(len(follows), c)])
    return gathered(rows, bought, count, numbered(items), np.hstack([np.sort(rules[:, :2], 1), rules[:, 2:]]).astype(np.int32))


def sampled(chances: np.ndarray, random: np.random.Generator, block: int = 4096) -> tuple[np.ndarray, np.ndarray]:
    """(rows, columns) of the cells that come true, each with its own chance."""
    found = []
    for start in range(0, len(chances), block):
        part = chances[start : start + block]
        found.append(np.argwhere(random.random(part.shape) < part) + np.array([start, 0]))
    rows, columns = np.concatenate(found).T
    return rows, columns


def quest(count: int, items: int, random: np.random.Generator) -> Baskets:
    """Baskets of a few overlapping, corrupted patterns, after the Quest generator (Agrawal & Srikant 1994, section 4.1).

    Patterns have Poisson sizes and exponential weights, share items with the one before, and lose items one by one while a coin of their
    own says so. A basket takes patterns until the Poisson size of the basket is reached; the last one stays whole.
    """
    sizes = np.clip(random.poisson(PATTERN - 1, PATTERNS) + 1, 1, items)
    patterns: list[np.ndarray] = []
    for size in sizes:
        shared = min(round(size * min(random.exponential(OVERLAP), 1.0)), len(patterns[-1])) if patterns else 0
        kept = random.permutation(patterns[-1])[:shared] if patterns else np.zeros(0, np.int64)
        fresh = random.permutation(np.setdiff1d(np.arange(items), kept))[: size - shared]
        patterns.append(np.concatenate([kept, fresh]))
    weights, corruption = random.exponential(1.0, PATTERNS), np.clip(random.normal(CORRUPTION, SPREAD, PATTERNS), 0.0, 0.95)
    wanted = np.maximum(random.poisson(LENGTH, count), 1)
    draws = random.choice(PATTERNS, (count, 2 * LENGTH), p=weights / weights.sum())
    lost = random.geometric(1 - corruption[draws]) - 1
    kept_sizes = np.maximum(sizes[draws] - lost, 0)
    before = np.cumsum(kept_sizes, 1) - kept_sizes  # items that a basket holds when its next pattern comes
    rows, columns = np.nonzero((before < wanted[:, None]) & (kept_sizes > 0))
    takes, which = kept_sizes[rows, columns], draws[rows, columns]
    padded = np.full((PATTERNS, sizes.max()), -1)
    for place, pattern in enumerate(patterns):
        padded[place, : len(pattern)] = pattern
    order = random.random((len(rows), padded.shape[1]))
    order[padded[which] < 0] = 2.0  # what is no item comes last
    mixed = np.take_along_axis(padded[which], order.argsort(1), 1)
    chosen = np.arange(padded.shape[1]) < takes[:, None]
    return gathered(np.broadcast_to(rows[:, None], mixed.shape)[chosen], mixed[chosen], count, numbered(items))


def numbered(items: int) -> tuple[str, ...]:
    """Names of items that have none: their numbers."""
    return tuple(map(str, range(items)))


def shuffled(baskets: Baskets, random: np.random.Generator) -> Baskets:
    """Every column of the table shuffled by itself: an item lies in as many baskets as before, drawn without replacement."""
    counts = baskets.counts
    rows = [random.choice(baskets.count, count, replace=False, shuffle=False) for count in counts]
    return gathered(
        np.concatenate(rows), np.repeat(np.arange(len(counts)), counts), baskets.count, baskets.names, baskets.planted
    )
