"""A small Transformer that reads a document and writes a summary; its output layer is its embedding (Raffel et al. 2020)."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.generation.decoders import fill

WIDTH, HEADS, INNER, READING, WRITING = 64, 4, 128, 2, 1  # d, heads, inner width, layers of encoder and decoder
PAD, BEGIN, END = 0, 1, 2


class Attention(nn.Module):
    """Multi-head attention without biases."""

    def __init__(self) -> None:
        super().__init__()
        self.q, self.kv = nn.Linear(WIDTH, WIDTH, bias=False), nn.Linear(WIDTH, 2 * WIDTH, bias=False)
        self.out = nn.Linear(WIDTH, WIDTH, bias=False)

    def forward(self, x: Tensor, memory: Tensor, mask: Tensor | None = None, causal: bool = False) -> Tensor:
        """From states (n, T, d) and what they look at (n, S, d); mask (n, 1, 1, S) is True where there is something to see."""
        n, length, _ = x.shape
        q = self.q(x).view(n, length, HEADS, -1).transpose(1, 2)
        k, v = self.kv(memory).view(n, memory.shape[1], 2 * HEADS, -1).transpose(1, 2).chunk(2, 1)
        seen = functional.scaled_dot_product_attention(q, k, v, attn_mask=mask, is_causal=causal)
        out: Tensor = self.out(seen.transpose(1, 2).reshape(n, length, WIDTH))
        return out


class Layer(nn.Module):
    """One pre-norm layer: self-attention, in a decoder attention to the source, and a two-layer perceptron."""

    def __init__(self, decoder: bool) -> None:
        super().__init__()
        self.own, self.own_norm = Attention(), nn.LayerNorm(WIDTH)
        self.source = Attention() if decoder else None
        self.source_norm = nn.LayerNorm(WIDTH) if decoder else None
        self.inner, self.norm = nn.Sequential(nn.Linear(WIDTH, INNER), nn.ReLU(), nn.Linear(INNER, WIDTH)), nn.LayerNorm(WIDTH)

    def forward(self, x: Tensor, mask: Tensor | None, memory: Tensor | None = None) -> Tensor:
        """States (n, T, d) of the next layer. An encoder's mask hides padding of x, a decoder's that of the memory."""
        h = self.own_norm(x)
        if self.source is None or self.source_norm is None or memory is None:
            x = x + self.own(h, h, mask)
        else:
            x = x + self.own(h, h, causal=True)
            x = x + self.source(self.source_norm(x), memory, mask)
        out: Tensor = x + self.inner(self.norm(x))
        return out


class Seq2Seq(nn.Module):
    """Source tokens to target tokens; logits are h Eᵀ / √d with the embedding E itself.

    Args:
        symbols: size of the vocabulary, with PAD, BEGIN and END.
        longest: most tokens of a source or a target.
        generator: fills all weights.
    """

    def __init__(self, symbols: int, longest: int, generator: torch.Generator) -> None:
        super().__init__()
        self.embedding = nn.Embedding(symbols, WIDTH)
        self.source_place, self.target_place = nn.Embedding(longest, WIDTH), nn.Embedding(longest, WIDTH)
        self.encoder = nn.ModuleList(Layer(decoder=False) for _ in range(READING))
        self.decoder = nn.ModuleList(Layer(decoder=True) for _ in range(WRITING))
        self.read_norm, self.norm = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        fill(self, generator)

    def read(self, source: Tensor) -> tuple[Tensor, Tensor]:
        """States (n, S, d) of the source (n, S), and the mask (n, 1, 1, S) of what is no padding."""
        mask = (source != PAD)[:, None, None, :]
        h = self.embedding(source) + self.source_place.weight[: source.shape[1]]
        for layer in self.encoder:
            h = layer(h, mask)
        return self.read_norm(h), mask

    def states(self, past: Tensor, memory: Tensor, mask: Tensor) -> Tensor:
        """States (n, T, d) after the tokens written so far (n, T), the first being BEGIN."""
        h = self.embedding(past) + self.target_place.weight[: past.shape[1]]
        for layer in self.decoder:
            h = layer(h, mask, memory)
        out: Tensor = self.norm(h)
        return out

    def logits(self, states: Tensor) -> Tensor:
        """h Eᵀ / √d."""
        return states @ self.embedding.weight.t() / math.sqrt(WIDTH)

    def forward(self, source: Tensor, target: Tensor) -> Tensor:
        """Logits (n, T, symbols) of every token of a target (n, T), given those before it."""
        past = functional.pad(target[:, :-1], (1, 0), value=BEGIN)
        return self.logits(self.states(past, *self.read(source)))

    def loss(self, source: Tensor, target: Tensor) -> Tensor:
        """Mean −ln q of the target's tokens, in nats; padding counts nothing."""
        return functional.cross_entropy(self(source, target).flatten(0, 1), target.flatten(), ignore_index=PAD)

    @torch.no_grad()
    def write(self, source: Tensor, most: int) -> Tensor:
        """The likeliest token at every place, until END or `most` tokens: (n, most), PAD behind END."""
        memory, mask = self.read(source)
        past = source.new_full((len(source), 1), BEGIN)
        for _ in range(most):
            token = self.logits(self.states(past, memory, mask)[:, -1]).argmax(-1)
            over = (past[:, -1] == END) | (past[:, -1] == PAD)
            past = torch.cat([past, token.masked_fill(over, PAD)[:, None]], 1)
        return past[:, 1:].masked_fill(past[:, 1:] == END, PAD)


def padded(rows: Sequence[Sequence[int]], end: bool) -> Tensor:
    """Rows of tokens as one tensor (n, longest), END behind each where wanted, then PAD."""
    full = [[*row, END] if end else list(row) for row in rows]
    longest = max(map(len, full))
    return torch.tensor([row + [PAD] * (longest - len(row)) for row in full])
