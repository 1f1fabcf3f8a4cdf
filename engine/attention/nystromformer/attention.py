"""Softmax attention and what may replace it: Nyström factors with an iterated middle, and the Performer's random features.

Everything takes queries and keys (..., n, d) with the scale d^(−1/4) already inside both, and is differentiable.
Sources: Xiong et al., arXiv:2102.03902; Choromanski et al., arXiv:2009.14794; kexue.fm/archives/8180 and 7921.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

CUT = 1e-15  # singular values below this share of the largest count as zero in the exact inverse


def softmax_attention(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """sm(QKᵀ)V, (..., n, d)."""
    return (q @ k.mT).softmax(-1) @ v


def segment_means(x: Tensor, m: int) -> Tensor:
    """Means of m equal segments of (..., n, d): (..., m, d). Raises ValueError where m does not divide n."""
    if x.shape[-2] % m:
        raise ValueError(f"{m} segments of equal length do not make {x.shape[-2]} tokens")
    return x.unflatten(-2, (m, -1)).mean(-2)


def factors(q: Tensor, k: Tensor, centres_q: Tensor, centres_k: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """(4): F = sm(Q K̃ᵀ) (..., n, m), A = sm(Q̃ K̃ᵀ) (..., m, m), B = sm(Q̃ Kᵀ) (..., m, n)."""
    return (q @ centres_k.mT).softmax(-1), (centres_q @ centres_k.mT).softmax(-1), (centres_q @ k.mT).softmax(-1)


def first_guess(a: Tensor) -> Tensor:
    """V₀ = Aᵀ/(‖A‖₁‖A‖∞): the largest column sum and the largest row sum, of every matrix by itself."""
    size = a.abs().sum(-2).amax(-1) * a.abs().sum(-1).amax(-1)
    return a.mT / size[..., None, None]


def closer(a: Tensor, v: Tensor) -> Tensor:
    """(5): one iteration towards the inverse of A. The residual E = I − AV becomes E³(3I + E)/4."""
    one, product = torch.eye(a.shape[-1], dtype=a.dtype, device=a.device), a @ v
    return v @ (13 * one - product @ (15 * one - product @ (7 * one - product))) / 4


def iterated_inverse(a: Tensor, iterations: int) -> Tensor:
    """V after so many iterations."""
    v = first_guess(a)
    for _ in range(iterations):
        v = closer(a, v)
    return v


def exact_inverse(a: Tensor) -> Tensor:
    """The Moore-Penrose inverse. No gradient passes through it: the derivative of a cut-off is not stable."""
    return torch.linalg.pinv(a.detach(), rtol=CUT)


def nystrom_attention(q: Tensor, k: Tensor, v: Tensor, m: int, iterations: int | None) -> Tensor:
    """F (A⁺ (B V)), (..., n, d), linear in n; with the exact inverse, and then in float64, where `iterations` is None."""
    kind = v.dtype
    if iterations is None:
        q, k, v = q.double(), k.double(), v.double()
    left, a, right = factors(q, k, segment_means(q, m), segment_means(k, m))
    middle = exact_inverse(a) if iterations is None else iterated_inverse(a, iterations)
    return (left @ (middle @ (right @ v))).to(kind)


def directions(m: int, d: int, orthogonal: bool, generator: torch.Generator, dtype: torch.dtype = torch.float64) -> Tensor:
    """ω, (m, d), each N(0, I): independent, or at right angles in blocks of d, with lengths drawn anew from χ of d."""
    blocks = -(-m // d)
    drawn = torch.randn(blocks, d, d, generator=generator, dtype=dtype)
    if orthogonal:
        lengths = torch.randn(blocks, d, d, generator=generator, dtype=dtype).norm(dim=-1, keepdim=True)
        turned, triangle = torch.linalg.qr(drawn)
        drawn = lengths * (turned * triangle.diagonal(dim1=-2, dim2=-1).sign()[..., None, :]).mT
    return drawn.flatten(0, 1)[:m]


def random_features(q: Tensor, k: Tensor, omega: Tensor) -> tuple[Tensor, Tensor]:
    """(1): φ(q) and φ(k), (..., n, m), each up to a factor that cancels when rows are normalised.

    Against overflow every query gives up its own largest exponent, but all keys must give up the same one.
    """
    left = q @ omega.mT
    right = k @ omega.mT - k.square().sum(-1, keepdim=True) / 2
    return (left - left.amax(-1, keepdim=True).detach()).exp(), (right - right.amax((-2, -1), keepdim=True).detach()).exp()


def performer_attention(q: Tensor, k: Tensor, v: Tensor, omega: Tensor) -> Tensor:
    """φ(Q)(φ(K)ᵀV) over its row sums, (..., n, d), linear in n."""
    left, right = random_features(q, k, omega)
    sums = left @ right.sum(-2).unsqueeze(-1)
    return left @ (right.mT @ v) / sums.clamp_min(torch.finfo(q.dtype).tiny)


def scaled(x: Tensor) -> Tensor:
    """Queries or keys over d^(1/4), so that a score is a plain product."""
    return x / math.sqrt(math.sqrt(x.shape[-1]))
