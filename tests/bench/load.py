"""A class on one machine: many pages that play at the same time. `python -m tests.bench.load [--clients 30] [--seconds 300] [--same]`.

Every client is a page and a stream over real sockets. Prints: errors, how evenly they advance, how long an action takes
until its frame is there, how memory grows, and what is left when the last tab is closed. With `--same` all play the
default run, and its computing time is compared with one client's.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import time
from typing import Any
from unittest.mock import patch

import numpy as np
import psutil

from engine.core import registry
from tests.bench.server import App, app
from tests.bench.visitor import Visitor

ACT_EVERY = 5.0  # seconds between two actions of one client
LONG = 10_000_000


def family(running: App) -> list[psutil.Process]:
    """The app and its workers."""
    top = psutil.Process(running.pid)
    return [top, *top.children(recursive=True)]


def memory(running: App) -> float:
    """Resident MB of the app and its workers."""
    return sum(process.memory_info().rss for process in family(running)) / 2**20


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


async def play(visitor: Visitor, slug: str, seconds: float, act: bool, most: int) -> None:
    """Press Play, and now and then move a control."""
    name, one, other = hot_number(slug)
    await visitor.say("stop", steps=most, seconds=None)
    await visitor.say("play")
    end, turn = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        await asyncio.sleep(min(ACT_EVERY, max(0.1, end - time.monotonic())))
        if act and time.monotonic() < end:
            turn += 1
            await visitor.act({name: other if turn % 2 else one})


async def crowd(running: App, slug: str, clients: int, seconds: float, *, same: bool, most: int) -> dict[str, Any]:
    """All clients at once; what was seen."""
    visitors = [Visitor(running.url, slug, **({} if same else {"seed": index})) for index in range(clients)]
    await asyncio.gather(*(visitor.arrive() for visitor in visitors))
    begin, cpu = time.monotonic(), computing(running)
    first = [visitor.status["step"] for visitor in visitors]
    samples: list[tuple[float, float]] = []

    async def watch() -> None:
        while True:
            samples.append((time.monotonic() - begin, memory(running)))
            await asyncio.sleep(2)

    watching = asyncio.create_task(watch())
    await asyncio.gather(*(play(visitor, slug, seconds, not same, most) for visitor in visitors))
    watching.cancel()
    used = computing(running)
    steps = [visitor.status["step"] - start for visitor, start in zip(visitors, first, strict=True)]
    frames = sum(visitor.frames for visitor in visitors) / clients / seconds
    for visitor in visitors:
        await visitor.leave()
    late = [sample for sample in samples if sample[0] > seconds / 3] or samples
    slope = float(np.polyfit([t for t, _ in late], [mb for _, mb in late], 1)[0]) * 60 if len(late) > 2 else float("nan")
    return {
        "errors": [error for visitor in visitors for error in visitor.errors],
        "steps": steps,
        "frames": frames,
        "waits": [wait for visitor in visitors for wait in visitor.waits],
        "slope": slope,
        "app": used[0] - cpu[0],
        "workers": used[1] - cpu[1],
    }


def run(slug: str, clients: int, seconds: float, same: bool) -> list[tuple[str, str, str]]:
    """Rows (what, measured, reach)."""
    settings = {"LATENT_LAB_MODE": "class", "LATENT_LAB_PLACES": str(clients + 2), "LATENT_LAB_MAX_STEPS": str(LONG)}
    with patch.dict(os.environ, settings), app() as running:
        time.sleep(6)  # warm workers
        before = {process.pid for process in family(running)}
        threads = psutil.Process(running.pid).num_threads()
        rows = []
        if same:
            most = registry.find(slug).steps
            alone = asyncio.run(crowd(running, slug, 1, seconds, same=True, most=most))
            seen = asyncio.run(crowd(running, slug, clients, seconds, same=True, most=most))
            rows.append(("computing of all ÷ of one (workers)", f"{seen['workers'] / alone['workers']:.2f}", "≤ 1.5"))
            rows.append(("the app's own computing, all ÷ one", f"{seen['app'] / alone['app']:.1f}", ""))
        else:
            seen = asyncio.run(crowd(running, slug, clients, seconds, same=False, most=LONG))
            rows.append(("slowest ÷ fastest", f"{min(seen['steps']) / max(1, max(seen['steps'])):.2f}", "≥ 0.7"))
            waits = sorted(seen["waits"])
            p95 = waits[int(0.95 * (len(waits) - 1))]
            rows.append(
                (f"action → frame, p95 (median) of {len(waits)}", f"{p95:.2f} s ({statistics.median(waits):.2f} s)", "≤ 1 s")
            )
            rows.append(("memory slope", f"{seen['slope']:.1f} MB a minute", "≤ 1"))
        time.sleep(3)
        extra = {process.pid for process in family(running)} - before
        rows.append(("processes left over", str(len(extra)), "0"))
        rows.append(
            ("threads more than at the start", str(psutil.Process(running.pid).num_threads() - threads), "none that grow")
        )
    rows.insert(0, ("errors", str(len(seen["errors"])) + (f" ({seen['errors'][0]})" if seen["errors"] else ""), "0"))
    rows.insert(1, ("steps of a client, least to most", f"{min(seen['steps'])} to {max(seen['steps'])}", "everyone advances"))
    rows.insert(2, ("frames a second and client", f"{seen['frames']:.1f}", ""))
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--topic", default=next(iter(registry.topics())))
    parser.add_argument("--clients", type=int, default=30)
    parser.add_argument("--seconds", type=float, default=300.0)
    parser.add_argument("--same", action="store_true", help="everybody plays the default run")
    chosen = parser.parse_args()
    print(f"{chosen.clients} clients, {chosen.seconds:.0f} s, {chosen.topic}, {os.cpu_count()} cores")
    for what, measured, reach in run(chosen.topic, chosen.clients, chosen.seconds, chosen.same):
        print(f"{what:48} {measured:28} {reach}")


if __name__ == "__main__":
    main()
