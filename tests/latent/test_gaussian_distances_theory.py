"""Closed forms of the lab of distances between normal distributions against scipy, torch, quadrature and each other."""

import math

import numpy as np
import pytest
import torch
from scipy import integrate, linalg, optimize, stats

from engine.latent.gaussian_distances import mixture, theory
from engine.latent.gaussian_distances.model import Racer, slope
from engine.latent.gaussian_distances.theory import Gaussian

PRESET = (theory.gaussian(-1, 0, 1.5, 0.5, 30), theory.gaussian(1, 0.5, 1, 0.7, -40))


def pairs(count, sizes=(1, 2, 3, 4), seed=0):
    random = np.random.default_rng(seed)
    for k in range(count):
        n = sizes[k % len(sizes)]
        yield tuple(Gaussian(random.normal(size=n) * 2, _covariance(random, n)) for _ in range(2))


def _covariance(random, n):
    factor = random.normal(size=(n, n))
    return factor @ factor.T + 0.1 * np.eye(n)


# 1 ---------------------------------------------------------------------------------------------------------------
def test_kl_is_that_of_torch():
    for p, q in pairs(500):
        laws = [torch.distributions.MultivariateNormal(torch.tensor(g.mean), torch.tensor(g.covariance)) for g in (p, q)]
        assert theory.kl(p, q).total == pytest.approx(float(torch.distributions.kl_divergence(*laws)), rel=1e-10)


# 2 ---------------------------------------------------------------------------------------------------------------
def test_both_written_forms_of_the_fidelity_and_procrustes_agree():
    """(4): tr of the root of the sandwich, roots of the eigenvalues of the product (FID's form), singular values."""
    for p, q in pairs(200):
        a = theory.root(p.covariance)
        sandwich = float(np.trace(linalg.sqrtm(a @ q.covariance @ a).real))
        eigenvalues = np.sqrt(linalg.eigvals(p.covariance @ q.covariance).real).sum()
        singular = linalg.svdvals(theory.root(q.covariance) @ a).sum()
        procrustes = (np.trace(p.covariance + q.covariance) - theory.w2_squared(p, q).shape) / 2
        for other in (eigenvalues, singular, procrustes):
            assert other == pytest.approx(sandwich, rel=1e-10)


# 3 ---------------------------------------------------------------------------------------------------------------
def test_on_a_line_bhattacharyya_and_w2_are_their_integrals():
    for p, q in pairs(20, (1,), seed=3):
        (mp, sp), (mq, sq) = ((float(g.mean[0]), math.sqrt(g.covariance[0, 0])) for g in (p, q))
        both = lambda x: math.sqrt(stats.norm.pdf(x, mp, sp) * stats.norm.pdf(x, mq, sq))  # noqa: E731, B023
        low, high = min(mp - 12 * sp, mq - 12 * sq), max(mp + 12 * sp, mq + 12 * sq)
        overlap = integrate.quad(both, low, high, points=[mp, mq], limit=500, epsabs=1e-14)[0]
        assert theory.bhattacharyya(p, q).total == pytest.approx(-math.log(overlap), abs=1e-8)
        assert theory.w2(p, q) == pytest.approx(math.hypot(mp - mq, sp - sq), rel=1e-10)
        quantiles = lambda u: (stats.norm.ppf(u, mp, sp) - stats.norm.ppf(u, mq, sq)) ** 2  # noqa: E731, B023
        assert theory.w2_squared(p, q).total == pytest.approx(integrate.quad(quantiles, 0, 1, limit=200)[0], rel=1e-6)


# 4 ---------------------------------------------------------------------------------------------------------------
def test_the_optimal_map_lands_and_costs_w2():
    for p, q in pairs(200):
        a = theory.transport(p.covariance, q.covariance)
        assert np.linalg.eigvalsh(a)[0] > 0 and np.abs(a @ p.covariance @ a - q.covariance).max() < 1e-10 * 50
        move = a - np.eye(len(a))
        cost = np.square(p.mean - q.mean).sum() + np.trace(move @ p.covariance @ move)
        assert cost == pytest.approx(theory.w2_squared(p, q).total, rel=1e-9)
        fidelity = np.trace(linalg.sqrtm(theory.root(p.covariance) @ q.covariance @ theory.root(p.covariance)).real)
        assert np.trace(p.covariance @ a) == pytest.approx(fidelity, rel=1e-10)  # the article's multiplier W is the map A


def test_no_coupling_is_cheaper_than_w2():
    """C = Sp^1/2 O (Sq - S)^1/2 with 0 <= S <= Sq, 1,000 times."""
    random = np.random.default_rng(4)
    for p, q in pairs(1000, (2, 3), seed=5):
        n = len(p.mean)
        orthogonal = np.linalg.qr(random.normal(size=(n, n)))[0]
        root, part = theory.root(q.covariance), theory.root(_covariance(random, n))
        part = part / np.linalg.norm(part, 2)
        left = q.covariance - random.uniform() * root @ part @ part @ root
        cross = theory.root(p.covariance) @ orthogonal @ theory.root(left)
        assert theory.coupling_cost(p, q, cross) >= theory.w2_squared(p, q).total - 1e-9


