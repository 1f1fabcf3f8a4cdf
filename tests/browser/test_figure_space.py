"""Surfaces in space on the canvas: what is near hides what is far, lines behind are dimmed, and a hand turns it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from tests.bench.server import until
from tests.browser.figure_page import drag

MIDDLE = (400, 250)  # of the figure, where the origin of a ball is


def ball(**more: Any) -> dict[str, Any]:
    u, v = np.meshgrid(np.linspace(0, 2 * np.pi, 33), np.linspace(0, np.pi, 17))
    grid = {"x": np.cos(u) * np.sin(v), "y": np.sin(u) * np.sin(v), "z": np.cos(v)}
    flat = [[0, "#3060c0"], [1, "#3060c0"]]
    return {"type": "surface", **{k: a.tolist() for k, a in grid.items()}, "colorscale": flat, "showscale": False, **more}


def scene(*traces: dict[str, Any], **more: Any) -> dict[str, Any]:
    titles = {f"{letter}axis": {"title": {"text": name}} for letter, name in zip("xyz", ("east", "north", "up"), strict=True)}
    eye = {"camera": {"eye": {"x": 2.2, "y": 0, "z": 0}}}
    return {"data": list(traces), "layout": {"scene": {**titles, **eye, "aspectmode": "data"}, "uirevision": "a", **more}}


def pixel(sheet: Any, x: float, y: float) -> list[int]:
    return sheet.evaluate(
        "([x, y]) => [...box.querySelector('canvas').getContext('2d').getImageData(x, y, 1, 1).data.slice(0, 3)]", [x, y]
    )


def redness(sheet: Any, x: float, y: float) -> int:
    """How much redder than blue the reddest pixel about a place is."""
    around = [pixel(sheet, x + i, y + j) for i in range(-3, 4) for j in range(-3, 4)]
    return max(r - b for r, _, b in around)


def test_a_point_behind_the_surface_is_dimmed_and_one_before_it_is_not(sheet: Any) -> None:
    def shown(x: float) -> int:
        point = {
            "type": "scatter3d",
            "mode": "markers",
            "x": [x],
            "y": [0],
            "z": [0],
            "marker": {"size": 14, "color": "#ff0000"},
        }
        sheet.evaluate("(spec) => draw(spec)", scene(ball(), point))
        return redness(sheet, *MIDDLE)

    sheet.evaluate("(spec) => draw(spec)", scene(ball()))
    nothing = redness(sheet, *MIDDLE)
    front, behind = shown(1.0), shown(-1.0)
    assert front > 200
    assert nothing + 40 < behind < front - 80  # to be seen, but faintly


def test_the_nearer_of_two_surfaces_is_seen(sheet: Any) -> None:
    wall = {"type": "surface", "y": [[-1, 1], [-1, 1]], "z": [[-1, -1], [1, 1]], "showscale": False}
    near, far = (
        {**wall, "x": [[x, x], [x, x]], "surfacecolor": [[0, 0], [0, 0]], "colorscale": [[0, color], [1, color]]}
        for x, color in ((0.8, "#ff0000"), (-0.8, "#00ff00"))
    )
    for order in ((near, far), (far, near)):
        sheet.evaluate("(spec) => draw(spec)", scene(*order))
        red, green, _ = pixel(sheet, *MIDDLE)
        assert red > 100 > green


def test_a_drag_turns_it_and_redraws_a_zoom_and_a_double_click_keep_to_that(sheet: Any) -> None:
    sheet.evaluate("(spec) => draw(spec)", scene(ball()))
    before = sheet.evaluate("figure.state.scene")
    assert before["turn"] == pytest.approx(0) and before["rise"] == pytest.approx(0)
    drag(sheet, (400, 250), (300, 290))
    sheet.evaluate("tick()")
    turned = sheet.evaluate("figure.state.scene")
    assert turned["turn"] == pytest.approx(1.0, abs=0.05) and turned["rise"] == pytest.approx(0.4, abs=0.05)
    sheet.evaluate("(spec) => draw(spec)", scene(ball()))
    assert sheet.evaluate("figure.state.scene") == turned
    sheet.mouse.wheel(0, -300)
    until(sheet, "([zoom]) => figure.state.scene.zoom > zoom * 1.1", arg=[turned["zoom"]])
    assert sheet.evaluate("figure.state.scene.turn") == turned["turn"]
    sheet.mouse.dblclick(400, 250)
    sheet.evaluate("tick()")
    assert sheet.evaluate("figure.state.scene") == before
    drag(sheet, (400, 250), (300, 290))
    sheet.evaluate("(spec) => draw(spec)", scene(ball(), uirevision="b"))
    assert sheet.evaluate("figure.state.scene") == before


def test_arrow_keys_turn_it_when_it_has_the_focus(sheet: Any) -> None:
    sheet.evaluate("(spec) => draw(spec)", scene(ball()))
    sheet.evaluate("box.focus()")
    for key in ("ArrowRight", "ArrowRight", "ArrowDown"):
        sheet.keyboard.press(key)
    sheet.evaluate("tick()")
    state = sheet.evaluate("figure.state.scene")
    assert state["turn"] == pytest.approx(-0.18) and state["rise"] == pytest.approx(0.09)
    sheet.keyboard.press("0")
    sheet.evaluate("tick()")
    assert sheet.evaluate("figure.state.scene.turn") == pytest.approx(0)


def test_pointing_tells_the_place_on_the_surface_and_a_point_its_name(sheet: Any) -> None:
    north = {"type": "scatter3d", "mode": "markers", "x": [1], "y": [0], "z": [0], "text": ["here"], "customdata": ["k"]}
    sheet.evaluate("(spec) => draw(spec)", scene(ball(), north, meta={"click_data": "pick"}))
    tip = "[...box.querySelectorAll('div')].map((d) => d.textContent).join('')"
    sheet.mouse.move(440, 250)
    sheet.evaluate("tick()")
    said = sheet.evaluate(tip)
    place = {name: float(value.replace("−", "-")) for name, value in (row.split() for row in said.splitlines())}
    assert math.hypot(*place.values()) == pytest.approx(1, abs=0.02)  # on the ball
    assert place["north"] > 0.1 and abs(place["up"]) < 0.05 and place["east"] > 0.8  # in front, right of the middle
    sheet.mouse.move(*MIDDLE)
    sheet.evaluate("tick()")
    assert "here" in sheet.evaluate(tip)
    sheet.mouse.click(*MIDDLE)
    assert sheet.evaluate("told.at(-1)") == {"kind": "click", "values": {"pick": "k"}, "final": True}


def test_the_svg_of_a_space_looks_like_its_canvas(sheet: Any) -> None:
    from tests.browser.test_svg import as_svg

    way = {"type": "scatter3d", "mode": "lines", "x": [1, 0, -1, 0], "y": [0, 1, 0, -1], "z": [0, 0.1, 0, 0.2]}
    told = as_svg(sheet, scene(ball(showscale=True), way))
    assert {"east", "north", "up"} <= set(told["texts"]) and "path" in told["tags"]
    assert told["mean"] < 2, told
