"""The loop: a pair of hands that read each other, and the same pair without looks, trained on the same batches.

>>> import engine                                                    # doctest: +SKIP
>>> run = engine.start("bidirectional-decoding", seed=0)             # doctest: +SKIP
>>> frame = run.advance(steps=300)                                   # doctest: +SKIP
>>> frame.scalars["right_one"], frame.scalars["right_chosen"]        # 0.60 one-way, 0.74 both   # doctest: +SKIP
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from engine.core.model import Data, Model, finite, numpy
from engine.generation.bidirectional_decoding import theory
from engine.generation.bidirectional_decoding.network import Pair, Sheet, Written, loss, sheets, write
from engine.generation.bidirectional_decoding.params import BATCH, TESTED, BidirectionalParams

EVERY = 10  # steps between two trials: between them frames repeat the last one

Sheets = tuple[Sheet, Sheet]


@dataclass
class Writers:
    """One pair of the run: `shown` is its copy at the last trial, which is what frames look at."""

    name: str
    pair: Pair
    shown: Pair = field(init=False)
    adam: torch.optim.Optimizer = field(init=False)
    objective: Tensor = field(default_factory=lambda: torch.empty(0))
    loss: float = math.nan

    def __post_init__(self) -> None:
        self.shown = deepcopy(self.pair).requires_grad_(False)
        self.adam = torch.optim.Adam(self.pair.parameters(), lr=1.0)


@dataclass(frozen=True)
class Trial:
    """What a pair did with the tested items: what it wrote, and how right it was at each of a hand's steps given the truth.

    The latter (T,) is shown of the pair whose hands read each other, and is not computed for the other one.
    """

    written: Written
    forced: np.ndarray | None


class BidirectionalDecoding(Model):
    """Two hands, with and without looks at each other."""

    params: BidirectionalParams

    def __init__(
        self, params: BidirectionalParams, seed: int, device: torch.device, data: Data | None = None
    ) -> None:  # fmt: skip
        super().__init__(params, seed, device, data)
        p = params
        self.batches, self.coins = self.generator("batches"), self.generator("coins")
        self.one, self.bi = (
            Writers(name, Pair(p.symbols, p.length, looks, (self.generator("left"), self.generator("right"))).to(device))
            for name, looks in (("one", False), ("bi", p.cross_attention))
        )
        self.uniforms = self.draw(TESTED, self.generator("trial"))
        self.trial_step = 0
        self.known: dict[str, tuple[tuple, Trial]] = {}

    def draw(self, count: int, generator: torch.Generator) -> np.ndarray:
        """What `count` items are made of."""
        shape = (theory.PLANES, count, self.params.length + 1)
        return torch.rand(shape, generator=generator, dtype=torch.float64).numpy()

    def paper(self, items: theory.Items) -> Sheets:
        """What both hands have before them."""
        return sheets(items, self.params.symbols, self.params.right_anchor, self.device)

    def steps(self) -> Iterator[str]:
        while True:
            p = self.params  # hot: noise, partner, learning rate
            batch = self.paper(theory.items(self.draw(BATCH, self.batches), p.symbols, p.noise))
            yield "batch"

            seen = self.partners(batch)  # the tokens that each hand sees the other one write
            yield "write"

            for writers in (self.one, self.bi):
                logits, _ = writers.pair(batch, seen if writers is self.bi else None)
                writers.objective = loss(logits, batch)
                writers.loss = finite("loss", writers.objective.detach())
            yield "losses"

            for writers in (self.one, self.bi):
                writers.adam.zero_grad()
                writers.objective.backward()
                for group in writers.adam.param_groups:
                    group["lr"] = p.learning_rate
                writers.adam.step()
                writers.objective = torch.empty(0)
            if (self.step + 1) % EVERY == 0:
                self.show()
            yield "update"

    def partners(self, batch: Sheets) -> tuple[Tensor, Tensor] | None:
        """The tokens by which each hand is seen by the other in training; None for the true ones."""
        p = self.params
        if p.partner == "gold" or not p.cross_attention:
            return None
        left, right = write(self.bi.pair, batch).tokens
        if p.partner == "own":
            return left, right
        true = (torch.rand((BATCH, 1), generator=self.coins) < 0.5).to(self.device)
        return torch.where(true, batch[0].y, left), torch.where(true, batch[1].y, right)

    def show(self) -> None:
        """Make the present nets the ones that frames look at, until the next trial."""
        for writers in (self.one, self.bi):
            writers.shown.load_state_dict(writers.pair.state_dict())
        self.trial_step = self.step + 1

    @torch.no_grad()
    def trial(self, writers: Writers, test: Sheets) -> Trial:
        """The last trial of a pair at the noise and beam in force, computed when it is first looked at.

        It depends on nothing else, so it is the same whoever looks, whenever.
        """
        p = self.params
        key = (self.trial_step, p.noise, p.beam)
        if self.known.get(writers.name, ((), None))[0] != key:
            forced = self.forced(writers, test) if writers is self.bi else None
            self.known[writers.name] = (key, Trial(write(writers.shown, test, p.beam), forced))
        return self.known[writers.name][1]

    def forced(self, writers: Writers, test: Sheets) -> np.ndarray:
        """How often a pair is right at each of a hand's steps with all true tokens before it, (T,)."""
        logits, _ = writers.shown(test)
        hits = [own.argmax(2) == sheet.y for own, sheet in zip(logits, test, strict=True)]
        return numpy(torch.stack(hits).float().mean((0, 1)))

    def observe(self) -> tuple[dict[str, float], dict[str, np.ndarray]]:
        p = self.params
        items = theory.items(self.uniforms, p.symbols, p.noise)
        test = self.paper(items)
        one, bi = self.trial(self.one, test), self.trial(self.bi, test)
        world = (p.length, p.symbols, p.noise)

        written = {}
        for name, trial in (("one", one), ("bi", bi)):
            written[f"{name}_l2r"], written[f"{name}_r2l"] = trial.written.text()
        written["chosen"] = bi.written.chosen()
        small = {name: tokens.cpu().numpy().astype(np.uint8) for name, tokens in written.items()}
        right = {name: (tokens == items.y).mean(0).astype(np.float32) for name, tokens in small.items()}
        exact = {
            "theory_l2r": theory.one_way(*world),
            "theory_r2l": theory.one_way(*world, p.right_anchor)[::-1].copy(),
            "theory_best": theory.best(*world, p.right_anchor),
        }
        looks, forced = bi.written.looks, bi.forced
        assert forced is not None
        arrays = {
            **right,
            **exact,
            **{f"out_{name}": tokens for name, tokens in small.items()},
            "forced_bi": forced,
            "items": items.columns().astype(np.uint8),
            "truth": items.y.astype(np.uint8),
            "look_l2r": numpy(looks[0].mean(0)),
            "look_r2l": numpy(looks[1].mean(0)),
            "look_example": numpy(torch.stack([look[p.example - 1] for look in looks])),
        }
        scalars = {
            "loss_one": self.one.loss,
            "loss_bi": self.bi.loss,
            "entropy": theory.entropy(p.symbols, p.noise),
            "right_one": float(right["one_l2r"].mean() + right["one_r2l"].mean()) / 2,
            "right_bi": float(right["bi_l2r"].mean() + right["bi_r2l"].mean()) / 2,
            "right_chosen": float(right["chosen"].mean()),
            "right_best": float(exact["theory_best"].mean()),
            "trial": float(self.trial_step),
        }
        return scalars, arrays
