"""The websocket of a page: commands in, frames out, with back-pressure.

Streamlit draws the page; what moves travels here. One connection per page, found by its run's token. The server
sends a new frame only after the last one was drawn, at most FRAMES a second, and answers a drag at once.
"""

from __future__ import annotations

import asyncio
import json
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from engine.core import wire
from engine.core.picture import Style
from engine.core.topic import Timeline
from engine.workers.shared import SharedSession
from pages.kit.live.commands import act, coalesce, obey
from pages.kit.live.drawing import draw_arms
from pages.kit.live.guess import VIEW
from pages.kit.live.metrics import Watch, meters
from pages.kit.live.runs import desk, sweep_of
from pages.kit.live.stage.arm import LEASE
from pages.kit.live.stage.run import LiveRun
from pages.kit.live.stage.status import TELL, waits
from pages.kit.live.stage.twins import open_page
from pages.kit.web.drawn import Drawn
from pages.kit.web.origin import REFUSED, refuse, same_origin
from pages.kit.web.packing import pack_figures
from pages.kit.web.sweep_channel import PATIENCE, SweepChannel, serve

FRAMES = 10.4  # frames a second while playing
DRAWN, PACKED = Drawn(), Drawn(32)
WAITING = 1.0  # seconds between two looks of a run that waits for a place
LEAVING = 0.5  # seconds after which a page that is being loaded again has gone; one that is still there is another tab
MAX_MESSAGE = 64 * 1024
WATCH = 1.0  # seconds between two looks whether a worker that is waited for has been silent for long
# Threads that mostly wait for a worker: those that carry out what somebody did never stand behind those that make frames.
# There are more of them than learners in a class: who waits for a silent worker takes no place from the others.
FRAME_MAKERS = ThreadPoolExecutor(64, "frames")


class Stream:
    """One connection: what the page sees and where its last frame is."""

    def __init__(self, socket: WebSocket, run: LiveRun) -> None:
        self.socket, self.run, self.watch = socket, run, Watch(run)
        self.theme = "light"
        self.views: dict[str, bool] = {}
        self.number = 0
        self.unanswered_since: float | None = None
        self.sent_at = 0.0
        self.dirty = True
        self.interval = 1 / FRAMES  # seconds between two frames while playing: longer when many play
        self.channel: SweepChannel | None = None  # while the page shows its sweep
        self.serving: asyncio.Task[None] | None = None

    @property
    def clear(self) -> bool:
        """The page has drawn what it got."""
        return self.unanswered_since is None or time.monotonic() - self.unanswered_since > PATIENCE

    def due_in(self) -> float | None:
        """Seconds until something should be sent; None when only a message can change that."""
        if not self.clear:
            assert self.unanswered_since is not None
            return max(0.0, self.unanswered_since + PATIENCE - time.monotonic())
        if self.dirty:
            return 0.0
        if not self.run.source.news:
            return 1 / FRAMES
        if self.run.lead.doing in ("playing", "waiting", "following"):
            return max(0.0, self.sent_at + self.interval - time.monotonic())
        return None

    def draw(self, message_type: str = "frame") -> bytes:
        """The visible views of the shown frame, packed. Runs in a thread."""
        lead, style = self.run.lead, self.run.style(self.theme)
        first, second = lead.timelines()
        body = pack_figures({}) if first is None else self.pictures(first, second, style)
        status = lead.status()
        self.watch.looked()
        return wire.seal({"type": message_type, "id": self.number, "status": status}, body)

    def pictures(self, first: Timeline, second: Timeline | None, style: Style) -> wire.Body:
        """The visible views, packed once for all who have the same ones of the same frame on screen."""
        known, names = self.shared_picture(first), tuple(self.views)
        own = known is None or self.run.guesses.made or any(name.startswith(VIEW) for name in names)

        def pack() -> wire.Body:
            figures: dict[str, Any] = {}
            for name in names:
                draw = partial(draw_arms, self.run, name, first, second, style)
                shared = known is not None and not name.startswith(VIEW)  # a guess is everybody's own
                drawn = DRAWN.get((*(known or ()), name, self.theme, self.run.language) if shared else None, draw)
                if own:  # decided before: a guess that comes meanwhile must not get into what others see
                    drawn = {
                        arm: self.run.guesses.beside(self.run, name, picture, first, style) for arm, picture in drawn.items()
                    }
                figures |= drawn
            return pack_figures(figures)

        return pack() if own else PACKED.get((*(known or ()), names, self.theme, self.run.language), pack)

    def shared_picture(self, timeline: Timeline) -> tuple[Any, ...] | None:
        """What is equal for all pages that show the same frame of the same shared run; None for a run of its own."""
        run = self.run
        if run.source.key is not None:
            return run.source.key
        if run.twins is not None or not isinstance(run.session, SharedSession) or timeline.frame is not run.recording.newest:
            return None
        key = run.session.picture_key
        return None if key is None else (run.topic.slug, *key, len(timeline.history.get("step", ())))

    def work(self) -> bytes:
        """One turn in a thread: pull while playing, then draw."""
        self.run.lead.tick()
        begin = time.thread_time()
        data = self.draw()
        slow = WAITING if self.run.lead.doing == "waiting" else 1 / FRAMES
        self.interval = max(slow, desk().pace(time.thread_time() - begin))
        self.run.lease = max(LEASE, 4 * self.interval)
        return data

    def begin_frame(self) -> asyncio.Task[None]:
        """Start to make and send a frame. From now on, not from when the task comes to run, every change wants another one."""
        self.dirty = False
        return asyncio.create_task(self.send_frame())

    async def send_frame(self) -> None:
        if self.unanswered_since is not None:
            meters().unanswered.inc()
        self.number += 1
        self.sent_at = time.monotonic()
        data = await asyncio.get_running_loop().run_in_executor(FRAME_MAKERS, self.work)
        self.unanswered_since = time.monotonic()
        await self.socket.send_bytes(data)

    def sweep(self, message: dict[str, Any]) -> None:
        """Pass on what is meant for the sweep; "look" opens its channel, "leave" closes it."""
        match message.get("type"):
            case "leave":
                self.leave_sweep()
            case "look" if self.channel is None:
                self.channel = SweepChannel(self.socket, sweep_of(self.run), self.theme)
                self.serving = asyncio.create_task(self._serve_sweep(self.channel, self.serving))
            case _ if self.channel is not None:
                self.channel.inbox.put_nowait(message)

    async def _serve_sweep(self, channel: SweepChannel, before: asyncio.Task[None] | None) -> None:
        if before is not None:  # the page has shown it before: that must have come to rest
            await asyncio.wait({before})
        await serve(channel)

    def leave_sweep(self) -> None:
        if self.channel is not None:
            self.channel.leave()
        self.channel = None


