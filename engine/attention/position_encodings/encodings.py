"""Fourteen position encodings as plugs: one hook on the input, four inside attention. Each class is one idea of the page."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.attention.position_encodings import theory
from engine.attention.relative import skew, unskew
from engine.attention.rotary import turned
from engine.core.model import drawn, uniform


@dataclass
class Knobs:
    """Settings that may change while the net trains; every plug of a net reads the same object."""

    base: float = 1e4
    xpos_scale: float = 32.0


@dataclass(frozen=True)
class Shape:
    """Sizes that are fixed when a net is built."""

    width: int = 32
    heads: int = 4
    layers: int = 1
    vocabulary: int = 8
    causal: bool = True
    rows: int = 256  # of learned tables: the longest test
    clip: int = 16
    buckets: int = 32
    reach: int = 128

    @property
    def head_width(self) -> int:
        return self.width // self.heads


def ahead(positions: Tensor) -> Tensor:
    """key - query for the columns of `skew`, (2L - 1,); the positions must be consecutive."""
    return torch.cat([positions[0] - positions[1:].flip(0), positions - positions[0]])


class Input(nn.Module):
    """An encoding that changes the input; this one does not."""

    def __init__(self, shape: Shape, knobs: Knobs, generator: torch.Generator) -> None:
        super().__init__()
        self.shape, self.knobs = shape, knobs

    def forward(self, x: Tensor, tokens: Tensor, positions: Tensor) -> Tensor:
        """Token vectors (B, L, d) with position put in."""
        return x


class Learned(Input):
    """x + p, one trained row per position (Gehring et al. 2017)."""

    def __init__(self, shape: Shape, knobs: Knobs, generator: torch.Generator) -> None:
        super().__init__(shape, knobs, generator)
        self.table = drawn(generator, shape.rows, shape.width, scale=0.5)

    def forward(self, x: Tensor, tokens: Tensor, positions: Tensor) -> Tensor:
        return x + functional.embedding(positions, self.table)


class Multiplicative(Input):
    """x * p, one trained row around 1 per position."""

    def __init__(self, shape: Shape, knobs: Knobs, generator: torch.Generator) -> None:
        super().__init__(shape, knobs, generator)
        self.table = drawn(generator, shape.rows, shape.width, scale=0.5, mean=1.0)

    def forward(self, x: Tensor, tokens: Tensor, positions: Tensor) -> Tensor:
        return x * functional.embedding(positions, self.table)


def waves(positions: Tensor, width: int, base: float, like: Tensor) -> Tensor:
    """Sinusoid (L, width) in the precision and place of `like` (Vaswani et al. 2017)."""
    omega = torch.as_tensor(theory.frequencies(width, base), dtype=like.dtype, device=like.device)
    angle = positions[:, None].to(like.dtype) * omega
    return torch.stack([angle.sin(), angle.cos()], -1).flatten(-2)


class Sinusoidal(Input):
    """x + p with fixed sines and cosines (eq. 3)."""

    def forward(self, x: Tensor, tokens: Tensor, positions: Tensor) -> Tensor:
        return x + waves(positions, self.shape.width, self.knobs.base, x)


class Recursive(Input):
    """FLOATER-lite: p(i + 1) = p(i) + 0.1 MLP(p(i)) (Liu et al. 2020). It counts tokens and reads no position numbers."""

    def __init__(self, shape: Shape, knobs: Knobs, generator: torch.Generator) -> None:
        super().__init__(shape, knobs, generator)
        width = shape.width
        self.start = drawn(generator, width)
        self.first = uniform(generator, width, width, fan_in=width)
        self.first_bias = uniform(generator, width, fan_in=width)
        self.second = uniform(generator, width, width, fan_in=width)
        self.second_bias = uniform(generator, width, fan_in=width)

    def forward(self, x: Tensor, tokens: Tensor, positions: Tensor) -> Tensor:
        place: Tensor = self.start
        walk: list[Tensor] = []
        for _ in range(x.shape[1]):
            walk.append(place)
            hidden = torch.tanh(functional.linear(place, self.first, self.first_bias))
            place = place + 0.1 * functional.linear(hidden, self.second, self.second_bias)
        return x + torch.stack(walk)


class Convolution(Input):
    """x + a depthwise convolution of width 3, padded with zeros (left only under a causal mask): the border leaks position."""

    def __init__(self, shape: Shape, knobs: Knobs, generator: torch.Generator) -> None:
        super().__init__(shape, knobs, generator)
        self.kernel = uniform(generator, shape.width, 1, 3, fan_in=3)
        self.offset = uniform(generator, shape.width, fan_in=3)

    def forward(self, x: Tensor, tokens: Tensor, positions: Tensor) -> Tensor:
        padded = functional.pad(x.mT, (2, 0) if self.shape.causal else (1, 1))
        return x + functional.conv1d(padded, self.kernel, self.offset, groups=self.shape.width).mT


class Complex(Input):
    """Complex order: word w at position i is r_w exp(i (omega_w i + theta_w)) (Wang et al. 2020), real and imaginary
    parts kept as pairs. r_w exp(i theta_w) is the word's own vector, read as pairs; omega_w is learned per word."""

    def __init__(self, shape: Shape, knobs: Knobs, generator: torch.Generator) -> None:
        super().__init__(shape, knobs, generator)
        omega = torch.as_tensor(theory.frequencies(shape.width, knobs.base), dtype=torch.float32)
        spread = 1 + 0.1 * torch.randn(shape.vocabulary, shape.width // 2, generator=generator)
        self.omega = nn.Parameter(omega * spread)

    def forward(self, x: Tensor, tokens: Tensor, positions: Tensor) -> Tensor:
        angle = functional.embedding(tokens, self.omega) * positions[:, None].to(x.dtype)
        return turned(x, angle.cos(), angle.sin())


class Plug(nn.Module):
    """An encoding inside one attention layer; this one does nothing. Score = (q k + term) * scale + bias.

    There are L keys and T queries: all L of them, or only the last T where a test looks at nothing else.
    """

    scale: float

    def __init__(self, shape: Shape, knobs: Knobs, generator: torch.Generator) -> None:
        super().__init__()
        self.shape, self.knobs = shape, knobs
        self.scale = 1 / math.sqrt(shape.head_width)

    def queries_keys(self, q: Tensor, k: Tensor, positions: Tensor) -> tuple[Tensor, Tensor]:
        """q (B, H, T, d_h) and k (B, H, L, d_h) as the score shall see them."""
        return q, k

    def term(self, q: Tensor, k: Tensor, positions: Tensor) -> Tensor | None:
        """What is added to q k before scaling, (B, H, T, L)."""
        return None

    def bias(self, positions: Tensor, rows: int) -> Tensor | None:
        """What is added after scaling, (H, T, L) for T = rows."""
        return None

    def values(self, weights: Tensor, positions: Tensor) -> Tensor | None:
        """What is added to the output, (B, H, T, d_h), given the weights (B, H, T, L)."""
        return None

    def logits(self, q: Tensor, k: Tensor, positions: Tensor) -> Tensor:
        """The score before the mask, (B, H, T, L)."""
        turned_q, turned_k = self.queries_keys(q, k, positions)
        product, term, bias = turned_q @ turned_k.mT, self.term(q, k, positions), self.bias(positions, q.shape[-2])
        score = (product if term is None else product + term) * self.scale
        return score if bias is None else score + bias

    def masked(self, score: Tensor, mask: Tensor) -> Tensor:
        """The score (B, H, T, L) without the keys ahead: mask (T, L) is 0, and -inf there. Adding is much faster than filling."""
        return score + mask

    def clipped(self, positions: Tensor) -> Tensor:
        """Row of a clipped table for query - key, for the columns of `skew`: (2L - 1,)."""
        return (-ahead(positions)).clamp(-self.shape.clip, self.shape.clip) + self.shape.clip


class Shaw(Plug):
    """q (k + R^K) and a (v + R^V), R a table over the clipped distance, shared by the heads (eq. 6; Shaw et al. 2018)."""

    def __init__(self, shape: Shape, knobs: Knobs, generator: torch.Generator) -> None:
        super().__init__(shape, knobs, generator)
        self.keys = drawn(generator, 2 * shape.clip + 1, shape.head_width, scale=0.1)
        self.contents = drawn(generator, 2 * shape.clip + 1, shape.head_width, scale=0.1)

    def term(self, q: Tensor, k: Tensor, positions: Tensor) -> Tensor:
        return skew(q @ functional.embedding(self.clipped(positions), self.keys).mT)

    def values(self, weights: Tensor, positions: Tensor) -> Tensor:
        return unskew(weights) @ functional.embedding(self.clipped(positions), self.contents)


class TransformerXL(Plug):
    """(q + u) k + (q + v) W R(i - j): sinusoids of the distance and two learned vectors (eq. 7; Dai et al. 2019)."""

    def __init__(self, shape: Shape, knobs: Knobs, generator: torch.Generator) -> None:
        super().__init__(shape, knobs, generator)
        self.projection = uniform(generator, shape.width, shape.width, fan_in=shape.width)
        self.u = nn.Parameter(torch.zeros(shape.heads, 1, shape.head_width))
        self.v = nn.Parameter(torch.zeros(shape.heads, 1, shape.head_width))

    def term(self, q: Tensor, k: Tensor, positions: Tensor) -> Tensor:
        wave = waves(-ahead(positions), self.shape.width, self.knobs.base, q) @ self.projection
        wave = wave.unflatten(-1, (self.shape.heads, -1)).permute(1, 2, 0)  # heads, d_h, 2L - 1
        return self.u @ k.mT + skew((q + self.v) @ wave)


class T5(Plug):
    """A learned number per head and bucket of the distance (eq. 8; Raffel et al. 2019)."""

    def __init__(self, shape: Shape, knobs: Knobs, generator: torch.Generator) -> None:
        super().__init__(shape, knobs, generator)
        self.table = nn.Parameter(torch.zeros(shape.buckets, shape.heads))

    def bias(self, positions: Tensor, rows: int) -> Tensor:
        distance = (-ahead(positions)).cpu().numpy()
        bucket = theory.t5_bucket(distance, self.shape.buckets, self.shape.reach, self.shape.causal)
        row = functional.embedding(torch.as_tensor(bucket, device=self.table.device), self.table).T
        return skew(row[:, None, :].expand(-1, rows, -1))


class DeBERTa(Plug):
    """Content-position and position-content from clipped tables, no position-position (eq. 9; He et al. 2020)."""

    def __init__(self, shape: Shape, knobs: Knobs, generator: torch.Generator) -> None:
        super().__init__(shape, knobs, generator)
        self.scale = 1 / math.sqrt(3 * shape.head_width)
        rows, flat = 2 * shape.clip + 1, shape.heads * shape.head_width
        self.keys = drawn(generator, rows, flat, scale=0.1)
        self.queries = drawn(generator, rows, flat, scale=0.1)

    def term(self, q: Tensor, k: Tensor, positions: Tensor) -> Tensor:
        row = self.clipped(positions)
        keys, queries = (
            functional.embedding(row, table).unflatten(-1, (self.shape.heads, -1)).permute(1, 2, 0)
            for table in (self.keys, self.queries)
        )
        # For a key j the row of R^Q is clip(j - i): seen from j, query i is the other end of the same distance.
        return skew(q @ keys) + skew(k @ queries).mT[..., -q.shape[-2] :, :]


class Rope(Plug):
    """q and k turned by the angle position * omega_t per pair (eq. 10; Su et al. 2021). `stretch` acts on a trained net."""

    def __init__(self, shape: Shape, knobs: Knobs, generator: torch.Generator) -> None:
        super().__init__(shape, knobs, generator)
        self.stretch: tuple[theory.Stretch, float, int, int] = ("none", 1.0, 1, 1)  # mode, factor, window, trained length

    def turn(self, x: Tensor, positions: Tensor, omega: Tensor) -> Tensor:
        angle = positions[:, None].to(x.dtype) * omega.to(x)
        return turned(x, angle.cos(), angle.sin())

    def logits(self, q: Tensor, k: Tensor, positions: Tensor) -> Tensor:
        mode, factor, window, trained = self.stretch
        bend, boost = theory.stretched(mode, self.shape.head_width, self.knobs.base, factor, trained)
        omega, asking = torch.as_tensor(bend), positions[-q.shape[-2] :]
        score = self.turn(q, asking, omega) @ self.turn(k, positions, omega).mT
        if mode == "ReRoPE":  # beyond the window every key is read as if it were `window` away
            far = self.turn(q, torch.full_like(asking, window), omega) @ k.mT
            back = self.turn(q, torch.full_like(asking, -window), omega) @ k.mT
            distance = asking[:, None] - positions[None, :]
            score = torch.where(distance >= window, far, torch.where(distance <= -window, back, score))
        return score * (self.scale * boost)


class XPos(Plug):
    """RoPE with an exponential decay per pair (Sun et al. 2022); positions are centred so that nothing overflows."""

    def queries_keys(self, q: Tensor, k: Tensor, positions: Tensor) -> tuple[Tensor, Tensor]:
        place = positions[:, None].to(q.dtype) - positions.to(q.dtype).mean()
        head_width = self.shape.head_width
        angle = place * torch.as_tensor(theory.frequencies(head_width, self.knobs.base)).to(q)
        growth = torch.as_tensor(theory.xpos_zeta(head_width)).to(q) ** (place / self.knobs.xpos_scale)
        cos, sin, asking = angle.cos(), angle.sin(), slice(-q.shape[-2], None)
        return turned(q, (cos * growth)[asking], (sin * growth)[asking]), turned(k, cos / growth, sin / growth)

    def masked(self, score: Tensor, mask: Tensor) -> Tensor:
        """Filled, not added to: towards keys ahead, which nobody reads, the score overflows."""
        return score.masked_fill(mask < 0, -torch.inf)


class Alibi(Plug):
    """A straight fall with distance, one slope per head (eq. 11; Press et al. 2021)."""

    def bias(self, positions: Tensor, rows: int) -> Tensor:
        slopes = torch.as_tensor(theory.alibi_slopes(self.shape.heads), dtype=torch.float32, device=positions.device)
        return -slopes[:, None, None] * (positions[-rows:, None] - positions[None, :]).abs()


Maker = Callable[[Shape, Knobs, torch.Generator], nn.Module]
INPUTS: dict[str, type[Input]] = {
    "learned": Learned,
    "sinusoidal": Sinusoidal,
    "recursive": Recursive,
    "multiplicative": Multiplicative,
    "convolution": Convolution,
    "complex": Complex,
}
PLUGS: dict[str, type[Plug]] = {
    "shaw": Shaw,
    "xl": TransformerXL,
    "t5": T5,
    "deberta": DeBERTa,
    "rope": Rope,
    "xpos": XPos,
    "alibi": Alibi,
}
