"""The book, opened from a disk in a real Chromium: it asks nobody, complains of nothing, and everything in it answers."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from engine.book.lab import BUDGET
from engine.book.site import files_of, write
from engine.cli.book import of_lab, this_build
from engine.core import registry
from engine.core.chapter import Chapter
from engine.core.language import story
from tests.bench.server import until
from tests.browser import test_history_page

LABS = ("riemann-metric", "riemann-connection")  # their chapters compute least, and one builds on the other
FIRST_PICTURE = 1.0  # seconds, from a disk
BARRIERS = ("serious", "critical")
PIXELS = "() => [...document.querySelectorAll('.figure canvas')].map((canvas) => canvas.toDataURL()).join()"

TIP = """() => [...document.querySelectorAll('.plot div')].some(
    ({ style, textContent }) => style.whiteSpace === 'pre-line' && style.display === 'block' && /[0-9]/.test(textContent))"""


def some(slug: str) -> tuple[Chapter, ...]:
    """The first chapter of a lab that is one run, one of twins, and one of a sweep."""
    chapters = registry.find(slug).chapters
    found = [next((c for c in chapters if kind_of(c) == kind), None) for kind in ("run", "twins", "sweep")]
    return tuple(chapter for chapter in found if chapter is not None)


def kind_of(chapter: Chapter) -> str:
    return "sweep" if chapter.sweep is not None else "twins" if chapter.compare is not None else "run"


CHAPTERS = {LABS[0]: some(LABS[0]), LABS[1]: some(LABS[1])[:1]}  # a page of several, and one of a single chapter


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("book") / "site"
    labs = []
    for slug, chapters in CHAPTERS.items():
        made = of_lab(replace(registry.find(slug), chapters=chapters), this_build(), list(LABS), "cpu", lambda _: None)
        assert not made.failed and all(row.agrees for row in made.rows) and made.lab.sent <= BUDGET
        labs.append(made.lab)
        write(out, made.lab.files)
    write(out, files_of(labs))
    return out


def settled(page: Any) -> None:
    """Until the page is there, and what was asked for on every open figure's canvas."""
    until(page, "() => globalThis.historyPage")
    test_history_page.settled(page)


