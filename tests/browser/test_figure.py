"""What the canvas figure (assets/lab/figure/figure.js) draws: every trace, live updates, messages as they come, and no nonsense."""

from __future__ import annotations

import json
import struct
from itertools import pairwise

import pytest

from tests.browser.figure_page import place


def test_one_canvas_serves_a_hundred_updates_and_is_never_blank(sheet):
    seen = sheet.evaluate(
        """async () => {
          await draw({ data: [cloud(500)], layout: {} });
          const canvas = box.querySelector('canvas');
          let least = Infinity;
          for (let i = 0; i < 100; i++) {
            figure.update({ data: [cloud(500, 1, i / 50)], layout: {} });
            least = Math.min(least, marks());      // before the frame: the old picture
            await new Promise((done) => requestAnimationFrame(done));
            least = Math.min(least, marks());
          }
          await tick();
          return { same: box.querySelector('canvas') === canvas, all: box.querySelectorAll('canvas').length, least, draws: figure.drawCount };
        }"""
    )
    assert seen["same"] and seen["all"] == 1
    assert seen["least"] > 2000
    assert seen["draws"] >= 100


def test_several_updates_before_a_frame_are_drawn_once(sheet):
    draws = sheet.evaluate(
        """async () => {
          await draw({ data: [cloud(10)] });
          const before = figure.drawCount;
          for (let i = 0; i < 20; i++) figure.update({ data: [cloud(10, 1, i)] });
          await tick();
          return figure.drawCount - before;
        }"""
    )
    assert draws == 1


def test_texts_are_text_wherever_they_come_from(sheet):
    payload = "<img src=x onerror=\"window.hacked=1\"><script>window.hacked=1</script><b onclick='window.hacked=1'>"
    sheet.evaluate(
        """(bad) => draw({
          data: [{ type: 'scatter', mode: 'markers+text', name: bad, x: [1, 2], y: [1, 2], text: [bad, bad] },
                 { type: 'bar', name: bad, x: [bad, bad + '2'], y: [1, 2], xaxis: 'x2', yaxis: 'y2', text: bad }],
          layout: { title: { text: bad }, xaxis: { title: { text: bad }, range: [0, 3], domain: [0, 0.5] }, xaxis2: { domain: [0.6, 1], anchor: 'y2' },
                    yaxis2: { anchor: 'x2' }, annotations: [{ text: bad, x: 1, y: 1 }], meta: { alt: bad } } })""",
        payload,
    )
    sheet.mouse.move(*place(sheet, "xaxis", "yaxis", 1, 1))
    sheet.evaluate("tick()")
    assert sheet.evaluate("window.hacked") is None
    assert sheet.evaluate("box.querySelectorAll('img, script, b').length") == 0
    tip = sheet.evaluate("[...box.querySelectorAll('div')].map((d) => d.textContent).join('')")
    assert "<img src=x onerror=" in tip
    assert sheet.evaluate("figure.drawCount") >= 1 and sheet.evaluate("warned") == []


@pytest.mark.parametrize("constrain", ["range", "domain"])
def test_equal_aspect_holds_after_a_resize(sheet, constrain):
    sheet.evaluate(
        "(constrain) => draw({ data: [cloud(300)], layout: { xaxis: { constrain }, yaxis: { scaleanchor: 'x', constrain } } })",
        constrain,
    )
    for width, height in ((800, 500), (420, 600), (950, 260)):
        sheet.evaluate(
            "async ([w, h]) => { box.style.width = `${w}px`; box.style.height = `${h}px`; await tick(); }", [width, height]
        )
        assert sheet.evaluate("box.querySelector('canvas').width") == width
        per_unit = sheet.evaluate(
            "['xaxis', 'yaxis'].map((k) => { const { range, pixels } = figure.state[k]; return Math.abs((pixels[1] - pixels[0]) / (range[1] - range[0])); })"
        )
        assert per_unit[0] == pytest.approx(per_unit[1], rel=1e-6)


def test_a_small_picture_stays_within_a_square_panel_that_takes_less_than_its_place(sheet):
    """`meta.insets` names the panel: shares of its box are kept, wherever the box goes."""
    sheet.evaluate(
        """() => draw({
          data: [
            { type: 'heatmap', z: [[0, 1], [1, 0]], showscale: false },
            { type: 'heatmap', z: [[0, 1], [1, 0]], showscale: false, xaxis: 'x2', yaxis: 'y2' },
          ],
          layout: {
            xaxis: { domain: [0, 1] }, yaxis: { domain: [0, 1], scaleanchor: 'x', constraintoward: 'top' },
            xaxis2: { domain: [0.75, 1], anchor: 'y2', visible: false }, yaxis2: { domain: [0.75, 1], anchor: 'x2', scaleanchor: 'x2', visible: false },
            meta: { insets: { x2: 'x', y2: 'y' } },
          },
        })"""
    )
    for width, height in ((900, 300), (300, 600)):
        sheet.evaluate(
            "async ([w, h]) => { box.style.width = `${w}px`; box.style.height = `${h}px`; await tick(); }", [width, height]
        )
        x, y, x2, y2 = sheet.evaluate("['xaxis', 'yaxis', 'xaxis2', 'yaxis2'].map((k) => figure.state[k].pixels)")
        side = x[1] - x[0]
        assert side == pytest.approx(y[0] - y[1], abs=1)
        assert [x2[0] - x[0], x[1] - x2[1]] == pytest.approx([0.75 * side, 0], abs=1)
        assert [y2[1] - y[1], y[0] - y2[0]] == pytest.approx([0, 0.75 * side], abs=1)
    assert y[1] < 60, "in a tall box the panel stands at the top"


