"""Ground truth of the BERT-whitening lab: whitening against scikit-learn and other whitenings, the flow against autograd, limits."""

import numpy as np
import pytest
import torch
from scipy.linalg import cholesky, sqrtm
from scipy.stats import spearmanr
from sklearn.decomposition import PCA

from engine.language.bert_whitening import data, theory
from engine.language.bert_whitening.measure import Measured
from engine.language.bert_whitening.network import Coupling, Flow, nll
from engine.language.bert_whitening.params import BertWhiteningParams


def made(seed=0, **values):
    """Made pairs with few rows."""
    generators = [torch.Generator().manual_seed(2 * seed + k) for k in range(2)]
    return data.made(BertWhiteningParams.build({"pairs": 500, **values}), *generators)


@pytest.fixture(scope="module")
def pairs():
    return made()


def axes_of(x, centring=1.0):
    return theory.basis(*theory.moments(x), centring)


def cosines(x, **look):
    return theory.cosines(*np.split(theory.whitened(x, axes_of(x, look.get("centring", 1.0)), look.get("power", 1.0),
        look.get("kept", 99)), 2))  # fmt: skip


def test_whitened_rows_have_mean_zero_and_covariance_one(pairs):
    mean, covariance = theory.moments(theory.whitened(pairs.x, axes_of(pairs.x), 1.0, 99))
    assert np.abs(mean).max() < 1e-8 and np.abs(covariance - np.eye(32)).max() < 1e-8


def test_any_other_whitening_gives_the_same_cosines(pairs):
    mean, covariance = theory.moments(pairs.x)
    for matrix in (np.linalg.inv(sqrtm(covariance).real), np.linalg.inv(cholesky(covariance))):  # ZCA, Cholesky
        other = theory.cosines(*np.split((pairs.x - mean) @ matrix, 2))
        assert np.abs(other - cosines(pairs.x)).max() < 1e-8


@pytest.mark.parametrize("kept", [1, 5, 8, 32])
def test_it_is_scikit_learns_pca_up_to_sign_and_divisor(pairs, kept):
    theirs = PCA(kept, whiten=True, svd_solver="full").fit_transform(pairs.x)
    ours = theory.whitened(pairs.x, axes_of(pairs.x), 1.0, kept)
    n = len(pairs.x)
    assert np.abs(np.abs(theirs) - np.abs(ours) * np.sqrt((n - 1) / n)).max() < 1e-7
    assert np.abs(theory.cosines(*np.split(theirs, 2)) - cosines(pairs.x, kept=kept)).max() < 1e-8


def test_moments_stream_by_3(pairs):
    mean, covariance = np.zeros(32), np.zeros((32, 32))
    for n, row in enumerate(pairs.x):
        second = n / (n + 1) * (covariance + np.outer(mean, mean)) + np.outer(row, row) / (n + 1)
        mean = mean + (row - mean) / (n + 1)
        covariance = second - np.outer(mean, mean)
    told = theory.moments(pairs.x)
    assert np.abs(mean - told[0]).max() < 1e-9 and np.abs(covariance - told[1]).max() < 1e-9
    assert told[1] == pytest.approx(np.cov(pairs.x.T, bias=True), abs=1e-12)


def test_whitened_cosines_do_not_hang_on_the_basis(pairs):
    random = np.random.default_rng(0)
    turned = pairs.x @ random.normal(size=(32, 32)) + random.normal(size=32)
    assert np.abs(cosines(turned) - cosines(pairs.x)).max() < 1e-6
    assert np.abs(theory.cosines(*np.split(turned, 2)) - theory.cosines(*np.split(pairs.x, 2))).max() > 0.1


def test_the_knobs_at_their_ends(pairs):
    raw, centred = (theory.cosines(*np.split(x, 2)) for x in (pairs.x, pairs.x - pairs.x.mean(0)))
    assert np.abs(cosines(pairs.x, centring=0.0, power=0.0) - raw).max() < 1e-10
    assert np.abs(cosines(pairs.x, power=0.0) - centred).max() < 1e-10
    direct = (pairs.x - 0.4 * pairs.x.mean(0)).T @ (pairs.x - 0.4 * pairs.x.mean(0)) / len(pairs.x)
    assert axes_of(pairs.x, 0.4).eigenvalues == pytest.approx(np.linalg.eigvalsh(direct)[::-1], abs=1e-10)


def test_without_noise_whitening_finds_the_truth():
    found = made(noise=0.0, pairs=8000)
    assert axes_of(found.x).rank == 8
    near = cosines(found.x, kept=8)
    assert np.abs(near - found.truth).max() < 0.1 and theory.spearman(near[:, None], found.truth)[0] > 0.99
    measured = Measured(found).frame(1.0, 1.0, 32)  # more than the rank: capped
    assert measured[0]["rank"] == 8 and np.array_equal(measured[1]["cosines"], Measured(found).frame(1.0, 1.0, 8)[1]["cosines"])
    assert measured[1]["spearman_by_dimension"][7:] == pytest.approx(measured[0]["spearman"]) and np.isnan(
        measured[0]["gaussian_nll"]
    )


def test_the_mean_cosine_counts_every_pair_once(pairs):
    units = pairs.x / np.linalg.norm(pairs.x, axis=1, keepdims=True)
    assert theory.mean_cosine(pairs.x) == pytest.approx((units @ units.T).mean(), abs=1e-10)


