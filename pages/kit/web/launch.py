"""The desktop's way to start: `python app.py` finds a free port, serves on this machine only, and opens the browser.

The server runs in this very process, so that whatever ends the process ends the server; the workers end when their
input closes. Nothing is left behind, whether the process was asked to stop or killed.
"""

from __future__ import annotations

import argparse
import signal
import sys
import threading
import webbrowser
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, NoReturn

import streamlit as st

HERE = "127.0.0.1"
PATIENCE = 60.0  # seconds until the server must be up
FILES = 8192  # open files, sockets among them, that a full lecture hall needs: two for each follower, and as much room again

up = threading.Event()  # set by the server: it takes connections


def allow_files() -> None:
    """Let this process open FILES files, or as many as the system lets it: most begin with 1024, a Mac with 256."""
    with suppress(ImportError, ValueError, OSError):  # there is no such limit on Windows
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        most = FILES if hard == resource.RLIM_INFINITY else min(FILES, hard)
        if soft != resource.RLIM_INFINITY and soft < most:
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


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
    parser.add_argument("--port", type=_port, metavar="N", help="1 to 65535; default: 8501, or the next one that is free")
    parser.add_argument("--no-browser", dest="browser", action="store_false", help="only print the address")
    return parser.parse_args(arguments)


def announce(browser: bool, open_browser: Callable[[str], Any] = webbrowser.open) -> bool:
    """Wait for the server, print its address, open the browser. Returns whether the server came up."""
    if not up.wait(PATIENCE):
        print(f"Latent Lab was not up within {PATIENCE:.0f} seconds.", file=sys.stderr, flush=True)
        return False
    url = f"http://{HERE}:{st.get_option('server.port')}"
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
    signal.signal(signal.SIGTERM, _stop)
    if hasattr(signal, "SIGHUP"):  # the terminal is closed: the same as being asked to stop
        signal.signal(signal.SIGHUP, lambda number, stack: signal.raise_signal(signal.SIGTERM))
    config: dict[str, Any] = {
        "server.address": HERE,
        "server.headless": True,  # the browser is opened here, once the server is up
        "logger.hideWelcomeMessage": True,
        "logger.level": "warning",
    }
    if chosen.port is not None:  # otherwise streamlit looks for a free one itself
        config["server.port"] = chosen.port
    threading.Thread(target=announce, args=(chosen.browser,), daemon=True).start()
    try:
        serve(config=config)
    except KeyboardInterrupt:
        return 0
    except SystemExit as left:
        if left.code == 1 and chosen.port is not None:
            print(
                f"app.py: port {chosen.port} cannot be used; choose another one, or none to let one be found", file=sys.stderr
            )
        raise
    return 0
