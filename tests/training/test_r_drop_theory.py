"""Ground truth of the R-Drop lab: the divergence, all masks of a small net and of a linear one, the loss from two separate passes."""

import itertools

import numpy as np
import pytest
import torch
from scipy.optimize import minimize
from torch.distributions import Categorical, kl_divergence
from torch.nn import functional

import engine
from engine.training.r_drop import network, theory
from engine.training.r_drop.params import HIDDEN

F64 = torch.float64
KINDS = ("kl", "logits", "probabilities", "js")


@pytest.fixture
def random():
    return torch.Generator().manual_seed(1)


def drawn(random, *shape):
    return torch.randn(*shape, generator=random, dtype=F64)


@pytest.fixture
def small(random):
    """A net of 3 + 3 units that dropout may take, all 64 masks (2, 64, 1, 3) at p = 0.3, and how probable each is."""
    sizes = ((4, 3), (3, 3), (3, 3))
    theta = {f"w{k}": 1.5 * drawn(random, 1, *size) for k, size in enumerate(sizes, 1)} | {
        f"b{k}": drawn(random, 1, 3) for k in (1, 2, 3)
    }
    on = torch.tensor(list(itertools.product((0.0, 1.0), repeat=6)), dtype=F64)
    chance = (0.7**on * 0.3 ** (1 - on)).prod(1)
    return theta, (on / 0.7).reshape(64, 2, 1, 3).transpose(0, 1), chance


def test_disagreement_is_torchs_kl_both_ways(random):
    one, two = drawn(random, 50, 7), drawn(random, 50, 7)
    p, q = Categorical(logits=one), Categorical(logits=two)
    law = (kl_divergence(p, q) + kl_divergence(q, p)) / 2
    assert torch.allclose(network.disagreement("kl", one, two), law, rtol=0, atol=1e-12)
    assert theory.disagreement(p.probs.numpy(), q.probs.numpy()) == pytest.approx(law.numpy(), abs=1e-12)
    assert theory.kl(p.probs.numpy(), q.probs.numpy()) == pytest.approx(kl_divergence(p, q).numpy(), abs=1e-12)
    assert torch.allclose(network.divergence_from(p.probs, two.log_softmax(-1)), kl_divergence(p, q), rtol=0, atol=1e-12)
    middle = Categorical((p.probs + q.probs) / 2)
    told = (kl_divergence(p, middle) + kl_divergence(q, middle)) / 2
    assert torch.allclose(network.disagreement("js", one, two), told, rtol=0, atol=1e-12)
    assert torch.allclose(network.disagreement("logits", one, two), functional.mse_loss(one, two, reduction="none").mean(-1))
    assert torch.allclose(network.disagreement("probabilities", one, two), (p.probs - q.probs).norm(dim=-1) ** 2)


@pytest.mark.parametrize("kind", KINDS)
def test_disagreement_is_symmetric_positive_and_zero_only_between_equals(random, kind):
    one, two = drawn(random, 50, 4), drawn(random, 50, 4)
    there = network.disagreement(kind, one, two)
    assert torch.allclose(there, network.disagreement(kind, two, one), rtol=0, atol=1e-15) and (there > 1e-4).all()
    assert float(network.disagreement(kind, one, one).abs().max()) < 1e-15


@pytest.mark.parametrize("kind", KINDS)
def test_the_gradient_flows_through_both_passes(random, kind):
    one, two = (drawn(random, 3, 4).requires_grad_() for _ in range(2))
    assert torch.autograd.gradcheck(lambda a, b: network.disagreement(kind, a, b), (one, two), eps=1e-6, atol=1e-7)
    with_respect_to = torch.autograd.grad(network.disagreement(kind, one, two).sum(), (one, two))
    assert all(float(part.abs().max()) > 1e-3 for part in with_respect_to)


def test_cross_entropy_does_not_see_what_the_other_classes_get(random):
    logits = drawn(random, 9, 5)
    labels = torch.zeros(9, dtype=torch.int64)
    other = logits[:, [0, 2, 3, 4, 1]]
    assert torch.allclose(network.errors(logits, labels), network.errors(other, labels), rtol=0, atol=1e-15)
    assert (network.disagreement("kl", logits, other) > 1e-3).all()
    p, q = (z.softmax(-1).numpy() for z in (logits, other))
    assert theory.unseen(p, q, labels.numpy()) == pytest.approx(theory.disagreement(p, q), abs=1e-12)
    assert theory.unseen(p, q[:, ::-1], labels.numpy()) != pytest.approx(theory.disagreement(p, q[:, ::-1]), abs=1e-3)
    assert theory.example() == pytest.approx(0.1 * np.log(1.5), abs=1e-9)


