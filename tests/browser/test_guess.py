"""Guess first, in a real Chromium: drawn by mouse and by keyboard, shown beside the run, scored, there after a reload."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from engine.core import registry
from engine.core.language import chapter_words
from tests.bench.server import App, until, wait_live
from tests.browser.tab import LAPTOP, PROJECTOR, Tab

LAB = "vae-geometry"  # what does not depend on the topic is tried on one whose every step takes a while
PHONE = {"width": 390, "height": 844}


def begins_with(kind: str) -> tuple[str, Any]:
    """A topic whose first chapter asks for a guess of this kind, and that guess."""
    for slug, topic in registry.topics().items():
        for guess in topic.guesses:
            if guess.name == topic.chapters[0].guess and guess.kind == kind:
                return slug, guess
    raise AssertionError(f"no topic begins with a guess of kind {kind}")


SLUG, CURVE = begins_with("curve")
DRAWN = "() => latentLab.guess.picture && latentLab.guess.picture.data[0].x.length"


@pytest.fixture
def tab(chromium: Any, server: App) -> Iterator[Any]:
    tabs: list[Tab] = []

    def open_tab(path: str, **more: Any) -> Tab:
        tabs.append(Tab(chromium, f"{server.url}/{path}", **more))
        wait_live(tabs[-1].page)
        return tabs[-1]

    yield open_tab
    for one in tabs:
        errors = one.errors
        one.close()
        assert errors == []


def ask(lab: Tab, name: str) -> None:
    """The question of that name is the one in the line."""
    lab.wait(f"s.guesses.offered.includes('{name}')")
    choice = lab.page.locator(".guess-bar select")
    if choice.is_visible():
        choice.select_option(name)


def open_panel(lab: Tab, name: str = CURVE.name) -> Any:
    """The pad to draw on, in the opened panel, once the server has drawn it."""
    ask(lab, name)
    lab.page.locator(".guess-open").click()
    until(lab.page, "() => latentLab.guess.picture && latentLab.guess.figure.state.xaxis")
    return lab.page.locator(".guess-pad")


def drag(lab: Tab, pad: Any) -> None:
    """A curve across the whole pad, upwards."""
    box = pad.bounding_box()
    lab.page.mouse.move(box["x"] + 60, box["y"] + box["height"] - 70)
    lab.page.mouse.down()
    lab.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 90, steps=12)
    lab.page.mouse.move(box["x"] + box["width"] - 20, box["y"] + 60, steps=12)
    lab.page.mouse.up()
    lab.wait(f"s.guesses.made.includes('{CURVE.name}')")
    until(lab.page, "() => latentLab.guess.local === null")  # the server's picture has it


def play_past(lab: Tab, share: float) -> None:
    lab.page.keyboard.press("Space")
    lab.wait(f"s.step > {share} * s.stop.steps", timeout=90_000)
    lab.page.keyboard.press("Space")
    lab.wait("s.state === 'paused' || s.state === 'finished'")


def test_a_curve_is_drawn_played_against_and_scored(tab: Any) -> None:
    lab = tab(SLUG)
    pad = open_panel(lab)
    drag(lab, pad)
    ys = lab.page.evaluate("() => Array.from(latentLab.guess.picture.data[0].y)")
    assert len(ys) > 20 and ys[-1] > ys[0] and CURVE.low <= min(ys) and max(ys) <= CURVE.high
    assert "Play until step" in lab.page.locator(".guess-said").inner_text()
    play_past(lab, 0.3)
    lab.page.get_by_text("Largest miss: you expected").wait_for()
    lab.page.locator(".guess-panel").get_by_role("button", name="Close").click()
    assert "% off" in lab.page.locator(".guess-open").inner_text()
    lab.page.keyboard.press("r")
    lab.wait("s.step === 0")
    assert lab.status["guesses"]["made"] == [CURVE.name]


def test_a_reload_keeps_the_guess_and_clearing_forgets_it(tab: Any) -> None:
    lab = tab(SLUG)
    drag(lab, open_panel(lab))
    before = lab.page.evaluate("() => Array.from(latentLab.guess.picture.data[0].y)")
    first = lab.page.evaluate("() => latentLab.guess.stream.run")
    lab.page.reload()
    wait_live(lab.page)
    lab.wait(f"s.guesses.made.includes('{CURVE.name}')")
    assert lab.page.evaluate("() => latentLab.guess.stream.run") != first  # another run, with the same guess
    open_panel(lab)
    until(lab.page, DRAWN)
    after = lab.page.evaluate("() => Array.from(latentLab.guess.picture.data[0].y)")
    assert after == pytest.approx(before, rel=1e-4)
    lab.page.locator(".guess-panel").get_by_role("button", name="Clear").click()
    lab.wait("s.guesses.made.length === 0")
    lab.page.reload()
    wait_live(lab.page)
    lab.page.wait_for_timeout(1000)
    assert lab.status["guesses"]["made"] == []


def test_a_curve_is_drawn_by_keyboard_alone(tab: Any) -> None:
    lab = tab(SLUG)
    ask(lab, CURVE.name)
    lab.page.locator(".guess-open").focus()
    lab.page.keyboard.press("Enter")
    until(lab.page, "() => latentLab.guess.picture && latentLab.guess.figure.state.xaxis")
    pad = lab.page.locator(".guess-pad")
    assert pad.get_attribute("role") == "slider" and pad.get_attribute("aria-valuetext") == "step 0: nothing yet"
    lab.page.keyboard.press("PageUp")
    high = float(pad.get_attribute("aria-valuetext").removeprefix("step 0: "))
    lab.page.keyboard.press("End")
    lab.page.keyboard.press("PageDown")
    lab.page.keyboard.press("PageDown")
    topic = registry.find(SLUG)
    last = topic.steps_of(topic.chapters[0])
    assert pad.get_attribute("aria-valuetext").startswith(f"step {last:,}: ")
    lab.wait(f"s.guesses.made.includes('{CURVE.name}')")
    until(lab.page, "() => latentLab.guess.local === null")
    xs, ys = (lab.page.evaluate(f"() => Array.from(latentLab.guess.picture.data[0].{axis})") for axis in "xy")
    assert xs == [0, last] and ys[0] == pytest.approx(high, rel=1e-2) and ys[1] < ys[0]
    assert lab.status["step"] == 0 and lab.status["shown"] is None  # the arrows drew, they did not step the run
    lab.page.keyboard.press("Escape")
    assert not lab.page.locator(".guess-panel").is_visible()
    assert lab.page.locator(".guess-open").get_attribute("aria-expanded") == "false"


def test_words_in_place_of_a_picture_are_shown_without_an_error(tab: Any) -> None:
    """What the server sends while the settings no longer go with the guess whose panel is open, until the status says so."""
    lab = tab(SLUG)
    pad = open_panel(lab)
    words = "{ data: [], layout: { annotations: [], meta: {} } }"
    lab.page.evaluate(f"() => latentLab.guess.draw({words})")
    pad.press("PageUp")
    assert lab.page.evaluate("() => latentLab.guess.local") is None  # nothing was drawn


def test_a_threshold_is_placed_by_click_and_moved_by_key(tab: Any) -> None:
    slug, guess = begins_with("place")
    lab = tab(slug)
    pad = open_panel(lab, guess.name)
    until(lab.page, "() => !latentLab.guess.sketch.curve && latentLab.guess.picture")
    box = pad.bounding_box()
    lab.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + 60)
    lab.wait(f"s.guesses.made.includes('{guess.name}')")
    placed = float(pad.get_attribute("aria-valuetext"))
    assert guess.low < placed < guess.high
    lab.page.keyboard.press("ArrowRight")
    lab.page.keyboard.press("ArrowRight")
    assert float(pad.get_attribute("aria-valuetext")) > placed
    until(lab.page, "(old) => latentLab.guess.picture.data[0].x[0] > old", arg=placed * 1.001)


def test_the_closed_panel_takes_no_height_from_the_pictures(tab: Any) -> None:
    """Of the first lab; that the panel is one line in every lab is asked in test_labs.py."""
    top = "() => document.querySelector('[class*=st-key-stage]').getBoundingClientRect().top"
    lab = tab(LAB, viewport=LAPTOP)
    assert lab.page.locator(".guess-bar").count() == 1
    tops = [lab.page.evaluate(top)]
    lab.page.goto(f"{lab.page.url.split('?')[0]}?hide=guess")
    wait_live(lab.page)
    assert lab.page.locator(".guess-bar").count() == 0
    tops.append(lab.page.evaluate(top))
    assert 0 <= tops[0] - tops[1] <= 64  # one line, and the gap to it


VEILS = "() => Object.values(latentLab.figures ?? {}).filter(({ veil }) => !veil.hidden).length"


def test_a_choice_covers_its_answer_until_it_is_made_and_is_judged_in_one_line(tab: Any) -> None:
    slug, guess = begins_with("choice")
    lab = tab(slug, viewport=LAPTOP)
    ask(lab, guess.name)
    until(lab.page, f"{VEILS} > 0")
    assert lab.page.locator(".guess-options button").all_inner_texts() == [text for _, text in guess.options]
    assert not lab.page.locator(".guess-fold").is_visible()
    lab.page.set_viewport_size(PHONE)  # there it is one line, until it is unfolded
    options, fold = lab.page.locator(".guess-options button"), lab.page.locator(".guess-fold")
    fold.wait_for()
    assert lab.page.locator(".guess-bar").bounding_box()["height"] <= 48 and not options.first.is_visible()
    fold.click()
    assert options.last.is_visible() and fold.get_attribute("aria-expanded") == "true"
    options.first.click()
    lab.wait(f"s.guesses.chosen['{guess.name}'] === '{guess.options[0][0]}'")
    assert lab.page.evaluate(VEILS) == 0
    assert lab.page.locator(".guess-options button").first.get_attribute("aria-pressed") == "true"
    assert fold.get_attribute("aria-expanded") == "false" and not options.first.is_visible()
    lab.page.set_viewport_size(LAPTOP)
    lab.page.reload()  # another run behind the page, with the same answer
    wait_live(lab.page)
    lab.wait(f"s.guesses.chosen['{guess.name}'] === '{guess.options[0][0]}'")
    assert lab.page.evaluate(VEILS) == 0


def test_play_just_show_me_and_a_chapter_that_asks_nothing_take_the_veil_away(tab: Any) -> None:
    slug, guess = begins_with("choice")
    silent = next(chapter.name for chapter in registry.find(slug).chapters if not chapter.guess)
    for gone in ("play", "skip", "veil", "chapter"):
        lab = tab(slug, viewport=LAPTOP)
        ask(lab, guess.name)
        until(lab.page, f"{VEILS} > 0")
        if gone == "play":
            lab.page.keyboard.press("Space")
        elif gone == "chapter":
            lab.page.get_by_role("button", name=chapter_words("en", slug, silent).title).click()
            lab.wait(f"s.chapter.name === '{silent}'")
        else:
            lab.page.locator({"skip": ".guess-link", "veil": ".veil button"}[gone]).locator("visible=true").first.click()
        until(lab.page, f"{VEILS} === 0")
        assert lab.status["guesses"]["made"] == []


@pytest.mark.parametrize(("viewport", "scheme"), [(LAPTOP, "light"), (PROJECTOR, "dark")])
def test_the_panel_speaks_chinese_and_has_the_pages_ground(tab: Any, viewport: Any, scheme: str) -> None:
    lab = tab(SLUG, viewport=viewport, color_scheme=scheme, locale="zh-CN")
    pad = open_panel(lab)
    drag(lab, pad)
    assert "步便见分晓" in lab.page.locator(".guess-said").inner_text()
    ground = "() => latentLab.guess.picture.layout.paper_bgcolor"
    assert lab.page.evaluate(ground) == {"light": "#ffffff", "dark": "#14171d"}[scheme]
    box = lab.page.locator(".guess-panel").bounding_box()
    assert box["x"] >= 0 and box["y"] >= 0
    assert box["x"] + box["width"] <= viewport["width"] and box["y"] + box["height"] <= viewport["height"]


def test_a_key_bends_a_drawn_curve_without_a_spike_and_points_come_back_as_they_were(tab: Any) -> None:
    found = tab(SLUG).page.evaluate("""async () => {
        const { KNOTS, Sketch } = await import(new URL('lab/guess/sketch.js', document.baseURI).href);
        const sketch = new Sketch({ curve: true, low: 0.01, high: 1, log: true });
        sketch.load([[0, 0.1], [640, 0.1]], 640);
        const whole = sketch.points();
        sketch.at = 8;
        sketch.key('ArrowUp');
        const bent = sketch.points().filter(([step]) => step >= 30 && step <= 130);
        sketch.stroke({ x: 0, height: -2 }, { x: 640, height: 7 });
        const line = sketch.points();
        const again = new Sketch({ curve: true, low: 0.01, high: 1, log: true });
        again.load(line.map((point) => point.map(Math.fround)), 640);
        return { KNOTS, whole, bent, line, again: again.points() };
    }""")
    assert len(found["whole"]) == found["KNOTS"] and {value for _, value in found["whole"]} == {0.1}
    assert [step for step, _ in found["bent"]] == [30, 40, 80, 120, 130]
    assert found["bent"][2][1] == pytest.approx(0.1 * 10**0.04, rel=1e-4)
    assert found["line"][0] == [0, 0.01] and found["line"][-1] == [640, 1]  # never beyond the range
    assert np.array(found["again"]) == pytest.approx(np.array(found["line"]), rel=1e-4)