def test_ranges_follow_the_data_without_twitching(sheet):
    ranges = sheet.evaluate(
        """async () => {
          const out = [];
          for (const reach of [1, 0.8, 0.65, 1.02, 1.3, 1.31, 0.5]) {
            await draw({ data: [cloud(400, reach)] });
            out.push(figure.state.xaxis.range);
          }
          return out;
        }"""
    )
    first, smaller, still, inside, grown, steady, shrunk = ranges
    assert first[0] < -1 and first[1] > 1
    # Data that cover more than 55 % of the axis, or stay within it, move nothing.
    assert smaller == first and still == first and inside == first
    assert grown[1] > 1.3 and grown[0] < -1.3
    assert steady == grown
    assert shrunk[1] < 0.6


def pack(header: dict, arrays: list[tuple[str, str, tuple[int, ...], bytes]]) -> bytes:
    """A message as the server writes it."""
    section = b""
    entries = []
    for name, dtype, shape, raw in arrays:
        section += b"\0" * (-len(section) % 8)
        entries.append({"name": name, "dtype": dtype, "shape": list(shape), "offset": len(section)})
        section += raw
    text = json.dumps({**header, "arrays": entries}).encode()
    head = struct.pack("<I", len(text)) + text
    return head + b"\0" * (-len(head) % 8) + section


@pytest.mark.parametrize("shift", [0, 3])
def test_a_message_packed_by_struct_comes_out_as_it_went_in(sheet, shift):
    message = pack(
        {"figure": {"data": [{"x": {"$array": 0}, "z": {"$array": 4}, "name": "mu β"}], "layout": {"title": "t"}}},
        [
            ("x", "float32", (3,), struct.pack("<3f", 1.5, -2.25, float("nan"))),
            ("d", "float64", (2,), struct.pack("<2d", 1e300, -0.1)),
            ("u", "uint8", (5,), bytes([0, 1, 2, 254, 255])),
            ("n", "int64", (2,), struct.pack("<2q", -(2**40), 7)),
            ("z", "int32", (2, 3), struct.pack("<6i", 1, 2, 3, 4, 5, -6)),
        ],
    )
    got = sheet.evaluate(
        """([bytes, shift]) => {
          // Streamlit hands over views that may begin anywhere in a larger buffer.
          const room = new Uint8Array(bytes.length + shift);
          room.set(bytes, shift);
          const { header, arrays } = decode(shift ? room.subarray(shift) : room.buffer);
          const figure = resolve(header.figure, arrays);
          const [trace] = figure.data;
          return { kinds: arrays.map((a) => a.constructor.name), values: arrays.map((a) => [...a].map(String)),
                   shape: trace.z.shape, same: trace.z === arrays[4] && trace.x === arrays[0], name: trace.name,
                   untouched: '$array' in header.figure.data[0].x };
        }""",
        [list(message), shift],
    )
    assert got["kinds"] == ["Float32Array", "Float64Array", "Uint8Array", "Float64Array", "Int32Array"]
    assert got["values"] == [
        ["1.5", "-2.25", "NaN"],
        ["1e+300", "-0.1"],
        ["0", "1", "2", "254", "255"],
        ["-1099511627776", "7"],
        ["1", "2", "3", "4", "5", "-6"],
    ]
    assert got["shape"] == [2, 3] and got["same"] and got["untouched"] and got["name"] == "mu β"


def test_a_broken_message_is_refused(sheet):
    message = pack({"figure": {}}, [("x", "float32", (4,), struct.pack("<2f", 1, 2))])
    error = sheet.evaluate(
        "(b) => { try { decode(new Uint8Array(b)); return ''; } catch (e) { return e.name; } }", list(message)
    )
    assert error == "RangeError"


def test_a_senseless_figure_keeps_the_old_picture_and_warns_once(sheet):
    seen = sheet.evaluate(
        """async () => {
          await draw({ data: [cloud(300)] });
          const before = marks();
          const range = figure.state.xaxis.range;
          for (let i = 0; i < 3; i++) for (const bad of [null, {}, { data: [{ x: 'abc' }] }, { data: [{ type: 'heatmap', z: 5 }] }]) await draw(bad);
          return { before, after: marks(), range, now: figure.state.xaxis.range, warned };
        }"""
    )
    assert seen["after"] == seen["before"] and seen["now"] == seen["range"]
    assert len(seen["warned"]) == len(set(seen["warned"])) == 4


