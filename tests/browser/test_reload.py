"""Faults under a tab that stays open, and a reload in every state of the player: the page has its run again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.bench.fault_place import Place, place
from tests.bench.fault_tabs import WATCHED


@pytest.fixture(scope="module")
def here(chromium: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with place(tmp_path_factory.mktemp("reload"), chromium) as live:
        yield live


@pytest.mark.parametrize("name", list(WATCHED))
def test_a_tab_gets_its_run_back(here: Place, name: str) -> None:
    assert WATCHED[name](here).lost == ""
