"""Where faults are done on purpose: a live app with the toy topic, whose clock can be moved, and what counts as a lost run."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import psutil

from tests import toy
from tests.bench.server import App, app, open_page, wait_live
from tests.processes import workers_of

SLUG = "descent"
START = {"pull": "0.25", "size": "7", "seed": "3"}  # of a run whose fate is watched
WELL_ON = 200  # steps before a fault
SOON = 60.0  # seconds after which a run counts as lost
CLOCK = """
import os, time
_time, _file = time.time, os.environ["FAKE_CLOCK"]
def _now():
    try:
        with open(_file) as source:
            return _time() + float(source.read() or 0)
    except OSError:
        return _time()
time.time, time.time_ns = _now, lambda: int(_now() * 1e9)
"""


@dataclass
class Try:
    """What one fault did: why the run counts as lost ("" if it does not), and how long it took."""

    lost: str
    seconds: float


@dataclass
class Place:
    """The toy repository with a page, a data folder, and the app that runs in it."""

    repository: Path
    data: Path
    running: App
    chromium: Any = None
    number: int = 0

    def fresh(self) -> dict[str, str]:
        """An address that no run before had."""
        self.number += 1
        return {**START, "seed": str(self.number)}

    def workers(self) -> list[psutil.Process]:
        return workers_of(self.running.pid)

    def helpers(self) -> list[psutil.Process]:
        """The workers, and the nursery that they come from."""
        return psutil.Process(self.running.pid).children(recursive=True)

    def page(self, **query: str) -> Any:
        """A tab with the toy's page, live."""
        page = self.opened(**query)
        wait_live(page)
        return page

    def opened(self, **query: str) -> Any:
        return open_page(self.chromium, f"{self.running.url}/{SLUG}?{'&'.join(f'{k}={v}' for k, v in query.items())}")


@contextlib.contextmanager
def place(folder: Path, chromium: Any = None, **environment: str) -> Iterator[Place]:
    """A running app whose data lie in the folder, and whose wall clock can be moved by `set_clock`."""
    repository = folder / "repository"
    if not repository.exists():
        toy.copy(repository)
        toy.add_descent(repository)
        toy.add_descent_page(repository, 'hero=("distance", "place")')
    clock = folder / "clock"
    clock.mkdir(exist_ok=True)
    (clock / "sitecustomize.py").write_text(CLOCK)
    more = {"LATENT_LAB_DATA": str(folder / "data"), "PYTHONPATH": str(clock), "FAKE_CLOCK": str(folder / "offset")}
    (folder / "offset").unlink(missing_ok=True)
    with patch.dict(os.environ, {**more, **environment}), app(repository) as running:
        yield Place(repository, folder / "data", running, chromium)


def set_clock(here: Place, offset: float) -> None:
    """Put the wall clock of the app and its workers forward by so many seconds."""
    (here.data.parent / "offset").write_text(str(offset))


def kill(processes: list[psutil.Process]) -> None:
    """End these processes at once, and wait until they are gone."""
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(signal.SIGKILL)
    psutil.wait_procs(processes, timeout=10)


def changed(before: dict[str, Any], after: dict[str, Any], steps: bool = True) -> str:
    """What of a run is not as it was: parameters, seed, or (where steps count) fewer steps than before."""
    for name in ("params", "seed"):
        if before[name] != after[name]:
            return f"{name} were {before[name]}, are {after[name]}"
    if steps and after["step"] < before["step"]:
        return f"it stood at step {before['step']}, now at {after['step']}"
    return f"it is {after['state']}" if after["state"] in ("lost", "opening") else ""
