"""What the canvas figure (assets/lab/figure.js) promises, checked in a real browser."""

from __future__ import annotations

import functools
import http.server
import json
import struct
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.browser

ASSETS = Path(__file__).resolve().parents[2] / "assets"

# A page with one figure in a box of known size, and short words for the tests to use.
PAGE = """<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,">
<style>body{margin:0} #box{width:800px;height:500px}</style><div id="box"></div>
<script type="module">
import { Figure, decode, resolve } from './lab/figure.js';
window.Figure = Figure; window.decode = decode; window.resolve = resolve;
window.told = []; window.warned = []; window.resets = 0;
console.warn = (...words) => warned.push(words.join(' '));
window.box = document.getElementById('box');
window.figure = new Figure(box, { onPointer: (m) => told.push(m), onReset: () => { resets += 1; } });
window.tick = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))));
window.draw = async (spec, options) => { figure.update(spec, options); await tick(); };
// How many pixels differ from the first one: nothing drawn leaves 0.
window.marks = () => {
  const c = box.querySelector('canvas');
  const words = new Uint32Array(c.getContext('2d').getImageData(0, 0, c.width, c.height).data.buffer);
  let n = 0;
  for (const w of words) if (w !== words[0]) n += 1;
  return n;
};
window.cloud = (n, reach = 1, phase = 0) => {
  const x = Float32Array.from({ length: n }, (_, i) => reach * Math.cos(i + phase));
  const y = Float32Array.from({ length: n }, (_, i) => reach * Math.sin(2 * i + phase));
  return { type: 'scatter', mode: 'markers', x, y };
};
window.isReady = true;
</script>"""


