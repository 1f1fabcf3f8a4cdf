"""The headers of every answer, and who may talk to the server at all."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path

import pytest
import streamlit
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

from pages.kit.live.metrics import meters
from pages.kit.live.settings import settings
from pages.kit.web import origin
from pages.kit.web.headers import SecurityHeaders, headers, inline_scripts, policy


def rules(host: str = "here:1") -> dict[str, list[str]]:
    return {name: values for name, *values in (rule.split(" ") for rule in policy(host).split("; "))}


def test_the_policy_lets_nothing_in_from_elsewhere():
    allowed = {value for name, values in rules().items() if name != "frame-ancestors" for value in values}
    names = {"'self'", "'none'", "data:", "blob:", "'unsafe-inline'", "'wasm-unsafe-eval'", "ws://here:1", "wss://here:1"}
    assert allowed == names | set(inline_scripts())


def test_scripts_are_our_own_files_and_never_text():
    scripts = rules()["script-src"]
    assert "'unsafe-inline'" not in scripts and "'unsafe-eval'" not in scripts and "data:" not in scripts
    assert rules()["object-src"] == rules()["frame-src"] == ["'none'"]
    assert rules()["base-uri"] == rules()["form-action"] == rules()["default-src"] == ["'self'"]


def test_the_only_inline_scripts_are_those_of_streamlits_own_page():
    page = (Path(streamlit.__file__).parent / "static" / "index.html").read_text(encoding="utf-8")
    scripts = re.findall(r"<script([^>]*)>(.*?)</script>", page, re.DOTALL)
    inline = [text for attributes, text in scripts if "src=" not in attributes]
    digests = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in inline]
    assert list(inline_scripts()) == [f"'sha256-{digest}'" for digest in digests]


@pytest.mark.parametrize("host", ["", "x; script-src *", "x y", "x,y", "'self'", "[::1", "x:port", "*", "x\r\nSet-Cookie: a"])
def test_a_host_that_is_none_changes_nothing_in_the_policy(host):
    assert rules(host)["connect-src"] == ["'self'"] and policy(host) == policy("")


@pytest.mark.parametrize("host", ["lab.example", "127.0.0.1:8501", "[::1]:8501"])
def test_the_pages_own_websocket_is_named(host):
    assert rules(host)["connect-src"] == ["'self'", f"ws://{host}", f"wss://{host}"]


@pytest.mark.parametrize(
    ("value", "wanted"), [("'none'", ["'none'"]), ("'self' https://a.example", ["'self'", "https://a.example"])]
)
def test_who_may_embed_the_app_is_a_setting(monkeypatch, value, wanted):
    monkeypatch.setenv("LATENT_LAB_FRAME_ANCESTORS", value)
    assert rules()["frame-ancestors"] == wanted


@pytest.mark.parametrize("value", ["", "'self'; script-src *", "a, b", "a\nb", "'self'\r\nX: y"])
def test_a_setting_that_would_add_rules_stops_the_server_with_what_is_allowed(monkeypatch, value):
    monkeypatch.setenv("LATENT_LAB_FRAME_ANCESTORS", value)
    with pytest.raises(ValueError, match=r"LATENT_LAB_FRAME_ANCESTORS is .*allowed: 'none', 'self'"):
        SecurityHeaders(Starlette())


def test_features_of_the_machine_are_off_and_windows_are_apart():
    sent = headers("x")
    assert sent["X-Content-Type-Options"] == "nosniff" and sent["Referrer-Policy"] == "no-referrer"
    assert sent["Cross-Origin-Opener-Policy"] == sent["Cross-Origin-Resource-Policy"] == "same-origin"
    for feature in ("camera", "microphone", "geolocation", "display-capture", "usb"):
        assert f"{feature}=()" in sent["Permissions-Policy"]
    assert "fullscreen" not in sent["Permissions-Policy"] and "clipboard" not in sent["Permissions-Policy"]  # pages use them


# ---- who may talk to the server


@pytest.mark.parametrize(
    ("host", "listening", "names", "allowed"),
    [
        ("localhost:8501", "127.0.0.1", [], True),
        ("lab.localhost", "127.0.0.1", [], True),
        ("127.0.0.1:8501", "127.0.0.1", [], True),
        ("[::1]:8501", "127.0.0.1", [], True),
        ("evil.example:8501", "127.0.0.1", [], False),  # a name that somebody has pointed at this machine
        ("localhost.evil.example", "127.0.0.1", [], False),
        ("127.0.0.1.evil.example", "127.0.0.1", [], False),
        ("evil.example", "localhost", [], False),
        ("lab.uni.example", "0.0.0.0", [], True),  # a server for others, whose names are not known
        ("10.1.2.3:8501", "0.0.0.0", [], True),
        ("lab.uni.example:443", "127.0.0.1", ["lab.uni.example"], True),  # behind a proxy on the same machine
        ("LAB.uni.example", "0.0.0.0", ["lab.uni.EXAMPLE"], True),
        ("other.uni.example", "0.0.0.0", ["lab.uni.example"], False),
        ("a.uni.example", "0.0.0.0", ["*.uni.example"], True),
        ("uni.example", "0.0.0.0", ["*.uni.example"], False),
        ("evil-uni.example", "0.0.0.0", ["*.uni.example"], False),
        ("10.1.2.3", "0.0.0.0", ["lab.uni.example"], True),  # no other site can have that as its name
        (None, "0.0.0.0", [], False),
        ("", "0.0.0.0", [], False),
        ("[::1", "0.0.0.0", [], False),
    ],
)
def test_a_server_answers_to_its_own_names_only(host, listening, names, allowed):
    assert origin.host_allowed(host, listening, names) == allowed


async def echo(request: Request) -> JSONResponse:
    return JSONResponse(dict(request.headers))


async def greet(socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_text("hello")
    await socket.close()


def client(base_url: str) -> TestClient:
    routes = [Route("/", echo), Route("/healthz", echo), WebSocketRoute("/_stcore/stream", greet)]
    return TestClient(Starlette(routes=routes, middleware=[Middleware(origin.OwnPagesOnly)]), base_url)


def test_streamlit_never_sees_an_origin_to_look_up():
    seen = client("http://127.0.0.1").get("/", headers={"Origin": "http://lab.example", "X-Other": "kept"}).json()
    assert "origin" not in seen and seen["x-other"] == "kept"


def test_a_foreign_name_is_answered_with_what_to_do_and_nothing_of_ours(monkeypatch):
    answer = client("http://lab.example").get("/")
    assert answer.status_code == 400 and "LATENT_LAB_HOSTS" in answer.text
    monkeypatch.setenv("LATENT_LAB_HOSTS", "lab.example, *.uni.example")
    settings.cache_clear()
    try:
        assert client("http://lab.example").get("/").status_code == client("http://a.uni.example").get("/").status_code == 200
        assert client("http://evil.example").get("/").status_code == 400
    finally:
        settings.cache_clear()
    assert client("http://10.9.8.7.probe.example").get("/healthz").status_code == 200  # whoever watches may use any name


@pytest.mark.parametrize(
    ("host", "asking", "accepted"),
    [
        ("127.0.0.1:8501", "http://127.0.0.1:8501", True),
        ("127.0.0.1:8501", "https://127.0.0.1:8501", True),
        ("127.0.0.1:8501", None, True),  # not a browser
        ("127.0.0.1:8501", "http://evil.example", False),
        ("127.0.0.1:8501", "http://127.0.0.1:9999", False),
        ("127.0.0.1:8501", "null", False),
        ("evil.example:8501", "http://evil.example:8501", False),
    ],
)
def test_a_websocket_is_for_pages_of_this_server_under_its_own_name(host, asking, accepted):
    before = meters().refused.labels("origin")._value.get()
    sent = {"host": host} if asking is None else {"host": host, "origin": asking}
    connecting = client("http://testserver").websocket_connect("/_stcore/stream", headers=sent)
    if accepted:
        with connecting as socket:
            assert socket.receive_text() == "hello"
    else:
        with pytest.raises(WebSocketDisconnect) as closed, connecting:
            pass
        assert closed.value.code == origin.REFUSED
    assert meters().refused.labels("origin")._value.get() == before + (not accepted)
