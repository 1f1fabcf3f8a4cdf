"""What a guess looks like: in its panel, and beside the views that show the same scalar."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from engine.guess.figures import overlay, picture, place_picture
from engine.plot import Axis, Log, Plot
from tests.guess.lines import LINEAR, LOOK, PLACE, timeline


def test_the_panel_shows_what_was_drawn_first_and_what_was_measured_beside_it():
    run = timeline(kl=np.linspace(0, 5, 11))
    panel = picture(LINEAR, [(0, 1), (200, 9)], run, LOOK, last=200).plotly()
    drawn, measured = panel.data[:2]
    assert (
        list(drawn.x) == [0, 200] and list(drawn.y) == [1, 9] and drawn.line.dash == "dash" and drawn.line.color == LOOK.guess
    )
    assert np.array_equal(measured.y, run.history["kl"]) and measured.line.dash == "solid"
    assert list(panel.layout.xaxis.range) == [0, 200]
    assert panel.layout.meta["said"][0].startswith("Off by") and panel.layout.meta["short"].endswith("off")
    assert all(sentence in panel.layout.meta["alt"] for sentence in panel.layout.meta["said"])


def test_an_empty_panel_and_one_of_a_young_run_say_so():
    young = timeline(10, kl=np.zeros(3))
    assert picture(LINEAR, None, young, LOOK, last=100).meta == {
        "alt": "How high? Nothing drawn yet.",
        "said": ["Nothing drawn yet."],
        "short": "",
    }
    assert picture(LINEAR, [(0, 1), (100, 2)], young, LOOK, last=100).meta["said"] == ["Play until step 20 to see."]


def test_the_panel_of_a_threshold_reveals_theory_and_measurement_only_afterwards():
    drawn = [(5.0,)]
    before = place_picture(PLACE, drawn, timeline(9), LOOK, title="β", between=(4.0, math.inf)).plotly()
    assert [trace.name for trace in before.data] == ["your guess"] and list(before.data[0].x) == [5, 5]
    assert before.layout.meta["said"] == ["Play until step 10 to see."]
    after = place_picture(PLACE, drawn, timeline(10), LOOK, title="β", between=(4.0, math.inf)).plotly()
    assert {trace.name: [float(x) for x in trace.x] for trace in after.data} == {
        "your guess": [5, 5],
        "measured": [4, 100],
        "theory": [20, 20],
    }
    assert after.layout.meta["short"] == "4 times too low"
    nothing = place_picture(PLACE, None, timeline(10), LOOK, title="β", between=(4.0, math.inf)).plotly()
    assert len(nothing.data[0].x) == 0 and len(nothing.data) == 1


def test_a_view_that_shows_the_scalar_gets_the_guess_beside_it_and_stays_itself():
    run = timeline(kl=np.linspace(1, 5, 11), other=np.linspace(1, 4, 11))
    plot = Plot(run, LOOK, x="step", y=Log())
    plot.over_time("other", "first", name="other")
    plot.over_time("kl", "second", name="KL")
    view = plot.done()
    with_guess = overlay(view, LINEAR, [(0, 1), (100, 9)], run, LOOK).plotly()
    assert len(view.data) == 2 and [trace.name for trace in with_guess.data] == ["other", "KL", "your guess"]
    assert list(with_guess.data[2].y) == [1, 9]
    assert with_guess.layout.annotations[-1].y == pytest.approx(math.log10(9))  # labels of log axes are in decades


def test_the_guess_goes_to_the_axes_of_its_scalar():
    run = timeline(kl=np.linspace(1, 5, 11))
    plot = Plot(run, LOOK)
    _, right = plot.grid(1, 2, x="step", y=Axis("KL"))
    right.over_time("kl")
    assert overlay(plot.done(), LINEAR, [(0, 1), (100, 9)], run, LOOK).data[1]["yaxis"] == "y2"


def test_a_view_that_shows_something_else_is_left_alone():
    run = timeline(kl=np.linspace(1, 5, 11))
    plot = Plot(run, LOOK)
    plot.curve(run.history["step"], 2 * run.history["kl"])
    plot.curve(run.history["kl"], run.history["kl"])
    view = plot.done()
    assert overlay(view, LINEAR, [(0, 1), (100, 9)], run, LOOK) is view
    assert overlay(view, dataclasses.replace(LINEAR, scalar="gone"), [(0, 1), (100, 9)], run, LOOK) is view
