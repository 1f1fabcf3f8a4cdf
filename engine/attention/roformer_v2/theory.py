"""Closed forms: the schedule of the ramp, the ledger of parameters, the best possible loss of the noisy cycle. No torch."""

from __future__ import annotations

from functools import cache

import numpy as np


def ramp(step: int, tau: int, before: float = 0.0) -> float:
    """(3): α of step n = 1, 2, ... after a step with α = `before`; it never falls."""
    return max(before, min(1.0, (step - 1) / tau) if tau else 1.0)


def ledger(depth: int, width: int, symbols: int, inside: bool = True) -> dict[str, int]:
    """Numbers that are trained, by what they are: matrices of the layers, embedding and head; biases; γ; β (all parts kept).

    Two norms stand in every layer if `inside`, and one more outside.
    """
    norms = 2 * depth * inside + 1
    return {
        "matrices": 12 * width * width * depth,
        "words": (symbols + 1) * width + symbols * width,
        "biases": 9 * width * depth + symbols,
        "gains": norms * width,
        "shifts": norms * width,
    }


def there(norm: str, bias: bool) -> dict[str, bool]:
    """Whether a net has the parts of the ledger that can be taken away."""
    return {"biases": bias, "gains": norm in ("ln", "rms-gain"), "shifts": norm == "ln"}


def open_path(sums: np.ndarray, alpha: float) -> np.ndarray:
    """(5) for branches as large as the stream: (1 + α²)^(-sums / 2); at α = 1 the 2^(-sums / 2) of post-norm."""
    return (1 + alpha**2) ** (-np.asarray(sums, float) / 2)


def mixed(distance: int, symbols: int, faithful: float) -> np.ndarray:
    """P(x_{t+distance} = column | x_t = row) on a cycle that is numbered along itself: faithful^distance there, else uniform."""
    kept = faithful**distance
    return kept * np.roll(np.eye(symbols), distance, axis=1) + (1 - kept) / symbols


@cache
def bayes_loss(symbols: int, length: int, faithful: float, masked: float) -> float:
    """Loss (nats) of the best predictor of a masked symbol, positions masked independently; exact.

    A Markov chain is known through the nearest symbol that is seen to the left (a places away) and to the right (b): the loss is
    the mean over position, a and b of the entropy of x_t given both. A distance of 0 stands for "none is seen".
    """
    uniform = np.full((symbols, symbols), 1 / symbols)
    total = 0.0
    for place in range(length):
        for a, left in _nearest(place, masked):
            before = mixed(a, symbols, faithful) if a else uniform
            for b, right in _nearest(length - 1 - place, masked):
                after = mixed(b, symbols, faithful) if b else uniform
                joint = before[:, :, None] * after[None] / symbols  # x_{t-a}, x_t, x_{t+b}; the first is uniform
                given = joint / joint.sum(1, keepdims=True)
                total -= left * right * float((joint * np.log(given)).sum())
    return total / length


def _nearest(there: int, masked: float) -> list[tuple[int, float]]:
    """How far the nearest seen of `there` positions is, with its probability; 0 where all are masked."""
    return [(k, masked ** (k - 1) * (1 - masked)) for k in range(1, there + 1)] + [(0, masked**there)]
