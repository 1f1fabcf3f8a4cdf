"""What is trained on: points of a plane, digits, texts of six tokens, or a person's own table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from engine.data.errors import not_uploaded, refused
from engine.data.sets.digits import shuffled_digits
from engine.data.sets.points import Labelled, clusters
from engine.training.adversarial_training.params import TOKENS, VOCABULARY, AdversarialTrainingParams

TESTED, TRAINED_DIGITS, TRAINED_TEXTS = 500, 1297, 300
MOST_ROWS, LEAST_ROWS = 2000, 4  # of a person's own table
TOPICS = 3
OWN_TOKENS = 4.0  # how much likelier a topic's own third of the vocabulary is than another word
LATER = 1000  # the test set has the seed of the run and this


class Split(NamedTuple):
    """Inputs (n, d) float64, or tokens (n, 6) int64, with labels (n,) int64: for training and for testing."""

    x: np.ndarray
    labels: np.ndarray
    test_x: np.ndarray
    test_labels: np.ndarray


def load(p: AdversarialTrainingParams, seed: int, data: Mapping[str, np.ndarray] | None) -> Split:
    """The data of a bench. Raises BadValue where one's own cannot be used."""
    if p.bench == "digits":
        return handwritten()
    if p.bench == "embedding":
        return Split(*texts(TRAINED_TEXTS, seed), *texts(TESTED, seed + LATER))
    if p.data == "own":
        return own(data, seed)
    return Split(*plane(p.data, p.points, p.noise, seed), *plane(p.data, TESTED, p.noise, seed + LATER))


def plane(kind: str, count: int, noise: float, seed: int) -> Labelled:
    """Two classes of points (count, 2), of about unit size."""
    from sklearn.datasets import make_circles, make_moons  # takes a second to import: only where they are wanted

    state = seed % 2**32
    if kind == "moons":
        x, labels = make_moons(count, noise=noise, random_state=state)
        return (x - (0.5, 0.25)) / (0.87, 0.5), labels.astype(np.int64)
    if kind == "circles":
        x, labels = make_circles(count, noise=noise, factor=0.4, random_state=state)
        return 1.2 * x, labels.astype(np.int64)
    random, halves = np.random.default_rng(seed), [count - count // 2, count // 2]
    if kind == "blobs":
        return clusters(random, [(-0.9, -0.5), (0.9, 0.5)], [2 * noise] * 2, halves)
    return spirals(random, noise, halves)


def spirals(random: np.random.Generator, noise: float, counts: list[int]) -> Labelled:
    """Two arms of one turn and a quarter each, the second opposite to the first."""
    labels = np.repeat([0, 1], counts)
    along = np.sqrt(random.uniform(0.03, 1, len(labels)))
    angle = 2.5 * np.pi * along + np.pi * labels
    arms = 1.6 * along[:, None] * np.stack([np.cos(angle), np.sin(angle)], 1)
    return arms + 0.5 * noise * random.standard_normal(arms.shape), labels


def handwritten() -> Split:
    """All digits, shuffled once and for all: 1297 to train on, 500 to test."""
    pictures, labels = shuffled_digits()
    return Split(pictures[:TRAINED_DIGITS], labels[:TRAINED_DIGITS], pictures[TRAINED_DIGITS:], labels[TRAINED_DIGITS:])


def texts(count: int, seed: int) -> Labelled:
    """Tokens (count, 6) and their topics: a topic draws the words of its own third of the vocabulary more often than others."""
    random = np.random.default_rng([seed, TOKENS])
    labels = np.arange(count) % TOPICS
    weights = np.where(np.arange(VOCABULARY) % TOPICS == np.arange(TOPICS)[:, None], OWN_TOKENS, 1.0)
    chances = weights / weights.sum(1, keepdims=True)
    return np.stack([random.choice(VOCABULARY, TOKENS, p=chances[label]) for label in labels]), labels.astype(np.int64)


def own(data: Mapping[str, np.ndarray] | None, seed: int) -> Split:
    """A table of x1, x2 and a label, as it is; a quarter of each class, but at least one row, is kept for testing.

    Raises:
        BadValue: no table, other columns, too few or too many rows, labels that are not 0 or 1, a class with fewer than two rows.
    """
    if data is None:
        raise not_uploaded()
    table = np.asarray(data["x"], np.float64)
    rows, columns = table.shape
    if columns != 3:
        raise refused("{name} = {value}: three columns are needed: x1, x2 and a label, 0 or 1 (there are {found}).", found=columns)  # fmt: skip
    if not LEAST_ROWS <= rows <= MOST_ROWS:
        raise refused("{name} = {value}: {least} to {most} rows are needed (there are {found}).", least=LEAST_ROWS, most=MOST_ROWS, found=rows)  # fmt: skip
    x, labels = table[:, :2], table[:, 2]
    strange = ~np.isin(labels, (0, 1))
    if strange.any():
        raise refused("{name} = {value}: a label is 0 or 1, but that of row {row} is {found}.", row=int(strange.argmax()) + 1, found=f"{labels[strange][0]:g}")  # fmt: skip
    random = np.random.default_rng(seed)
    kept, tested = [], []
    for label in (0, 1):
        mine = random.permutation(np.flatnonzero(labels == label))
        if len(mine) < 2:
            raise refused(
                "{name} = {value}: each class needs two rows, one to train on and one to test, but class {label} has {found}.",
                label=label,
                found=len(mine),
            )
        cut = max(1, len(mine) // 4)
        tested.append(mine[:cut])
        kept.append(mine[cut:])
    train, test = np.sort(np.concatenate(kept)), np.sort(np.concatenate(tested))
    whole = labels.astype(np.int64)
    return Split(x[train], whole[train], x[test], whole[test])
