"""The line to a worker: requests out, replies back in the wire form, over a pipe or whatever carries bytes."""

from __future__ import annotations

import itertools
import logging
import os
import signal
import struct
import subprocess
import sys
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from engine.core import wire
from engine.workers import logs
from engine.workers.forkserver import Forkserver

Reply = tuple[dict[str, Any], dict[str, np.ndarray]]


class WorkerLost(ConnectionError):
    """The worker process of a session is gone."""


class Waiting(Future[Reply]):
    """The reply that is to come; `since` is when it was asked for, or when the worker last said that it works at it."""

    def __init__(self) -> None:
        super().__init__()
        self.since = time.monotonic()


class WorkerConnection(ABC):
    """One worker and the requests under way to it."""

    local = True  # its process is on this machine

    def __init__(self) -> None:
        self.ready = threading.Event()
        self.dead = threading.Event()
        self.begun = time.monotonic()
        self.served = False  # it was ready once
        self.pid = 0  # of its process on its own machine; 0 until it is known
        self.ending = False  # it has been told to end
        self.sessions: set[str] = set()
        self._ids = itertools.count(1)
        self._waiting: dict[int, Waiting] = {}
        self._lock = threading.Lock()

    @abstractmethod
    def write(self, data: bytes) -> None:
        """Send one message; raises OSError or WorkerLost when nobody is there."""

    @abstractmethod
    def hang_up(self) -> None:
        """Tell the worker to end; returns at once."""

    @abstractmethod
    def stop(self) -> None:
        """Wait until it has ended, and end it by force when it does not."""

    def kill(self) -> None:
        """End it by force, whatever it is doing: those who wait for it hear that it is lost."""
        self.hang_up()
        self.lost()

    @property
    def silent(self) -> float:
        """Seconds for which a request has waited without a word; 0 where none waits. Takes no lock: it may be held."""
        now = time.monotonic()
        return now - min((reply.since for reply in list(self._waiting.values())), default=now)

    def take(self, data: bytes) -> None:
        """A message has come from the worker."""
        header, arrays = wire.unpack(data)
        if header["id"] == 0:
            self.served, self.pid = True, header["pid"]
            self.ready.set()
            logs.event("worker.ready", worker=self.pid, seconds=round(time.monotonic() - self.begun, 2))
            return
        with self._lock:
            if header.get("prepares"):
                if (waiting := self._waiting.get(header["id"])) is not None:
                    waiting.since = time.monotonic()
                return
            future = self._waiting.pop(header["id"], None)
        if future is not None and not future.cancelled():
            future.set_result((header, arrays))

    def lost(self) -> None:
        """Nothing will come any more: everybody who waits hears it."""
        with self._lock:
            self.dead.set()
            waiting, self._waiting = list(self._waiting.values()), {}
        for future in waiting:
            future.set_exception(WorkerLost("the worker process ended"))
        self.ready.set()

    def request(
        self, header: dict[str, Any], arrays: Mapping[str, np.ndarray] | None = None, future: Waiting | None = None
    ) -> Future[Reply]:
        """Send a request; the future (the given one, where one is given) gives (header, arrays) or raises WorkerLost."""
        future = future or Waiting()
        with self._lock:
            if self.dead.is_set():
                raise WorkerLost("the worker process ended")
            number = next(self._ids)
            data = wire.pack({**header, "id": number}, arrays or {})
            self._waiting[number] = future
            try:
                self.write(data)
            except OSError:
                self._waiting.pop(number, None)
                raise WorkerLost("the worker process ended") from None
        return future


class WorkerProcess(WorkerConnection):
    """A worker in a process of its own on this machine, at the other end of two pipes.

    It is forked from a nursery where there is one; else it starts by itself, and imports what it needs.
    """

    def __init__(self, root: Path, nursery: Forkserver | None = None) -> None:
        super().__init__()
        self._nursery = nursery
        self._process: subprocess.Popen[bytes] | None = None
        if nursery is not None:
            self._sink, self._source = nursery.worker()
        else:
            command = [sys.executable, "-m", "engine.workers.worker"]
            pipe = subprocess.PIPE
            self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, cwd=root, env=environment(root))
            assert self._process.stdin is not None and self._process.stdout is not None
            self._sink, self._source = self._process.stdin, self._process.stdout
            self.pid = self._process.pid
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        try:
            while len(size := self._source.read(4)) == 4:
                length = struct.unpack("<I", size)[0]
                data = self._source.read(length)
                if len(data) < length:  # it was killed in the middle of a message
                    break
                self.take(data)
        finally:  # whatever ends this thread, nobody may wait for ever
            self.lost()
        code = self._code()
        if not self.ending:
            logs.event("worker.lost", logging.WARNING, worker=self.pid, code=code)

    def _code(self) -> int | None:
        """How its process ended."""
        if self._process is not None:
            return self._process.wait()
        return self._nursery.code(self.pid) if self._nursery is not None and not self.ending else None

    def write(self, data: bytes) -> None:
        self._sink.write(struct.pack("<I", len(data)) + data)
        self._sink.flush()

    def hang_up(self) -> None:
        self.ending = True
        with suppress(OSError):
            self._sink.close()

    def kill(self) -> None:
        if self.pid:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL if os.name == "posix" else signal.SIGTERM)  # `_listen` hears its end
        else:
            super().kill()

    def stop(self) -> None:
        self.hang_up()
        kept_at_it = not self.served or not self.dead.wait(2)  # one that is still starting has nothing to lose
        if kept_at_it and self.pid and not self.dead.is_set():
            self.kill()
        self.dead.wait(2)
        if self._process is not None:
            self._process.wait()


def environment(root: Path) -> dict[str, str]:
    """What processes that compute see: this code, and as many threads as they may have."""
    path = os.pathsep.join([str(root), os.environ.get("PYTHONPATH", "")])
    threads = os.environ.get("LATENT_LAB_THREADS", "1")  # numpy's BLAS obeys only these, read when it is loaded
    limits = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), threads)
    return {**os.environ, **limits, "PYTHONPATH": path}
