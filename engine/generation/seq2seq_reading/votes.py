"""The voting world read by a network: every passage once, then every shared prefix that a beam asks about."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from engine.generation.seq2seq_reading.network import Reader
from engine.generation.seq2seq_reading.params import FUSIONS, Seq2seqReadingParams
from engine.generation.seq2seq_reading.theory import ANSWER, SEP, vote
from engine.generation.seq2seq_reading.world import Ballots

Array = np.ndarray
COUNTS = (1, 3, 5, 9)  # passages at which the fusions are compared


class Jury:
    """Chances of the next token (questions, passages, vocabulary), float64, given a prefix that all passages share.

    The sources are read when the jury is made, each prefix once, by the `kept` passages: the others' chances are then 0.
    """

    def __init__(self, net: Reader, ballots: Ballots, filtered: bool) -> None:
        self.net, self.device = net, next(net.parameters()).device
        self.count, self.passages, length = ballots.source.shape
        with torch.no_grad():
            read = net.read(ballots.source.reshape(-1, length).to(self.device), rows=1)
            self.first = self._chances(read.states[:, -1]).reshape(self.count, self.passages, -1)
        self.memory = read.memory
        self.kept = (self.first.argmax(-1) != SEP) | (not filtered)
        self.known: dict[int, tuple[Array, Array]] = {}  # length of a prefix -> sorted codes, their chances

    def _chances(self, states: torch.Tensor) -> Array:
        return torch.softmax(self.net.logits(states).double(), -1).cpu().numpy()

    @torch.no_grad()
    def __call__(self, questions: Array, prefixes: Array) -> Array:
        """Of questions (n,) after prefixes (n, t): (n, passages, vocabulary)."""
        t, size = prefixes.shape[1], self.first.shape[-1]
        if t == 0:
            return self.first[questions]
        codes = np.ravel_multi_index((questions, *prefixes.T), (self.count, *(size,) * t))
        empty = (np.zeros(0, codes.dtype), np.zeros((0, *self.first.shape[1:])))
        known, chances = self.known.get(t, empty)
        new, at = np.unique(codes, return_index=True)
        fresh = ~np.isin(new, known)
        if fresh.any():
            asked, after = questions[at[fresh]], prefixes[at[fresh]]
            which, passage = np.nonzero(self.kept[asked])
            where = torch.from_numpy(asked[which] * self.passages + passage).to(self.device)
            past = [(keys[where], values[where]) for keys, values in self.memory]
            read = self.net.read(torch.from_numpy(after[which]).to(self.device), past)
            found = np.zeros((len(asked), self.passages, size))
            found[which, passage] = self._chances(read.states[:, -1])
            known, chances = np.concatenate([known, new[fresh]]), np.concatenate([chances, found])
            order = np.argsort(known)
            self.known[t] = known, chances = known[order], chances[order]
        return chances[np.searchsorted(known, codes)]


@dataclass(frozen=True)
class Votes:
    """Every fusion's answers to the same questions.

    answers: fusion -> (n, 3), of all K passages. counts (c,) and accuracy (4, c): of their first k.
    """

    ballots: Ballots
    jury: Jury
    answers: dict[str, Array]
    counts: tuple[int, ...]
    accuracy: Array

    def steps(self, question: int, fusion: str) -> Array:
        """The chances along the answer to a question (3, passages, vocabulary); 0 from the step on that is not made, and from
        the second on for passages that have no say."""
        answer = self.answers[fusion][question]
        found = np.zeros((ANSWER, *self.jury.first.shape[1:]))
        for t in range(ANSWER if answer[0] else 1):
            if t and answer[t - 1] == SEP:
                break
            found[t] = self.jury(np.array([question]), answer[None, :t])[0]
        return found


def hold(net: Reader, ballots: Ballots, p: Seq2seqReadingParams) -> Votes:
    """Vote on all questions, with every fusion, among the first k of the passages."""
    jury, facts, right = Jury(net, ballots, p.drop_empty), ballots.facts.numpy(), ballots.answer.numpy()
    counts = (*(k for k in COUNTS if k < p.passages), p.passages)
    accuracy, answers = np.zeros((len(FUSIONS), len(counts))), {}
    for row, fusion in enumerate(FUSIONS):
        for column, k in enumerate(counts):

            def read(questions: Array, prefixes: Array, k: int = k) -> Array:
                return jury(questions, prefixes)[:, :k]

            answers[fusion] = vote(read, facts[:, :k], jury.kept[:, :k], fusion, p.mode == "extractive", p.vocabulary)
            accuracy[row, column] = (answers[fusion] == right).all(1).mean()
    return Votes(ballots, jury, answers, counts, accuracy)
