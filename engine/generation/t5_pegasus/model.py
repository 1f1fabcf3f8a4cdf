"""The loops: sentence after sentence chosen on the desk; or a network that learns pseudo-summaries, then a few true titles.

>>> import engine                                                           # doctest: +SKIP
>>> run = engine.start("t5-pegasus", {"bench": "train"}, seed=0)            # doctest: +SKIP
>>> frame = run.advance(steps=660)                                          # doctest: +SKIP
>>> frame.scalars["accuracy_method"], frame.scalars["none_method"]          # 0.76 with pre-training, 0.07 without   # doctest: +SKIP
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from copy import deepcopy

import numpy as np
import torch
from torch import Tensor

from engine.core.model import Data, Model
from engine.data.text import spelled
from engine.generation.t5_pegasus.corpus import DOCUMENTS
from engine.generation.t5_pegasus.desk import Desk, own_text
from engine.generation.t5_pegasus.network import Seq2Seq, padded
from engine.generation.t5_pegasus.pairs import NAMED, Pair, pairs_of
from engine.generation.t5_pegasus.params import T5PegasusParams

BATCH, RATE, WARM, FINE_RATE = 48, 2e-3, 50, 1e-3
EVERY = 10  # steps of fine-tuning between two trials
SHOWN, GIVEN = 5, 10  # titles in a frame: of test documents; at most, of those at hand


class Writer:
    """A network that is fine-tuned on titles, and what it writes at its last trial."""

    def __init__(self, net: Seq2Seq) -> None:
        self.net = deepcopy(net)
        self.adam = torch.optim.Adam(self.net.parameters(), lr=FINE_RATE, fused=True)
        self.right, self.written = np.full(2, math.nan), np.zeros((SHOWN, 1), np.int32)
        # weights at the last trial, until somebody looks and titles are written
        self.tried: dict[str, Tensor] | None = None


class T5Pegasus(Model):
    """A desk with one document; or a network, and for each arm its two writers: with pre-training, and without."""

    params: T5PegasusParams

    def __init__(
        self, params: T5PegasusParams, seed: int, device: torch.device, data: Data | None = None,
        settings: Sequence[T5PegasusParams] = (),
    ) -> None:  # fmt: skip
        super().__init__(params, seed, device, data, settings)
        if params.bench == "select":
            self.text = own_text(data) if params.source == "own" else None
            self.desks: dict[T5PegasusParams, Desk] = {}
            self.over = False
            self.admit(params)
            return
        self.pairs = pairs_of(seed, params.key_sentences, params.unit == "word")
        self.net = Seq2Seq(len(self.pairs.vocabulary), self.pairs.longest, self.generator("weights")).to(device)
        self.plain = deepcopy(self.net)
        self.test = padded(self.pairs.full[DOCUMENTS:], end=False).to(device)
        self.writers: list[tuple[Writer, Writer]] = []
        self.losses, self.tuned = [math.nan] * len(self.settings), 0

    def admit(self, params: T5PegasusParams) -> None:
        if params.bench == "select":
            self.desk(params)

    def desk(self, p: T5PegasusParams) -> Desk:
        """The document under these settings; the newest are kept, so that what was dragged over is found again."""
        if p not in self.desks:
            self.desks = dict([*self.desks.items()][-7:]) | {p: Desk(p, self.seed, self.text)}
        return self.desks[p]

    def steps(self) -> Iterator[str]:
        if self.params.bench == "select":
            yield from self.choose()
        else:
            yield from self.pretrain()
            yield from self.fine_tune()

    def choose(self) -> Iterator[str]:
        """One more sentence a step. With an own text the run ends with the last one; a generated document stays as it then is."""
        while not (self.over and self.text is not None):
            yield "batch"

            self.over |= self.step + 1 >= self.desk(self.params).count
            yield "update"

    def pretrain(self) -> Iterator[str]:
        """From what is left of a document to the sentences (or spans) that were cut out of it."""
        random, adam = self.generator("batches"), torch.optim.Adam(self.net.parameters(), lr=RATE, fused=True)
        while self.step < self.params.pretrain:
            p = self.params  # hot: rule, gap
            chosen = torch.randint(DOCUMENTS, (BATCH,), generator=random).tolist()
            source, target = self.batch([self.pairs.pair(index, p.rule, p.gap) for index in chosen])
            yield "batch"

            loss = self.net.loss(source, target)
            self.losses = [self.check(arm, "loss", float(loss.detach())) for arm in range(len(self.settings))]
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
            batches = [self.titled(shares, int(p.labels)) for p in self.settings]  # hot: labels
            yield "batch"

            self.tuned += 1
            trial = self.tuned in (1, self.params.fine_tune) or self.tuned % EVERY == 0
            for arm, writers in enumerate(self.writers):
                for writer in reversed(writers):  # the loss in the frame is that after pre-training
                    loss = writer.net.loss(*batches[arm])
                    self.losses[arm] = self.check(arm, "loss", float(loss.detach()))
                    writer.adam.zero_grad()
                    loss.backward()
                    writer.adam.step()
                    if trial:
                        writer.tried = {name: weight.clone() for name, weight in writer.net.state_dict().items()}
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
        """Let it write the titles of the test documents, as it was at its last trial, unless it has."""
        if writer.tried is not None:
            net, most = deepcopy(writer.net), max(map(len, self.pairs.titles)) + 1
            net.load_state_dict(writer.tried)
            written = net.write(self.test, most).cpu().numpy().astype(np.int32)
            writer.right, writer.written, writer.tried = self.pairs.right(written.tolist()), written[:SHOWN], None

    def observe(self) -> tuple[dict[str, float], dict[str, np.ndarray]]:
        return self.observe_arm(0)

    def observe_arm(self, arm: int) -> tuple[dict[str, float], dict[str, np.ndarray]]:
        """The frame of a run with the settings of this arm."""
        p = self.settings[arm]
        if p.bench == "select":
            return self.desk(p).look(self.step, self.over)
        writers = self.writers[arm] if self.writers else ()
        for writer in writers:
            self.trial(writer)
        right = np.concatenate([writer.right for writer in writers]) if writers else np.full(4, math.nan)
        naming, copied = self.pairs.shares(p.rule, p.gap)
        scalars = {"loss": self.losses[arm], "naming": naming, "copied": copied, "tuned": float(self.tuned)}
        names = ("accuracy_method", "accuracy_problem", "none_method", "none_problem")
        scalars |= dict(zip(names, right.tolist(), strict=True))
        rows = {
            "given": self.pairs.titles[: min(int(p.labels), GIVEN)],
            "truth": self.pairs.titles[DOCUMENTS : DOCUMENTS + SHOWN],
            "pair": self.pairs.pair(0, p.rule, p.gap),
        }
        arrays = {name: padded(row, end=False).numpy().astype(np.int32) for name, row in rows.items()}
        arrays["written"] = np.stack([one.written for one in writers]) if writers else np.zeros((2, SHOWN, 1), np.int32)
        arrays["named"] = np.array([self.pairs.shares(rule, p.gap)[0] for rule in NAMED], np.float32)
        return scalars, arrays | {"vocabulary": spelled(self.pairs.vocabulary)}
