"""The RNN and ODE lab as a session and through the command line: every line of its contract."""

from __future__ import annotations

import math

import numpy as np
import pytest
from safetensors.numpy import load_file
from scipy.integrate import solve_ivp

import engine
from engine.cli.commands import main
from engine.core.params import BadValue
from engine.core.topic import Timeline
from engine.structured.rnn_ode.claims import flow_error
from engine.structured.rnn_ode.data import TABLE
from tests.cli.said import one_line
from tests.contract.runs import played

SLUG = "rnn-ode"


def ended(values, steps, seed=0, data=None):
    return engine.start(SLUG, values, seed=seed, data=data).advance(steps=steps)


def solved(steps, **values):
    return ended({"task": "solve", **values}, steps)


def fitted(steps=60, **values):
    return ended({"optimizer": "gauss_newton", **values}, steps)


def test_oscillator():
    frame = solved(50, system="oscillator", h=0.1, horizon=5)
    assert (frame.arrays["trajectory"][-1] ** 2).sum() == pytest.approx(1.01**50, abs=1e-9) == pytest.approx(1.644632, abs=1e-6)
    assert frame.scalars["t"] == pytest.approx(5) and frame.arrays["trajectory"].shape == (51, 2)


def test_the_articles_table_is_eulers():
    a = solved(420, h=0.1).arrays
    law = [[165.02, 282.86], [196.63, 289.87], [280.04, 275.52], [304.94, 269.41], [318.50, 265.93], [324.42, 264.37]]
    assert 100 * a["trajectory"][[100, 150, 300, 360, 400, 420]] == pytest.approx(np.array(law), abs=0.01)
    assert (np.rint(100 * a["trajectory"][[100, 150, 300, 360, 400, 420]]) == TABLE[:, 1:]).all()
    assert 100 * a["exact"][100, 1] == pytest.approx(282.465, abs=1e-3) and a["times"][-1] == pytest.approx(42)


@pytest.mark.parametrize(("cell", "error"), [("euler", 3.795e-3), ("midpoint", 1.866e-5), ("rk4", 1.875e-8)])
def test_errors_of_the_cells(cell, error):
    a = solved(84, h=0.5, cell=cell).arrays
    assert np.abs(a["trajectory"] - a["exact"])[-1].max() == pytest.approx(error, rel=0.02)


def test_period_doubling():
    x = solved(500, system="logistic", growth=2.1, horizon=500).arrays["trajectory"][-4:, 0]
    assert x[:2] == pytest.approx(x[2:], abs=1e-9) and abs(x[0] - x[1]) > 0.2


FITS = {
    "euler": ([0.09958, 0.27965, 0.02027, 0.00969, 0.01873, 0.08392], 0.241),
    "midpoint": ([0.09940, 0.29953, 0.02022, 0.00958, 0.02057, 0.08925], 0.206),
    "rk4": ([0.09927, 0.29872, 0.02021, 0.00955, 0.02046, 0.08908], 0.210),
}


@pytest.mark.parametrize("cell", FITS)
def test_gauss_newton_and_the_bias_of_the_step(cell):
    frame, (theta, rmse) = fitted(cell=cell), FITS[cell]
    assert frame.arrays["theta"] == pytest.approx(theta, abs=5e-5) and frame.scalars["rmse"] == pytest.approx(rmse, abs=2e-3)
    if cell == "euler":
        assert frame.arrays["singular_values"] == pytest.approx([418.0, 106.4, 21.6, 13.3, 2.04, 0.94], rel=0.01)


def test_adam_has_the_curve_and_not_the_weights():
    frame = played(SLUG, "backward").timeline.frame
    assert frame.scalars["rmse"] < 5 and abs(frame.arrays["theta"][0] - 0.0996) > 0.005
    assert frame.scalars["slope_error"] < 1e-5 and frame.scalars["refused"] == 0


def test_lbfgs_finds_no_way_back_from_where_the_cell_blows_up():
    """Phenomenon 4; SciPy's line search, without bounds, gives up at its first trial."""
    frame = fitted(5, optimizer="lbfgs")
    assert frame.arrays["theta"].tolist() == [0.1, 0.1, 0.01, 0.1, 0.1, 0.01]
    assert frame.scalars["rmse"] == pytest.approx(276.19, abs=0.01) and frame.scalars["gradient_norm"] > 1e4


