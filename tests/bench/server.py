"""The app as a process of its own, small sites on this machine, and a headless Chromium to look at them."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
# Chromium builds two pages of its own beside every window, what would drop down from the address bar: a seventh of what opening
# a page costs, for nobody to see. A second --disable-features replaces the first, so Playwright's are here again.
UNSEEN = ("WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "AimEnabled", "LensOverlay", "MediaRouter", "OptimizationHints")
UNWANTED = (
    "PaintHolding",
    "HttpsUpgrades",
    "ThirdPartyStoragePartitioning",
    "NetworkTimeServiceQuerying",
    "PreconnectToSearch",
)
BROWSER_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    f"--disable-features={','.join(UNSEEN + UNWANTED)}",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def browser_path() -> str | None:
    """The system's Chromium, if there is one."""
    return next((path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@dataclass
class App:
    """A running app: its address, process id and how long it took to answer."""

    url: str
    pid: int
    seconds_to_answer: float
    process: subprocess.Popen[bytes]

    def memory(self) -> float:
        """Resident memory of the app process in MB (its workers not counted)."""
        with Path(f"/proc/{self.pid}/statm").open() as source:
            return int(source.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20

    def has_torch(self) -> bool:
        return "libtorch" in Path(f"/proc/{self.pid}/maps").read_text()


@contextlib.contextmanager
def app(root: Path = ROOT, port: int = 0) -> Iterator[App]:
    """`streamlit run app.py` on a port (a free one unless it is given), stopped at the end."""
    port = port or free_port()
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless=true", f"--server.port={port}"]
    begin = time.perf_counter()
    process = subprocess.Popen(command, cwd=root, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        url = f"http://127.0.0.1:{port}"
        while True:
            try:
                urllib.request.urlopen(f"{url}/_stcore/health", timeout=1).read()
                break
            except OSError:
                if process.poll() is not None or time.perf_counter() - begin > 60:
                    raise RuntimeError("the app did not start") from None
                time.sleep(0.02)
        yield App(url, process.pid, time.perf_counter() - begin, process)
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


class Answer(BaseHTTPRequestHandler):
    """What answers a request: it writes nothing to the console, and sends its answer in one call."""

    def send(self, content: bytes, kind: str, status: int = 200, **headers: str) -> None:
        """Content of a media type; `headers` are further ones."""
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(content)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *words: object) -> None:
        pass


@contextlib.contextmanager
def serving(handler: type[Answer]) -> Iterator[str]:
    """A site at a free port of this machine, answered by the handler in threads of its own; gives its address."""
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as site:
        threading.Thread(target=site.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{site.server_port}"
        finally:
            site.shutdown()


@contextlib.contextmanager
def serving_assets(beside: dict[str, tuple[bytes, str]]) -> Iterator[str]:
    """A site of the files in assets/, and of what is given beside them: path -> (content, media type)."""

    class File(Answer, SimpleHTTPRequestHandler):
        def __init__(self, *request: Any) -> None:
            super().__init__(*request, directory=str(ROOT / "assets"))

        def do_GET(self) -> None:
            if self.path in beside:
                self.send(*beside[self.path])
            else:
                super().do_GET()

    with serving(File) as url:
        yield url


@contextlib.contextmanager
def browser() -> Iterator[Any]:
    """A fresh headless Chromium (cold cache)."""
    from playwright.sync_api import sync_playwright

    path = browser_path()
    if path is None:
        raise RuntimeError("no Chromium on this machine; install Debian's `chromium`")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=BROWSER_FLAGS)
        try:
            yield chromium
        finally:
            chromium.close()


def open_page(chromium: Any, url: str, **context: Any) -> Any:
    """A page of a fresh context at laptop size, at `url`."""
    page = chromium.new_context(viewport={"width": 1366, "height": 768}, **context).new_page()
    page.goto(url)
    return page


LOOK_EVERY = 30  # milliseconds: Playwright itself looks at every frame, and for that a page at rest draws sixty a second
PATIENCE = 60_000  # milliseconds: how long anything may take on a busy machine


def until(page: Any, test: str, arg: Any = None, timeout: float = PATIENCE) -> None:
    """Until a JavaScript expression, or a function of `arg`, is true on a page or in a frame; raises Playwright's TimeoutError."""
    page.wait_for_function(test, arg=arg, timeout=timeout, polling=LOOK_EVERY)


LIVE = "() => window.latentLab && latentLab.draws > 0 && latentLab.lastStatus && !latentLab.lastStatus.recorded"


def wait_live(page: Any) -> None:
    """Until the first figure of the live run (not the recorded one) is on screen."""
    until(page, LIVE)


def wait_drawn(page: Any, timeout: float = PATIENCE) -> None:
    """Until Streamlit has drawn the whole page: before that, a fold that was opened may be drawn anew."""
    page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]', timeout=timeout)
