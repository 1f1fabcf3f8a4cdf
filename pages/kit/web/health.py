"""Two addresses for whoever runs the app: is it well (`/healthz`), and how much does it do (`/metrics`)."""

from __future__ import annotations

import os
import time
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

import engine
from pages.kit.live.metrics import CONTENT_TYPE, meters
from pages.kit.live.runs import Desk, desk
from pages.kit.web.origin import hostname, is_loopback

STARTED = time.monotonic()
WARM_UP = 120.0  # seconds a worker may take until it is ready: with more, it will not be
PASSED_ON = ("x-forwarded-for", "x-real-ip", "forwarded", "via")  # headers by which a proxy shows itself
NO_STORE = {"Cache-Control": "no-store"}
CLOSED = "Metrics are given to this machine only; LATENT_LAB_METRICS=1 opens them.\n"


def uptime() -> float:
    """Seconds since this process began to be a server."""
    return round(time.monotonic() - STARTED, 1)


def report(of: Desk) -> tuple[dict[str, Any], int]:
    """The state of the app and its HTTP status: 503 when no worker can be had, 200 otherwise. No names, no paths."""
    pool = of.pool
    alive, ready = pool.alive, pool.ready
    hopeful = [worker for worker in alive if time.monotonic() - worker.begun < WARM_UP]
    content = {
        "status": "ok" if len(ready) == pool.size else "degraded",
        "version": engine.__version__,
        "workers": {"size": pool.size, "alive": len(alive), "ready": len(ready)},
        "sessions": len(of),
        "uptime": uptime(),
    }
    return content, 200 if ready or hopeful else 503


async def healthz(request: Request) -> Response:
    """Route `/healthz`."""
    content, status = report(desk())
    return JSONResponse(content, status, headers=NO_STORE)


def may_read_metrics(connection: HTTPConnection) -> bool:
    """Whether the numbers are for this reader.

    How much a class computes is nobody's business but the operator's, so by default only this machine itself may ask:
    directly, by a local name, through no proxy. LATENT_LAB_METRICS=1 opens them to everyone who reaches the server, for
    a collector on another machine; the network around it must then keep others out.
    """
    if os.environ.get("LATENT_LAB_METRICS") == "1":
        return True
    headers = connection.headers
    client = connection.client.host if connection.client is not None else ""
    return is_loopback(client) and is_loopback(hostname(headers.get("host"))) and not any(name in headers for name in PASSED_ON)


def numbers(house: Desk) -> bytes:
    """All numbers of the app as OpenMetrics text."""
    return meters().page(house.runs, [sweep.state for sweep in list(house.sweeps.values())], house.pool)


async def metrics(request: Request) -> Response:
    """Route `/metrics`."""
    if not may_read_metrics(request):
        return PlainTextResponse(CLOSED, 403)
    text = await run_in_threadpool(numbers, desk())
    return Response(text, media_type=CONTENT_TYPE, headers=NO_STORE)


class MetricsForOperators:
    """ASGI middleware that keeps Streamlit's own numbers (sessions, memory of caches) for the same readers as ours."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].endswith("/_stcore/metrics") and not may_read_metrics(Request(scope)):
            await PlainTextResponse(CLOSED, 403)(scope, receive, send)
        else:
            await self.app(scope, receive, send)
