"""`python app.py`: it starts, answers on this machine only, and leaves nothing behind, however it ends."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

from pages.kit.web import launch

ROOT = Path(__file__).resolve().parents[3]
posix = pytest.mark.skipif(os.name == "nt", reason="these signals are POSIX's")


class Launched:
    """The launcher as a process."""

    def __init__(self, place: Path, *options: str) -> None:
        self.out, self.err = place / "out", place / "err"
        with self.out.open("wb") as out, self.err.open("wb") as err:
            command = [sys.executable, str(ROOT / "app.py"), "--no-browser", *options]
            self.process = subprocess.Popen(command, cwd=place, stdout=out, stderr=err)  # from any folder
        self.family: list[psutil.Process] = []

    def address(self) -> str:
        """What it prints once it answers."""
        end = time.monotonic() + 60
        while "http" not in self.out.read_text():
            assert self.process.poll() is None and time.monotonic() < end, self.err.read_text()
            time.sleep(0.02)
        me = psutil.Process(self.process.pid)
        while len(me.children(recursive=True)) < 2:
            assert time.monotonic() < end, "no workers"
            time.sleep(0.02)
        self.family = [me, *me.children(recursive=True)]
        return next(word for word in self.out.read_text().split() if word.startswith("http"))

    def left(self, seconds: float = 15) -> list[psutil.Process]:
        """Which of its processes are still there after some time."""
        self.process.wait(seconds)
        return psutil.wait_procs(self.family, timeout=seconds)[1]


@pytest.fixture
def launched(tmp_path: Path) -> Iterator[Any]:
    started: list[Launched] = []

    def start(*options: str) -> Launched:
        place = tmp_path / str(len(started))
        place.mkdir()
        started.append(Launched(place, *options))
        return started[-1]

    yield start
    for one in started:
        if one.process.poll() is None:
            one.family += psutil.Process(one.process.pid).children(recursive=True)
            one.process.kill()
            one.process.wait()
        for process in one.family:
            with suppress(psutil.NoSuchProcess):
                process.kill()


def taken() -> socket.socket:
    """A socket that listens on a port of this machine."""
    listening = socket.socket()
    listening.bind((launch.HERE, 0))
    listening.listen()
    return listening


@posix
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name)
def test_asked_to_stop_it_stops_quietly_and_leaves_no_process(launched, number):
    one = launched()
    address = one.address()
    with urllib.request.urlopen(f"{address}/healthz", timeout=5) as answer:
        assert json.load(answer)["workers"]["alive"] >= 2 and answer.headers["content-security-policy"]
    one.process.send_signal(number)
    assert one.left() == []
    assert one.process.returncode == 0 and "Traceback" not in one.err.read_text()


@posix
def test_an_open_page_does_not_hold_it_up_and_a_full_lecture_hall_fits(launched):
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))  # as on a Mac
    try:
        one = launched()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    port = int(one.address().rsplit(":", 1)[1])
    if psutil.LINUX:
        assert psutil.Process(one.process.pid).rlimit(psutil.RLIMIT_NOFILE)[0] == (
            launch.FILES if hard == resource.RLIM_INFINITY else min(launch.FILES, hard)
        )
    with socket.create_connection((launch.HERE, port)) as page:
        request = (
            f"GET /_stcore/stream HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        page.sendall(request.encode())
        assert b" 101 " in page.recv(4096)
        one.process.send_signal(signal.SIGINT)
        assert one.left() == []


def test_killed_it_leaves_no_process_either(launched):
    one = launched()
    one.address()
    one.process.kill()
    assert one.left() == []


def test_it_listens_on_this_machine_only_with_the_apps_own_settings(launched, tmp_path):
    one = launched()
    address = one.address()
    listening = [c for c in psutil.Process(one.process.pid).net_connections("tcp") if c.status == psutil.CONN_LISTEN]
    assert {connection.laddr.ip for connection in listening} == {"127.0.0.1"} and address.startswith("http://127.0.0.1:")
    with urllib.request.urlopen(f"{address}/_stcore/health", timeout=5) as answer:
        assert answer.status == 200
    assert not [line for line in one.out.read_text().splitlines() if "URL" in line]  # nothing was asked on the internet


def test_a_chosen_port_is_used_and_a_taken_one_is_told(launched):
    with taken() as listening:
        port = listening.getsockname()[1]
        refused = launched("--port", str(port))
        assert refused.process.wait(30) == 1
        *_, last = refused.err.read_text().splitlines()
        assert last == f"app.py: port {port} cannot be used; choose another one, or none to let one be found"
        assert refused.out.read_text() == ""
    assert launched("--port", str(port)).address() == f"http://127.0.0.1:{port}"


def test_without_a_wish_two_of_them_find_a_port_each(launched):
    addresses = {launched().address(), launched().address()}
    assert len(addresses) == 2
    for address in addresses:
        with urllib.request.urlopen(f"{address}/healthz", timeout=5) as answer:
            assert answer.status == 200


@pytest.mark.parametrize(
    "options", [["--port", "0"], ["--port", "http"], ["--port", "70000"], ["--port", "٣"], ["--window"], ["x"]]
)
def test_a_bad_option_is_told_in_one_line(options, capsys):
    with pytest.raises(SystemExit) as left:
        launch.options(options)
    message = capsys.readouterr().err
    assert left.value.code == 2 and message.startswith("app.py: ") and message.count("\n") == 1
    assert options[-1] in message and (options[0] != "--port" or "1 to 65535" in message)


def test_the_browser_is_opened_once_the_server_is_up_and_not_before(monkeypatch, capsys):
    monkeypatch.setattr(launch, "up", threading.Event())
    opened: list[tuple[str, bool]] = []
    waiting = threading.Thread(target=launch.announce, args=(True, lambda url: opened.append((url, launch.up.is_set()))))
    waiting.start()
    waiting.join(0.2)
    assert waiting.is_alive() and opened == []
    launch.up.set()
    waiting.join(10)
    assert opened == [(capsys.readouterr().out.split()[2], True)] and opened[0][0].startswith("http://127.0.0.1:")


def test_a_server_that_never_comes_up_is_told_and_no_browser_opened(monkeypatch, capsys):
    monkeypatch.setattr(launch, "PATIENCE", 0.1)
    monkeypatch.setattr(launch, "up", threading.Event())
    opened: list[str] = []
    assert not launch.announce(True, opened.append)
    assert opened == [] and "was not up" in capsys.readouterr().err
