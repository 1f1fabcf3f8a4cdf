"""The worker processes of an app, found among its children."""

from __future__ import annotations

import psutil


def workers_of(pid: int) -> list[psutil.Process]:
    """Those of the app with that process id: forked by its nursery, or started by themselves."""
    return [one for one in psutil.Process(pid).children(recursive=True) if _is_worker(one)]


def _is_worker(process: psutil.Process) -> bool:
    command = " ".join(process.cmdline())
    parent = process.parent()
    forked = parent is not None and "engine.workers.forkserver" in " ".join(parent.cmdline())
    return "engine.workers.worker" in command or ("engine.workers.forkserver" in command and forked)
