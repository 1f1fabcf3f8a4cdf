"""The adversarial training lab as a session and through the command line: every line of the contract."""

from functools import cache

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits, make_moons
from torch.nn import functional

import engine
from engine.core import registry
from engine.data.uploads import read_upload
from tests.command_line import command
from tests.contract.runs import played

SLUG = "adversarial-training"
WEIGHTS = ("w1", "b1", "w2", "b2", "w3", "b3")
METHODS = ("fgm", "noise", "fgsm", "pgd", "raw", "penalty1", "penalty2")


def ended(steps, own=None, **values):
    return engine.start(SLUG, values, seed=0, device="cpu", data=own).advance(steps=steps)


@cache
def digits(method):
    return ended(500, bench="digits", method=method).scalars


@cache
def moons(method, steps=400, **more):
    return ended(steps, method=method, **more)


def net_of(a):
    w = [torch.from_numpy(np.array(a[name])) for name in WEIGHTS]
    return lambda x: ((x @ w[0] + w[1]).tanh() @ w[2] + w[3]).tanh() @ w[4] + w[5]


def slopes(a, x, labels):
    x = torch.from_numpy(x).requires_grad_()
    return torch.autograd.grad(functional.cross_entropy(net_of(a)(x), torch.from_numpy(labels), reduction="sum"), x)[0].numpy()


@pytest.mark.slow
def test_fgm_is_robust_on_digits_and_random_noise_is_not():
    none, fgm, noise = (digits(method) for method in ("none", "fgm", "noise"))
    assert fgm["robust_accuracy"] >= none["robust_accuracy"] + 0.2
    assert fgm["clean_accuracy"] >= none["clean_accuracy"] - 0.02
    assert 0.01 <= none["fgm_accuracy"] - none["robust_accuracy"] <= 0.15
    assert noise["robust_accuracy"] <= fgm["robust_accuracy"] - 0.1


@pytest.mark.slow
def test_fgm_and_pgd_are_robust_on_moons_and_too_large_a_radius_costs():
    run = played(SLUG, "worst").timeline  # FGM and the plain net beside it, as long
    fgm, none = (line.frame.scalars["robust_accuracy"] for line in (run, run.other) if line)
    assert min(fgm, moons("pgd").scalars["robust_accuracy"]) >= none + 0.02
    assert moons("fgm", epsilon=0.8).scalars["clean_accuracy"] < 0.95


@pytest.mark.parametrize("values", [{}, {"norm": "linf"}, {"pgd_steps": 20, "pgd_alpha": 2.5}])
def test_disturbances_are_as_long_as_they_should_be(values):
    fgm, fgsm, pgd = (moons(method, 20, **values).arrays for method in ("fgm", "fgsm", "pgd"))
    assert np.linalg.norm(fgm["delta"], axis=1) == pytest.approx(0.3, rel=1e-9)
    assert np.abs(fgsm["delta"]).max(1) == pytest.approx(0.3, rel=1e-9)
    sizes = np.abs(pgd["ways"]).max(-1) if "norm" in values else np.linalg.norm(pgd["ways"], axis=-1)
    assert sizes.max() <= 0.3 + 1e-6 and np.array_equal(pgd["ways"][-1], pgd["delta"])
    assert sizes[0] == pytest.approx(0.3 * min(values.get("pgd_alpha", 2.5 / 5), 1))
    g = fgm["gradient"]
    assert fgm["delta"] == pytest.approx(0.3 * g / (np.linalg.norm(g, axis=1, keepdims=True) + 1e-12), abs=1e-12)
    assert fgsm["delta"] == pytest.approx(0.3 * np.sign(fgsm["gradient"]))
    noise = moons("noise", 20, **values).arrays["delta"]
    assert (np.abs(noise) if "norm" in values else np.linalg.norm(noise, axis=1)) == pytest.approx(0.3)
    raw = moons("raw", 20).arrays
    assert raw["delta"] == pytest.approx(0.3 * raw["gradient"]) and not moons("penalty1", 20).arrays["delta"].any()


