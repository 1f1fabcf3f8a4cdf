"""Short sentences: tokens with hidden values, and three classes by the mean of them."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from engine.training.masking.params import LONGEST, SHORTEST, VOCABULARY

EDGE = 0.5  # a mean below -EDGE is class 0, above EDGE class 2
TRAINED, TESTED = 2000, 1000


@dataclass(frozen=True)
class Sentences:
    """Ids (n, 12), 0 behind the last token, and labels (n,), for training and for testing; the values (20,) of ids 1 to 20."""

    ids: Tensor
    labels: Tensor
    test_ids: Tensor
    test_labels: Tensor
    values: Tensor


def sentences(random: torch.Generator) -> Sentences:
    """2,000 and 1,000 sentences of 2 to 12 tokens. Values are equally spaced in [-2, 2], shuffled."""
    values = torch.linspace(-2, 2, VOCABULARY, dtype=torch.float64)[torch.randperm(VOCABULARY, generator=random)]
    count = TRAINED + TESTED
    length = torch.randint(SHORTEST, LONGEST + 1, (count, 1), generator=random)
    ids = torch.randint(1, VOCABULARY + 1, (count, LONGEST), generator=random) * (torch.arange(LONGEST) < length)
    known = torch.cat([torch.zeros(1, dtype=values.dtype), values])
    means = (known[ids].sum(1) / length.squeeze(1)).round(decimals=9)  # a mean of exactly EDGE is the middle class's
    labels = (means > EDGE).long() + (means >= -EDGE).long()
    return Sentences(ids[:TRAINED], labels[:TRAINED], ids[TRAINED:], labels[TRAINED:], values)


def padded(ids: Tensor, total: int, side: str = "right") -> Tensor:
    """Ids (n, total) of sentences (n, 12) that are padded at the right: with zeros at that side; cut where they are padding only."""
    longer = functional.pad(ids, (0, total - ids.shape[1]))
    if side == "right":
        return longer
    return longer.gather(1, (longer > 0).to(torch.uint8).argsort(dim=1, stable=True))