def test_a_step_that_blows_the_cell_up_is_refused():
    frame = ended({"learning_rate": 0.02}, 20)
    assert frame.scalars["refused"] == 20 and frame.scalars["rmse"] == pytest.approx(276.19, abs=0.01)


def test_the_signal_back_is_zero_past_the_last_observation():
    a = ended({"h": 0.8}, 1).arrays
    assert a["state_gradient"].shape == (54,) and a["state_gradient"][0] > 10 * a["state_gradient"][-1] > 0
    generated = ended({"data": "generated", "observations": 5}, 1).arrays
    assert generated["observation_times"].tolist() == [8, 17, 25, 34, 42] and generated["observations"].shape == (5, 2)


def test_a_change_of_h_solves_anew_up_to_the_same_time():
    session = engine.start(SLUG, {"task": "solve", "h": 1.0})
    session.advance(steps=20)
    session.set(h=0.25)
    frame = session.look()
    assert frame.scalars["t"] == 20 and len(frame.arrays["times"]) == 81
    assert (session.advance(steps=4).arrays["trajectory"] == solved(84, h=0.25).arrays["trajectory"]).all()


def test_what_blows_up_stands_still_and_says_when():
    frame = solved(9, system="logistic", h=4, growth=4)
    assert frame.scalars["t"] == 12 and all(np.isfinite(array).all() for array in frame.arrays.values())
    blown = ended({"data": "generated", "h": 4.0, "learning_rate": 0.1, "clip": 0}, 40)
    assert all(np.isfinite(array).all() for array in blown.arrays.values())


def test_every_seed_has_its_own_noise():
    first, again, other = (ended({"data": "generated", "noise": 0.1}, 1, seed).arrays["observations"] for seed in (1, 1, 2))
    assert np.array_equal(first, again) and np.abs(first - other).max() > 0.01


def test_gauss_newton_begins_anew_where_h_is_changed():
    session = engine.start(SLUG, {"optimizer": "gauss_newton"})
    session.advance(steps=60)
    session.set(h=0.5)
    found = session.advance(steps=60).arrays["theta"]
    assert found == pytest.approx(fitted(h=0.5).arrays["theta"], abs=5e-5)
    assert np.abs(found - FITS["euler"][0]).max() > 5e-3


def test_weights_that_blow_up_at_a_longer_step_stay_until_it_is_short_again():
    """RK4 is unstable on growth of rate 5 beyond h = 0.56."""
    t = np.linspace(0, 12, 25)
    x = 1 / (1 + 9 * np.exp(-5 * t))
    values = {"data": "own", "optimizer": "gauss_newton", "h": 0.1, "cell": "rk4"}
    session = engine.start(SLUG, values, data={"x": np.column_stack([t, x, 1.5 * x + 0.01 * t])})
    fit = session.advance(steps=40)
    session.set(h=2.0)
    blown = session.advance(steps=3)
    assert blown.scalars["refused"] == 3 and math.isnan(blown.scalars["rmse"])
    assert np.array_equal(blown.arrays["theta"], fit.arrays["theta"]) and np.isfinite(blown.arrays["trajectory"]).all()
    session.set(h=0.1)
    again = session.advance(steps=3)
    assert again.scalars["refused"] == 3 and again.scalars["rmse"] <= fit.scalars["rmse"] < 0.01


def test_beside_own_rows_stands_the_solution_of_the_fitted_weights():
    x = np.array([[0, 0.4, 0.9], [2, 0.5, 1.1], [5, 0.8, 1.4], [9, 1.3, 1.9]])
    session = engine.start(SLUG, {"data": "own", "h": 0.5, "optimizer": "gauss_newton"}, data={"x": x})
    frame = session.advance(steps=20)
    a, (r1, r2, m11, m12, m21, m22) = frame.arrays, frame.arrays["theta"]
    law = solve_ivp(lambda _, y: [y[0] * (r1 - m11 * y[0] - m12 * y[1]), y[1] * (r2 - m21 * y[0] - m22 * y[1])], (0, 9), x[0, 1:],
        t_eval=a["times"], rtol=1e-10, atol=1e-12).y.T  # fmt: skip
    assert a["exact"] == pytest.approx(law, abs=1e-7)
    missed = np.sqrt(np.mean((law[[4, 10, 18]] - x[1:, 1:]) ** 2))  # in the data's own unit, as their rmse
    assert flow_error(Timeline(frame, session.params)) == pytest.approx(missed, abs=1e-7)


