"""The Nyströmformer lab's loop: one more Performer draw a step; or a net trained with softmax, then with what replaces it.

>>> import engine                                                                # doctest: +SKIP
>>> run = engine.start("nystromformer", {"landmarks": 64, "scale": 0.5})         # doctest: +SKIP
>>> run.advance(steps=20).scalars["error_iterated"]                              # doctest: +SKIP
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.func import functional_call
from torch.nn import functional

from engine.attention.nystromformer import attention
from engine.attention.nystromformer.bench import MOST_DRAWS, Approximations
from engine.attention.nystromformer.names import SWAPPED
from engine.attention.nystromformer.network import HEAD_WIDTH, Attention, Network
from engine.attention.nystromformer.params import PIXELS, TRAINED, NystromformerParams
from engine.core.model import Data, Model, finite
from engine.data.sets.digits import digits

LOOK, TUNED_LOOK = 25, 10  # steps between two looks before and after the swap
BATCH, TESTED = 48, 300
RATE, FINE_RATE = 3e-3, 1e-3


class Nystromformer(Model):
    """Bench A holds matrices. Bench B holds a net, and its weights as they were at the last look before and after the swap."""

    params: NystromformerParams

    def __init__(self, params: Any, seed: int, device: torch.device, data: Data | None = None, settings: Any = ()) -> None:
        super().__init__(params, seed, device, data, settings)
        if params.bench == "approximate":
            self.approximations = Approximations(self.generator)
            return
        pictures, labels = digits()
        order = torch.randperm(len(labels), generator=self.generator("split")).numpy()
        self.pictures = torch.from_numpy(pictures[order]).float().to(device)  # the first TESTED are never trained on
        self.labels = torch.from_numpy(labels[order]).to(device)
        self.network = Network(self.generator("weights")).to(device)
        self.loss = math.nan
        self.before: dict[str, Tensor] | None = None
        self.tuned: dict[str, Tensor] | None = None
        self.found: dict[tuple[Any, ...], float] = {}  # accuracies at the present looks

    def steps(self) -> Iterator[str]:
        yield from self.draw() if self.params.bench == "approximate" else self.swap()

    def draw(self) -> Iterator[str]:
        """Every step is one more draw of random features; all else depends on the settings alone and is found when it is looked at."""
        for draw in range(MOST_DRAWS):
            self.approximations.omega(draw, self.params.features == "orthogonal")
            yield "draw"

            self.approximations.performer(self.params, draw + 1)
            yield "update"

    def swap(self) -> Iterator[str]:
        """Softmax attention for 250 steps; then the same weights, the same optimiser, another attention."""
        random = self.generator("batches")
        adam = torch.optim.Adam(self.network.parameters(), lr=RATE)
        for step in range(1, TRAINED + self.params.fine_tune + 1):
            chosen = torch.randint(TESTED, len(self.labels), (BATCH,), generator=random).to(self.device)
            yield "draw"

            swapped = step > TRAINED
            logits = self.network(self.pictures[chosen], self.attention(self.params.swap_to if swapped else "softmax"))
            loss = functional.cross_entropy(logits, self.labels[chosen])
            self.loss = finite("loss", loss.detach())
            adam.param_groups[0]["lr"] = FINE_RATE if swapped else RATE
            adam.zero_grad()
            loss.backward()
            adam.step()
            self.look(step)
            yield "update"

    def attention(self, name: str) -> Attention:
        """What the net reads with, under the present settings."""
        p = self.params
        if name == "softmax":
            return attention.softmax_attention
        if name == "performer":
            omega = attention.directions(PIXELS, HEAD_WIDTH, p.features == "orthogonal", self.generator("directions"))
            return partial(attention.performer_attention, omega=omega[: p.m].float().to(self.device))
        return partial(attention.nystrom_attention, m=p.m, iterations=None if name == "nystrom-exact" else p.iterations)

    def look(self, step: int) -> None:
        """Keep the weights now and then; accuracies are those of kept weights."""
        since = step - TRAINED
        if since <= 0 and step % LOOK == 0:
            self.before, self.found = self.copied(), {}
        if (since > 0 and since % TUNED_LOOK == 0) or since == self.params.fine_tune:
            self.tuned = self.copied()
            self.found = {key: value for key, value in self.found.items() if key[0] == "before"}

    def copied(self) -> dict[str, Tensor]:
        return {name: weight.detach().clone() for name, weight in self.network.state_dict().items()}

    @torch.no_grad()
    def accuracy(self, when: str, name: str) -> float:
        """Share of right answers on the test pictures, of the weights kept before or after the swap; nan where there are none."""
        weights = self.before if when == "before" else self.tuned
        if weights is None:
            return math.nan
        p = self.params
        key = (when, name, *(() if name == "softmax" else (p.m, p.iterations, p.features)))
        if key not in self.found:
            logits = functional_call(self.network, weights, (self.pictures[:TESTED], self.attention(name)))
            self.found[key] = float((logits.argmax(-1) == self.labels[:TESTED]).double().mean())
        return self.found[key]

    def observe(self) -> tuple[dict[str, float], dict[str, np.ndarray]]:
        if self.params.bench == "approximate":
            return self.approximations.measure(self.params, self.step)
        swapped = np.array([self.accuracy("before", name) for name in SWAPPED], np.float32)
        scalars = {"loss": self.loss, "accuracy_softmax": self.accuracy("before", "softmax")}
        return scalars | {"accuracy_tuned": self.accuracy("tuned", self.params.swap_to)}, {"accuracy_swapped": swapped}
