"""The masking lab's loop: two classifiers of sentences on the same batches, with and without a mask; or one with layers inside a layer.

>>> import engine                                                          # doctest: +SKIP
>>> run = engine.start("masking", {"layer": "mean"}, seed=0)               # doctest: +SKIP
>>> run.advance(steps=500)                                                 # doctest: +SKIP
>>> run.set(test_padding=96)                                               # doctest: +SKIP
>>> run.look().scalars["accuracy_unmasked"]                                # doctest: +SKIP
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from engine.core.model import Data, Model, finite
from engine.training.masking import observe
from engine.training.masking.composite import Classifier, split
from engine.training.masking.data import padded, sentences
from engine.training.masking.network import Network
from engine.training.masking.params import MaskingParams

BATCH, RATE = 64, 5e-3
LOOK = 50  # steps between two looks at all lengths of padding


class Masking(Model):
    """Two networks that begin alike and see the same batches; only one of them has a mask. Or the digits' classifier."""

    params: MaskingParams

    def __init__(self, params: Any, seed: int, device: torch.device, data: Data | None = None, settings: Any = ()) -> None:
        super().__init__(params, seed, device, data, settings)
        self.updates = 0  # of the weights
        self.found: dict[Any, Any] = {}  # what was found with the present weights
        if params.bench == "composite":
            self.digits = split(self.generator("split"), device)
            self.classifier = Classifier(self.generator("weights"), params.registered).to(device)
            self.first = [tensor.detach().clone() for tensor in self.classifier.tensors]
            return
        self.sentences = sentences(self.generator("sentences"))
        self.masked, self.unmasked = (  # the same seed, the same weights
            Network(params.layer, params.pad_row == "zero", self.generator("weights")).to(device) for _ in range(2)
        )
        self.pad_gradients = [0.0, 0.0]  # of this step, with and without a mask
        self.along = observe.along(self)

    def steps(self) -> Iterator[str]:
        return self.sentence_steps() if self.params.bench == "padding" else self.digit_steps()

    def sentence_steps(self) -> Iterator[str]:
        """One step of both networks on the same batch."""
        random, s = self.generator("batches"), self.sentences
        networks = (self.masked, self.unmasked)
        adam = torch.optim.Adam([weight for network in networks for weight in network.parameters()], lr=RATE, fused=True)
        while True:
            chosen = torch.randint(len(s.ids), (BATCH,), generator=random)
            longest = int((s.ids[chosen] > 0).sum(1).max())
            ids = padded(s.ids[chosen], longest if self.params.train_padding == "batch" else int(self.params.train_padding))
            ids, labels = ids.to(self.device), s.labels[chosen].to(self.device)
            yield "batch"

            with_mask = functional.cross_entropy(self.masked(ids, ids > 0), labels)
            without = functional.cross_entropy(self.unmasked(ids, torch.ones_like(ids, dtype=torch.bool)), labels)
            loss = with_mask + without  # they share no weight, so neither sees the other
            finite("the loss", loss.detach())
            adam.zero_grad()
            loss.backward()
            gradients = [network.embedding.grad for network in networks if network.embedding.grad is not None]
            self.pad_gradients = [float(gradient[0].abs().max()) for gradient in gradients]
            if self.params.pad_row == "zero":
                for gradient in gradients:
                    gradient[0] = 0  # frozen
            yield "gradients"

            adam.step()
            self.changed()
            if self.updates % LOOK == 0:
                self.along = observe.along(self)
            yield "update"

    def digit_steps(self) -> Iterator[str]:
        """One step of the classifier: the optimiser gets what the network says are its weights."""
        random, x, y = self.generator("batches"), self.digits.x, self.digits.labels
        adam = torch.optim.Adam(self.classifier.parameters(), lr=RATE)
        while True:
            chosen = torch.randint(len(x), (BATCH,), generator=random).to(self.device)
            yield "batch"

            loss = functional.cross_entropy(self.classifier(x[chosen]), y[chosen])
            finite("the loss", loss.detach())
            adam.zero_grad()
            loss.backward()
            yield "gradients"

            adam.step()
            self.changed()
            yield "update"

    def changed(self) -> None:
        """The weights are others now."""
        self.updates, self.found = self.updates + 1, {}

    def observe(self) -> tuple[dict[str, float], dict[str, np.ndarray]]:
        look = observe.padding if self.params.bench == "padding" else observe.composite
        return look(self, self.params)
