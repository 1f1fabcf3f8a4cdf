"""The linker: text and description look at each other, and a small network says whether they match (3).

Vaswani et al., arXiv:1706.03762; Su (2019), kexue.fm/archives/6919. Here encoders of single words stand for its BiLSTMs.
"""

from __future__ import annotations

import math
from functools import partial

import torch
from torch import Tensor, cat, nn
from torch.nn import functional

from engine.core.model import drawn
from engine.language.entity_linking.params import VOCABULARY

WIDTH = 32


def attend(q: Tensor, d: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Att(Q, D, D) (..., n, w), Att(D, Q, Q) (..., m, w), and the weights of the former (..., n, m): q (..., n, w), d (..., m, w).

    Both ways share the exponentials; of vectors within ±1 none is above e^√w, so that no maximum need be taken off.
    """
    alike = torch.exp(q @ d.mT * q.shape[-1] ** -0.5)
    weights = alike / alike.sum(-1, keepdim=True)
    return weights @ d, (alike / alike.sum(-2, keepdim=True)).mT @ q, weights


class Linker(nn.Module):
    """Scores s(e) of texts against descriptions."""

    def __init__(self, random: torch.Generator, matching: bool) -> None:
        super().__init__()
        self.matching = matching
        weight = partial(drawn, random)
        self.embedding = weight(VOCABULARY, WIDTH, scale=0.3)
        self.weight, self.bias = weight(WIDTH, WIDTH, scale=1 / math.sqrt(WIDTH)), nn.Parameter(torch.zeros(WIDTH))
        self.flag = weight(WIDTH, scale=0.3)
        self.hidden, self.hidden_bias = (
            weight(2 * WIDTH, WIDTH, scale=1 / math.sqrt(2 * WIDTH)),
            nn.Parameter(torch.zeros(WIDTH)),
        )
        self.out, self.out_bias = weight(WIDTH, scale=1 / math.sqrt(WIDTH)), nn.Parameter(torch.zeros(()))

    def vectors(self) -> Tensor:
        """Encoded words (2 * words, d), the same wherever one stands: first without the flag, then with it."""
        inner = torch.addmm(self.bias, self.embedding, self.weight)
        return torch.tanh(cat([inner, inner + self.flag]))

    def forward(self, text: Tensor, description: Tensor) -> Tensor:
        """s(e) (...) of texts and descriptions, as `explain` takes them."""
        return self.explain(text, description)[0]

    def explain(self, text: Tensor, description: Tensor) -> tuple[Tensor, Tensor]:
        """s(e) (...) of texts (..., n) and descriptions (..., m), word by number; how much each of n looks at each of m (..., n, m)."""
        vectors = self.vectors()
        text = text.expand(*description.shape[:-1], text.shape[-1])
        flagged = text + VOCABULARY * matches(text, description) if self.matching else text
        q, d = functional.embedding(flagged, vectors), functional.embedding(description, vectors)
        read, told, weights = attend(q, d)
        u, v = (read * q).amax(-2), (told * d).amax(-2)
        inner = torch.tanh(cat([u, v], -1) @ self.hidden + self.hidden_bias)
        return inner @ self.out + self.out_bias, weights


def matches(text: Tensor, description: Tensor) -> Tensor:
    """1 where a word of the text (..., n) stands in the description (..., m): (..., n)."""
    return (text[..., :, None] == description[..., None, :]).any(-1)
