"""Faults on purpose: `python -m tests.bench.faults [--tries 5] [--only NAME ...]`, and what they cost a person.

A real app with the toy topic, real sockets and a real Chromium. A run is *lost* when afterwards its parameters, its seed or
its steps are not what they were, or when it cannot go on; recovery is the time from the fault until it can. Here are the
faults that need no browser; fault_tabs.py has those that are seen in one.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import psutil
from websockets.asyncio.client import connect

from tests.bench.fault_place import SLUG, SOON, WELL_ON, Place, Try, changed, kill, place, set_clock
from tests.bench.fault_tabs import WATCHED
from tests.bench.server import app, browser
from tests.bench.visitor import Visitor

JUMPS = (3600.0, -86_400.0, 10 * 365 * 86_400.0)  # seconds by which the clock is put forward or back


def apart(what: Coroutine[Any, Any, Try]) -> Try:
    """Run it in a thread of its own: Playwright keeps an event loop in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, what).result()


async def playing(here: Place) -> Visitor:
    """A visitor whose run is well on its way, without an end."""
    visitor = Visitor(here.running.url, SLUG, **here.fresh())
    await visitor.arrive()
    await visitor.say("stop", steps=None, seconds=None)
    await visitor.say("set", values={"rate": 0.05})
    await visitor.say("play")
    await visitor.until(lambda status: status["state"] == "playing" and status["step"] > WELL_ON, SOON)
    return visitor


async def goes_on(visitor: Visitor, before: dict[str, Any]) -> str:
    """Whether the run makes further steps when it is asked to."""
    await visitor.say("stop", steps=None, seconds=None)
    await visitor.say("play")
    with contextlib.suppress(TimeoutError):
        await visitor.until(lambda s: s["state"] == "playing" and s["step"] > before["step"] + 50, SOON)
        return changed(before, visitor.status)
    return f"it does not go on: {visitor.status.get('state')}, step {visitor.status.get('step')}"


async def _workers_killed(here: Place, found: Callable[[], list[psutil.Process]], everyone: bool = True) -> Try:
    visitor = await playing(here)
    workers = found()
    if not everyone:
        used = {worker: sum(worker.cpu_times()[:2]) for worker in workers}
        await asyncio.sleep(0.5)
        workers = [max(workers, key=lambda worker: sum(worker.cpu_times()[:2]) - used[worker])]
    before, begin = visitor.status, time.perf_counter()
    kill(workers)
    lost = "no recovery"
    with contextlib.suppress(TimeoutError):
        await visitor.until(lambda s: s["state"] == "playing" and s["step"] > before["step"], SOON)
        lost = changed(before, visitor.status)
    took = time.perf_counter() - begin
    await visitor.leave()
    return Try(lost or "; ".join(visitor.errors), took)


def worker_killed(here: Place) -> Try:
    """The worker that computes a run is killed while it plays; another one is warm."""
    return apart(_workers_killed(here, here.workers, everyone=False))


def all_workers_killed(here: Place) -> Try:
    """All workers are killed while a run plays: the first new one must start."""
    return apart(_workers_killed(here, here.workers))


def nursery_killed(here: Place) -> Try:
    """The same, and the process that new ones are forked from is killed, too: a new one of it must start first."""
    return apart(_workers_killed(here, here.helpers))


async def _connection_dropped(here: Place) -> Try:
    visitor = await playing(here)
    before, begin = visitor.status, time.perf_counter()
    visitor.line.transport.abort()  # no goodbye
    await asyncio.sleep(0.5)
    visitor.errors.clear()
    begin += 0.5
    await visitor.look()
    took, after = time.perf_counter() - begin, visitor.status
    lost = changed(before, after) or ("" if after["state"] == "paused" else f"it is {after['state']}, not at rest")
    lost = lost or await goes_on(visitor, after)
    await visitor.leave()
    return Try(lost or "; ".join(visitor.errors), took)


def connection_dropped(here: Place) -> Try:
    """The line of a playing run breaks, and the page comes back within the grace time: the run rests, and goes on."""
    return apart(_connection_dropped(here))


