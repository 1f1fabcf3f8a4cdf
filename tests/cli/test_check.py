"""`python -m engine check`: the table, its exit status, its seeds, and what it refuses."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from engine.cli.chapters import Runs, score_of
from engine.core import registry
from engine.core.chapter import Chapter, Verdict, claim
from engine.core.frame import difference
from engine.core.session import Session


@claim("It never ends anywhere.", "nobody")
def wrong(timeline):
    return Verdict(5.0, timeline.frame.scalars["distance"], 0.1)


@pytest.fixture
def doubtful(descent, monkeypatch):
    """The descent with a chapter that is not borne out, one that cannot be judged, and one that diverges."""
    more = (
        Chapter("false", views=("distance",), shows=(wrong,)),
        Chapter("silent", views=("distance",), shows=(descent.claims[1],)),
        Chapter("falling", values={"rate": 9.0}, steps=500, views=("distance",), shows=(descent.claims[0],)),
    )
    topic = replace(descent, chapters=(*descent.chapters, *more))
    monkeypatch.setitem(registry.topics(), "descent", topic)
    return topic


def test_a_topic_whose_claims_agree(engine):
    code, out, error = engine("check", "descent")
    assert code == 0, (out, error)
    for chapter in ("down", "shaken", "longer", "aside", "rates"):
        assert chapter in out
    assert out.count("agrees") == 5 and "≤ 1" in out


def test_one_chapter_as_data(engine):
    code, out, _ = engine("check", "descent", "--chapter", "aside", "--json")
    (row,) = json.loads(out)
    assert code == 0 and row["claim"] == "pushed" and row["agrees"] and row["predicted"] == -0.5
    assert row["measured"] == pytest.approx(-0.5, abs=0.01)


@pytest.mark.parametrize(
    ("chapter", "says"), [("false", "does not agree"), ("silent", "cannot be judged"), ("falling", "the run failed")]
)
def test_what_does_not_agree_or_says_nothing_is_exit_status_one(engine, doubtful, chapter, says):
    code, out, _ = engine("check", "descent", "--chapter", chapter)
    assert code == 1 and says in out


def test_several_seeds_say_how_often_each_verdict_held(engine, doubtful):
    code, out, _ = engine("check", "descent", "--seeds", "3", "--chapter", "down")
    assert code == 0 and "3 of 3" in out
    code, out, _ = engine("check", "descent", "--seeds", "2", "--chapter", "false")
    assert code == 1 and "0 of 2" in out and "0, 1" in out


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["check"], ["a topic", "--all"]),
        (["check", "descent", "--all"], ["--all"]),
        (["check", "decent"], ["descent"]),
        (["check", "descent", "--chapter", "dwn"], ["chapter", "down"]),
        (["check", "descent", "--seeds", "0"], ["--seeds", "1 to 100"]),
    ],
)
def test_bad_usage_is_one_line_with_the_nearest_name(engine, arguments, named):
    code, _, error = engine(*arguments)
    assert code == 2 and len(error.strip().splitlines()) == 1
    assert all(word in error for word in named), error


def test_a_chapter_goes_on_where_an_equal_one_ended_and_is_the_same_run(descent):
    runs = Runs(descent)
    short, long = runs.play(descent.chapter("down")), runs.play(descent.chapter("longer"))
    assert len(runs._arms) == 1, "the second is the rest of the first"
    alone = Session.from_score(score_of(descent, descent.chapter("longer")), "cpu")
    assert difference(long.timeline.frame, alone.look()) is None
    assert long.timeline.marks == (120,) and short.timeline.frame.step == 100
    assert difference(short.session.look(), short.timeline.frame) is None, "computed again, since the other went on with it"
    assert long.session.step == 150
    again = runs.play(descent.chapter("down"))
    assert next(iter(runs._arms.values())).session.step == 150, "what has been is not trained again"
    assert difference(again.timeline.frame, short.timeline.frame) is None and again.history.steps == short.history.steps
    assert difference(again.session.look(), short.timeline.frame) is None


def test_a_sweep_gives_every_arm_stacked_or_alone(descent):
    chapter = descent.chapter("rates")
    stacked = Runs(descent).play(chapter).timeline
    alone = Runs(replace(descent, stackable=())).play(chapter).timeline
    assert list(stacked.arms) == list(alone.arms) == [0.1, 0.2, 0.4]
    for rate in stacked.arms:
        one, two = stacked.arms[rate].frame.arrays["point"], alone.arms[rate].frame.arrays["point"]
        assert np.allclose(one, two, atol=1e-6) and stacked.arms[rate].params.rate == rate
    assert stacked.params.rate == 0.1, "the arm with the chapter's own value is the one that is shown"
    assert len(stacked.history["step"]) == 21


def test_a_run_that_an_arm_of_a_stack_is_anyway_is_not_trained_again(descent):
    """Where arms do not touch each other; elsewhere, and where the sweep is not going to be played, it is a run of its own."""
    sweep = descent.chapter("rates")
    own, apart = replace(sweep, sweep=None), replace(descent, separate=True)
    runs = Runs(apart, chapters=[own, sweep])
    arm, arms = runs.play(own), runs.play(sweep).timeline.arms
    assert not runs._arms and arm.timeline is arms[0.1] and arm.session.step == arm.timeline.frame.step == own.steps
    for other in (Runs(descent, chapters=[own, sweep]), Runs(apart, chapters=[own])):
        other.play(own)
        assert len(other._arms) == 1


def test_a_twin_has_its_own_values_and_the_chapters_changes(descent):
    chapter = Chapter(
        "both", values={"noise": False}, steps=20, compare={"pull": 0.5}, changes=((10, {"rate": 0.5, "pull": 0.1}),)
    )
    line = Runs(descent).play(chapter).timeline
    assert (line.params.rate, line.params.pull) == (0.5, 0.1)
    assert (line.other.params.rate, line.other.params.pull) == (0.5, 0.5)


def test_runs_that_differ_in_a_lens_only_are_trained_once_and_seen_through_each(descent):
    chapters = [
        Chapter(f"seen_{place}", values={"look_at": at}, steps=40, changes=((20, {"rate": 0.2}),), compare={"look_at": 0.9})
        for place, at in enumerate((0.1, 0.7))
    ]
    runs = Runs(descent, chapters=chapters)
    both = [runs.play(chapter) for chapter in chapters]
    assert both[0]._session is both[1]._session and both[0].timeline.frame.settings["look_at"] == 0.1
    for played in both:
        assert [score.settings().look_at for score, _ in played.arms] == [played.chapter.values["look_at"], 0.9]
        for score, history in played.arms:
            alone = Runs(descent).play(replace(played.chapter, values={"look_at": score.settings().look_at}, compare=None))
            assert history.steps == alone.history.steps
            for frame, other in zip(history.frames, alone.history.frames, strict=True):
                assert difference(frame, other) is None and frame.settings == other.settings


def test_a_run_whose_lens_moves_on_the_way_is_that_of_those_where_it_rests(descent):
    moving = Chapter("moving", steps=40, changes=((20, {"look_at": 0.7, "rate": 0.2}), (40, {"look_at": 0.2})))
    resting = Chapter("resting", values={"look_at": 0.4}, steps=60, changes=((20, {"rate": 0.2}),))
    runs = Runs(descent, chapters=(moving, resting), looks=8)
    played = [runs.play(chapter) for chapter in (moving, resting)]
    assert len(runs._arms) == 1 and next(iter(runs._arms.values())).session.step == 60, "one run, seen in two ways"
    assert {5, 10, 20, 25, 40} <= set(played[0].history.steps) and played[0].timeline.marks == (20,)
    for one in played:
        alone = Session.begin(one.score, "cpu")
        for frame in one.history.frames:
            alone.reach(frame.step)
            if frame.step == one.score.steps:
                alone.settle()
            assert difference(alone.look(), frame) is None and alone.look().settings == frame.settings
