"""Ground truth of the self-orthogonality lab: signs and angles, the penalties, what fits into a plane, the digits' inputs."""

import numpy as np
import pytest
import torch
from scipy.optimize import minimize
from sklearn.decomposition import PCA
from sklearn.metrics.pairwise import cosine_similarity
from sklearn.preprocessing import StandardScaler

from engine.data.sets.digits import digits
from engine.training.self_orthogonality import penalties, theory

F64 = torch.float64
LONG = 400_000  # inputs: a standard error of 0.0016


@pytest.fixture
def random():
    return np.random.default_rng(0)


def signs(y):
    return np.where(y > 0, 1.0, -1.0)


def estimate(y, sharpness):
    return penalties.estimate(torch.from_numpy(y), sharpness).numpy()


def exact(y):
    return penalties.exact(torch.from_numpy(y)).numpy()


def test_signs_tell_the_angle(random):
    w = random.normal(size=(6, 11))
    x = random.normal(size=(LONG, 6))
    law, found = theory.signs_of_angle(theory.angles(w)), signs(x @ w).T @ signs(x @ w) / LONG
    assert len(theory.pairs(law)) >= 50 and np.abs(found - law).max() < 0.006
    assert law == pytest.approx(1 - 2 * np.radians(theory.angles(w)) / np.pi, abs=1e-12)


def test_of_stretched_inputs_signs_tell_the_angle_in_the_sense_of_their_covariance(random):
    sigma = np.array([10, 3, 1, 0.5, 0.2, 0.1])
    w = random.normal(size=(6, 8))
    x = random.normal(size=(LONG, 6)) * np.sqrt(sigma)
    gram = w.T @ np.diag(sigma) @ w
    rho = np.clip(gram / np.sqrt(np.outer(np.diag(gram), np.diag(gram))), -1, 1)
    law = theory.signs_of_correlation(theory.correlations(w, sigma))
    for given in (sigma, np.diag(sigma)):
        assert theory.correlations(w, given) == pytest.approx(rho, abs=1e-12)
    assert np.abs(signs(x @ w).T @ signs(x @ w) / LONG - law).max() < 0.006
    assert theory.pairs(law) == pytest.approx(1 - 2 / np.pi * np.arccos(theory.pairs(rho)), abs=1e-12)
    assert law == pytest.approx(theory.signs_of_angle(theory.angles(w, sigma)), abs=1e-12)
    assert np.abs(law - theory.signs_of_angle(theory.angles(w))).max() > 0.1  # Euclid's angles say something else


def test_for_exact_signs_dividing_by_the_length_is_the_mean(random):
    y = random.normal(size=(64, 5))
    y[3, 2] = 0.0  # its sign is −1
    assert exact(y) == pytest.approx(signs(y).T @ signs(y) / 64, abs=1e-12)
    assert np.linalg.norm(signs(y), axis=0) == pytest.approx(8.0) and np.diag(exact(y)) == pytest.approx(1.0, abs=1e-12)


def test_sharpness_leads_from_cosines_to_signs(random):
    y = random.normal(size=(200, 6))
    assert estimate(y, 1e-4) == pytest.approx(cosine_similarity(y.T), abs=1e-6)
    assert estimate(y, 1e6) == pytest.approx(exact(y), abs=1e-6)


def test_lengths_do_not_matter_and_turned_filters_turn_the_sign(random):
    x, w = random.normal(size=(100, 4)), random.normal(size=(4, 5))
    lengths, rows = random.uniform(0.5, 3, size=5), random.uniform(0.5, 3, size=(100, 1))
    turned = np.array([1, 1, -1, 1, 1.0])
    theta = exact(x @ w)
    assert exact(x @ (w * lengths)) == pytest.approx(theta, abs=1e-12) == exact((x * rows) @ w)
    assert exact(x @ (w * turned)) == pytest.approx(theta * np.outer(turned, turned), abs=1e-12)


def test_a_filter_whose_outputs_have_one_sign_or_are_zero_has_numbers():
    y = np.stack([np.full(20, 0.3), np.zeros(20), np.linspace(-1, 1, 20), np.full(20, -9.0)], 1)
    theta = estimate(y, 10.0)
    assert np.isfinite(theta).all() and theta[0, 3] == pytest.approx(-1) and not theta[1].any()
    w = torch.from_numpy(y[:4].copy()).requires_grad_()
    penalties.self_orthogonality(penalties.estimate(torch.ones(8, 4, dtype=F64) @ w, 10.0), 100.0, 1.0).backward()
    assert torch.isfinite(w.grad).all()
    assert np.isfinite(theory.angles(np.zeros((3, 2)))).all()


@pytest.mark.parametrize(("lambda1", "u"), [(0.0, 0.1111 * 3), (1.0, 5 / 17), (10.0, 23 / 89), (100.0, 203 / 809)])
def test_three_in_a_plane(random, lambda1, u):
    """The brief's values of the least penalty are .1111, .1176, .1236, .12485."""

    def penalty(turned):
        theta = [1 - 2 * np.arccos(np.cos(turned[i] - turned[j])) / np.pi for i, j in ((0, 1), (0, 2), (1, 2))]
        return lambda1 * np.mean(theta) ** 2 + np.mean(np.square(theta))

    tries = [
        minimize(penalty, random.uniform(0, 2 * np.pi, 3), method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-13})
        for _ in range(20)
    ]
    best = min(tries, key=lambda found: found.fun)
    least = {0.0: 0.1111, 1.0: 0.1176, 10.0: 0.1236, 100.0: 0.12485}[lambda1]
    law = theory.three_in_a_plane(lambda1, 1.0)
    assert best.fun == pytest.approx(least, abs=1e-4) and law == pytest.approx(u, abs=1e-4)
    assert lambda1 * ((4 * law - 1) / 3) ** 2 + (2 * law**2 + (2 * law - 1) ** 2) / 3 == pytest.approx(best.fun, abs=1e-9)
    angle = np.sort([np.degrees(np.arccos(np.cos(best.x[i] - best.x[j]))) for i, j in ((0, 1), (0, 2), (1, 2))])
    if lambda1:
        assert 1 - angle / 90 == pytest.approx([law, law, 2 * law - 1], abs=1e-4)


