"""The masking lab as a session and through the command line: the contract's numbers, and what is refused."""

from pathlib import Path

import numpy as np
import pytest
import torch

import engine
from engine.core import registry
from engine.training.masking import observe, theory
from engine.training.masking.data import padded
from tests.command_line import command


def session(seed: int = 0, **values):
    return engine.start("masking", values, seed=seed, device="cpu")


@pytest.fixture(scope="module")
def trained():
    """Default runs at their ends, by layer."""
    runs = {}

    def get(layer: str, seed: int = 0):
        if (layer, seed) not in runs:
            runs[layer, seed] = session(seed, layer=layer)
            runs[layer, seed].advance(steps=250 if layer == "bigru" else 500)
        return runs[layer, seed]

    return get


def at(run, **values):
    run.set(**values)
    return run.look()


@pytest.mark.slow
@pytest.mark.parametrize("layer", ["mean", "max", "attention", "bigru", "self_attention", "conv"])
def test_with_a_mask_answers_are_flat_and_nothing_is_nan(trained, layer):
    frame = at(trained(layer), test_padding=96, constant="inf", precision="float16")
    assert frame.scalars["max_dp_masked"] < 1e-6
    assert {name for name, found in frame.arrays.items() if np.isnan(found).any()} <= {"desk_empty"}
    assert all(np.isfinite(value) for value in frame.scalars.values())
    s = at(trained(layer), constant="1e10", precision="float32").scalars
    assert s["max_dp_masked"] < 1e-6
    model = trained(layer)._model
    longer = padded(model.sentences.test_ids, 96)
    with torch.no_grad():
        for name, mask in (("masked", longer > 0), ("unmasked", torch.ones_like(longer, dtype=torch.bool))):
            right = getattr(model, name)(longer, mask).argmax(1) == model.sentences.test_labels
            assert s[f"accuracy_{name}"] == pytest.approx(float(right.double().mean()), abs=0.0011)  # of all 1,000; one tie


@pytest.mark.slow
@pytest.mark.parametrize(("seed", "own", "fall"), [(0, 1, 0.15), (3, 2, 0.2)])
def test_the_mean_loses_its_accuracy_to_the_class_of_padding_itself(trained, seed, own, fall):
    """The contract's "> 0.2 at 192" needs a padding of a rare class (seed 3). At seed 0 it is the middle one, of 68 %: endless padding costs 0.22."""
    run, found = trained("mean", seed), []
    for total in (12, 96, 192):
        frame = at(run, test_padding=total)
        found.append(frame.scalars["accuracy_unmasked"])
        assert frame.scalars["accuracy_masked"] == pytest.approx(0.94, abs=0.02 if seed == 0 else 0.03)
    a = frame.arrays
    endless = theory.answer(a, "u", theory.pool("mean", a, "u", a["test_ids"], 10**7, masked=False)).argmax(-1)
    share = float((a["test_labels"] == own).mean())
    assert (endless == own).all() and found[0] - found[1] > 0.1 and found[0] - found[2] > fall
    assert found[2] - share < 0.25 * (found[0] - share)


@pytest.mark.slow
def test_attention_hides_it_and_a_maximum_jumps_once(trained):
    frame = at(trained("attention"), test_padding=96)
    s = frame.scalars
    assert s["accuracy_unmasked"] > 0.9 and s["max_dp_unmasked"] > 0.1
    assert frame.arrays["dp_along"][1, 3] == pytest.approx(s["max_dp_unmasked"], abs=1e-6), "measured from 12 on"
    near, far = (at(trained("max"), test_padding=total).scalars["max_dp_unmasked"] for total in (24, 96))
    assert near == pytest.approx(far, abs=1e-7) and 0 < near < 0.2


@pytest.mark.slow
def test_a_recurrent_net_without_a_mask(trained):
    """[checked] Accuracy hides that probabilities are tossed about; served one at a time it is worse than with a mask."""
    run = trained("bigru")
    s = at(run, test_padding=12).scalars
    assert abs(s["accuracy_masked"] - s["accuracy_unmasked"]) < 0.03
    assert at(run, test_padding=24).scalars["max_dp_unmasked"] > 0.5
    model, right = run._model, []
    for network in (model.masked, model.unmasked):
        rows = [row[row > 0][None] for row in model.sentences.test_ids[:300]]
        answers = [int(observe.chances(network, row, row.shape[1], masked=False).argmax()) for row in rows]
        right.append(np.mean(np.array(answers) == model.sentences.test_labels[:300].numpy()))
    assert right[0] > right[1]


