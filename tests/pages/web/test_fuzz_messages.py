"""Whatever a page sends over its websockets: the run stays in a state that there is, and can be shown."""

from __future__ import annotations

from typing import Any

import pytest

from tests.bench import fuzz_messages
from tests.bench.fuzz_kit import Target
from tests.damaged import hammer


@pytest.fixture(scope="module")
def targets(workers: Any, descent: Any) -> dict[str, Target]:
    return {target.name: target for target in fuzz_messages.targets(descent, workers)}


@pytest.mark.parametrize("name", ["message", "sweep's message"])
def test_nothing_that_a_page_sends_harms_its_run(targets: dict[str, Target], name: str) -> None:
    assert all(targets[name].read(seed) for seed in targets[name].seeds)
    hammer(targets[name])
