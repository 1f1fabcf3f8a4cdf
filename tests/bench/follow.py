"""A lecture hall: many pages that follow one lesson while its teacher plays and drags. `python -m tests.bench.load --follow`.

Every follower is a page and a stream over real sockets. They arrive within ARRIVAL seconds; then the teacher plays for the time
that was asked for and drags a slider every few seconds; then half of the followers lose the network for AWAY seconds. The same
with few followers in a fresh app says what each of many costs.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import re
import resource
import time
from contextlib import suppress
from typing import Any
from unittest.mock import patch

import numpy as np
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import connect

from engine.core import registry, wire
from engine.plot.differences import Received
from tests.bench.crowd import LONG, computing, hot_number, memory
from tests.bench.server import App, app
from tests.bench.visitor import Visitor

FEW = 30  # followers with whom many are compared
ARRIVAL = 10.0  # seconds within which they arrive
AWAY = 20.0  # seconds without a network
ACT_EVERY = 4.0  # seconds between two drags of the teacher, on average
DRAG, DRAG_EVERY = 8, 0.04  # values of a drag, and seconds between them
PATIENCE = 30.0  # seconds after which what should have come is an error
RETRY = (0.2, 1.7, 3.0)  # as assets/lab/live/stream.js: seconds before the first try to come back, their growth, and the most
CAREFUL = 30  # one follower of so many puts every picture together
LESSON = re.compile(rb"follow=([\w-]+)")
STATUSES: dict[bytes, dict[str, Any]] = {}  # by the message that led to it: all who know the same get the same


class Teacher(Visitor):
    """The page in front."""

    def __init__(self, url: str, slug: str) -> None:
        super().__init__(url, slug, seed=1)
        self.code = ""
        self.share: tuple[str, str] | None = None  # the button and its part of the page

    def heard(self, data: bytes) -> None:
        self.code = self.code or "".join(found.decode() for found in LESSON.findall(data)[:1])
        message = ForwardMsg()
        message.ParseFromString(data)
        element = message.delta.new_element if message.WhichOneof("type") == "delta" else None
        if element is not None and element.WhichOneof("type") == "button" and "-share:" in element.button.id:
            self.share = element.button.id, message.delta.fragment_id

    async def lesson(self) -> str:
        """Press "Share this run"; the code in the link."""
        async with asyncio.timeout(PATIENCE):
            while self.share is None:
                await asyncio.sleep(0.05)
            press = BackMsg()
            press.rerun_script.query_string = "seed=1"
            press.rerun_script.fragment_id = self.share[1]
            press.rerun_script.widget_states.widgets.add(id=self.share[0], trigger_value=True)
            await self.page.send(press.SerializeToString())
            while not self.code:
                await asyncio.sleep(0.05)
        return self.code

    async def drag(self, name: str, values: list[float]) -> float:
        """Move a slider through these values; when the last one was sent."""
        for value in values:
            await self.say("set", values={name: value})
            await asyncio.sleep(DRAG_EVERY)
        return time.monotonic() - DRAG_EVERY


class Follower(Visitor):
    """A page that follows: it answers what it gets, and remembers when it saw which value."""

    def __init__(self, url: str, slug: str, code: str, name: str, careful: bool) -> None:
        super().__init__(url, slug, follow=code)
        self.name, self.careful = name, careful
        self.first_at: float | None = None  # when all its pictures were there
        self.saw: dict[float, float] = {}  # value of the parameter -> when it was first seen
        self.drawn_at = self.away_until = 0.0
        self.session = ""
        self._status = Received()
        self._courses: dict[str, Received] = {}
        self._there: set[str] = set()

    def heard(self, data: bytes) -> None:
        if not self.session:
            message = ForwardMsg()
            message.ParseFromString(data)
            self.session = message.new_session.initialize.session_id

    async def _read(self) -> None:
        try:
            async for data in self.line:
                if isinstance(data, bytes):
                    await self._take(data)
                elif json.loads(data)["type"] == "gone":
                    self.errors.append("the run is gone")
        except Exception as error:
            if time.monotonic() > self.away_until:
                self.errors.append(repr(error))

    async def _take(self, data: bytes) -> None:
        parts = wire.unbundle(data)
        if parts is None:
            self.errors.append("a whole frame of a run of its own")
            return
        self.frames, self.bytes, self.drawn_at = self.frames + 1, self.bytes + len(data), time.monotonic()
        head = json.loads(parts[0])
        for name, part in zip(head["names"], parts[1:], strict=True):
            if not name:
                if part not in STATUSES:
                    if len(STATUSES) > 1000:
                        STATUSES.clear()
                    self._status.take(part)
                    STATUSES[part] = {"version": self._status.version, "tree": self._status.tree}
                self._status.version, self._status.tree = STATUSES[part]["version"], STATUSES[part]["tree"]
            elif self.careful:
                self._courses.setdefault(name, Received()).take(part)
                self._courses[name].whole()
        self._there |= {name for name in head["names"] if name}
        if self.first_at is None and self._there >= set(self.views):
            self.first_at = self.drawn_at
        await self.say("seen", id=head["id"])
        self.status = self._status.tree
        self.saw.setdefault(self.status["params"][self.name], self.drawn_at)
        if self.status["state"] != "following":
            self.errors.append(f"{self.status['state']}: {self.status['message']}")
        async with self._news:
            self._news.notify_all()

    async def lose(self, seconds: float) -> float:
        """Lose the network for so long, then come back as the browser does; seconds from then until a picture is there."""
        end = self.away_until = time.monotonic() + seconds
        for socket in (self.line, self.page):
            socket.transport.abort()
        wait, growth, most = RETRY
        while time.monotonic() < end:  # each try fails
            await asyncio.sleep(wait * random.uniform(0.85, 1.15))
            wait = min(most, wait * growth)
        before, self._status, self._courses = self.frames, Received(), {}
        await asyncio.gather(self._load_again(), self.look())
        while self.frames == before:
            await asyncio.sleep(0.02)
        return self.drawn_at - end

    async def _load_again(self) -> None:
        """Streamlit's own connection, to the session that the page had."""
        host = self.url.removeprefix("http://")
        protocols: Any = ["streamlit", "none", self.session]
        self.page = await connect(f"ws://{host}/_stcore/stream", origin=self.url, subprotocols=protocols, max_size=None)  # type: ignore[arg-type]
        self._tasks.append(asyncio.create_task(self._drain(self.page)))


