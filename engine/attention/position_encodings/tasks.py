"""Five generated tasks: what each asks of a position encoding is known exactly."""

from __future__ import annotations

import torch
from torch import Tensor

from engine.attention.position_encodings.params import VOCABULARY

IGNORE = -100  # targets that cannot be known and are left out of loss and accuracy


def batch(task: str, count: int, length: int, lag: int, noise: float, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Tokens and targets, (count, length) int64 each, drawn on the CPU; target IGNORE where nothing can be predicted."""
    match task:
        case "lag":
            return _lag(count, length, lag, noise, generator)
        case "repeat":
            return _repeat(count, length, generator)
        case _:
            tokens = torch.randint(VOCABULARY[task], (count, length), generator=generator)
            if task == "first":
                return tokens, tokens[:, :1].expand(-1, length).contiguous()
            if task == "mirror":
                return tokens, tokens.flip(1)
            counts = torch.nn.functional.one_hot(tokens, VOCABULARY[task]).sum(1)
            return tokens, counts.argmax(1, keepdim=True).expand(-1, length).contiguous()  # argmax: the smallest of a tie


def _lag(count: int, length: int, lag: int, noise: float, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """x_t = x_(t - lag) except, with probability `noise`, anything; predict the next token."""
    total = length + 1
    anything = torch.randint(VOCABULARY["lag"], (count, total), generator=generator)
    surprised = torch.rand(count, total, generator=generator) < noise
    x = anything.clone()
    for start in range(lag, total, lag):  # a block of `lag` tokens depends only on the block before it
        here = slice(start, min(start + lag, total))
        before = x[:, start - lag : here.stop - lag]
        x[:, here] = torch.where(surprised[:, here], anything[:, here], before)
    targets = x[:, 1:].clone()
    targets[:, : lag - 1] = IGNORE
    return x[:, :-1].contiguous(), targets


def _repeat(count: int, length: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """A random block of 4 to 15 tokens over and over; predict the next token from the second time on."""
    period = torch.randint(4, 16, (count, 1), generator=generator)
    block = torch.randint(VOCABULARY["repeat"], (count, 15), generator=generator)
    x = block.gather(1, torch.arange(length + 1) % period)
    targets = x[:, 1:].clone()
    targets[torch.arange(1, length + 1) < period] = IGNORE
    return x[:, :-1].contiguous(), targets
