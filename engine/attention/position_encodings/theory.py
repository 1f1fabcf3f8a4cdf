"""Closed forms of position encodings in float64: frequencies, decay curves, buckets, slopes, rotations, context stretching."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
from scipy.linalg import expm
from scipy.special import sici

Array = np.ndarray
Stretch = Literal["none", "PI", "NTK", "YaRN", "ReRoPE"]

YARN_LOW, YARN_HIGH = 0.25, 1.0  # turns within the training length; the published 1 and 32 leave no pair untouched at L = 32


def frequencies(width: int, base: float) -> Array:
    """Angular frequency per pair, (width / 2,) in radians per position: base^(-2t/width) (Vaswani et al. 2017)."""
    return float(base) ** (-2.0 * np.arange(width // 2) / width)


def sinusoid(positions: Array, width: int, base: float) -> Array:
    """Sinusoidal encoding (len(positions), width), sine at even and cosine at odd components (Vaswani et al. 2017)."""
    angles = np.asarray(positions, np.float64)[:, None] * frequencies(width, base)
    return np.stack([np.sin(angles), np.cos(angles)], -1).reshape(len(angles), -1)


def shift_matrix(distance: float, width: int, base: float) -> Array:
    """M with p(i + distance) = M p(i) for the sinusoid: one 2 x 2 rotation per pair (eq. 3)."""
    matrix = np.zeros((width, width))
    for t, angle in enumerate(distance * frequencies(width, base)):
        block = [[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]]
        matrix[2 * t : 2 * t + 2, 2 * t : 2 * t + 2] = block
    return matrix


def cosine_sum(distance: Array, width: int, base: float) -> Array:
    """Inner product of two sinusoids `distance` apart: the sum over pairs of cos(distance * frequency) (eq. 3)."""
    return np.cos(np.asarray(distance, np.float64)[..., None] * frequencies(width, base)).sum(-1)


def decay(distance: Array, base: float) -> Array:
    """Eq. (3) divided by width / 2 in the limit of infinite width: (Ci(n) - Ci(n / b)) / ln b, and 1 at n = 0 (eq. 4)."""
    n = np.abs(np.asarray(distance, np.float64))
    safe = np.where(n > 0, n, 1.0)
    value = (sici(safe)[1] - sici(safe / base)[1]) / math.log(base)
    return np.where(n > 0, value, 1.0)


def linear_flow(position: float, width: int, base: float) -> Array:
    """FLOATER with the linear generator dp/dt = A p, integrated exactly: exp(position A) p(0) (Liu et al. 2020)."""
    generator = np.zeros((width, width))
    for t, omega in enumerate(frequencies(width, base)):
        generator[2 * t, 2 * t + 1], generator[2 * t + 1, 2 * t] = omega, -omega
    return expm(position * generator) @ sinusoid(np.zeros(1), width, base)[0]


def hierarchical(table: Array, alpha: float) -> Array:
    """N rows made into N^2 (eq. 2): row rN + c is alpha u_r + (1 - alpha) u_c with u_r = (p_r - alpha p_0) / (1 - alpha).

    The first N rows are the table's own. Raises ValueError for alpha outside (0, 1) or equal to 1/2, where row rN + c
    and row cN + r would be the same.
    """
    if not 0 < alpha < 1 or alpha == 0.5:
        raise ValueError(f"alpha = {alpha} is not possible; allowed: between 0 and 1, but not 0.5")
    table = np.asarray(table, np.float64)
    u = (table - alpha * table[0]) / (1 - alpha)
    return (alpha * u[:, None] + (1 - alpha) * u[None, :]).reshape(-1, table.shape[1])


def t5_bucket(distance: Array, buckets: int, reach: int, causal: bool) -> Array:
    """T5's bucket of a distance n = query - key (eq. 8; Raffel et al. 2019), int64 of the same shape.

    Causal: all `buckets` look back and keys ahead share bucket 0 (they are masked). Otherwise one half looks back and
    keys ahead take the other half.
    """
    n = np.asarray(distance, np.int64)
    count = buckets if causal else buckets // 2
    half = 0 if causal else np.where(n < 0, count, 0)
    n = np.maximum(n, 0) if causal else np.abs(n)
    exact = count // 2
    # The guard of 1e-9 puts distances that lie on an edge where the integer rule (n/e)^(c-e) >= (D/e)^k puts them.
    steps = (count - exact) * np.log(np.maximum(n, exact) / exact) / math.log(reach / exact)
    far = np.minimum(count - 1, exact + np.floor(steps + 1e-9).astype(np.int64))
    return half + np.where(n < exact, n, far)


def t5_reachable(length: int, buckets: int, reach: int, causal: bool) -> Array:
    """Which buckets a sequence of `length` tokens ever uses, (buckets,) of bool: the others get no gradient."""
    distances = np.arange(0 if causal else 1 - length, length)
    return np.isin(np.arange(buckets), t5_bucket(distances, buckets, reach, causal))


def alibi_slopes(heads: int) -> Array:
    """Slope per head, 2^(-8h/H); for H no power of two the list of the authors' code (eq. 11; Press et al. 2021)."""
    power = 2 ** math.floor(math.log2(heads))
    slopes = [2.0 ** (-8 * h / power) for h in range(1, power + 1)]
    doubled = [2.0 ** (-8 * h / (2 * power)) for h in range(1, 2 * power + 1)]
    return np.array(slopes + doubled[::2][: heads - power])


