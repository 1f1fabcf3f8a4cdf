"""The sentence classifiers, one class for all layers. A network without a mask is one whose mask says that every position is real.

Masks are (n, T), true where a position is real. Sources: kexue.fm/archives/6810; Vaswani et al., arXiv:1706.03762; Schuster & Paliwal 1997.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn

from engine.training.masking.params import CLASSES, DEPTH, SPAN, VOCABULARY, WIDTH

HALF = WIDTH // 2  # the state of one direction
CONSTANT = 1e10
Hide = Callable[[Tensor, Tensor], Tensor]


def hide(scores: Tensor, mask: Tensor, constant: float = CONSTANT, precision: torch.dtype = torch.float32) -> Tensor:
    """(4): scores less a constant where the mask is 0, in `precision`; real scores are not touched by any arithmetic."""
    low = scores if precision == torch.float32 else scores.to(precision)
    return torch.where(mask, low, low - torch.tensor(constant, dtype=torch.float64).to(low.dtype)).to(scores.dtype)


def mean_pool(z: Tensor, mask: Tensor) -> Tensor:
    """(1): the mean (n, d) of z (n, T, d) over real positions."""
    real = mask[..., None].to(z.dtype)
    return (z * real).sum(-2) / real.sum(-2).clamp_min(1)


def max_pool(z: Tensor, mask: Tensor, hide: Hide = hide) -> Tensor:
    """(3): the maximum (n, d) of z (n, T, d) over real positions."""
    return hide(z, mask[..., None]).amax(-2)


def attention(queries: Tensor, keys: Tensor, mask: Tensor, hide: Hide = hide) -> Tensor:
    """Weights (n, q, T) of keys (n, T, d) for queries (n, q, d), the scale inside: padding is masked as keys."""
    return hide(queries @ keys.mT, mask[..., None, :]).softmax(-1)


def reversal(mask: Tensor) -> Tensor:
    """(7): the index (n, T) that reverses the real part of sentences that are padded at the right; its own inverse."""
    t, length = torch.arange(mask.shape[-1], device=mask.device), mask.sum(-1, keepdim=True)
    return torch.where(t < length, length - 1 - t, t)


def take(x: Tensor, index: Tensor) -> Tensor:
    """x (n, T, d) in the order of index (n, T)."""
    return x.gather(-2, index[..., None].expand(-1, -1, x.shape[-1]))


def uniform(random: torch.Generator, *size: int, fan_in: int) -> nn.Parameter:
    """A parameter from the distribution torch gives a linear layer: uniform within 1 / sqrt(fan_in)."""
    return nn.Parameter((2 * torch.rand(*size, generator=random) - 1) / math.sqrt(fan_in))


def recurrent(random: torch.Generator) -> nn.GRU:
    """One direction of a GRU, its weights drawn from the generator."""
    with torch.device("meta"):  # else it would draw from the global generator
        one = nn.GRU(WIDTH, HALF, batch_first=True)
    one.to_empty(device="cpu")
    for weight in one.parameters():
        weight.data = uniform(random, *weight.shape, fan_in=HALF).data
    return one


class Network(nn.Module):
    """Embedding, one kind of layer, pooling, read-out. Linear weights are (inputs, outputs)."""

    def __init__(self, layer: str, zero_row: bool, random: torch.Generator) -> None:
        super().__init__()
        self.layer = layer
        self.embedding = nn.Parameter(torch.randn(VOCABULARY + 1, WIDTH, generator=random))
        if zero_row:
            self.embedding.data[0] = 0
        if layer == "conv":
            self.filters = nn.ParameterList(uniform(random, WIDTH, WIDTH, SPAN, fan_in=SPAN * WIDTH) for _ in range(DEPTH))
            self.biases = nn.ParameterList(uniform(random, WIDTH, fan_in=SPAN * WIDTH) for _ in range(DEPTH))
        elif layer == "bigru":
            self.onward, self.backward_ = recurrent(random), recurrent(random)
        else:
            self.w, self.b = uniform(random, WIDTH, WIDTH, fan_in=WIDTH), uniform(random, WIDTH, fan_in=WIDTH)
        if layer == "self_attention":
            self.read = uniform(random, WIDTH, 3 * WIDTH, fan_in=WIDTH)
        if layer == "attention":
            self.query = uniform(random, WIDTH, fan_in=WIDTH)
        self.out_w, self.out_b = uniform(random, WIDTH, CLASSES, fan_in=WIDTH), uniform(random, CLASSES, fan_in=WIDTH)

    def layers(self, ids: Tensor, mask: Tensor, hide: Hide = hide) -> list[Tensor]:
        """What each layer gives, (n, T, ·) each; the last are the features that are pooled."""
        if self.layer == "conv":
            return self.convolved(self.embedding[ids], mask)
        if self.layer == "bigru":
            return self.both_ways(self.embedding[ids], mask)
        if self.layer == "self_attention":  # of every id once: without places, equal tokens of a sentence see the same
            values = (self.embedding @ self.read)[:, 2 * WIDTH :][ids]
            return [take(torch.tanh((self.embedding + self.looks(ids, mask, hide) @ values) @ self.w + self.b), ids)]
        return [torch.tanh(self.embedding @ self.w + self.b)[ids]]  # of every id once: here a position sees nothing but itself

    def looks(self, ids: Tensor, mask: Tensor, hide: Hide) -> Tensor:
        """Self-attention's weights (n, 21, T): what a query of each id looks at among the positions of sentences (n, T)."""
        queries, keys, _ = (self.embedding @ self.read).chunk(3, -1)
        return attention(queries / math.sqrt(WIDTH), keys[ids], mask, hide)

    def convolved(self, x: Tensor, mask: Tensor) -> list[Tensor]:
        """'Same' convolutions; after every layer x ⊙ m keeps padding at the zero that the next one would have seen."""
        real, found = mask[:, None].to(x.dtype), []
        x = x.mT * real
        for weight, bias in zip(self.filters, self.biases, strict=True):
            x = torch.tanh(nn.functional.conv1d(x, weight, bias, padding="same")) * real
            found.append(x.mT)
        return found

    def both_ways(self, x: Tensor, mask: Tensor) -> list[Tensor]:
        """(7): a forward pass, and one over the reversed real part, turned back; and both side by side."""
        moved = not bool(mask[:, 0].all())  # padded at the left: real tokens first, and back afterwards
        if moved:
            first = (~mask).to(torch.uint8).argsort(dim=-1, stable=True)
            x, mask = take(x, first), mask.gather(-1, first)
        turn = reversal(mask)
        states = [self.onward(x)[0], take(self.backward_(take(x, turn))[0], turn)]
        if moved:
            states = [take(one, first.argsort(-1)) for one in states]
        return [*states, torch.cat(states, -1)]

    def pooled(self, ids: Tensor, mask: Tensor, hide: Hide = hide) -> Tensor:
        """One vector (n, 16) for each sentence. As with packed sequences, columns that nobody is real in are left out where positions follow each other."""
        if self.layer in ("conv", "bigru"):
            used = mask.any(0)
            ids, mask = ids[:, used], mask[:, used]
        z = self.layers(ids, mask, hide)[-1]
        if self.layer == "max":
            return max_pool(z, mask, hide)
        if self.layer == "attention":
            return (self.asked(z, mask, hide) @ z).squeeze(-2)
        if self.layer == "bigru":  # the forward state at the last real position, the backward one at the first
            rows, first = torch.arange(len(ids), device=ids.device), mask.to(torch.uint8).argmax(-1)
            return torch.cat([z[rows, first + mask.sum(-1) - 1, :HALF], z[rows, first, HALF:]], -1)
        return mean_pool(z, mask)

    def weights(self, ids: Tensor, mask: Tensor, hide: Hide = hide) -> Tensor:
        """Attention (n, T) that positions take: of the pooling, or the mean over all real queries of self-attention."""
        if self.layer == "attention":
            return self.asked(self.layers(ids, mask, hide)[-1], mask, hide).squeeze(-2)
        return mean_pool(take(self.looks(ids, mask, hide), ids), ids > 0)

    def asked(self, z: Tensor, mask: Tensor, hide: Hide) -> Tensor:
        """Attention pooling's weights (n, 1, T): one learned query looks at features z (n, T, 16)."""
        return attention(self.query.expand(len(z), 1, -1), z, mask, hide)

    def forward(self, ids: Tensor, mask: Tensor, hide: Hide = hide) -> Tensor:
        """Logits (n, 3) of padded sentences (n, T)."""
        return self.pooled(ids, mask, hide) @ self.out_w + self.out_b
