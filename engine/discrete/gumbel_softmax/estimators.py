"""Gradient estimators of E f(choice) with respect to the logits: one draw each, from shared Gumbel noise."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from engine.discrete.gumbel_softmax.objectives import Objective

Floats = NDArray[np.floating]
TINY = 1e-38


def gumbel(exponential: Floats) -> Floats:
    """Standard Gumbel noise −log E from exponential noise E; never infinite (E = 0 is clamped)."""
    return -np.log(np.maximum(exponential, TINY))


def relax(scores: Floats, tau: float | Floats) -> Floats:
    """(9): softmax(scores/τ) over the last axis; τ may be 0 (one-hot of the largest), infinity (uniform) or an array."""
    if np.ndim(tau) == 0:
        if tau == 0:
            return one_hot(scores)
        if np.isinf(tau):
            return np.full_like(scores, 1 / scores.shape[-1])
        tau = np.asarray(tau, scores.dtype)
    scaled = (scores - scores.max(-1, keepdims=True)) / tau
    weights = np.exp(scaled)
    return weights / weights.sum(-1, keepdims=True)


def one_hot(scores: Floats) -> Floats:
    """1 at the largest entry of the last axis, 0 elsewhere."""
    k = scores.shape[-1]
    return np.eye(k, dtype=scores.dtype)[scores.argmax(-1)]


def pull_back(y: Floats, slope: Floats, tau: float | Floats) -> Floats:
    """J_τ(y) slope with J_τ(y) = (diag y − y yᵀ)/τ, the derivative of (9); zero in both limits of τ."""
    if np.ndim(tau) == 0:
        if tau == 0 or np.isinf(tau):
            return np.zeros_like(y)
        tau = np.asarray(tau, y.dtype)
    return y * (slope - (y * slope).sum(-1, keepdims=True)) / tau


def score_function(winner: NDArray[np.int64], p: Floats, corners: Floats, baseline: float | Floats = 0.0) -> Floats:
    """(4): (f(d) − b)(d − p) [Williams 1992]. winner (...), p (k,) or (..., k), result (..., k)."""
    d = np.eye(len(corners), dtype=corners.dtype)[winner]
    return (corners[winner] - baseline)[..., None] * (d - p)


def leave_one_out(winner: NDArray[np.int64], p: Floats, corners: Floats) -> Floats:
    """RLOO [Kool et al. 2019]: winner (..., S), result (..., k), the mean of S draws, each with the others' mean as baseline."""
    values = corners[winner]
    draws = winner.shape[-1]
    if draws < 2:
        raise ValueError(f"rloo = {draws}: a leave-one-out baseline needs at least 2 draws")
    others = (values.sum(-1, keepdims=True) - values) / (draws - 1)
    return score_function(winner, p[..., None, :], corners, others).mean(-2)


def conditional_scores(winner: NDArray[np.int64], exponential: Floats, logits: Floats) -> Floats:
    """Fresh o + g given who won [Paulus, Maddison, Krause 2021]: winner (...), exponential and result (..., R, k), logits (..., k)."""
    index = np.broadcast_to(winner[..., None, None], (*exponential.shape[:-1], 1))
    rate = np.exp(logits)[..., None, :]
    top = np.take_along_axis(exponential, index, -1) / rate.sum(-1, keepdims=True)  # minimum of all arrival times
    arrival = exponential / rate + top
    np.put_along_axis(arrival, index, top, -1)
    return -np.log(np.maximum(arrival, TINY))


def pathwise(
    name: str, f: Objective, logits: Floats, noise: Floats, tau: float | Floats, resampled: Floats | None = None
) -> Floats:
    """One draw of "gumbel-softmax", "straight-through-gumbel" or "gumbel-rao" for each noise vector.

    Args:
        logits: (..., k). noise: Gumbel noise (..., k). tau: a number, or an array that broadcasts against noise.
        resampled: for Gumbel-Rao, `conditional_scores` (..., R, k) of the same winners.
    """
    scores = logits + noise
    if name == "gumbel-softmax":
        y = relax(scores, tau)
        return pull_back(y, f.gradient(y), tau)
    slope = f.gradient(one_hot(scores))
    if name == "straight-through-gumbel":
        return pull_back(relax(scores, tau), slope, tau)
    assert name == "gumbel-rao" and resampled is not None
    inner = tau if np.ndim(tau) == 0 else np.asarray(tau)[..., None]
    return pull_back(relax(resampled, inner), slope[..., None, :], inner).mean(-2)


def straight_through(winner: NDArray[np.int64], p: Floats, slopes: Floats) -> Floats:
    """ST: J₁(p) f'(d), slopes[i] = f'(e_i) (k, k)."""
    return pull_back(np.broadcast_to(p, (*winner.shape, p.shape[-1])), slopes[winner], 1.0)


def evaluations(name: str, samples: int, rloo: int, k: int) -> int:
    """How many evaluations of f one step of an estimator takes."""
    if name == "exact":
        return k
    return rloo if name == "leave-one-out" else samples


def is_limit(tau: float) -> bool:
    """Whether this temperature is one of the exact limits, where no relaxed gradient flows."""
    return tau == 0 or math.isinf(tau)
