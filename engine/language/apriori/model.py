"""The loop of Apriori: one step mines one level; rules, their tests and the same search in shuffled baskets follow from the table.

>>> import engine                                                  # doctest: +SKIP
>>> run = engine.start("apriori", {"min_support": 0.02}, seed=0)   # doctest: +SKIP
>>> run.advance(steps=6).scalars["strong_rules"]                   # doctest: +SKIP
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch

from engine.core.model import Data, Model
from engine.data.text import spelled
from engine.language.apriori import baskets, theory
from engine.language.apriori.mining import Level, Table, advance, bit_sets, mine, popcount, threshold
from engine.language.apriori.order import matches, order
from engine.language.apriori.params import LATTICE, AprioriParams

LISTED = 10_000  # rules of a frame, the most confident first
STRIP = 512  # baskets whose bits are shown
COST = np.geomspace(0.3, 0.002, 12)  # minimum supports of the curve of cost
KEPT = 8  # tables and lists of rules that stay for when a value comes back
DEAR, FEW = 40_000_000, 128  # words counted (candidates, times at least so many words each) after which that curve ends
TIMED, ROUNDS = 200, 3  # pairs that are counted while ways of counting are timed, and how often: the best round counts


class Apriori(Model):
    """Frequent sets of baskets, level by level; what earlier steps found is mined anew when a threshold moves."""

    params: AprioriParams

    def __init__(self, params: AprioriParams, seed: int, device: torch.device, data: Data | None = None) -> None:
        super().__init__(params, seed, device, data)
        real = baskets.build(params, seed, data)
        self.real = real
        self.kept: dict[tuple[Any, ...], Any] = {}  # what was found before, by what it depends on

    def steps(self) -> Iterator[str]:
        while True:
            table = self.table(self.params.shuffle)  # what the steps so far find under the present values
            yield from table.grow()  # join, prune, count: one more level

    def source(self, shuffle: bool) -> baskets.Baskets:
        """The run's baskets, or the same with every column shuffled."""
        if not shuffle:
            return self.real
        return self.once(("shuffled",), lambda: baskets.shuffled(self.real, baskets.generator(self.seed, "shuffle")))

    def once(self, key: tuple[Any, ...], make: Any) -> Any:
        """What `make` gives, kept for the next time; of the many that a moving threshold asks for, the last few."""
        if key in self.kept:
            self.kept[key] = self.kept.pop(key)
        else:
            self.kept[key] = make()
            passing = [old for old in self.kept if old[0] in ("table", "rules")]
            for old in passing[:-KEPT]:
                del self.kept[old]
        return self.kept[key]

    def table(self, shuffle: bool) -> Table:
        """What the steps so far find under the present values."""
        p, source = self.params, self.source(shuffle)
        least = threshold(p.min_support, source.count)
        key = ("table", shuffle, least, p.prune, p.max_size)
        table: Table = self.once(key, lambda: Table(source, least, p.prune, p.max_size))
        advance(table, self.step)
        return table

    def rules(self, shuffle: bool) -> theory.Rules:
        """Its rules."""
        p, table = self.params, self.table(shuffle)
        key = ("rules", shuffle, table.least, p.prune, p.max_size, self.step, p.min_confidence)
        return self.once(key, lambda: theory.rules(table.levels, table.m, table.baskets.count, p.min_confidence, p.max_size))

    def observe(self) -> tuple[dict[str, float], dict[str, np.ndarray]]:
        p, n = self.params, self.real.count
        table, found, chance = self.table(p.shuffle), self.rules(p.shuffle), self.rules(shuffle=True)
        levels, listed = table.levels, found.head(LISTED)
        tests = theory.p_values(listed)
        lift = found.lift
        scalars = {
            "baskets_used": float(n),
            "items_used": float(table.m),
            "lines_skipped": float(self.real.skipped),
            "frequent_sets": float(sum(len(level.counts) for level in levels)),
            "candidates": float(sum(level.candidates for level in levels)),
            "stopped": float(table.stopped),
            "rules": float(len(lift)),
            "largest_lift": float(lift.max()) if len(lift) else float("nan"),
            "strong_rules": float((lift > theory.STRONG).sum()),
            "weak_rules": float((lift < theory.WEAK).sum()),
            "null_rules": float(len(chance.count)),
            "discoveries": float(theory.discoveries(tests)),
        }
        shown = chance.head(LISTED)
        arrays = {
            "level_frequent": np.array([len(level.counts) for level in levels], np.int64),
            "level_candidates": np.array([level.candidates for level in levels], np.int64),
            "level_joined": np.array([level.joined for level in levels], np.int64),
            "frequent_items": padded(levels, p.max_size),
            "frequent_counts": np.concatenate([np.zeros(0, np.int64), *(level.counts for level in levels)]),
            "rule_left": listed.left.astype(np.int32),
            "rule_right": listed.right.astype(np.int32),
            "rule_count": listed.count,
            "rule_confidence": listed.confidence,
            "rule_lift": listed.lift,
            "rule_leverage": listed.leverage,
            "rule_p_value": tests,
            "null_support": shown.support.astype(np.float32),
            "null_confidence": shown.confidence.astype(np.float32),
            "item_names": spelled([short(name) for name in self.real.names]),
        }
        if p.data == "planted":
            scalars["planted_found"] = float(self.planted_found(found))
            arrays["planted_rules"] = self.real.planted
        scalars |= self.once(("times", p.shuffle), lambda: timed(self.source(p.shuffle)))
        arrays |= self.lattice(table) | self.bits(listed, tests)
        if self.step:
            arrays |= self.once(
                ("cost", p.shuffle, p.prune, p.max_size), lambda: cost(self.source(p.shuffle), p.prune, p.max_size)
            )
        else:  # it takes a moment, for which the first picture need not wait
            arrays |= unknown_cost()
        return scalars, arrays

    def planted_found(self, found: theory.Rules) -> int:
        """How many planted {a, b} -> c are among the strong rules."""
        strong = found.lift > theory.STRONG
        return sum(bool(match.any()) for match in matches(found.left[strong], found.right[strong], self.real.planted))

    def lattice(self, table: Table) -> dict[str, np.ndarray]:
        """All subsets of a few items: a planted rule's and the most popular ones, or the most popular alone."""
        counts = self.real.counts
        popular = np.argsort(-counts, kind="stable").tolist()
        chosen = dict.fromkeys([*self.real.planted[:1].ravel().tolist(), *popular])
        items = np.sort(np.array(list(chosen)[:LATTICE]))
        subsets = self.once(("lattice", table.baskets is self.real), lambda: theory.subset_counts(dense(table.baskets, items)))
        states = theory.states(subsets, table.least, min(self.step, self.params.max_size), self.params.prune)
        return {"lattice_items": items, "lattice_counts": subsets, "lattice_states": states}

    def bits(self, listed: theory.Rules, tests: np.ndarray) -> dict[str, np.ndarray]:
        """The first bits of A, C and both, for the rule at the chosen place of the chosen order."""
        source, strip = self.source(self.params.shuffle), np.zeros((3, min(STRIP, self.real.count)), np.uint8)
        if not len(listed.count):
            return {"rule_bits": strip, "rule_places": np.array([-1])}
        place = int(
            order(self.params.rank, listed.lift, listed.confidence, listed.leverage, tests)[
                min(self.params.rule, len(tests) - 1)
            ]
        )
        left = listed.left[place]
        a = dense(source, left[left >= 0], strip.shape[1]).all(0)
        c = dense(source, listed.right[place : place + 1], strip.shape[1])[0]
        strip[:] = a, c, a & c
        return {"rule_bits": strip, "rule_places": np.array([place])}


