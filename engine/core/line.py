"""The line to a worker: requests out, replies back in the wire form, over a pipe or whatever carries bytes."""

from __future__ import annotations

import itertools
import logging
import os
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

from engine.core import logs, wire

Reply = tuple[dict[str, Any], dict[str, np.ndarray]]


class WorkerLost(ConnectionError):
    """The worker process of a session is gone."""


class Line(ABC):
    """One worker and the requests under way to it."""

    local = True  # its process is on this machine

    def __init__(self) -> None:
        self.ready = threading.Event()
        self.dead = threading.Event()
        self.begun = time.monotonic()
        self.served = False  # it was ready once
        self.ending = False  # it has been told to end
        self.sessions: set[str] = set()
        self._ids = itertools.count(1)
        self._waiting: dict[int, Future[Reply]] = {}
        self._lock = threading.Lock()

    @property
    @abstractmethod
    def pid(self) -> int:
        """The process id of the worker, on its own machine."""

    @abstractmethod
    def write(self, data: bytes) -> None:
        """Send one message; raises OSError or WorkerLost when nobody is there."""

    @abstractmethod
    def hang_up(self) -> None:
        """Tell the worker to end; returns at once."""

    @abstractmethod
    def stop(self) -> None:
        """Wait until it has ended, and end it by force when it does not."""

    def take(self, data: bytes) -> None:
        """A message has come from the worker."""
        header, arrays = wire.unpack(data)
        if header["id"] == 0:
            self.served = True
            self.ready.set()
            logs.event("worker.ready", worker=self.pid, seconds=round(time.monotonic() - self.begun, 2))
            return
        with self._lock:
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
                self.write(data)
            except OSError:
                self._waiting.pop(number, None)
                raise WorkerLost("the worker process ended") from None
        return future


class WorkerProcess(Line):
    """A worker in a process of its own on this machine, at the other end of two pipes."""

    def __init__(self, root: Path) -> None:
        super().__init__()
        path = os.pathsep.join([str(root), os.environ.get("PYTHONPATH", "")])
        threads = os.environ.get("LATENT_LAB_THREADS", "1")  # numpy's BLAS obeys only these, read when it is loaded
        limits = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), threads)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "engine.core.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=root,
            env={**os.environ, **limits, "PYTHONPATH": path},
        )
        threading.Thread(target=self._listen, daemon=True).start()

    @property
    def pid(self) -> int:
        return self.process.pid

    def _listen(self) -> None:
        source = self.process.stdout
        assert source is not None
        while True:
            size = source.read(4)
            if len(size) < 4:
                break
            self.take(source.read(struct.unpack("<I", size)[0]))
        self.lost()
        code = self.process.wait()
        if not self.ending:
            logs.event("worker.lost", logging.WARNING, worker=self.process.pid, code=code)

    def write(self, data: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(struct.pack("<I", len(data)) + data)
        self.process.stdin.flush()

    def hang_up(self) -> None:
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
