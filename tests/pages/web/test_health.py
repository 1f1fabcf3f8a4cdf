"""Is the app well, how much does it do, and who may know."""

from __future__ import annotations

import json
import os
import signal
import time
from typing import Any

import psutil
import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

import engine
from engine.workers import logs, memory, pool
from pages.kit.live.metrics import SLOW, Watch
from pages.kit.live.runs import Desk, sweep_of
from pages.kit.web import health
from tests.pages.tab import client as socket_client
from tests.pages.tab import new_run, tab
from tests.waiting import wait_until


async def streamlits_own(request: Request) -> PlainTextResponse:
    return PlainTextResponse("sessions 3")


def ask(path: str, *, client: str = "127.0.0.1", base_url: str = "http://127.0.0.1:8501", **headers: str) -> Any:
    routes = [Route("/healthz", health.healthz), Route("/metrics", health.metrics), Route("/_stcore/metrics", streamlits_own)]
    app = Starlette(routes=routes, middleware=[Middleware(health.MetricsForOperators)])
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return TestClient(app, base_url, client=(client, 50_000)).get(path, headers=named)


def numbers() -> dict[str, float]:
    """All samples of /metrics, read by the library's own strict parser."""
    answer = ask("/metrics")
    assert answer.status_code == 200 and answer.headers["content-type"].startswith("application/openmetrics-text")
    samples = [sample for family in text_string_to_metric_families(answer.text) for sample in family.samples]
    keys = [s.name + ",".join(f"[{label}={value}]" for label, value in sorted(s.labels.items())) for s in samples]
    assert len(keys) == len(set(keys))
    return dict(zip(keys, (sample.value for sample in samples), strict=True))


# ---- healthz


def test_a_well_app_says_so_and_nothing_about_anybody(workers):
    run = new_run()
    answer = ask("/healthz", client="10.0.0.9", base_url="http://anything.example")
    content = answer.json()
    assert answer.status_code == 200 and answer.headers["cache-control"] == "no-store"
    assert content.pop("uptime") >= 0
    sessions = {"size": 2, "alive": 2, "ready": 2}
    assert content == {"status": "ok", "version": engine.__version__, "workers": sessions, "sessions": len(workers)}
    assert content["sessions"] >= 1 and run.token not in answer.text
    run.close()


def test_a_lost_worker_is_seen_told_and_replaced_before_anybody_needs_it(workers, told):
    restarts = workers.pool.restarts
    victim = workers.pool.workers[0]
    os.kill(victim.pid, signal.SIGKILL)
    wait_until(victim.dead.is_set, "the worker is still there")
    assert ask("/healthz").json()["status"] == "degraded" and ask("/healthz").status_code == 200
    wait_until(lambda: any(line["event"] == "worker.lost" for line in told()), "nobody was told", 5)
    assert next(line for line in told() if line["event"] == "worker.lost")["worker"] == victim.pid
    workers.sweep()
    assert workers.pool.restarts == restarts + 1 and len(workers.pool.alive) == 2
    wait_until(lambda: len(workers.pool.ready) == 2, "the new worker is not ready")
    assert ask("/healthz").json()["status"] == "ok"
    assert numbers()["latent_lab_worker_restarts_total"] >= 1
    workers.sweep()
    assert workers.pool.restarts == restarts + 1


def test_where_no_worker_can_start_the_app_says_503_and_does_not_keep_trying(monkeypatch, tmp_path, told):
    monkeypatch.setattr(pool, "ROOT", tmp_path)  # there is no engine here
    monkeypatch.setenv("PYTHONPATH", "")
    broken = Desk(pool.Pool(size=2))
    broken.pool.start()
    wait_until(lambda: not broken.pool.alive, "they live")
    content, status = health.report(broken)
    assert status == 503 and content["status"] == "degraded" and content["workers"] == {"size": 2, "alive": 0, "ready": 0}
    broken.sweep()
    assert not broken.pool.alive and broken.pool.restarts == 0
    broken.close()


def test_a_worker_that_never_gets_ready_is_no_hope_for_ever(workers, monkeypatch):
    waiting = workers.pool.workers
    for worker in waiting:
        worker.ready.clear()
    try:
        assert health.report(workers)[1] == 200  # it is still young
        monkeypatch.setattr(health, "WARM_UP", 0.0)
        content, status = health.report(workers)
        assert status == 503 and content["workers"]["alive"] == 2
    finally:
        for worker in waiting:
            worker.ready.set()


