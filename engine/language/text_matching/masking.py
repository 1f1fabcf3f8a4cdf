"""Batches: pairs turned round, words hidden as BERT hides them, and the one loss (4) of hidden words and labels."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from engine.language.text_matching.network import Bert
from engine.language.text_matching.params import MASK, NO, SPECIALS

HIDDEN, KEPT = 0.8, 0.1  # of the chosen tokens: [MASK], themselves; the others become any word


@dataclass
class Batch:
    """Tokens and segments (rows, length); places (k,) in rows · length that are guessed, what stood there (k,), which are [CLS] (k,)."""

    ids: Tensor
    second: Tensor
    at: Tensor
    wanted: Tensor
    labelled: Tensor

    def to(self, device: torch.device) -> Batch:
        return Batch(*(part.to(device) for part in vars(self).values()))


def hide(ids: Tensor, rate: float, words: int, random: torch.Generator) -> tuple[Tensor, Tensor]:
    """Tokens with some hidden, and which (rows, length): each word with chance `rate`, never a special token; 80 % [MASK], 10 % kept, 10 % any word.

    As many random numbers are drawn at every rate, so that a run's later batches do not hang on it.
    """
    chance, kind = torch.rand(ids.shape, generator=random), torch.rand(ids.shape, generator=random)
    other = torch.randint(len(SPECIALS), len(SPECIALS) + words, ids.shape, generator=random)
    chosen = (chance < rate) & (ids >= len(SPECIALS))
    hidden = torch.where(kind < HIDDEN, MASK, torch.where(kind < HIDDEN + KEPT, ids, other))
    return torch.where(chosen, hidden, ids), chosen


def batch_of(ids: Tensor, second: Tensor, labels: Tensor, chosen: Tensor, shown: Tensor) -> Batch:
    """A batch without the columns where nobody has a token. `labels` (rows,) is 0, 1, or −1: not known; `shown` is what `hide` made of ids."""
    length = int((ids > 0).any(0).sum())
    chosen, wanted = chosen[:, :length].clone(), ids[:, :length].clone()
    chosen[:, 0] = labels >= 0
    wanted[:, 0] = labels.clamp(min=0) + NO
    at = chosen.flatten().nonzero()[:, 0]
    return Batch(shown[:, :length], second[:, :length], at, wanted.flatten()[at], at % length == 0)


def errors(net: Bert, batch: Batch) -> Tensor:
    """Cross-entropy (starts, k) at every guessed place; (4) is its mean."""
    logits = net.logits(net(batch.ids, batch.second, batch.at))
    return functional.cross_entropy(logits.transpose(1, 2), batch.wanted.expand(len(logits), -1), reduction="none")


def loss(error: Tensor) -> Tensor:
    """(4) (starts,); 0 where nothing is guessed."""
    return error.sum(-1) / max(error.shape[-1], 1)


def turned(both: Tensor, chosen: Tensor, random: torch.Generator) -> tuple[Tensor, Tensor]:
    """Tokens and segments (rows, 16) of the chosen pairs, whose sentences change places with chance ½; `both` is (2, 2, n, 16)."""
    way = torch.randint(2, chosen.shape, generator=random)
    ids, second = both[way, :, chosen].unbind(1)
    return ids, second
