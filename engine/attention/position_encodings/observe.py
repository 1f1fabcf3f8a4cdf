"""Everything the frame shows that follows from the parameters alone: score map, taken-apart cell, decay, sentence. No torch."""

from __future__ import annotations

import numpy as np

from engine.attention.position_encodings import score
from engine.attention.position_encodings.params import RATIOS, SHIFT, VOCABULARY, PositionEncodingsParams

PICTURE = 64  # cells along the side of a map, at most
LONGEST = 512  # positions in a map, at most
DISTANCES = 64  # distances back whose attention mass is shown


def picture_length(params: PositionEncodingsParams) -> int:
    """Positions shown in the maps."""
    return min(params.test_length, LONGEST)


def cell(params: PositionEncodingsParams) -> int:
    """Positions that share one cell along the side of a map."""
    return -(-picture_length(params) // PICTURE)


def start(params: PositionEncodingsParams) -> int:
    """Where a shifted sequence begins; the learned tables end at 8 L, so at the longest test there is no room to shift."""
    return min(SHIFT, round(RATIOS[-1] * params.train_length) - picture_length(params))


def scheme(params: PositionEncodingsParams) -> score.Scheme:
    """The encoding looked at, with example tables."""
    return score.example(
        score.Scheme(
            params.encoding,
            params.width,
            params.heads,
            causal=params.causal,
            base=params.base,
            clip=params.clip,
            buckets=params.buckets,
            reach=params.reach,
            xpos_scale=params.xpos_scale,
            rows=round(RATIOS[-1] * params.train_length),
        )
    )


def chosen(params: PositionEncodingsParams) -> tuple[int, int, int]:
    """Head, query and key of the cell taken apart, brought inside the picture (and under the mask)."""
    last = picture_length(params) - 1
    query = min(round(params.query), last)
    key = min(round(params.key), query if params.causal else last)
    return min(params.head, params.heads) - 1, query, key


def sentence(params: PositionEncodingsParams) -> tuple[np.ndarray, np.ndarray]:
    """Eight tokens and a permutation of them (the identity for shuffle = 0), int64 each."""
    tokens = np.random.default_rng(1).integers(0, VOCABULARY[params.task], 8)
    order = np.random.default_rng(100 + params.shuffle).permutation(8) if params.shuffle else np.arange(8)
    return tokens, order


def arrays(params: PositionEncodingsParams) -> dict[str, np.ndarray]:
    """The instant part of a frame."""
    looked = scheme(params)
    length, size = picture_length(params), cell(params)
    first = start(params) if params.shifted else 0
    positions = np.arange(first, first + length)
    head, query, key = chosen(params)

    corner = np.arange(0, length, size)
    whole = score.terms(looked, positions, corner[:, None], corner[None, :])
    picture = _positional(looked, whole)[head]
    if params.causal:
        picture = np.where(corner[:, None] >= corner[None, :], picture, np.nan)

    last = length - 1
    back = np.arange(length)
    by_distance = _positional(looked, score.terms(looked, positions, np.full(length, last), last - back))
    sampled = back[:: -(-length // 256)]

    cell_terms = score.terms(looked, positions, np.array(query), np.array(key))[:, head]
    pairs = score.pair_terms(looked, positions[query], positions[key])[head] if _turns(looked) else np.zeros(0)
    tokens, order = sentence(params)
    return {
        "score": picture.astype(np.float32),
        "terms": cell_terms.astype(np.float32),
        "pairs": pairs.astype(np.float32),
        "decay": by_distance[:, sampled].astype(np.float32),
        "distances": sampled.astype(np.int64),
        "sentence": np.stack([tokens, order]).astype(np.int64),
    }


def _turns(looked: score.Scheme) -> bool:
    return looked.name in ("rope", "xpos", "complex", "sinusoidal")


def _positional(looked: score.Scheme, parts: np.ndarray) -> np.ndarray:
    """The part of the four terms (4, heads, ...) that position makes, (heads, ...): see `score.positional_score`."""
    if looked.name in score.ROTATED:
        return parts[0]
    if looked.name in (*score.ADDED, "multiplicative"):
        return parts[3]
    return parts[1:].sum(0)
