"""The network that learns to copy: attention-only layers with masks, for all arms of a sweep at once."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from engine.attention.relative import skew
from engine.attention.sparse_attention.params import VOCABULARY
from engine.core.model import drawn, uniform

WIDTH, HEADS, HEAD_WIDTH = 32, 2, 16
ALL = slice(None)
Masks = Sequence[Tensor]
BIAS_SCALE = 10.0  # the bias table times this: it learns so much faster than the rest


class Layer(nn.Module):
    """Masked attention with a learned bias for each distance, added to the stream (arms, B, n, width)."""

    def __init__(self, arms: int, n: int, random: torch.Generator) -> None:
        super().__init__()
        inner = HEADS * HEAD_WIDTH
        self.read = stacked(arms, uniform(random, WIDTH, 3 * inner, fan_in=WIDTH))
        self.write = stacked(arms, uniform(random, inner, WIDTH, fan_in=inner))
        self.bias = stacked(arms, drawn(random, HEADS, 2 * n - 1, scale=0.02))

    def forward(self, x: Tensor, mask: Tensor, arms: slice) -> tuple[Tensor, Tensor]:
        """The stream after this layer, and the attention weights (arms, B, heads, n, n)."""
        read = x @ self.read[arms, None]
        q, k, v = read.unflatten(-1, (3, HEADS, HEAD_WIDTH)).permute(3, 0, 1, 4, 2, 5)
        near = skew((BIAS_SCALE * self.bias[arms]).unsqueeze(-2).expand(-1, -1, len(mask), -1))
        scores = q @ k.mT / math.sqrt(HEAD_WIDTH) + near[:, None]
        weights = scores.masked_fill(~mask, -torch.inf).softmax(-1)
        out = (weights @ v).transpose(-3, -2).flatten(-2)
        return x + out @ self.write[arms, None], weights


class Network(nn.Module):
    """Embedding, up to three masked layers, read-out; no positions but the biases. All weights are (arms, ...), equal at the start.

    The masks of the layers, (n, n) bool each, are given with every batch: a stride may change while it learns.
    """

    def __init__(self, arms: int, n: int, layers: int, random: torch.Generator) -> None:
        super().__init__()
        self.embedding = stacked(arms, drawn(random, VOCABULARY, WIDTH))
        self.layers = nn.ModuleList(Layer(arms, n, random) for _ in range(layers))
        self.head = stacked(arms, uniform(random, WIDTH, VOCABULARY, fan_in=WIDTH))
        self.head_bias = stacked(arms, uniform(random, VOCABULARY, fan_in=WIDTH))

    def forward(self, tokens: Tensor, masks: Masks) -> Tensor:
        """Logits (arms, B, n, vocabulary) of tokens (B, n)."""
        return self.trace(self.embedding[:, tokens], masks)[0]

    def trace(self, x: Tensor, masks: Masks, arms: slice = ALL) -> tuple[Tensor, list[Tensor]]:
        """Logits of embedded tokens (arms, B, n, width), and the attention weights of every layer, for all arms or some."""
        maps = []
        for layer, mask in zip(self.layers, masks, strict=True):
            x, weights = layer(x, mask, arms)
            maps.append(weights)
        return x @ self.head[arms, None] + self.head_bias[arms, None, None], maps


def stacked(arms: int, one: nn.Parameter) -> nn.Parameter:
    """The same first weights for every arm: (arms, ...)."""
    return nn.Parameter(one.detach().expand(arms, *one.shape).clone())
