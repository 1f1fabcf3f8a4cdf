"""What computes behind a page: a killed worker is told and replaced, and nothing computes for nobody."""

from __future__ import annotations

import os
import signal
import time
from typing import Any

import psutil

from tests.bench.server import App, until, wait_live
from tests.browser.tab import Tab
from tests.processes import workers_of

LAB = "vae-geometry"  # what does not depend on the topic is tried on one whose every step takes a while


def test_a_killed_worker_is_told_and_the_run_goes_on(tab: Any, server: App) -> None:
    lab = tab(LAB)
    wait_live(lab.page)
    lab.page.evaluate("() => { window.told = []; setInterval(() => told.push(latentLab.lastStatus.message), 5); }")
    lab.play_on()
    before = lab.status["step"]
    until(lab.page, "() => latentLab.lastStatus.step > 0")
    while not (busy := busy_workers(server)):  # on a busy machine it may have had no turn in that time
        assert lab.status["state"] == "playing"
    for worker in busy:
        os.kill(worker.pid, signal.SIGKILL)
    lab.wait(f"s.step >= {before} && (s.message || '').includes('replaced')")
    told = lab.page.evaluate("() => told.filter(Boolean)")
    assert any("rebuilt" in message for message in told)
    assert lab.status["keptSteps"][0] == 0, "the history from before is still there"


def test_a_closed_tab_stops_computing(chromium: Any, server: App) -> None:
    lab = Tab(chromium, f"{server.url}/{LAB}")
    wait_live(lab.page)
    lab.play_on()
    workers = workers_of(server.pid)

    assert spent(workers, 1) > 0.05
    lab.close()
    end = time.monotonic() + 20  # a busy machine notices late; a run that nobody stops goes on for longer
    while spent(workers, 1) > 0.05:
        assert time.monotonic() < end, "nobody looks, and it still computes"


def test_a_paused_page_costs_nothing_and_the_app_process_has_not_loaded_torch(tab: Any, server: App) -> None:
    lab = tab(LAB)
    wait_live(lab.page)
    workers = workers_of(server.pid)
    end = time.monotonic() + 20  # the first pictures are still being made
    while spent(workers, 0.5) > 0:
        assert time.monotonic() < end, "it never rests"
    assert spent(workers, 3) <= 0.03
    assert lab.status["step"] == 0
    assert not server.has_torch()


def spent(workers: list[psutil.Process], seconds: float) -> float:
    """Computing time of these processes in the time that comes."""
    before = sum(sum(w.cpu_times()[:2]) for w in workers)
    time.sleep(seconds)
    return sum(sum(w.cpu_times()[:2]) for w in workers) - before


def busy_workers(server: App) -> list[psutil.Process]:
    """The workers that are computing right now."""
    workers = workers_of(server.pid)
    before = [sum(w.cpu_times()[:2]) for w in workers]
    time.sleep(0.4)
    return [w for w, b in zip(workers, before, strict=True) if sum(w.cpu_times()[:2]) - b > 0.1]
