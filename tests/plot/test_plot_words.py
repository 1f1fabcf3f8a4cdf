"""Every word gives what plotly takes: with ordinary data, with none, with one point, with gaps."""

from __future__ import annotations

import numpy as np
import pytest

from engine.core.picture import Style
from engine.plot import Axis, Log, Plot, lattice, ring, tree
from tests.plot.conftest import CAST, texts, timeline

GRID = np.linspace(-2, 2, 21)
ACROSS, UP = np.meshgrid(GRID, GRID)
T = np.arange(1, 11.0)

WORDS = {
    "curve": lambda p: p.curve(T, T**2, CAST["rope"], end="{name}", points=6, hover="value {v:.1f}", v=T, key="rope"),
    "theory": lambda p: p.theory(T, T, end="law (3) at r = {rate:.2f}", rate=0.5),
    "band": lambda p: p.band(T, T - 1, T + 1, middle=T, end="mean"),
    "dots": lambda p: p.dots(T, T, [k % 3 for k in range(10)], size=T, label="last"),
    "dots by numbers": lambda p: p.dots(T, T, by=T, tones="second", limits=(0, 10), bar="height"),
    "dots by class": lambda p: p.dots(T, T, by=[0, 1] * 5, tones=["first", "second"]),
    "letters": lambda p: p.dots([1, 2], [1, 2], size=20, letters=["A", "B"]),
    "bars": lambda p: p.bars(T, T, "measured", law=T + 0.5, text="{value:.1f}"),
    "bars across": lambda p: p.bars([0, 1], [3, -4], [CAST["rope"], "quiet"], across=True, text="{value}"),
    "grouped bars": lambda p: [p.bars([0, 1], [3, 4], k, group=(k, 2)) for k in range(2)],
    "histogram": lambda p: p.histogram(np.random.default_rng(0).normal(size=500), law=lambda x: np.exp(-x * x / 2), end="normal"),
    "errors": lambda p: p.errors(T, T, 0.2 * T, CAST["xl"], line=True, end="{name}"),
    "skewed errors": lambda p: p.errors(T, T, [0.1 * T, 0.3 * T], across=True),
    "over_time": lambda p: p.over_time("loss", CAST["rope"]),
    "heat": lambda p: p.heat(ACROSS * UP, tones="two-sided", bar="product", hover="%{z:.2f}"),
    "heat with numbers": lambda p: p.heat(np.eye(3), numbers="{value:.1f}", rows=list(CAST.values()), columns=[8, 16, 32], outlined=np.eye(3) > 0, chosen=(0, 1)),
    "heat with texts": lambda p: p.heat(np.eye(2), numbers=[["a", "b"], ["c", "d"]], x=(10, 5), y=[1, 2], smooth=True),
    "contour": lambda p: p.contour(GRID, GRID, ACROSS**2 + UP**2, [0.5, 1.0]),
    "image": lambda p: p.image(np.zeros((4, 5))),
    "image in colour": lambda p: p.image(np.zeros((4, 5, 3))),
    "tiles": lambda p: p.tiles(np.zeros((7, 8, 6)), 3, chosen=4, pale=np.arange(7) > 4, titles=["one"]),
    "arrows": lambda p: p.arrows(T, T, T, -T, size=0.1),
    "ellipses": lambda p: p.ellipses([[0, 0], [1, 1]], [[1, 2], [2, 1]]),
    "metric": lambda p: p.ellipses([[0, 0]], [[[2, 1], [1, 2]]], "theory", metric=True),
    "paths": lambda p: p.paths(np.random.default_rng(0).normal(size=(2, 30, 2)).cumsum(1), CAST["rope"], recent=5, end="{name}"),
    "tokens": lambda p: p.tokens("科学空间", name="true", by=[0, 1, 2, 3], spans=[(0, 2, "word", "good")], brackets=[(0, 4, "name", "mark")], arcs=[(0, 3, 0.5, "first"), (1, 2)], bars=[[0.2] * 4], wrong=[0, 1, 0, 0], chosen=2, bar="weight"),
    "nodes": lambda p: p.nodes(lattice(3, 2), [(0, 2), (1, 3), (2, 4)], areas=[0.2] * 6, weights=[0, 0.5, 1], names=list("abcdef"), below=[1] * 6, edge_names=["x"], bold=[[0, 2, 4]], directed=True),
    "tree": lambda p: p.nodes(tree([-1, 0, 0]), [(0, 1), (0, 2)], who=["first", 1, 2], edge=["quiet", "mark"], key=[0, 1, 2]),
    "ring": lambda p: p.nodes(ring(5), [(k, (k + 1) % 5) for k in range(5)], square=True, largest=10, names=list("abcde")),
    "surface": lambda p: p.surface(GRID, GRID, ACROSS * UP, by=UP, axes=("x", "y", "z"), bar="height"),
    "curve3": lambda p: p.curve3(T, T, T, CAST["rope"]),
    "dots3": lambda p: p.dots3([0], [0], [0], letters=["A"], name="point"),
    "upright": lambda p: p.upright(1, "threshold {value}"),
    "level": lambda p: [p.level(1, "chance {value:.1f}", side=side) for side in ("left", "right", "end")],
    "region": lambda p: p.region(x=(0, 1), text="never trained"),
    "text": lambda p: p.text(1, 2, "here", up="above", side="center", ground=True),
    "label": lambda p: [p.label(1, 2, "point", side=side) for side in ("left", "right", "above", "below", "end")],
    "corner": lambda p: [p.corner("corner", where) for where in ("top left", "top right", "bottom left", "bottom right", "top", "top")],
    "title": lambda p: p.title("title"),
    "headline": lambda p: p.headline("headline"),
    "rug": lambda p: p.rug(T),
    "legend": lambda p: p.legend(),
    "outline": lambda p: (p.heat(np.eye(3)), p.outline([(0, 0), (2, 1)], "mark")),
    "handle": lambda p: p.handle(1, 2, ("a", None), hover="drag me {v:.1f}", v=1.0),
    "handles": lambda p: p.handle([1, 2], [1, 2], [("a", "b"), ("c", "d")], letters="AB"),
    "inset": lambda p: p.inset(0.7, 0.95, 0.7, 0.95).image(np.zeros((3, 3))),
}  # fmt: skip


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("word", WORDS)
def test_a_word_gives_what_plotly_takes(word, theme):
    plot = Plot(timeline(), Style(theme), x=Axis("across", -3, 12), y=Axis("up"))
    WORDS[word](plot)
    figure = plot.done("Something about {word}.", word=word).plotly()
    assert figure.layout.meta["alt"].startswith("Something")


