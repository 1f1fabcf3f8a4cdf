"""One small pre-LN transformer; the position encoding is a plug in it."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.attention.position_encodings.encodings import INPUTS, PLUGS, Input, Knobs, Plug, Shape
from engine.core.model import drawn, uniform


class Block(nn.Module):
    """Attention, then a two-layer perceptron, each on a normalised copy and added to the stream (B, L, d)."""

    def __init__(self, shape: Shape, plug: Plug, shared: torch.Generator) -> None:
        super().__init__()
        width = shape.width
        self.heads, self.causal, self.plug = shape.heads, shape.causal, plug
        self.read = nn.Parameter(torch.cat([uniform(shared, width, width, fan_in=width) for _ in range(3)]))  # W_Q, W_K, W_V
        self.write = uniform(shared, width, width, fan_in=width)
        self.up = uniform(shared, 2 * width, width, fan_in=width)
        self.up_bias = uniform(shared, 2 * width, fan_in=width)
        self.down = uniform(shared, width, 2 * width, fan_in=2 * width)
        self.down_bias = uniform(shared, width, fan_in=2 * width)
        self.attention_norm, self.mlp_norm = nn.LayerNorm(width), nn.LayerNorm(width)

    def forward(self, x: Tensor, positions: Tensor, mask: Tensor | None, last: int) -> tuple[Tensor, Tensor]:
        """The stream after this block at the `last` T positions (B, T, d) and the attention weights (B, H, T, L)."""
        read = functional.linear(self.attention_norm(x), self.read)
        q, k, v = read.unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        if last < x.shape[1]:  # a slice costs a copy on the way back even where it leaves nothing out
            x, q = x[:, -last:], q[:, :, -last:]
        score = self.plug.logits(q, k, positions)
        if mask is not None:
            score = self.plug.masked(score, mask[-last:])
        weights = score.softmax(-1)
        out, extra = weights @ v, self.plug.values(weights, positions)
        out = out if extra is None else out + extra
        x = x + functional.linear(out.transpose(1, 2).flatten(-2), self.write)
        hidden = functional.gelu(functional.linear(self.mlp_norm(x), self.up, self.up_bias))
        return x + functional.linear(hidden, self.down, self.down_bias), weights


class Network(nn.Module):
    """A transformer that reads positions through the encoding `name`.

    Args:
        name: a key of INPUTS or PLUGS, or "none".
        shared: generator of the weights that every contestant has, given equal for all of them.
        own: generator of the encoding's own tables.
    """

    def __init__(self, name: str, shape: Shape, knobs: Knobs, shared: torch.Generator, own: torch.Generator) -> None:
        super().__init__()
        self.shape, self.knobs = shape, knobs
        self.embedding = drawn(shared, shape.vocabulary, shape.width)
        self.input = INPUTS.get(name, Input)(shape, knobs, own)
        plug = PLUGS.get(name, Plug)
        self.blocks = nn.ModuleList(Block(shape, plug(shape, knobs, own), shared) for _ in range(shape.layers))
        self.norm = nn.LayerNorm(shape.width)
        self.head = uniform(shared, shape.vocabulary, shape.width, fan_in=shape.width)
        self.head_bias = uniform(shared, shape.vocabulary, fan_in=shape.width)

    def forward(self, tokens: Tensor, start: int = 0, last: int = 0) -> Tensor:
        """Logits (B, L, vocabulary) of tokens (B, L) that stand at positions start, start + 1, ...

        With `last` only those of the last so many positions, which is all that a test looks at.
        """
        return self.trace(tokens, start, last)[0]

    def trace(self, tokens: Tensor, start: int = 0, last: int = 0) -> tuple[Tensor, list[Tensor]]:
        """Logits, and the attention weights (B, H, L, L) of every block ((B, H, last, L) of the last one)."""
        length, maps = tokens.shape[1], []
        positions = torch.arange(start, start + length, device=tokens.device)
        x = self.input(functional.embedding(tokens, self.embedding), tokens, positions)
        mask = None
        if self.shape.causal:
            mask = torch.full((length, length), -torch.inf, device=x.device).triu(1)  # 0 where a key may be read
        for index, block in enumerate(self.blocks, start=1):
            x, weights = block(x, positions, mask, (last or length) if index == len(self.blocks) else length)
            maps.append(weights)
        return functional.linear(self.norm(x), self.head, self.head_bias), maps

    def first_plug(self) -> Plug:
        """The encoding's plug in the first block."""
        plug = self.blocks[0].plug
        assert isinstance(plug, Plug)
        return plug
