"""The loop: up to four copies of one small BERT meet a language whose words are numbers, on the same batches.

>>> import engine                                                           # doctest: +SKIP
>>> run = engine.start("text-matching", {}, seed=0)                         # doctest: +SKIP
>>> frame = run.advance(steps=300)                                          # doctest: +SKIP
>>> frame.scalars["auc_oracle"], frame.scalars["auc_frequency"]             # doctest: +SKIP
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from copy import deepcopy

import numpy as np
import torch
from torch.nn import functional

from engine.core.model import Data, Model, finite, numpy
from engine.language.text_matching import theory
from engine.language.text_matching.masking import Batch, batch_of, errors, hide, loss, turned
from engine.language.text_matching.network import Bert
from engine.language.text_matching.own import Own
from engine.language.text_matching.params import LONGEST, MASK, NO, PAD, SPECIALS, UNK, YES, TextMatchingParams
from engine.language.text_matching.pretraining import Pretraining, pretraining
from engine.language.text_matching.world import NONE, World, both_ways, tokens
from engine.train.ranks import auc

RATE, LABELLED, READ = 2e-3, 24, 40  # of a batch: rows with a label, rows of any text
EVERY = 25  # steps between two evaluations
GUESSED = 250  # test pairs with hidden words
TOP = 5


class TextMatching(Model):
    """Text, the networks of all chosen starts in one stack, and what the last evaluation found."""

    params: TextMatchingParams

    def __init__(self, params: TextMatchingParams, seed: int, device: torch.device, data: Data | None = None) -> None:
        super().__init__(params, seed, device, data)
        self.world = Own(params, seed, data) if params.data == "own" else World(params, seed)
        world, words = self.world, len(self.world.kept)
        self.text = torch.from_numpy(both_ways(world.text.words, world.table))
        self.train = torch.from_numpy(both_ways(world.train.words[: params.labels], world.table))
        self.labels = torch.from_numpy(world.train.labels[: params.labels]).long()
        self.test = self.tests()
        self.net = Bert(len(params.chosen), words, self.generator("weights")).to(device)
        self.plain: Pretraining | None = None
        if params.pretrains:
            self.plain = pretraining(seed, params.zipf, device)
        self.first: Bert | None = None  # the networks as they began
        self.constants = self.known()
        self.found = self.before()

    def prepare(self) -> Iterator[None]:
        if self.plain is not None:
            yield from self.plain.steps()
            self.take_over(self.plain.net)

    @torch.no_grad()
    def take_over(self, plain: Bert) -> None:
        """Every start but scratch gets the pretrained body, specials as they are, and rows and biases (1) of its own kind for words."""
        specials = torch.arange(NONE)
        specials[[NO, YES]] = UNK
        random = self.generator("rows")
        rows = {"frequency": self.world.alignment[self.world.kept], "oracle": getattr(self.world, "true_words", None)}
        for k, start in enumerate(self.params.chosen):
            if start == "scratch":
                continue
            for part, known in zip(self.net.body().values(), plain.body().values(), strict=True):
                part[k] = known[0]
            for table, read in ((self.net.embedding, plain.embedding[0]), (self.net.bias, plain.bias[0])):
                table[k, :NONE] = read[specials]
                if start == "random":
                    size = read[NONE:].std() if table.dim() == 3 else 0.0
                    table[k, NONE:] = torch.randn(table[k, NONE:].shape, generator=random).to(read) * size
                else:
                    word = torch.from_numpy(rows[start]) + NONE
                    table[k, NONE:] = read[torch.where(word < NONE, UNK, word)]

    def steps(self) -> Iterator[str]:
        """One loss (4) for hidden words and labels: 24 labelled pairs and 40 of all text, for every start the same."""
        random = self.generator("batches")
        self.first = deepcopy(self.net)
        for part in self.net.body().values():
            part.requires_grad_(not self.params.frozen)
        adam = torch.optim.Adam([part for part in self.net.parameters() if part.requires_grad], lr=RATE, fused=True)
        self.found = self.evaluate()
        while True:
            batch = self.batch(random).to(self.device)
            yield "batch"

            value = loss(errors(self.net, batch))
            finite("the loss", value.detach().sum())
            adam.zero_grad()
            value.sum().backward()  # no start's loss hangs on another's weights
            yield "gradient"

            adam.step()
            if (self.step + 1) % EVERY == 0:
                self.found = self.evaluate()
            yield "update"

    def batch(self, random: torch.Generator) -> Batch:
        """Labelled pairs, and of all text without labels where it is read, too; words hidden at the present rate."""
        p, words = self.params, len(self.world.kept)
        parts, labels = [], []
        if len(self.labels):
            chosen = torch.randint(len(self.labels), (LABELLED,), generator=random)
            parts.append(turned(self.train, chosen, random))
            labels.append(self.labels[chosen])
        if p.training == "all":
            parts.append(turned(self.text, torch.randint(self.text.shape[2], (READ,), generator=random), random))
            labels.append(torch.full((READ,), -1))
        ids, second = (torch.cat(part) for part in zip(*parts, strict=True))
        shown, chosen = hide(ids, 0.0 if p.training == "labels" else p.mask_rate, words, random)
        return batch_of(ids, second, torch.cat(labels), chosen, shown)

    def tests(self) -> tuple[Batch, Batch]:
        """All test pairs and labels (of a file without any: its first pairs); the first with hidden words, always the same."""
        random, world = self.generator("hidden"), self.world
        pairs = world.test if len(world.test.labels) else world.text[:GUESSED]
        ids, second = map(torch.from_numpy, tokens(pairs.words, world.table))
        labels = torch.from_numpy(pairs.labels).long().clamp(min=0)  # every [CLS] is read
        whole = batch_of(ids, second, labels, torch.zeros_like(ids, dtype=torch.bool), ids)
        ids, second = ids[:GUESSED], second[:GUESSED]
        chosen = hide(ids, 0.15, 1, random)[1]
        hidden = batch_of(ids, second, torch.full((len(ids),), -1), chosen, torch.where(chosen, MASK, ids))
        return whole.to(self.device), hidden.to(self.device)

    @torch.no_grad()
    def judge(self, net: Bert) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Scores (starts, tests) in float64; loss at [CLS] and of hidden words (starts,)."""
        whole, hidden = self.test
        states = net(whole.ids, whole.second, whole.at)
        scores = torch.sigmoid(net.margins(states)).cpu().numpy()
        answer = functional.cross_entropy(
            net.logits(states).transpose(1, 2), whole.wanted.expand(len(states), -1), reduction="none"
        )
        guessed = errors(net, hidden).mean(-1)  # NaN where a short file of one's own has no hidden word
        return scores, answer.mean(-1).double().cpu().numpy(), guessed.double().cpu().numpy()

    def evaluate(self) -> tuple[dict[str, float], np.ndarray]:
        """Scalars of every start, and scores (starts, tests)."""
        return self.told(*self.judge(self.net))

    def before(self) -> tuple[dict[str, float], np.ndarray]:
        """What is known before the first step, and before anything is pretrained: [YES] and [NO] are equal, so every score is ½."""
        starts = self.params.chosen
        scores, losses = np.full((len(starts), len(self.test[0].labelled)), 0.5), np.full((2, len(starts)), math.nan)
        if starts[0] == "scratch":
            scores[:1], losses[0, :1], losses[1, :1] = self.judge(
                Bert(1, len(self.world.kept), self.generator("weights")).to(self.device)
            )
        return self.told(scores, *losses)

    def told(self, scores: np.ndarray, answers: np.ndarray, words: np.ndarray) -> tuple[dict[str, float], np.ndarray]:
        labels, found = self.world.test.labels, {}
        for k, start in enumerate(self.params.chosen):
            found[f"auc_{start}"] = auc(scores[k], labels) if len(labels) else math.nan
            found[f"mlm_loss_{start}"] = float(words[k])
            found[f"label_loss_{start}"] = float(answers[k]) if len(labels) else math.nan
        return found, scores

    def known(self) -> dict[str, np.ndarray]:
        """What does not change in a run."""
        w = self.world
        whole = {"cipher_ids": w.ids, "cipher_counts": w.counts, "alignment": w.alignment, "plain_counts": w.plain_counts,
            "test_labels": w.test.labels, "kept_tokens": w.kept}  # fmt: skip
        if isinstance(w, World):
            whole["true_words"] = w.true_words
        return {name: np.asarray(part, np.int32) for name, part in whole.items()} | {
            "swap_probability": theory.swaps(w.plain_counts, w.counts)
        }

    def observe(self) -> tuple[dict[str, float], dict[str, np.ndarray]]:
        scalars, scores = self.found
        scalars = scalars | {"unigram_entropy": theory.entropy(self.world.counts)} | self.world.quality()
        arrays = self.constants | {"scores": scores[:, : len(self.world.test.labels)]} | self.shown()
        if isinstance(self.world, World):
            recovery, share = self.recovered(self.world.true_words)
            scalars |= {f"recovered_{start}": float(share[k]) for k, start in enumerate(self.params.chosen)}
            arrays["recovery"] = recovery
        if self.plain is not None:
            scalars["pretrained"] = self.plain.share
            arrays["plain_course"] = self.plain.course.copy()
        return scalars, arrays

    @torch.no_grad()
    def recovered(self, true: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Cosine of each row with its true plain row (starts, n), and how often no other plain row is nearer (starts,); NaN before step 1."""
        shape = (len(self.params.chosen), len(true))
        if self.first is None or self.plain is None:
            return np.full(shape, math.nan, np.float32), np.full(shape[0], math.nan)
        rows = functional.normalize(self.net.embedding[:, NONE:], dim=-1)
        plain = functional.normalize(self.plain.net.embedding[0, NONE:], dim=-1)
        cosines = rows @ plain.T
        there = torch.from_numpy(true).to(rows.device)
        share = (cosines.argmax(-1) == there).float().mean(-1)
        return numpy(cosines[:, torch.arange(len(true)), there]), numpy(share)

    @torch.no_grad()
    def shown(self) -> dict[str, np.ndarray]:
        """The pair that is looked at: what its tokens look at, and what is guessed where one is hidden, before training and now."""
        p, whole = self.params, self.test[0]
        row = min(p.pair, len(whole.ids) - 1)
        ids, second = whole.ids[row : row + 1], whole.second[row : row + 1]
        length = int((ids != PAD).sum())
        ids, second = ids[:, :length], second[:, :length]
        attention = np.zeros((LONGEST, LONGEST), np.float32)
        guesses, shares = np.zeros((2, TOP), np.int32), np.full((2, TOP), math.nan, np.float32)
        which = p.chosen.index(p.shown)
        if self.first is not None or p.chosen[which] == "scratch":
            attention[:length, :length] = numpy(self.net.attention(ids, second)[which, 0])
            at = min(p.hidden, length - 1)
            if int(ids[0, at]) >= len(SPECIALS):
                ids = ids.clone()
                ids[0, at] = MASK
            for k, net in enumerate((self.first or self.net, self.net)):
                chances = net.logits(net(ids, second, torch.tensor([at], device=ids.device)))[which, 0].softmax(-1)
                top = chances.topk(TOP)
                guesses[k], shares[k] = numpy(top.indices).astype(np.int32), numpy(top.values)
        tokens_ = np.zeros(LONGEST, np.int32)
        tokens_[:length] = whole.ids[row, :length].cpu().numpy()
        return {"shown_tokens": tokens_, "shown_attention": attention, "guess_tokens": guesses, "guess_shares": shares}
