"""Repetition of a first-order decoder, exactly: closed walks, bounds, loops in a text. float64, no torch.

A table is (n, n + 1): row i holds the chances of what follows symbol i, the end of the sentence (eos) in the last column; its rows
add up to 1. P is the table without that column, A = P ∘ P. Equation numbers are those of the lab's text.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
EDGE = 1e-9  # a spectral radius above 1 − EDGE counts as 1
WALKS = 8  # lengths of closed walks that are compared
LONGEST_LOOP = 40  # of the stuck positions, in symbols


def heated(table: Floats, temperature: float) -> Floats:
    """P^(1/T) row by row, eos too; zeros stay zero. At T = 1 the table itself."""
    if temperature == 1.0:
        return table
    with np.errstate(divide="ignore"):
        logs = np.log(table) / temperature
    weights = np.exp(logs - logs.max(-1, keepdims=True))
    return weights / weights.sum(-1, keepdims=True)


def cut(table: Floats, top_k: int | None, nucleus: float = 1.0, keep_last: bool = False) -> Floats:
    """Only the k largest entries of each row, then only the smallest set of the largest that adds up to `nucleus`.

    Of equal entries the earlier columns stay. Each cut renormalises. `keep_last` lets the last column (eos) survive both.
    """
    columns = table.shape[-1]
    if top_k is not None and top_k < columns:
        table = _kept(table, np.arange(columns) < top_k, keep_last)
    if nucleus < 1.0:
        ordered = -np.sort(-table, axis=-1)
        before = ordered.cumsum(-1) - ordered
        table = _kept(table, before < nucleus - 1e-12, keep_last)
    return table


def _kept(table: Floats, stays: ArrayLike, keep_last: bool) -> Floats:
    """The entries whose rank in their row (largest first) `stays`, renormalised."""
    order = np.argsort(-table, axis=-1, kind="stable")
    mask = np.zeros(table.shape, bool)
    np.put_along_axis(mask, order, np.broadcast_to(np.asarray(stays), table.shape), -1)
    if keep_last:
        mask[..., -1] = True
    left = np.where(mask, table, 0.0)
    return left / left.sum(-1, keepdims=True)


def sharpened(table: Floats, row: int, column: int, share: float) -> Floats:
    """One row moved by `share` towards the certainty of one column: (1 − s) row + s onehot."""
    changed = table.copy()
    changed[row] *= 1 - share
    changed[row, column] += share
    return changed


def radius(matrix: Floats) -> float:
    """Spectral radius; of a matrix without negative entries it is an eigenvalue itself (Perron and Frobenius)."""
    return float(np.abs(np.linalg.eigvals(matrix)).max(initial=0.0))


def loops(squared: Floats) -> Floats:
    """A (I − A)⁻¹; on its diagonal, the expected loops that begin at each visit of a symbol. Needs ρ(A) < 1."""
    return np.asarray(np.linalg.solve((np.eye(len(squared)) - squared).T, squared.T).T, np.float64)


def risk(squared: Floats) -> float:
    """(1): R = Tr A (I − A)⁻¹, the sum over all closed walks; inf where ρ(A) is 1. No probability: it may exceed 1."""
    return math.inf if radius(squared) > 1 - EDGE else float(np.trace(loops(squared)))


def risk_slope(p: Floats) -> Floats:
    """∂R/∂P_ij = 2 P_ij [(I − A)⁻²]_ji (n, n): which entry hurts most where it grows. NaN where R is inf."""
    squared = p * p
    if radius(squared) > 1 - EDGE:
        return np.full(p.shape, np.nan)
    inverse = np.linalg.inv(np.eye(len(p)) - squared)
    return 2 * p * (inverse @ inverse).T


def risk_bound(rho: float, n: int) -> float:
    """(2): n ρ / (1 − ρ), which R cannot exceed."""
    return math.inf if rho > 1 - EDGE else n * rho / (1 - rho)


def walks(p: Floats, most: int = WALKS) -> Floats:
    """(3) for k = 1..most: Tr Aᵏ, its bound (Tr Pᵏ)² / N_k (0 where N_k is), and N_k = Tr Bᵏ: (most, 3)."""
    squared, there = p * p, (p > 0).astype(float)
    rows, (a, b, q) = [], (np.eye(len(p)),) * 3
    for _ in range(most):
        a, b, q = a @ squared, b @ there, q @ p
        many = float(np.trace(b))
        rows.append((float(np.trace(a)), float(np.trace(q)) ** 2 / many if many else 0.0, many))
    return np.array(rows)


def estimate(walks: Floats, filled: float) -> Floats:
    """(3) with the article's N_k ≈ (ζ n)ᵏ, ζ n being the mean number of entries above 0 in a row: no bound. (most,)."""
    return walks[:, 1] * walks[:, 2] / filled ** np.arange(1, len(walks) + 1) if filled else walks[:, 1]


