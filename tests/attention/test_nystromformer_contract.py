"""The Nyströmformer lab through the command line and as a session: the contract's numbers, and what is refused."""

from pathlib import Path

import numpy as np
import pytest
import scipy.special

import engine
from engine.attention.nystromformer import model
from engine.attention.nystromformer.params import TRAINED, NystromformerParams
from engine.core import registry
from engine.core.frame import difference
from engine.core.params import BadValue
from tests.attention.test_sparse_attention_contract import command


def session(seed: int = 0, **values):
    return engine.start("nystromformer", values, seed=seed, device="cpu")


def by_hand(queries: np.ndarray, m: int, iterations: int) -> tuple[np.ndarray, np.ndarray]:
    """S and Ŝ of queries that are the keys too, without the lab's code."""

    def softmax(scores: np.ndarray) -> np.ndarray:
        return scipy.special.softmax(scores, -1)

    centres, one = queries.reshape(m, -1, queries.shape[1]).mean(1), np.eye(m)
    a = softmax(centres @ centres.T)
    v = a.T / (np.linalg.norm(a, 1) * np.linalg.norm(a, np.inf))
    for _ in range(iterations):
        v = v @ (13 * one - a @ v @ (15 * one - a @ v @ (7 * one - a @ v))) / 4
    return softmax(queries @ queries.T), softmax(queries @ centres.T) @ v @ softmax(centres @ queries.T)


# The table's lines on the swap bench are claims of the chapters `swap` and `filter_helps`. Here are the others.
def test_as_many_landmarks_as_tokens():
    run = session(landmarks=256)
    s = run.advance(steps=1).scalars
    assert s["error_pinv"] < 1e-6 and 0.02 < s["error_iterated"] < 0.10
    run.set(iterations=20)
    assert run.look().scalars["error_iterated"] < 1e-6


def test_smooth_tokens():
    run = session(scale=0.5)
    frame = run.advance(steps=20)
    s = frame.scalars
    assert s["error_svd"] < s["error_pinv"] < s["error_iterated"] < s["error_double"]
    assert s["error_performer"] / s["error_iterated"] > 4 and s["draws_done"] == 20
    assert frame.arrays["queries"].dtype == np.float64 and np.array_equal(frame.arrays["queries"], frame.arrays["keys"])
    exact, rebuilt = by_hand(frame.arrays["queries"], 32, 6)
    assert np.linalg.norm(rebuilt - exact) / np.linalg.norm(exact) == pytest.approx(s["error_iterated"], rel=1e-9)
    assert np.abs(rebuilt.sum(1) - 1).max() == pytest.approx(s["row_sum_gap"], rel=1e-9)
    assert np.mean(rebuilt < 0) == s["negative_share"]
    assert np.allclose(frame.arrays["row_rebuilt"], rebuilt[run.params.row], atol=1e-7)
    tones = 127.5 + 127.5 * rebuilt / np.quantile(exact, 0.995)
    assert np.abs(frame.arrays["rebuilt"] - tones.clip(0, 255)).max() < 0.51


def test_unrelated_tokens():
    assert session(smoothness=0, landmarks=64).advance(steps=1).scalars["error_pinv"] == pytest.approx(0.68, abs=0.08)


def test_more_inversion_is_not_better():
    run = session(smoothness=0.99, scale=4, landmarks=64)
    s = run.advance(steps=1).scalars
    assert s["error_iterated"] < 1 < s["error_pinv"] / 100
    run.set(inverse="exact")
    frame = run.look()
    assert frame.arrays["by_iterations"][19] > 1 and frame.scalars["row_sum_gap"] < 1e-6  # right sums, wrong rows


def test_a_wrong_number_of_landmarks_is_refused_in_one_line(tmp_path: Path, capsys):
    for value, bench in (("48", "approximate"), ("128", "swap")):
        chosen = ("--set", f"landmarks={value}", "--set", f"bench={bench}", "--steps", "1", "--out", str(tmp_path))
        assert command("run", "nystromformer", *chosen) == 2
        said = capsys.readouterr().err.strip()
        assert "\n" not in said and "landmarks" in said and "4, 8, 16, 32, 64" in said
    with pytest.raises(BadValue, match="landmarks"):
        session(landmarks=48)
    with pytest.raises(BadValue):
        NystromformerParams.build({"landmarks": True})
    assert NystromformerParams.build({"landmarks": 64}).landmarks == "64"


def test_the_performers_draws_are_judged_anew_under_other_settings():
    """Common random numbers: what a run finds after a change is what a run with those settings finds."""
    run, other = session(scale=0.5), session(scale=0.7, landmarks=16)
    run.advance(steps=3)
    run.set(scale=0.7, landmarks="16")
    one, two = run.look(), other.advance(steps=3)
    assert difference(one, two) is None and one.scalars["error_performer"] > 0


def test_there_are_fifty_draws_at_most():
    run = session(scale=0.5)
    frame = run.advance(steps=60)
    assert run.finished and frame.step == frame.scalars["draws_done"] == 50


def test_a_run_of_either_bench_has_its_length_and_pace():
    topic = registry.find("nystromformer")
    short, long = (topic.tempo(topic.params.build({"bench": bench})) for bench in ("approximate", "swap"))
    assert (short.steps, long.steps, long.pace) == (20, 290, None) and short.pace is not None


@pytest.fixture(scope="module")
def swapped():
    """A swap run before its first look, at the swap, and after fine-tuning through the exact inverse."""
    run = session(bench="swap", landmarks=16, swap_to="nystrom-exact", fine_tune=40)
    first = run.advance(steps=20)
    return run, first, run.advance(steps=TRAINED - 20), run.advance(steps=50)


@pytest.mark.slow
def test_accuracies_are_there_when_they_can_be(swapped):
    run, first, there, end = swapped
    assert np.isnan(first.scalars["accuracy_softmax"]) and np.isnan(first.arrays["accuracy_swapped"]).all()
    assert there.scalars["accuracy_softmax"] > 0.8 and np.isnan(there.scalars["accuracy_tuned"])
    assert end.step == TRAINED + 40 and run.finished
    assert end.scalars["accuracy_softmax"] == there.scalars["accuracy_softmax"]
    assert np.array_equal(end.arrays["accuracy_swapped"], there.arrays["accuracy_swapped"])
    assert end.scalars["accuracy_tuned"] > end.arrays["accuracy_swapped"][1] + 0.1


@pytest.mark.slow
def test_landmarks_can_be_moved_at_the_end_and_all_of_them_are_softmax(swapped):
    run, _, there, _ = swapped
    found = []
    for m in ("4", "64"):
        run.set(landmarks=m)
        found.append(run.look().arrays["accuracy_swapped"])
    assert found[1][1] == pytest.approx(there.scalars["accuracy_softmax"], abs=0.011)
    assert found[1][0] > found[0][0] + 0.05


def test_a_swap_without_fine_tuning_ends_at_the_swap(monkeypatch):
    monkeypatch.setattr(model, "TRAINED", model.LOOK)  # shorter
    run = session(bench="swap", fine_tune=0, swap_to="performer")
    end = run.advance(steps=model.LOOK + 5)
    assert run.finished and end.step == model.LOOK
    assert end.scalars["accuracy_tuned"] == end.arrays["accuracy_swapped"][2]
