"""The loop: texts written by a table, loop after loop counted beside the exact number; or a small network that learns the text.

>>> import engine                                               # doctest: +SKIP
>>> run = engine.start("repetition", {"top_k": 28}, seed=0)     # doctest: +SKIP
>>> frame = run.advance(steps=40)                               # doctest: +SKIP
>>> frame.scalars["events"], frame.scalars["events_measured"]   # 0.0919 exact, 0.09 counted   # doctest: +SKIP
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch

from engine.core.model import Data, Model
from engine.generation.repetition import sources, theory
from engine.generation.repetition.network import EVERY, Network
from engine.generation.repetition.params import RepetitionParams
from engine.generation.repetition.table import BATCH, LONGEST, Exact, curves, knobs, letters


class Repetition(Model):
    """A first-order decoder under the knobs, for every arm of a sweep; or, in its place, a network."""

    params: RepetitionParams

    def __init__(
        self,
        params: RepetitionParams,
        seed: int,
        device: torch.device,
        data: Data | None = None,
        settings: Sequence[RepetitionParams] = (),
    ) -> None:
        super().__init__(params, seed, device, data, settings)
        self.source = sources.build(params, seed, data)
        self.names = letters(self.source.names)
        self.tables: list[Exact] = []
        self.network: Network | None = None
        self.loss, self.trial = math.nan, 0
        self.seen: dict[int, tuple[Any, Any]] = {}  # of each arm, what its last look depended on, and found
        if params.bench == "matrix":
            self.tables = [Exact(self.source, knobs(self.source, own)) for own in self.settings]
        else:
            self.network = Network(self.source, self.generator("weights"), self.generator("draws"), device)

    def steps(self) -> Iterator[str]:
        return self.count() if self.network is None else self.learn(self.network)

    def count(self) -> Iterator[str]:
        """Write texts with the table of every arm from the same random numbers, and count their loops."""
        random = self.generator("texts")
        while True:
            uniforms = torch.rand((BATCH, LONGEST), generator=random, dtype=torch.float64).numpy()
            self.tables = [self.present(arm) for arm in range(len(self.settings))]  # a changed table begins a new sample
            texts = [theory.write(exact.table, self.source.start, uniforms) for exact in self.tables]
            yield "draw"

            for exact, written in zip(self.tables, texts, strict=True):
                exact.add(written)
            yield "update"

    def learn(self, network: Network) -> Iterator[str]:
        """Next-symbol prediction on windows of the text."""
        random = self.generator("batches")
        while True:
            y = network.batch(random)
            yield "draw"

            loss = network.loss(y)
            self.loss = self.check(0, "loss", float(loss.detach()))
            network.adam.zero_grad()
            loss.backward()
            network.adam.step()
            if (self.step + 1) % EVERY == 0:
                network.shown.load_state_dict(network.net.state_dict())
                self.trial = self.step + 1
            yield "update"

    def present(self, arm: int) -> Exact:
        """The arm's table under its present knobs, with the sample that belongs to it."""
        table = knobs(self.source, self.settings[arm])
        same = np.array_equal(table, self.tables[arm].table)
        return self.tables[arm] if same else Exact(self.source, table)

    def observe(self) -> tuple[dict[str, float], dict[str, np.ndarray]]:
        return self.observe_arm(0)

    def observe_arm(self, arm: int) -> tuple[dict[str, float], dict[str, np.ndarray]]:
        """The frame of a run with the settings of this arm."""
        p = self.settings[arm]
        if self.seen.get(arm, (None,))[0] != (p, self.trial):
            self.seen[arm] = ((p, self.trial), self.network.look(p) if self.network else curves(self.source, p))
        found = self.seen[arm][1]
        if self.network is not None:
            return {"loss": self.loss, **found[0]}, {**found[1], "names": self.names}
        exact = self.present(arm)
        return exact.scalars(), {**exact.arrays(), "names": self.names, "curves": found}
