"""A visitor without a browser: Streamlit's own websocket for the page, ours for what moves. Real sockets, no mocks."""

from __future__ import annotations

import asyncio
import json
import re
import time
from contextlib import suppress
from typing import Any
from urllib.parse import urlencode

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from engine.core import wire

TOKEN = re.compile(rb'"run":\s*"([0-9a-f]{32})"')
VIEW = re.compile(rb'"view":\s*"([\w|-]+)"')


class Visitor:
    """One open page: loads it, watches its views, answers every frame as a browser does, and counts."""

    def __init__(self, url: str, slug: str, **query: Any) -> None:
        self.url, self.slug, self.query = url, slug, query
        self.status: dict[str, Any] = {}
        self.frames = 0
        self.bytes = 0
        self.errors: list[str] = []
        self.waits: list[float] = []  # seconds from an action to the frame that shows it
        self._news = asyncio.Condition()
        self._tasks: list[asyncio.Task[None]] = []

    async def arrive(self) -> None:
        """Load the page and look at its first figures."""
        host = self.url.removeprefix("http://")
        self.page = await connect(
            f"ws://{host}/_stcore/stream",
            origin=self.url,
            subprotocols=["streamlit"],
            max_size=None,  # type: ignore[arg-type, list-item]
        )
        message = BackMsg()
        message.rerun_script.query_string = urlencode(self.query)
        message.rerun_script.page_name = self.slug
        await self.page.send(message.SerializeToString())
        token, views = b"", []
        while not token or not views:
            data = await asyncio.wait_for(self.page.recv(), 60)
            assert isinstance(data, bytes)
            self.heard(data)
            token = (TOKEN.findall(data) or [token])[0]
            views += VIEW.findall(data)
        self._tasks.append(asyncio.create_task(self._drain(self.page)))
        self.token, self.views = token.decode(), [view.decode() for view in dict.fromkeys(views[:2])]
        await self.look()

    async def look(self) -> None:
        """Connect to the run's stream (again, after the line was lost), and wait for its first status."""
        self.status = {}
        self.line = await connect(f"ws://{self.url.removeprefix('http://')}/lab/stream", origin=self.url, max_size=None)  # type: ignore[arg-type]
        await self.say("hello", run=self.token, theme="light")
        for view in self.views:
            await self.say("view", name=view, on=True)
        self._tasks.append(asyncio.create_task(self._read()))
        await self.until(lambda status: status.get("recorded") is False or status.get("state") == "waiting", 120)

    async def say(self, kind: str, **more: Any) -> None:
        await self.line.send(json.dumps({"type": kind, **more}))

    async def act(self, values: dict[str, Any]) -> None:
        """Move a control, and measure how long it takes until a frame shows it; that none did is an error."""
        begin = time.perf_counter()
        await self.say("set", values=values, final=True)
        try:
            await self.until(lambda status: all(status.get("params", {}).get(name) == v for name, v in values.items()), 30)
        except TimeoutError:
            self.errors.append(f"{values} was not in force after 30 s: {self.status}")
        self.waits.append(time.perf_counter() - begin)

    async def until(self, true: Any, seconds: float) -> None:
        async with asyncio.timeout(seconds), self._news:
            await self._news.wait_for(lambda: bool(self.status) and true(self.status))

    def heard(self, data: bytes) -> None:
        """A message of the page's own connection."""
        ForwardMsg().ParseFromString(data)  # what a browser would have to understand

    async def _drain(self, socket: ClientConnection) -> None:
        with suppress(ConnectionClosed):
            async for data in socket:
                assert isinstance(data, bytes)
                self.heard(data)

    async def _read(self) -> None:
        try:
            async for data in self.line:
                if isinstance(data, bytes):
                    header, _ = wire.unpack(data)
                    self.frames += 1
                    self.bytes += len(data)
                    await self.say("drawn", id=header["id"])
                else:
                    header = json.loads(data)
                    if header["type"] == "gone":
                        self.errors.append("the run is gone")
                if "status" in header:
                    async with self._news:
                        self.status = header["status"]
                        self._news.notify_all()
                    if self.status["state"] in ("diverged", "lost"):
                        self.errors.append(f"{self.status['state']}: {self.status['message']}")
        except Exception as error:
            self.errors.append(repr(error))

    async def leave(self) -> None:
        """Close the tab."""
        for task in self._tasks:
            task.cancel()
        for socket in (getattr(self, "line", None), getattr(self, "page", None)):
            if socket is not None:
                await socket.close()
