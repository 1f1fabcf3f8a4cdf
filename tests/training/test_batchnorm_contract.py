"""The batch normalisation lab as a session and through the command line: every line of the contract."""

import math
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

import engine
from engine.cli.commands import main
from engine.training import normalisation
from engine.training.batchnorm import probe, theory
from engine.training.classifier import split
from tests.cli.said import one_line

SLUG = "batchnorm"


def ended(values, steps=200):
    return engine.start(SLUG, values, seed=0).advance(steps=steps)


def dead(loss, most):
    return math.isnan(loss) or loss > most


@pytest.mark.slow
def test_at_rate_one_bn_learns_and_the_plain_net_does_not():
    assert ended({"learning_rate": 1.0}).scalars["train_loss"] < 0.2
    assert dead(ended({"learning_rate": 1.0, "normaliser": "none"}).scalars["train_loss"], 1.5)


@pytest.mark.slow
def test_at_rate_three_only_bn_learns():
    assert ended({"learning_rate": 3.0}).scalars["train_loss"] < 0.5
    for kind in ("none", "centre", "ln"):
        assert dead(ended({"learning_rate": 3.0, "normaliser": kind}).scalars["train_loss"], 1.0), kind


@pytest.mark.slow
def test_centring_smooths():
    found = {kind: ended({"learning_rate": 0.05, "normaliser": kind}).scalars for kind in ("none", "bn", "centre")}
    wide = {kind: s["mean_loss_range"] for kind, s in found.items()}
    rough = {kind: s["mean_smoothness"] for kind, s in found.items()}
    assert wide["none"] >= 10 * wide["bn"] and wide["centre"] <= 2 * wide["bn"]
    assert rough["none"] > 20 and abs(rough["bn"] - 5.2) < 2 and abs(rough["centre"] - 2.0) < 0.8


@pytest.mark.parametrize(
    ("kind", "curvature", "loss", "moment"), [("raw", 10.4457, 0.1503143, 15.0048), ("centred", 0.69100, 0.1967747, 4.6924)]
)
def test_the_exact_twin(kind, curvature, loss, moment):
    s = ended({"bench": "twin", "twin_input": kind}, 600).scalars
    assert (s["lambda_max"], s["twin_loss"], s["second_moment"]) == pytest.approx((curvature, loss, moment), abs=1e-4)


def test_equal_rights_of_the_standardised_twin():
    s = ended({"bench": "twin", "twin_input": "standardised"}, 600).scalars
    assert s["lambda_max"] == pytest.approx(7.3414, abs=1e-3) and s["second_moment"] == pytest.approx(61, abs=1e-3)
    assert s["condition"] == pytest.approx(148, abs=1)


@pytest.mark.parametrize("kind", ["raw", "centred", "standardised"])
def test_the_edge_is_two_over_the_curvature(kind):
    s = ended({"bench": "twin", "twin_input": kind, "twin_rate": 1.02}, 600).scalars
    assert s["twin_loss"] > 1e10 or s["diverged_at"] >= 0
    assert 0 <= ended({"bench": "twin", "twin_input": kind, "twin_rate": 2.0}, 600).scalars["diverged_at"] <= 600


@pytest.mark.parametrize("values", [{}, {"normaliser": "noisy_bn"}, {"learning_rate": 3.0}, {"placement": "before_linear"}])
def test_the_heart_of_the_lab(values):
    frame = ended(values, 25)
    a, s = frame.arrays, frame.scalars
    assert a["grad_pre"] == pytest.approx(normalisation.backward(a["pre"], a["grad_post"], a["gamma"]), rel=1e-3, abs=1e-9)
    assert len(np.unique(a["batch_rows"])) == 128 and a["batch_rows"].max() < 1400
    if "placement" not in values:  # there the weights are followed by ReLU, and a bias is stretched along
        length = np.sqrt(np.square(a["w_first"]).sum(0) * np.square(a["grad_w_first"]).sum(0))
        assert (np.abs((a["w_first"] * a["grad_w_first"]).sum(0)) <= 1e-3 * length).all()
        assert s["predicted_norm2"] / s["weight_norm2"] == pytest.approx(1, abs=1e-3)