def test_supports_says_what_it_cannot_draw(sheet):
    answer = sheet.evaluate(
        """() => { const why = []; return [Figure.supports({ data: [cloud(2), { type: 'pie' }] }, why), why, Figure.supports({ data: [cloud(2)] })]; }"""
    )
    assert answer == [False, ["trace 1: type pie is not supported"], True]


def test_every_kind_of_trace_leaves_marks(sheet):
    marks = sheet.evaluate(
        """async () => {
          const image = new Uint8Array(12).map((_, i) => 20 * i); image.shape = [2, 2, 3];
          const kinds = {
            bars: { type: 'bar', x: ['a', 'b'], y: [1, -2] },
            sideways: { type: 'bar', orientation: 'h', x: [1, 2], y: ['a', 'b'] },
            cells: { type: 'heatmap', z: [[1, 2], [3, null]], colorscale: 'RdBu', zmid: 2 },
            smooth: { type: 'heatmap', z: [[1, 2], [3, 4]], zsmooth: 'best', showscale: false },
            uneven: { type: 'heatmap', z: [[1, 2, 3], [3, 4, 5]], x: [0, 1, 10], y: [0, 1] },
            image: { type: 'image', z: image },
            steps: { mode: 'lines', x: [1, 2, 3], y: [1, 3, 2], line: { shape: 'hv', dash: 'dash' }, fill: 'tozeroy' },
            errors: { mode: 'markers', x: [1, 2], y: [1, 2], error_y: { array: [0.1, 0.2] } },
            words: { mode: 'text', x: [1, 2], y: [1, 2], text: ['a<br>b', 'x<sup>2</sup>'] },
            relief: { type: 'contour', z: [[1, 2, 3], [2, 3, 4], [1, 2, 4]], contours: { coloring: 'lines' } },
            areas: { type: 'contour', z: [[1, 2, 3], [2, null, 4], [1, 2, 4]], x: [1, 10, 100], y: [0, 1, 4] },
            edges: { mode: 'lines', x: [0, 1, null, 0, 1], y: [0, 1, null, 1, 0], meta: { widths: [2, 8], colors: ['#f00', '#00f'] } },
            surface: { type: 'surface', z: [[1, 2, 3], [2, 3, 4], [1, 2, 4]] },
            way: { type: 'scatter3d', mode: 'lines+markers+text', x: [0, 1, null, 1], y: [0, 1, 2, 0], z: [0, 1, 2, 3], text: ['a', 'b', '', 'c'] },
            nothing: { x: [], y: [] },
          };
          const out = {};
          for (const [name, trace] of Object.entries(kinds)) {
            await draw({ data: [trace], layout: { uirevision: name } });
            out[name] = marks();
          }
          return { out, warned };
        }"""
    )
    assert marks["warned"] == []
    assert all(n > 150 for n in marks["out"].values()), marks["out"]


def test_direct_labels_that_would_cover_each_other_move_apart_and_the_others_stay(sheet):
    """At their values on the same spot: in their order, about the same middle; at an edge of the figure, inwards."""
    rows = sheet.evaluate(
        """async () => {
          const written = {};
          const pen = CanvasRenderingContext2D.prototype;
          const { fillText } = pen;
          pen.fillText = function (text, x, y) { written[text] = y; fillText.call(this, text, x, y); };
          const label = (text, y, more) => ({ text, x: 1, y, xref: 'x domain', xanchor: 'left', showarrow: false, ...more });
          const near = [['c', 5.1], ['a', 5.3], ['b', 5.2], ['d', 5]].map(([text, y]) => label(text, y));
          const edge = [['p', 0], ['q', 0], ['r', 0], ['s', 0]].map(([text, y]) => label(text, y));
          const annotations = [...near, ...edge, label('alone', 8), label('left', 5.15, { x: 0 })];
          const layout = { xaxis: { range: [0, 1], visible: false }, yaxis: { range: [0, 10], visible: false }, annotations };
          await draw({ data: [{ x: [0, 1], y: [0, 10] }], layout });
          pen.fillText = fillText;
          return { written, axis: figure.state.yaxis.pixels };
        }"""
    )
    at, (bottom, top) = rows["written"], rows["axis"]
    unit = (bottom - top) / 10
    ends = [at[text] for text in "abcdpqrs"]
    assert all(below - above > 12 for above, below in pairwise(ends)), ends
    assert sum(ends[:4]) / 4 == pytest.approx(at["left"], abs=0.01)
    assert at["left"] - at["alone"] == pytest.approx(2.85 * unit, abs=0.01)
    assert at["s"] <= 500
