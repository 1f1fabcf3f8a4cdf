"""What a class guesses: what is taken, its median, the scores of all, its files, and how it looks."""

from __future__ import annotations

import json
import math
import re

import numpy as np
import pytest

from engine.core import registry
from engine.core.language import translator
from engine.core.params import BadValue
from engine.core.picture import Style
from engine.core.topic import Guess, Timeline
from engine.guess.crowd import MOST, Crowd, Entry, as_json, check_entry, check_name, counts, from_json, middle, misses
from engine.guess.crowd_figures import crowd_picture
from engine.guess.crowd_views import names, with_crowds
from engine.guess.score import score_curve, score_threshold
from tests.guess.lines import DECADES, EVEN, LINEAR, LOOK, PLACE, timeline

CHOICE = Guess(
    "near",
    "Where does it end?",
    options=(("near", "Near the bottom"), ("far", "Far from it")),
    answer=lambda line: "near" if line.frame.scalars["kl"] > 4 else None,
    because="It ends at {kl:.1f}.",
    after=20,
)


def curves(count: int = 9) -> Crowd:
    """Straight lines from 0 to different heights."""
    return Crowd("kl", tuple(Entry([(0.0, 0.0), (100.0, float(k))], f"Ann {k}" if k == 3 else "") for k in range(count)))


def told(line: Timeline) -> Timeline:
    """The same run with parameters that a sentence may name."""
    return Timeline(line.frame, registry.find("vae-geometry").params(), line.history, line.marks)


# ---- what is taken


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("", ""),
        ("  Ann   B. ", "Ann B."),
        ("李雷", "李雷"),
        ("Zoe\u0301", "Zoé"),
        ("Jean-Luc O'Neil", "Jean-Luc O'Neil"),
        ("अनुष्का", "अनुष्का"),
        ("x" * 24, "x" * 24),
    ],
)
def test_a_name_is_kept_as_it_was_typed(typed, kept):
    assert check_name(typed) == kept


@pytest.mark.parametrize(
    "bad",
    [
        "<b>Ann</b>",
        "x" * 25,
        "x" * 10**5,
        "Ann\u202eB",
        "A\u200bB",
        "a" + "\u0301" * 9 + "b",
        "A{0.__class__}",
        "$x$",
        "\ud800",
        "&amp;",
        "A\x00B",
        7,
        None,
        ["Ann"],
        {},
        math.nan,
    ],
)
def test_what_could_be_more_than_a_name_is_refused_in_a_short_sentence(bad):
    with pytest.raises(BadValue) as refused:
        check_name(bad)
    assert len(str(refused.value)) < 150
    str(refused.value).encode()


@pytest.mark.parametrize(
    "bad", [[[0, -1], [9, 2]], [[0, 1], [9, 10.1]], [[0, 1], [9, math.nan]], [[0, 1], [9, math.inf]], [[0, 1]], "up", 3]
)
def test_a_curve_of_a_class_is_inside_its_axis_and_finite(bad):
    with pytest.raises(BadValue):
        check_entry(LINEAR, bad, "", 100.0)
    assert check_entry(LINEAR, [[0, 0], [9, 10]], "Bo", 100.0) == Entry([(0.0, 0.0), (9.0, 10.0)], "Bo")


def test_a_place_and_a_choice_are_checked_likewise():
    assert check_entry(PLACE, [[5]], "", 1.0).made == [(5.0,)]
    assert check_entry(CHOICE, "far", "", 1.0).made == "far"
    for guess, bad in (
        (PLACE, [[0.5]]),
        (PLACE, [[-5]]),
        (DECADES, [[0, 0], [1, 1]]),
        (CHOICE, "sideways"),
        (CHOICE, ["far"]),
        (CHOICE, None),
    ):
        with pytest.raises(BadValue):
            check_entry(guess, bad, "", 1.0)


# ---- the middle, and the scores


def test_the_median_of_curves_is_pointwise_and_where_half_have_drawn():
    half = np.array(middle(LINEAR, curves()))
    assert np.allclose(half[:, 1], 0.04 * half[:, 0]) and half[-1, 0] == 100
    short = Crowd("kl", (*curves(3).entries, *(Entry([(50.0, 9.0), (60.0, 9.0)]),) * 4))
    steps = [step for step, _ in middle(LINEAR, short)]
    assert min(steps) >= 50 and max(steps) <= 60, "elsewhere three of seven have drawn"
    decades = Crowd("loss", tuple(Entry([(0.0, 10.0**-k), (1.0, 10.0**-k)]) for k in (0, 1, 2)))
    assert np.allclose([value for _, value in middle(DECADES, decades)], 0.1), "half way in decades"


