"""The loop: a linker learns whether a text speaks of an entity; the habits of names and of the annotator are counted beside it.

>>> import engine                                                          # doctest: +SKIP
>>> run = engine.start("entity-linking", {"negatives": "prior"}, seed=0)   # doctest: +SKIP
>>> run.advance(steps=600)                                                 # doctest: +SKIP
>>> run.set(habit_weight=0.5)                                              # doctest: +SKIP
>>> run.look().scalars["accuracy"]                                         # doctest: +SKIP
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from engine.core.model import Data, Model, finite, numpy
from engine.data.text import spelled
from engine.language.entity_linking import own, theory
from engine.language.entity_linking.network import Linker
from engine.language.entity_linking.params import HOMONYMS, NAMED, EntityLinkingParams
from engine.language.entity_linking.world import Annotator, Entities

BATCH, RATE = 64, 3e-3
LOOK = 50  # steps between two looks at the test texts
PART = 50  # texts that are read at once: what they need fits the cache


class EntityLinking(Model):
    """One linker, one annotator."""

    params: EntityLinkingParams

    def __init__(self, params: Any, seed: int, device: torch.device, data: Data | None = None, settings: Any = ()) -> None:
        super().__init__(params, seed, device, data, settings)
        self.own = own.read(data) if params.source == "own" else None
        self.world, self.annotator = Entities(params, seed), Annotator(params, seed)
        self.linker = Linker(self.generator("weights"), params.match_features).to(device)
        self.adam = torch.optim.Adam(self.linker.parameters(), lr=RATE, fused=True)
        self.descriptions = torch.from_numpy(self.world.descriptions).to(device)
        self.loss, self.updates = math.nan, 0
        self.known, self.constants = self.before()
        self.scores = self.evaluate()

    def steps(self) -> Iterator[str]:
        """Is this text about this entity? Binary cross-entropy on the one that is meant, and on one drawn among its homonyms."""
        random, texts, p = self.generator("batches"), self.world.train, self.params
        names, entities, words = (torch.from_numpy(part) for part in (texts.names, texts.entities, texts.words))
        sampler = torch.from_numpy(self.world.estimated) if p.negatives == "prior" else torch.ones(NAMED, HOMONYMS).double()
        labels = torch.cat([torch.ones(BATCH), torch.zeros(BATCH)]).to(self.device)
        while True:
            chosen = torch.randint(len(names), (BATCH,), generator=random)
            name = names[chosen]
            drawn = torch.multinomial(sampler[name], 1, generator=random)[:, 0]  # the meant one keeps label 0: (4) needs it
            text = words[chosen].repeat(2, 1).to(self.device)
            meanings = self.descriptions[name.repeat(2), torch.cat([entities[chosen], drawn])]
            yield "batch"

            loss = functional.binary_cross_entropy_with_logits(self.linker(text, meanings), labels)
            self.loss = finite("the loss", loss.detach())
            self.adam.zero_grad()
            loss.backward()
            yield "gradient"

            self.adam.step()
            self.updates += 1
            if self.updates % LOOK == 0:
                self.scores = self.evaluate()
            yield "update"

    @torch.no_grad()
    def evaluate(self) -> np.ndarray:
        """s(e) (2000, 8) of all meanings of every test text's name, without prior."""
        words, names = (torch.from_numpy(part).to(self.device) for part in (self.world.test.words, self.world.test.names))
        parts = zip(words[:, None].split(PART), names.split(PART), strict=True)
        return numpy(torch.cat([self.linker(text, self.descriptions[name]) for text, name in parts]))

    def before(self) -> tuple[dict[str, float], dict[str, np.ndarray]]:
        """What is known before anything is learned: exact answers of the generator, counts, habits."""
        world, annotator, test = self.world, self.annotator, self.world.test
        likelihood = world.log_likelihood(test)
        answers = {"prior": world.estimated[test.names], "context": likelihood,
            "bayes": theory.log_posterior(likelihood, world.prior[test.names])}  # fmt: skip
        # equal sums in another order differ in their last digits: of equal answers the first is taken, on every machine
        scalars = {f"accuracy_{name}": self.right(answer.round(9).argmax(-1)) for name, answer in answers.items()}
        parts = annotator.scores(np.array([-1.0]))
        scalars |= {
            f"dictionary_{name}": float(part[0]) for name, part in zip(("precision", "recall", "f1"), parts, strict=True)
        }
        scalars |= {"best_f1": annotator.best, "best_threshold": annotator.best / 2, "lost_mentions": float(annotator.lost)}
        whole = {"test_name": test.names, "test_entity": test.entities, "test_words": test.words, "topics": world.topics,
            "private_words": world.private, "train_counts": world.counts, "alias_marked": annotator.marked,
            "alias_unmarked": annotator.unmarked, "test_marked": annotator.test_marked, "test_unmarked": annotator.test_unmarked,
            "sentence_aliases": annotator.shown, "sentence_marked": annotator.shown_marked}  # fmt: skip
        arrays = {"true_prior": world.prior, "alias_frequency": annotator.frequency, "alias_habit": annotator.habit}
        if self.own is not None:
            aliases = [alias for _, _, alias in self.own.aliases]
            whole |= {"sentence_aliases": np.array(aliases), "sentence_marked": np.full(len(aliases), -1),
                "own_units": spelled(self.own.units), "own_pieces": np.array(self.own.aliases).reshape(-1, 3)[:, :2]}  # fmt: skip
            scalars |= {"own_names": float(sum(0 <= alias < NAMED for alias in aliases)), "own_single": float(self.own.single),
                "own_unknown": float(self.own.unknown)}  # fmt: skip
        return scalars, arrays | {name: np.asarray(part, np.int32) for name, part in whole.items()}

    def right(self, chosen: np.ndarray) -> float:
        """Share of test texts with the right meaning."""
        return float((chosen == self.world.test.entities).mean())

    def observe(self) -> tuple[dict[str, float], dict[str, np.ndarray]]:
        p, given = self.params, self.world.estimated[self.world.test.names]
        accuracy = self.right(theory.choose(self.scores, given, p.habit_weight, p.keep_ids))
        precision, recall, f1 = (float(part[0]) for part in self.annotator.scores(np.array([p.alias_threshold])))
        scalars = {
            "loss": self.loss,
            "accuracy": accuracy,
            "mention_precision": precision,
            "mention_recall": recall,
            "mention_f1": f1,
        }
        return self.known | scalars, self.constants | {"test_scores": self.scores} | self.shown()

    @torch.no_grad()
    def shown(self) -> dict[str, np.ndarray]:
        """The text that is looked at: its scores, and what its words look at in the description of the meaning that is chosen."""
        p, test = self.params, self.world.test
        name, words = (
            (int(test.names[p.mention]), test.words[p.mention]) if self.own is None else (self.own.name, self.own.words)
        )
        scores, attention, of = np.zeros(HOMONYMS, np.float32), np.zeros((len(words), 9), np.float32), max(name, 0)
        if name >= 0 and len(words):  # without a known word beside the name there is nothing to read
            s, looks = self.linker.explain(torch.from_numpy(words)[None].to(self.device), self.descriptions[name])
            scores = numpy(s)
            attention = numpy(looks)[
                theory.choose(scores[None], self.world.estimated[name][None], p.habit_weight, p.keep_ids)[0]
            ]
        return {"shown_name": np.array([name], np.int32), "shown_words": words.astype(np.int32), "shown_scores": scores,
            "shown_descriptions": self.world.descriptions[of].astype(np.int32), "shown_attention": attention}  # fmt: skip
