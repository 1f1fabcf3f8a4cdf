"""Pictures for many are drawn once, even when all want them at the same moment."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from pages.kit.web.drawn import Drawn


def test_all_who_want_a_picture_at_once_get_the_one_that_is_drawn():
    drawn, going_on, counted = Drawn(), threading.Event(), []

    def draw() -> object:
        counted.append(1)
        assert going_on.wait(10)
        return object()

    with ThreadPoolExecutor(8) as people:
        wanted = [people.submit(drawn.get, "a picture", draw) for _ in range(8)]
        assert not any(one.done() for one in wanted)
        going_on.set()
        assert len({id(one.result(10)) for one in wanted}) == 1
    assert counted == [1]


def test_only_the_newest_are_kept_and_nothing_without_a_key():
    drawn, counted = Drawn(most=2), []

    def draw() -> int:
        counted.append(len(counted))
        return counted[-1]

    assert [drawn.get(key, draw) for key in ("a", "b", "a", "c", "a", "b", None, None)] == [0, 1, 0, 2, 0, 3, 4, 5]
    assert len(drawn) == 2


def test_a_failure_reaches_who_asked_and_is_not_kept():
    drawn = Drawn()
    with pytest.raises(ZeroDivisionError):
        drawn.get("a", lambda: 1 // 0)
    assert len(drawn) == 0 and drawn.get("a", lambda: 7) == 7
