"""A worker process: hosts sessions and advances those that somebody is looking at, in turns.

Forked by engine/workers/forkserver.py, or started as `python -m engine.workers.worker`; speaks the wire form over two pipes (started by
itself: its standard input and output), each message preceded by its length as uint32. It ends when its input closes, so it never
outlives the app.

A session runs only while it holds a lease; every `pull` renews it. Nobody pulls: nothing runs.
"""

from __future__ import annotations

import logging
import os
import queue
import signal
import struct
import sys
import threading
import time
from contextlib import suppress
from typing import IO, Any

import numpy as np

from engine.core import wire
from engine.core.frame import Frame
from engine.core.params import BadValue
from engine.core.score import Change, Score
from engine.core.session import Session
from engine.workers import logs
from engine.workers.batched import Batched, Plan
from engine.workers.memory import Trimmer

SLICE = 0.012  # seconds of one turn: short, so that a message never waits long
ROUND = 0.06  # seconds until everybody has had a turn; with many sessions the turns become shorter
SHORTEST = 0.002  # seconds: below it, changing over costs more than the turn gives
NAP = 0.0001  # seconds after each turn in which the thread that listens gets the interpreter
BEAT = 0.25  # seconds between two words that what is waited for is being prepared


class Hosted:
    """A session in this worker, with what its viewer asked for."""

    def __init__(self, session: Session, score: Score) -> None:
        self.session = session
        self.replaying: Score | None = score if score.steps or score.changes else None
        self.waiting: list[dict[str, Any]] = []  # requests to answer when the replay is done
        self.asked: list[dict[str, Any]] = []  # steps to take when what comes before the first one is done
        self.lease = 0.0
        self.until: int | None = None
        self.rate: float | None = None
        self.due = 0.0  # when the next step may run, for a limited rate
        self.turned = 0.0  # when it last had a turn
        self.beat = 0.0  # when it was last said that it prepares
        self.error: dict[str, Any] | None = None
        self.sent: dict[str, np.ndarray] = {}  # the run's constants that its viewer has

    def runnable(self, now: float) -> bool:
        if self.error is not None:
            return False
        if self.replaying is not None or self.asked:
            return True
        return not self.session.finished and now < self.lease and not self.reached()

    def reached(self) -> bool:
        return self.until is not None and self.session.step >= self.until

    def turn(self, now: float, length: float = SLICE) -> None:
        """One slice of work, `length` seconds long (at least one step)."""
        if self.replaying is not None:
            if self.session.reach(self.replaying.steps, seconds=length):
                self.session.settle()
                self.replaying = None
            return
        left = None if self.until is None else self.until - self.session.step
        if self.rate is None:
            self.session.run(seconds=length, steps=left)
        elif now >= self.due and self.session.prepare(length):  # no step yet: nothing to keep the rate of
            allowed = max(1, int((now - self.due) * self.rate)) if self.due else 1
            steps = min(allowed, left) if left is not None else allowed
            self.session.run(seconds=length, steps=steps)
            self.due = max(now, self.due + steps / self.rate) if self.due else now + 1 / self.rate


