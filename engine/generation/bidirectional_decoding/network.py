"""Two hands that write a sequence from both ends: their reading, their looks at each other, and how they write on their own.

Everything of a hand is in its own order: its first token is the rightmost one for the hand that writes from the right.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.generation.bidirectional_decoding.theory import Items
from engine.generation.decoders import Reader, Walker, fill

HIDDEN, READOUT = 48, 64
BOLD = 8.0  # the place bias counts so much more: even steps of Adam then move it as far as the other scores


@dataclass(frozen=True)
class Sheet:
    """What one hand has before it, in its own order: its first input (n,), a shown increment for each token, the tokens (n, T)."""

    first: Tensor
    shown: Tensor
    y: Tensor

    def past(self, tokens: Tensor) -> Tensor:
        """The hand's input tokens (n, T) when `tokens` are what was written: the first input, then all but the last."""
        return torch.cat([self.first[:, None], tokens[:, :-1]], 1)


def sheets(items: Items, symbols: int, right_anchor: bool, device: torch.device) -> tuple[Sheet, Sheet]:
    """The same items for the left and for the right hand; token V stands where the right one does not know its anchor."""
    a, b, shown, y = (torch.from_numpy(part).to(device) for part in (items.a, items.b, items.shown, items.y))
    b = b if right_anchor else torch.full_like(b, symbols)
    return Sheet(a, shown[:, :-1], y), Sheet(b, shown[:, 1:].flip(1), y.flip(1))


class Hand(Reader):
    """One hand: a GRU over (token before, increment shown), a look at the other hand's states, a perceptron.

    Args:
        length: T. looks: whether it looks at the other hand.
    """

    def __init__(self, symbols: int, length: int, looks: bool) -> None:
        super().__init__(symbols, symbols, HIDDEN, memory=True)
        self.looks = looks
        if looks:
            self.query = nn.Linear(HIDDEN, HIDDEN, bias=False)  # the other hand's states are keys and values at once
            self.bias = nn.Parameter(torch.zeros(length, length))
        self.out = nn.Sequential(nn.Linear(HIDDEN * (2 if looks else 1), READOUT), nn.ReLU(), nn.Linear(READOUT, symbols))

    def weigh(self, h: Tensor, others: Tensor, steps: Tensor) -> Tensor:
        """Attention (2) of own states h (n, r, H), made at these `steps` (r,), over the other hand's states (n, m, s, H).

        A hand sees as many of the other's states as it has itself: s ≤ step. Returns (n, r, m, s), one for each sum over s.
        """
        scores = torch.einsum("nrh,nmsh->nrms", self.query(h), others) / math.sqrt(HIDDEN)
        states = torch.arange(others.shape[2], device=h.device)
        scores = scores + BOLD * self.bias[steps, : len(states)][:, None]
        return scores.masked_fill((states > steps[:, None])[:, None], -math.inf).softmax(3)

    def answer(self, h: Tensor, others: Tensor, steps: Tensor) -> tuple[Tensor, Tensor]:
        """Logits (n, r, m, V) of own states beside each of the other hand's m paths, and the look (n, r, m, s)."""
        look = self.weigh(h, others, steps)
        looked = torch.einsum("nrms,nmsh->nrmh", look, others)
        return self.out(torch.cat([h[:, :, None].expand_as(looked), looked], 3)), look


class Pair(nn.Module):
    """A left and a right hand, each filled by its own generator: pairs of the same two read alike before they have learned."""

    def __init__(self, symbols: int, length: int, looks: bool, generators: tuple[torch.Generator, torch.Generator]) -> None:
        super().__init__()
        self.left, self.right = (Hand(symbols, length, looks) for _ in generators)
        for hand, generator in zip(self.hands, generators, strict=True):
            fill(hand, generator)

    @property
    def hands(self) -> tuple[Hand, Hand]:
        return self.left, self.right

    def forward(
        self, sheets: tuple[Sheet, Sheet], partners: tuple[Tensor, Tensor] | None = None
    ) -> tuple[tuple[Tensor, Tensor], tuple[Tensor, Tensor]]:
        """Logits (n, T, V) of both hands, and where each looked (n, T, T).

        Both read the true tokens before; `partners` are the tokens that the OTHER one sees a hand write, the true ones if None.
        """
        own = [hand.states(sheet.past(sheet.y), sheet.shown) for hand, sheet in zip(self.hands, sheets, strict=True)]
        seen = own
        if partners is not None:
            seen = [
                hand.states(sheet.past(tokens), sheet.shown)
                for hand, sheet, tokens in zip(self.hands, sheets, partners, strict=True)
            ]
        logits, looks = [], []
        steps = torch.arange(own[0].shape[1], device=own[0].device)
        for hand, h, other in zip(self.hands, own, seen[::-1], strict=True):
            if hand.looks:
                said, look = hand.answer(h, other[:, None], steps)
                logits.append(said[:, :, 0])
                looks.append(look[:, :, 0])
            else:
                logits.append(hand.out(h))
                looks.append(h.new_zeros(len(h), len(steps), len(steps)))
        return (logits[0], logits[1]), (looks[0], looks[1])


