"""The whole run, or a lab's chapters, as one page that opens offline: in a real Chromium."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine.cli.chapters import Runs
from engine.cli.page import part
from engine.core import registry
from engine.core.language import translator
from engine.core.picture import Style
from engine.core.score import marks
from engine.core.session import Session
from engine.core.topic import Timeline
from engine.runs.history import History
from engine.runs.history_page import history_page, parts_page
from tests.bench.server import until

SLUG = "vae-geometry"


@pytest.fixture(scope="module")
def run() -> tuple[Any, History, Any]:
    topic = registry.find(SLUG)
    session, history = Session(topic, topic.params(), 4, "cpu"), History()
    hot = next(c for c in topic.params.controls().values() if c.kind == "hot" and c.type == "number")
    history.add(session.look())
    for index in range(9):
        if index == 5:
            session.set(**{hot.name: hot.high})
            history.add(session.look())
        history.add(session.advance(steps=3))
    return topic, history, session.score


@pytest.fixture
def opened(chromium: Any, run: Any, tmp_path: Path) -> Any:
    """Opens a page of the run from a file; checks at the end that nothing was asked for and nothing complained."""
    topic, history, score = run
    said: list[str] = []
    pages = []

    def open_(language: str = "en", theme: str = "light", **more: Any) -> Any:
        file = tmp_path / "history.html"
        look = Style("dark" if theme == "dark" else "light", language, translator(language, topic.slug))
        file.write_text(history_page(topic, history, score, look, **more), encoding="utf-8")
        page = chromium.new_page(viewport={"width": 1200, "height": 800}, accept_downloads=True)
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on(
            "request", lambda request: said.append(request.url) if not request.url.startswith((file.as_uri(), "blob:")) else 0
        )
        page.goto(file.as_uri())
        settled(page)
        pages.append(page)
        return page

    yield open_
    for page in pages:
        page.close()
    assert said == []


def settled(page: Any) -> None:
    """Until the frame that was asked for is on every open figure's canvas."""
    until(page, "() => !historyPage.busy && historyPage.shown === historyPage.place")
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def slide(page: Any, place: int) -> None:
    page.locator("input.scrub").fill(str(place))
    settled(page)


CANVAS = "(view) => document.querySelector(`[data-view='${view}'] canvas`).toDataURL()"


def test_scrubbing_shows_each_step_with_its_pictures_and_numbers(opened: Any, run: Any) -> None:
    topic, history, score = run
    page = opened()
    seen = set()
    names = [view.name for view in topic.views_for(topic.params())][:2]
    for place, frame in enumerate(history.frames):
        slide(page, place)
        assert page.locator(".scrub-text").inner_text() == f"step {frame.step}"
        params = topic.params.build(frame.settings)
        line = Timeline(frame, params, history.scalars(frame.step), marks(topic, score.changes), score.seed)
        for name in names:
            alt = topic.view(name).draw(line, Style("light")).meta["alt"]
            assert page.locator(f"[data-view='{name}'] .plot").get_attribute("aria-label") == alt
        seen.add(page.evaluate(CANVAS, names[0]))
    assert len(seen) == len(history), "two steps show the same picture"
    changed = page.locator("tr.changed")
    assert changed.count() >= 1
    slide(page, 0)
    assert changed.count() == 0
    assert [int(mark.get_attribute("data-step")) for mark in page.locator(".marks i").all()] == list(
        marks(topic, score.changes)
    )
    assert page.locator(".marks i").first.evaluate("(i) => parseFloat(i.style.left)") == pytest.approx(100 * 5 / 9, abs=0.1)


def test_arrow_keys_home_end_and_play(opened: Any, run: Any) -> None:
    last = len(run[1]) - 1
    page = opened()
    where = "() => historyPage.place"
    for key, place in (("ArrowLeft", last - 1), ("Home", 0), ("ArrowRight", 1), ("End", last), ("ArrowRight", last)):
        page.keyboard.press(key)
        assert page.evaluate(where) == place
    page.locator("input.scrub").focus()
    page.keyboard.press("ArrowLeft")  # one step, not one by the slider and one by the page
    assert page.evaluate(where) == last - 1
    page.keyboard.press("End")
    page.keyboard.press("Space")  # from the end it begins again
    until(page, "() => historyPage.place > 0 && historyPage.place < 5")
    assert page.get_by_role("button", name="Pause").count() == 1
    until(page, f"() => historyPage.place === {last} && !historyPage.timer")
    assert page.get_by_role("button", name="Play").count() == 1


