"""The optimiser lab's ground truth: torch's optimisers, exact accumulation, closed forms."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from scipy.optimize import minimize
from torch.autograd.functional import hessian, jacobian
from torch.nn import functional

import engine
from engine.training.optimizers import network, race, theory
from engine.training.optimizers.model import METHODS, Memory, autograd, momentum
from engine.training.optimizers.params import OptimizersParams
from engine.training.optimizers.surfaces import surface

SLUG = "optimizers"
TORCHS: Any = {
    "gd": lambda at, decay: torch.optim.SGD([at], 0.02),
    "momentum": lambda at, decay: torch.optim.SGD([at], 0.02, momentum=0.9),  # its velocity is ours over −γ
    "adam": lambda at, decay: torch.optim.AdamW([at], 0.02, weight_decay=decay) if decay else torch.optim.Adam([at], 0.02),
}


@pytest.mark.parametrize(("name", "decay"), [("gd", 0.0), ("momentum", 0.0), ("adam", 0.0), ("adam", 0.3)])
def test_a_hundred_steps_on_a_net_are_torchs(name, decay):
    x, labels = (part[:32] for part in network.training())
    start = np.random.default_rng(0).normal(size=(1, network.COUNT)) / 8
    ours, memory, theirs = start.copy(), Memory(), torch.from_numpy(start.copy()).requires_grad_()
    rate, beta, optimiser = np.array([[0.02]]), np.array([[0.9]]), TORCHS[name](theirs, decay)
    for _ in range(100):
        move = METHODS[name][0](ours, lambda at: network.gradient(at, x, labels), rate, beta, memory)
        ours = ours + move - rate * decay * ours
        theirs.grad = torch.from_numpy(network.gradient(theirs.detach().numpy(), x, labels))
        optimiser.step()
    assert np.abs(ours - theirs.detach().numpy()).max() < 1e-10


def test_nesterov_is_torchs_one_look_ahead():
    """torch keeps the point θ + βv: its parameters are ours moved by βv."""
    ground = surface(OptimizersParams())
    ours, memory = np.array([[-1.2, 1.0]]), Memory()
    theirs = torch.tensor([[-1.2, 1.0]], dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.SGD([theirs], 0.003, momentum=0.9, nesterov=True)
    for _ in range(100):
        ours = ours + METHODS["nesterov"][0](ours, ground.gradient, np.array([[0.003]]), np.array([[0.9]]), memory)
        theirs.grad = torch.from_numpy(ground.gradient(theirs.detach().numpy()))
        optimiser.step()
    assert np.abs(ours + 0.9 * memory.velocity - theirs.detach().numpy()).max() < 1e-10


@pytest.mark.parametrize("name", ["gd", "adam"])
def test_gradients_that_are_kept_make_the_same_update_as_one_batch(name):
    x, labels = (part[:80] for part in network.training())
    start = np.random.default_rng(1).normal(size=(1, network.COUNT)) / 8
    kept, whole = start, start
    memories, rate = (Memory(), Memory()), np.array([[0.05]])
    for _ in range(20):
        mean = sum(network.gradient(kept, x[k : k + 10], labels[k : k + 10]) for k in range(0, 80, 10)) / 8
        kept = kept + METHODS[name][0](kept, lambda _, mean=mean: mean, rate, rate, memories[0])
        whole = whole + METHODS[name][0](whole, lambda at: network.gradient(at, x, labels), rate, rate, memories[1])
    assert np.abs(kept - whole).max() < 1e-10 and np.abs(kept - start).max() > 0.01


@pytest.mark.parametrize("norm", [False, True])
def test_the_gradient_by_hand_is_the_graphs(norm):
    x, labels = (part[:20] for part in network.training())
    theta = np.random.default_rng(2).normal(size=(1, network.COUNT)) / 5
    assert np.abs(network.gradient(theta, x, labels, norm) - autograd(theta, x, labels, norm)).max() < 1e-10
    single = network.gradient(theta.astype(np.float32), x.astype(np.float32), labels, norm)
    assert single.dtype == np.float32
    assert np.abs(single - autograd(theta.astype(np.float32), x.astype(np.float32), labels, norm)).max() < 1e-6


def test_a_pairs_gradient_is_the_graphs():
    u, v = (torch.randn(5, generator=torch.Generator().manual_seed(k), dtype=torch.float64) for k in (0, 1))
    for label in (0.0, 1.0):
        target = torch.tensor(label, dtype=torch.float64)
        leaf = u.clone().requires_grad_()
        functional.binary_cross_entropy_with_logits(leaf @ v, target).backward()
        assert theory.pair_gradient(u.numpy(), v.numpy(), label) == pytest.approx(np.asarray(leaf.grad), abs=1e-10)


LOSSES: Any = {
    "rosenbrock": lambda x, y: (1 - x) ** 2 + 20 * (y - x**2) ** 2,
    "quadratic": lambda x, y: ((x * 3**0.5 / 2 + y / 2) ** 2 + 50 * (y * 3**0.5 / 2 - x / 2) ** 2) / 2,
    "double_well": lambda x, y: (x**2 - 1) ** 2 / 4 + y**2 / 2 + 0.15 * x,
    "himmelblau": lambda x, y: (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2,
}


@pytest.mark.parametrize(("name", "loss"), LOSSES.items())
def test_slopes_and_second_derivatives_are_the_graphs(name, loss):
    ground, at = surface(OptimizersParams(surface=name)), torch.tensor([0.7, -1.3], dtype=torch.float64)
    assert float(ground.loss(at.numpy())) == pytest.approx(float(loss(*at)))
    assert ground.gradient(at.numpy()) == pytest.approx(jacobian(lambda t: loss(*t), at).numpy())
    assert ground.hessian(at.numpy()) == pytest.approx(hessian(lambda t: loss(*t), at).numpy())
    found = minimize(lambda t: float(ground.loss(t)), [-1.1, 0.1], jac=ground.gradient, tol=1e-12).fun
    assert ground.lowest == pytest.approx(found, abs=1e-9)


def test_edges_and_best_rates():
    assert [theory.edge(name) for name in theory.ORDERS] == pytest.approx([2, 2, 2.7853], abs=1e-3)
    needed = [math.ceil(math.log(1e-6) / math.log(theory.best(n, 50)[1])) * o for n, o in theory.ORDERS.items()]
    assert needed == pytest.approx([345, 705, 1006], abs=4)


@pytest.mark.parametrize("condition", [3.0, 50.0, 900.0])
def test_7_is_the_spectral_radius_and_no_other_rate_is_better(condition):
    def ball(rate, beta):  # between the ends: there the eigenvalues are double, which rounding takes apart
        inside = np.geomspace(1.001, 0.999 * condition, 40)
        return max(np.abs(np.linalg.eigvals([[1 + beta - rate * value, -beta], [1, 0]])).max() for value in inside)

    rate, contraction = theory.best("gd", condition)
    assert (rate, contraction) == pytest.approx((2 / (condition + 1), (condition - 1) / (condition + 1)), abs=1e-8)
    rate, beta, contraction = theory.best_ball(condition)
    assert ball(rate, beta) == pytest.approx(contraction, abs=1e-8) and contraction == np.sqrt(beta)
    worse = [ball(0.98 * rate, beta), ball(1.02 * rate, beta), ball(rate, 0.98 * beta), ball(rate, 1.02 * beta)]
    assert min(worse) > contraction


def test_orders_of_accuracy():
    matrix, start = np.array([[2.0, 1.0], [1.0, 3.0]]), np.array([[1.0, -0.5]])
    exact = race.flow(lambda at: at @ matrix, start, np.array([1.0]))
    values, axes = np.linalg.eigh(matrix)
    assert exact == pytest.approx(start @ axes @ np.diag(np.exp(-values)) @ axes.T, abs=1e-10)
    for name, (ratio, off) in {"gd": (2, 0.1), "heun": (4, 0.4), "rk4": (16, 2)}.items():
        errors = []
        for updates in (40, 80):
            at, rate = start, np.array([[1 / updates]])
            for _ in range(updates):
                at = at + METHODS[name][0](at, lambda place: place @ matrix, rate, rate, Memory())
            errors.append(np.linalg.norm(at - exact))
        assert errors[0] / errors[1] == pytest.approx(ratio, abs=off), name


def test_momentum_is_a_ball_with_friction():
    for friction, interval in ((0.0, 0.1), (1.0, 0.3), (5.0, 0.05)):
        assert theory.ball(*theory.newton(friction, interval)) == pytest.approx((friction, interval), abs=1e-12)
    errors = []
    for interval in (0.1, 0.05):  # (6): a rate r times as large asks for β → 1 − (1 − β)√r
        beta, rate = theory.newton(1.0, interval)
        slower, smaller = theory.newton(1.0, interval / 2)
        errors.append(abs(1 - (1 - beta) * math.sqrt(smaller / rate) - slower))
    assert errors[0] / errors[1] == pytest.approx(4, abs=0.5) and errors[0] < 0.01


def test_without_friction_the_energy_stays():
    for interval in (0.1, 0.05):
        beta, rate = (np.array([[value]]) for value in theory.newton(0.0, interval))
        way, memory = [np.array([[1.0]])], Memory()
        for _ in range(10_000):
            way.append(way[-1] + momentum(way[-1], lambda place: place, rate, beta, memory))
        x = np.concatenate(way)[:, 0]
        energy = ((x[2:] - x[:-2]) / (2 * interval)) ** 2 / 2 + x[1:-1] ** 2 / 2  # speeds belong between the places
        assert float(beta[0, 0]) == 1 and np.ptp(energy) < interval**2 and energy[-1] == pytest.approx(0.5, abs=interval**2)


def test_lookahead_follows_its_formula_and_a_is_one_changes_nothing():
    plain, same, half = (engine.start(SLUG, {"lookahead_k": k, "lookahead_a": a}) for k, a in ((0, 0.5), (3, 1.0), (4, 0.25)))
    frames = [session.advance(steps=12).arrays["positions"] for session in (plain, same, half)]
    assert (frames[0] == frames[1]).all() and (frames[0] != frames[2]).all(1)[[0, 3, 4, 5]].all()
    ground, slow = surface(OptimizersParams()), np.array([-1.2, 1.0])
    at = slow
    for update in range(1, 49):
        at = at - 0.005 * ground.gradient(at)
        if update % 4 == 0:
            at = slow = slow + 0.25 * (at - slow)
    assert frames[2][0] == pytest.approx(at, abs=1e-12)
    plain.set(lookahead_k=4, lookahead_a=0.0)  # switched on while it runs: the slow copy is where the method stands
    assert plain.advance(steps=3).arrays["positions"][0] == pytest.approx(frames[0][0], abs=1e-12)


def test_weight_decay_is_once_an_update_for_every_method():
    """On a quadratic with κ = 1 a step of GD with decay multiplies by 1 − γ(1 + decay)."""
    values = {"surface": "quadratic", "condition": 1, "learning_rate": 0.1, "weight_decay": 0.5}
    a = engine.start(SLUG, values).advance(steps=5).arrays
    assert a["positions"][0] == pytest.approx(a["start"] * 0.85**20, abs=1e-12)
    assert a["positions"][2] == pytest.approx(a["start"] * (float(theory.growth("rk4", -0.1)) - 0.05) ** 5, abs=1e-12)
    assert a["flow"] == pytest.approx(a["start"] * math.exp(-20 * 0.1 * 1.5), abs=1e-9)
    drawn = race.path(OptimizersParams(surface="quadratic", condition=1.0, weight_decay=0.5))
    assert drawn[100] == pytest.approx(a["start"] * math.exp(-np.geomspace(1e-3, 60, 160)[99] * 1.5), abs=1e-4)


def test_accumulating_one_micro_batch_is_the_plain_run_bit_for_bit():
    model: Any = engine.start(SLUG, {"bench": "net", "accumulate": 1, "micro_batch": 8})
    model.advance(steps=10)
    assert (model._model.small.theta == model._model.soft.theta).all()
