"""Strips of tokens: characters as readers count them, in the way they are read, never as markup."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.picture import Style
from engine.plot import Plot
from engine.plot.words.tokens import cells, leftward, letters, lines, shown, within
from tests.plot.conftest import texts, timeline


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("科学空间", ["科", "学", "空", "间"]),
        ("e\u0301a\u0308", ["e\u0301", "a\u0308"]),
        ("👩‍👩‍👧👍🏽!", ["👩‍👩‍👧", "👍🏽", "!"]),
        ("🇨🇳🇩🇪", ["🇨🇳", "🇩🇪"]),
        ("❤️a", ["❤️", "a"]),
        ("", []),
    ],
)
def test_characters_are_those_that_a_reader_counts(text, cut):
    assert letters(text) == cut


@given(st.text())
def test_cutting_loses_nothing(text):
    assert "".join(letters(text)) == text


def test_hebrew_and_arabic_run_from_right_to_left():
    assert (
        leftward(letters("שלום abc ערב")) and leftward(["مرحبا"]) and not leftward(["hello", "שלום"]) and not leftward(["科"])
    )
    plot = Plot(timeline(), Style())
    plot.tokens("שלום")
    assert plot.done("").layout["xaxis"]["range"] == [3.5, -0.5]


def test_blanks_can_be_seen_and_nothing_is_markup():
    assert [shown(token) for token in (" ", "\n", "", "<b>", "a & b")] == ["␣", "⏎", "∅", "&lt;b&gt;", "a &amp; b"]


def test_tokens_and_spans_are_cut_into_lines():
    tokens, (wide, *_) = ["token"] * 4, cells(["token"])
    filled, balanced = (lines(tokens, 3 * wide, balanced) for balanced in (False, True))
    assert filled == [slice(0, 3), slice(3, 4)] and balanced == [slice(0, 2), slice(2, 4)]
    assert lines([], 9) == lines([], 9, balanced=True) == [] and lines(["wider", "a"], 1.0) == [slice(0, 1), slice(1, 2)]
    spans = [(k, m, "", "good") for k, m in ((-1, -1), (0, 2), (2, 3), (4, 9), (6, 7))]
    assert within(slice(3, 6), spans) == [(0, 1, "", "good"), (1, 3, "", "good")]


def test_strips_stand_under_each_other_on_the_same_places():
    plot = Plot(timeline(), Style())
    plot.tokens("科学", name="true")
    plot.tokens("科举", name="predicted", wrong=[False, True])
    picture = plot.done("")
    above, below = (trace for trace in picture.data if trace["type"] == "heatmap")
    assert above["x"].tolist() == below["x"].tolist() == [-0.5, 0.5, 1.5]
    assert min(above["y"]) >= max(below["y"]) and texts(picture) == ["true", "predicted"]
    low, high = picture.layout["yaxis"]["range"]
    assert low <= min(below["y"]) and high >= max(above["y"])


def test_brackets_that_overlap_stand_in_rows_of_their_own():
    plot = Plot(timeline(), Style())
    plot.tokens("abcdef", brackets=[(0, 6, "all", "first"), (0, 3, "left", "second"), (3, 6, "right", "mark")])
    heights = [min(trace["y"]) for trace in plot.done("").data if trace["type"] == "scatter"]
    assert heights[0] > heights[1] == heights[2]


def test_arcs_are_as_wide_as_their_weights_and_higher_the_farther():
    plot = Plot(timeline(), Style())
    plot.tokens("abcdef", arcs=[(0, 5, 1.0, "first"), (1, 2, 0.0, "second")])
    trace = next(trace for trace in plot.done("").data if trace["type"] == "scatter")
    assert trace["meta"]["widths"] == [5.0, 0.8] and max(trace["y"][:17]) > max(trace["y"][18:35])


def test_a_background_says_its_number():
    plot = Plot(timeline(), Style())
    plot.tokens(["the", "cat"], by=[0.25, 0.75], low=0, high=1)
    trace = plot.done("").data[0]
    assert (
        trace["z"].tolist() == [[0.25, 0.75]] and (trace["zmin"], trace["zmax"]) == (0, 1) and trace["text"] == [["the", "cat"]]
    )
