"""The race: every contestant reads the same batches in turn, and now and then sits a test that is longer than its training.

>>> from engine.core.session import Session
>>> Session.start("position-encodings", {"contestants": "xl,rope"}).advance(steps=300).arrays["accuracy"]   # doctest: +SKIP
"""

from __future__ import annotations

import copy
import itertools
import math
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from engine.attention.position_encodings import observe, tasks, theory
from engine.attention.position_encodings.encodings import T5, Knobs, Learned, Rope, Shape
from engine.attention.position_encodings.names import NAMES
from engine.attention.position_encodings.network import Network
from engine.attention.position_encodings.params import FULL, QUICK, RATIOS, VOCABULARY, PositionEncodingsParams, test_sequences
from engine.core.model import Data, Model, finite, numpy
from engine.train.looks import Looks

WARM_UP = 20  # steps
FINAL_RATE = 0.05  # of the peak, at the end of the schedule
T5_RATE = 10.0  # T5's biases learn this much faster; at the common rate they need three times the steps

TEST_EVERY = 12  # steps between two tests of one contestant (one length each)
FIRST_LENGTHS = (0, 2, 6)  # indices into RATIOS: tested before the first step, so that the curves start where guessing is
TEST_ORDER = (0, 2, 6, 1, 4, 3, 5)  # indices into RATIOS
CHUNK = 2**18  # scores computed at once in a test: larger arrays leave the cache and cost three times as much
PLAIN: tuple[theory.Stretch, float, int, int] = ("none", 1.0, 1, 1)  # no stretch: mode, factor, window, trained length
SNAPSHOT_EVERY = 20  # steps between two copies of the weights that maps and stretched tests look at

T = TypeVar("T")


