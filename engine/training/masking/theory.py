"""Closed forms: what padding does to a mean, a maximum, a softmax, a stack of convolutions. float64 numpy, no torch.

Source: Su Jianlin, kexue.fm/archives/6810. A mask is 1 where a position is real and 0 where it is padding.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

Array = np.ndarray


def masked_mean(x: Array, mask: Array) -> float:
    """(1): the mean over real positions; 0 where there are none."""
    return float((x * mask).sum() / max(mask.sum(), 1))


def masked_max(x: Array, mask: Array, constant: float = 1e10) -> float:
    """(3): the maximum after the constant was taken from padding."""
    return float((x - (1 - mask) * constant).max())


def softmax(scores: Array) -> Array:
    """Over the last axis."""
    weights = np.exp(scores - scores.max(-1, keepdims=True))
    return weights / weights.sum(-1, keepdims=True)


def diluted(mean: Array, length: int, pad: Array, total: int) -> Array:
    """(2): the naive mean of `length` real positions among `total`, all others being `pad`."""
    return (length * mean + (total - length) * pad) / total


def pad_share(scores: Array, pad_score: float, total: int) -> float:
    """(5): the attention that padding takes beside real scores (L,) in a sentence padded to `total`."""
    most = max(float(scores.max()), pad_score)
    pads = (total - len(scores)) * math.exp(pad_score - most)
    return pads / (float(np.exp(scores - most).sum()) + pads)


def contaminated(depth: int, width: int, zero_row: bool) -> int:
    """(6): real positions that padding changes through `depth` 'same' convolutions; a pad row that is zero costs one layer less."""
    return (depth - zero_row) * (width - 1) // 2


def table(weights: Mapping[str, Array], who: str) -> Array:
    """Features (21, 16) of every id: tanh(E W + b), with the weights of `who`, "m" or "u"."""
    own = {name: weights[f"{who}_{name}"].astype(float) for name in ("embedding", "w", "b")}
    return np.tanh(own["embedding"] @ own["w"] + own["b"])


def answer(weights: Mapping[str, Array], who: str, pooled: Array) -> Array:
    """Probabilities (..., 3) of pooled vectors (..., 16)."""
    return softmax(pooled @ weights[f"{who}_out_w"].astype(float) + weights[f"{who}_out_b"].astype(float))


def pool(layer: str, weights: Mapping[str, Array], who: str, ids: Array, total: int, masked: bool) -> Array:
    """Pooled vectors (n, 16) of sentences (n, 12) as if padded to `total`, by (1) to (5): without any padded array."""
    features, real = table(weights, who), ids > 0
    z, length = features[ids], real.sum(-1)
    if layer == "max":
        found = np.where(real[..., None], z, -np.inf).max(-2)
        return found if masked else np.where((length < total)[:, None], np.maximum(found, features[0]), found)
    size = np.ones(len(features)) if layer == "mean" else np.exp(features @ weights[f"{who}_query"].astype(float))
    share = np.where(real, size[ids], 0.0)
    pads = np.zeros(len(ids)) if masked else size[0] * (total - length)
    return ((share[..., None] * z).sum(-2) + pads[:, None] * features[0]) / (share.sum(-1) + pads)[:, None]
