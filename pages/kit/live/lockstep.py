"""Runs in lockstep: all to one step, then all to the next, as far a turn as the slowest of them computes in its time."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from pages.kit.live.session import ask

if TYPE_CHECKING:
    from pages.kit.live.run import LiveRun

PATIENCE = 0.25  # seconds one turn waits for the slower arm before it lets the page draw again
TURN = 0.085  # seconds of computing that one turn should take
LONGEST = 500  # steps of one turn


class Lockstep:
    """The way of the arms to their next common step. The first of them says how fast they go, and where they stop."""

    def __init__(self, arms: tuple[LiveRun, ...]) -> None:
        self.arms = arms
        self.goal: int | None = None  # the step that the moving arms head for
        self.moving: list[LiveRun] = []
        self.chunk = 1  # steps of the next turn
        self._begun: dict[int, tuple[int, float]] = {}  # by arm: step and computing time when it set out

    def alive(self) -> list[LiveRun]:
        """The arms that can still be asked for something."""
        return [arm for arm in self.arms if arm.session is not None and not _broken(arm)]

    def stop(self) -> None:
        """Head for nothing any more."""
        self.goal, self.moving = None, []

    def set_out(self) -> bool:
        """Send those that move next towards a common step; where nobody can move all come to rest. Whether anybody moves."""
        self.moving, limit = self._movers()
        if not self.moving:
            for arm in self.alive():
                ask(arm, lambda session: session.rest())
            return False
        speed = self.arms[0].speed
        chunk = self.chunk if speed is None else max(1, min(self.chunk, round(speed * TURN)))
        self.goal = min(step_of(self.moving[0]) + chunk, limit)
        self._begun = {id(arm): (step_of(arm), _seconds(arm)) for arm in self.moving}
        self._pull()
        return True

    def wait(self) -> bool:
        """Keep the moving arms going until all are there, or patience is over; whether they are there."""
        begin = time.perf_counter()
        while not self._arrived() and time.perf_counter() - begin < PATIENCE:
            time.sleep(0.003)
            self._pull()
        return self._arrived()

    def look(self) -> None:
        """A frame of each arm that has arrived; the next turn is as long as this one was slow or quick."""
        self._pace()
        for arm in self.moving:
            if not _broken(arm):
                ask(arm, lambda session: session.look())
        self.arms[0].rate.measure(min((step_of(arm) for arm in self.alive()), default=0))

    def settle(self) -> None:
        """Bring arms that moved together to rest at the same step."""
        moving = self.moving
        self.stop()
        for arm in moving:
            ask(arm, lambda session: session.rest(frame=False))
        ahead = max((step_of(arm) for arm in moving), default=0)
        for arm in moving:
            if not _broken(arm):
                _advance(arm, steps=ahead - step_of(arm))

    def advance(self, **how: int) -> None:
        """So many steps or parts, by hand: of all arms, or of those behind."""
        for arm in self._movers()[0] or _behind(self.alive()):
            _advance(arm, **how)

    def _movers(self) -> tuple[list[LiveRun], int]:
        """The arms that move next (all, or those behind), and the step where they must stop."""
        able = [arm for arm in self.alive() if not _exhausted(arm)]
        if not able:
            return [], 0
        movers = _behind(able)
        at, stop = step_of(movers[0]), self.arms[0].stop_steps
        limits = [step_of(arm) for arm in able if step_of(arm) > at] + ([] if stop is None else [stop])
        limit = min(limits, default=at + LONGEST)
        return ([], 0) if limit <= at else (movers, limit)

    def _pull(self) -> None:
        lead, goal = self.arms[0], self.goal
        for arm in self.moving:
            if goal is not None and step_of(arm) < goal and not _broken(arm):
                ask(arm, lambda session: session.pull(lease=lead.lease, until=goal, rate=lead.speed, frame=False).frame)

    def _arrived(self) -> bool:
        goal = self.goal
        return all(_broken(arm) or goal is None or step_of(arm) >= goal or _exhausted(arm) for arm in self.moving)

    def _pace(self) -> None:
        """Choose how many steps the next turn takes: what the slowest arm computes in TURN seconds."""
        rates = []
        for arm in self.moving:
            step, seconds = self._begun[id(arm)]
            rates.append((step_of(arm) - step) / max(_seconds(arm) - seconds, 1e-5))
        wanted = round(min(rates, default=1.0) * TURN)
        self.chunk = max(1, min(LONGEST, 4 * self.chunk, max(wanted, self.chunk // 4)))


def step_of(arm: LiveRun) -> int:
    """The step at which an arm's session stands."""
    return arm.session.step if arm.session is not None else 0


def _seconds(arm: LiveRun) -> float:
    return arm.session.seconds if arm.session is not None else 0.0


def _advance(arm: LiveRun, **how: int) -> None:
    ask(arm, lambda session: session.advance(**how))


def _broken(arm: LiveRun) -> bool:
    return arm.state in ("diverged", "lost")


def _exhausted(arm: LiveRun) -> bool:
    return arm.session is not None and arm.session.exhausted


def _behind(arms: list[LiveRun]) -> list[LiveRun]:
    """Those that stand at the lowest step of all."""
    lowest = min(map(step_of, arms), default=0)
    return [arm for arm in arms if step_of(arm) == lowest]
