"""What the marks of a canvas figure say: numbers in cells, coloured words, segments, contours, error bars; and clicks on cells."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.browser.figure_page import drag, place

CASES = Path(__file__).parents[1] / "cases"

# The colour of a pixel of the picture, and the texts that were drawn with their colours.
PIXEL = """([x, y]) => { const r = box.getBoundingClientRect();
  return [...box.querySelector('canvas').getContext('2d').getImageData(x - r.left, y - r.top, 1, 1).data.slice(0, 3)]; }"""
WRITTEN = """async (spec) => {
  const pen = CanvasRenderingContext2D.prototype;
  const { fillText } = pen;
  const written = [];
  pen.fillText = function (text, x, y) { written.push([text, this.fillStyle, x, y]); fillText.call(this, text, x, y); };
  await draw(spec);
  pen.fillText = fillText;
  return written;
}"""


def heat(rows: int, columns: int, **more: Any) -> dict[str, Any]:
    z = np.arange(rows * columns, dtype=float).reshape(rows, columns)
    return {"type": "heatmap", "z": z.tolist(), "showscale": False, "texttemplate": "%{text}", "colorscale": "Greys", **more}


def test_numbers_stand_in_cells_that_can_hold_them_and_come_with_a_zoom(sheet: Any) -> None:
    words = [[f"c{i}.{j}" for j in range(60)] for i in range(40)]
    spec = {"data": [heat(40, 60, text=words)], "layout": {"xaxis": {"visible": False}, "yaxis": {"visible": False}}}
    assert sheet.evaluate(WRITTEN, spec) == []
    drag(sheet, place(sheet, "xaxis", "yaxis", 3.6, 3.6), place(sheet, "xaxis", "yaxis", 8.4, 8.4))
    sheet.evaluate("tick()")
    written = sheet.evaluate(WRITTEN, spec)
    assert {text for text, *_ in written} == {f"c{i}.{j}" for i in range(4, 9) for j in range(4, 9)}


def test_the_colour_of_a_number_is_chosen_for_its_cell(sheet: Any) -> None:
    spec = {"data": [heat(1, 2, text=[["light", "dark"]], zmin=0, zmax=1)], "layout": {}}
    ink = {text: color for text, color, *_ in sheet.evaluate(WRITTEN, spec)}
    assert ink["light"] == "#16181d" and ink["dark"] == "#ffffff"  # Greys: 0 is white, 1 is black


def test_an_outlined_cell_at_the_corner_leaves_the_map_where_it_ends(sheet: Any) -> None:
    frame = {"type": "rect", "x0": 1.5, "x1": 2.5, "y0": 0.5, "y1": 1.5, "line": {"color": "#ff0000", "width": 4}}
    sheet.evaluate("(spec) => draw(spec)", {"data": [heat(2, 3)], "layout": {"shapes": [frame]}})
    state = sheet.evaluate("figure.state")
    assert state["xaxis"]["range"] == [-0.5, 2.5] and state["yaxis"]["range"] == [-0.5, 1.5]
    assert sheet.evaluate(PIXEL, place(sheet, "xaxis", "yaxis", 1.5, 1.0)) == [255, 0, 0]


def test_a_span_has_its_colour_and_its_width_in_every_text(sheet: Any) -> None:
    formula = '<span style="color:#ff0000">red</span>|<b><span style="color: #00f;">blue <i>x</i><sub>i</sub></span></b>|plain'
    spec = {
        "data": [{"mode": "lines", "x": [0, 1], "y": [0, 1], "name": formula}],
        "layout": {
            "showlegend": True,
            "xaxis": {"title": {"text": formula}},
            "annotations": [{"text": formula, "x": 0.5, "y": 0.2, "showarrow": False}],
        },
    }
    written = sheet.evaluate(WRITTEN, spec)
    for text, color in (("red", "#ff0000"), ("blue ", "#0000ff"), ("x", "#0000ff"), ("i", "#0000ff")):
        assert [ink for said, ink, *_ in written if said == text] == [color] * 3, text
    assert {ink for said, ink, *_ in written if said == "|plain"}.isdisjoint({"#ff0000", "#0000ff"})
    # Each run begins where the one before ends: no two of the pieces lie on each other.
    widths = sheet.evaluate(
        """() => boxesOf(figure).texts.filter((t) => t.text.includes('red')).map((t) => t.corners[1][0] - t.corners[0][0])"""
    )
    red, plain = (next(x for said, _, x, _ in reversed(written) if said == text) for text in ("red", "|plain"))
    assert len(widths) == 3 and 0 < plain - red < min(widths)
    svg = sheet.evaluate("async () => (await import('./lab/figure/svg.js')).toSvg(figure)")
    assert svg.count('fill="#ff0000"') == 3


@pytest.mark.parametrize(
    ("own", "shown"),
    [
        ("if a &lt; b &amp;&amp; c then &lt;b>x&lt;/b>", "if a < b && c then <b>x</b>"),
        ("typed: &amp;lt; and &amp;amp;lt;", "typed: &lt; and &amp;lt;"),
        ("&nbsp; &copy; stay", "&nbsp; &copy; stay"),
    ],
)
def test_what_a_person_wrote_is_shown_as_they_wrote_it(sheet: Any, own: str, shown: str) -> None:
    spec = {
        "data": [heat(1, 1, text=[[own]]), {"mode": "markers", "x": [0], "y": [0], "name": own, "hoverinfo": "skip"}],
        "layout": {"annotations": [{"text": own, "x": 0, "y": 0.4, "showarrow": False}], "showlegend": True},
    }
    assert [text for text, *_ in sheet.evaluate(WRITTEN, spec)].count(shown) == 3


def test_segments_have_widths_and_colours_of_their_own_across_gaps(sheet: Any) -> None:
    axes = {letter + "axis": {"range": [0, 10], "visible": False} for letter in "xy"}
    edges = {
        "mode": "lines",
        "x": [0, 10, None, 0, 10],
        "y": [2, 2, None, 8, 8],
        "meta": {"widths": [20, 4], "colors": ["#ff0000", "#0000ff"]},
    }
    sheet.evaluate("(spec) => draw(spec)", {"data": [edges], "layout": axes})
    unit = sheet.evaluate("Math.abs(figure.state.yaxis.pixels[1] - figure.state.yaxis.pixels[0]) / 10")
    for y, color, half in ((2, [255, 0, 0], 10), (8, [0, 0, 255], 2)):
        assert sheet.evaluate(PIXEL, place(sheet, "xaxis", "yaxis", 5, y + (half - 1.5) / unit)) == color
        assert sheet.evaluate(PIXEL, place(sheet, "xaxis", "yaxis", 5, y + (half + 2) / unit)) == [255, 255, 255]
    # One value for each stretch between gaps, where stretches have several pieces.
    arcs = {**edges, "x": [0, 5, 10, None, 0, 5, 10], "y": [2, 2, 2, None, 8, 8, 8]}
    sheet.evaluate("(spec) => draw(spec)", {"data": [arcs], "layout": axes})
    for x in (2, 8):
        assert sheet.evaluate(PIXEL, place(sheet, "xaxis", "yaxis", x, 8)) == [0, 0, 255]


def test_a_contour_runs_where_the_grid_crosses_its_level(sheet: Any) -> None:
    """A cone z = |(x, y)|: its contour of height 2 is the circle of radius 2, on a grid whose columns are uneven."""
    x, y = np.array([-3, -2.5, -2, -1.2, -0.5, 0, 0.4, 1, 1.7, 2.2, 3]), np.linspace(-3, 3, 25)
    z = np.hypot(*np.meshgrid(x, y))
    circle = {"type": "contour", "x": x.tolist(), "y": y.tolist(), "z": z.tolist(), "line": {"color": "#ff0000", "width": 3}}
    circle |= {"contours": {"start": 2, "end": 2, "size": 1, "coloring": "none"}, "name": "cone"}
    sheet.evaluate("(spec) => draw(spec)", {"data": [circle], "layout": {"yaxis": {"scaleanchor": "x"}}})
    points = sheet.evaluate("boxesOf(figure).segments.map((s) => [s.from, s.to]).flat()")
    state = sheet.evaluate("figure.state")
    at = np.array(points)
    data = [
        (at[:, k] - axis["pixels"][0]) / (axis["pixels"][1] - axis["pixels"][0]) * (axis["range"][1] - axis["range"][0])
        + axis["range"][0]
        for k, axis in enumerate((state["xaxis"], state["yaxis"]))
    ]
    radius = np.hypot(*data)
    assert len(at) > 60 and np.abs(radius - 2).max() < 0.06  # linear between grid points at most 0.8 apart
    turn = np.sort(np.arctan2(data[1], data[0]))
    assert np.diff(turn).max() < 0.5  # all the way round
    sheet.mouse.move(*place(sheet, "xaxis", "yaxis", 0, 1.5))
    sheet.evaluate("tick()")
    tip = sheet.evaluate("[...box.querySelectorAll('div')].map((d) => d.textContent).join('')")
    assert "cone" in tip and "z 1.5" in tip


def test_areas_between_contours_have_the_colours_of_their_heights(sheet: Any) -> None:
    z = [[0, 1, 2, 3, 4]] * 3
    levels = {"start": 1, "end": 3, "size": 1}
    ramp = [[0, "#000000"], [1, "#ff0000"]]
    trace = {"type": "contour", "z": z, "contours": levels, "colorscale": ramp, "showscale": False, "line": {"width": 0}}
    sheet.evaluate("(spec) => draw(spec)", {"data": [trace], "layout": {}})
    reds = [sheet.evaluate(PIXEL, place(sheet, "xaxis", "yaxis", x, 1.1))[0] for x in (0.5, 1.5, 2.5, 3.5)]
    assert reds == pytest.approx([0, 85, 170, 255], abs=3)  # 0.5, 1.5, 2.5, 3.5 on a scale from 0.5 to 3.5


def test_error_bars_reach_as_far_down_as_they_are_told(sheet: Any) -> None:
    bars = {"array": [1.0], "arrayminus": [3.0], "color": "#ff0000", "thickness": 3}
    spec = {"data": [{"mode": "markers", "x": [1], "y": [5], "error_y": bars}], "layout": {"yaxis": {"range": [0, 10]}}}
    sheet.evaluate("(spec) => draw(spec)", spec)
    inside = [sheet.evaluate(PIXEL, place(sheet, "xaxis", "yaxis", 1, y)) == [255, 0, 0] for y in (6.5, 5.7, 4.3, 2.2, 1.5)]
    assert inside == [False, True, True, True, False]


def test_a_click_on_a_cell_tells_its_row_and_column_or_its_key(sheet: Any) -> None:
    trace = heat(3, 4, meta={"cell": ["row", "column"]})
    spec = {"data": [trace], "layout": {"yaxis": {"autorange": "reversed"}}}
    sheet.evaluate("(spec) => draw(spec)", spec)
    sheet.mouse.click(*place(sheet, "xaxis", "yaxis", 2.3, 1.2))
    sheet.evaluate("tick()")
    assert sheet.evaluate("told") == [{"kind": "click", "values": {"row": 1, "column": 2}, "final": True}]
    assert sheet.evaluate("box.querySelector('canvas').style.cursor") == "pointer"
    keys = [[f"{i}{j}" for j in range(4)] for i in range(3)]
    keyed = {"data": [heat(3, 4, customdata=keys)], "layout": {"meta": {"click_data": "pick"}}}
    sheet.evaluate("(spec) => draw(spec)", keyed)
    sheet.mouse.click(*place(sheet, "xaxis", "yaxis", 0.4, 2.2))
    assert sheet.evaluate("told.at(-1).values") == {"pick": "20"}


def test_a_click_on_a_bar_tells_its_key(sheet: Any) -> None:
    bars = {"type": "bar", "x": ["one", "two"], "y": [3, 5], "customdata": ["k1", "k2"]}
    sheet.evaluate("(spec) => draw(spec)", {"data": [bars], "layout": {"meta": {"click_data": "bar"}}})
    sheet.mouse.click(*place(sheet, "xaxis", "yaxis", 1.2, 2))
    assert sheet.evaluate("told.at(-1).values") == {"bar": "k2"}


def test_the_letters_of_handles_lie_above_them_on_the_canvas_and_in_the_svg(sheet: Any) -> None:
    grips = {
        "mode": "markers+text",
        "x": [1, 3],
        "y": [1, 1],
        "text": ["A", "B"],
        "textposition": "middle center",
        "textfont": {"color": "#00ff00"},
    }
    grips |= {"marker": {"size": 24, "color": "#000000"}, "meta": {"handles": [["ax", "ay"], ["bx", "by"]]}}
    sheet.evaluate(
        "(spec) => draw(spec)", {"data": [grips], "layout": {"xaxis": {"range": [0, 4]}, "yaxis": {"range": [0, 2]}}}
    )
    green = """() => { const c = box.querySelector('canvas'); const { data } = c.getContext('2d').getImageData(0, 0, c.width, c.height);
      let n = 0; for (let i = 0; i < data.length; i += 4) if (data[i + 1] > 200 && data[i] < 60 && data[i + 2] < 60) n += 1; return n; }"""
    assert sheet.evaluate(green) > 20
    svg = sheet.evaluate("async () => (await import('./lab/figure/svg.js')).toSvg(figure)")
    assert svg.rindex(">B</text>") > svg.rindex("<path")


def test_a_label_on_a_line_gives_way_and_stays_where_it_went(sheet: Any) -> None:
    """A level's label that a curve crosses moves along its level; as the curve moves on a little it does not jump."""
    rows = sheet.evaluate(
        """async () => {
          const layout = { xaxis: { range: [0, 10] }, yaxis: { range: [0, 10] }, uirevision: 'a',
            annotations: [{ text: 'a level with a name', x: 0.01, xref: 'x domain', y: 5, xanchor: 'left', yanchor: 'bottom', showarrow: false }] };
          const out = [];
          for (const k of [0, 0.1, 0.2]) {
            await draw({ data: [{ mode: 'lines', x: [0, 3], y: [6 + k, 4 + k], line: { width: 3 } }], layout });
            const { texts, faults } = boxesOf(figure);
            out.push([texts.find((t) => t.text.startsWith('a level')).corners[0], faults]);
          }
          return out;
        }"""
    )
    left = sheet.evaluate("figure.state.xaxis.pixels[0]")
    assert all(faults == [] for _, faults in rows)
    assert rows[0][0][0] > left + 50 and rows[0][0] == rows[1][0] == rows[2][0]
