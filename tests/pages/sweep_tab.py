"""What the browser says and hears of a sweep over its page's websocket."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from starlette.testclient import WebSocketTestSession

from engine.core import wire
from pages.kit.live.runs import desk
from pages.kit.live.stage.run import LiveRun
from tests.pages.tab import client, whole

PATIENCE = 30.0
PLAN = {"name": "rate", "low": "0.01", "high": "1", "count": "3", "steps": "20"}


class Page:
    """The browser's end: reads in a thread and remembers everything."""

    def __init__(self, socket: WebSocketTestSession, run: LiveRun) -> None:
        self.socket, self.run = socket, run
        self.statuses: list[dict[str, Any]] = []
        self.pictures: dict[str, dict[str, Any]] = {}  # the newest of each name
        self.headers: list[dict[str, Any]] = []
        self.files: list[dict[str, Any]] = []
        self.gone = False
        self._news = threading.Condition()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        while True:
            try:
                message = self.socket.receive()
            except BaseException:
                return
            with self._news:
                if message.get("bytes") is not None:
                    header, arrays = wire.unpack(message["bytes"])
                    if header["type"] != "figures":  # the run's own frame
                        self.socket.send_text(json.dumps({"type": "drawn", "id": header["id"]}))
                        continue
                    self.headers.append(header)
                    self.pictures |= {name: whole(figure, arrays) for name, figure in header["figures"].items()}
                elif message.get("text") is not None:
                    told = json.loads(message["text"])
                    self.statuses += [told["status"]] if told["type"] == "sweep" else []
                    self.files += [told] if told["type"] == "file" else []
                    self.gone |= told["type"] == "gone"
                self._news.notify_all()
            if message["type"] == "websocket.close":
                return
            if message.get("bytes") is not None:
                with suppress(Exception):  # the page may be closed by now
                    self.send("drawn", id=header["id"])

    def send(self, kind: str, **more: Any) -> None:
        self.socket.send_text(json.dumps({"to": "sweep", "type": kind, **more}))

    def wait(self, true: Callable[[], Any]) -> Any:
        with self._news:
            last = self.statuses[-1:] or None
            assert self._news.wait_for(true, PATIENCE), f"it never came; the last status was {last}"
            return true()

    @property
    def status(self) -> dict[str, Any]:
        return self.statuses[-1]

    def train(self, **changes: Any) -> dict[str, Any]:
        """Train a sweep to its end and wait for its last pictures."""
        before = self.statuses[-1]["sweep"]
        self.send("plan", **{**PLAN, **changes})
        self.wait(lambda: self.status["sweep"] > before and self.status["state"] == "done")
        seen = len(self.headers)
        self.send("view", name=self.status["view"])
        self.wait(lambda: any(header["view"] for header in self.headers[seen:]))
        return self.status


@contextmanager
def opened(run: LiveRun, theme: str = "light") -> Iterator[Page]:
    with client().websocket_connect("/lab/stream", headers={"origin": "http://testserver"}) as socket:
        page = Page(socket, run)
        socket.send_text(json.dumps({"type": "hello", "run": run.token, "theme": theme}))
        page.send("look")
        page.wait(lambda: page.statuses)
        try:
            yield page
        finally:
            socket.close(1001)
            end = time.monotonic() + 5
            while run.token not in desk()._idle_since and desk().get(run.token) is not None and time.monotonic() < end:
                time.sleep(0.005)  # until the server has noticed
