"""Local normalisation in float64: against every path written out, and against what others compute."""

import itertools

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression
from torch.nn.functional import cross_entropy

from engine.structured import chains
from engine.structured.enumeration import all_paths, enumerate_paths
from engine.structured.memm import data, local, theory

NAMES = ("softmax", "memm", "bi", "crf")


def scores(n: int = 4, k: int = 3, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    rng = np.random.default_rng(seed)
    return torch.from_numpy(2 * rng.normal(size=(n, k))), torch.from_numpy(2 * rng.normal(size=(k, k)))


def log_chances(nll, f, g):
    """log P of every path."""
    paths = torch.from_numpy(all_paths(*f.shape))
    return paths, -nll(f.expand(len(paths), *f.shape), g, paths)


@pytest.mark.parametrize("nll", [local.memm_nll, local.backward_nll])
def test_chances_of_all_paths_add_up_to_1(nll):
    assert float(log_chances(nll, *scores())[1].exp().sum()) == pytest.approx(1, abs=1e-12)


def test_an_memm_is_a_crf_with_corrected_scores():
    """Identity (3): path by path, and log Z is that of the first scores."""
    f, g = scores(5)
    paths, wanted = log_chances(local.memm_nll, f, g)
    corrected = local.reading("memm", f, g)
    log_z = chains.log_partition(corrected, g)
    assert float(log_z) == pytest.approx(float(f[0].logsumexp(0)), abs=1e-10)
    found = chains.path_score(corrected.expand(len(paths), *f.shape), g, paths) - log_z
    np.testing.assert_allclose(found, wanted, atol=1e-10)


def test_the_backward_model_is_a_crf_too_and_bi_is_the_mean_of_both():
    f, g = scores(5, seed=1)
    paths, back = log_chances(local.backward_nll, f, g)
    forth = log_chances(local.memm_nll, f, g)[1]
    corrected = f - local.behind(f, g)
    assert float(chains.log_partition(corrected, g)) == pytest.approx(float(f[-1].logsumexp(0)), abs=1e-10)
    every = f.expand(len(paths), *f.shape)
    np.testing.assert_allclose(chains.path_score(corrected.expand_as(every), g, paths) - f[-1].logsumexp(0), back, atol=1e-10)
    read = chains.path_score(local.reading("bi", f, g).expand_as(every), g, paths)
    constant = (f[0].logsumexp(0) + f[-1].logsumexp(0)) / 2
    np.testing.assert_allclose(read - constant, (forth + back) / 2, atol=1e-10)
    assert float(((forth + back) / 2).exp().sum()) <= 1  # Cauchy-Schwarz
    best = chains.viterbi(local.reading("bi", f, g), g)[0]
    assert best.tolist() == paths[(forth + back).argmax()].tolist()


@pytest.mark.parametrize("place", range(4))
def test_later_scores_change_no_earlier_chance(place):
    f, g = scores(seed=2)
    later = f.clone()
    later[place + 1 :] += torch.randn(4 - place - 1, 3, generator=torch.Generator().manual_seed(0)).double()
    one, two = (chains.marginals(local.reading("memm", h, g), g).nodes[: place + 1] for h in (f, later))
    np.testing.assert_allclose(one, two, atol=1e-12)
    mirrored = [f.flip(0), later.flip(0)]  # the backward model: earlier scores change no later chance
    one, two = (chains.marginals(h - local.behind(h, g.T), g.T).nodes[3 - place :] for h in mirrored)
    np.testing.assert_allclose(one, two, atol=1e-12)
    if place < 3:
        one, two = (chains.marginals(h, g).nodes[: place + 1] for h in (f, later))
        assert float((one - two).abs().max()) > 1e-3


@pytest.mark.parametrize(("n", "scale"), [(4, 0.0), (1, 1.0)])
def test_without_transitions_or_with_one_place_all_models_are_one(n, scale):
    f, g = scores(n)
    found = [log_chances(lambda *a, name=name: local.nll(name, *a), f, scale * g)[1] for name in NAMES]
    for other in found[1:]:
        np.testing.assert_allclose(found[0], other, atol=1e-12)


def test_training_is_a_cross_entropy_given_the_true_label_before():
    f, g = scores(6)
    f, labels = f.repeat(8, 1, 1), torch.randint(3, (8, 6), generator=torch.Generator().manual_seed(0))
    one, two = (part.clone().requires_grad_() for part in (g, g))
    local.memm_nll(f, one, labels).sum().backward()
    logits = [f[:, 0], *(f[:, t] + two[labels[:, t - 1]] for t in range(1, 6))]
    sum(cross_entropy(row, labels[:, t], reduction="sum") for t, row in enumerate(logits)).backward()
    np.testing.assert_allclose(one.grad, two.grad, atol=1e-10)


def test_training_is_a_logistic_regression():
    """On one-hot (letter, label before), with an L2 weight: the same optimum as scikit-learn's."""
    words = data.rib_rob(np.random.default_rng(0), 300, 0.6, 0.1)
    symbols, labels = torch.from_numpy(words.symbols), torch.from_numpy(words.labels)
    before = np.concatenate([np.full((300, 1), 6), words.labels[:, :-1]], 1)
    x = np.concatenate([np.eye(4)[words.symbols], np.eye(7)[before][..., :6]], -1).reshape(-1, 10)
    theirs = LogisticRegression(fit_intercept=False, C=1.0, tol=1e-10, max_iter=5000).fit(x, words.labels.ravel())
    table, g = (torch.zeros(rows, 6, dtype=torch.float64, requires_grad=True) for rows in (4, 6))
    newton = torch.optim.LBFGS(
        [table, g], max_iter=500, tolerance_grad=1e-10, tolerance_change=0, line_search_fn="strong_wolfe"
    )

    def loss():
        newton.zero_grad()
        value = local.memm_nll(table[symbols], g, labels).sum() + (table.square().sum() + g.square().sum()) / 2
        value.backward()
        return value

    newton.step(loss)
    ours = (torch.from_numpy(x) @ torch.cat([table, g])).softmax(-1).detach()
    np.testing.assert_allclose(ours, theirs.predict_proba(x), atol=1e-3)


def test_both_directions_are_symmetric():
    f, g = scores(5)
    labels = torch.randint(3, (7, 5), generator=torch.Generator().manual_seed(1))
    f = f.repeat(7, 1, 1)
    np.testing.assert_allclose(local.nll("bi", f, g, labels), local.nll("bi", f.flip(1), g.T, labels.flip(1)), atol=1e-10)


def test_the_least_error_and_the_floors_are_those_of_all_words():
    assert theory.bayes_error(0.5, 0.1) == pytest.approx(0.05) and theory.bayes_error(0.7, 0.1) == pytest.approx(0.04)
    assert theory.memm_floor(0.5) == pytest.approx(np.log(2)) and theory.memm_floor(0.7) == pytest.approx(0.6109, abs=1e-4)
    assert theory.bayes_error(0.6, 0.0) == 0 and theory.crf_floor(0.6, 0.0) == pytest.approx(0, abs=1e-12)
    for prior, noise in itertools.product((0.5, 0.6, 0.95), (0.0, 0.1, 0.5)):
        e, error, floor = theory.emission(noise), 0.0, 0.0
        for x in itertools.product(range(4), repeat=3):  # all three letters, one by one
            p = np.array([prior, 1 - prior]) * [e[word, list(x)].prod() for word in theory.WORDS]
            error, floor = error + p.min(), floor + theory.entropy(p) - theory.entropy([p.sum()])
        assert theory.bayes_error(prior, noise) == pytest.approx(error, abs=1e-12)
        assert theory.crf_floor(prior, noise) == pytest.approx(floor, abs=1e-12)


def test_words_are_drawn_with_their_share_and_noise():
    words = data.rib_rob(np.random.default_rng(0), 20_000, 0.7, 0.2)
    rib = words.labels[:, 0] == 0
    assert rib.mean() == pytest.approx(0.7, abs=0.015)
    assert set(map(tuple, words.labels.tolist())) == {(0, 1, 2), (3, 4, 5)}
    kept = words.symbols == theory.WORDS[(~rib).astype(int)]
    assert kept.mean() == pytest.approx(1 - 0.2 * 3 / 4, abs=0.01)


def test_the_reading_at_any_gamma_is_a_chain():
    f, g = scores(3, 6)
    for gamma in (0.0, 0.4, 1.0):
        read = local.reading("memm", f, g, gamma)
        wanted, found = enumerate_paths(read.numpy(), g.numpy()), chains.marginals(read, g)
        np.testing.assert_allclose(found.nodes, wanted.nodes, atol=1e-9)
