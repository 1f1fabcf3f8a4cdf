"""Both models: label scores from tables of symbols; the CRF adds transitions and a start, the softmax has nothing else."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from engine.structured import chains
from engine.structured.crf.params import LABELS
from engine.structured.tables import fresh, label_scores


class Softmax(nn.Module):
    """Every place by itself: n problems of k answers."""

    def __init__(self, symbols: int, window: int, random: torch.Generator) -> None:
        super().__init__()
        self.tables = fresh((2 * window + 1, symbols, LABELS), random)

    def loss(self, symbols: Tensor, labels: Tensor, inside: Tensor) -> Tensor:
        """-log P(y|x) of every sequence in nats: cross-entropies of its places, summed: (batch,)."""
        each = cross_entropy(label_scores(self.tables, symbols).transpose(-1, -2), labels, reduction="none")
        return (each * inside).sum(-1)


class Crf(nn.Module):
    """One problem of kⁿ answers: scores of labels, of neighbours, and of the first label."""

    def __init__(self, symbols: int, window: int, random: torch.Generator) -> None:
        super().__init__()
        self.tables = fresh((2 * window + 1, symbols, LABELS), random)
        self.transitions = fresh((LABELS, LABELS), random)
        self.start = fresh((LABELS,), random)

    def loss(self, symbols: Tensor, labels: Tensor, inside: Tensor) -> Tensor:
        """-log P(y|x) = log Z(x) - s(y; x) (2) of every sequence in nats: (batch,)."""
        h = chains.with_start(label_scores(self.tables, symbols), self.start)
        return chains.log_partition(h, self.transitions, inside) - chains.path_score(h, self.transitions, labels, inside)
