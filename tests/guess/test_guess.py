"""Guesses: what may be drawn, how it is scored, how it is told; and that every topic declares ones that can be judged."""

from __future__ import annotations

import dataclasses
import math
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core import registry
from engine.core.frame import Frame
from engine.core.language import ASSETS, fields, translator
from engine.core.params import BadValue
from engine.core.topic import Guess, Timeline
from engine.guess.figures import choice_picture, curve_words, number, threshold_words
from engine.guess.score import MOST, check, enough, expected, narrow, score_choice, score_curve, score_threshold
from tests.guess.lines import DECADES, EVEN, LINEAR, LOOK, PLACE, timeline

# ---- what may be drawn


def test_points_are_clipped_into_the_range_and_the_steps_and_put_in_order():
    raw = [[50, 99.0], [-5, -3], [2000, 4], [50, 2.5]]
    assert check(LINEAR, raw, 1000) == [(0.0, 0.0), (50.0, 2.5), (1000.0, 4.0)]
    assert check(PLACE, [[3000]], 1000) == [(100.0,)]
    assert check(DECADES, [[0, 0], [1, 0.5]], 10) == [(0.0, 0.01), (1.0, 0.5)]


@pytest.mark.parametrize(
    "raw",
    [
        None,
        7,
        "drawn",
        {},
        [],
        [[0, 1]],
        [[0, 1], [0, 2]],
        [[2000, 1], [3000, 2]],
        [[0, 1], [1]],
        [[0, 1], [1, 2, 3]],
        [[0, 1], [1, None]],
        [[0, 1], [1, True]],
        [[0, 1], [1, "2"]],
        [[0, 1], [1, math.nan]],
        [[0, 1], [1, math.inf]],
        [[0, 1], [10**400, 1]],
        [[step, 1] for step in range(MOST + 1)],
    ],
)
def test_what_is_no_curve_is_refused_with_what_is_allowed(raw):
    with pytest.raises(BadValue, match="2 to 256 points"):
        check(LINEAR, raw, 1000)


@pytest.mark.parametrize("raw", [None, [], [3], [[1], [2]], [[0, 1]], [[math.nan]], [["1"]]])
def test_what_is_no_threshold_is_refused_with_what_is_allowed(raw):
    with pytest.raises(BadValue, match="one finite number"):
        check(PLACE, raw, 1000)


@given(st.lists(st.tuples(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6)), min_size=2, max_size=MOST))
def test_whatever_is_kept_lies_in_the_range_with_rising_steps(points):
    raw = [list(point) for point in points]
    if len({min(max(step, 0), 500) for step, _ in points}) < 2:
        return
    kept = np.array(check(LINEAR, raw, 500))
    assert (np.diff(kept[:, 0]) > 0).all() and kept[0, 0] >= 0 and kept[-1, 0] <= 500
    assert ((kept[:, 1] >= 0) & (kept[:, 1] <= 10)).all()


def test_a_declaration_that_cannot_be_judged_is_refused():
    with pytest.raises(ValueError, match="not both"):
        Guess("x", "?", 0, 1, scalar="a", parameter="b")
    with pytest.raises(ValueError, match="not none"):
        Guess("x", "?", 0, 1)
    two = (("a", "A"), ("b", "B"))
    with pytest.raises(ValueError, match="not both"):
        Guess("x", "?", scalar="a", options=two)
    with pytest.raises(ValueError, match="two and four"):
        Guess("x", "?", options=two[:1], answer=lambda _: "a", because="So.")
    with pytest.raises(ValueError, match="different names"):
        Guess("x", "?", options=two[:1] * 2, answer=lambda _: "a", because="So.")
    with pytest.raises(ValueError, match="needs an answer"):
        Guess("x", "?", options=two, answer=lambda _: "a")
    with pytest.raises(ValueError, match="belong to a choice"):
        Guess("x", "?", scalar="a", because="So.")
    with pytest.raises(ValueError, match="belong to a choice"):
        Guess("x", "?", scalar="a", arms=True)
    with pytest.raises(ValueError, match="no range"):
        Guess("x", "?", 1, 1, scalar="a")
    with pytest.raises(ValueError, match="in decades"):
        Guess("x", "?", 0, 1, log=True, scalar="a")
    with pytest.raises(ValueError, match="nothing can tell"):
        Guess("x", "?", 0, 1, parameter="b")
    topic = next(iter(registry.topics().values()))
    with pytest.raises(ValueError, match="not there"):
        dataclasses.replace(topic, chapters=(), guesses=(Guess("x", "?", 0, 1, scalar="no such scalar"),))
    with pytest.raises(ValueError, match="is no view"):
        dataclasses.replace(topic, chapters=(), guesses=(dataclasses.replace(topic.guesses[0], hides=("no such view",)),))
    with pytest.raises(ValueError, match="share a name"):
        dataclasses.replace(topic, chapters=(), guesses=topic.guesses[:1] * 2)


