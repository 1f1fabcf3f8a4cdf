"""The websocket of a page's sweep: plans in, progress and the models' pictures out.

While somebody glides through the models nothing travels: all pictures of the chosen view are in the browser.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from pages.kit.live.runs import desk, sweep_of
from pages.kit.live.sweep import PageSweep
from pages.kit.web.origin import REFUSED, refuse, same_origin
from pages.kit.web.packing import encode
from pages.kit.web.stream import PATIENCE, _read, last_run

TURN = 0.2  # seconds between two looks at the training
REDRAW = 1.0  # seconds at least between two sets of pictures while it trains
SHARE = 4  # pictures are drawn at most one SHARE-th of the time


class Line:
    """One connection: what the page shows, and what it has not yet been sent."""

    def __init__(self, socket: WebSocket, sweep: PageSweep, theme: str) -> None:
        self.socket, self.sweep, self.theme = socket, sweep, theme
        self.view = self.quantity = self.settled = ""
        self.number = 0
        self.told = (0, "")  # which sweep, and its state
        self.stale = {"view": True, "summary": True}
        self.news = True
        self.unanswered_since: float | None = None
        self.drawn_at = self.took = 0.0

    @property
    def training(self) -> bool:
        return self.sweep.under_way

    @property
    def standing(self) -> tuple[int, str]:
        return self.sweep.number, self.sweep.state

    @property
    def shown(self) -> str:
        """The quantity beside the glide: the one that was chosen; else, while it trains, the one with which it began."""
        return self.quantity or (self.settled if self.training else "")

    @property
    def clear(self) -> bool:
        return self.unanswered_since is None or time.monotonic() - self.unanswered_since > PATIENCE

    @property
    def due(self) -> bool:
        """Whether pictures should be drawn now."""
        rested = not self.training or time.monotonic() - self.drawn_at > max(REDRAW, SHARE * self.took)
        return any(self.stale.values()) and self.clear and rested and self.sweep.sweep is not None

    def everything(self) -> None:
        """All that the page shows is out of date."""
        self.stale = {"view": True, "summary": True}
        self.news = True

    async def tell(self) -> None:
        """Send where the sweep stands."""
        self.news, self.told = False, self.standing
        status = await asyncio.to_thread(self.sweep.status, self.view, self.shown)
        self.settled = status.get("quantity", "") if self.training else ""
        await self.socket.send_json({"type": "status", "status": status})

    async def show(self) -> None:
        """Draw what is stale in a thread, and send it."""
        begin = time.monotonic()
        self.number += 1
        stale, self.stale = self.stale, {"view": False, "summary": False}
        data = await asyncio.to_thread(self._draw, stale)
        self.took, self.drawn_at = time.monotonic() - begin, time.monotonic()
        if data is not None:
            self.unanswered_since = time.monotonic()
            await self.socket.send_bytes(data)

    def _draw(self, stale: dict[str, bool]) -> bytes | None:
        sweep, number = self.sweep, self.sweep.number
        look = sweep.run.style(self.theme)
        view = sweep.view_or_first(self.view) if stale["view"] else ""
        pictures = sweep.pictures(view, look) if view else {}
        summary = sweep.summary(self.shown, look) if stale["summary"] else None
        figures = pictures if summary is None else {**pictures, "summary": summary}
        header = {"type": "figures", "id": self.number, "sweep": number, "view": view if pictures else ""}
        return encode(header, figures) if figures else None


async def sweep(socket: WebSocket) -> None:
    """The route's endpoint."""
    if not same_origin(socket):
        refuse(socket)
        await socket.close(code=REFUSED)
        return
    await socket.accept()
    with suppress(WebSocketDisconnect, RuntimeError):
        hello = await _read(socket)
        token = str(hello.get("run", "")) if hello else ""
        run = desk().attach(token, await last_run(hello or {}))
        if run is None:
            await socket.send_json({"type": "gone"})
            await socket.close()
            return
        line = Line(socket, sweep_of(run), "dark" if hello and hello.get("theme") == "dark" else "light")
        try:
            await _serve(line)
        finally:
            await asyncio.to_thread(line.sweep.rest)
            await asyncio.to_thread(desk().detach, token)


async def _serve(line: Line) -> None:
    inbox: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()

    async def listen() -> None:
        try:
            while True:
                message = await _read(line.socket)
                if message is not None:
                    inbox.put_nowait(message)
        except (WebSocketDisconnect, RuntimeError):
            inbox.put_nowait(None)

    listener = asyncio.create_task(listen())
    task: asyncio.Task[None] | None = None
    try:
        while line.socket.client_state == WebSocketState.CONNECTED:
            if line.standing != line.told:  # a chapter's Play has begun another sweep, or a chapter has cleared one away
                line.settled = line.settled if line.sweep.number == line.told[0] else ""
                line.everything()
            if line.news:  # before the training is looked at: its first look may take as long as building the models
                await line.tell()
            if line.training and await asyncio.to_thread(line.sweep.poll):
                line.everything()
                await line.tell()
            if task is None and line.due:
                task = asyncio.create_task(line.show())
                task.add_done_callback(lambda _: inbox.put_nowait({"type": "shown"}))
            planned = line.sweep.planned is not None  # the player may begin it, of which nothing is said here
            waiting = planned or line.training or (task is None and any(line.stale.values()) and line.sweep.sweep is not None)
            message: dict[str, Any] | None = {}
            with suppress(TimeoutError):
                message = await asyncio.wait_for(inbox.get(), TURN if waiting else None)
            if message is None:
                return
            if message.get("type") == "shown":
                task = None
            elif message:
                await _obey(line, message)
    finally:
        listener.cancel()
        if task is not None:
            with suppress(Exception):
                await task


async def _obey(line: Line, message: dict[str, Any]) -> None:
    """Carry out one command. What a page cannot ask for is ignored."""
    match message:
        case {"type": "drawn", "id": number}:
            if number == line.number:
                line.unanswered_since = None
        case {"type": "plan"}:
            await asyncio.to_thread(line.sweep.train, message)
            line.settled = ""
            line.everything()
        case {"type": "cancel"}:
            await asyncio.to_thread(line.sweep.cancel)
            line.everything()
        case {"type": "view", "name": str(name)}:
            line.view, line.news = name, True
            line.stale["view"] = True
        case {"type": "scalar", "name": str(name)}:
            line.quantity, line.news = name, True
            line.stale["summary"] = True
        case {"type": "theme", "value": value}:
            line.theme = "dark" if value == "dark" else "light"
            line.everything()
        case {"type": "open", "arm": arm}:
            await asyncio.to_thread(line.sweep.open, arm)
        case {"type": "csv"}:
            text = await asyncio.to_thread(line.sweep.csv)
            await line.socket.send_json({"type": "file", "name": f"{line.sweep.run.topic.slug}-sweep.csv", "text": text})
        case _:
            pass
