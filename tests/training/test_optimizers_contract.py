"""The optimiser lab as a session and through the command line: every line of its contract."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file

import engine
from engine.cli.commands import main
from engine.core.topic import Timeline
from engine.training.optimizers import claims, network, theory
from engine.training.optimizers.surfaces import AXES
from tests.cli.said import one_line

SLUG = "optimizers"
GD, HEUN, RK4, MOMENTUM, NESTEROV, ADAM = range(6)
QUADRATIC = {"surface": "quadratic", "condition": 50}
NET = {"bench": "net"}


def ended(values, steps, seed=0):
    return engine.start(SLUG, values, seed=seed).advance(steps=steps)


def test_a_better_solver_is_a_worse_optimiser():
    frame = ended({}, 150)
    losses = frame.arrays["losses"]
    assert losses[:3] == pytest.approx([0.0250474, 0.1608329, 1.0591506], abs=1e-6)
    assert losses[MOMENTUM] < 1e-12 and losses[NESTEROV] < 1e-12
    assert frame.scalars["gradients"] == 600 and (frame.arrays["diverged"] == -1).all()
    assert frame.arrays["start"].tolist() == [-1.2, 1.0]
    assert frame.arrays["hessian"] == pytest.approx(np.array([[2 - 80 + 240 * 1.44, 96], [96, 40]]))


def law(method, rate, updates):
    """R(−γH)ⁿ of the start, for one n or a column (n, 1) of them."""
    return theory.growth(method, -rate * np.array([1.0, 50.0])) ** updates * (AXES.T @ [0.5, 1.5]) @ AXES.T


def test_every_solver_follows_its_stability_polynomial():
    frame = ended({**QUADRATIC, "learning_rate": 0.03}, 20)
    a, flow = (
        frame.arrays,
        {order: np.exp(-2.4 / order * np.array([1.0, 50.0])) * (AXES.T @ [0.5, 1.5]) @ AXES.T for order in (1, 2, 4)},
    )
    for place, (method, order) in enumerate(theory.ORDERS.items()):
        updates = 80 // order
        factors = theory.growth(method, -0.03 * np.array([1.0, 50.0]))
        error = np.linalg.norm(law(method, 0.03, updates) - flow[order])
        assert frame.scalars[f"error_{method}"] == pytest.approx(error, abs=1e-9)
        assert a["trail"][place] == pytest.approx(law(method, 0.03, -(-np.arange(81) // order)[:, None]), abs=1e-6)
        assert a["positions"][place] == pytest.approx(AXES @ np.diag(factors**updates) @ AXES.T @ a["start"], abs=1e-9)
        assert a["growth_factors"][place] == pytest.approx(abs(factors[1]), abs=1e-12)
    assert np.linalg.eigvalsh(a["hessian"]) == pytest.approx([1, 50])
    steep = np.array([math.cos(math.radians(120)), math.sin(math.radians(120))])
    assert a["hessian"] @ steep == pytest.approx(50 * steep)


@pytest.mark.parametrize(("rate", "survive"), [(0.039, {GD, HEUN, RK4}), (0.041, {RK4}), (0.0555, {RK4}), (0.056, set())])
def test_edges_of_stability(rate, survive):
    a = ended({**QUADRATIC, "learning_rate": rate}, 100).arrays
    assert {k for k in range(3) if a["growth_factors"][k] < 1} == survive
    assert {k for k in range(2) if a["diverged"][k] < 0} == survive - {RK4} and a["diverged"][RK4] == -1
    for place, (method, order) in enumerate(theory.ORDERS.items()):  # to the update: who passes 1e3, who has a millionth left
        away = np.linalg.norm(law(method, rate, np.arange(400 // order + 1)[:, None]), axis=1)
        for name, there in {"diverged": away > 1e3, "arrived": away <= 1e-6 * away[0]}.items():
            assert a[name][place] == (order * there.argmax() if there.any() else -1)


@pytest.mark.parametrize(("rate", "crosses"), [(0.05, True), (0.005, False)])
def test_momentum_crosses_the_barrier(rate, crosses):
    x = ended({"surface": "double_well", "learning_rate": rate}, 150).arrays["positions"][:, 0]
    assert (x[MOMENTUM] < 0) == crosses and x[GD] > 0
    if crosses:
        assert x[[GD, MOMENTUM]] == pytest.approx([0.914297, -1.067923], abs=1e-5)


def test_accumulation_is_exact_and_quieter():
    session = engine.start(SLUG, NET)
    assert session.advance(steps=28).scalars["parameter_difference"] < 1e-10
    session.run(steps=112)
    epoch = [session.advance(steps=1).scalars for _ in range(28)]  # of one step it is luck, and another on another processor
    soft, small = (np.mean([s[name] for s in epoch]) for name in ("loss_accumulated", "loss_small"))
    assert session.step == 168 and soft < 0.5 * small
    assert epoch[-1]["parameter_difference"] < 1e-10
    assert epoch[-1]["loss_accumulated"] == pytest.approx(epoch[-1]["loss_big"], abs=1e-6)


@pytest.mark.parametrize("values", [{"bug_2018": True}, {"batch_norm": True, "micro_batch": 4, "accumulate": 5}])
def test_the_bug_and_batch_normalisation_break_it(values):
    assert ended({**NET, **values}, 28).scalars["parameter_difference"] > 1e-4


def test_batch_normalisation_of_one_picture_too_and_its_losses_are_with_it():
    session: Any = engine.start(SLUG, {**NET, "batch_norm": True})
    s = session.advance(steps=4).scalars
    loss = network.loss(session._model.soft.theta, *network.training(), True)
    assert s["parameter_difference"] > 1e-4 and s["loss_accumulated"] == pytest.approx(float(loss[0]), abs=1e-12)


def test_with_the_bug_every_micro_batch_makes_its_own_update():
    """Adam hardly sees the factor m: the accumulating run is nearly the one with small batches."""
    s = ended({**NET, "bug_2018": True, "micro_batch": 5, "accumulate": 10}, 4).scalars
    assert s["loss_accumulated"] == pytest.approx(s["loss_small"], rel=1e-3)
    assert 0 < s["gradient_difference"] < 1e-12


def test_walkers_spread_as_8_says():
    s = ended({"bench": "walkers"}, 400).scalars
    assert s["variance"] == pytest.approx(0.02778, rel=0.03) and s["variance_theory"] == pytest.approx(0.0277778, abs=1e-7)
    frame = ended({"bench": "walkers", "walker_rate": 0.3, "curvature": 3.0, "gradient_noise": 2.0, "soft_batch": 7}, 60)
    exact = 0.3 * 4 / 7 / (3 * (2 - 0.9))
    assert theory.reach(0.1, 2.0, 1.0) == pytest.approx(4.5 / 6)
    assert [frame.scalars["variance"], frame.scalars["variance_theory"]] == pytest.approx([exact, exact], rel=0.04)
    assert frame.arrays["heights"].sum() * 2 * theory.reach(0.3, 3.0, 2.0) / 80 == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize(("name", "value", "span"), [("learning_rate", "0", "0.0001 to 1"), ("momentum", "1", "0 to 0.999")])
def test_wrong_input_is_refused_in_one_line(name, value, span, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["engine", "run", SLUG, "--set", f"{name}={value}"])
    with pytest.raises(SystemExit) as left:
        main()
    said = one_line(capsys.readouterr().err)
    assert left.value.code == 2 and name in said and span in said


STARTS = {"rosenbrock": [-1.2, 1], "quadratic": [0.5, 1.5], "double_well": [1.5, 1], "himmelblau": [0, 0]}


@pytest.mark.parametrize("surface", STARTS)
def test_after_divergence_everything_is_a_number_and_stands_still(surface):
    session = engine.start(SLUG, {"surface": surface, "learning_rate": 1.0, "condition": 1000, "momentum": 0.999})
    frame = session.advance(steps=5)
    first = frame.arrays
    assert first["start"].tolist() == STARTS[surface] and frame.scalars["slope_error"] < 1e-5
    assert all(np.isfinite(array).all() for array in first.values())
    then = session.advance(steps=5).arrays
    gone = first["diverged"] >= 0
    assert gone.any() and all((then[name][gone] == first[name][gone]).all() for name in ("positions", "diverged"))
    assert all(np.isfinite(array).all() for array in then.values())


def test_walkers_that_diverge_stand_still_and_say_when():
    session = engine.start(SLUG, {"bench": "walkers", "walker_rate": 1.0, "curvature": 10.0})
    first, then = (session.advance(steps=20).scalars for _ in range(2))
    assert first["walkers_diverged"] == 4 and first["variance"] == then["variance"] and math.isnan(then["variance_theory"])
    session.set(walker_rate=0.1)  # back at a rate that rests: (8) says nothing of who stands still
    assert claims.rests(Timeline(session.advance(steps=50), session.params, {}, session.marks)) is None


def test_the_weights_of_a_run_are_those_of_the_accumulating_net(tmp_path, monkeypatch):
    monkeypatch.setattr(
        "sys.argv",
        ["engine", "run", SLUG, "--set", "bench=net", "--set", "accumulate=5", "--steps", "3", "--out", str(tmp_path / "run")],
    )
    with pytest.raises(SystemExit) as left:
        main()
    assert left.value.code == 0
    saved = load_file(tmp_path / "run" / "weights.safetensors")
    assert {name: part.shape for name, part in saved.items()} == {
        "w1": (64, 64), "b1": (64,), "w2": (64, 64), "b2": (64,), "w3": (64, 10), "b3": (10,)
    }  # fmt: skip
    x, labels = network.training()
    h = np.maximum(np.maximum(x @ saved["w1"] + saved["b1"], 0) @ saved["w2"] + saved["b2"], 0)
    logits = h @ saved["w3"] + saved["b3"]
    loss = np.mean(np.log(np.exp(logits).sum(1)) - logits[np.arange(1437), labels])
    assert loss == pytest.approx(ended({**NET, "accumulate": 5}, 3).scalars["loss_accumulated"], abs=1e-12)


def test_another_accumulation_holds_from_the_next_update():
    session = engine.start(SLUG, {**NET, "accumulate": 5, "micro_batch": 20})
    for m in (5, 1, 100):
        session.set(accumulate=m)
        assert session.advance(steps=1).scalars["parameter_difference"] < 1e-10


def test_an_epochs_remainder_is_dropped_and_a_step_may_be_longer_than_an_epoch():
    model: Any = engine.start(SLUG, NET)._model
    assert len(set(np.concatenate([model.draw(50) for _ in range(28)]))) == 1400 and len(model.left) == 37
    assert len(set(model.draw(1437))) == 1437
    seen = np.bincount(model.draw(3000), minlength=1437)
    assert seen.min() == 2 and seen.max() == 3
