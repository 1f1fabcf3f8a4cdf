"""The R-Drop lab as a session and through the command line: every line of the contract."""

import numpy as np
import pytest
from safetensors.numpy import load_file
from scipy.special import softmax

import engine
from engine.cli.commands import main
from engine.core.params import BadValue
from engine.core.score import Score
from engine.data.sets.digits import digits
from engine.training.r_drop import theory
from engine.training.r_drop.data import load, noisy
from engine.training.r_drop.params import RDropParams
from engine.workers.batched import Batched, Plan
from tests.cli.said import one_line

SLUG = "r-drop"
SEEDS = (0, 1, 2)


def ended(values, steps=400, seed=0, data=None):
    return engine.start(SLUG, values, seed=seed, data=data).advance(steps=steps)


@pytest.fixture(scope="module")
def means():
    """(values of α, other settings) -> mean of a scalar over three seeds, by α."""
    known = {}

    def mean(alphas, name, **values):
        key = (alphas, *values.items())
        if key not in known:
            known[key] = [swept("alpha", alphas, values, seed) for seed in SEEDS]
        return dict(zip(alphas, np.mean([[s[name] for s in arms] for arms in known[key]], 0), strict=True))

    return mean


def swept(name, values, base, seed):
    plan = Plan.checked(Score(topic=SLUG, params=base, seed=seed, steps=400, changes=()), name, values)
    stack = Batched(plan, "cpu")
    stack.run(steps=400)
    return [stack.look_at(arm).scalars for arm in range(len(values))]


@pytest.mark.slow
def test_agreement_helps_under_noisy_labels(means):
    right, loss = (means((0.0, 4.0, 16.0), name) for name in ("accuracy_weight_average", "nll"))
    assert right[4.0] >= right[0.0] + 0.01 and loss[4.0] < loss[0.0]


@pytest.mark.slow
def test_the_gap_and_the_disagreement_fall(means):
    for name, share in (("gap", 0.4), ("pair", 0.5), ("member_distance", 0.5)):
        found = means((0.0, 4.0, 16.0), name)
        assert found[0.0] > found[4.0] > found[16.0] and found[16.0] <= share * found[0.0], name


@pytest.mark.slow
def test_members_gain_and_averages_are_right_alike(means):
    """Phenomena 5 and 6."""
    member, full, crowd = (means((0.0, 4.0, 16.0), f"accuracy_{who}") for who in ("member", "weight_average", "model_average"))
    assert member[16.0] > member[0.0] + 0.02
    assert all(abs(full[alpha] - crowd[alpha]) <= 0.01 for alpha in full)


@pytest.mark.slow
def test_clean_labels_gain_nothing(means):
    right = means((0.0, 4.0), "accuracy_weight_average", label_noise=0.0)
    assert abs(right[4.0] - right[0.0]) <= 0.02


@pytest.mark.slow
def test_too_much_agreement_makes_answers_uniform():
    """Phenomenon 7: the answers collapse towards 1/10; which one is largest stays right, against the brief's expectation."""
    frame = ended({"dropout": 0.5, "alpha": 32.0, "label_noise": 0.0})
    assert frame.arrays["test_weight_average"].max(1).mean() < 0.3 and frame.scalars["accuracy_weight_average"] > 0.8


def test_without_dropout_the_passes_agree_exactly():
    runs = [engine.start(SLUG, {"dropout": 0.0, "alpha": alpha}) for alpha in (0.0, 12.0)]
    assert [run.advance(steps=30).scalars["kl"] for run in runs] == [0.0, 0.0]
    one, two = (run.weights() for run in runs)
    assert all(np.array_equal(one[name], two[name]) for name in one)
    assert abs(runs[0].look().scalars["gap"]) < 1e-6


@pytest.mark.parametrize("values", [{}, {"alpha": 16.0, "dropout": 0.6}, {"data": "moons"}, {"unlabelled_weight": 4.0}])
def test_the_loss_is_1_and_its_parts_are_those_of_the_two_answers(values):
    frame = ended(values, 25)
    s, a = frame.scalars, frame.arrays
    assert s["loss"] - s["ce"] - frame.settings["alpha"] * s["kl"] == pytest.approx(0, abs=1e-12)
    p1, p2, rows = a["p1"].astype(float), a["p2"].astype(float), np.arange(32)
    assert s["kl"] == pytest.approx(theory.disagreement(p1, p2).mean(), abs=1e-4) and s["kl"] > 1e-3
    assert s["ce"] == pytest.approx(-np.log(p1[rows, a["batch_labels"]] * p2[rows, a["batch_labels"]]).mean(), abs=1e-4)
    assert s["example_kl"] == pytest.approx(0.0405465, abs=1e-6)


