"""A categorical VAE: networks, relaxed and discrete codes, and everything that full enumeration of the code book gives.

Sizes: batch N, M variables of K classes each, C = K^M codes, D pixels. A stack of A networks has weights (A, in, out); every
function works for one network and for a stack, whose results then start with A.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

from engine.discrete.gumbel_softmax.params import ENUMERABLE, digits_of

HIDDEN = 64


class CategoricalVAE:
    """Encoder D → 64 → M·K and decoder M·K → 64 → D (Bernoulli logits), one hidden layer of 64 SiLU units each."""

    def __init__(self, weights: Sequence[Tensor], variables: int, levels: int) -> None:
        self.weights = list(weights)  # weight, bias of four layers
        self.variables, self.levels = variables, levels

    @classmethod
    def fresh(
        cls, pixels: int, variables: int, levels: int, generator: torch.Generator, device: torch.device
    ) -> CategoricalVAE:
        """Uniform in ±1/√(inputs), the distribution of torch's own linear layers."""
        code, weights = variables * levels, []
        for inputs, outputs in ((pixels, HIDDEN), (HIDDEN, code), (code, HIDDEN), (HIDDEN, pixels)):
            for rows in (inputs, 1):
                drawn = (2 * torch.rand(rows, outputs, generator=generator) - 1) / math.sqrt(inputs)
                weights.append(drawn.to(device).requires_grad_())
        return cls(weights, variables, levels)

    @classmethod
    def stack(cls, nets: Sequence[CategoricalVAE]) -> CategoricalVAE:
        """Several networks as one, side by side."""
        with torch.no_grad():
            weights = [torch.stack(same) for same in zip(*(net.weights for net in nets), strict=True)]
        return cls(weights, nets[0].variables, nets[0].levels)

    def copy(self) -> CategoricalVAE:
        """A network that starts here and goes its own way."""
        return CategoricalVAE([w.detach().clone().requires_grad_() for w in self.weights], self.variables, self.levels)

    def one(self, row: int) -> CategoricalVAE:
        """One network of a stack; its weights stay shared with it."""
        return CategoricalVAE([weight[row] for weight in self.weights], self.variables, self.levels)

    def encode(self, x: Tensor) -> Tensor:
        """log q(class | x) of images x (N, D): (N, M, K)."""
        return self.scores(x).log_softmax(-1)

    def scores(self, x: Tensor) -> Tensor:
        """The same before normalisation."""
        return _through(x, self.weights[:4]).unflatten(-1, (self.variables, self.levels))

    def decode(self, z: Tensor) -> Tensor:
        """Bernoulli logits (..., D) of hard or soft codes z (..., M, K)."""
        return _through(z.flatten(-2), self.weights[4:])

    def codes(self) -> Tensor:
        """All codes as one-hot vectors (C, M, K); the last variable turns fastest."""
        return code_book(self.variables, self.levels, self.weights[0].device)


def _through(x: Tensor, weights: Sequence[Tensor]) -> Tensor:
    for layer in range(0, len(weights), 2):
        x = x @ weights[layer] + weights[layer + 1]
        if layer < len(weights) - 2:
            x = functional.silu(x)
    return x


def hard_codes(index: Tensor, variables: int, levels: int) -> Tensor:
    """The codes of these numbers as one-hot vectors (..., M, K)."""
    return functional.one_hot(torch.stack(digits_of(index, variables, levels), -1), levels).float()


def code_book(variables: int, levels: int, device: torch.device | str = "cpu") -> Tensor:
    """All K^M codes as one-hot vectors (C, M, K); the last variable turns fastest."""
    return hard_codes(torch.arange(levels**variables, device=device), variables, levels)


def code_index(scores: Tensor) -> Tensor:
    """Number of the most probable code of each image, from scores or log q (..., M, K)."""
    best = scores.argmax(-1)
    powers = scores.shape[-1] ** torch.arange(best.shape[-1] - 1, -1, -1, device=best.device)
    return (best * powers).sum(-1)


def used_codes(codes: Tensor, size: int) -> int:
    """How many different codes there are among these."""
    return int((codes.bincount(minlength=size) > 0).sum()) if size <= ENUMERABLE else len(codes.unique())


def book_of(codes: Tensor, size: int, most: int) -> tuple[Tensor, Tensor]:
    """(index, usage) of the codes that are shown: all in order if they fit, else the most used ones."""
    if size <= most:
        return torch.arange(size, device=codes.device), torch.bincount(codes, minlength=size)
    used, counts = codes.unique(return_counts=True)
    order = counts.argsort(descending=True, stable=True)[:most]
    index, usage = torch.zeros(most, dtype=torch.int64), torch.zeros(most, dtype=torch.int64)
    index[: len(order)], usage[: len(order)] = used[order].cpu(), counts[order].cpu()
    return index.to(codes.device), usage


def relax(scores: Tensor, tau: float | Tensor) -> Tensor:
    """softmax(scores/τ); exactly one-hot at τ = 0 and uniform at infinity (both without gradient).

    A stack may have a temperature for each of its networks, (A, 1, 1, 1) for scores (..., A, N, M, K).
    """
    if isinstance(tau, Tensor):
        between = (tau > 0) & tau.isfinite()
        limit = torch.where(tau == 0, one_hot(scores), 1 / scores.shape[-1])
        return torch.where(between, (scores / torch.where(between, tau, 1.0)).softmax(-1), limit)
    if tau == 0:
        return one_hot(scores)
    if math.isinf(tau):
        return torch.full_like(scores, 1 / scores.shape[-1])
    return (scores / tau).softmax(-1)


