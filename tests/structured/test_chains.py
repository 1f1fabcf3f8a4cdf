"""Sums over all paths of a chain of labels, against every path written out and against closed forms; all in float64."""

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy

from engine.structured import chains
from engine.structured.crf import theory
from engine.structured.crf.network import Crf, Softmax
from engine.structured.enumeration import all_paths, enumerate_paths
from engine.structured.enumeration import scores as path_scores
from engine.structured.sequences import LEGAL


def random_chain(n: int, k: int = 3, seed: int = 0, spread: float = 2.0) -> tuple[torch.Tensor, torch.Tensor]:
    rng = np.random.default_rng(seed)
    return torch.from_numpy(spread * rng.normal(size=(n, k))), torch.from_numpy(spread * rng.normal(size=(k, k)))


@pytest.mark.parametrize("n", range(1, 8))
def test_recursions_equal_all_paths_written_out(n):
    h, g = random_chain(n, seed=n)
    wanted, found = enumerate_paths(h.numpy(), g.numpy()), chains.marginals(h, g)
    assert float(found.log_z) == pytest.approx(wanted.log_z, abs=1e-9)
    assert float(chains.log_partition(h, g)) == pytest.approx(wanted.log_z, abs=1e-9)
    np.testing.assert_allclose(found.nodes, wanted.nodes, atol=1e-9)
    np.testing.assert_allclose(found.pairs, wanted.pairs, atol=1e-9)
    path, best = chains.viterbi(h, g)
    assert path.tolist() == wanted.path.tolist() and float(best) == pytest.approx(wanted.best, abs=1e-9)
    assert float(chains.path_score(h, g, path)) == pytest.approx(wanted.best, abs=1e-9)
    assert float(chains.entropy(h, g, found)) == pytest.approx(wanted.entropy, abs=1e-9)


@pytest.mark.parametrize("n", [1, 2, 6])
def test_the_next_best_paths_are_those_of_all_paths_sorted(n):
    h, g = random_chain(n, seed=3)
    every = all_paths(n, 3)
    scores = path_scores(every, h.numpy(), g.numpy())
    order = np.argsort(-scores)[:30]
    paths, found = chains.best_paths(h, g, 30)
    np.testing.assert_allclose(found, scores[order], atol=1e-9)
    assert paths.tolist() == every[order].tolist()


def test_closed_forms_without_label_scores():
    n, k = 9, 4
    g = random_chain(2, k)[1]
    assert float(chains.log_partition(torch.zeros(n, k).double(), 0 * g)) == pytest.approx(n * np.log(k), abs=1e-9)
    power = np.linalg.matrix_power(np.exp(g.numpy()), n - 1).sum()
    assert float(chains.log_partition(torch.zeros(n, k).double(), g)) == pytest.approx(np.log(power), abs=1e-9)


def test_without_transitions_every_place_is_a_softmax():
    h, g = random_chain(7)
    found = chains.marginals(h, 0 * g)
    np.testing.assert_allclose(found.nodes, h.softmax(-1), atol=1e-9)
    assert float(found.log_z) == pytest.approx(float(h.logsumexp(-1).sum()), abs=1e-9)
    labels = torch.tensor([0, 2, 1, 1, 0, 2, 2])
    loss = found.log_z - chains.path_score(h, 0 * g, labels)
    assert float(loss) == pytest.approx(float(cross_entropy(h, labels, reduction="sum")), abs=1e-9)


def test_the_gradient_of_log_z_is_the_expected_count():
    h, g = (part.requires_grad_() for part in random_chain(6, 4))
    by_h, by_g = torch.autograd.grad(chains.log_partition(h, g), (h, g))
    found = chains.marginals(h.detach(), g.detach())
    np.testing.assert_allclose(by_h, found.nodes, atol=1e-8)
    np.testing.assert_allclose(by_g, found.pairs.sum(0), atol=1e-8)
    assert torch.autograd.gradcheck(chains.log_partition, (h, g), atol=1e-8)


@pytest.mark.parametrize("n", [1, 2, 7, 20])
def test_segmentations_of_n_symbols_are_the_compositions_of_n(n):
    h, g = torch.zeros(n, 4).double(), torch.from_numpy(np.where(LEGAL, 0.0, -1e9))
    h[0, 1:3] = -1e9  # begins with B or S
    h[-1, :2] = -1e9  # ends with E or S
    assert float(chains.log_partition(h, g).exp()) == pytest.approx(2 ** (n - 1), rel=1e-9)


