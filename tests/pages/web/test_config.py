"""The server: local, quiet, light, and giving away no file but its own browser code."""

from __future__ import annotations

import http.client
import socket
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import psutil
import pytest

from engine.core import registry
from tests.processes import workers_of

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def config() -> dict:
    return tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("section", "name", "value"),
    [
        ("runner", "postScriptGC", False),
        ("browser", "gatherUsageStats", False),
        ("server", "address", "127.0.0.1"),
        ("server", "enableStaticServing", False),
    ],
)
def test_a_setting_that_was_paid_for_stays(config, section, name, value):
    assert config[section][name] == value


def test_settings_that_protect_are_not_weakened(config):
    assert config["client"].get("showErrorDetails") in ("none", "type", "stacktrace")
    assert config["client"]["showErrorDetails"] != "stacktrace"
    assert config["server"]["maxUploadSize"] <= 5 and config["server"]["maxMessageSize"] <= 50
    assert config["server"].get("enableXsrfProtection", True) and config["server"].get("enableCORS", True)
    assert not config["server"].get("enableAgentApi", False)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """`streamlit run app.py` on a free port: (port, process)."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = (tmp_path_factory.mktemp("server") / "log").open("wb")
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless=true", f"--server.port={port}"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT)
    try:
        end = time.monotonic() + 60
        while True:
            try:
                if get(port, "/_stcore/health")[0] == 200:
                    break
            except OSError:
                pass
            assert process.poll() is None and time.monotonic() < end, Path(log.name).read_text()[-2000:]
            time.sleep(0.05)
        yield port, process
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        log.close()


def get(port: int, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    """A request whose path is sent exactly as it stands."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.putrequest("GET", path, skip_host=False)
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders()
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    finally:
        connection.close()


@pytest.mark.parametrize("path", ["/", "/lab/live/stream.js", "/lab/picture/nothing", "/no/such/page.js", "/_stcore/health"])
def test_every_answer_carries_the_security_headers(server, path):
    _, headers, _ = get(server[0], path)
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "frame-ancestors" in headers["content-security-policy"]


def test_the_browsers_code_is_served_as_javascript_and_revalidated(server):
    status, headers, body = get(server[0], "/lab/live/stream.js")
    assert status == 200 and "javascript" in headers["content-type"] and headers["cache-control"] == "no-cache"
    assert body == (ROOT / "assets" / "lab" / "live" / "stream.js").read_bytes()


TRAVERSAL = [
    "/lab/../app.py",
    "/lab/../../app.py",
    "/lab/%2e%2e/app.py",
    "/lab/%2e%2e%2fapp.py",
    "/lab/..%2f..%2fapp.py",
    "/lab/..%5c..%5capp.py",
    "/lab/%252e%252e/app.py",
    "/lab//etc/passwd",
    "/lab/./../../../../../../../etc/passwd",
    "/lab/%2fetc%2fpasswd",
    "/lab/live/stream.js%00.txt",
    "/lab/../translations/zh/kit.po",
    "/lab/picture/..%2f..%2f..%2fapp.py",
    "/lab/picture/%2e%2e%2f%2e%2e%2fapp",
    "/app/static/../../etc/passwd",
    "/app/static/../app.py",
    "/component/x/..%2f..%2fapp.py",
    "/media/../app.py",
    "/static/../../../../../../etc/passwd",
    "/app.py",
    "/engine/core/pool.py",
    "/.streamlit/config.toml",
    "/.git/config",
    "/requirements.txt",
]


@pytest.mark.parametrize("path", TRAVERSAL)
def test_no_path_leads_to_a_file_that_is_not_served(server, path):
    status, _, body = get(server[0], path)
    for secret in (b"root:x:0", b"WebSocketRoute(", b"streamlit==", b"[runner]", b"[core]", b"msgid", b"class WorkerProcess"):
        assert secret not in body, f"{path} gave a file away"
    assert status in (200, 301, 302, 303, 307, 308, 400, 403, 404, 405)  # 200 is the app's own page for an unknown address


@pytest.mark.parametrize("query", ["lang=xx", "theme=<b>", "lang=../../etc", "lang=en&theme="])
def test_a_picture_in_a_language_or_theme_that_is_not_there_is_not_found(server, query):
    slug = next(iter(registry.topics()))
    assert get(server[0], f"/lab/picture/{slug}?{query}")[0] == 404


def test_the_picture_of_every_recorded_lab_is_served(server):
    from engine.core import wire
    from pages.kit.live.stage.recording import recorded

    for slug in registry.topics():
        status, _, body = get(server[0], f"/lab/picture/{slug}?lang=zh&theme=dark")
        if recorded(slug) is None:
            assert status == 404
        else:
            assert status == 200 and wire.unpack(body)[0]["figures"]["cover"]["data"]


def test_a_websocket_from_another_origin_is_refused_by_the_real_server(server):
    for origin, accepted in ((f"http://127.0.0.1:{server[0]}", True), ("http://evil.example", False), ("null", False)):
        status, _, _ = handshake(server[0], origin)
        assert (status == 101) == accepted, origin


def handshake(port: int, origin: str) -> tuple[int, bytes, bytes]:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        request = (
            f"GET /lab/stream HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nOrigin: {origin}\r\n\r\n"
        )
        connection.sendall(request.encode())
        answer = connection.recv(4096)
    return int(answer.split(b" ", 2)[1]), answer, b""


def test_the_server_listens_on_this_machine_only(server):
    listening = [c for c in psutil.Process(server[1].pid).net_connections("tcp") if c.status == psutil.CONN_LISTEN]
    assert listening and {connection.laddr.ip for connection in listening} <= {"127.0.0.1", "::1"}


def has_torch(pid: int) -> bool:
    return "libtorch" in Path(f"/proc/{pid}/maps").read_text()


def test_the_app_process_has_no_torch_and_its_workers_have(server):
    _, process = server
    assert not has_torch(process.pid)
    end = time.monotonic() + 60
    while len(workers := workers_of(process.pid)) < 2 or not all(has_torch(worker.pid) for worker in workers):
        assert time.monotonic() < end, "no workers that have imported torch"
        time.sleep(0.1)
    assert not has_torch(process.pid)


def test_stopping_the_server_stops_its_workers(server):
    """Runs last in this file: it ends the server."""
    _, process = server
    children = psutil.Process(process.pid).children(recursive=True)
    process.terminate()
    process.wait(20)
    _, left = psutil.wait_procs(children, timeout=10)
    assert left == []