def test_the_median_of_places_is_on_their_axis_and_a_choice_is_counted():
    assert middle(PLACE, Crowd("die", (Entry([(1.0,)]), Entry([(100.0,)])))) == [(pytest.approx(10.0),)]
    assert middle(EVEN, Crowd("turn", (Entry([(0.2,)]), Entry([(0.4,)])))) == [(pytest.approx(0.3),)]
    crowd = Crowd("near", (Entry("far"), Entry("near"), Entry("far")))
    assert counts(CHOICE, crowd) == {"near": 1, "far": 2} and middle(CHOICE, crowd) == []


def test_each_score_is_that_of_one_person_alone():
    run = timeline(kl=np.linspace(0, 5, 41))
    crowd = curves()
    alone = [score_curve(LINEAR, entry.made, *run.trace("kl")) for entry in crowd.entries]
    assert misses(LINEAR, crowd, run) == [score.error for score in alone]
    assert misses(LINEAR, crowd, timeline(10, kl=np.zeros(5))) == [None] * 9, "too young"
    places = Crowd("die", (Entry([(20.0,)]), Entry([(2.0,)]), Entry([(100.0,)])))
    assert misses(PLACE, places, timeline(50)) == pytest.approx([0, 0.5, math.log10(5) / 2])
    measured = Guess("w", "Where?", 0.0, 1.0, parameter="rate", measured=lambda _: (0.2, 0.4))
    marks = Crowd("w", (Entry([(0.3,)]), Entry([(0.9,)])))
    own = [score_threshold(measured, entry.made, timeline(50), (0.2, 0.4)).off for entry in marks.entries]
    assert misses(measured, marks, timeline(50), (0.2, 0.4)) == own == pytest.approx([0, 0.5])
    options = Crowd("near", (Entry("near"), Entry("far")))
    assert misses(CHOICE, options, run) == [0.0, 1.0] and misses(CHOICE, options, timeline(9, kl=np.ones(3))) == [None, None]


# ---- files


def lab() -> tuple:
    """A topic and a crowd for each of its guesses."""
    topic = registry.find("vae-geometry")
    crowds = []
    for guess in topic.guesses:
        middle_of = (guess.low * guess.high) ** 0.5 if guess.log else (guess.low + guess.high) / 2
        made = (
            guess.options[0][0] if guess.options else [(0.0, middle_of), (9.0, guess.high)] if guess.scalar else [(middle_of,)]
        )
        crowds.append(Crowd(guess.name, (Entry(made, "李雷"), Entry(made))))
    return topic, tuple(crowds)


def test_what_is_written_reads_back():
    topic, crowds = lab()
    raw = json.loads(json.dumps([as_json(crowd) for crowd in crowds]))
    assert "name" not in raw[0]["entries"][1], "who gave no name has none in the file"
    assert [as_json(crowd) for crowd in from_json(topic, raw)] == raw and from_json(topic, []) == ()


@pytest.mark.parametrize(
    "spoil",
    [
        {"guess": "x"},
        {"entries": 3},
        {"entries": [3]},
        {"entries": [{"made": [[0, 1]], "name": "<b>"}]},
        {"entries": [{}] * (MOST + 1)},
    ],
)
def test_a_file_that_nobody_can_have_written_is_refused(spoil):
    topic, crowds = lab()
    with pytest.raises(BadValue):
        from_json(topic, [as_json(crowds[0]) | spoil])
    for bad in ({}, "x", [3], [as_json(crowds[0])] * 99):
        with pytest.raises(BadValue):
            from_json(topic, bad)


def test_the_guesses_are_views_of_their_topic_before_its_own():
    topic, crowds = lab()
    more = with_crowds(topic, crowds)
    assert [view.name for view in more.views] == [*names(crowds), *(view.name for view in topic.views)]
    assert with_crowds(topic, ()) is topic


# ---- how it looks


