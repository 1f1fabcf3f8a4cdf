"""What the EM lab must show: known numbers, by the command line and in a run, and what it refuses."""

import csv

import numpy as np
import pytest

import engine
from engine.core.params import BadValue
from engine.latent.em.mixture import lloyd
from tests import command_line

CONTRACTED = ("means", "covariances", "weights", "points", "responsibilities")
IRIS = {"data": "iris", "init": "rows", "floor": 0}


def frame(steps, seed=0, own=None, **values):
    return engine.start("em", values, seed=seed, device="cpu", data=own).advance(steps=steps)


def command(*arguments):
    return command_line.said("run", "em", "--device", "cpu", *arguments)


@pytest.mark.parametrize(("steps", "before", "after"), [(1, -2.0117480193, -1.4750197793), (7, -0.8961864810, -0.8960786361)])
def test_iris_petals_have_the_lower_bounds_of_scikit_learn(steps, before, after):
    """`ell_e` is `lower_bound_` of GaussianMixture(tol=0, reg_covar=0, max_iter=steps): that of the last E-step."""
    found = frame(steps, k=3, covariance="full", **IRIS)
    assert found.scalars["ell_e"] == pytest.approx(before, abs=1e-8)
    assert found.scalars["ell"] == pytest.approx(after, abs=1e-8)
    assert all(array.dtype == np.float64 for name, array in found.arrays.items() if name in CONTRACTED)
    assert found.arrays["responsibilities"].shape == (150, 3)
    assert found.arrays["covariances"].shape == (3, 2, 2)


def test_weights_with_diagonal_covariances():
    assert frame(7, covariance="diag", **IRIS).arrays["weights"] == pytest.approx([0.333333, 0.347443, 0.319224], abs=1e-5)


def test_narrow_clouds_end_where_k_means_ends():
    means = frame(60, covariance="fixed", softness=0.03, **IRIS).arrays["means"]
    assert means == pytest.approx(np.array([(1.462, 0.246), (4.292593, 1.359259), (5.626087, 2.047826)]), abs=1e-5)


@pytest.mark.parametrize(("softness", "entropy"), [(1, 0.49725), (0.3, 0.05058), (0.1, 0.00270)])
def test_entropy_falls_with_softness(softness, entropy):
    assert frame(60, covariance="fixed", softness=softness, **IRIS).scalars["label_entropy"] == pytest.approx(entropy, abs=1e-4)


def test_one_component_is_the_sample_in_one_step():
    found = frame(1, k=1, **IRIS)
    assert found.arrays["means"][0] == pytest.approx([3.758, 1.199333], abs=1e-6)
    assert found.scalars["ell"] == pytest.approx(-1.8186100473, abs=1e-6)
    assert found.arrays["covariances"][0] == pytest.approx(np.cov(found.arrays["points"].T, ddof=0), abs=1e-12)


@pytest.mark.parametrize(("steps", "coins"), [(1, (0.7130, 0.5813)), (10, (0.7967, 0.5197))])
def test_two_coins(steps, coins):
    """Do & Batzoglou 2008."""
    assert frame(steps, data="coins").arrays["coin"] == pytest.approx(coins, abs=1e-4)


@pytest.mark.parametrize(("separation", "rho"), [(1.0, 0.649), (4.0, 0.268), (6.0, 0.043)])
def test_errors_shrink_by_the_missing_information(separation, rho):
    s = frame(40, data="two_gaussians", separation=separation, n=4000).scalars
    assert s["rho_predicted"] == pytest.approx(rho, abs=0.02)
    assert s["rho_observed"] == pytest.approx(s["rho_predicted"], abs=0.02)


def test_equal_means_stay_and_a_nudge_frees_them():
    assert np.ptp(frame(30, data="two_gaussians", init="equal").arrays["means"]) < 1e-12
    assert np.ptp(frame(30, data="two_gaussians", init="equal", nudge=1e-3).arrays["means"]) > 1


