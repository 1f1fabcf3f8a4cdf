"""Labelled sequences, and an invented lexicon whose words are written without blanks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

LETTERS, WORDS, NOISE = 24, 80, 0.05
LONG = 24  # letters of a sequence of the lexicon
TAGS = ("B", "M", "E", "S")  # begin, middle, end of a word; a word of one letter
B, M, E, S = range(4)
LEGAL = np.array([[0, 1, 1, 0], [0, 1, 1, 0], [1, 0, 0, 1], [1, 0, 0, 1]], bool)  # B and M go on to M or E, E and S to B or S


@dataclass(frozen=True)
class Sequences:
    """Padded sequences: symbols and labels (count, width) int64, and which places belong to one (count, width) bool."""

    symbols: np.ndarray
    labels: np.ndarray
    inside: np.ndarray


def tags(word: int) -> list[int]:
    """The labels of a word of so many letters: S, or B, M ..., E."""
    return [S] if word == 1 else [B, *[M] * (word - 2), E]


def lexicon(rng: np.random.Generator, count: int) -> Sequences:
    """Words of a fixed lexicon with Zipf's weights, one after the other, 5 % of their letters replaced; the last word may be cut."""
    fixed = np.random.default_rng(0)
    words = [fixed.integers(LETTERS, size=1 + k % 4) for k in range(WORDS)]
    weights = 1 / (1 + fixed.permutation(WORDS))
    weights /= weights.sum()
    symbols, labels = np.zeros((2, count, LONG), np.int64)
    for row in range(count):
        picked = rng.choice(WORDS, LONG, p=weights)
        symbols[row] = np.concatenate([words[k] for k in picked])[:LONG]
        labels[row] = np.concatenate([tags(len(words[k])) for k in picked])[:LONG]
    wrong = rng.random(symbols.shape) < NOISE
    return Sequences(np.where(wrong, rng.integers(LETTERS, size=symbols.shape), symbols), labels, np.ones_like(labels, bool))