# 5 ---------------------------------------------------------------------------------------------------------------
def test_inequalities_symmetry_triangles_and_invariance():
    random = np.random.default_rng(6)
    for (p, q), (r, _) in zip(pairs(500, (2, 3)), pairs(500, (2, 3), seed=7), strict=True):
        n = len(p.mean)
        bd = theory.bhattacharyya(p, q).total
        assert bd <= theory.kl(p, q).total / 2 + 1e-12  # (9)
        unit = Gaussian(np.zeros(n), np.eye(n))
        assert theory.w2_squared(p, unit).total <= 2 * theory.kl(p, unit).total + 1e-12  # (10)
        assert bd == pytest.approx(theory.bhattacharyya(q, p).total) and theory.w2(p, q) == pytest.approx(theory.w2(q, p))
        for metric in (theory.w2, lambda a, b: math.sqrt(theory.hellinger_squared(a, b))):
            assert metric(p, q) <= metric(p, r) + metric(r, q) + 1e-9
        m, shift = random.normal(size=(n, n)) + 3 * np.eye(n), random.normal(size=n)
        moved = [Gaussian(m @ g.mean + shift, m @ g.covariance @ m.T) for g in (p, q)]
        assert theory.kl(*moved).total == pytest.approx(theory.kl(p, q).total, rel=1e-8)
        assert theory.bhattacharyya(*moved).total == pytest.approx(bd, rel=1e-8)


def test_singular_shapes_have_infinite_kl_and_finite_w2():
    line = Gaussian(np.zeros(2), np.diag([1.0, 0.0]))
    for p, q in ((line, PRESET[0]), (PRESET[0], line)):
        assert theory.kl(p, q).total == theory.bhattacharyya(p, q).total == math.inf and theory.hellinger_squared(p, q) == 1
        assert math.isfinite(theory.w2(p, q))
    assert theory.w2(line, Gaussian(np.array([0.0, 2.0]), line.covariance)) == pytest.approx(2)


# 6 ---------------------------------------------------------------------------------------------------------------
def test_the_flow_is_that_of_its_differential_equations():
    target, q = PRESET
    mean, covariance, h = q.mean.copy(), q.covariance.copy(), 1e-4
    precision = np.linalg.inv(target.covariance)
    for _ in range(5000):
        mean = mean - h * precision @ (mean - target.mean)
        covariance = covariance + h * (2 * np.eye(2) - precision @ covariance - covariance @ precision)
    exact = theory.kl_flow(q, target, 0.5)
    assert np.abs(exact.mean - mean).max() < 1e-4 and np.abs(exact.covariance - covariance).max() < 2e-4
    twice = theory.kl_flow(theory.kl_flow(q, target, 0.2), target, 0.3)
    assert np.abs(twice.covariance - exact.covariance).max() < 1e-12


@pytest.mark.parametrize("eta", [0.1, 0.5])
def test_a_bures_step_goes_the_share_eta_of_the_geodesic(eta):
    p, q = PRESET
    factor = theory.bures_step(np.linalg.cholesky(q.covariance), theory.root(p.covariance), eta)
    step = (1 - eta) * np.eye(2) + eta * theory.transport(q.covariance, p.covariance)
    assert np.abs(factor @ factor.T - step @ q.covariance @ step).max() < 1e-12
    assert np.abs(factor @ factor.T - theory.between(q, p, eta).covariance).max() < 1e-12


@pytest.mark.parametrize("loss", ["kl_pq", "kl_qp", "bhattacharyya", "hellinger"])
def test_slopes_are_the_differences_of_the_losses(loss):
    losses = {
        "kl_pq": lambda p, q: theory.kl(p, q).total, "kl_qp": lambda p, q: theory.kl(q, p).total,
        "bhattacharyya": lambda p, q: theory.bhattacharyya(p, q).total, "hellinger": theory.hellinger_squared,
    }  # fmt: skip
    z = np.array([0.3, -0.4, 0.1, 0.6, -0.2])  # mean, ln l11, l21, ln l22

    def racer(z):
        return Racer(z[:2], np.array([[math.exp(z[2]), 0], [z[3], math.exp(z[4])]]))

    found = slope(loss, PRESET[0], racer(z))
    for k in range(5):
        ends = [losses[loss](PRESET[0], racer(z + sign * 1e-6 * np.eye(5)[k]).gaussian) for sign in (1, -1)]
        assert found[k] == pytest.approx((ends[0] - ends[1]) / 2e-6, abs=1e-7)


