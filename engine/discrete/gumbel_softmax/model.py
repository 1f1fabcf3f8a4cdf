"""The Gumbel-softmax lab's loop: five sampling benches, and a categorical VAE trained by several gradient estimators.

>>> import engine                                                                     # doctest: +SKIP
>>> run = engine.start("gumbel-softmax", {"bench": "vae", "schedule": "geometric"})   # doctest: +SKIP
>>> run.advance(steps=1000).scalars["elbo_gumbel_softmax"]                                        # doctest: +SKIP
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from engine.core.model import Data, Model, numpy
from engine.data.errors import not_uploaded, refused
from engine.data.sets.digits import digits
from engine.discrete.gumbel_softmax.benches import Bench, Source
from engine.discrete.gumbel_softmax.benches.descent import DescentBench
from engine.discrete.gumbel_softmax.benches.dimension import DimensionBench
from engine.discrete.gumbel_softmax.benches.gradients import GradientBench
from engine.discrete.gumbel_softmax.benches.normal import NormalBench
from engine.discrete.gumbel_softmax.benches.simplex import SimplexBench
from engine.discrete.gumbel_softmax.params import ENUMERABLE, ESTIMATORS, RELAXED, GumbelSoftmaxParams, cell_of, scalar_name
from engine.discrete.gumbel_softmax.vae import CategoricalVAE, code_index, divergence, exact_bounds, sampled_elbo, surrogate

BATCH = 100
MAX_PIXELS = 4096
PROBE_EVERY, PROBE_IMAGES, PROBE_DRAWS = 100, 16, 64
SAMPLED_DRAWS = 4  # hard codes per image where the code book cannot be enumerated
BOOK, MEMBERS = 100, 12  # codes and images shown
MAX_BOOK_VALUES = 50_000  # pixels of the shown code book
MAX_COSTS = 240_000  # networks × images × codes that one look evaluates
BENCHES: dict[str, Callable[[GumbelSoftmaxParams, Source, Source], Bench]] = {
    "simplex": SimplexBench,
    "gradients": GradientBench,
    "descent": DescentBench,
    "normal": NormalBench,
    "dimension": DimensionBench,
}


class GumbelSoftmax(Model):
    """Samples on a bench, or trains one categorical VAE per chosen estimator on the same batches and the same noise."""

    params: GumbelSoftmaxParams

    def __init__(
        self,
        params: GumbelSoftmaxParams,
        seed: int,
        device: torch.device,
        data: Data | None = None,
        settings: Sequence[GumbelSoftmaxParams] = (),
    ) -> None:
        super().__init__(params, seed, device, data, settings)
        if params.data == "own" and data is None:
            raise not_uploaded()
        if params.bench == "vae":
            self.train_x, self.test_x, self.size = images(params, data, device)
            first = CategoricalVAE.fresh(
                self.train_x.shape[1], params.variables, params.levels, self.generator("weights"), device
            )
            arms = len(self.settings)  # several: the network of each estimator is a stack
            start = first if arms == 1 else CategoricalVAE.stack([first] * arms)
            self.nets = [start.copy() for _ in params.estimators]
            self.held_noise = self._gumbel(self.generator("picture"), SAMPLED_DRAWS, len(self.test_x))
            self.probed = [self.probe(self.generator("probe 0"), arm) for arm in range(arms)]
            self.cached: dict[int, tuple[Any, tuple[dict[str, float], Tensor]]] = {}
        else:
            self.bench = BENCHES[params.bench](params, self._source("picture"), self._source("draws"))

    def _source(self, purpose: str) -> Source:
        generator = self.generator(purpose)
        return Source(
            lambda *shape: torch.empty(shape).exponential_(generator=generator).numpy(),
            lambda *shape: torch.randn(shape, generator=generator).numpy(),
        )

    def _gumbel(self, generator: torch.Generator, draws: int, images: int) -> Tensor:
        shape = (draws, images, self.params.variables, self.params.levels)
        return -torch.empty(shape).exponential_(generator=generator).clamp_min(1e-38).log().to(self.device)

    def steps(self) -> Iterator[str]:
        yield from self.train() if self.params.bench == "vae" else self.sample()

    def sample(self) -> Iterator[str]:
        while True:
            self.bench.draw(self.params)  # fresh noise
            yield "draw"

            self.bench.forward(self.params)  # values of f and of the choice
            yield "forward"

            self.bench.estimate(self.params)  # one batch of gradients, or of wins
            yield "estimate"

            self.bench.update(self.params)  # add to the running moments, or descend
            yield "update"

    def train(self) -> Iterator[str]:
        batches, draws = self.generator("batches"), self.generator("draws")
        weights = [weight for net in self.nets for weight in net.weights]
        adam = torch.optim.Adam(weights, lr=self.params.rate)
        while True:
            params, tau = self.params, self.temperature()
            size = min(BATCH, len(self.train_x))
            x = self.train_x[torch.randint(len(self.train_x), (size,), generator=batches)]
            gumbel = self._gumbel(draws, max(params.samples, params.rloo), size)  # one noise for all estimators
            yield "draw"

            beliefs = [net.encode(x) for net in self.nets]  # log q(code | x)
            yield "forward"

            loss = torch.zeros(len(self.settings), device=self.device)
            for chosen, net, log_q in zip(params.estimators, self.nets, beliefs, strict=True):
                name = params.effective(chosen)
                few = gumbel if name == "leave-one-out" else gumbel[: params.samples]
                again = self.alike(self._again(draws, len(few), size)) if name == "gumbel-rao" else None
                cost = surrogate(name, net, x, log_q, self.alike(few), again, tau, params.rloo)
                loss = loss + (cost + divergence(log_q)).mean(-1)  # no network shares a weight with another
            for arm, value in enumerate(loss.tolist()):
                self.check(arm, "loss", value)
            adam.zero_grad(set_to_none=True)
            loss.sum().backward()
            yield "estimate"

            adam.param_groups[0]["lr"] = params.rate
            adam.step()
            if params.probing and (self.step + 1) % PROBE_EVERY == 0:
                arms = range(len(self.settings))
                self.probed = [self.probe(self.generator(f"probe {self.step + 1}"), arm) for arm in arms]
            yield "update"

    def temperature(self) -> float | Tensor:
        """The temperature of this step; of a stack each arm's own, (A, 1, 1, 1)."""
        each = [own.temperature_at(self.step) for own in self.settings]
        return each[0] if len(each) == 1 else torch.tensor(each, device=self.device)[:, None, None, None]

    def alike(self, noise: Tensor) -> Tensor:
        """Noise (..., N, M, K) for every arm of a stack alike, (..., 1, N, M, K)."""
        return noise if len(self.settings) == 1 else noise.unsqueeze(-4)

    def nets_of(self, arm: int) -> list[CategoricalVAE]:
        """The networks of one arm, by estimator."""
        return self.nets if len(self.settings) == 1 else [net.one(arm) for net in self.nets]

    def _again(self, generator: torch.Generator, draws: int, size: int) -> Tensor:
        shape = (self.params.resamplings, draws, size, self.params.variables, self.params.levels)
        return torch.empty(shape).exponential_(generator=generator).to(self.device)

    def probe(self, generator: torch.Generator, arm: int = 0, draws: int = PROBE_DRAWS) -> dict[str, np.ndarray]:
        """Bias, its standard error and sd of every chosen estimator's gradient in the logits, relative to |exact|.

        Measured on the first chosen estimator's network, over 16 held-out images, against full enumeration. "norm" is
        |exact| in nats per unit of logit, the root of its summed squares over the images.
        """
        count = len(self.params.estimators)
        result = {name: np.full(count, np.nan, np.float32) for name in ("bias", "error", "sd")}
        result["norm"] = np.full(1, np.nan, np.float32)
        if not self.params.enumerated:
            return result
        net, x = self.nets_of(arm)[0], self.test_x[:PROBE_IMAGES]
        with torch.no_grad():
            start = net.encode(x)
        exact = self._logit_gradient("exact", net, x, start, torch.zeros(1, device=self.device), None, 0.0)
        norm = exact.norm()
        many = x.repeat(draws, 1), start.repeat(draws, 1, 1)
        tau = self.settings[arm].temperature_at(self.step)
        most = max(self.params.samples, self.params.rloo)
        for row, chosen in enumerate(self.params.estimators):
            name = self.params.effective(chosen)
            if name == "exact":
                result["bias"][row] = result["error"][row] = result["sd"][row] = 0.0
                continue
            gumbel = self._gumbel(generator, most, len(many[0]))
            few = gumbel if name == "leave-one-out" else gumbel[: self.params.samples]
            again = self._again(generator, len(few), len(many[0])) if name == "gumbel-rao" else None
            found = self._logit_gradient(name, net, *many, few, again, tau).unflatten(0, (draws, -1))
            spread = found.var(0).sum().sqrt()
            result["bias"][row] = float((found.mean(0) - exact).norm() / norm)
            result["error"][row] = float(spread / norm / math.sqrt(draws))
            result["sd"][row] = float(spread / norm)
        result["norm"][0] = float(norm)
        return result

    def _logit_gradient(
        self, name: str, net: CategoricalVAE, x: Tensor, start: Tensor, gumbel: Tensor, again: Tensor | None, tau: float
    ) -> Tensor:
        logits = start.clone().requires_grad_()
        value = surrogate(name, net, x, logits.log_softmax(-1), gumbel, again, tau, self.params.rloo).sum()
        if not value.requires_grad:  # in the limits of τ nothing flows back
            return torch.zeros_like(start)
        found = torch.autograd.grad(value, logits, allow_unused=True, materialize_grads=True)
        return found[0]

    def observe(self) -> tuple[dict[str, float], dict[str, np.ndarray]]:
        return self.observe_arm(0)

    def observe_arm(self, arm: int) -> tuple[dict[str, float], dict[str, np.ndarray]]:
        """The frame of a run with the settings of this arm."""
        return self.observe_training(arm) if self.params.bench == "vae" else self.bench.observe(self.params)

    @torch.no_grad()
    def observe_training(self, arm: int) -> tuple[dict[str, float], dict[str, np.ndarray]]:
        """Held-out bounds of every network, and the code book of the one that is shown."""
        params, nets, probed = self.settings[arm], self.nets_of(arm), self.probed[arm]
        tau = params.temperature_at(self.step)
        if arm not in self.cached or self.cached[arm][0] != (self.step, tau):
            self.cached[arm] = ((self.step, tau), self._measure(nets, tau))
        scalars, codes = self.cached[arm][1]
        row = params.estimators.index(params.shown) if params.shown in params.estimators else 0
        net, pixels = nets[row], self.train_x.shape[1]
        index, usage = book_of(codes[row], params.codes, max(4, MAX_BOOK_VALUES // pixels))
        places = [index // params.levels ** (params.variables - 1 - m) % params.levels for m in range(params.variables)]
        pictures = net.decode(torch.nn.functional.one_hot(torch.stack(places, -1), params.levels).float()).sigmoid()
        cell = min(max(cell_of(params, len(index)), 0), len(index) - 1)
        inside = torch.nonzero(codes[row] == index[cell])[:MEMBERS, 0]
        members = np.zeros((MEMBERS, pixels), np.uint8)
        members[: len(inside)] = numpy(self.train_x[inside] * 255).astype(np.uint8)
        arrays = {
            "book": numpy(pictures * 255).astype(np.uint8),
            "book_index": numpy(index),
            "usage": numpy(usage),
            "image_size": np.array(self.size, np.int64),
            "members": members,
            "probe_bias": probed["bias"],
            "probe_error": probed["error"],
            "probe_sd": probed["sd"],
        }
        extra = {"cell": float(cell), "member_count": float(usage[cell]), "probe_norm": float(probed["norm"][0])}
        return scalars | extra, arrays

    def _measure(self, nets: list[CategoricalVAE], tau: float) -> tuple[dict[str, float], Tensor]:
        """Scalars of all estimators' networks, and the code of every training image under each, (A, n)."""
        params, stack = self.params, CategoricalVAE.stack(nets)
        evaluated = len(self.test_x)
        if params.enumerated:
            evaluated = min(evaluated, max(8, MAX_COSTS // (len(nets) * params.codes)))
        x = self.test_x[:evaluated]
        noise = self.held_noise[:, :evaluated]
        if params.enumerated:
            bounds = {name: value.mean(-1).tolist() for name, value in exact_bounds(stack, x).items()}
        else:
            bounds = {"elbo": sampled_elbo(stack, x, noise).mean(-1).tolist()}
            bounds["kl"] = divergence(stack.encode(x)).mean(-1).tolist()
        # One noise for both, so that what the softening adds is not lost in the noise of the draws.
        softening = sampled_elbo(stack, x, noise[:1], tau) - sampled_elbo(stack, x, noise[:1])
        relaxed = (torch.tensor(bounds["elbo"], device=self.device) + softening.mean(-1)).tolist()
        codes = code_index(stack.scores(self.train_x))
        scalars = {"temperature": tau, "evaluated": float(evaluated)}
        for name in ESTIMATORS:
            row = params.estimators.index(name) if name in params.estimators else None
            for quantity in ("elbo", "evidence", "kl", "gap"):
                values = bounds.get(quantity)
                scalars[scalar_name(quantity, name)] = values[row] if values and row is not None else math.nan
            soft = row is not None and name in RELAXED
            scalars[scalar_name("relaxed", name)] = relaxed[row] if soft and row is not None else math.nan
            scalars[scalar_name("used", name)] = float(used_codes(codes[row], params.codes)) if row is not None else math.nan
        return scalars, codes


def used_codes(codes: Tensor, size: int) -> int:
    """How many different codes there are among these."""
    return int((codes.bincount(minlength=size) > 0).sum()) if size <= ENUMERABLE else len(codes.unique())


def book_of(codes: Tensor, size: int, most: int) -> tuple[Tensor, Tensor]:
    """(index, usage) of the codes that are shown: all in order if they fit, else the most used ones."""
    most = min(most, BOOK)
    if size <= most:
        return torch.arange(size, device=codes.device), torch.bincount(codes, minlength=size)
    used, counts = codes.unique(return_counts=True)
    order = counts.argsort(descending=True, stable=True)[:most]
    index, usage = torch.zeros(most, dtype=torch.int64), torch.zeros(most, dtype=torch.int64)
    index[: len(order)], usage[: len(order)] = used[order].cpu(), counts[order].cpu()
    return index.to(codes.device), usage


def images(params: GumbelSoftmaxParams, data: Data | None, device: torch.device) -> tuple[Tensor, Tensor, tuple[int, int]]:
    """Binary training and test images (n, D) and their (height, width); five sixths train, the split is always the same."""
    if params.data == "own":
        assert data is not None
        x = (np.asarray(data["x"], np.float32) > 0.47).astype(np.float32)
        side = math.ceil(math.sqrt(x.shape[1]))
        size = (
            tuple(int(v) for v in data["size"])
            if "size" in data
            else (1, x.shape[1])
            if side * side != x.shape[1]
            else (side, side)
        )
        if x.shape[1] > MAX_PIXELS or len(x) < 12:
            raise refused("At least 12 images of at most {most} pixels are needed; these are {images} of {pixels}.",
                most=MAX_PIXELS, images=len(x), pixels=x.shape[1])  # fmt: skip
        train = len(x) * 5 // 6
    else:
        x, size, train = (digits()[0] > 7.5 / 16).astype(np.float32), (8, 8), 1500
    order = np.random.RandomState(0).permutation(len(x))
    chosen = torch.from_numpy(x[order]).to(device)
    return chosen[:train], chosen[train:], (size[0], size[1])
