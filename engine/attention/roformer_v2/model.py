"""The RoFormerV2 lab's loop: twins learn a language with and without the ramp; many tasks, then few labels; or ten kernels timed.

>>> import engine                                                                # doctest: +SKIP
>>> run = engine.start("roformer-v2", {"depth": 12})                             # doctest: +SKIP
>>> run.advance(steps=160).scalars["loss_late"]                                  # doctest: +SKIP
"""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.attention.roformer_v2 import data, kernels, theory
from engine.attention.roformer_v2.names import KERNELS
from engine.attention.roformer_v2.network import MaskedModel, Reader, Style, norm, rope, rotations
from engine.attention.roformer_v2.params import FAITHFUL, HEADS, LENGTH, MASKED, PRE_TRAINING, SYMBOLS, RoFormerV2Params
from engine.attention.roformer_v2.school import (
    BATCH,
    DIGITS,
    PIXELS,
    SCHOOL_BATCH,
    Exam,
    combined,
    cosines,
    give,
    task_gradients,
)
from engine.core.model import Model, finite, numpy

LATE = 20  # steps whose mean is the late loss


class RoFormerV2(Model):
    """One of three benches. In the start-up bench arms may differ in their ramp; the last net of the stack is the plain twin."""

    params: RoFormerV2Params

    def __init__(self, params: RoFormerV2Params, *rest: Any, **more: Any) -> None:
        super().__init__(params, *rest, **more)
        {"startup": self.begin_startup, "tasks": self.begin_tasks, "speed": self.begin_speed}[params.bench]()

    def steps(self) -> Iterator[str]:
        yield from {"startup": self.learn, "tasks": self.school, "speed": self.measure}[self.params.bench]()

    def observe(self) -> tuple[dict[str, float], dict[str, np.ndarray]]:
        return self.observe_arm(0)

    def observe_arm(self, arm: int) -> tuple[dict[str, float], dict[str, np.ndarray]]:
        """The frame of a run with the settings of this arm."""
        bench = self.params.bench
        return self.started(arm) if bench == "startup" else self.taught() if bench == "tasks" else self.measured()

    # ---- start-up

    def begin_startup(self) -> None:
        p, arms = self.params, len(self.settings)
        style = Style(p.norm, p.bias, p.residual, p.depth, p.width)
        self.follows = data.cycle(self.generator("language"))
        self.net = MaskedModel(arms, style, SYMBOLS, self.generator("weights")).to(self.device)
        self.alpha = [0.0] * arms
        self.sums: list[Tensor] = []
        self.late: deque[list[float]] = deque(maxlen=LATE)  # losses of every net, the plain twin last
        self.times: deque[float] = deque(maxlen=LATE)
        self.probes = self.probe()

    def learn(self) -> Iterator[str]:
        """Fill the holes: every net reads the same batches; α comes in slowly in all but the last."""
        random = self.generator("batches")
        adam = torch.optim.Adam(self.net.parameters(), lr=self.params.learning_rate, fused=True)
        while True:
            words = data.sentences(self.follows, BATCH, random)
            masked = data.holes(BATCH, random)
            tokens = words.masked_fill(masked, data.HOLE).to(self.device)
            yield "batch"

            begin = time.perf_counter()
            pairs = zip(self.settings, self.alpha, strict=True)
            self.alpha = [theory.ramp(self.step + 1, own.ramp, before) for own, before in pairs]  # (3)
            logits, self.sums = self.net(tokens, self.alpha)  # (arms + 1, B, length, symbols)
            wanted = words[masked].to(self.device)
            losses = torch.stack([functional.cross_entropy(own[masked], wanted) for own in logits])
            found = losses.tolist()
            self.late.append([*(self.check(arm, "loss", value) for arm, value in enumerate(found[:-1])), found[-1]])
            yield "forward"

            adam.param_groups[0]["lr"] = self.params.learning_rate
            adam.zero_grad()
            losses.sum().backward()  # no net shares a weight with another
            adam.step()
            self.times.append(1e3 * (time.perf_counter() - begin))
            yield "update"

    def probe(self) -> dict[str, np.ndarray]:
        """Normal noise, and what the norm at its start and the rotation make of it, float64."""
        random, p = self.generator("probe"), self.params
        x = torch.randn(16, p.width, generator=random, dtype=torch.float64)
        y = torch.randn(LENGTH, p.width // HEADS, generator=random, dtype=torch.float64)
        found = {"probe_in": x, "probe_out": norm(x, p.norm), "rope_in": y, "rope_out": rope(y, *rotations(*y.shape))}
        return {name: numpy(value, exact=True) for name, value in found.items()}

    def started(self, arm: int) -> tuple[dict[str, float], dict[str, np.ndarray]]:
        """Losses, α, gradients and the direct path of one arm."""
        p, late = self.settings[arm], np.array(self.late or [[math.nan] * (len(self.settings) + 1)])
        alpha = self.alpha[arm] if self.net.gates is None else float(self.net.gates[arm].detach().abs().mean())
        mean, best = late.mean(0).tolist(), theory.bayes_loss(SYMBOLS, LENGTH, FAITHFUL, MASKED)
        scalars = {"loss": float(late[-1, arm]), "loss_late": mean[arm], "loss_plain": mean[-1], "bayes_loss": best}
        scalars |= {"alpha": alpha if self.late else math.nan, "parameters": float(self.net.count())}
        scalars |= {"step_ms": min(self.times, default=math.nan)}
        arrays = {"gradient_norm": self.gradient_norm(arm), **self.probes}
        return scalars, arrays | ({"direct_path": self.direct_path(arm)} if p.residual == "post" else {})

    def gradient_norm(self, arm: int) -> np.ndarray:
        """Of the weight matrices of each layer in the last step, (depth,); nan before the first."""
        found = [[part.grad[arm] for part in own if part.grad is not None] for own in self.net.encoder.matrices()]
        squares = [sum(float(g.double().square().sum()) for g in own) if own else math.nan for own in found]
        return np.sqrt(squares).astype(np.float32)

    def direct_path(self, arm: int) -> np.ndarray:
        """(5): product over the sums in and above each layer of the mean over tokens of 1 / RMS(x + αF), (depth,)."""
        if not self.sums:
            return np.full(self.params.depth, math.nan, np.float32)
        kept = [float(own[arm].double().square().mean(-1).rsqrt().mean()) for own in self.sums]
        return np.cumprod(kept[::-1])[::-1][::2].astype(np.float32)

    # ---- many tasks, few labels

    def begin_tasks(self) -> None:
        p, random = self.params, self.generator("weights")
        self.learn_from, self.test_on = data.split(self.generator("split"))
        self.reader = Reader(1, DIGITS, PIXELS, random).to(self.device)
        self.first = {name: value.clone() for name, value in self.reader.state_dict().items()}
        self.questions = nn.Parameter(
            torch.randn(len(p.tasks), DIGITS.width, generator=random).to(self.device) / math.sqrt(DIGITS.width)
        )
        self.task_losses = np.full(len(p.tasks), math.nan, np.float32)
        self.gradients: Tensor | None = None
        self.accuracy = (math.nan, math.nan)

    def school(self) -> Iterator[str]:
        """300 steps of yes-or-no questions, then one step that fine-tunes and tests: a fresh head, few labels."""
        p, random = self.params, self.generator("batches")
        (rows, labels), test = ((part.to(self.device) for part in pair) for pair in (self.learn_from, self.test_on))
        wanted = data.answers(labels, p.tasks)
        adam = torch.optim.Adam([*self.reader.parameters(), self.questions], lr=p.learning_rate, fused=True)
        for _ in range(PRE_TRAINING):
            batch = torch.randint(len(labels), (SCHOOL_BATCH,), generator=random)
            yield "batch"

            if p.tasks:
                logits = self.questions @ self.reader(rows[batch][None])[0].T  # (tasks, B)
                losses = functional.binary_cross_entropy_with_logits(logits, wanted[:, batch], reduction="none").mean(1)
                finite("loss", losses.detach().sum())
                self.task_losses = numpy(losses)
            yield "forward"

            if p.tasks:
                self.gradients = task_gradients(self.reader, losses)
                give(self.reader, combined(self.gradients, self.params.balance))  # (4)
                (self.questions.grad,) = torch.autograd.grad(losses.sum(), self.questions)
                adam.param_groups[0]["lr"] = self.params.learning_rate
                adam.step()
            yield "update"

        exam = Exam(self.first, self.reader, p.labels_each, self.generator("head"))
        for _ in exam.tune(rows, labels, self.generator("labels")):
            yield "forward"
        self.accuracy = exam.accuracy(*test)
        yield "update"

    def taught(self) -> tuple[dict[str, float], dict[str, np.ndarray]]:
        """What the tasks want, what they get, and how well few labels do afterwards."""
        count = len(self.params.tasks)
        each, update = np.full((count, count), math.nan, np.float32), np.full(count, math.nan, np.float32)
        if self.gradients is not None:
            each, update = (numpy(part) for part in cosines(self.gradients, self.params.balance))
        scalars = dict(zip(("accuracy_scratch", "accuracy_pretrained"), self.accuracy, strict=True))
        scalars["school_gain"] = self.accuracy[1] - self.accuracy[0]
        return scalars, {"task_losses": self.task_losses, "gradient_cosine": each, "update_cosine": update}

    # ---- speed

    def begin_speed(self) -> None:
        self.milliseconds = dict.fromkeys(KERNELS, math.nan)

    def measure(self) -> Iterator[str]:
        """One kernel after the other, forward and backward."""
        for name, (kernel, given) in kernels.kernels(self.generator("inputs"), self.device).items():
            yield "batch"
            self.milliseconds[name] = kernels.milliseconds(kernel, given, self.device)
            yield "update"

    def measured(self) -> tuple[dict[str, float], dict[str, np.ndarray]]:
        """What has been timed so far."""
        ms = self.milliseconds
        scalars = {"composed_ratio": ms["ln"] / ms["rms"], "fused_ratio": ms["fused-ln"] / ms["fused-rms"]}
        scalars |= {"bias_ratio": ms["linear-bias"] / ms["linear"], "threads": float(torch.get_num_threads())}
        return scalars, {"milliseconds": np.array([*ms.values()], np.float32)}
