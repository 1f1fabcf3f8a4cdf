"""Direct labels never cover each other and stay on the panel, on linear and log axes alike."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from engine.core.picture import Style
from engine.plot import Axis, Log, Plot, apart
from engine.plot.labels import TALL, columns, height_of, width_of
from tests.plot.conftest import CAST, texts, timeline

heights = st.lists(st.tuples(st.floats(-100, 500), st.floats(8, 40)), min_size=1, max_size=12)


@given(heights)
def test_no_two_labels_are_nearer_than_their_heights_and_all_are_inside(labels):
    middles, tall = [m for m, _ in labels], [h for _, h in labels]
    placed = apart(middles, tall, 0.0, 600.0)
    boxes = sorted((p - h / 2, p + h / 2) for p, h in zip(placed, tall, strict=True))
    assert boxes[0][0] >= -1e-9 and boxes[-1][1] <= 600 + 1e-9
    assert all(before[1] <= after[0] + 1e-6 for before, after in pairwise(boxes))


@given(heights)
def test_labels_keep_their_order(labels):
    placed = apart([m for m, _ in labels], [h for _, h in labels], 0.0, 600.0)
    order = sorted(range(len(labels)), key=lambda k: labels[k][0])
    assert [placed[k] for k in order] == sorted(placed)


@given(st.lists(st.floats(0, 300), min_size=1, max_size=6))
def test_labels_that_are_far_apart_stay_where_they_are(gaps):
    middles = np.cumsum([20 + gap for gap in gaps]).tolist()
    assert np.allclose(apart(middles, [20.0] * len(middles), 0.0, 3000.0), middles)


def test_more_labels_than_there_is_room_for_share_it_evenly():
    placed = sorted(apart([50.0] * 10, [20.0] * 10, 0.0, 100.0))
    assert np.allclose(placed, np.linspace(10, 90, 10))


values = st.lists(st.floats(1e-3, 1.0), min_size=1, max_size=10)


@given(values, st.booleans())
def test_ends_of_curves_are_kept_apart_in_pixels_whatever_the_axis(ends, log):
    y = Log("loss", 1e-3, 1.0) if log else Axis("loss", 0, 1)
    plot = Plot(timeline(), Style(), x=Axis("step", 0, 10), y=y)
    for k, end in enumerate(ends):
        plot.curve([0, 10], [0.5, end], k, end="curve {k}", k=k)
    picture = plot.done("")
    low, high = (-3.0, 0.0) if log else (0.0, 1.0)
    pixels = sorted((note["y"] - low) / (high - low) * plot.pixels("y") for note in picture.layout["annotations"])
    assert len(pixels) == len(ends)
    row = TALL * height_of("curve", 14)
    assert all(b - a >= row - 1e-6 for a, b in pairwise(pixels))
    assert pixels[0] >= row / 2 - 1e-6 and pixels[-1] <= plot.pixels("y") - row / 2 + 1e-6


def test_ends_at_the_right_edge_stand_outside_and_make_room(plot):
    plot.curve([0, 10], [0, 1], CAST["xl"], end="{name}")
    plot.curve([0, 4], [0, 1], CAST["rope"], end="{name}")
    picture = plot.done("")
    outside, inside = sorted(picture.layout["annotations"], key=lambda note: note["xref"], reverse=True)
    assert (outside["text"], outside["xref"], outside["x"]) == ("Transformer-XL", "x domain", 1.0)
    assert (inside["text"], inside["xref"], inside["x"]) == ("RoPE", "x", 4.0)
    assert picture.layout["margin"]["r"] >= width_of("Transformer-XL", 14)


def test_labels_that_do_not_stand_over_each_other_do_not_move_each_other(plot):
    plot.label(1, 5, "left")
    plot.label(9, 5, "right")
    plot.see([0, 10], [0, 10])
    assert [note["y"] for note in plot.done("").layout["annotations"]] == [5.0, 5.0]
    assert columns([(0, 10), (5, 20), (30, 40), (18, 19)]) == [[0, 1, 3], [2]]


def test_labels_on_a_log_axis_are_given_in_decades():
    plot = Plot(timeline(), Style(), x=Log("width", 1, 1000), y=Log("loss", 1e-2, 1e2))
    plot.text(10, 1, "here")
    plot.upright(100, "there")
    plot.curve([1, 1000], [-1, np.nan], end="nothing")  # no place on a log axis
    picture = plot.done("")
    assert picture.layout["annotations"][0]["x"] == 1.0 and picture.layout["annotations"][0]["y"] == 0.0
    assert picture.layout["shapes"][0]["x0"] == 100.0  # shapes are given in values: plotly's convention
    assert all(math.isfinite(note["y"]) for note in picture.layout["annotations"]) and "nothing" not in texts(picture)


def test_wide_letters_take_more_room():
    assert width_of("科学空间", 10) == 40 and width_of("<b>科</b><br>ab", 10) < 12 and height_of("a<br>b", 10) == 25