def test_the_sum_of_all_signs_products_is_never_negative(random):
    for dims in (2, 5, 20):
        w, sigma = random.normal(size=(dims, 12)), theory.variances(50, dims)
        law = theory.signs_of_correlation(theory.correlations(w, sigma))
        assert np.linalg.eigvalsh(law)[0] > -1e-10 and law.sum() > -1e-10


def test_noise_alone_leaves_one_over_b(random):
    w = np.linalg.qr(random.normal(size=(6, 6)))[0]
    found = np.stack([theory.pairs(exact(random.normal(size=(64, 6)) @ w)) for _ in range(2000)])
    assert np.square(found).mean() == pytest.approx(1 / 64, rel=0.1)
    told = 10 * (found.mean(1) ** 2).mean() + 2 * np.square(found).mean()
    assert told == pytest.approx(theory.noise_floor(10, 2, 64, 6), rel=0.1)
    smooth = np.stack([theory.pairs(estimate(random.normal(size=(64, 6)) @ w, 3.0)) for _ in range(500)])
    assert np.square(smooth).mean() == pytest.approx(1 / 64, rel=0.1)


@pytest.mark.parametrize("kind", ["theta", "off", "F"])
def test_gradients(random, kind):
    x = torch.from_numpy(random.normal(size=(9, 4)))
    w = torch.from_numpy(random.normal(size=(4, 3))).requires_grad_()
    of = {
        "theta": lambda w: penalties.self_orthogonality(penalties.estimate(x @ w, 3.0), 100.0, 1.0),
        "off": penalties.off,
        "F": penalties.frobenius,
    }[kind]
    assert torch.autograd.gradcheck(of, (w,))


def test_penalties_of_the_weights(random):
    w = torch.nn.init.orthogonal_(torch.empty(6, 4, dtype=F64))
    assert float(penalties.frobenius(w)) < 1e-12 and float(penalties.off(3 * w)) < 1e-12
    assert float(penalties.frobenius(3 * w)) == pytest.approx(4 * 64)  # it wants lengths of 1
    v = torch.from_numpy(random.normal(size=(2, 6, 4)))
    gram = v.mT @ v
    assert penalties.frobenius(v).numpy() == pytest.approx(np.square(gram.numpy() - np.eye(4)).sum((1, 2)))
    assert penalties.off(v).numpy() == pytest.approx(np.square(gram.numpy() * (1 - np.eye(4))).sum((1, 2)))


def test_welch(random):
    for dims, filters in ((2, 3), (4, 9), (5, 5)):
        w = random.normal(size=(dims, filters))
        assert 2 * np.square(theory.pairs(theory.correlations(w))).sum() >= theory.welch(filters, dims) - 1e-9
    turned = np.arange(3) * 2 * np.pi / 3
    frame = np.stack([np.cos(turned), np.sin(turned)])
    tight = 2 * np.square(theory.pairs(theory.correlations(frame))).sum()
    assert tight == pytest.approx(theory.welch(3, 2)) == 1.5


def test_variances_are_geometric_and_one_on_average():
    found = theory.variances(1000, 7)
    assert found.mean() == pytest.approx(1) and found[0] / found[-1] == pytest.approx(1000)
    assert np.diff(np.log(found)) == pytest.approx(np.full(6, -np.log(1000) / 6)) and (theory.variances(1, 3) == 1).all()


def test_the_digits_are_shuffled_and_prepared_by_the_training_rows():
    order = np.random.default_rng(0).permutation(1797)
    table, labels = digits()
    raw, centred, standardised, whitened = (theory.pixels(kind) for kind in ("raw", "centred", "standardised", "whitened"))
    train, test = table[order[:1400]], table[order[1400:]]
    for told, own in ((raw.x, train), (raw.test_x, test), (raw.test_labels, labels[order[1400:]])):
        assert np.array_equal(told, own)
    assert centred.test_x == pytest.approx(test - train.mean(0), abs=1e-12)
    scaler = StandardScaler().fit(train)
    changing = train.std(0) > 0
    assert standardised.test_x[:, changing] == pytest.approx(scaler.transform(test)[:, changing], abs=1e-9)
    assert not standardised.test_x[:, ~changing].any()
    pca = PCA(changing.sum(), whiten=True).fit(train)
    lengths = np.linalg.norm(pca.transform(test) * np.sqrt(1400 / 1399), axis=1)
    assert np.linalg.norm(whitened.test_x, axis=1) == pytest.approx(lengths, rel=1e-6)
    assert np.linalg.eigvalsh(whitened.covariance) == pytest.approx([0] * 3 + [1] * 61, abs=1e-6)
    for kind in (raw, centred, standardised, whitened):
        assert kind.x == pytest.approx((train - kind.centre) @ kind.map, abs=1e-9)
        assert kind.covariance == pytest.approx(np.cov(kind.x.T, bias=True), abs=1e-9)
