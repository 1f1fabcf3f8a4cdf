"""Warm worker processes and the sessions in them. A worker that dies is replaced; its sessions replay their score."""

from __future__ import annotations

import itertools
import logging
import math
import os
import struct
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.core import logs, wire
from engine.core.frame import Frame
from engine.core.params import BadValue
from engine.core.session import Change, Score

if TYPE_CHECKING:
    from engine.core.shared import SharedSession

ROOT = Path(__file__).resolve().parents[2]


class WorkerLost(ConnectionError):
    """The worker process of a session is gone."""


class RunFailed(RuntimeError):
    """The loop itself failed: diverged, out of memory, or a bug. `problem` is the worker's description."""

    def __init__(self, problem: dict[str, Any]) -> None:
        self.problem = problem
        super().__init__(problem["message"])


Reply = tuple[dict[str, Any], dict[str, np.ndarray]]


class WorkerProcess:
    """One worker process and the requests under way to it."""

    def __init__(self) -> None:
        path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
        threads = os.environ.get("LATENT_LAB_THREADS", "1")  # numpy's BLAS obeys only these, read when it is loaded
        limits = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), threads)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "engine.core.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
            env={**os.environ, **limits, "PYTHONPATH": path},
        )
        self.ready = threading.Event()
        self.dead = threading.Event()
        self.begun = time.monotonic()
        self.served = False  # it was ready once
        self.ending = False  # it has been told to end
        self.sessions: set[str] = set()
        self._ids = itertools.count(1)
        self._waiting: dict[int, Future[Reply]] = {}
        self._lock = threading.Lock()
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        source = self.process.stdout
        assert source is not None
        while True:
            size = source.read(4)
            if len(size) < 4:
                break
            header, arrays = wire.unpack(source.read(struct.unpack("<I", size)[0]))
            if header["id"] == 0:
                self.served = True
                self.ready.set()
                logs.event("worker.ready", worker=self.process.pid, seconds=round(time.monotonic() - self.begun, 2))
                continue
            with self._lock:
                future = self._waiting.pop(header["id"], None)
            if future is not None and not future.cancelled():
                future.set_result((header, arrays))
        with self._lock:
            self.dead.set()
            lost, self._waiting = list(self._waiting.values()), {}
        for future in lost:
            future.set_exception(WorkerLost("the worker process ended"))
        self.ready.set()
        code = self.process.wait()
        if not self.ending:
            logs.event("worker.lost", logging.WARNING, worker=self.process.pid, code=code)

    def request(self, header: dict[str, Any], arrays: Mapping[str, np.ndarray] | None = None) -> Future[Reply]:
        """Send a request; the future gives (header, arrays) or raises WorkerLost."""
        future: Future[Reply] = Future()
        with self._lock:
            if self.dead.is_set():
                raise WorkerLost("the worker process ended")
            number = next(self._ids)
            data = wire.pack({**header, "id": number}, arrays or {})
            self._waiting[number] = future
            try:
                assert self.process.stdin is not None
                self.process.stdin.write(struct.pack("<I", len(data)) + data)
                self.process.stdin.flush()
            except OSError:
                self._waiting.pop(number, None)
                raise WorkerLost("the worker process ended") from None
        return future

    def hang_up(self) -> None:
        """Close the worker's input: it ends by itself."""
        self.ending = True
        with suppress(OSError):
            assert self.process.stdin is not None
            self.process.stdin.close()

    def stop(self) -> None:
        self.ending = True
        try:
            assert self.process.stdin is not None
            self.process.stdin.close()
            self.process.wait(timeout=2)
        except (OSError, subprocess.TimeoutExpired):
            self.process.kill()
            self.process.wait()


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
        self.on_reply: Callable[[str, float, int], None] | None = None  # what was asked, seconds until the reply, steps made
        self._workers: list[WorkerProcess] = []
        self._lock = threading.Lock()
        self._closed = False

    def start(self) -> None:
        """Begin to start all workers; returns at once."""
        with self._lock:
            while len(self._workers) < self.size and not self._closed:
                self._workers.append(self.spawn())

    def spawn(self) -> WorkerProcess:
        """A new worker, still warming up."""
        return WorkerProcess()

    @property
    def workers(self) -> list[WorkerProcess]:
        return list(self._workers)

    @property
    def alive(self) -> list[WorkerProcess]:
        return [worker for worker in self.workers if not worker.dead.is_set()]

    @property
    def ready(self) -> list[WorkerProcess]:
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

    def choose(self) -> WorkerProcess:
        """The least loaded living worker, warm ones first; dead ones are replaced."""
        with self._lock:
            if self._closed:
                raise WorkerLost("the app is shutting down")
            alive = [worker for worker in self._workers if not worker.dead.is_set()]
            self.restarts += len(self._workers) - len(alive)
            self._workers = alive
            while len(self._workers) < self.size:
                self._workers.append(self.spawn())
            return min(self._workers, key=lambda w: (not w.ready.is_set(), len(w.sessions)))

    def session(
        self, score: Score, device: str = "auto", data: Mapping[str, np.ndarray] | None = None
    ) -> RemoteSession | SharedSession:
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
        for worker in workers:
            worker.stop()


