"""What the VAE clustering lab must show, and what it refuses; runs that several tests need are made once."""

from functools import cache

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.datasets import load_digits
from sklearn.metrics import normalized_mutual_info_score

import engine
from engine.core.params import BadValue
from engine.data.sets.digits import digits
from engine.latent import agreement
from tests import command_line


@cache
def _frame(steps, seed, settings):
    return engine.start("vae-clustering", dict(settings), seed=seed, device="cpu").advance(steps=steps)


def frame(steps, seed=0, **values):
    return _frame(steps, seed, tuple(values.items()))


def own(x, **values):
    run = engine.start("vae-clustering", {"data": "own", **values}, seed=0, device="cpu", data={"x": np.asarray(x, float)})
    return run.advance(steps=5)


def command(*arguments):
    return command_line.said("run", "vae-clustering", "--device", "cpu", "--steps", "5", *arguments)


def test_ten_clusters_are_found_without_labels():
    s = frame(1500).scalars
    assert 0.70 <= s["accuracy"] <= 0.88  # a local optimum: other seeds end elsewhere in this range
    assert s["clusters_used"] in (9, 10)
    assert s["centre_distance"] > 3
    assert s["purity"] >= s["accuracy"]


def test_the_scores_are_those_of_the_clusters_in_the_frame():
    found, labels = frame(1500), load_digits().target
    a, s = found.arrays, found.scalars
    assert (a["labels"] == labels).all()
    assert a["cluster"].shape == (1797,)
    table = agreement.contingency(a["cluster"], labels, 10)
    assert s["accuracy"] == agreement.accuracy(table)
    assert s["purity"] == agreement.purity(table)
    assert s["nmi"] == pytest.approx(normalized_mutual_info_score(labels, a["cluster"]), abs=1e-9)
    assert s["clusters_used"] == (np.bincount(a["cluster"], minlength=10) >= 0.01 * 1797).sum()
    assert a["probabilities"].shape == (a["codes"].shape[0], 10)
    assert a["probabilities"].sum(1) == pytest.approx(1, abs=1e-5)
    first, second = np.triu_indices(10, 1)
    distances = np.linalg.norm(a["centres"][first] - a["centres"][second], axis=1)
    assert s["centre_distance"] == pytest.approx(distances.mean(), rel=1e-5)


def test_the_digits_are_those_of_scikit_learn():
    x, labels = digits()
    assert (x * 16 == load_digits().data).all()
    assert (labels == load_digits().target).all()


def test_k_means_on_pixels_is_the_baseline():
    pixels = load_digits()
    known = KMeans(10, n_init=10, random_state=0).fit_predict(pixels.data / 16)
    theirs = agreement.accuracy(agreement.contingency(known, pixels.target, 10))
    assert theirs == pytest.approx(0.792, abs=0.005)
    assert frame(50).scalars["kmeans_accuracy"] == pytest.approx(theirs, abs=0.01)  # other starts


def test_a_small_weight_lets_all_centres_fall_into_one_point():
    s = frame(600, lam=2.0).scalars
    assert s["centre_distance"] < 0.2
    assert s["accuracy"] < 0.5


def test_the_formula_of_the_article_learns_as_well_as_the_closed_form_of_the_script():
    found, closed = frame(1500, alignment="sampled").scalars["accuracy"], frame(1500).scalars["accuracy"]
    assert found == pytest.approx(closed, abs=0.1)


def test_without_the_third_term_clusters_die():
    s = frame(900, balance=0.0).scalars
    assert s["clusters_used"] <= 6
    assert s["accuracy"] < 0.6


def test_with_too_much_of_it_nobody_decides():
    s = frame(900, balance=6.0).scalars
    assert s["centre_distance"] < 0.3
    assert s["sureness"] < 0.1


@pytest.mark.parametrize("values", [{}, {"balance": 0.0}, {"data": "wine", "clusters": 3}, {"data": "moons", "clusters": 2}])
def test_the_identities_hold_in_every_run(values):
    s = frame(900 if "balance" in values else 50, **values).scalars
    assert s["evenness"] + s["sureness"] == pytest.approx(s["balance_kl"], abs=1e-4)
    again = frame(50, classifier="bayes", **values).scalars
    assert again["gap"] == pytest.approx(0, abs=1e-5)
    assert again["evenness"] + again["sureness"] == pytest.approx(again["balance_kl"], abs=1e-4)
    assert s["loss"] == pytest.approx(s["reconstruction"] + s["align"] + values.get("balance", 1) * s["balance_kl"], rel=1e-9)


def test_one_cluster_is_a_plain_vae():
    s = frame(50, clusters=1).scalars
    assert (s["balance_kl"], s["gap"]) == pytest.approx((0, 0), abs=1e-6)
    assert np.isnan(s["centre_distance"])


def test_the_weight_is_scaled_by_the_variance_of_other_data_only():
    assert frame(50).scalars["weight"] == 60
    x = load_digits().data / 16
    assert x.var(0).sum() == pytest.approx(4.693, abs=0.002)
    moved = own(10 * np.random.default_rng(0).normal(size=(500, 2))).scalars["weight"]
    assert moved == pytest.approx(60 * 4.693 / 200, rel=0.15)
    assert own(np.random.default_rng(0).normal(size=(50, 2)), scale_by_variance=False).scalars["weight"] == 60


