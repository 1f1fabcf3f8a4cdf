"""Faults on purpose: `python -m tests.bench.faults [--tries 5] [--only NAME ...]`, and what they cost a person.

A real app with the toy topic, real sockets and a real Chromium. A run is *lost* when afterwards its parameters, its seed or
its steps are not what they were, or when it cannot go on; recovery is the time from the fault until it can.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.parse import parse_qsl, urlsplit

import psutil
from websockets.asyncio.client import connect

from tests import toy
from tests.bench.server import App, app, browser, open_page, wait_live
from tests.bench.visitor import Visitor

SLUG, SECTIONS = "descent", ("summary", "guess", "play", "explanation", "sources")
START = {"pull": "0.25", "size": "7", "seed": "3"}  # of a run whose fate is watched
WELL_ON = 200  # steps before a fault
SOON = 60.0  # seconds after which a run counts as lost
JUMPS = (3600.0, -86_400.0, 10 * 365 * 86_400.0)  # seconds by which the clock is put forward or back
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
        return psutil.Process(self.running.pid).children(recursive=True)

    def page(self, **query: str) -> Any:
        """A tab with the toy's page, live."""
        page = self.opened(**query)
        wait_live(page)
        return page

    def opened(self, **query: str) -> Any:
        return open_page(self.chromium, f"{self.running.url}/{SLUG}?{'&'.join(f'{k}={v}' for k, v in query.items())}")


def toy_with_page(folder: Path) -> Path:
    """The repository with the toy topic and its page."""
    repository = toy.copy(folder)
    toy.add_descent(repository)
    (repository / "pages" / "training").mkdir(exist_ok=True)
    for group in ("engine", "pages"):
        (repository / group / "training" / "__init__.py").touch()
    page = f'from pages.kit.page import topic_page\n\ntopic_page("{SLUG}", hero=("distance", "place"))\n'
    (repository / "pages" / "training" / f"{SLUG}.py").write_text(page)
    for language in ("en", "zh"):
        words = "# Rolling down\n\n" + "\n\n".join(f"## {section}\nWords." for section in SECTIONS)
        (repository / "assets" / "text" / language / f"{SLUG}.md").write_text(words)
    return repository


@contextlib.contextmanager
def place(folder: Path, chromium: Any = None, **environment: str) -> Iterator[Place]:
    """A running app whose data lie in the folder, and whose wall clock can be moved by `set_clock`."""
    repository = folder / "repository"
    if not repository.exists():
        toy_with_page(repository)
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


# ---- without a browser


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


async def _workers_killed(here: Place, everyone: bool) -> Try:
    visitor = await playing(here)
    workers = here.workers()
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
    return apart(_workers_killed(here, everyone=False))


def all_workers_killed(here: Place) -> Try:
    """All workers are killed while a run plays: the first new one must start."""
    return apart(_workers_killed(here, everyone=True))


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
    before, workers, begin = visitor.status, here.workers(), time.perf_counter()
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


# ---- with a browser


def status(page: Any) -> dict[str, Any]:
    return page.evaluate("() => window.latentLab?.lastStatus ?? null")


def wait(page: Any, condition: str) -> None:
    """Until a JavaScript expression over `s`, the last status, holds."""
    page.wait_for_function(
        f"() => {{ const s = window.latentLab?.lastStatus; return s && ({condition}); }}", timeout=SOON * 1000
    )


def in_address(page: Any) -> None:
    """Until the address says what the run is."""
    page.wait_for_function(
        """() => { const s = window.latentLab?.lastStatus; if (!s) return false;
        const have = new URLSearchParams(location.search), want = new URLSearchParams(s.query);
        return [...want].every(([name, value]) => have.get(name) === value); }""",
        timeout=SOON * 1000,
    )


def saved_runs(here: Place) -> int:
    """How many runs the database has, read beside the app."""
    file = here.data / "runs.sqlite3"
    if not file.exists():
        return 0
    with contextlib.closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)) as connection:
        return connection.execute("SELECT count(*) FROM runs WHERE deleted_at IS NULL").fetchone()[0]


