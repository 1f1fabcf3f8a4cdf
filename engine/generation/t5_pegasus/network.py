"""A small Transformer that reads a document and writes a summary; its output layer is its embedding (Raffel et al. 2020)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.generation.decoders import fill

WIDTH, HEADS, INNER, READING, WRITING = 64, 4, 128, 2, 1  # d, heads, inner width, layers of encoder and decoder
PAD, BEGIN, END = 0, 1, 2


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
        shape: dict[str, Any] = {"dim_feedforward": INNER, "dropout": 0.0, "batch_first": True, "norm_first": True}
        read, write = nn.TransformerEncoderLayer(WIDTH, HEADS, **shape), nn.TransformerDecoderLayer(WIDTH, HEADS, **shape)
        self.encoder = nn.TransformerEncoder(read, READING, nn.LayerNorm(WIDTH), enable_nested_tensor=False)
        self.decoder = nn.TransformerDecoder(write, WRITING, nn.LayerNorm(WIDTH))
        fill(self, generator)

    def read(self, source: Tensor) -> tuple[Tensor, Tensor]:
        """States (n, S, d) of the source (n, S), and True (n, S) where it is padding."""
        padding = source == PAD
        h = self.embedding(source) + self.source_place.weight[: source.shape[1]]
        return self.encoder(h, src_key_padding_mask=padding), padding

    def states(self, past: Tensor, memory: Tensor, padding: Tensor) -> Tensor:
        """States (n, T, d) after the tokens written so far (n, T), the first being BEGIN; or after embedded ones (n, T, d)."""
        length = past.shape[1]
        h = (past if past.is_floating_point() else self.embedding(past)) + self.target_place.weight[:length]
        causal = nn.Transformer.generate_square_subsequent_mask(length, h.device)
        out: Tensor = self.decoder(h, memory, tgt_mask=causal, tgt_is_causal=True, memory_key_padding_mask=padding)
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
        memory, padding = self.read(source)
        past = source.new_full((len(source), 1), BEGIN)
        for _ in range(most):
            token = self.logits(self.states(past, memory, padding)[:, -1]).argmax(-1)
            over = (past[:, -1] == END) | (past[:, -1] == PAD)
            past = torch.cat([past, token.masked_fill(over, PAD)[:, None]], 1)
        return past[:, 1:].masked_fill(past[:, 1:] == END, PAD)


def padded(rows: Sequence[Sequence[int]], end: bool) -> Tensor:
    """Rows of tokens as one tensor (n, longest), END behind each where wanted, then PAD."""
    full = [[*row, END] if end else list(row) for row in rows]
    longest = max(map(len, full))
    return torch.tensor([row + [PAD] * (longest - len(row)) for row in full])
