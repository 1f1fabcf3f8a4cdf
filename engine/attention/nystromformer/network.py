"""The net of the swap bench: digits as 64 pixel tokens, two pre-norm blocks; which attention it has is told with every batch."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.attention.nystromformer.attention import scaled
from engine.attention.nystromformer.params import CLASSES, PIXELS
from engine.core.model import drawn, uniform

WIDTH, HEADS, INNER = 32, 2, 64
HEAD_WIDTH = WIDTH // HEADS
Attention = Callable[[Tensor, Tensor, Tensor], Tensor]  # q, k, v (B, heads, n, head width), scale inside


class Block(nn.Module):
    """Attention and a small network of two layers, each added to the stream (B, n, width)."""

    def __init__(self, random: torch.Generator) -> None:
        super().__init__()
        self.read = uniform(random, WIDTH, 3 * WIDTH, fan_in=WIDTH)
        self.write = uniform(random, WIDTH, WIDTH, fan_in=WIDTH)
        self.up, self.up_bias = uniform(random, WIDTH, INNER, fan_in=WIDTH), uniform(random, INNER, fan_in=WIDTH)
        self.down, self.down_bias = uniform(random, INNER, WIDTH, fan_in=INNER), uniform(random, WIDTH, fan_in=INNER)

    def forward(self, x: Tensor, attention: Attention) -> Tensor:
        """The stream after this block."""
        q, k, v = (functional.layer_norm(x, (WIDTH,)) @ self.read).unflatten(-1, (3, HEADS, HEAD_WIDTH)).permute(2, 0, 3, 1, 4)
        x = x + attention(scaled(q), scaled(k), v).transpose(-3, -2).flatten(-2) @ self.write
        return x + (functional.layer_norm(x, (WIDTH,)) @ self.up + self.up_bias).relu() @ self.down + self.down_bias


class Network(nn.Module):
    """Pixels and positions, two blocks, the mean over all tokens, a read-out."""

    def __init__(self, random: torch.Generator) -> None:
        super().__init__()
        self.position = drawn(random, PIXELS, WIDTH)
        self.ink = drawn(random, WIDTH)
        self.blocks = nn.ModuleList(Block(random) for _ in range(2))
        self.head, self.head_bias = uniform(random, WIDTH, CLASSES, fan_in=WIDTH), uniform(random, CLASSES, fan_in=WIDTH)

    def forward(self, pictures: Tensor, attention: Attention) -> Tensor:
        """Logits (B, 10) of pictures (B, 64) in [0, 1]."""
        x = pictures[..., None] * self.ink + self.position
        for block in self.blocks:
            x = block(x, attention)
        return functional.layer_norm(x, (WIDTH,)).mean(-2) @ self.head + self.head_bias