# ---- metrics


def test_the_numbers_follow_a_run_that_plays(workers):
    before = numbers()
    run = new_run()
    with tab(run) as page:
        page.send("stop", steps=None, seconds=None)
        page.send("speed", value=400)
        page.ask("play", lambda status: status["state"] == "playing" and status["step"] > 20)
        during = numbers()
        assert during["latent_lab_connections"] == before["latent_lab_connections"] + 1
        assert during["latent_lab_runs[state=playing]"] == before["latent_lab_runs[state=playing]"] + 1
        step = page.ask("pause", lambda status: status["state"] == "paused")["step"]
        page.wait(lambda status: len(page.frames) > 3)
    after = numbers()
    assert after["latent_lab_steps_total"] - before["latent_lab_steps_total"] == step
    assert after["latent_lab_runs[state=open]"] == before["latent_lab_runs[state=open]"] + 1
    assert after["latent_lab_runs[state=playing]"] == before["latent_lab_runs[state=playing]"]
    assert after["latent_lab_connections"] == before["latent_lab_connections"]
    drawn = after["latent_lab_frame_seconds_count"] - before["latent_lab_frame_seconds_count"]
    assert 2 <= drawn <= len(page.frames)
    pulls = "latent_lab_reply_seconds_count[op=pull]"
    assert after[pulls] > before.get(pulls, 0) and after["latent_lab_reply_seconds_sum[op=pull]"] > 0
    run.close()


def test_a_replay_after_a_lost_worker_counts_no_step_twice(workers, told):
    run = new_run()
    with tab(run) as page:
        before = numbers()["latent_lab_steps_total"]
        page.ask("step", lambda status: status["step"] == 7, count=7)
        os.kill(run.session.pid, signal.SIGKILL)
        page.ask("step", lambda status: status["step"] == 8, count=1)
        assert numbers()["latent_lab_steps_total"] - before == 8
        page.wait(lambda status: any(line["event"] == "run.recovered" for line in told()))
    (line,) = [line for line in told() if line["event"] == "run.recovered"]
    assert (line["run"], line["topic"], line["step"]) == (logs.public_name(run.token), "descent", 8)
    run.close()


def test_memory_is_that_of_the_processes(workers):
    found = numbers()
    computing = psutil.Process().children(recursive=True)
    assert {child.pid for child in computing} >= set(workers.pool.processes) and len(workers.pool.processes) >= 2
    for name, pids in (("app", [os.getpid()]), ("workers", workers.pool.processes)):
        told, there = found[f"latent_lab_memory_bytes[process={name}]"], sum(memory.taken(pid) for pid in pids)
        assert told == pytest.approx(there, rel=0.1) and there > len(pids) * 2**24, name
    assert found["latent_lab_workers[state=wanted]"] == 2 >= found["latent_lab_workers[state=ready]"]


def test_refused_connections_are_counted_by_reason_and_told(workers, told):
    before = numbers()
    with (
        pytest.raises(WebSocketDisconnect),
        socket_client().websocket_connect("/lab/stream", headers={"origin": "http://evil"}),
    ):
        pass
    with socket_client().websocket_connect("/lab/stream") as socket:
        socket.send_text('{"type": "hello", "run": "nobody"}')
        assert socket.receive_json() == {"type": "gone"}
    after = numbers()
    for reason in ("origin", "gone"):
        key = f"latent_lab_connections_refused_total[reason={reason}]"
        assert after[key] == before[key] + 1
    (line,) = [line for line in told() if line["event"] == "origin.refused"]
    assert line["origin"] == "http://evil" and line["host"] == "testserver"


def test_a_divergence_is_told_once_with_its_place_and_without_the_token(workers, told):
    run = new_run(rate=10)
    with tab(run) as page:
        page.send("stop", steps=None, seconds=None)
        page.ask("play", lambda status: status["state"] == "diverged")
        for theme in ("dark", "light", "dark"):  # looked at again and again
            page.ask("theme", lambda status: status["state"] == "diverged", value=theme)
    with tab(run):  # who comes later is not told again
        pass
    (line,) = [line for line in told() if line["event"] == "run.diverged"]
    assert (
        line["run"] == logs.public_name(run.token)
        and line["level"] == "warning"
        and line["worker"] in {worker.pid for worker in workers.pool.workers}
    )
    assert run.token not in json.dumps(told())
    run.close()


