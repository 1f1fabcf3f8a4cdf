"""A browser tab as the server sees it: one websocket that says hello, answers frames, and remembers what it was told."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.testclient import TestClient, WebSocketTestSession

from engine.core import wire
from engine.plot.differences import Received
from pages.kit.live.runs import desk
from pages.kit.live.stage.run import LiveRun
from pages.kit.web.stream import stream

PATIENCE = 15.0  # seconds until a message that must come is given up
PAYLOADS = ["<img src=x onerror=alert(1)>", "javascript:alert(1)", "</script><script>alert(1)</script>", "{0.__class__}", "$x$"]


class Tab:
    """The page's end of the stream. Reads in a thread, so that waiting for what never comes ends."""

    def __init__(self, socket: WebSocketTestSession, *, answer: bool = True) -> None:
        self.socket, self.answer = socket, answer
        self.frames: list[tuple[dict[str, Any], dict[str, np.ndarray]]] = []
        self.statuses: list[dict[str, Any]] = []  # of frames and announcements, in order
        self.courses: dict[str, Received] = {}  # of a lesson that is followed; "" is its status
        self.own: dict[str, Any] = {}  # of the status, what only this follower's page knows
        self.lesson: list[dict[str, Any]] = []  # what each of its messages began with, and which parts are whole
        self.closed: int | None = None
        self.gone = self.resumed = False
        self._news = threading.Condition()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        while True:
            try:
                message = self.socket.receive()
            except BaseException:  # the test is over and its event loop gone
                return
            with self._news:
                if message["type"] == "websocket.close":
                    self.closed = message["code"]
                elif message.get("bytes") is not None and (parts := wire.unbundle(message["bytes"])) is not None:
                    self._follow(parts)
                elif message.get("bytes") is not None:
                    header, arrays = wire.unpack(message["bytes"])
                    self.courses = {}
                    self.frames.append((header, arrays))
                    self.statuses.append(header["status"])
                else:
                    header = json.loads(message["text"])
                    self.gone |= header["type"] == "gone"
                    self.resumed |= header["type"] == "resumed"
                    self.statuses += [header["status"]] if "status" in header else []
                self._news.notify_all()
            if self.closed is not None:
                return
            if message.get("bytes") is not None and self.answer:
                self.drawn()

    def _follow(self, parts: list[bytes]) -> None:
        """What has changed in a lesson."""
        head = json.loads(parts[0])
        for name, part in zip(head["names"], parts[1:], strict=True):
            self.courses.setdefault(name, Received()).take(part)
        bases = [wire.unpack(wire.unsqueeze(part))[0]["base"] for part in parts[1:]]
        self.lesson.append({**head, "whole": [base is None for base in bases]})
        whole = {name: course.whole() for name, course in self.courses.items()}
        self.own = head.get("own", self.own)
        status = whole.pop("")
        for name in ("guesses", "problems"):
            status[name] = {**status[name], **self.own.get(name, {})}
        status["lesson"] = self.own.get("lesson", status["lesson"])
        self.frames.append(({"id": head["id"], "figures": whole, "status": status}, {}))
        self.statuses.append(status)

    def send(self, kind: str, **more: Any) -> None:
        self.socket.send_text(json.dumps({"type": kind, **more}))

    def drawn(self) -> None:
        self.send("seen" if self.courses else "drawn", id=self.frames[-1][0]["id"])

    @property
    def status(self) -> dict[str, Any]:
        return self.statuses[-1]

    def figure(self, name: str) -> dict[str, Any]:
        """The newest picture of a view, with its arrays back in place."""
        header, arrays = self.frames[-1]

        return whole(header["figures"][name], arrays)

    def wait(
        self, true: Callable[[dict[str, Any]], Any], seconds: float = PATIENCE, since: int | None = None
    ) -> dict[str, Any]:
        """The first status from the `since`-th on (None: from now on, the present one counts) for which `true` holds."""
        with self._news:
            seen = max(0, len(self.statuses) - 1) if since is None else since
            end = time.monotonic() + seconds
            while True:
                for status in self.statuses[seen:]:
                    if true(status):
                        return status
                seen = len(self.statuses)
                assert self.closed is None, f"the server closed the stream: {self.closed}"
                left = end - time.monotonic()
                assert left > 0, f"it never came; the last status was {self.statuses[-1] if self.statuses else None}"
                self._news.wait(left)

    def silent(self, seconds: float) -> bool:
        """Whether no frame comes for that long."""
        count = len(self.frames)
        with self._news:
            self._news.wait_for(lambda: len(self.frames) > count, seconds)
        return len(self.frames) == count

    def ask(self, kind: str, true: Callable[[dict[str, Any]], Any], **more: Any) -> dict[str, Any]:
        """Send a command and wait for the status it must lead to."""
        self.send(kind, **more)
        return self.wait(true)

    def forward(self, count: int) -> dict[str, Any]:
        """So many steps by hand, from where the run comes to rest: a value that was just moved may have let it go on."""
        rests = self.ask("pause", lambda status: status["state"] != "playing")["step"]
        return self.ask("step", lambda status: status["step"] == rests + count, count=count)


def whole(node: Any, arrays: dict[str, np.ndarray]) -> Any:
    """A figure with its arrays back in place."""
    if isinstance(node, dict):
        return arrays[str(node["$array"])] if set(node) == {"$array"} else {k: whole(v, arrays) for k, v in node.items()}
    if isinstance(node, np.ndarray):
        return node
    return [whole(item, arrays) for item in node] if isinstance(node, list) else node


def client() -> TestClient:
    return TestClient(Starlette(routes=[WebSocketRoute("/lab/stream", stream)]))


@contextmanager
def tab(
    run: LiveRun, *, views: tuple[str, ...] = ("distance",), answer: bool = True, theme: str = "light", before: str = ""
) -> Iterator[Tab]:
    """A tab that looks at a run; closing it is a closed tab, and is over only when the server has noticed.

    `before` is the token of the run that it had before it was loaded again.
    """
    with client().websocket_connect("/lab/stream", headers={"origin": "http://testserver"}) as socket:
        page = Tab(socket, answer=answer)
        page.send("hello", run=run.token, theme=theme, before=before)
        for name in views:
            page.send("view", name=name, on=True)
        page.wait(lambda status: page.frames and page.frames[-1][0]["figures"].keys() >= set(views) and not status["recorded"])
        try:
            yield page
        finally:
            close(page, run)


def close(page: Tab, run: LiveRun) -> None:
    """Close the tab and wait until the server has noticed."""
    if page.closed is None:
        page.closed = 1001
        page.socket.close(1001)
    end = time.monotonic() + 5
    while run.token not in desk()._idle_since and desk().get(run.token) is not None and time.monotonic() < end:
        time.sleep(0.005)


def new_run(slug: str = "descent", language: str = "en", **query: Any) -> LiveRun:
    """A run in free play with these settings, or that of a chapter where the query names one."""
    query = query or {"seed": 0}
    return desk().new_run(slug, {name: str(value) for name, value in query.items()}, language)[0]


def at_rest_at(step: int) -> Callable[[dict[str, Any]], bool]:
    """Whether a status is that of a run that rests at this step."""
    return lambda status: status["step"] == step and status["state"] in ("paused", "finished")
