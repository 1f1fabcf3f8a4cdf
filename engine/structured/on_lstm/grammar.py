"""Sentences of nested clauses and phrases, their exact next-token law, and a person's own sentence. No torch."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.data.errors import not_uploaded, refused

PAD, BOS, EOS = range(3)
KINDS, VARIANTS = 4, 2  # topics, and heads; words of each
TOPIC, HEAD, OF_TOPIC, OF_HEAD = 3, 7, 11, 19  # first ids
VOCABULARY = 27
NAMES = ("", "⟨", "⟩", *"ABCD", *"abcd", *(f"{x}{k}" for x in "ABCDabcd" for k in (1, 2)))
LEVELS = np.repeat([0, 2, 1, 0], [TOPIC, KINDS, KINDS, VOCABULARY - OF_TOPIC])  # of an id
CLAUSES, PHRASES, CONTENTS = 3, 3, 3  # at most; at least 2, 2, 1
LONGEST, LINES = 60, 200  # words of an own sentence, own sentences
EXPECTED_LENGTH = 22.25  # tokens with EOS: 1 + 2.5 (1 + 2.5 (1 + 2))

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Sentences:
    """Tokens (count, width), without BOS and EOS, padded with PAD."""

    tokens: Ints

    @property
    def lengths(self) -> Ints:
        return (self.tokens != PAD).sum(1)

    def framed(self) -> Ints:
        """With BOS before and EOS behind each: (count, width + 2)."""
        rows = np.pad(self.tokens, ((0, 0), (1, 1)), constant_values=PAD)
        rows[:, 0] = BOS
        rows[np.arange(len(rows)), self.lengths + 1] = EOS
        return rows


def draw(random: np.random.Generator, count: int, memory_demand: float) -> Sentences:
    """Sentences of 2-3 clauses, each a topic word and 2-3 phrases, each a head word and 1-3 content words; counts uniform.

    A content word is one of two of its head with probability `memory_demand`, else one of two of its topic.
    """
    clauses, phrases, contents = (count, CLAUSES), (count, CLAUSES, PHRASES), (count, CLAUSES, PHRASES, CONTENTS)
    topic, head = random.integers(KINDS, size=clauses), random.integers(KINDS, size=phrases)
    of_head, variant = random.random(contents) < memory_demand, random.integers(VARIANTS, size=contents)
    has_clause = np.arange(CLAUSES) < random.integers(2, CLAUSES + 1, size=(count, 1))
    has_phrase = (np.arange(PHRASES) < random.integers(2, PHRASES + 1, size=(*clauses, 1))) & has_clause[..., None]
    has_word = (np.arange(CONTENTS) < random.integers(1, CONTENTS + 1, size=(*phrases, 1))) & has_phrase[..., None]
    word = np.where(of_head, OF_HEAD + VARIANTS * head[..., None], OF_TOPIC + VARIANTS * topic[..., None, None]) + variant
    phrase = np.concatenate([np.where(has_phrase, HEAD + head, PAD)[..., None], np.where(has_word, word, PAD)], -1)
    clause = np.concatenate([np.where(has_clause, TOPIC + topic, PAD)[..., None], phrase.reshape(*clauses, -1)], -1)
    slots = clause.reshape(count, -1)
    packed = np.take_along_axis(slots, np.argsort(slots == PAD, axis=1, kind="stable"), 1)
    return Sentences(packed[:, : int((packed != PAD).sum(1).max())])


def brackets(tokens: Ints) -> list[tuple[int, int]]:
    """Clauses and phrases of a sentence (T,) as (first, last token): of two or more tokens, the whole sentence left out."""
    levels, found = LEVELS[tokens], []
    for level in (2, 1):
        starts = np.flatnonzero(levels == level)
        ends = [np.flatnonzero(levels[start + 1 :] >= level) for start in starts]
        found += [(int(a), int(a + e[0]) if len(e) else len(tokens) - 1) for a, e in zip(starts, ends, strict=True)]
    return [(a, b) for a, b in found if a < b and (a, b) != (0, len(tokens) - 1)]


def choice_entropy(memory_demand: float) -> float:
    """Entropy of a content word in nats: whose it is, H(π), and which of two, ln 2. Both kinds of words are told apart."""
    return math.log(2) - sum(p * math.log(p) for p in (memory_demand, 1 - memory_demand) if p > 0)


def floor(memory_demand: float) -> float:
    """The exact entropy of a sentence by its expected number of tokens, EOS one of them: nats per token."""
    word = choice_entropy(memory_demand)
    phrase = math.log(4) + math.log(3) + 2 * word
    clause = math.log(4) + math.log(2) + 2.5 * phrase
    return (math.log(2) + 2.5 * clause) / EXPECTED_LENGTH


def nll(tokens: Ints, memory_demand: float) -> float:
    """-log of the grammar's own chance of a sentence (T,), token by token from what was read before: nats."""
    total, clauses, phrases, contents = 0.0, 0, 0, 0
    for token, after in zip([BOS, *tokens], [*tokens, EOS], strict=True):
        level = -1 if token == BOS else int(LEVELS[token])
        if level == 0:
            contents += 1
        elif level == 1:
            phrases, contents = phrases + 1, 0
        elif level == 2:
            clauses, phrases, contents = clauses + 1, 0, 0
        chance = 1.0
        if level == 0:  # a phrase, a clause, a sentence may end here
            more = (1.0, 2 / 3, 1 / 2, 0.0)[contents]
            more_phrases, more_clauses = (1.0, 1.0, 0.5, 0.0)[phrases], (1.0, 1.0, 0.5, 0.0)[clauses]
            go_on = {0: more, 1: (1 - more) * more_phrases, 2: (1 - more) * (1 - more_phrases) * more_clauses}
            chance = 1 - sum(go_on.values()) if after == EOS else go_on[int(LEVELS[after])]
        if after >= OF_TOPIC:
            chance *= (memory_demand if after >= OF_HEAD else 1 - memory_demand) / VARIANTS
        elif after != EOS:
            chance /= KINDS
        total -= math.log(chance)
    return total