@pytest.mark.parametrize(("norm", "method"), [("l2", "fgm"), ("linf", "fgsm")])
def test_one_step_of_pgd_is_fgm_or_fgsm_bit_for_bit(norm, method):
    one, two = moons("pgd", 50, pgd_steps=1, pgd_alpha=1.0, norm=norm).arrays, moons(method, 50).arrays
    assert all(np.array_equal(one[name], two[name]) for name in WEIGHTS)


@pytest.mark.parametrize("method", METHODS)
def test_without_a_radius_every_method_is_plain_training(method):
    one, two = moons(method, 50, epsilon=0.0).arrays, moons("none", 50).arrays
    assert all(one[name] == pytest.approx(two[name], abs=1e-6) for name in WEIGHTS)
    assert any(np.abs(moons(method, 50).arrays[name] - two[name]).max() > 1e-3 for name in WEIGHTS)


def test_the_meter_is_what_the_contract_says():
    """‖∇L(x+δ) − ∇(L + P)‖/‖∇P‖ from the frame's own weights, written out; it falls in proportion to ε."""
    frame = moons("fgm", 100)
    a = frame.arrays
    assert frame.scalars["equivalence_slope"] == pytest.approx(1, abs=0.1) and a["alike"][:, 0].min() > 0.999
    theta = [torch.from_numpy(np.array(a[name])).requires_grad_() for name in WEIGHTS]
    x, labels = torch.from_numpy(np.array(a["points"])).requires_grad_(), torch.from_numpy(a["labels"])

    def each(x):
        h = ((x @ theta[0] + theta[1]).tanh() @ theta[2] + theta[3]).tanh() @ theta[4] + theta[5]
        return functional.cross_entropy(h, labels, reduction="none")

    flat = lambda value: torch.cat([g.flatten() for g in torch.autograd.grad(value, theta, retain_graph=True)])  # noqa: E731
    (g,) = torch.autograd.grad(each(x).sum(), x, create_graph=True)
    length = g.norm(dim=1, keepdim=True)
    for name, way, p in (("raw", 0.01 * g, 0.005 * (length**2).mean()), ("unit", 0.01 * g / length, 0.01 * length.mean())):
        far = flat(each(x + way.detach()).mean()) - flat(each(x).mean() + p)
        assert frame.scalars[f"equivalence_{name}"] == pytest.approx(float(far.norm() / flat(p).norm()), rel=1e-6)


@pytest.mark.parametrize("norm", ["l2", "linf"])
def test_accuracies_and_slopes_are_those_of_the_weights(norm):
    frame = moons("none", 60, norm=norm, attack_epsilon=0.35)
    a, s = frame.arrays, frame.scalars
    x, labels = a["test_points"], a["test_labels"].astype(np.int64)

    def unit(g):
        return np.sign(g) if norm == "linf" else g / (np.linalg.norm(g, axis=1, keepdims=True) + 1e-12)

    def right(x):
        return (net_of(a)(torch.from_numpy(x)).argmax(1).numpy() == labels).mean()

    delta = np.zeros_like(x)
    for _ in range(20):
        delta = delta + 2.5 * 0.35 / 20 * unit(slopes(a, x + delta, labels))
        if norm == "linf":
            delta = np.clip(delta, -0.35, 0.35)
        else:
            delta = delta * np.minimum(1, 0.35 / np.linalg.norm(delta, axis=1, keepdims=True))
    step = 0.35 * unit(slopes(a, x, labels))
    assert [right(x), right(x + delta), right(x + step)] == [s[n] for n in ("clean_accuracy", "robust_accuracy", "fgm_accuracy")]  # fmt: skip
    trained = np.linalg.norm(slopes(a, a["points"], a["labels"].astype(np.int64)), axis=1)
    assert s["slope_mean"] == pytest.approx(np.linalg.norm(slopes(a, x, labels), axis=1).mean())
    assert (s["slope_max"], s["vanished"]) == pytest.approx((trained.max(), (trained < 1e-8).mean()))
    assert np.linalg.norm(a["gradient"], axis=1) == pytest.approx(trained)
    curve = moons("none", 50, norm=norm, attack_epsilon=0.3)
    told = [curve.scalars[n] for n in ("robust_accuracy", "fgm_accuracy")]
    assert curve.arrays["robust_curve"][:2, 3].tolist() == told
    assert len(set(curve.arrays["robust_curve"][:, 0])) == 1


