"""The loops: sentence after sentence chosen on the desk; or a network that learns pseudo-summaries, then a few true titles.

>>> import engine                                                           # doctest: +SKIP
>>> run = engine.start("t5-pegasus", {"bench": "train"}, seed=0)            # doctest: +SKIP
>>> frame = run.advance(steps=660)                                          # doctest: +SKIP
>>> frame.scalars["accuracy_method"], frame.scalars["none_method"]          # 0.8 with pre-training, 0.1 without   # doctest: +SKIP
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from copy import deepcopy

import numpy as np
import torch
from torch import Tensor

from engine.core.model import Data, Model, finite
from engine.generation.t5_pegasus.corpus import DOCUMENTS, SENTENCES
from engine.generation.t5_pegasus.desk import Desk, codes, own_text
from engine.generation.t5_pegasus.network import Seq2Seq, padded
from engine.generation.t5_pegasus.pairs import NAMED, Pair, Pairs
from engine.generation.t5_pegasus.params import T5PegasusParams
from engine.generation.t5_pegasus.selection import picks

BATCH, RATE, WARM, FINE_RATE = 48, 2e-3, 50, 1e-3
EVERY = 10  # steps of fine-tuning between two trials
SHOWN, GIVEN = 5, 10  # titles in a frame: of test documents; at most, of those at hand


class Writer:
    """A network that is fine-tuned on titles, and what it wrote at its last trial."""

    def __init__(self, net: Seq2Seq) -> None:
        self.net = deepcopy(net)
        self.adam = torch.optim.Adam(self.net.parameters(), lr=FINE_RATE)
        self.right, self.written = np.full(2, math.nan), np.zeros((SHOWN, 1), np.int32)

    def learn(self, loss: Tensor) -> float:
        """One optimiser step; the loss in nats."""
        self.adam.zero_grad()
        loss.backward()
        self.adam.step()
        return float(loss.detach())


class T5Pegasus(Model):
    """A desk with one document; or a network, and for each arm its two writers: with pre-training, and without."""

    params: T5PegasusParams

    def __init__(
        self, params: T5PegasusParams, seed: int, device: torch.device, data: Data | None = None,
        settings: Sequence[T5PegasusParams] = (),
    ) -> None:  # fmt: skip
        super().__init__(params, seed, device, data, settings)
        self.over = False
        if params.bench == "select":
            self.text = own_text(data) if params.source == "own" else None
            self.desks: dict[T5PegasusParams, Desk] = {}
            self.desk(params)
            return
        self.pairs = Pairs(params, seed)
        self.shares: dict[tuple[str, str, int], float] = {}
        self.net = Seq2Seq(len(self.pairs.vocabulary), self.pairs.longest, self.generator("weights")).to(device)
        self.plain = deepcopy(self.net)
        self.test = padded(self.pairs.full[DOCUMENTS:], end=False).to(device)
        self.writers: list[tuple[Writer, Writer]] = []
        self.losses, self.tuned = [math.nan] * len(self.settings), 0
        self.blank = Writer(self.net)

    def desk(self, p: T5PegasusParams) -> Desk:
        """The document under these settings; the newest are kept, so that what was dragged over is found again."""
        if p not in self.desks:
            self.desks = dict([*self.desks.items()][-7:]) | {p: Desk(p, self.seed, self.text)}
        return self.desks[p]

    def weights(self) -> dict[str, Tensor]:
        """As of any model; none of several arms, as these share one network until titles are learned."""
        return super().weights() if len(self.settings) == 1 else {}

    def admit(self, params: T5PegasusParams) -> None:
        if params.bench == "select":
            self.desk(params)

    def steps(self) -> Iterator[str]:
        if self.params.bench == "select":
            yield from self.choose()
        else:
            yield from self.pretrain()
            yield from self.fine_tune()

    def choose(self) -> Iterator[str]:
        """One more sentence a step; after the last one the desk stays as it is."""
        while True:
            yield "batch"

            self.over |= self.step + 1 >= self.desk(self.params).count
            yield "update"

    def pretrain(self) -> Iterator[str]:
        """From what is left of a document to the sentences (or spans) that were cut out of it."""
        random, adam = self.generator("batches"), torch.optim.Adam(self.net.parameters(), lr=RATE)
        while self.step < self.params.pretrain:
            p = self.params  # hot: rule, gap
            chosen = torch.randint(DOCUMENTS, (BATCH,), generator=random).tolist()
            source, target = self.batch([self.pairs.pair(index, p.rule, p.gap) for index in chosen])
            yield "batch"

            loss = self.net.loss(source, target)
            self.losses = [finite("loss", loss.detach())] * len(self.settings)
            adam.param_groups[0]["lr"] = RATE * min(1.0, (self.step + 1) / WARM)
            adam.zero_grad()
            loss.backward()
            adam.step()
            yield "update"

    def fine_tune(self) -> Iterator[str]:
        """From a whole document to its title, on the first K of them; once after pre-training, once from the same fresh weights."""
        random = self.generator("titles")
        self.writers = [(Writer(self.net), Writer(self.plain)) for _ in self.settings]
        while self.tuned < self.params.fine_tune:
            shares = torch.rand(BATCH, generator=random)
            batches = [self.titled(shares, int(p.labels)) for p in self.settings]
            yield "batch"

            for arm, (pretrained, plain) in enumerate(self.writers):
                self.losses[arm] = self.check(arm, "loss", pretrained.learn(pretrained.net.loss(*batches[arm])))
                self.check(arm, "loss", plain.learn(plain.net.loss(*batches[arm])))
            self.tuned += 1
            if self.tuned == 1 or self.tuned % EVERY == 0 or self.tuned >= self.params.fine_tune:
                for writer in (writer for pair in self.writers for writer in pair):
                    self.trial(writer)
            yield "update"

    def batch(self, pairs: Sequence[Pair]) -> tuple[Tensor, Tensor]:
        """Sources (n, S), and targets (n, T) with their end."""
        source, target = padded([one for one, _ in pairs], end=False), padded([two for _, two in pairs], end=True)
        return source.to(self.device), target.to(self.device)

    def titled(self, shares: Tensor, labels: int) -> tuple[Tensor, Tensor]:
        """Documents with titles, drawn from the first K by numbers (n,) of 0..1."""
        chosen = (shares * labels).long().clamp(max=labels - 1).tolist()
        return self.batch([(self.pairs.full[index], self.pairs.titles[index]) for index in chosen])

    def trial(self, writer: Writer) -> None:
        """Let it write the titles of the test documents."""
        most = max(map(len, self.pairs.titles)) + 1
        written = writer.net.write(self.test, most).cpu().numpy().astype(np.int32)
        writer.right, writer.written = self.pairs.right(written.tolist()), written[:SHOWN]

    def share(self, rule: str, gap: float, of: str = "named") -> float:
        """`Pairs.named` or `Pairs.copied`, counted once."""
        key = (of, rule, 0 if rule == "span" else picks(SENTENCES, gap))
        if key not in self.shares:
            self.shares[key] = getattr(self.pairs, of)(rule, gap)
        return self.shares[key]

    def observe(self) -> tuple[dict[str, float], dict[str, np.ndarray]]:
        return self.observe_arm(0)

    def observe_arm(self, arm: int) -> tuple[dict[str, float], dict[str, np.ndarray]]:
        """The frame of a run with the settings of this arm."""
        p = self.settings[arm]
        if p.bench == "select":
            return self.desk(p).look(self.step, self.over)
        pretrained, plain = self.writers[arm] if self.writers else (self.blank, self.blank)
        scalars = {
            "loss": self.losses[arm], "naming": self.share(p.rule, p.gap), "tuned": float(self.tuned),
            "copied": self.share(p.rule, p.gap, "copied"),
            "accuracy_method": float(pretrained.right[0]), "accuracy_problem": float(pretrained.right[1]),
            "none_method": float(plain.right[0]), "none_problem": float(plain.right[1]),
        }  # fmt: skip
        width = max(pretrained.written.shape[1], plain.written.shape[1])
        written = np.zeros((2, SHOWN, width), np.int32)
        for lines, writer in zip(written, (pretrained, plain), strict=True):
            lines[:, : writer.written.shape[1]] = writer.written
        shown = range(DOCUMENTS, DOCUMENTS + SHOWN)
        arrays = {
            "named": np.array([self.share(rule, p.gap) for rule in NAMED], np.float32),
            "vocabulary": codes(self.pairs.vocabulary),
            "written": written,
            "given": padded(self.pairs.titles[: min(int(p.labels), GIVEN)], end=False).numpy().astype(np.int32),
            "truth": padded([self.pairs.titles[k] for k in shown], end=False).numpy().astype(np.int32),
            "pair": padded(self.pairs.pair(0, p.rule, p.gap), end=False).numpy().astype(np.int32),
        }
        return scalars, arrays
