"""What a crowd of visitors costs an app: its computing and its memory, and what a visitor can move."""

from __future__ import annotations

import psutil

from engine.core import registry
from engine.workers.memory import taken
from tests.bench.server import App

LONG = 10_000_000  # steps: a run that does not end


def family(running: App) -> list[psutil.Process]:
    """The app and its workers."""
    top = psutil.Process(running.pid)
    return [top, *top.children(recursive=True)]


def memory(running: App) -> tuple[float, float]:
    """MB: (app, workers)."""
    top, *workers = (taken(process.pid) / 2**20 for process in family(running))
    return top, sum(workers)


def computing(running: App) -> tuple[float, float]:
    """CPU seconds so far: (app, workers)."""
    top, *workers = (process.cpu_times() for process in family(running))
    return top.user + top.system, sum(worker.user + worker.system for worker in workers)


def hot_number(slug: str) -> tuple[str, float, float]:
    """A live numeric parameter: its name and two values to go back and forth between."""
    for name, control in registry.find(slug).params.controls().items():
        if control.kind == "hot" and isinstance(control.default, float) and control.high is not None:
            return name, control.default, control.snap(control.default + 0.25 * (control.high - control.default))
    raise LookupError(f"{slug} has no live number")