async def _clock_jump(here: Place) -> Try:
    visitor = await playing(here)
    lost, longest = "", 0.0
    for offset in JUMPS:
        before, frames, begin = visitor.status, visitor.frames, time.perf_counter()
        set_clock(here, offset)
        with contextlib.suppress(TimeoutError):
            await visitor.until(lambda s, b=before: s["state"] == "playing" and s["step"] > b["step"] + 50, SOON)
        longest = max(longest, time.perf_counter() - begin)
        if visitor.frames == frames or visitor.status["state"] != "playing":
            lost = lost or f"after {offset:+.0f} s: {visitor.status['state']}"
        lost = lost or changed(before, visitor.status)
    set_clock(here, 0)
    await visitor.leave()
    return Try(lost or "; ".join(visitor.errors), longest)


def clock_jump(here: Place) -> Try:
    """The wall clock jumps forward and back while a run plays; the time is until 50 further steps."""
    return apart(_clock_jump(here))


async def told_gone(url: str, token: str) -> bool:
    """Whether the stream says that the run of this token does not exist."""
    async with connect(f"ws://{url.removeprefix('http://')}/lab/stream", origin=url) as line:  # type: ignore[arg-type]
        await line.send(json.dumps({"type": "hello", "run": token, "theme": "light"}))
        return json.loads(await asyncio.wait_for(line.recv(), SOON)).get("type") == "gone"


async def _server_killed(here: Place) -> Try:
    visitor = await playing(here)
    await visitor.say("pause")
    await visitor.until(lambda s: s["state"] == "paused", SOON)
    before, workers, begin = visitor.status, here.helpers(), time.perf_counter()
    kill([psutil.Process(here.running.pid)])
    left = len(psutil.wait_procs(workers, timeout=10)[1])
    with app(here.repository, urlsplit(here.running.url).port or 0) as second:
        gone = await told_gone(second.url, visitor.token)
        reloaded = Visitor(second.url, SLUG, **dict(parse_qsl(before["query"])))
        await reloaded.arrive()
        took = time.perf_counter() - begin
        lost = changed(before, reloaded.status, steps=False) or await goes_on(reloaded, reloaded.status)
        await reloaded.leave()
    await visitor.leave()
    lost = lost or ("" if gone else "the old page is not told") or (f"{left} workers stay behind" if left else "")
    return Try(lost, took)


def server_killed(here: Place) -> Try:
    """The server is killed and started again: the old page is told, and its address gives the run back."""
    with place(here.data.parent / f"killed{here.fresh()['seed']}") as own:
        return apart(_server_killed(own))


ALONE: dict[str, Callable[[Place], Try]] = {
    "worker killed while playing": worker_killed,
    "all workers killed": all_workers_killed,
    "workers and their nursery killed": nursery_killed,
    "connection dropped, resumed": connection_dropped,
    "wall clock jumps": clock_jump,
    "server killed, restarted": server_killed,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tries", type=int, default=5)
    parser.add_argument("--only", action="append", choices=[*ALONE, *WATCHED])
    chosen = parser.parse_args()
    print(f"{'fault':32}{'tries':>6}{'lost':>6}{'recovery, median':>18}{'most':>9}")
    bad = []
    with tempfile.TemporaryDirectory() as folder, browser() as chromium, place(Path(folder), chromium) as here:
        for name, fault in {**ALONE, **WATCHED}.items():
            if chosen.only and name not in chosen.only:
                continue
            tries = [fault(here) for _ in range(chosen.tries)]
            lost = [one.lost for one in tries if one.lost]
            times = [one.seconds for one in tries]
            print(f"{name:32}{len(tries):>6}{len(lost):>6}{statistics.median(times):>16.2f} s{max(times):>7.2f} s", flush=True)
            bad += [f"{name}: {reason}" for reason in lost]
    print("\n".join(bad))
    sys.exit(bool(bad))


if __name__ == "__main__":
    main()
