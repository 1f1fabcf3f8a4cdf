"""Ground truth of the EM lab: identities, other people's code, finite differences, automatic derivatives."""

import itertools

import numpy as np
import pytest
import torch
from sklearn.cluster import KMeans
from sklearn.mixture import GaussianMixture

import engine
from engine.data.sets.points import crosses, iris_petals
from engine.latent.em import mixture, pair
from engine.latent.em.data import load
from engine.latent.em.mixture import Theta
from engine.latent.em.params import EmParams

RANDOM = np.random.default_rng(0)


def fitted(x, means, steps, covariance="full", floor=0.0, sigma=1.0):
    theta = mixture.first_theta(x, means, covariance, floor, sigma)
    for _ in range(steps):
        theta = mixture.maximise(x, mixture.memberships(mixture.normal_log_joint(x, theta)), theta, covariance, floor)
    return theta


# 1 ---------------------------------------------------------------------------------------------------------------
def test_a_hundred_random_problems_never_fall():
    for _ in range(100):
        count, size, k = RANDOM.integers(10, 60), RANDOM.integers(1, 4), RANDOM.integers(1, 5)
        x = RANDOM.normal(size=(count, size)) * RANDOM.uniform(0.5, 3)
        kind = str(RANDOM.choice(["full", "diag", "spherical", "tied", "fixed"]))
        theta = mixture.first_theta(x, mixture.start(x, k, "kmeans++", RANDOM), kind, 1e-3, 0.7)
        r = np.full((count, k), 1 / k)
        before = likelihood = -np.inf
        for _ in range(15):
            joint = mixture.normal_log_joint(x, theta)
            r, ell = mixture.memberships(joint), mixture.log_likelihood(joint)
            free = mixture.free_energy(joint, r)
            assert free == pytest.approx(ell, abs=1e-12)
            assert free >= before - 1e-10
            assert ell >= likelihood - 1e-10
            theta = mixture.maximise(x, r, theta, kind, 1e-3)
            joint, likelihood = mixture.normal_log_joint(x, theta), ell
            before = mixture.free_energy(joint, r)
            assert free - 1e-10 <= before <= mixture.log_likelihood(joint) + 1e-12


# 2 ---------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", ["full", "diag", "spherical", "tied"])
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_seven_steps_equal_those_of_scikit_learn(kind):
    x, _ = iris_petals()
    means = mixture.start(x, 3, "rows", RANDOM)
    first = mixture.first_theta(x, means, kind, 0.0, 1.0).covariances
    inverse = np.linalg.inv(first)
    precisions = {
        "full": inverse,
        "tied": inverse[0],
        "diag": np.diagonal(inverse, axis1=1, axis2=2),
        "spherical": inverse[:, 0, 0],
    }
    theirs = GaussianMixture(
        3, covariance_type=kind, tol=0, reg_covar=0, max_iter=7, weights_init=np.full(3, 1 / 3), means_init=means,
        precisions_init=precisions[kind],
    ).fit(x)  # fmt: skip
    ours = fitted(x, means, 7, kind)
    assert ours.means == pytest.approx(theirs.means_, abs=1e-8)
    assert ours.weights == pytest.approx(theirs.weights_, abs=1e-8)
    # scikit-learn keeps one variance for the axes where we keep matrices
    shapes = {"full": ours.covariances, "tied": ours.covariances[0], "diag": np.diagonal(ours.covariances, axis1=1, axis2=2)}
    assert shapes.get(kind, ours.covariances[:, 0, 0]) == pytest.approx(theirs.covariances_, abs=1e-8)


# 3 ---------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("sigma", "near"), [(0.03, 1e-9), (0.1, 2e-3), (0.3, 0.02)])
def test_k_means_is_the_limit(sigma, near):
    """From rows 0, 60, 120 of the petals."""
    x, _ = iris_petals()
    theirs = KMeans(3, init=x[[0, 60, 120]], n_init=1, algorithm="lloyd", tol=0).fit(x).cluster_centers_
    assert mixture.lloyd(x, x[[0, 60, 120]]) == pytest.approx(theirs, abs=1e-12)
    assert fitted(x, x[[0, 60, 120]], 200, "fixed", sigma=sigma).means == pytest.approx(theirs, abs=near)


# 4 ---------------------------------------------------------------------------------------------------------------
def test_the_joint_divergence_splits_on_random_tables():
    """(3), with every side summed by hand."""
    for _ in range(20):
        data, r, model = (
            RANDOM.dirichlet(np.ones(5)),
            RANDOM.dirichlet(np.ones(3), 5),
            RANDOM.dirichlet(np.ones(15)).reshape(5, 3),
        )
        joint = (data[:, None] * r * np.log(data[:, None] * r / model)).sum()
        marginal, posterior = model.sum(1), model / model.sum(1, keepdims=True)
        parts = (data * np.log(data / marginal)).sum() + (data[:, None] * r * np.log(r / posterior)).sum()
        assert joint == pytest.approx(parts, abs=1e-12)
        assert mixture.log_likelihood(np.log(model)) - mixture.free_energy(np.log(model), r) == pytest.approx(
            mixture.gap(np.log(model), r), abs=1e-12
        )


