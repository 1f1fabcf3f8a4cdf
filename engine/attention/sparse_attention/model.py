"""The sparse attention lab's loop: a small network that learns to copy over a distance; or seven ways to compute attention.

>>> import engine                                                                # doctest: +SKIP
>>> run = engine.start("sparse-attention", {"layer1": "atrous"})                 # doctest: +SKIP
>>> run.advance(steps=250).scalars["accuracy"]                                   # doctest: +SKIP
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from engine.attention.sparse_attention import cost, fast, theory
from engine.attention.sparse_attention.names import WAYS
from engine.attention.sparse_attention.network import Network
from engine.attention.sparse_attention.params import VOCABULARY, SparseAttentionParams
from engine.core.model import Data, Model, numpy

BATCH = 16
TARGETS = 2_000  # fresh copies that the accuracy is measured on, at least
SHOWN = 64  # sequences whose attention is averaged for the picture


@dataclass(frozen=True)
class Stack:
    """The masks of three layers (3, n, n), those that are not empty as tensors, ways, groups, and layer 1's probe."""

    masks: np.ndarray
    present: list[Tensor]
    paths: np.ndarray
    components: int
    probe: dict[str, np.ndarray]
    fast_error: float


class SparseAttention(Model):
    """A network for every arm of a sweep over the copy distance; all weights are (arms, ...)."""

    params: SparseAttentionParams

    def __init__(
        self,
        params: SparseAttentionParams,
        seed: int,
        device: torch.device,
        data: Data | None = None,
        settings: Sequence[SparseAttentionParams] = (),
    ) -> None:
        super().__init__(params, seed, device, data, settings)
        if params.bench == "cost":
            self.sizes: list[int] = []
            self.kept: list[list[int]] = []
            self.times: list[list[float]] = []
            return
        self.stacks: dict[int, Stack] = {}  # stride -> what follows from it
        layers = len(self.stack().present)
        self.network = Network(len(self.settings), params.length, layers, self.generator("weights")).to(device)
        self.losses = [math.nan] * len(self.settings)

    def steps(self) -> Iterator[str]:
        yield from self.measure() if self.params.bench == "cost" else self.learn()

    def learn(self) -> Iterator[str]:
        """Distant copy: the answer at token i is token i − Δ; where there is none it does not count."""
        random = self.generator("batches")
        adam = torch.optim.Adam(self.network.parameters(), lr=self.params.learning_rate)
        while True:
            tokens = self.draw(BATCH, random)
            yield "batch"

            logits = self.network(tokens, self.stack().present)  # (arms, B, n, vocabulary)
            distances = [own.copy_distance for own in self.settings]
            each = [cross_entropy(logits[arm, :, back:], tokens, back) for arm, back in enumerate(distances)]
            self.losses = [self.check(arm, "loss", loss.item()) for arm, loss in enumerate(each)]
            yield "forward"

            adam.param_groups[0]["lr"] = self.params.learning_rate
            adam.zero_grad()
            torch.stack(each).sum().backward()  # no arm shares a weight with another
            adam.step()
            yield "update"

    def measure(self) -> Iterator[str]:
        """One length after the other, each twice as long: what every implementation keeps, and how long it takes."""
        random = self.generator("inputs")
        for n in self.params.lengths:
            given = cost.inputs(n, random, self.device)
            found = cost.ways(n, self.params.cost_stride, self.device).values()
            kept = [cost.kept_bytes(way, given) for way in found]
            times = [cost.milliseconds(way, given, self.device) for way in found]
            self.sizes, self.kept, self.times = [*self.sizes, n], [*self.kept, kept], [*self.times, times]
            yield "update"

    def draw(self, count: int, random: torch.Generator) -> Tensor:
        """Random tokens (count, n)."""
        return torch.randint(VOCABULARY, (count, self.params.length), generator=random).to(self.device)

    def stack(self) -> Stack:
        """Masks and what follows from them at the present stride, which may change while the network learns."""
        p = self.params
        if p.stride not in self.stacks:
            masks = np.stack([theory.mask(name, p.length, p.stride, p.causal) for name in p.patterns])
            present = [torch.from_numpy(mask > 0).to(self.device) for mask in masks if mask.any()]
            paths = theory.paths(list(masks))
            self.stacks[p.stride] = Stack(masks, present, paths, theory.components(paths), *self.probes(masks[0]))
        return self.stacks[p.stride]

    def probes(self, mask: np.ndarray) -> tuple[dict[str, np.ndarray], float]:
        """One head in float64 through the fast form of layer 1, and its largest difference from the masked dense form.

        A layer that is absent adds nothing. Local has two fast forms; the difference is the larger of both.
        """
        p, random = self.params, self.generator("probe")
        q, k, v = (torch.randn(p.length, 16, generator=random, dtype=torch.float64) for _ in range(3))
        outs = [form(q, k, v, p.stride, p.causal) for form in fast.FORMS.get(p.layer1, ())]
        wanted = fast.masked(q, k, v, torch.from_numpy(mask > 0)) if outs else torch.zeros_like(v)
        probe = {"probe_q": q, "probe_k": k, "probe_v": v, "probe_out": outs[0] if outs else wanted}
        error = max((float((out - wanted).abs().max()) for out in outs), default=0.0)
        return {name: numpy(part, exact=True) for name, part in probe.items()}, error

    def observe(self) -> tuple[dict[str, float], dict[str, np.ndarray]]:
        return self.observe_arm(0)

    def observe_arm(self, arm: int) -> tuple[dict[str, float], dict[str, np.ndarray]]:
        """The frame of a run with the settings of this arm."""
        return self.costs() if self.params.bench == "cost" else self.reach(arm)

    def reach(self, arm: int) -> tuple[dict[str, float], dict[str, np.ndarray]]:
        """What theory says of the masks, and what the network has learned."""
        back, stack = self.settings[arm].copy_distance, self.stack()
        accuracy, attention = self.exam(arm, back)
        share = float((np.diagonal(stack.paths, -back) > 0).mean())
        scalars = {"loss": self.losses[arm], "accuracy": accuracy, "reachable": share}
        scalars |= {f"ones_{layer}": float(mask.sum()) for layer, mask in enumerate(stack.masks, 1)}
        scalars |= {"expected": theory.expected_accuracy(share, VOCABULARY), "connected": float((stack.paths > 0).mean())}
        scalars |= {"components": float(stack.components), "fast_error": stack.fast_error}
        return scalars, {"masks": stack.masks, "paths": stack.paths, "attention": attention, **stack.probe}

    @torch.no_grad()
    def exam(self, arm: int, back: int) -> tuple[float, np.ndarray]:
        """Accuracy on fresh sequences with at least TARGETS copies, and the mean attention (3, n, n), 0 where there is no layer."""
        n = self.params.length
        tokens = self.draw(max(SHOWN, math.ceil(TARGETS / (n - back))), self.generator("exam"))
        alone = slice(arm, arm + 1)
        logits, maps = self.network.trace(self.network.embedding[alone, tokens], self.stack().present, alone)
        right = logits[0, :, back:].argmax(-1) == tokens[:, : n - back]
        means = iter(numpy(weights[0, :SHOWN].mean((0, 1))) for weights in maps)
        attention = [next(means) if mask.any() else np.zeros((n, n), np.float32) for mask in self.stack().masks]
        return float(right.double().mean()), np.stack(attention)

    def costs(self) -> tuple[dict[str, float], dict[str, np.ndarray]]:
        """What has been measured so far."""
        known, nothing = len(self.sizes), np.full(len(WAYS), math.nan)
        kept = np.array(self.kept, np.int64).reshape(known, len(WAYS)).T
        times = np.array(self.times, np.float32).reshape(known, len(WAYS)).T
        growth = dict(zip(WAYS, kept[:, -1] / kept[:, -2] if known > 1 else nothing, strict=True))
        took = dict(zip(WAYS, times[:, -1] if known else nothing, strict=True))
        return {
            "growth_dense": float(growth["dense"]),
            "growth_blocked": float(growth["blocked"]),
            "dense_over_atrous": float(took["dense"] / took["atrous"]),
            "threads": float(torch.get_num_threads()),
        }, {"sizes": np.array(self.sizes, np.int64), "kept_bytes": kept, "milliseconds": times}


def cross_entropy(logits: Tensor, tokens: Tensor, back: int) -> Tensor:
    """Mean loss in nats of logits (B, n − back, vocabulary) for the token `back` places before each."""
    wanted = tokens[:, : tokens.shape[1] - back]
    return functional.cross_entropy(logits.flatten(0, 1), wanted.flatten())
