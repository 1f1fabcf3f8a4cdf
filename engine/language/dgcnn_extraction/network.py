"""The tagger: subjects of a sentence, then the objects of one of them (2), (3).

Su (2019), kexue.fm/archives/6671, in its lighter variant: a subject is read at its two ends.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.core.model import drawn
from engine.language.dgcnn import Gated
from engine.language.dgcnn_extraction.params import LONGEST, PREDICATES
from engine.language.dgcnn_extraction.vocabulary import SIGNS

WIDTH = 48
BIAS = -3.0  # most tags are 0: without it the first steps do nothing but learn that


class Tagger(nn.Module):
    """Tags as logits. Texts are signs (n, L) with `real` (n, L) where there is text; past it all is as beyond the ends."""

    def __init__(self, random: torch.Generator, rates: Sequence[int], condition: bool = True) -> None:
        super().__init__()
        self.condition = condition
        self.embedding = drawn(random, len(SIGNS), WIDTH, scale=0.3)
        self.embedding.data[0] = 0  # an unknown sign says nothing
        self.places = nn.Parameter(torch.zeros(LONGEST, WIDTH))  # E, of the input and of distances
        self.gated = Gated(random, WIDTH, rates)
        self.subject = drawn(random, WIDTH, 2, scale=1 / math.sqrt(WIDTH))
        self.subject_bias = nn.Parameter(torch.full((2,), BIAS))
        self.ends = drawn(random, 2 * WIDTH, WIDTH, scale=1 / math.sqrt(2 * WIDTH))  # f
        self.joined = drawn(random, WIDTH, 2 * WIDTH, 3, scale=1 / math.sqrt(6 * WIDTH))  # φ
        self.joined_bias = nn.Parameter(torch.zeros(WIDTH))
        self.object = drawn(random, WIDTH, 2 * len(PREDICATES), scale=1 / math.sqrt(WIDTH))
        self.object_bias = nn.Parameter(torch.full((2 * len(PREDICATES),), BIAS))

    def read(self, signs: Tensor, real: Tensor) -> Tensor:
        """h (n, L, d)."""
        return self.gated(functional.embedding(signs, self.embedding) + self.places[: signs.shape[1]], real)

    def subjects(self, h: Tensor) -> Tensor:
        """Start and end logits (n, L, 2) of h (n, L, d) (2)."""
        return h @ self.subject + self.subject_bias

    def objects(self, h: Tensor, real: Tensor, first: Tensor, last: Tensor) -> Tensor:
        """Start and end logits (n, 2, P, L) of the objects of one subject a row, from `first` (n,) to `last` (n,) (3)."""
        rows, length = torch.arange(len(h), device=h.device), h.shape[1]
        if self.condition:
            at = torch.arange(length, device=h.device)
            k = torch.cat([h[rows, first], h[rows, last]], -1) @ self.ends
            told = k[:, None] + self.places[(at - first[:, None]).abs()] + self.places[(at - last[:, None]).abs()]
            told = told * real[..., None]
        else:
            told = torch.zeros_like(h)
        z = torch.relu(functional.conv1d(torch.cat([h, told], -1).mT, self.joined, self.joined_bias, padding=1)).mT
        return (z @ self.object + self.object_bias).mT.unflatten(1, (2, len(PREDICATES)))


def tag_loss(logits: Tensor, wanted: Tensor, real: Tensor) -> Tensor:
    """Binary cross-entropy summed over tags and averaged over places (4): logits and wanted (n, tags, L), real (n, L).

    Averaged over the predicates, too, the second step would learn far slower.
    """
    each = functional.binary_cross_entropy_with_logits(logits, wanted, reduction="none").sum(1)
    return (each * real).sum() / real.sum()
