"""One page that plays for a long time: is memory flat in the server, its workers and the browser? `python -m tests.bench.soak [--minutes 30]`."""

from __future__ import annotations

import argparse
import gc
import time
from typing import Any

import numpy as np
import psutil

from engine.core import registry
from engine.workers.memory import taken
from tests.bench.server import app, browser, open_page, wait_live

EVERY = 15.0  # seconds between two samples
HEAP = "() => performance.memory ? performance.memory.usedJSHeapSize / 2 ** 20 : NaN"


def memory(pid: int, *, below: bool) -> float:
    """MB of a process, or of everything below it."""
    found = [one.pid for one in psutil.Process(pid).children(recursive=True)] if below else [pid]
    return sum(map(taken, found)) / 2**20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--topic", default=next(iter(registry.topics())))
    parser.add_argument("--minutes", type=float, default=30.0)
    chosen = parser.parse_args()
    rows: list[tuple[float, dict[str, float]]] = []
    with app() as server, browser() as chromium:
        page = open_page(chromium, f"{server.url}/{chosen.topic}")
        faults: list[str] = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        wait_live(page)
        stop = page.locator(".group.stop .entry").first
        stop.fill("")
        stop.press("Enter")
        page.wait_for_function("() => latentLab.lastStatus.stop.steps === null")
        page.keyboard.press("Space")
        begin = time.monotonic()
        drawn = page.evaluate("() => latentLab.framesReceived")
        session: Any = page.context.new_cdp_session(page)
        while (elapsed := time.monotonic() - begin) < 60 * chosen.minutes:
            page.wait_for_timeout(1000 * EVERY)
            session.send("HeapProfiler.collectGarbage")
            rows.append(
                (
                    elapsed / 60,
                    {
                        "server": memory(server.pid, below=False),
                        "workers": memory(server.pid, below=True),
                        "page's heap": page.evaluate(HEAP),
                    },
                )
            )
        frames = (page.evaluate("() => latentLab.framesReceived") - drawn) / (time.monotonic() - begin)
        status = page.evaluate("() => latentLab.lastStatus")
    gc.collect()
    late = rows[len(rows) // 3 :]  # the history fills its 32 MB in the first part
    print(
        f"{chosen.minutes:.0f} minutes, {status['step']} steps, {frames:.1f} frames/s, state {status['state']}, page errors {len(faults)}"
    )
    for name in rows[0][1]:
        values = [row[name] for _, row in late]
        slope = float(np.polyfit([minute for minute, _ in late], values, 1)[0]) if len(late) > 1 else float("nan")
        print(
            f"{name:12} {rows[0][1][name]:7.1f} MB at first, {values[0]:7.1f} after a third, {values[-1]:7.1f} at the end, {slope:+.2f} MB a minute"
        )


if __name__ == "__main__":
    main()