class Race(Model):
    """Several encodings in the same small transformer, trained side by side."""

    params: PositionEncodingsParams

    def __init__(self, params: PositionEncodingsParams, seed: int, device: torch.device, data: Data | None = None) -> None:
        super().__init__(params, seed, device, data)
        self.knobs = Knobs(params.base, params.xpos_scale)
        shape = Shape(
            width=params.width,
            heads=params.heads,
            layers=params.layers,
            vocabulary=VOCABULARY[params.task],
            causal=params.causal,
            rows=params.lengths[-1],
            clip=params.clip,
            buckets=params.buckets,
            reach=params.reach,
        )
        self.nets = {
            name: Network(name, shape, self.knobs, self.generator("shared weights"), self.generator(f"{name} tables")).to(
                device
            )
            for name in params.contestants
        }
        self.optimiser = torch.optim.Adam(groups(self.nets.values()), lr=0.0, fused=True)  # one for all: fewer calls
        self.batches = self.generator("batches")

        self.losses = dict.fromkeys(self.nets, math.nan)
        tests = (len(self.nets), len(RATIOS))
        self.accuracy = np.full(tests, np.nan, np.float32)
        self.test_loss = np.full(tests, np.nan, np.float32)
        self.tested_at = np.full(tests, -1, np.int64)

        self.snapshots = copy.deepcopy(self.nets)
        self.snapshot_step = 0
        learned = self.nets["learned"].input if "learned" in self.nets else None
        self.first_rows = learned.table.detach().clone() if isinstance(learned, Learned) else None
        self.looks = Looks()
        self.instant: tuple[PositionEncodingsParams | None, dict[str, np.ndarray]] = (None, {})  # of these settings alone
        self.exams: dict[tuple[int, int], tuple[Tensor, Tensor]] = {}
        for index, which in itertools.product(range(len(self.nets)), FIRST_LENGTHS):
            if params.lengths[which] <= observe.LONGEST:  # beyond, a first look would be waited for
                self.sit(index, which, QUICK // 8, 32, done=0)

    def steps(self) -> Iterator[str]:
        while True:
            params = self.params
            self.knobs.base, self.knobs.xpos_scale = params.base, params.xpos_scale
            tokens, targets = self.draw(params.batch, params.train_length, self.batches)
            yield "batch"

            self.optimiser.zero_grad()
            for name, net in self.nets.items():  # forward and back before the next net: its activations are still in the cache
                loss = cross_entropy(net(tokens), targets)
                self.losses[name] = finite(f"loss of {NAMES[name]}", loss.detach())
                loss.backward()
            yield "gradients"

            rate = params.learning_rate * warm_cosine(self.step, params.schedule)
            for group in self.optimiser.param_groups:
                group["lr"] = rate * group["factor"]
            self.optimiser.step()
            self.test()
            yield "update"

    def draw(self, count: int, length: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Tokens and targets (count, length) of the task."""
        params = self.params
        tokens, targets = tasks.batch(params.task, count, length, params.lag, params.noise, generator)
        return tokens.to(self.device), targets.to(self.device)

    def test(self) -> None:
        """The tests due after this step: each contestant one length every TEST_EVERY steps, all of them at the schedule's end."""
        done = self.step + 1
        for index in range(len(self.nets)):
            if done == self.params.schedule:
                due: tuple[int, ...] = tuple(range(len(RATIOS)))
            elif done % TEST_EVERY == (index * TEST_EVERY) // len(self.nets):
                due = (TEST_ORDER[done // TEST_EVERY % len(RATIOS)],)
            else:
                continue
            pairs, most = (FULL, 64) if done >= self.params.schedule else (QUICK, 32)
            for which in due:
                self.sit(index, which, pairs, most, done)
        if done % SNAPSHOT_EVERY == 0 or done == self.params.schedule:
            for name, net in self.nets.items():
                with torch.no_grad():
                    for kept, present in zip(self.snapshots[name].parameters(), net.parameters(), strict=True):
                        kept.copy_(present)
            self.snapshot_step = done

    def sit(self, index: int, which: int, pairs: int, most: int, done: int) -> None:
        """One contestant's test at one length, of at most so many query-key pairs and sequences, after `done` steps."""
        length, net = self.params.lengths[which], list(self.nets.values())[index]
        self.accuracy[index, which], self.test_loss[index, which] = self.evaluate(
            net, length, test_sequences(pairs, length, most)
        )
        self.tested_at[index, which] = done

    def exam(self, length: int, count: int) -> tuple[Tensor, Tensor]:
        """Test sequences (count, length), always the same ones for one length; the first of 64."""
        key = (length, 64 if count > 32 else 32)
        if key not in self.exams:
            self.exams[key] = self.draw(key[1], length, self.generator(f"test at length {length}, {key[1]}"))
        tokens, targets = self.exams[key]
        return tokens[:count], targets[:count]

    @torch.no_grad()
    def evaluate(self, net: Network, length: int, count: int) -> tuple[float, float]:
        """Accuracy and loss (nats) over the last quarter of `count` fresh sequences of `length`; NaN where a logit overflowed."""
        tokens, targets = self.exam(length, count)
        late = max(1, length // 4)
        chunk = max(1, CHUNK // (self.params.heads * late * length))
        logits = torch.cat([net(part, last=late) for part in tokens.split(chunk)])
        if not logits.isfinite().all():  # no largest among what is no number
            return math.nan, math.nan
        wanted = targets[:, -late:]
        known = wanted != tasks.IGNORE
        right = (logits.argmax(-1) == wanted) & known
        return float(right.sum() / known.sum().clamp(min=1)), float(cross_entropy(logits, wanted))

    def observe(self) -> tuple[dict[str, float], dict[str, np.ndarray]]:
        params = self.params
        for net in self.snapshots.values():
            net.knobs.base, net.knobs.xpos_scale = params.base, params.xpos_scale
        scalars = {f"loss_{name}": value for name, value in self.losses.items()}
        scalars |= {
            "floor": math.nan,
            "ceiling": 1.0,
            "chance": 1 / VOCABULARY[params.task],
            "snapshot_step": self.snapshot_step,
        }
        if params.task == "lag":
            scalars["floor"] = theory.lag_floor(params.noise, VOCABULARY["lag"])
            scalars["ceiling"] = theory.lag_ceiling(params.noise, VOCABULARY["lag"])
        for name in ("rope", "xl"):
            row = list(self.nets).index(name) if name in self.nets else None
            for place, which in (("inside", 0), ("twice", 2), ("far", 6)):
                scalars[f"{name}_{place}"] = math.nan if row is None else float(self.accuracy[row, which])
        for place, which in (("inside", 0), ("far", 6)):  # nobody is tested at once: NaN until somebody has been
            scalars[f"best_{place}"] = float(np.fmax.reduce(self.accuracy[:, which]))
        scalars["rows_moved"], scalars["buckets_moved"] = self.untouched()

        if self.instant[0] != params:
            self.instant = params, observe.arrays(params)
        arrays = dict(self.instant[1])
        arrays |= {"lengths": np.array(params.lengths), "accuracy": self.accuracy.copy()}
        arrays |= {"test_loss": self.test_loss.copy(), "tested_at": self.tested_at.copy()}
        lens = (params.encoding, params.test_length, params.layer, params.shifted)
        arrays["attention"], arrays["mass"] = self.once("maps", self.attention_maps, *lens, *self.stretch())
        arrays["shuffle_gap"] = self.once("shuffle", self.shuffle_gaps, params.shuffle)
        if "t5" in self.nets:
            plug = self.snapshots["t5"].first_plug()
            assert isinstance(plug, T5)
            arrays["t5_bias"] = numpy(plug.table.T)
        if "rope" in self.nets:
            arrays["stretched"] = self.stretched_accuracy()
        return scalars, arrays

    def once(self, what: str, compute: Callable[[], T], *settings: Any) -> T:
        """A look at the snapshots."""
        return self.looks.once(what, (self.snapshot_step, self.params.base, self.params.xpos_scale, *settings), compute)

    @torch.no_grad()
    def attention_maps(self) -> tuple[np.ndarray, np.ndarray]:
        """Mean attention of the encoding looked at: a map per head (255 = 1), and the mass at each distance back."""
        params = self.params
        length, cell = observe.picture_length(params), observe.cell(params)
        rows, reach = -(-length // cell), observe.DISTANCES
        if params.encoding not in self.snapshots:
            return np.zeros((params.heads, rows, rows), np.uint8), np.full((params.heads, reach), np.nan, np.float32)
        tokens, _ = self.exam(length, test_sequences(QUICK, length, 32))
        net = self.snapshots[params.encoding]
        start = observe.start(params) if params.shifted else 0
        bend(net, self.stretch())
        weights = net.trace(tokens, start)[1][min(params.layer, params.layers) - 1].mean(0)
        bend(net, PLAIN)
        late = weights[:, -max(length // 4, 1) :]
        row = torch.arange(late.shape[1], device=tokens.device)
        key = row + length - len(row) - torch.arange(min(reach, length), device=tokens.device)[:, None]  # (distances, rows)
        mass = torch.where(key >= 0, late[:, row, key.clamp(min=0)], 0.0).mean(-1)
        padded = functional.pad(weights, (0, rows * cell - length, 0, rows * cell - length))
        pooled = padded.unflatten(-1, (rows, cell)).sum(-1).unflatten(-2, (rows, cell)).mean(-2)
        full = np.full((params.heads, reach), np.nan, np.float32)
        full[:, : mass.shape[1]] = numpy(mass)
        return (numpy(pooled.nan_to_num()) * 255).round().clip(0, 255).astype(np.uint8), full

    @torch.no_grad()
    def shuffle_gaps(self) -> np.ndarray:
        """max |f(Pi x) - Pi f(x)| of every contestant without a causal mask, for a sentence of 8 tokens (eq. 1)."""
        sentence, order = observe.sentence(self.params)
        tokens = torch.as_tensor(np.stack([sentence, sentence[order]]), device=self.device)
        gaps = []
        for net in self.snapshots.values():
            blind = copy.copy(net)  # the same weights behind an open mask
            blind.shape = Shape(**{**vars(net.shape), "causal": False})
            straight, shuffled = blind(tokens)
            gaps.append(float((shuffled - straight[torch.as_tensor(order)]).abs().max()))
        return np.array(gaps, np.float32)

    def stretched_accuracy(self) -> np.ndarray:
        """Accuracy of the trained RoPE at every tested length as it is and as it is stretched, (2, lengths)."""
        params, net = self.params, self.snapshots["rope"]
        if params.stretch == "none":
            return np.full((2, len(RATIOS)), np.nan, np.float32)
        plain = self.once("plain", lambda: self.short_tests(net, PLAIN))
        bent = self.once("bent", lambda: self.short_tests(net, self.stretch()), *self.stretch())
        return np.array([plain, bent], np.float32)

    def stretch(self) -> tuple[theory.Stretch, float, int, int]:
        """How the trained RoPE is to be read: mode, factor, window, trained length."""
        params = self.params
        return PLAIN if params.stretch == "none" else (params.stretch, params.factor, params.window, params.train_length)

    def short_tests(self, net: Network, stretch: tuple[theory.Stretch, float, int, int]) -> list[float]:
        """Accuracy at every tested length of a RoPE net under a stretch, which is taken off again."""
        bend(net, stretch)
        results = [self.evaluate(net, length, test_sequences(QUICK, length, 32))[0] for length in self.params.lengths]
        bend(net, PLAIN)
        return results

    def untouched(self) -> tuple[float, float]:
        """Rows of the learned table beyond L, and T5 buckets no training distance reaches, that are not what they were.

        Both have no gradient, so both counts stay 0. NaN where the encoding does not race.
        """
        rows = buckets = math.nan
        params = self.params
        if self.first_rows is not None:
            table = self.nets["learned"].input
            assert isinstance(table, Learned)
            changed = (table.table.detach() != self.first_rows).any(-1)
            rows = float(changed[params.train_length :].sum())
        if "t5" in self.nets:
            plug = self.nets["t5"].first_plug()
            assert isinstance(plug, T5)
            never = ~theory.t5_reachable(params.train_length, params.buckets, params.reach, params.causal)
            moved = (plug.table.detach() != 0).any(-1).cpu().numpy()
            buckets = float((moved & never).sum())
        return rows, buckets


def bend(net: Network, stretch: tuple[theory.Stretch, float, int, int]) -> None:
    """Stretch every RoPE layer of a net, if it has any: (mode, factor, window, trained length)."""
    for block in net.blocks:
        if isinstance(block.plug, Rope):
            block.plug.stretch = stretch


def groups(nets: Iterable[Network]) -> list[dict[str, Any]]:
    """Adam's parameter groups: T5's biases learn faster, everything else alike; nothing decays."""
    nets = list(nets)
    fast = [block.plug.table for net in nets for block in net.blocks if isinstance(block.plug, T5)]
    chosen = {id(parameter) for parameter in fast}
    rest = [parameter for net in nets for parameter in net.parameters() if id(parameter) not in chosen]
    return [{"params": rest, "factor": 1.0}] + ([{"params": fast, "factor": T5_RATE}] if fast else [])


def warm_cosine(step: int, schedule: int) -> float:
    """Learning rate over its peak: linear warm-up, then a cosine down to FINAL_RATE, where it stays."""
    if step < WARM_UP:
        return (step + 1) / WARM_UP
    progress = min(1.0, (step - WARM_UP) / max(schedule - WARM_UP, 1))
    return FINAL_RATE + (1 - FINAL_RATE) * 0.5 * (1 + math.cos(math.pi * progress))


def cross_entropy(logits: Tensor, targets: Tensor) -> Tensor:
    """Mean loss in nats over the targets that can be known."""
    return functional.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=tasks.IGNORE)
