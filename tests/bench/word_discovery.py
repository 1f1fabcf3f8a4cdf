"""How the time of an analysis grows with the text: `python -m tests.bench.word_discovery [--rounds 7]`.

The processor's time of counting, cutting and backtracking, of the made language, the best of all rounds at every size; its slope in
logarithms beside theory's. Every level passes over the text once: linear where a table holds all keys, N log N where they are sorted;
the slope of N log N over the same sizes is the larger bound. Beside it the loops over a dictionary (2017), on the smaller sizes.
"""

from __future__ import annotations

import argparse
import itertools
import time
from collections import Counter

import numpy as np

from engine.language.word_discovery import corpora
from engine.language.word_discovery.analysis import Cut, count
from engine.language.word_discovery.corpora import Text
from engine.language.word_discovery.params import WordDiscoveryParams
from tests.bench.attention import slope

SIZES = (20_000, 50_000, 100_000, 200_000, 500_000, 1_000_000)
LOOPS = 100_000  # characters up to which the loops run


def analyse(text: Text, p: WordDiscoveryParams) -> None:
    """Ours: strings, cut, pieces, backtrack."""
    _ = Cut(count(text, p), p.threshold_base, p.min_count, p.backtrack).words


def loops(text: Text, p: WordDiscoveryParams) -> None:
    """Counting alone, as loops over a dictionary."""
    ends = [*np.flatnonzero(text.first).tolist(), len(text)]
    sentences = [text.string[a:b] for a, b in itertools.pairwise(ends)]
    Counter(s[i : i + n] for s in sentences for n in range(1, p.longest + 1) for i in range(len(s) - n + 1))


def seconds(work: object, text: Text, p: WordDiscoveryParams) -> float:
    """The processor's time of one call."""
    begin = time.process_time()
    work(text, p)  # type: ignore[operator]
    return time.process_time() - begin


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    p = WordDiscoveryParams.build({})
    texts = {n: corpora.made(p.change({"corpus_size": n}), 0) for n in SIZES}
    ours = [min(seconds(analyse, texts[n], p) for _ in range(rounds)) for n in SIZES]
    theirs = {n: min(seconds(loops, texts[n], p) for _ in range(3)) for n in SIZES if n <= LOOPS}
    for n, took in zip(SIZES, ours, strict=True):
        beside = f"   counting by loops {theirs[n]:.3f} s, {theirs[n] / took:.1f} times" if n in theirs else ""
        print(f"{n:>9,} characters {took:.4f} s{beside}")
    sizes = [len(texts[n]) for n in SIZES]
    low, high = 1.0, slope(SIZES, [n * float(np.log(n)) for n in sizes])
    found = slope(SIZES, ours)
    off = max(low - found, found - high, 0.0)
    print(
        f"slope {found:.3f}; theory {low:.3f} (tables) to {high:.3f} (sorting): {'within' if off <= 0.1 else 'NOT within'} 0.1"
    )


if __name__ == "__main__":
    main()
