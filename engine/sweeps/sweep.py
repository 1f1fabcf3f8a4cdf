"""A sweep: one run with several values of one parameter, all arms at the same step whenever somebody looks.

Arms of one architecture are trained as one stacked model in one worker (engine/workers/batched.py); others as sessions of
their own, spread over the workers. Nothing runs unless somebody polls.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

import numpy as np

from engine.core import registry
from engine.core.frame import Frame
from engine.core.params import BadValue, Params
from engine.core.score import marks
from engine.core.topic import Timeline, Verdict
from engine.runs.history import MAX_BYTES, History
from engine.sweeps.numbers import strangest, table_of, verdicts_of
from engine.workers.batched import MOST, Plan, spaced, stackable
from engine.workers.connection import WorkerLost
from engine.workers.pool import Pool, RemoteSession, RunFailed

__all__ = ["MOST", "Arm", "Plan", "Progress", "Sweep", "spaced"]

LOOK_EVERY = 1.5  # seconds of training between two looks at all arms
FIRST = 10  # steps until the first look
PATIENCE = 0.1  # seconds one poll may take

T = TypeVar("T")


@dataclass
class Arm:
    """One value of the swept parameter: its curve so far, its newest frame, or why it has ended."""

    value: Any
    params: Params
    history: History = field(default_factory=History)
    frame: Frame | None = None
    problem: dict[str, Any] | None = None


@dataclass(frozen=True)
class Progress:
    """Where a sweep stands: the step that all living arms have reached, and the arms that failed."""

    steps: int
    total: int
    finished: bool
    stacked: bool
    failed: dict[int, dict[str, Any]]


class RemoteStack(RemoteSession):
    """A stacked model in a worker; a lost worker begins it anew."""

    def __init__(self, pool: Pool, plan: Plan, device: str, data: Mapping[str, np.ndarray] | None) -> None:
        super().__init__(pool, plan.score.model_copy(update={"steps": 0, "changes": ()}), device, data)
        self.plan = plan

    def _opening(self) -> dict[str, Any]:
        return {"op": "open", "session": self.key, "plan": self.plan.model_dump(), "device": self.device, "frame": False}

    def look(self, arm: int = 0) -> Frame | None:
        """The frame of an arm; raises RunFailed with that arm's own problem."""
        return self._call("look", arm=arm)


