"""Promises to whoever lets others use the app, where no other test keeps them: odd links, early leavers, no call home."""

from __future__ import annotations

import http.client
import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qsl

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.core import registry
from engine.workers.pool import Pool
from pages.kit.live.runs import Desk, desk
from tests.bench.server import ROOT, free_port
from tests.pages.tab import client, close, new_run, tab

# ---- links


def queries(slug: str) -> st.SearchStrategy[dict[str, str]]:
    """Addresses of a topic's page: its own names and others, with values that are possible, nearly possible, or text."""
    controls = registry.find(slug).params.controls()
    names = (
        st.sampled_from([*controls, *(f"twin.{name}" for name in controls), "seed", "twin", "score", "s", "view"]) | st.text()
    )
    numbers = st.floats().map(str) | st.integers().map(str) | st.sampled_from(["nan", "-inf", "1e999", "0x10", "1_0", "٣", ""])
    options = sorted({option for control in controls.values() for option in control.options}) or ["a"]
    return st.dictionaries(names, numbers | st.sampled_from(options) | st.booleans().map(str) | st.text(), max_size=8)


@pytest.mark.parametrize("slug", list(registry.topics()))
def test_whatever_a_link_says_there_is_a_run_with_possible_settings(slug):
    topic, opened = registry.find(slug), Desk(Pool(size=1))  # its workers are never started: only the settings matter

    @settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(query=queries(slug), language=st.sampled_from(["en", "zh"]))
    def check(query: dict[str, str], language: str) -> None:
        run, problems = opened.new_run(slug, query, language)
        assert topic.params.build(run.params.values()) == run.params
        assert 0 <= run.seed < 2**63
        for problem in problems:
            assert run.say(problem)
        again, none = opened.new_run(slug, dict(parse_qsl(run.query(), keep_blank_values=True)), language)
        assert again.params == run.params and again.seed == run.seed and none == []

    check()
    opened.close()


# ---- early leavers


def kept(pool: Pool) -> set[str]:
    return {session for worker in pool.workers for session in worker.sessions}


def test_who_leaves_while_the_run_is_being_built_leaves_nothing_behind(workers):
    before = kept(workers.pool)
    runs = [new_run(seed=seed) for seed in range(6)]
    for run in runs:
        with client().websocket_connect("/lab/stream") as socket_:
            socket_.send_text(json.dumps({"type": "hello", "run": run.token}))  # and gone before the first frame
    end = time.monotonic() + 20
    while any(run.session is None and run.state == "opening" for run in runs) and time.monotonic() < end:
        time.sleep(0.02)
    workers.grace, grace = 0.0, workers.grace
    try:
        while any(workers.get(run.token) for run in runs) and time.monotonic() < end:
            workers.sweep()
            time.sleep(0.02)
    finally:
        workers.grace = grace
    assert [run.state for run in runs] == ["lost"] * 6 and kept(workers.pool) == before


def test_who_leaves_in_the_middle_of_a_long_step_leaves_nothing_running(workers):
    run = new_run()
    with tab(run) as page:
        page.send("stop", steps=None, seconds=None)
        page.ask("play", lambda status: status["state"] == "playing" and status["step"] > 3)
        page.send("step", count=50_000)
        close(page, run)
    step = run.session.step
    time.sleep(1.0)
    assert run.state != "playing" and run.session.look().step == run.session.step >= step
    run.close()


def test_pages_that_come_and_go_leave_no_thread(workers):
    def visit(count: int) -> None:
        for seed in range(count):
            run = new_run(seed=seed)
            with tab(run) as page:
                page.ask("step", lambda status: status["step"] == 1, count=1)
            run.close()

    pooled = ("acts", "frames", "files")  # of bounded number: one more starts whenever all others are busy
    client = ("AnyIO", "asyncio")  # of the tests' websocket client

    def threads() -> list[str]:
        return sorted(thread.name for thread in threading.enumerate() if not thread.name.startswith(pooled + client))

    visit(3)
    before = len(threads())
    visit(12)
    end = time.monotonic() + 5
    while len(threads()) > before and time.monotonic() < end:
        time.sleep(0.05)
    assert len(threads()) <= before, threads()


def test_there_are_never_more_workers_than_asked_for(workers):
    for seed in range(5):
        run = new_run(seed=seed)
        with tab(run):
            assert len(workers.pool.workers) == workers.pool.size == 2
        run.close()
    assert 2 <= Pool().size <= 8 and desk() is workers


# ---- no call home

LISTENER = """
import os, sys
def hear(event, details):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "urllib.Request"):
        with open(os.environ["HEARD"], "a") as sink:
            print(event, details[1] if event == "socket.connect" else details[0], file=sink)
sys.addaudithook(hear)
"""


