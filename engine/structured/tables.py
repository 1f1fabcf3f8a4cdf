"""Label scores from tables of symbols, one table per place of a window: the simplest encoder there is."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import pad

SPREAD = 0.01  # standard deviation of first weights


def label_scores(tables: Tensor, symbols: Tensor) -> Tensor:
    """h_t(y), the sum of one table per place of the window: tables (2w+1, symbols, k), symbols (..., n) -> (..., n, k)."""
    window, n, edge = len(tables) // 2, symbols.shape[-1], tables.shape[1] - 1
    wide = pad(symbols, (window, window), value=edge)
    return torch.stack([table[wide[..., o : o + n]] for o, table in enumerate(tables)]).sum(0)


def fresh(shape: tuple[int, ...], random: torch.Generator) -> nn.Parameter:
    """First weights: normal, of standard deviation 0.01."""
    return nn.Parameter(SPREAD * torch.randn(shape, generator=random))
