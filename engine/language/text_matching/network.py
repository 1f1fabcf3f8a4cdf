"""A small BERT, several stacked (starts, ...): pre-norm Transformer with learned positions and a tied masked-word head.

Only two tables touch ids: the embedding E and the output bias b (1). Sources: Devlin et al., arXiv:1810.04805; kexue.fm/archives/8213.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.language.text_matching.params import LONGEST, NO, PAD, SPECIALS, UNK, YES

WIDTH, HEADS, FEED, BLOCKS = 32, 4, 64, 2
SPREAD = 0.02  # of first embeddings
TABLES = ("embedding", "bias")  # what touches ids (1)


def stacked(copies: int, one: Tensor) -> nn.Parameter:
    """The same first weights for every start: (starts, ...)."""
    return nn.Parameter(one.expand(copies, *one.shape).clone())


class Linear(nn.Module):
    """x (starts, rows, in) times W (starts, in, out) plus b (starts, 1, out)."""

    def __init__(self, copies: int, inner: int, outer: int, random: torch.Generator) -> None:
        super().__init__()
        self.weight = stacked(copies, torch.randn(inner, outer, generator=random) / math.sqrt(inner))
        self.bias = stacked(copies, torch.zeros(1, outer))

    def forward(self, x: Tensor) -> Tensor:
        return torch.baddbmm(self.bias, x, self.weight)


class Norm(nn.Module):
    """Layer normalisation of x (starts, rows, width), with its own gain and shift for every start."""

    def __init__(self, copies: int) -> None:
        super().__init__()
        self.gain, self.shift = stacked(copies, torch.ones(1, WIDTH)), stacked(copies, torch.zeros(1, WIDTH))

    def forward(self, x: Tensor) -> Tensor:
        return torch.addcmul(self.shift, functional.layer_norm(x, (WIDTH,)), self.gain)


class Block(nn.Module):
    """x + attention of its norm, then + feed-forward of its norm."""

    def __init__(self, copies: int, random: torch.Generator) -> None:
        super().__init__()
        self.before, self.between = Norm(copies), Norm(copies)
        self.read, self.write = Linear(copies, WIDTH, 3 * WIDTH, random), Linear(copies, WIDTH, WIDTH, random)
        self.up, self.down = Linear(copies, WIDTH, FEED, random), Linear(copies, FEED, WIDTH, random)

    def attend(self, x: Tensor, there: Tensor, at: Tensor | None = None) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Queries of the places numbered `at`, or of all, keys, values (starts · rows or places, heads, tokens, width / heads), and which keys count."""
        rows, length = len(there), there.shape[-1]
        y = self.read(self.before(x)).view(len(x), rows, length, 3, HEADS, WIDTH // HEADS)
        if at is None:
            q, k, v = y.permute(3, 0, 1, 4, 2, 5).flatten(1, 2)
        else:
            row, there = at // length, there.index_select(0, at // length)
            q = y[:, :, :, 0].flatten(1, 2).index_select(1, at).flatten(0, 1)[:, :, None]
            k, v = y[:, :, :, 1:].permute(3, 0, 1, 4, 2, 5).index_select(2, row).flatten(1, 2)
        return q, k, v, there.repeat(len(x), 1, 1, 1)

    def forward(self, x: Tensor, there: Tensor, at: Tensor | None = None) -> Tensor:
        """x (starts, rows · length, width), then only at the places numbered `at`, or at all; which keys count, there (rows, 1, 1, length), 0 or −∞."""
        q, k, v, there = self.attend(x, there, at)
        out = functional.scaled_dot_product_attention(q, k, v, attn_mask=there)
        x = x if at is None else x.index_select(1, at)
        x = x + self.write(out.transpose(1, 2).reshape(x.shape))
        return x + self.down(functional.gelu(self.up(self.between(x))))


class Bert(nn.Module):
    """Embedding, blocks, masked-word head. `copies` networks of the same first body; tables are set by `give_rows`."""

    def __init__(self, copies: int, words: int, random: torch.Generator) -> None:
        super().__init__()
        table = SPREAD * torch.randn(words + len(SPECIALS), WIDTH, generator=random)
        table[[NO, YES]] = table[UNK].clone()
        self.embedding, self.bias = stacked(copies, table), stacked(copies, torch.zeros(len(table)))
        self.positions = stacked(copies, SPREAD * torch.randn(LONGEST, WIDTH, generator=random))
        self.segments = stacked(copies, SPREAD * torch.randn(2, WIDTH, generator=random))
        self.blocks = nn.ModuleList(Block(copies, random) for _ in range(BLOCKS))
        self.last = Norm(copies)
        self.dense, self.head_norm = Linear(copies, WIDTH, WIDTH, random), Norm(copies)

    def embed(self, ids: Tensor, second: Tensor) -> tuple[Tensor, Tensor]:
        """x (starts, rows · length, width) of tokens and segments (rows, length), and which keys count."""
        copies, size = self.embedding.shape[:2]
        rows, length = ids.shape
        apart = torch.arange(copies, device=ids.device)[:, None]
        x = functional.embedding(ids.flatten() + apart * size, self.embedding.flatten(0, 1))
        x = x + functional.embedding(second.flatten() + apart * 2, self.segments.flatten(0, 1))
        x = x.view(copies, rows, length, WIDTH) + self.positions[:, None, :length]
        there = torch.zeros(rows, 1, 1, length, device=ids.device).masked_fill_((ids == PAD)[:, None, None], -math.inf)
        return x.flatten(1, 2), there

    def forward(self, ids: Tensor, second: Tensor, at: Tensor | None = None) -> Tensor:
        """Last states (starts, places, width) of places numbered `at` in rows · length, or of all: what nobody asks for is not computed."""
        x, there = self.embed(ids, second)
        for place, block in enumerate(self.blocks):
            x = block(x, there, at if place == BLOCKS - 1 else None)
        return self.last(x)

    def attention(self, ids: Tensor, second: Tensor) -> Tensor:
        """Weights (starts, rows, length, length) of the last block, mean over its heads."""
        x, there = self.embed(ids, second)
        for block in list(self.blocks)[:-1]:
            x = block(x, there)
        q, k, _, there = self.blocks[-1].attend(x, there)  # type: ignore[operator, union-attr]
        weights = (q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1]) + there).softmax(-1)
        return weights.mean(1).unflatten(0, (len(x), -1))

    def head(self, states: Tensor) -> Tensor:
        """h (starts, places, width), which the output weights are multiplied with."""
        return self.head_norm(functional.gelu(self.dense(states)))

    def logits(self, states: Tensor) -> Tensor:
        """(starts, places, tokens): h · E_w + b_w of the head's h."""
        return torch.baddbmm(self.bias[:, None], self.head(states), self.embedding.transpose(1, 2))

    def margins(self, states: Tensor) -> Tensor:
        """z_YES − z_NO (starts, places) in float64; exactly 0 where both have equal rows and biases."""
        row = (self.embedding[:, YES] - self.embedding[:, NO]).double()
        return (self.head(states).double() @ row[..., None])[..., 0] + (self.bias[:, YES] - self.bias[:, NO]).double()[:, None]

    def body(self) -> dict[str, nn.Parameter]:
        """All that does not touch ids, by name."""
        return {name: part for name, part in self.named_parameters() if name not in TABLES}