class Worker:
    """The message loop."""

    def __init__(self, source: IO[bytes], sink: IO[bytes]) -> None:
        self.sink = sink
        self.sessions: dict[str, Hosted] = {}
        self.inbox: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self.unanswered: list[tuple[dict[str, Any], dict[str, np.ndarray]]] = []
        self.closed = False
        threading.Thread(target=self._listen, args=(source,), daemon=True).start()

    def _listen(self, source: IO[bytes]) -> None:
        while True:
            size = source.read(4)
            if len(size) < 4:
                self.inbox.put(None)
                return
            self.inbox.put(source.read(struct.unpack("<I", size)[0]))

    def send(self, header: dict[str, Any], arrays: dict[str, np.ndarray] | None = None) -> None:
        data = wire.pack(header, arrays or {})
        self.sink.write(struct.pack("<I", len(data)) + data)
        self.sink.flush()

    def serve(self) -> None:
        """Until the input closes: answer messages first, then give a turn to the session that has waited longest for one."""
        self.send({"id": 0, "ready": True, "pid": os.getpid()})
        trim = Trimmer()
        while True:
            trim()
            now = time.monotonic()
            runnable = [hosted for hosted in self.sessions.values() if hosted.runnable(now)]
            self._hear(runnable, now)
            if self.closed:
                return
            if self.unanswered:
                # What somebody did comes before the frames that everybody gets all the time.
                place = next((place for place, (ask, _) in enumerate(self.unanswered) if ask.get("op") != "pull"), 0)
                self._handle(*self.unanswered.pop(place))
            elif runnable:
                hosted = min(runnable, key=lambda one: one.turned)
                self._turn(hosted, max(SHORTEST, min(SLICE, ROUND / len(runnable))))
                # Small operations let go of the interpreter for too short a moment: without a nap a message can wait for a second.
                time.sleep(NAP)

    def _hear(self, runnable: list[Hosted], now: float) -> None:
        """Take in all messages that have come; where there is nothing else to do, wait for one."""
        wait: float | None = None
        if runnable or self.unanswered:
            paced = [hosted.due - now for hosted in runnable if hosted.rate is not None and hosted.replaying is None]
            wait = max(0.0, min(paced)) if paced and len(paced) == len(runnable) and not self.unanswered else 0.0
        with suppress(queue.Empty):
            while True:
                message = self.inbox.get(timeout=wait) if wait is None or wait > 0 else self.inbox.get_nowait()
                if message is None:
                    self.closed = True
                    return
                self.unanswered.append(wire.unpack(message))
                wait = 0.0

    def _turn(self, hosted: Hosted, length: float) -> None:
        hosted.turned = time.monotonic()
        ready = True
        try:
            if hosted.asked and hosted.replaying is None:
                ready = hosted.session.prepare(length)
                if not ready:
                    self._beat(hosted)
            else:
                hosted.turn(hosted.turned, length)
        except Exception as error:
            hosted.error = describe(error)
            hosted.replaying = None
        if hosted.replaying is None and hosted.waiting:
            for request in hosted.waiting:
                self._reply(request, hosted)
            hosted.waiting = []
        if ready and hosted.replaying is None:
            self.unanswered = [*((request, {}) for request in hosted.asked), *self.unanswered]
            hosted.asked = []

    def _beat(self, hosted: Hosted) -> None:
        """Tell those who wait for a step that it is being prepared for: silence would mean that nobody works at it."""
        if hosted.turned - hosted.beat >= BEAT:
            hosted.beat = hosted.turned
            for request in hosted.asked:
                self.send({"id": request["id"], "prepares": True})

    def _handle(self, request: dict[str, Any], arrays: dict[str, np.ndarray]) -> None:
        hosted = self.sessions.get(request.get("session", ""))
        try:
            match request["op"]:
                case "open" if "plan" in request:
                    stack = Batched(Plan.model_validate(request["plan"]), request["device"], arrays or None)
                    hosted = self.sessions[request["session"]] = Hosted(stack, stack.score)
                case "open":
                    score = Score.model_validate(request["score"])
                    session = Session.begin(score, request["device"], arrays or None)
                    ahead = [Change.model_validate(change) for change in request.get("ahead", ())]
                    session.schedule([*(change for change in score.changes if change.step <= score.steps), *ahead])
                    hosted = self.sessions[request["session"]] = Hosted(session, score)
                    if hosted.replaying is not None:
                        hosted.waiting.append(request)
                        return
                case "close":
                    self.sessions.pop(request["session"], None)
                    self.send({"id": request["id"], "closed": True})
                    return
                case _ if hosted is None:
                    raise LookupError("this session is not here")
                case "pull":
                    idle = not hosted.runnable(time.monotonic())
                    hosted.lease = time.monotonic() + request["lease"]
                    hosted.until, rate = request["until"], request["rate"]
                    if rate != hosted.rate:
                        hosted.rate, hosted.due = rate, 0.0
                    if idle and hosted.runnable(time.monotonic()):
                        hosted.turn(time.monotonic())  # so that the first frame after Play already shows progress
                case "weights":
                    learned = hosted.session.weights()
                    self.send({"id": request["id"], "error": None, **self._state(request, hosted)}, learned)
                    return
                case "rest":
                    hosted.lease = 0.0
                case "advance":
                    hosted.lease = 0.0
                    if not hosted.session.prepare(SLICE):  # the rest in turns: other runs do not wait for it
                        hosted.asked.append(request)
                        return
                    hosted.session.run(steps=request.get("steps"), parts=request.get("parts"), seconds=request.get("seconds"))
                case "set":
                    hosted.session.set(**request["values"])
                case "look":
                    pass
                case other:
                    raise ValueError(f"unknown request {other}")
        except Exception as error:
            problem = describe(error)
            if hosted is not None and problem["kind"] != "bad":
                hosted.error = problem
            self.send({"id": request["id"], "error": problem, **self._state(request, hosted)})
            return
        assert hosted is not None
        self._reply(request, hosted)

    def _reply(self, request: dict[str, Any], hosted: Hosted) -> None:
        frame: Frame | None = None
        problem = hosted.error
        begin = time.thread_time()
        try:
            if "arm" in request and isinstance(hosted.session, Batched):
                frame = hosted.session.look_at(request["arm"])
            elif problem is None and request.get("frame", True):
                frame = hosted.session.look()
        except Exception as error:
            problem = describe(error)
            if "arm" not in request:  # an arm's own problem is not the others'
                hosted.error = problem
        header = {"id": request["id"], "error": problem, **self._state(request, hosted)}
        if frame is not None:
            header |= {"frame": frame.header(), "looked": time.thread_time() - begin}
        arrays = frame.arrays if frame is not None else {}
        if frame is not None and frame.constants and "arm" not in request:
            arrays = frame.without(hosted.sent)
            hosted.sent |= {name: arrays[name] for name in frame.constants if name in arrays}
            header["left_out"] = [name for name in frame.arrays if name not in arrays]
        self.send(header, arrays)

    def _state(self, request: dict[str, Any], hosted: Hosted | None) -> dict[str, Any]:
        if hosted is None:
            return {}
        session = hosted.session
        changes = session.score.changes
        state: dict[str, Any] = {
            "step": session.step,
            "seconds": session.seconds,
            "finished": session.finished or hosted.reached(),
            "exhausted": session.finished,
            "device": str(session.device),
            "version": session.version,
        }
        if request.get("known") != session.version:
            state["changes"] = [change.model_dump() for change in changes]
        return state


