"""The reader: one Transformer that is encoder and decoder at once, depending on nothing but its mask."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.generation.seq2seq_reading.theory import ANSWER, visible

WIDTH, HEADS, LAYERS, INNER = 64, 4, 2, 128
SMALL = 0.02  # of the matrices at the start
Memory = list[Tensor]  # of every layer, keys and values side by side (n, t, 2 WIDTH)


class Block(nn.Module):
    """Pre-norm attention with a learned relative bias per head, then a GELU layer."""

    def __init__(self, length: int) -> None:
        super().__init__()
        self.before, self.between = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.three, self.out = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)
        self.up, self.down = nn.Linear(WIDTH, INNER), nn.Linear(INNER, WIDTH)
        self.distance = nn.Parameter(torch.zeros(HEADS, 2 * length - 1))
        places = torch.arange(length)
        self.away: Tensor
        self.register_buffer("away", places[:, None] - places + length - 1, persistent=False)

    def forward(self, x: Tensor, seen: Tensor, past: Tensor | None) -> tuple[Tensor, Tensor, Tensor]:
        """States (n, t, WIDTH) -> states (n, rows, WIDTH), keys and values of all tokens so far, attention (n, heads, rows, all).

        Args:
            seen: (rows, all), bool; with fewer rows than tokens, states are made of the last tokens only.
            past: keys and values of the tokens before these.
        """
        n, rows = len(x), len(seen)
        normed, x = self.before(x), x[:, -rows:]
        (ask, tell), (ask_bias, tell_bias) = (one.split((WIDTH, 2 * WIDTH)) for one in (self.three.weight, self.three.bias))
        both = functional.linear(normed, tell, tell_bias)
        both = both if past is None else torch.cat([past, both], 1)
        every = both.shape[1]
        q = functional.linear(normed[:, -rows:], ask, ask_bias).view(n, rows, HEADS, -1).transpose(1, 2)
        k, v = both.view(n, every, 2, HEADS, -1).permute(2, 0, 3, 1, 4)
        bias = self.distance[:, self.away[every - rows : every, :every]].masked_fill(~seen, -math.inf)
        scores = q @ k.transpose(2, 3) / math.sqrt(q.shape[3]) + bias
        filled = functional.pad(scores, (0, -every % 8), value=-math.inf)  # rows of full vectors are six times as fast
        attention = torch.softmax(filled, -1)[..., :every]
        x = x + self.out((attention @ v).transpose(1, 2).reshape(n, rows, WIDTH))
        return x + self.down(functional.gelu(self.up(self.between(x)))), both, attention


@dataclass(frozen=True)
class Read:
    """What tokens were read into: states before the head (n, rows, WIDTH), what later tokens need, the last layer's attention."""

    states: Tensor
    memory: Memory
    attention: Tensor


class Reader(nn.Module):
    """p(next token | tokens so far) under a mask.

    Args:
        vocabulary: number of tokens. source: length S. mask: its name, see `theory.visible`.
        random: fills all weights: embeddings N(0, 1), for with small ones the passage is not found in time; matrices
            N(0, 0.02), biases 0, as in BERT.
    """

    def __init__(self, vocabulary: int, source: int, mask: str, random: torch.Generator) -> None:
        super().__init__()
        length = source + ANSWER
        self.source = source
        self.token, self.place = nn.Embedding(vocabulary, WIDTH), nn.Embedding(length, WIDTH)
        self.segment = nn.Embedding(2, WIDTH)
        self.blocks = nn.ModuleList(Block(length) for _ in range(LAYERS))
        self.norm, self.head = nn.LayerNorm(WIDTH), nn.Linear(WIDTH, vocabulary)
        self.seen: Tensor
        self.part: Tensor
        self.register_buffer("part", (torch.arange(length) >= source).long(), persistent=False)
        self.register_buffer("seen", torch.from_numpy(visible(source, length, mask)), persistent=False)
        # tokens of the answer that are read in training: the last one only where those before it see it
        self.told = ANSWER if self.seen[:-1, -1].any() else ANSWER - 1
        with torch.no_grad():
            for layer in self.modules():
                if isinstance(layer, nn.Embedding | nn.Linear):
                    size = 1.0 if isinstance(layer, nn.Embedding) else SMALL
                    layer.weight.copy_(size * torch.randn(layer.weight.shape, generator=random))
                if isinstance(layer, nn.Linear):
                    layer.bias.zero_()

    def read(self, tokens: Tensor, past: Memory | None = None, rows: int | None = None) -> Read:
        """Read tokens (n, t) after those in `past` (none: from the first place on); states of the last `rows` (none: of all)."""
        before = 0 if past is None else past[0].shape[1]
        end = before + tokens.shape[1]
        x = self.token(tokens) + (self.place.weight + self.segment(self.part))[before:end]
        seen, memory, attention = self.seen[before:end, :end], [], x
        for k, block in enumerate(self.blocks):
            wanted = seen if rows is None or k < len(self.blocks) - 1 else seen[-rows:]
            x, kept, attention = block(x, wanted, None if past is None else past[k])
            memory.append(kept)
        return Read(x, memory, attention)

    def room(self, count: int) -> Memory:
        """Room for what `count` sources were read into."""
        return [self.token.weight.new_empty((count, self.source, 2 * WIDTH)) for _ in self.blocks]

    def logits(self, states: Tensor) -> Tensor:
        """Scores (..., vocabulary) of the next token."""
        return self.head(self.norm(states))

    def forward(self, source: Tensor, answer: Tensor) -> Tensor:
        """Logits (n, answer tokens, vocabulary) of every token of the answer, given the source and those before it."""
        states = self.read(torch.cat([source, answer[:, : self.told]], 1), rows=self.told + 1).states
        return self.logits(states[:, :ANSWER])


def answer_loss(logits: Tensor, answer: Tensor) -> Tensor:
    """(2): mean −ln p of the answers' tokens, [SEP] included, in nats; what follows [SEP] (0) does not count."""
    return functional.cross_entropy(logits.flatten(0, 1), answer.flatten(), ignore_index=0)


@torch.no_grad()
def greedy(net: Reader, source: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Most likely answers, token by token; the source is read once.

    Returns:
        Tokens (n, 3), the chances (n, 3, vocabulary) they were chosen by, the last layer's attention of the rows that chose
        them, mean over heads (n, 3, S + 2). After [SEP] it goes on; what comes then is no part of the answer.
    """
    now = net.read(source, rows=1)
    chances, tokens, looks = [], [], []
    for _ in range(ANSWER):
        chances.append(torch.softmax(net.logits(now.states[:, -1]), -1))
        tokens.append(chances[-1].argmax(-1))
        look = now.attention[:, :, -1].mean(1)
        looks.append(functional.pad(look, (0, net.source + ANSWER - 1 - look.shape[1])))
        if len(tokens) < ANSWER:
            now = net.read(tokens[-1][:, None], now.memory)
    return torch.stack(tokens, 1), torch.stack(chances, 1), torch.stack(looks, 1)
