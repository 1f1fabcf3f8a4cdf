"""What the network reads and writes: pseudo-summaries of the corpus under every rule, true titles, and the tokens of both."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

import numpy as np

from engine.generation.t5_pegasus import selection
from engine.generation.t5_pegasus.corpus import DOCUMENTS, SENTENCES, VOCABULARY, corpus

MARKS = ("", "▷", "■", *(f"<{k}>" for k in range(1, 10)))  # padding, begin, end, and what stands for a masked span
HOLE = 3  # number of the first of those
NAMED = ("lcs", "rouge", "lead", "random", "span")

Pair = tuple[list[int], list[int]]


class Pairs:
    """The documents of a run as tokens, and the pairs cut out of them, each made when it is first asked for."""

    def __init__(self, seed: int, keys: int, words: bool) -> None:
        self.seed, self.words = seed, words
        self.documents = corpus(seed, keys)
        self.vocabulary = (*MARKS, *(VOCABULARY if self.words else dict.fromkeys("".join(VOCABULARY))))
        self.number = {unit: k for k, unit in enumerate(self.vocabulary)}
        self.units = [[self.numbers(sentence) for sentence in document.sentences] for document in self.documents]
        self.full = [joined(sentences) for sentences in self.units]
        self.titles = [self.numbers(document.title) for document in self.documents]
        self.longest = max(map(len, self.full)) + len(MARKS)
        self.made: dict[tuple[str, int, int], Pair] = {}
        self.counted: dict[tuple[str, int], tuple[float, float]] = {}

    def numbers(self, words: Sequence[str]) -> list[int]:
        """Words as numbers of tokens."""
        return [self.number[unit] for unit in (words if self.words else "".join(words))]

    def pair(self, index: int, rule: str, gap: float) -> Pair:
        """Source and target of a document under a rule: what it cuts out is the target, all else the source, in document order."""
        units, count, draw = self.units[index], selection.picks(SENTENCES, gap), (self.seed, index, 2)
        key = (rule, count, index)
        if key not in self.made:
            if rule == "span":
                self.made[key] = masked(self.full[index], selection.spans(len(self.full[index]), draw))
            else:
                chosen = selection.select(rule, units, count, draw)
                sides = ([units[k] for k in range(SENTENCES) if (k in chosen) == inside] for inside in (False, True))
                source, target = map(joined, sides)
                self.made[key] = source, target
        return self.made[key]

    def shares(self, rule: str, gap: float) -> tuple[float, float]:
        """Of the pseudo-summaries of a rule: the share that names the method or the problem of their document; and (of every tenth
        of them) the share of tokens that also stand in their sources."""  # fmt: skip
        key = (rule, selection.picks(SENTENCES, gap))
        if key not in self.counted:
            pairs = [self.pair(index, rule, gap) for index in range(DOCUMENTS)]
            texts = ["".join(self.vocabulary[token] for token in target) for _, target in pairs]
            named = [one.method in text or one.problem in text for one, text in zip(self.documents, texts, strict=False)]
            copied = [token in source for source, target in pairs[::10] for token in target if not HOLE <= token < len(MARKS)]
            self.counted[key] = float(np.mean(named)), float(np.mean(copied))
        return self.counted[key]

    def right(self, written: Sequence[Sequence[int]]) -> np.ndarray:
        """Shares of titles (of the test documents) with the right method, and the right problem, each in its place: (2,)."""
        texts = ["".join(self.vocabulary[token] for token in line) for line in written]
        about = [(f"基于{one.method}的", f"的{one.problem}") for one in self.documents[DOCUMENTS:]]
        found = [(text.startswith(begin), text.endswith(end)) for text, (begin, end) in zip(texts, about, strict=True)]
        return np.mean(found, axis=0)


@lru_cache(maxsize=2)
def pairs_of(seed: int, keys: int, words: bool) -> Pairs:
    """The documents of runs of a seed, with so many telling sentences each, in words or in characters: shared by the runs of a
    process, for they are the same whoever asks first."""  # fmt: skip
    return Pairs(seed, keys, words)


def joined(sentences: Iterable[Sequence[int]]) -> list[int]:
    """Sentences as one row of tokens."""
    return [token for sentence in sentences for token in sentence]


def masked(tokens: Sequence[int], spans: Iterable[tuple[int, int]]) -> Pair:
    """The document with a sign for every masked span, and the spans behind their signs."""
    source, target, at = [], [], 0
    for k, (begin, end) in enumerate(spans, HOLE):
        source += [*tokens[at:begin], k]
        target += [k, *tokens[begin:end]]
        at = end
    return source + list(tokens[at:]), target
