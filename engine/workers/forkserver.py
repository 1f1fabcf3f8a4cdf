"""Where workers come from on Linux: a process that has imported torch and every model once, and forks.

A forked worker is ready at once, and shares the memory of the libraries with the others. The nursery itself computes nothing: a
process with threads of its own, or one that has touched a GPU, cannot be forked. Where that may happen, or where the system
cannot fork safely, every worker imports for itself (engine/workers/worker.py).

Started as `python -m engine.workers.forkserver SOCKET`, the number of an open socket. Each message that comes there brings two ends of
pipes, the input and the output of a new worker; each message that goes back tells of one that ended. It ends with the socket.
"""

from __future__ import annotations

import gc
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO

GPUS = ("/dev/nvidiactl", "/dev/kfd", "/dev/dxg")  # where a driver is, torch may touch it while it is imported
FORK = b"fork"


def can_fork(system: str = sys.platform, exists: Callable[[str], bool] = os.path.exists) -> bool:
    """Whether workers can be forked on this machine: on Linux, where there is no GPU's driver."""
    return system == "linux" and not any(exists(device) for device in GPUS)


CAN_FORK = can_fork()


class Forkserver:
    """The nursery of a pool, seen from the app: it is started when the first worker is asked for, and again if it dies."""

    def __init__(self, root: Path, environment: Mapping[str, str]) -> None:
        self._root, self._environment = root, dict(environment)
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._line: socket.socket | None = None
        self._codes: dict[int, int] = {}  # exit codes of workers that ended, by process id
        self._told = threading.Condition()

    @property
    def pid(self) -> int | None:
        """The process id of the nursery itself; None while there is none."""
        process = self._process
        return process.pid if process is not None else None

    def worker(self) -> tuple[IO[bytes], IO[bytes]]:
        """What a new worker reads from, and what it writes to; returns at once, also while the nursery is still importing.

        Raises OSError when no process can be started.
        """
        inner_source, sink = os.pipe()
        source, inner_sink = os.pipe()
        try:
            with self._lock:
                try:
                    self._ask(inner_source, inner_sink)
                except OSError:  # it has died since the last one
                    self._end()
                    self._ask(inner_source, inner_sink)
        except OSError:
            os.close(sink)
            os.close(source)
            raise
        finally:
            os.close(inner_source)
            os.close(inner_sink)
        return os.fdopen(sink, "wb"), os.fdopen(source, "rb")

    def _ask(self, source: int, sink: int) -> None:
        if self._line is None:
            self._line, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            with theirs:
                self._process = subprocess.Popen(
                    [sys.executable, "-m", "engine.workers.forkserver", str(theirs.fileno())],
                    stdin=subprocess.DEVNULL,
                    cwd=self._root,
                    env=self._environment,
                    pass_fds=[theirs.fileno()],
                )
            threading.Thread(target=self._listen, args=(self._line,), daemon=True).start()
        socket.send_fds(self._line, [FORK], [source, sink])

    def _listen(self, line: socket.socket) -> None:
        with suppress(OSError):
            while message := line.recv(256):
                ended = json.loads(message)
                with self._told:
                    self._codes[ended["pid"]] = ended["code"]
                    self._told.notify_all()

    def code(self, pid: int, timeout: float = 1.0) -> int | None:
        """How a worker that has just ended did so: its status, negative for a signal; None when nobody knows."""
        with self._told:
            self._told.wait_for(lambda: pid in self._codes, timeout)
            return self._codes.pop(pid, None)

    def close(self) -> None:
        """End it; its workers end by themselves when their input closes."""
        with self._lock:
            self._end()

    def _end(self) -> None:
        if self._line is not None and self._process is not None:
            with suppress(OSError):
                self._line.shutdown(socket.SHUT_RDWR)  # so that the listening thread wakes, too
            self._line.close()
            self._process.kill()  # it may still be importing, and has nothing to lose
            self._process.wait()
        self._line = self._process = None


def main() -> None:
    """Until the socket closes: fork what is asked for, tell what has ended."""
    from engine.workers import worker

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal's Ctrl-C reaches everybody; the app says when it is over
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a library prints goes where errors go
    wake, woken = os.pipe()
    for end in (wake, woken):
        os.set_blocking(end, False)
    signal.set_wakeup_fd(woken)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    line = socket.socket(fileno=int(sys.argv[1]))
    worker.load()
    gc.collect()
    gc.freeze()  # what is not looked at again is not copied again
    while True:
        readable, _, _ = select.select([line.fileno(), wake], [], [])
        if wake in readable:
            with suppress(BlockingIOError):
                os.read(wake, 4096)
            bury(line)
        if line.fileno() in readable:
            message, pipes, _, _ = socket.recv_fds(line, 16, 2)
            if message != FORK:
                return
            with suppress(OSError):  # no process or no memory for one: whoever asked sees the pipes close
                if os.fork() == 0:
                    signal.set_wakeup_fd(-1)
                    for inherited in (line.detach(), wake, woken):
                        os.close(inherited)
                    grow_up(*pipes)
            for pipe in pipes:
                os.close(pipe)


def bury(line: socket.socket) -> None:
    """Tell how each ended that has."""
    with suppress(ChildProcessError):
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            with suppress(OSError):  # nobody listens any more
                line.send(json.dumps({"pid": pid, "code": os.waitstatus_to_exitcode(status)}).encode())


def grow_up(source: int, sink: int) -> None:
    """Be the worker at these pipes; does not return."""
    from engine.workers import worker

    status = 1
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        worker.run(os.fdopen(source, "rb"), os.fdopen(sink, "wb"))
        status = 0
    except BaseException:
        sys.excepthook(*sys.exc_info())  # type: ignore[arg-type]
    finally:
        with suppress(Exception):
            sys.stderr.flush()
        os._exit(status)


if __name__ == "__main__":
    main()
