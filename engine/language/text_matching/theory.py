"""Counting and scoring in float64: ranks, alignment by frequency, chance of a swap (2), entropy. No torch."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.stats import binom

from engine.language.text_matching.params import LEAST_COUNT


def order(counts: np.ndarray) -> np.ndarray:
    """Places (n,) in the order of their counts, the largest first; ties by the smaller place."""
    return np.argsort(-np.asarray(counts), kind="stable")


def ranks(counts: np.ndarray) -> np.ndarray:
    """Rank (n,) of every place, from 0."""
    found = np.empty(len(counts), int)
    found[order(counts)] = np.arange(len(counts))
    return found


def align(
    cipher: np.ndarray, plain: np.ndarray, known: Mapping[int, int] | None = None, least: int = LEAST_COUNT
) -> np.ndarray:
    """Which plain word (n,) each cipher token is taken for; −1 ([UNK]) for one that is rare or without a partner.

    Args:
        cipher, plain: counts (n,) and (words,), in the order of ids. known: pairs that are told, which take no part in the ranking.
    """
    known = dict(known or {})
    found = np.full(len(cipher), -1)
    tokens = [token for token in order(cipher).tolist() if token not in known]
    words = [word for word in order(plain).tolist() if word not in set(known.values())]
    for token, word in zip(tokens, words, strict=False):
        found[token] = word if cipher[token] >= least else -1
    for token, word in known.items():
        found[token] = word
    return found


def swap_probability(p: np.ndarray, q: np.ndarray, m: np.ndarray) -> np.ndarray:
    """(2): chance that of two tokens with p ≥ q the rarer is counted more often (a tie: half), given both counts' sum m; NaN where m = 0."""
    p, q, m = (np.asarray(part, float) for part in (p, q, m))
    share = np.divide(p, p + q, out=np.full_like(p, 0.5), where=p + q > 0)
    half = np.floor(m / 2)
    tie = np.where(m % 2 == 0, binom.pmf(half, m, share), 0.0)
    below = binom.cdf(np.ceil(m / 2) - 1, m, share)
    return np.where(m > 0, below + tie / 2, np.nan)


def swaps(plain: np.ndarray, cipher: np.ndarray) -> np.ndarray:
    """(2) of every two neighbours in the plain ranking (words − 1,), for the sum that the cipher tokens of these ranks have."""
    share = np.sort(plain)[::-1] / max(plain.sum(), 1)
    seen = np.zeros(len(plain))
    kept = np.sort(cipher)[::-1][: len(plain)]
    seen[: len(kept)] = kept
    there = np.arange(1, len(plain)) < len(cipher)
    return np.where(there, swap_probability(share[:-1], share[1:], seen[:-1] + seen[1:]), np.nan)


def entropy(counts: np.ndarray) -> float:
    """Entropy in nats of relative frequencies: the loss of the best model that knows only these (truth 9)."""
    share = counts[counts > 0] / counts.sum()
    return float(-(share * np.log(share)).sum()) + 0.0  # of one word 0, not −0
