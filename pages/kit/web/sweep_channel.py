"""What a page's websocket carries for its sweep: plans in, progress and the models' pictures out.

The page marks what is meant for it with `to: "sweep"` (stream.py passes it on). While somebody glides through the models nothing travels: all pictures of the chosen view are in the browser.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from typing import Any

from starlette.websockets import WebSocket

from pages.kit.live.sweep import PageSweep
from pages.kit.web.packing import encode

PATIENCE = 2.0  # seconds to wait for "drawn" before sending again all the same

TURN = 0.2  # seconds between two looks at the training
IDLE = 0.5  # and while nothing is trained: the player may begin a chapter's sweep, of which nothing is said here
REDRAW = 1.0  # seconds at least between two sets of pictures while it trains
SHARE = 4  # pictures are drawn at most one SHARE-th of the time


class SweepChannel:
    """What one page shows of its sweep, and what it has not yet been sent. It is served in a task of its own until it is left."""

    def __init__(self, socket: WebSocket, sweep: PageSweep, theme: str) -> None:
        self.socket, self.sweep, self.theme = socket, sweep, theme
        self.view = self.quantity = self.settled = ""
        self.number = 0
        self.told = (0, "")  # which sweep, and its state
        self.stale = {"view": True, "summary": True}
        self.news = True
        self.unanswered_since: float | None = None
        self.inbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.left = False
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

    def leave(self) -> None:
        """The page shows its sweep no more. Not by cancelling the task: a wait that ends at that moment would swallow it."""
        self.left = True
        self.inbox.put_nowait({})

    def everything(self) -> None:
        """All that the page shows is out of date."""
        self.stale = {"view": True, "summary": True}
        self.news = True

    async def tell(self) -> None:
        """Send where the sweep stands."""
        self.news, self.told = False, self.standing
        status = await asyncio.to_thread(self.sweep.status, self.view, self.shown)
        self.settled = status.get("quantity", "") if self.training else ""
        await self.socket.send_json({"type": "sweep", "status": status})

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


async def serve(channel: SweepChannel) -> None:
    """Tell and show what changes until the page leaves; then the training rests."""
    inbox = channel.inbox
    task: asyncio.Task[None] | None = None
    try:
        while not channel.left:
            if channel.standing != channel.told:  # a chapter's Play has begun another sweep, or a chapter has cleared one away
                channel.settled = channel.settled if channel.sweep.number == channel.told[0] else ""
                channel.everything()
            if channel.news:  # before the training is looked at: its first look may take as long as building the models
                await channel.tell()
            if channel.training and await asyncio.to_thread(channel.sweep.poll):
                channel.everything()
                await channel.tell()
            if task is None and channel.due:
                task = asyncio.create_task(channel.show())
                task.add_done_callback(lambda _: inbox.put_nowait({"type": "shown"}))
            waiting = channel.training or (task is None and any(channel.stale.values()) and channel.sweep.sweep is not None)
            message: dict[str, Any] = {}
            with suppress(TimeoutError):
                message = await asyncio.wait_for(inbox.get(), TURN if waiting else IDLE)
            if message.get("type") == "shown":
                task = None
            elif message:
                await _obey(channel, message)
    finally:
        if task is not None:
            with suppress(Exception):
                await task
        await asyncio.to_thread(channel.sweep.rest)


async def _obey(channel: SweepChannel, message: dict[str, Any]) -> None:
    """Carry out one command. What a page cannot ask for is ignored."""
    match message:
        case {"type": "drawn", "id": number}:
            if number == channel.number:
                channel.unanswered_since = None
        case {"type": "plan"}:
            await asyncio.to_thread(channel.sweep.train, message)
            channel.settled = ""
            channel.everything()
        case {"type": "cancel"}:
            await asyncio.to_thread(channel.sweep.cancel)
            channel.everything()
        case {"type": "view", "name": str(name)}:
            channel.view, channel.news = name, True
            channel.stale["view"] = True
        case {"type": "scalar", "name": str(name)}:
            channel.quantity, channel.news = name, True
            channel.stale["summary"] = True
        case {"type": "theme", "value": value}:
            channel.theme = "dark" if value == "dark" else "light"
            channel.everything()
        case {"type": "open", "arm": arm}:
            await asyncio.to_thread(channel.sweep.open, arm)
        case {"type": "csv"}:
            text = await asyncio.to_thread(channel.sweep.csv)
            await channel.socket.send_json({"type": "file", "name": f"{channel.sweep.run.topic.slug}-sweep.csv", "text": text})
        case _:
            pass
