"""What a model reads in many sentences, kept so that any pair of thresholds can be asked about afterwards."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from engine.core.model import numpy
from engine.language.dgcnn_extraction import theory
from engine.language.dgcnn_extraction.network import Tagger
from engine.language.dgcnn_extraction.params import PREDICATES

LOWEST, USUAL = 0.05, theory.LOWEST  # of all thresholds; of those on the map: most readings need not reach further down
CHUNK = 128  # subjects whose objects are tagged at once
Thresholds = tuple[float, float]


@dataclass(frozen=True)
class Reading:
    """Tags, and every subject and triple that some pair of thresholds finds, with where it does (see `theory.candidates`).

    subject_tags (n, 2, L); subjects (k, 3) and subjects_where (k, 3); object_tags (k, 2, P, L); triples (m, 6) and triples_where (m, 3).
    """

    subject_tags: np.ndarray
    subjects: np.ndarray
    subjects_where: np.ndarray
    object_tags: np.ndarray
    triples: np.ndarray
    triples_where: np.ndarray

    def found_subjects(self, at: Thresholds) -> np.ndarray:
        """Which of the subjects these thresholds find, by number."""
        return np.flatnonzero(holds(self.subjects_where, at))

    def found(self, at: Thresholds) -> np.ndarray:
        """The triples (m, 6) that these thresholds find."""
        return self.triples[holds(self.triples_where, at)]


def holds(where: np.ndarray, at: Thresholds) -> np.ndarray:
    """Whether what is found `where` (m, 3) says is found at these thresholds."""
    return (where[:, 0] > at[0]) & (where[:, 1] <= at[1]) & (at[1] < where[:, 2])


@torch.no_grad()
def read(net: Tagger, signs: np.ndarray, real: np.ndarray, lowest: float = LOWEST) -> Reading:
    """Read sentences (n, L): first the subjects' tags, then, for each subject that a threshold from `lowest` on finds, its objects'."""
    device = net.embedding.device
    texts, there = torch.from_numpy(signs).to(device), torch.from_numpy(real).to(device)
    h = net.read(texts, there)
    tags = numpy(torch.sigmoid(net.subjects(h)).mT * there[:, None])
    subjects, where = theory.candidates(tags[:, 0], tags[:, 1], lowest)
    row, first, last = (torch.from_numpy(part).to(device) for part in subjects.T)
    parts = [
        torch.sigmoid(net.objects(h[row[part]], there[row[part]], first[part], last[part])) * there[row[part], None, None]
        for part in torch.arange(len(subjects), device=device).split(CHUNK)
        if len(part)
    ]
    length, predicates = signs.shape[1], len(PREDICATES)
    objects = numpy(torch.cat(parts)) if parts else np.zeros((0, 2, predicates, length), np.float32)
    pairs, inside = theory.candidates(objects[:, 0].reshape(-1, length), objects[:, 1].reshape(-1, length), lowest)
    of, predicate = np.divmod(pairs[:, 0], predicates)
    triples = np.concatenate([subjects[of], predicate[:, None], pairs[:, 1:]], -1)
    both = np.minimum(where[of], inside)
    both[:, 1] = np.maximum(where[of, 1], inside[:, 1])
    possible = both[:, 1] < both[:, 2]
    return Reading(tags, subjects, where, objects, triples[possible], both[possible])


def links(reading: Reading, gold: np.ndarray, at: Thresholds) -> np.ndarray:
    """True triples (m, 6) by what became of them (5,): found; or the first link of (1) that broke.

    The links: the subject's tags, its pairing (a nearer end), the object's tags, its pairing.
    """
    row, first, last, predicate, begin, end = gold.T
    tags, limits = reading.subject_tags, np.array(at)
    tagged = (tags[row, 0, first] > limits[0]) & (tags[row, 1, last] > limits[1])
    chosen = reading.found_subjects(at)
    number = {key: which for which, key in zip(chosen.tolist(), theory.keys(reading.subjects[chosen]).tolist(), strict=True)}
    which = np.array([number.get(key, -1) for key in theory.keys(gold[:, :3]).tolist()], int)
    asked, right = which >= 0, np.isin(theory.keys(gold), theory.keys(reading.found(at)))
    if len(reading.object_tags):
        objects = reading.object_tags[which]
        at_gold = np.arange(len(gold))
        seen = asked & (objects[at_gold, 0, predicate, begin] > limits[0]) & (objects[at_gold, 1, predicate, end] > limits[1])
    else:
        seen = np.zeros(len(gold), bool)
    steps = [right, ~tagged, tagged & ~asked, asked & ~seen & ~right, seen & ~right]
    return np.array([int(step.sum()) for step in steps])
