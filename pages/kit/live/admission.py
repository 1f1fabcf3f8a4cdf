"""A run as a guest of a full house: it waits for a place, gives it back while nobody plays, and comes back as it was."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from pages.kit.live.session import build

if TYPE_CHECKING:
    from pages.kit.live.run import LiveRun


def enter(run: LiveRun) -> bool:
    """Whether a run has a place among those that hold a model; otherwise it waits, and says so."""
    number = run.places.ask(run.token) if run.places is not None else 0
    if number:
        run.state = "waiting"
        run.message = run.t("The class is full: you are number {number} in the queue.").format(number=number)
    return not number


def wait(run: LiveRun) -> None:
    """Ask again for a place; the run goes on where it stood once there is one."""
    if run.state == "waiting" and enter(run):
        run.state, run.message = ("paused" if run.frozen is not None else "opening"), None
        if run.frozen is None:
            run.open()
        if run.wanted_play and thaw(run):
            run.play()
        run.wanted_play = False


def freeze(run: LiveRun) -> bool:
    """Give the model back and keep the score, the film and the picture; whether there was anything to give back."""
    with run.lock:
        if run.session is None or run.state not in ("paused", "finished") or run.twins is not None:
            return False
        run.frozen = run.session.score
        run.session.close()
        run.session = None
        if run.places is not None:
            run.places.leave(run.token)
        return True


def thaw(run: LiveRun) -> bool:
    """Build a frozen run again from its score; whether there is a session now."""
    run.touched = time.monotonic()
    if run.session is not None or run.frozen is None:
        return run.session is not None
    if not enter(run):
        return False
    state, score = run.state, run.frozen
    if not build(run, score):
        return False
    run.state = state if state == "finished" else "paused"
    return True
