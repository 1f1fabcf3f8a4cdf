"""A made-up language in two corpora: one that can be read, one whose words are numbers. No torch.

A concept has two synonyms, an intent is a set of three concepts, a sentence says an intent in any order, with fillers between. Two
sentences of one intent mean the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from engine.language.text_matching import theory
from engine.language.text_matching.params import CLS, CONCEPTS, FILLERS, LONGEST, SEP, SPECIALS, SYNONYMS, TESTS, TRAINED, WORDS
from engine.language.text_matching.params import TextMatchingParams as Params

INTENTS, SAID = 40, 3  # in a corpus; concepts of one
FILLED = 0.4  # chance of a filler before a concept
PLAIN = 8000  # pairs of the plain corpus
NONE = len(SPECIALS)  # tokens of words begin here


@dataclass(frozen=True)
class Pairs:
    """Words (n, 2, 6) by number, −1 where a sentence has ended; labels (n,): 1 for the same meaning."""

    words: np.ndarray
    labels: np.ndarray

    def __getitem__(self, part: slice | np.ndarray) -> Pairs:
        return Pairs(self.words[part], self.labels[part])

    def counts(self) -> np.ndarray:
        """How often each word (64,) occurs."""
        return np.bincount(self.words[self.words >= 0], minlength=WORDS)


def weights(zipf: float, count: int = CONCEPTS) -> np.ndarray:
    """Chances (count,) by rank: of the concepts, of the fillers."""
    found = np.arange(1, count + 1) ** -float(zipf)
    return found / found.sum()


def draw_intents(zipf: float, count: int, known: set[frozenset[int]], random: np.random.Generator) -> list[frozenset[int]]:
    """So many new sets of three concepts, drawn by their weights; none that is known."""
    found: list[frozenset[int]] = []
    chances = weights(zipf)
    while len(found) < count:
        intent = frozenset(random.choice(CONCEPTS, SAID, replace=False, p=chances).tolist())
        if intent not in known and intent not in found:
            found.append(intent)
    return found


def draw_pairs(intents: list[frozenset[int]], zipf: float, count: int, random: np.random.Generator) -> Pairs:
    """Pairs of sentences: half of one intent, half of two different ones."""
    concepts = np.array([sorted(intent) for intent in intents])
    labels = (random.random(count) < 0.5).astype(np.int32)
    first = random.integers(len(intents), size=count)
    other = (first + random.integers(1, len(intents), size=count)) % len(intents)
    which = np.stack([first, np.where(labels == 1, first, other)], 1)
    said = random.permuted(concepts[which], axis=-1)  # (n, 2, 3)
    spoken = said * len(SYNONYMS) + (random.random(said.shape) >= SYNONYMS[0])
    filler = CONCEPTS * len(SYNONYMS) + random.choice(FILLERS, said.shape, p=weights(zipf, FILLERS))
    filler = np.where(random.random(said.shape) < FILLED, filler, -1)
    words = np.stack([filler, spoken], -1).reshape(count, 2, 2 * SAID)
    there = np.argsort(words < 0, axis=-1, kind="stable")  # what is not said goes to the end
    return Pairs(np.take_along_axis(words, there, -1), labels)


def distinct(pairs: Pairs, seen: set[bytes]) -> np.ndarray:
    """Which pairs (n,) are said for the first time; adds them to what was seen."""
    fresh = np.zeros(len(pairs.labels), bool)
    for place, row in enumerate(pairs.words.astype(np.int8)):
        key = min(row.tobytes(), row[::-1].tobytes())  # the same two sentences the other way round are the same pair
        fresh[place] = key not in seen
        seen.add(key)
    return fresh


def tokens(words: np.ndarray, table: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """[CLS] a [SEP] b [SEP] as tokens (n, 16), padded with 0, and which are of b (n, 16); `table` (words + 1,) gives a word's token, last −1."""
    count, _, most = words.shape
    ids, second = np.zeros((count, LONGEST), np.int64), np.zeros((count, LONGEST), np.int64)
    lengths = (words >= 0).sum(-1)
    rows = np.arange(count)
    ids[:, 0] = CLS
    ids[rows, 1 + lengths[:, 0]] = SEP
    ids[rows, 2 + lengths.sum(1)] = SEP
    for side in (0, 1):
        start = 1 + side * (1 + lengths[:, 0])
        for place in range(most):
            there = place < lengths[:, side]
            ids[rows[there], start[there] + place] = table[words[there, side, place]]
    at = np.arange(LONGEST)
    second[(at > 1 + lengths[:, :1]) & (at <= 2 + lengths.sum(1)[:, None])] = 1
    return ids, second


def both_ways(words: np.ndarray, table: np.ndarray) -> np.ndarray:
    """Tokens and segments of every pair, as it is and the other way round: (2 ways, 2, n, 16)."""
    return np.stack([np.stack(tokens(one, table)) for one in (words, words[:, ::-1])])


@lru_cache(maxsize=4)
def plain_corpus(seed: int, zipf: float) -> tuple[list[frozenset[int]], Pairs]:
    """Intents A and the text that everybody can read."""
    random = np.random.default_rng([seed, 8213, 1])
    intents = draw_intents(zipf, INTENTS, set(), random)
    return intents, draw_pairs(intents, zipf, PLAIN, random)


class World:
    """Cipher text of one run: 2000 pairs to train on, 1000 to test, and what counting says about its tokens."""

    def __init__(self, p: Params, seed: int) -> None:
        plain_intents, plain = plain_corpus(seed, p.zipf)
        random = np.random.default_rng([seed, 8213, 2])
        new = round(p.domain_shift * INTENTS)
        self.intents = plain_intents[: INTENTS - new] + draw_intents(p.zipf, new, set(plain_intents), random)
        self.cipher = np.random.default_rng([seed, 8213, 3]).permutation(WORDS)  # π: word w is written as this number
        self.ids = self.kept = np.arange(WORDS)
        text = draw_pairs(self.intents, p.zipf, max(p.cipher_pairs, 2 * (TRAINED + TESTS)), random)
        seen: set[bytes] = set()
        fresh = np.flatnonzero(distinct(text, seen))[: TRAINED + TESTS]
        rest = np.setdiff1d(np.arange(len(text.labels)), fresh)
        text = text[np.concatenate([fresh, rest])]
        self.text = text[: TRAINED + TESTS]  # without its labels, tests' too: transductive
        self.train, self.test = self.text[:TRAINED], self.text[TRAINED:]
        self.plain_counts = plain.counts()
        self.true_words = np.argsort(self.cipher)  # of the cipher tokens
        self.counts = text[: p.cipher_pairs].counts()[self.true_words]
        told = np.random.default_rng([seed, 8213, 4]).permutation(WORDS)[: p.hints]
        self.known = {int(self.cipher[word]): int(word) for word in told}
        self.alignment = theory.align(self.counts, self.plain_counts, self.known)
        self.table = np.append(self.cipher + NONE, 0)

    def quality(self) -> dict[str, float]:
        """How much of the alignment is right, and by how many ranks a word is off."""
        right = self.alignment == self.true_words
        off = np.abs(theory.ranks(self.counts) - theory.ranks(self.plain_counts)[self.true_words])
        return {"exact_words": float(right.sum()), "exact_mass": float(self.counts[right].sum() / self.counts.sum()),
            "rank_error": float(np.median(off))}  # fmt: skip
