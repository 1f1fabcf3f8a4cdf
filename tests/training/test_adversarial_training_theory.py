"""Ground truth of the adversarial training lab: linear models, brute force, double backward, and the map of the plane."""

from functools import cache

import numpy as np
import pytest
import torch
from torch.nn import functional

import engine
from engine.training.adversarial_training import network, perturb, theory
from engine.training.adversarial_training.params import AdversarialTrainingParams

F64 = torch.float64


@pytest.fixture
def random():
    return torch.Generator().manual_seed(1)


def drawn(random, *shape):
    return torch.randn(*shape, generator=random, dtype=F64)


def radius(value):
    return torch.full((1, 1, 1), value, dtype=F64)


def linear(w, b, signs):
    """Loss log(1 + e^(−m)) of margins m = t(wᵀx + b)."""
    return lambda x: functional.softplus(-signs * (x @ w + b))


@cache
def trained(method="none"):
    return engine.start("adversarial-training", {"method": method}, seed=0, device="cpu").advance(steps=150).arrays


def plane_losses(a, rows=slice(None)):
    theta = {name: torch.from_numpy(np.array(a[name]))[None] for name in ("w1", "b1", "w2", "b2", "w3", "b3")}
    labels = torch.from_numpy(np.array(a["labels"][rows]))
    return network.losses_of("moons", theta, labels), torch.from_numpy(np.array(a["points"][rows]))[None]


@pytest.mark.parametrize("norm", ["l2", "linf"])
def test_the_worst_case_of_a_linear_model_is_4_and_one_step_finds_it(random, norm):
    w, x, signs = drawn(random, 5), drawn(random, 1, 40, 5), drawn(random, 40).sign()
    losses = linear(w, 0.3, signs)
    margins = (signs * (x[0] @ w + 0.3)).numpy()
    law = theory.worst_case(margins, w.numpy(), 0.4, norm)
    for delta in (perturb.one_step(losses, x, radius(0.4), norm), perturb.attack(losses, x, radius(0.4), norm)):
        assert losses(x + delta)[0].numpy() == pytest.approx(law, rel=1e-10)
    other = perturb.random_noise(x, radius(0.4), norm, random)
    assert (losses(x + other)[0].numpy() <= law + 1e-12).all()


def test_the_boundary_of_a_linear_model_is_where_bisection_finds_it(random):
    w, x = drawn(random, 3), drawn(random, 1, 25, 3)
    margins = (x[0] @ w - 0.2).numpy()
    losses = linear(w, -0.2, torch.from_numpy(np.sign(margins)))
    away = perturb.uphill(perturb.slope(losses, x), "l2")
    low, high = np.zeros(25), np.full(25, 50.0)
    for _ in range(60):
        middle = (low + high) / 2
        crossed = losses(x + torch.from_numpy(middle)[None, :, None] * away)[0].numpy() > np.log(2)
        low, high = np.where(crossed, low, middle), np.where(crossed, middle, high)
    law = np.abs(margins) / float(w.norm())
    assert low == pytest.approx(law, abs=1e-6)
    moved = losses(x + perturb.attack(losses, x, radius(0.5), "l2"))[0].numpy()
    assert (moved < np.log(2)).mean() == (law > 0.5).mean()


@pytest.mark.parametrize("method", ["none", "fgm"])
def test_brute_force_over_the_disc_takes_no_other_points_across_than_pgd(method):
    """PGD-20 reaches 99 % of the disc's largest loss at most points, not at the brief's 95 %: some discs have two hills of it."""
    a, rows = trained(method), slice(0, 200, 5)
    angle, length = np.meshgrid(np.linspace(0, 2 * np.pi, 720, endpoint=False), np.linspace(0, 0.3, 60))
    disc = np.stack([length * np.cos(angle), length * np.sin(angle)], -1).reshape(-1, 2)
    losses, x = plane_losses(a, rows)
    ways = (perturb.attack(losses, x, radius(0.3), "l2"), perturb.one_step(losses, x, radius(0.3), "l2"))
    pgd, fgm = (losses(x + delta)[0].numpy() for delta in ways)
    around = [theory.losses(a, place + disc, int(k)) for place, k in zip(a["points"][rows], a["labels"][rows], strict=True)]
    brute = np.max(around, axis=1)
    steep = np.abs(np.diff(np.reshape(around, (-1, 60, 720)), axis=1)).max((1, 2)) / (0.3 / 59)
    room = 1.5 * steep * np.hypot(0.3 / 59, 2 * np.pi / 720 * 0.3)
    assert (pgd <= brute + room).all() and (fgm <= brute + room).all()
    assert ((pgd > np.log(2)) == (brute > np.log(2))).mean() >= 0.95
    assert np.median(pgd / brute) >= 0.99 and (fgm >= 0.99 * brute).mean() < (pgd >= 0.99 * brute).mean()


def test_the_input_gradient_is_that_of_central_differences_and_of_every_sample_alone():
    a = trained()
    losses, x = plane_losses(a)
    g = perturb.slope(losses, x)
    for axis in range(2):
        step = torch.zeros(2, dtype=F64)
        step[axis] = 1e-5
        law = (losses(x + step) - losses(x - step)) / 2e-5
        assert g[..., axis].numpy() == pytest.approx(law.numpy(), abs=1e-6)
    for row in (0, 17):
        alone, point = plane_losses(a, slice(row, row + 1))
        assert perturb.slope(alone, point)[0, 0].numpy() == pytest.approx(g[0, row].numpy(), rel=1e-10)
    length = np.linalg.norm(g[0].numpy(), axis=1)
    assert theory.steepness(a) == pytest.approx(length / losses(x)[0].numpy(), rel=1e-6)
    both = theory.losses(a, a["points"], 1)
    assert np.where(a["labels"] == 1, both, 0) == pytest.approx(np.where(a["labels"] == 1, losses(x)[0].numpy(), 0), abs=1e-12)


