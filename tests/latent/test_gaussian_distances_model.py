"""The lab's numbers as they come out of the command line and of sessions: what it must show, what it refuses, own data."""

import json

import numpy as np
import pytest

from engine.core.params import BadValue
from engine.core.session import Session
from engine.data.errors import UploadError
from engine.data.uploads import read_upload
from tests import command_line

SLUG = "gaussian-distances"
ROUND = {"p_s1": 1, "p_s2": 1, "q_s1": 1, "q_s2": 1, "p_angle": 0, "q_angle": 0}
STACKED = {**ROUND, "p_x": 0, "p_y": 0, "q_x": 0, "q_y": 1}
PAIR = {"p_x": -1, "p_y": 0, "p_s1": 1.5, "p_s2": 0.5, "p_angle": 30,
        "q_x": 1, "q_y": 0.5, "q_s1": 1, "q_s2": 0.7, "q_angle": -40}  # fmt: skip


def frame(values, steps=1, seed=0):
    return Session.start(SLUG, values, seed=seed).advance(steps=steps)


def command(*arguments):
    return command_line.said("run", SLUG, *arguments)


# what it must show -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("s", "kl", "bd"), [(1, 0.5, 0.125), (0.1, 50, 12.5), (0.01, 5000, 1250)])
def test_thin_shapes_explode_but_for_w2(s, kl, bd):
    found = frame({**STACKED, "thinness": s}).scalars
    assert [found[name] for name in ("kl_pq", "bhattacharyya", "w2_squared")] == pytest.approx([kl, bd, 1], rel=1e-9)


def test_the_numbers_of_one_pair():
    found = frame(PAIR)
    names = ("kl_pq", "kl_qp", "bhattacharyya", "w2_squared")
    assert [found.scalars[n] for n in names] == pytest.approx([4.80410259, 2.58777676, 0.62071248, 5.06395382], abs=1e-7)
    for name in names:
        assert found.scalars[f"{name}_mean"] + found.scalars[f"{name}_shape"] == pytest.approx(found.scalars[name], abs=1e-12)
    a = found.arrays["transport"]
    assert a.dtype == np.float64
    assert a.ravel() == pytest.approx([0.9378203, -0.6671291, -0.6671291, 1.4697853], abs=1e-6)
    assert found.scalars["coupling_best"] == pytest.approx(3.4809, abs=1e-3)
    assert frame({**PAIR, "coupling": 3.4809}).scalars["coupling_cost"] == pytest.approx(5.0639538, abs=1e-6)


@pytest.mark.parametrize("values", [{}, ROUND, {"thinness": 0.005}, {"p_s1": 3, "q_s1": 0.05, "thinness": 2, "p_angle": -170}])
def test_the_w2_racer_contracts_exactly_whatever_the_shapes(values):
    run = Session.start(SLUG, {**values, "eta": 0.1}, seed=0)
    for ratio in (0.3486784401, 0.1215766546, 0.0423911583):
        found = run.advance(steps=10).scalars
        assert found["race_w2"] / found["race_start"] == pytest.approx(ratio, abs=1e-9)


def test_the_flow_stands_where_13_says():
    """Round shapes of width 1 and the same covariance: only the mean moves, by exp(-t)."""
    found = frame({**ROUND, "eta": 0.05}, 40).scalars
    assert found["flow_w2"] / found["race_start"] == pytest.approx(np.exp(-2), rel=1e-9)


def test_hellinger_has_no_slope_far_away_and_adam_frees_it():
    found = frame({**ROUND, "start_distance": 12}, 100).scalars
    assert found["race_hellinger"] == pytest.approx(found["race_start"], abs=1e-3)
    assert found["race_kl_qp"] < 1e-3 * found["race_start"] < found["race_bhattacharyya"]
    freed = frame({**ROUND, "start_distance": 12, "race_optimiser": "adam"}, 100).scalars
    assert freed["race_hellinger"] < 0.5 * freed["race_start"]


def test_two_humps():
    found = frame({"mixture_gap": 2}).scalars
    assert [found["mixture_right"], found["mixture_left"]] == pytest.approx([0.51075, 0.91617], abs=1e-3)
    assert found["mixture_forward_sd"] == pytest.approx(2.02237, abs=1e-4)
    assert np.isnan(frame({"mixture_gap": 1}).scalars["mixture_right"])


@pytest.mark.parametrize("seed", [0, 1, 7])
def test_bias(seed):
    found = frame({"m": 200, "n": 32}, seed=seed).scalars
    assert found["bias_predicted"] == 2.96 and found["bias_mean"] == pytest.approx(2.96, abs=0.2)