class RemoteSession:
    """The five calls of a session, carried out in a worker process; survives that worker's death by its score."""

    def __init__(self, pool: Pool, score: Score, device: str, data: Mapping[str, np.ndarray] | None) -> None:
        self.pool, self.device, self.data = pool, device, data
        self.score = score
        self.seconds = 0.0
        self.exhausted = False
        self.recoveries = 0
        self.on_recovery: Callable[[], None] | None = None
        self.key = uuid.uuid4().hex
        self._version: int | None = None
        self._worker: WorkerProcess | None = None
        self._lock = threading.RLock()

    def open(self) -> Frame | None:
        """(Re)build the session from its score; returns the frame at its end."""
        with self._lock:
            self._leave()
            self._worker = self.pool.choose()
            self._worker.sessions.add(self.key)
            self._version = None
            request = {"op": "open", "session": self.key, "score": self.score.model_dump(), "device": self.device}
            return self._ask(self._worker, request, self.data)

    def _ask(
        self, worker: WorkerProcess, request: dict[str, Any], arrays: Mapping[str, np.ndarray] | None = None
    ) -> Frame | None:
        """Send a request, wait for its reply and take it in; the pool's listener hears how it went."""
        begin, before = time.perf_counter(), self.score.steps
        reply = worker.request(request, arrays).result()
        seconds = time.perf_counter() - begin
        try:
            return self._read(reply)
        finally:
            if self.pool.on_reply is not None:
                self.pool.on_reply(request["op"], seconds, self.score.steps - before)

    def _read(self, reply: Reply) -> Frame | None:
        header, arrays = reply
        if "step" in header:
            changes = self.score.changes
            if "changes" in header:
                changes = tuple(Change.model_validate(change) for change in header["changes"])
            self._version = header["version"]
            self.score = self.score.model_copy(update={"steps": header["step"], "changes": changes})
            self.seconds, self.exhausted = header["seconds"], header["exhausted"]
            self.finished = header["finished"]
        problem = header.get("error")
        if problem is not None:
            if problem["kind"] == "bad":
                fields = problem["fields"]
                more = {name: text for name, text in fields.items() if name not in ("name", "value", "allowed")}
                raise BadValue(problem["name"], fields["value"], fields["allowed"], problem["template"], **more)
            raise RunFailed(problem)
        return Frame.of(header["frame"], arrays) if "frame" in header else None

    def _call(self, op: str, **more: Any) -> Frame | None:
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
                    self.recoveries += 1
                    if self.on_recovery is not None:
                        self.on_recovery()
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
        return self._worker.process.pid if self._worker is not None else None

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
