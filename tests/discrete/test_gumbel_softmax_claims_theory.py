"""Standard errors behind the lab's verdicts, against simulation; the probabilities of the triangle."""

from __future__ import annotations

import math

import numpy as np
import pytest

from engine.discrete.gumbel_softmax import estimators, theory
from engine.discrete.gumbel_softmax.benches.normal import gradients
from engine.discrete.gumbel_softmax.objectives import objective

P = np.array([0.9, 0.07, 0.03])
N, RUNS = 400, 4000


def spread(draws: np.ndarray) -> tuple[float, float]:
    """Mean and standard deviation over runs of the estimated total variance; draws (runs, n, k)."""
    variance = draws.var(1, ddof=1).sum(-1)
    return float(variance.mean()), float(variance.std())


def test_the_error_of_a_variance_follows_from_the_fourth_moment():
    """Score function with rare classes: variance and its standard error from `N` draws, within 4 % over 4000 runs."""
    corners = np.array([0.2, 1.5, -2.0])
    winner = np.random.default_rng(0).choice(3, (RUNS, N), p=P)
    variance, error = theory.variance_error(theory.score_function_draws(P, corners), P, N)
    found = spread(estimators.score_function(winner, P, corners))
    second = P @ (corners**2 * (1 - 2 * P + P @ P))  # |e_i − p|² = 1 − 2 p_i + |p|²
    assert variance == pytest.approx(second - (theory.exact_gradient(P, corners) ** 2).sum(), rel=1e-12)
    assert found == pytest.approx((variance, error), rel=0.04)
    assert error > 1.5 * variance * math.sqrt(2 / N)  # what a normal draw would have


def test_the_error_of_a_leave_one_out_variance_is_a_sum_over_compositions():
    corners = np.array([0.2, 1.5, -2.0])
    winner = np.random.default_rng(1).choice(3, (RUNS, N, 4), p=P)
    variance, error = theory.leave_one_out_error(P, corners, 4, N)
    assert variance == pytest.approx(theory.leave_one_out_variance(P, corners, 4), rel=1e-12)
    assert spread(estimators.leave_one_out(winner, P, corners)) == pytest.approx((variance, error), rel=0.04)
    assert theory.leave_one_out_error(P, corners, 16, N, most=20)[1] >= theory.leave_one_out_error(P, corners, 16, N)[1]


@pytest.mark.parametrize("hard", [False, True])
@pytest.mark.parametrize("name", ["quadratic", "net"])
def test_a_cold_draws_variance_comes_from_ties(name, hard):
    """Leading order in 1/tau at tau = .005, 2 million draws."""
    f, tau, p = objective(name), 0.005, np.array([0.5, 0.3, 0.2])
    noise = -np.log(np.random.default_rng(2).exponential(size=(2_000_000, 3)))
    draws = estimators.pathwise("straight-through-gumbel" if hard else "gumbel-softmax", f, np.log(p), noise, tau)
    assert draws.var(0).sum() == pytest.approx(theory.cold_moment(p, f, tau, hard), rel=0.08)


@pytest.mark.parametrize(("wave", "mu", "sigma"), [("cosine", 0.3, 0.5), ("square", 1.0, 0.5), ("jump", -1.0, 0.8)])
def test_the_error_of_a_normal_draws_variance(wave, mu, sigma):
    """Both gradients of the normal bench; the score function's sixth powers need many runs."""
    epsilon = np.random.default_rng(3).normal(size=(RUNS, 2000))
    for row, draws in enumerate(gradients(wave, epsilon, 2.0, mu, sigma)):
        variance, error = theory.normal_variance_error(lambda e, row=row: gradients(wave, e, 2.0, mu, sigma)[row], 2000)
        assert spread(draws[..., None]) == pytest.approx((variance, error), rel=0.06, abs=1e-9)


def test_the_error_of_the_many_variables_noise():
    """M = 16: the variance of |d - p| f with f from a binomial."""
    heads = np.random.default_rng(4).binomial(16, 0.5, (RUNS, N))
    square = (16 * (heads / 16 - 0.45) ** 2) ** 2 * 8
    assert square.mean(1).std() == pytest.approx(theory.many_score_error(16, 0.45, N), rel=0.04)


@pytest.mark.parametrize("first", [0.0, 0.005, 0.3, 0.99, 1.0])
@pytest.mark.parametrize("second", [0.0, 0.01, 0.3, 0.7, 1.0])
def test_every_class_keeps_one_per_cent(first, second):
    p = theory.class_probabilities(first, second)
    assert p.sum() == pytest.approx(1, abs=1e-12) and p.min() >= 0.01 - 1e-12
    if min(first, second) >= 0.01 and first + second <= 0.99:
        assert p == pytest.approx([first, second, 1 - first - second], abs=1e-12)
    assert theory.class_probabilities(1, 1) == pytest.approx([0.495, 0.495, 0.01], abs=1e-12)
    seven = theory.class_probabilities(first, second, 7)
    assert seven == pytest.approx([*(p * 3 / 7), *[1 / 7] * 4], abs=1e-12)


@pytest.mark.parametrize(
    ("tau", "mean"),
    [(0.1, (0.497, 0.299, 0.200)), (0.5, (0.479, 0.307, 0.214)), (1.0, (0.447, 0.315, 0.238)), (5.0, (0.365, 0.330, 0.305))],
)
def test_the_mean_of_a_softened_choice_by_integration(tau, mean):
    """Against the notes' Monte Carlo values, and against 400,000 draws of our own."""
    p = np.array([0.5, 0.3, 0.2])
    found = theory.relaxed_expectation(p, tau, lambda y: y)
    noise = -np.log(np.random.default_rng(5).exponential(size=(400_000, 3)))
    assert found.sum() == pytest.approx(1, abs=1e-7)
    assert found == pytest.approx(mean, abs=2e-3)
    assert found == pytest.approx(estimators.relax(np.log(p) + noise, tau).mean(0), abs=4 * 0.5 / math.sqrt(400_000))


def test_the_bias_of_gumbel_softmax_by_integration():
    """The notes' numbers for the net: .003 / .008 / .039 / .113 / .215 (Monte Carlo), sd 1.89 / .86 / .44 / .21 / .08."""
    p, f = theory.softmax([0.5, 0, -0.5]), objective("net")
    exact = theory.exact_gradient(p, theory.corner_values(f, 3)[0])
    for tau, bias, sd in ((0.05, 0.003, 1.89), (0.2, 0.008, 0.86), (0.5, 0.039, 0.44), (1.0, 0.113, 0.21), (2.0, 0.215, 0.08)):

        def moments(y, tau=tau):
            draw = estimators.pull_back(y, f.gradient(y), tau)
            return np.concatenate([draw, (draw**2).sum(-1, keepdims=True)], -1)

        found = theory.relaxed_expectation(p, tau, moments)
        mean, variance = found[:3], found[3] - found[:3] @ found[:3]
        assert np.linalg.norm(mean - exact) == pytest.approx(bias, abs=4e-3)
        assert math.sqrt(variance) == pytest.approx(sd, rel=0.05, abs=0.005)  # the notes give two decimals


def test_the_fourth_moment_of_cold_draws_comes_from_ties():
    f, tau, p = objective("quadratic"), 0.005, np.array([0.5, 0.3, 0.2])
    noise = -np.log(np.random.default_rng(6).exponential(size=(2_000_000, 3)))
    draws = estimators.pathwise("gumbel-softmax", f, np.log(p), noise, tau)
    assert ((draws**2).sum(1) ** 2).mean() == pytest.approx(theory.cold_moment(p, f, tau, False, power=4), rel=0.1)
