"""The world of a run: sentences of six patterns and the triples that each states, of which training has lost a share. No torch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from engine.language.dgcnn_extraction import vocabulary as v
from engine.language.dgcnn_extraction.params import PATTERNS, TESTS, DgcnnExtractionParams

DIRECTOR, STAR, AUTHOR, PUBLISHER, BORN = range(5)
ROLES = {DIRECTOR: v.DIRECTOR, STAR: v.STAR, AUTHOR: v.AUTHOR}  # predicate -> the word that says so
CHANCES = 24
PLACE_AHEAD = 12  # of the place signs, so many stand first in a place's name and the others second
Span = tuple[int, int]
Triple = tuple[int, int, int, int, int]  # subject first, last, predicate, object first, last


@dataclass
class Writer:
    """A sentence while it is written, with numbers of 0..1 to choose by."""

    chances: Iterator[float]
    signs: list[int] = field(default_factory=list)
    triples: list[Triple] = field(default_factory=list)

    def draw(self, of: Sequence[int], count: int = 1) -> list[int]:
        """So many different ones of these."""
        left = list(of)
        return [left.pop(int(next(self.chances) * len(left))) for _ in range(count)]

    def say(self, *signs: int) -> Span:
        """Write these signs; their first and last place."""
        self.signs += signs
        return len(self.signs) - len(signs), len(self.signs) - 1

    def name(self) -> Span:
        """A surname and one or two given signs."""
        return self.say(*self.draw(v.SURNAMES), *self.draw(v.GIVEN, *self.draw((1, 2))))

    def title(self) -> Span:
        """Two or three signs in the marks of a title, which do not belong to the span."""
        self.say(v.OPEN)
        span = self.say(*self.draw(v.TITLES, *self.draw((2, 3))))
        self.say(v.CLOSE)
        return span

    def town(self, *after: int) -> Span:
        """A place of two signs, and what belongs to the span after it."""
        return self.say(*self.draw(v.PLACES[:PLACE_AHEAD]), *self.draw(v.PLACES[PLACE_AHEAD:]), *after)

    def roles(self, count: int) -> list[int]:
        """Different predicates of a title and a person."""
        return self.draw(tuple(ROLES), count)

    def state(self, subject: Span, predicate: int, thing: Span) -> None:
        """Note a triple."""
        self.triples.append((*subject, predicate, *thing))


def write(pattern: int, chances: Iterable[float]) -> tuple[list[int], list[Triple]]:
    """A sentence of a pattern (0..5), as its signs, and its triples; at most CHANCES numbers of 0..1 choose its words.

    0: one subject with three objects. 1: two subjects with one object. 2: one pair with two predicates. 3: an author's name inside the
    title. 4: a person who is an object and a subject. 5: two facts beside each other.
    """
    w = Writer(iter(chances))
    if pattern == 3:
        w.say(v.OPEN)
        person = w.name()
        book = (person[0], w.say(v.MEMOIR)[1])
        w.say(v.CLOSE, v.COMMA, v.PUBLISHER, v.COLON)
        w.state(book, AUTHOR, person)
        w.state(book, PUBLISHER, w.town(v.PRESS))
    elif pattern == 2:
        title, (one, two) = w.title(), w.roles(2)
        w.say(ROLES[one], v.ALSO, ROLES[two])
        person = w.name()
        for predicate in (one, two):
            w.state(title, predicate, person)
    elif pattern == 1:
        titles = [w.title()]
        w.say(v.AND)
        titles.append(w.title())
        (predicate,) = w.roles(1)
        w.say(ROLES[predicate])
        person = w.name()
        for title in titles:
            w.state(title, predicate, person)
    elif pattern == 5:
        for k, predicate in enumerate((DIRECTOR, DIRECTOR)):
            if k:
                w.say(v.COMMA)
            title = w.title()
            w.say(ROLES[predicate])
            w.state(title, predicate, w.name())
    else:
        title = w.title()
        for k, predicate in enumerate(w.roles(3 if pattern == 0 else 1)):
            if k:
                w.say(v.COMMA)
            w.say(ROLES[predicate])
            person = w.name()
            w.state(title, predicate, person)
        if pattern == 4:
            w.say(v.COMMA, v.BORN)
            w.state(person, BORN, w.town())
    w.say(v.STOP)
    return w.signs, w.triples


@dataclass(frozen=True)
class Texts:
    """Signs (n, L), 0 past the text; lengths (n,)."""

    signs: np.ndarray
    length: np.ndarray

    @property
    def real(self) -> np.ndarray:
        """Where there is text (n, L)."""
        return np.arange(self.signs.shape[1]) < self.length[:, None]


@dataclass(frozen=True)
class Sentences(Texts):
    """Texts with their patterns (n,) and triples (m, 6), the first number being the sentence."""

    pattern: np.ndarray
    triples: np.ndarray


def padded(rows: list[list[int]]) -> tuple[np.ndarray, np.ndarray]:
    """Rows of signs as one array (n, longest), 0 past the text, and their lengths (n,)."""
    length = np.array([len(row) for row in rows], int)
    signs = np.zeros((len(rows), max(int(length.max(initial=0)), 1)), int)
    for row, given in zip(signs, rows, strict=True):
        row[: len(given)] = given
    return signs, length


def sentences(count: int, random: np.random.Generator) -> Sentences:
    """So many sentences of patterns drawn evenly."""
    pattern = random.integers(PATTERNS, size=count)
    written = list(map(write, pattern.tolist(), random.random((count, CHANCES)).tolist()))
    triples = np.array([(k, *triple) for k, (_, stated) in enumerate(written) for triple in stated], int)
    return Sentences(*padded([signs for signs, _ in written]), pattern, triples.reshape(-1, 6))


@dataclass(frozen=True)
class World:
    """Sentences to learn from with all their triples, those of them that the annotators noted, and sentences to test on."""

    train: Sentences
    noted: np.ndarray
    test: Sentences

    @classmethod
    def draw(cls, p: DgcnnExtractionParams, seed: int) -> World:
        """The world of a run."""
        random = np.random.default_rng([seed, 6671])
        test, train = sentences(TESTS, random), sentences(p.sentences, random)
        kept = random.random(len(train.triples)) >= p.missing_labels
        return cls(train, train.triples[kept], test)

    @property
    def kept_share(self) -> float:
        """Share of the training triples that were noted."""
        return len(self.noted) / len(self.train.triples)

    @property
    def kept_subjects(self) -> float:
        """Share of the subjects that kept a triple, among the sentences that did."""
        whole = np.unique(self.train.triples[:, :3], axis=0)
        left = np.unique(self.noted[:, :3], axis=0)
        return len(left) / max(int(np.isin(whole[:, 0], left[:, 0]).sum()), 1)
