"""Warm worker processes and the sessions in them. A worker that dies is replaced; its sessions replay their score."""

from __future__ import annotations

import math
import os
import threading
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from engine.core.frame import Frame
from engine.core.params import BadValue
from engine.core.score import Change, Score
from engine.workers.connection import Reply, Waiting, WorkerConnection, WorkerLost, WorkerProcess, environment
from engine.workers.forkserver import CAN_FORK, Forkserver

ROOT = Path(__file__).resolve().parents[2]
SILENT = 3.0  # seconds without an answer after which new sessions rather go elsewhere


class RunFailed(RuntimeError):
    """The loop itself failed: diverged, out of memory, or a bug. `problem` is the worker's description."""

    def __init__(self, problem: dict[str, Any]) -> None:
        self.problem = problem
        super().__init__(problem["message"])


@dataclass
class Pulled:
    """What a pull gives: the newest frame and where the run stands."""

    frame: Frame | None
    finished: bool


class Pool:
    """The workers of this process."""

    def __init__(self, size: int | None = None) -> None:
        self.size = size or max(2, min(8, (os.cpu_count() or 2) - 1))
        self.restarts = 0
        self.looking = 0.0  # seconds of computing that a worker takes to look at a model once, on average
        self.on_reply: Callable[[str, float, int], None] | None = None  # what was asked, seconds until the reply, steps made
        self._workers: list[WorkerConnection] = []
        self._nursery: Forkserver | None = None
        self._lock = threading.Lock()
        self._closed = False

    def start(self) -> None:
        """Begin to start all workers; returns at once."""
        with self._lock:
            while len(self._workers) < self.size and not self._closed:
                self._workers.append(self.spawn())

    def spawn(self) -> WorkerConnection:
        """A new worker, still warming up."""
        if CAN_FORK and self._nursery is None:
            self._nursery = Forkserver(ROOT, environment(ROOT))
        return WorkerProcess(ROOT, self._nursery)

    @property
    def workers(self) -> list[WorkerConnection]:
        return list(self._workers)

    @property
    def alive(self) -> list[WorkerConnection]:
        return [worker for worker in self.workers if not worker.dead.is_set()]

    @property
    def processes(self) -> list[int]:
        """The process ids on this machine that compute, or that workers are forked from."""
        nursery = self._nursery.pid if self._nursery is not None else None
        return [pid for pid in (*(worker.pid for worker in self.alive if worker.local), nursery) if pid]

    @property
    def ready(self) -> list[WorkerConnection]:
        """Those that can compute at once."""
        return [worker for worker in self.alive if worker.ready.is_set()]

    def mend(self) -> int:
        """Replace workers that were lost before somebody needs them; how many. One that was never ready is left to
        `choose`: on a machine where none can start, nothing keeps trying."""
        with self._lock:
            lost = [worker for worker in self._workers if worker.dead.is_set() and worker.served]
            if not self._closed:
                self._workers = [worker for worker in self._workers if worker not in lost] + [self.spawn() for _ in lost]
                self.restarts += len(lost)
            return len(lost)

    def choose(self, key: str) -> WorkerConnection:
        """The least loaded living worker, warm ones that answer first, which now counts the session `key` as its own; dead
        ones are replaced."""
        with self._lock:
            if self._closed:
                raise WorkerLost("the app is shutting down")
            alive = [worker for worker in self._workers if not worker.dead.is_set()]
            self.restarts += len(self._workers) - len(alive)
            self._workers = alive
            while len(self._workers) < self.size:
                self._workers.append(self.spawn())
            chosen = min(self._workers, key=lambda w: (not w.ready.is_set(), w.silent > SILENT, len(w.sessions)))
            chosen.sessions.add(key)  # before the next one chooses
            return chosen

    def session(self, score: Score, device: str = "auto", data: Mapping[str, np.ndarray] | None = None) -> PoolSession:
        """A session of a score, not opened yet."""
        return RemoteSession(self, score, device, data)

    def open(self, score: Score, device: str = "auto", data: Mapping[str, np.ndarray] | None = None) -> RemoteSession:
        """A session standing at the end of `score`, in some worker. Blocks while it is replayed."""
        session = RemoteSession(self, score, device, data)
        session.open()
        return session

    def close(self) -> None:
        with self._lock:
            self._closed = True
            workers, self._workers = self._workers, []
        for worker in workers:
            worker.hang_up()  # all at once, so that they end together
        if self._nursery is not None:
            self._nursery.close()  # first: workers that it has not forked yet end with it
        for worker in workers:
            worker.stop()