def legal(tokens: Ints) -> NDArray[np.bool_]:
    """Which tokens (T,) of a sentence the grammar allows after those before them: order, counts, and whose words they are."""
    found, topic, head, clauses, phrases, contents = [], -1, -1, 0, 0, 1
    for token in tokens.tolist():
        level = int(LEVELS[token])
        if level == 2:
            found.append(clauses < CLAUSES and contents > 0 and (clauses == 0 or phrases >= 2))
            topic, head, clauses, phrases, contents = token - TOPIC, -1, clauses + 1, 0, 1
        elif level == 1:
            found.append(topic >= 0 and phrases < PHRASES and contents > 0)
            head, phrases, contents = token - HEAD, phrases + 1, 0
        else:
            own = (token - OF_HEAD) // VARIANTS == head if token >= OF_HEAD else (token - OF_TOPIC) // VARIANTS == topic
            found.append(head >= 0 and own and contents < CONTENTS)
            contents += 1
    return np.array(found, bool)


def own(codes: NDArray[np.integer]) -> Sentences:
    """A person's sentences, one a line, words set apart by blanks; raises BadValue, in a line that says what is allowed."""
    lines = [line.split() for line in "".join(map(chr, np.asarray(codes).ravel())).splitlines()]
    lines = [line for line in lines if line]
    if not lines:
        raise refused("The text has no word; write a sentence such as A b b1 A2 c c1.", parameter="show")
    if len(lines) > LINES:
        raise refused("The text has {count} lines; at most {most} are taken.", parameter="show", count=len(lines), most=LINES)
    number = {name: k for k, name in enumerate(NAMES) if k >= TOPIC}
    for line in lines:
        if len(line) > LONGEST:
            raise refused(
                "A sentence has {count} words; at most {most} are taken.", parameter="show", count=len(line), most=LONGEST
            )
        for word in line:
            if word not in number:
                said = word if len(word) <= 12 else word[:11] + "…"
                raise refused("“{word}” is no word of this language. Its words: {known}.", parameter="show", word=said,
                    known=" ".join(number))  # fmt: skip
    tokens = np.full((len(lines), max(map(len, lines))), PAD, np.int64)
    for row, line in zip(tokens, lines, strict=True):
        row[: len(line)] = [number[word] for word in line]
    return Sentences(tokens)


def data(seed: int, memory_demand: float, train: int, probes: int) -> Iterator[Sentences]:
    """Training and probe sentences, from generators of their own."""
    for purpose, count in (("train", train), ("probe", probes)):
        yield draw(np.random.default_rng([seed, *purpose.encode()]), count, memory_demand)


def shown(probe: Sentences, uploaded: Mapping[str, np.ndarray] | None, show: str) -> Sentences:
    """The sentences that can be shown; raises BadValue where one's own cannot be used."""
    if show == "probe":
        return probe
    if uploaded is None:
        raise not_uploaded("show")
    return own(uploaded["codes"])
