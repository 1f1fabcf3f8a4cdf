"""Faults under a tab that stays open in a real Chromium, and a reload in every state of its player; see faults.py."""

from __future__ import annotations

import contextlib
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import psutil

from tests.bench.fault_place import SOON, WELL_ON, Place, Try, changed, kill, place
from tests.bench.server import app, wait_live


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
    """The server is killed and started again: the tab says what happened and offers to reload; what was saved is there."""
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
    page.get_by_role("button", name="Speed, stop and seed").click()
    page.get_by_label("Stop after: steps").fill("")
    page.get_by_label("Stop after: steps").press("Enter")
    wait(page, "s.stop.steps === null")
    page.keyboard.press("Escape")
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


KEPT = ("paused", "playing", "finished", "diverged", "twins")


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
    # What a full class has not let in, and what is still being built, has made no steps to keep.
    lost = changed(before, after, steps=state in KEPT) if live else given_back(query, after)
    if state == "twins" and [item["name"] for item in after["twins"]["different"]] != ["pull"]:
        lost = lost or "the twin is another one"
    page.context.close()
    return Try(lost, took)


def given_back(query: dict[str, str], after: dict[str, Any]) -> str:
    """What of the address does not hold for the run."""
    held = {**after["params"], "seed": after["seed"]}
    wrong = [name for name, value in query.items() if float(held[name]) != float(value)]
    return f"not as in the address: {', '.join(wrong)}" if wrong else ""


WATCHED: dict[str, Callable[[Place], Try]] = {
    "server killed under a tab": server_killed_with_a_tab,
    "disk full while saving": disk_full,
    "database locked while saving": database_locked,
    "database locked while listing": database_locked_while_listing,
    **{f"reload while {state}": lambda here, state=state: reload_in(here, state) for state in STATES},  # type: ignore[misc]
}
