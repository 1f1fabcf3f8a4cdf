"""The loop: several decoders from one start on the same batches, each trained by its own scheme.

>>> from engine.core.session import Session                                                        # doctest: +SKIP
>>> run = Session.start("exposure-bias", {"schemes": "replace,su"}, seed=0)                        # doctest: +SKIP
>>> frame = run.advance(steps=400)                                                                 # doctest: +SKIP
>>> frame.scalars["forced_live"], frame.scalars["free_live"]      # 0.91 taught, 0.12 on its own   # doctest: +SKIP
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

import numpy as np
import torch
from torch import Tensor

from engine.core.model import Data, Model, finite
from engine.generation.decoders import Decoder
from engine.generation.exposure_bias import exact, tasks, theory, two_steps
from engine.generation.exposure_bias.nets import schemes
from engine.generation.exposure_bias.nets.trial import SHOWN, Trial
from engine.generation.exposure_bias.params import INJECTED, TRIALS, ExposureBiasParams
from engine.train.looks import Looks

EVERY = 25  # steps between two trials: between them a frame repeats the last one
LINES = 3  # written samples of a text run

T = TypeVar("T")


@dataclass
class Arm:
    """One net of the run: `shown` is its copy at the last trial, which is what frames look at."""

    name: str
    net: Decoder
    shown: Decoder
    optimiser: torch.optim.Optimizer
    noise: torch.Generator
    scheme: str = "teacher"
    past: Tensor = field(default_factory=lambda: torch.empty(0))
    lesson: schemes.Lesson | None = None
    objective: Tensor = field(default_factory=lambda: torch.empty(0))
    loss: float = math.nan


class ExposureBias(Model):
    """Teacher forcing and its remedies side by side."""

    params: ExposureBiasParams

    def __init__(self, params: ExposureBiasParams, seed: int, device: torch.device, data: Data | None = None) -> None:
        super().__init__(params, seed, device, data)
        self.task = tasks.build(params, dict(data) if data is not None else None)
        self.batches = self.generator("batches")
        self.fixed: tuple[Tensor, Tensor] | None = None
        if params.training_set != "unlimited" and params.task != "text":
            self.fixed = self.fresh(int(params.training_set))
        self.trial = Trial(self.task, TRIALS, params.positions, self.generator("trial"), device)
        self.trial_step = 0
        self.arms = [self.arm(name) for name in params.arms]
        self.looks = Looks()  # of the last trial
        self.world = self.exact_model() if isinstance(self.task, tasks.Compass) else None

    def arm(self, name: str) -> Arm:
        """A net with the start that all nets of the run share; only its noise is its own."""
        p = self.params
        net = Decoder(self.task.symbols, self.task.readings, p.hidden, p.decoder == "GRU", self.generator("weights"))
        net = net.to(self.device)
        shown = deepcopy(net).requires_grad_(False)
        return Arm(name, net, shown, torch.optim.Adam(net.parameters(), lr=1.0), self.generator(f"noise {name}"))

    def fresh(self, count: int) -> tuple[Tensor, Tensor]:
        """`count` new training sequences: targets and readings (count, T)."""
        shape = (self.task.planes, count, self.params.length)
        uniforms = torch.rand(shape, generator=self.batches, dtype=torch.float64)
        y, c = self.task.sequences(uniforms.numpy())
        return torch.from_numpy(y).to(self.device), torch.from_numpy(c).to(self.device)

    def draw(self) -> tuple[Tensor, Tensor]:
        """One batch: fresh sequences, or rows of the fixed training set."""
        if self.fixed is None:
            return self.fresh(self.params.batch)
        rows = torch.randint(len(self.fixed[0]), (self.params.batch,), generator=self.batches).to(self.device)
        return self.fixed[0][rows], self.fixed[1][rows]

    def steps(self) -> Iterator[str]:
        while True:
            y, c = self.draw()  # the same for every net
            yield "batch"

            p = self.params  # hot: remedy, rate, schedule, truth, penalty, shift, learning rate
            for arm in self.arms:
                arm.scheme = p.scheme_of(arm.name)
                arm.past = schemes.corrupt(arm.scheme, arm.net, y, c, arm.noise, self.task, p.rate, self.truth(arm.scheme))
            yield "corrupt"

            for arm in self.arms:
                arm.lesson = schemes.forward(arm.scheme, arm.net, arm.past, c, arm.noise, self.task, self.truth(arm.scheme))
            yield "forward"

            for arm in self.arms:
                assert arm.lesson is not None
                arm.objective, plain = schemes.loss(arm.scheme, arm.net, arm.lesson, y, c, self.task, p)
                arm.loss = finite(f"loss of {arm.name}", plain.detach())
            yield "losses"

            for arm in self.arms:
                arm.optimiser.zero_grad()
                arm.objective.backward()
                torch.nn.utils.clip_grad_norm_(arm.net.parameters(), 1.0)
                for group in arm.optimiser.param_groups:
                    group["lr"] = self.learning_rate()
                arm.optimiser.step()
                arm.lesson, arm.objective = None, torch.empty(0)
            if (self.step + 1) % EVERY == 0:
                self.show()
            yield "update"

    def learning_rate(self) -> float:
        """20 steps of warm-up, then a cosine down to 5 % at the end of the training length."""
        p = self.params
        done = min(self.step / p.horizon, 1.0)
        return p.learning_rate * min(1.0, (self.step + 1) / 20) * (0.05 + 0.95 * (1 + math.cos(math.pi * done)) / 2)

    def truth(self, scheme: str) -> float:
        """Chance of a true past token now; the two-pass counter keeps a quarter, or it would never see its rule."""
        p = self.params
        floor = max(p.truth, 0.25) if p.task == "counter" and scheme == "two-pass" else p.truth
        return theory.truth_probability(p.schedule, self.step, p.horizon, floor)

    def show(self) -> None:
        """Make the present nets the ones that frames look at, until the next trial."""
        for arm in self.arms:
            arm.shown.load_state_dict(arm.net.state_dict())
        self.trial_step = self.step + 1

    def exact_model(self) -> dict[str, Any]:
        """What exact inference in the compass gives on the trial's sequences: curves and the exact model's gap."""
        p, trial = self.params, self.trial
        world, y, c = (p.jump, p.noise, p.labels), trial.truth, trial.readings
        uniforms = np.random.default_rng([self.seed, 3]).random((2, *y.shape))
        taught, own = exact.write(c, *world, uniforms[0], history=y), exact.write(c, *world, uniforms[1])
        real, written = (exact.joint_log(path, c, *world) for path in (y, own))
        count = int(np.clip(8e6 // (p.positions * p.labels**2), 4, 128))
        beams, others = exact.search_study(*world, p.positions, count, self.seed)
        usable = p.jump > 0 and p.noise > 0  # else some sequences are impossible and ln p is -inf
        return {
            "filter": (exact.forward(c, *world).argmax(2) == y).mean(0),
            "smoother": (exact.marginals(c, *world).argmax(2) == y).mean(0),
            "exact_forced": (taught == y).mean(0),
            "exact_free": (own == y).mean(0),
            "exact_real": float(real.mean()) if usable else math.nan,
            "exact_own": float(written.mean()) if usable else math.nan,
            "exact_error": float(np.hypot(real.std(), written.std()) / math.sqrt(len(y))) if usable else math.nan,
            "floor": theory.mean_floor(p.jump, p.noise, p.labels, p.positions),
            "search_beam": beams,
            "search_other": others,
            "ahead": exact.backward(c[:SHOWN], *world),
        }

    def once(self, arm: Arm, what: str, settings: tuple, compute: Callable[[], T]) -> T:
        """A look at the shown net, which is the same for all arms at the start."""
        return self.looks.once((arm.name if self.trial_step else "", what), (self.trial_step, *settings), compute)

    def observe(self) -> tuple[dict[str, float], dict[str, np.ndarray]]:
        p, trial = self.params, self.trial
        text = self.task if isinstance(self.task, tasks.Text) else None
        scalars: dict[str, float] = {"trial": float(self.trial_step), "truth_share": self.truth(p.remedy)}
        columns: dict[str, list[np.ndarray]] = {}

        for arm in self.arms:
            key, net = arm.name.replace("-", "_"), arm.shown
            result = self.once(arm, "trial", (), partial(trial.run, net))
            tokens, repaired = self.once(
                arm, "injected", (p.error_at, p.inject), partial(trial.injected, net, p.error_at, p.inject, INJECTED)
            )
            hidden = np.full(p.positions, np.nan, np.float32)  # own text has no truth to be right about
            beam = hidden
            if p.decoding == "beam" and text is None:
                beam = self.once(arm, "beam", (p.width,), partial(trial.beam, net, p.width))
            row = {
                "forced": result.forced,
                "greedy": hidden if text else result.greedy,
                "sampled": hidden if text else result.sampled,
                "beam": beam,
                "repaired": hidden if text else repaired,
                "raster": self.raster(tokens),
                "example_own": result.tokens[p.shown],
                "probe_own": result.distributions[p.shown, p.probed],
            }
            if text:
                row["surprise_taught"] = result.loss
                row["surprise_own"] = self.once(arm, "surprise", (), partial(self.surprise, text, result.draws))
                row["writing"] = text.spell(result.draws[:LINES])
            for name, value in row.items():
                columns.setdefault(name, []).append(value)
            scalars[f"loss_{key}"] = arm.loss
            scalars[f"nll_{key}"] = float(np.nanmean(result.loss))
            scalars[f"forced_{key}"] = float(np.nanmean(result.forced))
            scalars[f"free_{key}"] = math.nan if text else float(result.greedy[-8:].mean())
            scalars[f"legal_{key}"] = self.once(arm, "legal", (), partial(trial.fluency, result.draws))

        arrays = {name: np.stack(values) for name, values in columns.items()}
        arrays["example_truth"], arrays["example_reading"] = trial.truth[p.shown], trial.readings[p.shown]
        arrays["probe_true"] = self.true_conditional(arrays["example_own"][0])
        arrays["joint"] = two_steps.TwoStep(p.u, p.v, p.w).joint().astype(np.float32)
        arrays["repair"] = two_steps.repair(p.u, p.v, p.w, ceiling=p.ceiling, penalty=p.penalty)[0].astype(np.float32)
        if self.world is not None:
            for name, value in self.world.items():
                if isinstance(value, float):
                    scalars[name] = value
                elif name != "ahead":
                    arrays[name] = value.astype(np.float32)
        if text:
            scalars["unseen"] = text.unseen
            arrays["surprise_real"] = self.surprise(text, trial.truth)
            arrays["original"] = text.spell(trial.truth[:LINES])
        return scalars, arrays

    def raster(self, tokens: np.ndarray) -> np.ndarray:
        """0 wrong, 1 right, 2 put in or given, of the first sequences: (SHOWN, T) uint8."""
        p = self.params
        cells = (tokens[:SHOWN] == self.trial.truth[:SHOWN]).astype(np.uint8)
        cells[:, : self.task.given] = 1
        cells[:, p.error_at - 1 : p.error_at - 1 + p.inject] = 2
        return cells

    def true_conditional(self, own: np.ndarray) -> np.ndarray:
        """p(y_t | the live net's own past, the whole source) at the probed example and position, equation (10): (m,)."""
        p, at, m = self.params, self.params.probed, self.task.symbols
        if isinstance(self.task, tasks.Text) or (self.world is None and at < self.task.start):
            return np.full(m, np.nan, np.float32)
        if self.world is None:
            return np.eye(m, dtype=np.float32)[self.trial.truth[p.shown, at]]
        weights = exact.emission(p.noise, m)[:, self.trial.readings[p.shown, at]] * self.world["ahead"][p.shown, at]
        if at > 0:
            weights = weights * exact.transition(p.jump, m)[own[at - 1]]
        total = weights.sum()
        return (weights / total if total > 0 else np.full(m, np.nan)).astype(np.float32)

    def surprise(self, text: tasks.Text, tokens: np.ndarray) -> np.ndarray:
        """-ln p of written text by position under the trigram judge, in nats: (T,), NaN for the first two."""
        values, _ = text.judge.surprise(tokens)
        return np.concatenate([[np.nan, np.nan], values.mean(0)]).astype(np.float32)
