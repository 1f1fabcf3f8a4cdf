"""The race as a session: the same frames again, frames as declared, tests on schedule."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from engine.attention.position_encodings import TOPIC
from engine.attention.position_encodings.model import SNAPSHOT_EVERY, TEST_EVERY, Race
from engine.attention.position_encodings.params import RATIOS
from engine.attention.position_encodings.views.race import winners
from engine.core.frame import difference
from engine.core.model import Diverged
from engine.core.picture import Style
from engine.core.session import Session
from engine.core.topic import Timeline


def session(seed: int = 0, **values) -> Session:
    return Session(TOPIC, TOPIC.params.build({"contestants": "none,learned,t5,rope", **values}), seed, "cpu")


def test_frames_are_as_declared_and_do_not_depend_on_how_often_somebody_looked():
    often, seldom = session(stretch="NTK"), session(stretch="NTK")
    for _ in range(45):
        assert not TOPIC.check_frame(often.advance(steps=1), often.params)
    seldom.run(steps=45)
    assert difference(often.look(), seldom.look()) is None


def test_lenses_change_no_weight():
    plain, looked = session(), session()
    plain.run(steps=30)
    for value in ("alibi", "t5", "rope"):
        looked.set(encoding=value, stretch="ReRoPE", test_ratio=3.0)
        looked.look()
        looked.run(steps=10)
    looked.set(encoding="rope", stretch="none", test_ratio=2.0)
    assert difference(plain.look(), looked.look()) is None


def test_shared_weights_and_batches_are_the_same_for_all():
    race = session()._model
    assert isinstance(race, Race)
    one, other = race.nets["none"], race.nets["rope"]
    for a, b in zip(one.parameters(), other.parameters(), strict=True):
        assert torch.equal(a, b)


def test_company_changes_nothing_for_a_contestant():
    """One optimiser steps all nets, with T5's biases in a group of their own: each must learn as it would alone."""
    together = session(contestants="t5,rope,learned")
    together.run(steps=25)
    for name in ("t5", "rope", "learned"):
        alone = session(contestants=name)
        alone.run(steps=25)
        pairs = zip(alone._model.nets[name].parameters(), together._model.nets[name].parameters(), strict=True)
        assert all(torch.equal(lone, raced) for lone, raced in pairs)


def test_parts_of_a_step_are_seen_when_they_are_done():
    run = session()
    losses = [run.advance(parts=1).scalars["loss_rope"] for _ in TOPIC.parts]
    assert np.isnan(losses[0]) and losses[1] == losses[2] > 0


@pytest.fixture(scope="module")
def ended():
    """A race when every length has been tested on the way, and at its end."""
    run = session(schedule=100)
    between = run.advance(steps=TEST_EVERY * len(RATIOS))
    return run, between, run.advance(steps=100 - run.step)


def test_every_length_is_tested_on_the_way_and_in_full_at_the_end(ended):
    _, between, frame = ended
    assert between.arrays["tested_at"].min() > 0
    assert (frame.arrays["tested_at"] == 100).all()
    assert frame.scalars["snapshot_step"] == 100
    assert np.isfinite(frame.arrays["accuracy"]).all()


def test_maps_follow_the_snapshot():
    run = session()
    run.run(steps=SNAPSHOT_EVERY - 1)
    early = run.look()
    run.run(steps=1)
    late = run.look()
    assert early.scalars["snapshot_step"] == 0 and late.scalars["snapshot_step"] == SNAPSHOT_EVERY
    assert not np.array_equal(early.arrays["mass"], late.arrays["mass"])


def test_a_short_shift_of_all_positions_moves_only_absolute_attention():
    run = session(contestants="learned,t5")
    run.run(steps=20)
    for name, moves in (("t5", False), ("learned", True)):
        run.set(encoding=name, shifted=False)
        here = run.look()
        run.set(shifted=True)
        there = run.look()
        assert (difference_of(here, there, "mass") > 0) == moves
        assert (difference_of(here, there, "score") > 0) == moves


def difference_of(first, second, name) -> float:
    return float(np.nanmax(np.abs(first.arrays[name] - second.arrays[name])))


@pytest.mark.parametrize("task", ["lag", "first", "mirror", "repeat", "bag"])
def test_every_task_runs_with_every_encoding_and_every_view_draws(task):
    names = ",".join(TOPIC.params.controls()["contestants"].options)
    run = session(contestants=names, task=task, layers=2, layer=2, heads=2, test_ratio=8.0, shifted=True)
    for part in (0, 1, 2, 8):
        frame = run.advance(parts=part)
        assert not TOPIC.check_frame(frame, run.params)
        assert frame.nbytes < 100_000
        timeline = Timeline(frame, run.params)
        for view in TOPIC.views_for(run.params):
            for theme in ("light", "dark"):
                assert view.draw(timeline, Style(theme=theme)).meta["alt"]


def test_winners_share_a_length_within_the_error_of_the_test():
    accuracy = np.array([[0.90, 0.40, 0.13, np.nan], [0.89, 0.60, 0.12, np.nan], [0.85, np.nan, 0.125, np.nan]], np.float32)
    found = winners(accuracy, chance=0.125)
    assert found[:, 0].tolist() == [True, True, False]  # the second is within the error, the third is not
    assert found[:, 1].tolist() == [False, True, False]  # not tested is not a win
    assert not found[:, 2:].any()  # guessing is not a win, and neither is no test at all


def test_the_table_frames_every_winner(ended):
    run, _, frame = ended
    drawn = TOPIC.view("scoreboard").draw(Timeline(frame, run.params), Style())
    middles = {((box.y0 + box.y1) / 2, (box.x0 + box.x1) / 2) for box in drawn.plotly().layout.shapes}
    wins = winners(frame.arrays["accuracy"], frame.scalars["chance"])
    assert middles == {(float(row), float(column)) for row, column in np.argwhere(wins)} and wins.any()


def test_divergence_is_named():
    run = session(learning_rate=0.1)
    with torch.no_grad():
        run._model.nets["rope"].head.fill_(float("nan"))
    with pytest.raises(Diverged, match="loss of RoPE"):
        run.run(steps=1)


def test_xpos_far_beyond_its_scale_is_a_number():
    """Towards keys ahead it grows as 3.5^(n / B) and overflows float32 beyond 70·B; nobody reads there."""
    session = Session.start(
        "position-encodings",
        {
            "task": "repeat",
            "contestants": "xpos",
            "layers": 2,
            "train_length": 144,
            "xpos_scale": 16.0,
            "batch": 4,
            "schedule": 100,
        },
        seed=0,
    )
    frame = session.advance(steps=100)
    assert np.isfinite(frame.arrays["accuracy"]).all() and np.isfinite(frame.arrays["test_loss"]).all()
    assert max(frame.arrays["lengths"]) > 70 * 16