def test_all_label_vectors_sum_to_the_likelihood():
    x = RANDOM.normal(size=(6, 1))
    joint = np.exp(mixture.normal_log_joint(x, Theta(np.array([0.3, 0.7]), RANDOM.normal(size=(2, 1)), np.ones((2, 1, 1)))))
    total = sum(np.prod(joint[np.arange(6), list(labels)]) for labels in itertools.product((0, 1), repeat=6))
    assert total == pytest.approx(np.prod(joint.sum(1)), rel=1e-12)


# 5 ---------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("separation", "temperature"), [(1.0, 1.0), (3.0, 1.0), (3.0, 0.6)])
def test_the_slope_of_em_is_the_missing_information(separation, temperature):
    p = EmParams(data="two_gaussians", separation=separation, n=1000)
    x = load(p, np.random.default_rng(3), None)[0][:, 0]
    goal = pair.fixed_point(x, temperature)
    assert pair.em_map(x, goal, temperature) == pytest.approx(goal, abs=1e-13)
    step = 1e-5 * np.eye(2)
    slopes = [(pair.em_map(x, goal + h, temperature) - pair.em_map(x, goal - h, temperature)) / 2e-5 for h in step]
    assert pair.rate_matrix(x, goal, temperature) == pytest.approx(np.array(slopes).T, abs=1e-6)
    if temperature == 1:
        data = torch.from_numpy(x)
        total = lambda means: torch.logsumexp(-0.5 * (data[:, None] - means) ** 2, -1).sum()  # noqa: E731
        hessian = torch.autograd.functional.hessian(total, torch.from_numpy(goal)).numpy()
        r = mixture.memberships(pair.normal_pair(x).log_joint(goal))
        assert pair.observed_information(x, goal, r) == pytest.approx(-hessian, abs=1e-8)


# 7 ---------------------------------------------------------------------------------------------------------------
def test_bound_and_likelihood_touch_to_first_order():
    x = torch.from_numpy(crosses(np.random.default_rng(0))[0][::8])
    means = torch.randn(3, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    log_joint = lambda m: -0.5 * ((x[:, None] - m) ** 2).sum(-1)  # noqa: E731
    r = torch.from_numpy(mixture.memberships(log_joint(means).numpy()))
    ours = torch.func.grad(lambda m: (r * log_joint(m)).sum(-1).mean())(means)
    theirs = torch.func.grad(lambda m: torch.logsumexp(log_joint(m), -1).mean())(means)
    assert ours.numpy() == pytest.approx(theirs.numpy(), abs=1e-8)


def test_the_bound_along_one_mean_is_tangent_and_below():
    normal = pair.normal_pair(RANDOM.normal(size=200))
    values = np.array([-0.7, 0.9])
    r = mixture.memberships(normal.log_joint(values))
    grid = np.linspace(-3, 3, 301)
    likelihood, bound = normal.slices(grid, values[1], r, 1.0)
    assert (bound <= likelihood + 1e-12).all()
    near = np.array([values[0] - 1e-4, values[0], values[0] + 1e-4])
    likelihood, bound = normal.slices(near, values[1], r, 1.0)
    assert bound[1] == pytest.approx(likelihood[1], abs=1e-12)
    assert bound[2] - bound[0] == pytest.approx(likelihood[2] - likelihood[0], abs=1e-9)


def test_smooth_inertia_is_below_by_a_logarithm_at_most():
    x, _ = iris_petals()
    centres, sigma = x[[0, 60, 120]], np.array([0.01, 0.1, 1.0, 3.0])
    below = mixture.inertia(x, centres) - mixture.smooth_inertia(x, centres, sigma)
    assert (below >= -1e-12).all()
    assert (below <= 2 * sigma**2 * np.log(3) + 1e-12).all()


# 8 ---------------------------------------------------------------------------------------------------------------
def test_names_places_and_directions_do_not_matter():
    x, means = RANDOM.normal(size=(80, 2)), RANDOM.normal(size=(3, 2))
    plain, angle = fitted(x, means, 10), 0.7
    turn, shift = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]), np.array([3.0, -5.0])
    moved = fitted(x @ turn.T + shift, means @ turn.T + shift, 10)
    assert moved.means == pytest.approx(plain.means @ turn.T + shift, abs=1e-10)
    assert moved.covariances == pytest.approx(turn @ plain.covariances @ turn.T, abs=1e-10)
    assert fitted(x, means[[2, 0, 1]], 10).means == pytest.approx(plain.means[[2, 0, 1]], abs=1e-12)


def test_a_component_that_owns_nothing_keeps_its_place():
    theta = Theta(np.array([0.5, 0.5]), np.array([[0.0], [9.0]]), np.ones((2, 1, 1)))
    r = np.stack([np.ones(20), np.zeros(20)], 1)
    after = mixture.maximise(RANDOM.normal(size=(20, 1)), r, theta, "full", 0.0)
    assert after.means[1, 0] == 9.0
    assert after.weights[1] == 0.0
    assert np.isfinite(mixture.log_likelihood(mixture.normal_log_joint(np.zeros((3, 1)), after)))


def test_random_starts_end_on_several_summits():
    """Phenomenon 6: twenty starts on four blobs, K = 4."""
    ends = [
        engine.start("em", {"k": 4, "init": "random"}, seed=seed, device="cpu").advance(steps=60).scalars["accuracy"]
        for seed in range(20)
    ]
    assert 0 < sum(share < 0.9 for share in ends) < 20
