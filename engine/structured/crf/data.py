"""Labelled sequences: a hidden Markov chain with its exact answer, an invented lexicon, a person's own segmented text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from engine.data.errors import not_uploaded, refused
from engine.structured.crf import theory
from engine.structured.crf.params import CHAIN, LABELS, TESTS, CrfParams
from engine.structured.sequences import LETTERS, Sequences, lexicon, tags

SYMBOLS = 20
LONGEST, MOST = 100, 5000  # letters of an own sentence, sentences of an own text


@dataclass(frozen=True)
class Corpus:
    """Training and test sequences, and the names of the symbols. Number `unknown` is any other symbol, `edge` is outside."""

    train: Sequences
    test: Sequences
    names: tuple[str, ...]

    @property
    def unknown(self) -> int:
        return len(self.names)

    @property
    def edge(self) -> int:
        return len(self.names) + 1


def hidden_chain(rng: np.random.Generator, count: int, emission: np.ndarray) -> Sequences:
    """Sequences of the hidden chain: labels by its transitions, each label writing a symbol."""
    labels = np.zeros((count, CHAIN), np.int64)
    labels[:, 0] = drawn(rng, np.broadcast_to(theory.START, (count, LABELS)))
    for t in range(1, CHAIN):
        labels[:, t] = drawn(rng, theory.TRANSITIONS[labels[:, t - 1]])
    symbols = drawn(rng, emission[labels.ravel()]).reshape(labels.shape)
    return Sequences(symbols, labels, np.ones_like(labels, bool))


def drawn(rng: np.random.Generator, chances: np.ndarray) -> np.ndarray:
    """One draw from every row of a table of chances (rows, options)."""
    return np.minimum((chances.cumsum(-1) < rng.random(len(chances))[:, None]).sum(-1), chances.shape[-1] - 1)


def own_text(codes: np.ndarray, most: int) -> Corpus:
    """A person's text, one sentence a line, blanks between words; every fifth sentence is kept for the test. Raises BadValue."""
    lines = [line.split() for line in "".join(map(chr, np.asarray(codes).ravel())).splitlines()]
    sentences = [part for words in lines for part in broken(words)]
    if not sentences:
        raise refused("The text has no sentence: write one a line, with blanks between its words.")
    if len(sentences) > MOST:
        raise refused("The text has {count} sentences; at most {most} are taken.", count=len(sentences), most=MOST)
    test = sentences[4::5][:TESTS] or sentences  # a text of four sentences or fewer is both
    train = [words for k, words in enumerate(sentences) if k % 5 != 4][:most]
    names = tuple(sorted({letter for words in train for word in words for letter in word}))
    return Corpus(padded(train, names), padded(test, names), names)


def broken(words: list[str]) -> Iterator[list[str]]:
    """The words of a line in sentences of at most 100 letters; a longer word is a sentence, cut there."""
    part: list[str] = []
    for word in (word[:LONGEST] for word in words):
        if sum(map(len, part)) + len(word) > LONGEST:
            yield part
            part = []
        part.append(word)
    if part:
        yield part


def padded(sentences: Sequence[Sequence[str]], names: Sequence[str]) -> Sequences:
    """Sentences as symbols and labels, padded with the edge."""
    number = {name: k for k, name in enumerate(names)}
    width = max(sum(map(len, words)) for words in sentences)
    symbols = np.full((len(sentences), width), len(names) + 1, np.int64)
    labels = np.zeros_like(symbols)
    for row, words in enumerate(sentences):
        text = [number.get(letter, len(names)) for word in words for letter in word]
        symbols[row, : len(text)] = text
        labels[row, : len(text)] = [tag for word in words for tag in tags(len(word))]
    return Sequences(symbols, labels, symbols <= len(names))


def build(params: CrfParams, seed: int, data: Mapping[str, np.ndarray] | None) -> Corpus:
    """The sequences that the parameters name; raises BadValue where one's own text cannot be used."""
    if params.data == "own":
        if data is None:
            raise not_uploaded()
        return own_text(data["codes"], params.training_sequences)
    train, test = (np.random.default_rng([seed, *purpose.encode()]) for purpose in ("train", "test"))
    if params.data == "lexicon":
        names = tuple("abcdefghijklmnopqrstuvwxyz"[:LETTERS])
        return Corpus(lexicon(train, params.training_sequences), lexicon(test, TESTS), names)
    table = theory.emission(params.ambiguity)
    names = tuple("abcdefghijklmnopqrstuvwxyz"[:SYMBOLS])
    return Corpus(hidden_chain(train, params.training_sequences, table), hidden_chain(test, TESTS, table), names)
