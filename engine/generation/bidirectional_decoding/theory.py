"""The noisy bridge: items, and how right a writer from the left, from the right, and the best of all can be. Float64, no torch.

A path over the ring of V symbols has increments d_1 .. d_{T+1}; both ends, y_0 = a and y_{T+1} = b, are shown, and each
increment is, with probability ε, shown as a uniform symbol instead (which may be the true one).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

Array = np.ndarray
PLANES = 4  # of random numbers an item is made of
END = 4  # tokens at an end, as in the article


@dataclass(frozen=True)
class Items:
    """Some paths: both anchors (n,), the shown increments (n, T + 1), and the symbols between (n, T), left to right."""

    a: Array
    b: Array
    shown: Array
    y: Array

    def columns(self) -> Array:
        """a, the shown increments, b: (n, T + 3)."""
        return np.column_stack([self.a, self.shown, self.b])


def items(uniforms: Array, symbols: int, noise: float) -> Items:
    """Items from uniform numbers (4, n, T + 1): increments, whether each is replaced, by what, and (first column) the anchor.

    The same numbers at another noise give the same paths under more or less of the same noise.
    """
    step, blur, which, first = uniforms
    d = np.minimum((step * symbols).astype(np.int64), symbols - 1)
    other = np.minimum((which * symbols).astype(np.int64), symbols - 1)
    a = np.minimum((first[:, 0] * symbols).astype(np.int64), symbols - 1)
    path = (a[:, None] + d.cumsum(1)) % symbols
    return Items(a, path[:, -1], np.where(blur < noise, other, d), path[:, :-1])


def right(steps: Array | int, symbols: int, noise: float) -> Array:
    """Chance to be right after so many noisy steps from an anchor, equation (4): 1/V + (1 − 1/V)(1 − ε)^n."""
    return 1 / symbols + (1 - 1 / symbols) * (1 - noise) ** np.asarray(steps, float)


def one_way(length: int, symbols: int, noise: float, anchored: bool = True) -> Array:
    """How right a writer is at its 1st .. T-th token who adds the shown increments to its anchor (4): (T,).

    Without an anchor every path is as likely as any of its shifts: 1/V.
    """
    return right(np.arange(1, length + 1), symbols, noise) if anchored else np.full(length, 1 / symbols)


def best(length: int, symbols: int, noise: float, anchored: bool = True) -> Array:
    """How right the Bayes-optimal guess of each place is, given everything (5): that of the nearer anchor, (T,)."""
    left = one_way(length, symbols, noise)
    return np.maximum(left, one_way(length, symbols, noise, anchored)[::-1])


def entropy(symbols: int, noise: float) -> float:
    """H(y_t | y_{t−1}, shown increment) in nats: no loss of a writer that looks one way can be below."""
    kept = 1 - noise + noise / symbols
    rest = noise / symbols
    return 0.0 - kept * math.log(kept) - ((symbols - 1) * rest * math.log(rest) if rest > 0 else 0.0)


def at_ends(curve: Array) -> tuple[float, float]:
    """Share right of the first four and of the last four tokens."""
    return float(curve[:END].mean()), float(curve[-END:].mean())


def surprise_deviation(symbols: int, noise: float) -> float:
    """Standard deviation of −ln p of one token under its exact conditional, in nats."""
    kept, rest = 1 - noise + noise / symbols, noise / symbols
    square = kept * math.log(kept) ** 2 + ((symbols - 1) * rest * math.log(rest) ** 2 if rest > 0 else 0.0)
    return math.sqrt(max(square - entropy(symbols, noise) ** 2, 0.0))


def answered(length: int) -> Array:
    """The steps n (from 1) at which the other hand has written the token asked for: its state s = T + 1 − n ≤ n − 1 has read it."""
    return np.arange(length // 2 + 1 + length % 2, length + 1)


def leaked(look: Array) -> float:
    """Mean attention, over those steps, on the state that has just read the answer, from a mean look (T, T)."""
    n = answered(len(look))
    return float(look[n - 1, len(look) + 1 - n].mean())


def leak_floor(length: int, symbols: int, noise: float) -> float:
    """The least loss (3), nats per token, of hands that see the other one write the truth.

    While the other hand is still away, a hand has only its own past, H a token; afterwards the token is there to be read. If T
    is odd, one step lies between: the other hand has read the token beside it and the increment between, so two guesses meet.
    """
    alone = length // 2
    floor = alone * entropy(symbols, noise)
    if length % 2:
        kept, rest = 1 - noise + noise / symbols, noise / symbols
        agree = kept**2 + (symbols - 1) * rest**2
        rows = [(agree, [kept**2] + [rest**2] * (symbols - 1))]
        rows += [(1 - agree, [kept * rest] * 2 + [rest**2] * (symbols - 2))]
        for share, weights in rows:
            p = np.array([weight for weight in weights if weight > 0])
            if share > 0 and p.size:
                p = p / p.sum()
                floor -= share * float((p * np.log(p)).sum())
    return max(floor, 0.0) / length
