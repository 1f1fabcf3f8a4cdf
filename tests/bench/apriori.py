"""How the cost of Apriori grows: `python -m tests.bench.apriori [--most 32000] [--rounds 3]`.

Process time (one thread; what else the machine does is not in it), the best of several rounds: against the number of baskets at 1 % of
support, and against the support at 10,000 baskets, on baskets of the lab's pattern generator. Beside it the article's way, a loop that
counts one candidate at a time by a product of columns of booleans and does not prune, and mlxtend's apriori and fpgrowth where they can be
imported; all of them must find the same number of sets.
"""

from __future__ import annotations

import argparse
import importlib
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from engine.language.apriori.baskets import Baskets, generator, quest
from engine.language.apriori.mining import mine, threshold

ITEMS, SUPPORT, BASKETS = 200, 0.01, 10_000
SUPPORTS = (0.05, 0.02, 0.01, 0.005, 0.002)
SLOW = 4000  # baskets up to which the loop is measured


def columns(baskets: Baskets) -> np.ndarray:
    """The boolean table by columns, (m, N)."""
    flags = np.zeros((len(baskets.names), baskets.count), bool)
    flags[baskets.items, baskets.rows] = True
    return flags


def loop(baskets: Baskets, least: int) -> int:
    """The article's way; how many sets it finds."""
    every = columns(baskets)
    level = {(item,): every[item] for item in range(len(every)) if every[item].sum() >= least}
    found = 0
    while level:
        found += len(level)
        kept, above = list(level), {}
        for place, one in enumerate(kept):
            for two in kept[place + 1 :]:
                if one[:-1] != two[:-1]:
                    break
                both = level[one] * every[two[-1]]
                if both.sum() >= least:
                    above[(*one, two[-1])] = both
        level = above
    return found


def seconds(do: Callable[[], int], rounds: int) -> tuple[float, int]:
    """The best process time of several rounds, and what was found."""
    best, found = float("inf"), 0
    for _ in range(rounds):
        begin = time.process_time()
        found = do()
        best = min(best, time.process_time() - begin)
    return best, found


def ours(baskets: Baskets, least: int) -> int:
    """How many sets the lab finds."""
    return sum(len(level.counts) for level in mine(baskets, least).levels)


def library() -> dict[str, Callable[[Baskets, int], int]]:
    """mlxtend's two, or a sentence that says why not."""
    try:
        patterns: Any = importlib.import_module("mlxtend.frequent_patterns")
        pandas: Any = importlib.import_module("pandas")
    except ImportError as problem:
        print(f"mlxtend is not compared: {problem}.\n")
        return {}

    def of(name: str) -> Callable[[Baskets, int], int]:
        mining = getattr(patterns, name)
        return lambda baskets, least: len(
            mining(pandas.DataFrame(columns(baskets).T), min_support=(least - 0.5) / baskets.count)
        )

    return {f"mlxtend {name}": of(name) for name in ("apriori", "fpgrowth")}


def row(baskets: Baskets, least: int, rounds: int, others: dict[str, Callable[[Baskets, int], int]]) -> list[str]:
    """Times of all ways on these baskets; an AssertionError where they differ in what they find."""
    best, found = seconds(lambda: ours(baskets, least), rounds)
    cells = [f"{found:>8,}", f"{best:8.4f}"]
    ways = others | ({"loop": loop} if baskets.count <= SLOW else {})
    for name in ("loop", *others):
        if name not in ways:
            cells.append(f"{'–':>8}")
            continue
        took, also = seconds(lambda name=name: ways[name](baskets, least), 1)
        assert also == found, f"{name} finds {also} sets, the lab {found}"
        cells.append(f"{took:8.3f}")
    return cells


def main() -> None:
    """Both tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--most", type=int, default=32_000, help="the largest number of baskets")
    parser.add_argument("--rounds", type=int, default=3, help="of the lab's own way; the others are measured once")
    options = parser.parse_args()
    others = library()
    head = f"{'sets':>8} {'bits':>8} {'loop':>8} " + " ".join(f"{name:>16}" for name in others)
    print(f"baskets at {SUPPORT:.0%} of support  {head}  (s of process time)")
    counts = [count for count in (1000, 2000, 4000, 8000, 16_000, 32_000, 64_000, 100_000) if count <= options.most]
    for count in counts:
        baskets = quest(count, ITEMS, generator(0, "quest"))
        print(f"{count:>24,}  ", " ".join(row(baskets, threshold(SUPPORT, count), options.rounds, others)))
    print(f"\nsupport at {BASKETS:,} baskets  {head}")
    baskets = quest(BASKETS, ITEMS, generator(0, "quest"))
    for share in SUPPORTS:
        print(f"{share:>24.1%}  ", " ".join(row(baskets, threshold(share, BASKETS), options.rounds, others)))


if __name__ == "__main__":
    main()