def test_the_fit_remembers_its_hump():
    """It falls into the larger hump when the bridge ends, and stays there when the humps come back to where it was on the bridge."""
    run = Session.start(SLUG, {"mixture_gap": 2.4}, seed=0)
    assert abs(run.advance(steps=40).scalars["mixture_mean"]) < 0.6
    run.set(mixture_gap=3.0)
    assert run.advance(steps=40).scalars["mixture_mean"] == pytest.approx(3.0, abs=1e-3)
    run.set(mixture_gap=2.4)
    assert run.advance(steps=40).scalars["mixture_mean"] == pytest.approx(2.4, abs=1e-2)


def test_a_lost_racer_is_said_and_the_others_go_on():
    found = frame({"thinness": 0.1}, 100)
    assert np.isinf(found.scalars["race_kl_qp"]) and found.arrays["lost_at"][2] <= 100
    assert found.scalars["race_w2"] / found.scalars["race_start"] == pytest.approx(0.9**100, abs=1e-9)


# wrong input -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("given", "allowed"), [("p_s2=0", "0.05 to 3"), ("p_angle=x", "-180 to 180")])
def test_a_bad_value_is_named_with_what_is_allowed(given, allowed):
    done = command("--set", given, "--steps", "1")
    assert done.returncode == 2 and done.stderr.count("\n") == 1 and "Traceback" not in done.stderr
    assert given.split("=")[0] in done.stderr and f"= {given.split('=')[1]} " in done.stderr and allowed in done.stderr


# own data --------------------------------------------------------------------------------------------------------
def table(rows, header="", marks=None):
    random = np.random.default_rng(0)
    marks = np.arange(rows) % 2 if marks is None else marks
    body = np.column_stack([random.normal(size=(rows, 3)) + marks[:, None] * [2, 0, 0], marks])
    return header + "\n".join(",".join(f"{value:.6g}" for value in row) for row in body)


@pytest.mark.parametrize("header", ["", "a,b,c,label\n", "id,x,y,class\n"])
def test_own_samples_give_the_plug_in_distance(header):
    data = read_upload("own.csv", table(600, header).encode(), ("samples",))
    found = Session.start(SLUG, {"data": "own"}, seed=0, data=data).look().scalars
    x, y = (data["x"][data["x"][:, -1] == mark, :-1] for mark in (0, 1))
    root = np.linalg.eigvals(np.cov(x.T) @ np.cov(y.T)).real
    exact = np.square(x.mean(0) - y.mean(0)).sum() + np.trace(np.cov(x.T) + np.cov(y.T)) - 2 * np.sqrt(root).sum()
    assert found["sample_w2_squared"] == pytest.approx(exact, rel=1e-9)
    assert abs(found["sample_extrapolated"] - 4) < 0.5 and found["sample_missing"] == 0


def test_whole_numbers_in_one_column_beside_the_mark_are_two_columns():
    data = read_upload("own.csv", b"3,0\n5,1\n4,0\n8,1\n", ("samples",))
    assert Session.start(SLUG, {"data": "own"}, seed=0, data=data).look().scalars["sample_mean"] == pytest.approx(9)


def test_own_samples_on_the_command_line(tmp_path, caplog):
    file = tmp_path / "own.csv"
    file.write_text(table(7), encoding="utf-8")
    done = command("--data", str(file), "--steps", "1", "--out", str(tmp_path / "out"))
    assert done.returncode == 0 and "warning" in caplog.text and "Traceback" not in done.stderr
    assert json.loads((tmp_path / "out" / "run.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(("text", "said"), [
    (table(20, marks=np.arange(20) % 3), "row 3 has 2"), (table(20, "a,b,c,class\n", np.arange(20) * 0.5), "last column"),
    (table(20, marks=np.zeros(20)), "at least one row"), ("0\n1\n0\n1\n", "1 to 64"),
])  # fmt: skip
def test_own_samples_without_two_classes_are_refused(text, said):
    data = read_upload("own.csv", text.encode(), ("samples",))
    with pytest.raises(BadValue, match=said):
        Session.start(SLUG, {"data": "own"}, seed=0, data=data)


def test_refused_samples_end_the_command(tmp_path):
    file = tmp_path / "own.csv"
    file.write_text(table(20, marks=np.arange(20) % 3), encoding="utf-8")
    done = command("--data", str(file), "--steps", "1")
    assert done.returncode == 2 and "row 3 has 2" in done.stderr and "Traceback" not in done.stderr


def test_words_in_the_last_column_are_refused():
    with pytest.raises(UploadError, match="not a number"):
        read_upload("own.csv", b"1,2,a\n2,3,b\n3,5,a\n4,1,b\n", ("samples",))
