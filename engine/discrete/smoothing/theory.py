"""Smooth stand-ins for max, argmax, top-k, step and floor, and the F1 that no classifier can exceed. float64, no torch.

x is (..., n): one vector, or many at once. K > 0 is the sharpness, u = K x. Equation numbers are those of the lab's text.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize_scalar
from scipy.special import expit, logsumexp, ndtr, xlogy

Floats = NDArray[np.float64]
HALVINGS = 100  # of the interval that holds λ: beyond the digits of a float64
FAR = 40.0  # σ(−40) < 1e-17


def scaled(x: ArrayLike, sharpness: float) -> Floats:
    """u = K x less its maximum: no function of this module but (1) and the means changes under a shift."""
    u = np.asarray(x, np.float64) * sharpness
    return u - u.max(-1, keepdims=True)


# ---- max and argmax


def smooth_max(x: ArrayLike, sharpness: float) -> Floats:
    """(1): log Σ exp(K x) / K. Between max(x) and max(x) + log(n) / K."""
    x = np.asarray(x, np.float64)
    return x.max(-1) + logsumexp(scaled(x, sharpness), axis=-1) / sharpness


def softmax(x: ArrayLike, sharpness: float) -> Floats:
    """(2): the smooth onehot(argmax x), the gradient of (1)."""
    weights = np.exp(scaled(x, sharpness))
    return weights / weights.sum(-1, keepdims=True)


def softmax_mean(x: ArrayLike, sharpness: float) -> Floats:
    """Σ p x: the smooth max from below."""
    return (softmax(x, sharpness) * np.asarray(x, np.float64)).sum(-1)


def entropy(p: ArrayLike) -> Floats:
    """H(p) in nats; (3): smooth_max = softmax_mean + H(p) / K."""
    p = np.asarray(p, np.float64)
    return -xlogy(p, p).sum(-1)


def soft_argmax(x: ArrayLike, sharpness: float) -> Floats:
    """(4): the mean position under softmax, positions counted from 1."""
    p = softmax(x, sharpness)
    return p @ np.arange(1.0, p.shape[-1] + 1)


# ---- top-k


def hard_topk(x: ArrayLike, k: int) -> Floats:
    """1 at the k largest entries, 0 elsewhere; of equal entries the earlier ones."""
    x = np.asarray(x, np.float64)
    chosen = np.argsort(-x, axis=-1, kind="stable")[..., :k]
    result = np.zeros(x.shape)
    np.put_along_axis(result, chosen, 1.0, -1)
    return result


def grad_topk(x: ArrayLike, sharpness: float, k: int) -> Floats:
    """(10): P(i in S) over subsets S of k entries with weight exp Σ K x, from sums of positive terms alone.

    log e_j of all entries before and of all behind i; the article's differences of e_k lose their digits.
    """
    u = scaled(x, sharpness)
    n = u.shape[-1]

    def sums(entries: Floats) -> list[Floats]:
        """log e_0..e_k of the first 0, 1, ... n entries: (..., k + 1) each."""
        rows = [np.where(np.arange(k + 1) == 0, 0.0, -np.inf) * np.ones((*u.shape[:-1], 1))]
        for i in range(n):
            more = np.full_like(rows[-1], -np.inf)
            more[..., 1:] = rows[-1][..., :-1] + entries[..., i : i + 1]
            rows.append(np.logaddexp(rows[-1], more))
        return rows

    before, behind = sums(u), sums(u[..., ::-1])[::-1]
    others = [logsumexp(before[i][..., :k] + behind[i + 1][..., k - 1 :: -1][..., :k], axis=-1) for i in range(n)]
    return np.exp(u + np.stack(others, -1) - before[n][..., k:])


def threshold_exp(x: ArrayLike, sharpness: float, k: int) -> Floats:
    """(11) with f(u) = min(1, e^u): the m largest are 1, the others share k − m in proportion to e^u."""
    u = scaled(x, sharpness)
    ordered = -np.sort(-u, axis=-1)
    tails = np.logaddexp.accumulate(ordered[..., ::-1], axis=-1)[..., ::-1][..., :k]
    thresholds = tails - np.log(k - np.arange(k))
    m = (thresholds >= ordered[..., :k]).argmax(-1)  # the first m whose λ lies above all entries that follow
    return np.exp(np.minimum(u - np.take_along_axis(thresholds, m[..., None], -1), 0.0))


def threshold_sigmoid(x: ArrayLike, sharpness: float, k: int) -> Floats:
    """(11) with f = σ, λ by bisection; for k = n all are 1 (λ has gone to −∞)."""
    u = scaled(x, sharpness)
    if k == u.shape[-1]:
        return np.ones(u.shape)
    low, high = u.min(-1, keepdims=True) - FAR, u.max(-1, keepdims=True) + FAR
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        many = expit(u - middle).sum(-1, keepdims=True) > k
        low, high = np.where(many, middle, low), np.where(many, high, middle)
    return expit(u - (low + high) / 2)


def threshold_slopes(x: ArrayLike, sharpness: float, k: int) -> Floats:
    """∂λ/∂u = σ' / Σ σ' of (11) with f = σ: how the threshold follows each entry."""
    f = threshold_sigmoid(x, sharpness, k)
    slope = f * (1 - f)
    return slope / slope.sum(-1, keepdims=True)


def recursive_topk(x: ArrayLike, sharpness: float, k: int) -> Floats:
    """(8), the recursion of 2019: what is chosen already is pulled down to the smallest entry, 0."""
    y = np.asarray(x, np.float64)
    y = y - y.min(-1, keepdims=True)
    p = np.zeros(y.shape)
    for _ in range(k):
        p = p + softmax((1 - p) * y, sharpness)
    return p


def web_topk(x: ArrayLike, sharpness: float, k: int) -> Floats:
    """(9), the variant found on the web: the next softmax has the weights (1 − p) e^u.

    1 − p of the first round is the sum of the OTHER probabilities, in logarithms: computed as it is written it rounds to 0 once
    K times the gap is above 37, and the wrong limit looks right.
    """
    u = scaled(x, sharpness)
    p = softmax(x, sharpness)
    if k == 1:
        return p
    masked = np.where(np.eye(u.shape[-1], dtype=bool), -np.inf, u[..., None, :])  # row i without entry i
    others = logsumexp(masked, axis=-1) - logsumexp(u, axis=-1, keepdims=True)
    p = p + softmax(others + u, 1.0)
    for _ in range(k - 2):
        left = 1 - p  # may be negative: p has left [0, 1]
        most = np.where(left == 0, -np.inf, u).max(-1, keepdims=True)  # among ties all that are ahead may have exactly 1
        weights = left * np.exp(np.minimum(u - most, 0.0))
        p = p + weights / weights.sum(-1, keepdims=True)
    return p


TOPK: dict[str, Callable[[ArrayLike, float, int], Floats]] = {
    "grad_topk": grad_topk,
    "threshold_topk_exp": threshold_exp,
    "threshold_topk_sigmoid": threshold_sigmoid,
    "recursive_topk": recursive_topk,
    "web_topk": web_topk,
}


# ---- step and floor


def step(x: ArrayLike, sharpness: float) -> Floats:
    """The logistic function of K x for the unit step."""
    return expit(np.asarray(x, np.float64) * sharpness)


def soft_floor(x: ArrayLike, sharpness: float, reach: int = 12) -> Floats:
    """(12), left: smooth steps at all whole numbers from −reach to reach, added up."""
    at = np.arange(-reach, reach + 1.0)
    rises = step(np.asarray(x, np.float64)[..., None] - at, sharpness)
    return rises.sum(-1) - (reach + 1)


def abel_floor(x: ArrayLike, r: float) -> Floats:
    """(12), right: x − 1/2 plus the sawtooth's Fourier series with r^j as weights, 0 <= r < 1, in closed form."""
    x = np.asarray(x, np.float64)
    angle = 2 * math.pi * x
    return x - 0.5 + np.arctan2(r * np.sin(angle), 1 - r * np.cos(angle)) / math.pi


