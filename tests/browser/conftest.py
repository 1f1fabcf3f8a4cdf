"""One app and one Chromium for all browser tests."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import engine
from engine.core import registry
from engine.runs.history import History
from engine.runs.store import RunStore
from tests.bench.server import App, app, browser, browser_path, serving_assets, until, wait_live
from tests.browser.figure_page import PAGE
from tests.browser.tab import LAPTOP, Tab
from tests.browser.walk import LOOKS, Visit
from tests.conftest import PAGES, room

FAILED = pytest.StashKey[bool]()
LOCALES = {"en": "en-US", "zh": "zh-CN"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files come first and labs second, which are short: so that in the end no core waits for another."""
    own = [item for item in items if "tests/browser" in str(item.path).replace(os.sep, "/")]
    places: dict[str, int] = {}
    for item in own:
        item.add_marker(pytest.mark.browser)
        places.setdefault(room(item.nodeid), len(places))
    own.sort(key=lambda item: (room(item.nodeid) in registry.topics(), places[room(item.nodeid)], look(item)))
    ours = set(own)
    items[:] = [*(item for item in items if item not in ours), *own]


def look(item: pytest.Item) -> int:
    """In which of its looks a test sees a lab's page: those that see the same page come one after the other."""
    given = getattr(item, "callspec", None)
    if item.path.stem != PAGES or given is None:
        return len(LOOKS)
    return LOOKS.index((given.params["language"], given.params["theme"]))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Any:
    report = yield
    item.stash[FAILED] = item.stash.get(FAILED, False) or report.failed
    return report


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    if browser_path() is None:
        if os.environ.get("CI") == "true":
            pytest.fail("no Chromium on this machine; CI must have one")
        pytest.skip("no Chromium on this machine")
    with browser() as instance:
        yield instance


@pytest.fixture(scope="session")
def server(chromium: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("saved")  # not among the runs of whoever tests
        patch.setenv("LATENT_LAB_DATA", str(folder))
        keep_one(folder)
        with app() as running:
            yield running


def keep_one(folder: Path) -> None:
    """Save a run of the first topic, so that the page of saved runs has all its parts."""
    session, history = engine.start(next(iter(registry.topics()))), History()
    history.add(session.advance(steps=1))
    store = RunStore(folder, "")
    store.save(session.score, history, tags=["kept"])
    store.close()


@pytest.fixture(scope="session")
def assets() -> Iterator[str]:
    """A site of the browser's modules alone, without the app."""
    with serving_assets({"/page.html": (PAGE.encode(), "text/html; charset=utf-8")}) as url:
        yield url


@pytest.fixture
def sheet(chromium: Any, assets: str) -> Iterator[Any]:
    """A page with one canvas figure and nothing else; a test that ends has thrown nothing there."""
    page = chromium.new_page(viewport={"width": 1000, "height": 700})
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{assets}/page.html")
    until(page, "window.isReady")
    yield page
    page.close()
    assert errors == []


@pytest.fixture(scope="session")
def homes(chromium: Any) -> Iterator[dict[tuple[str, str], Any]]:
    """A context for each look, by language and theme: a lab's page finds the app's files there, as anybody's second page does."""
    contexts: dict[tuple[str, str], Any] = {}
    yield contexts
    for context in contexts.values():
        context.close()


@pytest.fixture(scope="session")
def standing(homes: dict[tuple[str, str], Any], server: App) -> Iterator[dict[tuple[str, str, str], Visit]]:
    """The tab that stands open at a lab, by the lab, its language and its theme; there is one at most."""
    tabs: dict[tuple[str, str, str], Visit] = {}
    yield tabs
    leave(tabs)


def leave(tabs: dict[tuple[str, str, str], Visit]) -> None:
    """Close all tabs."""
    while tabs:
        tabs.popitem()[1].close()


@pytest.fixture
def lab(
    request: pytest.FixtureRequest,
    chromium: Any,
    server: App,
    homes: dict[tuple[str, str], Any],
    standing: dict[tuple[str, str, str], Visit],
) -> Iterator[Any]:
    """Gives the tab at a lab as the test before has left it; a new one if there is none, if that test failed, or if it must be fresh.

    A test that ends has heard no complaint there.
    """

    def open_(slug: str, language: str, theme: str, *, fresh: bool = False, viewport: dict[str, int] = LAPTOP) -> Visit:
        key = slug, language, theme
        if fresh or key not in standing:
            leave(standing)
            if (language, theme) not in homes:
                homes[language, theme] = chromium.new_context(color_scheme=theme, locale=LOCALES[language])
            standing[key] = Visit(chromium, server, slug, viewport=viewport, at_home=homes[language, theme])
            wait_live(standing[key].page)
        return standing[key]

    yield open_
    complaints = [complaint for one in standing.values() for complaint in one.complaints]
    if complaints or request.node.stash.get(FAILED, False):
        leave(standing)
    assert complaints == []


@pytest.fixture
def visit(chromium: Any, server: App, standing: dict[tuple[str, str, str], Visit]) -> Iterator[Any]:
    """Opens tabs; a test that ends has heard no complaint in any of them."""
    leave(standing)
    opened: list[Visit] = []

    def open_(path: str, language: str = "en", theme: str = "light", **more: Any) -> Visit:
        opened.append(Visit(chromium, server, f"{path}?lang={language}", color_scheme=theme, **more))
        return opened[-1]

    yield open_
    for one in opened:
        one.close()
    assert [complaint for one in opened for complaint in one.complaints] == []


@pytest.fixture
def tab(chromium: Any, server: App, standing: dict[tuple[str, str, str], Visit]) -> Iterator[Any]:
    """Opens tabs and closes them; a test that ends has seen no error and no request that left this machine."""
    leave(standing)
    tabs: list[Tab] = []

    def open_tab(path: str, **more: Any) -> Tab:
        tabs.append(Tab(chromium, f"{server.url}/{path}", **more))
        return tabs[-1]

    yield open_tab
    for one in tabs:
        errors, foreign = one.errors, one.foreign
        one.close()
        assert errors == []
        assert foreign == []
