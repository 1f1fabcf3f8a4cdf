"""Faults under a live app, seen over real sockets: nothing is lost, and the run goes on. `tests.bench.faults` repeats them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.bench.fault_place import Place, changed, place
from tests.bench.faults import ALONE


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with place(tmp_path_factory.mktemp("faults")) as live:
        yield live


@pytest.mark.parametrize("name", list(ALONE))
def test_a_fault_costs_no_run(here: Place, name: str) -> None:
    assert ALONE[name](here).lost == ""


def test_a_run_that_is_not_what_it_was_counts_as_lost() -> None:
    before = {"params": {"rate": 0.1}, "seed": 3, "step": 7, "state": "paused"}
    assert changed(before, {**before, "step": 9}) == ""
    for other in ({"params": {"rate": 0.2}}, {"seed": 4}, {"step": 6}, {"state": "lost"}):
        assert changed(before, {**before, **other})
    assert changed(before, {**before, "step": 0}, steps=False) == ""
