"""Rotary positions: pairs of components turned by an angle that grows with the position (Su et al. 2021, arXiv:2104.09864)."""

from __future__ import annotations

import torch
from torch import Tensor


def turned(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Pairs (2t, 2t + 1) of x (..., L, width) turned by the angle whose cosine and sine (..., L, width / 2) are given."""
    pairs = torch.view_as_complex(x.unflatten(-1, (-1, 2)).contiguous())  # a turn is one product of complex numbers
    return torch.view_as_real(pairs * torch.complex(cos, sin)).flatten(-2)