class _Handler(http.server.SimpleHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path != "/page.html":
            super().do_GET()
            return
        body = PAGE.encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Handler, directory=str(ASSETS)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/page.html"
    server.shutdown()
    server.server_close()


@pytest.fixture
def page(chromium, address):
    page = chromium.new_page(viewport={"width": 1000, "height": 700})
    errors: list[str] = []
    page.on("pageerror", lambda e: errors.append(str(e)))
    page.goto(address)
    page.wait_for_function("window.isReady")
    yield page
    page.close()
    assert errors == []


def place(page, axis_x: str, axis_y: str, x: float, y: float) -> tuple[float, float]:
    """The page pixel of a place on two linear axes of the figure."""
    return tuple(
        page.evaluate(
            """([ax, ay, x, y]) => {
              const r = box.getBoundingClientRect();
              const px = ({ range, pixels }, v) => pixels[0] + (v - range[0]) / (range[1] - range[0]) * (pixels[1] - pixels[0]);
              return [r.left + px(figure.state[ax], x), r.top + px(figure.state[ay], y)];
            }""",
            [axis_x, axis_y, x, y],
        )
    )


def drag(page, start: tuple[float, float], end: tuple[float, float], steps: int = 8) -> None:
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(*end, steps=steps)
    page.mouse.up()


def test_one_canvas_serves_a_hundred_updates_and_is_never_blank(page):
    seen = page.evaluate(
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


def test_several_updates_before_a_frame_are_drawn_once(page):
    draws = page.evaluate(
        """async () => {
          await draw({ data: [cloud(10)] });
          const before = figure.drawCount;
          for (let i = 0; i < 20; i++) figure.update({ data: [cloud(10, 1, i)] });
          await tick();
          return figure.drawCount - before;
        }"""
    )
    assert draws == 1


def test_a_zoom_outlives_updates_until_the_revision_changes(page):
    page.evaluate("draw({ data: [cloud(200)], layout: { uirevision: 'a' } })")
    drag(page, place(page, "xaxis", "yaxis", -0.5, -0.5), place(page, "xaxis", "yaxis", 0.25, 0.5))
    page.evaluate("tick()")
    zoomed = page.evaluate("figure.state")
    assert zoomed["xaxis"]["zoomed"] and zoomed["yaxis"]["zoomed"]
    assert zoomed["xaxis"]["range"] == pytest.approx([-0.5, 0.25], abs=0.01)
    assert zoomed["yaxis"]["range"] == pytest.approx([-0.5, 0.5], abs=0.01)
    after = page.evaluate(
        """async () => {
          for (let i = 0; i < 100; i++) {
            figure.update({ data: [cloud(200, 1 + i / 10, i)], layout: { uirevision: 'a' } });
            await new Promise((done) => requestAnimationFrame(done));
          }
          await tick();
          return figure.state;
        }"""
    )
    assert after["xaxis"]["range"] == zoomed["xaxis"]["range"]
    assert after["yaxis"]["range"] == zoomed["yaxis"]["range"]
    fresh = page.evaluate("draw({ data: [cloud(200)], layout: { uirevision: 'b' } }).then(() => figure.state)")
    assert not fresh["xaxis"]["zoomed"] and fresh["xaxis"]["range"][1] > 0.99


def test_double_click_and_zero_reset_the_zoom(page):
    page.evaluate("draw({ data: [cloud(200)] })")
    whole = page.evaluate("figure.state.xaxis.range")
    for undo in (lambda: page.mouse.dblclick(400, 250), lambda: page.keyboard.press("0")):
        drag(page, place(page, "xaxis", "yaxis", -0.5, -0.5), place(page, "xaxis", "yaxis", 0.5, 0.5))
        page.evaluate("tick()")
        assert page.evaluate("figure.state.xaxis.zoomed")
        undo()
        page.evaluate("tick()")
        assert page.evaluate("figure.state.xaxis.range") == pytest.approx(whole)
    assert page.evaluate("resets") == 2


def test_the_wheel_zooms_only_with_control_or_focus(page):
    page.evaluate("draw({ data: [cloud(200)] })")
    whole = page.evaluate("figure.state.xaxis.range")
    page.mouse.move(*place(page, "xaxis", "yaxis", 0.5, 0.5))
    page.mouse.wheel(0, -200)
    page.evaluate("tick()")
    assert page.evaluate("figure.state.xaxis.range") == whole
    page.evaluate("box.focus()")
    page.mouse.wheel(0, -200)
    page.wait_for_function("figure.state.xaxis.zoomed")
    page.evaluate("tick()")
    lo, hi = page.evaluate("figure.state.xaxis.range")
    assert hi - lo < 0.9 * (whole[1] - whole[0])
    # The place under the pointer stays under it.
    assert (0.5 - lo) / (hi - lo) == pytest.approx((0.5 - whole[0]) / (whole[1] - whole[0]), abs=0.01)


@pytest.mark.parametrize("kind", ["linear", "log"])
def test_dragging_a_handle_tells_data_coordinates(page, kind):
    page.evaluate(
        """(kind) => draw({
          data: [cloud(100, 4), { type: 'scatter', mode: 'markers', x: [1], y: [1], marker: { size: 12 }, meta: { handle: ['ax', 'ay'] } }],
          layout: { xaxis: { range: kind === 'log' ? [-1, 2] : [-5, 5], type: kind }, yaxis: { range: [-5, 5] } },
        })""",
        kind,
    )
    # On a log axis the state gives exponents: 1 is 10^0, 10 is 10^1.
    start, end = ((0, 1), (1, -3)) if kind == "log" else ((1, 1), (3, -3))
    drag(page, place(page, "xaxis", "yaxis", *start), place(page, "xaxis", "yaxis", *end), steps=20)
    told = page.evaluate("told")
    assert {m["kind"] for m in told} == {"drag"}
    assert [m["final"] for m in told].count(True) == 1 and told[-1]["final"]
    wanted = {"ax": 10.0 if kind == "log" else 3.0, "ay": -3.0}
    span = {"ax": 10.0, "ay": 10.0}
    for name, value in wanted.items():
        assert told[-1]["values"][name] == pytest.approx(value, abs=0.01 * span[name])
    assert not page.evaluate("figure.state.xaxis.zoomed")


def test_a_dragged_handle_is_drawn_at_the_finger_and_values_are_throttled(page):
    page.evaluate(
        """draw({
          data: [{ type: 'scatter', mode: 'markers', x: [0], y: [0], marker: { size: 16, color: '#ff0000' }, meta: { handle: ['ax', 'ay'] } }],
          layout: { xaxis: { range: [-5, 5] }, yaxis: { range: [-5, 5] } } })"""
    )
    red = """([px, py]) => { const r = box.getBoundingClientRect();
      return [...box.querySelector('canvas').getContext('2d').getImageData(px - r.left, py - r.top, 1, 1).data.slice(0, 3)]; }"""
    here, there = place(page, "xaxis", "yaxis", 0, 0), place(page, "xaxis", "yaxis", 2, 3)
    assert page.evaluate(red, here) == [255, 0, 0]
    page.mouse.move(*here)
    page.mouse.down()
    page.mouse.move(*there, steps=30)
    page.evaluate("tick()")
    # No new data have come, and old data do not take it back.
    assert page.evaluate(red, there) == [255, 0, 0]
    page.evaluate(
        """draw({
          data: [{ type: 'scatter', mode: 'markers', x: [0], y: [0], marker: { size: 16, color: '#ff0000' }, meta: { handle: ['ax', 'ay'] } }],
          layout: { xaxis: { range: [-5, 5] }, yaxis: { range: [-5, 5] } } })"""
    )
    assert page.evaluate(red, there) == [255, 0, 0]
    page.mouse.up()
    gaps = page.evaluate(
        """async () => {
          told.length = 0;
          const times = [];
          const real = told.push;
          told.push = (m) => { times.push(performance.now()); return real.call(told, m); };
          const canvas = box.querySelector('canvas');
          const r = canvas.getBoundingClientRect();
          const at = (type, x, y) => canvas.dispatchEvent(new PointerEvent(type, { pointerId: 1, button: 0, clientX: x, clientY: y, bubbles: true }));
          canvas.setPointerCapture = () => {};
          const [x0, x1] = figure.state.xaxis.pixels;
          const [y0, y1] = figure.state.yaxis.pixels;
          const cx = r.left + x0 + (x1 - x0) * 0.7; const cy = r.top + y0 + (y1 - y0) * 0.8;
          at('pointerdown', cx, cy);
          for (let i = 1; i <= 100; i++) { at('pointermove', cx - i, cy); await new Promise((d) => setTimeout(d, 2)); }
          await new Promise((d) => setTimeout(d, 80));
          const last = told[told.length - 1];
          at('pointerup', cx - 100, cy);
          return { gaps: times.slice(1).map((t, i) => t - times[i]), last, final: told[told.length - 1] };
        }"""
    )
    assert len(gaps["gaps"]) < 40
    assert min(gaps["gaps"][:-1]) > 30
    # The value of the last move arrives even without a release.
    assert not gaps["last"]["final"] and gaps["final"]["final"]
    assert gaps["last"]["values"] == gaps["final"]["values"]


def test_a_handle_moves_by_keys_and_ends_with_a_final_value(page):
    page.evaluate(
        """draw({ data: [{ mode: 'markers', x: [0], y: [0], meta: { handle: ['ax', 'ay'] } }],
                 layout: { xaxis: { range: [-5, 5] }, yaxis: { range: [-5, 5] } } })"""
    )
    page.evaluate("box.focus()")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowUp")
    told = page.evaluate("told")
    assert told[-1]["final"]
    assert told[-1]["values"] == pytest.approx({"ax": 0.1, "ay": 0.1})
    # With Shift the keys move the view instead.
    page.keyboard.press("Shift+ArrowRight")
    page.evaluate("tick()")
    assert page.evaluate("figure.state.xaxis.range") == pytest.approx([-4.5, 5.5])


def test_hover_and_click_tell_places_and_customdata(page):
    page.evaluate(
        """draw({ data: [{ mode: 'markers', x: [1, 2], y: [1, 2], customdata: ['one', 'two'] }],
                 layout: { xaxis: { range: [0, 4] }, yaxis: { range: [0, 4] }, meta: { hover: ['px', 'py'], click: ['cx', 'cy'], click_data: 'row', alt: 'Two points' } } })"""
    )
    assert page.get_attribute("#box", "aria-label") == "Two points"
    assert page.get_attribute("#box", "role") == "img"
    page.mouse.move(*place(page, "xaxis", "yaxis", 3, 1))
    page.wait_for_function("told.length > 0")
    hover = page.evaluate("told[told.length - 1]")
    assert hover["kind"] == "hover" and not hover["final"]
    assert hover["values"] == pytest.approx({"px": 3, "py": 1}, abs=0.03)
    page.mouse.click(*place(page, "xaxis", "yaxis", 3, 1))
    click = page.evaluate("told.filter((m) => m.kind === 'click')")
    assert click[-1]["final"] and click[-1]["values"] == pytest.approx({"cx": 3, "cy": 1}, abs=0.03)
    page.mouse.click(*place(page, "xaxis", "yaxis", 2, 2))
    assert page.evaluate("told.filter((m) => m.kind === 'click').at(-1).values") == {"row": "two"}


def test_texts_are_text_wherever_they_come_from(page):
    payload = "<img src=x onerror=\"window.hacked=1\"><script>window.hacked=1</script><b onclick='window.hacked=1'>"
    page.evaluate(
        """(bad) => draw({
          data: [{ type: 'scatter', mode: 'markers+text', name: bad, x: [1, 2], y: [1, 2], text: [bad, bad] },
                 { type: 'bar', name: bad, x: [bad, bad + '2'], y: [1, 2], xaxis: 'x2', yaxis: 'y2', text: bad }],
          layout: { title: { text: bad }, xaxis: { title: { text: bad }, range: [0, 3], domain: [0, 0.5] }, xaxis2: { domain: [0.6, 1], anchor: 'y2' },
                    yaxis2: { anchor: 'x2' }, annotations: [{ text: bad, x: 1, y: 1 }], meta: { alt: bad } } })""",
        payload,
    )
    page.mouse.move(*place(page, "xaxis", "yaxis", 1, 1))
    page.evaluate("tick()")
    assert page.evaluate("window.hacked") is None
    assert page.evaluate("box.querySelectorAll('img, script, b').length") == 0
    tip = page.evaluate("[...box.querySelectorAll('div')].map((d) => d.textContent).join('')")
    assert "<img src=x onerror=" in tip
    assert page.evaluate("figure.drawCount") >= 1 and page.evaluate("warned") == []


@pytest.mark.parametrize("constrain", ["range", "domain"])
def test_equal_aspect_holds_after_a_resize(page, constrain):
    page.evaluate(
        "(constrain) => draw({ data: [cloud(300)], layout: { xaxis: { constrain }, yaxis: { scaleanchor: 'x', constrain } } })",
        constrain,
    )
    for width, height in ((800, 500), (420, 600), (950, 260)):
        page.evaluate(
            "async ([w, h]) => { box.style.width = `${w}px`; box.style.height = `${h}px`; await tick(); }", [width, height]
        )
        assert page.evaluate("box.querySelector('canvas').width") == width
        per_unit = page.evaluate(
            "['xaxis', 'yaxis'].map((k) => { const { range, pixels } = figure.state[k]; return Math.abs((pixels[1] - pixels[0]) / (range[1] - range[0])); })"
        )
        assert per_unit[0] == pytest.approx(per_unit[1], rel=1e-6)


def test_ranges_follow_the_data_without_twitching(page):
    ranges = page.evaluate(
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
def test_a_message_packed_by_struct_comes_out_as_it_went_in(page, shift):
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
    got = page.evaluate(
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


def test_a_broken_message_is_refused(page):
    message = pack({"figure": {}}, [("x", "float32", (4,), struct.pack("<2f", 1, 2))])
    error = page.evaluate(
        "(b) => { try { decode(new Uint8Array(b)); return ''; } catch (e) { return e.name; } }", list(message)
    )
    assert error == "RangeError"


def test_a_senseless_figure_keeps_the_old_picture_and_warns_once(page):
    seen = page.evaluate(
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


def test_supports_says_what_it_cannot_draw(page):
    answer = page.evaluate(
        """() => { const why = []; return [Figure.supports({ data: [cloud(2), { type: 'surface' }] }, why), why, Figure.supports({ data: [cloud(2)] })]; }"""
    )
    assert answer == [False, ["trace 1: type surface is not supported"], True]


def test_every_kind_of_trace_leaves_marks(page):
    marks = page.evaluate(
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
