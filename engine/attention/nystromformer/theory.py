"""Closed forms: what the iteration lets through, a random feature's variance, the best of rank m, how many products a way takes; shades.

Sources: Xiong et al., arXiv:2102.03902; Choromanski et al., arXiv:2009.14794; Eckart & Young 1936. No torch.
"""

from __future__ import annotations

import math

import numpy as np


def passed(singular: np.ndarray, size: float, iterations: int) -> np.ndarray:
    """σ v(σ): how much of the direction with singular value σ of A the product A V holds after so many iterations; 1 for an inverse.

    By (6) for numbers: 1 − σ²/(‖A‖₁‖A‖∞) at first, `size` that product of norms, then e³(3 + e)/4 each time.
    """
    left = 1 - np.asarray(singular, float) ** 2 / size
    for _ in range(iterations):
        left = left**3 * (3 + left) / 4
    return 1 - left


def half_passed(size: float, iterations: int) -> float:
    """The singular value of which half is passed; smaller ones are held back."""
    least, most = 1e-12, math.sqrt(size)
    for _ in range(60):
        middle = math.sqrt(least * most)
        least, most = (middle, most) if passed(np.array(middle), size, iterations) < 0.5 else (least, middle)
    return most


def relative_variance(squared: np.ndarray | float, features: int = 1) -> np.ndarray:
    """(2): Var[φ(q)·φ(k)] / e^(2 q·k) with independent ω, over ‖q + k‖²."""
    return np.expm1(np.asarray(squared, float)) / features


def variance_error(squared: float, samples: int) -> float:
    """The standard error of (2) for one feature when it is measured with so many samples, from the log-normal's moments.

    A feature over its mean is Y = e^(z − x/2) with z ~ N(0, x), x = ‖q + k‖²: E Y^k = e^(x k(k − 1)/2).
    """
    moment = [math.exp(squared * k * (k - 1) / 2) for k in range(5)]
    fourth = moment[4] - 4 * moment[3] + 6 * moment[2] - 3
    return math.sqrt((fourth - math.expm1(squared) ** 2) / samples)


def shades(matrix: np.ndarray, most: float) -> np.ndarray:
    """Numbers between −most and most as 0 to 255, one byte each: what is beyond has the darkest shade."""
    return np.round(127.5 + 127.5 * np.clip(matrix / most, -1, 1)).astype(np.uint8)


def darkest(exact: np.ndarray) -> float:
    """The weight of attention from which on its shade is the darkest: few are larger."""
    return float(np.quantile(exact, 0.995))


def best_of_rank(singular: np.ndarray, m: int) -> float:
    """Eckart and Young: the least error ‖Ŝ − S‖/‖S‖ (Frobenius) of any matrix of rank m."""
    return float(np.sqrt((singular[m:] ** 2).sum() / (singular**2).sum()))


def operations(way: str, n: np.ndarray, d: int, m: int, iterations: int) -> np.ndarray:
    """Multiplications (each with its addition) of one head's forward pass, over the length n."""
    n = np.asarray(n, float)
    return {
        "softmax": 2 * n**2 * d,
        "nystrom": 4 * n * m * d + 2 * m**2 * d + 4 * iterations * float(m) ** 3,
        "performer": 4 * n * m * d + n * m,
    }[way]
