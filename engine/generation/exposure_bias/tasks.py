"""What is to be written: the noisy compass, the counter, or the user's own text. Data only, no networks."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np

from engine.core.params import BadValue
from engine.data.errors import not_uploaded
from engine.generation.exposure_bias import exact
from engine.generation.exposure_bias.params import ExposureBiasParams

Array = np.ndarray

SHORTEST, LONGEST, MOST_SYMBOLS = 1_000, 2_000_000, 1_000
OTHER = "□"  # stands for every character outside the vocabulary


class Task(ABC):
    """Sequences to learn from and to be tested on.

    Attributes:
        symbols: size m of the vocabulary; the begin sign is token m.
        readings: how many values the source reading takes, 0 without a source.
        start: first position (from 0) whose loss counts.
        given: how many tokens a test run is given before it runs on its own.
        kept: inputs (from the begin sign on) that schemes which feed own samples leave true.
        planes: uniform numbers needed for one position.
    """

    symbols: int
    readings: int = 0
    start: int = 0
    given: int = 0
    kept: int = 1
    planes: int = 1

    @abstractmethod
    def sequences(self, uniforms: Array, test: bool = False) -> tuple[Array, Array]:
        """Targets y and readings c, both int64 (n, T), from uniform numbers (planes, n, T)."""


class Compass(Task):
    """A walk on a ring with a noisy reading; see `exact.sample`."""

    planes = 4

    def __init__(self, jump: float, noise: float, labels: int) -> None:
        self.jump, self.noise = jump, noise
        self.symbols = self.readings = labels

    def sequences(self, uniforms: Array, test: bool = False) -> tuple[Array, Array]:
        return exact.sample(uniforms.shape[1], uniforms.shape[2], self.jump, self.noise, self.symbols, uniforms)


class Counter(Task):
    """y_t = y_0 + s t modulo m with a hidden step s: no source, the past must tell the rule."""

    start, given, kept, planes = 2, 5, 3, 2

    def __init__(self, labels: int) -> None:
        self.symbols = labels

    def sequences(self, uniforms: Array, test: bool = False) -> tuple[Array, Array]:
        m, positions = self.symbols, uniforms.shape[2]
        first = np.minimum((uniforms[0, :, :1] * m).astype(np.int64), m - 1)
        pace = 1 + np.minimum((uniforms[1, :, :1] * (m - 1)).astype(np.int64), max(m - 2, 0))
        y = (first + pace * np.arange(positions)) % m
        return y, np.zeros_like(y)


class Text(Task):
    """Windows of the user's own text, character by character; the last tenth is kept for the test.

    The vocabulary are the most frequent characters of the training part; all others are written as one sign.
    `unseen` is the share of test characters that are not in it.
    """

    given = 8

    def __init__(self, codes: Array, positions: int) -> None:
        codes = np.asarray(codes).ravel().astype(np.int64)
        fewest = max(SHORTEST, 24 * positions)
        if not fewest <= len(codes) <= LONGEST:
            raise BadValue(
                "task",
                "text",
                f"{fewest:,} to {LONGEST:,} characters",
                template="The text has {count} characters; this lab takes {fewest} to {most}: less cannot be learned from, "
                "more would not fit the machine.",
                count=f"{len(codes):,}",
                fewest=f"{fewest:,}",
                most=f"{LONGEST:,}",
            )
        cut = int(len(codes) * 0.9)
        known, counts = np.unique(codes[:cut], return_counts=True)
        if len(known) < 2:
            raise BadValue(
                "task",
                "text",
                "two different characters",
                template="The text has only one character; it takes at least {allowed}.",
            )
        often = np.sort(known[np.argsort(-counts, kind="stable")[: MOST_SYMBOLS - 1]])
        place = np.searchsorted(often, codes).clip(max=len(often) - 1)
        tokens = np.where(often[place] == codes, place, len(often))
        self.characters = np.append(often, ord(OTHER)).astype(np.int32)
        self.symbols = len(self.characters)
        self.train, self.held = tokens[:cut], tokens[cut:]
        self.unseen = float((self.held == len(often)).mean())
        self.judge = Trigrams(self.train, self.symbols)

    def sequences(self, uniforms: Array, test: bool = False) -> tuple[Array, Array]:
        part, positions = (self.held if test else self.train), uniforms.shape[2]
        begin = (uniforms[0, :, :1] * (len(part) - positions)).astype(np.int64)
        y = part[begin + np.arange(positions)]
        return y, np.zeros_like(y)

    def spell(self, tokens: Array) -> Array:
        """Unicode code points (int32) of tokens."""
        return self.characters[np.minimum(tokens, self.symbols - 1)]


class Trigrams:
    """A fixed judge of written text: counts of the training part, interpolated (Jelinek & Mercer 1980)."""

    weights = (0.6, 0.3, 0.09, 0.01)  # trigram, bigram, single character, uniform

    def __init__(self, tokens: Array, symbols: int) -> None:
        self.symbols = symbols
        self.single = np.bincount(tokens, minlength=symbols) / len(tokens)
        self.pairs = np.unique(self._key(tokens[:-1], tokens[1:]), return_counts=True)
        self.triples = np.unique(self._key(tokens[:-2], tokens[1:-1], tokens[2:]), return_counts=True)
        self.before = np.bincount(tokens[:-1], minlength=symbols)

    def _key(self, *tokens: Array) -> Array:
        key = tokens[0]
        for part in tokens[1:]:
            key = key * self.symbols + part
        return key

    @staticmethod
    def _count(table: tuple[Array, Array], keys: Array) -> Array:
        place = np.searchsorted(table[0], keys).clip(max=len(table[0]) - 1)
        return np.where(table[0][place] == keys, table[1][place], 0)

    def surprise(self, tokens: Array) -> tuple[Array, Array]:
        """-ln p of every token from the third on, in nats, and whether its trigram occurs: both (n, T - 2)."""
        a, b, c = tokens[:, :-2], tokens[:, 1:-1], tokens[:, 2:]
        pair, triple = self._count(self.pairs, self._key(a, b)), self._count(self.triples, self._key(a, b, c))
        following = self._count(self.pairs, self._key(b, c))
        p = self.weights[0] * triple / np.maximum(pair, 1) + self.weights[1] * following / np.maximum(self.before[b], 1)
        p = p + self.weights[2] * self.single[c] + self.weights[3] / self.symbols
        return -np.log(p), triple > 0


def build(params: ExposureBiasParams, data: dict[str, Array] | None) -> Task:
    """The task that the parameters name; raises BadValue when own text is missing or outside the limits."""
    if params.task == "compass":
        return Compass(params.jump, params.noise, params.labels)
    if params.task == "counter":
        return Counter(params.labels)
    if data is None or "codes" not in data:
        raise not_uploaded("task", "text")
    return Text(data["codes"], params.positions)
