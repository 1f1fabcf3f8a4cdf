"""Pairs of sentences and how alike they truly are: made vectors, a made-up language, or the user's own table.

Both sides of a pair share meanings: s₂ = ρs₁ + √(1 − ρ²)e with ρ uniform in (0, 1); their truth is cos(s₁, s₂).
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import torch

from engine.data.errors import not_uploaded, refused
from engine.language.bert_whitening import theory
from engine.language.bert_whitening.params import LENGTH, MEAN_LENGTH, MOST_KEPT, WORDS, BertWhiteningParams
from engine.language.bert_whitening.theory import Array

MOST_PAIRS, LEAST_PAIRS = 8000, 3  # of an own table


class Pairs(NamedTuple):
    """Vectors of both sides, x (2P, d): all left ones, then all right ones; `truth` (P,); the part of x that is meaning, where it is known."""

    x: Array
    truth: Array
    meant: Array | None = None


def drawn(random: torch.Generator, *shape: int) -> Array:
    """Standard normal numbers."""
    return torch.randn(*shape, generator=random, dtype=torch.float64).numpy()


def meanings(p: BertWhiteningParams, random: torch.Generator) -> tuple[Array, Array]:
    """Meanings of both sides, s ⊙ D (2P, T), and the truth (P,). D is geometric, its product 1."""
    first, fresh = drawn(random, p.pairs, p.meanings), drawn(random, p.pairs, p.meanings)
    rho = torch.rand(p.pairs, 1, generator=random, dtype=torch.float64).numpy()
    second = rho * first + np.sqrt(1 - rho**2) * fresh
    loud = p.loudness ** np.linspace(0.5, -0.5, p.meanings)
    return np.concatenate([first, second]) * loud, theory.cosines(first, second)


def made(p: BertWhiteningParams, meaning: torch.Generator, random: torch.Generator) -> Pairs:
    """x = μ + (s ⊙ D)Q + σε, then bent. Q has orthogonal rows; where there are more meanings than dimensions they share these.

    Args:
        meaning: draws the meanings, so that they are the same whatever becomes of them. random: draws all else.
    """
    told, truth = meanings(p, meaning)
    widest = max(p.width, p.meanings)
    q = np.linalg.qr(drawn(random, widest, widest))[0][:, : p.width]
    mean = q.sum(0)  # it leans on every direction alike, so that seeds differ in their sentences alone
    clean = MEAN_LENGTH * mean / np.linalg.norm(mean) + told @ q[: p.meanings]
    return Pairs(bent(clean + p.noise * drawn(random, *clean.shape), p.warp), truth, bent(clean, p.warp))


def bent(x: Array, warp: float) -> Array:
    """Every second coordinate plus `warp` times the square of the one before it."""
    y = x.copy()
    y[:, 1::2] += warp * x[:, : 2 * (x.shape[1] // 2) : 2] ** 2
    return y


def language(p: BertWhiteningParams, meaning: torch.Generator, random: torch.Generator) -> tuple[np.ndarray, Array]:
    """Sentences of a made-up language, words (2P, 16) by their rank in frequency, and the truth of the pairs (P,).

    Frequencies are Zipf's. A word means the more the rarer it is: its vector of meanings A has lengths that grow with its rank. It is
    drawn in proportion to frequency · exp ⟨s ⊙ D, A⟩.
    """
    told, truth = meanings(p, meaning)
    rank = np.arange(1, WORDS + 1)
    sense = drawn(random, WORDS, p.meanings) * (rank / WORDS)[:, None]
    chances = torch.from_numpy(told @ sense.T - np.log(rank)).softmax(1)
    return torch.multinomial(chances, LENGTH, replacement=True, generator=random).numpy().astype(np.int32), truth


def own(data: Mapping[str, np.ndarray] | None) -> Pairs:
    """The pairs of a table: d columns of the left vector, d of the right one, the score. Raises BadValue with what is wrong."""
    if data is None:
        raise not_uploaded("source")
    table = np.asarray(data["x"], np.float64)
    rows, columns = table.shape
    if columns % 2 == 0 or not 5 <= columns <= 2 * MOST_KEPT + 1:
        raise refused(
            "A row is a left vector, a right one of the same width and a score: an odd number of columns, 5 to {most}; this file has {found}.",
            parameter="source", most=2 * MOST_KEPT + 1, found=columns)  # fmt: skip
    if not LEAST_PAIRS <= rows <= MOST_PAIRS:
        raise refused("{least} to {most} pairs are taken; this file has {found}.",
            parameter="source", least=LEAST_PAIRS, most=MOST_PAIRS, found=rows)  # fmt: skip
    if np.ptp(table[:, -1]) == 0:
        raise refused(
            "The last column says how alike a pair is, but all are {found}.", parameter="source", found=f"{table[0, -1]:g}"
        )
    x = np.concatenate(np.split(table[:, :-1], 2, 1))
    if not np.ptp(x, 0).any():
        raise refused("All vectors of this file are the same.", parameter="source")
    rank = theory.basis(*theory.moments(x), 1.0).rank
    if rank < x.shape[1]:
        logging.getLogger("latent_lab").warning(
            "warning: the covariance of these vectors has rank %d of %d; more dimensions are not kept", rank, x.shape[1]
        )
    return Pairs(x, table[:, -1])
