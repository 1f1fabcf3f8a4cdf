"""Every topic: equal scores give equal frames, no hot value breaks the loop, and frames are what is declared."""

from __future__ import annotations

import pytest

from engine.core.frame import Frame, difference
from engine.core.model import Diverged
from engine.core.params import BadValue
from engine.core.picture import Style
from engine.core.score import Score
from engine.core.session import Session
from engine.core.topic import Timeline, Verdict
from tests.contract.runs import inside, named, nudge, own_bytes, run_of, variants_of, views

MAX_FRAME = 256 * 1024


def fresh(topic, seed=0):
    return Session(topic, topic.params(), seed, "cpu")


def clean(error: Diverged, before: Frame, topic) -> None:
    """A divergence names its quantity and step, and the frame before it is still whole."""
    assert error.quantity and error.step >= 0
    assert topic.check_frame(before, topic.params.build(before.settings)) == []


def test_two_sessions_with_the_same_score_give_identical_frames(topic):
    """With a hot change, a lens change, and a change in the middle of a step."""
    session = fresh(topic, seed=3)
    session.advance(steps=2)
    hot = nudge(session)
    session.advance(parts=1)
    for control in topic.params.controls().values():
        if control.kind == "lens":
            session.set(**{control.name: inside(control)[0]})
    session.advance(steps=1)
    while session.part:
        session.advance(parts=1)
    frame = session.advance(steps=2)
    score = Score.model_validate_json(session.score.model_dump_json())
    again = Session.from_score(score, "cpu")
    assert difference(frame, again.look()) is None
    assert hot is None or session.marks
    assert difference(session.advance(steps=1), again.advance(steps=1)) is None


def test_looking_changes_nothing(topic):
    seen, blind = fresh(topic), fresh(topic)
    for _ in range(2):
        for _ in topic.parts:
            seen.look()
            seen.advance(parts=1)
            seen.look()
    blind.run(steps=2)
    assert difference(seen.look(), blind.look()) is None


def test_another_seed_gives_another_run(topic):
    assert difference(fresh(topic, 0).advance(steps=2), fresh(topic, 1).advance(steps=2)) is not None


def test_no_hot_value_breaks_the_loop_or_a_picture(topic):
    """Both ends and the middle of every hot parameter, set between steps and within one. A clean divergence may be."""
    session = fresh(topic)
    before = session.advance(steps=1)
    for control in topic.params.controls().values():
        if not control.hot:
            continue
        for value in (*inside(control)[1:], control.default):
            try:
                session.set(**{control.name: value})
                session.run(parts=1)
                session.set(**{control.name: value})
                frame = session.advance(steps=1)
            except BadValue as refused:  # by a rule between fields
                named(refused, topic)
                continue
            except Diverged as error:
                clean(error, before, topic)
                session = fresh(topic)
                session.run(steps=1)
                continue
            assert topic.check_frame(frame, session.params) == [], f"{control.name} = {value}"
            if value != control.default:
                for view in topic.views_for(session.params):
                    view.draw(Timeline(frame, session.params), Style())


def test_frames_hold_every_declared_output_in_its_shape_and_no_other(topic):
    run = run_of(topic.slug)
    assert [frame.step for frame in run.history.frames] == [0, 10, 20, 30]
    for frame in run.frames:
        params = topic.params.build(frame.settings)
        assert topic.check_frame(frame, params) == [], f"step {frame.step}{frame.part}"


def test_the_parts_of_a_step_come_in_the_declared_order(topic):
    parts = run_of(topic.slug).parts
    assert [frame.part for frame in parts] == [*topic.parts[:-1], ""]
    assert [frame.step for frame in parts] == [*[30] * (len(topic.parts) - 1), 31]


def test_frames_hold_what_is_declared_under_every_cold_choice(topic):
    problems = []
    for variant in variants_of(topic.slug):
        if variant.refused is not None:
            assert variant.refused.name in topic.params.controls(), f"{variant.name}: {variant.refused}"
        for frame in variant.frames:
            found = topic.check_frame(frame, topic.params.build(frame.settings))
            problems += [f"{variant.name}, step {frame.step}{frame.part}: {problem}" for problem in found]
    assert problems == []


def test_frames_are_small_enough_to_travel_and_come_back_whole(topic):
    run = run_of(topic.slug)
    frames = [*run.frames, *(frame for variant in variants_of(topic.slug) for frame in variant.frames)]
    for frame in frames:
        data = frame.to_bytes()
        assert own_bytes(frame) <= MAX_FRAME, f"{own_bytes(frame)} bytes at {frame.settings}"
        assert difference(frame, Frame.from_bytes(data)) is None


def test_scalars_are_plain_floats_and_settings_plain_values(topic):
    for frame in run_of(topic.slug).frames:
        assert all(isinstance(value, float | int) for value in frame.scalars.values())
        assert frame.settings == topic.params.build(frame.settings).values()


def test_outputs_and_parts_are_named_once_and_explained(topic):
    names = [output.name for output in topic.outputs]
    assert "step" not in names and "seed" not in names
    assert all(output.meaning for output in topic.outputs)
    assert len(set(topic.parts)) == len(topic.parts) >= 1 and topic.steps >= 1


def test_claims_judge_every_frame_or_say_nothing_yet(topic):
    run = run_of(topic.slug)
    assert len({claim.name for claim in topic.claims}) == len(topic.claims)
    for claim in topic.claims:
        assert claim.statement and claim.source
        lines = [*run.timelines, *(line for variant in variants_of(topic.slug) for line in variant.timelines)]
        for timeline in lines:
            verdict = claim.judge(timeline)
            assert verdict is None or isinstance(verdict, Verdict)
            if verdict is not None:
                assert verdict.tolerance >= 0 and isinstance(verdict.agrees, bool | type(verdict.agrees))
                assert float(verdict.predicted) == verdict.predicted, f"{claim.name} predicts {verdict.predicted}"


def test_a_refused_hot_value_leaves_the_run_as_it_was(topic):
    session, same = fresh(topic), fresh(topic)
    session.advance(steps=1)
    same.advance(steps=1)
    for control in topic.params.controls().values():
        for bad in ("abc", float("nan"), None) if control.hot else ():
            with pytest.raises(BadValue):
                session.set(**{control.name: bad})
    assert difference(session.advance(steps=1), same.advance(steps=1)) is None


def test_some_view_is_always_there(topic):
    for variant in variants_of(topic.slug):
        for timeline in variant.timelines:
            assert views(timeline, topic), f"{variant.name} leaves nothing to see"