def short(name: str) -> str:
    """A name as pictures write it."""
    return name if len(name) <= baskets.LETTERS else name[: baskets.LETTERS - 1] + "…"


def padded(levels: list[Level], width: int) -> np.ndarray:
    """All sets (n, width) int32, padded with -1."""
    rows = [np.pad(level.sets, ((0, 0), (0, width - level.size)), constant_values=-1) for level in levels]
    return np.concatenate([np.zeros((0, width), np.int32), *rows]).astype(np.int32)


def dense(source: baskets.Baskets, items: np.ndarray, most: int | None = None) -> np.ndarray:
    """Columns of the boolean table, (items, N) or the first `most` baskets of it."""
    flags = np.zeros((len(items), source.count if most is None else most), bool)
    for row, item in zip(flags, items, strict=True):
        rows = source.rows[source.items == item]
        row[rows[rows < len(row)]] = True
    return flags


def cost(source: baskets.Baskets, prune: bool, largest: int) -> dict[str, np.ndarray]:
    """Frequent sets, candidates and seconds of mining at each minimum support, nan from where it becomes dear."""
    found = unknown_cost()
    for place, share in enumerate(COST):
        begin = time.process_time()
        table = mine(source, threshold(float(share), source.count), prune, largest, largest)
        seconds = time.process_time() - begin
        if table.stopped:
            break
        found["cost_seconds"][place] = seconds
        found["cost_frequent"][place] = sum(len(level.counts) for level in table.levels)
        counted = found["cost_candidates"][place] = sum(level.candidates for level in table.levels)
        if counted * max(source.count // 64, FEW) > DEAR:
            break
    return found


def unknown_cost() -> dict[str, np.ndarray]:
    """The curve of cost before it is known."""
    return {
        "cost_supports": COST,
        **{f"cost_{name}": np.full(len(COST), np.nan) for name in ("frequent", "candidates", "seconds")},
    }


def timed(source: baskets.Baskets) -> dict[str, float]:
    """Microseconds to count a pair of the most popular items: by bit sets in one batch, and by a loop over columns of booleans."""
    items = np.sort(np.argsort(-source.counts, kind="stable")[: int(np.sqrt(2 * TIMED)) + 1])
    if len(items) < 2:
        return {"bit_time": float("nan"), "loop_time": float("nan")}
    one, two = np.triu_indices(len(items), 1)
    columns, bits = dense(source, items), bit_sets(source, items)
    best = np.full(2, np.inf)
    for _ in range(ROUNDS):
        begin = time.process_time()
        popcount(bits[one] & bits[two])
        middle = time.process_time()
        for i, j in zip(one.tolist(), two.tolist(), strict=True):
            (columns[i] & columns[j]).sum()
        best = np.minimum(best, [middle - begin, time.process_time() - middle])
    return dict(zip(("bit_time", "loop_time"), (1e6 * best / len(one)).tolist(), strict=True))
