"""The loop of the exposure bias lab: what schemes may touch, what must agree bit for bit, what frames depend on."""

import numpy as np
import pytest
import torch

from engine.core.frame import difference
from engine.core.language import translator
from engine.core.params import BadValue
from engine.core.session import Session
from engine.generation.decoders import Decoder, free_run
from engine.generation.exposure_bias import tasks
from engine.generation.exposure_bias.nets import schemes
from engine.generation.exposure_bias.params import SCHEMES, ExposureBiasParams
from engine.generation.exposure_bias.two_steps import TwoStep

TEXT = "the pupil reads what the teacher wrote, and alone it reads what it wrote itself. " * 60


def codes(text):
    return {"codes": np.array([ord(sign) for sign in text], np.int32)}


def compass(hidden=16, memory=True):
    task = tasks.Compass(0.1, 0.3, 8)
    return task, Decoder(8, 8, hidden, memory, torch.Generator().manual_seed(0))


# 11 --------------------------------------------------------------------------------------------------------------
def test_gradient_penalty_by_double_backward_agrees_with_finite_differences():
    """float64, two tokens, to 1e-5."""
    task = tasks.Compass(0.1, 0.3, 2)
    net = Decoder(2, 2, 8, True, torch.Generator().manual_seed(1)).double()
    y, c = torch.tensor([[0, 1], [1, 1]]), torch.tensor([[0, 1], [1, 0]])
    params = ExposureBiasParams.build({"penalty": 3.0})

    def objective():
        past = schemes.corrupt("penalty", net, y, c, torch.Generator(), task, 0.3, 1.0)
        lesson = schemes.forward("penalty", net, past, c, torch.Generator(), task, 1.0)
        return schemes.loss("penalty", net, lesson, y, c, task, params)[0]

    objective().backward()
    for weight in (net.past.weight, net.head.weight, net.body.weight_hh_l0):
        for place in (0, weight.numel() - 1):
            flat = weight.data.view(-1)
            value, step = float(flat[place]), 1e-5
            ends = []
            for sign in (1, -1):
                flat[place] = value + sign * step
                ends.append(float(objective().detach()))
            flat[place] = value
            assert float(weight.grad.view(-1)[place]) == pytest.approx((ends[0] - ends[1]) / (2 * step), abs=1e-5)


@pytest.mark.parametrize("scheme", ["replace", "su", "two-pass", "scheduled"])
def test_corruption_keeps_the_begin_sign_and_the_targets(scheme):
    task, net = compass()
    y, c = torch.randint(8, (64, 32)), torch.randint(8, (64, 32))
    before = y.clone()
    past = schemes.corrupt(scheme, net, y, c, torch.Generator().manual_seed(0), task, 0.9, 0.0)
    assert (past[:, 0] == 8).all()
    assert torch.equal(y, before)
    assert int(past[:, 1:].max()) < 8


def test_replacement_changes_the_share_it_says():
    """Expected share of changed inputs r (1 - 1/m), within 3 standard errors; the article's scheme half of 30 %."""
    task, net = compass()
    noise = torch.Generator().manual_seed(0)
    y = torch.randint(8, (4000, 32), generator=noise)
    past = schemes.corrupt("replace", net, y, y, noise, task, 0.3, 1.0)[:, 1:]
    expected = 0.3 * 7 / 8
    assert abs((past != y[:, :-1]).double().mean() - expected) < 3 * np.sqrt(expected * (1 - expected) / past.numel())
    past = schemes.corrupt("su", net, y, y, noise, task, 0.3, 1.0)[:, 1:]
    touched = (past != y[:, :-1]).any(1).double().mean()
    assert abs(touched - 0.5) < 3 * 0.5 / np.sqrt(4000) + 1e-3
    inside = [set(row.tolist()) >= set(changed.tolist()) for row, changed in zip(y, past, strict=True)]
    assert all(inside)  # only tokens of the same target