def test_the_data_are_those_of_the_contract():
    session = engine.start(SLUG, {"points": 31, "noise": 0.2}, seed=5, device="cpu")
    a = session.advance(steps=1).arrays
    for name, count, state in (("points", 31, 5), ("test_points", 500, 1005)):
        x, _ = make_moons(count, noise=0.2, random_state=state)
        assert a[name] == pytest.approx((x - (0.5, 0.25)) / (0.87, 0.5))
    rows = np.random.default_rng(0).permutation(1797)[1297:1302]
    d = ended(120, bench="digits", method="none", digits_attack_epsilon=1.0).arrays
    wrong = [int((d[name] != d["digit_labels"]).sum()) for name in ("digit_before", "digit_after")]
    assert wrong[0] == 0 and wrong[1] >= 4 and np.linalg.norm(d["digit_delta"], axis=1) == pytest.approx(1.0)
    assert np.array_equal(d["digit_images"], load_digits().data[rows] / 16)
    assert np.array_equal(d["digit_labels"], load_digits().target[rows])


@pytest.mark.parametrize(("bench", "rate"), [("moons", 0.01), ("digits", 3e-3), ("embedding", 0.01)])
def test_adams_first_step_moves_every_layer_by_the_rate(bench, rate):
    session = engine.start(SLUG, {"bench": bench, "perturb": "vectors"}, seed=0, device="cpu")
    before = session.weights()
    session.run(steps=1)
    moved = [np.abs(after - before[name]).max() for name, after in session.weights().items()]
    assert moved == pytest.approx([rate] * len(before), rel=1e-4)


def test_counted_gradients():
    expected = {"none": 1, "noise": 1, "fgm": 2, "fgsm": 2, "raw": 2, "penalty1": 2, "penalty2": 2, "pgd": 8}
    assert {m: ended(1, method=m, pgd_steps=7, points=4).scalars["gradients"] for m in expected} == expected


@pytest.mark.parametrize(
    ("rows", "said"),
    [("0,0,1\n1,0,1\n0,2,1\n1,1,1\n", "class"), ("0,0,1\n1,0,0\n0,2,1\n", "4"), ("0,0,2\n1,0,1\n0,2,1\n1,1,0\n", "row 1"),
     ("0,1\n1,0\n2,1\n3,0\n", "three columns"), ("0,0,0\n1,0,0\n0,2,0\n1,1,1\n", "class 1")],
)  # fmt: skip
def test_a_table_that_cannot_be_used_is_refused_in_one_sentence(rows, said, tmp_path, capsys):
    (tmp_path / "own.csv").write_text(rows)
    assert command("run", SLUG, "--data", str(tmp_path / "own.csv"), "--steps", "5", "--set", "data=own") != 0
    assert said in capsys.readouterr().err.strip().splitlines()[-1]


def test_one_point_is_refused(capsys):
    assert command("run", SLUG, "--set", "points=1") == 2
    assert "4 to 500" in capsys.readouterr().err


@pytest.mark.parametrize("head", ["x1,x2,label\n", ""])
def test_own_points_are_used_as_they_are_and_equal_ones_may_have_different_labels(head):
    rows = [(0.5, -2, 0), (0.5, -2, 1)] * 4 + [(7, 3, 1)]
    text = head + "\n".join(",".join(map(str, row)) for row in rows)
    data = read_upload("own.csv", text.encode(), registry.find(SLUG).uploads)
    for method in ("none", *METHODS):
        frame = ended(30, data, data="own", method=method)
        assert all(np.isfinite(value) for name, value in frame.scalars.items() if "equivalence" not in name), method
    a = frame.arrays
    found = sorted([*map(tuple, np.column_stack([a["points"], a["labels"]])), *map(tuple, np.column_stack([a["test_points"], a["test_labels"]]))])  # fmt: skip
    assert found == sorted(rows) and sorted(a["test_labels"].tolist()) == [0, 1]