# 7 ---------------------------------------------------------------------------------------------------------------
def test_couplings_lie_on_the_cosine_and_its_mirror():
    for p, q in pairs(50, (2,), seed=8):
        values = linalg.svdvals(theory.root(q.covariance) @ theory.root(p.covariance))
        parted = theory.coupling_cost(p, q, np.zeros((2, 2)))
        best = theory.best_coupling(p.covariance, q.covariance)
        costs = [
            theory.coupling_cost(p, q, theory.coupling(p.covariance, q.covariance, best + turned)) for turned in (0, 60, 180)
        ]
        assert costs[0] == pytest.approx(theory.w2_squared(p, q).total, abs=1e-8)
        assert costs[1:] == pytest.approx([parted - values.sum(), parted + 2 * values.sum()])  # cos 60 = 1/2, cos 180 = -1
        mirrored = [theory.coupling(p.covariance, q.covariance, angle, True) for angle in np.linspace(0, 360, 721)]
        assert max(np.trace(c) for c in mirrored) == pytest.approx(values[0] - values[1], abs=1e-4 * values[0])
    assert theory.best_coupling(PRESET[0].covariance, PRESET[0].covariance) == pytest.approx(0, abs=1e-9)


# 8 ---------------------------------------------------------------------------------------------------------------
def test_reverse_kl_is_the_closed_form_where_the_target_has_one_hump():
    p = Gaussian(np.zeros(1), np.array([[mixture.WIDTH**2]]))
    for mean, sd in ((0.0, 0.5), (1.3, 0.2), (-2.0, 1.7)):
        exact = theory.kl(Gaussian(np.array([mean]), np.array([[sd**2]])), p).total
        assert float(mixture.reverse_kl(mean, sd, 0.0)) == pytest.approx(exact, abs=1e-10)


def test_an_assignment_of_samples_costs_about_w2():
    p, q = Gaussian(np.array([3.0, 0.0]), np.array([[2, 0.9], [0.9, 0.6]])), Gaussian(np.zeros(2), np.eye(2))
    assert theory.w2_squared(p, q).total == pytest.approx(9.676, abs=1e-3)
    random = np.random.default_rng(0)
    x, y = (random.multivariate_normal(*g, size=400) for g in (p, q))
    cost = np.square(x[:, None] - y[None]).sum(2)
    assert cost[optimize.linear_sum_assignment(cost)].mean() == pytest.approx(9.676, rel=0.15)


# phenomena -------------------------------------------------------------------------------------------------------
def test_optima_of_two_humps():
    """One bridge for c <= 1; three optima at 1.5; none across for c = 3. Losses by quadrature of ten times the points."""
    z = np.linspace(-12, 12, 20001)
    weights = stats.norm.pdf(z) / stats.norm.pdf(z).sum()
    for gap, basins in ((0.5, {"bridge"}), (1.0, {"bridge"}), (1.5, {"right", "left", "bridge"}), (3.0, {"right", "left"})):
        found = mixture.optima(gap)
        assert set(found) == basins
        for mean, sd, loss in found.values():
            exact = (
                -math.log(sd) - 0.5 * (1 + math.log(2 * math.pi)) - (mixture.log_density(mean + sd * z, gap) * weights).sum()
            )
            assert loss == pytest.approx(exact, abs=1e-6)
            assert np.abs(mixture.reverse_slope(mean, math.log(sd), gap)).max() < 1e-6
    assert [mixture.optima(1.5)[basin][2] for basin in ("right", "left")] == pytest.approx([0.507, 0.911], abs=1e-3)
    assert [mixture.moments(gap)[1] for gap in (0.5, 1.5, 2.0)] == pytest.approx([0.70, 1.55, 2.02], abs=5e-3)


@pytest.mark.parametrize("n", [8, 32])
@pytest.mark.parametrize("m", [200, 800])
def test_bias_of_two_samples_of_one_law(m, n):
    """Within 10 % of (14), by what the lab draws and by whole samples; both have one law."""
    random = np.random.default_rng(n)
    drawn = theory.same_law(m, n, 200, random)
    assert drawn.mean() == pytest.approx(theory.predicted_bias(m, n), rel=0.1)
    whole = [theory.plug_in(*random.standard_normal((2, m, n))).total for _ in range(60)]
    error = 4 * math.hypot(np.std(whole) / math.sqrt(60), drawn.std() / math.sqrt(200))
    assert np.mean(whole) == pytest.approx(drawn.mean(), abs=error)


def test_fewer_rows_than_columns_have_the_same_law_too():
    random = np.random.default_rng(1)
    whole = [theory.plug_in(*random.standard_normal((2, 20, 40))).total for _ in range(60)]
    assert np.mean(whole) == pytest.approx(theory.same_law(20, 40, 200, random).mean(), rel=0.03)
