"""Ground truth of the smoothing lab: every stand-in against libraries, brute force, finite differences and its limit."""

import itertools
import math

import numpy as np
import pytest
import scipy.special
import torch
from sklearn.metrics import accuracy_score, f1_score

from engine.core.params import BadValue
from engine.discrete.smoothing import theory
from engine.discrete.smoothing.params import SmoothingParams

RANDOM = np.random.default_rng(0)
X = RANDOM.uniform(-5, 5, (1000, 7))
APART = np.array([0.3, -1.2, 2.0, 1.1, -0.4, 0.8])  # entries at least 0.2 apart


# 1, 2 ------------------------------------------------------------------------------------------------------------
def test_smooth_max_and_softmax_are_those_of_scipy_and_keep_the_bound():
    for sharpness in (0.1, 1.0, 30.0):
        lse = theory.smooth_max(X, sharpness)
        assert np.allclose(lse, scipy.special.logsumexp(sharpness * X, axis=-1) / sharpness, atol=1e-12)
        assert np.allclose(theory.softmax(X, sharpness), scipy.special.softmax(sharpness * X, axis=-1), atol=1e-14)
        above = lse - X.max(-1)
        assert (above >= 0).all() and (above <= math.log(7) / sharpness).all()
        assert theory.smooth_max(np.full(7, 1.3), sharpness) - 1.3 == pytest.approx(math.log(7) / sharpness, abs=1e-12)


def test_identity_and_derivatives():
    for sharpness in (0.3, 1.0, 8.0):
        p = theory.softmax(X, sharpness)
        assert np.allclose(
            theory.smooth_max(X, sharpness), theory.softmax_mean(X, sharpness) + theory.entropy(p) / sharpness, atol=1e-10
        )
        x = torch.tensor(X[0], requires_grad=True)
        (slope,) = torch.autograd.grad(torch.logsumexp(sharpness * x, 0) / sharpness, x)
        assert np.allclose(slope.numpy(), p[0], atol=1e-6)
        at = theory.soft_argmax(X[0], sharpness)
        exact = sharpness * p[0] * (np.arange(1, 8) - at)
        moved = [
            (theory.soft_argmax(X[0] + h, sharpness) - theory.soft_argmax(X[0] - h, sharpness)) / 2e-6 for h in 1e-6 * np.eye(7)
        ]
        assert np.allclose(moved, exact, atol=1e-6)


# 3 ---------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("n", "k"), [(3, 1), (5, 2), (8, 4), (10, 7), (6, 6)])
def test_shares_of_subsets_are_those_of_brute_force(n, k):
    for sharpness in (0.5, 3.0, 40.0):
        x = RANDOM.uniform(-5, 5, n)
        sets = [list(chosen) for chosen in itertools.combinations(range(n), k)]
        weights = scipy.special.softmax([sharpness * x[chosen].sum() for chosen in sets])
        brute = np.zeros(n)
        for chosen, weight in zip(sets, weights, strict=True):
            brute[chosen] += weight
        p = theory.grad_topk(x, sharpness, k)
        assert np.allclose(p, brute, atol=1e-8) and p.sum() == pytest.approx(k, abs=1e-8)
        assert np.allclose(theory.grad_topk(x + 17, sharpness, k), p, atol=1e-8)
        assert (np.diff(p[np.argsort(x)]) >= -1e-12).all() and (p >= 0).all() and (p <= 1 + 1e-12).all()
    assert np.allclose(theory.grad_topk(x, 2.0, 1), theory.softmax(x, 2.0), atol=1e-12)


def test_shares_of_subsets_keep_their_digits_with_64_entries():
    x = RANDOM.uniform(-5, 5, 64)
    for k in (1, 31, 63):
        p = theory.grad_topk(x, 10.0, k)
        assert p.sum() == pytest.approx(k, abs=1e-8) and np.isfinite(p).all()


# 4 ---------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("k", [1, 2, 5, 7])
def test_thresholds_add_up_to_k_and_the_exponential_one_is_softmax_for_one(k):
    for sharpness in (0.1, 1.0, 100.0):
        for f in (theory.threshold_exp, theory.threshold_sigmoid):
            p = f(X, sharpness, k)
            assert np.allclose(p.sum(-1), k, atol=1e-6)
            assert (np.diff(np.take_along_axis(p, np.argsort(X, -1), -1), axis=-1) >= -1e-12).all()
        assert np.allclose(theory.threshold_exp(X, sharpness, 1), theory.softmax(X, sharpness), atol=1e-12)


def test_the_threshold_follows_the_entries_as_its_formula_says():
    u, k, h = X[1], 3, 1e-5

    def threshold(entries):
        return entries[0] - scipy.special.logit(theory.threshold_sigmoid(entries, 1.0, k)[0])

    moved = [(threshold(u + step) - threshold(u - step)) / (2 * h) for step in h * np.eye(7)]
    assert np.allclose(moved, theory.threshold_slopes(u, 1.0, k), atol=1e-4)


# 5 ---------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("k", [1, 2, 4])
def test_limits_are_the_hard_top_k(k):
    for f in (theory.recursive_topk, theory.grad_topk, theory.threshold_exp, theory.threshold_sigmoid):
        assert np.allclose(f(APART, 200.0, k), theory.hard_topk(APART, k), atol=1e-3)


