"""The encoder: norms, rotary attention and feed-forward parts, behind, before or without a norm; several nets stacked as arms.

All weights are (arms, ...), equal at the start. Sources: kexue.fm/archives/8998; arXiv:1910.07467 (RMS); arXiv:2003.04887 (ReZero).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.attention.roformer_v2.params import HEADS
from engine.attention.rotary import turned
from engine.core.model import drawn

EPSILON = 1e-6
LOUD_ATTENTION, LOUD_FEED = 1.8, 1.53  # the matrices that end a branch are larger: at 1 plain post-norm starts without help


@dataclass(frozen=True)
class Style:
    """What an encoder is made of."""

    norm: str = "rms"  # ln, ln-plain, rms-gain, rms
    bias: bool = False
    residual: str = "post"  # post, pre, rezero
    depth: int = 8
    width: int = 32


def norm(x: Tensor, kind: str, gain: Tensor | None = None, shift: Tensor | None = None) -> Tensor:
    """(2): x (..., D) over its root mean square; "ln" and "ln-plain" subtract the mean before. In composed operations."""
    if kind.startswith("ln"):
        x = x - x.mean(-1, keepdim=True)
    x = x * torch.rsqrt(x.square().mean(-1, keepdim=True) + EPSILON)
    if gain is not None:
        x = x * gain
    return x if shift is None else x + shift


def rotations(length: int, head: int) -> tuple[Tensor, Tensor]:
    """Cosine and sine (length, head // 2) of the angles t θ_i, θ_i = 10000^(-2i/head), float64."""
    theta = 10000.0 ** (-2 * torch.arange(head // 2, dtype=torch.float64) / head)
    angle = torch.arange(length, dtype=torch.float64)[:, None] * theta
    return angle.cos(), angle.sin()


def rope(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """(1): row t of x (..., length, head) turned by R_t; the last component of an odd head has no partner and stays."""
    even = 2 * cos.shape[-1]
    return torch.cat([turned(x[..., :even], cos, sin), x[..., even:]], -1) if even < x.shape[-1] else turned(x, cos, sin)


def stacked(arms: int, one: Tensor) -> nn.Parameter:
    """The same first weights for every arm: (arms, ...)."""
    return nn.Parameter(one.detach().expand(arms, *one.shape).clone())


class Linear(nn.Module):
    """x (arms, rows, in) times W (arms, in, out), N(0, scale²/in) at the start, plus a bias where there is one."""

    def __init__(self, arms: int, inner: int, outer: int, random: torch.Generator, bias: bool, scale: float = 1.0) -> None:
        super().__init__()
        self.weight = stacked(arms, drawn(random, inner, outer, scale=scale / math.sqrt(inner)))
        self.bias = stacked(arms, torch.zeros(1, outer)) if bias else None

    def forward(self, x: Tensor) -> Tensor:
        return x @ self.weight if self.bias is None else torch.baddbmm(self.bias, x, self.weight)


class Norm(nn.Module):
    """One norm with the gains and shifts that its kind has."""

    def __init__(self, arms: int, kind: str, width: int) -> None:
        super().__init__()
        self.kind = kind
        self.gain = stacked(arms, torch.ones(1, width)) if kind in ("ln", "rms-gain") else None
        self.shift = stacked(arms, torch.zeros(1, width)) if kind == "ln" else None

    def forward(self, x: Tensor) -> Tensor:
        return norm(x, self.kind, self.gain, self.shift)


class Attention(nn.Module):
    """Self-attention with rotary positions."""

    def __init__(self, arms: int, style: Style, random: torch.Generator) -> None:
        super().__init__()
        self.read = Linear(arms, style.width, 3 * style.width, random, style.bias)
        self.write = Linear(arms, style.width, style.width, random, style.bias, LOUD_ATTENTION)

    def forward(self, x: Tensor, length: int, turn: tuple[Tensor, Tensor]) -> Tensor:
        head = x.shape[-1] // HEADS
        read = self.read(x).view(-1, length, 3, HEADS, head).permute(2, 0, 3, 1, 4).flatten(1, 2)
        q, k = rope(read[:2], *turn)  # (arms · B · heads, length, head)
        # Written out: torch's own attention also looks for rows without any key, which takes as long as its products.
        share = torch.softmax((q / math.sqrt(head)) @ k.mT, -1)
        out = (share @ read[2]).view(-1, HEADS, length, head).transpose(1, 2)
        return self.write(out.reshape(x.shape))


class Feed(nn.Module):
    """Two linear layers with a GELU between, four times as wide."""

    def __init__(self, arms: int, style: Style, random: torch.Generator) -> None:
        super().__init__()
        self.up = Linear(arms, style.width, 4 * style.width, random, style.bias)
        self.down = Linear(arms, 4 * style.width, style.width, random, style.bias, LOUD_FEED)

    def forward(self, x: Tensor, length: int, turn: tuple[Tensor, Tensor]) -> Tensor:
        return self.down(functional.gelu(self.up(x)))


class Encoder(nn.Module):
    """Depth times (attention, feed-forward), each added to the stream with the weight α of its arm.

    post: x <- Norm(x + α F(x)). pre: x <- x + α F(Norm(x)). rezero: x <- x + α_l F(x), α_l learned, one a layer. One more norm
    stands before the first layer, with pre behind the last.
    """

    def __init__(self, arms: int, style: Style, random: torch.Generator) -> None:
        super().__init__()
        self.style = style
        pairs = [(Attention(arms, style, random), Feed(arms, style, random)) for _ in range(style.depth)]
        self.branches = nn.ModuleList(branch for pair in pairs for branch in pair)
        inside = 0 if style.residual == "rezero" else len(self.branches)
        self.norms = nn.ModuleList(Norm(arms, style.norm, style.width) for _ in range(inside))
        self.outer = Norm(arms, style.norm, style.width)

    def forward(self, x: Tensor, alpha: Tensor) -> tuple[Tensor, list[Tensor]]:
        """x (arms, B, length, D) through all layers, alpha (arms, depth); and the sums x + αF before their norm, (arms, B·length, D)."""
        shape, length = x.shape, x.shape[-2]
        turn = tuple(part.to(x) for part in rotations(length, x.shape[-1] // HEADS))
        x, sums, post, pre = x.flatten(1, 2), [], self.style.residual == "post", self.style.residual == "pre"
        x = x if pre else self.outer(x)
        for place, branch in enumerate(self.branches):
            weight = alpha[:, place // 2, None, None]
            x = torch.addcmul(x, weight, branch(self.norms[place](x) if pre else x, length, turn))
            sums.append(x.detach())
            x = self.norms[place](x) if post else x
        return (self.outer(x) if pre else x).view(shape), sums

    def matrices(self) -> Iterator[list[Tensor]]:
        """The weight matrices of each layer, lowest first."""
        each = [[part.weight for part in branch.children()] for branch in self.branches]
        yield from (each[place] + each[place + 1] for place in range(0, len(each), 2))  # type: ignore[misc]


class MaskedModel(nn.Module):
    """Embedding, encoder, read-out: what a masked symbol was. One net for every arm, and a last one with α = 1 throughout."""

    def __init__(self, arms: int, style: Style, symbols: int, random: torch.Generator) -> None:
        super().__init__()
        self.embedding = stacked(arms + 1, drawn(random, symbols + 1, style.width))
        self.encoder = Encoder(arms + 1, style, random)
        self.head = Linear(arms + 1, style.width, symbols, random, style.bias)
        self.gates = nn.Parameter(torch.zeros(arms, style.depth)) if style.residual == "rezero" else None

    def forward(self, tokens: Tensor, ramps: Sequence[float]) -> tuple[Tensor, list[Tensor]]:
        """Logits (arms + 1, B, length, symbols) of tokens (B, length), and the encoder's sums; `ramps` is α of each arm but the last."""
        own: Tensor | None = self.gates
        if own is None:
            own = torch.tensor(ramps, dtype=torch.float32).to(tokens.device)[:, None].expand(-1, self.encoder.style.depth)
        x, sums = self.encoder(self.embedding[:, tokens], torch.cat([own, torch.ones_like(own[:1])]))
        return self.head(x.flatten(1, 2)).unflatten(1, tokens.shape), sums

    def count(self) -> int:
        """Numbers that are trained in one net."""
        return sum(part[0].numel() for part in self.parameters())


class Reader(nn.Module):
    """Digits as rows: projection, encoder, mean over the rows; and a head on it. (arms, ...)"""

    def __init__(self, arms: int, style: Style, inputs: int, random: torch.Generator) -> None:
        super().__init__()
        self.project = Linear(arms, inputs, style.width, random, style.bias)
        self.encoder = Encoder(arms, style, random)

    def forward(self, rows: Tensor) -> Tensor:
        """Features (arms, B, D) of rows (arms, B, rows, pixels)."""
        alpha = rows.new_ones(len(rows), self.encoder.style.depth)
        return self.encoder(self.project(rows.flatten(1, 2)).unflatten(1, rows.shape[1:3]), alpha)[0].mean(-2)