def test_what_is_chosen_is_what_is_shown():
    values = {"data": "iris", "clusters": 3, "latents": 3, "spread": 0.0, "chosen": 1, "chosen_class": 1}
    a = frame(60, **values).arrays
    assert (agreement.pairing(a["table"])[1][a["order"]] == np.arange(3)).all()  # rows stand in the order of their classes
    drawn = a["drawn"].reshape(3, -1, 2)
    assert (drawn == drawn[:, :1]).all()  # without a spread each class draws its centre
    wanted = np.flatnonzero((a["cluster"] == a["order"][1]) & (a["labels"] == 1))
    surest = wanted[np.argsort(-a["probabilities"].max(1)[wanted], kind="stable")][:40]
    assert len(surest) == min(40, a["table"][a["order"][1], 1]) > 0
    assert a["members"] == pytest.approx(a["shadow"][surest], abs=1e-6)
    x, y = a["flat_codes"][7].tolist()
    found = frame(60, **values, probe_x=x, probe_y=y)
    assert found.scalars["probe"] == 7
    assert found.arrays["probe_sure"] == pytest.approx(a["probabilities"][7], abs=1e-6)
    wide = frame(60, **(values | {"spread": 1.0})).arrays["drawn"].reshape(3, -1, 2)
    assert (wide[:, 0] == drawn[:, 0]).all()
    assert (wide[:, 1:] != drawn[:, 1:]).any()


def test_the_first_latent_lives_from_the_inverse_of_the_leading_variance():
    x = np.random.default_rng(0).normal(size=(200, 3)) * (1, 2, 3)
    leading = np.linalg.eigvalsh(np.cov(x.T, ddof=0))[-1]
    assert own(x, scale_by_variance=False).scalars["first_alive"] == pytest.approx(1 / leading, rel=1e-4)
    assert own(x).scalars["first_alive"] == pytest.approx(x.var(0).sum() / 4.693 / leading, rel=1e-4)


def test_fewer_rows_than_clusters(tmp_path):
    file = tmp_path / "few.csv"
    file.write_text("a,b\n1,2\n2,1\n3,5\n4,4\n")
    said = command("--data", str(file), "--set", "clusters=5")
    assert said.returncode == 2
    assert "clusters" in said.stderr
    assert "4 rows" in said.stderr
    assert [line for line in said.stderr.splitlines() if "clusters" in line] == [said.stderr.splitlines()[-1]]
    assert "Traceback" not in said.stderr
    assert command("--data", str(file), "--set", "clusters=4").returncode == 0


def test_own_data_are_used_as_they_are_unless_asked():
    x = np.random.default_rng(1).normal(size=(60, 3)) * (1, 10, 100) + 5
    as_they_are, standardised = own(x, clusters=3), own(x, clusters=3, standardise=True)
    assert standardised.scalars["weight"] == pytest.approx(60 * 4.693 / 3, rel=1e-4)
    assert as_they_are.scalars["weight"] == pytest.approx(60 * 4.693 / x.var(0).sum(), rel=1e-4)
    assert np.isnan(as_they_are.scalars["accuracy"])
    assert "labels" not in as_they_are.arrays
    assert np.isfinite(own(np.arange(60.0).reshape(30, 2) + 1e8, standardise=True).scalars["loss"])
    constant = np.concatenate([x, np.ones((60, 1))], 1)  # as the corner pixels of the digits are
    assert np.isfinite(own(constant, clusters=3, standardise=True).scalars["loss"])
    assert np.isfinite(own(np.random.default_rng(1).normal(size=(30, 1024))).scalars["loss"])


@pytest.mark.parametrize(
    ("x", "said"),
    [
        (np.ones((30, 1)), "1 numeric columns"),
        (np.ones((30, 1025)), "1,025 numeric columns"),
        (np.ones((30, 4)), "All rows of the data are equal"),
        (np.full((30, 4), np.nan), "not finite"),
        (np.arange(60.0).reshape(30, 2) * 1e20, "beyond"),
        (np.arange(60.0).reshape(30, 2) + 1e8, "subtract an offset"),
    ],
)
def test_what_is_refused(x, said):
    with pytest.raises(BadValue, match=said):
        own(x)


def test_own_classes_are_compared_whatever_they_are_called():
    """Two far clusters: the codes of a fresh encoder need not tell them apart, K-means does."""
    x = np.concatenate([np.random.default_rng(0).normal(size=(40, 2)) + shift for shift in (0, 30)])
    run = engine.start(
        "vae-clustering", {"data": "own", "clusters": 2}, device="cpu", data={"x": x, "labels": np.repeat([7, -3_000_000], 40)}
    )
    s = run.advance(steps=50).scalars
    assert s["kmeans_accuracy"] == 1
    assert 0.5 <= s["accuracy"] <= 1
