"""Pages are drawn a few at a time: in the order in which they came, never more, and nobody waits for one that is stuck."""

from __future__ import annotations

import threading

import pytest

from pages.kit.ui.shell.turns import Turns
from tests.waiting import wait_until


class Crowd:
    """Threads that want a turn; each has it until it is sent away."""

    def __init__(self, turns: Turns) -> None:
        self.turns = turns
        self.served: list[int] = []
        self.ends: list[threading.Event] = []
        self.threads: list[threading.Thread] = []

    def come(self) -> None:
        """One more, who stands in line, or is served, when this returns."""
        number, end = len(self.threads), threading.Event()

        def draw() -> None:
            with self.turns.turn():
                self.served.append(number)
                end.wait(30)

        self.ends.append(end)
        self.threads.append(threading.Thread(target=draw))
        before = self.turns.waiting + len(self.served)
        self.threads[-1].start()
        wait_until(lambda: self.turns.waiting + len(self.served) > before, "it is neither in line nor served")

    def leave(self, number: int) -> None:
        self.ends[number].set()
        self.threads[number].join(30)


def test_so_many_at_once_in_the_order_in_which_they_came() -> None:
    crowd = Crowd(Turns(at_once=2, patience=60.0))
    for _ in range(6):
        crowd.come()
    assert crowd.served == [0, 1]
    for number in range(6):
        assert crowd.turns.inside <= 2
        crowd.leave(number)
        wait_until(lambda number=number: len(crowd.served) == min(6, number + 3), f"after {number}: {crowd.served}")  # type: ignore[misc]
    assert crowd.served == list(range(6))
    assert (crowd.turns.inside, crowd.turns.waiting) == (0, 0)


def test_what_is_out_of_sight_comes_after_all_who_have_nothing_yet() -> None:
    turns = Turns(at_once=1, patience=60.0, later=30.0)
    told: list[str] = []

    def page(name: str) -> None:
        with turns.turn():
            told.append(f"{name}, above")
            wait_until(lambda: turns.waiting + len(told) >= 3, "the others do not come")
            turns.let_pass()
            told.append(f"{name}, below")

    pages = [threading.Thread(target=page, args=(name,)) for name in ("a", "b", "c")]
    for number, thread in enumerate(pages):
        thread.start()
        wait_until(lambda number=number: turns.waiting + len(told) > number, "it does not come")  # type: ignore[misc]
    for thread in pages:
        thread.join(30)
    assert told == [f"{name}, {part}" for part in ("above", "below") for name in ("a", "b", "c")]
    assert (turns.inside, turns.waiting) == (0, 0)


def test_a_page_that_waits_for_a_worker_holds_up_nobody_for_good() -> None:
    crowd = Crowd(Turns(at_once=1, patience=0.05))
    for _ in range(3):
        crowd.come()
    wait_until(lambda: crowd.served == [0, 1, 2], "they wait for one that is stuck")
    for number in range(3):
        crowd.leave(number)
    assert (crowd.turns.inside, crowd.turns.waiting) == (0, 0)


def test_a_page_that_fails_gives_its_turn_back() -> None:
    turns = Turns(at_once=1, patience=60.0)
    with pytest.raises(ZeroDivisionError), turns.turn():
        raise ZeroDivisionError
    assert turns.inside == 0
