"""The desktop's way to start: `python app.py` finds a free port, serves on this machine only, and opens the browser.

The server runs in this very process, so that whatever ends the process ends the server; the workers end when their
input closes. Nothing is left behind, whether the process was asked to stop or killed.
"""

from __future__ import annotations

import argparse
import http.client
import os
import signal
import socket
import sys
import threading
import time
import webbrowser
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, NoReturn

HERE = "127.0.0.1"
USUAL = 8501  # tried first, so that bookmarks and shared links go on working
PATIENCE = 60.0  # seconds until the server must have answered


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """A bad option in one line."""
        print(f"{self.prog}: {message} (see --help)", file=sys.stderr)
        raise SystemExit(2)


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port; allowed: 1 to 65535")
    return int(text)


def options(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The options of the command line: `port` (None: find one) and `browser` (whether to open it)."""
    text = "Starts Latent Lab on this machine and opens it in the browser. A server for others: streamlit run app.py --help"
    parser = _Parser(prog="app.py", description=text, allow_abbrev=False)
    parser.add_argument(
        "--port", type=_port, metavar="N", help=f"1 to 65535; default: {USUAL}, or another one where it is taken"
    )
    parser.add_argument("--no-browser", dest="browser", action="store_false", help="only print the address")
    return parser.parse_args(arguments)


def is_free(port: int) -> bool:
    """Whether a server could listen on this port of this machine."""
    with socket.socket() as probe:
        if os.name != "nt":  # there it would share the port with whoever has it
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HERE, port))
            probe.listen(1)
        except OSError:
            return False
    return True


def free_port() -> int:
    """The usual port, or one that the system picks."""
    if is_free(USUAL):
        return USUAL
    with socket.socket() as probe:
        probe.bind((HERE, 0))
        return probe.getsockname()[1]


def answers(port: int) -> bool:
    """Whether the server answers at all (its workers may still be getting ready)."""
    with suppress(OSError, http.client.HTTPException):
        connection = http.client.HTTPConnection(HERE, port, timeout=2)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status in (200, 503)
        finally:
            connection.close()
    return False


def announce(port: int, browser: bool, open_browser: Callable[[str], Any] = webbrowser.open) -> bool:
    """Wait for the server, print its address, open the browser. Returns whether it has answered."""
    end = time.monotonic() + PATIENCE
    while not answers(port):
        if time.monotonic() > end:
            print(f"Latent Lab did not answer within {PATIENCE:.0f} seconds.", file=sys.stderr, flush=True)
            return False
        time.sleep(0.05)
    url = f"http://{HERE}:{port}"
    print(f"Latent Lab: {url}   (Ctrl-C ends it)", flush=True)
    if browser:
        with suppress(webbrowser.Error):
            open_browser(url)
    return True


def _stop(number: int, stack: Any) -> NoReturn:
    raise SystemExit(0)


def main(serve: Callable[..., None], arguments: Sequence[str] | None = None) -> int:
    """Run the server (`serve(config=...)`) until it is asked to stop; the exit status."""
    chosen = options(arguments)
    if chosen.port is not None and not is_free(chosen.port):
        print(f"app.py: port {chosen.port} is taken; choose another one, or none to let one be found", file=sys.stderr)
        return 1
    port = chosen.port or free_port()
    signal.signal(signal.SIGTERM, _stop)
    if hasattr(signal, "SIGHUP"):  # the terminal is closed: the same as being asked to stop
        signal.signal(signal.SIGHUP, lambda number, stack: signal.raise_signal(signal.SIGTERM))
    threading.Thread(target=announce, args=(port, chosen.browser), daemon=True).start()
    config = {
        "server.address": HERE,
        "server.port": port,
        "server.headless": True,  # the browser is opened here, once the server answers
        "logger.hideWelcomeMessage": True,
        "logger.level": "warning",
    }
    with suppress(KeyboardInterrupt):
        serve(config=config)
    return 0
