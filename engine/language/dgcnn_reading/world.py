"""Generated passages: persons who all do the same thing with something else, at a known gap. No torch.

A fact is "entity attribute [gap fillers] value", the value one or two tokens; all facts of a passage share the attribute, so that
only the entity tells them apart.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.language.dgcnn_reading.params import LENGTH, PASSAGES
from engine.language.dgcnn_reading.vocabulary import (
    ASKED,
    ATTRIBUTE,
    ATTRIBUTES,
    ENTITIES,
    ENTITY,
    FILLER,
    FILLERS,
    VALUE,
    VALUES,
)

Array = np.ndarray


@dataclass(frozen=True)
class Facts:
    """What passages say: entities (n, facts + 1), the last of them absent; attribute (n,); values (n, facts, 2), -1 where one token
    long; which fact is asked about (n,), `facts` for the absent one; where facts begin, as shares of the room (n, facts), rising;
    fillers (n, 40)."""

    entities: Array
    attribute: Array
    values: Array
    asked: Array
    room: Array
    fillers: Array

    def of(self, rows: Array | slice) -> Facts:
        """Some of them."""
        return Facts(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))


@dataclass(frozen=True)
class Items:
    """Passages (n, 40), questions (n, 3), answers (n, 2): first and last position, both -1 without an answer; their gaps (n,)."""

    passages: Array
    questions: Array
    answers: Array
    gaps: Array


def draw(random: np.random.Generator, count: int, facts: int, none: float | Array = 0.0) -> Facts:
    """Facts of so many passages; a share `none` of the questions, or those where it says so (n,), ask about the absent entity."""
    absent = none if isinstance(none, np.ndarray) else random.random(count) < none
    entities = ENTITY + np.argsort(random.random((count, len(ENTITIES))), -1)[:, : facts + 1]
    values = VALUE + np.argsort(random.random((count, len(VALUES))), -1)[:, : 2 * facts].reshape(count, facts, 2)
    values[..., 1] = np.where(random.random((count, facts)) < 0.5, values[..., 1], -1)
    return Facts(
        entities,
        ATTRIBUTE + random.integers(len(ATTRIBUTES), size=count),
        values,
        np.where(absent, facts, random.integers(facts, size=count)),
        np.sort(random.random((count, facts)), -1),
        FILLER + random.integers(len(FILLERS), size=(count, LENGTH)),
    )


def lay(told: Facts, gaps: Array) -> Items:
    """Passages of these facts with these gaps (n, facts)."""
    count, facts = gaps.shape
    row, passages = np.arange(count), told.fillers.copy()
    sizes = 3 + gaps + (told.values[..., 1] >= 0)
    left = LENGTH - sizes.sum(-1)
    start = np.floor(told.room * (left[:, None] + 1)).astype(int) + np.cumsum(sizes, -1) - sizes
    answers = np.full((count, 2), -1)
    for k in range(facts):
        first = start[:, k] + 2 + gaps[:, k]
        last, two = first + (told.values[:, k, 1] >= 0), told.values[:, k, 1] >= 0
        passages[row, start[:, k]], passages[row, start[:, k] + 1] = told.entities[:, k], told.attribute
        passages[row, first] = told.values[:, k, 0]
        passages[row[two], last[two]] = told.values[two, k, 1]
        mine = told.asked == k
        answers[mine] = np.stack([first, last], -1)[mine]
    entity = np.take_along_axis(told.entities, told.asked[:, None], -1)[:, 0]
    questions = np.stack([entity, told.attribute, np.full(count, ASKED)], -1)
    gap = np.take_along_axis(gaps, np.minimum(told.asked, facts - 1)[:, None], -1)[:, 0]
    return Items(passages, questions, answers, gap)


def batch(random: np.random.Generator, count: int, facts: int, widest: int, none: float | Array = 0.0) -> Items:
    """Items whose facts have gaps of 0 to `widest` each."""
    told = draw(random, count, facts, none)
    return lay(told, random.integers(widest + 1, size=(count, facts)))


def each_gap(random: np.random.Generator, count: int, facts: int, widest: int) -> list[Items]:
    """The same facts with every gap from 0 to `widest`, all facts alike; every question has an answer."""
    told = draw(random, count, facts)
    return [lay(told, np.full((count, facts), gap)) for gap in range(widest + 1)]


def ballots(random: np.random.Generator, count: int, widest: int) -> tuple[Array, Array, Array]:
    """Passages (count, 5, 40) of two facts for one question each (count, 3), and its true value (count, 2), -1 where one token long.

    A passage lacks the entity with chance .2, and tells a wrong value with .3, the same one in all passages of a question.
    """
    persons = ENTITY + np.argsort(random.random((count, len(ENTITIES))), -1)
    things = VALUE + np.argsort(random.random((count, len(VALUES))), -1).reshape(count, -1, 2)
    things[..., 1] = np.where(random.random(things.shape[:2]) < 0.5, things[..., 1], -1)
    attribute = ATTRIBUTE + random.integers(len(ATTRIBUTES), size=count)
    kind, asked = random.random((count, PASSAGES)), random.integers(2, size=(count, PASSAGES))
    entities = persons[:, 1 : 1 + 2 * PASSAGES].reshape(count, PASSAGES, 2)
    values = np.stack([things[:, 2:7], things[:, 3:8]], 2)  # of whoever else is told of
    mine = (np.arange(2) == asked[..., None]) & (kind >= 0.2)[..., None]
    entities = np.where(mine, persons[:, :1, None], entities)
    said = np.where((kind > 0.7)[..., None], things[:, 1:2], things[:, :1])[:, :, None]
    values = np.where(mine[..., None], said, values)
    size = count * PASSAGES
    told = Facts(
        np.concatenate([entities, entities[..., :1]], -1).reshape(size, 3),
        np.repeat(attribute, PASSAGES),
        values.reshape(size, 2, 2),
        asked.ravel(),
        np.sort(random.random((size, 2)), -1),
        FILLER + random.integers(len(FILLERS), size=(size, LENGTH)),
    )
    items = lay(told, random.integers(widest + 1, size=(size, 2)))
    questions = np.stack([persons[:, 0], attribute, np.full(count, ASKED)], -1)
    return items.passages.reshape(count, PASSAGES, LENGTH), questions, things[:, 0]