def save(page: Any, says: str) -> None:
    """Press the button; returns when the page says so."""
    page.get_by_role("button", name="Save this run").click()
    page.get_by_text(says).first.wait_for(timeout=SOON * 1000)


def some_steps(page: Any, count: int = 3) -> None:
    for step in range(count):
        wait(page, f"s.state === 'paused' && s.step === {step}")
        page.keyboard.press("ArrowRight")
    wait(page, f"s.state === 'paused' && s.step === {count}")


def server_killed_with_a_tab(here: Place) -> Try:
    """As above, in a browser that stays open: it says what happened and offers to reload; what was saved is there."""
    with place(here.data.parent / f"tab{here.fresh()['seed']}", here.chromium) as own:
        page = own.page(**own.fresh())
        some_steps(page)
        save(page, "up to step 3")
        in_address(page)
        before, begin = status(page), time.perf_counter()
        kill([psutil.Process(own.running.pid)])
        with app(own.repository, urlsplit(own.running.url).port or 0):
            page.locator(".message-button", has_text="Reload").click(timeout=SOON * 1000)
            page.wait_for_function("() => !window.latentLab?.lastStatus || window.latentLab.lastStatus.step === 0")
            wait_live(page)
            took = time.perf_counter() - begin
            lost = changed(before, status(page), steps=False) or ("" if saved_runs(own) == 1 else "the saved run is gone")
        page.context.close()
    return Try(lost, took)


def refused_save(here: Place, fault: Callable[[], Any], words: str) -> Try:
    """Saving fails while `fault` holds, in words; the run and the runs saved before stay, and afterwards it can be saved."""
    page = here.page(**here.fresh())
    some_steps(page)
    save(page, "up to step 3")
    kept = saved_runs(here)
    with fault():
        save(page, words)
        lost = "" if saved_runs(here) == kept else "saved runs are gone"
        page.keyboard.press("ArrowRight")
        wait(page, "s.step === 4")
    begin = time.perf_counter()
    save(page, "up to step 4")
    took = time.perf_counter() - begin
    lost = lost or ("" if saved_runs(here) == kept + 1 else "it cannot be saved any more")
    page.context.close()
    return Try(lost, took)


@contextlib.contextmanager
def full_disk(here: Place) -> Iterator[None]:
    """The app may write no file beyond 600 bytes."""
    process = psutil.Process(here.running.pid)
    before = process.rlimit(psutil.RLIMIT_FSIZE)
    process.rlimit(psutil.RLIMIT_FSIZE, (600, before[1]))
    try:
        yield
    finally:
        process.rlimit(psutil.RLIMIT_FSIZE, before)


def disk_full(here: Place) -> Try:
    """No room is left while a run is saved; the time is that of the save after there is room again."""
    return refused_save(here, lambda: full_disk(here), "There is no room left")


