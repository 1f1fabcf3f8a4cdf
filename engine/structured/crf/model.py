"""The loop: a CRF and its softmax twin learn from the same batches; all else is a look at what they have learned.

>>> import engine                                               # doctest: +SKIP
>>> run = engine.start("crf", {"ambiguity": 0}, seed=0)         # doctest: +SKIP
>>> frame = run.advance(steps=150)                              # doctest: +SKIP
>>> frame.scalars["crf_nll"], frame.scalars["bayes_nll"]        # doctest: +SKIP
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import torch

from engine.core.model import Data, Model
from engine.structured.crf import data as sequences
from engine.structured.crf import observe
from engine.structured.crf.network import Crf, Softmax
from engine.structured.crf.params import CrfParams

BATCH = 100


class ConditionalRandomField(Model):
    """Two taggers on the same sequences."""

    params: CrfParams

    def __init__(
        self, params: CrfParams, seed: int, device: torch.device, data: Data | None = None, settings: Sequence[CrfParams] = ()
    ) -> None:
        super().__init__(params, seed, device, data, settings)
        self.corpus = sequences.build(params, seed, data)
        train = self.corpus.train
        self.train = [torch.from_numpy(part).to(device) for part in (train.symbols, train.labels, train.inside)]
        symbols = len(self.corpus.names) + 2  # and one that was not in training, and what is outside
        self.crf = Crf(symbols, params.window, self.generator("crf")).to(device)
        self.softmax = Softmax(symbols, params.window, self.generator("softmax")).to(device)
        self.adam = torch.optim.Adam([*self.crf.parameters(), *self.softmax.parameters()], lr=params.learning_rate)
        self.tests = observe.Tests(self.corpus, params)

    def steps(self) -> Iterator[str]:
        """Mini-batch descent on -log P(y|x) per sequence, for both models."""
        random = self.generator("batches")
        while True:
            chosen = torch.randint(len(self.train[0]), (BATCH,), generator=random).to(self.device)
            batch = [part[chosen] for part in self.train]
            yield "batch"

            one, n = self.crf.loss(*batch).mean(), self.softmax.loss(*batch).mean()
            loss = one + n  # no parameter is shared, so each model sees its own
            self.check(0, "loss", float(loss.detach()))
            self.adam.zero_grad()
            loss.backward()
            yield "gradient"

            for group in self.adam.param_groups:
                group["lr"] = self.params.learning_rate
            self.adam.step()
            yield "update"

    def observe(self) -> tuple[dict[str, float], dict[str, np.ndarray]]:
        return self.observe_arm(0)

    def observe_arm(self, arm: int) -> tuple[dict[str, float], dict[str, np.ndarray]]:
        """The frame of a run with the settings of this arm: the arms share both models and differ in how these are read."""
        p = self.settings[arm]
        trained = observe.Trained.of(self.crf, self.softmax)
        scalars, arrays = observe.shown(trained, self.tests, p)
        return {**self.tests.scalars(trained, p), **scalars}, {**self.tests.arrays, **arrays}