async def stream(socket: WebSocket) -> None:
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
            meters().refused.labels("gone").inc()
            await socket.send_json({"type": "gone"})
            await socket.close()
            return
        before = hello.get("before") if hello else None
        if isinstance(before, str) and not desk().looked_at(before):
            run.guesses.goes_on(run, before)
        again, run.loaded_again = run.loaded_again, False
        goes_on, run.interrupted = again and run.interrupted, False
        if again:  # the page was drawn for another run
            await socket.send_json({"type": "resumed"})
        view = Stream(socket, run)
        view.theme = "dark" if hello and hello.get("theme") == "dark" else "light"
        try:
            with meters().connections.track_inprogress():
                await _serve(view, goes_on)
        finally:
            # Whatever ends this task: the run must learn that nobody looks any more.
            await asyncio.shield(act(desk().detach, token))


async def last_run(hello: dict[str, Any]) -> str:
    """The token of the run that a page had before it was loaded again, as soon as that page is known to be gone; "" for none."""
    before = hello.get("before")
    if not isinstance(before, str) or desk().get(before) is None:
        return ""
    end = time.monotonic() + LEAVING
    while desk().looked_at(before) and time.monotonic() < end:
        await asyncio.sleep(0.02)
    return before


async def _read(socket: WebSocket) -> dict[str, Any] | None:
    """The next message as a dict; None for one that is not JSON of that form (it is ignored)."""
    try:
        text = await socket.receive_text()
        message = json.loads(text) if len(text) <= MAX_MESSAGE else None
    except (KeyError, ValueError, RecursionError):  # bytes instead of text, no JSON, or JSON as deep as a well
        return None
    return message if isinstance(message, dict) else None