SETTINGS = [
    {"covariance": covariance, "data": data, "k": k}
    for covariance in ("full", "diag", "spherical", "tied", "fixed")
    for data, k in (("blobs", 4), ("crosses", 2), ("ring_blob", 3), ("wine", 3), ("iris", 3))
] + [{"data": "coins"}, {"data": "two_gaussians", "separation": 0.0}, {"data": "two_gaussians", "init": "equal"}]


@pytest.mark.parametrize("values", SETTINGS, ids=lambda values: "-".join(map(str, values.values())))
def test_the_ledger_never_falls(values):
    """At T = 1 in every family; with another T, or a part of the points, F with its T is what never falls."""
    for more in ({}, {"softness": 0.5}, {"fraction": 0.2}):
        s = frame(40, seed=2, **values, **more).scalars
        assert s["largest_drop"] <= 1e-10
        if "softness" not in more or values.get("covariance") == "fixed":
            assert s["gap"] >= -1e-12
            assert s["free_energy"] == pytest.approx(s["ell"] - s["gap"], abs=1e-10)


def test_a_hand_may_choose_the_start():
    assert frame(0, data="two_gaussians", put_x=1.6, put_y=2.1).arrays["means"][:, 0].tolist() == [1.6, 2.1]
    found = frame(0, data="iris", covariance="fixed", init="equal", put_x=6.0, put_y=2.0).arrays
    assert (found["lloyd"] == lloyd(found["points"], found["means"])).all()


def test_changes_by_hand_are_not_in_the_ledger():
    run = engine.start("em", {"covariance": "fixed", "k": 4}, seed=0, device="cpu")
    for softness in (0.05, 2.0, 0.3):
        run.advance(steps=5)
        run.set(softness=softness, put_x=softness, put_y=1.0, nudge=softness / 10)
    assert run.advance(steps=5).scalars["largest_drop"] <= 1e-10


def test_fewer_distinct_rows_than_components(tmp_path):
    file = tmp_path / "same.csv"
    file.write_text("x,y\n1,2\n1,2\n3,4\n3,4\n1,2\n")
    said = command("--data", str(file), "--set", "k=3")
    assert said.returncode == 2
    assert "k = 3" in said.stderr
    assert "2 distinct" in said.stderr
    assert "Traceback" not in said.stderr


def test_a_cloud_that_collapses_on_a_point_is_said(tmp_path):
    file = tmp_path / "far.csv"
    file.write_text("0\n.5\n100\n1\n1.5\n.25\n")
    options = ("--data", str(file), "--set", "k=2", "--set", "init=rows", "--steps", "12", "--out", str(tmp_path / "run"))
    said = command(*options, "--set", "floor=0")
    assert said.returncode == 1
    assert "singular" in said.stderr
    rows = list(csv.DictReader((tmp_path / "run" / "scalars.csv").open()))
    assert "nan" not in {row["ell"] for row in rows}
    far = {"x": np.array([[0], [0.5], [100], [1], [1.5], [0.25]])}
    assert frame(8, own=far, data="own", k=2, init="rows", floor=0).scalars["singular"] == 1
    assert command(*options[:-1], str(tmp_path / "floored")).returncode == 0


@pytest.mark.parametrize("columns", [1, 2, 5, 20])
def test_own_tables(columns):
    own = {"x": np.random.default_rng(columns).normal(size=(60, columns))}
    found = frame(5, own=own, data="own")
    assert (found.arrays["points"] == own["x"]).all()
    assert np.isfinite(found.scalars["ell"])


def test_what_is_refused():
    for x, values, said in (
        (np.zeros((30, 21)) + np.arange(30)[:, None], {}, "20"),
        (np.stack([np.arange(30.0), np.ones(30)], 1), {"floor": 0}, "constant"),
    ):
        with pytest.raises(BadValue, match=said):
            frame(1, own={"x": x}, data="own", k=2, **values)
    constant = {"x": np.stack([np.arange(30.0), np.ones(30)], 1)}
    assert np.isfinite(frame(20, own=constant, data="own", k=2).scalars["ell"])
