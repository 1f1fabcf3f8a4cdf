"""Axes, panels and time: titles of declared outputs, domains that do not touch, marks of hot changes, thinning, translation."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.picture import Style
from engine.plot import Axis, Cast, Log, Plot
from engine.plot.words.marks import COLUMNS, LONG, columns_of, screen, thin
from tests.plot.conftest import CAST, shout, texts, timeline


def domains(picture) -> list[tuple[float, float, float, float]]:
    names = [name[5:] for name in picture.layout if name.startswith("xaxis")]
    return [(*picture.layout[f"xaxis{n}"]["domain"], *picture.layout[f"yaxis{n}"]["domain"]) for n in names]


@given(st.integers(1, 4), st.integers(1, 4), st.booleans(), st.lists(st.floats(0.2, 5), min_size=4, max_size=4))
def test_panels_do_not_overlap_and_have_the_sizes_asked_for(rows, columns, titles, sizes):
    plot = Plot(timeline(), Style())
    panels = plot.grid(rows, columns, x=Axis("across"), y=Axis("up"), heights=sizes[:rows], titles=["title"] * titles)
    for panel in panels:
        panel.curve([0, 1], [0, 1], end="a rather long label")
    if rows * columns == 1:
        return
    boxes = domains(plot.done(""))
    assert len(boxes) == rows * columns
    for (l1, r1, b1, t1), (l2, r2, b2, t2) in itertools.combinations(boxes, 2):
        assert r1 <= l2 or r2 <= l1 or t1 <= b2 or t2 <= b1
    assert all(0 <= left < right <= 1 and 0 <= bottom < top <= 1 for left, right, bottom, top in boxes)
    tall = [top - bottom for _, _, bottom, top in boxes[::columns]]
    assert np.allclose(np.divide(tall, sizes[:rows]), tall[0] / sizes[0], atol=2e-3)


def test_a_mosaic_reaches_over_cells(plot):
    a, b, c = plot.mosaic("ab", "cc", y=["first", "second", Log("third")])
    picture = plot.done("")
    assert a.domain[1] < b.domain[0] and (c.domain[0], c.domain[1]) == (0.0, 1.0) and c.domain[3] < a.domain[2]
    assert picture.layout["yaxis3"]["type"] == "log" and picture.layout["yaxis3"]["anchor"] == "x3"


def test_panels_that_share_an_axis_reach_equally_far_and_say_it_once(plot):
    above, below = plot.grid(2, 1, x="position", share_x=True)
    above.curve([0, 5], [0, 1])
    below.curve([2, 9], [0, 1])
    picture = plot.done("")
    assert picture.layout["xaxis"]["range"] == picture.layout["xaxis2"]["range"]
    assert picture.layout["xaxis"]["title"]["text"] == "" and picture.layout["xaxis"]["showticklabels"] is False
    assert picture.layout["xaxis2"]["title"]["text"] == "position"


def test_an_output_gives_its_axis_meaning_and_unit():
    plot = Plot(timeline(), Style(t=shout), x="step", y=Log("kl", 1e-2, 10))
    layout = plot.done("").layout
    assert layout["yaxis"]["title"]["text"] == "MEAN DIVERGENCE (NATS)" and layout["yaxis"]["range"] == [-2.0, 1.0]
    assert layout["xaxis"]["title"]["text"] == "STEP"
    assert Plot(timeline(), Style(), y="loss").done("").layout["yaxis"]["title"]["text"] == "training loss"


def test_hot_changes_are_marked_on_every_time_axis_and_on_no_other(plot):
    for panel, x in zip(plot.grid(2, 2), ("step", None, "position", Axis("step")), strict=True):
        panel.x = Axis(x) if isinstance(x, str) else x or panel.x
    plot.panels[1].over_time("loss")  # has no title of its own: the step's
    places = [(shape["xref"], shape["x0"]) for shape in plot.done("").layout["shapes"]]
    assert places == [("x", 100), ("x2", 100), ("x4", 100)]


def test_changes_outside_the_shown_time_are_not_marked():
    plot = Plot(timeline(50, (10, 400)), Style(), x="step")
    assert [shape["x0"] for shape in plot.done("").layout["shapes"]] == [10]


@given(st.integers(0, 9), st.integers(0, 2**32 - 1))
def test_thinning_keeps_ends_extremes_and_gaps(thousands, seed):
    random = np.random.default_rng(seed)
    y = random.normal(size=thousands * 1000)
    y[random.random(len(y)) < 0.01] = np.nan
    x = np.arange(len(y), dtype=float)
    fewer_x, fewer_y = thin(x, y, columns_of(x))
    assert len(fewer_x) <= (2 * COLUMNS + 2 + np.isnan(y).sum() if len(x) > LONG else len(x))
    if len(y):
        assert (
            (fewer_x[0], fewer_x[-1]) == (x[0], x[-1])
            and np.nanmin(fewer_y) == np.nanmin(y)
            and np.nanmax(fewer_y) == np.nanmax(y)
        )
        assert np.isnan(fewer_y).any() == np.isnan(y).any()
    assert np.array_equal(y[fewer_x.astype(int)], fewer_y, equal_nan=True)


def test_a_curve_that_turns_back_is_not_thinned():
    angle = np.linspace(0, 6, 9000)
    assert columns_of(np.cos(angle)) is None and columns_of(angle) is not None


def test_numbers_are_as_fine_as_the_screen():
    assert screen([0.1, 0.2]).dtype == np.float32
    assert screen(np.arange(3)).dtype == np.float32 and screen([1e300])[0] == np.inf


def test_texts_are_translated_and_data_are_not():
    plot = Plot(timeline(), Style(t=shout))
    plot.curve([0, 1], [0, 1], CAST["rope"], end="{name} against {other}", other=CAST["xl"])
    plot.level(0.5, "chance {value:.2f}, file {file}", file="weights.npy")
    plot.corner("best: {names}", names=[CAST["rope"], CAST["xl"]])
    picture = plot.done(
        "The loss is {loss:.2f}, the floor {floor:.2f}, the rest {rest}.", loss=float("nan"), floor=float("inf"), rest=1
    )
    assert texts(picture) == ["CHANCE 0.50, FILE weights.npy", "BEST: ROPE, TRANSFORMER-XL", "ROPE AGAINST TRANSFORMER-XL"]
    assert picture.meta["alt"] == "THE LOSS IS NOT MEASURED, THE FLOOR ∞, THE REST 1."
    assert picture.data[0]["name"] == "ROPE"


def test_a_label_says_a_dash_where_nothing_was_measured(plot):
    plot.corner("mean {value:.2f}", value=float("nan"))
    assert texts(plot.done("")) == ["mean –"]


def test_a_tooltip_speaks_point_by_point_and_the_end_of_the_last(plot):
    plot.curve([1, 2], [3, 4], hover="loss {loss:.1f} of {net}", end="{loss:.1f}", loss=np.array([0.5, 0.25]), net=CAST["rope"])
    trace = plot.done("").data[0]
    assert trace["text"] == ["loss 0.5 of RoPE", "loss 0.2 of RoPE"] and trace["hoverinfo"] == "text+name"


def test_a_member_has_one_colour_and_dash_everywhere():
    for style in (Style("light"), Style("dark")):
        plot = Plot(timeline(), style)
        plot.curve([0, 1], [0, 1], CAST["xl"])
        plot.dots([0], [0], CAST["xl"])
        plot.bars([0], [1], CAST["xl"])
        line, dots, bars = plot.done("").data
        assert (
            line["line"]["color"]
            == dots["marker"]["color"]
            == bars["marker"]["color"]
            == style.series[2]
            == CAST["xl"].color(style)
        )
        assert line["line"]["dash"] == "dot"
        assert CAST["exact"].color(style) == style.theory


def test_a_cast_whose_members_look_alike_is_refused():
    with pytest.raises(ValueError, match="RoPE, xPos"):
        Cast({"rope": ("RoPE", 0), "xpos": ("xPos", 0)})


def test_an_unknown_colour_is_named(plot):
    with pytest.raises(ValueError, match="“purple” is no colour"):
        plot.curve([0, 1], [0, 1], "purple")


def test_drawing_the_same_twice_gives_the_same_and_changes_no_input():
    def draw():
        plot = Plot(timeline(), Style(), x="step", y="loss")
        plot.over_time("loss", CAST["rope"])
        plot.arrows(values, values, values, values)
        return plot.done("x")

    values = np.arange(5.0)
    before = values.copy()
    assert repr(draw()) == repr(draw()) and np.array_equal(values, before)
