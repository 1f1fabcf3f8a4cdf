"""Who may talk to this server: pages of its own, under a name of its own.

Two things are kept out. A page of another site that opens our websocket in somebody's browser: its origin differs from
the host it asks. And a site whose name has been pointed at this machine, so that its own page seems to be ours: the
host it asks is a name that nobody gave this server.
"""

from __future__ import annotations

import ipaddress
import logging
from collections.abc import Sequence
from urllib.parse import urlsplit

import streamlit as st
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from engine.workers import logs
from pages.kit.live.metrics import meters
from pages.kit.live.settings import settings

REFUSED = 1008  # the websocket's code for "against the rules": the page does not try again
OPEN_TO_ALL = "/healthz"  # what watches a container asks by whatever address it has


def hostname(host: str | None) -> str:
    """The name in a Host header, without the port, in lower case; "" where there is none that makes sense."""
    try:
        return urlsplit(f"//{host or ''}").hostname or ""
    except ValueError:
        return ""


def is_loopback(name: str) -> bool:
    """Whether a host name or address means this machine itself."""
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def is_address(name: str) -> bool:
    """Whether a host is a plain address: no other site can make its name look like that."""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def host_allowed(host: str | None, listening: str, allowed: Sequence[str]) -> bool:
    """Whether a Host header names this server, which listens on `listening` and is known by the names `allowed`.

    Names may begin with `*.`. Where none are given, a server on this machine only is known by local names alone, and
    any other one by every name.
    """
    name = hostname(host)
    if is_address(name) or is_loopback(name):
        return True
    if not allowed:
        return bool(name) and not is_loopback(listening)
    return any(name == entry.lower() or (entry.startswith("*.") and name.endswith(entry[1:].lower())) for entry in allowed)


def same_origin(connection: HTTPConnection) -> bool:
    """Whether the page that opened a websocket came from this server (browsers always send an origin)."""
    origin = connection.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == connection.headers.get("host")


def refuse(connection: HTTPConnection) -> None:
    """Note a refused websocket: counted, and told with what the operator of a proxy needs to see."""
    meters().refused.labels("origin").inc()
    origin, host = connection.headers.get("origin"), connection.headers.get("host")
    logs.event("origin.refused", logging.WARNING, origin=origin, host=host)


class OwnPagesOnly:
    """ASGI middleware that lets only such requests through.

    It also hides the origin of plain requests from Streamlit: to a page of its own it owes no cross-origin headers, and
    to find out whether another origin deserves some it would ask a server on the internet for this machine's address.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        connection = HTTPConnection(scope)
        listening = st.get_option("server.address") or ""
        names = [*settings().allowed_hosts, *st.get_option("server.allowedHosts")]
        known = host_allowed(connection.headers.get("host"), listening, names)
        if scope["type"] == "websocket":
            if known and same_origin(connection):
                await self.app(scope, receive, send)
            else:
                refuse(connection)
                await send({"type": "websocket.close", "code": REFUSED})
        elif known or scope["path"] == OPEN_TO_ALL:
            visible = [(name, value) for name, value in scope["headers"] if name != b"origin"]
            await self.app({**scope, "headers": visible}, receive, send)
        else:
            text = "This server is not known by that name. Its operator can add it: LATENT_LAB_HOSTS=name.\n"
            await PlainTextResponse(text, status_code=400)(scope, receive, send)