def test_a_step_is_what_two_separate_passes_give():
    """(1) and Adam, from torch's own layers and the masks that the run draws; Su's code form is half of the loss."""
    session = engine.start("r-drop", {"alpha": 3.0, "dropout": 0.4, "unlabelled_weight": 2.0}, seed=4)
    model = session._model
    own = {name: weight.detach().clone().requires_grad_() for name, weight in session._model.weights().items()}
    adam = torch.optim.Adam(own.values(), lr=2e-3)
    batches, masks, further = (model.generator(name) for name in ("batches", "masks", "unlabelled"))
    data = model.rows
    x, labels, others = map(torch.from_numpy, (data.x, data.labels, data.unlabelled))

    def one_pass(rows, uniform):
        h = rows
        for layer in (1, 2):
            h = torch.relu(functional.linear(h, own[f"w{layer}"].T, own[f"b{layer}"]))
            h = torch.where(uniform[layer - 1] < 0.4, 0.0, h / 0.6)
        return functional.linear(h, own["w3"].T, own["b3"]).log_softmax(-1)

    def agreement(one, two):
        return (functional.kl_div(two, one, reduction="batchmean", log_target=True)
                + functional.kl_div(one, two, reduction="batchmean", log_target=True))  # fmt: skip

    for _ in range(4):
        scalars = session.advance(steps=1).scalars
        chosen, u = torch.randint(len(x), (32,), generator=batches), torch.rand(2, 2, 32, HIDDEN, generator=masks)
        one, two = (one_pass(x[chosen], u[:, k]) for k in (0, 1))
        ce = functional.nll_loss(one, labels[chosen]) + functional.nll_loss(two, labels[chosen])
        loss = ce + 3.0 * agreement(one, two) / 2
        more, u = torch.randint(len(others), (64,), generator=further), torch.rand(2, 2, 64, HIDDEN, generator=further)
        free = agreement(*(one_pass(others[more], u[:, k]) for k in (0, 1))) / 2
        adam.zero_grad()
        (loss + 2.0 * free).backward()
        adam.step()
        told = [scalars[name] for name in ("loss", "ce", "kl", "unlabelled")]
        assert told == pytest.approx([float(v) for v in (loss, ce, agreement(one, two) / 2, free)], abs=1e-10)
        code = ce / 2 + 3.0 / 4 * agreement(one, two)
        assert float(code) == pytest.approx(scalars["loss"] / 2, abs=1e-10)
    for name, weight in session._model.weights().items():
        assert torch.allclose(weight, own[name], rtol=0, atol=1e-10), name


def test_without_agreement_the_gradient_is_plain_dropouts_bit_for_bit():
    plain, other = (engine.start("r-drop", {"alpha": 0.0, "divergence": kind}, seed=1) for kind in ("kl", "logits"))
    plain.run(steps=1), other.run(steps=1)
    model = plain._model
    theta = {
        name: weight.detach()[None].requires_grad_() for name, weight in engine.start("r-drop", seed=1)._model.weights().items()
    }
    chosen = torch.randint(len(model.rows.x), (32,), generator=model.generator("batches"))
    uniform = torch.rand(2, 2, 32, HIDDEN, generator=model.generator("masks"))
    x, labels = torch.from_numpy(model.rows.x)[chosen], torch.from_numpy(model.rows.labels)[chosen]
    logits = network.forward(
        theta, x.expand(2, -1, -1), network.kept(uniform[:, None], torch.full((1, 1, 1, 1), 0.3, dtype=F64))
    )
    network.errors(logits, labels).sum(1).mean(-1).sum().backward()
    for name, weight in theta.items():
        assert torch.equal(weight.grad, model.theta[name].grad) and torch.equal(weight.grad, other._model.theta[name].grad), (
            name
        )


