"""Compresses what never changes while the app runs, once: the browser's modules, Streamlit's and ours.

Streamlit sends its own files as they are, because Starlette's middleware would compress them anew for every visitor. Here each is
compressed when it is first asked for, and kept. The websocket and what is made for one page only go past this.
"""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import MutableMapping
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Receive, Scope, Send

PLACES = ("/static/", "/lab/")
ENDINGS = (".js", ".css", ".svg", ".json", ".html")
LEAST = 500  # bytes: below, the headers weigh more
LEVEL = 6


class Compressed:
    """ASGI middleware. Whoever accepts gzip gets such a file compressed; the answer's ETag tells whether a kept one is still it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.kept: dict[str, tuple[str, bytes]] = {}  # path -> (ETag of the plain file, compressed file)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        wanted = scope["type"] == "http" and scope["method"] == "GET" and path.endswith(ENDINGS)
        if not wanted or not any(place in path for place in PLACES) or "range" in Headers(scope=scope):
            await self.app(scope, receive, send)
            return
        accepts = "gzip" in Headers(scope=scope).get("accept-encoding", "")
        plain = [(name, value) for name, value in scope["headers"] if name != b"accept-encoding"]
        answer = _Answer()
        await self.app({**scope, "headers": plain, "extensions": {}}, receive, answer)
        await answer.send_on(send, await self._body(path, answer) if accepts else None)

    async def _body(self, path: str, answer: _Answer) -> bytes | None:
        """The compressed file; None where the answer is none that can be."""
        etag = Headers(raw=answer.start.get("headers", [])).get("etag", "")
        if answer.start["status"] != 200 or len(answer.body) < LEAST or not etag:
            return None
        if self.kept.get(path, ("",))[0] != etag:
            packed = await asyncio.to_thread(gzip.compress, bytes(answer.body), LEVEL, mtime=0)
            self.kept[path] = (etag, packed)
        return self.kept[path][1]


class _Answer:
    """Takes an answer in, to be sent on as a whole."""

    def __init__(self) -> None:
        self.start: MutableMapping[str, Any] = {}
        self.body = bytearray()

    async def __call__(self, message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.start = message
        elif message["type"] == "http.response.body":
            self.body += message.get("body", b"")

    async def send_on(self, send: Send, packed: bytes | None) -> None:
        headers = MutableHeaders(raw=self.start.setdefault("headers", []))
        headers.add_vary_header("Accept-Encoding")
        if packed is not None:
            headers["Content-Encoding"] = "gzip"
            headers["Content-Length"] = str(len(packed))
            headers["ETag"] = f"W/{headers['etag'].removeprefix('W/')}"  # the same file, other bytes
        await send(self.start)
        await send({"type": "http.response.body", "body": bytes(self.body) if packed is None else packed})
