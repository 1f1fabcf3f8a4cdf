"""The messages of a page's two websockets, carried out by a live run in a real worker; see fuzz_targets.py."""

from __future__ import annotations

import asyncio
import json
import zlib
from typing import Any

from starlette.websockets import WebSocket

from engine.core import wire
from engine.core.topic import Topic
from pages.kit.live import commands
from pages.kit.live.runs import Desk, sweep_of
from pages.kit.live.stage.run import LiveRun
from pages.kit.web import stream, sweep_channel
from pages.kit.web.hall.hall import Hall, Seat
from tests.bench.fuzz_kit import FEW, JSON_WORDS, Target, encoded, good_params

STATES = {"opening", "waiting", "paused", "playing", "finished", "diverged", "recovering", "lost"}
DRAW_EVERY = 8  # inputs: a picture costs more than all messages of one
MOST = 6  # messages of one input


class Line:
    """A websocket in memory: what is put in is received, what is sent is kept."""

    def __init__(self) -> None:
        self.incoming: list[dict[str, Any]] = [{"type": "websocket.connect"}]
        self.sent: list[dict[str, Any]] = []
        self.socket = WebSocket({"type": "websocket", "headers": []}, self._receive, self._send)

    async def _receive(self) -> dict[str, Any]:
        return self.incoming.pop(0)

    async def _send(self, message: Any) -> None:
        if message.get("text") is not None:
            message["text"].encode()  # as a real server does
        self.sent.append(message)

    def put(self, data: bytes) -> None:
        """As text where it is one, else as bytes: a page may send both."""
        try:
            self.incoming.append({"type": "websocket.receive", "text": data.decode()})
        except UnicodeDecodeError:
            self.incoming.append({"type": "websocket.receive", "bytes": data})


class Page:
    """One page that is sent nonsense; replaced when its run cannot go on."""

    def __init__(self, topic: Topic, desk: Desk) -> None:
        self.topic, self.desk = topic, desk
        self.runner = asyncio.Runner()
        self._arrive()

    def _arrive(self) -> None:
        self.desk.sweep()  # runs that were closed before are forgotten, where the desk has no grace time
        self.run: LiveRun = self.desk.new_run(self.topic.slug, {}, "en")[0]
        self.run.open()
        self.line = Line()
        self.runner.run(self.line.socket.accept())
        self.view = stream.Stream(self.line.socket, self.run)
        self.view.views = {view.name: True for view in self.topic.views}
        self.seat = Seat(Hall(self.run, "code"), self.view)  # as if it followed somebody's lesson
        self.sweep = sweep_channel.SweepChannel(self.line.socket, sweep_of(self.run), "light")

    def usable(self) -> None:
        """A run that is lost, or has a twin that is still being built, makes room for a new one."""
        if self.run.state not in ("lost", "diverged") and self.run.twins is None:
            return
        self.run.close()
        self._arrive()

    async def _received(self, data: bytes) -> list[dict[str, Any]]:
        found = []
        for text in data.split(b"\n")[:MOST]:
            self.line.put(text)
            message = await stream._read(self.line.socket)
            if message is not None:
                found.append(message)
        return found

    async def _obeyed(self, data: bytes) -> bool:
        batch = commands.coalesce(await self._received(data))
        for message in batch:
            if message["type"] == "step" and isinstance(message.get("count"), int):
                message["count"] = min(message["count"], FEW)  # a step may be as long as a run: that is no fault
            if message["type"] in ("seen", "lost"):
                stream._answer(self.view, self.seat, message)
            await commands.obey(self.run, message)
        assert self.seat.known == {}, "nothing was sent to it"
        await self.line.socket.send_json({"type": "status", "status": self.run.lead.announcement()})
        return bool(batch)

    async def _obeyed_sweep(self, data: bytes) -> bool:
        batch = await self._received(data)
        for message in batch:
            await sweep_channel._obey(self.sweep, message)
        await self.sweep.tell()
        return bool(batch)

    def check(self, data: bytes) -> None:
        """The run is in a state that there is, with possible values, and its status and pictures can be sent."""
        status = self.run.lead.status()
        assert status["state"] in STATES
        json.dumps(status, allow_nan=False, ensure_ascii=False).encode()
        good_params(self.run.params)
        assert len(self.run.problems) < 40 and len(self.view.views) <= 32
        if zlib.crc32(data) % DRAW_EVERY == 0:
            wire.unpack(self.view.draw())
        self.line.sent.clear()

    def read(self, data: bytes) -> bool:
        self.usable()
        taken = self.runner.run(self._obeyed(data))
        self.check(data)
        return taken

    def read_sweep(self, data: bytes) -> bool:
        self.usable()
        taken = self.runner.run(self._obeyed_sweep(data))
        self.check(data)
        return taken


def messages(topic: Topic) -> list[dict[str, Any]]:
    """One of every kind that a page sends."""
    values = {name: list(v) if isinstance(v, tuple) else v for name, v in topic.params().values().items()}
    kinds = ("play", "pause", "part", "reset", "back", "opened", "announce", "done")
    ring = [[0.1 * (i % 7) - 0.3, 0.05 * i - 0.4] for i in range(14)]
    return [
        *({"type": kind} for kind in kinds),
        *({"type": "set", "values": {name: value}} for name, value in values.items()),
        {"type": "set", "values": values},
        {"type": "drawn", "id": 0},
        {"type": "seen", "id": 1},
        {"type": "lost"},
        {"type": "view", "name": topic.views[0].name, "on": True},
        {"type": "theme", "value": "dark"},
        {"type": "step", "count": 2},
        {"type": "speed", "value": 4.0},
        {"type": "seed", "value": 7},
        {"type": "seed", "value": None},
        {"type": "seek", "index": 0},
        {"type": "stop", "steps": 100, "seconds": None},
        {"type": "stop", "steps": None, "seconds": 5},
        {"type": "compare", "index": None},
        {"type": "hand", "arm": "b"},
        {"type": "end", "keep": "b"},
        {"type": "guess", "name": "curve", "points": [[0, 1], [5, 2]], "signed": "Ann"},
        *({"type": "class", "do": what, "name": "curve"} for what in ("ask", "stop", "show", "forget")),
        {"type": "own", "points": ring},
    ]


def sweep_messages(topic: Topic) -> list[dict[str, Any]]:
    """One of every kind that a page's sweep sends."""
    plans = [
        {"type": "plan", "name": control.name, "low": control.low, "high": control.high, "count": 4, "steps": 20}
        for control in topic.params.controls().values()
        if control.low is not None
    ]
    options = next(control for control in topic.params.controls().values() if control.type == "choice").options
    named = {"type": "plan", "name": "shape", "low": options[0], "high": options[1], "count": 2, "steps": 5}
    view, scalar = topic.views[0].name, topic.outputs[0].name
    rest = [{"type": "view", "name": view}, {"type": "scalar", "name": scalar}, {"type": "theme", "value": "dark"}]
    return [*plans, named, *rest, {"type": "open", "arm": 0}, {"type": "csv"}, {"type": "cancel"}, {"type": "drawn", "id": 1}]


def targets(topic: Topic, desk: Desk) -> list[Target]:
    """Both websockets; the desk's workers must know the topic."""
    page = Page(topic, desk)
    words = encoded([*JSON_WORDS, *topic.params.controls(), '"type"', '"values"', "\n", "1" * 400, '"\\ud800"'])
    found = []
    for name, read, known in (
        ("message", page.read, messages(topic)),
        ("sweep's message", page.read_sweep, sweep_messages(topic)),
    ):
        found.append(Target(name, read, encoded(map(json.dumps, known)), words, json=True))
    return found
