"""What a hand does to the canvas figure (assets/lab/figure/pointer): zooming, dragging handles, pointing, clicking, keys."""

from __future__ import annotations

import pytest

from tests.bench.server import until
from tests.browser.figure_page import drag, place


def test_a_zoom_outlives_updates_until_the_revision_changes(sheet):
    sheet.evaluate("draw({ data: [cloud(200)], layout: { uirevision: 'a' } })")
    drag(sheet, place(sheet, "xaxis", "yaxis", -0.5, -0.5), place(sheet, "xaxis", "yaxis", 0.25, 0.5))
    sheet.evaluate("tick()")
    zoomed = sheet.evaluate("figure.state")
    assert zoomed["xaxis"]["zoomed"] and zoomed["yaxis"]["zoomed"]
    assert zoomed["xaxis"]["range"] == pytest.approx([-0.5, 0.25], abs=0.01)
    assert zoomed["yaxis"]["range"] == pytest.approx([-0.5, 0.5], abs=0.01)
    after = sheet.evaluate(
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
    fresh = sheet.evaluate("draw({ data: [cloud(200)], layout: { uirevision: 'b' } }).then(() => figure.state)")
    assert not fresh["xaxis"]["zoomed"] and fresh["xaxis"]["range"][1] > 0.99


def test_double_click_and_zero_reset_the_zoom(sheet):
    sheet.evaluate("draw({ data: [cloud(200)] })")
    whole = sheet.evaluate("figure.state.xaxis.range")
    for undo in (lambda: sheet.mouse.dblclick(400, 250), lambda: sheet.keyboard.press("0")):
        drag(sheet, place(sheet, "xaxis", "yaxis", -0.5, -0.5), place(sheet, "xaxis", "yaxis", 0.5, 0.5))
        sheet.evaluate("tick()")
        assert sheet.evaluate("figure.state.xaxis.zoomed")
        undo()
        sheet.evaluate("tick()")
        assert sheet.evaluate("figure.state.xaxis.range") == pytest.approx(whole)
    assert sheet.evaluate("resets") == 2


def test_the_wheel_zooms_only_with_control_or_focus(sheet):
    sheet.evaluate("draw({ data: [cloud(200)] })")
    whole = sheet.evaluate("figure.state.xaxis.range")
    sheet.mouse.move(*place(sheet, "xaxis", "yaxis", 0.5, 0.5))
    sheet.mouse.wheel(0, -200)
    sheet.evaluate("tick()")
    assert sheet.evaluate("figure.state.xaxis.range") == whole
    sheet.evaluate("box.focus()")
    sheet.mouse.wheel(0, -200)
    until(sheet, "figure.state.xaxis.zoomed")
    sheet.evaluate("tick()")
    lo, hi = sheet.evaluate("figure.state.xaxis.range")
    assert hi - lo < 0.9 * (whole[1] - whole[0])
    # The place under the pointer stays under it.
    assert (0.5 - lo) / (hi - lo) == pytest.approx((0.5 - whole[0]) / (whole[1] - whole[0]), abs=0.01)


@pytest.mark.parametrize("kind", ["linear", "log"])
def test_dragging_a_handle_tells_data_coordinates(sheet, kind):
    sheet.evaluate(
        """(kind) => draw({
          data: [cloud(100, 4), { type: 'scatter', mode: 'markers', x: [1], y: [1], marker: { size: 12 }, meta: { handle: ['ax', 'ay'] } }],
          layout: { xaxis: { range: kind === 'log' ? [-1, 2] : [-5, 5], type: kind }, yaxis: { range: [-5, 5] } },
        })""",
        kind,
    )
    # On a log axis the state gives exponents: 1 is 10^0, 10 is 10^1.
    start, end = ((0, 1), (1, -3)) if kind == "log" else ((1, 1), (3, -3))
    drag(sheet, place(sheet, "xaxis", "yaxis", *start), place(sheet, "xaxis", "yaxis", *end), steps=20)
    told = sheet.evaluate("told")
    assert {m["kind"] for m in told} == {"drag"}
    assert [m["final"] for m in told].count(True) == 1 and told[-1]["final"]
    wanted = {"ax": 10.0 if kind == "log" else 3.0, "ay": -3.0}
    span = {"ax": 10.0, "ay": 10.0}
    for name, value in wanted.items():
        assert told[-1]["values"][name] == pytest.approx(value, abs=0.01 * span[name])
    assert not sheet.evaluate("figure.state.xaxis.zoomed")


def test_a_dragged_handle_is_drawn_at_the_finger_and_values_are_throttled(sheet):
    sheet.evaluate(
        """draw({
          data: [{ type: 'scatter', mode: 'markers', x: [0], y: [0], marker: { size: 16, color: '#ff0000' }, meta: { handle: ['ax', 'ay'] } }],
          layout: { xaxis: { range: [-5, 5] }, yaxis: { range: [-5, 5] } } })"""
    )
    red = """([px, py]) => { const r = box.getBoundingClientRect();
      return [...box.querySelector('canvas').getContext('2d').getImageData(px - r.left, py - r.top, 1, 1).data.slice(0, 3)]; }"""
    here, there = place(sheet, "xaxis", "yaxis", 0, 0), place(sheet, "xaxis", "yaxis", 2, 3)
    assert sheet.evaluate(red, here) == [255, 0, 0]
    sheet.mouse.move(*here)
    sheet.mouse.down()
    sheet.mouse.move(*there, steps=30)
    sheet.evaluate("tick()")
    # No new data have come, and old data do not take it back.
    assert sheet.evaluate(red, there) == [255, 0, 0]
    sheet.evaluate(
        """draw({
          data: [{ type: 'scatter', mode: 'markers', x: [0], y: [0], marker: { size: 16, color: '#ff0000' }, meta: { handle: ['ax', 'ay'] } }],
          layout: { xaxis: { range: [-5, 5] }, yaxis: { range: [-5, 5] } } })"""
    )
    assert sheet.evaluate(red, there) == [255, 0, 0]
    sheet.mouse.up()
    gaps = sheet.evaluate(
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


def test_a_handle_moves_by_keys_and_ends_with_a_final_value(sheet):
    sheet.evaluate(
        """draw({ data: [{ mode: 'markers', x: [0], y: [0], meta: { handle: ['ax', 'ay'] } }],
                 layout: { xaxis: { range: [-5, 5] }, yaxis: { range: [-5, 5] } } })"""
    )
    sheet.evaluate("box.focus()")
    sheet.keyboard.press("ArrowRight")
    sheet.keyboard.press("ArrowUp")
    told = sheet.evaluate("told")
    assert told[-1]["final"]
    assert told[-1]["values"] == pytest.approx({"ax": 0.1, "ay": 0.1})
    # With Shift the keys move the view instead.
    sheet.keyboard.press("Shift+ArrowRight")
    sheet.evaluate("tick()")
    assert sheet.evaluate("figure.state.xaxis.range") == pytest.approx([-4.5, 5.5])


def test_hover_and_click_tell_places_and_customdata(sheet):
    sheet.evaluate(
        """draw({ data: [{ mode: 'markers', x: [1, 2], y: [1, 2], customdata: ['one', 'two'] }],
                 layout: { xaxis: { range: [0, 4] }, yaxis: { range: [0, 4] }, meta: { hover: ['px', 'py'], click: ['cx', 'cy'], click_data: 'row', alt: 'Two points' } } })"""
    )
    assert sheet.get_attribute("#box", "aria-label") == "Two points"
    assert sheet.get_attribute("#box", "role") == "img"
    sheet.mouse.move(*place(sheet, "xaxis", "yaxis", 3, 1))
    until(sheet, "told.length > 0")
    hover = sheet.evaluate("told[told.length - 1]")
    assert hover["kind"] == "hover" and not hover["final"]
    assert hover["values"] == pytest.approx({"px": 3, "py": 1}, abs=0.03)
    sheet.mouse.click(*place(sheet, "xaxis", "yaxis", 3, 1))
    click = sheet.evaluate("told.filter((m) => m.kind === 'click')")
    assert click[-1]["final"] and click[-1]["values"] == pytest.approx({"cx": 3, "cy": 1}, abs=0.03)
    sheet.mouse.click(*place(sheet, "xaxis", "yaxis", 2, 2))
    assert sheet.evaluate("told.filter((m) => m.kind === 'click').at(-1).values") == {"row": "two"}