def loss(logits: tuple[Tensor, Tensor], sheets: tuple[Sheet, Sheet]) -> Tensor:
    """Equation (3): the mean of both hands' cross entropies, in nats per token."""
    both = [functional.cross_entropy(own.flatten(0, 1), sheet.y.flatten()) for own, sheet in zip(logits, sheets, strict=True)]
    return (both[0] + both[1]) / 2


@dataclass(frozen=True)
class Written:
    """What both hands wrote, each in its own order: tokens (n, T), score ln p (n,), where it looked (n, T, T)."""

    tokens: tuple[Tensor, Tensor]
    scores: tuple[Tensor, Tensor]
    looks: tuple[Tensor, Tensor]

    def text(self) -> tuple[Tensor, Tensor]:
        """Both tokens from left to right."""
        return self.tokens[0], self.tokens[1].flip(1)

    def chosen(self) -> Tensor:
        """From left to right, the sequence of the hand whose score is higher; the left one's where they are equal (n, T)."""
        left, right = self.text()
        return torch.where((self.scores[0] >= self.scores[1])[:, None], left, right)


@dataclass
class _Side:
    """One hand on its way: k paths of n items, their states, tokens, scores and looks."""

    hand: Hand
    walker: Walker
    shown: Tensor
    token: Tensor  # (n, k)
    states: Tensor  # (n, k, t, H)
    paths: Tensor  # (n, k, t)
    score: Tensor  # (n, k)
    looks: Tensor  # (n, k, T, T)

    def read(self, t: int) -> None:
        """Take in the newest token."""
        n, k = self.token.shape
        state = self.states[:, :, -1].flatten(0, 1) if t else self.walker.begin(n * k)
        state = self.walker.walk(state, self.token.flatten(), self.shown[:, t].repeat_interleave(k))
        self.states = torch.cat([self.states, state.view(n, k, 1, -1)], 2)

    def expect(self, t: int, other: Tensor) -> Tensor:
        """ln of the next token's probability, averaged over the other hand's paths (their states (n, m, t, H)): (n, k, V)."""
        h = self.states[:, :, -1]
        if not self.hand.looks:
            return self.hand.out(h).log_softmax(2)
        logits, look = self.hand.answer(h, other, torch.full((h.shape[1],), t, device=h.device))
        self.looks[:, :, t, : t + 1] = look.mean(2)
        return logits.softmax(3).mean(2).log()

    def keep(self, expected: Tensor, width: int) -> None:
        """Expand every path, keep the best `width`."""
        n, k, v = expected.shape
        self.score, best = (self.score[:, :, None] + expected).flatten(1).topk(min(width, k * v), 1)
        if width == 1:  # the one path goes on
            self.token = best
        else:
            rows, origin, self.token = torch.arange(n, device=best.device)[:, None], best // v, best % v
            self.states, self.looks, self.paths = (part[rows, origin] for part in (self.states, self.looks, self.paths))
        self.paths = torch.cat([self.paths, self.token[:, :, None]], 2)


@torch.no_grad()
def write(pair: Pair, sheets: tuple[Sheet, Sheet], width: int = 1) -> Written:
    """Both hands write on their own, in lock step, with `width` paths each (bidirectional beam search; 1 is greedy).

    At a step neither sees what the other one writes in that step: it reads the states that led there.
    """
    n, length = sheets[0].y.shape
    sides = []
    for hand, sheet in zip(pair.hands, sheets, strict=True):
        empty = torch.zeros(n, 1, 0, HIDDEN, device=sheet.y.device)
        looks = empty.new_zeros(n, 1, length, length)
        paths, score = sheet.y.new_zeros(n, 1, 0), empty.new_zeros(n, 1)
        sides.append(_Side(hand, Walker(hand), sheet.shown, sheet.first[:, None], empty, paths, score, looks))
    left, right = sides
    for t in range(length):
        for side in sides:
            side.read(t)
        expected = left.expect(t, right.states), right.expect(t, left.states)
        for side, next_ones in zip(sides, expected, strict=True):
            side.keep(next_ones, width)
    rows = torch.arange(n, device=left.score.device)
    best = [(side, (rows, side.score.argmax(1))) for side in sides]
    one, two = ((side.paths[at], side.score[at], side.looks[at]) for side, at in best)
    return Written(*zip(one, two, strict=True))
