"""BERT's pretraining on plain text, done once for a seed: hidden words, and whether two sentences say the same.

A process keeps what it has trained, and a session that finds one at work goes on with it; what is done is kept on disk, too.
"""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from engine.core import kept, model
from engine.core.model import finite
from engine.language.text_matching import masking, network, params, theory, world
from engine.language.text_matching.masking import batch_of, hide, turned
from engine.language.text_matching.network import WIDTH, Bert, Linear
from engine.language.text_matching.params import PLAIN_STEPS, WORDS
from engine.language.text_matching.world import NONE, both_ways, plain_corpus
from engine.train.ranks import auc

STEPS, BATCH, RATE, MASKED = PLAIN_STEPS, 64, 3e-3, 0.15
EVERY = 20  # steps between two points of its course
PLAIN_TABLE = np.append(np.arange(WORDS) + NONE, 0)
PROGRAM = (model, masking, network, params, theory, world, sys.modules[__name__])  # whose text decides what comes out
SOURCE = kept.fingerprint(PROGRAM)


class Pretraining:
    """A network that learns to read; `course` (points, 3): step, loss of hidden words, AUC of “same or not”; NaN: to come."""

    def __init__(self, seed: int, zipf: float, device: torch.device) -> None:
        self.key = key_of(seed, zipf, device)
        self.random = torch.Generator().manual_seed(int(np.random.SeedSequence([seed, 8213]).generate_state(1)[0]))
        self.net = Bert(1, WORDS, self.random).to(device)
        self.same = Linear(1, WIDTH, 1, self.random).to(device)  # like BERT's next-sentence head; dropped afterwards
        pairs = plain_corpus(seed, zipf)[1]
        self.labels = torch.from_numpy(pairs.labels)
        self.both = torch.from_numpy(both_ways(pairs.words, PLAIN_TABLE))
        self.adam = torch.optim.Adam([*self.net.parameters(), *self.same.parameters()], lr=RATE, fused=True)
        self.done, self.device = 0, device
        self.recent: list[tuple[float, float]] = []
        self.course = np.full((STEPS // EVERY, 3), np.nan, np.float32)

    @property
    def share(self) -> float:
        """How much of it is done."""
        return self.done / STEPS

    def steps(self) -> Iterator[None]:
        """The rest of it, a step at a time; the last one is kept on disk."""
        while self.done < STEPS:
            self.step()
            if self.done == STEPS and SOURCE:
                kept.keep(self.key, {"course": self.course, **model.portable(self.net.state_dict())})
            yield

    def recall(self) -> None:
        """What was kept on disk, if anything was: then all of it is done."""
        found = kept.recall(self.key) if SOURCE else None
        if found is not None:
            self.course, self.done = found.pop("course"), STEPS
            self.net.load_state_dict({name: torch.from_numpy(part) for name, part in found.items()})

    def step(self) -> None:
        chosen = torch.randint(len(self.labels), (BATCH,), generator=self.random)
        ids, second = turned(self.both, chosen, self.random)
        shown, hidden = hide(ids, MASKED, WORDS, self.random)
        labels = self.labels[chosen]
        batch = batch_of(ids, second, labels, hidden, shown).to(self.device)
        states = self.net(batch.ids, batch.second, batch.at)
        word = functional.cross_entropy(self.net.logits(states[:, ~batch.labelled])[0], batch.wanted[~batch.labelled])
        told = self.same(states[:, batch.labelled])[0, :, 0]
        truth = labels.to(told)
        loss = word + functional.binary_cross_entropy_with_logits(told, truth)
        self.adam.param_groups[0]["lr"] = RATE * min(1.0, (STEPS - self.done) / (STEPS / 4))
        self.adam.zero_grad()
        loss.backward()
        self.adam.step()
        self.done += 1
        self.recent.append((finite("the loss", word.detach()), auc(told.detach().cpu().numpy(), truth.cpu().numpy())))
        if self.done % EVERY == 0:
            self.course[self.done // EVERY - 1] = (float(self.done), *np.nanmean(self.recent, 0).tolist())
            self.recent = []


def key_of(seed: int, zipf: float, device: torch.device) -> dict[str, Any]:
    """All that its last digits hang on: the program, its constants, what it is given, the libraries, and what computes."""
    processor = torch.cuda.get_device_name(device) if device.type == "cuda" else torch.backends.cpu.get_cpu_capability()
    return {"what": "text-matching", "source": SOURCE, "constants": [STEPS, BATCH, RATE, MASKED, EVERY], "seed": seed,
        "zipf": zipf, "torch": torch.__version__, "numpy": np.__version__, "device": str(device), "processor": processor,
        "machine": platform.machine(), "threads": torch.get_num_threads()}  # fmt: skip


KEPT = 8
_made: dict[tuple[int, float, str], Pretraining] = {}


def pretraining(seed: int, zipf: float, device: torch.device) -> Pretraining:
    """The one of this seed and language, begun or done, here or in another process; the newest are kept here."""
    key = (seed, zipf, str(device))
    if key not in _made:
        while len(_made) >= KEPT:
            del _made[next(iter(_made))]
        _made[key] = Pretraining(*key[:2], device)
        _made[key].recall()
    return _made[key]