def one_hot(scores: Tensor) -> Tensor:
    """1 at the largest entry of the last axis; no gradient."""
    return functional.one_hot(scores.argmax(-1), scores.shape[-1]).to(scores.dtype)


def bernoulli(logits: Tensor, x: Tensor) -> Tensor:
    """−log p(x | code) in nats, summed over pixels."""
    return (functional.softplus(logits) - x * logits).sum(-1)


def divergence(log_q: Tensor) -> Tensor:
    """KL(q ‖ uniform) = Σ q log q + M log K of (..., M, K): between 0 and M log K."""
    return (log_q.exp() * log_q).sum((-1, -2)) + log_q.shape[-2] * math.log(log_q.shape[-1])


def enumerate_codes(net: CategoricalVAE, x: Tensor, log_q: Tensor) -> tuple[Tensor, Tensor]:
    """(log q(code | x), −log p(x | code)) for every code of the book, each (..., N, C)."""
    codes = net.codes()
    logits = net.decode(codes)  # (..., C, D): the decoder sees each code once, not once per image
    costs = functional.softplus(logits).sum(-1)[..., None, :] - x @ logits.mT
    return log_q.flatten(-2) @ codes.flatten(-2).mT, costs


def exact_bounds(net: CategoricalVAE, x: Tensor) -> dict[str, Tensor]:
    """Enumerated "elbo", "evidence" (log p(x)), "kl" and "gap" (KL of q to the true posterior) of each image, (..., N).

    Evidence − gap = ELBO: the gap sums q log q over codes, the KL over variables, so that this can be checked.
    """
    log_q = net.encode(x)
    log_code, costs = enumerate_codes(net, x, log_q)
    kl = divergence(log_q)
    prior = -net.variables * math.log(net.levels)
    evidence = (prior - costs).logsumexp(-1)
    q = log_code.exp()
    cost = (q * costs).sum(-1)
    return {
        "elbo": -cost - kl,
        "evidence": evidence,
        "kl": kl,
        "gap": (q * log_code).sum(-1) + cost - prior + evidence,  # Σ q log(q / posterior), over codes
    }


def sampled_elbo(net: CategoricalVAE, x: Tensor, gumbel: Tensor, tau: float = 0.0) -> Tensor:
    """ELBO of each image from codes drawn with this noise (S, N, M, K), discrete at τ = 0 and relaxed else: (..., N).

    The relaxed value keeps the discrete KL. It is no bound: its decoder may be told more than a code can hold.
    """
    log_q = net.encode(x)
    total = torch.zeros_like(log_q[..., 0, 0])
    for noise in gumbel:
        total = total - bernoulli(net.decode(relax(log_q + noise, tau)), x)
    return total / len(gumbel) - divergence(log_q)


def sampled_bounds(net: CategoricalVAE, x: Tensor, gumbel: Tensor) -> dict[str, Tensor]:
    """What of `exact_bounds` is known from codes drawn with this noise."""
    return {"elbo": sampled_elbo(net, x, gumbel), "kl": divergence(net.encode(x))}


def conditional_gumbel(scores_winner: Tensor, exponential: Tensor, log_q: Tensor) -> Tensor:
    """Fresh log q + g given the winner's one-hot [Paulus et al. 2021]: (R, ..., K) from exponential noise (R, ..., K)."""
    won = scores_winner.bool()
    top = (exponential * won).sum(-1, keepdim=True)  # Exp(1) over Z = 1: log q is normalised
    arrival = torch.where(won, top, exponential * (-log_q).exp() + top)
    return -arrival.clamp_min(1e-38).log()


def surrogate(name: str, net: CategoricalVAE, x: Tensor, log_q: Tensor, gumbel: Tensor, again: Tensor | None,
    tau: float | Tensor, rloo: int) -> Tensor:  # fmt: skip
    """A value per image whose gradient estimates that of E −log p(x | code); for sampled codes also its estimate.

    For a stack log_q is (A, N, M, K), and all noise has an axis of length 1 or A before N.

    Args:
        name: the estimator. x: (N, D). log_q: (N, M, K).
        gumbel: noise (S', N, M, K), S' ≥ rloo for "leave-one-out"; the others average over the first S draws given.
        again: exponential noise (R, S, N, M, K) for "gumbel-rao".
    """
    if name == "exact":
        log_code, costs = enumerate_codes(net, x, log_q)
        return (log_code.exp() * costs).sum(-1)
    scores = log_q + (gumbel[:rloo] if name == "leave-one-out" else gumbel)
    hard = one_hot(scores)
    if name in ("score-function", "score-baseline", "leave-one-out"):
        cost = bernoulli(net.decode(hard), x)  # (S, N), or (S, A, N)
        baseline = torch.zeros_like(cost)
        if name == "leave-one-out":
            baseline = (cost.sum(0) - cost) / (len(cost) - 1)
        elif name == "score-baseline":  # the mean of the other images
            baseline = (cost.sum(-1, keepdim=True) - cost) / max(cost.shape[-1] - 1, 1)
        log_code = (hard * log_q).sum((-1, -2))
        return (cost + (cost - baseline).detach() * log_code).mean(0)  # the decoder keeps its own gradient
    if name == "straight-through":
        soft = log_q.exp().expand_as(hard)
    elif name == "gumbel-rao":
        assert again is not None
        noise = (conditional_gumbel(hard, again, log_q) - log_q).detach()  # the noise itself carries no gradient
        soft = relax(log_q + noise, tau).mean(0)
    else:
        soft = relax(scores, tau)
    z = soft if name == "gumbel-softmax" else hard + soft - soft.detach()  # straight-through: value of hard, gradient of soft
    return bernoulli(net.decode(z), x).mean(0)
