"""The class guesses, in real windows: a teacher's, a student's at a desk, and a student's phone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.bench.server import App, until, wait_live
from tests.browser.tab import LAPTOP, Tab
from tests.browser.test_guess import CURVE, PHONE, SLUG, drag

NAME = CURVE.name


@pytest.fixture
def window(chromium: Any, server: App) -> Iterator[Callable[..., Tab]]:
    tabs: list[Tab] = []

    def open_window(url: str, **more: Any) -> Tab:
        tabs.append(Tab(chromium, url if "://" in url else f"{server.url}/{url}", **more))
        wait_live(tabs[-1].page)
        return tabs[-1]

    yield open_window
    for one in tabs:
        errors = one.errors
        one.close()
        assert errors == []


def lesson_of(teacher: Tab) -> str:
    """The link that the page gives for a lesson."""
    teacher.page.get_by_role("button", name="Share this run").click()
    link = teacher.page.locator("code", has_text="follow=").first.inner_text().strip()
    teacher.page.keyboard.press("Escape")
    return link


def draw(seat: Tab) -> None:
    """A guess by pointer, and the panel closed again."""
    seat.page.locator(".guess-open").click()
    until(seat.page, "() => latentLab.guess.picture && latentLab.guess.figure.state.xaxis")
    drag(seat, seat.page.locator(".guess-pad"))
    seat.page.locator(".guess-panel").get_by_role("button", name="Close").click()


def test_a_class_guesses_and_its_teacher_shows_closes_plays_and_scores(window: Callable[..., Tab]) -> None:
    teacher = window(SLUG, viewport=LAPTOP)
    assert not teacher.page.locator(".class-tools").is_visible(), "nobody follows yet"
    link = lesson_of(teacher)
    desk, phone = window(link, viewport=LAPTOP), window(link, viewport=PHONE, has_touch=True)
    teacher.wait("s.lesson && s.lesson.followers === 2")
    teacher.page.get_by_role("button", name="Ask the class").click()
    for seat in (desk, phone):
        seat.wait("s.lesson.open")
        seat.page.get_by_text("Your class is asked: make your guess.").wait_for()
    teacher.page.get_by_text("0 of 2 have guessed").wait_for()
    draw(phone)
    phone.page.get_by_text("Your guess counts.").wait_for()
    name = phone.page.get_by_label("Your name, if you like")
    name.fill("Mia")
    name.press("Enter")
    phone.wait("s.lesson.signed === 'Mia'")
    teacher.page.get_by_text("1 of 2 have guessed").wait_for()
    draw(desk)
    teacher.page.get_by_text("2 of 2 have guessed").wait_for()
    phone.page.reload()
    wait_live(phone.page)
    phone.wait("s.lesson.mine && s.lesson.signed === 'Mia'")  # still one guess of this phone
    assert teacher.status["lesson"]["counted"][NAME]["guessed"] == 2

    teacher.page.get_by_role("button", name="Show the guesses").click()
    panel = teacher.page.locator(".class-panel")
    panel.get_by_text("2 guesses.").wait_for()
    names = teacher.page.evaluate("() => latentLab.guess.class.picture.data.map(({ name }) => name)")
    assert names[:3] == ["a guess", "Mia", "median of the class"]
    box = panel.bounding_box()
    assert (
        box["x"] >= 0
        and box["y"] >= 0
        and box["x"] + box["width"] <= LAPTOP["width"]
        and box["y"] + box["height"] <= LAPTOP["height"]
    )
    phone.page.get_by_text("The guesses of the class have been shown: yours stays as it is.").wait_for()
    assert phone.page.evaluate("() => latentLab.guess.pad.inert") and not phone.page.locator(".class-row input").is_visible()
    assert phone.page.evaluate("() => document.scrollingElement.scrollWidth") <= PHONE["width"]

    teacher.page.evaluate("() => document.activeElement.blur()")
    teacher.page.keyboard.press("Space")
    panel.get_by_text("Half of them are off by more than").wait_for(timeout=60_000)
    teacher.page.keyboard.press("Space")
    assert teacher.page.evaluate("() => latentLab.guess.class.picture.data.some(({ type }) => type === 'bar')")
    assert desk.status["state"] == phone.status["state"] == "following"
    panel.get_by_role("button", name="Close").click()
    assert not panel.is_visible() and teacher.page.get_by_role("button", name="What the class guessed").is_visible()
