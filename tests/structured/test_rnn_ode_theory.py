"""Ground truth of the RNN and ODE lab: closed forms, orders, and three ways to one gradient."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.linalg import expm

from engine.structured.rnn_ode import theory
from engine.structured.rnn_ode.cells import CELLS
from engine.structured.rnn_ode.claims import TRUTH, reach
from engine.structured.rnn_ode.data import Measurements, load
from engine.structured.rnn_ode.fitting import FIRST, Adam, Problem, gauss_newton
from engine.structured.rnn_ode.params import RnnOdeParams
from engine.structured.rnn_ode.systems import COMPETITION, OSCILLATOR, PREDATOR_PREY, SIR, System, Trainable, logistic

START = np.array(COMPETITION.start)


def last(cell, system, h, steps):
    return CELLS[cell].unroll(system, np.array(system.theta), np.array(system.start), h, steps)[-1]


def test_euler_of_a_linear_growth_and_its_gradient():
    """x_n = x₀(1 + hλ)ⁿ, ∂x_n/∂λ = nhx₀(1 + hλ)ⁿ⁻¹."""
    rate, h, n = np.array([0.3]), 0.1, 25
    system = Trainable(
        lambda x, k: k * x,
        (1.7,),
        (0.3,),
        ("x",),
        by_state=lambda x, k: k + 0 * x[..., None],
        by_theta=lambda x, k: x[..., None],
    )
    states = CELLS["euler"].unroll(system, rate, np.array([1.7]), h, n)
    assert states[:, 0] == pytest.approx(1.7 * 1.03 ** np.arange(n + 1), rel=1e-12)
    signals = np.zeros((n + 1, 1))
    signals[-1] = 1
    adjoints, gradient = CELLS["euler"].backward(system, rate, states, h, signals)
    assert gradient == pytest.approx(n * h * 1.7 * 1.03 ** (n - 1), rel=1e-12)
    assert adjoints[:, 0] == pytest.approx(1.03 ** np.arange(n, -1, -1), rel=1e-12)


def test_amplitudes_of_the_oscillator():
    z = 0.4j
    for name, factor in {"euler": 1 + z, "midpoint": 1 + z + z**2 / 2, "rk4": 1 + z + z**2 / 2 + z**3 / 6 + z**4 / 24}.items():
        assert np.linalg.norm(last(name, OSCILLATOR, 0.4, 30)) == pytest.approx(abs(factor) ** 30, rel=1e-12)
    assert theory.energy(0.1, 50) == pytest.approx(1.644632, abs=1e-6)


def test_errors_fall_with_the_order():
    exact = theory.flow(COMPETITION, COMPETITION.theta, COMPETITION.start, 42.0)(np.array([42.0]))[0]
    for name, slopes in {"euler": (1.03, 1.02, 1.01), "midpoint": (1.82, 1.93, 1.97), "rk4": (4.02, 4.0, 4.0)}.items():
        errors = [np.abs(last(name, COMPETITION, h, round(42 / h)) - exact).max() for h in (2, 1, 0.5, 0.25)]
        assert np.log2(np.divide(errors[:-1], errors[1:])) == pytest.approx(slopes, abs=0.01)
        assert slopes[-1] == pytest.approx(CELLS[name].order, abs=0.2)
    h, found = theory.orders(COMPETITION, 42.0)
    half = int(np.abs(h - 0.5).argmin())
    assert [found[name][half] for name in CELLS] == pytest.approx([3.795e-3, 1.866e-5, 1.875e-8], rel=0.01)


def test_logistic_growth_and_a_linear_system_against_closed_forms():
    system = logistic(1.3, 0.1)
    times = 0.01 * np.arange(1001)
    states = CELLS["rk4"].unroll(system, np.array([1.3]), np.array([0.1]), 0.01, 1000)[:, 0]
    assert np.abs(states - theory.logistic_exact(times, 1.3, 0.1)).max() < 1e-8
    assert theory.flow(system, (1.3,), (0.1,), 10.0)(times)[:, 0] == pytest.approx(
        theory.logistic_exact(times, 1.3, 0.1), abs=1e-9
    )
    matrix = np.array([[-0.3, 1.0, 0.2], [-1.0, -0.1, 0.0], [0.0, 0.0, 0.0]])  # affine: the third component is a constant
    affine = System(lambda x, _: x @ matrix.T, (1.0, 0.5, 1.0), (), ("x", "y", "1"))
    assert last("rk4", affine, 0.01, 500) == pytest.approx(expm(5 * matrix) @ [1.0, 0.5, 1.0], abs=1e-8)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("h", [1.0, 0.7])
def test_the_gradient_by_three_ways(cell, h):
    problem = Problem(CELLS[cell], h, load(RnnOdeParams(), np.random.default_rng(0), None))
    theta = TRUTH * np.array([1.1, 0.9, 1.05, 0.8, 1.2, 1.0])
    slope = problem.back_propagate(theta)
    residuals, jacobian = problem.residuals(theta), problem.jacobian(theta)
    assert slope.loss == pytest.approx((residuals**2).sum(), rel=1e-13)
    assert slope.gradient == pytest.approx(2 * jacobian.T @ residuals, rel=1e-10)
    for k, unit in enumerate(np.eye(6)):
        ahead = [(problem.residuals(theta + step * unit) ** 2).sum() for step in 1e-4 * np.array([-2, -1, 1, 2])]
        assert slope.gradient[k] == pytest.approx((ahead[0] - 8 * ahead[1] + 8 * ahead[2] - ahead[3]) / 12e-4, rel=1e-6)
    assert problem.between == (0 if h == 1 else 5)
    assert (slope.adjoints[: problem.steps] != 0).all()


def test_a_time_between_two_steps_is_interpolated_linearly():
    seen = Measurements(np.array([0.5, 2.25]), np.zeros((2, 2)), START)
    problem = Problem(CELLS["euler"], 1.0, seen)
    x = problem.unroll(TRUTH)
    assert len(x) == 4 and problem.between == 2
    assert problem.residuals(TRUTH) == pytest.approx(np.concatenate([(x[0] + x[1]) / 2, 0.75 * x[2] + 0.25 * x[3]]), rel=1e-13)


def test_full_data_of_euler_give_the_weights_back():
    states = CELLS["euler"].unroll(COMPETITION, TRUTH, START, 1.0, 42)
    rates = (states[1:] - states[:-1]) / states[:-1]
    design = np.column_stack([np.ones(42), -states[:-1]])
    found = np.linalg.lstsq(design, rates, rcond=None)[0]
    assert np.concatenate([found[0], found[1:].T.ravel()]) == pytest.approx(TRUTH, abs=1e-8)
    slope = Problem(CELLS["euler"], 1.0, Measurements(np.arange(1.0, 43), states[1:], START)).back_propagate(TRUTH)
    assert slope.loss < 1e-20 and np.abs(slope.gradient).max() < 1e-8


@pytest.mark.parametrize("cell", CELLS)
def test_rivals_come_to_rest_where_they_should(cell):
    rest = theory.equilibrium(TRUTH)
    assert rest == pytest.approx([3.75, 2.5]) and last(cell, COMPETITION, 1.0, 500) == pytest.approx(rest, abs=1e-6)


def test_the_logistic_map():
    counts = {
        reach: len(theory.attractor(theory.logistic_map(np.array([reach]), np.array([0.1]), 4000, 64)[:, 0]))
        for reach in (1.9, 2.1, 2.5)
    }
    assert counts == {1.9: 1, 2.1: 2, 2.5: 4}
    x = theory.logistic_map(np.array([3.0]), np.array([0.1]), 2000, 2000)[:, 0]
    assert np.log(np.abs(1 + 3 * (1 - 2 * x))).mean() == pytest.approx(math.log(2), abs=0.02)
    assert np.isnan(theory.logistic_map(np.array([3.4]), np.array([0.1]), 100, 1)).all()


def test_the_first_gradient_grows_with_the_horizon():
    assert [reach(1), reach(6)] == pytest.approx([63.505, 13777.03], rel=1e-4)


def test_euler_follows_the_modified_equation():
    """(8): Euler's states lie on the flow of F − h/2 J F but for O(h²), so halving h brings them four times nearer."""
    gaps = []
    for h in (0.5, 0.25, 0.125):

        def modified(x, theta, h=h):
            return COMPETITION.field(x, theta) - h / 2 * COMPETITION.by_state(x, theta) @ COMPETITION.field(x, theta)

        exact = theory.flow(replace(COMPETITION, field=modified), COMPETITION.theta, COMPETITION.start, 42.0)(np.array([42.0]))[
            0
        ]
        gaps.append(np.abs(last("euler", COMPETITION, h, round(42 / h)) - exact).max())
    assert np.log2(np.divide(gaps[:-1], gaps[1:])) == pytest.approx([2, 2], abs=0.1)


