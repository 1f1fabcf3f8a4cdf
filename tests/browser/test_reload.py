"""Faults under a tab that stays open, and a reload in every state of the player: the address gives the same run back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.bench import faults


@pytest.fixture(scope="module")
def here(chromium: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[faults.Place]:
    with faults.place(tmp_path_factory.mktemp("reload"), chromium) as place:
        yield place


@pytest.mark.parametrize("name", list(faults.WATCHED))
def test_a_tab_gets_its_run_back(here: faults.Place, name: str) -> None:
    assert faults.WATCHED[name](here).lost == ""