def test_all_masks_of_a_small_net_give_what_random_masks_estimate(small, random):
    theta, masks, chance = small
    x = drawn(random, 1, 5, 4)
    logits = network.forward(theta, x, masks)[0]  # (64 masks, 5 rows, 3 classes)
    exact = (chance[:, None, None] * logits.softmax(-1)).sum(0)
    pairs = network.disagreement("kl", logits[:, None], logits[None])
    expected = (chance[:, None, None] * chance[None, :, None] * pairs).sum((0, 1))
    thrown = network.kept(torch.rand(2, 40_000, 1, 3, generator=random), 0.3).to(F64)
    some = network.forward(theta, x, thrown)[0]
    found = some.softmax(-1)
    error = found.std(0) / 200
    assert ((found.mean(0) - exact).abs() <= 4 * error).all()
    each = network.disagreement("kl", some[::2], some[1::2])
    assert ((each.mean(0) - expected).abs() <= 4 * each.std(0) / 20_000**0.5).all() and (expected > 0.01).all()
    for label in range(3):  # Jensen: the average is never worse than its members are on average
        mean = -(chance[:, None] * logits.log_softmax(-1)[..., label]).sum(0)
        assert (-exact[:, label].log() <= mean + 1e-12).all()


def test_a_net_with_bends_has_a_gap_and_a_linear_one_has_none(small, random):
    theta, masks, chance = small
    x = drawn(random, 1, 5, 4)
    gap = (chance[:, None, None] * network.forward(theta, x, masks)[0]).sum(0) - network.forward(theta, x)[0, 0]
    assert float(gap.abs().max()) > 0.1
    straight = torch.eye(3, dtype=F64)[None], torch.full((1, 3), 50.0, dtype=F64)  # ReLU that never bends
    linear = theta | {"w2": straight[0], "b1": straight[1], "b2": straight[1]}
    crowd = (chance[:, None, None] * network.forward(linear, x, masks)[0]).sum(0)
    assert torch.allclose(crowd, network.forward(linear, x)[0, 0], rtol=1e-12)


def test_small_masks_follow_the_curvature_of_the_divergence(small, random):
    """E L^KL / tr(FΣ) → 1 as the masks shrink to 1 + s(ε − 1)."""
    theta, masks, chance = small
    x, weights, ratios = drawn(random, 1, 5, 4), chance[:, None, None], []
    f = network.forward(theta, x)[0, 0].softmax(-1)
    curvature = torch.diag_embed(f) - f[:, :, None] * f[:, None]
    for s in (0.3, 0.01):
        logits = network.forward(theta, x, 1 + s * (masks - 1))[0]
        expected = (weights * chance[:, None] * network.disagreement("kl", logits[:, None], logits)).sum()
        centred = logits - (weights * logits).sum(0)
        ratios.append(float(expected / torch.einsum("m,mri,rij,mrj->", chance, centred, curvature, centred)))
    assert ratios[1] == pytest.approx(1, abs=0.01) and abs(ratios[0] - 1) > abs(ratios[1] - 1)


@pytest.mark.parametrize(("rate", "alpha"), [(0.3, 4.0), (0.5, 0.0), (0.2, 16.0)])
def test_the_linear_closed_form_is_the_minimum_over_all_masks(rate, alpha):
    random = np.random.default_rng(0)
    x, y = random.normal(size=(40, 5)), random.normal(size=40)
    on = np.array(list(itertools.product((0, 1), repeat=5)))
    chance, masks = ((1 - rate) ** on * rate ** (1 - on)).prod(1), on / (1 - rate)

    def loss(w):
        found = (x * w) @ masks.T  # (40, 32)
        error = 2 * ((y[:, None] - found) ** 2 @ chance).sum()
        apart = (found[:, :, None] - found[:, None]) ** 2
        return error + alpha * np.einsum("rab,a,b->", apart, chance, chance)

    law = theory.closed(x, y, rate, alpha)
    assert minimize(loss, np.zeros(5), tol=1e-14).x == pytest.approx(law, abs=1e-6)
    assert ((x * law) @ masks.T @ chance) == pytest.approx(x @ law, abs=1e-12)  # model average = weight average


def test_the_linear_closed_form_between_least_squares_and_nothing():
    random = np.random.default_rng(1)
    x, y = random.normal(size=(40, 5)), random.normal(size=40)
    assert theory.closed(x, y, 0.0, 7.0) == pytest.approx(np.linalg.lstsq(x, y, rcond=None)[0], abs=1e-12)
    assert np.abs(theory.closed(x, y, 0.3, 1e12)).max() < 1e-10


def test_calibration_counts_every_row_once():
    answers = np.array([[0.55, 0.45], [0.5, 0.5], [0.05, 0.95], [1.0, 0.0]])
    sure, right, counts = theory.reliability(answers, np.array([1, 0, 1, 0]))
    assert counts.tolist() == [0, 0, 0, 0, 0, 2, 0, 0, 0, 2]
    assert sure[[5, 9]] == pytest.approx([0.525, 0.975]) and right[[5, 9]] == pytest.approx([0.5, 1.0]) and np.isnan(sure[0])
