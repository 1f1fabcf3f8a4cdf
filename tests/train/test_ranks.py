"""Scores by their order: against definitions, scikit-learn and SciPy."""

import math
from itertools import product

import numpy as np
import pytest
from scipy.stats import spearmanr
from sklearn.metrics import roc_auc_score, roc_curve

from engine.train.ranks import auc, roc, spearman


def scored(digits):
    """Labels and scores that lean to them; with few digits many tie."""
    random = np.random.default_rng(9)
    labels = (random.random(200) < 0.3).astype(int)
    return np.round(random.random(200) + 0.3 * labels, digits), labels


@pytest.mark.parametrize("digits", [1, 8])
def test_the_area_is_the_share_of_pairs_in_right_order(digits):
    scores, labels = scored(digits)
    by_hand = np.mean([(a > b) + 0.5 * (a == b) for a, b in product(scores[labels == 1], scores[labels == 0])])
    assert auc(scores, labels) == pytest.approx(by_hand, abs=1e-12) == roc_auc_score(labels, scores)
    assert auc(1 / (1 + np.exp(-scores)), labels) == auc(scores, labels)


@pytest.mark.parametrize("digits", [1, 8])
def test_the_curve_is_scikit_learns_and_encloses_the_area(digits):
    scores, labels = scored(digits)
    false, true, thresholds = roc(scores, labels)
    law = roc_curve(labels, scores, drop_intermediate=False)
    for found, expected in zip((false, true, thresholds), law, strict=True):
        assert found == pytest.approx(expected, abs=1e-12)
    assert np.trapezoid(true, false) == pytest.approx(auc(scores, labels), abs=1e-12)


def test_without_both_classes_there_is_no_area():
    assert math.isnan(auc(np.ones(4), np.zeros(4))) and math.isnan(auc(np.arange(3.0), np.ones(3, bool)))


def test_rank_correlation_is_scipys_column_by_column_without_what_is_missing():
    random = np.random.default_rng(4)
    truth, scores = random.integers(5, size=60), random.normal(size=(60, 3)).round(1)
    scores[::7, 1] = np.nan
    there = np.isfinite(scores)
    law = [spearmanr(scores[there[:, k], k], truth[there[:, k]]).statistic for k in range(3)]
    assert spearman(scores, truth) == pytest.approx(law, abs=1e-12)
    assert np.isnan(spearman(np.ones((60, 1)), truth)).all() and np.isnan(spearman(scores[:1], truth[:1])).all()