def reached(p: Floats, start: Floats) -> NDArray[np.intp]:
    """The symbols that a text may come to."""
    seen = start > 0
    while (more := seen | (seen @ (p > 0) > 0)).sum() > seen.sum():
        seen = more
    return np.flatnonzero(seen)


@dataclass(frozen=True)
class Expected:
    """(4) of one table and start.

    events: loops in a text, inf where it may never end. length: of a text in symbols, inf likewise. rate: loops per symbol.
    visits: to each symbol in a text (n,); where it may never end, shares of the time instead.
    """

    events: float
    length: float
    rate: float
    visits: Floats


def expected(p: Floats, start: Floats) -> Expected:
    """(4): E = Σ v_i [A (I − A)⁻¹]_ii with the visits vᵀ = πᵀ (I − P)⁻¹; without a sure end only the rate, from shares of time."""
    at = reached(p, start)
    inner, begin = p[np.ix_(at, at)], start[at]
    ends = radius(inner) <= 1 - EDGE
    keep = 1.0 if ends else 1 - 1e-7  # Abel's mean: shares of the time, for cycles too
    visits = np.linalg.solve((np.eye(len(at)) - keep * inner).T, begin)
    visits = visits if ends else visits / visits.sum()
    squared = inner * inner
    total = math.inf if radius(squared) > 1 - EDGE else float(visits @ np.diag(loops(squared)))
    whole = np.zeros(len(p))
    whole[at] = visits
    length = float(visits.sum()) if ends else math.inf
    rate = total / length if ends else total
    return Expected(total if ends else math.inf, length, rate, whole)


def matches(texts: NDArray[np.integer], period: int) -> NDArray[np.bool_]:
    """Where a loop of this period begins in columns (length, texts): y_u = y_{u+k} for u = t..t+k, not −1: (length − 2 k, texts)."""
    runs = (texts[:-period] == texts[period:]) & (texts[period:] >= 0)
    width = 1  # of the stretch of equal symbols that an entry of runs stands for
    while width <= period:
        more = min(width, period + 1 - width)
        runs = runs[:-more] & runs[more:]
        width += more
    return runs


def count(texts: NDArray[np.integer]) -> NDArray[np.int64]:
    """Loops (t, k) of all periods in each text (texts, length), padded with −1: (texts,)."""
    longest = int((texts >= 0).sum(1).max(initial=0))
    columns = np.ascontiguousarray(texts[:, :longest].T)
    total = np.zeros(len(texts), np.int64)
    for period in range(1, (longest - 1) // 2 + 1):
        begins = matches(columns, period)
        if begins.any():  # hardly ever at long periods
            total += begins.sum(0)
    return total


def stuck(texts: NDArray[np.integer], most: int = LONGEST_LOOP) -> NDArray[np.int32]:
    """The smallest period (at most `most`) of a loop that a position lies in, 0 where it lies in none: (texts, length)."""
    length, columns = texts.shape[1], np.ascontiguousarray(texts.T)
    periods = np.zeros(columns.shape, np.int32)
    for period in range(min(most, (length - 1) // 2), 0, -1):
        begins = matches(columns, period)
        if begins.any():
            inside = np.zeros(columns.shape, bool)
            for ahead in range(2 * period + 1):
                inside[ahead : ahead + len(begins)] |= begins
            periods[inside] = period
    return np.ascontiguousarray(periods.T)


def write(table: Floats, start: Floats, uniforms: Floats) -> NDArray[np.int32]:
    """Texts from a table, all at once, one uniform number a symbol: (texts, length) symbols, −1 behind eos."""
    n = len(table)
    rows = np.concatenate([table.cumsum(1), np.ones((1, n + 1))])  # the last row: a text that has ended
    rows[:n] /= rows[:n, -1:]
    symbols = np.full(uniforms.shape, -1, np.int32)
    now = np.minimum(np.searchsorted(start.cumsum() / start.sum(), uniforms[:, 0], side="right"), n - 1)
    for t in range(uniforms.shape[1]):
        symbols[:, t] = np.where(now < n, now, -1)
        if t + 1 == uniforms.shape[1] or not (now < n).any():
            break
        drawn = (rows[now] <= uniforms[:, t + 1, None]).sum(1)
        now = np.where(now < n, np.minimum(drawn, n), n)
    return symbols
