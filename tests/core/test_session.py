"""Sessions and scores: what advances, what takes effect when, and that a score replays bit for bit."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

import engine
from engine.core.frame import difference
from engine.core.params import BadValue, UnknownName
from engine.core.score import Change, Score, check_seed, digest
from engine.core.session import Session

pytestmark = pytest.mark.usefixtures("descent")


def start(seed: int = 0, **values) -> Session:
    return engine.start("descent", values, seed=seed, device="cpu")


def test_nothing_moves_until_somebody_asks():
    session = start()
    first = session.look()
    assert session.step == 0 and difference(first, session.look()) is None


def test_advance_by_steps_is_exact():
    session = start()
    assert session.advance(steps=7).step == 7
    assert session.advance(steps=1).step == 8
    assert session.run(steps=0) == 0 and session.step == 8


def test_advance_by_seconds_ends_soon_after_them_at_the_end_of_a_step():
    session = start()
    frame = session.advance(seconds=0.05)
    assert frame.step > 0 and frame.part == ""
    assert 0.05 <= session.seconds < 1.0


def test_parts_are_the_declared_ones_in_order_and_the_last_ends_the_step():
    session = start()
    seen = [(frame.step, frame.part) for frame in (session.advance(parts=1) for _ in range(4))]
    assert seen == [(0, "gradient"), (1, ""), (1, "gradient"), (2, "")]


def test_part_by_part_and_step_by_step_lead_to_the_same_frame():
    slow, quick = start(), start()
    for _ in range(6):
        slow.advance(parts=1)
    assert difference(slow.look(), quick.advance(steps=3)) is None


def test_a_hot_value_holds_from_the_next_step_and_stands_in_the_score():
    session = start()
    session.advance(steps=3)
    assert session.set(rate=0.5) == 3
    assert session.params.rate == 0.5
    assert session.score.changes[0].model_dump() == {"step": 3, "values": {"rate": 0.5}}
    assert session.marks == (3,)


def test_a_value_set_in_the_middle_of_a_step_waits_for_the_next_one():
    session = start(noise=False)
    session.advance(steps=2)
    session.advance(parts=1)
    assert session.set(rate=0.9) == 3
    assert session.params.rate == 0.1
    before = session.look().arrays["point"]
    after = session.advance(parts=1).arrays["point"]
    np.testing.assert_allclose(after, 0.9 * before, rtol=1e-6)  # still with the old rate
    assert session.params.rate == 0.9
    np.testing.assert_allclose(session.advance(steps=1).arrays["point"], 0.1 * after, rtol=1e-5)
    assert session.score.changes[0].step == 3


def test_two_values_set_in_the_middle_of_a_step_both_arrive():
    session = start()
    session.advance(parts=1)
    session.set(rate=0.9)
    session.set(pull=0.5)
    session.advance(parts=1)
    assert (session.params.rate, session.params.pull) == (0.9, 0.5)
    assert len(session.score.changes) == 1


def test_what_comes_before_the_first_step_is_done_in_pieces_and_leaves_no_trace():
    """Paused, looked at, changed and left between two pieces; a replay is the same."""
    session, whole = start(warm=10, kinds=True), start(warm=10, kinds=True)
    first = session.look()
    assert session.run(seconds=0.001) == session.run(steps=0) == 0
    early = session.look()
    assert (early.step, early.part) == (0, "") and 0 < early.scalars["took"] < 10
    assert difference(first, early) is None  # but for the clock
    assert session.set(rate=0.5) == 0 and session.score.changes[0].step == 0
    assert not session.prepare(0.001) and session.prepare(60) and session.prepare(0)
    assert session.step == 0 and session.look().part == ""
    session.advance(parts=1)
    assert session.look().part == "gradient" and session.advance(parts=1).step == 1
    whole.set(rate=0.5)
    assert difference(session.advance(steps=4), whole.advance(steps=5)) is None
    assert difference(session.look(), Session.from_score(session.score, "cpu").look()) is None
    left = start(warm=10)
    left.run(seconds=0.001)
    left.close()
    assert left.run(steps=3) == 0 and left.prepare(0)


def test_a_lens_changes_the_look_not_the_loop_and_leaves_no_mark():
    one, two = start(), start()
    one.advance(steps=3)
    two.advance(steps=3)
    one.set(look_at=1.5)
    assert one.look().scalars["seen"] != two.look().scalars["seen"]
    assert one.marks == () and one.score.changes
    np.testing.assert_array_equal(one.advance(steps=5).arrays["point"], two.advance(steps=5).arrays["point"])


@pytest.mark.parametrize("values", [{"size": 5}, {"rate": 0.5, "shape": "valley"}])
def test_a_cold_value_is_refused_and_nothing_changes(values):
    session = start()
    with pytest.raises(BadValue, match="restarts the run"):
        session.set(**values)
    assert session.params.rate == 0.1 and session.score.changes == ()


@pytest.mark.parametrize("value", ["abc", math.nan, math.inf, 99, -1, None, [], True])
def test_a_bad_value_is_refused_and_nothing_changes(value):
    session = start()
    session.advance(steps=2)
    with pytest.raises(BadValue):
        session.set(pull=0.5, rate=value)
    assert session.params.changed() == {} and session.score.changes == () and session.version == 0
    with pytest.raises(UnknownName):
        session.set(rat=0.5)


def test_setting_what_already_holds_is_no_change():
    session = start()
    session.set(rate=0.1)
    assert session.score.changes == () and session.version == 0


def test_several_changes_at_one_step_are_one_change_and_the_last_value_counts():
    session = start()
    session.advance(steps=1)
    session.set(rate=0.2)
    session.set(rate=0.3, pull=0.1)
    assert [change.model_dump() for change in session.score.changes] == [{"step": 1, "values": {"rate": 0.3, "pull": 0.1}}]


actions = st.one_of(
    st.tuples(st.just("steps"), st.integers(1, 5)),
    st.tuples(st.just("parts"), st.integers(1, 3)),
    st.tuples(st.just("rate"), st.floats(0.001, 1.5)),
    st.tuples(st.just("pull"), st.floats(-1, 1)),
    st.tuples(st.just("noise"), st.booleans()),
    st.tuples(st.just("look_at"), st.floats(-2, 2)),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(actions, max_size=12), st.integers(0, 2**32 - 1))
def test_a_score_replays_bit_for_bit_whatever_was_done_when(played, seed):
    session = start(seed)
    for name, value in played:
        if name in ("steps", "parts"):
            session.advance(**{name: value})
        else:
            session.set(**{name: value})
    while session.part:  # a score stands between steps
        session.advance(parts=1)
    score = Score.model_validate_json(session.score.model_dump_json())
    again = Session.from_score(score, "cpu")
    assert difference(session.look(), again.look()) is None
    assert again.params == session.params and again.score.steps == score.steps
    assert difference(session.advance(steps=3), again.advance(steps=3)) is None


def test_a_replay_in_slices_is_the_same_replay():
    session = start(seed=5)
    for rate in (0.2, 0.4, 0.05):
        session.advance(steps=40)
        session.set(rate=rate)
    session.advance(steps=40)
    again = Session.begin(session.score, "cpu")
    slices = 0
    while not again.reach(session.step, seconds=1e-4):
        slices += 1
    assert slices > 1 and difference(session.look(), again.look()) is None


def test_a_look_through_other_lenses_leaves_no_trace():
    session, other = start(seed=5), start(seed=5, look_at=1.5)
    for one in (session, other):
        one.advance(steps=3)
    before = session.look()
    seen = session.look({"look_at": 1.5})
    assert difference(seen, other.look()) is None and seen.settings["look_at"] == 1.5
    assert difference(session.look(), before) is None and session.score.changes == ()


@pytest.mark.parametrize("slices", [(9,), (1,) * 9, (3, 3, 3), (2, 5, 2)])
def test_a_schedule_comes_into_force_at_its_steps_however_it_is_pulled(slices):
    schedule = [Change(step=step, values={"rate": rate}) for step, rate in ((0, 0.3), (3, 0.2), (7, 0.05))]
    by_hand = start(seed=5)
    for change, steps in zip(schedule, (3, 4, 2), strict=True):
        by_hand.set(**change.values)
        by_hand.advance(steps=steps)
    session = start(seed=5)
    session.schedule(schedule)
    for steps in slices:
        session.run(steps=steps)
    assert difference(session.look(), by_hand.look()) is None and session.score == by_hand.score


def test_a_look_at_a_scheduled_step_is_before_the_change_until_it_is_settled():
    session = start()
    session.schedule([Change(step=2, values={"rate": 0.3}), Change(step=4, values={"rate": 0.4})])
    assert session.reach(2) and session.params.rate == 0.1
    session.settle()
    assert session.params.rate == 0.3 and session.score.changes[-1].step == 2
    session.schedule(
        [Change(step=1, values={"rate": 0.9}), Change(step=3, values={"rate": 0.5})]
    )  # another future, no other past
    session.run(steps=3)
    assert session.params.rate == 0.5 and [change.step for change in session.score.changes] == [2, 3]


def test_a_prefix_is_the_run_as_it_stood_then():
    session = start()
    frames = {0: session.look()}
    for rate in (0.3, 0.6, 0.9):
        frame = session.advance(steps=4)
        frames[frame.step] = frame
        session.set(rate=rate)
    for step, frame in frames.items():
        assert difference(Session.from_score(session.score.prefix(step), "cpu").look(), frame) is None


def test_equal_seeds_agree_and_others_differ():
    assert difference(start(seed=3).advance(steps=5), start(seed=3).advance(steps=5)) is None
    assert difference(start(seed=3).advance(steps=5), start(seed=4).advance(steps=5)) is not None


def test_divergence_ends_the_run_and_says_what_and_when():
    from engine.core.model import Diverged

    session = start(rate=10.0)
    with pytest.raises(Diverged, match=r"squared distance became inf at step \d+") as caught:
        session.run(steps=1000)
    assert caught.value.quantity == "squared distance" and caught.value.step == session.step > 5
    assert session.finished and session.run(steps=5) == 0
    score = session.score.prefix(session.step - 1)
    assert math.isfinite(Session.from_score(score, "cpu").look().scalars["distance"])


def test_a_finite_loop_ends_by_itself_and_can_still_be_looked_at():
    session = start(length=7)
    assert session.advance(steps=100).step == 7 and session.finished
    assert session.advance(steps=1).step == 7 and session.look().part == ""
    assert Session.from_score(session.score, "cpu").step == 7


def test_own_data_travel_beside_the_score_and_must_be_the_same_ones():
    data = {"x": np.arange(6, dtype=np.float32).reshape(3, 2)}
    session = engine.start("descent", {"shape": "own"}, data=data, device="cpu")
    session.advance(steps=2)
    assert session.score.data == digest(data)
    again = Session.from_score(session.score, "cpu", {"x": data["x"].copy()})
    assert difference(session.look(), again.look()) is None
    for other in (None, {"x": data["x"] + 1}, {"x": data["x"].T}, {"x": data["x"].astype(np.float64)}, {"y": data["x"]}):
        with pytest.raises(ValueError, match="own data"):
            Session.from_score(session.score, "cpu", other)


@pytest.mark.parametrize("raw", [-1, 2**32, "abc", 1.5, "1.5", None, True, math.nan, math.inf, [], "", "1e3"])
def test_a_bad_seed_is_refused_with_its_range(raw):
    with pytest.raises(BadValue, match="a whole number, 0 to 4294967295"):
        check_seed(raw)


@pytest.mark.parametrize("raw", [0, "0", 2**32 - 1, " 12 "])
def test_a_good_seed_is_read_from_text_and_number(raw):
    assert check_seed(raw) == int(str(raw))


@pytest.mark.parametrize(
    "changed",
    [{"seed": -1}, {"seed": 2**32}, {"steps": -1}, {"changes": [{"step": -1, "values": {}}]}, {"more": 1}, {"steps": "x"}],
)
def test_an_impossible_score_is_refused(changed):
    with pytest.raises(ValidationError):
        Score.model_validate({"topic": "descent", **changed})


def test_a_score_of_an_unknown_topic_or_value_is_refused_by_name():
    with pytest.raises(UnknownName, match="nearest is “descent”"):
        Score(topic="descend").settings()
    with pytest.raises(BadValue, match="rate = 99"):
        Score(topic="descent", params={"rate": 99}).settings()


def test_closing_twice_does_no_harm():
    session = start()
    session.close()
    session.close()
    assert session.run(steps=3) == 0


def test_a_device_this_machine_lacks_is_refused():
    with pytest.raises(BadValue, match="device = mps is not possible; allowed: auto"):
        engine.start("descent", device="mps")


def test_show_draws_a_view_from_a_session():
    session = start()
    session.advance(steps=2)
    assert engine.show(session, "place").data[0].y.tolist() == pytest.approx(session.look().arrays["point"].tolist())
    with pytest.raises(KeyError):
        engine.show(session, "nothing")


def test_generators_of_one_seed_differ_by_purpose_only():
    import torch

    model = start(seed=1)._model
    first, same = (torch.rand(3, generator=model.generator("noise")) for _ in range(2))
    other = torch.rand(3, generator=model.generator("batches"))
    assert torch.equal(first, same) and not torch.equal(first, other)
