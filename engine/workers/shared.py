"""Runs of the same beginning, computed once: thirty learners who open the same page and press Play cost one run.

A lane is one real session and the frames it gave. Everybody on it takes these frames one after the other, at their own
pace. Who changes anything, steps by hand or asks for another speed leaves the lane at the step they see, and goes on
with a session of their own (replayed to that step, so nothing is lost).
"""

from __future__ import annotations

import itertools
import threading
import time
from bisect import bisect_right
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from engine.core.frame import Frame
from engine.core.score import Score
from engine.runs.history import History
from engine.workers.pool import Pool, PoolSession, Pulled, RemoteSession, RunFailed

EVERY = 0.09  # seconds between two frames of a lane, however many look
LANE_BYTES = 64 * 2**20


class Lane:
    """One session and its frames, for all who follow it."""

    _numbers = itertools.count()

    def __init__(self, source: RemoteSession) -> None:
        self.source = source
        self.frames = History(max_bytes=LANE_BYTES)
        self.number = next(self._numbers)  # never used again, unlike an id
        self.users = 0
        self.problem: RunFailed | None = None
        self.lock = threading.RLock()
        self.asked_at = 0.0

    def begin(self) -> Frame:
        """The first frame; the session is opened for the first user only."""
        with self.lock:
            if not self.frames.frames:
                frame = self.source.open()
                assert frame is not None
                self.frames.add(frame)
            return self.frames.frames[0]

    def after(self, step: int, lease: float, until: int | None) -> Frame | None:
        """The first frame beyond `step`, from the store or, at the head, from the session; None while there is none."""
        with self.lock:
            place = bisect_right(self.frames.steps, step)
            if place < len(self.frames):
                return self.frames.frames[place]
            if self.problem is not None:
                raise self.problem
            if time.monotonic() - self.asked_at < EVERY:
                return None
            self.asked_at = time.monotonic()
            try:
                frame = self.source.pull(lease=lease, until=until).frame
            except RunFailed as failure:
                self.problem = failure
                raise
            if frame is None or frame.step <= step:
                return None
            self.frames.add(frame)
            return frame