def test_views_are_chosen_and_both_themes_are_inside(opened: Any, run: Any) -> None:
    topic = run[0]
    page = opened(theme="dark")
    dark = page.evaluate("() => getComputedStyle(document.documentElement).backgroundColor")
    titles = [view.title for view in topic.views_for(topic.params())]
    assert page.locator("section.figure .figure-title").all_inner_texts() == titles[:2]
    first = topic.views[0].name
    before = page.evaluate(CANVAS, first)
    page.get_by_role("button", name="Light", exact=True).click()
    settled(page)
    assert page.evaluate("() => getComputedStyle(document.documentElement).backgroundColor") == "rgb(255, 255, 255)" != dark
    assert page.evaluate(CANVAS, first) != before
    page.get_by_label(titles[2], exact=True).check()
    page.get_by_label(titles[0], exact=True).uncheck()
    settled(page)
    assert page.locator("section.figure .figure-title").all_inner_texts() == titles[1:3]
    with page.expect_download() as download:
        page.get_by_role("button", name="Save SVG").first.click()
    assert download.value.suggested_filename == f"{topic.slug}-{topic.views[1].name}-step{run[1].steps[-1]}.svg"
    assert Path(download.value.path()).read_text(encoding="utf-8").startswith("<?xml")


def test_the_page_in_chinese_and_thinned(opened: Any, run: Any) -> None:
    page = opened("zh", views=[run[0].views[0].name], most=4)
    assert page.evaluate("() => document.documentElement.lang") == "zh"
    text = page.locator("main").inner_text()
    assert "参数" in text and "第 27 步" in text and f"保留的 {len(run[1])} 步中均匀选取了 4 步" in text
    assert not re.search(r"\b(step|Parameters|Numbers|Dark|Seed)\b", text)
    slide(page, 0)
    assert page.locator(".scrub-text").inner_text() == "第 0 步"


@pytest.fixture(scope="module")
def story() -> Any:
    """A chapter of one run, one of twins and one of a sweep, played short: the topic, its parts, and what the first says."""
    topic = registry.find("exposure-bias")
    kinds = {"twins": lambda c: c.compare is not None, "sweep": lambda c: c.sweep is not None, "run": lambda c: True}
    chapters = [next(c for c in topic.chapters if fits(c)) for fits in kinds.values()]
    runs, look = Runs(topic), Style("light", "en", translator("en", topic.slug))
    return topic, [part(topic, runs.play(replace(chapter, steps=12)), look) for chapter in chapters], look


def test_chapters_in_one_file_are_gone_through_by_keys_with_twins_and_arms(chromium: Any, story: Any, tmp_path: Path) -> None:
    topic, parts, look = story
    file = tmp_path / "chapters.html"
    file.write_text(parts_page(topic, parts, look), encoding="utf-8")
    page = chromium.new_page(viewport={"width": 1366, "height": 768}, color_scheme="light")
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: said.append(request.url) if not request.url.startswith((file.as_uri(), "blob:")) else 0)
    page.goto(file.as_uri())
    settled(page)
    drawn = "(place) => document.querySelectorAll('.figure canvas')[place].toDataURL()"
    assert page.locator(".stage.two .plot").count() == 2 * len(parts[0].views)
    assert page.locator(".history-twins span").all_inner_texts() == [
        f"{letter} · {arm.name}" for letter, arm in zip("AB", parts[0].arms, strict=True)
    ]
    assert page.evaluate(drawn, 0) != page.evaluate(drawn, 1)
    assert page.get_by_role("button", name="Previous").is_disabled()
    page.keyboard.press("]")
    settled(page)
    title = re.sub(r"<math.*?</math>", "", parts[1].told.title)
    assert page.locator("h2").inner_text().startswith(title[:12]) and page.locator(".stage.two").count() == 0
    seen = set()
    arms = page.get_by_label("Runs of this chapter")
    for place, arm in enumerate(parts[1].arms):
        arms.fill(str(place))
        settled(page)
        assert page.locator(".history-arms .scrub-text").inner_text() == arm.name
        seen.add(page.evaluate("() => [...document.querySelectorAll('.figure canvas')].map((c) => c.toDataURL()).join()"))
    held = "() => new Set(JSON.parse(document.getElementById('pictures').textContent)[1].map((arm) => Object.values(arm).map((views) => views.at(-1)).join())).size"
    assert len(seen) == page.evaluate(held)
    arms.focus()
    page.keyboard.press("ArrowLeft")  # the slider's own key: another arm, the same step
    settled(page)
    assert page.evaluate("() => [historyPage.armPlace, historyPage.step]") == [len(parts[1].arms) - 2, 12]
    page.get_by_role("button", name="Next").click()
    settled(page)
    fold = page.locator(".verdicts")
    assert not fold.locator("td").first.is_visible()
    fold.locator("summary").click()
    assert fold.locator("tbody tr").count() == len(parts[2].told.verdicts) and fold.locator("td").first.is_visible()
    assert page.evaluate("() => [...document.querySelectorAll('math')].every((m) => m.getBoundingClientRect().height > 8)")
    page.set_viewport_size({"width": 390, "height": 844})
    settled(page)
    assert page.evaluate("() => document.documentElement.scrollWidth") == 390
    page.keyboard.press("[")
    assert page.evaluate("() => historyPage.number") == 1
    assert said == []
    page.close()
