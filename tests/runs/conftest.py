"""Stores of saved runs on either database."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from engine.runs.store import RunStore
from tests.runs import postgres

Make = Callable[..., RunStore]


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with postgres.server() as address:
        yield address


@pytest.fixture(params=["sqlite", "postgresql"])
def make(request, tmp_path) -> Iterator[Make]:
    """Opens stores on one new database (as often as it is called)."""
    address = "" if request.param == "sqlite" else postgres.new_database(request.getfixturevalue("server"))
    opened = []

    def open_(**more) -> RunStore:
        opened.append(RunStore(tmp_path / "data", address, **more))
        return opened[-1]

    yield open_
    for store in opened:
        store.close()


@pytest.fixture
def store(make) -> RunStore:
    return make()
