"""What the walks through the app share: a tab that remembers what went wrong, and questions to the page as a whole."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import TimeoutError

from engine.core.params import Control
from tests.bench.server import PATIENCE, App, until, wait_drawn, wait_live
from tests.browser.tab import LAPTOP

TALL = {"width": 1366, "height": 2600}  # all pictures are in sight: those below the fold draw, too
LOOKS = (("en", "light"), ("zh", "dark"))
HERE = ("127.0.0.1", "localhost")

# Every element of the page that a selector finds, inside shadow roots, too, if it can be seen.
SEEN = """(selector) => {
  const found = [];
  const look = (root) => {
    for (const node of root.querySelectorAll('*')) {
      if (node.matches(selector) && node.checkVisibility({ visibilityProperty: true }) && node.getClientRects().length) found.push(node);
      if (node.shadowRoot) look(node.shadowRoot);
    }
  };
  look(document);
  return found;
}"""
# Where the parts are that must be seen without scrolling, in whole pixels: left, top, right, bottom.
BOXES = f"""() => Object.fromEntries(Object.entries({{
  sentence: '.st-key-words', play: '.button.play', hero: '.control.hero', picture: '.figure .plot'
}}).map(([name, selector]) => [name, ({SEEN})(selector)[0]?.getBoundingClientRect()]).map(([name, box]) =>
  [name, box && [box.left, box.top, box.right, box.bottom].map(Math.round)]))"""
FOCUSED = "let node = document.activeElement; while (node?.shadowRoot?.activeElement) node = node.shadowRoot.activeElement;"


class Visit:
    """A tab at a page of the app; `complaints` is what the console, the network and the scripts said against it.

    With `at_home` it is a tab of that context, where the app's files are kept already; nothing else is kept there.
    """

    def __init__(
        self,
        chromium: Any,
        server: App,
        path: str = "",
        *,
        viewport: dict[str, int] = LAPTOP,
        at_home: Any = None,
        **context: Any,
    ) -> None:
        self.server = server
        self.context = at_home or chromium.new_context(viewport=viewport, **context)
        self.page = self.context.new_page()
        self.at_home = at_home is not None
        if self.at_home:
            self.context.clear_cookies()
            self.context.new_cdp_session(self.page).send(
                "Storage.clearDataForOrigin", {"origin": server.url, "storageTypes": "local_storage,indexeddb,cache_storage"}
            )
            self.page.set_viewport_size(viewport)
        self.complaints: list[str] = []
        self.page.on("pageerror", lambda error: self.complaints.append(f"thrown: {error}"))
        self.page.on("console", self._console)
        self.page.on("request", self._request)
        self.page.on("dialog", lambda dialog: dialog.dismiss())
        self.go(path)

    def _console(self, message: Any) -> None:
        if message.type == "error":
            self.complaints.append(f"console: {message.text} {(message.location or {}).get('url', '')}")

    def _request(self, request: Any) -> None:
        url = urlsplit(request.url)
        if url.scheme in ("http", "https", "ws", "wss") and url.hostname not in HERE:
            self.complaints.append(f"asked elsewhere: {request.url}")

    def go(self, path: str) -> None:
        """Open another address of the app, and wait until something is to be seen there."""
        self.page.goto(f"{self.server.url}/{path}")
        if re.match(r"[a-z]+-[a-z-]+", path):  # a topic's page
            wait_live(self.page)
        self.page.locator("h2").first.wait_for()
        self.quiet()

    def quiet(self, timeout: int = PATIENCE) -> None:
        """Until Streamlit's script has run to its end."""
        wait_drawn(self.page, timeout)

    @property
    def status(self) -> dict[str, Any]:
        return self.page.evaluate("() => latentLab.lastStatus")

    def wait(self, condition: str, arg: Any = None, timeout: int = PATIENCE) -> None:
        """Until a JavaScript expression over `s`, the last status, and `arg` holds."""
        test = f"(arg) => {{ const s = window.latentLab?.lastStatus; return s && ({condition}); }}"
        try:
            until(self.page, test, arg=arg, timeout=timeout)
        except TimeoutError:
            focus = self.page.evaluate(f"() => {{ {FOCUSED} return node?.outerHTML.slice(0, 200); }}")
            broken = self.page.locator("[data-testid=stException]").all_inner_texts()
            raise AssertionError(f"not {condition} ({arg}): {broken} {self.status}; the keyboard is at {focus}") from None

    def pause(self) -> None:
        """By the key, as a person does it, where it plays."""
        if self.status["state"] == "playing":
            self.page.evaluate("() => document.activeElement?.blur()")
            self.page.keyboard.press("Space")
            self.wait("s.state !== 'playing'")

    def query(self) -> dict[str, list[str]]:
        """What stands in the address."""
        return parse_qs(urlsplit(self.page.url).query)

    def open_all(self) -> None:
        """Unfold everything that can be unfolded."""
        for selector in (
            ".lab-controls details:not([open]) > summary",
            "[data-testid=stExpander]:not([class*=st-key-fold-loop] *, [class*=st-key-fold-explanation] *) details:not([open]) > summary",
        ):
            self.page.locator(selector).evaluate_all("(all) => all.forEach((summary) => summary.click())")
        # What these hold is sent when they are unfolded.
        for name, content in (("loop", "[data-testid=stCode]"), ("explanation", "[data-testid=stMarkdown]")):
            fold = self.page.locator(f"[class*=st-key-fold-{name}]")
            if fold.count():
                self.unfold(fold, fold.locator(content).first)
        self.quiet()

    def unfold(self, fold: Any, content: Any) -> None:
        """Press a fold until it is open: a page that is being drawn just then may fold it again. Once open, it brings what it holds."""
        for _ in range(3):
            self.quiet()
            fold.locator("details:not([open]) > summary").evaluate_all("(all) => all[0]?.click()")
            with suppress(TimeoutError):
                content.wait_for(timeout=10_000)
                return
        raise AssertionError(f"a fold brought nothing: {fold.inner_html()[:500]}")

    def close(self) -> None:
        (self.page if self.at_home else self.context).close()


def lowest(control: Control) -> float | None:
    """The value at a slider's left end."""
    return 0.0 if control.zero else control.low