def test_interaction_is_seen_with_many_rows_only():
    """Phenomenon 6: at 2 % noise the interval of M₁₂ holds 0 with six rows, and does not with 42, in most seeds."""
    holds = {6: 0, 42: 0}
    for rows in holds:
        for seed in range(8):
            p = RnnOdeParams(data="generated", observations=rows, noise=0.02)
            problem = Problem(CELLS["rk4"], 1.0, load(p, np.random.default_rng([seed, *b"noise"]), None))
            *_, theta = gauss_newton(problem, FIRST)
            error = problem.certainty(theta, problem.back_propagate(theta).loss)["standard_errors"][3]
            holds[rows] += int(abs(theta[3]) < 2 * error)
    assert holds[6] >= 6 and holds[42] <= 2


def test_the_fields_are_the_equations_as_they_are_written():
    healthy, ill, rest = 0.7, 0.2, 0.1
    law = [-0.5 * healthy * ill, 0.5 * healthy * ill - 0.1 * ill, 0.1 * ill]
    assert SIR.field(np.array([healthy, ill, rest]), np.array(SIR.theta)) == pytest.approx(law, rel=1e-14)
    prey, hunters = 2.3, 0.4
    law = [prey * (1 - hunters), hunters * (prey - 1)]
    assert PREDATOR_PREY.field(np.array([prey, hunters]), np.array(PREDATOR_PREY.theta)) == pytest.approx(law, rel=1e-14)


