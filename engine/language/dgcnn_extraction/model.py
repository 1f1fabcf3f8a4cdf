"""The loop: a tagger learns subjects and, for one random subject of each sentence, its objects.

>>> import engine                                                       # doctest: +SKIP
>>> run = engine.start("dgcnn-extraction", {"missing_labels": 0.3}, seed=0)   # doctest: +SKIP
>>> run.advance(steps=200)                                              # doctest: +SKIP
>>> run.set(start_threshold=0.2, end_threshold=0.2)                     # doctest: +SKIP
>>> run.look().scalars["f1"]                                            # doctest: +SKIP
"""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
import torch

from engine.core.model import Data, Model, finite
from engine.data.text import spelled
from engine.language.dgcnn_extraction import own, theory
from engine.language.dgcnn_extraction.batches import VOTE_THRESHOLD, Labels, parts, repaired
from engine.language.dgcnn_extraction.network import Tagger, tag_loss
from engine.language.dgcnn_extraction.params import FOLD_STEPS, PATTERNS, RATES, STEPS, DgcnnExtractionParams
from engine.language.dgcnn_extraction.reading import LOWEST, USUAL, Reading, Thresholds, links, read
from engine.language.dgcnn_extraction.world import Texts, World
from engine.language.dilation import receptive_field

RATE, WARM_UP = 3e-3, 40
LOOK = 20  # steps between two readings of the test sentences