def test_all_curves_lie_over_each_other_with_their_median_and_then_the_run_and_the_scores():
    before = crowd_picture(LINEAR, curves(), timeline(0, kl=np.zeros(1)), LOOK, last=100).plotly()
    assert [trace.name for trace in before.data] == ["a guess", "Ann 3", "median of the class", "measured"]
    drawn = np.array(before.data[0].y, float)
    assert np.isnan(drawn).sum() == 8, "each of the eight without a name ends in a gap"
    assert before.layout.meta["short"] == "" and before.layout.meta["said"] == ["9 guesses.", "Play until step 20 to see."]
    assert [note.text for note in before.layout.annotations].count("Ann 3") == 1
    after = crowd_picture(LINEAR, curves(), timeline(kl=np.linspace(0, 5, 41)), LOOK, last=100).plotly()
    bars = next(trace for trace in after.data if trace.type == "bar")
    assert sum(bars.y) == 9 and bars.xaxis == "x2"
    said = " ".join(after.layout.meta["said"])
    assert "Half of them are off by more than 10%" in said and "Their median is off by 5%: nearer than 6 of 9." in said


def test_the_measured_curve_and_the_scores_need_the_run():
    """Nothing that was recorded elsewhere is told: without a history there is no answer in the picture."""
    quiet = crowd_picture(LINEAR, curves(), timeline(0), LOOK, last=100).plotly()
    assert {trace.name for trace in quiet.data} == {"a guess", "Ann 3", "median of the class"}


def test_places_are_stacked_and_judged_once_the_run_has_told():
    crowd = Crowd("die", tuple(Entry([(value,)], "Bo" if value == 9 else "") for value in (5.0, 5.0, 5.0, 9.0)))
    before = crowd_picture(PLACE, crowd, timeline(9), LOOK, title="β", between=(4.0, math.inf)).plotly()
    assert [trace.name for trace in before.data] == ["guesses", "median of the class"]
    heights = np.array(before.data[0].y)
    assert len(set(heights[:3].tolist())) == 3 and heights[3] == heights[0], "one over the other"
    after = crowd_picture(PLACE, crowd, timeline(10), LOOK, title="β", between=(4.0, math.inf)).plotly()
    assert {trace.name for trace in after.data} >= {"theory", "measured"} and sum(after.data[0].y) > 0


def test_bars_of_a_choice_and_the_right_one():
    crowd = Crowd("near", (Entry("far", "Bo"), Entry("near"), Entry("far")))
    run = told(timeline(kl=np.linspace(0, 5, 41)))
    young = crowd_picture(CHOICE, crowd, told(timeline(9, kl=np.zeros(3))), LOOK).plotly()
    assert list(young.data[0].x) == [1, 2] and set(young.data[0].marker.color) == {LOOK.guess}
    old = crowd_picture(CHOICE, crowd, run, LOOK).plotly()
    assert list(old.data[0].marker.color) == [LOOK.good, LOOK.guess]
    assert old.layout.meta["said"] == [
        "3 guesses.",
        "1 of 3 are right.",
        "What came out: “Near the bottom”.",
        "It ends at 5.0.",
    ]
    assert any("Bo" in note.text for note in old.layout.annotations)


@pytest.mark.parametrize("guess", [LINEAR, DECADES, PLACE, EVEN, CHOICE], ids=lambda guess: guess.name)
def test_a_class_of_nobody_and_a_full_one_can_be_drawn(guess):
    high = 0.9 * guess.high
    made = "near" if guess.options else [(0.0, high), (100.0, high)] if guess.scalar else [(high,)]
    for entries in ((), (Entry(made, "A"),) * MOST):
        for line in (timeline(0), timeline(kl=np.linspace(1, 5, 41), loss=np.linspace(1, 0.1, 41))):
            crowd_picture(guess, Crowd(guess.name, entries), told(line), LOOK, last=100, title="x", between=(0.2, 0.4)).plotly()


def test_everything_it_says_is_said_in_chinese():
    look = Style("dark", "zh", translator("zh", "kit"))
    run = told(timeline(kl=np.linspace(0, 5, 41)))
    for guess, crowd, line in (
        (LINEAR, curves(), run),
        (LINEAR, curves(1), timeline(0, kl=np.zeros(1))),
        (PLACE, Crowd("die", (Entry([(20.0,)]),) * 3), timeline(50)),
        (CHOICE, Crowd("near", (Entry("near"),)), run),
    ):
        picture = crowd_picture(guess, crowd, line, look)
        words = [*picture.layout["meta"]["said"], *(note["text"] for note in picture.layout["annotations"])]
        ours = [
            text
            for text in words
            if text not in (guess.because, "It ends at 5.0.", "Ann 3") and not re.match(r"Near|✓|Far|结果", text)
        ]
        assert [text for text in ours if re.search("[A-Za-z]{2}", text)] == []
