"""Which triples are learned from: the annotators' notes, batches of them, and their repair by the votes of fold models. No torch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.language.dgcnn_extraction import theory
from engine.language.dgcnn_extraction.params import PREDICATES

BATCH = 48
VOTE_THRESHOLD = 0.2  # at which a fold's model decodes: at the article's it finds hardly more than the annotators noted


@dataclass(frozen=True)
class Batch:
    """Sentences (n,), one subject each from first (n,) to last (n,), subject tags (n, 2, L), object tags (n, 2, P, L)."""

    rows: np.ndarray
    first: np.ndarray
    last: np.ndarray
    subjects: np.ndarray
    objects: np.ndarray


class Labels:
    """Noted triples (m, 6) by sentence; `only` are the sentences that may be drawn. Those without a triple never are."""

    def __init__(self, triples: np.ndarray, length: int, only: np.ndarray | None = None) -> None:
        self.length = length
        self.of: dict[int, list[list[int]]] = {}
        for row, *triple in triples.tolist():
            self.of.setdefault(row, []).append(triple)
        self.rows = np.array([row for row in sorted(self.of) if only is None or only[row]], int)

    def batch(self, random: np.random.Generator, condition: bool, wrong_subjects: bool) -> Batch:
        """BATCH sentences and a random subject of each; without `condition` the object tags are those of all its subjects.

        With `wrong_subjects` it is a random start with a random end at or after it: where that is no subject, no object is right.
        """
        rows = self.rows[random.integers(len(self.rows), size=BATCH)]
        chances = random.random((BATCH, 2)).tolist()
        first, last = np.zeros(BATCH, int), np.zeros(BATCH, int)
        subjects = np.zeros((BATCH, 2, self.length), np.float32)
        objects = np.zeros((BATCH, 2, len(PREDICATES), self.length), np.float32)
        for k, row in enumerate(rows.tolist()):
            triples = self.of[row]
            first[k], last[k] = chosen = drawn(triples, chances[k], wrong_subjects)
            for i, j, predicate, begin, end in triples:
                subjects[k, 0, i] = subjects[k, 1, j] = 1
                if (i, j) == chosen or not condition:
                    objects[k, 0, predicate, begin] = objects[k, 1, predicate, end] = 1
        return Batch(rows, first, last, subjects, objects)


def drawn(triples: Sequence[Sequence[int]], chances: Sequence[float], wrong_subjects: bool) -> tuple[int, int]:
    """A subject of these triples, or with `wrong_subjects` a start with any end at or after it, by two numbers of 0..1."""
    known = sorted({(i, j) for i, j, *_ in triples})
    first, last = known[int(chances[0] * len(known))]
    if wrong_subjects:
        ends = sorted({j for _, j in known if j >= first})
        last = ends[int(chances[1] * len(ends))]
    return first, last


def parts(count: int, folds: int) -> np.ndarray:
    """Which of so many sentences each fold's model learns from (folds, count): all but one part, its own."""
    return np.arange(count) % max(folds, 1) != np.arange(folds)[:, None]


def repaired(noted: np.ndarray, votes: Sequence[np.ndarray]) -> np.ndarray:
    """Noted triples (m, 6) after the models' votes, which are triples, too: what all found is added, what none found is dropped."""
    found = np.concatenate(votes)
    number, at, count = np.unique(theory.keys(found), return_index=True, return_counts=True)
    kept = noted[np.isin(theory.keys(noted), number)]
    everyone = found[at[count == len(votes)]]
    new = everyone[~np.isin(theory.keys(everyone), theory.keys(kept))]
    whole = np.concatenate([kept, new])
    return whole[np.argsort(theory.keys(whole), kind="stable")]
