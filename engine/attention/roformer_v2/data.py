"""What is learned: a noisy cycle of symbols with holes, whose best loss is known; digits, and questions that follow from their label."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from engine.attention.roformer_v2.params import FAITHFUL, LENGTH, MASKED, SYMBOLS, TASKS
from engine.data.sets.digits import digits

HOLE = SYMBOLS  # the token that stands for a masked symbol
TEST = 500  # digits that only test
YES = {"parity": "13579", "large": "56789", "prime": "2357", "three": "0369", "hole": "04689"}  # digits


def cycle(random: torch.Generator) -> Tensor:
    """π (symbols,): a permutation that is one cycle through all symbols."""
    order = torch.randperm(SYMBOLS, generator=random)
    follows = torch.empty_like(order)
    follows[order] = order.roll(-1)
    return follows


def sentences(follows: Tensor, count: int, random: torch.Generator) -> Tensor:
    """(count, LENGTH): x_{t+1} = π(x_t) with probability 0.9, else uniform over all symbols."""
    noise = torch.randint(SYMBOLS, (count, LENGTH), generator=random)
    faithful = torch.rand(count, LENGTH, generator=random) < FAITHFUL
    told = [noise[:, 0]]
    for place in range(1, LENGTH):
        told.append(torch.where(faithful[:, place], follows[told[-1]], noise[:, place]))
    return torch.stack(told, 1)


def holes(count: int, random: torch.Generator) -> Tensor:
    """Which positions are masked, (count, LENGTH) bool: each with probability 0.2, and one of a row that would have none."""
    masked = torch.rand(count, LENGTH, generator=random) < MASKED
    rescue = torch.randint(LENGTH, (count,), generator=random)
    masked[torch.arange(count), rescue] |= ~masked.any(1)
    return masked


def split(random: torch.Generator) -> tuple[tuple[Tensor, Tensor], tuple[Tensor, Tensor]]:
    """(rows (n, 8, 8) float32 of mean 0 and deviation 1, labels (n,)) to learn from, and 500 such to test with."""
    pictures, labels = digits()
    rows = torch.from_numpy((pictures - pictures.mean()) / pictures.std()).float().view(-1, 8, 8)
    order, known = torch.randperm(len(labels), generator=random), torch.from_numpy(labels)
    learn, test = order[TEST:], order[:TEST]
    return (rows[learn], known[learn]), (rows[test], known[test])


def answers(labels: Tensor, names: tuple[str, ...]) -> Tensor:
    """The right answers (tasks, n) float32 to the chosen questions."""
    table = np.array([[digit in YES[name] for digit in "0123456789"] for name in TASKS if name in names], np.float32)
    return torch.from_numpy(table.reshape(len(names), 10))[:, labels.cpu()].to(labels.device)


def few(labels: Tensor, each: int, draws: int, random: torch.Generator) -> Tensor:
    """Places (draws, 10 each) of `each` pictures of every digit, drawn anew for every draw."""
    by_digit = [torch.nonzero(labels.cpu() == digit)[:, 0] for digit in range(10)]
    return torch.stack(
        [torch.cat([mine[torch.randperm(len(mine), generator=random)[:each]] for mine in by_digit]) for _ in range(draws)]
    )