class SharedSession:
    """A session on a lane, until it goes its own way; the same calls as a RemoteSession."""

    def __init__(self, commons: Commons, lane: Lane, score: Score) -> None:
        self.commons = commons
        self.lane: Lane | None = lane
        self.own: RemoteSession | None = None
        self.frame: Frame | None = None
        self._score = score
        self._on_recovery: Callable[[], None] | None = None
        self._finished = False
        self._lock = threading.RLock()

    # ---- where it stands

    @property
    def score(self) -> Score:
        return self.own.score if self.own is not None else self._score.model_copy(update={"steps": self.step})

    @property
    def step(self) -> int:
        if self.own is not None:
            return self.own.step
        return self.frame.step if self.frame is not None else 0

    @property
    def seconds(self) -> float:
        if self.own is not None:
            return self.own.seconds
        return self.frame.seconds if self.frame is not None else 0.0

    @property
    def finished(self) -> bool:
        return self.own.finished if self.own is not None else self._finished

    @property
    def exhausted(self) -> bool:
        if self.own is not None:
            return self.own.exhausted
        lane = self.lane
        return lane is not None and lane.source.exhausted and self.step >= lane.source.step

    @property
    def _serving(self) -> RemoteSession | None:
        """The session in a worker: one's own, or the lane's; None when closed."""
        return self.own or (self.lane.source if self.lane is not None else None)

    @property
    def recoveries(self) -> int:
        session = self._serving
        return session.recoveries if session is not None else 0

    @property
    def pid(self) -> int | None:
        session = self._serving
        return session.pid if session is not None else None

    @property
    def key(self) -> str:
        """Equal for sessions that one model in a worker serves; empty for one that is closed."""
        session = self._serving
        return session.key if session is not None else ""

    @property
    def asked(self) -> tuple[str, float] | None:
        """What the worker has been asked and has not answered yet, and since when it has said nothing of that."""
        session = self._serving
        return session.asked if session is not None else None

    def rescue(self) -> None:
        """As of a session of one's own: all on the lane go on elsewhere."""
        session = self._serving
        if session is not None:
            session.rescue()

    @property
    def on_recovery(self) -> Callable[[], None] | None:
        return self._on_recovery

    @on_recovery.setter
    def on_recovery(self, call: Callable[[], None] | None) -> None:
        self._on_recovery = call
        if self.own is not None:
            self.own.on_recovery = call

    @property
    def picture_key(self) -> tuple[int, int] | None:
        """Equal for sessions that show the same picture: the lane and the step; None where nobody else can show it."""
        lane = self.lane
        return None if lane is None or lane.users < 2 else (lane.number, self.step)

    # ---- the calls

    def open(self) -> Frame | None:
        with self._lock:
            assert self.lane is not None
            self.frame = self.lane.begin()
            return self.frame

    def pull(self, *, lease: float, until: int | None = None, rate: float | None = None, frame: bool = True) -> Pulled:
        with self._lock:
            if self.own is None and self.lane is not None and rate is None:
                found = self.lane.after(self.step, lease, until) if until is None or self.step < until else None
                if found is None or until is None or found.step <= until:
                    self.frame = found or self.frame
                    self._finished = self.exhausted or (until is not None and self.step >= until)
                    return Pulled(found, self._finished)
            return self._leave().pull(lease=lease, until=until, rate=rate, frame=frame)

    def rest(self, *, frame: bool = True) -> Frame | None:
        """On a lane there is nothing to stop: it runs only while somebody at its head asks."""
        return self.own.rest(frame=frame) if self.own is not None else self.frame

    def look(self) -> Frame | None:
        return self.own.look() if self.own is not None else self.frame

    def advance(self, *, steps: int | None = None, parts: int | None = None, seconds: float | None = None) -> Frame | None:
        return self._leave().advance(steps=steps, parts=parts, seconds=seconds)

    def set(self, **values: Any) -> Frame | None:
        return self._leave().set(**values)

    def weights(self) -> dict[str, np.ndarray]:
        return self._leave().weights()

    def _leave(self) -> RemoteSession:
        """Go one's own way from here; the only one on a lane, at its head, takes its session along."""
        with self._lock:
            if self.own is None:
                assert self.lane is not None
                self.own = self.commons.leave(self.lane, self.score)
                self.own.on_recovery = self._on_recovery
                self.lane = None
            return self.own

    def close(self) -> None:
        with self._lock:
            lane, self.lane = self.lane, None
            if lane is not None:
                self.commons.drop(lane)
            if self.own is not None:
                self.own.close()


class Commons(Pool):
    """A pool that computes equal beginnings once."""

    def __init__(self, size: int | None = None) -> None:
        super().__init__(size)
        self._lanes: dict[str, Lane] = {}
        self._lanes_lock = threading.Lock()

    def session(self, score: Score, device: str = "auto", data: Mapping[str, np.ndarray] | None = None) -> PoolSession:
        """A session of a score (not opened yet): on a lane where it is a fresh one on built-in data."""
        if score.steps or score.changes or data is not None:
            return super().session(score, device, data)
        key = f"{device} {score.model_dump_json()}"
        with self._lanes_lock:
            lane = self._lanes.get(key)
            if lane is None:
                lane = self._lanes[key] = Lane(RemoteSession(self, score, device, None))
            lane.users += 1
        return SharedSession(self, lane, score)

    @property
    def lanes(self) -> list[Lane]:
        with self._lanes_lock:
            return list(self._lanes.values())

    def drop(self, lane: Lane) -> bool:
        """One follower less; the last one closes the lane. Whether it was the last."""
        with self._lanes_lock:
            lane.users -= 1
            if lane.users > 0:
                return False
            self._forget(lane)
        lane.source.close()
        return True

    def _forget(self, lane: Lane) -> None:
        for key in [key for key, kept in self._lanes.items() if kept is lane]:
            del self._lanes[key]

    def leave(self, lane: Lane, score: Score) -> RemoteSession:
        """A session of one's own at the end of `score`, which was followed on the lane."""
        with lane.lock:
            with self._lanes_lock:
                alone = lane.users == 1
                if alone and lane.problem is None:
                    self._forget(lane)
            if alone and lane.problem is None:
                lane.source.rest(frame=False)
                if lane.source.step == score.steps:
                    return lane.source
                lane.source.close()
                own = RemoteSession(self, score, lane.source.device, None)
                own.open()
                return own
        own = RemoteSession(self, score, lane.source.device, None)
        own.open()
        self.drop(lane)
        return own