# 12 --------------------------------------------------------------------------------------------------------------
def test_nothing_replaced_and_nothing_sampled_are_teacher_forcing_bit_for_bit():
    """r = 0, and a truth probability of one, with the same seed."""
    values = {"rate": 0.0, "schedule": "constant", "truth": 1.0, "schemes": "replace,scheduled,two-pass"}
    session = Session.start("exposure-bias", {"hidden": 16, **values}, seed=0)
    session.run(steps=10)
    first, *others = [list(arm.net.parameters()) for arm in session._model.arms]
    for other in others:
        assert all(torch.equal(a, b) for a, b in zip(first, other, strict=True))


# 14 --------------------------------------------------------------------------------------------------------------
def test_three_gradient_rows_against_automatic_differentiation():
    """Teacher forcing, softmax over the four sequences, beam criterion, on the article's six logits, to 1e-10."""
    table = TwoStep()
    logits = torch.tensor(np.log(table.edges()), requires_grad=True)
    rows = logits.view(3, 2).log_softmax(1)
    teacher = -(rows[0, 0] + rows[1, 0])
    scores = torch.stack([logits[0] + logits[2], logits[0] + logits[3], logits[1] + logits[4], logits[1] + logits[5]])
    whole, margin = -scores.log_softmax(0)[0], scores.max() - scores[0]
    for kind, objective in enumerate((teacher, whole, margin)):
        (gradient,) = torch.autograd.grad(objective, logits, retain_graph=True, allow_unused=True)
        assert np.abs(gradient.numpy() - table.gradients()[kind]).max() < 1e-10
    assert table.gradients()[2].tolist() == [-1, 1, -1, 0, 0, 1]


def test_the_row_after_c_never_moves_in_a_table_unless_c_is_drawn():
    """Teacher forcing and the article's alphabet {a, b} leave w bit-identical; uniform tokens add -(r/4) w to (c, b)."""
    start = torch.tensor(np.log(TwoStep().edges()))
    logits = start.clone().requires_grad_()
    for _ in range(50):
        rows = logits.view(3, 2).log_softmax(1)
        (-(rows[0, 0] + rows[1, 0] * (1 - 0.075))).backward()  # the rest of the inputs is b, a row of its own
        with torch.no_grad():
            logits -= 0.1 * logits.grad
            logits.grad.zero_()
    assert torch.equal(logits[4:], start[4:])
    rows = start.clone().requires_grad_()
    (-(0.15 / 4) * rows[4:].log_softmax(0)[0]).backward()
    assert float(rows.grad[4]) == pytest.approx(-0.03375, abs=1e-12)


def test_shifting_an_untrained_row_changes_the_wished_model_only():
    """A constant on the row after c: -1 gives (a, b) 0.4417 against (c, d) 0.1773."""
    shifted = TwoStep().shifted(-1.0)
    assert (shifted[0], shifted[3]) == pytest.approx((0.4417, 0.1773), abs=5e-5)


def test_the_fast_runner_is_the_decoder():
    """Forced through the true past, the step-by-step run gives the parallel net's choices and losses."""
    for memory in (True, False):
        _, net = compass(memory=memory)
        y, c = torch.randint(8, (32, 20)), torch.randint(8, (32, 20))
        run = free_run(net, c, forced=y, reference=y, keep=slice(0, 32))
        logits = net(net.shifted(y), c).detach()
        assert torch.allclose(run.distributions, torch.softmax(logits, 2), atol=1e-5)
        losses = torch.nn.functional.cross_entropy(logits.flatten(0, 1), y.flatten(), reduction="none").view(32, 20)
        assert torch.allclose(run.surprise, losses, atol=1e-4)