@pytest.mark.parametrize(("row", "count"), [("zero", 2), ("trainable", 3)])
def test_convolutions_are_contaminated_so_far(row, count):
    run = session(layer="conv", pad_row=row, test_padding=24)
    frame = run.advance(steps=20)
    lengths = (frame.arrays["test_ids"] > 0).sum(1)
    for number in np.flatnonzero(lengths >= 3)[:5]:
        assert at(run, sentence=int(number)).scalars["contaminated"] == count
    assert at(run, sentence=0, pad_side="left").scalars["contaminated"] == count
    assert bool(run.weights()["unmasked.embedding"][0].any()) == (row == "trainable")


@pytest.mark.parametrize("layer", ["mean", "max", "attention", "bigru", "self_attention", "conv"])
def test_only_without_a_mask_padding_gets_gradients_and_its_side_matters_where_places_do(layer):
    run = session(layer=layer)
    s = run.advance(steps=20).scalars
    assert s["pad_gradient_masked"] == 0 and s["pad_gradient_unmasked"] > 0
    frames = [at(run, test_padding=96, pad_side=side) for side in ("right", "left")]
    for a in (frame.arrays for frame in frames):
        assert np.abs(a["p_along"][:, 7] - [a["p_masked"], a["p_unmasked"]]).max() < 1e-6
    assert (np.ptp([frame.scalars["max_dp_unmasked"] for frame in frames]) > 1e-3) == (layer in ("conv", "bigru"))


def test_a_plain_list_gets_gradients_and_no_step():
    a = session(bench="composite", registered=False).advance(steps=20).arrays
    assert (a["moved"][:4] == 0).all() and (a["moved"][4:] > 0).all() and (a["gradient"] > 0).all()


def test_what_is_tested_is_not_trained_on():
    one, other = session(bench="composite"), session(bench="composite")
    other._model.digits.test_x.zero_()
    assert np.array_equal(one.advance(steps=3).arrays["gradient"], other.advance(steps=3).arrays["gradient"])


def test_the_desk():
    run = session()
    s = run.look().scalars
    assert (s["desk_naive_mean"], s["desk_masked_mean"], s["desk_naive_max"], s["desk_masked_max"]) == (1.625, 2.6, 0, -1)
    assert np.array_equal(run.look().arrays["desk_empty"], np.full(8, 0.125, np.float32))
    raw = np.exp([1.0, 0, 3, 4, 5, 0, 0, 0]) / np.exp([1.0, 0, 3, 4, 5, 0, 0, 0]).sum()
    assert np.abs(at(run, constant="1e4").arrays["desk_empty"] - raw).max() < 0.002
    assert np.isnan(at(run, constant="inf").arrays["desk_empty"]).all()
    assert np.isnan(at(run, constant="1e10", precision="float16").arrays["desk_empty"]).all()
    assert at(run, desk_zeros=0).scalars["desk_naive_max"] == -1


@pytest.mark.slow
def test_what_is_trained_at_48_has_learned_nothing_there():
    """[expected] was that the unmasked mean gets good at 48. It does not: vectors so diluted teach it the commonest class alone."""
    run = session(train_padding="48")
    frame = run.advance(steps=500)
    commonest = np.bincount(frame.arrays["test_labels"]).max() / 1000
    there, elsewhere = (at(run, test_padding=total).scalars["accuracy_unmasked"] for total in (48, 12))
    assert there == pytest.approx(commonest, abs=0.02) and elsewhere > there


def test_too_little_padding_is_refused_in_one_line(tmp_path: Path, capsys):
    assert command("run", "masking", "--set", "test_padding=5", "--steps", "1", "--out", str(tmp_path)) == 2
    said = capsys.readouterr().err.strip()
    assert "\n" not in said and "test_padding" in said and "12" in said and "192" in said


def test_lengths_of_runs():
    topic = registry.find("masking")
    chosen = ({}, {"layer": "bigru"}, {"bench": "composite"}, {"bench": "composite", "layer": "bigru"})
    assert [topic.tempo(topic.params.build(values)).steps for values in chosen] == [500, 250, 400, 400]