async def lesson(running: App, slug: str, clients: int, seconds: float) -> dict[str, Any]:
    """A lesson with so many followers; what was seen."""
    name, low, high = hot_number(slug)
    teacher = Teacher(running.url, slug)
    await teacher.arrive()
    code = await teacher.lesson()
    await teacher.say("stop", steps=LONG, seconds=None)
    held = memory(running)[0]
    followers = [Follower(running.url, slug, code, name, index % CAREFUL == 0) for index in range(clients)]
    begin = time.monotonic()

    async def come(follower: Follower, after: float) -> float:
        await asyncio.sleep(after)
        begin = time.monotonic()
        await follower.arrive()
        async with asyncio.timeout(4 * PATIENCE):
            while follower.first_at is None:
                await asyncio.sleep(0.02)
        return follower.first_at - begin

    came = await asyncio.gather(*(come(one, index * ARRIVAL / clients) for index, one in enumerate(followers)))
    all_there = max(one.first_at or 0.0 for one in followers) - begin
    await teacher.say("play")
    await asyncio.sleep(2)
    own, cpu, begin = time.process_time(), computing(running), time.monotonic()
    taken = [(one.frames, one.bytes) for one in followers]
    waits, missed = await play(teacher, followers, name, (low, high), seconds)
    used, lasted = computing(running), time.monotonic() - begin
    own = (time.process_time() - own) / lasted
    got = np.array([(one.frames, one.bytes) for one in followers]) - np.array(taken)
    grown = memory(running)[0] - held
    away = min(AWAY, seconds)
    back = await asyncio.gather(*(one.lose(away) for one in followers[::2]))
    behind = [
        one
        for one in followers
        if abs(one.status["step"] - teacher.status["step"]) > 0.5 * teacher.status["stepsPerSecond"] + 50
    ]
    errors = [error for one in (teacher, *followers) for error in one.errors] + missed
    errors += [f"a follower is at step {one.status['step']}, the teacher at {teacher.status['step']}" for one in behind]
    for visitor in (*followers, teacher):
        with suppress(Exception):
            await visitor.leave()
    return {
        "errors": errors,
        "waits": waits,
        "own": teacher.waits,
        "pictures": got[:, 0].mean() / lasted,
        "bytes": got[:, 1].mean() / lasted,
        "app": (used[0] - cpu[0]) / lasted,
        "workers": (used[1] - cpu[1]) / lasted,
        "clients": own,
        "memory": grown / clients,
        "there": all_there,
        "came": max(came),
        "away": away,
        "back": max(back),
    }