class Sweep:
    """All arms of a plan. `poll` drives it; it rests by itself when nobody polls."""

    def __init__(self, pool: Pool, plan: Plan, device: str = "auto", data: Mapping[str, np.ndarray] | None = None) -> None:
        self.pool, self.plan, self.device, self.data = pool, plan, device, data
        self.topic = registry.find(plan.score.topic)
        share = MAX_BYTES // len(plan.values)  # all arms together keep what one run keeps
        self.arms = [Arm(value, plan.params(arm), History(share)) for arm, value in enumerate(plan.values)]
        self.stacked = stackable(plan)
        self._sessions: list[RemoteSession] = []
        self._goal = 0
        self._step = 0
        self._began: tuple[float, int] = (0.0, 0)
        self._ended = False  # every loop has come to its own end
        self._closed = False
        self._lock = threading.RLock()

    def start(self) -> None:
        """Make the sessions; their models are built at the first poll."""
        with self._lock:
            if self._sessions or self._closed:
                return
            if self.stacked:
                self._sessions = [RemoteStack(self.pool, self.plan, self.device, self.data)]
            else:
                for arm in range(len(self.arms)):
                    score = self.plan.settings(arm)
                    begun = score.model_copy(update={"steps": 0, "changes": ()})
                    self._sessions.append(RemoteSession(self.pool, begun, self.device, self.data, score.changes))

    @property
    def total(self) -> int:
        return self.plan.score.steps

    def poll(self, lease: float = 0.6) -> Progress:
        """Go on for `lease` more seconds, take in what has been reached, and tell how far the sweep is."""
        with self._lock:
            if not self._sessions or self._closed:
                return self.progress()
            begin = time.perf_counter()
            if self._goal == 0:
                self._open()
                self._next()
            while not self._over() and time.perf_counter() - begin < PATIENCE:
                self._pull(lease)
                if self._reached() and self._look():
                    self._next()
                    self._pull(lease)
                else:
                    time.sleep(0.005)
            return self.progress()

    def progress(self) -> Progress:
        """How far it is, without going on."""
        failed = {number: arm.problem for number, arm in enumerate(self.arms) if arm.problem is not None}
        return Progress(self._step, self.total, self._over(), self.stacked, failed)

    def _over(self) -> bool:
        return self._step >= self.total or self._ended or all(arm.problem is not None for arm in self.arms)

    def _living(self) -> list[tuple[list[int], RemoteSession]]:
        """The sessions that still train, each with its living arms."""
        arms = [number for number, arm in enumerate(self.arms) if arm.problem is None]
        if self.stacked:
            return [(arms, self._sessions[0])] if arms else []
        return [([number], self._sessions[number]) for number in arms]

    def _try(self, numbers: list[int], act: Callable[[], T]) -> T | None:
        """Let a session do something; what goes wrong is the problem of these arms."""
        try:
            return act()
        except RunFailed as failure:
            problem = failure.problem
        except BadValue as refused:
            problem = {"kind": "bad", "name": refused.name, "message": str(refused)}
        except WorkerLost as lost:
            problem = {"kind": "lost", "message": str(lost)}
        for number in numbers:
            self.arms[number].problem = problem
        return None

    def _open(self) -> None:
        for numbers, session in self._living():
            self._try(numbers, session.open)
        self._look()

    def _next(self) -> None:
        """Choose the next step at which all arms are looked at: after LOOK_EVERY seconds, about."""
        now = time.perf_counter()
        seconds, before = self._began
        if self._step == 0:
            ahead = FIRST
        else:
            rate = (self._step - before) / max(now - seconds, 1e-3)
            ahead = max(1, min(4 * max(self._step - before, 1), round(rate * LOOK_EVERY)))
        self._goal = min(self._step + ahead, self.total)
        self._began = (now, self._step)

    def _pull(self, lease: float) -> None:
        for numbers, session in self._living():
            if session.step < self._goal:
                self._try(numbers, partial(session.pull, lease=lease, until=self._goal, frame=False))

    def _reached(self) -> bool:
        return all(session.step >= self._goal or session.exhausted for _, session in self._living())

    def _look(self) -> bool:
        """Take in a frame of every living arm.

        False, and nothing is taken in, where a lost worker has just set the arms back.
        """
        frames: dict[int, Frame | None] = {}
        for numbers, session in self._living():
            for number in numbers:
                look = partial(session.look, number) if isinstance(session, RemoteStack) else session.look
                frames[number] = self._try([number], look)
        if not self._reached():
            return False
        for number, frame in frames.items():
            if frame is not None:
                self.arms[number].frame = frame
                self.arms[number].history.add(frame)
        self._step = self._goal
        self._ended = all(session.exhausted for _, session in self._living())
        return True

    def rest(self) -> None:
        """Stop computing; a later poll goes on."""
        with self._lock:
            for numbers, session in self._living() if self._goal else []:
                self._try(numbers, partial(session.rest, frame=False))

    def close(self) -> None:
        """Give the models back; the frames stay."""
        with self._lock:
            self._closed = True
            for session in self._sessions:
                session.close()
            self._sessions = []

    # ---- what came out

    def timeline(self, arm: int) -> Timeline:
        """What views and claims look at, of one arm; raises LookupError while it has no frame."""
        one = self.arms[arm]
        if one.frame is None:
            raise LookupError(f"arm {arm} has no frame")
        params = self.topic.params.build(one.frame.settings)
        score = self.plan.settings(arm)
        return Timeline(one.frame, params, one.history.scalars(), marks(self.topic, score.changes), score.seed)

    def timelines(self) -> list[Timeline | None]:
        """That of every arm; None of one without a frame, or that failed."""
        usable = [arm.frame is not None and arm.problem is None for arm in self.arms]
        return [self.timeline(arm) if good else None for arm, good in enumerate(usable)]

    def table(self) -> dict[str, np.ndarray]:
        """Every scalar at the newest frame, by arm (`numbers.table_of`)."""
        return table_of(self.topic, self.plan.values, self.timelines())

    def verdicts(self) -> dict[str, list[Verdict | None]]:
        """Claim -> its verdict in every arm (None: nothing can be said)."""
        return verdicts_of(self.topic, self.timelines())

    def surprise(self) -> int | None:
        """The arm where measurement and theory differ most, in units of the tolerance; None without any verdict."""
        return strangest(self.verdicts())