def test_limits_that_are_wrong():
    web = theory.web_topk(APART, 200.0, 2)
    assert np.allclose(np.sort(web)[::-1], [1.5, 0.5, 0, 0, 0, 0], atol=1e-3) and web.argmax() == APART.argmax()
    assert np.allclose(theory.web_topk([-5.0, 5.0, 0.0], 100.0, 2), [0, 1.5, 0.5], atol=1e-9)  # e^−1000 is no number
    assert np.allclose(theory.web_topk([5.0, 5.0, 0.0, -5.0, -5.0], 100.0, 4), [1, 1, 1, 0.5, 0.5])  # nor 0/0 one behind ties
    assert np.allclose(np.sort(theory.recursive_topk(APART, 200.0, 6)), [1 / 6] + [7 / 6] * 5, atol=1e-3)


def test_the_recursion_is_often_out_of_order():
    """23 % of draws with n 3 to 8 and a spread up to 8, found by the brief; three standard errors of 2,000."""
    random, wrong = np.random.default_rng(1), 0
    for _ in range(2000):
        n = int(random.integers(3, 9))
        x = np.sort(random.normal(size=n) * random.uniform(0, 8))
        wrong += bool((np.diff(theory.recursive_topk(x, 1.0, int(random.integers(1, n + 1)))) < -1e-9).any())
    assert 0.1 < wrong / 2000 < 0.5


# 6, 7 ------------------------------------------------------------------------------------------------------------
def test_soft_accuracy_is_the_expected_accuracy_and_its_gradient_that_of_reinforce():
    logits = torch.tensor(RANDOM.normal(size=(3, 3)), requires_grad=True)
    p, y = torch.softmax(logits, 1), np.array([0, 2, 1])
    numbers = p.detach().numpy()
    expected = sum(
        float(np.prod(numbers[np.arange(3), labels]) * np.mean(np.array(labels) == y))
        for labels in itertools.product(range(3), repeat=3)
    )
    assert theory.soft_accuracy(numbers, y) == pytest.approx(expected, abs=1e-12)
    (exact,) = torch.autograd.grad(p[np.arange(3), y].mean(), logits)
    draws = np.stack([RANDOM.choice(3, 200_000, p=row / row.sum()) for row in numbers], 1)
    right = (draws == y).mean(1)
    each = right[:, None, None] * (np.eye(3)[draws] - numbers)  # accuracy times the score function
    error = each.std(0) / math.sqrt(len(each))
    assert (np.abs(each.mean(0) - exact.numpy()) <= 3.5 * error).all()


def test_with_hard_probabilities_both_are_the_metrics_of_scikit_learn():
    t, said = RANDOM.integers(0, 2, 200), RANDOM.integers(0, 2, 200)
    assert theory.soft_f1(said, t) == pytest.approx(f1_score(t, said), abs=1e-12)
    assert theory.soft_accuracy(np.eye(2)[said], t) == pytest.approx(accuracy_score(t, said), abs=1e-12)
    assert theory.soft_f1(np.zeros(4), np.zeros(4)) == 0


def test_small_batches_bias_soft_f1_and_the_bias_falls_with_their_size():
    p, t = RANDOM.beta(1, 8, 4000), (RANDOM.random(4000) < 0.1) * 1.0
    means = [
        np.mean([theory.soft_f1(p[rows], t[rows]) for rows in RANDOM.integers(0, 4000, (800, size))]) for size in (2, 8, 64)
    ]
    assert means[0] < means[1] < means[2] < theory.soft_f1(p, t)


# 8, 9 ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("positives", "separation"), [(0.01, 0.5), (0.05, 2.0), (0.2, 1.0), (0.5, 0.5), (0.5, 4.0)])
def test_the_best_cut_is_half_the_best_f1(positives, separation):
    best, cut = theory.best_f1(positives, separation)
    assert cut == pytest.approx(best / 2, abs=1e-5)
    assert best >= theory.f1_at(np.linspace(-8, 12, 4001), positives, separation).max() - 1e-12
    x = np.linspace(-12, 16, 400_001)  # the same by adding up densities
    ahead = x > theory.where_posterior(cut, positives, separation)
    one, zero = positives * np.exp(-((x - separation) ** 2) / 2), (1 - positives) * np.exp(-(x**2) / 2)
    assert 2 * one[ahead].sum() / (one.sum() + (one + zero)[ahead].sum()) == pytest.approx(best, abs=1e-4)


def test_both_floors():
    x = np.linspace(-2.3, 2.7, 41)
    series = sum(0.9**j * np.sin(2 * math.pi * j * x) / j for j in range(1, 400)) / math.pi
    assert np.allclose(theory.abel_floor(x, 0.9), x - 0.5 + series, atol=1e-10)
    off = x[np.abs(x - np.round(x)) > 0.1]
    assert np.allclose(theory.abel_floor(off, 1 - 1e-9), np.floor(off), atol=1e-6)
    assert np.allclose(theory.abel_floor(np.arange(-2.0, 3), 0.999), np.arange(-2.0, 3) - 0.5)
    assert np.allclose(theory.soft_floor(off, 400.0), np.floor(off), atol=1e-6)


@pytest.mark.parametrize(("name", "value"), [("k", 6), ("k", 0), ("sharpness", 0.0), ("sharpness", -1.0), ("x1", math.nan)])
def test_impossible_values_are_refused_by_name(name, value):
    with pytest.raises(BadValue) as refusal:
        SmoothingParams.build({name: value})
    assert refusal.value.name == name