def slopes(f: Callable[[Floats], Floats], x: Floats, sharpness: float) -> Floats:
    """f'(x) by central differences that are short beside 1/K."""
    h = 1e-4 / max(1.0, sharpness)
    return (f(x + h) - f(x - h)) / (2 * h)


# ---- accuracy and F1


def soft_accuracy(p: ArrayLike, labels: ArrayLike) -> float:
    """(5): the mean probability of the right class; p (samples, classes), labels (samples,)."""
    p = np.asarray(p, np.float64)
    return float(p[np.arange(len(p)), np.asarray(labels, int)].mean())


def soft_f1(p: ArrayLike, t: ArrayLike) -> float:
    """(6): 2 Σ t p / Σ (t + p) of positive probabilities p and labels t; 0 where both sums are."""
    p, t = np.asarray(p, np.float64), np.asarray(t, np.float64)
    return float(2 * (t * p).sum() / ((t + p).sum() + 1e-12))


def posterior(x1: ArrayLike, positives: float, separation: float) -> Floats:
    """η(x) = P(t = 1 | x) of the two normal classes; it depends on the first coordinate alone."""
    logit = math.log(positives / (1 - positives)) + separation * np.asarray(x1, np.float64) - separation**2 / 2
    return expit(logit)


def where_posterior(level: float, positives: float, separation: float) -> float:
    """The x1 at which η is `level`, 0 < level < 1."""
    return (math.log(level / (1 - level)) - math.log(positives / (1 - positives))) / separation + separation / 2


def f1_at(cut: ArrayLike, positives: float, separation: float) -> Floats:
    """F1 of the rule "positive where x1 > cut" on the whole distribution: areas under the two normal densities."""
    cut = np.asarray(cut, np.float64)
    hits, false = positives * ndtr(separation - cut), (1 - positives) * ndtr(-cut)
    return 2 * hits / (positives + hits + false)


@cache
def best_f1(positives: float, separation: float) -> tuple[float, float]:
    """(F*, η at its cut): the largest F1 of any rule, found over cuts without (7), which says that the second is half the first."""

    def loss(cut: float) -> float:
        return -float(f1_at(cut, positives, separation))

    cuts = [where_posterior(level, positives, separation) for level in expit(np.linspace(-14.0, 14.0, 200))]
    near = min(range(1, len(cuts) - 1), key=lambda place: loss(cuts[place]))
    found = minimize_scalar(loss, bounds=(cuts[near - 1], cuts[near + 1]), method="bounded", options={"xatol": 1e-10})
    return -float(found.fun), float(posterior(found.x, positives, separation))
