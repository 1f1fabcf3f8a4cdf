"""Which sentences are cut out of a document: longest common subsequences, greedy and exhaustive search, ROUGE; no torch."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from itertools import combinations, pairwise

import numpy as np

MOST_EXHAUSTIVE = 14  # sentences up to which all sets are tried
NOISE, SPAN = 0.15, 3  # share of masked units, mean length of a masked span (Raffel et al. 2020)
STOPS = "。！？!?\n"

Units = Sequence[Hashable]


def split(text: str) -> list[str]:
    """The sentences of a text: cut at 。！？!? and line breaks; white space and empty sentences are dropped, other marks stay."""
    parts = ("".join(part.split()) for part in re.split(f"[{STOPS}]", text))
    return [part for part in parts if part]


def picks(sentences: int, gap: float) -> int:
    """|G| = max(1, ⌊n·gap + 1/2⌋)."""
    return max(1, math.floor(sentences * gap + 0.5))


def table(a: Units, b: Units) -> np.ndarray:
    """Equation (2): c_ij, the LCS of the first i units of a and the first j of b, int64 (|a| + 1, |b| + 1)."""
    number = {unit: k for k, unit in enumerate(dict.fromkeys([*a, *b]))}
    right = np.array([number[unit] for unit in b], np.int64)
    c = np.zeros((len(a) + 1, len(b) + 1), np.int64)
    for i, unit in enumerate(a, 1):
        c[i, 1:] = np.maximum(c[i - 1, 1:], (c[i - 1, :-1] + 1) * (right == number[unit]))
        c[i] = np.maximum.accumulate(c[i])
    return c


def path(c: np.ndarray, a: Units, b: Units) -> list[tuple[int, int]]:
    """The matched pairs (i, j), from 0, of one longest common subsequence, read back through the table."""
    i, j, found = len(a), len(b), []
    while i and j:
        if c[i, j] == c[i - 1, j]:
            i -= 1
        elif c[i, j] == c[i, j - 1]:
            j -= 1
        else:
            i, j = i - 1, j - 1
            found.append((i, j))
    return found[::-1]


def lcs(a: Units, b: Units) -> int:
    """The last number of the table (2), which is not filled for it: a row is one big integer whose bits say where c stays the
    same, so that it costs three additions (Crochemore et al. 2001; Hyyrö 2004)."""  # fmt: skip
    places: dict[Hashable, int] = {}
    for j, unit in enumerate(b):
        places[unit] = places.get(unit, 0) | 1 << j
    row = whole = (1 << len(b)) - 1
    for unit in a:
        both = row & places.get(unit, 0)
        row = ((row + both) | (row - both)) & whole
    return len(b) - row.bit_count()


def shared(sentences: Sequence[Units], chosen: Iterable[int]) -> int:
    """LCS of the chosen sentences and the others, both joined in document order."""
    sides: tuple[list[Hashable], list[Hashable]] = [], []
    inside = set(chosen)
    for k, sentence in enumerate(sentences):
        sides[k not in inside].extend(sentence)
    return lcs(*sides)


def greedy(sentences: Sequence[Units], count: int) -> tuple[list[int], np.ndarray]:
    """The article's search: the order of choice, and the LCS of every candidate in every round, −1 where already chosen."""
    order: list[int] = []
    scores = np.full((count, len(sentences)), -1, np.int64)
    for scored in scores:
        for k in range(len(sentences)):
            if k not in order:
                scored[k] = shared(sentences, [*order, k])
        order.append(int(scored.argmax()))  # the earliest of equals
    return order, scores


def exhaustive(sentences: Sequence[Units], count: int) -> tuple[list[int], int]:
    """The best set of so many sentences, the first in lexicographic order among equals, and its LCS: equation (1) exactly."""
    sets = list(combinations(range(len(sentences)), count))
    scores = [shared(sentences, one) for one in sets]
    best = max(scores)
    return list(sets[scores.index(best)]), best


def rouge_l(hypothesis: Units, reference: Units, beta: float = 1.0) -> tuple[float, float, float]:
    """Equation (3): recall, precision and F of ROUGE-L."""
    common = lcs(hypothesis, reference)
    if not common:
        return 0.0, 0.0, 0.0
    r, p = common / len(reference), common / len(hypothesis)
    return r, p, (1 + beta**2) * p * r / (r + beta**2 * p)


def rouge_1(sentences: Sequence[Units]) -> np.ndarray:
    """ROUGE-1 F1 (clipped counts) of each sentence alone against all others joined: (n,). PEGASUS, independently scored."""
    total = Counter(unit for sentence in sentences for unit in sentence)
    found = []
    for sentence in sentences:
        own = {unit: sentence.count(unit) for unit in sentence}
        overlap = sum(min(many, total[unit] - many) for unit, many in own.items())
        found.append(2 * overlap / total.total())  # P = overlap / own, R = overlap / others: F1 = 2 overlap / (own + others)
    return np.array(found)


def select(rule: str, sentences: Sequence[Units], count: int, seed: Sequence[int]) -> list[int]:
    """Indices of the sentences that a rule cuts out: in order of choice (lcs, rouge), else in document order; seed: of random ones."""
    if rule == "lcs":
        return greedy(sentences, count)[0]
    if rule == "exhaustive":
        return exhaustive(sentences, count)[0]
    if rule == "rouge":
        return [int(k) for k in np.argsort(-rouge_1(sentences), kind="stable")[:count]]
    if rule == "lead":
        return list(range(count))
    return sorted(np.random.default_rng(seed).permutation(len(sentences))[:count].tolist())


def spans(length: int, seed: Sequence[int]) -> list[tuple[int, int]]:
    """T5's span corruption of so many units: begin and end of the masked spans, 15 % of the units in spans of 3 on average."""
    noise = max(1, round(NOISE * length))
    count = max(1, round(noise / SPAN))
    kept = sorted(
        np.random.default_rng(seed).choice(length - noise + 1, count, replace=False).tolist()
    )  # units before each span
    edges = np.cumsum([0, *(noise // count + (k < noise % count) for k in range(count))]).tolist()
    return [(keep + begin, keep + end) for keep, (begin, end) in zip(kept, pairwise(edges), strict=True)]
