"""Closed forms of the Gumbel-softmax lab against independent computations (ground truth 1 to 16 of its notes)."""

import math
from itertools import combinations

import numpy as np
import pytest
import torch
from scipy import integrate, special, stats

from engine.discrete.gumbel_softmax import estimators, theory, vae
from engine.discrete.gumbel_softmax.benches.dimension import TARGET, draws_of
from engine.discrete.gumbel_softmax.benches.normal import gradients
from engine.discrete.gumbel_softmax.benches.simplex import ORDERS
from engine.discrete.gumbel_softmax.objectives import Net, objective

P = np.array([0.5, 0.3, 0.2])


def noise(seed: int, *shape: int) -> np.ndarray:
    return estimators.gumbel(np.random.default_rng(seed).exponential(size=shape))


def random_logits(seed: int, k: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(k)


def z_score(draws: np.ndarray, target: np.ndarray) -> float:
    """Largest |mean − target| in standard errors over the coordinates."""
    error = draws.std(0, ddof=1) / math.sqrt(len(draws))
    return float((np.abs(draws.mean(0) - target) / np.maximum(error, 1e-15)).max())


# ---- 1, 2: the Concrete density


@pytest.mark.parametrize("tau", [0.1, 0.3, 1.0, 2.0, 5.0])
def test_the_concrete_density_is_that_of_torch(tau):
    """Maddison et al. 2017, eq. 10."""
    logits = random_logits(0, 4)
    log_y = np.log(np.random.default_rng(1).dirichlet(np.ones(4), 200))
    torch_tau, torch_logits = torch.tensor(tau, dtype=torch.float64), torch.tensor(logits)
    law = torch.distributions.RelaxedOneHotCategorical(torch_tau, logits=torch_logits, validate_args=False)
    expected = law.log_prob(torch.from_numpy(np.exp(log_y))).numpy()
    assert np.abs(theory.concrete_log_density(log_y, logits, tau) - expected).max() < 1e-10


@pytest.mark.parametrize("tau", [0.3, 0.5, 1.0, 2.0])
def test_the_concrete_density_integrates_to_one_and_gives_each_class_its_share(tau):
    """Over the logits of y, where corners are far away; the argmax cell of class i has mass p_i."""
    side = np.linspace(-60, 60, 1201)
    a, b = np.meshgrid(side, side, indexing="ij")
    log_y = np.stack([a, b, np.zeros_like(a)], -1)
    log_y -= np.logaddexp(np.logaddexp(a, b), 0)[..., None]
    mass = np.exp(theory.concrete_log_density(log_y, np.log(P), tau) + log_y.sum(-1)) * (side[1] - side[0]) ** 2
    assert mass.sum() == pytest.approx(1.0, abs=1e-5)
    for index in range(3):
        assert mass[log_y.argmax(-1) == index].sum() == pytest.approx(P[index], abs=0.03)


# ---- 3: Gumbel-max


@pytest.mark.parametrize("seed", range(5))
def test_the_argmax_of_logits_plus_gumbel_noise_has_the_softmax_probabilities(seed):
    """(8), Gumbel 1954."""
    logits = random_logits(seed, 5)
    winner = (logits + noise(10 + seed, 100_000, 5)).argmax(-1)
    assert theory.chi_square(np.bincount(winner, minlength=5), theory.softmax(logits))[1] > 1e-4


def test_the_maximum_is_gumbel_and_independent_of_who_wins():
    """E max(o + g) = logsumexp(o) + γ, also given the winner."""
    logits = np.array([1.0, 0.0, -1.0])
    scores = logits + noise(3, 200_000, 3)
    for chosen in (scores, *(scores[scores.argmax(-1) == i] for i in range(3))):
        error = theory.GUMBEL_SD / math.sqrt(len(chosen))
        assert abs(chosen.max(-1).mean() - theory.mean_maximum(logits)) < 4 * error


def test_the_order_of_the_scores_is_drawing_without_replacement():
    """Plackett 1975; Kool et al. 2019."""
    order = np.argsort(-(np.log(P) + noise(4, 100_000, 3)), -1)
    counts = [(order == np.array(one)).all(-1).sum() for one in ORDERS]
    expected = np.array([theory.plackett_luce(P, one) for one in ORDERS])
    assert expected.sum() == pytest.approx(1)
    assert theory.chi_square(counts, expected)[1] > 1e-4


# ---- 4, 5, 6: shapes of the density


@pytest.mark.parametrize("tau", [0.2, 1.0, 3.0])
def test_two_classes_have_a_logistic_distribution_function(tau):
    """P(y₁ ≤ u) = sigmoid(τ logit u − (o₁ − o₂))."""
    y = estimators.relax(np.array([0.7, 0.0]) + noise(5, 20_000, 2), tau)[:, 0]
    assert stats.kstest(y, lambda u: special.expit(tau * special.logit(u) - 0.7)).pvalue > 1e-4


def test_two_equal_classes_at_temperature_one_are_uniform():
    y = estimators.relax(noise(6, 20_000, 2), 1.0)[:, 0]
    assert stats.kstest(y, "uniform").pvalue > 1e-4


@pytest.mark.parametrize("k", [2, 3, 4, 5])
@pytest.mark.parametrize("tau", [0.3, 1.0, 2.0])
def test_the_density_at_the_barycentre_is_factorial_times_a_power_of_the_temperature(k, tau):
    log_y = np.full(k, -math.log(k))
    found = math.exp(theory.concrete_log_density(log_y, np.zeros(k), tau))
    assert found == pytest.approx(math.factorial(k - 1) * tau ** (k - 1), rel=1e-10)


@pytest.mark.parametrize("k", [3, 4])
@pytest.mark.parametrize("tau", [0.3, 1.0, 2.5])
def test_the_density_at_the_rim_follows_its_power_law(k, tau):
    """Fact (f): exponent (k − r)τ − r when r coordinates vanish together."""
    for r in range(1, k):
        rest = np.log(np.random.default_rng(k).dirichlet(np.ones(k - r)))
        values = []
        for epsilon in (1e-40, 1e-44):
            log_y = np.r_[rest, np.full(r, math.log(epsilon))]
            values.append(theory.concrete_log_density(log_y, random_logits(7, k), tau))
        slope = (values[0] - values[1]) / (math.log(1e-40) - math.log(1e-44))
        assert slope == pytest.approx((k - r) * tau - r, abs=1e-6)


@pytest.mark.parametrize("k", [3, 5])
def test_the_density_is_log_convex_up_to_one_over_k_minus_one_and_not_beyond(k):
    """Maddison et al. 2017, appendix; by random midpoints of pairs that reach close to the rim."""
    random = np.random.default_rng(8)
    a, b = random.dirichlet(np.full(k, 0.2), 120_000), random.dirichlet(np.full(k, 0.2), 120_000)
    logits = random_logits(9, k)

    def violation(tau: float) -> float:
        log = [theory.concrete_log_density(np.log(np.maximum(y, 1e-100)), logits, tau) for y in (a, b, (a + b) / 2)]
        return float((log[2] - (log[0] + log[1]) / 2).max())

    for share in (0.5, 0.9, 1.0):
        assert violation(share / (k - 1)) < 1e-9
    assert violation(1.2 / (k - 1)) > 1


# ---- 7 to 11: gradients


def test_both_forms_of_the_exact_gradient_are_that_of_automatic_differentiation():
    """(11)."""
    logits, corners = random_logits(11, 6), random_logits(12, 6)
    leaf = torch.tensor(logits, requires_grad=True)
    (leaf.softmax(0) @ torch.tensor(corners)).backward()
    p = theory.softmax(logits)
    each = np.eye(6)
    pairs = [p[i] * p[j] * (corners[i] - corners[j]) * (each[i] - each[j]) for i, j in combinations(range(6), 2)]
    for form in (theory.exact_gradient(p, corners), np.sum(pairs, 0)):
        assert np.abs(form - leaf.grad.numpy()).max() < 1e-12


def test_score_functions_are_unbiased_and_leave_one_out_ignores_constants_draw_by_draw():
    """Williams 1992; Kool et al. 2019."""
    f = objective("quadratic")
    corners, _ = theory.corner_values(f, 3)
    winner = (np.log(P) + noise(13, 100_000, 3)).argmax(-1)
    exact = theory.exact_gradient(P, corners)
    plain = estimators.score_function(winner, P, corners)
    assert z_score(plain, exact) < 4
    assert z_score(estimators.score_function(winner, P, corners, P @ corners), exact) < 4
    groups = winner.reshape(-1, 4)
    loo = estimators.leave_one_out(groups, P, corners)
    assert z_score(loo, exact) < 4
    assert np.abs(estimators.leave_one_out(groups, P, corners + 10) - loo).max() < 1e-10
    assert np.abs(estimators.score_function(winner, P, corners + 10) - plain).max() > 1


@pytest.mark.parametrize("draws", [2, 4, 16])
def test_the_noise_of_score_functions_has_a_closed_form(draws):
    """The variance of RLOO is that of a sample covariance (own derivation)."""
    corners, _ = theory.corner_values(objective("quadratic", offset=1.0), 3)
    winner = (np.log(P) + noise(14, 160_000, 3)).argmax(-1)
    plain = estimators.score_function(winner, P, corners)
    assert plain.var(0).sum() == pytest.approx(
        theory.variance_error(theory.score_function_draws(P, corners), P, 1)[0], rel=0.02
    )
    loo = estimators.leave_one_out(winner.reshape(-1, draws), P, corners)
    assert loo.var(0).sum() == pytest.approx(theory.leave_one_out_variance(P, corners, draws), rel=0.04)


def test_on_a_linear_f_straight_through_gumbel_is_gumbel_softmax_draw_by_draw():
    f, g = objective("linear"), noise(15, 1000, 3)
    soft = estimators.pathwise("gumbel-softmax", f, np.log(P), g, 0.3)
    assert np.abs(soft - estimators.pathwise("straight-through-gumbel", f, np.log(P), g, 0.3)).max() < 1e-12


def test_gumbel_rao_has_the_mean_of_straight_through_gumbel_and_less_noise():
    """Paulus, Maddison, Krause 2021, proposition 1."""
    f, g = objective("net"), noise(16, 40_000, 3)
    again = np.random.default_rng(17).exponential(size=(40_000, 10, 3))
    logits = np.log(P)
    winner = (logits + g).argmax(-1)
    plain = estimators.pathwise("straight-through-gumbel", f, logits, g, 0.3)
    rao = estimators.pathwise("gumbel-rao", f, logits, g, 0.3, estimators.conditional_scores(winner, again, logits))
    error = np.sqrt((plain.var(0) + rao.var(0)) / len(plain))
    assert (np.abs(plain.mean(0) - rao.mean(0)) < 4 * error).all()
    assert rao.var(0).sum() <= plain.var(0).sum()


def test_conditional_gumbels_keep_the_winner_and_are_gumbels():
    """The conditional scores have the distribution of o + g given the winner: mixed over winners they are o + g."""
    logits = np.log(P)
    winner = (logits + noise(18, 50_000, 3)).argmax(-1)
    again = np.random.default_rng(19).exponential(size=(50_000, 1, 3))
    scores = estimators.conditional_scores(winner, again, logits)[:, 0]
    assert (scores.argmax(-1) == winner).all()
    for index in range(3):
        assert stats.kstest(scores[:, index] - logits[index], "gumbel_r").pvalue > 1e-4


def test_the_mean_of_straight_through_has_a_closed_form():
    f = objective("net")
    _, slopes = theory.corner_values(f, 3)
    winner = (np.log(P) + noise(20, 1_000_000, 3)).argmax(-1)
    draws = estimators.straight_through(winner, P, slopes)
    assert z_score(draws, theory.straight_through_mean(P, slopes)) < 4
    assert np.abs(draws.mean(0) - theory.straight_through_mean(P, slopes)).max() < 1.5e-3


@pytest.mark.parametrize(("seed", "k"), [(1, 3), (2, 3), (3, 5)])
def test_cold_straight_through_keeps_the_bias_of_the_trapezoid_rule_and_gumbel_softmax_none(seed, k):
    """(12), own derivation: at τ = .01 ST-GS agrees with the trapezoid limit, not with the exact gradient."""
    random = np.random.default_rng(seed)
    f = Net(3 * random.standard_normal((16, k)), random.standard_normal(16), random.standard_normal(16) / 4)
    logits = np.linspace(0.5, -0.5, k)
    p, (corners, slopes) = theory.softmax(logits), theory.corner_values(f, k)
    limit, exact = theory.straight_through_limit(p, slopes), theory.exact_gradient(p, corners)
    sums = {name: [np.zeros(k), np.zeros(k)] for name in ("gumbel-softmax", "straight-through-gumbel")}
    for part in range(5):
        g = noise(100 * seed + part, 200_000, k)
        for name, (first, second) in sums.items():
            draws = estimators.pathwise(name, f, logits, g, 0.01)
            first += draws.sum(0)
            second += (draws**2).sum(0)
    for name, target in (("straight-through-gumbel", limit), ("gumbel-softmax", exact)):
        mean = sums[name][0] / 1e6
        error = np.sqrt((sums[name][1] / 1e6 - mean**2) / 1e6)
        assert (np.abs(mean - target) < 4 * error + 0.8 * 0.01).all()
    assert np.linalg.norm(limit - exact) > 0.05


def test_the_trapezoid_limit_is_exact_for_linear_and_quadratic_f_only():
    for name, biased in (("linear", False), ("quadratic", False), ("net", True)):
        corners, slopes = theory.corner_values(objective(name), 3)
        bias = np.linalg.norm(theory.straight_through_limit(P, slopes) - theory.exact_gradient(P, corners))
        assert (bias > 0.1) if biased else (bias < 1e-12)


# ---- 12: exact bias of two classes


@pytest.mark.parametrize(
    ("tau", "expected"), [(0.05, 0.02495), (0.3, 0.02344), (0.5, 0.02146), (1.0, 0.016667), (2.0, 0.01073)]
)
def test_the_bias_of_gumbel_softmax_on_two_classes_is_a_quadrature(tau, expected):
    """f = (y₁ − .45)², equal probabilities; the exact gradient is (1 − 2t)/4 = .025, at τ = 1 the relaxed one (1 − 2t)/6."""

    def integrand(noise: float) -> float:
        y = special.expit(noise / tau)
        return 2 * (y - 0.45) * y * (1 - y) / tau * math.exp(-noise) * special.expit(noise) ** 2

    mean = integrate.quad(integrand, -40, 40, points=[0.0], limit=400, epsabs=1e-13)[0]
    assert mean == pytest.approx(expected, abs=6e-6)
    y = estimators.relax(noise(21, 400_000, 2), tau)[:, 0]
    draws = 2 * (y - 0.45) * y * (1 - y) / tau
    assert abs(draws.mean() - mean) < 4 * draws.std() / math.sqrt(len(draws))


# ---- 13: the normal distribution


def test_variances_of_the_square():
    """(6) at μ = 1, σ = .5: 1.00 and 21.75."""
    path, score = theory.square_variances(1.0, 0.5)
    assert (float(path), float(score)) == pytest.approx((1.0, 21.75))
    epsilon = np.random.default_rng(22).standard_normal(1_000_000)
    found = gradients("square", epsilon, 1.0, 1.0, 0.5)
    assert found[0].var() == pytest.approx(1.0, rel=0.01)
    assert found[1].var() == pytest.approx(21.75, rel=0.015)


@pytest.mark.parametrize("omega", [0.5, 1.0, 3.0])
@pytest.mark.parametrize(("mu", "sigma"), [(0.3, 0.5), (1.0, 0.3), (-0.7, 1.0)])
def test_variances_of_the_cosine(omega, mu, sigma):
    """(7), Monte Carlo within 1 %."""
    epsilon = np.random.default_rng(23).standard_normal(1_000_000)
    path, score = gradients("cosine", epsilon, omega, mu, sigma)
    expected = theory.cosine_variances(omega, mu, sigma)
    assert path.var() == pytest.approx(float(expected[0]), rel=0.01)
    assert score.var() == pytest.approx(float(expected[1]), rel=0.01)
    assert path.mean() == pytest.approx(float(theory.cosine_gradient(omega, mu, sigma)), abs=5 * path.std() / 1000)


def test_the_cosine_at_three_reverses_the_ranking():
    """ω = 3, μ = .3, σ = .5: 3.929 pathwise, 1.458 score function."""
    path, score = theory.cosine_variances(3.0, 0.3, 0.5)
    assert (float(path), float(score)) == pytest.approx((3.929, 1.458), abs=1e-3)


def test_the_step_has_no_slope_but_a_gradient():
    epsilon = np.random.default_rng(24).standard_normal(1_000_000)
    path, score = gradients("jump", epsilon, 1.0, 0.3, 0.5)
    assert (path == 0).all()
    assert score.mean() == pytest.approx(float(theory.step_gradient(0.3, 0.5)), abs=0.006)
    assert score.var() == pytest.approx(float(theory.step_variances(0.3, 0.5)[1]), rel=0.01)


# ---- 14, 16: forward and backward values


def test_hard_gumbel_softmax_is_one_hot_with_the_soft_gradient():
    """torch's own straight-through agrees with ours on the same noise."""
    logits = torch.randn(50, 4, generator=torch.Generator().manual_seed(0))
    slope = torch.randn(50, 4, generator=torch.Generator().manual_seed(1))
    gradients_of = []
    for hard in (False, True):
        torch.manual_seed(5)
        leaf = logits.clone().requires_grad_()
        value = torch.nn.functional.gumbel_softmax(leaf, tau=0.5, hard=hard)
        if hard:
            assert torch.allclose(value.max(-1).values, torch.ones(50)) and torch.allclose(value.sum(-1), torch.ones(50))
        else:
            soft = value.detach()
        (value * slope).sum().backward()
        gradients_of.append(leaf.grad)
    assert torch.allclose(gradients_of[0], gradients_of[1], atol=1e-6)
    ours = estimators.pull_back(soft.numpy(), slope.numpy(), 0.5)
    assert np.abs(ours - gradients_of[0].numpy()).max() < 1e-5


def test_very_cold_gradients_stay_finite_in_single_precision():
    g = noise(25, 100_000, 3).astype(np.float32)
    f = objective("net", dtype=np.float32)
    for name in ("gumbel-softmax", "straight-through-gumbel"):
        draws = estimators.pathwise(name, f, np.log(P).astype(np.float32), g, 1e-3)
        assert draws.dtype == np.float32 and np.isfinite(draws).all()
    scores = torch.from_numpy(np.log(P).astype(np.float32) + g).requires_grad_()
    vae.relax(scores, 1e-3)[:, 0].sum().backward()
    assert torch.isfinite(scores.grad).all()


def test_both_limits_of_the_temperature_are_exact():
    scores = np.log(P) + noise(26, 1000, 3)
    assert (estimators.relax(scores, 0.0) == np.eye(3)[scores.argmax(-1)]).all()
    assert (estimators.relax(scores, math.inf) == 1 / 3).all()
    assert np.abs(estimators.relax(scores, 1e-9) - estimators.relax(scores, 0.0)).max() < 1e-9
    assert np.abs(estimators.relax(scores, 1e9) - 1 / 3).max() < 1e-7
    for tau in (0.0, math.inf):
        assert (estimators.pathwise("gumbel-softmax", objective("net"), np.log(P), noise(27, 10, 3), tau) == 0).all()
        torch_scores = torch.from_numpy(scores)
        assert np.array_equal(vae.relax(torch_scores, tau).numpy(), estimators.relax(scores, tau))


# ---- many variables


@pytest.mark.parametrize("count", [1, 4, 16])
def test_the_noise_of_score_functions_over_many_variables_has_a_closed_form(count):
    """|d − p|² = M/2 for every draw; f depends on a binomial count."""
    logistic = np.random.default_rng(28).logistic(size=(200_000, count))
    single, loo = theory.many_score_variances(count, TARGET, 4)
    for method, expected in (("score-function", single), ("leave-one-out", loo)):
        draws = draws_of(method, logistic, 0.5, 4)
        assert 2 * draws.var(0).sum() == pytest.approx(expected, rel=0.03)
        norm = math.sqrt(2) * np.linalg.norm(draws.mean(0))
        spread = math.sqrt(expected / len(draws))
        assert abs(norm - theory.many_gradient_norm(count, TARGET)) < 4 * spread


def test_the_net_of_the_lab_is_the_drawn_one():
    """16 tanh units from torch's generator with seed 1 in float64, kept to four decimals."""
    generator = torch.Generator().manual_seed(1)
    drawn = [torch.randn(*shape, generator=generator, dtype=torch.float64).numpy() for shape in ((16, 3), (16,), (16,))]
    f = objective("net")
    assert np.abs(f.inner - 3 * drawn[0]).max() < 6e-5
    assert np.abs(f.bias - drawn[1]).max() < 6e-5
    assert np.abs(f.outer - drawn[2] / 4).max() < 6e-5
