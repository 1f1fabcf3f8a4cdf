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
from engine.discrete.gumbel_softmax import vae
from engine.discrete.gumbel_softmax.benches import Bench, Source, descent, dimension, gradients, normal, simplex
from engine.discrete.gumbel_softmax.params import ESTIMATORS, RELAXED, SAMPLED_DRAWS, GumbelSoftmaxParams, cell_of, scalar_name
from engine.discrete.gumbel_softmax.vae import CategoricalVAE, divergence, exact_bounds, sampled_bounds, sampled_elbo, surrogate

BATCH = 100
MAX_PIXELS = 4096
PROBE_EVERY, PROBE_IMAGES, PROBE_DRAWS = 100, 16, 64
MEMBERS = 12  # images shown of a code
BOOK, MAX_BOOK_VALUES = 100, 50_000  # codes shown, and their pixels
MAX_COSTS = 240_000  # networks × images × codes that one look evaluates
BENCHES: dict[str, Callable[[GumbelSoftmaxParams, Source, Source], Bench]] = {
    "simplex": simplex.SimplexBench, "gradients": gradients.GradientBench, "descent": descent.DescentBench,
    "normal": normal.NormalBench, "dimension": dimension.DimensionBench,
}  # fmt: skip


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
        if params.bench != "vae":
            self.bench = BENCHES[params.bench](params, self._source("picture"), self._source("draws"))
            return
        self.train_x, self.test_x, self.size = images(params, data, device)
        pixels, arms = self.train_x.shape[1], len(self.settings)  # several arms: the network of each estimator is a stack
        first = CategoricalVAE.fresh(pixels, params.variables, params.levels, self.generator("weights"), device)
        start = first if arms == 1 else CategoricalVAE.stack([first] * arms)
        self.nets = [start.copy() for _ in params.estimators]
        self.held_noise = self._gumbel(self.generator("picture"), SAMPLED_DRAWS, len(self.test_x))
        self.cached: dict[int, tuple[Any, tuple[dict[str, float], Tensor]]] = {}
        self._probe_all(0)

    def _probe_all(self, step: int) -> None:
        """Each arm's gradients as they are now, all with the same noise."""
        self.probed = [self.probe(self.generator(f"probe {step}"), arm) for arm in range(len(self.settings))]

    def _source(self, purpose: str) -> Source:
        generator = self.generator(purpose)
        return Source(
            lambda *shape: torch.empty(shape).exponential_(generator=generator).numpy(),
            lambda *shape: torch.randn(shape, generator=generator).numpy(),
        )

    def _exponential(self, generator: torch.Generator, *leading: int) -> Tensor:
        shape = (*leading, self.params.variables, self.params.levels)
        return torch.empty(shape).exponential_(generator=generator)

    def _gumbel(self, generator: torch.Generator, draws: int, images: int) -> Tensor:
        return -self._exponential(generator, draws, images).clamp_min(1e-38).log().to(self.device)

    def _noise(self, name: str, gumbel: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor | None]:
        """What an estimator takes of the Gumbel noise, and for Gumbel-Rao exponential noise of its own (R, S, N, M, K)."""
        few = gumbel if name == "leave-one-out" else gumbel[: self.params.samples]
        if name != "gumbel-rao":
            return few, None
        return few, self._exponential(generator, self.params.resamplings, *few.shape[:2]).to(self.device)

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
                few, again = self._noise(name, gumbel, draws)
                cost = surrogate(name, net, x, log_q, self.alike(few), self.alike(again), tau, params.rloo)
                loss = loss + (cost + divergence(log_q)).mean(-1)  # no network shares a weight with another
            for arm, value in enumerate(loss.tolist()):
                self.check(arm, "loss", value)
            adam.zero_grad(set_to_none=True)
            loss.sum().backward()
            yield "estimate"

            adam.param_groups[0]["lr"] = params.rate
            adam.step()
            if params.probing and (self.step + 1) % PROBE_EVERY == 0:
                self._probe_all(self.step + 1)
            yield "update"

    def temperature(self) -> float | Tensor:
        """The temperature of this step; of a stack each arm's own, (A, 1, 1, 1)."""
        each = [own.temperature_at(self.step) for own in self.settings]
        return each[0] if len(each) == 1 else torch.tensor(each, device=self.device)[:, None, None, None]

    def alike(self, noise: Tensor | None) -> Any:
        """Noise (..., N, M, K) for every arm of a stack alike, (..., 1, N, M, K)."""
        return noise if noise is None or len(self.settings) == 1 else noise.unsqueeze(-4)

    def nets_of(self, arm: int) -> list[CategoricalVAE]:
        """The networks of one arm, by estimator."""
        return self.nets if len(self.settings) == 1 else [net.one(arm) for net in self.nets]

    def probe(self, generator: torch.Generator, arm: int = 0, draws: int = PROBE_DRAWS) -> dict[str, np.ndarray]:
        """Bias, its standard error and sd of every chosen estimator's gradient in the logits, relative to |exact|.

        Measured on the first chosen estimator's network, over 16 held-out images, against full enumeration. "norm" is
        |exact| in nats per unit of logit, the root of its summed squares over the images.
        """
        params = self.params
        result = {name: np.full(len(params.estimators), np.nan, np.float32) for name in ("bias", "error", "sd")}
        result["norm"] = np.full(1, np.nan, np.float32)
        if not params.enumerated:
            return result
        net, x = self.nets_of(arm)[0], self.test_x[:PROBE_IMAGES]
        with torch.no_grad():
            start = net.encode(x)
        exact = self._logit_gradient("exact", net, x, start, torch.zeros(1, device=self.device), None, 0.0)
        norm = exact.norm()
        result["norm"][0] = float(norm)
        many = x.repeat(draws, 1), start.repeat(draws, 1, 1)
        tau = self.settings[arm].temperature_at(self.step)
        for row, chosen in enumerate(params.estimators):
            name = params.effective(chosen)
            if name == "exact":
                result["bias"][row] = result["error"][row] = result["sd"][row] = 0.0
                continue
            gumbel = self._gumbel(generator, max(params.samples, params.rloo), len(many[0]))
            noise = self._noise(name, gumbel, generator)
            found = self._logit_gradient(name, net, *many, *noise, tau).unflatten(0, (draws, -1))
            spread = found.var(0).sum().sqrt()
            result["bias"][row] = float((found.mean(0) - exact).norm() / norm)
            result["error"][row] = float(spread / norm / math.sqrt(draws))
            result["sd"][row] = float(spread / norm)
        return result

    def _logit_gradient(
        self, name: str, net: CategoricalVAE, x: Tensor, start: Tensor, gumbel: Tensor, again: Tensor | None, tau: float
    ) -> Tensor:
        logits = start.clone().requires_grad_()
        value = surrogate(name, net, x, logits.log_softmax(-1), gumbel, again, tau, self.params.rloo).sum()
        if not value.requires_grad:  # in the limits of τ nothing flows back
            return torch.zeros_like(start)
        return torch.autograd.grad(value, logits, allow_unused=True, materialize_grads=True)[0]

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
        index, usage = vae.book_of(codes[row], params.codes, min(BOOK, max(4, MAX_BOOK_VALUES // pixels)))
        pictures = net.decode(vae.hard_codes(index, params.variables, params.levels)).sigmoid()
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
            **{f"probe_{what}": probed[what] for what in ("bias", "error", "sd")},
        }
        extra = {"cell": float(cell), "member_count": float(usage[cell]), "probe_norm": float(probed["norm"][0])}
        return scalars | extra, arrays

    def _measure(self, nets: list[CategoricalVAE], tau: float) -> tuple[dict[str, float], Tensor]:
        """Scalars of all estimators' networks, and the code of every training image under each, (A, n)."""
        params, stack = self.params, CategoricalVAE.stack(nets)
        evaluated = len(self.test_x)
        if params.enumerated:
            evaluated = min(evaluated, max(8, MAX_COSTS // (len(nets) * params.codes)))
        x, noise = self.test_x[:evaluated], self.held_noise[:, :evaluated]
        found = exact_bounds(stack, x) if params.enumerated else sampled_bounds(stack, x, noise)
        bounds = {name: value.mean(-1).tolist() for name, value in found.items()}
        # One noise for both, so that what the softening adds is not lost in the noise of the draws.
        softening = sampled_elbo(stack, x, noise[:1], tau) - sampled_elbo(stack, x, noise[:1])
        bounds["relaxed"] = (torch.tensor(bounds["elbo"], device=self.device) + softening.mean(-1)).tolist()
        codes = vae.code_index(stack.scores(self.train_x))
        bounds["used"] = [float(vae.used_codes(own, params.codes)) for own in codes]
        scalars = {"temperature": tau, "evaluated": float(evaluated)}
        for name in ESTIMATORS:
            for what in ("elbo", "evidence", "kl", "gap", "relaxed", "used"):
                known = name in params.estimators and what in bounds and (what != "relaxed" or name in RELAXED)
                scalars[scalar_name(what, name)] = bounds[what][params.estimators.index(name)] if known else math.nan
        return scalars, codes


def images(params: GumbelSoftmaxParams, data: Data | None, device: torch.device) -> tuple[Tensor, Tensor, tuple[int, int]]:
    """Binary training and test images (n, D) and their (height, width); five sixths train, the split is always the same."""
    if params.data == "own":
        assert data is not None
        x = (np.asarray(data["x"], np.float32) > 0.47).astype(np.float32)
        side = math.ceil(math.sqrt(x.shape[1]))
        size = (side, side) if side * side == x.shape[1] else (1, x.shape[1])
        if "size" in data:
            size = (int(data["size"][0]), int(data["size"][1]))
        if x.shape[1] > MAX_PIXELS or len(x) < 12:
            raise refused("At least 12 images of at most {most} pixels are needed; these are {images} of {pixels}.",
                most=MAX_PIXELS, images=len(x), pixels=x.shape[1])  # fmt: skip
        train = len(x) * 5 // 6
    else:
        x, size, train = (digits()[0] > 7.5 / 16).astype(np.float32), (8, 8), 1500
    order = np.random.RandomState(0).permutation(len(x))
    chosen = torch.from_numpy(x[order]).to(device)
    return chosen[:train], chosen[train:], size
