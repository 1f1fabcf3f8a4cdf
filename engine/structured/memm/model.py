"""The loop: softmax, MEMM, Bi-MEMM and CRF learn from the same batches; all that differs is the denominator.

>>> import engine                                               # doctest: +SKIP
>>> run = engine.start("memm", {"prior": 0.7}, seed=0)          # doctest: +SKIP
>>> frame = run.advance(steps=300)                              # doctest: +SKIP
>>> frame.scalars["memm_error"], frame.scalars["crf_error"]     # doctest: +SKIP
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor, nn

from engine.core.model import Data, Model, finite
from engine.structured.memm import data as sequences
from engine.structured.memm import local, observe
from engine.structured.memm.params import MODELS, MemmParams
from engine.structured.tables import fresh, label_scores

BATCH = 128
RATES = {"rib_rob": 0.1, "lexicon": 0.05}  # of Adam, for f


class Scores(nn.Module):
    """f from tables of symbols, and transitions g: what all four models are made of (the softmax leaves g alone)."""

    def __init__(self, symbols: int, labels: int, window: int, random: torch.Generator) -> None:
        super().__init__()
        self.tables = fresh((2 * window + 1, symbols, labels), random)
        self.transitions = fresh((labels, labels), random)

    def f(self, symbols: Tensor) -> Tensor:
        """Label scores (batch, n, k) of symbols (batch, n)."""
        return label_scores(self.tables, symbols)


class LocalNormalisation(Model):
    """Four taggers with the same scores and four denominators."""

    params: MemmParams

    def __init__(self, params: MemmParams, seed: int, device: torch.device, data: Data | None = None) -> None:
        super().__init__(params, seed, device, data)
        self.corpus = sequences.build(params, seed)
        train, symbols = self.corpus.train, len(self.corpus.letters) + 1  # and what is outside
        self.symbols, self.labels = (torch.from_numpy(part).to(device) for part in (train.symbols, train.labels))
        window = params.window if params.data == "lexicon" else 0
        self.models = {  # the same first weights for all
            name: Scores(symbols, self.corpus.labels, window, self.generator("weights")).double().to(device) for name in MODELS
        }
        own = [[getattr(model, part) for model in self.models.values()] for part in ("tables", "transitions")]
        self.adam = torch.optim.Adam([{"params": group} for group in own], lr=RATES[params.data])
        self.tests = observe.Tests(self.corpus, params)

    def steps(self) -> Iterator[str]:
        """Mini-batch descent on -log P(y|x) per sequence, for every model."""
        random = self.generator("batches")
        while True:
            chosen = torch.randint(len(self.symbols), (BATCH,), generator=random).to(self.device)
            symbols, labels = self.symbols[chosen], self.labels[chosen]
            yield "batch"

            losses = [
                local.nll(name, model.f(symbols), model.transitions, labels).mean() for name, model in self.models.items()
            ]
            loss = torch.stack(losses).sum()  # no parameter is shared, so each model sees its own
            finite("loss", loss.detach())
            self.adam.zero_grad()
            loss.backward()
            yield "gradient"

            of_f, of_g = self.adam.param_groups
            of_g["lr"] = self.params.rate_ratio * of_f["lr"]
            self.adam.step()
            yield "update"

    def observe(self) -> tuple[dict[str, float], dict[str, np.ndarray]]:
        trained = {
            name: (model.tables.detach().cpu().double(), model.transitions.detach().cpu().double())
            for name, model in self.models.items()
        }
        return self.tests.frame(trained, self.params)
