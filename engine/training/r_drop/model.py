"""The loop of the R-Drop lab: every batch passes a net twice under two masks, and the passes must agree; or a linear model does.

>>> import engine                                                                              # doctest: +SKIP
>>> run = engine.start("r-drop", {"alpha": 16.0}, seed=0)                                      # doctest: +SKIP
>>> run.advance(steps=400).scalars["accuracy_weight_average"]                                  # doctest: +SKIP

Sources: Liang et al. 2021, arXiv:2106.14448; Su 2021, kexue.fm/archives/8496. Trained in float64, tested in float32.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import torch
from torch import Tensor

from engine.core.model import Data, Model, numpy
from engine.training.r_drop import theory
from engine.training.r_drop.data import Rows, load
from engine.training.r_drop.network import disagreement, divergence_from, errors, forward, kept, start, thinned
from engine.training.r_drop.params import (
    BATCH,
    HIDDEN,
    LINEAR_INPUTS,
    LINEAR_RATE,
    LINEAR_ROWS,
    MOST_MASKS,
    RATE,
    UNLABELLED,
    RDropParams,
)

TRUE = (2.0, -1.5, 1.0, -0.5, 0.25)  # weights w* of the linear bench, and the noise on its answers
NOISE = 0.5
Seen = tuple[dict[str, float], dict[str, np.ndarray]]


class RDrop(Model):
    """One net for each arm of a sweep, as one model: they see the same rows and the same random numbers; or linear models."""

    params: RDropParams

    def __init__(
        self,
        params: RDropParams,
        seed: int,
        device: torch.device,
        data: Data | None = None,
        settings: Sequence[RDropParams] = (),
    ) -> None:
        super().__init__(params, seed, device, data, settings)
        self.arms = len(self.settings)
        self.told = [{"loss": math.nan, "ce": math.nan, "kl": math.nan}] * self.arms  # of the last step, before its update
        if params.bench == "linear":
            random = self.generator("linear")
            self.x = torch.randn(LINEAR_ROWS, LINEAR_INPUTS, generator=random, dtype=torch.float64)
            self.y = self.x @ torch.tensor(TRUE, dtype=torch.float64)
            self.y = self.y + NOISE * torch.randn(LINEAR_ROWS, generator=random, dtype=torch.float64)
            self.x, self.y = self.x.to(device), self.y.to(device)
            self.w = torch.zeros(self.arms, LINEAR_INPUTS, dtype=torch.float64, device=device, requires_grad=True)
            self.sums = [torch.zeros_like(self.w)]  # of the weights after 0, 1, 2 ... steps
            return
        chance = np.random.RandomState(int(torch.randint(2**31, (1,), generator=self.generator("labels"))))
        self.rows: Rows = load(params, data, chance)
        self.test_x = self.tensor(self.rows.test_x, torch.float32)
        self.test_labels = self.tensor(self.rows.test_labels)
        self.theta = start(self.arms, self.rows.x.shape[1], self.rows.classes, self.generator("weights"), device)
        self.optimiser = torch.optim.Adam(list(self.theta.values()), lr=RATE)
        self.batch_labels = np.full(BATCH, -1)
        self.pair = np.full((self.arms, 2, BATCH, self.rows.classes), np.nan, np.float32)
        # Random numbers of the tests, the same all along, so that pictures move only as the nets do: of whole thinned nets, and
        # of two masks for every row.
        self.crowd = torch.rand(2, MOST_MASKS, 1, HIDDEN, generator=self.generator("crowd")).to(device)
        self.twice = torch.rand(2, 2, len(self.test_x), HIDDEN, generator=self.generator("twice")).to(device)

    def tensor(self, values: np.ndarray, dtype: torch.dtype | None = None) -> Tensor:
        return torch.from_numpy(values).to(self.device, dtype)

    def weights(self) -> dict[str, Tensor]:
        """w1 b1 w2 b2 w3 b3 (or the linear model's w), without the axis of arms where there is one arm."""
        learned = {"w": self.w} if self.params.bench == "linear" else self.theta
        return {name: weight if self.arms > 1 else weight[0] for name, weight in learned.items()}

    def steps(self) -> Iterator[str]:
        yield from self.train() if self.params.bench == "net" else self.regress()

    def train(self) -> Iterator[str]:
        """Adam. Rows are drawn with replacement; both passes are one forward of the doubled batch."""
        batches, masks, further = (self.generator(name) for name in ("batches", "masks", "unlabelled"))
        x, labels = self.tensor(self.rows.x), self.tensor(self.rows.labels)
        others = self.tensor(self.rows.unlabelled)
        while True:
            chosen = torch.randint(len(x), (BATCH,), generator=batches)
            rows, uniform = x[chosen], torch.rand(2, 2, BATCH, HIDDEN, generator=masks)
            weight = self.each(lambda own: own.unlabelled_weight)
            if weight.any():  # rows whose labels are not known follow in the same batch
                rows = torch.cat([rows, others[torch.randint(len(others), (UNLABELLED,), generator=further)]])
                uniform = torch.cat([uniform, torch.rand(2, 2, UNLABELLED, HIDDEN, generator=further)], 2)
            yield "batch"

            rates = self.each(lambda own: own.dropout)[:, None, None, None]
            epsilon = kept(uniform[:, None].to(self.device), rates)  # (2 layers, arms, 2 passes, rows, 128), all independent
            logits = forward(self.theta, rows.expand(2, -1, -1), epsilon)
            yield "two passes"

            ce = errors(logits[:, :, :BATCH], labels[chosen]).sum(1).mean(-1)
            apart = torch.stack([disagreement(own.divergence, *two) for own, two in zip(self.settings, logits, strict=True)])
            agreement, unlabelled = apart[:, :BATCH].mean(-1), apart[:, BATCH:].sum(-1) / UNLABELLED
            loss = ce + self.each(lambda own: own.alpha) * agreement  # (1)
            known = {"loss": loss, "ce": ce, "kl": disagreement("kl", *logits[:, :, :BATCH].unbind(1)).mean(-1)}
            self.tell(**known, agreement=agreement, unlabelled=unlabelled.where(weight > 0, math.nan))
            self.batch_labels = numpy(labels[chosen])
            self.pair = numpy(logits[:, :, :BATCH].softmax(-1))
            yield "loss"

            self.optimiser.zero_grad()
            (loss + weight * unlabelled).sum().backward()
            self.optimiser.step()
            yield "update"

    def regress(self) -> Iterator[str]:
        """Plain SGD on all rows of a linear model, two masks on the inputs of every row, squared distance for D: (3)."""
        masks = self.generator("masks")
        while True:
            uniform = torch.rand(2, LINEAR_ROWS, LINEAR_INPUTS, generator=masks, dtype=torch.float64).to(self.device)
            yield "batch"

            epsilon = kept(uniform, self.each(lambda own: own.dropout)[:, None, None, None])
            found = (self.x * epsilon @ self.w[:, None, :, None]).squeeze(-1)  # (arms, 2, rows)
            yield "two passes"

            ce = (self.y - found).square().sum(1).mean(-1)
            kl = (found[:, 0] - found[:, 1]).square().mean(-1)
            loss = ce + self.each(lambda own: own.alpha) * kl
            self.tell(loss=loss, ce=ce, kl=kl)
            yield "loss"

            (gradient,) = torch.autograd.grad(loss.sum(), self.w)
            with torch.no_grad():
                self.w -= LINEAR_RATE * gradient
                self.sums.append(self.sums[-1] + self.w)
            yield "update"

    def each(self, value: Callable[[RDropParams], float]) -> Tensor:
        """A number of every arm's settings, (arms,)."""
        return torch.tensor([value(own) for own in self.settings], dtype=torch.float64, device=self.device)

    def tell(self, **quantities: Tensor) -> None:
        """What the frames say of this step. A loss that is not finite ends the run, or its arm."""
        for arm, value in enumerate(quantities["loss"].tolist()):
            self.check(arm, "loss", value)
        self.told = [{name: float(values.detach()[arm]) for name, values in quantities.items()} for arm in range(self.arms)]

    def observe(self) -> Seen:
        return self.observe_arm(0)

    def observe_arm(self, arm: int) -> Seen:
        """The frame of a run with the settings of this arm."""
        scalars, arrays = self.tested(arm) if self.params.bench == "net" else self.fitted(arm)
        return {**self.told[arm], "example_kl": theory.example(), **scalars}, arrays

    def fitted(self, arm: int) -> Seen:
        """The linear model: its average over the second half of its steps, and the closed form."""
        p, steps, x, y = self.settings[arm], len(self.sums) - 1, numpy(self.x, exact=True), numpy(self.y, exact=True)
        mean = (self.sums[-1] - self.sums[steps // 2])[arm] / max(steps - steps // 2, 1)
        return {}, {"x": x, "y": y, "w": numpy(mean, exact=True), "w_closed": theory.closed(x, y, p.dropout, p.alpha)}

    @torch.no_grad()
    def tested(self, arm: int) -> Seen:
        """The full net, the crowd of thinned nets and its average on the test rows."""
        p, rows, labels = self.settings[arm], self.rows, self.test_labels
        theta = {name: weight.detach()[arm : arm + 1].float() for name, weight in self.theta.items()}
        full = forward(theta, self.test_x[None])[0, 0]
        crowd = thinned(theta, self.test_x, kept(self.crowd[:, : p.masks], p.dropout)).log_softmax(-1)
        twice = forward(theta, self.test_x[None], kept(self.twice, p.dropout))[0]
        members, log_full = crowd.exp(), full.log_softmax(-1)
        average = members.mean(0)
        right = {"weight_average": full, "model_average": average, "member": twice[0]}
        scalars: dict[str, Tensor | float] = {
            f"accuracy_{who}": (said.argmax(-1) == labels).double().mean() for who, said in right.items()
        }
        each = torch.arange(len(labels), device=self.device)
        scalars["nll"] = -log_full[each, labels].mean()
        scalars["nll_model_average"] = -average[each, labels].log().mean()
        scalars["nll_member"] = -crowd[:, each, labels].mean()
        scalars["gap"] = divergence_from(average, log_full).mean()
        scalars["pair"] = disagreement("kl", *twice).mean()
        scalars["member_distance"] = divergence_from(average, crowd).mean()
        scalars["memorised"] = self.memorised(theta)
        shown = min(p.digit, len(labels) - 1)
        arrays = {"p1": self.pair[arm, 0], "p2": self.pair[arm, 1], "batch_labels": self.batch_labels}
        arrays |= {"members": numpy(members[:, shown]), "shown": rows.test_x[shown].astype(np.float32)}
        arrays |= {"test_model_average": numpy(average), "test_weight_average": numpy(log_full.exp())}
        arrays |= {"test_labels": rows.test_labels, "rivals": rows.rivals}
        if p.data == "moons":
            arrays["test_x"] = rows.test_x.astype(np.float32)
        unknown = {"agreement": math.nan, "unlabelled": math.nan} if "agreement" not in self.told[arm] else {}
        return {**{name: float(value) for name, value in scalars.items()}, **unknown}, arrays

    def memorised(self, theta: dict[str, Tensor]) -> Tensor | float:
        """Share of the wrong labels that the full net answers as it was told; NaN where there are none."""
        wrong = self.rows.labels != self.rows.true
        if not wrong.any():
            return math.nan
        said = forward(theta, self.tensor(self.rows.x[wrong], torch.float32)[None])[0, 0].argmax(-1)
        return (said == self.tensor(self.rows.labels[wrong])).double().mean()
