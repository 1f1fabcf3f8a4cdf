"""What is known without a network: which inputs a stack of dilated convolutions reaches, decoding, the vote. float64, no torch.

Numbers in brackets are those of the page: (4) the field, (6) the tags, (7) the vote. Su (2018), kexue.fm/archives/5409.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

Array = np.ndarray
SPAN = 4  # tokens of an answer at most
RULES = ("sum", "most", "squares")


def reached(rates: Sequence[int]) -> list[set[int]]:
    """Offsets that each level sees, seen from one output: the output itself, then the inputs of the last layer, ..., of the first.

    A position of the receptive field (4) that no sum ±r₁ … ±r_ℓ hits is a hole.
    """
    levels = [{0}]
    for rate in reversed(rates):
        levels.append({place + step for place in levels[-1] for step in (-rate, 0, rate)})
    return levels


def links(rates: Sequence[int], place: int, length: int) -> list[list[tuple[int, int]]]:
    """Of each layer, the last first: pairs (input, output) of positions 0..length − 1 by which `place` is computed."""
    levels, found = [{place}], []
    for rate in reversed(rates):
        pairs = [(at + step, at) for at in sorted(levels[-1]) for step in (-rate, 0, rate) if 0 <= at + step < length]
        found.append(pairs)
        levels.append({start for start, _ in pairs})
    return found


def spans(start: Array, end: Array, threshold: float, longest: int = SPAN) -> Array:
    """Scores p_i p_j (..., L, longest) of the spans i ≤ j < i + longest, by first position and j − i; 0 where a tag is not above the threshold."""
    start = np.where(start > threshold, start, 0.0).astype(float)
    end = np.where(end > threshold, end, 0.0).astype(float)
    length, found = start.shape[-1], np.zeros((*start.shape, longest))
    for k in range(min(longest, length)):
        found[..., : length - k, k] = start[..., : length - k] * end[..., k:]
    return found


def decode(start: Array, end: Array, threshold: float, longest: int = SPAN) -> Array:
    """The best span (..., 2) of each row of tags (..., L); (-1, -1) where there is none. Ties: smallest i, then smallest j."""
    scores = spans(start, end, threshold, longest)
    flat = scores.reshape(*scores.shape[:-2], -1)
    first, more = np.divmod(flat.argmax(-1), longest)
    return np.where((flat.max(-1) > 0)[..., None], np.stack([first, first + more], -1), -1)


def exact(found: Array, answers: Array) -> float:
    """Share of spans (n, 2) with both ends right; nan of none."""
    return float((found == answers).all(-1).mean()) if len(found) else float("nan")


def witnesses(passages: Array, start: Array, end: Array, threshold: float) -> dict[tuple[int, ...], Array]:
    """Answers of several passages (k, L): token numbers -> its best score in each (k,), 0 where it does not occur; the first seen first."""
    found: dict[tuple[int, ...], Array] = {}
    for number, scores in enumerate(spans(start, end, threshold)):
        for first, more in np.argwhere(scores > 0):
            string = tuple(passages[number, first : first + more + 1].tolist())
            row = found.setdefault(string, np.zeros(len(passages)))
            row[number] = max(row[number], scores[first, more])
    return found


def vote(scores: Array, rule: str = "squares") -> Array:
    """One score per answer (...) from its scores in the passages (..., k): (7) Σs² / (1 + Σs); their "sum"; the "most" of them."""
    if rule == "sum":
        return scores.sum(-1)
    return scores.max(-1, initial=0.0) if rule == "most" else (scores**2).sum(-1) / (1 + scores.sum(-1))
