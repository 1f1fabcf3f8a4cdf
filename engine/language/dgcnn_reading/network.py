"""The reader: a question as one vector, gated dilated layers over the passage, two tags per position, perhaps a global score.

Su (2018), kexue.fm/archives/5409, equations (1)–(6); the layers are those of `engine.language.dgcnn`.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.core.model import drawn
from engine.language.dgcnn import Gated, Pool
from engine.language.dgcnn_reading.params import QUESTION_RATES, DgcnnReadingParams
from engine.language.dgcnn_reading.vocabulary import ASKED, UNKNOWN, VOCABULARY

WIDTH, RARE = 32, -2.0  # of all vectors; bias of the tags at the start, for few positions are ends
TINY = 1e-6  # least p in the loss


class Reader(nn.Module):
    """Reads passages for questions, both by token number."""

    def __init__(self, random: torch.Generator, p: DgcnnReadingParams) -> None:
        super().__init__()
        self.match = p.match
        self.embedding = drawn(random, VOCABULARY, WIDTH, scale=0.5)
        self.question = Gated(random, WIDTH, QUESTION_RATES, p.block)
        self.pool = Pool(random, WIDTH)
        size = {"off": 2 * WIDTH, "on": 2 * WIDTH + 1, "product": 3 * WIDTH}[p.match]
        self.mix, self.shift = drawn(random, size, WIDTH, scale=size**-0.5), nn.Parameter(torch.zeros(WIDTH))
        self.passage = Gated(random, WIDTH, p.rates, p.block)
        self.tags, self.bias = drawn(random, WIDTH, 2, scale=WIDTH**-0.5), nn.Parameter(torch.full((2,), RARE))
        if p.global_score:
            self.gather = Pool(random, WIDTH)
            self.answered, self.answered_bias = drawn(random, WIDTH, scale=WIDTH**-0.5), nn.Parameter(torch.zeros(()))
        self.whole = p.global_score

    def embed(self, passages: Tensor, questions: Tensor) -> tuple[Tensor, Tensor]:
        """What enters the passage layers (n, L, d), and the question's λ (n, m)."""
        x, asked = functional.embedding(passages, self.embedding), functional.embedding(questions, self.embedding)
        vector, weights = self.pool(self.question(asked))
        pieces = [WIDTH, WIDTH, len(self.mix) - 2 * WIDTH]
        own, whose, more = self.mix.split(pieces)  # a product with [x, v, match], piece by piece
        mixed = x @ own + (vector @ whose + self.shift)[:, None]
        if self.match == "on":
            mixed = mixed + matches(passages, questions)[..., None].to(x.dtype) * more
        if self.match == "product":
            mixed = mixed + (x * vector[:, None]) @ more
        return mixed, weights

    def logits(self, passages: Tensor, questions: Tensor, stretch: list[Tensor] | None = None) -> tuple[Tensor, Tensor | None]:
        """Tags (n, L, 2) before σ, and the global score (n,), None where there is none; `stretch` as in `Gated.explain`."""
        return self.heads(self.passage(self.embed(passages, questions)[0], stretch=stretch))

    def heads(self, h: Tensor) -> tuple[Tensor, Tensor | None]:
        """The same of the last layer (n, L, d); the global score is p^glob of (6)."""
        score = torch.sigmoid(self.gather(h)[0] @ self.answered + self.answered_bias) if self.whole else None
        return h @ self.tags + self.bias, score

    def tagged(self, passages: Tensor, questions: Tensor) -> Tensor:
        """Both tags (n, L, 2) with the global score in them (6)."""
        return marks(*self.logits(passages, questions))


def marks(logits: Tensor, score: Tensor | None) -> Tensor:
    """Both tags (n, L, 2) from what comes before σ and the global score (n,) (6)."""
    return torch.sigmoid(logits) if score is None else torch.sigmoid(logits) * score[:, None, None]


def matches(passages: Tensor, questions: Tensor) -> Tensor:
    """True where a token of the passage (n, L) stands in the question (n, m); "?" and unknown ones do not count."""
    told = passages[..., :, None]
    return ((told == questions[..., None, :]) & (told != ASKED) & (told != UNKNOWN)).any(-1)


def focal(p: Tensor, y: Tensor, gamma: float, alpha: float = 0.25) -> Tensor:
    """Binary focal loss of chances p in (0, 1), elementwise: −α y (1 − p)^γ ln p − (1 − α)(1 − y) p^γ ln(1 − p).

    Lin et al., arXiv:1708.02002; α = .25 as in the published reader. With γ = 0 and α = .5 it is half the cross-entropy.
    """
    return -alpha * y * (1 - p) ** gamma * torch.log(p) - (1 - alpha) * (1 - y) * p**gamma * torch.log1p(-p)


def loss(logits: Tensor, score: Tensor | None, y: Tensor, gamma: float) -> Tensor:
    """Of tags (n, L, 2) against y, summed over a passage and averaged over passages; γ = 0 is cross-entropy."""
    if score is None and gamma == 0:
        return functional.binary_cross_entropy_with_logits(logits, y, reduction="sum") / len(y)
    p = marks(logits, score).clamp(TINY, 1 - TINY)  # a product with p^glob cannot be given as a logit
    if gamma == 0:
        return functional.binary_cross_entropy(p, y, reduction="sum") / len(y)
    return focal(p, y, gamma).sum() / len(y)


def targets(answers: Tensor, length: int) -> Tensor:
    """Tags (n, L, 2) of the right answers (n, 2), first and last position; none where they are -1."""
    return (torch.arange(length)[:, None] == answers[:, None]).float()
