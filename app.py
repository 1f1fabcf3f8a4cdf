"""Starts Latent Lab: `python app.py` on a desktop, `streamlit run app.py` on a server. Here are the server's parts; the page
itself is drawn by pages/shell.py."""

from __future__ import annotations

import asyncio
import gc
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles

import engine
from engine.workers import logs
from pages.kit.gallery import search
from pages.kit.live.runs import desk
from pages.kit.live.settings import BadSettings, settings
from pages.kit.ui import sign_in
from pages.kit.web import health, launch
from pages.kit.web.document import documents
from pages.kit.web.files import made
from pages.kit.web.headers import SecurityHeaders
from pages.kit.web.origin import OwnPagesOnly
from pages.kit.web.pictures import picture
from pages.kit.web.repair import Repair
from pages.kit.web.served.compressed import Compressed
from pages.kit.web.served.saved import saved_picture
from pages.kit.web.stream import stream

ROOT = Path(__file__).resolve().parent
try:
    settings()
    sign_in.check()
except BadSettings as problem:
    sys.exit(f"Latent Lab: {problem}")
# Each visitor brings thousands of objects that stay: to look through them again and again took a sixth of an arrival.
gc.set_threshold(20_000, 10, 10)
launch.allow_files()
logs.configure()  # from here on; once more when the server starts, which may have set up its own in between
SWEEP_EVERY = 5.0  # seconds between looks for runs whose page has long gone


@asynccontextmanager
async def lifespan(app: st.App) -> AsyncIterator[None]:
    """Workers start with the server (in the background) and stop with it."""
    logs.configure(complain=True)
    logs.event("app.start", version=engine.__version__, workers=desk().pool.size)
    desk().pool.start()
    sweeper = asyncio.create_task(_sweep())
    launch.up.set()
    try:
        yield
    finally:
        sweeper.cancel()
        await asyncio.to_thread(desk().close)
        logs.event("app.stop", seconds=health.uptime())


async def _sweep() -> None:
    with suppress(asyncio.CancelledError):
        while True:
            await asyncio.sleep(SWEEP_EVERY)
            await asyncio.to_thread(desk().sweep)


app = st.App(
    str(ROOT / "pages" / "shell.py"),
    lifespan=lifespan,
    routes=[
        WebSocketRoute("/lab/stream", stream),
        Route("/healthz", health.healthz),
        Route("/metrics", health.metrics),
        Route("/lab/picture/{slug}", picture),
        Route("/lab/saved/{key}", saved_picture),
        Route("/lab/file", made, methods=["POST"]),
        Route("/lab/search", search.answer),
        Mount("/lab", StaticFiles(directory=ROOT / "assets" / "lab")),
        *documents(),
    ],
    middleware=[
        Middleware(SecurityHeaders),
        Middleware(Compressed),
        Middleware(Repair),
        Middleware(OwnPagesOnly),
        Middleware(health.MetricsForOperators),
    ],
)

if __name__ == "__main__":
    sys.exit(launch.main(app.run))