def test_every_public_word_of_a_panel_is_tried_here():
    own = {name for kind in Plot.__mro__ for name in vars(kind) if not name.startswith("_") and callable(getattr(Plot, name))}
    made_of = {"add", "see", "note", "shape", "axis", "say", "word", "color", "scaled", "span", "pixels", "place", "value_at"}
    made_of |= {"title_of", "layout", "finish", "outside", "room", "place_corners", "veil", "shade_of", "space", "tell", "done"}
    tried = {name.split()[0] for name in WORDS} | {"grid", "mosaic", "click", "hover"}
    assert own - made_of - tried == set()


EMPTY = {
    "curve": lambda p: p.curve([], [], end="nothing"),
    "all gaps": lambda p: p.curve([1, 2], [np.nan, np.nan], end="nothing"),
    "band": lambda p: p.band([], [], [], middle=[]),
    "dots": lambda p: p.dots([], [], label="nothing"),
    "bars": lambda p: p.bars([], [], law=[], text="{value}"),
    "histogram": lambda p: p.histogram([], law=lambda x: x),
    "equal samples": lambda p: p.histogram([2.0, 2.0]),
    "errors": lambda p: p.errors([], [], []),
    "heat": lambda p: p.heat(np.zeros((0, 0))),
    "heat of gaps": lambda p: p.heat(np.full((2, 2), np.nan), numbers="{value:.1f}", tones="two-sided"),
    "contour": lambda p: p.contour(GRID, GRID, np.full((21, 21), np.nan)),
    "flat contour": lambda p: p.contour(GRID, GRID, np.zeros((21, 21))),
    "tiles": lambda p: p.tiles(np.zeros((0, 4, 4)), 3),
    "arrows": lambda p: p.arrows([], [], [], []),
    "standing arrow": lambda p: p.arrows([0], [0], [0], [0]),
    "ellipses": lambda p: p.ellipses(np.zeros((0, 2)), np.zeros((0, 2))),
    "paths": lambda p: p.paths(np.full((3, 2), np.nan)),
    "tokens": lambda p: p.tokens(""),
    "nodes": lambda p: p.nodes(np.zeros((0, 2)), directed=True),
    "one node": lambda p: p.nodes([[0, 0]], names=["a"]),
}


@pytest.mark.parametrize("word", EMPTY)
@pytest.mark.parametrize("axes", [{}, {"x": Log("across"), "y": Log("up")}])
def test_nothing_to_draw_is_drawn(word, axes):
    plot = Plot(timeline(), Style(), **axes)
    EMPTY[word](plot)
    picture = plot.done("Empty.")
    picture.plotly()
    assert not any("nothing" in text for text in texts(picture))