@contextmanager
def overheard(tmp_path: Path, *command: str) -> Iterator[tuple[int, Path]]:
    """A server whose every look-up and connection is written down: (port, that file)."""
    port, heard = free_port(), tmp_path / "heard"
    (tmp_path / "sitecustomize.py").write_text(LISTENER, encoding="utf-8")
    heard.touch()
    environment = {**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{os.environ.get('PYTHONPATH', '')}", "HEARD": str(heard)}
    arguments = [part.replace("PORT", str(port)) for part in command]
    process = subprocess.Popen(
        [sys.executable, *arguments], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        end = time.monotonic() + 60
        while True:
            try:
                if ask(port, "GET", "/healthz")[0] == 200:
                    break
            except OSError:
                assert process.poll() is None and time.monotonic() < end
                time.sleep(0.05)
        yield port, heard
    finally:
        process.terminate()
        process.wait(20)


def ask(port: int, method: str, path: str, **headers: str) -> tuple[int, dict[str, str]]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request(method, path, headers=headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}
    finally:
        connection.close()


def knock(port: int, path: str, origin: str) -> int:
    """Ask for a websocket as a page of `origin`; the status."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        request = (
            f"GET {path} HTTP/1.1\r\nHost: lab.example\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nOrigin: {origin}\r\n\r\n"
        )
        connection.sendall(request.encode())
        return int(connection.recv(4096).split(b" ", 2)[1])


OPEN = ("-m", "streamlit", "run", "app.py", "--server.address=0.0.0.0", "--server.port=PORT", "--server.headless=true")


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(("app.py", "--no-browser", "--port", "PORT"), id="desktop"),
        pytest.param((*OPEN, "--logger.hideWelcomeMessage=true"), id="server"),
    ],
)
def test_the_server_asks_nobody_anything_whoever_asks_it(tmp_path, command):
    """Streamlit would ask a server on the internet for this machine's address: at start, and for foreign origins."""
    with overheard(tmp_path, *command) as (port, heard):
        host = {"Host": "lab.example", "Origin": "http://lab.example"}
        for origin in ("http://lab.example", "http://evil.example"):
            for path in ("/_stcore/health", "/_stcore/host-config", "/", "/_stcore/metrics"):
                _, sent = ask(port, "GET", path, **{**host, "Origin": origin})
                assert "access-control-allow-origin" not in sent
            ask(port, "OPTIONS", "/_stcore/upload_file/a/b", **{**host, "Origin": origin})
            ask(port, "PUT", "/_stcore/upload_file/a/b", **{**host, "Origin": origin})
        for path in ("/_stcore/stream", "/lab/stream"):
            assert knock(port, path, "http://evil.example") == 403
        lines = heard.read_text().splitlines()
    assert [line for line in lines if not re.search(r"'(127\.0\.0\.1|::1|localhost|0\.0\.0\.0)'|/", line)] == []


def test_the_desktop_start_uses_the_apps_settings_from_any_folder(tmp_path):
    """The settings that were paid for hold however the app is started: they are found beside app.py."""
    code = (
        "import sys; sys.argv = [sys.argv[1] + '/app.py']; sys.path.insert(0, sys.argv[0][:-7])\n"
        "import app, json, streamlit as st\n"
        "from pages.kit.web import launch\n"
        "from streamlit.web.server.starlette import starlette_server\n"
        "names = ['runner.postScriptGC', 'browser.gatherUsageStats', 'server.address', 'server.enableStaticServing',\n"
        "         'client.showErrorDetails', 'server.maxUploadSize', 'server.enableXsrfProtection', 'server.fileWatcherType']\n"
        "show = lambda self: print(json.dumps({name: st.get_option(name) for name in names}))\n"
        "starlette_server.UvicornRunner.run = show  # instead of serving\n"
        "launch.main(app.app.run, ['--no-browser'])\n"
    )
    command = [sys.executable, "-c", code, str(ROOT)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True)
    assert json.loads(done.stdout) == {
        "runner.postScriptGC": False,
        "browser.gatherUsageStats": False,
        "server.address": "127.0.0.1",
        "server.enableStaticServing": False,
        "client.showErrorDetails": "type",
        "server.maxUploadSize": 5,
        "server.enableXsrfProtection": True,
        "server.fileWatcherType": "none",
    }


def test_a_run_that_is_freed_while_it_is_being_built_holds_nothing(workers):
    before, busy, late = kept(workers.pool), [new_run(seed=seed) for seed in range(2)], new_run(seed=7)
    for run in busy:
        run.open()
    threads = [threading.Thread(target=run.step, args=(100_000,)) for run in busy] + [threading.Thread(target=late.open)]
    for thread in threads:
        thread.start()
    late.close()
    for thread in threads:
        thread.join(60)
    for run in busy:
        run.close()
    assert late.session is None and kept(workers.pool) == before
