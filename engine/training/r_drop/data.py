"""Rows to learn from: few with labels, some of them wrong, the others without; and rows to test."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.spatial.distance import cdist

from engine.data.errors import not_uploaded, refused
from engine.data.sets import points
from engine.data.sets.digits import shuffled_digits
from engine.training.r_drop.params import TESTED, RDropParams

Array = np.ndarray
MOST_CLASSES, MOST_FEATURES = 20, 256


@dataclass(frozen=True)
class Rows:
    """Labelled rows x (n, features) with the labels as trained and the true ones (n,), rows without labels, rows to test."""

    x: Array
    labels: Array
    true: Array
    unlabelled: Array
    test_x: Array
    test_labels: Array
    classes: int

    @cached_property
    def rivals(self) -> Array:
        """Of every test row the class of the nearest test row of another class, (tested,)."""
        apart = cdist(self.test_x, self.test_x) + np.where(self.test_labels[:, None] == self.test_labels, np.inf, 0)
        return self.test_labels[apart.argmin(1)]


def load(p: RDropParams, own: Mapping[str, Array] | None, random: np.random.RandomState) -> Rows:
    """The data in force; `random`, from the run's seed, chooses the labelled rows and the wrong labels.

    Raises BadValue for own data that do not fit.
    """
    from sklearn.model_selection import train_test_split  # takes a second to import

    x, labels = _table(p, own)
    classes = int(labels.max()) + 1
    if p.data == "digits":
        test, rest = np.split(np.arange(len(x)), [TESTED])
    else:
        rest, test = train_test_split(np.arange(len(x)), test_size=1 / 3, stratify=labels, random_state=0)
        test = test[:TESTED]
    chosen, others = rest, rest  # where all have labels, the agreement on rows "without" them is asked of the same rows
    if p.labelled <= len(rest) - classes:
        chosen, others = train_test_split(rest, train_size=p.labelled, stratify=labels[rest], random_state=random)
    given = noisy(labels[chosen], p.label_noise, classes, random)
    return Rows(x[chosen], given, labels[chosen], x[others], x[test], labels[test], classes)


def noisy(labels: Array, share: float, classes: int, random: np.random.RandomState) -> Array:
    """The labels with this share of them, at random places, replaced by uniform ones (which may be right by chance)."""
    given = labels.copy()
    places = random.permutation(len(labels))[: round(share * len(labels))]
    given[places] = random.randint(0, classes, len(places))
    return given


SETS: dict[str, Callable[[], points.Labelled]] = {
    "digits": shuffled_digits,
    "breast_cancer": lambda: points.standardised(points.breast_cancer()),
    "moons": lambda: points.standardised(points.moons(np.random.default_rng(0))),
}


def _table(p: RDropParams, own: Mapping[str, Array] | None) -> points.Labelled:
    if p.data != "own":
        return SETS[p.data]()
    if own is None:
        raise not_uploaded()
    table = np.asarray(own["x"], np.float64)
    x, marks = table[:, :-1], table[:, -1]
    if not 1 <= x.shape[1] <= MOST_FEATURES:
        raise refused("1 to {most} columns of numbers and a last one with the class are needed; this file has {found}.",
            most=MOST_FEATURES, found=table.shape[1])  # fmt: skip
    broken = marks != np.round(marks)
    if broken.any():
        row = int(broken.argmax())
        raise refused("The last column is the class, a whole number, but row {row} has {found}.",
            row=row + 1, found=f"{marks[row]:g}")  # fmt: skip
    names, labels, counts = np.unique(marks, return_inverse=True, return_counts=True)
    if not 2 <= len(names) <= MOST_CLASSES:
        raise refused(
            "The last column must name 2 to {most} classes; this file names {found}.", most=MOST_CLASSES, found=len(names)
        )
    if counts.min() < 3:
        raise refused("Every class needs at least 3 rows, but class {label} has {found}.",
            label=f"{names[counts.argmin()]:g}", found=int(counts.min()))  # fmt: skip
    return points.standardised((x, labels.astype(np.int64)))
