"""Own data in a real Chromium: a ring drawn by mouse, by finger and by keyboard, a formula, and a model that learns them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import pytest

from engine.core import registry
from engine.data.uploads import LEAST_POINTS
from pages.kit.live.own_data import ADDRESS
from tests.bench.server import App, until, wait_live
from tests.browser.tab import LAPTOP, PROJECTOR, Tab

TOPIC = next(topic for topic in registry.topics().values() if "table" in topic.uploads)
OWN = f"s.params.{TOPIC.data_param} === '{TOPIC.data_value}'"
BUILT_IN = f"s.params.{TOPIC.data_param} !== '{TOPIC.data_value}'"


@pytest.fixture
def tab(chromium: Any, server: App) -> Iterator[Any]:
    tabs: list[Tab] = []

    def open_tab(path: str = f"{TOPIC.slug}?seed=0", **more: Any) -> Tab:
        tabs.append(Tab(chromium, f"{server.url}/{path}", **more))
        wait_live(tabs[-1].page)
        return tabs[-1]

    yield open_tab
    for one in tabs:
        errors = one.errors
        one.close()
        assert errors == []


def way(lab: Tab, name: str) -> None:
    lab.page.get_by_role("radiogroup", name="Your own data").get_by_text(name, exact=True).click()


def pad(lab: Tab, name: str = "Draw") -> Any:
    """The square to draw in, in sight."""
    way(lab, name)
    square = lab.page.locator(".draw-pad")
    square.wait_for()  # hidden until the styles are there
    square.evaluate("(pad) => pad.scrollIntoView({ block: 'center' })")
    return square


def ring(lab: Tab, square: Any, begin: float = 0.0, turn: float = 2 * math.pi) -> None:
    """A stroke along a circle, by mouse."""
    box = square.bounding_box()
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    def go(angle: float) -> None:
        lab.page.mouse.move(
            middle[0] + 0.35 * box["width"] * math.cos(angle), middle[1] - 0.35 * box["width"] * math.sin(angle)
        )

    go(begin)
    lab.page.mouse.down()
    for part in range(1, 49):
        go(begin + turn * part / 48)
    lab.page.mouse.up()


def count(lab: Tab) -> int:
    return int(lab.page.locator(".draw .caption").inner_text().split()[0])


def press(lab: Tab, name: str) -> None:
    lab.page.locator(".draw").get_by_role("button", name=name).click()


def play_some(lab: Tab) -> None:
    lab.page.evaluate("() => document.activeElement.blur()")
    lab.page.keyboard.press("Space")
    lab.wait("s.step > 20")
    lab.page.keyboard.press("Space")
    lab.wait("s.state === 'paused' || s.state === 'finished'")


def test_a_drawn_ring_is_learned_and_the_built_in_data_come_back(tab: Any) -> None:
    lab = tab()
    ring(lab, pad(lab))
    drawn = count(lab)
    assert 180 <= drawn <= 240  # 2 pi 0.7 / 0.02 = 220, cut at the corners of the mouse's way
    press(lab, "Use it")
    lab.wait(f"{OWN} && s.step === 0")
    lab.page.get_by_text(f"In use: a drawing of {drawn} points").wait_for()
    first = lab.page.evaluate("() => latentLab.draws")
    play_some(lab)
    assert lab.page.evaluate("() => latentLab.draws") > first and lab.status["state"] != "diverged"
    assert lab.query()[TOPIC.data_param] == [TOPIC.data_value]
    lab.page.get_by_role("button", name="Back to the built-in data").click()
    lab.wait(f"{BUILT_IN} && s.step === 0")
    lab.page.get_by_text("In use: a drawing").wait_for(state="detached")
    assert count(lab) == drawn  # the drawing itself is still there


def test_strokes_are_taken_back_one_by_one_kept_in_another_way_and_cleared(tab: Any) -> None:
    lab = tab()
    square = pad(lab)
    ring(lab, square, 0, 1)
    one = count(lab)
    ring(lab, square, 3, 1)
    both = count(lab)
    assert 0 < one < both
    press(lab, "Undo")
    assert count(lab) == one
    way(lab, "Formula")
    lab.page.get_by_role("textbox", name="Columns x, y, z").wait_for()
    pad(lab)
    assert count(lab) == one
    press(lab, "Clear")
    assert count(lab) == 0 and lab.page.locator(".draw-use").is_disabled()
    assert lab.status["step"] == 0


def test_the_keyboard_alone_draws_and_leaves_the_player_alone(tab: Any) -> None:
    lab = tab()
    square = pad(lab)
    square.focus()
    for _ in range(LEAST_POINTS - 2):
        lab.page.keyboard.press("Shift+ArrowRight")
    lab.page.keyboard.press("ArrowUp")
    lab.page.keyboard.press("Space")
    assert count(lab) == LEAST_POINTS - 1 and lab.page.locator(".draw-use").is_disabled()
    assert lab.page.locator(".draw-said").inner_text() == "at x = 0.50, y = 0.05"
    lab.page.keyboard.press("ArrowLeft")
    lab.page.keyboard.press("Space")
    lab.page.keyboard.press("Space")
    lab.page.keyboard.press("Backspace")
    assert count(lab) == LEAST_POINTS and lab.status["step"] == 0 and lab.status["state"] == "paused"
    lab.page.locator(".draw-use").press("Enter")
    lab.wait(OWN)


def test_a_finger_draws_and_does_not_scroll(chromium: Any, server: App) -> None:
    lab = Tab(chromium, f"{server.url}/{TOPIC.slug}?seed=0", has_touch=True)
    wait_live(lab.page)
    box = pad(lab).bounding_box()
    before = box["y"]
    line = lab.context.new_cdp_session(lab.page)

    def touch(kind: str, *places: float) -> None:
        spots = [{"x": box["x"] + box["width"] * at, "y": box["y"] + box["height"] * (0.2 + at / 2)} for at in places]
        line.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": spots})

    touch("touchStart", 0.2)
    for part in range(1, 31):
        touch("touchMove", 0.2 + 0.02 * part)
    touch("touchEnd")
    assert count(lab) > LEAST_POINTS
    assert lab.page.locator(".draw-pad").bounding_box()["y"] == pytest.approx(before, abs=1)
    errors = lab.errors
    lab.close()
    assert errors == []


def test_a_formula_is_learned_stands_in_the_address_and_is_there_after_a_reload(tab: Any) -> None:
    lab = tab(f"{TOPIC.slug}?seed=4")
    way(lab, "Formula")
    field = lab.page.get_by_role("textbox", name="Columns x, y, z")
    field.fill("x = coz(t)")
    lab.page.get_by_role("button", name="Use it").click()
    lab.page.get_by_text("Did you mean cos?").wait_for()
    assert ADDRESS not in lab.query()
    field.fill("x = cos(t) + 0.05*e\ny = sin(t)\nn = 90")
    lab.page.get_by_role("button", name="Use it").click()
    lab.page.get_by_text("In use: x = cos(t) + 0.05*e; y = sin(t); n = 90").wait_for()
    lab.wait(f"{OWN} && s.step === 0")
    play_some(lab)
    until(lab.page, f"() => new URLSearchParams(location.search).get('{ADDRESS}')?.endsWith('seed = 4')")
    scalars = lab.page.evaluate("() => latentLab.lastStatus.query")
    lab.page.reload()
    wait_live(lab.page)
    lab.wait(f"{OWN} && s.seed === 4")
    lab.page.get_by_text("In use: x = cos(t) + 0.05*e; y = sin(t); n = 90").wait_for()
    assert lab.page.evaluate("() => latentLab.lastStatus.query") == scalars and lab.status["problems"] == {}


@pytest.mark.parametrize(("viewport", "scheme"), [(LAPTOP, "dark"), (PROJECTOR, "light")])
def test_the_square_fits_its_column_and_speaks_chinese(tab: Any, viewport: Any, scheme: str) -> None:
    lab = tab(viewport=viewport, color_scheme=scheme, locale="zh-CN")
    lab.page.get_by_role("radiogroup", name="你自己的数据").locator("button").nth(1).click()
    square = lab.page.locator(".draw-pad")
    square.scroll_into_view_if_needed()
    box, column = square.bounding_box(), lab.page.locator(".lab-controls").last.bounding_box()
    assert box["width"] == pytest.approx(box["height"], abs=1) and box["width"] <= column["width"] + 1
    assert "方向键" in lab.page.locator(".draw-hint").inner_text()
    ring(lab, square)
    ink = square.evaluate("""(pad) => {
        const { data } = pad.getContext('2d').getImageData(0, 0, pad.width, pad.height);
        return Array.from({ length: data.length / 4 }, (_, i) => data[4 * i + 3]).filter((alpha) => alpha > 200).length;
    }""")
    assert ink > 400  # the dots are seen


def test_a_picture_that_own_data_bring_in_a_chapter_is_opened(tab: Any) -> None:
    lab = tab("gaussian-distances?chapter=flatten&lang=en")
    lab.page.locator("[class*=st-key-fold-own] summary").click()
    rows = "\n".join(f"{row % 7}.5,{row % 5}.25,{row % 2}" for row in range(40))
    file = {"name": "own.csv", "mimeType": "text/csv", "buffer": rows.encode()}
    lab.page.locator("input[type=file]").set_input_files(file)
    lab.page.get_by_role("radio", name="Your two samples", exact=True, checked=True).wait_for()


def test_what_is_in_use_is_said_once_whatever_stands_above_it(tab: Any) -> None:
    """A refusal, and another way to give data, take other room; what was said before must not stay below."""
    lab = tab("dgcnn-extraction?lang=en")
    lab.page.locator("[class*=st-key-fold-own] summary").click()
    for rows, said in ((b"0,1\n3,4\n", "In use: own.csv"), (b"4,2\n3,4\n", "row 1 (4, 2) is no span")):
        lab.page.locator("input[type=file]").set_input_files({"name": "own.csv", "mimeType": "text/csv", "buffer": rows})
        lab.page.get_by_text(said).wait_for()
    way(lab, "Text")
    lab.page.get_by_role("textbox", name="Your own text").fill("《红海》导演王伟。")
    lab.page.get_by_role("button", name="Use it").click()
    lab.page.get_by_text("In use: typed text").wait_for()
    lab.page.wait_for_timeout(2_500)  # it looks again every two seconds
    assert lab.page.get_by_role("button", name="Back to the built-in data").count() == 1


def test_a_value_refused_under_the_hand_keeps_its_words_when_it_is_let_go(tab: Any, tmp_path: Any) -> None:
    """Of three numbers four are not to be had, though the slider goes to five (as many as are under its own sliders)."""
    file = tmp_path / "three.csv"
    file.write_text("3\n1\n2\n")
    lab = tab("smoothing?k=2")
    lab.page.locator("input[type=file]").set_input_files(file)
    lab.wait("s.params.data === 'own'")
    field = lab.page.locator(".control[data-name='k']")
    field.get_by_role("slider").press("End")
    lab.wait("s.problems.k")
    for _ in range(6):  # the key is let go after a quarter of a second; news older than that are past after one
        lab.page.wait_for_timeout(250)
        assert "1 to 3" in field.locator(".problem").inner_text()
    assert field.locator("input.entry").input_value() == "2" and lab.status["params"]["k"] == 2
