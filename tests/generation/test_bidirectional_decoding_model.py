"""The lab of two hands as a session and through the command line: every line of the contract, and what training sees."""

import math

import numpy as np
import pytest
import torch

import engine
from engine.cli.commands import main
from engine.core.topic import Timeline
from engine.generation.bidirectional_decoding import claims, theory
from engine.generation.bidirectional_decoding.network import write
from tests.cli.said import one_line
from tests.contract.runs import played

SLUG = "bidirectional-decoding"


def begun(values=None, seed=0):
    return engine.start(SLUG, values or {}, seed=seed)


def arrays_of(chapter):
    return played(SLUG, chapter).timeline.frame.arrays


def test_truth_of_the_defaults_and_the_shapes_of_the_contract():
    frame = begun().advance(steps=1)
    assert frame.arrays["theory_l2r"].mean() == pytest.approx(0.5959, abs=1e-4)
    assert frame.arrays["theory_best"].mean() == pytest.approx(0.7400, abs=1e-4)
    assert frame.scalars["entropy"] == pytest.approx(0.4670, abs=1e-4)
    items, truth = frame.arrays["items"].astype(int), frame.arrays["truth"].astype(int)
    assert items.shape == (512, 15) and truth.shape == (512, 12)
    assert (
        (items[:, -1] - truth[:, -1] - items[:, -2]) % 8 == 0
    ).mean() > 0.85  # b = y_T + the last step, where it is shown right
    for name in ("one_l2r", "one_r2l", "bi_l2r", "bi_r2l", "chosen"):
        assert frame.arrays[name] == pytest.approx((frame.arrays[f"out_{name}"] == truth).mean(0))
    assert not np.triu(frame.arrays["look_l2r"], 1).any() and frame.arrays["look_l2r"].sum(1) == pytest.approx(1, abs=1e-5)


@pytest.mark.slow
def test_contract_of_the_default_run():
    frame = played(SLUG, "one_hand").timeline.frame
    a, s = frame.arrays, frame.scalars
    assert frame.step == 300
    for way in ("l2r", "r2l"):
        assert np.abs(a[f"one_{way}"] - a[f"theory_{way}"]).max() < 0.06
    assert a["bi_l2r"].mean() - a["one_l2r"].mean() > 0.10
    assert abs(a["chosen"].mean() - a["theory_best"].mean()) < 0.03
    assert a["forced_bi"][7:].min() > 0.97 and s["loss_one"] - s["loss_bi"] > 0.12
    assert (a["look_l2r"].argmax(1)[6:] == [6, 5, 4, 3, 2, 1]).sum() >= 5


@pytest.mark.slow
def test_contract_without_noise():
    a = begun({"noise": 0.0}).advance(steps=300).arrays
    assert min(a[name].min() for name in ("one_l2r", "one_r2l", "bi_l2r", "bi_r2l", "chosen")) > 0.97


@pytest.mark.slow
def test_contract_without_looks_is_the_same_pair_twice_bit_for_bit():
    a = arrays_of("choose")
    assert abs(a["bi_l2r"].mean() - a["one_l2r"].mean()) < 0.05
    for way in ("l2r", "r2l"):
        assert np.array_equal(a[f"out_bi_{way}"], a[f"out_one_{way}"])
    assert not a["look_l2r"].any()


def test_a_length_of_three_is_refused(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["engine", "run", SLUG, "--set", "length=3"])
    with pytest.raises(SystemExit) as left:
        main()
    said = one_line(capsys.readouterr().err)
    assert left.value.code == 2 and "length" in said and "4 to 24" in said


@pytest.mark.slow
def test_no_trained_one_way_writer_beats_the_entropy():
    """On 20 000 fresh tokens, less three standard errors."""
    model = played(SLUG, "one_hand").session._model
    fresh = theory.items(np.random.default_rng(3).random((theory.PLANES, 1667, 13)), 8, 0.1)
    papers = model.paper(fresh)
    with torch.no_grad():
        logits, _ = model.one.pair(papers)
    for said, sheet in zip(logits, papers, strict=True):
        losses = torch.nn.functional.cross_entropy(said.flatten(0, 1), sheet.y.flatten(), reduction="none")
        assert float(losses.mean()) >= theory.entropy(8, 0.1) - 3 * float(losses.std()) / math.sqrt(losses.numel())


