"""The voting world read by a network: every passage once, then once after every prefix that a vote asks about."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from engine.generation.seq2seq_reading.network import Reader
from engine.generation.seq2seq_reading.params import ASKED, FUSIONS, MOST, Seq2seqReadingParams
from engine.generation.seq2seq_reading.theory import SEP, vote
from engine.generation.seq2seq_reading.world import Ballots

Array = np.ndarray
COUNTS = (1, 3, 5, 9)  # passages at which the fusions are compared
PART = 256  # passages that are read together


def parts(rows: Array) -> Array:
    """Rows in parts (n, PART), the last one filled up by the first row: nothing then depends on what is read beside it."""
    return np.append(rows, np.repeat(rows[:1], -len(rows) % PART)).reshape(-1, PART)


class Jury:
    """What one network says of the passages of the voting world, numbered question · 9 + place: chances of the next token.

    What was read is kept while a passage stays the same, so that another setting of the world costs what it changes.
    """

    def __init__(self, net: Reader) -> None:
        self.net, self.device = net, next(net.parameters()).device
        self.source = torch.zeros((ASKED * MOST, net.source), dtype=torch.long)
        self.shape = ASKED * MOST, net.head.out_features
        self.first = np.zeros(self.shape)
        self.memory = net.room(ASKED * MOST)
        self.known: dict[int, tuple[Array, Array]] = {}  # length of a prefix -> sorted codes, their chances

    def forget(self) -> None:
        """Begin anew, for the network has other weights now."""
        self.source.zero_()
        self.known.clear()

    def _chances(self, states: torch.Tensor) -> Array:
        return torch.softmax(self.net.logits(states[:, -1]).double(), -1).cpu().numpy()

    @torch.no_grad()
    def read(self, ballots: Ballots) -> None:
        """Read what is new among these passages."""
        count, passages, length = ballots.source.shape
        rows = (np.arange(count)[:, None] * MOST + np.arange(passages)).ravel()
        source = ballots.source.reshape(-1, length)
        new = rows[(self.source[rows] != source).any(1).numpy()]
        self.source[rows] = source
        for part in parts(new):
            read = self.net.read(self.source[part].to(self.device), rows=1)
            self.first[part] = self._chances(read.states)
            for kept, made in zip(self.memory, read.memory, strict=True):
                kept[part] = made
        for t, (codes, chances) in self.known.items():
            stay = ~np.isin(codes // self.shape[1] ** t, new)
            self.known[t] = codes[stay], chances[stay]

    @torch.no_grad()
    def chances(self, questions: Array, prefixes: Array, kept: Array) -> Array:
        """Of the token after prefixes (n, t), by the kept passages (n, K) of questions (n,): (n, K, vocabulary), else 0."""
        t, (count, size) = prefixes.shape[1], self.shape
        which, place = np.nonzero(kept)
        passages, said = questions[which] * MOST + place, np.zeros((*kept.shape, size))
        if t == 0:
            said[which, place] = self.first[passages]
            return said
        box = (count, *(size,) * t)
        codes = np.ravel_multi_index((passages, *prefixes[which].T), box)
        known, chances = self.known.get(t, (np.zeros(0, codes.dtype), np.zeros((0, size))))
        new = np.setdiff1d(codes, known)
        if len(new):
            where, *tokens = np.unravel_index(new, box)
            found, words = np.empty((len(new), size)), torch.from_numpy(np.stack(tokens, 1)).to(self.device)
            for part in parts(np.arange(len(new))):
                past = [kept[where[part]] for kept in self.memory]
                found[part] = self._chances(self.net.read(words[part], past, rows=1).states)
            known, chances = np.concatenate([known, new]), np.concatenate([chances, found])
            order = np.argsort(known)
            self.known[t] = known, chances = known[order], chances[order]
        said[which, place] = chances[np.searchsorted(known, codes)]
        return said


@dataclass(frozen=True)
class Votes:
    """Every fusion's answers to the same questions.

    kept (n, K): who has a say. answers: fusion -> (n, 3), of all K passages. counts (c,) and accuracy (4, c): of their first k.
    """

    ballots: Ballots
    kept: Array
    answers: dict[str, Array]
    counts: tuple[int, ...]
    accuracy: Array


def hold(jury: Jury, ballots: Ballots, p: Seq2seqReadingParams) -> Votes:
    """Vote on all questions, with every fusion, among the first k of the passages."""
    jury.read(ballots)
    first = jury.first.reshape(ASKED, MOST, -1)[:, : p.passages]
    kept, facts, right = (first.argmax(-1) != SEP) | (not p.drop_empty), ballots.facts.numpy(), ballots.answer.numpy()
    counts = (*(k for k in COUNTS if k < p.passages), p.passages)
    among = (kept & (np.arange(p.passages) < np.array(counts)[:, None, None])).reshape(-1, p.passages)
    every, accuracy, answers = np.tile(facts, (len(counts), 1, 1)), np.zeros((len(FUSIONS), len(counts))), {}

    def read(questions: Array, prefixes: Array) -> Array:
        return jury.chances(questions % ASKED, prefixes, among[questions])

    for row, fusion in enumerate(FUSIONS):  # all counts at once: they often ask for the same
        said = vote(read, every, among, fusion, p.mode == "extractive", p.vocabulary).reshape(len(counts), ASKED, -1)
        answers[fusion], accuracy[row] = said[-1], (said == right).all(2).mean(1)
    return Votes(ballots, kept, answers, counts, accuracy)