# ---- own data


def table(tmp_path, text):
    (tmp_path / "own.csv").write_text(text)
    return str(tmp_path / "own.csv")


def run(tmp_path, monkeypatch, file, *more):
    words = ["engine", "run", SLUG, "--set", "data=own", "--data", file, "--steps", "40", "--set", "optimizer=gauss_newton"]
    monkeypatch.setattr("sys.argv", [*words, *more, "--out", str(tmp_path / "out")])
    with pytest.raises(SystemExit) as left:
        main()
    return left.value.code


ROWS = "0,1,1.5\n10,1.65,2.83\n15,1.97,2.90\n30,2.80,2.76\n36,3.05,2.69\n40,3.18,2.66\n42,3.24,2.64\n"


@pytest.mark.parametrize("text", ["t,x1,x2\n" + ROWS, ROWS, "t,x1,x2\n" + "\n".join(reversed(ROWS.split())) + "\n"])
def test_own_rows_are_fitted_in_any_order(tmp_path, monkeypatch, text, capsys):
    assert run(tmp_path, monkeypatch, table(tmp_path, text)) in (0, None)
    a = load_file(tmp_path / "out" / "last.safetensors")
    assert a["theta"] == pytest.approx(FITS["euler"][0], abs=5e-5) and a["observation_times"].tolist() == TABLE[:, 0].tolist()


def test_sorted_rows_are_counted_and_the_origin_of_time_is_the_earliest():
    x = np.array([[t, *map(float, row)] for t, row in [(7, (1.65, 2.83)), (-3, (1, 1.5)), (12, (1.97, 2.9))]])
    frame = ended({"data": "own"}, 1, data={"x": x})
    assert frame.scalars["unsorted"] == 1 and frame.arrays["observation_times"].tolist() == [10, 15]
    assert (frame.arrays["standard_errors"] == 0).all() and (frame.arrays["singular_values"][4:] == 0).all()
    assert frame.scalars["rmse"] == pytest.approx(math.sqrt(frame.scalars["loss"] / 4))


@pytest.mark.parametrize(("text", "said"), [
    ("t,x1,x2\n0,1,1.5\n", ("rows", "2")),
    ("t,x1,x2\n0,1,1.5\n10,many,2.83\n15,1.97,2.9\n", ("line 3", "many")),
    ("t,x1,x2,x3\n0,1,1.5,2\n10,1.65,2.83,2\n", ("4 columns", "x1, x2")),
    ("t,x1,x2\n0,100,150\n10,165,283\n15,197,290\n", ("blows up", "near 1")),
    ("t,x1,x2\n0,1,1.5\n0,1.2,1.5\n", ("different times", "2 rows")),
    ("t,x1,x2\n0,1,1.5\n10000,1.2,1.5\n", ("10,000 steps", "4,000")),
])  # fmt: skip
def test_own_tables_that_cannot_be_used_are_refused_in_one_line(tmp_path, monkeypatch, capsys, text, said):
    assert run(tmp_path, monkeypatch, table(tmp_path, text)) not in (0, None)
    line = one_line(capsys.readouterr().err.splitlines(keepends=True)[-1])  # before it stands what was read of the file
    assert all(part in line for part in said), line


def test_a_step_too_short_for_an_own_table_is_refused_while_it_runs():
    session = engine.start(SLUG, {"data": "own"}, data={"x": np.array([[0, 1, 1.5], [1000, 3.7, 2.5]])})
    session.advance(steps=1)
    with pytest.raises(BadValue, match="20,000 steps"):
        session.set(h=0.05)
