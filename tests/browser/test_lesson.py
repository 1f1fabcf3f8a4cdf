"""A lesson in real windows: who follows sees the teacher's pictures, put together from differences, until they go on alone."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest

VIEWS = ["plane|ladder", "twin|strips|gallery"]
STREAM = f"latentLab.figures['{VIEWS[0]}'].stream"
# The pictures on screen as text: 1 is 1 in whatever array it stands, and names have no order.
PICTURES = """() => {
  const plain = (value) => {
    if (value === null || typeof value !== 'object') return value;
    if (ArrayBuffer.isView(value)) return [...value, ...(value.shape ?? [])].map(String);
    return Array.isArray(value) ? value.map(plain) : Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, item]) => [name, plain(item)]);
  };
  return VIEWS.map((view) => JSON.stringify(plain(latentLab.figures[view].picture)));
}""".replace("VIEWS", str(VIEWS))
KNOWN = f"() => [...{STREAM}.courses].map(([name, course]) => [name, course.version])"
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}


@pytest.fixture
def lesson(tab: Any) -> Any:
    """A teacher's tab and the address of its lesson."""
    front = tab("vae-geometry?seed=1&lang=en")
    front.wait("s.state === 'paused' && !s.recorded")
    front.page.get_by_role("button", name="Share this run").click()
    link = front.page.get_by_text(re.compile(r"vae-geometry\?follow=")).first
    link.wait_for()
    code = re.search(r"follow=[\w-]+", link.inner_text())
    assert code is not None
    front.page.reload()  # without the dialog, and at the top; the run and its lesson are the same
    front.wait("s.state === 'paused' && !s.recorded")
    return front, f"vae-geometry?{code[0]}"


def step(front: Any, number: int) -> None:
    front.page.keyboard.press("ArrowRight")
    front.wait(f"s.step === {number} && s.state === 'paused'")


def shows(seat: Any, front: Any) -> None:
    """The follower's pictures are the teacher's, number by number, once they rest."""
    end = time.monotonic() + 15
    while seat.page.evaluate(PICTURES) != front.page.evaluate(PICTURES) and time.monotonic() < end:
        time.sleep(0.1)
    assert seat.page.evaluate(PICTURES) == front.page.evaluate(PICTURES)


def test_who_follows_sees_the_teachers_pictures_put_together_from_differences(tab: Any, lesson: Any) -> None:
    front, address = lesson
    seat = tab(f"{address}&lang=en")
    seat.wait("s.state === 'following' && !s.recorded")
    for number in (1, 2, 3):
        step(front, number)
        seat.wait(f"s.step === {number}")
    shows(seat, front)
    known = dict(seat.page.evaluate(KNOWN))
    assert set(known) == {"", *VIEWS} and min(known.values()) > 3, "each has come in several versions"
    assert seat.status["params"] == front.status["params"]


def test_it_comes_back_after_the_line_was_lost_and_asks_for_the_whole_where_something_is_missing(tab: Any, lesson: Any) -> None:
    front, address = lesson
    seat = tab(f"{address}&lang=en")
    seat.wait("s.state === 'following' && !s.recorded")
    step(front, 1)
    seat.wait("s.step === 1")
    seat.page.evaluate(f"() => {STREAM}.socket.close(3001)")
    step(front, 2)
    seat.wait("s.step === 2")
    shows(seat, front)
    seat.page.evaluate(f"() => {{ for (const course of {STREAM}.courses.values()) course.version = -1; }}")
    step(front, 3)
    seat.wait("s.step === 3")
    shows(seat, front)


def test_a_phone_follows_in_its_own_language_and_theme_and_goes_on_alone(tab: Any, lesson: Any) -> None:
    front, address = lesson
    seat = tab(f"{address}&lang=zh", color_scheme="dark", **PHONE)
    seat.wait("s.state === 'following' && !s.recorded")
    assert seat.status["message"].startswith("你正在跟课")
    front.page.keyboard.press("Space")
    seat.wait("s.step > 20")
    front.page.keyboard.press("Space")
    front.wait("s.state === 'paused'")
    stands = front.status["step"]
    seat.wait(f"s.step === {stands}")
    assert seat.page.evaluate("() => latentLab.figures['plane|ladder'].picture.layout.font.color") == "#e8eaed"
    own_data = seat.page.locator(".st-key-fold-own")
    assert own_data.count() == 0 and front.page.locator(".st-key-fold-own").count() == 1
    seat.page.keyboard.press("Space")
    seat.wait(f"s.state === 'playing' && s.step > {stands}")
    own_data.wait_for()  # who goes on alone may give data
    assert front.status["step"] == stands and seat.page.evaluate(KNOWN) == []
