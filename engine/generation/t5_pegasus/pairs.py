"""What the network reads and writes: pseudo-summaries of the corpus under every rule, true titles, and the tokens of both."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from engine.generation.t5_pegasus import selection
from engine.generation.t5_pegasus.corpus import DOCUMENTS, VOCABULARY, corpus
from engine.generation.t5_pegasus.params import T5PegasusParams

NOISE, SPAN = 0.15, 3  # share of masked units, mean length of a masked span (Raffel et al. 2020)
MARKS = ("", "▷", "■", *(f"<{k}>" for k in range(1, 10)))  # padding, begin, end, and what stands for a masked span
HOLE = 3  # number of the first of those
NAMED = ("lcs", "rouge", "lead", "random", "span")

Pair = tuple[list[int], list[int]]


class Pairs:
    """The documents of a run as tokens, and the pairs cut out of them, each made when it is first asked for."""

    def __init__(self, p: T5PegasusParams, seed: int) -> None:
        self.seed, self.words = seed, p.unit == "word"
        self.documents = corpus(seed, p.key_sentences)
        self.vocabulary = (*MARKS, *(VOCABULARY if self.words else dict.fromkeys("".join(VOCABULARY))))
        self.number = {unit: k for k, unit in enumerate(self.vocabulary)}
        self.units = [[self.cut(sentence) for sentence in document.sentences] for document in self.documents]
        self.full = [self.numbers(sentences) for sentences in self.units]
        self.titles = [self.numbers([self.cut(document.title)]) for document in self.documents]
        self.longest = max(map(len, self.full)) + len(MARKS)
        self.made: dict[tuple[str, int, int], Pair] = {}

    def cut(self, words: Sequence[str]) -> list[str]:
        """Words as units."""
        return list(words) if self.words else list("".join(words))

    def numbers(self, sentences: Iterable[Sequence[str]]) -> list[int]:
        """Sentences, joined, as numbers of tokens."""
        return [self.number[unit] for sentence in sentences for unit in sentence]

    def pair(self, index: int, rule: str, gap: float) -> Pair:
        """Source and target of a document under a rule: what it cuts out is the target, all else the source, in document order."""
        units, count = self.units[index], selection.picks(len(self.units[index]), gap)
        key = (rule, count, index)
        if key not in self.made:
            if rule == "span":
                self.made[key] = self.masked(index)
            else:
                chosen = self.chosen(index, rule, count)
                source = self.numbers(units[k] for k in range(len(units)) if k not in chosen)
                self.made[key] = source, self.numbers(units[k] for k in sorted(chosen))
        return self.made[key]

    def chosen(self, index: int, rule: str, count: int) -> list[int]:
        """The sentences that a rule cuts out of a document."""
        return selection.select(rule, self.units[index], count, (self.seed, index, 2))

    def hidden(self, index: int) -> list[tuple[int, int]]:
        """T5's span corruption: begin and end of the masked spans, 15 % of the units in spans of 3 on average."""
        length = sum(map(len, self.units[index]))
        noise = max(1, round(NOISE * length))
        spans = max(1, round(noise / SPAN))
        random = np.random.default_rng((self.seed, index, 2))
        kept = sorted(random.choice(length - noise + 1, spans, replace=False).tolist())  # units that stay before each span
        sizes = [noise // spans + (k < noise % spans) for k in range(spans)]
        return [(keep + sum(sizes[:k]), keep + sum(sizes[: k + 1])) for k, keep in enumerate(kept)]

    def masked(self, index: int) -> Pair:
        """The document with a sign for every hidden span, and the spans behind their signs."""
        source, target, at = [], [], 0
        for k, (begin, end) in enumerate(self.hidden(index)):
            source += [*self.full[index][at:begin], HOLE + k]
            target += [HOLE + k, *self.full[index][begin:end]]
            at = end
        return source + self.full[index][at:], target

    def named(self, rule: str, gap: float) -> float:
        """The share of pseudo-summaries that name the method or the problem of their document."""
        return float(np.mean([self.names(index, rule, gap) for index in range(DOCUMENTS)]))

    def names(self, index: int, rule: str, gap: float) -> bool:
        """Whether one of them does."""
        document, units = self.documents[index], self.units[index]
        if rule == "span":
            flat = [unit for sentence in units for unit in sentence]
            parts = ["".join(flat[begin:end]) for begin, end in self.hidden(index)]
        else:
            parts = ["".join(units[k]) for k in self.chosen(index, rule, selection.picks(len(units), gap))]
        return any(document.method in part or document.problem in part for part in parts)

    def copied(self, rule: str, gap: float) -> float:
        """The share of tokens of pseudo-summaries that also stand in their sources; every tenth document is counted."""
        pairs = [self.pair(index, rule, gap) for index in range(0, DOCUMENTS, 10)]
        found = [token in source for source, target in pairs for token in target if not HOLE <= token < len(MARKS)]
        return float(np.mean(found))

    def right(self, written: Sequence[Sequence[int]]) -> np.ndarray:
        """Shares of titles (of the test documents) with the right method, and the right problem, each in its place: (2,)."""
        texts = ["".join(self.vocabulary[token] for token in line) for line in written]
        about = [(f"基于{one.method}的", f"的{one.problem}") for one in self.documents[DOCUMENTS:]]
        found = [(text.startswith(begin), text.endswith(end)) for text, (begin, end) in zip(texts, about, strict=True)]
        return np.mean(found, axis=0)
