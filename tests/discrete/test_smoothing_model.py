"""The smoothing lab through the command line and as a session: the contract's numbers, own vectors, what is refused."""

from functools import partial

import numpy as np
import pytest

import engine
from engine.core.params import BadValue
from engine.discrete.smoothing import theory
from tests.command_line import command, written

DEFAULT = {
    "grad_topk": [0.1154260, 0.0433411, 0.6745834, 0.8705303, 0.2961192],
    "threshold_topk_exp": [0.0871443, 0.0320586, 0.6439143, 1, 0.2368828],
    "threshold_topk_sigmoid": [0.1692728, 0.0697335, 0.6008985, 0.8036414, 0.3564537],
    "recursive_topk": [0.1410237, 0.0531746, 0.6472553, 0.8141806, 0.3443659],
    "web_topk": [0.0893979, 0.0333268, 0.5714134, 1.0716738, 0.2341881],
}


run = partial(written, "smoothing")


def test_operators_at_the_defaults(tmp_path):
    scalars, arrays = run(tmp_path, 1)
    wanted = {"lse": 5.4519143959, "softmax_mean": 4.4519415677, "entropy": 0.9999728283, "soft_argmax": 3.7336396629}
    assert {name: scalars[name] for name in wanted} == pytest.approx(wanted, abs=1e-9)
    for name, values in DEFAULT.items():
        assert arrays[name].dtype == np.float64 and np.allclose(arrays[name], values, atol=1e-6), name
    assert scalars["f1_bayes"] == pytest.approx(0.51836, abs=5e-4) and scalars["cut_bayes"] == pytest.approx(0.25918, abs=5e-4)


def test_the_limit_of_the_web_variant(tmp_path):
    arrays = run(tmp_path, 1, "--set", "sharpness=100")[1]
    assert np.allclose(arrays["web_topk"], [0, 0, 0.5, 1.5, 0], atol=1e-3)
    assert np.allclose(arrays["grad_topk"], [0, 0, 1, 1, 0], atol=1e-3)


@pytest.mark.slow
def test_numbers_of_training(tmp_path):
    """Three further lines of the table are claims of the chapters `metric` and `small_batches`; here with all data as batch."""
    scalars = run(tmp_path, 600, "--set", "batch=full")[0]
    assert scalars["bias_batch"] == scalars["bias_full"]
    assert scalars["f1_switch"] - scalars["f1_ce"] > 0.01 and 0.45 < scalars["f1_switch"] < 0.56
    assert scalars["acc_ce"] > scalars["acc_switch"]


def test_k_beyond_the_entries_is_refused(tmp_path, capsys):
    assert command("run", "smoothing", "--set", "k=6", "--steps", "1", "--out", str(tmp_path)) == 2
    said = capsys.readouterr().err.strip()
    assert "\n" not in said and "k = 6" in said and "n = 5" in said


def test_an_own_vector_takes_the_place_of_the_sliders(tmp_path):
    file = tmp_path / "own.csv"
    x = np.round(np.random.default_rng(0).normal(size=12) * 3, 3)
    file.write_text("\n".join(map(str, x)))
    arrays = run(tmp_path / "out", 1, "--data", str(file), "--set", "k=7", "--set", "x1=-4")[1]
    assert np.allclose(arrays["vector"], x) and np.allclose(arrays["grad_topk"], theory.grad_topk(x, 1.0, 7))


@pytest.mark.parametrize(
    ("text", "word"), [("1\n2\nnan\n4\n", "row 3"), ("1,2.5\n3,4.5\n", "columns 2"), ("\n".join(map(str, range(65))), "65")]
)
def test_a_bad_own_vector_is_refused_in_one_line(tmp_path, capsys, text, word):
    file = tmp_path / "own.csv"
    file.write_text(text)
    assert command("run", "smoothing", "--data", str(file), "--steps", "1", "--out", str(tmp_path / "out")) == 2
    said = capsys.readouterr().err.strip().splitlines()
    assert word in said[-1]


def test_k_beyond_an_own_vector_is_refused_and_the_run_stays_as_it_was():
    session = engine.start("smoothing", {"data": "own"}, data={"x": np.arange(8.0)[:, None]}, device="cpu")
    session.set(k=8)
    session.advance(parts=1)
    with pytest.raises(BadValue, match="n = 8"):
        session.set(k=9)
    assert session.advance(steps=1).settings["k"] == 8


def test_the_hand_over_comes_once_and_the_three_others_do_not_notice():
    late, early = (engine.start("smoothing", {"switch_step": step}, seed=2, device="cpu") for step in (600, 5))
    for session in (late, early):
        session.run(steps=5)
    assert late.look().scalars["gradient_switch"] == early.look().scalars["gradient_switch"]
    early.run(steps=5)
    early.set(switch_step=600)
    seen = [session.advance(steps=5 if session is early else 10).scalars for session in (late, early)]
    assert seen[0]["gradient_switch"] == seen[0]["gradient_ce"] and seen[1]["gradient_switch"] != seen[1]["gradient_ce"]
    assert all(
        seen[0][f"{what}_{loss}"] == seen[1][f"{what}_{loss}"] for what in ("f1", "gradient") for loss in ("ce", "softf1")
    )


def test_the_test_points_lie_evenly_over_both_classes():
    """A cut's F1 on them is that of the distribution to 0.003."""
    model = engine.start("smoothing", {"positives": 0.1, "separation": 1.5}, device="cpu")._model
    x, t = model.test_x[:, 0].double().numpy(), model.test_t.numpy()
    for cut in (0.5, 1.0, 2.0):
        assert theory.soft_f1(x > cut, t) == pytest.approx(float(theory.f1_at(cut, 0.1, 1.5)), abs=3e-3)
    assert t.mean() == pytest.approx(0.1)