def test_a_curve_of_one_point_can_be_seen(plot):
    plot.curve([1, 2, 3], [np.nan, 5, np.nan])
    assert plot.done("").data[0]["mode"] == "lines+markers"


def test_cells_say_their_numbers_and_gaps_a_dash(plot):
    plot.heat([[0.25, np.nan, -0.25, -0.001]], numbers="{value:.2f}")
    assert plot.done("").data[0]["text"] == [["0.25", "–", "−0.25", "0.00"]]


def test_the_tags_of_a_token_stand_beside_each_other_on_one_line(plot):
    """Stacked, the second would reach a line across that its number does not."""
    plot.tokens(["one", "two"], bars=[[0.5, 0.2], [0.4, 0.9]], bar_inks=("measured", "mark"))
    first, second = plot.done("").data[1:3]
    assert (first["base"] == second["base"]).all() and second["y"].tolist() == pytest.approx([0.4, 0.9])
    assert (first["x"] + first["width"] / 2 < second["x"] - second["width"] / 2).all()


def test_a_negative_number_has_a_minus_and_a_hyphen_stays_one(plot):
    plot.dots([0], [0])
    plot.headline(
        "f = ({first:.3f}, {second:.2f}) at {third}, x-1 in 3-4, {tiny:.1e}",
        first=-1.0,
        second=-0.001,
        third=-np.inf,
        tiny=2e-8,
    )
    assert "f = (−1.000, 0.00) at −∞, x-1 in 3-4, 2.0·10⁻⁸" in texts(plot.done())


def test_names_of_rows_and_places_of_cells(plot):
    plot.heat(np.zeros((3, 2)), x=(10, 5), rows=list(CAST.values()), outlined=[(2, 1)])
    picture = plot.done("")
    assert picture.layout["yaxis"]["ticktext"] == ["RoPE", "Transformer-XL", "exact gradient"]
    assert picture.layout["yaxis"]["range"] == [2.5, -0.5]  # first row on top
    (frame,) = picture.layout["shapes"]
    assert (frame["x0"] + frame["x1"]) / 2 == 15 and (frame["y0"] + frame["y1"]) / 2 == 2


def test_a_contour_lies_at_its_level(plot):
    plot.contour(GRID, GRID, ACROSS**2 + UP**2, [1.0])
    trace = plot.done("").data[0]
    radius = np.hypot(trace["x"], trace["y"])
    assert np.nanmax(np.abs(radius - 1)) < 0.01 and np.isfinite(radius).sum() > 20


def test_ellipses_of_a_metric_and_of_a_covariance(plot):
    matrix = np.array([[2.0, 0.6], [0.6, 1.0]])
    plot.ellipses([[1, 2]], [matrix], metric=True, size=0.5)
    plot.ellipses([[1, 2]], [matrix], size=0.5)
    metric, covariance = (np.stack([trace["x"], trace["y"]], 1)[:-1] - [1, 2] for trace in plot.done("").data)
    assert np.allclose(np.einsum("na,ab,nb->n", metric, matrix, metric), 0.25, atol=1e-5)
    assert np.allclose(np.einsum("na,ab,nb->n", covariance, np.linalg.inv(matrix), covariance), 0.25, atol=1e-5)


def test_a_tree_has_its_root_over_its_children_and_a_circle_is_none():
    places = tree([-1, 0, 0, 1, 1])
    assert places[:, 1].tolist() == [0, -1, -1, -2, -2] and places[0, 0] == (places[1, 0] + places[2, 0]) / 2
    with pytest.raises(ValueError, match="no tree"):
        tree([1, 0])


def test_widths_of_edges_and_areas_of_nodes_say_their_numbers(plot):
    plot.nodes(lattice(2, 2), [(0, 2), (1, 3)], areas=[1, 0.25, 0, 1], weights=[0, 1])
    edges, nodes = plot.done("").data
    assert edges["meta"]["widths"] == [0.6, 9.0]
    assert nodes["marker"]["size"].tolist() == [34, 17, 0, 34]


def test_what_a_person_may_take_hold_of(plot):
    plot.curve([1, 2], [1, 2], key="rope")
    plot.handle([1, 2], [3, 4], [("a", "b"), (None, "d")])
    plot.click("arm")
    _, right = plot.grid(1, 2)
    right.hover("probe", None)
    picture = plot.done("")
    assert picture.data[0]["customdata"] == ["rope", "rope"]
    assert picture.data[1]["meta"] == {"handles": [["a", "b"], [None, "d"]]}
    assert (
        picture.meta["click_data"] == "arm"
        and picture.meta["hover"] == ["probe", None]
        and picture.meta["hover_axes"] == "x2y2"
    )