def test_a_hidden_chain_is_a_crf():
    """log Z is log p(x), the marginals are the smoothing posterior: the orientation of g is from row to column."""
    table, x = theory.emission(0.3), np.array([3, 0, 7, 12, 5])
    joint = {}
    for path in map(tuple, all_paths(5, 4)):
        p = theory.START[path[0]] * np.prod(theory.TRANSITIONS[path[:-1], path[1:]])
        joint[path] = p * np.prod(table[list(path), x])
    total = sum(joint.values())
    posterior = np.array([[sum(p for path, p in joint.items() if path[t] == i) / total for i in range(4)] for t in range(5)])
    h = chains.with_start(torch.from_numpy(np.log(table[:, x].T)), torch.from_numpy(theory.logs(theory.START)))
    found = chains.marginals(h, torch.from_numpy(theory.logs(theory.TRANSITIONS)))
    assert float(found.log_z) == pytest.approx(np.log(total), abs=1e-9)
    np.testing.assert_allclose(found.nodes, posterior, atol=1e-9)


def test_inverse_temperature_between_uniform_and_the_best_path():
    h, g = random_chain(8, 4)
    best = float(chains.viterbi(h, g)[1])
    for beta in (1.0, 10.0, 100.0):
        assert -1e-9 <= float(chains.log_partition(beta * h, beta * g)) / beta - best <= 8 * np.log(4) / beta
    np.testing.assert_allclose(chains.marginals(1e-9 * h, 1e-9 * g).nodes, np.full((8, 4), 0.25), atol=1e-7)


def test_gauges_leave_every_path_as_it_is():
    h, g = random_chain(6, 4)
    before = chains.marginals(h, g)
    u = torch.tensor([0.7, -1.2, 0.1, 2.0]).double()
    moved = h + torch.arange(6).double()[:, None]  # any constant a place
    moved[0] -= u
    moved[-1] += u
    column = torch.cat([h[:1], h[1:] - u])  # what the notes say: a column's constant, taken from label scores (start apart)
    for other, edges in ((moved, g + u[:, None] - u[None]), (column, g + u[None])):
        after = chains.marginals(other, edges)
        np.testing.assert_allclose(after.nodes, before.nodes, atol=1e-9)
        np.testing.assert_allclose(after.pairs, before.pairs, atol=1e-9)
    np.testing.assert_allclose(before.nodes.sum(-1), np.ones(6), atol=1e-9)
    np.testing.assert_allclose(before.pairs.sum(-1), before.nodes[:-1], atol=1e-9)
    np.testing.assert_allclose(before.pairs.sum(-2), before.nodes[1:], atol=1e-9)


def test_transitions_may_depend_on_the_place():
    """Normalised locally, each step adds up to 1, so log Z is 0 whatever comes later."""
    h, g = random_chain(6, 4)
    local = (g + h[1:, None, :]).log_softmax(-1)
    first = torch.cat([h[:1].log_softmax(-1), torch.zeros(5, 4).double()])
    assert float(chains.log_partition(first, local)) == pytest.approx(0.0, abs=1e-9)
    same = chains.marginals(h, g.expand(5, 4, 4))
    np.testing.assert_allclose(same.nodes, chains.marginals(h, g).nodes, atol=1e-12)
    path, score = chains.viterbi(first, local)
    assert float(chains.path_score(first, local, path)) == pytest.approx(float(score), abs=1e-9)


@pytest.mark.parametrize("kind", [Crf, Softmax])
def test_padding_changes_no_loss(kind):
    random = torch.Generator().manual_seed(0)
    net = kind(10, 1, random).double()
    lengths = (1, 2, 20)
    symbols, labels = torch.full((3, 20), 9), torch.zeros(3, 20, dtype=torch.long)
    for row, n in enumerate(lengths):
        symbols[row, :n] = torch.randint(8, (n,), generator=random)
        labels[row, :n] = torch.randint(4, (n,), generator=random)
    inside = symbols < 9
    together = net.loss(symbols, labels, inside).detach()
    for row, n in enumerate(lengths):
        part = (slice(row, row + 1), slice(n))
        assert float(net.loss(symbols[part], labels[part], inside[part]).detach()[0]) == pytest.approx(
            float(together[row]), abs=1e-9
        )


def test_padding_changes_no_marginal_and_no_path():
    h, g = random_chain(9, 4)
    inside = torch.arange(9) < 5
    padded, alone = chains.marginals(h, g, inside), chains.marginals(h[:5], g)
    np.testing.assert_allclose(padded.nodes[:5], alone.nodes, atol=1e-12)
    np.testing.assert_allclose(padded.pairs[:4], alone.pairs, atol=1e-12)
    assert float(padded.nodes[5:].abs().sum() + padded.pairs[4:].abs().sum()) == 0
    assert chains.viterbi(h, g, inside)[0][:5].tolist() == chains.viterbi(h[:5], g)[0].tolist()


def test_two_thousand_places_do_not_overflow():
    h, g = random_chain(2000, 4, spread=5.0)
    single, double = chains.marginals(h.float(), g.float()), chains.marginals(h, g)
    assert torch.isfinite(single.nodes).all() and float(single.log_z) == pytest.approx(float(double.log_z), rel=1e-5)
    np.testing.assert_allclose(double.nodes.sum(-1), np.ones(2000), atol=1e-9)
