"""The labelled sequences: rib and rob with noise, or an invented lexicon's words."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.structured import sequences
from engine.structured.memm import theory
from engine.structured.memm.params import LETTERS, MemmParams
from engine.structured.sequences import Sequences

TRAIN, TESTS = 2000, 500  # words of rib and rob
SENTENCES = 600  # of the lexicon; as many tests as of words


@dataclass(frozen=True)
class Corpus:
    """Training and test sequences, the names of symbols and labels, and which steps between labels can be."""

    train: Sequences
    test: Sequences
    letters: tuple[str, ...]
    labels: int
    legal: np.ndarray


def rib_rob(rng: np.random.Generator, count: int, prior: float, noise: float) -> Sequences:
    """Words, rib with chance ρ and else rob; each letter is replaced with chance q by any of the four (Lafferty et al. 2001)."""
    word = (rng.random(count) >= prior).astype(int)
    symbols, labels = theory.WORDS[word], theory.PATHS[word]
    other = rng.random(symbols.shape) < noise
    return Sequences(np.where(other, rng.integers(4, size=symbols.shape), symbols), labels, np.ones_like(labels, bool))


def build(params: MemmParams, seed: int) -> Corpus:
    """The sequences that the parameters name."""
    train, test = (np.random.default_rng([seed, *purpose.encode()]) for purpose in ("train", "test"))
    if params.data == "lexicon":
        names = tuple("abcdefghijklmnopqrstuvwxyz"[: sequences.LETTERS])
        written = sequences.lexicon(train, SENTENCES), sequences.lexicon(test, TESTS)
        return Corpus(*written, names, 4, sequences.LEGAL)
    words = [rib_rob(rng, count, params.prior, params.noise) for rng, count in ((train, TRAIN), (test, TESTS))]
    return Corpus(words[0], words[1], LETTERS, 6, theory.LEGAL)