def test_a_divergence_of_a_twin_is_told_with_its_arm(workers, told):
    run = new_run()
    with tab(run) as page:
        page.send("stop", steps=None, seconds=None)
        page.ask("compare", lambda status: "twins" in status and status["state"] == "paused", index=None)
        page.ask("set", lambda status: status["params"]["rate"] == 10, values={"rate": 10})
        page.ask("play", lambda status: status["twins"]["states"][1] == "diverged")
        page.ask("pause", lambda status: status["state"] == "paused")
    (line,) = [line for line in told() if line["event"] == "run.diverged"]
    assert line["arm"] == "b" and line["run"] == logs.public_name(run.token) and run.state != "diverged"
    run.close()


def test_a_sweep_is_counted_while_it_trains_and_told_when_it_begins_and_ends(workers, told):
    run = new_run()
    with tab(run):
        sweep = sweep_of(run)
        sweep.train({"name": "rate", "low": "0.01", "high": "1", "count": "3", "steps": "20"})
        assert numbers()["latent_lab_sweeps[state=training]"] == 1
        end = time.monotonic() + 30
        while sweep.under_way and time.monotonic() < end:
            sweep.poll()
        assert sweep.state == "done" and numbers()["latent_lab_sweeps[state=training]"] == 0
        sweep.close()
    begun, ended = [line for line in told() if line["event"].startswith("sweep.")]
    assert begun["event"] == "sweep.begun" and begun["over"] == "rate" and begun["arms"] == 3
    assert ended["event"] == "sweep.ended" and ended["steps"] == 20 and ended["run"] == logs.public_name(run.token)
    run.close()


def test_a_run_is_told_when_it_comes_and_goes(workers, told, monkeypatch):
    run = new_run()
    monkeypatch.setattr(workers, "grace", 0.0)
    time.sleep(0.01)
    workers.sweep()
    mine = [line["event"] for line in told() if line.get("run") == logs.public_name(run.token)]
    assert mine == ["run.opened", "run.closed"]


def test_slow_frames_are_told_but_not_each_of_them(workers, told):
    run = new_run()
    watch = Watch(run)
    for seconds in (SLOW / 2, SLOW * 3, SLOW * 4):
        watch.drawn(seconds)
    (line,) = [line for line in told() if line["event"] == "frame.slow"]
    assert line["seconds"] == SLOW * 3 and line["topic"] == "descent"
    watch.silent_until = 0.0
    watch.drawn(SLOW * 5)
    assert len([line for line in told() if line["event"] == "frame.slow"]) == 2
    run.close()


# ---- who may read them


@pytest.mark.parametrize("path", ["/metrics", "/_stcore/metrics"])
@pytest.mark.parametrize(
    ("how", "allowed"),
    [
        ({}, True),
        ({"client": "::1", "base_url": "http://[::1]:8501"}, True),
        ({"base_url": "http://localhost:8501"}, True),
        ({"client": "10.0.0.7"}, False),
        ({"client": "10.0.0.7", "base_url": "http://10.0.0.1:8501"}, False),
        ({"base_url": "http://lab.example"}, False),  # through a proxy on this machine
        ({"X_Forwarded_For": "10.0.0.7"}, False),
        ({"Forwarded": "for=10.0.0.7"}, False),
        ({"Via": "1.1 proxy"}, False),
    ],
)
def test_metrics_are_for_this_machine_unless_opened(workers, monkeypatch, path, how, allowed):
    answer = ask(path, **how)
    assert answer.status_code == (200 if allowed else 403)
    assert allowed or "LATENT_LAB_METRICS=1" in answer.text
    monkeypatch.setenv("LATENT_LAB_METRICS", "1")
    assert ask(path, **how).status_code == 200


def test_more_runs_bring_no_more_series(workers):
    """A collector keeps every series it has ever seen: labels are a fixed few, and none names a run."""
    with tab(new_run()):
        before = set(numbers())
    runs = [new_run(seed=seed, language=language) for seed, language in ((1, "en"), (2, "zh"), (3, "en"))]
    for run in runs:
        with tab(run):
            assert set(numbers()) == before
        run.close()
