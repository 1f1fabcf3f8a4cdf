"""What the VAE-as-one-KL lab must show: known numbers at seed 0, and what it refuses."""

from functools import cache

import numpy as np
import pytest

import engine
from engine.core.params import BadValue
from tests import command_line


@cache
def scalars(steps, **values):
    return engine.start("vae-bayes", values, seed=0, device="cpu").advance(steps=steps).scalars


def command(*arguments):
    return command_line.said("run", "vae-bayes", "--device", "cpu", *arguments)


def test_theory_at_the_default_is_reverse_water_filling():
    assert scalars(1500)["rate_theory"] == pytest.approx(4.98264, abs=1e-4)
    assert scalars(1500)["distortion_theory"] == pytest.approx(2.33045, abs=1e-4)


@pytest.mark.parametrize(("name", "value", "off"), [("rate", 4.98, 0.25), ("distortion", 2.33, 0.12), ("loss", 1.76, 0.25)])
def test_a_real_run_obeys_it(name, value, off):
    assert scalars(1500)[name] == pytest.approx(value, abs=off)


def test_latents_under_water_drown():
    assert scalars(1500, sigma2=0.3)["alive"] == 4
    assert scalars(1500, sigma2=0.3)["rate"] == pytest.approx(1.244, abs=0.06)


def test_the_slider_is_live():
    run = engine.start("vae-bayes", {"sigma2": 0.1}, seed=0, device="cpu")
    run.advance(steps=700)
    run.set(sigma2=0.5)
    found = run.advance(steps=1000).scalars
    assert found["alive"] == 3
    assert found["rate"] == pytest.approx(0.341, abs=0.04)


def test_noise_and_weight_are_one_knob():
    """(7): only beta sigma^2 matters."""
    assert scalars(200, sigma2=0.3)["rate"] == pytest.approx(scalars(200, sigma2=0.1, beta=3.0)["rate"], abs=1e-3)


def test_learned_noise_is_the_mean_discarded_eigenvalue():
    found = scalars(1500, likelihood="gaussian_learned")
    assert found["sigma2_in_force"] == pytest.approx(0.02733, abs=0.0008)
    assert found["rate"] == pytest.approx(10.17, abs=0.5)


def test_the_two_terms_cannot_be_split():
    assert scalars(1500, ablate="kl_only")["rate"] < 1e-3
    assert 1.5304 <= scalars(1500, ablate="reconstruction_only")["distortion"] <= 1.5304 * 1.04


def test_learned_noise_keeps_ten_times_the_rate():
    mlp = {"network": "mlp", "latents": 6}
    assert scalars(900, likelihood="gaussian_learned", **mlp)["rate"] > 10 * scalars(900, sigma2=0.5, **mlp)["rate"]


def test_cross_entropy_refuses_values_outside_0_to_1(tmp_path):
    table = np.random.default_rng(0).normal(size=(20, 3))
    with pytest.raises(BadValue, match=r"0 to 1.*rescale"):
        engine.start("vae-bayes", {"data": "own", "likelihood": "bernoulli"}, device="cpu", data={"x": table})
    file = tmp_path / "table.csv"
    np.savetxt(file, table, delimiter=",")
    said = command("--data", str(file), "--set", "likelihood=bernoulli", "--steps", "2")
    assert said.returncode != 0
    assert "0 to 1" in said.stderr
    assert "Traceback" not in said.stderr


def test_noise_0_is_refused():
    said = command("--at", "2:sigma2=0", "--steps", "4")
    assert said.returncode != 0
    assert "sigma2" in said.stderr
    assert "Traceback" not in said.stderr


@pytest.mark.parametrize("columns", [1, 1025])
def test_tables_of_2_to_1024_columns_are_taken(columns):
    with pytest.raises(BadValue, match=r"2 to 1,024 columns of numbers"):
        engine.start("vae-bayes", {"data": "own"}, device="cpu", data={"x": np.random.default_rng(0).normal(size=(9, columns))})


def test_own_data_are_centred_and_not_rescaled():
    x = np.random.default_rng(0).normal(size=(400, 5)) * [3.0, 2.0, 1.0, 0.5, 0.1] + 100
    found = engine.start("vae-bayes", {"data": "own", "latents": 2}, device="cpu", data={"x": x}).advance(steps=1)
    assert found.arrays["eigenvalues"] == pytest.approx(np.sort(np.linalg.eigvalsh(np.cov(x.T, ddof=0)))[::-1], abs=1e-10)


def test_cross_entropy_keeps_more_of_black_and_white_digits_than_plain_squares():
    """And a Gaussian with a noise that fits keeps more still: it was the noise, not the square."""
    mlp = {"network": "mlp", "latents": 6, "data": "binary"}
    plain = scalars(900, sigma2=0.5, **mlp)
    assert scalars(900, likelihood="bernoulli", **mlp)["rate"] > 3 * plain["rate"]
    assert scalars(900, likelihood="gaussian_learned", **mlp)["distortion"] < plain["distortion"] / 1.5


def test_learned_noise_does_not_mind_the_scale_of_the_data():
    from sklearn.datasets import load_digits

    rates = [
        engine.start("vae-bayes", {"data": "own", "likelihood": "gaussian_learned"}, seed=0, device="cpu", data={"x": x})
        .advance(steps=1500)
        .scalars["rate"]
        for x in (load_digits().data / 16, load_digits().data / 1.6)
    ]
    assert rates[1] == pytest.approx(rates[0], rel=0.03)