def describe(error: Exception) -> dict[str, Any]:
    """An exception as data: kind ("bad", "diverged", "memory", "failed") and what a page needs to explain it."""
    from engine.core.model import Diverged

    if isinstance(error, BadValue):
        return {"kind": "bad", "name": error.name, "template": error.template, "fields": error.fields, "message": str(error)}
    if isinstance(error, Diverged):
        return {
            "kind": "diverged",
            "quantity": error.quantity,
            "value": str(error.value),
            "step": error.step,
            "message": str(error),
        }
    if isinstance(error, MemoryError) or "out of memory" in str(error).lower():
        return {"kind": "memory", "message": str(error) or "out of memory"}
    logs.event("worker.failed", logging.ERROR, error=error, worker=os.getpid())
    return {"kind": "failed", "message": f"{type(error).__name__}: {error}"}


def load() -> None:
    """Import torch and what every session needs, and compute nothing. A topic is imported when its first session begins."""
    import torch

    import engine.core.model  # noqa: F401

    torch.optim.Adam([torch.nn.Parameter(torch.zeros(1))])  # the first optimiser of a process imports as much as torch itself


def warm_up() -> None:
    """Load everything and take one small optimiser step, so that the first real one is not the slow one."""
    import torch

    load()
    torch.set_num_threads(int(os.environ.get("LATENT_LAB_THREADS", "1")))
    network = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.SiLU(), torch.nn.Linear(8, 2))
    optimiser = torch.optim.Adam(network.parameters(), foreach=None)
    loss = network(torch.ones(3, 4)).square().sum()
    loss.backward()
    optimiser.step()


def main() -> None:
    """The process: keep the protocol's channel apart from what libraries print, warm up, serve."""
    source = os.fdopen(os.dup(sys.stdin.fileno()), "rb")
    sink = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # whatever a library prints must not mix with messages
    run(source, sink)


def run(source: IO[bytes], sink: IO[bytes]) -> None:
    """Be a worker at these two pipes until the first closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal's Ctrl-C reaches everybody; the app says when it is over
    logs.configure()
    worker = Worker(source, sink)
    warm_up()
    worker.serve()


if __name__ == "__main__":
    main()