def test_scores_are_scipys_and_only_ranks_count(pairs):
    each = theory.cosines_by_dimension(*np.split(theory.whitened(pairs.x, axes_of(pairs.x), 1.0, 32), 2))
    scores = theory.spearman(each, pairs.truth)
    law = [spearmanr(np.round(column, 12), pairs.truth).statistic for column in each.T]
    assert scores == pytest.approx(law, abs=1e-12) and set(np.round(each[:, 0], 12)) == {-1.0, 1.0}
    assert theory.spearman(np.exp(3 * each[:, 4:]), pairs.truth) == pytest.approx(scores[4:], abs=1e-12)
    assert each[:, 6] == pytest.approx(cosines(pairs.x, kept=7), abs=1e-12)


def test_zero_vectors_are_left_out_and_counted(pairs):
    x = np.concatenate([pairs.x, np.zeros((0, 32))])
    x[3], x[500 + 9] = 0.0, 0.0
    told = Measured(data.Pairs(x, pairs.truth)).frame(0.0, 0.0, 32)
    there = np.delete(np.arange(500), [3, 9])
    assert told[0]["dropped"] == 2 and np.isnan(told[1]["cosines"][[3, 9]]).all()
    assert told[0]["spearman_raw"] == pytest.approx(spearmanr(told[1]["cosines_raw"][there], pairs.truth[there]).statistic)


@pytest.mark.parametrize(("depth", "width"), [(0, 6), (3, 6), (2, 5)])
def test_a_flow_goes_back_and_its_volume_is_the_jacobians(depth, width):
    random = torch.Generator().manual_seed(0)
    x = 3 + torch.randn(200, width, generator=random, dtype=torch.float64) * torch.arange(1, width + 1)
    flow = Flow(x, depth, random)
    plain = flow(x)[0]
    for parameter in flow.parameters():
        parameter.data += 0.1 * torch.randn(parameter.shape, generator=random, dtype=torch.float64)
    z, volume = flow(x)
    assert torch.allclose(flow.inverse(z), x, atol=1e-9)
    for row in range(3):
        jacobian = torch.autograd.functional.jacobian(lambda one: flow(one[None])[0][0], x[row])
        assert float(torch.linalg.slogdet(jacobian)[1]) == pytest.approx(float(volume[row].detach()), abs=1e-9)
    standard = ((x - x.mean(0)) / x.std(0, correction=0)).numpy()  # untrained: actnorm, in another order
    assert np.sort(plain.detach().numpy(), 1) == pytest.approx(np.sort(standard, 1), abs=1e-9)


def test_the_best_linear_flow_is_whitening(pairs):
    """(5) is the likelihood at A = Σ^(-1/2), b = μ, and no other linear map has a better one."""
    x = torch.from_numpy(pairs.x)
    flow = Flow(x, 0, torch.Generator())
    mean, covariance = theory.moments(pairs.x)
    root = torch.from_numpy(np.linalg.inv(sqrtm(covariance).real))
    flow.layers[0].matrix.data, flow.layers[0].shift.data = root, torch.from_numpy(mean)
    least = nll(*flow(x))
    assert float(least.detach()) == pytest.approx(theory.gaussian_nll(covariance), abs=1e-8)
    gradients = torch.autograd.grad(least, list(flow.parameters()))
    assert max(float(part.abs().max()) for part in gradients) < 1e-9
    flow.layers[0].matrix.data = root @ torch.diag(torch.linspace(0.9, 1.1, 32, dtype=torch.float64))
    assert nll(*flow(x)) > least


def test_sentences_are_drawn_by_frequency_and_meaning():
    generators = [torch.Generator().manual_seed(k) for k in range(2)]
    words, truth = data.language(BertWhiteningParams(source="trained", loudness=1.0, pairs=2000), *generators)
    counts = np.bincount(words.ravel(), minlength=500)
    assert words.shape == (4000, 16) and words.dtype == np.int32 and truth.shape == (2000,)
    assert counts[:5].sum() > 5 * counts[50:55].sum() and abs(truth.mean()) < 0.6


def test_a_bend_adds_the_square_of_the_neighbour_and_meaning_is_bent_along():
    x = np.array([[1.0, 2.0, 3.0, 4.0, 5.0]])
    assert data.bent(x, 0.5).tolist() == [[1, 2.5, 3, 8.5, 5]]
    found = made(noise=0.0, warp=0.7)
    assert np.array_equal(found.x, found.meant)


def test_zero_vectors_are_no_part_of_the_mean_cosine(pairs):
    x = np.concatenate([pairs.x, np.zeros((100, 32))])
    assert theory.mean_cosine(x) == pytest.approx(theory.mean_cosine(pairs.x), abs=1e-12)


def test_the_rotated_curve_has_the_centring_in_force(pairs):
    measured = Measured(pairs)
    rotated = measured.frame(0.3, 1.0, 5)[1]["spearman_rotated"]
    assert np.array_equal(rotated, measured.frame(0.3, 0.0, 5)[1]["spearman_by_dimension"])
    assert np.abs(rotated - measured.look(1.0, 0.0)[2]).max() > 0.01


def test_a_coupling_scales_by_e_at_most():
    random = torch.Generator().manual_seed(0)
    coupling = Coupling(4, torch.zeros(4, dtype=torch.float64), torch.ones(4, dtype=torch.float64), random)
    coupling.end.data += 50.0
    scale, shift = coupling.told(torch.zeros(1, 2, dtype=torch.float64))
    assert scale.tolist() == [[1, 1]] and shift.tolist() == [[50, 50]]
