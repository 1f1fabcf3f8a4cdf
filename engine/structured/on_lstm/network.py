"""The ordered cell, and a language model of one such layer."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from engine.structured.on_lstm.grammar import PAD, VOCABULARY

EMBEDDING, DROPOUT = 24, 0.1


class Gates(NamedTuple):
    """All that a step computes: master gates (batch, p) (None in an LSTM), the others (batch, n)."""

    forget_master: Tensor | None
    input_master: Tensor | None
    forget_gate: Tensor
    input_gate: Tensor
    output_gate: Tensor
    candidate: Tensor
    cell_state: Tensor
    hidden_state: Tensor


class OrderedCell(nn.Module):
    """ON-LSTM (Shen et al. 2019), with Su's input gate, the paper's, or without master gates (an LSTM).

    Args:
        inputs, hidden, levels: sizes; `levels` divides `hidden`, and each entry of a master gate serves hidden / levels neurons in a row.
        cell: "onlstm", "paper" or "lstm".

    One matrix each for input and state: rows of both master gates (2p), then f, i, o, ĉ (4n).
    """

    def __init__(self, inputs: int, hidden: int, levels: int, cell: str, random: torch.Generator) -> None:
        super().__init__()
        self.hidden, self.levels, self.cell = hidden, levels, cell
        self.masters = 0 if cell == "lstm" else 2 * levels
        rows, reach = self.masters + 4 * hidden, 1 / math.sqrt(hidden)
        fresh = lambda *size: nn.Parameter(reach * (2 * torch.rand(*size, generator=random) - 1))  # noqa: E731
        self.w, self.u, self.b = fresh(rows, inputs), fresh(rows, hidden), fresh(rows)

    def step(self, from_input: Tensor, h: Tensor, c: Tensor, temperature: float) -> Gates:
        """One token: W x + b (batch, rows), state h and cell c (batch, n) -> everything, (2) and (3)."""
        z = torch.addmm(from_input, h, self.u.T)
        f, i, o = z[:, self.masters : -self.hidden].sigmoid().chunk(3, 1)
        candidate = z[:, -self.hidden :].tanh()
        if self.cell == "lstm":
            c = f * c + i * candidate
            return Gates(None, None, f, i, o, candidate, c, o * c.tanh())
        p = (z[:, : self.masters].view(len(z), 2, self.levels) / temperature).softmax(-1)
        f_master, sums = p.cumsum(-1).unbind(1)
        # Su's input gate: its logits stand in reverse, so that the sums come from the right
        i_master = sums.flip(-1) if self.cell == "onlstm" else 1 - sums
        big_f, big_i = self.spread(f_master), self.spread(i_master)
        both = big_f * big_i
        c = (both * f + big_f - both) * c + (both * i + big_i - both) * candidate  # (3), sorted by what is multiplied
        return Gates(f_master, i_master, f, i, o, candidate, c, o * c.tanh())

    def spread(self, gate: Tensor) -> Tensor:
        """Each entry of a master gate (batch, p) for its hidden / levels neurons in a row: (batch, n)."""
        if self.levels == self.hidden:
            return gate
        return gate.unsqueeze(-1).expand(-1, -1, self.hidden // self.levels).reshape(len(gate), self.hidden)

    def forward(self, x: Tensor, temperature: float = 1.0) -> list[Gates]:
        """All steps of x (batch, T, inputs), from a state of zeros."""
        from_input = (x.transpose(0, 1) @ self.w.T + self.b).unbind(0)
        h = c = x.new_zeros(len(x), self.hidden)
        steps = []
        for now in from_input:
            steps.append(self.step(now, h, c, temperature))
            h, c = steps[-1].hidden_state, steps[-1].cell_state
        return steps


class LanguageModel(nn.Module):
    """Embedding, one layer, next-token logits."""

    def __init__(self, hidden: int, levels: int, cell: str, random: torch.Generator) -> None:
        super().__init__()
        self.embedding = nn.Parameter(torch.randn(VOCABULARY, EMBEDDING, generator=random))
        self.layer = OrderedCell(EMBEDDING, hidden, levels, cell, random)
        reach = 1 / math.sqrt(hidden)
        self.out = nn.Parameter(reach * (2 * torch.rand(VOCABULARY, hidden, generator=random) - 1))
        self.bias = nn.Parameter(torch.zeros(VOCABULARY))

    def forward(self, tokens: Tensor, temperature: float, dropout: torch.Generator | None = None) -> tuple[Tensor, list[Gates]]:
        """Logits (batch, T, vocabulary) and all gates from tokens (batch, T); `dropout` draws the masks of training."""
        x = self.embedding[tokens]
        steps = self.layer(x if dropout is None else thinned(x, dropout), temperature)
        h = torch.stack([step.hidden_state for step in steps], 1)
        return (h if dropout is None else thinned(h, dropout)) @ self.out.T + self.bias, steps


def thinned(x: Tensor, random: torch.Generator) -> Tensor:
    """Dropout with a generator of its own."""
    keep = torch.rand(x.shape, generator=random).to(x.device) >= DROPOUT
    return x * keep / (1 - DROPOUT)


def loss(logits: Tensor, targets: Tensor, reduction: str = "mean") -> Tensor:
    """Next-token cross-entropy of logits (batch, T, vocabulary) over targets that are no padding, in nats."""
    return cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=PAD, reduction=reduction)