# ---- curves


def test_the_drawn_curve_is_straight_between_its_points_on_the_guesss_axis():
    assert expected(LINEAR, [(0, 0), (10, 10)], [-1, 5, 11]) == pytest.approx([math.nan, 5, math.nan], nan_ok=True)
    assert expected(DECADES, [(0, 0.01), (10, 1)], [5]) == pytest.approx([0.1])


def test_a_curve_that_was_drawn_right_has_no_error():
    steps = np.arange(0, 101.0)
    score = score_curve(LINEAR, [(0, 1), (50, 6), (100, 6)], steps, np.minimum(1 + steps / 10, 6))
    assert score.error == pytest.approx(0, abs=1e-12) and score.direction_right and (score.rising, score.rose) == (1, 1)
    assert score.until == score.whole == 100


def test_the_error_is_a_share_of_the_range_over_the_steps_whatever_their_spacing():
    drawn = [(0, 2.0), (100, 2.0)]
    assert score_curve(LINEAR, drawn, np.arange(101.0), np.full(101, 5.0)).error == pytest.approx(0.3)
    # 4 above at the start falling evenly to 0: a mean of 2, although most rows lie where it is large
    steps = np.array([0, 1, 2, 3, 4, 100.0])
    assert score_curve(LINEAR, drawn, steps, 6 - 0.04 * steps).error == pytest.approx(0.2)
    # a factor of ten is half of two decades
    assert score_curve(DECADES, [(0, 0.1), (9, 0.1)], [0, 9], [1.0, 1.0]).error == pytest.approx(0.5)


def test_only_what_was_drawn_over_is_scored():
    steps = np.arange(0, 101.0)
    values = np.where((steps < 20) | (steps > 60), 10.0, 4.0)
    score = score_curve(LINEAR, [(20, 4.0), (60, 4.0)], steps, values)
    assert score.error == pytest.approx(0) and score.until == 60 and (score.rising, score.rose) == (0, 0)


def test_the_direction_is_that_of_the_whole_and_small_changes_are_level():
    steps = np.arange(101.0)
    falls = score_curve(LINEAR, [(0, 8.0), (100, 2.0)], steps, 1 + steps / 20)
    assert (falls.rising, falls.rose, falls.direction_right) == (-1, 1, False)
    assert score_curve(LINEAR, [(0, 8.0), (100, 8.4)], steps, 5 - steps / 1000).direction_right


def test_the_largest_miss_is_told_with_both_values():
    steps = np.arange(0, 1001.0, 100)
    score = score_curve(LINEAR, [(0, 5.2), (1000, 5.2)], steps, np.where(steps == 300, 2.1, 5.2))
    assert (score.worst, score.was) == (300, 2.1) and score.said == pytest.approx(5.2)
    assert curve_words(score, LOOK)[-1] == "Largest miss: you expected 5.2 at step 300, it was 2.1."


def test_a_run_that_is_too_short_is_not_scored():
    drawn = [(100, 1.0), (600, 2.0)]
    assert enough(drawn) == 200
    steps = np.arange(0, 201.0, 50)
    assert score_curve(LINEAR, drawn, steps[:-1], np.ones(4)) is None
    assert score_curve(LINEAR, drawn, steps, np.ones(5)).until == 200
    assert score_curve(LINEAR, drawn, [600.0], [1.0]) is None
    assert score_curve(LINEAR, drawn, steps, np.full(5, np.nan)) is None