class PoolSession(Protocol):
    """A session somewhere among the workers: one's own, or one's part of a run that many have begun alike (`SharedSession`)."""

    on_recovery: Callable[[], None] | None  # called when its worker is lost, before it is rebuilt

    @property
    def score(self) -> Score: ...
    @property
    def step(self) -> int: ...
    @property
    def seconds(self) -> float: ...
    @property
    def finished(self) -> bool: ...
    @property
    def exhausted(self) -> bool: ...
    @property
    def recoveries(self) -> int: ...
    @property
    def pid(self) -> int | None: ...
    @property
    def key(self) -> str: ...
    @property
    def asked(self) -> tuple[str, float] | None: ...

    def rescue(self) -> None: ...
    def open(self) -> Frame | None: ...
    def pull(self, *, lease: float, until: int | None = None, rate: float | None = None, frame: bool = True) -> Pulled: ...
    def rest(self, *, frame: bool = True) -> Frame | None: ...
    def look(self) -> Frame | None: ...
    def advance(self, *, steps: int | None = None, parts: int | None = None, seconds: float | None = None) -> Frame | None: ...
    def set(self, **values: Any) -> Frame | None: ...
    def weights(self) -> dict[str, np.ndarray]: ...
    def close(self) -> None: ...


class RemoteSession:
    """The five calls of a session, carried out in a worker process; survives that worker's death by its score."""

    def __init__(
        self, pool: Pool, score: Score, device: str, data: Mapping[str, np.ndarray] | None, schedule: Sequence[Change] = ()
    ) -> None:
        self.pool, self.device, self.data = pool, device, data
        self.score, self.schedule = score, schedule  # where it stands, and what is to come into force later
        self.seconds = 0.0
        self.exhausted = False
        self.recoveries = 0
        self.on_recovery: Callable[[], None] | None = None
        self.key = uuid.uuid4().hex
        self._version: int | None = None
        self._constants: dict[str, np.ndarray] = {}  # of the run's frames: the worker sends them once
        self._worker: WorkerConnection | None = None
        self._asked: tuple[str, Waiting] | None = None  # what its worker has been asked and has not answered yet
        self._rescued = False
        self._lock = threading.RLock()

    def open(self) -> Frame | None:
        """(Re)build the session from its score; returns the frame at its end."""
        with self._lock:
            self._leave()
            self._worker = self.pool.choose(self.key)
            self._version = None
            try:
                return self._read(self._ask(self._worker, self._opening(), self.data))
            except WorkerLost:
                if not self._rescued:
                    raise
                self._recover()
                return self.open()

    @property
    def asked(self) -> tuple[str, float] | None:
        """What its worker has been asked and has not answered yet, and since when it has said nothing of that. Takes no lock."""
        asked = self._asked
        return None if asked is None else (asked[0], asked[1].since)

    def rescue(self) -> None:
        """End the worker that is waited for, so that the session is rebuilt in another one; takes no lock, for it is held."""
        worker = self._worker
        if self.asked is not None and worker is not None:
            self._rescued = True
            worker.kill()

    def _recover(self) -> None:
        self.recoveries += 1
        self._rescued = False
        if self.on_recovery is not None:
            self.on_recovery()

    def _opening(self) -> dict[str, Any]:
        ahead = [change.model_dump() for change in self.schedule if change.step >= self.score.steps]
        score = self.score.model_dump()
        return {"op": "open", "session": self.key, "score": score, "ahead": ahead, "device": self.device}

    def _ask(self, worker: WorkerConnection, request: dict[str, Any], arrays: Mapping[str, np.ndarray] | None = None) -> Reply:
        """Send a request, wait for its reply and take it in; the pool's listener hears how it went."""
        begin, before = time.perf_counter(), self.score.steps
        waiting = Waiting()
        self._asked = (request["op"], waiting)
        try:
            reply = worker.request(request, arrays, waiting).result()
        finally:
            self._asked = None
        seconds = time.perf_counter() - begin
        constants = reply[0].get("frame", {}).get("constants", ())
        self._constants |= {name: reply[1][name].copy() for name in constants if name in reply[1]}
        try:
            self._take(reply[0])
            return reply
        finally:
            if self.pool.on_reply is not None:
                self.pool.on_reply(request["op"], seconds, self.score.steps - before)

    def _take(self, header: dict[str, Any]) -> None:
        """Where the session stands, from a reply; raises what went wrong."""
        if "step" in header:
            changes = self.score.changes
            if "changes" in header:
                changes = tuple(Change.model_validate(change) for change in header["changes"])
            self._version = header["version"]
            self.score = self.score.model_copy(update={"steps": header["step"], "changes": changes})
            self.seconds, self.exhausted = header["seconds"], header["exhausted"]
            self.finished = header["finished"]
        if "looked" in header:
            self.pool.looking += 0.05 * (header["looked"] - self.pool.looking)
        problem = header.get("error")
        if problem is not None:
            if problem["kind"] == "bad":
                fields = problem["fields"]
                more = {name: text for name, text in fields.items() if name not in ("name", "value", "allowed")}
                raise BadValue(problem["name"], fields["value"], fields["allowed"], problem["template"], **more)
            raise RunFailed(problem)

    def _read(self, reply: Reply) -> Frame | None:
        """The frame of a reply, with the constants that came before."""
        header, arrays = reply
        if "frame" not in header:
            return None
        return Frame.of(header["frame"], {**arrays, **{name: self._constants[name] for name in header.get("left_out", ())}})

    def _call(self, op: str, **more: Any) -> Frame | None:
        return self._read(self._reply(op, **more))

    def _reply(self, op: str, **more: Any) -> Reply:
        """A request's reply; a lost worker is replaced and asked again."""
        with self._lock:
            for attempt in range(3):
                try:
                    if self._worker is None:
                        raise WorkerLost("closed")
                    request = {"op": op, "session": self.key, "known": self._version, **more}
                    return self._ask(self._worker, request)
                except WorkerLost:
                    if attempt == 2 or self._worker is None:
                        raise
                    self._recover()
                    try:
                        self.open()
                    except WorkerLost:
                        time.sleep(0.05)
            raise WorkerLost("the worker process ended")

    finished = False

    @property
    def step(self) -> int:
        return self.score.steps

    @property
    def pid(self) -> int | None:
        """The process id of the worker."""
        return self._worker.pid if self._worker is not None else None

    def pull(self, *, lease: float, until: int | None = None, rate: float | None = None, frame: bool = True) -> Pulled:
        """Let the session run for `lease` more seconds (up to step `until`, at most `rate` steps/s); its newest frame."""
        newest = self._call("pull", lease=lease, until=until, rate=rate, frame=frame)
        return Pulled(newest, self.finished)

    def rest(self, *, frame: bool = True) -> Frame | None:
        """End the lease now; the frame at which the session came to rest."""
        return self._call("rest", frame=frame)

    def advance(self, *, steps: int | None = None, parts: int | None = None, seconds: float | None = None) -> Frame | None:
        return self._call("advance", steps=steps, parts=parts, seconds=seconds)

    def look(self) -> Frame | None:
        return self._call("look")

    def set(self, **values: Any) -> Frame | None:
        """Change hot parameters; the frame that first shows them. Raises BadValue; nothing changes then."""
        odd = {name: str(value) for name, value in values.items() if isinstance(value, float) and not math.isfinite(value)}
        return self._call("set", values={**values, **odd})  # JSON has no infinities: as text they are refused like the rest

    def weights(self) -> dict[str, np.ndarray]:
        """What the model has learned up to `step`, by name; empty where nothing is learned."""
        return self._reply("weights")[1]

    def _leave(self) -> None:
        if self._worker is not None:
            self._worker.sessions.discard(self.key)

    def close(self) -> None:
        with self._lock:
            worker, self._worker = self._worker, None
            if worker is not None:
                worker.sessions.discard(self.key)
                if not worker.dead.is_set():
                    try:
                        worker.request({"op": "close", "session": self.key})
                    except WorkerLost:
                        return
