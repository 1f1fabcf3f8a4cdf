"""A worker that answers nobody (a real one, stopped): it is told, nobody else waits for it, and a run can go on elsewhere."""

from __future__ import annotations

import os
import signal
import threading

import pytest

from engine.core.frame import difference
from engine.core.session import Session
from engine.workers import pool
from engine.workers.connection import WorkerConnection
from pages.kit.live.runs import desk
from pages.kit.live.stage import status as told
from pages.kit.live.stage.run import LiveRun
from tests.pages.tab import at_rest_at, new_run, tab
from tests.waiting import wait_until

pytestmark = pytest.mark.usefixtures("workers")


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """What takes seconds and half a minute is a matter of tenths here."""
    monkeypatch.setattr(told, "TELL", 0.3)
    monkeypatch.setattr(told, "OFFER", 0.8)
    monkeypatch.setattr(pool, "SILENT", 0.2)
    return monkeypatch


def stop(worker: WorkerConnection) -> int:
    os.kill(worker.pid, signal.SIGSTOP)
    return worker.pid


def let_go(pid: int) -> None:
    """Let it run again, if it has not been ended."""
    try:
        os.kill(pid, signal.SIGCONT)
    except ProcessLookupError:
        return


def worker_of(run: LiveRun) -> WorkerConnection:
    return next(worker for worker in desk().pool.workers if run.session is not None and worker.pid == run.session.pid)


def test_the_page_says_so_others_go_on_and_the_run_is_rebuilt_elsewhere(soon):
    run = new_run()
    with tab(run) as page:
        page.ask("step", at_rest_at(10), count=10)
        pid = stop(worker_of(run))
        try:
            page.send("step", count=1)
            status = page.wait(lambda status: status["waits"])
            assert "has not answered" in status["waits"]["message"]
            desk().rest_idle(), desk().sweep()  # neither waits for a run that waits
            other = new_run()
            with tab(other) as beside:
                assert other.session.pid != pid, "nobody new goes to a worker that is silent"
                beside.ask("step", at_rest_at(1), count=1)
            other.close()
            page.wait(lambda status: status["waits"] and status["waits"]["rescue"])
            page.send("rescue")
            status = page.wait(at_rest_at(11))
            assert status["waits"] is None and run.session.recoveries == 1 and run.session.pid != pid
            assert difference(run.recording.newest, Session.from_score(run.score, "cpu").look()) is None
        finally:
            let_go(pid)
    run.close()


def test_a_worker_is_not_ended_before_that_is_offered_and_may_answer_after_all(soon):
    soon.setattr(told, "OFFER", 1e9)
    run = new_run()
    with tab(run) as page:
        pid = stop(worker_of(run))
        try:
            page.send("step", count=1)
            page.wait(lambda status: status["waits"] and not status["waits"]["rescue"])
            page.send("rescue")
            page.ask("theme", lambda _: True, value="dark")
        finally:
            let_go(pid)
        status = page.wait(at_rest_at(1))
        assert status["waits"] is None and run.session.recoveries == 0 and run.session.pid == pid
    run.close()


def test_what_a_hand_does_meanwhile_is_done_afterwards_in_its_order():
    run = new_run()
    with tab(run) as page:
        pid = stop(worker_of(run))
        try:
            page.send("step", count=1)
            page.wait(lambda status: status["waits"])
            page.send("step", count=2)
            page.send("stop", steps=77, seconds=None)
            page.wait(lambda status: status["waits"] and status["waits"]["rescue"])
        finally:
            let_go(pid)
        page.wait(lambda status: status["step"] == 3 and status["stop"]["steps"] == 77)
    run.close()


def test_a_step_that_is_being_prepared_for_is_not_taken_for_silence(soon):
    """Its pieces take four seconds; a worker is told to be silent after one."""
    soon.setattr(told, "TELL", 1.0)
    run = new_run(warm="1000")
    with tab(run) as page:
        since = len(page.statuses)
        page.send("step", count=1)
        page.wait(at_rest_at(1), since=since)
        assert [status["waits"] for status in page.statuses if status["waits"]] == []
    run.close()


def test_a_model_that_is_being_built_can_be_built_elsewhere():
    run = new_run()
    least = min(desk().pool.workers, key=lambda worker: len(worker.sessions))
    pid = stop(least)
    thread = threading.Thread(target=run.open)
    try:
        thread.start()
        wait_until(lambda: run.building is not None and told.waits(run), "nothing is said")
        assert run.building.pid == pid and "Building" in told.waits(run)["message"]
        assert "waits" in run.status(), "the page is drawn meanwhile"
        wait_until(lambda: told.waits(run)["rescue"], "no way out is offered")
        run.rescue()
        thread.join(20)
        assert run.state == "paused" and run.session.recoveries == 1 and told.waits(run) is None
    finally:
        let_go(pid)
    run.close()


def test_a_run_that_waits_while_nobody_looks_is_freed_as_soon_as_it_can_be(soon):
    run = new_run()
    run.open()
    pid = stop(worker_of(run))
    thread = threading.Thread(target=run.step)
    soon.setattr(desk(), "grace", 0.0)
    try:
        thread.start()
        wait_until(lambda: (told.waits(run) or {}).get("rescue"), "no way out is offered")
        desk().sweep()
        assert desk().get(run.token) is run, "it is not freed under the hands of who waits"
        thread.join(20)
        wait_until(lambda: (desk().sweep(), desk().get(run.token) is None)[1], "it is kept")
        assert run.session is None
    finally:
        let_go(pid)