def test_values_that_are_none_are_left_out():
    steps, values = np.arange(6.0), np.array([0.1, np.nan, 0.1, 0.0, -1, 0.1])
    score = score_curve(DECADES, [(0, 0.1), (5, 0.1)], steps, values)
    assert score.error == pytest.approx(0) and score.until == 5


# ---- thresholds


def test_a_threshold_gives_nothing_away_before_the_run_has_settled():
    assert score_threshold(PLACE, [(10,)], timeline(9), (5.0, 30.0)) is None
    assert score_threshold(PLACE, [(10,)], timeline(14, marks=(5,)), None) is None
    assert score_threshold(PLACE, [(10,)], timeline(15, marks=(5,)), None).theory == 20.0


def test_a_threshold_is_held_against_the_closed_form():
    score = score_threshold(PLACE, [(5.0,)], timeline(), None)
    assert score.factor == pytest.approx(0.25) and score.difference == -15 and score.off is None
    assert threshold_words(score, LOOK) == ["Theory says 20, you said 5: 4 times too low."]
    score = score_threshold(EVEN, [(0.35,)], timeline(), None)
    assert score.factor is None and threshold_words(score, LOOK) == ["Theory says 0.25, you said 0.35: 0.1 too high."]
    assert "right" in threshold_words(score_threshold(PLACE, [(20.5,)], timeline(), None), LOOK)[0]


@pytest.mark.parametrize(
    ("between", "off", "words"),
    [
        ((5.0, 30.0), 0, ["Measured: between 5 and 30.", "Your guess fits that."]),
        ((0.0, 30.0), 0, ["Measured: below 30.", "Your guess fits that."]),
        ((4.0, math.inf), 0, ["Measured: above 4.", "Your guess fits that."]),
        ((0.0, 1.0), 0.5, ["Measured: below 1.", "Your guess does not fit that."]),
        ((100.0, math.inf), 0.5, ["Measured: above 100.", "Your guess does not fit that."]),
    ],
)
def test_a_threshold_is_held_against_what_was_measured(between, off, words):
    score = score_threshold(dataclasses.replace(PLACE, theory=None), [(10.0,)], timeline(), between)
    assert score.off == pytest.approx(off) and threshold_words(score, LOOK) == words


def test_without_theory_and_measurement_there_is_no_score():
    assert score_threshold(dataclasses.replace(PLACE, theory=None), [(10.0,)], timeline(), None) is None
    assert score_threshold(dataclasses.replace(PLACE, theory=lambda _: math.nan), [(10.0,)], timeline(), None) is None
    assert score_threshold(dataclasses.replace(PLACE, theory=lambda _: None), [(10.0,)], timeline(), None) is None


def test_several_runs_narrow_a_threshold_and_the_newest_wins_a_contradiction():
    assert narrow([]) is None
    assert narrow([(4.0, math.inf), (0.0, 450.0)]) == (4.0, 450.0)
    assert narrow([(4.0, math.inf), (0.0, 450.0), (20.0, math.inf), (0.0, 100.0)]) == (20.0, 100.0)
    assert narrow([(4.0, math.inf), (0.0, 2.0)]) == (0.0, 2.0)


# ---- choices


def way(line: Timeline) -> str | None:
    """It goes up from 5 on, and cannot be told from exactly 0."""
    kl = line.frame.scalars["kl"]
    return None if kl == 0 else "up" if kl > 5 else "down"


WAY = Guess(
    "way",
    "Which way?",
    options=(("up", "It goes up."), ("down", "It goes down")),
    answer=way,
    because="It is {kl:.1f}, of {most:.0f}.",
    numbers=lambda line: {"most": 12345.0},
    after=10,
)


def ended(kl: float, step: int = 100, marks: tuple[int, ...] = ()) -> Timeline:
    return dataclasses.replace(timeline(step, marks, kl=np.array([0, kl])), params=registry.find("vae-geometry").params())


@pytest.mark.parametrize(("kl", "right"), [(7.0, True), (2.0, False)])
def test_a_choice_is_right_or_not_and_says_why_with_the_runs_numbers(kl, right):
    told = choice_picture(WAY, "up", ended(kl), LOOK).meta
    assert told["right"] is right and told["short"] == ("right" if right else "not so")
    verdict = "Right." if right else "The run says: “It goes down”."
    assert told["said"] == [verdict, f"It is {kl:.1f}, of 12,345."]
    assert told["alt"] == f"Which way? {verdict} It is {kl:.1f}, of 12,345."