@pytest.fixture
def opened(chromium: Any, site: Path) -> Iterator[Any]:
    """Opens pages of the book from the disk; at the end nothing was asked for elsewhere and nothing complained."""
    said: list[str] = []
    contexts = []

    def open_(place: str, theme: str = "light", size: tuple[int, int] = (1366, 768), locale: str = "en-US") -> Any:
        context = chromium.new_context(
            viewport={"width": size[0], "height": size[1]}, color_scheme=theme, locale=locale, offline=True
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on(
            "request",
            lambda request: said.append(request.url) if not request.url.startswith((site.as_uri(), "data:", "blob:")) else 0,
        )
        page.goto(f"{site.as_uri()}/{place}")
        return page

    yield open_
    for context in contexts:
        context.close()
    assert said == []


def pointed_at(page: Any) -> bool:
    """Whether the pointer, somewhere on the pictures, is told a value."""
    for canvas in page.locator(".figure canvas").all():
        canvas.scroll_into_view_if_needed()
        box = canvas.bounding_box()
        for place in range(1, 100):
            page.mouse.move(box["x"] + box["width"] * (place % 10) / 10, box["y"] + box["height"] * (place // 10 + 0.5) / 10)
            if page.evaluate(TIP):
                return True
    return False


def barriers(page: Any) -> list[str]:
    """What axe-core calls serious or critical; it must not load the style sheets by itself, which the page forbids."""
    return [
        f"{rule['id']}: {node['html'][:160]} {node['failureSummary']}"
        for rule in Axe().run(page, options={"preload": False}).response["violations"]
        if rule["impact"] in BARRIERS
        for node in rule["nodes"]
    ]


def test_the_first_picture_is_there_within_a_second_and_the_scrubber_moves_it(opened: Any) -> None:
    begin = time.perf_counter()
    page = opened(f"en/{LABS[0]}.html")
    settled(page)
    until(page, "() => historyPage.panes.every((pane) => pane.figures.every((figure) => figure.drawCount))")
    assert time.perf_counter() - begin <= FIRST_PICTURE + 0.5  # with the browser's own start of a page
    end = page.evaluate(PIXELS)
    page.locator("input.scrub").first.fill("0")
    settled(page)
    begun = page.evaluate(PIXELS)
    assert begun != end and page.locator(".scrub-text").first.inner_text() == "step 0"
    page.keyboard.press("End")
    settled(page)
    assert page.evaluate(PIXELS) != begun
    assert pointed_at(page)


@pytest.mark.parametrize("lab", LABS)
def test_every_chapter_has_its_pictures_and_words_and_can_be_linked_to(opened: Any, lab: str) -> None:
    page = opened(f"zh/{lab}.html", theme="dark")
    settled(page)
    assert page.evaluate("() => document.documentElement.dataset.theme") == "dark"
    for chapter in CHAPTERS[lab]:
        name, kind = chapter.name, kind_of(chapter)
        page.evaluate("(name) => { location.hash = name; }", name)
        until(page, "(name) => historyPage.part.name === name", arg=name)
        settled(page)
        assert page.locator(".figure canvas").count() >= (2 if kind == "twins" else 1)
        assert page.locator("article .before").inner_text() and page.locator("article .after-words").inner_text()
        assert page.locator(".problem").count() == 0
        if kind == "sweep":
            arms = page.locator(".history-arms input")
            seen = set()
            for place in range(page.evaluate("() => historyPage.part.arms.length")):
                arms.fill(str(place))
                settled(page)
                seen.add(page.evaluate(PIXELS))
            assert len(seen) > 1
            if page.evaluate("() => historyPage.part.blends"):
                arms.evaluate("(node) => { node.value = 0.5; node.dispatchEvent(new Event('input')); }")
                settled(page)
                assert page.evaluate(PIXELS) not in seen and page.locator(".history-arms .scrub-text").inner_text().startswith(
                    "介于"
                )
    page.locator(".book-table a").first.click()
    until(page, "(name) => historyPage.part.name === name", arg=CHAPTERS[lab][0].name)


def test_language_and_theme_are_switched_and_stay(opened: Any) -> None:
    page = opened("index.html", locale="zh-CN")
    page.wait_for_url("**/zh/index.html")
    page.locator(f"a.name[href='{LABS[0]}.html']").click()
    settled(page)
    page.keyboard.press("]")
    settled(page)
    second = CHAPTERS[LABS[0]][1].name
    page.locator(".book-language").click()
    page.wait_for_url(f"**/en/{LABS[0]}.html#{second}")
    settled(page)
    assert page.locator("article h2").inner_text() == story("en", LABS[0])[second].partition("\n")[0]
    ground = "() => getComputedStyle(document.body.parentElement).backgroundColor"
    light, drawn = page.evaluate(ground), page.evaluate(PIXELS)
    page.locator(".book-theme").click()
    settled(page)
    assert page.evaluate(ground) != light and page.evaluate(PIXELS) != drawn
    page.reload()
    settled(page)
    assert page.evaluate("() => document.documentElement.dataset.theme") == "dark"


def test_the_gallery_has_pictures_a_map_and_a_search_that_leads_into_chapters(opened: Any) -> None:
    page = opened("en/index.html")
    until(page, "(n) => document.querySelectorAll('.card canvas').length === n", arg=len(LABS))
    assert barriers(page) == []
    page.get_by_role("button", name="Map").click()
    assert page.locator(".map a").count() == len(LABS)
    page.get_by_role("button", name="Map").click()
    page.get_by_role("searchbox").fill("Foucault")
    until(page, "() => document.querySelectorAll('.card').length === 1")
    assert page.locator(".card").get_attribute("data-slug") == LABS[1]
    chapter = CHAPTERS[LABS[1]][0].name
    page.get_by_role("searchbox").fill(story("zh", LABS[1])[chapter].partition("\n")[0])
    page.locator(".where a").first.click()
    page.wait_for_url(f"**/en/{LABS[1]}.html#*")
    settled(page)


@pytest.mark.parametrize(("language", "theme"), [("en", "light"), ("zh", "dark")])
def test_nobody_is_kept_out_and_a_phone_is_wide_enough(opened: Any, language: str, theme: str) -> None:
    page = opened(f"{language}/{LABS[0]}.html", theme=theme)
    settled(page)
    page.evaluate("() => { for (const one of document.querySelectorAll('details')) one.open = true; }")
    page.wait_for_timeout(300)
    assert barriers(page) == []
    for file in (f"{LABS[0]}.html", f"{LABS[1]}.html", "index.html"):
        phone = opened(f"{language}/{file}", theme=theme, size=(390, 844))
        phone.locator("canvas").first.wait_for()
        phone.evaluate("() => { for (const one of document.querySelectorAll('details')) one.open = true; }")
        assert phone.evaluate("() => document.documentElement.scrollWidth") == 390, file
