"""A class on one machine: many pages that play at the same time. `python -m tests.bench.load [--clients 30] [--seconds 300] [--same]`,
and `--follow` (tests/bench/follow.py): a lecture hall, 300 of them by default.

Every client is a page and a stream over real sockets, and moves a control now and then: on average every ACT_EVERY seconds,
each at its own times, or (`--together`) all at the same moment, as when a teacher says so. Prints: errors, how evenly they
advance, how long an action takes until its frame is there, how memory grows once the histories are full, and what is left
when the last tab is closed. With `--same` all play the default run, and its computing time is compared with one client's.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import statistics
import time
from typing import Any
from unittest.mock import patch

import numpy as np
import psutil
from streamlit.watcher.polling_path_watcher import PollingPathWatcher

from engine.core import registry
from pages.kit.live.commands import ACTS
from pages.kit.web.hall.hall import MAKERS
from pages.kit.web.stream import FRAME_MAKERS
from tests.bench import follow
from tests.bench.crowd import LONG, computing, family, hot_number, memory
from tests.bench.server import App, app
from tests.bench.visitor import Visitor

ACT_EVERY = 5.0  # seconds between two actions of one client, on average
# Threads that wait for their next task: ours, and those with which Streamlit looks at its settings.
POOLED = sum(pool._max_workers for pool in (ACTS, FRAME_MAKERS, MAKERS, PollingPathWatcher._executor))
FILLING = 0.5  # the part of the time in which histories fill up: memory is judged after it
ROWS = 200  # points of a run's curves, so few that they are there by then (by default a class keeps 500)


async def play(visitor: Visitor, slug: str, seconds: float, pauses: random.Random | None, most: int) -> None:
    """Press Play, and now and then move a control: after pauses that are drawn, or (None) at every ACT_EVERY seconds."""
    name, one, other = hot_number(slug)
    await visitor.say("stop", steps=most, seconds=None)
    await visitor.say("play")
    end, turn = time.monotonic() + seconds, 0
    while True:
        pause = ACT_EVERY if pauses is None else pauses.expovariate(1 / ACT_EVERY)
        await asyncio.sleep(min(pause, max(0.0, end - time.monotonic())))
        if time.monotonic() >= end:
            return
        turn += 1
        await visitor.act({name: other if turn % 2 else one})


async def watch_only(visitor: Visitor, seconds: float, most: int) -> None:
    """Press Play, and look."""
    await visitor.say("stop", steps=most, seconds=None)
    await visitor.say("play")
    await asyncio.sleep(seconds)


async def crowd(running: App, slug: str, clients: int, seconds: float, kind: str, most: int) -> dict[str, Any]:
    """All clients at once ("apart", "together" or "same"); what was seen."""
    same = kind == "same"
    visitors = [Visitor(running.url, slug, **({} if same else {"seed": index})) for index in range(clients)]
    await asyncio.gather(*(visitor.arrive() for visitor in visitors))
    begin, cpu = time.monotonic(), computing(running)
    first = [visitor.status["step"] for visitor in visitors]
    samples: list[tuple[float, float, float]] = []

    async def watch() -> None:
        while True:
            samples.append((time.monotonic() - begin, *memory(running)))
            await asyncio.sleep(2)

    watching = asyncio.create_task(watch())
    if same:
        await asyncio.gather(*(watch_only(visitor, seconds, most) for visitor in visitors))
    else:
        pauses = [None if kind == "together" else random.Random(index) for index in range(clients)]
        each = zip(visitors, pauses, strict=True)
        await asyncio.gather(*(play(visitor, slug, seconds, drawn, most) for visitor, drawn in each))
    watching.cancel()
    used = computing(running)
    steps = [visitor.status["step"] - start for visitor, start in zip(visitors, first, strict=True)]
    frames = sum(visitor.frames for visitor in visitors) / clients / seconds
    for visitor in visitors:
        await visitor.leave()
    return {
        "errors": [error for visitor in visitors for error in visitor.errors],
        "steps": steps,
        "frames": frames,
        "waits": [wait for visitor in visitors for wait in visitor.waits],
        "memory": np.array(samples),
        "app": used[0] - cpu[0],
        "workers": used[1] - cpu[1],
    }


def slope(times: np.ndarray, megabytes: np.ndarray) -> float:
    """MB a minute, of the line through the samples."""
    return float(np.polyfit(times, megabytes, 1)[0]) * 60 if len(times) > 2 else float("nan")


def memory_rows(samples: np.ndarray) -> list[tuple[str, str, str]]:
    """How memory grows at the end of the time. Samples: rows (seconds, MB of the app, MB of the workers)."""
    late = samples[samples[:, 0] > FILLING * samples[-1, 0]]
    app, workers = (slope(late[:, 0], late[:, column]) for column in (1, 2))
    grown = samples[-1, 1:].sum() - samples[0, 1:].sum()
    return [
        ("memory slope (app, workers), last half", f"{app + workers:.1f} ({app:.1f}, {workers:.1f}) MB a minute", "≤ 1"),
        ("memory, end less beginning", f"{grown:.0f} of {samples[-1, 1:].sum():.0f} MB", ""),
    ]


def run_same(slug: str, clients: int, seconds: float) -> list[tuple[str, str, str]]:
    """One client and then many on the default run, each time in a fresh app: rows (what, measured, reach)."""
    alone, seen = (measure(slug, count, seconds, "same", registry.find(slug).steps) for count in (1, clients))
    spent = [found["workers"] + found["app"] for found in (alone, seen)]
    return [
        *common(seen),
        ("the run's computing (workers), all ÷ one", f"{seen['workers'] / alone['workers']:.2f}", "≤ 1.5"),
        ("with pictures and sockets (app), all ÷ one", f"{spent[1] / spent[0]:.2f}", ""),
        *left(seen),
    ]


def run(slug: str, clients: int, seconds: float, kind: str) -> list[tuple[str, str, str]]:
    """Many clients, each with a run of its own: rows (what, measured, reach)."""
    seen = measure(slug, clients, seconds, kind, LONG)
    waits = sorted(seen["waits"])
    p95 = waits[int(0.95 * (len(waits) - 1))]
    return [
        *common(seen),
        ("slowest ÷ fastest", f"{min(seen['steps']) / max(1, max(seen['steps'])):.2f}", "≥ 0.7"),
        (f"action → frame, p95 (median) of {len(waits)}", f"{p95:.2f} s ({statistics.median(waits):.2f} s)", "≤ 1 s"),
        *memory_rows(seen["memory"]),
        *left(seen),
    ]


def measure(slug: str, clients: int, seconds: float, kind: str, most: int) -> dict[str, Any]:
    """What a crowd does to a fresh app."""
    settings = {"LATENT_LAB_MODE": "class", "LATENT_LAB_PLACES": str(clients + 2), "LATENT_LAB_MAX_STEPS": str(LONG)}
    settings["LATENT_LAB_HISTORY_ROWS"] = str(ROWS)
    with patch.dict(os.environ, settings), app() as running:
        time.sleep(6)  # warm workers
        before = {process.pid for process in family(running)}
        threads = psutil.Process(running.pid).num_threads()
        seen = asyncio.run(crowd(running, slug, clients, seconds, kind, most))
        time.sleep(3)
        seen["extra"] = {process.pid for process in family(running)} - before
        seen["threads"] = psutil.Process(running.pid).num_threads() - threads
    return seen


def common(seen: dict[str, Any]) -> list[tuple[str, str, str]]:
    errors = seen["errors"]
    return [
        ("errors", str(len(errors)) + (f" ({errors[0]})" if errors else ""), "0"),
        ("steps of a client, least to most", f"{min(seen['steps'])} to {max(seen['steps'])}", "everyone advances"),
        ("frames a second and client", f"{seen['frames']:.1f}", ""),
    ]


def left(seen: dict[str, Any]) -> list[tuple[str, str, str]]:
    """What the last tab left behind."""
    return [
        ("processes left over", str(len(seen["extra"])), "0"),
        (f"threads more (of {POOLED} that are kept for reuse)", str(seen["threads"]), f"≤ {POOLED}"),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--topic", default=next(iter(registry.topics())))
    parser.add_argument("--clients", type=int, help="default: 30; 300 that follow")
    parser.add_argument("--seconds", type=float, default=300.0)
    parser.add_argument("--same", action="store_true", help="everybody plays the default run")
    parser.add_argument("--together", action="store_true", help="everybody acts at the same moments")
    parser.add_argument("--follow", action="store_true", help="everybody follows one teacher's lesson")
    chosen = parser.parse_args()
    chosen.clients = chosen.clients or (300 if chosen.follow else 30)
    print(f"{chosen.clients} clients, {chosen.seconds:.0f} s, {chosen.topic}, {os.cpu_count()} cores")
    if chosen.follow:
        rows = follow.run(chosen.topic, chosen.clients, chosen.seconds)
    elif chosen.same:
        rows = run_same(chosen.topic, chosen.clients, chosen.seconds)
    else:
        rows = run(chosen.topic, chosen.clients, chosen.seconds, "together" if chosen.together else "apart")
    for what, measured, reach in rows:
        print(f"{what:56} {measured:32} {reach}")


if __name__ == "__main__":
    main()
