"""A lesson's hall: every follower has a seat, and gets what has changed since the picture that it drew last.

One look at the teacher's run serves all; messages are made once for all who know the same. A seat that has not answered gets
nothing, and then the newest: nothing ever queues up. What a seat says moves its own place only.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, Protocol

from starlette.websockets import WebSocket, WebSocketDisconnect

from engine.core import wire
from engine.plot.differences import Course
from engine.workers import logs
from pages.kit.live.guess import VIEW
from pages.kit.live.stage.run import LiveRun
from pages.kit.live.stage.sources.lesson import Lesson
from pages.kit.web.hall.showing import Showing

FEW, FEW_FRAMES, FRAMES = 8, 10.0, 5.0  # up to so many followers see so many pictures a second; more of them see so many
ROUND = 0.02  # seconds between two rounds at least: who comes in at the same time is served at the same time
CATCH_UP = 1.0  # seconds after which a follower's run is told again where the lesson stands; what they do takes it in anyway
OWN = 0.2  # of one core, that all pictures with followers' own guesses may take

MAKERS = ThreadPoolExecutor(16, "halls")  # one at a time for each lesson
Known = dict[str, tuple[Course, int]]  # by the name of a view ("" for the status): its version


class View(Protocol):
    """A page's connection, as far as its seat uses it."""

    socket: WebSocket
    run: LiveRun
    theme: str
    views: dict[str, bool]


class Seat:
    """One follower: what they have drawn, and what is on its way to them."""

    def __init__(self, hall: Hall, view: View) -> None:
        self.hall, self.view = hall, view
        self.known: Known = {}
        self.told: dict[str, Any] | None = None  # of their own guesses
        self.wants = True  # something other than what they know
        self.caught_up = 0.0
        self.own_at = 0.0
        self.owned: frozenset[str] = frozenset()  # views with their own guess in them
        self.sent_at = 0.0
        self._flight: tuple[int, Known] | None = None
        self._sending: asyncio.Task[None] | None = None

    @property
    def clear(self) -> bool:
        return self._flight is None and (self._sending is None or self._sending.done())

    def changed(self) -> None:
        """Their page shows other views, or in another theme or language, or they have guessed."""
        self.wants = True
        self.hall.ring()

    def seen(self, number: Any) -> float | None:
        """They have drawn what was sent under this number: seconds since then; None where nothing was."""
        if self._flight is None or type(number) is not int or number != self._flight[0]:
            return None
        self.known = self.known | self._flight[1]
        self._flight = None
        if self.wants:
            self.hall.ring()
        return time.monotonic() - self.sent_at

    def lost(self) -> None:
        """Their page does not know from where a message leads on."""
        self.known, self.told, self._flight = {}, None, None
        self.changed()

    def send(self, number: int, data: bytes, known: Known) -> None:
        self._flight, self.sent_at = (number, known), time.monotonic()
        self._sending = asyncio.create_task(self._send(data))

    async def _send(self, data: bytes) -> None:
        with suppress(WebSocketDisconnect, RuntimeError):  # its connection notices that by itself
            await self.view.socket.send_bytes(data)

    def leave(self) -> None:
        self.hall.seats.discard(self)
        self.hall.ring()


