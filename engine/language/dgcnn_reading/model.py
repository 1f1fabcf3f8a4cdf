"""The loop: a reader of gated dilated convolutions learns to mark where an answer begins and where it ends.

>>> import engine                                                                           # doctest: +SKIP
>>> run = engine.start("dgcnn-reading", {"dilations": "1-1-1-1-1", "gap": 10}, seed=0)      # doctest: +SKIP
>>> run.advance(steps=300)                                                                  # doctest: +SKIP
>>> run.look().arrays["exact_match_by_gap"]                                                 # doctest: +SKIP
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from engine.core.model import Data, Model, finite, numpy
from engine.data.text import spelled
from engine.language import dgcnn
from engine.language.dgcnn_reading import own, theory, world
from engine.language.dgcnn_reading.network import WIDTH, Reader, loss, marks, targets
from engine.language.dgcnn_reading.params import ABSENT, ANSWERED, BALLOTS, EACH, GAPS, LENGTH, TESTS, DgcnnReadingParams
from engine.language.dgcnn_reading.vocabulary import UNKNOWN, is_entity
from engine.language.dilation import radius, receptive_field

BATCH, RATE, WARM, STEPS = 48, 3e-3, 30, 300
LOOK, SELDOM = 25, 50  # steps between two readings of the tests, of those of every gap: five times as many
PART = 80  # passages that are read at once: what they need fits the cache
Array = np.ndarray


class DgcnnReading(Model):
    """One reader, tested on the same questions again and again."""

    params: DgcnnReadingParams

    def __init__(self, params: Any, seed: int, device: torch.device, data: Data | None = None, settings: Any = ()) -> None:
        super().__init__(params, seed, device, data, settings)
        p = self.params
        self.own = own.read(data) if p.source == "own" else None
        random = np.random.default_rng([seed, 5409, 1])
        self.told = world.draw(random, TESTS, p.facts, np.arange(TESTS) >= ANSWERED)
        self.tests = world.lay(self.told, random.integers(p.gap + 1, size=(TESTS, p.facts)))
        self.by_gap = world.each_gap(random, EACH, p.facts, p.widest)
        self.ballots, self.ballot_questions, self.ballot_truth = world.ballots(random, BALLOTS, p.gap)
        self.reader = Reader(self.generator("weights"), p).to(device)
        self.adam = torch.optim.Adam(self.reader.parameters(), lr=RATE, fused=True)
        self.loss, self.updates = math.nan, 0
        self.constants, self.known = self.fixed()
        self.look()

    def steps(self) -> Iterator[str]:
        """A fresh batch, its loss, a step of Adam with a warm-up and a cosine."""
        batches, noise, p = np.random.default_rng([self.seed, 5409, 2]), self.generator("gates"), self.params
        while True:
            items = world.batch(batches, BATCH, p.facts, p.gap, p.no_answer)
            passages, questions = self.there(items.passages), self.there(items.questions)
            y = targets(torch.from_numpy(items.answers), LENGTH).to(self.device)
            yield "batch"

            logits, score = self.reader.logits(passages, questions, self.stretch(noise))
            value = loss(logits, score, y, p.focal)
            self.loss = finite("the loss", value.detach())
            self.adam.zero_grad()
            value.backward()
            torch.nn.utils.clip_grad_norm_(self.reader.parameters(), 1.0)
            yield "gradient"

            for group in self.adam.param_groups:
                group["lr"] = RATE * rate(self.updates)
            self.adam.step()
            self.updates += 1
            if self.updates % LOOK == 0:
                self.look()
            yield "update"

    def look(self) -> None:
        """From now on tests are read with the reader as it is here, once somebody looks."""
        kept = deepcopy(self.reader)
        self.kept: Callable[[], Reader] = lambda: kept
        if self.updates % SELDOM == 0:
            self.seldom: Callable[[], Reader] = lambda: kept
            self.by_gap_tags: Array | None = None
        self.tags: dict[str, Array] = {}
        self.answered: dict[float, tuple[Array, Array]] = {}

    def there(self, tokens: Array) -> Tensor:
        return torch.from_numpy(tokens).to(self.device)

    def stretch(self, random: torch.Generator) -> list[Tensor] | None:
        """Factors 1 + ε of the gates' inputs in every passage layer, ε uniform within ± the gate noise."""
        wide = self.params.gate_noise
        if not wide:
            return None
        shape = (len(self.params.rates), BATCH, WIDTH, LENGTH)
        return list((1 + wide * (2 * torch.rand(shape, generator=random) - 1)).to(self.device))

    @torch.inference_mode()
    def tagged(self, reader: Reader, passages: Array, questions: Array) -> Array:
        """Tags (n, 40, 2)."""
        parts = [slice(k, k + PART) for k in range(0, len(passages), PART)]
        return np.concatenate([numpy(reader.tagged(self.there(passages[k]), self.there(questions[k]))) for k in parts])

    @torch.inference_mode()
    def read(self) -> dict[str, Array]:
        """What the last readings say: tags of the tests, of every gap's own (13 · 200, 40, 2), of the voting passages; λ (500, 3)."""
        if not self.tags:
            tests, asked = self.tests, np.repeat(self.ballot_questions, self.ballots.shape[1], 0)
            if self.by_gap_tags is None:
                gaps = (np.concatenate([getattr(items, name) for items in self.by_gap]) for name in ("passages", "questions"))
                self.by_gap_tags = self.tagged(self.seldom(), *gaps)
            self.tags = {
                "weights": numpy(self.kept().embed(self.there(tests.passages), self.there(tests.questions))[1]),
                "tests": self.tagged(self.kept(), tests.passages, tests.questions),
                "votes": self.tagged(self.kept(), self.ballots.reshape(-1, LENGTH), asked),
                "by_gap": self.by_gap_tags,
            }
        return self.tags

    def answers(self) -> tuple[Array, Array]:
        """What is found in the tests (500, 2), and the share found at every gap (13,), at the threshold."""
        tau, tags = self.params.tag_threshold, self.read()
        if tau not in self.answered:
            found, by_gap = (theory.decode(tags[name][..., 0], tags[name][..., 1], tau) for name in ("tests", "by_gap"))
            gaps = np.full(GAPS, np.nan, np.float32)
            for gap, (one, items) in enumerate(zip(by_gap.reshape(-1, EACH, 2), self.by_gap, strict=True)):
                gaps[gap] = theory.exact(one, items.answers)
            self.answered = {tau: (found, gaps)}
        return self.answered[tau]

    def fixed(self) -> tuple[dict[str, Array], dict[str, float]]:
        """What does not change in a run: tests, fields by (4) and measured, how far the two forms are apart."""
        p, tests = self.params, self.tests
        field, random = receptive_field(p.rates), self.generator("probe")
        scalars = {"chance": 1 / p.facts, "receptive_field": float(field), "radius": float(radius(p.rates)),
            "measured_field": float(dgcnn.measured_field(deepcopy(self.reader.passage).cpu(), random, field + 10)),
            "block_gap": self.forms(random)}  # fmt: skip
        whole = {"passages": tests.passages, "questions": tests.questions, "answers": tests.answers, "test_gap": tests.gaps}
        if self.own is not None:
            whole |= {"own_passage": spelled(self.own.passage), "own_question": spelled(self.own.question)}
            scalars |= {"own_unknown": float((self.own.told == UNKNOWN).sum()), "own_cut": float(self.own.cut)}
        return {name: np.asarray(part, np.int32) for name, part in whole.items()}, scalars

    def forms(self, random: torch.Generator) -> float:
        """Largest difference of (2) with W₁ and (3) with W₁ + identity in the centre tap, float64, over all layers."""
        x, worst = torch.randn(1, WIDTH, LENGTH, generator=random, dtype=torch.float64), 0.0
        for weight, bias, step in zip(self.reader.passage.weights, self.reader.passage.biases, self.params.rates, strict=True):
            w, b = weight.detach().cpu().double(), bias.detach().cpu().double()
            apart = dgcnn.gate(x, w, b, step)[0] - dgcnn.gate(x, dgcnn.as_highway(w), b, step, "highway")[0]
            worst = max(worst, float(apart.abs().max()))
        return worst

    def observe(self) -> tuple[dict[str, float], dict[str, Array]]:
        seen, (found, gaps) = self.read(), self.answers()
        top = seen["tests"].max(1).mean(-1)
        scalars = {
            "loss": self.loss,
            "exact_match": theory.exact(found[:ANSWERED], self.tests.answers[:ANSWERED]),
            "no_answer_accuracy": theory.exact(found[ANSWERED:], self.tests.answers[-ABSENT:]),
            "top_tag": float(top[:ANSWERED].mean()),
            "absent_tag": float(top[ANSWERED:].mean()),
        }
        arrays = {"exact_match_by_gap": gaps, "start_tags": seen["tests"][..., 0].copy(), "end_tags": seen["tests"][..., 1].copy(),
            "found": found.astype(np.int32), "question_weights": seen["weights"]}  # fmt: skip
        return self.known | scalars, self.constants | arrays | self.shown() | self.vote(seen["votes"])

    def asked(self) -> tuple[Array, Array, Array]:
        """Passage (L,), question (m,) and answer (2,) that are looked at; the token that was pointed at may be asked about."""
        p = self.params
        if self.own is not None:
            question, passage = self.own.asked.copy(), self.own.told
            if 0 <= p.asked < len(passage) and is_entity(passage[p.asked]):
                named = [k for k, token in enumerate(question) if is_entity(token)]
                question[named[0] if named else 0] = passage[p.asked]
            return passage, question, np.array([-1, -1])
        told, gaps = self.told.of(slice(p.shown, p.shown + 1)), np.full((1, p.facts), min(p.walk, p.widest))
        items = world.lay(told, gaps)
        if 0 <= p.asked < LENGTH:
            there = np.flatnonzero(told.entities[0] == items.passages[0, p.asked])
            items = world.lay(replace(told, asked=there), gaps) if len(there) == 1 else items
        return items.passages[0], items.questions[0], items.answers[0]

    def shown(self) -> dict[str, Array]:
        """One passage: its tags, the gates of a layer, and what one output of the passage layers hangs on."""
        p = self.params
        passage, question, answer = self.asked()
        with torch.no_grad():
            x, weights = self.reader.embed(self.there(passage)[None], self.there(question)[None])
        h, gates = self.reader.passage.explain(x.requires_grad_())
        (slope,) = torch.autograd.grad(h[0, min(p.place, len(passage) - 1)].sum(), x)
        tags = numpy(marks(*self.reader.heads(h)))[0].T.copy()
        found = theory.decode(tags[0], tags[1], p.tag_threshold)
        whole = {"shown_passage": passage, "shown_question": question, "shown_answer": answer, "shown_found": found}
        return {name: np.asarray(part, np.int32) for name, part in whole.items()} | {
            "shown_tags": tags, "shown_weights": numpy(weights)[0], "shown_gates": numpy(gates[p.layer - 1])[0],
            "shown_field": numpy(slope[0].norm(dim=-1)), "gate_spread": np.array([float(g.detach().std()) for g in gates], np.float32)}  # fmt: skip

    def vote(self, tags: Array) -> dict[str, Array]:
        """The five passages of a question: what answers they give, the eight with the most votes at most."""
        at = self.params.ballot
        passages, mine = self.ballots[at], tags.reshape(*self.ballots.shape, 2)[at]
        found = theory.witnesses(passages, mine[..., 0], mine[..., 1], self.params.tag_threshold)
        scores = np.array(list(found.values())).reshape(-1, len(passages))
        votes = theory.vote(scores)
        order = np.argsort(-votes, kind="stable")[:8]
        strings = [[*string, -1, -1, -1][:4] for string in found]
        return {"vote_answers": np.array(strings, np.int32).reshape(-1, 4)[order], "vote_witnesses": scores[order].astype(np.float32),
            "vote_scores": votes[order].astype(np.float32), "vote_question": self.ballot_questions[at].astype(np.int32),
            "vote_truth": self.ballot_truth[at].astype(np.int32)}  # fmt: skip


def rate(step: int) -> float:
    """The share of the learning rate: a warm-up of 30 steps, then half a cosine to 300; 3 % stay after that."""
    return max(min((step + 1) / WARM, (1 + math.cos(math.pi * min(step / STEPS, 1))) / 2), 0.03)
