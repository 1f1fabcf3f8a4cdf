"""A desk of its own for the tests of pages, whose workers know the toy topic."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from streamlit.components.v2 import manifest_scanner

from tests.pages.tab import new_run, tab


@pytest.fixture(scope="session", autouse=True)
def packages_scanned_once() -> Iterator[None]:
    """Streamlit's harness asks all installed packages for components whenever it opens a page: three quarters of its time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", cache(manifest_scanner.scan_component_manifests))
        yield


@pytest.fixture(scope="module")
def workers(workers_know_descent: None) -> Iterator[Any]:
    """The desk of this process, with warm workers."""
    from pages.kit.live.runs import desk

    desk.cache_clear()
    desk().pool.size = 2
    desk().pool.start()
    for worker in desk().pool.workers:
        assert worker.ready.wait(60)
    yield desk()
    desk().close()
    desk.cache_clear()


@pytest.fixture
def page():
    run = new_run()
    with tab(run) as opened:
        yield opened
    run.close()


@pytest.fixture
def endless():
    """A page whose run has no stop rule (the toy takes tens of thousands of steps in a second)."""
    run = new_run()
    run.stop_rule(None, None)
    with tab(run) as opened:
        opened.run = run
        yield opened
    run.close()