class Hall:
    """All seats of one lesson, in one event loop."""

    def __init__(self, teacher: LiveRun, code: str) -> None:
        self.showing = Showing(teacher, code)
        self.seats: set[Seat] = set()
        self.own_cost = 0.005  # seconds of a picture with somebody's own guess, on average
        self._bundles: dict[tuple[Any, ...], bytes] = {}
        self._bell = asyncio.Event()
        self._looked_at = 0.0
        self.serving: asyncio.Task[None] | None = None

    def ring(self) -> None:
        """Somebody wants something."""
        self._bell.set()

    @property
    def interval(self) -> float:
        return 1 / (FEW_FRAMES if len(self.seats) <= FEW else FRAMES)

    async def serve(self) -> None:
        """Serve the seats until the last one is empty."""
        while self.seats:
            self._bell.clear()
            try:
                await self._round()
            except Exception as error:  # one look that fails must not cost the lesson
                logs.event("lesson.failed", logging.ERROR, error=error, topic=self.showing.teacher.topic.slug)
                await asyncio.sleep(1.0)
            await asyncio.sleep(ROUND)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._bell.wait(), max(0.0, self._looked_at + self.interval - time.monotonic()))

    async def _round(self) -> None:
        """Look where it is time to, and send to everybody who waits for something."""
        now = time.monotonic()
        look = now - self._looked_at >= self.interval
        if look:
            self._looked_at = now
            if look := self.showing.due:
                for seat in self.seats:
                    seat.wants = True
        seats = [seat for seat in self.seats if seat.clear and seat.wants]
        if look or seats:
            for seat, number, data, known in await asyncio.get_running_loop().run_in_executor(MAKERS, self._make, look, seats):
                if seat in self.seats:
                    seat.send(number, data, known)

    def _make(self, look: bool, seats: list[Seat]) -> list[tuple[Seat, int, bytes, Known]]:
        """What these seats shall be sent. Runs in a thread."""
        if look:
            self.showing.look()
            self._bundles.clear()
        made = []
        for seat in seats:
            seat.wants = False
            self._catch_up(seat)
            data, known = self._message(seat)
            if data:
                made.append((seat, self.showing.number, data, known))
        return made

    def _catch_up(self, seat: Seat) -> None:
        """Let a follower's run know where the lesson stands: what Streamlit draws of their page is drawn from it."""
        run, reader = seat.view.run, self.showing.reader(seat.view.run.language).run
        stale = (run.chapters.name, run.chapters.told) != (reader.chapters.name, reader.chapters.told)
        if isinstance(run.source, Lesson) and (stale or time.monotonic() - seat.caught_up > CATCH_UP):
            seat.caught_up = time.monotonic()
            run.source.catch_up(run, reader)

    def _message(self, seat: Seat) -> tuple[bytes, Known]:
        """What leads from what a seat has drawn to what is to be seen; nothing where that is the same."""
        run, theme, own = seat.view.run, seat.view.theme, self._own(seat)
        parts: dict[str, bytes] = {}
        known: Known = {}
        course: Course | None
        for name in ("", *list(seat.view.views)):
            if name in own:
                course, before = own[name], None
            elif name in seat.owned or VIEW in name:
                continue
            else:
                course = self.showing.picture(name, run.language, theme) if name else self.showing.status(run.language)
                before = seat.known.get(name)
            part = None if course is None else course.message(before[1] if before is not None and before[0] is course else None)
            if course is not None and part is not None:
                parts[name], known[name] = part, (course, course.version)
        told = self._told(run)
        head = {"type": "lesson", "id": self.showing.number, "names": list(parts)}
        if told != (seat.told or {}):
            head["own"] = told
        elif not parts:
            return b"", {}
        seat.told = told
        if own or "own" in head:
            return _bundle(head, parts), known
        key = (*parts, *parts.values())  # each content is hashed once
        if key not in self._bundles:
            self._bundles[key] = _bundle(head, parts)
        return self._bundles[key], known

    def _told(self, run: LiveRun) -> dict[str, Any]:
        """What only this follower's page knows: their guesses, what was refused, and what the class's question has of them."""
        told: dict[str, Any] = {}
        if run.guesses.made or run.problems:
            made = {name: value for name, value in run.guesses.news(run, run.chapters.name).items() if name != "offered"}
            told = {"guesses": made, "problems": dict(run.problems)}
        if self.showing.teacher.guesses.polls.asked:
            told["lesson"] = run.guesses.lesson(run, run.chapters.name)
        return told

    def _own(self, seat: Seat) -> dict[str, Course]:
        """The pictures that only this seat has, by name, if it is their time."""
        run, now = seat.view.run, time.monotonic()
        names = [name for name in list(seat.view.views) if run.guesses.made or VIEW in name]
        if not names:
            seat.owned = frozenset()
            return {}
        others = sum(bool(one.owned) for one in list(self.seats))
        if now - seat.own_at < max(self.interval, others * self.own_cost / OWN):
            seat.wants = True
            return {}
        seat.own_at, begin, own = now, time.thread_time(), {}
        for name in names:
            picture = self.showing.own(run, name, seat.view.theme)
            if picture is not None:
                own[name] = Course(1)
                own[name].show(picture, exact=VIEW in name)  # the page compares what it drew with what has come back
        self.own_cost += 0.05 * (time.thread_time() - begin - self.own_cost)
        seat.owned = frozenset(own)
        return own


def _bundle(head: dict[str, Any], parts: dict[str, bytes]) -> bytes:
    return wire.bundle([json.dumps(head, separators=(",", ":")).encode(), *parts.values()])


HALLS: dict[tuple[Any, LiveRun], Hall] = {}  # by event loop and teacher


def take_seat(view: View) -> Seat:
    """A seat in the hall of the lesson that a page follows."""
    assert isinstance(view.run.source, Lesson)
    key = (asyncio.get_running_loop(), view.run.source.teacher)
    hall = HALLS.get(key)
    seat = Seat(hall or Hall(view.run.source.teacher, view.run.source.code), view)
    seat.hall.seats.add(seat)
    seat.hall.ring()
    if hall is None:
        HALLS[key] = seat.hall
        seat.hall.serving = asyncio.create_task(_serve(seat.hall, key))
    return seat


async def _serve(hall: Hall, key: tuple[Any, LiveRun]) -> None:
    try:
        await hall.serve()
    finally:
        HALLS.pop(key, None)
