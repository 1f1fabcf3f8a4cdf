"""What the app counts, in the OpenMetrics form that Prometheus and its like collect. Numbers only: nobody's data.

Counters and histograms are fed where things happen; what stands still (runs, workers, memory) is read when asked.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Sequence
from functools import cache
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.openmetrics.exposition import CONTENT_TYPE_LATEST, generate_latest

from engine.workers import logs
from engine.workers.memory import taken
from engine.workers.pool import Pool
from pages.kit.live.stage.arm import Arm
from pages.kit.live.stage.run import LiveRun

CONTENT_TYPE = CONTENT_TYPE_LATEST
SECONDS = (0.005, 0.01, 0.02, 0.035, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5, 1.0, 2.0, 5.0, 15.0)  # upper ends of the classes
SLOW = 1.0  # seconds from asking for a frame until the page has drawn it: from here on it is worth a line in the log
SILENCE = 60.0  # seconds between two such lines of one connection


class Meters:
    """The numbers of one app process."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()

        def gauge(name: str, text: str, *labels: str) -> Gauge:
            return Gauge(f"latent_lab_{name}", text, labels, registry=registry)

        def counter(name: str, text: str, *labels: str) -> Counter:
            return Counter(f"latent_lab_{name}", text, labels, registry=registry)

        def histogram(name: str, text: str, *labels: str) -> Histogram:
            return Histogram(f"latent_lab_{name}", text, labels, unit="seconds", buckets=SECONDS, registry=registry)

        self.steps = counter("steps", "Steps of all runs.")
        self.replies = histogram("reply", "From a request to a worker until its reply, by what was asked.", "op")
        self.frames = histogram("frame", "From asking for a frame until the page has said that it is drawn.")
        self.unanswered = counter("frames_unanswered", "Frames that a page had not drawn within its patience.")
        self.connections = gauge("connections", "Open websockets of live pages.")
        self.refused = counter(
            "connections_refused", "Refused websockets: of another origin, or for a run that is gone.", "reason"
        )
        for reason in ("origin", "gone"):
            self.refused.labels(reason)
        self._runs = gauge(
            "runs", "Runs that are kept (open), and of these: playing, waiting for a place, frozen to their score.", "state"
        )
        self._sweeps = gauge("sweeps", "Sweeps whose models are being trained, and that wait for a place.", "state")
        self._workers = gauge("workers", "Worker processes: wanted, alive, and ready to compute.", "state")
        self._restarts = counter("worker_restarts", "Workers that were lost and replaced.")
        self._memory = gauge("memory_bytes", "Memory; what processes share counts in parts.", "process")
        self._restarts_seen = 0

    def reply(self, op: str, seconds: float, steps: int) -> None:
        """A worker has answered: what was asked, how long it took, and the steps that were made since the last reply."""
        self.replies.labels(op).observe(seconds)
        if steps > 0:
            self.steps.inc(steps)

    def page(self, runs: Sequence[LiveRun], sweeps: Sequence[str], pool: Pool) -> bytes:
        """All numbers as OpenMetrics text; `sweeps` are the states of all sweeps."""
        self._runs.labels("open").set(len(runs))
        for state in ("playing", "waiting"):
            self._runs.labels(state).set(sum(run.lead.doing == state for run in runs))
        self._runs.labels("frozen").set(sum(run.frozen is not None for run in runs))
        for state in ("training", "waiting"):
            self._sweeps.labels(state).set(list(sweeps).count(state))
        self._workers.labels("wanted").set(pool.size)
        self._workers.labels("alive").set(len(pool.alive))
        self._workers.labels("ready").set(len(pool.ready))
        fresh = pool.restarts - self._restarts_seen
        self._restarts_seen = pool.restarts
        self._restarts.inc(max(0, fresh))
        self._memory.labels("app").set(taken(os.getpid()))
        self._memory.labels("workers").set(sum(taken(pid) for pid in pool.processes))
        return generate_latest(self.registry)


@cache
def meters() -> Meters:
    """The numbers of this app process."""
    return Meters()


class Watch:
    """What one connection shows of its run: how long frames take, and the changes that an operator should know of."""

    def __init__(self, run: LiveRun) -> None:
        self.run = run
        self.known: dict[str, tuple[bool, int]] = {}  # by the token of an arm: whether it has diverged, how often it came back
        self.silent_until = 0.0
        for arm in self.run.arms:
            self.known[arm.token] = standing(arm)

    def _tell(self, name: str, level: int, **more: Any) -> None:
        fields: dict[str, Any] = {"run": logs.public_name(self.run.token), "topic": self.run.topic.slug}
        logs.event(name, level, **fields, **more)

    def looked(self) -> None:
        """A frame is about to be shown: has an arm diverged, or come back, since the last one?"""
        for letter, arm in zip("ab", self.run.arms, strict=False):
            session = arm.session
            where: dict[str, Any] = {"step": session.step, "worker": session.pid} if session is not None else {}
            if self.run.twins is not None:
                where["arm"] = letter
            diverged, recoveries = standing(arm)
            before = self.known.get(arm.token, (False, 0))
            self.known[arm.token] = diverged, recoveries
            if diverged and not before[0]:
                self._tell("run.diverged", logging.WARNING, **where)
            if recoveries > before[1]:
                self._tell("run.recovered", logging.WARNING, **where)

    def drawn(self, seconds: float) -> None:
        """The page has drawn a frame that was asked for so long ago."""
        meters().frames.observe(seconds)
        if seconds > SLOW and time.monotonic() > self.silent_until:
            self.silent_until = time.monotonic() + SILENCE
            self._tell("frame.slow", logging.WARNING, seconds=round(seconds, 3))


def standing(run: Arm) -> tuple[bool, int]:
    """Whether a run has diverged, and how often it came back after its worker was lost."""
    return run.state == "diverged", run.session.recoveries if run.session is not None else 0
