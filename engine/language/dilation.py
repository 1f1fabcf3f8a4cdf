"""How far stacked dilated convolutions see. Yu & Koltun, arXiv:1511.07122; Su (2018), kexue.fm/archives/5409."""

from __future__ import annotations

from collections.abc import Sequence

KERNEL = 3


def receptive_field(rates: Sequence[int]) -> int:
    """RF = 1 + (k − 1) Σ rᵢ positions of the input that one output depends on (4)."""
    return 1 + (KERNEL - 1) * sum(rates)


def radius(rates: Sequence[int]) -> int:
    """R = (k − 1)/2 · Σ rᵢ: how far an output sees to either side (4)."""
    return (receptive_field(rates) - 1) // 2