def test_all_noise_leaves_a_blind_guess():
    """Four seeds together: guesses at different places are independent here, so that 3 standard errors are 0.006."""
    frames = [begun({"noise": 1.0}, seed).advance(steps=5) for seed in range(4)]
    assert frames[0].scalars["right_best"] == pytest.approx(1 / 8)
    for name in ("one_l2r", "one_r2l", "bi_l2r", "bi_r2l", "chosen"):
        found = np.mean([frame.arrays[name] for frame in frames])
        assert abs(found - 1 / 8) < 3 * math.sqrt(1 / 8 * 7 / 8 / (4 * 512 * 12)), name


def test_what_a_hand_sees_the_other_write_in_training():
    session = begun({"length": 6})
    session.advance(steps=3)
    model = session._model
    batch = model.paper(theory.items(model.draw(128, model.generator("test")), 8, 0.1))
    assert model.partners(batch) is None
    session.set(partner="own")
    model.take([session.params])
    own = write(model.bi.pair, batch).tokens
    assert all(torch.equal(*pair) for pair in zip(model.partners(batch), own, strict=True))
    session.set(partner="mix")
    model.take([session.params])
    for seen, written, sheet in zip(model.partners(batch), own, batch, strict=True):
        true, made = (seen == sheet.y).all(1), (seen == written).all(1)
        assert (true | made).all() and 30 < int(true.sum()) < 98
    (logits, _), partners = model.bi.pair(batch), own
    other = model.bi.pair(batch, partners)[0]
    assert not torch.equal(logits[0], other[0]) and torch.equal(logits[0][:, 0], other[0][:, 0])  # first inputs are the same


def test_noise_moves_the_test_and_its_laws_at_once_and_paths_stay():
    session = begun({"length": 6})
    before = session.advance(steps=10).arrays
    session.set(noise=0.4)
    after = session.look().arrays
    assert np.array_equal(before["truth"], after["truth"]) and not np.array_equal(before["items"], after["items"])
    assert (after["theory_best"] < before["theory_best"]).all()


@pytest.mark.slow
def test_a_wider_beam_gains_next_to_nothing():
    session = played(SLUG, "one_hand").session
    greedy, wide = session.look(), session.look({"beam": 4})
    assert abs(wide.scalars["right_chosen"] - greedy.scalars["right_chosen"]) < 0.03
    assert not np.array_equal(wide.arrays["look_l2r"], greedy.arrays["look_l2r"])


def test_taught_goes_by_a_hands_own_step_and_not_by_place():
    """The mean of the left hand at place n and of the right hand at place T + 1 − n, on the tested items, all tokens true."""
    session = begun({"length": 5})
    taught = session.advance(steps=40).arrays["forced_bi"]
    model = session._model
    given = theory.items(model.uniforms, 8, 0.1)
    with torch.no_grad():
        left, right = (logits.argmax(2).numpy() for logits in model.bi.shown(model.paper(given))[0])
    by_place = [(left == given.y).mean(0), (right[:, ::-1] == given.y).mean(0)]
    assert taught == pytest.approx((by_place[0] + by_place[1][::-1]) / 2, abs=1e-6)
    assert taught != pytest.approx((by_place[0] + by_place[1]) / 2, abs=1e-3)


def test_no_word_is_said_about_the_entropy_after_the_noise_was_moved():
    """The last loss is of the noise before."""
    session = begun({"length": 5})
    session.advance(steps=2)
    assert claims.floor(Timeline(session.look(), session.params)).agrees
    session.set(noise=0.9)
    assert claims.floor(Timeline(session.look(), session.params, marks=session.marks)) is None


def test_who_has_no_anchor_has_a_law_of_blind_guesses():
    a = begun({"length": 5, "right_anchor": False}).advance(steps=1).arrays
    assert a["theory_r2l"] == pytest.approx(1 / 8) and a["theory_best"] == pytest.approx(a["theory_l2r"])