def test_a_choice_gives_nothing_away_before_the_run_has_settled_or_can_tell():
    assert score_choice(WAY, "up", ended(7.0, step=9)) is None
    assert choice_picture(WAY, "up", ended(7.0, step=14, marks=(5,)), LOOK).meta["said"] == ["Play until step 15 to see."]
    assert choice_picture(dataclasses.replace(WAY, after=1), "up", ended(7.0, step=0), LOOK).meta["said"] == ["Play to see."]
    untold = choice_picture(WAY, "up", ended(0.0), LOOK).meta
    assert untold["said"] == ["The run cannot tell yet."] and "right" not in untold
    assert choice_picture(WAY, None, ended(7.0), LOOK).meta["said"] == ["Nothing chosen yet."]


def test_a_choice_about_a_sweep_waits_for_its_arms_however_long_the_run_goes_on():
    swept = dataclasses.replace(
        WAY, answer=lambda line: max(line.arms, key=lambda arm: line.arms[arm].frame.scalars["kl"]), arms=True
    )
    assert choice_picture(swept, "up", ended(7.0), LOOK).meta["said"] == ["Play to see."]
    line = dataclasses.replace(ended(0.0, step=0), arms={"up": ended(1.0), "down": ended(2.0)})
    score = score_choice(swept, "up", line)
    assert score is not None and score.answer == "down"


@pytest.mark.parametrize("raw", [None, "", "sideways", 0, ["up"], [[1.0]], {"up": 1}])
def test_only_an_option_can_be_chosen(raw):
    assert check(WAY, "down", 100) == "down"
    with pytest.raises(BadValue, match="up, down"):
        check(WAY, raw, 100)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (5.2, "5.2"), (1234.5, "1230"), (0.00012, "0.00012"), (-3e-7, "−3.00·10⁻⁷"), (2e9, "2.00·10⁹")],
)
def test_numbers_are_told_in_three_digits(value, text):
    assert number(value) == text


# ---- declarations


@pytest.fixture(params=list(registry.topics()))
def topic(request):
    return registry.find(request.param)


def test_every_topic_has_something_to_guess_at_its_start(topic):
    assert 1 <= sum(not guess.arms for guess in topic.guesses_for(topic.params())) <= 4


def test_every_story_asks_for_choices_and_a_veil_lies_on_what_its_chapter_shows(topic):
    named = {guess.name: guess for guess in topic.guesses}
    asked = [(named[chapter.guess], chapter) for chapter in topic.chapters if chapter.guess]
    assert sum(guess.kind == "choice" for guess, _ in asked) >= 2
    for guess, chapter in asked:
        assert guess.kind != "choice" or set(guess.hides) & set(chapter.views), f"{guess.name} hides nothing of its chapter"


def test_why_a_choice_is_right_is_told_from_numbers_that_there_are(topic):
    known = {output.name for output in topic.outputs if output.scalar} | topic.params.controls().keys()
    for guess in topic.guesses:
        assert guess.numbers is not None or fields(guess.because) <= known


def test_every_question_is_translated(topic):
    t = translator("zh", topic.slug)
    assert [guess.question for guess in topic.guesses if not re.search("[\u4e00-\u9fff]", t(guess.question))] == []


def test_what_tells_the_truth_speaks_about_the_recorded_run(topic):
    frame = Frame.from_bytes((ASSETS / "recorded" / f"{topic.slug}.frame").read_bytes())
    params = topic.params.build(frame.settings)
    recorded = Timeline(frame, params)
    for guess in topic.guesses_for(params):
        if guess.kind != "place":
            assert guess.kind == "choice" or guess.scalar in frame.scalars
            continue
        control = topic.params.controls()[guess.parameter]
        assert control.low <= guess.low < guess.high <= control.high
        theory = guess.theory(recorded) if guess.theory else None
        assert theory is None or (math.isfinite(theory) and theory >= 0)
        between = guess.measured(recorded) if guess.measured else None
        assert between is None or 0 <= between[0] <= between[1]
        assert theory is not None or between is not None, f"{guess.name} can never be judged on a default run"
