"""One head of attention in six ways: dense, dense with a mask, and the layouts that never make the empty scores.

All take q, k, v (..., n, d) and give (..., n, d). What a window or a residue class lacks at the ends of the sequence is masked:
a padded key would get the weight e^0. Source: kexue.fm/archives/6853; its published code keeps the padding, this does not.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional


def dense(q: Tensor, k: Tensor, v: Tensor, causal: bool = False) -> Tensor:
    """(1) with all n² scores."""
    scores = scaled(q) @ k.mT
    if causal:
        scores = scores.masked_fill(torch.ones(scores.shape[-2:], dtype=torch.bool, device=q.device).triu(1), -torch.inf)
    return scores.softmax(-1) @ v


def masked(q: Tensor, k: Tensor, v: Tensor, mask: Tensor) -> Tensor:
    """(1) with all n² scores, of which those where the mask (n, n) is False are thrown away: correct, and nothing is saved."""
    return (scaled(q) @ k.mT).masked_fill(~mask, -torch.inf).softmax(-1) @ v


def atrous(q: Tensor, k: Tensor, v: Tensor, stride: int, causal: bool = False) -> Tensor:
    """Every stride-th key: dense attention inside each residue class, after one reshape."""
    n = q.shape[-2]
    q, k, v = (classes(part, stride) for part in (scaled(q), k, v))
    scores = class_mask(q @ k.mT, n, causal)
    return flat(scores.softmax(-1) @ v, n)


def local_unfold(q: Tensor, k: Tensor, v: Tensor, window: int, causal: bool = False) -> Tensor:
    """A window of keys beside every query: 2 window + 1 copies of keys and values."""
    n = q.shape[-2]
    near_k, near_v = (functional.pad(part, (0, 0, window, window)).unfold(-2, 2 * window + 1, 1) for part in (k, v))
    offset = torch.arange(-window, window + 1, device=q.device)
    place = torch.arange(n, device=q.device)[:, None] + offset
    hidden = (place < 0) | (place >= n) | ((offset > 0) & causal)
    scores = (scaled(q).unsqueeze(-2) @ near_k).squeeze(-2)
    weights = scores.masked_fill(hidden, -torch.inf).softmax(-1)
    return (near_v @ weights.unsqueeze(-1)).squeeze(-1)


def local_blocked(q: Tensor, k: Tensor, v: Tensor, window: int, causal: bool = False) -> Tensor:
    """Blocks of `window` queries against their own block of keys and its two neighbours: 3 window keys a query."""
    n = q.shape[-2]
    q, near_k, near_v = blocks(scaled(q), window), neighbours(k, window), neighbours(v, window)
    distance = block_distance(n, window, q.device)
    hidden = (distance.abs() > window) | ((distance < 0) & causal) | outside(n, window, q.device)
    weights = (q @ near_k.mT).masked_fill(hidden, -torch.inf).softmax(-1)
    return (weights @ near_v).flatten(-3, -2)[..., :n, :]


def sparse(q: Tensor, k: Tensor, v: Tensor, stride: int, causal: bool = False) -> Tensor:
    """Both at once: the scores of the residue class and of the window stand side by side under one softmax.

    Distances 0 and ± stride are in both patterns; here they count in the residue class only.
    """
    n, width = q.shape[-2], v.shape[-1]
    q = scaled(q)
    far = class_mask(classes(q, stride) @ classes(k, stride).mT, n, causal)  # (..., stride, n / stride, n / stride)
    distance = block_distance(n, stride, q.device)
    hidden = (distance.abs() >= stride) | (distance == 0) | ((distance < 0) & causal) | outside(n, stride, q.device)
    near = (blocks(q, stride) @ neighbours(k, stride).mT).masked_fill(hidden, -torch.inf)  # (..., n / stride, stride, 3 stride)
    both = torch.cat([far.transpose(-3, -2), near], -1).softmax(-1)  # rows r + stride t stand at [t, r] in both
    count = far.shape[-1]
    far_out = both[..., :count].transpose(-3, -2) @ classes(v, stride)
    near_out = both[..., count:] @ neighbours(v, stride)
    return (far_out.transpose(-3, -2) + near_out).reshape(*q.shape[:-2], -1, width)[..., :n, :]


# Pattern of a mask -> its fast forms; they take q, k, v, the stride or window, and whether it is causal.
FORMS: dict[str, tuple[Callable[[Tensor, Tensor, Tensor, int, bool], Tensor], ...]] = {
    "dense": (lambda q, k, v, _, causal: dense(q, k, v, causal),),
    "atrous": (atrous,),
    "local": (local_blocked, local_unfold),
    "sparse": (sparse,),
}


def scaled(q: Tensor) -> Tensor:
    """Queries over √d: a score is then a plain product."""
    return q / math.sqrt(q.shape[-1])


def padded(x: Tensor, size: int) -> Tensor:
    """x (..., n, d) with zeros behind it up to the next multiple of `size`; nothing where n is one."""
    lacking = -x.shape[-2] % size
    return functional.pad(x, (0, 0, 0, lacking)) if lacking else x


def classes(x: Tensor, stride: int) -> Tensor:
    """(..., n, d) by residue classes: (..., stride, n / stride, d)."""
    return padded(x, stride).unflatten(-2, (-1, stride)).transpose(-3, -2)


def flat(x: Tensor, n: int) -> Tensor:
    """The inverse of `classes`."""
    return x.transpose(-3, -2).flatten(-3, -2)[..., :n, :]


def class_mask(scores: Tensor, n: int, causal: bool) -> Tensor:
    """Scores (..., stride, m, m) without padded keys and, when causal, without later ones. A padded query sees itself."""
    stride, m = scores.shape[-3], scores.shape[-1]
    if stride * m == n and not causal:
        return scores
    step = torch.arange(m, device=scores.device)
    absent = step * stride + torch.arange(stride, device=scores.device)[:, None] >= n  # (stride, m)
    hidden = absent[:, None, :] & (step[:, None] != step)
    return scores.masked_fill(hidden | ((step > step[:, None]) & causal), -torch.inf)


def blocks(x: Tensor, size: int) -> Tensor:
    """(..., n, d) in blocks: (..., n / size, size, d)."""
    return padded(x, size).unflatten(-2, (-1, size))


def neighbours(x: Tensor, size: int) -> Tensor:
    """Every block of keys with the one before and the one after it: (..., n / size, 3 size, d); zeros beyond the ends."""
    around = functional.pad(blocks(x, size), (0, 0, 0, 0, 1, 1))
    return torch.cat([around[..., :-2, :, :], around[..., 1:-1, :, :], around[..., 2:, :, :]], -2)


def block_distance(n: int, size: int, device: torch.device) -> Tensor:
    """Query minus key in the layout of `neighbours`: (size, 3 size), the same for every block."""
    return torch.arange(size, device=device)[:, None] + size - torch.arange(3 * size, device=device)


def outside(n: int, size: int, device: torch.device) -> Tensor:
    """Which keys of `neighbours` are no positions of the sequence: (n / size, 1, 3 size)."""
    first = size * torch.arange(-(-n // size), device=device)[:, None, None]
    place = first - size + torch.arange(3 * size, device=device)
    return (place < 0) | (place >= n)