async def play(
    teacher: Teacher, followers: list[Follower], name: str, ends: tuple[float, float], seconds: float
) -> tuple[list[float], list[str]]:
    """The teacher drags now and then; for each drag and follower the seconds until the last value was seen, and who never saw it."""
    pauses, snap = random.Random(0), registry.find(teacher.slug).params.controls()[name].snap
    end, waits, missed = time.monotonic() + seconds, [], []
    while time.monotonic() < end - 1:
        ends = ends[::-1]
        path = [snap(value) for value in np.linspace(*ends, DRAG).tolist()]
        for one in followers:
            one.saw.clear()
        acted = await teacher.drag(name, path)
        with suppress(TimeoutError):
            await teacher.until(lambda status, last=path[-1]: status["params"][name] == last, PATIENCE)
            teacher.waits.append(time.monotonic() - acted)
        rest = time.monotonic() + max(1.0, pauses.expovariate(1 / ACT_EVERY))
        while time.monotonic() < rest or not all(path[-1] in one.saw for one in followers):
            if time.monotonic() > acted + PATIENCE:
                missed.append(f"{sum(path[-1] not in one.saw for one in followers)} followers never saw {name} = {path[-1]}")
                break
            await asyncio.sleep(0.05)
        waits += [one.saw[path[-1]] - acted for one in followers if path[-1] in one.saw]
    return waits, missed


def run(slug: str, clients: int, seconds: float) -> list[tuple[str, str, str]]:
    """Few and then many followers, each time in a fresh app: rows (what, measured, reach)."""
    few, seen = (measure(slug, count, seconds) for count in (FEW, clients))
    waits = np.array(seen["waits"])
    errors = few["errors"] + seen["errors"]
    ratio = seen["app"] / few["app"]
    return [
        ("errors", f"{len(errors)}" + (f" ({errors[0]})" if errors else ""), "0"),
        (f"teacher's act → follower's picture, p95 (median) of {len(waits)}", f"{np.quantile(waits, 0.95):.2f} s ({np.median(waits):.2f} s)", "≤ 1 s"),
        ("the same on the teacher's own page", f"{np.quantile(seen['own'], 0.95):.2f} s ({np.median(seen['own']):.2f} s)", ""),
        ("pictures a second and follower", f"{seen['pictures']:.1f}", "5"),
        ("KB a second and follower; a picture", f"{seen['bytes'] / 1e3:.0f}; {seen['bytes'] / seen['pictures'] / 1e3:.1f}", "≤ 60"),
        (f"computing of the app, {clients} ÷ {FEW} (cores)", f"{ratio:.2f} ({seen['app']:.2f} ÷ {few['app']:.2f})", "≤ 3"),
        ("computing of the workers; of these clients (cores)", f"{seen['workers']:.2f}; {seen['clients']:.2f}", ""),
        ("memory of the app per follower", f"{seen['memory']:.2f} MB", "≤ 1 MB"),
        (f"{clients} arrive within {ARRIVAL:.0f} s: all see a picture after", f"{seen['there']:.1f} s (one waits {seen['came']:.1f} s at most)", "≤ 15 s"),
        (f"half lose the network for {seen['away']:.0f} s: all are back after", f"{seen['back']:.1f} s", "≤ 5 s"),
    ]  # fmt: skip


def measure(slug: str, clients: int, seconds: float) -> dict[str, Any]:
    """A lesson in a fresh app."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 8192), most))  # a socket for each follower's page and for its run
    STATUSES.clear()
    with patch.dict(os.environ, {"LATENT_LAB_MODE": "class", "LATENT_LAB_MAX_STEPS": str(LONG)}), app() as running:
        time.sleep(6)  # warm workers
        return asyncio.run(lesson(running, slug, clients, seconds))