@pytest.mark.parametrize("kind", perturb.PENALTIES)
def test_the_penalties_gradient_is_the_double_backward_one(random, kind):
    p = AdversarialTrainingParams.build({"method": kind})
    x, labels = drawn(random, 1, 6, 2), torch.arange(6) % 2
    theta = network.begin("moons", 1, random, torch.device("cpu"))
    names = ("w1", "w3")

    def whole(*parts):
        losses = network.losses_of("moons", theta | dict(zip(names, parts, strict=True)), labels)
        return perturb.objective(p, losses, x, radius(0.7), None)

    assert torch.autograd.gradcheck(whole, tuple(theta[name] for name in names))
    losses = network.losses_of("moons", theta, labels)
    length = perturb.slope(losses, x).norm(dim=-1)
    law = losses(x).detach().mean() + 0.7 * (length if kind == "penalty1" else length**2 / 2).mean()
    assert float(whole(*(theta[name] for name in names)).detach()) == pytest.approx(float(law), rel=1e-9)


def test_in_a_region_of_relu_the_slope_is_that_of_a_linear_softmax(random):
    """g = W₁ D W₂ (p − e_y) with D the units that are on, and ‖∂L/∂logits‖₁ = 2(1 − p_y)."""
    theta = network.begin("digits", 1, random, torch.device("cpu"))
    x, labels = drawn(random, 1, 12, 64).abs(), torch.arange(12) % 10
    g = perturb.slope(network.losses_of("digits", theta, labels), x)[0]
    p = network.forward("digits", theta, x)[0].softmax(-1)
    error = p - functional.one_hot(labels, 10)
    on = (x[0] @ theta["w1"][0] + theta["b1"][0] > 0).double()
    law = ((error @ theta["w2"][0].T) * on) @ theta["w1"][0].T
    assert g.numpy() == pytest.approx(law.detach().numpy(), abs=1e-10)
    assert error.abs().sum(1).detach().numpy() == pytest.approx(2 * (1 - p[torch.arange(12), labels]).detach().numpy())


def test_one_disturbance_of_the_matrix_moves_a_token_alike_everywhere(random):
    theta = network.begin("embedding", 1, random, torch.device("cpu"))
    tokens, labels = torch.tensor([[3, 3, 7, 1, 2, 9], [3, 8, 8, 8, 1, 0]]), torch.tensor([0, 2])
    matrix = theta["e"].detach()
    whole = network.loss_of_matrix(theta, tokens, labels)
    delta = perturb.one_step(whole, matrix.flatten(1)[:, None], radius(0.5), "l2")
    assert float(delta.norm()) == pytest.approx(0.5, rel=1e-9)
    seen = torch.tanh(matrix[0, tokens].mean(1) @ theta["w1"][0] + theta["b1"][0]) @ theta["w2"][0] + theta["b2"][0]
    assert (network.forward("embedding", theta, network.looked_up(matrix, tokens))[0] - seen).abs().max() < 1e-12
    moved = delta.view(60, 16)
    assert not moved[[4, 59]].any() and moved[[0, 3, 8]].any(1).all()
    each = network.losses_of("embedding", theta, labels)
    both = network.looked_up(matrix + moved, tokens)
    assert float(whole(matrix.flatten(1)[:, None] + delta).detach()) == pytest.approx(
        float(each(both).mean().detach()), rel=1e-12
    )
    own = perturb.one_step(each, network.looked_up(matrix, tokens), radius(0.5), "l2")
    assert own.norm(dim=-1)[0].detach().numpy() == pytest.approx([0.5, 0.5], rel=1e-9)


def test_a_point_is_shaken_to_everywhere_in_its_ball():
    disc, square = (np.abs(theory.shaken(norm, 2.0, 1, 4000)) for norm in ("l2", "linf"))
    assert np.median(np.linalg.norm(disc, axis=1)) == pytest.approx(2**0.5, abs=0.05) and disc.max() <= 2
    assert np.median(square, 0) == pytest.approx(1, abs=0.06) and 1.9 < square.max() <= 2


def test_distances_to_a_straight_boundary_are_read_off_the_map():
    """Class 1 right of x₁ = 0.25: the point at distance 1.25 on the wrong side counts as −1.25."""
    zero = np.zeros((32, 32))
    one = {"w1": np.zeros((2, 32)), "b1": np.zeros(32), "w2": zero.copy(), "b2": np.zeros(32), "w3": np.zeros((32, 2)), "b3": np.zeros(2), }  # fmt: skip
    one["w1"][0, 0], one["b1"][0], one["w2"][0, 0], one["w3"][0, 1] = 1.0, -0.25, 1.0, 1.0
    points = np.array([(-1, 0), (-1, 1), (0.75, -0.5), (1.5, 0.2)])
    room = theory.room(one | {"points": points, "labels": np.array([0, 1, 1, 1])})
    assert room == pytest.approx([1.25, -1.25, 0.5, 1.25], abs=0.035)  # a cell
    assert np.isinf(theory.boundary_distances(np.zeros((3, 3)), 0.1)).all()
