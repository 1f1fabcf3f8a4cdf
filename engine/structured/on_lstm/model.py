"""The loop: next-token prediction on flat strings; brackets are looked for afterwards, in the gates.

>>> import engine                                               # doctest: +SKIP
>>> run = engine.start("on-lstm", {"levels": 6}, seed=0)        # doctest: +SKIP
>>> frame = run.advance(steps=200)                              # doctest: +SKIP
>>> frame.scalars["recall"], frame.scalars["nll"]               # doctest: +SKIP
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch

from engine.core.model import Data, Model, finite
from engine.structured.on_lstm import grammar
from engine.structured.on_lstm.network import LanguageModel, loss
from engine.structured.on_lstm.observe import Looks
from engine.structured.on_lstm.params import PROBES, OnLstmParams

SENTENCES, BATCH, CLIP = 4000, 32, 1.0


class OrderedNeurons(Model):
    """A language model whose neurons have levels."""

    params: OnLstmParams

    def __init__(self, params: OnLstmParams, seed: int, device: torch.device, data: Data | None = None) -> None:
        super().__init__(params, seed, device, data)
        train, probe = grammar.data(seed, params.memory_demand, SENTENCES, PROBES)
        self.train = torch.from_numpy(train.framed()).to(device)
        self.net = LanguageModel(params.hidden, params.levels, params.cell, self.generator("weights")).to(device)
        self.adam = torch.optim.Adam(self.net.parameters(), lr=params.learning_rate)
        self.looks = Looks(probe, grammar.shown(probe, data, params.show), params, device)
        self.updates = 0

    def steps(self) -> Iterator[str]:
        """Mini-batch descent on the mean cross-entropy of the next token."""
        random, dropout = self.generator("batches"), self.generator("dropout")
        while True:
            batch = self.train[torch.randint(len(self.train), (BATCH,), generator=random).to(self.device)]
            batch = batch[:, : int((batch != grammar.PAD).sum(1).max())]
            yield "batch"

            logits, _ = self.net(batch[:, :-1], self.params.temperature, dropout)
            error = loss(logits, batch[:, 1:])
            finite("loss", error.detach())
            self.adam.zero_grad()
            error.backward()
            torch.nn.utils.clip_grad_norm_(self.net.parameters(), CLIP)
            yield "gradient"

            self.adam.param_groups[0]["lr"] = self.params.learning_rate
            self.adam.step()
            self.updates += 1
            yield "update"

    def observe(self) -> tuple[dict[str, float], dict[str, np.ndarray]]:
        return self.looks.frame(self.net, self.updates, self.params)
