"""A tab of a browser as the tests of pages drive it."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.bench.server import PATIENCE, until

LAPTOP, PROJECTOR = {"width": 1366, "height": 768}, {"width": 1920, "height": 1080}
OWN_NOISE = ("_stcore/host-config", "_stcore/health")  # streamlit looks for its base path by asking for these


class Tab:
    """A browser tab that remembers what went wrong in it and where it asked."""

    def __init__(self, chromium: Any, url: str, *, viewport: dict[str, int] = LAPTOP, **context: Any) -> None:
        self.context = chromium.new_context(viewport=viewport, **context)
        self.page = self.context.new_page()
        self.errors: list[str] = []
        self.foreign: list[str] = []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("response", lambda r: self.errors.append(f"{r.status} {r.url}") if self._bad(r) else None)
        self.page.on("request", lambda r: self.foreign.append(r.url) if self._outside(r.url) else None)
        self.page.goto(url)

    @staticmethod
    def _bad(response: Any) -> bool:
        return response.status >= 400 and not response.url.endswith(OWN_NOISE)

    @staticmethod
    def _outside(url: str) -> bool:
        return urlsplit(url).scheme in ("http", "https", "ws", "wss") and urlsplit(url).hostname not in (
            "127.0.0.1",
            "localhost",
        )

    @property
    def status(self) -> dict[str, Any]:
        return self.page.evaluate("() => latentLab.lastStatus")

    def wait(self, condition: str, timeout: int = PATIENCE) -> None:
        """Until a JavaScript expression over `s`, the last status, holds."""
        until(self.page, f"() => {{ const s = window.latentLab?.lastStatus; return s && ({condition}); }}", timeout=timeout)

    def play_on(self) -> None:
        """Play without a stop rule."""
        self.page.get_by_role("button", name="Speed, stop and seed").click()
        field = self.page.get_by_label("Stop after: steps")
        field.fill("")
        field.press("Enter")
        self.wait("s.stop.steps === null")
        self.page.keyboard.press("Escape")
        self.page.evaluate("() => document.activeElement.blur()")
        self.page.keyboard.press("Space")
        self.wait("s.step > 20")

    def query(self) -> dict[str, list[str]]:
        return parse_qs(urlsplit(self.page.url).query)

    def close(self) -> None:
        self.context.close()
