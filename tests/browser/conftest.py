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
from tests.bench.server import App, app, browser, browser_path, serving_assets
from tests.browser.figure_page import PAGE
from tests.browser.tab import Tab
from tests.browser.walk import Visit


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/browser" in str(item.path).replace(os.sep, "/"):
            item.add_marker(pytest.mark.browser)
    items.sort(key=lambda item: item.path.name != "test_walk.py")  # the longest file begins first: the others fit beside it


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
    page.wait_for_function("window.isReady")
    yield page
    page.close()
    assert errors == []


@pytest.fixture
def visit(chromium: Any, server: App) -> Iterator[Any]:
    """Opens tabs; a test that ends has heard no complaint in any of them."""
    opened: list[Visit] = []

    def open_(path: str, language: str = "en", theme: str = "light", **more: Any) -> Visit:
        opened.append(Visit(chromium, server, f"{path}?lang={language}", color_scheme=theme, **more))
        return opened[-1]

    yield open_
    for one in opened:
        one.close()
    assert [complaint for one in opened for complaint in one.complaints] == []


@pytest.fixture
def tab(chromium: Any, server: App) -> Iterator[Any]:
    """Opens tabs and closes them; a test that ends has seen no error and no request that left this machine."""
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
