"""A desk of its own for the tests of pages, whose workers know the toy topic."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture(scope="module")
def workers(workers_know_descent: None) -> Iterator[Any]:
    """The desk of this process, with warm workers."""
    from pages.kit.desk import desk

    desk.cache_clear()
    desk().pool.size = 2
    desk().pool.start()
    for worker in desk().pool.workers:
        assert worker.ready.wait(60)
    yield desk()
    desk().close()
    desk.cache_clear()
