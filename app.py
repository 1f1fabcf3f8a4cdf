"""Starts Latent Lab: `streamlit run app.py`. The page is drawn by pages/shell.py; here are its server's parts."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles

from engine.core import registry
from pages.kit.desk import desk
from pages.kit.headers import SecurityHeaders
from pages.kit.pictures import cover, picture
from pages.kit.stream import stream

ROOT = Path(__file__).resolve().parent
SWEEP_EVERY = 5.0  # seconds between looks for runs whose page has long gone


@asynccontextmanager
async def lifespan(app: st.App) -> AsyncIterator[None]:
    """Workers start with the server (in the background) and stop with it."""
    desk().pool.start()
    threading.Thread(target=prepare, daemon=True).start()
    sweeper = asyncio.create_task(_sweep())
    try:
        yield
    finally:
        sweeper.cancel()
        await asyncio.to_thread(desk().close)


def prepare() -> None:
    """Import and draw once what the first page would otherwise wait for (the first plotly figure alone takes 0.1 s)."""
    for slug in registry.topics():
        with suppress(LookupError):
            cover(slug, "en", "light")


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
        Route("/lab/picture/{slug}", picture),
        Mount("/lab", StaticFiles(directory=ROOT / "assets" / "lab")),
    ],
    middleware=[Middleware(SecurityHeaders)],
)