class DgcnnExtraction(Model):
    """One tagger; before it, where labels are repaired, one for each fold."""

    params: DgcnnExtractionParams

    def __init__(self, params: Any, seed: int, device: torch.device, data: Data | None = None, settings: Any = ()) -> None:
        super().__init__(params, seed, device, data, settings)
        self.own = own.read(data) if params.data == "own" else None
        self.world = World.draw(params, seed)
        train = self.world.train
        self.signs, self.real = torch.from_numpy(train.signs).to(device), torch.from_numpy(train.real).to(device)
        self.folds = 0 if params.repair == "off" else int(params.repair)
        self.labels, self.fold = self.world.noted, min(self.folds, 1)
        self.net = self.fresh(self.fold)
        self.subject_loss = self.object_loss = math.nan
        self.updates = 0
        self.sets = theory.span_sets()
        self.readings: dict[tuple[bool, float], Reading] = {}
        self.look()

    def fresh(self, fold: int) -> Tagger:
        """A tagger that has learned nothing; each fold's, and the last one (0), starts with numbers of its own."""
        return Tagger(self.generator(f"weights {fold}"), RATES[self.params.dilations], self.params.condition).to(self.device)

    def steps(self) -> Iterator[str]:
        """The model learns from the notes as they are; with repair, models of the folds learn first, and vote on every sentence."""
        train, votes = self.world.train, []
        length = train.signs.shape[1]
        for fold, only in enumerate(parts(len(train.length), self.folds), 1):
            self.fold, self.net = fold, self.fresh(fold)
            yield from self.learn(Labels(self.labels, length, only), FOLD_STEPS)
            votes.append(read(self.net, train.signs, train.real, VOTE_THRESHOLD).found((VOTE_THRESHOLD, VOTE_THRESHOLD)))
        if self.folds:
            self.labels = repaired(self.world.noted, votes)
            self.fold, self.net = 0, self.fresh(0)
        yield from self.learn(Labels(self.labels, length))

    def learn(self, labels: Labels, steps: int | None = None) -> Iterator[str]:
        """Train the present tagger; endless without `steps`. The rate warms up, then falls to 0 along a cosine."""
        random = np.random.default_rng([self.seed, self.fold, 48])
        adam = torch.optim.Adam(self.net.parameters(), lr=RATE, fused=True)
        p, net, done = self.params, self.net, 0
        while steps is None or done < steps:
            batch = labels.batch(random, p.condition, p.wrong_subjects)
            rows, first, last = (torch.from_numpy(part).to(self.device) for part in (batch.rows, batch.first, batch.last))
            subjects, objects = (torch.from_numpy(part).to(self.device) for part in (batch.subjects, batch.objects))
            signs, real = self.signs[rows], self.real[rows]
            yield "batch"

            h = net.read(signs, real)
            subject_loss = tag_loss(net.subjects(h).mT, subjects, real)
            object_loss = tag_loss(net.objects(h, real, first, last).flatten(1, 2), objects.flatten(1, 2), real)
            self.subject_loss = finite("the subjects' loss", subject_loss.detach())
            self.object_loss = finite("the objects' loss", object_loss.detach())
            adam.zero_grad()
            (subject_loss + object_loss).backward()
            yield "gradient"

            adam.param_groups[0]["lr"] = rate(done, steps or STEPS)
            adam.step()
            done += 1
            self.updates += 1
            if self.updates % LOOK == 0:
                self.look()
            yield "update"

    def look(self) -> None:
        """From now on sentences are read with the tagger as it is here."""
        self.reader, self.readings = partial(read, copy.deepcopy(self.net)), {}

    def reading(self, texts: Texts, at: Thresholds) -> Reading:
        """What was read in these texts. It hangs on the thresholds only in how far down it reaches, so that every look gives the same."""
        lowest = USUAL if min(at) >= USUAL else LOWEST
        key = (texts is self.own, lowest)
        if key not in self.readings:
            self.readings[key] = self.reader(texts.signs, texts.real, lowest)
        return self.readings[key]

    def observe(self) -> tuple[dict[str, float], dict[str, np.ndarray]]:
        p, test = self.params, self.world.test
        at = (p.start_threshold, p.end_threshold)
        reading, mapped = self.reading(test, at), self.reading(test, (USUAL, USUAL))
        found, gold = reading.found(at), test.triples
        precision, recall, f1 = theory.scores(*theory.counted(gold, found))
        right = np.isin(theory.keys(mapped.triples), theory.keys(gold))
        spans = np.array(self.sets[p.spans]) if self.own is None or self.own.spans is None else self.own.spans
        start, end = theory.tags(spans, int(spans.max()) + 1)
        decoded = theory.decode(start[None], end[None])[:, 1:]
        starts = np.unique(gold[:, :2], axis=0)  # each once, however many triples a subject has
        scalars = {
            "loss": self.subject_loss + self.object_loss,
            "subject_loss": self.subject_loss,
            "object_loss": self.object_loss,
            "precision": precision,
            "recall": recall,
            "f1": f1,
            "kept_share": self.world.kept_share,
            "kept_subjects": self.world.kept_subjects,
            "start_tag_mean": float(reading.subject_tags[starts[:, 0], 0, starts[:, 1]].mean()),
            "receptive_field": float(receptive_field(RATES[p.dilations])),
            "sandbox_recovered": float(np.array_equal(np.unique(decoded, axis=0), np.unique(spans, axis=0))),
        }
        whole = {"test_signs": test.signs, "pattern": test.pattern, "gold_triples": gold, "found_triples": found,
            "found_subjects": reading.subjects[reading.found_subjects(at)], "links": links(reading, gold, at),
            "sandbox_spans": spans, "sandbox_decoded": decoded}  # fmt: skip
        arrays = {"subject_start": reading.subject_tags[:, 0], "subject_end": reading.subject_tags[:, 1],
            "f1_by_pattern": theory.by_pattern(gold, found, test.pattern, PATTERNS),
            "f1_map": theory.f1_map(mapped.triples_where, right, len(gold))}  # fmt: skip
        if self.folds:
            hits, learned, true = theory.counted(self.world.train.triples, self.labels)
            scalars |= {"label_recall": hits / true, "label_precision": hits / max(learned, 1), "fold": float(self.fold)}
        if p.data == "own" and self.own is not None:
            scalars["own_unknown"] = float(self.own.unknown)
            of_own = self.reading(self.own, at).found(at) if self.own.spans is None else np.zeros((0, 6), int)
            pieces = [piece for line in self.own.pieces for piece in line]
            whole |= {"own_pieces": spelled(pieces), "own_length": self.own.length, "own_triples": of_own}
        shown = self.shown(at)
        whole |= {name: shown.pop(name) for name in ("shown_sentence", "shown_signs", "shown_subjects")}
        return scalars, {name: part.astype(np.int32) for name, part in whole.items()} | {
            name: part.astype(np.float32) for name, part in (arrays | shown).items()
        }

    def shown(self, at: tuple[float, float]) -> dict[str, np.ndarray]:
        """The sentence that is looked at: its signs, tags, and the subjects found in it, each with its objects' tags."""
        texts = self.world.test if self.own is None or self.own.spans is not None else self.own
        reading = self.reading(texts, at)
        row = min(self.params.sentence, len(texts.length) - 1)
        length, chosen = int(texts.length[row]), reading.found_subjects(at)
        chosen = chosen[reading.subjects[chosen, 0] == row]
        return {"shown_sentence": np.array([row]), "shown_signs": texts.signs[row, :length], "shown_tags": reading.subject_tags[row, :, :length],
            "shown_subjects": reading.subjects[chosen, 1:], "shown_objects": reading.object_tags[chosen, ..., :length]}  # fmt: skip


def rate(done: int, steps: int) -> float:
    """Learning rate of a step: a straight warm-up, times a cosine that ends at 0."""
    return RATE * min((done + 1) / WARM_UP, 1.0) * 0.5 * (1 + math.cos(math.pi * min(done / steps, 1.0)))