def test_a_net_of_one_layer_is_torchs_own():
    session: Any = engine.start(SLUG, {"depth": 1, "learning_rate": 0.5, "init_scale": 1.5, "input_shift": 0.3})
    theta = {name: part[0].detach().clone() for name, part in session._model.net.theta.items()}
    assert float(theta["w0"].square().sum()) == pytest.approx(2 * 64 * 1.5**2, rel=0.1)
    norm: Any = nn.BatchNorm1d(64)
    own = nn.Sequential(nn.Linear(64, 64, bias=False), norm, nn.ReLU(), nn.Linear(64, 10)).double()
    start = {"0.weight": theta["w0"].T, "3.weight": theta["w_out"].T, "3.bias": theta["b_out"][0]}
    own.load_state_dict(start, strict=False)
    data, loss_of, descent = split(torch.device("cpu")), nn.CrossEntropyLoss(), torch.optim.SGD(own.parameters(), 0.5)
    x, test_x = data.x + 0.3, data.test_x + 0.3
    for _ in range(6):
        frame = session.advance(steps=1)
        rows = torch.from_numpy(frame.arrays["batch_rows"]).long()
        descent.zero_grad()
        loss = loss_of(own(x[rows]), data.labels[rows])
        loss.backward()
        descent.step()
    right = []
    with torch.no_grad():
        right.append((own.eval()(test_x).argmax(1) == data.test_labels).double().mean())
        norm.track_running_stats, norm.running_mean, norm.running_var = False, None, None
        right.append((own(test_x).argmax(1) == data.test_labels).double().mean())
        all_rows = loss_of(own(x), data.labels)
    names = ("batch_loss", "train_loss", "test_accuracy", "test_accuracy_batch", "effective_rate")
    told = [loss.item(), float(all_rows), *map(float, right), 0.5 / float(own.state_dict()["0.weight"].square().sum())]
    assert [frame.scalars[name] for name in names] == pytest.approx(told, abs=1e-9) and right[0] != right[1]


def test_every_direction_of_the_twin_shrinks_by_6():
    frame = ended({"bench": "twin", "twin_input": "centred", "twin_rate": 0.7}, 50)
    twin = theory.twin("centred")
    start = twin.excess(np.zeros_like(twin.best))
    law = start * theory.factors(twin.eigenvalues, 0.7 * 2 / twin.curvature) ** 100
    assert frame.arrays["excess"] == pytest.approx(law, rel=1e-6, abs=1e-12)


def test_a_batch_of_one_is_refused(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["engine", "run", SLUG, "--set", "batch_size=1"])
    with pytest.raises(SystemExit) as left:
        main()
    said = one_line(capsys.readouterr().err)
    assert left.value.code == 2 and "batch_size" in said and "4 to 512" in said


def test_a_run_that_diverges_stands_still_and_says_when():
    session = engine.start(SLUG, {"learning_rate": 3.0, "normaliser": "none"})
    first = session.advance(steps=20)
    later = session.advance(steps=20)
    assert 0 < first.scalars["diverged_at"] == later.scalars["diverged_at"] <= 20 and later.step == 40
    assert all(math.isnan(later.scalars[name]) for name in ("batch_loss", "train_loss", "test_accuracy"))
    assert np.array_equal(first.arrays["w_first"], later.arrays["w_first"], equal_nan=True)


def test_a_look_is_taken_at_the_first_step_and_at_every_tenth_from_there():
    session = engine.start(SLUG, {"depth": 1})
    seen = [session.advance(steps=n).scalars["smoothness"] for n in (1, 9, 1)]
    assert seen[0] == seen[1] > 0 and seen[2] != seen[1]


def test_looks_along_the_gradient_leave_no_trace(monkeypatch):
    one = ended({}, 12)
    monkeypatch.setattr(probe, "look", lambda *given: None)
    other = ended({}, 12)
    assert (
        one.scalars["train_loss"] == other.scalars["train_loss"]
        and one.scalars["test_accuracy"] == other.scalars["test_accuracy"]
    )


def test_bn_and_the_mean_alone_do_not_notice_an_input_shift():
    for kind, same in (("bn", True), ("centre", True), ("none", False)):
        still, moved = (ended({"normaliser": kind, "input_shift": s}, 3).scalars for s in (0.0, 1.0))
        for name in ("train_loss", "test_accuracy_batch"):
            assert (abs(still[name] - moved[name]) < 1e-8) == same, (kind, name)


def test_the_plain_twins_curvature_grows_like_the_square_of_the_shift():
    near, far = (theory.twin("raw", s).curvature for s in (2.0, 4.0))
    assert 3 < far / near < 4 and theory.twin("centred", 4.0).curvature == pytest.approx(0.69096, abs=1e-4)


@pytest.mark.slow
def test_small_weights_leave_the_plain_net_on_a_plateau():
    """Phenomenon 5, with normal weights of the variance of torch's default ones."""
    s = ended({"normaliser": "none", "init_scale": 0.408}, 100).scalars
    assert s["train_loss"] > 2.25 and s["mean_smoothness"] < 3
    assert ended({"init_scale": 0.408, "learning_rate": 0.3}, 100).scalars["train_loss"] < 0.1


@pytest.mark.slow
def test_sixteen_rows_are_enough():
    """Phenomenon 4. With four rows our nets end lower than the 0.64 of the brief: 0.52, 0.58 and 0.68 with seeds 0, 1, 2."""
    right = {size: ended({"batch_size": size}).scalars["test_accuracy_batch"] for size in (4, 16)}
    assert right[4] < 0.75 and right[16] > 0.88


@pytest.mark.slow
def test_noise_after_bn_does_not_undo_it():
    """Phenomenon 6, at the default seed."""
    noisy, plain = (ended({"normaliser": kind, "learning_rate": 0.3}).scalars["train_loss"] for kind in ("noisy_bn", "none"))
    assert noisy < plain
