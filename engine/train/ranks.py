"""What depends on the order of scores alone: the ROC curve, the area under it, rank correlation. float64 numpy and scipy."""

from __future__ import annotations

import math

import numpy as np

Array = np.ndarray


def ranked(values: Array) -> Array:
    """Ranks from 1 along the first axis, those of ties their mean."""
    from scipy.stats import rankdata  # here, for it takes a second to import, and lessons name what ranks

    return rankdata(values, axis=0)


def auc(scores: Array, labels: Array) -> float:
    """Area under the ROC curve, U / (n₁ n₀) (Mann & Whitney 1947), ties half; NaN where a class (0 or 1) is missing."""
    positive = int(labels.sum())
    negative = len(labels) - positive
    if not positive or not negative:
        return math.nan
    return float((ranked(scores)[labels > 0].sum() - positive * (positive + 1) / 2) / (positive * negative))


def roc(scores: Array, labels: Array) -> tuple[Array, Array, Array]:
    """False and true positive rates (k,) as the threshold (k,) falls from ∞; a class must not be missing."""
    steps = np.unique(scores)[::-1]
    positive, negative = np.sort(scores[labels > 0]), np.sort(scores[labels == 0])
    true = 1 - np.searchsorted(positive, steps, "left") / len(positive)
    false = 1 - np.searchsorted(negative, steps, "left") / len(negative)
    return np.append(0.0, false), np.append(0.0, true), np.append(np.inf, steps)


def spearman(scores: Array, truth: Array) -> Array:
    """Rank correlation of every column of scores (P, k) with truth (P,), (k,); rows that are nan are left out.

    Ties share a rank (Spearman 1904); NaN where one of the two does not vary.
    """
    known = np.isfinite(scores)
    if not known.all():
        each = [spearman(column[there, None], truth[there])[0] for column, there in zip(scores.T, known.T, strict=True)]
        return np.array(each)
    if len(truth) < 2:
        return np.full(scores.shape[1], math.nan)
    ranks, told = ranked(scores), ranked(truth)
    ranks, told = ranks - ranks.mean(0), told - told.mean()
    with np.errstate(all="ignore"):
        return np.asarray(told @ ranks / np.sqrt((told @ told) * (ranks * ranks).sum(0)))
