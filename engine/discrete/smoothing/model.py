"""The smoothing lab's loop: one small classifier for each of four losses, same start and same batches; and the exact operators.

>>> import engine                                            # doctest: +SKIP
>>> run = engine.start("smoothing", {"switch_step": 300})    # doctest: +SKIP
>>> run.advance(steps=600).scalars["f1_switch"]              # doctest: +SKIP
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from engine.core.model import Data, Model, numpy
from engine.data.errors import not_uploaded, refused
from engine.discrete.smoothing import theory
from engine.discrete.smoothing.grid import SIZES, plane
from engine.discrete.smoothing.names import LOSSES
from engine.discrete.smoothing.params import MOST, SmoothingParams, check_k

TRAIN, TEST, SHOWN = 2_000, 20_000, 500
HIDDEN, RATE = 16, 0.01
PART = 1_000  # test points at once: what they need fits the cache
BATCHES = 1_000  # random batches over which (6) is averaged
EPSILON = 1e-12  # in the denominator of (6) alone: without positives and with p -> 0 it is 0, not 0/0


class Smoothing(Model):
    """Four networks 2-16(tanh)-1 side by side, for every arm of a sweep: all weights are (arms, losses, ...)."""

    params: SmoothingParams

    def __init__(
        self,
        params: SmoothingParams,
        seed: int,
        device: torch.device,
        data: Data | None = None,
        settings: Sequence[SmoothingParams] = (),
    ) -> None:
        super().__init__(params, seed, device, data, settings)
        self.own = own_vector(data) if params.data == "own" else None
        for one in self.settings:
            self.admit(one)
        self.x, self.t = self.sample("train", TRAIN)
        self.test_x, self.test_t = self.sample("test", TEST, even=True)
        self.weights_in, self.bias_in, self.weights_out, self.bias_out = self.start()
        self.handed_over = torch.zeros(len(self.settings), dtype=torch.bool, device=device)
        self.lengths = torch.full((len(self.settings), len(LOSSES)), math.nan)
        self.drawn = torch.randint(TRAIN, (BATCHES, SIZES[-1]), generator=self.generator("bias")).to(device)
        self.plane = torch.from_numpy(plane()).to(device)
        self.made: dict[int, tuple[SmoothingParams, Any]] = {}  # arm -> the operators of these settings, which no step changes
        self.seen: dict[int, tuple[Any, Any]] = {}  # arm -> what its last look at the networks depended on, and found

    def admit(self, params: SmoothingParams) -> None:
        """k is at most the number of entries."""
        if self.own is not None:
            check_k(params.k, len(self.own))

    def sample(self, purpose: str, count: int, even: bool = False) -> tuple[Tensor, Tensor]:
        """(x, t): count points of the two normal classes (count, 2), and which of them are positive (count,).

        `even`: the share of positives is exact, and each class has one point in each of equally probable stretches of both
        coordinates (a Latin hypercube), so that metrics of 20,000 points are off by 0.003, not by 0.015.
        """
        random = self.generator(purpose)
        if not even:
            t = (torch.rand(count, generator=random) < self.params.positives).float()
            x = torch.randn(count, 2, generator=random)
        else:
            many = round(self.params.positives * count)
            t, blocks = (torch.arange(count) < many).float(), []
            for size in (many, count - many):
                places = torch.stack([torch.randperm(size, generator=random) for _ in range(2)], 1)
                inside = torch.rand(size, 2, generator=random, dtype=torch.float64)
                blocks.append(torch.special.ndtri((places + inside) / size).float().clamp(-9, 9))
            x = torch.cat(blocks)
        x[:, 0] += self.params.separation * t
        return x.to(self.device), t.to(self.device)

    def start(self) -> tuple[Tensor, ...]:
        """One network's first weights, uniform within ±1/√inputs, for all losses and arms alike."""
        random, made = self.generator("weights"), []
        for shape, inputs in (((2, HIDDEN), 2), ((1, HIDDEN), 2), ((HIDDEN, 1), HIDDEN), ((1, 1), HIDDEN)):
            one = (2 * torch.rand(shape, generator=random) - 1) / math.sqrt(inputs)
            made.append(one.repeat(len(self.settings), len(LOSSES), 1, 1).to(self.device).requires_grad_())
        return tuple(made)

    def logits(self, x: Tensor, arm: int | None = None) -> Tensor:
        """z of points (N, 2) under every network: (arms, losses, N), or (losses, N) of one arm."""
        weights = (self.weights_in, self.bias_in, self.weights_out, self.bias_out)
        first, bias, last, shift = weights if arm is None else (weight[arm] for weight in weights)
        return (torch.tanh(x @ first + bias) @ last + shift).squeeze(-1)

    def steps(self) -> Iterator[str]:
        random = self.generator("batches")
        weights = [self.weights_in, self.bias_in, self.weights_out, self.bias_out]
        adam = torch.optim.Adam(weights, lr=RATE)
        while True:
            x, t = self.x, self.t
            if self.params.batch != "full":
                rows = torch.randint(TRAIN, (int(self.params.batch),), generator=random)
                x, t = x[rows], t[rows]
            yield "batch"

            z = self.logits(x)
            sharpness = torch.tensor([own.sharpness for own in self.settings], device=self.device)
            p = torch.sigmoid(sharpness[:, None, None] * z)  # smooth "z > 0"
            yield "forward"

            cross_entropy = binary_cross_entropy_with_logits(z, t.expand_as(z), reduction="none").mean(-1)
            accuracy = (t * p + (1 - t) * (1 - p)).mean(-1)  # (5)
            f1 = 2 * (t * p).sum(-1) / ((t + p).sum(-1) + EPSILON)  # (6)
            self.handed_over |= torch.tensor([self.step >= own.switch_step for own in self.settings], device=self.device)
            switch = torch.where(self.handed_over, 1 - f1[:, 3], cross_entropy[:, 3])
            losses = torch.stack([cross_entropy[:, 0], 1 - accuracy[:, 1], 1 - f1[:, 2], switch], 1)
            for arm, value in enumerate(losses.sum(1).tolist()):
                self.check(arm, "loss", value)
            yield "losses"

            adam.zero_grad(set_to_none=True)
            losses.sum().backward()  # no network shares a weight with another
            self.lengths = torch.stack([w.grad.square().sum((-1, -2)) for w in weights if w.grad is not None]).sum(0).sqrt()
            adam.step()
            yield "update"

    def observe(self) -> tuple[dict[str, float], dict[str, np.ndarray]]:
        return self.observe_arm(0)

    def observe_arm(self, arm: int) -> tuple[dict[str, float], dict[str, np.ndarray]]:
        """The frame of a run with the settings of this arm."""
        params = self.settings[arm]
        if arm not in self.made or self.made[arm][0] != params:
            self.made[arm] = params, self.operators(params)
        scalars, arrays = self.made[arm][1]
        key = (self.step, params.sharpness)
        if arm not in self.seen or self.seen[arm][0] != key:
            self.seen[arm] = (key, self.networks(arm, params.sharpness))
        trained, pictures = self.seen[arm][1]
        best, cut = theory.best_f1(params.positives, params.separation)
        return {**scalars, **trained, "f1_bayes": best, "cut_bayes": cut}, {**arrays, **pictures}

    def operators(self, params: SmoothingParams) -> tuple[dict[str, float], dict[str, np.ndarray]]:
        """(1) to (4) and (8) to (11) of the present vector."""
        x, sharpness = np.array(params.numbers) if self.own is None else self.own, params.sharpness
        p = theory.softmax(x, sharpness)
        scalars = {
            "lse": float(theory.smooth_max(x, sharpness)),
            "softmax_mean": float(theory.softmax_mean(x, sharpness)),
            "entropy": float(theory.entropy(p)),
            "soft_argmax": float(theory.soft_argmax(x, sharpness)),
        }
        return scalars, {"vector": x, "softmax": p} | {name: f(x, sharpness, params.k) for name, f in theory.TOPK.items()}

    @torch.no_grad()
    def networks(self, arm: int, sharpness: float) -> tuple[dict[str, float], dict[str, np.ndarray]]:
        """Hard metrics on the test points, soft ones on the training points, and what is drawn of the four networks."""
        scalars: dict[str, float] = {}
        said = torch.cat([self.logits(part, arm) > 0 for part in self.test_x.split(PART)], -1)
        t = self.test_t.bool()
        hits, positives = (said & t).sum(-1).double(), said.sum(-1).double()
        f1 = 2 * hits / (t.sum() + positives).clamp_min(1)
        accuracy = (said == t).double().mean(-1)
        for row, loss in enumerate(LOSSES):
            scalars[f"f1_{loss}"], scalars[f"acc_{loss}"] = float(f1[row]), float(accuracy[row])
            scalars[f"positives_{loss}"] = float(positives[row] / TEST)
            scalars[f"gradient_{loss}"] = float(self.lengths[arm, row])
        z, t = self.logits(self.x, arm), self.t.double()
        p = torch.sigmoid(sharpness * z.double())
        scalars["soft_acc"] = float((t * p[1] + (1 - t) * (1 - p[1])).mean())
        whole = 2 * (t * p).sum(-1) / ((t + p).sum(-1) + EPSILON)
        scalars["soft_f1"], scalars["bias_full"] = float(whole[2]), float(whole[0])
        mean = float((t + p[2]).mean()) + EPSILON
        batches = self.batches(p[0], SIZES)
        chosen = self.params.batch
        scalars["bias_batch"] = scalars["bias_full"] if chosen == "full" else float(batches.mean(0)[SIZES.index(int(chosen))])
        return scalars, {
            "field": numpy(self.logits(self.plane, arm)).reshape(len(LOSSES), *2 * [round(math.sqrt(len(self.plane)))]),
            "shown_logits": numpy(z[:, :SHOWN]),
            "pull": np.array([2 * (1 - scalars["soft_f1"] / 2) / mean, scalars["soft_f1"] / mean], np.float32),
            "bias_curve": numpy(batches.mean(0)),
            "bias_spread": numpy(batches.std(0)),
            "shown": numpy(self.x[:SHOWN]),
            "labels": numpy(self.t[:SHOWN]),
        }

    def batches(self, p: Tensor, sizes: Sequence[int]) -> Tensor:
        """(6) of random batches, (BATCHES, sizes): the first B of one row of drawn samples are a batch of B."""
        both = torch.complex(self.t * p, self.t + p)  # hits and mass are picked and summed in one go
        ends = torch.tensor(sizes, device=self.device) - 1
        sums = both.take(self.drawn).cumsum(1)[:, ends]
        return 2 * sums.real / (sums.imag + EPSILON)


def own_vector(data: Data | None) -> np.ndarray:
    """The one column of a person's file, (n,) float64; raises BadValue."""
    if data is None:
        raise not_uploaded()
    x = np.asarray(data["x"], np.float64)
    if x.shape[1] != 1 or not 2 <= len(x) <= MOST:
        rows, columns = x.shape
        raise refused("A vector is one column of 2 to {most} numbers; this file: rows {rows}, columns {columns}.",
            most=MOST, columns=columns, rows=rows)  # fmt: skip
    return x[:, 0]
