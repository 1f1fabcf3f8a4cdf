"""The loop of the BERT-whitening lab: a flow learns what whitening computes; where vectors are trained, CBOW comes first.

>>> import engine                                                                                  # doctest: +SKIP
>>> run = engine.start("bert-whitening", {"kept": 8}, seed=0)                                      # doctest: +SKIP
>>> run.look().scalars["spearman"]                                # one matrix: no step is needed  # doctest: +SKIP

Sources: Su et al. 2021, arXiv:2103.15316; Su 2021, kexue.fm/archives/8069; Li et al. 2020, arXiv:2011.05864 (BERT-flow);
Mikolov et al. 2013, arXiv:1301.3781 (CBOW).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch.nn import functional

from engine.core.model import Data, Model, numpy
from engine.language.bert_whitening import data as sources
from engine.language.bert_whitening import theory
from engine.language.bert_whitening.measure import Measured
from engine.language.bert_whitening.network import Flow, nll
from engine.language.bert_whitening.params import BATCH, FLOW_RATE, LENGTH, WORD_RATE, WORD_STEPS, WORDS, BertWhiteningParams

PART = 500  # rows that the flow turns at once: what they need fits the cache
Seen = tuple[dict[str, float], dict[str, np.ndarray]]


class BertWhitening(Model):
    """Sentence vectors, whitened in closed form whenever somebody looks, and a flow in training on them."""

    params: BertWhiteningParams

    def __init__(
        self,
        params: BertWhiteningParams,
        seed: int,
        device: torch.device,
        data: Data | None = None,
        settings: Sequence[BertWhiteningParams] = (),
    ) -> None:
        super().__init__(params, seed, device, data, settings)
        random = self.generator("meanings"), self.generator(params.source)
        self.flow: Flow | None = None
        self.measured: Measured | None = None  # of the vectors as they are; None where they have changed since
        self.flowed: tuple[float, float] | None = None  # Spearman correlation and likelihood of the flow as it is
        if params.source == "trained":
            self.sentences, self.truth = sources.language(params, *random)
            self.words = torch.from_numpy(self.sentences).to(device)
            start = 0.1 * torch.randn(WORDS, params.width, generator=self.generator("embeddings"))
            self.embeddings = start.to(device).requires_grad_()
            self.bias = self.frequencies() if params.output_bias else None
            self.word_loss = math.nan
        else:
            self.measured = Measured(sources.own(data) if params.source == "own" else sources.made(params, *random))
            self.flow = self.untrained_flow()

    def frequencies(self) -> torch.Tensor:
        """The output bias as it begins: how frequent each word is, in logarithms, so that the vectors need not say it."""
        counts = np.log(np.bincount(self.sentences.ravel(), minlength=WORDS) + 1.0)
        return torch.tensor(counts - counts.mean(), dtype=torch.float32, device=self.device).requires_grad_()

    def untrained_flow(self) -> Flow:
        """It begins as no more than a scale and a shift of every dimension."""
        x = torch.from_numpy(self.vectors.pairs.x)
        return Flow(x, self.params.flow_depth, self.generator("flow")).to(self.device)

    def steps(self) -> Iterator[str]:
        if self.params.source == "trained":
            yield from self.learn_words()
        yield from self.learn_flow()

    def learn_words(self) -> Iterator[str]:
        """CBOW: a word of a sentence is predicted from the mean of all others, by the same vectors. Adam."""
        chance = self.generator("words")
        learned = [self.embeddings] if self.bias is None else [self.embeddings, self.bias]
        optimiser = torch.optim.Adam(learned, lr=WORD_RATE)
        each = torch.arange(BATCH, device=self.device)
        for _ in range(WORD_STEPS):
            rows = self.words[torch.randint(len(self.words), (BATCH,), generator=chance).to(self.device)]
            asked = rows[each, torch.randint(LENGTH, (BATCH,), generator=chance).to(self.device)].long()
            yield "batch"

            others = (self.embeddings[rows].sum(1) - self.embeddings[asked]) / (LENGTH - 1)
            logits = others @ self.embeddings.T
            loss = functional.cross_entropy(logits if self.bias is None else logits + self.bias, asked)
            yield "loss"

            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            self.word_loss = self.finite(loss)
            self.measured = None
            yield "update"

    def learn_flow(self) -> Iterator[str]:
        """Maximum likelihood: the flow learns to turn sentence vectors into a standard normal. Adam."""
        rows = torch.from_numpy(self.vectors.pairs.x).to(self.device)
        flow = self.flow = self.flow or self.untrained_flow()
        chance = self.generator("batches")
        optimiser = torch.optim.Adam(flow.parameters(), lr=FLOW_RATE)
        while True:
            batch = rows[torch.randint(len(rows), (BATCH,), generator=chance).to(self.device)]
            yield "batch"

            loss = nll(*flow(batch))
            yield "loss"

            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            self.finite(loss)
            self.flowed = None
            yield "update"

    def finite(self, loss: torch.Tensor) -> float:
        """The loss; one that is not finite ends the run, with all of its arms."""
        value = float(loss.detach())
        for arm in range(len(self.settings)):
            self.check(arm, "loss", value)
        return value

    @property
    def vectors(self) -> Measured:
        """The sentence vectors as they are, and what is known of them."""
        if self.measured is None:
            self.measured = Measured(sources.Pairs(theory.composed(numpy(self.embeddings), self.sentences), self.truth))
        return self.measured

    @torch.no_grad()
    def turned(self) -> tuple[float, float]:
        """Spearman correlation and nats per row of the flow, on all rows; nan before there is one."""
        if self.flow is None:
            return math.nan, math.nan
        if self.flowed is None:
            rows = torch.from_numpy(self.vectors.pairs.x).to(self.device).split(PART)
            z, volume = (torch.cat(parts) for parts in zip(*map(self.flow, rows), strict=True))
            sides = np.split(numpy(z, exact=True), 2)
            self.flowed = self.vectors.score(theory.cosines(*sides)), float(nll(z, volume))
        return self.flowed

    def observe(self) -> Seen:
        return self.observe_arm(0)

    def observe_arm(self, arm: int) -> Seen:
        """The frame of a run with the settings of this arm: they change what is made of the vectors, not the vectors."""
        p = self.settings[arm]
        scalars, arrays = self.vectors.frame(p.centring, p.whitening_power, p.kept)
        scalars["spearman_flow"], scalars["flow_nll"] = self.turned()
        if p.source == "trained":
            scalars["word_loss"] = self.word_loss
            arrays |= {"embeddings": numpy(self.embeddings), "sentences": self.sentences}
        else:
            arrays["left"], arrays["right"] = np.split(self.vectors.shown, 2)
        return scalars, arrays