def alibi_mean_distance(slope: float, length: int) -> float:
    """Mean distance a causal ALiBi head looks back over `length` equal contents: truncated geometric law (eq. 12)."""
    return 1 / math.expm1(slope) - length / math.expm1(slope * length)


def rotate(x: Array, positions: Array, omega: Array) -> Array:
    """RoPE by complex arithmetic: pairs (2t, 2t + 1) of x (..., L, width) times exp(i position omega_t) (eq. 10)."""
    pairs = x[..., 0::2] + 1j * x[..., 1::2]
    turned = pairs * np.exp(1j * np.asarray(positions, np.float64)[:, None] * omega)
    return np.stack([turned.real, turned.imag], -1).reshape(x.shape)


def xpos_zeta(width: int) -> Array:
    """Base of xPos' decay per pair, (2t / width + 0.4) / 1.4 (Sun et al. 2022)."""
    return (2 * np.arange(width // 2) / width + 0.4) / 1.4


def stretched(mode: Stretch, width: int, base: float, factor: float, length: int) -> tuple[Array, float]:
    """Frequencies (width / 2,) of a RoPE stretched by `factor` after training at `length`, and the factor on the logits.

    PI (Chen et al. 2023) divides every frequency; NTK-aware changes the base so that the slowest is divided by exactly
    `factor`; YaRN (Peng et al. 2023, eq. 13) ramps between both by the turns a pair makes in training. ReRoPE leaves
    the frequencies and clips the distance instead.
    """
    omega = frequencies(width, base)
    if mode == "PI":
        return omega / factor, 1.0
    if mode == "NTK" and width > 2:
        return frequencies(width, base * factor ** (width / (width - 2))), 1.0
    if mode == "YaRN":
        turns = length * omega / (2 * np.pi)
        keep = np.clip((turns - YARN_LOW) / (YARN_HIGH - YARN_LOW), 0, 1)
        return (1 - keep) * omega / factor + keep * omega, (0.1 * math.log(factor) + 1) ** 2
    return omega, 1.0


def unseen_share(omega: Array, trained: float, tested: float) -> Array:
    """Share of the circle that a pair meets at `tested` positions but never met at `trained` (eq. 14)."""
    turn = 2 * np.pi
    return (np.minimum(turn, tested * omega) - np.minimum(turn, trained * omega)) / turn


def lag_floor(noise: float, vocabulary: int) -> float:
    """Least possible loss of the lag task in nats: the entropy of "copy, or with probability `noise` anything"."""
    wrong = noise / vocabulary
    right = 1 - noise + wrong
    rest = (vocabulary - 1) * wrong * math.log(wrong) if wrong > 0 else 0.0
    return -right * math.log(right) - rest


def lag_ceiling(noise: float, vocabulary: int) -> float:
    """Greatest possible accuracy of the lag task: the copy is right, or the noise hits it by chance."""
    return 1 - noise + noise / vocabulary


def four_terms(x_i: Array, p_i: Array, x_j: Array, p_j: Array, query: Array, key: Array) -> Array:
    """The four terms of (x_i + p_i) W_Q W_K^T (x_j + p_j)^T in the order of eq. (5), (4,)."""
    return np.array([a @ query @ (b @ key) for a, b in ((x_i, x_j), (x_i, p_j), (p_i, x_j), (p_i, p_j))])
