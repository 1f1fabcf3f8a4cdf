"""How many machines do many learners need, and what gives out first? `python -m tests.bench.scaling [--learners 10000]`.

Measures on this machine what one page costs (in CPU seconds, megabytes and bytes), then plays a lesson of many learners
who press Play and Pause at random, and counts what they ask for at the same moment. No servers are started for it: the
constants are measured, the crowd is simulated, and the answer is what the 99th percentile of the lesson needs.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from dataclasses import dataclass

import numpy as np
import psutil
import torch

from engine.core import registry
from engine.core.picture import Style
from engine.core.session import Session
from engine.core.topic import Timeline
from pages.kit.web.packing import encode
from pages.kit.web.stream import FRAMES

VIEWS = 4  # pictures in sight
PLAYING, PAUSING = 60.0, 90.0  # seconds, on average
APP_CORES = 1.0  # one app process draws with one core: Python computes with one thread at a time
FULL = 0.75  # of a resource that may be used before people begin to wait
MACHINE = {"cores": 16, "memory_gb": 64, "network_mbit": 1000}


@dataclass(frozen=True)
class Costs:
    """What was measured here for one page."""

    draw: float  # CPU seconds of the app for one frame
    pack: float  # of that, putting drawn pictures into a message: all that a shared run costs for every further page
    observe: float  # CPU seconds of a worker for one frame
    frame_bytes: float
    step: float  # CPU seconds of one step
    session_mb: float
    steps_wanted: float  # a second, for a page to feel alive: the topic's run in half a minute


def cpu(act: object, count: int) -> float:
    """CPU seconds of one call, the median of `count`."""
    found = []
    for _ in range(count):
        begin = time.thread_time()
        act()  # type: ignore[operator]
        found.append(time.thread_time() - begin)
    return statistics.median(found)


def measure(slug: str) -> Costs:
    """The costs of a topic's default run on this machine."""
    torch.set_num_threads(1)
    topic = registry.find(slug)
    session = Session.start(slug, device="cpu")
    session.run(steps=20)
    step = cpu(lambda: session.run(steps=10), 9) / 10
    observe = cpu(lambda: (session.run(steps=1), session.look()), 9) - step
    frame = session.look()
    line = Timeline(frame, session.params, {}, (), 0)
    views = topic.views_for(session.params)[:VIEWS]
    draw = cpu(lambda: encode({}, {view.name: view.draw(line, Style()) for view in views}), 9)
    pictures = {view.name: view.draw(line, Style()) for view in views}
    pack = cpu(lambda: encode({}, pictures), 9)
    size = len(encode({}, pictures))
    before = psutil.Process().memory_info().rss
    more = [Session.start(slug, seed=seed, device="cpu") for seed in range(1, 9)]
    for one in more:
        one.run(steps=5)
        one.look()
    grown = (psutil.Process().memory_info().rss - before) / 2**20 / len(more)
    return Costs(draw, pack, max(0.0, observe), size, step, max(1.0, grown), topic.steps / 30)


def lesson(learners: int, minutes: float, seed: int = 0) -> np.ndarray:
    """How many play at each second of a lesson: everybody starts and stops at random (exponential times)."""
    random = np.random.default_rng(seed)
    playing = random.random(learners) < PLAYING / (PLAYING + PAUSING)
    counts = []
    for _ in range(int(60 * minutes)):
        stop = random.random(learners) < 1 / PLAYING
        start = random.random(learners) < 1 / PAUSING
        playing = np.where(playing, ~stop, start)
        counts.append(int(playing.sum()))
    return np.array(counts)


def needs(costs: Costs, busy: float, learners: int, own: float, fps: float) -> dict[str, float]:
    """Cores, gigabytes and megabits for `busy` playing learners of whom a share `own` has a run of its own."""
    runs = max(1.0, busy * own)
    return {
        "app cores": busy * fps * (costs.draw * own + costs.pack * (1 - own)) / FULL,
        "worker cores": runs * (costs.steps_wanted * costs.step + fps * costs.observe) / FULL,
        "memory_gb": learners * own * (costs.session_mb + 8) / 1024 + learners * 1.5 / 1024,
        "network_mbit": busy * fps * costs.frame_bytes * 8 / 1e6 / FULL,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--topic", default=next(iter(registry.topics())))
    parser.add_argument("--learners", type=int, default=10_000)
    parser.add_argument("--minutes", type=float, default=45.0)
    parser.add_argument("--own", type=float, default=0.5, help="share of the runs that are unlike all others (0 to 1)")
    parser.add_argument("--fps", type=float, default=FRAMES, help="frames a second that a playing page gets")
    chosen = parser.parse_args()
    costs = measure(chosen.topic)
    print(
        f"measured here, {chosen.topic}: picture {1e3 * costs.draw:.1f} ms, look {1e3 * costs.observe:.1f} ms, step {1e3 * costs.step:.2f} ms,"
    )
    print(
        f"  frame {costs.frame_bytes / 1024:.0f} KB, session {costs.session_mb:.0f} MB, {costs.steps_wanted:.0f} steps/s wanted; {os.cpu_count()} cores here"
    )
    busy = lesson(chosen.learners, chosen.minutes)
    peak = float(np.quantile(busy, 0.99))
    print(f"{chosen.learners} learners: {busy.mean():.0f} play at a time, 99 % of the time at most {peak:.0f}")
    for fps in (chosen.fps, 2.0):
        found = needs(costs, peak, chosen.learners, chosen.own, fps)
        machines = {
            "app cores": found["app cores"] / MACHINE["cores"],
            "worker cores": found["worker cores"] / MACHINE["cores"],
            "memory_gb": found["memory_gb"] / MACHINE["memory_gb"],
            "network_mbit": found["network_mbit"] / MACHINE["network_mbit"],
        }
        first = max(machines, key=machines.__getitem__)
        print(f"at {fps:.1f} frames a second:")
        for name, value in found.items():
            print(
                f"  {name:14} {value:9.0f}   = {machines[name]:6.1f} machines of {MACHINE['cores']} cores, 64 GB, 1 Gbit/s"
                + ("   <- first" if name == first else "")
            )
        processes = int(np.ceil(found["app cores"] / APP_CORES))
        total = machines["app cores"] + machines["worker cores"]
        print(
            f"  {processes} app processes behind a balancer that keeps a visitor at one of them; about {np.ceil(max(total, *machines.values())):.0f} machines in all"
        )


if __name__ == "__main__":
    main()
