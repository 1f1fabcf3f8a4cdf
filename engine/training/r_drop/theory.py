"""Closed forms in float64: disagreement of two answers, the weights of a linear model under R-Drop, calibration."""

from __future__ import annotations

import numpy as np
from scipy.special import rel_entr

Array = np.ndarray
EXAMPLE = (0.5, 0.2, 0.3), (0.5, 0.3, 0.2)  # alike to cross-entropy where the first class is right (kexue.fm/archives/8496)


def disagreement(one: Array, two: Array) -> Array:
    """L^KL = ½[KL(P‖Q) + KL(Q‖P)] of probabilities (..., classes): (...) in nats (2)."""
    return (rel_entr(one, two) + rel_entr(two, one)).sum(-1) / 2


def kl(one: Array, two: Array) -> Array:
    """KL(P‖Q) of probabilities (..., classes): (...) in nats."""
    return rel_entr(one, two).sum(-1)


def example() -> float:
    """L^KL of the article's two answers: 0.1 ln 1.5."""
    return float(disagreement(*map(np.array, EXAMPLE)))


def unseen(one: Array, two: Array, labels: Array) -> Array:
    """What cross-entropy cannot see of the disagreement (rows, classes), labels (rows,): the terms of the other classes, (rows,)."""
    terms = (rel_entr(one, two) + rel_entr(two, one)) / 2
    terms[np.arange(len(labels)), labels] = 0
    return terms.sum(-1)


def closed(x: Array, y: Array, rate: float, alpha: float) -> Array:
    """Weights (inputs,) that minimise R-Drop's squared loss over all masks, of x (rows, inputs), y (rows,): (4).

    Dropout's ridge p/(1−p) diag(XᵀX) (Srivastava et al. 2014, section 9.1), times 1 + α.
    """
    gram = x.T @ x
    return np.linalg.solve(gram + (1 + alpha) * rate / (1 - rate) * np.diag(np.diag(gram)), x.T @ y)


def reliability(answers: Array, labels: Array, bins: int = 10) -> tuple[Array, Array, Array]:
    """Calibration of answers (rows, classes): mean confidence and accuracy (bins,), NaN in empty bins, and counts (bins,)."""
    sure, right = answers.max(-1).astype(np.float64), answers.argmax(-1) == labels
    place = np.minimum((sure * bins).astype(int), bins - 1)
    counts = np.bincount(place, minlength=bins)
    with np.errstate(invalid="ignore"):
        means = [np.bincount(place, weights=values, minlength=bins) / counts for values in (sure, right)]
    return means[0], means[1], counts