def _open(run: LiveRun, goes_on: bool) -> None:
    """Open a page's run; one that was playing when its page was loaded again plays on (where there is a place for it)."""
    open_page(run)
    if goes_on:
        run.lead.play()


async def _serve(view: Stream, goes_on: bool) -> None:
    loop = asyncio.get_running_loop()
    inbox: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()

    async def listen() -> None:
        try:
            while True:
                message = await _read(view.socket)
                if message is not None and message.get("to") == "sweep":
                    view.sweep(message)
                elif message is not None:
                    inbox.put_nowait(message)
        except (WebSocketDisconnect, RuntimeError):
            inbox.put_nowait(None)

    def announce() -> None:  # from a worker thread: the state changed while a call is under way
        loop.call_soon_threadsafe(inbox.put_nowait, {"type": "announce"})

    view.run.listeners.append(announce)
    listener = asyncio.create_task(listen())
    opening = act(_open, view.run, goes_on)
    opening.add_done_callback(lambda _: inbox.put_nowait({"type": "opened"}))
    task: asyncio.Task[None] | None = None
    acting: asyncio.Task[None] | None = None  # carries out what somebody did; what comes meanwhile is done afterwards
    asked: list[dict[str, Any]] = []
    told: dict[str, Any] | None = None  # of a worker that does not answer
    try:
        while view.socket.client_state == WebSocketState.CONNECTED:
            wait = view.due_in() if task is None and acting is None else None
            if not (task is None and acting is None and opening.done()):
                wait = WATCH if wait is None else min(wait, WATCH)
            message: dict[str, Any] | None = {}
            if wait is None or wait > 0 or not inbox.empty():
                with suppress(TimeoutError):
                    message = await asyncio.wait_for(inbox.get(), wait)
            if message is None:
                return
            batch = [message] if message else []
            while not inbox.empty():
                following = inbox.get_nowait()
                if following is None:
                    return
                batch.append(following)
            for item in coalesce(batch):
                if item["type"] == "announce":
                    view.dirty = True
                    await view.socket.send_json({"type": "status", "status": view.run.lead.announcement()})
                elif not _at_once(view, item):
                    asked.append(item)
            task = None if task is None or task.done() else task
            if acting is not None and acting.done():
                acting.result()  # what went wrong there ends the connection
                acting = None
            if view.channel is not None and view.serving is not None and view.serving.done():
                view.serving.result()  # likewise
            if acting is None and asked:
                acting, asked = asyncio.create_task(_obey_all(view, coalesce(asked))), []
                acting.add_done_callback(lambda _: inbox.put_nowait({"type": "done"}))
            if task is None and acting is None and view.due_in() == 0.0:
                task = view.begin_frame()
                task.add_done_callback(lambda _: inbox.put_nowait({"type": "done"}))
            before, told = told, waits(*view.run.arms)
            if told is not None and told != before:
                await view.socket.send_json({"type": "status", "status": view.run.lead.announcement()})
    finally:
        view.run.listeners.remove(announce)
        listener.cancel()
        view.leave_sweep()
        under_way = [one for one in (task, acting, view.serving) if one is not None]
        for one in under_way:
            one.add_done_callback(
                lambda ended: ended.cancelled() or ended.exception()
            )  # nobody is there any more to hear of it
        if under_way:
            await asyncio.wait(under_way, timeout=TELL)


def _at_once(view: Stream, message: dict[str, Any]) -> bool:
    """Take in what concerns this connection alone, or the worker that is waited for; whether that is all it asks for."""
    match message:
        case {"type": "done"}:
            return True
        case {"type": "drawn"}:
            if message.get("id") == view.number:
                view.unanswered_since = None
                view.watch.drawn(time.monotonic() - view.sent_at)
            return True
        case {"type": "view", "name": str(name), "on": bool(on)}:
            if on and len(view.views) < 32:
                view.views[name] = True
            else:
                view.views.pop(name, None)
        case {"type": "theme", "value": value}:
            view.theme = "dark" if value == "dark" else "light"
            if view.channel is not None:
                view.channel.inbox.put_nowait(message)
        case {"type": "rescue"}:
            view.run.rescue()
        case {"type": "opened"}:
            pass
        case _:
            return False
    view.dirty = True
    return True


async def _obey_all(view: Stream, messages: list[dict[str, Any]]) -> None:
    for message in messages:
        await obey(view.run, message)
        view.dirty = True