LOCK = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN EXCLUSIVE")
print("held", flush=True)
sys.stdin.read()
"""


@contextlib.contextmanager
def locked(here: Place) -> Iterator[None]:
    """Another process holds the database's lock."""
    command = [sys.executable, "-c", LOCK, str(here.data / "runs.sqlite3")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None and other.stdin is not None
        assert other.stdout.readline() == b"held\n"
        try:
            yield
        finally:
            other.stdin.close()


def database_locked(here: Place) -> Try:
    """Another process holds the database while a run is saved; the time is that of the save afterwards."""
    return refused_save(here, lambda: locked(here), "in use")


def database_locked_while_listing(here: Place) -> Try:
    """Another process writes for long while the page Runs lists what is there; the time is until it is listed."""
    page = here.page(**here.fresh())
    some_steps(page)
    save(page, "up to step 3")
    count = saved_runs(here)
    with locked(here):
        begin = time.perf_counter()
        page.goto(f"{here.running.url}/runs")
        page.get_by_text(f"{count} run").first.wait_for(timeout=SOON * 1000)
        took = time.perf_counter() - begin
    page.context.close()
    return Try("", took)


# ---- reload


def _moved(page: Any) -> None:
    """Some steps, then a control by hand."""
    some_steps(page)
    before = status(page)["params"]["pull"]
    page.get_by_role("slider", name="Pull").press("ArrowRight")
    wait(page, f"s.params.pull !== {before}")


def _playing(page: Any) -> None:
    page.get_by_label("Stop after: steps").fill("")
    page.get_by_label("Stop after: steps").press("Enter")
    wait(page, "s.stop.steps === null")
    page.evaluate("() => document.activeElement.blur()")
    page.keyboard.press("Space")
    wait(page, f"s.step > {WELL_ON}")


def _finished(page: Any) -> None:
    page.keyboard.press("Space")
    wait(page, "s.state === 'finished'")


def _diverged(page: Any) -> None:
    page.keyboard.press("Space")
    wait(page, "s.state === 'diverged'")


STATES: dict[str, tuple[dict[str, str], Callable[[Any], Any]]] = {  # what the address adds, and how the page gets there
    "opening": ({}, lambda page: None),
    "paused": ({}, _moved),
    "playing": ({}, _playing),
    "finished": ({}, _finished),
    "diverged": ({"rate": "5.0"}, _diverged),
    "recovering": ({}, _playing),
    "waiting": ({}, lambda page: wait(page, "s.state === 'waiting'")),
    "twins": ({"twin.pull": "0.75"}, lambda page: wait(page, "s.twins && s.twins.states.every((state) => state === 'paused')")),
}


def reload_in(here: Place, state: str) -> Try:
    """The browser is reloaded while the player is in that state; the time is until the page is live again."""
    if state == "waiting":
        full = {"LATENT_LAB_MODE": "class", "LATENT_LAB_PLACES": "1"}
        with place(here.data.parent / f"class{here.fresh()['seed']}", here.chromium, **full) as own:
            first = own.page(**own.fresh())  # takes the only place
            _playing(first)
            done = _reload(own, state)
            first.context.close()
            return done
    return _reload(here, state)


def _reload(here: Place, state: str) -> Try:
    more, reach = STATES[state]
    query = {**here.fresh(), **more}
    page = here.opened(**query)
    if state not in ("opening", "waiting"):
        wait_live(page)
    reach(page)
    if state == "opening":
        page.wait_for_function("() => window.latentLab")
    else:
        in_address(page)
    if state == "recovering":
        kill(here.workers())
        wait(page, "s.state === 'recovering'")
    before = status(page)
    begin = time.perf_counter()
    page.reload()
    if state == "waiting":
        wait(page, "s.state === 'waiting'")
    else:
        wait_live(page)
    if state == "twins":
        reach(page)
    took, after = time.perf_counter() - begin, status(page)
    live = before is not None and not before["recorded"]
    lost = changed(before, after, steps=False) if live else given_back(query, after)
    if state == "twins" and [item["name"] for item in after["twins"]["different"]] != ["pull"]:
        lost = lost or "the twin is another one"
    page.context.close()
    return Try(lost, took)


def given_back(query: dict[str, str], after: dict[str, Any]) -> str:
    """What of the address does not hold for the run."""
    held = {**after["params"], "seed": after["seed"]}
    wrong = [name for name, value in query.items() if float(held[name]) != float(value)]
    return f"not as in the address: {', '.join(wrong)}" if wrong else ""


ALONE: dict[str, Callable[[Place], Try]] = {
    "worker killed while playing": worker_killed,
    "all workers killed": all_workers_killed,
    "connection dropped, resumed": connection_dropped,
    "wall clock jumps": clock_jump,
    "server killed, restarted": server_killed,
}
WATCHED: dict[str, Callable[[Place], Try]] = {
    "server killed under a tab": server_killed_with_a_tab,
    "disk full while saving": disk_full,
    "database locked while saving": database_locked,
    "database locked while listing": database_locked_while_listing,
    **{f"reload while {state}": lambda here, state=state: reload_in(here, state) for state in STATES},  # type: ignore[misc]
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