@pytest.mark.parametrize(
    "scheme", ["teacher", "replace", "su", "scheduled", "two-pass", "gumbel", "penalty", "shift", "teaforn"]
)
def test_every_scheme_runs_on_every_task_and_repeats_bit_for_bit(scheme):
    small = {"hidden": 16, "batch": 8, "length": 24, "remedy": scheme, "schemes": ""}
    for values, data in (
        ({}, None),
        ({"decoder": "Markov"}, None),
        ({"task": "counter"}, None),
        ({"task": "text"}, codes(TEXT)),
    ):
        frames = []
        for slices in ((27,), (5, 22)):
            session = Session.start("exposure-bias", {**small, **values}, seed=1, data=data)
            for steps in slices:
                session.run(steps=steps)
                if len(slices) > 1:
                    session.look()
            frames.append(session.look())
            assert session.topic.check_frame(frames[-1], session.params) == []
        assert difference(*frames) is None


def test_a_frame_does_not_depend_on_what_was_looked_at_before():
    """Rollouts are kept between looks: moving the error away and back gives the same frame."""
    session = Session.start("exposure-bias", {"hidden": 16, "schemes": "su"}, seed=0)
    first = session.advance(steps=30)
    session.set(inject_at=20.0, inject=4, decoding="beam", probe=9.0)
    session.look()
    session.set(inject_at=12.0, inject=1, decoding="greedy", probe=16.0)
    assert difference(first, session.look()) is None


def test_switching_the_remedy_takes_effect_in_the_running_loop():
    session = Session.start("exposure-bias", {"hidden": 16, "schemes": "teacher", "rate": 1.0}, seed=0)
    session.run(steps=10)
    live, teacher = session._model.arms
    assert all(torch.equal(a, b) for a, b in zip(live.net.parameters(), teacher.net.parameters(), strict=True))
    session.set(remedy="replace")
    session.run(steps=5)
    assert not torch.equal(live.net.past.weight, teacher.net.past.weight)
    assert session.marks == (10,)


@pytest.mark.parametrize("text", ["too short", "a" * 5000, "ab" * 1_100_000])
def test_text_outside_the_limits_is_answered_with_a_sentence(text):
    with pytest.raises(BadValue) as caught:
        Session.start("exposure-bias", {"task": "text"}, data=codes(text))
    assert "character" in str(caught.value)


def test_own_text_without_a_file_is_refused():
    with pytest.raises(BadValue, match="upload a file first"):
        Session.start("exposure-bias", {"task": "text"})


def test_characters_never_seen_in_training_are_counted_and_written_as_one_sign():
    text = tasks.Text(codes("abcdefgh " * 300 + "xyz" * 60)["codes"], 48)
    assert text.unseen == pytest.approx(180 / 288, abs=1e-9)
    assert chr(text.spell(np.array([text.symbols - 1]))[0]) == tasks.OTHER


@pytest.mark.parametrize(
    ("values", "field", "english", "chinese"),
    [
        (
            {"batch": 128, "length": 128, "hidden": 128, "schemes": ",".join(SCHEMES)},
            "batch",
            "A batch of 128 is too large",
            "批大小 128 太大",
        ),
        ({"task": "counter", "decoder": "Markov"}, "decoder", "cannot learn the counter", "学不会计数器"),
    ],
)
def test_what_cannot_be_is_refused_before_it_starts_in_the_readers_language(values, field, english, chinese):
    with pytest.raises(BadValue, match=english) as caught:
        ExposureBiasParams.build(values)
    assert caught.value.name == field
    assert chinese in translator("zh", "exposure-bias")(caught.value.template).format(**caught.value.fields)


@pytest.mark.parametrize(
    "values", [{"noise": 0.0, "jump": 0.0}, {"noise": 1.0}, {"labels": 2}, {"labels": 64, "length": 24, "schemes": ""}]
)
def test_edges_of_the_compass_give_whole_frames(values):
    """delta or eta 0 (ln 0 in Viterbi), no source at all, two labels, many labels."""
    session = Session.start("exposure-bias", {"hidden": 16, "batch": 8, **values}, seed=0)
    frame = session.advance(steps=2)
    assert session.topic.check_frame(frame, session.params) == []
    assert np.isfinite(frame.arrays["search_beam"][0]).all()