@pytest.mark.parametrize("kind", ["logits", "probabilities", "js"])
def test_another_disagreement_takes_the_place_of_kl(kind):
    s = ended({"divergence": kind}, 5).scalars
    assert s["loss"] == pytest.approx(s["ce"] + 4 * s["agreement"], abs=1e-12) and s["agreement"] != s["kl"]


def test_the_tests_numbers_are_those_of_the_answers():
    frame = ended({"masks": 7, "digit": 3}, 60)
    s, a = frame.scalars, frame.arrays
    crowd, full, labels = (a[name] for name in ("test_model_average", "test_weight_average", "test_labels"))
    assert crowd.shape == full.shape == (600, 10) and a["members"].shape == (7, 10) and crowd.dtype == np.float32
    assert a["members"].mean(0) == pytest.approx(crowd[3], abs=1e-6)
    own = digits()
    order = np.random.default_rng(0).permutation(1797)[:600]
    assert np.array_equal(labels, own[1][order]) and a["shown"] == pytest.approx(own[0][order[3]])
    assert s["gap"] == pytest.approx(theory.kl(crowd.astype(float), full.astype(float)).mean(), abs=1e-6)
    assert s["nll"] == pytest.approx(-np.log(full[np.arange(600), labels]).mean(), abs=1e-5)
    assert s["nll_model_average"] <= s["nll_member"]
    for name, answers in (("weight", full), ("model", crowd)):
        assert s[f"accuracy_{name}_average"] == pytest.approx((answers.argmax(1) == labels).mean())


def test_the_crowds_numbers_are_those_of_its_nets():
    """From the weights, the masks of the tests and the rows, in NumPy; weights begin in ±1/√inputs."""
    session = engine.start(SLUG, {"masks": 5, "dropout": 0.4}, seed=2)
    model, begun = session._model, session.weights()
    for layer, inputs in ((1, 64), (2, 128), (3, 128)):
        assert 0.95 < np.abs(begun[f"w{layer}"]).max() * inputs**0.5 <= 1
    s, w = session.advance(steps=30).scalars, session.weights()

    def answers(x, uniform=None):
        for layer in (1, 2):
            x = np.maximum(x @ w[f"w{layer}"] + w[f"b{layer}"], 0)
            x = x if uniform is None else np.where(uniform[layer - 1] < 0.4, 0, x / 0.6)
        return softmax(x @ w["w3"] + w["b3"], -1)

    rows = model.rows
    x, labels, each = rows.test_x, rows.test_labels, np.arange(600)
    crowd, twice = answers(x, model.crowd[:, :5].numpy()), answers(x, model.twice.numpy())
    told = {
        "nll_member": -np.log(crowd[:, each, labels]).mean(),
        "member_distance": theory.kl(crowd.mean(0)[None], crowd).mean(),
        "pair": theory.disagreement(*twice).mean(),
        "accuracy_member": (twice[0].argmax(1) == labels).mean(),
        "memorised": (answers(rows.x).argmax(1) == rows.labels)[rows.labels != rows.true].mean(),
    }
    assert {name: s[name] for name in told} == pytest.approx(told, abs=2e-5)


def test_the_full_net_is_that_of_the_weights_file(tmp_path, monkeypatch):
    monkeypatch.setattr("sys.argv", ["engine", "run", SLUG, "--steps", "20", "--out", str(tmp_path / "run")])
    with pytest.raises(SystemExit) as left:
        main()
    assert left.value.code == 0
    w = load_file(tmp_path / "run" / "weights.safetensors")
    assert [(name, part.shape) for name, part in w.items() if name[0] == "w"] == [
        ("w1", (64, 128)),
        ("w2", (128, 128)),
        ("w3", (128, 10)),
    ]
    x, labels = (part[np.random.default_rng(0).permutation(1797)[:600]] for part in digits())
    h = np.maximum(np.maximum(x @ w["w1"] + w["b1"], 0) @ w["w2"] + w["b2"], 0) @ w["w3"] + w["b3"]
    told = engine.start(SLUG).advance(steps=20).scalars["accuracy_weight_average"]
    assert told == pytest.approx((h.argmax(1) == labels).mean(), abs=2e-3)


