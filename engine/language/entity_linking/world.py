"""The world of a run: entities and their texts, of which everything is known, and the habits of an annotator. No torch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.language.entity_linking import theory
from engine.language.entity_linking.params import (
    ALIAS_COUNT,
    HOMONYMS,
    NAMED,
    PRIVATE_COUNT,
    TESTS,
    TOPIC_SIZE,
    TOPICS,
    VOCABULARY,
    EntityLinkingParams,
)  # fmt: skip

TRAINED = 6000  # texts to train on, one mention each
TOLD = 6  # words of its topic in an entity's description
SEEN, UNSEEN = 30_000, 20_000  # occurrences of aliases in training and test texts
HABITS = {"lazy": (0.35, 0.9), "diligent": (0.9, 0.35), "fickle": (7.0, 18.0)}  # of a Beta law


@dataclass(frozen=True)
class Texts:
    """Names (n,), the meant homonym of each (n,), words (n, L)."""

    names: np.ndarray
    entities: np.ndarray
    words: np.ndarray


class Entities:
    """60 names with 8 homonyms each, of different topics; their descriptions, and texts about them."""

    def __init__(self, p: EntityLinkingParams, seed: int) -> None:
        random = np.random.default_rng([seed, 6919, 1])
        self.topics = np.argsort(random.random((NAMED, TOPICS)), -1)[:, :HOMONYMS]
        self.private = random.integers(PRIVATE_COUNT, size=(NAMED, HOMONYMS, theory.PRIVATE_WORDS)) + TOPICS * TOPIC_SIZE
        told = np.argsort(random.random((NAMED, HOMONYMS, TOPIC_SIZE)), -1)[..., :TOLD]
        self.descriptions = np.concatenate([self.topics[..., None] * TOPIC_SIZE + told, self.private], -1)
        ranks = np.argsort(random.random((NAMED, HOMONYMS)), -1)  # the first homonym is not the most usual: ties tell nothing
        self.prior = theory.prior(p.prior_concentration, HOMONYMS)[ranks]
        self.train, self.test = (self.texts(count, p.context_words, random) for count in (TRAINED, TESTS))
        self.counts = np.zeros((NAMED, HOMONYMS), int)
        np.add.at(self.counts, (self.train.names, self.train.entities), 1)
        self.estimated = theory.smoothed(self.counts)

    def texts(self, count: int, length: int, random: np.random.Generator) -> Texts:
        """Texts (count, L): each word of the topic with chance .25, private with .06, else any of all."""
        names = random.integers(NAMED, size=count)
        entities = (random.random(count)[:, None] > np.cumsum(self.prior[names], -1)).sum(-1).clip(max=HOMONYMS - 1)
        kind = random.random((count, length))
        words = random.integers(VOCABULARY, size=(count, length))
        of_topic = self.topics[names, entities][:, None] * TOPIC_SIZE + random.integers(TOPIC_SIZE, size=(count, length))
        own = np.take_along_axis(self.private[names, entities], random.integers(theory.PRIVATE_WORDS, size=(count, length)), -1)
        words = np.where(kind < theory.TOPIC_SHARE, of_topic, words)
        return Texts(names, entities, np.where(kind > 1 - theory.PRIVATE_SHARE, own, words))

    def log_likelihood(self, texts: Texts) -> np.ndarray:
        """log p(x | e) of every homonym (n, 8), exact."""
        chances = np.log(theory.word_chances(self.topics, self.private))
        return chances[texts.names[:, None, None], np.arange(HOMONYMS)[:, None], texts.words[:, None]].sum(-1)


class Annotator:
    """600 aliases with Zipf frequencies (exponent .8), each marked with a habit of its own."""

    def __init__(self, p: EntityLinkingParams, seed: int) -> None:
        random = np.random.default_rng(seed)
        self.frequency = theory.prior(0.8, ALIAS_COUNT)
        self.habit = random.beta(*HABITS[p.annotator], ALIAS_COUNT)
        self.marked, self.unmarked = self.read(SEEN, random)
        self.test_marked, self.test_unmarked = self.read(UNSEEN, random)
        self.lost = int(random.negative_binomial(self.test_marked.sum(), theory.IN_DICTIONARY))
        self.shown = random.choice(ALIAS_COUNT, 12, p=self.frequency)  # a text's aliases, and which of them were marked
        self.shown_marked = random.random(len(self.shown)) < self.habit[self.shown]
        self.estimated = theory.habit(self.marked, self.unmarked)
        self.best = theory.best_f1(self.frequency, self.habit)

    def read(self, count: int, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Of so many occurrences in texts: how many of each alias (600,) were marked, and how many not."""
        seen = random.choice(ALIAS_COUNT, count, p=self.frequency)
        marked = random.random(count) < self.habit[seen]
        return np.bincount(seen[marked], minlength=ALIAS_COUNT), np.bincount(seen[~marked], minlength=ALIAS_COUNT)

    def scores(self, thresholds: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Precision, recall, F1 on test occurrences of keeping aliases whose estimated habit is above each threshold (n,)."""
        return theory.scores(
            (self.estimated > thresholds[:, None]).astype(float), self.test_marked, self.test_unmarked, self.lost
        )
