"""Runs in lockstep: all to one step, then all to the next, as far a turn as the slowest of them computes in its time."""

from __future__ import annotations

import time

from pages.kit.live.stage.arm import Arm

PATIENCE = 0.25  # seconds one turn waits for the slower arm before it lets the page draw again
TURN = 0.085  # seconds of computing that one turn should take
LONGEST = 500  # steps of one turn


class Lockstep:
    """The way of the arms to their next common step. The first of them says how fast they go, and where they stop."""

    def __init__(self, arms: tuple[Arm, ...]) -> None:
        self.arms = arms
        self.goal: int | None = None  # the step that the moving arms head for
        self.moving: list[Arm] = []
        self.chunk = 1  # steps of the next turn
        self._begun: dict[int, tuple[int, float]] = {}  # by arm: step and computing time when it set out

    def alive(self) -> list[Arm]:
        """The arms that can still be asked for something."""
        return [arm for arm in self.arms if arm.session is not None and not arm.broken]

    def stop(self) -> None:
        """Head for nothing any more."""
        self.goal, self.moving = None, []

    def set_out(self) -> bool:
        """Send those that move next towards a common step; where nobody can move all come to rest. Whether anybody moves."""
        self.moving, limit = self._movers()
        if not self.moving:
            for arm in self.alive():
                arm.ask(lambda session: session.rest())
            return False
        speed = self.arms[0].speed
        chunk = self.chunk if speed is None else max(1, min(self.chunk, round(speed * TURN)))
        self.goal = min(self.moving[0].step_now + chunk, limit)
        self._begun = {id(arm): (arm.step_now, _seconds(arm)) for arm in self.moving}
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
            if not arm.broken:
                arm.ask(lambda session: session.look())
        self.arms[0].rate.measure(min((arm.step_now for arm in self.alive()), default=0))

    def settle(self) -> None:
        """Bring arms that moved together to rest at the same step."""
        moving = self.moving
        self.stop()
        for arm in moving:
            arm.ask(lambda session: session.rest(frame=False))
        ahead = max((arm.step_now for arm in moving), default=0)
        for arm in moving:
            if not arm.broken:
                _advance(arm, steps=ahead - arm.step_now)

    def advance(self, **how: int) -> None:
        """So many steps or parts, by hand: of all arms, or of those behind."""
        for arm in self._movers()[0] or _behind(self.alive()):
            _advance(arm, **how)

    def _movers(self) -> tuple[list[Arm], int]:
        """The arms that move next (all, or those behind), and the step where they must stop."""
        able = [arm for arm in self.alive() if not _exhausted(arm)]
        if not able:
            return [], 0
        movers = _behind(able)
        at, halts = movers[0].step_now, [self.arms[0].limit(), *(arm.script.halt for arm in movers)]
        limits = [arm.step_now for arm in able if arm.step_now > at] + [step for step in halts if step is not None]
        limit = min(limits, default=at + LONGEST)
        return ([], 0) if limit <= at else (movers, limit)

    def _pull(self) -> None:
        lead, goal = self.arms[0], self.goal
        for arm in self.moving:
            if goal is not None and arm.step_now < goal and not arm.broken:
                arm.ask(lambda session: session.pull(lease=lead.lease, until=goal, rate=lead.speed, frame=False).frame)

    def _arrived(self) -> bool:
        goal = self.goal
        return all(arm.broken or goal is None or arm.step_now >= goal or _exhausted(arm) for arm in self.moving)

    def _pace(self) -> None:
        """Choose how many steps the next turn takes: what the slowest arm computes in TURN seconds."""
        rates = []
        for arm in self.moving:
            step, seconds = self._begun[id(arm)]
            rates.append((arm.step_now - step) / max(_seconds(arm) - seconds, 1e-5))
        wanted = round(min(rates, default=1.0) * TURN)
        self.chunk = max(1, min(LONGEST, 4 * self.chunk, max(wanted, self.chunk // 4)))


def _seconds(arm: Arm) -> float:
    return arm.session.seconds if arm.session is not None else 0.0


def _advance(arm: Arm, **how: int) -> None:
    arm.ask(lambda session: session.advance(**how))


def _exhausted(arm: Arm) -> bool:
    return arm.session is not None and arm.session.exhausted


def _behind(arms: list[Arm]) -> list[Arm]:
    """Those that stand at the lowest step of all."""
    lowest = min((arm.step_now for arm in arms), default=0)
    return [arm for arm in arms if arm.step_now == lowest]