@pytest.mark.parametrize("alpha", [0.0, 4.0, 16.0])
def test_a_linear_model_finds_the_ridge_of_4(alpha):
    a = ended({"bench": "linear", "alpha": alpha}, 2000).arrays
    assert np.linalg.norm(a["w"] - a["w_closed"]) < 0.05 * np.linalg.norm(a["w_closed"])
    gram = a["x"].T @ a["x"]
    law = np.linalg.inv(gram + (1 + alpha) * 3 / 7 * np.diag(np.diag(gram))) @ a["x"].T @ a["y"]
    assert a["w_closed"] == pytest.approx(law, abs=1e-8) and a["x"].shape == (40, 5)


def test_linear_weights_are_averaged_over_the_second_half_and_smaller_with_more_agreement():
    small, large = (np.linalg.norm(ended({"bench": "linear", "alpha": alpha}, 1).arrays["w_closed"]) for alpha in (32.0, 0.0))
    assert small < 0.5 * large
    session = engine.start(SLUG, {"bench": "linear"})
    path = [(session.advance(steps=1), session.weights()["w"].copy())[1] for _ in range(10)]
    assert session.look().arrays["w"] == pytest.approx(np.mean(path[5:], 0), abs=1e-12)


def test_labels_are_stratified_and_their_share_of_noise_is_exact():
    p = RDropParams(labelled=100, label_noise=0.2)
    rows = load(p, None, np.random.RandomState(0))
    assert len(rows.x) == 100 and len(rows.unlabelled) == 1097 and np.bincount(rows.true).min() >= 9
    labels = np.full(1000, 3)
    assert 0.2 * 0.9 - 0.04 < (noisy(labels, 0.2, 10, np.random.RandomState(0)) != labels).mean() < 0.2
    assert not np.array_equal(rows.labels, load(p, None, np.random.RandomState(1)).labels)
    assert len(load(RDropParams(data="breast_cancer", labelled=1000), None, np.random.RandomState(0)).x) == 379


def own(rows, classes=2, columns=3):
    random = np.random.default_rng(0)
    return {"x": np.column_stack([random.normal(size=(rows, columns)) + 5, np.arange(rows) % classes])}


def test_own_rows_are_standardised_and_a_third_is_held_out():
    frame = ended({"data": "own"}, 3, data=own(90, 3))
    assert frame.arrays["test_weight_average"].shape == (30, 3)
    assert abs(load(RDropParams(data="own"), own(90, 3), np.random.RandomState(0)).x.mean()) < 0.3


@pytest.mark.parametrize(("data", "said"), [(own(30, 1), "names 1"), (own(30, 25), "25"), (own(22, 10), "at least 3 rows"),
    ({"x": own(30)["x"] + 0.5}, "row 1"), (None, "upload")])  # fmt: skip
def test_own_rows_that_cannot_be_used_are_refused_in_a_sentence(data, said):
    with pytest.raises(BadValue, match=said):
        engine.start(SLUG, {"data": "own"}, data=data)


@pytest.mark.parametrize(("rows", "said"), [("1,2,0\n3,,1\n5,6,0\n", "row 2"), ("1,2,0\n3,4,1\ninf,6,0\n", "row 3"),
    ("a,b,class\n1.5,2,1\n3,4.5,1\n5,6,1\n4,4,1\n", "class")])  # fmt: skip
def test_a_broken_file_is_refused_with_its_row(rows, said, tmp_path, monkeypatch, capsys):
    (tmp_path / "own.csv").write_text(rows)
    monkeypatch.setattr("sys.argv", ["engine", "run", SLUG, "--data", str(tmp_path / "own.csv"), "--steps", "2"])
    with pytest.raises(SystemExit) as left:
        main()
    assert left.value.code != 0 and said in capsys.readouterr().err.splitlines()[-1]


def test_a_dropout_of_nearly_everything_is_refused(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["engine", "run", SLUG, "--set", "dropout=.97"])
    with pytest.raises(SystemExit) as left:
        main()
    said = one_line(capsys.readouterr().err)
    assert left.value.code == 2 and "dropout" in said and "0 to 0.7" in said