def test_adam_is_pytorchs_with_a_cosine_and_a_clipped_gradient():
    random, ours, theta = np.random.default_rng(0), Adam(), np.zeros(6)
    theirs = torch.zeros(6, dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.Adam([theirs], lr=0.02, betas=(0.9, 0.99))
    fall = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda n: (1 + math.cos(math.pi * min(n / 2000, 1))) / 2)
    for length in [0.3, 2.0, 40.0, 0.01] * 10:
        gradient = length * random.standard_normal(6)
        theta = theta + ours.move(gradient, 0.02, 1.0)
        theirs.grad = torch.from_numpy(gradient / max(1.0, float(np.linalg.norm(gradient))))
        optimiser.step()
        fall.step()
    assert theta == pytest.approx(theirs.detach().numpy(), rel=1e-10)


def test_standard_errors_are_those_of_least_squares():
    problem = Problem(CELLS["rk4"], 1.0, load(RnnOdeParams(), np.random.default_rng(0), None))
    jacobian = problem.jacobian(TRUTH)
    law = np.sqrt(0.7 / (12 - 6) * np.diag(np.linalg.inv(jacobian.T @ jacobian)))
    assert problem.certainty(TRUTH, 0.7)["standard_errors"] == pytest.approx(law, rel=1e-6)


def test_an_exact_solution_that_blows_up_stands_still_there():
    """ẋ = x² from 1 is 1 / (1 − t)."""
    found = theory.flow(System(lambda x, _: x**2, (1.0,), (), ("x",)), (), (1.0,), 3.0)(np.array([0.5, 0.9, 2.0, 3.0]))[:, 0]
    assert found == pytest.approx([2, 10, 1e6, 1e6], rel=1e-4)
